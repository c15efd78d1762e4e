"""What a model takes as data, and what it refuses, with the reason."""

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pytest

from leadline import losses
from leadline.errors import ArgumentError, DataError, ShapeError
from leadline.layers import Activation, Concatenate, Embedding, Flatten, Input
from leadline.models.inputs import batched, check_values, examples, hold_out, inputs, validation_parts, whole
from leadline.network import Network, between
from leadline.training.state import Examples

X = np.arange(6.0).reshape(3, 2)


def passing(shape):
    """A network that gives what it gets."""
    return Network((Activation("linear"),), ("activation",), shape)


@pytest.mark.parametrize(
    ("given", "dtype"),
    [
        (X, "float32"),
        (X.tolist(), "float32"),
        (X.astype(np.float16), "float32"),
        (X.astype(np.int64), "float32"),
        (X.astype(np.uint64), "float32"),
        (X.astype(np.int32), "int32"),
        (X.astype(np.uint8), "uint8"),  # images stay small until they are used
        (X > 2, "float32"),
        (jnp.asarray(X), "float32"),
        (pd.DataFrame(X), "float32"),
        (pl.DataFrame(X), "float32"),
        (np.asfortranarray(X), "float32"),
        (X[:, :, None], "float32"),
    ],
)
def test_inputs(given, dtype):
    array = inputs(given)
    assert array.dtype == dtype
    np.testing.assert_allclose(array, np.asarray(given))


def test_inputs_follow_the_default_float():
    with jax.enable_x64(True):
        assert inputs(X).dtype == np.float64


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ([["a", "b"]], DataError, "X must hold numbers. Got an array of <U1. Turn text"),
        ([[None, 1.0]], DataError, "Got an array of object"),
        (None, ArgumentError, "X is None. Pass an array of numbers"),
        ([[1, 2], [3]], DataError, "rows of one length. Got rows of different lengths"),
        ([[1 + 2j]], DataError, "Got an array of complex128"),
        ([1.0, 2.0], ShapeError, r"shape \(m, features\). Got shape \(2,\). Write X\[:, None\]"),
        (3.0, ShapeError, r"Got shape \(\)"),
        (np.zeros((0, 2)), DataError, "X has no rows"),
        (np.zeros((3, 3)), ShapeError, r"takes examples of shape \(2,\). Got X of shape \(3, 3\), so \(3,\)"),
        (np.zeros((3, 2, 1)), ShapeError, r"so \(2, 1\)"),
        ([[1.0, 2.0], [3.0, np.nan]], DataError, "X has 1 value that is NaN.*the first in row 1, column 1"),
        ([[np.inf, np.nan]], DataError, "X has 2 values .* in row 0, column 0"),
        ([[1e300, 1.0]], DataError, "too large for float32"),
    ],
)
def test_inputs_refused(given, error, message):
    with pytest.raises(error, match=message):
        inputs(given, passing((2,)))


def test_layers_that_read_an_input_are_asked_about_its_values():
    words, table = np.array([[0, 3], [-4, 2]], np.int32), Embedding(4, 1)
    one = Network((table,), ("table",), (2,))
    ids, x = Input((2,)), Input((2,))
    second = between([x, ids], Concatenate()([x, Flatten()(table(ids))]))
    check_values(words, one)
    check_values((X, words), second)
    for wrong in (words + 1, words - 1):
        for given, network in ((wrong, one), ((X, wrong), second)):
            with pytest.raises(DataError, match=r"has rows for the numbers 0 to 3. Got -?[45] in row [01]. Make input_dim"):
                check_values(given, network)


SPARSE = losses.SparseCategoricalCrossentropy()
# loss, outputs, targets as given, targets as trained on
GOOD_TARGETS = [
    ("mse", (1,), [1, 2, 3], np.array([[1], [2], [3]], np.int32)),
    ("mse", (1,), [[1.5], [2], [3]], np.array([[1.5], [2], [3]], np.float32)),
    ("mse", (1,), [10**10, 2, 3], np.array([[1e10], [2], [3]], np.float32)),  # beyond int32
    ("mse", (2,), [[1, 2]] * 3, np.array([[1, 2]] * 3, np.int32)),
    ("bce", (1,), [True, False, True], np.array([[1], [0], [1]], np.float32)),
    ("bce", (1,), [0.0, 0.5, 1.0], np.array([[0], [0.5], [1]], np.float32)),
    (SPARSE, (3,), [0, 1, 2], np.array([0, 1, 2], np.int32)),
    (SPARSE, (3,), [[0], [1], [2]], np.array([[0], [1], [2]], np.int32)),
    (SPARSE, (3,), [0.0, 1.0, 2.0], np.array([0, 1, 2], np.float32)),
    ("categorical_crossentropy", (3,), np.eye(3), np.eye(3, dtype=np.float32)),
]


