"""Activations along an axis: sums, extremes, exact gradients, and the definition of the sparse one."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from leadline.activations import along_axis
from leadline.errors import ShapeError

X = jax.random.normal(jax.random.key(0), (3, 4, 6)) * 3
EXACT = np.asarray(X, np.float64)


def sparsemax(x):
    """One row, by the definition: of all supports the one whose numbers agree with it."""
    falling = np.sort(x)[::-1]
    size = max(k for k in range(1, len(x) + 1) if 1 + k * falling[k - 1] > falling[:k].sum())
    return np.maximum(x - (falling[:size].sum() - 1) / size, 0)


def glu(x, axis):
    value, gate = np.split(x, 2, axis)
    return value * special.expit(gate)


# name, the same in double precision
CASES = [
    ("softmax", lambda x, axis: special.softmax(x, axis)),
    ("log_softmax", lambda x, axis: special.log_softmax(x, axis)),
    ("sparsemax", lambda x, axis: np.apply_along_axis(sparsemax, axis, x)),
    ("glu", glu),
]


@pytest.mark.parametrize("axis", [-1, 1, 2, -2])
@pytest.mark.parametrize(("name", "value"), CASES)
def test_value(name, value, axis):
    np.testing.assert_allclose(getattr(along_axis, name)(X, axis=axis), value(EXACT, axis), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize(("name", "value"), CASES)
def test_value_and_gradient_in_double_precision(name, value):
    with jax.enable_x64(True):
        x = jnp.asarray(EXACT[0])
        function = getattr(along_axis, name)
        assert function(x).dtype == jnp.float64
        np.testing.assert_allclose(function(x), value(EXACT[0], -1), rtol=1e-12, atol=1e-14)
        direction = jax.random.normal(jax.random.key(1), x.shape)
        # Differences of the formula; no entry is nearer to the edge of the support than the step.
        difference = (value(EXACT[0] + 1e-5 * direction, -1) - value(EXACT[0] - 1e-5 * direction, -1)) / 2e-5
        np.testing.assert_allclose(jax.jvp(function, (x,), (direction,))[1], difference, atol=1e-8)


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "sparsemax"])
def test_probabilities_sum_to_one(name, axis):
    np.testing.assert_allclose(getattr(along_axis, name)(X, axis=axis).sum(axis), 1, rtol=1e-6)


# logits, what softmax and sparsemax give alike
@pytest.mark.parametrize("name", ["softmax", "sparsemax"])
@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([1e4, -1e4], [1, 0]),
        ([1e38, -1e38], [1, 0]),
        ([3e38, -3e38], [1, 0]),
        ([np.inf, 0.0], [1, 0]),
        ([-np.inf, 0.0], [0, 1]),
        ([1e4, 1e4], [0.5, 0.5]),
        ([0.0, -0.0], [0.5, 0.5]),
        ([-3e38, -3e38, -3e38, -3e38, 0.0], [0, 0, 0, 0, 1]),
    ],
)
def test_extremes(name, logits, expected):
    function, x = getattr(along_axis, name), jnp.array(logits, jnp.float32)
    np.testing.assert_array_equal(function(x), np.array(expected, np.float32))
    assert jnp.isfinite(jax.jit(jax.jacobian(function))(x)).all()


@pytest.mark.parametrize(
    ("logits", "expected"),
    [
        ([1e4, -1e4], [0, -2e4]),
        ([1e38, -1e38], [0, -2e38]),
        ([3e38, -3e38], [0, -np.inf]),
        ([-np.inf, 0.0], [-np.inf, 0]),
        ([np.inf, 0.0], [0, -float(jnp.finfo(jnp.float32).max)]),
    ],
)
def test_log_probabilities_at_extremes(logits, expected):
    x = jnp.array(logits, jnp.float32)
    np.testing.assert_allclose(along_axis.log_softmax(x), np.array(expected, np.float32), rtol=1e-6)
    assert jnp.isfinite(jax.jit(jax.jacobian(along_axis.log_softmax))(x)).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-5, 5, width=16), min_size=6, max_size=6), st.floats(-100, 100, width=16))
def test_sparsemax_is_the_nearest_point_of_the_simplex(logits, shift):
    x = np.array(logits)
    point = np.asarray(along_axis.sparsemax(jnp.asarray(x + shift, jnp.float32)), np.float64)
    np.testing.assert_allclose(point, sparsemax(x), atol=1e-4)
    corners = np.eye(6)
    # Nearest: the way to the logits leads to no corner (x here as far away as the points were really taken).
    assert ((corners - point) @ (x - point) <= 1e-3 * (1 + abs(x).max())).all()


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_a_nan_spoils_its_own_row_alone(bad):
    x = jnp.zeros((2, 3)).at[0, bad].set(jnp.nan)
    for name in ("softmax", "log_softmax", "sparsemax"):
        result = getattr(along_axis, name)(x)
        assert jnp.isnan(result[0]).all()
        assert jnp.isfinite(result[1]).all()


def test_glu_refuses_what_it_cannot_halve():
    with pytest.raises(ShapeError, match=r"glu halves axis 0, and an array of shape \(3, 4\) has an odd number"):
        along_axis.glu(jnp.zeros((3, 4)), axis=0)


def test_glu_at_extremes():
    x = jnp.array([1e38, -1e38, 1e4, -1e38, 1e38, 1e4])
    np.testing.assert_allclose(along_axis.glu(x), [0, -1e38, 1e4], rtol=1e-6)
    assert jnp.isfinite(jax.jit(jax.jacobian(along_axis.glu))(x)).all()
