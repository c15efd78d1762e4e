"""Regularizers: values, gradients, populations of strengths, and what is refused."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import regularizers
from leadline.errors import ArgumentError, ShapeError

W = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
W[0] = 0.0, -0.0, 1e4
CASES = [
    (regularizers.L1(), lambda w: 0.01 * abs(w).sum(), lambda w: 0.01 * np.sign(w)),
    (regularizers.L2(), lambda w: 0.01 * (w**2).sum(), lambda w: 0.02 * w),
    (regularizers.L2(0.5), lambda w: 0.5 * (w**2).sum(), lambda w: w),
    (regularizers.L1L2(), lambda w: 0.0, np.zeros_like),
    (
        regularizers.L1L2(0.3, 0.2),
        lambda w: 0.3 * abs(w).sum() + 0.2 * (w**2).sum(),
        lambda w: 0.3 * np.sign(w) + 0.4 * w,
    ),
    (regularizers.get(lambda w: jnp.sum(w**4)), lambda w: (w**4).sum(), lambda w: 4 * w**3),
]


@pytest.mark.parametrize(("regularizer", "value", "gradient"), CASES)
def test_value_and_gradient(regularizer, value, gradient):
    penalty, slopes = jax.value_and_grad(regularizer)(jnp.asarray(W))
    exact = W.astype(np.float64)
    assert penalty.shape == ()
    assert penalty.dtype == jnp.float32
    np.testing.assert_allclose(penalty, value(exact), rtol=1e-5)
    np.testing.assert_allclose(slopes, gradient(exact), rtol=1e-5)


def cosines(w):
    unit = w / np.maximum(np.linalg.norm(w, axis=1, keepdims=True), 1e-7)
    return [abs(unit[i] @ unit[j]) for i in range(len(w)) for j in range(i)]


@pytest.mark.parametrize("shape", [(4, 3), (2, 5), (5, 5)])
@pytest.mark.parametrize("mode", ["rows", "columns"])
def test_the_cosines_of_pairs(mode, shape):
    w = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    w[:, 1] = 0
    vectors = w.astype(np.float64) if mode == "rows" else w.T.astype(np.float64)
    regularizer = regularizers.OrthogonalRegularizer(0.3, mode)
    np.testing.assert_allclose(regularizer(jnp.asarray(w)), 0.3 * np.mean(cosines(vectors)), rtol=1e-5)


@pytest.mark.parametrize("w", [np.zeros((3, 2)), np.eye(3), np.ones((1, 4)), 1e-9 * np.ones((2, 2))], ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_orthogonal_gradients_are_finite(w, dtype):
    penalty, slopes = jax.value_and_grad(regularizers.OrthogonalRegularizer())(jnp.asarray(w, dtype))
    assert penalty.dtype == dtype
    assert jnp.isfinite(penalty)
    assert jnp.isfinite(slopes).all()


def test_orthogonal_refusals():
    with pytest.raises(ShapeError, match=r"reads matrices; got a weight array of shape \(3,\)"):
        regularizers.OrthogonalRegularizer()(jnp.zeros(3))
    with pytest.raises(ArgumentError, match="Unknown mode of OrthogonalRegularizer 'row'. Did you mean 'rows'"):
        regularizers.OrthogonalRegularizer(mode="row")
    with pytest.raises(ArgumentError, match="finite strength of 0 or more; got factor=-1"):
        regularizers.OrthogonalRegularizer(-1)


def test_a_population_of_strengths_is_one_program():
    strengths = jnp.array([0.0, 0.1, 1.0])
    compiled = jax.jit(lambda regularizer, w: regularizer(w))
    penalties = jax.vmap(lambda s: compiled(regularizers.L2(s), W))(strengths)
    np.testing.assert_allclose(penalties, strengths * (W**2).sum(), rtol=1e-5)
    for strength in strengths:
        compiled(regularizers.L2(float(strength)), W)
    assert compiled._cache_size() == 1


@pytest.mark.parametrize("strength", [-0.1, float("nan"), float("inf"), np.float32(-1), np.int64(-1), -1])
@pytest.mark.parametrize("make", [regularizers.L1, regularizers.L2, regularizers.L1L2, lambda s: regularizers.L1L2(0.0, s)])
def test_a_strength_out_of_range_is_refused(make, strength):
    with pytest.raises(ArgumentError, match=r"finite strength of 0 or more; got l[12]="):
        make(strength)


@pytest.mark.parametrize("name", sorted(regularizers.REGULARIZERS))
def test_every_name(name):
    made = regularizers.get(name)
    assert type(made) is regularizers.REGULARIZERS[name]
    assert regularizers.get(type(made)) == made
    assert regularizers.get(made) is made


def test_get():
    assert regularizers.get(None) is None
    with pytest.raises(ArgumentError, match=r"Unknown regularizer 'L3'\. Did you mean"):
        regularizers.get("L3")
    with pytest.raises(ArgumentError, match=r"got 0\.01 of type float"):
        regularizers.get(0.01)
