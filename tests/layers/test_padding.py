"""Zeros around, borders off: against NumPy, for every way to say how many."""

import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.padding import Cropping1D, Cropping2D, Cropping3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D

SIZES = (5, 6, 7)
# the argument, and what it says for each size
BORDERS = {
    1: [(1, [(1, 1)]), ((0, 2), [(0, 2)]), ([2, 1], [(2, 1)])],
    2: [(1, [(1, 1)] * 2), ((1, 2), [(1, 1), (2, 2)]), (((0, 1), (2, 3)), [(0, 1), (2, 3)]), ([1, (0, 2)], [(1, 1), (0, 2)])],
    3: [(2, [(2, 2)] * 3), ((0, 1, 2), [(0, 0), (1, 1), (2, 2)]), (((0, 1), (1, 0), (2, 2)), [(0, 1), (1, 0), (2, 2)])],
}
CASES = [(rank, *case) for rank, cases in BORDERS.items() for case in cases]
PADDING = {1: ZeroPadding1D, 2: ZeroPadding2D, 3: ZeroPadding3D}
CROPPING = {1: Cropping1D, 2: Cropping2D, 3: Cropping3D}


@pytest.mark.parametrize(("rank", "argument", "amounts"), CASES)
def test_zeros_around(rank, argument, amounts):
    x = np.random.default_rng(0).normal(size=(2, *SIZES[:rank], 3)).astype(np.float32)
    expected = np.pad(x, [(0, 0), *amounts, (0, 0)])
    layer = PADDING[rank](argument)
    np.testing.assert_array_equal(layer(x), expected)
    assert layer.output_shape(x.shape[1:]) == expected.shape[1:]
    assert type(layer).from_config(layer.get_config()) == layer
    first = PADDING[rank](argument, "channels_first")(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), expected)


@pytest.mark.parametrize(("rank", "argument", "amounts"), CASES)
def test_cropping_undoes_padding(rank, argument, amounts):
    x = np.random.default_rng(0).normal(size=(2, *SIZES[:rank], 3)).astype(np.float32)
    layer = CROPPING[rank](argument)
    np.testing.assert_array_equal(layer(np.pad(x, [(0, 0), *amounts, (0, 0)], constant_values=9)), x)
    assert type(layer).from_config(layer.get_config()) == layer
    cropped = tuple(size - sum(pair) for size, pair in zip(SIZES, amounts, strict=False))
    assert layer.output_shape((*SIZES[:rank], 3)) == (*cropped, 3)


@pytest.mark.parametrize("kind", [Cropping2D, Cropping3D])
def test_cropping_with_channels_first(kind):
    x = np.random.default_rng(0).normal(size=(2, *SIZES[: kind.rank], 3)).astype(np.float32)
    first = kind(1, "channels_first")(np.moveaxis(x, -1, 1))
    np.testing.assert_array_equal(np.moveaxis(first, 1, -1), kind(1)(x))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: ZeroPadding1D(-1),
            ArgumentError,
            "'padding' of ZeroPadding1D must be a whole number of at least 0, or 2 of them",
        ),
        (lambda: ZeroPadding2D((1, 2, 3)), ArgumentError, r"must be a whole number, or 2 of them, or 2 pairs. Got \(1, 2, 3\)"),
        (lambda: ZeroPadding2D(((1, 2, 3), 1)), ArgumentError, "'padding' of ZeroPadding2D"),
        (lambda: Cropping3D((1, 1)), ArgumentError, "or 3 pairs"),
        (lambda: Cropping2D(0.5), ArgumentError, "'cropping' of Cropping2D"),
        (lambda: Cropping1D((2, 3)).output_shape((5, 1)), ShapeError, r"wants sizes above what cropping=\(2, 3\) cuts off"),
        (lambda: ZeroPadding3D().output_shape((5, 1)), ShapeError, "depth, height, width, channels"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
