import itertools

import jax.numpy as jnp
import numpy as np
import pandas as pd
import polars as pl
import pytest

from leadline.data import sources
from leadline.data.sources import read
from leadline.errors import ArgumentError, DataError

X = np.arange(30.0).reshape(10, 3)
Y = np.arange(10) % 2
W = np.arange(10) / 10
CUTS = [slice(0, 4), slice(4, 8), slice(8, 10)]


class Loader:
    """What can be iterated again and again, as a DataLoader."""

    def __init__(self, *batches):
        self.batches = batches

    def __iter__(self):
        return iter(self.batches)

    def __len__(self):
        return len(self.batches)


def refilled():
    """A generator that fills the same arrays again and again."""
    x, y = np.empty((5, 3)), np.empty(5, int)
    for start in (0, 5):
        x[:], y[:] = X[start : start + 5], Y[start : start + 5]
        yield x, y


def untold():
    for cut in CUTS:
        yield X[cut], Y[cut]


IN_PAIRS = [
    ("generator", untold()),
    ("iterator", iter([(X, Y)])),
    ("lists for tuples", Loader(*([X[cut], Y[cut]] for cut in CUTS))),
    ("numbers in lists", Loader(*((X[cut].tolist(), Y[cut].tolist()) for cut in CUTS))),
    ("JAX", Loader(*((jnp.asarray(X[cut]), jnp.asarray(Y[cut])) for cut in CUTS))),
    ("frames", Loader(*((pd.DataFrame(X[cut]), pl.Series(Y[cut])) for cut in CUTS))),
    ("the same memory", refilled()),
    ("examples", zip(X, Y)),
    ("examples in lists", zip(X.tolist(), Y.tolist())),
]


@pytest.mark.parametrize("source", [case[1] for case in IN_PAIRS], ids=[case[0] for case in IN_PAIRS])
def test_a_source_of_pairs_is_joined_in_its_order(source):
    x, y, weight = read(source)
    assert np.array_equal(x, X)
    assert np.array_equal(y, Y)
    assert weight is None


EXAMPLES = [
    ("y without an axis", [(X[i], Y[i]) for i in range(10)], (10, 3), (10,)),
    ("y with another length", [(X[i], X[i, :2]) for i in range(10)], (10, 3), (10, 2)),
    ("images and one-hot classes", [(np.ones((28, 28)), np.eye(10)[i]) for i in range(5)], (5, 28, 28), (5, 10)),
    ("x alone, one axis", [X[i] for i in range(10)], (10, 3), None),
    ("a batch of one", [(X[i : i + 1], Y[i : i + 1]) for i in range(10)], (10, 3), (10,)),
    ("x alone, two axes", [X[cut] for cut in CUTS], (10, 3), None),
    ("vectors beside each other", [({"a": X[cut, 0], "b": X[cut, 1]}, Y[cut]) for cut in CUTS], {"a": (10,), "b": (10,)}, (10,)),
]


@pytest.mark.parametrize(("elements", "x", "y"), [case[1:] for case in EXAMPLES], ids=[case[0] for case in EXAMPLES])
def test_an_element_is_an_example_or_a_batch_by_its_axes(elements, x, y):
    found, targets, _ = read(Loader(*elements))
    assert (found.shape if isinstance(x, tuple) else {name: array.shape for name, array in found.items()}) == x
    assert (None if targets is None else targets.shape) == y


def test_weights_and_structures_are_kept():
    batches = (({"image": X[cut], "more": (X[cut, 0], None)}, [Y[cut], X[cut]], W[cut]) for cut in CUTS)
    x, y, weight = read(batches)
    assert np.array_equal(x["image"], X)
    assert np.array_equal(x["more"][0], X[:, 0])
    assert x["more"][1] is None
    assert isinstance(y, tuple)
    assert np.array_equal(y[1], X)
    assert np.array_equal(weight, W)


def test_a_batch_of_one_part_is_inputs_alone():
    x, y, weight = read(Loader((X,), (X,)))
    assert x.shape == (20, 3)
    assert y is None
    assert weight is None


def test_types_of_batches_are_joined_to_one_that_holds_both():
    x, y, _ = read(Loader((X, [1] * 10), (X, [0.5] * 10)))
    assert x.dtype == y.dtype == np.float64
    assert read(Loader((X.astype(np.float16), Y.astype(np.int8))))[0].dtype == np.float16


def test_arrays_go_through_with_their_targets_and_weights():
    lists = X.tolist()
    x, y, weight = read(lists, Y, W)
    assert x is lists
    assert y is Y
    assert weight is W
    assert read(X) == (X, None, None)


def test_a_name_takes_the_targets_out_of_a_table_or_of_dictionaries():
    frame = pd.DataFrame(X, columns=list("abc")).assign(label=Y)
    batches = Loader(*({"pixels": X[cut], "label": Y[cut]} for cut in CUTS))
    examples = Loader(*({"pixels": X[i], "label": Y[i]} for i in range(10)))
    for table in (frame, pl.DataFrame(frame), {"pixels": X, "label": Y}, batches, examples):
        x, y, _ = read(table, "label")
        assert np.array_equal(x, X)
        assert np.array_equal(y, Y)


def endless():
    return ((X, Y) for _ in itertools.count())


def test_steps_are_how_many_batches_are_read():
    source = endless()
    assert len(read(source, steps=3)[0]) == 30
    assert len(read(source, steps=np.int64(1))[0]) == 10
    rest = iter([X, X + 1, X + 2])
    read(rest, steps=1)
    assert np.array_equal(next(rest), X + 1)


class SaysEndless:
    def __len__(self):
        return 2**63 - 1

    def __iter__(self):
        return endless()


