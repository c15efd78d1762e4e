"""Smooth activations against double-precision formulas, at ordinary, huge and infinite inputs, in value and gradient."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from leadline.activations import smooth
from leadline.errors import ArgumentError

pytestmark = pytest.mark.usefixtures("optimised")

ORDINARY = np.linspace(-6, 6, 25)
EXTREME = np.array([-np.inf, -3e38, -1e38, -1e20, -1e4, -50.0, -0.0, 0.0, 50.0, 1e4, 1e20, 1e38, 3e38, np.inf])
SELU = 1.0507009873554805, 1.6732632423543772


def logistic_slope(x):
    return special.expit(x) * special.expit(-x)


def bell(x):
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


def mish_slope(x):
    hyperbolic = np.tanh(np.logaddexp(0, x))
    return hyperbolic + x * (1 - hyperbolic**2) * special.expit(x)


def squareplus(x, b=4.0):
    root = np.sqrt(x**2 + b)
    return np.where(x > 0, (x + root) / 2, b / 2 / (root - np.minimum(x, 0)))


def squareplus_slope(x, b=4.0):
    return np.where(np.isinf(x), x > 0, squareplus(x, b) / np.sqrt(x**2 + b))


def finite(function, left, right):
    """A formula that holds between the infinities, with its limits there."""

    def whole(x):
        return np.where(np.isneginf(x), left, np.where(np.isposinf(x), right, function(np.where(np.isinf(x), 0.0, x))))

    return whole


def elu(x, alpha=1.0, scale=1.0, stretch=1.0):
    return scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / stretch))


def elu_slope(x, alpha=1.0, scale=1.0, stretch=1.0):
    return scale * np.where(x > 0, 1.0, alpha / stretch * np.exp(np.minimum(x, 0) / stretch))


# name, options, value, gradient
CASES = [
    ("elu", {}, elu, elu_slope),
    ("elu", {"alpha": 0.5}, lambda x: elu(x, 0.5), None),
    ("selu", {}, lambda x: elu(x, SELU[1], SELU[0]), lambda x: elu_slope(x, SELU[1], SELU[0])),
    ("celu", {}, elu, elu_slope),
    ("celu", {"alpha": 2.5}, lambda x: elu(x, 2.5, stretch=2.5), lambda x: elu_slope(x, 2.5, stretch=2.5)),
    ("celu", {"alpha": 0.01}, lambda x: elu(x, 0.01, stretch=0.01), lambda x: elu_slope(x, 0.01, stretch=0.01)),
    ("exponential", {}, lambda x: np.exp(np.where(x > 100, np.inf, x)), lambda x: np.exp(np.where(x > 100, np.inf, x))),
    ("sigmoid", {}, special.expit, logistic_slope),
    ("log_sigmoid", {}, special.log_expit, lambda x: special.expit(-x)),
    ("tanh", {}, np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    ("tanh_shrink", {}, lambda x: x - np.tanh(x), lambda x: np.tanh(x) ** 2),
    ("softplus", {}, lambda x: np.logaddexp(0, x), special.expit),
    ("softsign", {}, finite(lambda x: x / (1 + abs(x)), -1, 1), lambda x: 1 / (1 + abs(x)) ** 2),
    ("squareplus", {}, squareplus, squareplus_slope),
    ("squareplus", {"b": 0.25}, lambda x: squareplus(x, 0.25), lambda x: squareplus_slope(x, 0.25)),
    (
        "silu",
        {},
        finite(lambda x: x * special.expit(x), 0, np.inf),
        finite(lambda x: special.expit(x) + x * logistic_slope(x), 0, 1),
    ),
    ("mish", {}, finite(lambda x: x * np.tanh(np.logaddexp(0, x)), 0, np.inf), finite(mish_slope, 0, 1)),
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
def test_value_and_gradient(name, options, value, gradient, points, assert_right):
    assert_right(lambda x: getattr(smooth, name)(x, **options), value, gradient, points)


@pytest.mark.parametrize(("name", "options", "value", "gradient"), CASES)
def test_double_precision(name, options, value, gradient):
    with jax.enable_x64(True):
        result = getattr(smooth, name)(jnp.asarray(ORDINARY), **options)
        assert result.dtype == jnp.float64
        np.testing.assert_allclose(result, value(ORDINARY), rtol=1e-12, atol=1e-14)


def test_squareplus_does_not_cancel():
    x = jnp.array([-1e3, -1e6, -1e30])
    np.testing.assert_allclose(smooth.squareplus(x), squareplus(np.asarray(x, np.float64)), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda x: smooth.squareplus(x, 0), "squareplus needs a b above 0; got 0"),
        (lambda x: smooth.squareplus(x, -1.0), "got -1.0"),
        (lambda x: smooth.celu(x, 0.0), "celu divides by alpha"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make(jnp.zeros(2))
