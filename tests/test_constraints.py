"""Constraints: values, populations of limits, extremes, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import constraints
from leadline.errors import ArgumentError, ShapeError

W = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
W[0, 0] = 0.0, -0.0, 1e4


def norms(w, axis):
    return np.sqrt((w**2).sum(axis=axis, keepdims=True))


def to(w, axis, wanted):
    """Vectors along an axis, with their norms as wanted."""
    return w * wanted(norms(w, axis)) / (norms(w, axis) + 1e-7)


CASES = [
    (constraints.NonNeg(), lambda w: np.maximum(w, 0)),
    (constraints.MaxNorm(), lambda w: to(w, 0, lambda n: np.minimum(n, 2))),
    (constraints.MaxNorm(0.5, axis=1), lambda w: to(w, 1, lambda n: np.minimum(n, 0.5))),
    (constraints.MaxNorm(0.5, axis=[0, 1]), lambda w: to(w, (0, 1), lambda n: np.minimum(n, 0.5))),
    (constraints.MaxNorm(3, axis=None), lambda w: to(w, None, lambda n: np.minimum(n, 3))),
    (constraints.MaxNorm(0.0), lambda w: 0 * w),
    (constraints.UnitNorm(), lambda w: to(w, 0, np.ones_like)),
    (constraints.UnitNorm(-1), lambda w: to(w, -1, np.ones_like)),
    (constraints.MinMaxNorm(), lambda w: to(w, 0, lambda n: np.clip(n, 0, 1))),
    (constraints.MinMaxNorm(1.5, 2.5, axis=2), lambda w: to(w, 2, lambda n: np.clip(n, 1.5, 2.5))),
    (constraints.MinMaxNorm(1.5, 2.5, rate=0.25), lambda w: to(w, 0, lambda n: 0.25 * np.clip(n, 1.5, 2.5) + 0.75 * n)),
    (constraints.MinMaxNorm(1.5, 2.5, rate=0), lambda w: w),
    (constraints.get(lambda w: w / 2), lambda w: w / 2),
]


NAMES = [f"{place} {type(constraint).__name__}" for place, (constraint, _) in enumerate(CASES)]


@pytest.mark.parametrize(("constraint", "value"), CASES, ids=NAMES)
def test_value(constraint, value):
    held = jax.jit(constraint)(jnp.asarray(W))
    assert held.dtype == jnp.float32
    np.testing.assert_allclose(held, value(W.astype(np.float64)), rtol=2e-6, atol=1e-12)


@pytest.mark.parametrize(("constraint", "value"), CASES[:-1], ids=NAMES[:-1])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_dtype_and_zeros(constraint, value, dtype):
    held = constraint(jnp.zeros((2, 4, 3), dtype))
    assert held.dtype == dtype
    np.testing.assert_array_equal(held.astype("float32"), np.zeros((2, 4, 3)))


def test_what_is_allowed_is_kept():
    small = W[1]
    np.testing.assert_allclose(constraints.MaxNorm(1e3)(small), small, rtol=1e-6)
    np.testing.assert_array_equal(constraints.NonNeg()(abs(small)), abs(small))


def test_a_population_of_limits_is_one_program():
    limits = jnp.array([0.0, 0.5, 1.0])
    compiled = jax.jit(lambda constraint, w: constraint(w))
    held = jax.vmap(lambda limit: compiled(constraints.MaxNorm(limit), W))(limits)
    for limit, one in zip(limits, held, strict=True):
        np.testing.assert_allclose(compiled(constraints.MaxNorm(float(limit)), W), one, rtol=1e-6)
    assert compiled._cache_size() == 1


def test_a_population_in_half_precision_keeps_the_dtype_of_the_weights():
    held = jax.vmap(lambda limit: constraints.MinMaxNorm(0.0, limit)(jnp.ones((2, 2), "bfloat16")))(jnp.array([0.5, 1.0]))
    assert held.dtype == jnp.bfloat16


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: constraints.MaxNorm(-1), "MaxNorm needs a max_value of 0 or more; got max_value=-1"),
        (lambda: constraints.MaxNorm(float("nan")), "got max_value=nan"),
        (lambda: constraints.MaxNorm(np.float32(-2)), "got max_value=-2"),
        (lambda: constraints.MinMaxNorm(-1.0), "MinMaxNorm needs a min_value of 0 or more; got min_value=-1"),
        (lambda: constraints.MinMaxNorm(rate=1.5), "needs a rate from 0 to 1; got rate=1.5"),
        (lambda: constraints.MinMaxNorm(2.0, 1.0), "needs min_value ≤ max_value; got min_value=2.0, max_value=1.0"),
        (lambda: constraints.MaxNorm(axis="rows"), "axis of MaxNorm must be a whole number, .* got axis='rows'"),
        (lambda: constraints.UnitNorm(axis=(0, 1.5)), "axis of UnitNorm must be"),
        (lambda: constraints.UnitNorm(axis=True), "got axis=True"),
        (lambda: constraints.get("max_nrom"), "Unknown constraint 'max_nrom'. Did you mean 'max_norm'"),
        (lambda: constraints.get(2.0), "got 2.0 of type float"),
        (lambda: constraints.get(int), "A constraint must be a name"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("axis", [2, -3, (0, 2)])
def test_an_axis_that_is_not_there_is_refused(axis):
    with pytest.raises(ShapeError, match=r"UnitNorm takes norms along axis .* has the shape \(2, 3\)"):
        constraints.UnitNorm(axis)(jnp.ones((2, 3)))


def test_a_function_must_keep_the_shape():
    with pytest.raises(ShapeError, match=r"The constraint sum must keep the shape .* it made \(\) of \(2, 3\)"):
        constraints.get(jnp.sum)(jnp.ones((2, 3)))


@pytest.mark.parametrize("name", sorted(constraints.CONSTRAINTS))
def test_every_name(name):
    made = constraints.get(name)
    assert type(made) is constraints.CONSTRAINTS[name]
    assert constraints.get(type(made)) == made
    assert constraints.get(made) is made


def test_none_is_none():
    assert constraints.get(None) is None
