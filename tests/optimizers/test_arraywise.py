"""Lamb and Adafactor: steps in proportion to an array, and what Adafactor remembers of a matrix."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import schedules
from leadline.errors import ArgumentError
from leadline.optimizers import Adafactor, Lamb

W = jnp.asarray(np.random.default_rng(0).normal(size=(3, 4)), jnp.float32)
G = jnp.asarray(np.random.default_rng(1).normal(size=(3, 4)), jnp.float32)


def test_a_step_of_lamb_is_as_large_as_the_array():
    updates, _ = Lamb(0.1).update(G, Lamb().init(W), W)
    np.testing.assert_allclose(jnp.linalg.norm(updates), 0.1 * jnp.linalg.norm(W), rtol=1e-5)


@pytest.mark.parametrize(("w", "g", "expected"), [(jnp.zeros(4), jnp.ones(4), -0.1), (jnp.ones(4), jnp.zeros(4), 0.0)])
def test_where_a_norm_is_zero_lamb_takes_the_step_as_it_is(w, g, expected):
    updates, _ = Lamb(0.1).update(g, Lamb().init(w), w)
    np.testing.assert_allclose(updates, expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("shape", "remembered"),
    [
        ((), {"velocity": ()}),
        ((5,), {"velocity": (5,)}),
        ((3, 4), {"rows": (3,), "columns": (4,)}),
        ((2, 3, 4), {"rows": (2, 3), "columns": (2, 4)}),
    ],
)
def test_adafactor_remembers_rows_and_columns(shape, remembered):
    moments = Adafactor().init(jnp.ones(shape)).moments
    assert {name: array.shape for name, array in moments.items()} == remembered


def test_adafactor_stacks_matrices_of_the_last_two_axes():
    start, state = Adafactor(0.1), Adafactor().init(jnp.stack([W, W]))
    both, _ = start.update(jnp.stack([G, G]), state, jnp.stack([W, W]))
    alone, _ = start.update(G, start.init(W), W)
    np.testing.assert_allclose(both, jnp.stack([alone, alone]), rtol=1e-5)


def test_the_rate_of_adafactor_is_bounded():
    fast, state = Adafactor(100.0), Adafactor().init(W)
    for t in (1, 2, 3):
        updates, state = fast.update(G, state, W)
        np.testing.assert_array_less(jnp.sqrt(jnp.mean(updates**2)), 1.001 * jnp.sqrt(jnp.mean(W**2) / t))
    rates = schedules.ExponentialDecay(0.1, 5, 0.5)
    relative, absolute = (Adafactor(rates, relative_step=flag).update(G, state, W)[0] for flag in (True, False))
    assert jnp.array_equal(relative, absolute)


@pytest.mark.parametrize("optimizer", [Lamb(0.1), Adafactor(0.1)])
def test_under_vmap_each_member_has_its_own_norms(optimizer):
    weights, gradients = jnp.stack([W, 10 * W]), jnp.stack([G, -G])
    step = lambda w, g: optimizer.update(g, optimizer.init(w), w)[0]  # noqa: E731
    np.testing.assert_allclose(
        jax.vmap(step)(weights, gradients), jnp.stack([step(*one) for one in zip(weights, gradients, strict=True)]), rtol=1e-5
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Lamb(beta_2=1.0), "beta_2"),
        (lambda: Adafactor(beta_2_decay=0.8), r"beta_2_decay in \(-inf, 0\]"),
        (lambda: Adafactor(clip_threshold=0.0), r"clip_threshold in \(0, inf\)"),
        (lambda: Adafactor(epsilon_1=-1.0), "epsilon_1"),
        (lambda: Lamb().update(G, Lamb().init(W)), "Lamb needs the parameters"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
