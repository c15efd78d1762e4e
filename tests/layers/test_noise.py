"""Noise: its mean and its deviation, in training only; the key decides."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.layers.noise import GaussianDropout, GaussianNoise

KEY = jax.random.key(0)
X = jnp.full((100, 100), 3.0)


def noisy(layer, x=X, key=KEY):
    return np.asarray(layer.run({}, {}, x, training=True, key=key)[0])


@pytest.mark.parametrize(
    ("layer", "deviation"),
    [(GaussianNoise(0.5), 0.5), (GaussianNoise(2.0), 2.0), (GaussianDropout(0.5), 3.0), (GaussianDropout(0.2), 1.5)],
)
def test_mean_and_deviation(layer, deviation):
    output = noisy(layer)
    assert abs(output.mean() - 3) < 5 * deviation / 100  # five standard errors
    assert abs(output.std() / deviation - 1) < 5 / 100 / 2**0.5


@pytest.mark.parametrize("layer", [GaussianNoise(0.5), GaussianDropout(0.5)])
def test_only_in_training_and_by_the_key(layer):
    np.testing.assert_array_equal(layer(X), X)
    np.testing.assert_array_equal(noisy(layer), noisy(layer))
    assert (noisy(layer) != noisy(layer, key=jax.random.key(1))).any()
    assert noisy(type(layer)(0.5, dtype="bfloat16")).dtype == jnp.bfloat16
    with pytest.raises(ArgumentError, match="draws random numbers in training and got no key"):
        layer.run({}, {}, X, training=True)


@pytest.mark.parametrize("kind", [GaussianNoise, GaussianDropout])
def test_none_is_the_identity_and_one_program_serves_all(kind):
    run = jax.jit(lambda layer: layer.run({}, {}, X, training=True, key=KEY)[0])
    np.testing.assert_array_equal(run(kind(0.0)), X)
    assert (run(kind(0.5)) != X).all()
    assert run._cache_size() == 1
