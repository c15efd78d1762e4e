"""Losses of overlap: images one by one, nothing at all, and batches that no training takes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses
from leadline.errors import ArgumentError, DataError

RANDOM = np.random.default_rng(0)
Y = RANDOM.integers(0, 2, (3, 4, 5, 1)).astype(np.float32)
F = RANDOM.uniform(size=(3, 4, 5, 1)).astype(np.float32)
KINDS = [losses.Dice, losses.Tversky]


@pytest.mark.parametrize("kind", KINDS)
def test_images_one_by_one(kind):
    alone = [kind()(Y[i], F[i]) for i in range(3)]
    np.testing.assert_allclose(kind(axis=(1, 2, 3)).per_example(Y, F), alone, rtol=1e-6)


def test_an_even_tversky_is_dice():
    np.testing.assert_allclose(losses.Tversky()(Y, F), losses.Dice()(Y, F), rtol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_to_find_and_nothing_found(kind):
    value, slope = jax.value_and_grad(kind(), argnums=1)(jnp.zeros((2, 3)), jnp.zeros((2, 3)))
    assert value == 1
    assert jnp.isfinite(slope).all()
    np.testing.assert_allclose(kind()(jnp.ones((2, 3)), jnp.ones((2, 3))), 0, atol=1e-6)


@pytest.mark.parametrize("axis", [None, 0, (0, 1), -4, [1, -4]])
@pytest.mark.parametrize("kind", KINDS)
def test_a_training_needs_a_number_for_each_example(kind, axis):
    with pytest.raises(ArgumentError, match=r"one for each example. Give the axes of one example, such as axis=\(1, 2, 3\)"):
        kind(axis=axis).check(Y, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_targets(kind):
    assert kind(axis=(1, 2, 3)).check(Y, 1) is None
    with pytest.raises(DataError, match="targets of 0 or 1"):
        kind(axis=(1, 2, 3)).check(2 * Y, 1)
