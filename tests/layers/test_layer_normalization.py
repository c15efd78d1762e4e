"""Normalisations of each example against their formulas in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.layer_normalization import GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization

X = np.random.default_rng(0).normal(3, 2, (3, 4, 5, 6)).astype(np.float32)


@pytest.mark.parametrize(("axis", "axes"), [(-1, (3,)), (1, (1,)), ((1, 2), (1, 2)), ((-1, 1), (1, 3)), ([3, 2, 1], (1, 2, 3))])
def test_along_axes(axis, axes):
    mean, variance = X.mean(axes, keepdims=True), X.var(axes, keepdims=True)
    root = np.sqrt((X**2).mean(axes, keepdims=True))
    length = np.sqrt((X**2).sum(axes, keepdims=True))
    for layer, expected in (
        (LayerNormalization(axis), (X - mean) / np.sqrt(variance + 1e-3)),
        (RMSNormalization(axis), X / root),
        (UnitNormalization(axis), X / length),
    ):
        np.testing.assert_allclose(layer(X), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("axis", "shape"), [(-1, (6,)), ((1, 3), (4, 6)), ((-1, 1), (4, 6))])
def test_the_weights_lie_along_the_axes(axis, shape):
    layer = LayerNormalization(axis)
    layer.build(X.shape[1:])
    gamma, beta = np.random.default_rng(1).normal(size=(2, *shape)).astype(np.float32)
    layer.set_weights([gamma, beta])
    spread = [size if axis in (layer.axes(X.shape[1:])) else 1 for axis, size in enumerate(X.shape)]
    plain = LayerNormalization(axis, center=False, scale=False)(X)
    np.testing.assert_allclose(layer(X), plain * gamma.reshape(spread) + beta.reshape(spread), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("groups", "axis"), [(1, -1), (2, -1), (3, 3), (6, -1), (-1, -1), (2, 1), (5, 2)])
def test_groups(groups, axis):
    last = np.moveaxis(X, axis, -1)
    many = last.shape[-1] if groups == -1 else groups
    apart = last.reshape(*last.shape[:-1], many, -1)
    mean, variance = apart.mean((1, 2, 4), keepdims=True), apart.var((1, 2, 4), keepdims=True)
    expected = np.moveaxis(((apart - mean) / np.sqrt(variance + 1e-3)).reshape(last.shape), -1, axis)
    np.testing.assert_allclose(GroupNormalization(groups, axis)(X), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("layer", [LayerNormalization(), GroupNormalization(2), RMSNormalization(), UnitNormalization()])
def test_examples_of_zeros_are_finite_with_their_gradients(layer):
    x = jnp.zeros((2, 6))
    params, state = layer.init(jax.random.key(0), (6,))
    output, slopes = jax.value_and_grad(lambda x: jnp.sum(layer.apply(params, state, x)[0]))(x)
    assert output == 0
    assert np.isfinite(slopes).all()


@pytest.mark.parametrize(
    "layer", [LayerNormalization, RMSNormalization, UnitNormalization, lambda **o: GroupNormalization(2, **o)]
)
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_takes_its_moments_in_full(layer, dtype):
    x = np.random.default_rng(0).normal(0, 300, (2, 64)).astype(np.float32)  # squares overflow in float16
    half = layer(dtype=f"mixed_{dtype}")(x)
    assert half.dtype == dtype
    np.testing.assert_allclose(np.asarray(half, np.float32), layer()(x), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: GroupNormalization(0),
            ArgumentError,
            "'groups' of GroupNormalization must be a whole number of at least 1. Got 0",
        ),
        (lambda: GroupNormalization(-2), ArgumentError, "'groups'"),
        (lambda: GroupNormalization(4)(X), ShapeError, "wants channels along axis -1 that 4 groups divide. Set groups="),
        (lambda: GroupNormalization()(X), ShapeError, "that 32 groups divide"),
        (lambda: LayerNormalization((0, 1))(X), ArgumentError, "cannot be 0, the batch axis"),
        (lambda: UnitNormalization(4)(X), ShapeError, "has axis 4"),
        (lambda: RMSNormalization("last"), ArgumentError, "'axis' of RMSNormalization must be a whole number. Got"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
