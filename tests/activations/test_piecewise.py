"""Activations of simple pieces against their formulas, in value and gradient, on the kinks and far from them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.activations import piecewise
from leadline.errors import ArgumentError

ORDINARY = np.linspace(-6, 6, 25)  # every half: on all kinks
EXTREME = np.array([-np.inf, -1e38, -1e4, -0.0, 0.0, 1e4, 1e38, np.inf])


def between(x, low, high, inside, at=0.0):
    """1 above a piece, 0 below it, and something inside and at its ends."""
    return np.where(abs(x - (low + high) / 2) == (high - low) / 2, at, np.where((x > low) & (x < high), inside, 0.0))


def hard_silu(x):
    return np.where(x <= -3, 0, np.where(x >= 3, x, x * (x + 3) / 6))


def hard_silu_slope(x):  # at the kinks, relu6 has the slope 0
    return np.where(x <= -3, 0, np.where(x >= 3, 1, (2 * x + 3) / 6))


# name, options, value, gradient (at a kink: the one documented)
CASES = [
    ("linear", {}, lambda x: x, np.ones_like),
    ("relu", {}, lambda x: np.maximum(x, 0), lambda x: np.where(x > 0, 1.0, 0.0)),
    ("relu", {"negative_slope": 0.5}, lambda x: np.where(x > 0, x, 0.5 * x), lambda x: np.where(x >= 0, 1.0, 0.5)),
    ("relu", {"max_value": 3.5, "threshold": 1.25}, lambda x: np.where(x > 1.25, np.minimum(x, 3.5), 0), None),
    ("relu", {"negative_slope": 0.5, "threshold": 1.25}, lambda x: np.where(x > 1.25, x, 0.5 * (x - 1.25)), None),
    ("relu6", {}, lambda x: np.clip(x, 0, 6), lambda x: between(x, 0, 6, 1.0)),
    ("leaky_relu", {}, lambda x: np.where(x > 0, x, 0.2 * x), lambda x: np.where(x >= 0, 1.0, 0.2)),
    ("hard_sigmoid", {}, lambda x: np.clip(x / 6 + 0.5, 0, 1), lambda x: between(x, -3, 3, 1 / 6)),
    ("hard_silu", {}, hard_silu, hard_silu_slope),
    ("hard_tanh", {}, lambda x: np.clip(x, -1, 1), lambda x: between(x, -1, 1, 1.0, at=1.0)),
    ("hard_shrink", {}, lambda x: np.where(abs(x) > 0.5, x, 0), lambda x: np.where(abs(x) > 0.5, 1.0, 0.0)),
    ("hard_shrink", {"threshold": 2.0}, lambda x: np.where(abs(x) > 2, x, 0), lambda x: np.where(abs(x) > 2, 1.0, 0.0)),
    ("soft_shrink", {}, lambda x: x - np.clip(x, -0.5, 0.5), lambda x: np.where(abs(x) > 0.5, 1.0, 0.0)),
    ("soft_shrink", {"threshold": 2.0}, lambda x: x - np.clip(x, -2, 2), lambda x: np.where(abs(x) > 2, 1.0, 0.0)),
    ("threshold", {"threshold": 0.5, "default_value": -7.0}, lambda x: np.where(x > 0.5, x, -7), lambda x: 1.0 * (x > 0.5)),
    (
        "sparse_plus",
        {},
        lambda x: np.where(x >= 1, x, (np.clip(x, -1, 1) + 1) ** 2 / 4),
        lambda x: (np.clip(x, -1, 1) + 1) / 2,
    ),
    ("sparse_sigmoid", {}, lambda x: (np.clip(x, -1, 1) + 1) / 2, lambda x: between(x, -1, 1, 0.5, at=0.25)),
]


@pytest.mark.parametrize("points", [ORDINARY, EXTREME], ids=["ordinary", "extreme"])
@pytest.mark.parametrize(("name", "options", "value", "gradient"), CASES)
def test_value_and_gradient(name, options, value, gradient, points, assert_right):
    assert_right(lambda x: getattr(piecewise, name)(x, **options), value, gradient, points)


@pytest.mark.parametrize(("name", "options", "value", "gradient"), CASES)
def test_double_precision(name, options, value, gradient):
    with jax.enable_x64(True):
        result = getattr(piecewise, name)(jnp.asarray(ORDINARY), **options)
        assert result.dtype == jnp.float64
        np.testing.assert_allclose(result, value(ORDINARY), rtol=1e-14, atol=1e-15)


def test_threshold_keeps_a_nan():
    assert jnp.isnan(piecewise.threshold(jnp.array([jnp.nan]), 0.0, 1.0)).all()


@pytest.mark.parametrize("name", ["hard_shrink", "soft_shrink"])
@pytest.mark.parametrize("threshold", [-0.5, float("nan")])
def test_a_threshold_out_of_range_is_refused(name, threshold):
    with pytest.raises(ArgumentError, match=f"{name} needs a threshold of 0 or more; got {threshold}"):
        getattr(piecewise, name)(jnp.zeros(2), threshold)
