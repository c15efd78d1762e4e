"""Schedules: their formulas in double precision, traced steps and numbers, restarts at the exact step, refusals."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import schedules
from leadline.errors import ArgumentError


def half_cosine(fraction, alpha=0.0):
    return (1 - alpha) * 0.5 * (1 + math.cos(math.pi * fraction)) + alpha


def restarts(s, first, growth, height, alpha):
    """The period in which step s lies, found by counting."""
    index, length = 0, first
    while s >= length:
        s, index, length = s - length, index + 1, length * growth
    return (1 - alpha) * height**index * 0.5 * (1 + math.cos(math.pi * s / length)) + alpha


def warmed(s):
    return 0.02 + (0.1 - 0.02) * s / 5 if s < 5 else 0.1 * half_cosine(min(s - 5, 11) / 11, 0.1)


CASES = [
    (schedules.ExponentialDecay(0.1, 7, 0.9), lambda s: 0.1 * 0.9 ** (s / 7)),
    (schedules.ExponentialDecay(0.1, 7, 0.9, staircase=True), lambda s: 0.1 * 0.9 ** (s // 7)),
    (schedules.InverseTimeDecay(0.1, 7, 0.5), lambda s: 0.1 / (1 + 0.5 * s / 7)),
    (schedules.InverseTimeDecay(0.1, 7, 0.5, staircase=True), lambda s: 0.1 / (1 + 0.5 * (s // 7))),
    (schedules.PolynomialDecay(0.1, 13), lambda s: (0.1 - 1e-4) * (1 - min(s, 13) / 13) + 1e-4),
    (
        schedules.PolynomialDecay(0.1, 13, 0.01, 2.0, cycle=True),
        lambda s: 0.09 * (1 - s / (13 * max(1, math.ceil(s / 13)))) ** 2 + 0.01,
    ),
    (schedules.PiecewiseConstantDecay([5, 9], [0.1, 0.05, 0.01]), lambda s: 0.1 if s <= 5 else 0.05 if s <= 9 else 0.01),
    (schedules.CosineDecay(0.1, 11), lambda s: 0.1 * half_cosine(min(s, 11) / 11)),
    (schedules.CosineDecay(0.02, 11, 0.1, 0.1, 5), warmed),
    (schedules.CosineDecay(0.02, 11, warmup_target=0.1), lambda s: 0.1 * half_cosine(min(s, 11) / 11)),
    (schedules.CosineDecayRestarts(0.1, 3), lambda s: 0.1 * restarts(s, 3, 2, 1, 0)),
    (schedules.CosineDecayRestarts(0.1, 4, 1.0, 0.9, 0.1), lambda s: 0.1 * restarts(s, 4, 1, 0.9, 0.1)),
    (schedules.CosineDecayRestarts(0.1, 4, 1.5, 0.9, 0.1), lambda s: 0.1 * restarts(s, 4, 1.5, 0.9, 0.1)),
]
STEPS = np.arange(100)


@pytest.mark.parametrize(("schedule", "formula"), CASES)
def test_formula(schedule, formula):
    expected = [formula(int(s)) for s in STEPS]
    rates = jax.jit(jax.vmap(schedule))(STEPS)
    assert rates.dtype == jnp.float32
    np.testing.assert_allclose(rates, expected, rtol=1e-5, atol=1e-7)
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.jit(jax.vmap(schedule))(STEPS), expected, rtol=1e-12, atol=1e-16)


@pytest.mark.parametrize(("schedule", "formula"), CASES)
def test_numbers_and_step_are_traced(schedule, formula):
    compiled = jax.jit(lambda schedule, step: schedule(step))
    for factor, step in ((1.0, 3), (2.0, 8)):
        leaves, shape = jax.tree.flatten(schedule)
        first = schedule(step) if factor == 1 else None
        changed = jax.tree.unflatten(shape, [leaf * factor for leaf in leaves])
        np.testing.assert_allclose(compiled(changed, step), changed(step), rtol=1e-5, atol=1e-9)
        assert first is None or first == changed(step)
    assert compiled._cache_size() == 1


def test_a_population_of_schedules():
    rates = jax.vmap(lambda initial: schedules.ExponentialDecay(initial, 10, 0.5)(20))(jnp.array([1.0, 2.0]))
    np.testing.assert_allclose(rates, [0.25, 0.5])


@pytest.mark.parametrize("growth", [1.0, 1.5, 2.0, 3.0])
def test_a_restart_comes_at_its_step(growth):
    schedule, begin, length = schedules.CosineDecayRestarts(1.0, 2, growth), 0.0, 2.0
    compiled = jax.jit(schedule)
    for _ in range(7):
        if begin == int(begin):
            assert compiled(int(begin)) > 0.999
            assert begin == 0 or compiled(int(begin) - 1) < 0.999
        begin, length = begin + length, length * growth


@pytest.mark.parametrize("length", [3, 7, 13, 41, 47, 49, 55, 61])
def test_a_stair_comes_at_its_step(length):
    steps = jnp.arange(20) * length
    stairs = jax.jit(jax.vmap(schedules.InverseTimeDecay(1.0, length, 1.0, staircase=True)))(steps)
    np.testing.assert_allclose(stairs, 1 / (1 + np.arange(20)), rtol=1e-6)
    cycles = jax.jit(jax.vmap(schedules.PolynomialDecay(1.0, length, 0.25, cycle=True)))(steps[1:])
    np.testing.assert_allclose(cycles, 0.25, rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: schedules.ExponentialDecay(0.1, 0, 0.9), "decay_steps above 0; got 0"),
        (lambda: schedules.InverseTimeDecay(0.1, -1, 0.9), "decay_steps above 0"),
        (lambda: schedules.PolynomialDecay(0.1, np.int64(0)), "decay_steps above 0"),
        (lambda: schedules.CosineDecay(0.1, 0.0), "decay_steps above 0"),
        (lambda: schedules.CosineDecayRestarts(0.1, 0), "first_decay_steps above 0"),
        (lambda: schedules.CosineDecayRestarts(0.1, 5, t_mul=0.0), "t_mul above 0"),
        (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2]), "got 2 values and 2 boundaries"),
        (lambda: schedules.get("CosinDecay"), "Did you mean 'CosineDecay'"),
        (lambda: schedules.get(0.1), "got 0.1 of type float"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_get():
    assert schedules.get("CosineDecay") is schedules.CosineDecay
    assert schedules.get(CASES[0][0]) is CASES[0][0]
    assert schedules.get(schedules.CosineDecay) is schedules.CosineDecay
