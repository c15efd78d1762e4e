"""What half precision is too coarse for."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.precision import narrowed, unit, widened


@pytest.mark.parametrize(("dtype", "wide"), [("bfloat16", "float32"), ("float16", "float32"), ("float32", "float32")])
def test_half_precision_becomes_single_and_comes_back(dtype, wide):
    x = jnp.ones(2, dtype)
    assert widened(x).dtype == wide
    assert narrowed(widened(x), x).dtype == dtype


def test_what_came_of_whole_numbers_stays_as_it_is():
    assert narrowed(jnp.ones(2), jnp.ones(2, jnp.int32)).dtype == jnp.float32


def test_lengths_are_one_along_the_axes():
    x = np.random.default_rng(0).normal(size=(3, 4, 5))
    np.testing.assert_allclose(jnp.linalg.norm(unit(jnp.asarray(x), (1, 2), 1e-7), axis=(1, 2)), 1, rtol=1e-6)
    np.testing.assert_allclose(unit(jnp.asarray(x), (2,), 1e-7), x / np.linalg.norm(x, axis=2, keepdims=True), rtol=1e-5)


@pytest.mark.parametrize("size", [0.0, 1e-38, 1e-20, 1e-8])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_below_the_bound_it_is_a_division_by_it(size, dtype):
    x = jnp.array([size, 0.0], dtype)
    slope = jax.jacobian(lambda x: unit(x, (0,), 1e-7).astype("float32"))(x)
    np.testing.assert_allclose(unit(x, (0,), 1e-7), x / 1e-7, rtol=1e-2)
    np.testing.assert_allclose(slope, np.eye(2) * 1e7, rtol=1e-2)
