"""The identity as an initializer."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ShapeError
from leadline.initializers import Identity

KEY = jax.random.key(0)


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2), (0, 3)])
def test_identity(shape, dtype):
    matrix = Identity(2.5)(KEY, shape, dtype)
    assert matrix.dtype == dtype
    np.testing.assert_array_equal(np.asarray(matrix, np.float64), 2.5 * np.eye(*shape))


def test_a_population_of_gains():
    matrices = jax.vmap(lambda gain: Identity(gain)(KEY, (2, 2)))(jnp.array([1.0, 4.0]))
    np.testing.assert_array_equal(matrices[1], 4 * np.eye(2))


@pytest.mark.parametrize("shape", [(), (4,), (3, 3, 4)])
def test_what_is_no_matrix_is_refused(shape):
    with pytest.raises(ShapeError, match=r"Identity makes matrices; got an array of shape \("):
        Identity()(KEY, shape)
