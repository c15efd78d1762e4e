"""Losses of numbers: extremes, exact predictions, vectors without a direction."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses


def huber(e, d):
    return np.where(abs(e) <= d, e**2 / 2, d * (abs(e) - d / 2)).mean(-1)


@pytest.mark.parametrize("error", [0.0, -0.0, 1e4, -1e4, 1e38, -1e38])
def test_residual_losses_at_extremes(error):
    y, f = jnp.zeros((1, 1)), jnp.full((1, 1), error, jnp.float32)
    with np.errstate(over="ignore"):
        square = np.float32(error) ** 2  # 1e76 is more than single precision holds
    for loss, value, slope in (
        (losses.MeanSquaredError(), square, 2 * error),
        (losses.MeanAbsoluteError(), abs(error), np.sign(error)),
        (losses.Huber(), huber(np.array([error]), 1), np.clip(error, -1, 1)),
        (losses.LogCosh(), np.logaddexp(error, -error) - np.log(2), np.tanh(error)),
    ):
        got, gradient = jax.value_and_grad(loss, argnums=1)(y, f)
        np.testing.assert_allclose(got, value, rtol=1e-6)
        np.testing.assert_allclose(gradient, [[slope]], rtol=1e-6)


@pytest.mark.parametrize("error", [1e-6, -1e-3, 0.1])
def test_log_cosh_keeps_the_digits_of_a_small_error(error):
    value = losses.LogCosh()(jnp.zeros((1, 1)), jnp.full((1, 1), error))
    assert abs(value - np.log(np.cosh(error))) < 3e-7 * abs(error)


@pytest.mark.parametrize("kind", [losses.MeanAbsoluteError, losses.MeanAbsolutePercentageError])
def test_an_exact_prediction_has_no_slope(kind):
    y = jnp.array([[-2.0, 0.5]])
    np.testing.assert_array_equal(jax.grad(kind(), argnums=1)(y, y), 0)


@pytest.mark.parametrize("rows", [([[0.0, 0.0]], [[3.0, 4.0]]), ([[3.0, 4.0]], [[0.0, 0.0]]), ([[0.0, 0.0]], [[0.0, 0.0]])])
def test_nothing_is_similar_to_zeros(rows):
    value, slope = jax.value_and_grad(losses.CosineSimilarity(), argnums=1)(*map(jnp.asarray, rows))
    assert value == 0
    assert jnp.isfinite(slope).all()


@pytest.mark.parametrize("size", [3e-38, 1e-30, 1e-20, 3e-18, 1e-12, 0.9e-7])
def test_a_shorter_vector_than_the_shortest_norm_is_divided_by_that(size):
    y, f = jnp.array([[3.0, 4.0]]), jnp.array([[size, 0.0]])
    value, slope = jax.value_and_grad(losses.CosineSimilarity(), argnums=1)(y, f)
    np.testing.assert_allclose(value, -0.6 * size / 1e-7, rtol=1e-5)
    np.testing.assert_allclose(slope, [[-0.6e7, -0.8e7]], rtol=1e-5)


@pytest.mark.parametrize("f", [-3.0, 0.0])
def test_logarithms_of_what_is_not_positive_are_those_of_zero(f):
    value, slope = jax.value_and_grad(losses.MeanSquaredLogarithmicError(), argnums=1)(jnp.ones((1, 1)), jnp.full((1, 1), f))
    np.testing.assert_allclose(value, np.log(2) ** 2, rtol=1e-6)
    assert slope == 0
