"""Losses of margins: what the targets may be called, and where nothing is paid."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses

F = jnp.array([[-2.0], [0.5], [3.0], [-0.5]])
SIGNS = jnp.array([[-1.0], [1.0], [1.0], [1.0]])


@pytest.mark.parametrize("kind", [losses.Hinge, losses.SquaredHinge])
def test_zeros_and_ones_are_signs(kind):
    np.testing.assert_array_equal(kind().per_example((SIGNS + 1) / 2, F), kind().per_example(SIGNS, F))


@pytest.mark.parametrize("kind", [losses.Hinge, losses.SquaredHinge])
def test_what_an_example_pays_does_not_depend_on_its_batch(kind):
    y = jnp.array([[0.0], [1.0], [1.0], [0.0]])
    alone = [kind().per_example(y[i : i + 1], F[i : i + 1])[0] for i in range(4)]
    np.testing.assert_array_equal(kind().per_example(y, F), alone)


@pytest.mark.parametrize("kind", [losses.Hinge, losses.SquaredHinge])
def test_beyond_the_margin_nothing_is_paid(kind):
    values, slopes = jax.vmap(jax.value_and_grad(lambda f, y: kind()(y[None], f[None])))(F, SIGNS)
    np.testing.assert_array_equal(values == 0, [True, False, True, False])
    np.testing.assert_array_equal(slopes[:, 0] == 0, [True, False, True, False])


@pytest.mark.parametrize("f", [-1e38, -1e4, 0.0, 1e4, 1e38])
def test_extremes(f):
    value, slope = jax.value_and_grad(losses.Hinge(), argnums=1)(jnp.ones((1, 1)), jnp.full((1, 1), f))
    np.testing.assert_allclose(value, max(1 - f, 0), rtol=1e-6)
    assert slope == (-1 if f < 1 else 0)
