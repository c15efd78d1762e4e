"""What every elementwise activation is held to: a formula in double precision."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest


def assert_right(function, value, gradient, points):
    """Single precision against the formulas in double, at points that single precision holds exactly."""
    x = jnp.asarray(points, jnp.float32)
    exact = np.asarray(x, np.float64)
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(function)))(x)
    with np.errstate(over="ignore", invalid="ignore"):
        np.testing.assert_allclose(values, value(exact), rtol=5e-6, atol=5e-7)
        if gradient is None:
            assert jnp.isfinite(slopes).all()
        else:
            np.testing.assert_allclose(slopes, gradient(exact), rtol=5e-6, atol=1e-6)


@pytest.fixture(name="assert_right")
def fixture_assert_right():
    return assert_right
