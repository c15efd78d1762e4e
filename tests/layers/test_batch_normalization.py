"""Batch normalisation: in training against its formula, its moving statistics, frozen, and in half precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.batch_normalization import BatchNormalization

X = np.random.default_rng(0).normal(3, 2, (8, 4, 5)).astype(np.float32)


def run(layer, x=X, training=True):
    params, state = layer.init(jax.random.key(0), x.shape[1:])
    return layer.run(params, state, jnp.asarray(x), training=training)


@pytest.mark.parametrize("axis", [-1, 1, 2, -2])
def test_channels_have_mean_0_and_variance_1_in_training(axis):
    output, state = run(BatchNormalization(axis, epsilon=0.0, momentum=0.9))
    others = tuple(other for other in range(3) if other != axis % 3)
    np.testing.assert_allclose(output.mean(others), 0, atol=1e-5)
    np.testing.assert_allclose(output.var(others), 1, rtol=1e-5)
    np.testing.assert_allclose(state["moving_mean"], 0.1 * X.mean(others), rtol=1e-5)
    np.testing.assert_allclose(state["moving_variance"], 0.9 + 0.1 * X.var(others), rtol=1e-5)


def test_outside_training_the_moving_statistics_are_used_and_stay():
    layer = BatchNormalization(moving_mean_initializer="ones", epsilon=0.0)
    output, state = run(layer, training=False)
    np.testing.assert_allclose(output, X - 1, rtol=1e-6)
    np.testing.assert_array_equal(state["moving_mean"], 1)


def test_they_become_those_of_the_data():
    layer = BatchNormalization(momentum=0.5)
    for _ in range(30):
        layer(X, training=True)
    np.testing.assert_allclose(layer.get_weights()[2], X.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(layer.get_weights()[3], X.var((0, 1)), rtol=1e-5)


def test_frozen_is_outside_training():
    frozen = BatchNormalization(trainable=False)
    output, state = run(frozen)
    np.testing.assert_array_equal(output, run(frozen, training=False)[0])
    np.testing.assert_array_equal(state["moving_mean"], 0)


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["gamma", "beta", "moving_mean", "moving_variance"]),
        ({"center": False}, ["gamma", "moving_mean", "moving_variance"]),
        ({"scale": False}, ["beta", "moving_mean", "moving_variance"]),
        ({"center": False, "scale": False}, ["moving_mean", "moving_variance"]),
    ],
)
def test_its_arrays(options, names):
    layer = BatchNormalization(**options)
    layer.build((4, 5))
    assert [*layer.weights.params, *layer.weights.state] == names
    assert [array.shape for array in layer.get_weights()] == [(5,)] * len(names)


def test_half_precision_takes_its_moments_in_full():
    x = np.random.default_rng(0).normal(300, 1, (64, 2)).astype(np.float32)
    half = BatchNormalization(dtype="mixed_float16", epsilon=0.0, momentum=0.0)
    output, state = run(half, x)
    assert output.dtype == jnp.float16
    assert state["moving_mean"].dtype == jnp.float32
    np.testing.assert_allclose(state["moving_mean"], x.astype(np.float16).astype(np.float32).mean(0), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(output, np.float32).var(0), 1, rtol=1e-2)


def test_a_constant_channel_is_finite():
    output, _ = run(BatchNormalization(), np.full((4, 1, 2), 7, np.float32))
    np.testing.assert_array_equal(output, 0)


def test_one_program_for_every_momentum():
    step = jax.jit(lambda layer: run(layer)[1]["moving_mean"])
    results = [step(BatchNormalization(momentum=momentum)) for momentum in (0.0, 0.5)]
    np.testing.assert_allclose(results[0], 2 * results[1], rtol=1e-6)
    assert step._cache_size() == 1


def test_it_says_that_it_mixes_examples():
    assert BatchNormalization.mixes_examples
    assert not np.allclose(run(BatchNormalization())[0][:2], run(BatchNormalization(), X[:2])[0])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: BatchNormalization((1, 2)), ArgumentError, "'axis' of BatchNormalization must be a whole number"),
        (lambda: BatchNormalization(0)(X), ArgumentError, "cannot be 0, the batch axis"),
        (lambda: BatchNormalization(3)(X), ShapeError, "has axis 3, and its input has only 3 axes"),
        (lambda: BatchNormalization(gamma_initializer="one_s"), ArgumentError, "Unknown initializer 'one_s'"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
