"""Dropout: how many inputs, by how much, and which rates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.dropout import AlphaDropout, Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D

KEY = jax.random.key(0)


def dropped(rate, x, key=KEY):
    return np.asarray(Dropout(rate).apply({}, {}, x, training=True, key=key)[0])


@pytest.mark.parametrize("rate", [0.0, 0.1, 0.5, 0.9])
def test_each_input_is_dropped_or_scaled(rate):
    output = dropped(rate, jnp.full((100, 100), 3.0))
    kept = output != 0
    np.testing.assert_allclose(output[kept], 3.0 / (1 - rate), rtol=1e-6)
    assert abs(kept.mean() - (1 - rate)) <= 5 * np.sqrt(rate * (1 - rate) / output.size)  # five standard errors


def test_nothing_is_dropped_outside_training_or_at_rate_0():
    x = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_array_equal(Dropout(0.5)(x), x)
    np.testing.assert_array_equal(dropped(0.0, x), x)


def test_the_key_alone_decides():
    x = jnp.ones((8, 8))
    np.testing.assert_array_equal(dropped(0.5, x), dropped(0.5, x))
    assert (dropped(0.5, x) != dropped(0.5, x, jax.random.key(1))).any()
    layer = Dropout(0.5)
    assert (layer(x, training=True) != layer(x, training=True)).any()


def test_one_program_serves_all_rates():
    run = jax.jit(lambda layer: layer.apply({}, {}, jnp.ones((4, 4)), training=True, key=KEY)[0])
    rates = jnp.array([0.0, 0.3, 0.6])
    many = jax.vmap(lambda rate: run(Dropout(rate)))(rates)
    for rate, output in zip(rates.tolist(), many, strict=True):
        np.testing.assert_allclose(run(Dropout(rate)), output, rtol=1e-6)
    assert run._cache_size() == 1


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1, 1.5, float("nan"), "0.5", None, np.float32(1)])
def test_rates_that_are_none(rate):
    with pytest.raises(ArgumentError, match="'rate' of Dropout must be at least 0 and below 1. Got "):
        Dropout(rate)


@pytest.mark.parametrize(
    ("layer", "shape", "drawn"),
    [
        (Dropout(0.5, (None, 1, None)), (4, 50, 3), (4, 1, 3)),
        (Dropout(0.5, (1, 50, 3)), (4, 50, 3), (1, 50, 3)),
        (AlphaDropout(0.5, (None, 1, 1)), (4, 50, 3), (4, 1, 1)),
        (SpatialDropout1D(0.5), (4, 50, 3), (4, 1, 3)),
        (SpatialDropout2D(0.5), (4, 5, 6, 3), (4, 1, 1, 3)),
        (SpatialDropout2D(0.5, "channels_first"), (4, 3, 5, 6), (4, 3, 1, 1)),
        (SpatialDropout3D(0.5), (4, 2, 3, 4, 3), (4, 1, 1, 1, 3)),
    ],
)
def test_one_decision_for_all_along_an_axis(layer, shape, drawn):
    x = jnp.ones(shape)
    output = np.asarray(layer.run({}, {}, x, training=True, key=KEY)[0])
    assert layer.drawn(shape) == drawn
    np.testing.assert_array_equal(output, np.broadcast_to(output[tuple(slice(n) for n in drawn)], shape))
    assert len(np.unique(output)) == 2
    np.testing.assert_array_equal(layer(x), x)


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance(rate):
    x = jax.random.normal(jax.random.key(1), (200, 200))
    output = np.asarray(AlphaDropout(rate).run({}, {}, x, training=True, key=KEY)[0])
    assert abs(output.mean()) < 0.05
    assert abs(output.std() - 1) < 0.05
    a = ((1 - rate) * (1 + rate * 1.7580993408473766**2)) ** -0.5
    dropped = np.isclose(output, a * (-1.7580993408473766 * (1 - rate)), rtol=1e-6)
    assert abs(dropped.mean() - rate) < 0.01
    np.testing.assert_allclose(output[~dropped], a * (np.asarray(x)[~dropped] + 1.7580993408473766 * rate), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("shape", [(2, 3), (4, 2), (4, 3, 1)])
def test_a_noise_shape_that_does_not_fit(shape):
    with pytest.raises(ShapeError, match=r"wants ones that noise_shape=.* fits"):
        Dropout(0.5, shape)(jnp.ones((4, 3)), training=True)


@pytest.mark.parametrize("shape", [0, (None, 0), (1.5,), "12"])
def test_what_is_no_noise_shape(shape):
    with pytest.raises(ArgumentError, match="'noise_shape' of Dropout"):
        Dropout(0.5, shape)
