"""Focal cross-entropies: without a focus they are the plain ones; extremes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(6, 4)) * 3
YES_NO = RANDOM.integers(0, 2, (6, 4)).astype(float)
ONE_HOT = np.eye(4)[RANDOM.integers(0, 4, 6)]


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_without_a_focus(smoothing):
    how = {"from_logits": True, "label_smoothing": smoothing}
    binary, categorical = losses.BinaryCrossentropy(**how), losses.CategoricalCrossentropy(**how)
    focal = losses.BinaryFocalCrossentropy(gamma=0.0, **how)
    np.testing.assert_allclose(focal(YES_NO, LOGITS), binary(YES_NO, LOGITS), rtol=1e-5)
    focal = losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=0.0, **how)
    np.testing.assert_allclose(focal(ONE_HOT, LOGITS), categorical(ONE_HOT, LOGITS), rtol=1e-5)


def test_a_weight_for_each_class():
    weights = np.array([0.1, 0.2, 0.3, 0.4])
    single = [losses.CategoricalFocalCrossentropy(alpha=w, from_logits=True).per_example(ONE_HOT, LOGITS) for w in weights]
    several = losses.CategoricalFocalCrossentropy(alpha=list(weights), from_logits=True).per_example(ONE_HOT, LOGITS)
    np.testing.assert_allclose(several, np.stack(single)[ONE_HOT.argmax(-1), range(6)], rtol=1e-6)


@pytest.mark.parametrize("z", [-1e38, -1e4, -50.0, 0.0, 50.0, 1e4, 1e38])
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_logits_at_extremes(y, z):
    for loss, target in (
        (losses.BinaryFocalCrossentropy(from_logits=True), jnp.array([[y, 1 - y]])),
        (losses.CategoricalFocalCrossentropy(from_logits=True), jnp.array([[y, 1 - y]])),
    ):
        value, slope = jax.value_and_grad(loss, argnums=1)(target, jnp.array([[z, 0.0]]))
        assert jnp.isfinite(value)
        assert jnp.isfinite(slope).all()