@pytest.mark.parametrize(("loss", "outputs", "y", "expected"), GOOD_TARGETS)
def test_targets(loss, outputs, y, expected):
    made = examples(inputs(X), y, losses.get(loss), passing(outputs))
    assert made.y.dtype == expected.dtype
    np.testing.assert_array_equal(made.y, expected)
    assert made.weight is None


@pytest.mark.parametrize(
    ("loss", "outputs", "y", "error", "message"),
    [
        ("mse", (1,), [1, 2], ShapeError, r"X has 3 rows and y has shape \(2,\)"),
        ("mse", (1,), 1.0, ShapeError, r"y has shape \(\)"),
        ("mse", (1,), ["a", "b", "c"], DataError, "y must hold numbers. Got an array of <U1. Number the classes"),
        ("mse", (1,), [[1], [1, 2], [1]], DataError, "y must have rows of one length"),
        ("mse", (1,), [1, np.nan, 2], DataError, "row 1"),
        ("mse", (1,), [1, 2, 1e300], DataError, "too large for float32; the first in row 2: .*1e\\+300"),
        ("mse", (3,), [1, 2, 3], ShapeError, r"MeanSquaredError needs 3 numbers per example; got targets of shape \(3,\)"),
        ("mse", (3,), [[1], [2], [3]], ShapeError, r"got targets of shape \(3, 1\)"),
        ("bce", (1,), [1, 2, 1], DataError, "0 or 1.*got .*2.* in row 1"),
        ("bce", (1,), [-1, 1, 1], DataError, "Name the two classes 0 and 1"),
        (SPARSE, (3,), [0, 1, 3], DataError, "whole class numbers from 0 to 2; got 3.0 in row 2"),
        (SPARSE, (3,), [0, -1, 2], DataError, "got -1.0 in row 1"),
        (SPARSE, (3,), [0, 1.5, 2], DataError, "got 1.5 in row 1"),
        ("categorical_crossentropy", (3,), [0, 1, 2], ShapeError, "one-hot rows of 3 classes; got targets of shape"),
        ("categorical_crossentropy", (3,), np.ones((3, 3)), DataError, "sum to 1; got .* in row 0"),
    ],
)
def test_targets_refused(loss, outputs, y, error, message):
    with pytest.raises(error, match=message):
        examples(inputs(X), y, losses.get(loss), passing(outputs))


# targets, weights of classes, weights of the rows
@pytest.mark.parametrize(
    ("y", "class_weight", "expected"),
    [
        ([0, 1, 1], {0: 2.0, 1: 3.0}, [2, 3, 3]),
        ([0, 1, 1], {1: 3}, [1, 3, 3]),
        ([0, 1, 1], {0: 0, 1: 1}, [0, 1, 1]),
        ([[0.0], [1.0], [1.0]], {1: 3}, [1, 3, 3]),
        ([[0], [1], [1]], {np.int64(1): 3}, [1, 3, 3]),
    ],
)
def test_class_weight(y, class_weight, expected):
    assert examples(inputs(X), y, losses.get("bce"), passing((1,)), class_weight=class_weight).weight.tolist() == expected
    one_hot = np.eye(2)[np.asarray(y, int).reshape(3)]
    crossentropy = losses.get("categorical_crossentropy")
    assert examples(inputs(X), one_hot, crossentropy, passing((2,)), class_weight=class_weight).weight.tolist() == expected


@pytest.mark.parametrize("weight", [[1, 0, 2.5], [[1], [0], [2.5]], np.array([1, 0, 2.5]), (1, 0, 2.5)])
def test_sample_weight(weight):
    made = examples(inputs(X), [0, 1, 1], losses.get("bce"), passing((1,)), sample_weight=weight)
    assert made.weight.tolist() == [1, 0, 2.5]
    assert made.weight.dtype == np.float32


