"""Dropout: how many inputs, by how much, and which rates."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.layers import Dropout

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
