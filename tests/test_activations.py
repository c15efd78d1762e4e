"""All activations of the table alike: dtype, shape, NaN, precision, and how they are found."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import activations
from leadline.errors import ArgumentError

NAMES = sorted(activations.ACTIVATIONS)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", NAMES)
def test_dtype_shape_and_nan(name, dtype):
    x = jnp.array([[0.5, -2.0, jnp.nan]], dtype)
    result = jax.jit(activations.get(name))(x)
    assert (result.dtype, result.shape) == (x.dtype, x.shape)
    assert jnp.isnan(result[0, 2])


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"exponential"}))
def test_half_precision_stays_near_single(name, dtype):
    x = jnp.array([-3e4, -300.0, -2.5, -0.75, 0.0, 0.75, 2.5, 300.0, 3e4], dtype)
    tangent = jnp.linspace(-1, 1, 9).astype(dtype)
    both = jax.jit(lambda x, tangent: jax.jvp(activations.get(name), (x,), (tangent,)))
    tolerance = 8 * float(jnp.finfo(dtype).eps)
    for narrow, wide in zip(both(x, tangent), both(x.astype("float32"), tangent.astype("float32")), strict=True):
        assert narrow.dtype == dtype
        np.testing.assert_allclose(narrow.astype("float32"), wide, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_is_its_rows(name):
    x = jax.random.normal(jax.random.key(0), (3, 4))
    function = activations.get(name)
    np.testing.assert_allclose(jax.jit(function)(x), jnp.stack([function(row) for row in x]), rtol=1e-6, atol=1e-7)


def test_get():
    assert activations.get("relu") is activations.relu
    assert activations.get("hard_swish") is activations.hard_silu
    assert activations.get(jnp.sin) is jnp.sin
    assert activations.get(None) is activations.linear


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("rleu", "Did you mean 'relu'"),
        ("glu", "Unknown activation 'glu'"),
        ("threshold", "Unknown activation"),
        (3, "got 3 of type int"),
    ],
)
def test_refusals(identifier, message):
    with pytest.raises(ArgumentError, match=message):
        activations.get(identifier)