@pytest.mark.parametrize(
    ("weights", "error", "message"),
    [
        ({"class_weight": {2: 1.0}}, ArgumentError, r"class_weight has label 2, which y does not. Its labels: \[0, 1\]"),
        ({"class_weight": {"a": 1.0, 7: 1.0}}, ArgumentError, "has label 7"),
        ({"class_weight": {0: -1.0}}, ArgumentError, "finite, not negative, and not all 0. Got {0: -1.0}"),
        ({"class_weight": {0: 0, 1: 0}}, ArgumentError, "not all 0"),
        ({"class_weight": {0: np.nan}}, ArgumentError, "Got {0: nan}"),
        ({"class_weight": [1.0, 2.0]}, ArgumentError, r"must be a dictionary of labels to weights.*Got \[1.0, 2.0\]"),
        ({"sample_weight": [1, -1, 1]}, ArgumentError, "not negative, and not all 0. Got numbers from -1 to 1"),
        ({"sample_weight": [0, 0, 0]}, ArgumentError, "Got numbers from 0 to 0"),
        ({"sample_weight": [1, np.inf, 1]}, ArgumentError, "must be finite"),
        ({"sample_weight": [1, 1]}, ShapeError, r"one number for each of the 3 rows. Got shape \(2,\)"),
        ({"sample_weight": np.ones((3, 2))}, ShapeError, r"Got shape \(3, 2\)"),
        ({"sample_weight": ["a", "b", "c"]}, DataError, "sample_weight must hold numbers"),
        ({"sample_weight": [1, 1, 1], "class_weight": {0: 1.0}}, ArgumentError, "Got both .* Multiply them"),
    ],
)
def test_weights_refused(weights, error, message):
    with pytest.raises(error, match=message):
        examples(inputs(X), [0, 1, 1], losses.get("bce"), passing((1,)), **weights)


def test_batches_mark_what_only_fills_the_last_one():
    made = batched(Examples(X, np.arange(3), np.array([1.0, 0.0, 2.0])), 2)
    assert made.X.shape == (2, 2, 2)
    np.testing.assert_array_equal(made.weight, [[1, 0], [2, np.nan]])
    np.testing.assert_array_equal(batched(Examples(X, np.arange(3), None), 2).weight, [[1, 1], [1, np.nan]])
    assert made.y.tolist() == [[0, 1], [2, 0]]


# rows, share, rows that are left to train on
@pytest.mark.parametrize(("rows", "share", "left"), [(10, 0.2, 8), (10, 0.25, 7), (3, 0.5, 1), (7, 0.3, 4), (100, 0.01, 99)])
def test_hold_out_takes_the_last_rows(rows, share, left):
    x, y = np.arange(rows)[:, None], np.arange(rows)
    train, held = hold_out(Examples((x, x), y, None), share)
    assert train.weight is None
    for array in train.X:
        assert train.y.tolist() == array[:, 0].tolist() == list(range(left))
    for array in held.X:
        assert held.y.tolist() == array[:, 0].tolist() == list(range(left, rows))
    assert hold_out(Examples(x, y, y), share)[1].weight.tolist() == held.y.tolist()


@pytest.mark.parametrize("share", [-0.1, 1.0, 1, 2.0, 0.99, float("nan")])
def test_hold_out_leaves_rows_on_both_sides(share):
    with pytest.raises(ArgumentError, match="validation_split must leave rows on both sides.*Got .* for 3 rows"):
        hold_out(Examples(X, np.zeros(3), None), share)


def test_validation_parts():
    assert validation_parts((1, 2)) == (1, 2, None)
    assert validation_parts([1, 2, 3]) == (1, 2, 3)
    for given, got in ((X, "a ndarray"), ((X,), "1 of them"), ((1, 2, 3, 4), "4 of them")):
        with pytest.raises(ArgumentError, match=rf"must be \(x, y\) or \(x, y, sample_weight\). Got {got}"):
            validation_parts(given)


@pytest.mark.parametrize("value", [1, np.int64(1), np.uint8(1)])
def test_whole(value):
    assert type(whole("epochs", value, 1)) is int


@pytest.mark.parametrize("value", [0, -1, 1.0, 2.5, "1", None, True, float("nan")])
def test_not_whole(value):
    with pytest.raises(ArgumentError, match="'epochs' must be a whole number of at least 1. Got "):
        whole("epochs", value, 1)
