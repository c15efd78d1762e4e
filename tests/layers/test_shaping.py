"""Layers that change shapes alone."""

import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.shaping import Flatten, Permute, RepeatVector, Reshape


@pytest.mark.parametrize(("shape", "flat"), [((), 1), ((4,), 4), ((2, 3), 6), ((2, 1, 3), 6)])
def test_flatten_keeps_the_order(shape, flat):
    x = np.arange(5 * flat, dtype=np.float32).reshape(5, *shape)
    output, _ = Flatten().apply({}, {}, x)
    np.testing.assert_array_equal(output, x.reshape(5, flat))
    assert Flatten().output_shape(shape) == (flat,)


def test_flatten_with_channels_first_gives_what_channels_last_would():
    x = np.arange(24.0).reshape(2, 2, 3, 2)
    np.testing.assert_array_equal(Flatten("channels_first")(np.moveaxis(x, -1, 1)), Flatten()(x))


def test_an_empty_batch_stays_empty():
    assert Flatten().apply({}, {}, np.zeros((0, 2, 3)))[0].shape == (0, 6)
    assert Reshape((-1, 2)).apply({}, {}, np.zeros((0, 2, 3)))[0].shape == (0, 3, 2)


@pytest.mark.parametrize(
    ("target", "shape", "expected"),
    [
        ((6,), (2, 3), (6,)),
        ((3, 2), (6,), (3, 2)),
        ((-1, 2), (2, 3), (3, 2)),
        ([-1], (2, 3), (6,)),
        (-1, (2, 3), (6,)),
        ((1,), (), (1,)),
    ],
)
def test_reshape(target, shape, expected):
    x = np.arange(2.0 * np.prod(shape, dtype=int)).reshape(2, *shape)
    np.testing.assert_array_equal(Reshape(target).apply({}, {}, x)[0], x.reshape(2, *expected))
    assert Reshape(target).output_shape(shape) == expected


@pytest.mark.parametrize(("dims", "shape"), [((1,), (3,)), ((2, 1), (3, 4)), ([2, 3, 1], (3, 4, 5))])
def test_permute(dims, shape):
    x = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    np.testing.assert_array_equal(Permute(dims)(x), x.transpose(0, *dims))
    assert (2, *Permute(dims).output_shape(shape)) == x.transpose(0, *dims).shape


def test_repeat_vector():
    assert RepeatVector(3)([[1.0, 2.0], [3.0, 4.0]]).tolist() == [[[1.0, 2.0]] * 3, [[3.0, 4.0]] * 3]
    assert RepeatVector(3).output_shape((2,)) == (3, 2)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Flatten("last"), ArgumentError, "Unknown data_format of Flatten 'last'"),
        (lambda: Reshape((-1, -1)), ArgumentError, r"can leave one size open with -1. Got \(-1, -1\)"),
        (lambda: Reshape((2, -3)), ArgumentError, "'target_shape' of Reshape must be a whole number of at least -1"),
        (lambda: Reshape((2, 2.0)), ArgumentError, "'target_shape'"),
        (lambda: Reshape((4,)).output_shape((5,)), ShapeError, r"wants 4 entries, for \(4,\). These have 5"),
        (lambda: Reshape((-1, 2)).output_shape((5,)), ShapeError, "wants a multiple of 2 entries"),
        (lambda: Reshape((-1, 0)).output_shape((5,)), ShapeError, "wants a multiple of 0 entries"),
        (lambda: Permute((1, 3)), ArgumentError, r"'dims' of Permute must be the numbers from 1 on, each once.* Got \(1, 3\)"),
        (lambda: Permute((0, 1)), ArgumentError, "'dims' of Permute"),
        (lambda: Permute((2, 1)).output_shape((3,)), ShapeError, r"wants 2 axes, for dims=\(2, 1\)"),
        (lambda: RepeatVector(0), ArgumentError, "'n' of RepeatVector must be a positive whole number. Got 0"),
        (lambda: RepeatVector(2).output_shape((3, 4)), ShapeError, r"wants \(features,\). Flatten the examples first"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
