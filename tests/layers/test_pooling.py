"""Pooling layers: shapes that are said are those that come, both orders of axes agree, and refusals."""

import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers import pooling
from leadline.layers.pooling import AveragePooling1D, MaxPooling1D, MaxPooling2D

WINDOWS = [getattr(pooling, f"{kind}Pooling{rank}D") for kind in ("Max", "Average") for rank in (1, 2, 3)]
GLOBAL = [getattr(pooling, f"Global{kind}Pooling{rank}D") for kind in ("Max", "Average") for rank in (1, 2, 3)]
SIZES = (6, 5, 4)


def batch(*shape):
    return jnp.asarray(np.random.default_rng(0).normal(size=shape).astype(np.float32))


@pytest.mark.parametrize("kind", WINDOWS)
@pytest.mark.parametrize(("size", "strides", "padding"), [(2, None, "valid"), (2, None, "same"), (3, 1, "same"), (2, 3, "valid")])
def test_both_orders_of_axes_and_their_shapes(kind, size, strides, padding):
    x = batch(2, *SIZES[: kind.rank], 3)
    last = kind(size, strides, padding)
    first = kind(size, strides, padding, "channels_first")
    output = last.apply({}, {}, x)[0]
    assert output.shape == (2, *last.output_shape(x.shape[1:]))
    turned = jnp.moveaxis(x, -1, 1)
    assert (2, *first.output_shape(turned.shape[1:])) == jnp.moveaxis(output, -1, 1).shape
    np.testing.assert_array_equal(first.apply({}, {}, turned)[0], jnp.moveaxis(output, -1, 1))


@pytest.mark.parametrize("kind", GLOBAL)
@pytest.mark.parametrize("keepdims", [False, True])
def test_global_pooling(kind, keepdims):
    x = np.asarray(batch(2, *SIZES[: kind.rank], 3))
    expected = (np.max if "Max" in kind.__name__ else np.mean)(x, tuple(range(1, kind.rank + 1)), keepdims=keepdims)
    np.testing.assert_allclose(kind(keepdims=keepdims)(x), expected, rtol=1e-5)
    assert kind(keepdims=keepdims).output_shape(x.shape[1:]) == expected.shape[1:]
    turned = kind("channels_first", keepdims)(np.moveaxis(x, -1, 1))
    np.testing.assert_allclose(np.moveaxis(turned, 1, -1) if keepdims else turned, expected, rtol=1e-5)


def test_arguments_are_made_equal():
    assert (
        MaxPooling2D(2)
        == MaxPooling2D((2, 2), 2, "valid", "channels_last")
        == MaxPooling2D.from_config(MaxPooling2D().get_config())
    )
    assert MaxPooling2D((2, 3)).strides == (2, 3)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: MaxPooling1D(0), ArgumentError, "'pool_size' of MaxPooling1D must be a whole number of at least 1. Got 0"),
        (lambda: MaxPooling2D((2, 2, 2)), ArgumentError, "'pool_size' of MaxPooling2D must be .*, or 2 of them"),
        (lambda: AveragePooling1D(2, 1.5), ArgumentError, "'strides' of AveragePooling1D"),
        (lambda: MaxPooling1D(padding="SAME"), ArgumentError, "Unknown padding of MaxPooling1D 'SAME'"),
        (
            lambda: MaxPooling1D(5)(np.ones((1, 4, 2))),
            ShapeError,
            r'wants sizes of at least \(5,\). Take a smaller pool_size, or padding="same"',
        ),
        (lambda: MaxPooling2D()(np.ones((1, 4, 2))), ShapeError, "Add an axis of one channel"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
