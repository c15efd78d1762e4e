"""Larger, smaller, from the middle."""

import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.resizing import INTERPOLATIONS, CenterCrop, Resizing, UpSampling1D, UpSampling2D, UpSampling3D

X = np.random.default_rng(0).normal(size=(2, 4, 6, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("layer", "shape"), [(UpSampling1D(3), (4, 2)), (UpSampling2D((2, 3)), (4, 3, 2)), (UpSampling3D(), (2, 3, 4, 2))]
)
def test_every_entry_is_repeated(layer, shape):
    x = expected = np.random.default_rng(0).normal(size=(2, *shape)).astype(np.float32)
    for axis, by in enumerate(layer.size, start=1):
        expected = np.repeat(expected, by, axis)
    np.testing.assert_array_equal(layer(x), expected)
    assert layer.output_shape(shape) == expected.shape[1:]


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_interpolation_of_a_constant_is_the_constant(interpolation):
    for layer in (UpSampling2D(2, interpolation=interpolation), Resizing(7, 3, interpolation)):
        x = np.full((1, 4, 6, 2), 5.0, np.float32)
        np.testing.assert_allclose(layer(x), np.full((1, *layer.output_shape((4, 6, 2))), 5.0), rtol=1e-5)


@pytest.mark.parametrize(
    "make",
    [
        lambda order: Resizing(5, 5, data_format=order),
        lambda order: CenterCrop(2, 3, order),
        lambda order: UpSampling2D(2, order, "bilinear"),
    ],
)
def test_both_orders_of_axes(make):
    last, first = make("channels_last"), make("channels_first")
    turned = np.moveaxis(X, -1, 1)
    np.testing.assert_allclose(np.moveaxis(first(turned), 1, -1), last(X), rtol=1e-6)
    assert (2, *first.output_shape(turned.shape[1:])) == first(turned).shape


@pytest.mark.parametrize(("height", "width"), [(2, 3), (4, 6), (1, 1), (3, 6)])
def test_the_middle(height, width):
    top, left = (4 - height) // 2, (6 - width) // 2
    np.testing.assert_array_equal(CenterCrop(height, width)(X), X[:, top : top + height, left : left + width])


def test_proportions_stay_where_this_is_asked():
    circle = np.zeros((1, 4, 8, 1), np.float32)
    circle[0, :, 2:6] = 1
    np.testing.assert_array_equal(Resizing(2, 2, crop_to_aspect_ratio=True)(circle), np.ones((1, 2, 2, 1)))
    padded = Resizing(8, 8, "nearest", pad_to_aspect_ratio=True, fill_value=7.0)(circle)
    np.testing.assert_array_equal(padded[0, :, :, 0], np.pad(circle[0, :, :, 0], [(2, 2), (0, 0)], constant_values=7))


def test_whole_numbers_become_floating_ones():
    pixels = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    assert Resizing(1, 1)(pixels).tolist() == [[[[1.5]]]]
    assert CenterCrop(2, 2)(pixels).dtype == np.float32


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: UpSampling1D(0), ArgumentError, "'size' of UpSampling1D must be a whole number of at least 1. Got 0"),
        (
            lambda: UpSampling2D(2, interpolation="cubic"),
            ArgumentError,
            "Unknown interpolation of UpSampling2D 'cubic'. Did you mean 'bicubic'",
        ),
        (lambda: Resizing(0, 2), ArgumentError, "'height' of Resizing must be a positive whole number. Got 0"),
        (lambda: CenterCrop(2, 2.5), ArgumentError, "'width' of CenterCrop must be a positive whole number. Got 2.5"),
        (lambda: Resizing(2, 2, "area"), ArgumentError, "Unknown interpolation of Resizing 'area'"),
        (lambda: Resizing(2, 2, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), ArgumentError, "Got both"),
        (lambda: CenterCrop(2, 2).output_shape((4, 4)), ShapeError, "Add an axis of one channel"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