class TensorFlowEndless:
    """An endless tf.data set, as far as is asked."""

    def cardinality(self):
        return -1

    def __iter__(self):
        return endless()


SURELY_ENDLESS = [SaysEndless(), TensorFlowEndless()]


@pytest.mark.parametrize("source", SURELY_ENDLESS)
def test_what_says_that_it_has_no_end_is_refused_at_once(source):
    with pytest.raises(DataError, match=r"has no end. Pass steps_per_epoch=…"):
        read(source)
    assert len(read(source, steps=2)[1]) == 20


EMPTY_ARRAYS = (np.ones((2, 0)) for _ in itertools.count())


@pytest.mark.parametrize("source", [endless(), itertools.repeat(1.0), EMPTY_ARRAYS], ids=["batches", "numbers", "no bytes"])
def test_an_endless_source_is_read_up_to_a_bound(source, monkeypatch):
    monkeypatch.setattr(sources, "most_bytes", lambda: 100_000)
    with pytest.raises(DataError, match=r"did not end within [\d,]+ batches.*Pass steps_per_epoch=…"):
        read(source)


def test_a_finite_source_below_the_bound_is_read(monkeypatch):
    monkeypatch.setattr(sources, "most_bytes", lambda: X.nbytes + sources.OWN_BYTES)
    assert len(read(Loader(X))[0]) == 10
    with pytest.raises(DataError, match="did not end within 2 batches"):
        read(Loader(X, X))


spent = iter([X])
next(spent)

WRONG = [
    (
        "features",
        [(X, Y), (X[:, :2], Y)],
        r"Batch 1 of x has x of shape \(10, 2\), y of shape \(10,\); .* had x of shape \(10, 3\)",
    ),
    ("structure", [(X, Y), (X, Y), X], r"Batch 2 of x has x of shape \(10, 3\); .* had x of shape \(10, 3\), y of shape \(10,\)"),
    ("names", [{"a": X, "c": X}, {"b": X, "c": X}], r"Batch 1 of x has x\.b of shape .* had x\.a of shape"),
    ("axes", [(X, Y), (X, Y[:, None])], r"y of shape \(10, 1\); the earlier"),
    ("rows", [(X, Y), (X, Y[:9])], r"Batch 1 of x has .* y of shape \(9,\); its arrays must have as many rows"),
    ("examples", [(X[0], 1), (X[0, :2], 1)], r"Batch 1 of x has x of shape \(2,\).*taken as one example"),
    ("rows of the first", [(X, Y[:9]), (X[:4], Y[:4])], "taken as one example"),
    ("ragged", [(X, Y), ([[1, 2], [3]], [0, 1])], "Batch 1 of x cannot be read: .*inhomogeneous"),
    ("text", [(X, Y), (X, ["a"] * 10)], "Batch 1 of x holds text or objects in y"),
    ("text inside", [{"a": X, "b": np.array(["c"] * 10)}], r"Batch 0 .* text or objects in x\.b"),
    ("text alone", ["house.csv"], "Batch 0 of x cannot be read: x is a str, 'house.csv'"),
    ("nulls", [(pd.DataFrame({"age": [1, None]}), [0, 1])], "Batch 0 of x cannot be read: x: column 'age' is missing"),
    ("objects", [(X, object())], "Batch 0 of x cannot be read: y is a object"),
    ("four parts", [(X, Y, W, W)], r"Batch 0 of x is a tuple of 4; \(x, y, sample_weight\) is expected"),
    ("no parts", [()], "a tuple of 0"),
    ("no arrays", [({}, Y)], "Batch 0 of x holds no arrays"),
    ("nothing", [(None, Y)], "Batch 0 of x holds no arrays"),
    ("empty", [], "gave nothing: it is empty, or was read before"),
]


@pytest.mark.parametrize(("batches", "message"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_batches_that_do_not_fit_are_refused_by_number(batches, message):
    with pytest.raises(DataError, match=message):
        read(Loader(*batches))


def test_a_source_that_was_read_before_or_ends_early_is_refused():
    with pytest.raises(DataError, match="was read before"):
        read(spent)
    with pytest.raises(DataError, match="gave 3 of the 5 batches asked for"):
        read(untold(), steps=5)


def test_the_sources_own_errors_are_not_hidden():
    def broken():
        yield X
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        read(broken())


ARGUMENTS = [
    ("y beside a source", lambda: read(Loader(X), Y), "Got y beside x, a .*Loader, which is a source"),
    ("weights beside a source", lambda: read(Loader(X), None, W), "Got sample_weight beside x"),
    (
        "a name beside targets",
        lambda: read(Loader((X, Y)), "y"),
        "y names a column, 'y', but the batches of x hold targets already",
    ),
    ("a name without columns", lambda: read(Loader(X), "y"), "a numpy ndarray has no columns by name"),
    ("steps beside arrays", lambda: read(X, Y, steps=2), "steps counts the batches of a source, and x is a numpy ndarray"),
    ("no steps", lambda: read(Loader(X), steps=0), "Got 0"),
    ("half a step", lambda: read(Loader(X), steps=1.5), "Got 1.5"),
    ("true for steps", lambda: read(Loader(X), steps=True), "Got True"),
]


@pytest.mark.parametrize(("call", "message"), [case[1:] for case in ARGUMENTS], ids=[case[0] for case in ARGUMENTS])
def test_arguments_that_do_not_go_together_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize("x", ["house.csv", b"house.csv", object()])
def test_what_is_neither_array_nor_source_is_refused(x):
    with pytest.raises(DataError, match="x is a "):
        read(x)
