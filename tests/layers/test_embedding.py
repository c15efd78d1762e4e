"""Rows of a table."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.layers.embedding import Embedding

LAYER = Embedding(5, 3)
PARAMS, _ = LAYER.init(jax.random.key(0), (2,))
TABLE = np.asarray(PARAMS["embeddings"])


def rows(x):
    return np.asarray(LAYER.apply(PARAMS, {}, jnp.asarray(x))[0])


@pytest.mark.parametrize("dtype", ["int32", "uint8", "float32"])
@pytest.mark.parametrize("shape", [(4,), (4, 2), (4, 2, 3)])
def test_each_number_gives_its_row(shape, dtype):
    x = np.random.default_rng(0).integers(0, 5, shape)
    np.testing.assert_array_equal(rows(x.astype(dtype)), TABLE[x])
    assert LAYER.output_shape(shape[1:]) == (*shape[1:], 3)


def test_numbers_that_point_nowhere():
    output = rows([[5, -1], [-6, 4]])
    assert np.isnan(output[0, 0]).all()
    assert np.isnan(output[1, 0]).all()
    np.testing.assert_array_equal(output[:, 1], TABLE[[-1, 4]])


def test_only_rows_that_were_looked_up_have_a_gradient():
    slope = jax.grad(lambda params: LAYER.apply(params, {}, jnp.array([[1, 1, 3]]))[0].sum())(PARAMS)["embeddings"]
    np.testing.assert_array_equal(slope, np.array([0, 2, 0, 1, 0])[:, None] * np.ones(3))


def test_its_penalty_and_its_beginning():
    layer = Embedding(4, 2, "ones", embeddings_regularizer="l2")
    assert float(layer.penalty(layer.init(jax.random.key(0), (1,))[0])) == pytest.approx(0.01 * 8)
    assert np.abs(TABLE).max() <= 0.05  # Keras's "uniform"


@pytest.mark.parametrize(
    ("arguments", "name"), [((0, 2), "input_dim"), ((2, 0), "output_dim"), ((2.5, 2), "input_dim"), ((2, True), "output_dim")]
)
def test_refusals(arguments, name):
    with pytest.raises(ArgumentError, match=f"'{name}' of Embedding must be a positive whole number"):
        Embedding(*arguments)
