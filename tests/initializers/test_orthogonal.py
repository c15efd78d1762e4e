"""Orthogonal matrices: orthonormal, uniform, of any shape with two axes and more."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ShapeError
from leadline.initializers import Orthogonal

KEY = jax.random.key(5)


@pytest.mark.parametrize("gain", [1.0, -2.5])
@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9), (1, 5), (5, 1), (3, 3, 2, 8), (2, 3, 40)])
def test_the_shorter_side_is_orthonormal(shape, gain):
    matrix = np.asarray(Orthogonal(gain)(KEY, shape), np.float64).reshape(-1, shape[-1]) / gain
    rows, columns = matrix.shape
    product = matrix @ matrix.T if rows < columns else matrix.T @ matrix
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=2e-6)


def test_uniform_among_the_orthogonal_matrices():
    draw = jax.jit(jax.vmap(lambda key: Orthogonal()(key, (3, 3))))
    matrices = np.asarray(draw(jax.random.split(KEY, 4000)), np.float64)
    # Of every entry the mean is 0, the square 1/3 and the fourth power 1/5, as of a coordinate of a point on the sphere; five
    # standard errors. Without the signs the diagonal would lean to one side.
    for power, wanted, variance in ((1, 0, 1 / 3), (2, 1 / 3, 1 / 5 - 1 / 9), (4, 1 / 5, 1 / 9 - 1 / 25)):
        assert abs((matrices**power).mean(0) - wanted).max() < 5 * (variance / 4000) ** 0.5
    assert abs(np.linalg.det(matrices).mean()) < 5 / 4000**0.5  # turns and mirrors alike


def test_double_and_half_precision():
    with jax.enable_x64(True):
        matrix = Orthogonal()(KEY, (5, 5))
        assert matrix.dtype == jnp.float64
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(5), atol=1e-14)
    half = Orthogonal()(KEY, (5, 5), "bfloat16")
    assert half.dtype == jnp.bfloat16
    np.testing.assert_allclose((half.astype("float32") @ half.astype("float32").T), np.eye(5), atol=0.02)


def test_a_population_of_gains():
    matrices = jax.vmap(lambda gain: Orthogonal(gain)(KEY, (3, 2)))(jnp.array([1.0, 4.0]))
    np.testing.assert_allclose(matrices[1], 4 * matrices[0], rtol=1e-6)


def test_a_kernel_without_inputs_is_empty():
    assert Orthogonal()(KEY, (0, 3)).shape == (0, 3)


@pytest.mark.parametrize("shape", [(), (4,)])
def test_a_vector_is_refused(shape):
    with pytest.raises(ShapeError, match=r"Orthogonal makes arrays of two axes and more; got the shape \("):
        Orthogonal()(KEY, shape)
