"""Activations against double-precision formulas, at ordinary, huge and infinite inputs, in value and gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from leadline import activations
from leadline.errors import ArgumentError

ORDINARY = np.linspace(-6, 6, 25)
EXTREME = np.array([-np.inf, -1e38, -1e4, -0.0, 0.0, 1e4, 1e38, np.inf])


def step(x, above, below):
    return np.where(x > 0, above, below)


def logistic_slope(x):
    return special.expit(x) * special.expit(-x)


def bell(x):
    with np.errstate(over="ignore"):
        return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def finite(function, left, right):
    """A formula that holds between the infinities, with its limits there."""

    def whole(x):
        with np.errstate(invalid="ignore"):
            return np.where(np.isneginf(x), left, np.where(np.isposinf(x), right, function(np.where(np.isinf(x), 0.0, x))))

    return whole


# name, options, value, gradient (at a kink: the one documented)
CASES = [
    ("linear", {}, lambda x: x, np.ones_like),
    ("relu", {}, lambda x: np.maximum(x, 0), lambda x: step(x, 1.0, 0.0)),
    ("relu", {"negative_slope": 0.5}, lambda x: step(x, x, 0.5 * x), lambda x: np.where(x >= 0, 1.0, 0.5)),
    ("relu", {"max_value": 3.5, "threshold": 1.25}, lambda x: np.where(x > 1.25, np.minimum(x, 3.5), 0), None),
    ("relu", {"negative_slope": 0.5, "threshold": 1.25}, lambda x: np.where(x > 1.25, x, 0.5 * (x - 1.25)), None),
    ("leaky_relu", {}, lambda x: step(x, x, 0.2 * x), lambda x: np.where(x >= 0, 1.0, 0.2)),
    ("elu", {}, lambda x: step(x, x, np.expm1(np.minimum(x, 0))), lambda x: step(x, 1.0, np.exp(np.minimum(x, 0)))),
    ("elu", {"alpha": 0.5}, lambda x: step(x, x, 0.5 * np.expm1(np.minimum(x, 0))), None),
    ("sigmoid", {}, special.expit, logistic_slope),
    ("tanh", {}, np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    ("softplus", {}, lambda x: np.logaddexp(0, x), special.expit),
    (
        "silu",
        {},
        finite(lambda x: x * special.expit(x), 0, np.inf),
        finite(lambda x: special.expit(x) + x * logistic_slope(x), 0, 1),
    ),
    (
        "gelu",
        {},
        finite(lambda x: x * special.ndtr(x), 0, np.inf),
        finite(lambda x: special.ndtr(x) + x * bell(x), 0, 1),
    ),
    (
        "gelu",
        {"approximate": True},
        finite(lambda x: x * (0.5 + 0.5 * np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * np.clip(x, -1e3, 1e3) ** 3))), 0, np.inf),
        None,
    ),
]


@pytest.mark.parametrize("points", [ORDINARY, EXTREME], ids=["ordinary", "extreme"])
@pytest.mark.parametrize(("name", "options", "value", "gradient"), CASES)
def test_value_and_gradient(name, options, value, gradient, points):
    function = lambda x: getattr(activations, name)(x, **options)  # noqa: E731
    x = jnp.asarray(points, jnp.float32)
    exact = value(np.asarray(x, np.float64))
    np.testing.assert_allclose(function(x), exact, rtol=5e-6, atol=5e-7)
    slopes = jax.vmap(jax.grad(function))(x)
    assert jnp.isfinite(slopes).all()
    if gradient is not None:
        np.testing.assert_allclose(slopes, gradient(np.asarray(x, np.float64)), rtol=5e-6, atol=1e-6)


@pytest.mark.parametrize(("name", "options", "value", "gradient"), CASES)
def test_double_precision(name, options, value, gradient):
    with jax.enable_x64(True):
        x = jnp.asarray(ORDINARY)
        result = getattr(activations, name)(x, **options)
        assert result.dtype == jnp.float64
        np.testing.assert_allclose(result, value(ORDINARY), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@pytest.mark.parametrize("name", sorted(activations.ACTIVATIONS))
def test_dtype_shape_and_nan(name, dtype):
    x = jnp.array([[0.5, -2.0, jnp.nan]], dtype)
    result = activations.get(name)(x)
    assert (result.dtype, result.shape) == (x.dtype, x.shape)
    assert jnp.isnan(result[0, 2])


def test_softmax_sums_to_one_along_its_axis():
    x = jax.random.normal(jax.random.key(0), (3, 4, 5)) * 10
    np.testing.assert_allclose(activations.softmax(x).sum(-1), 1, rtol=1e-6)
    np.testing.assert_allclose(activations.softmax(x, axis=1).sum(1), 1, rtol=1e-6)
    np.testing.assert_allclose(activations.softmax(x), special.softmax(np.asarray(x, np.float64), axis=-1), rtol=2e-6)


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([1e4, -1e4], [1, 0]),
        ([1e38, -1e38], [1, 0]),
        ([3e38, -3e38], [1, 0]),
        ([np.inf, 0.0], [1, 0]),
        ([-np.inf, 0.0], [0, 1]),
        ([1e4, 1e4], [0.5, 0.5]),
    ],
)
def test_softmax_at_extremes(logits, expected):
    x = jnp.array(logits, jnp.float32)
    np.testing.assert_array_equal(activations.softmax(x), np.array(expected, np.float32))
    assert jnp.isfinite(jax.jacobian(activations.softmax)(x)).all()


def test_get():
    assert activations.get("relu") is activations.relu
    assert activations.get(jnp.sin) is jnp.sin
    with pytest.raises(ArgumentError, match="Did you mean 'relu'"):
        activations.get("rleu")
    with pytest.raises(ArgumentError, match="got 3 of type int"):
        activations.get(3)
