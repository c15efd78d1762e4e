"""Schedules of the learning rate, the simple regularizers and the activations with options, against Keras on its JAX backend."""

import inspect
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leadline.activations
import leadline.regularizers
import leadline.schedules

keras = pytest.importorskip("keras")

X = (np.random.default_rng(0).normal(size=(7, 4)) * 3).astype(np.float32)

SCHEDULES = [
    ("ExponentialDecay", (0.1, 7, 0.9), {}),
    ("ExponentialDecay", (0.1, 7, 0.9), {"staircase": True}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {}),
    ("InverseTimeDecay", (0.1, 7, 0.5), {"staircase": True}),
    ("PolynomialDecay", (0.1, 13), {}),
    ("PolynomialDecay", (0.1, 13, 0.01, 2.0), {"cycle": True}),
    ("PiecewiseConstantDecay", ([5, 9], [0.1, 0.05, 0.01]), {}),
    ("CosineDecay", (0.1, 11), {"alpha": 0.1}),
    ("CosineDecay", (0.02, 11), {"warmup_target": 0.1, "warmup_steps": 5}),
    ("CosineDecayRestarts", (0.1, 3), {}),
    ("CosineDecayRestarts", (0.1, 4, 1.0, 0.9, 0.1), {}),
    ("CosineDecayRestarts", (0.1, 4, 1.5, 0.9, 0.1), {}),
]


@pytest.mark.parametrize(("name", "numbers", "options"), SCHEDULES)
def test_schedules(name, numbers, options):
    ours, theirs = (getattr(module, name)(*numbers, **options) for module in (leadline.schedules, keras.optimizers.schedules))
    steps = [0, 1, 4, 5, 9, 12, 26, 31]
    rates = jax.jit(jax.vmap(ours))(jnp.array(steps))
    np.testing.assert_allclose(rates, [float(theirs(s)) for s in steps], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in SCHEDULES}))
def test_arguments_and_defaults(name):
    ours, theirs = (
        inspect.signature(getattr(module, name)).parameters for module in (leadline.schedules, keras.optimizers.schedules)
    )
    assert set(ours) <= set(theirs)
    assert {key: ours[key].default for key in ours if key != "name"} == {
        key: theirs[key].default for key in ours if key != "name"
    }


@pytest.mark.parametrize(("name", "options"), [("L1", {}), ("L2", {}), ("L2", {"l2": 0.3}), ("L1L2", {"l1": 0.1, "l2": 0.2})])
def test_regularizers(name, options):
    ours, theirs = (getattr(module, name)(**options) for module in (leadline.regularizers, keras.regularizers))
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-5)


ACTIVATIONS = [
    ("softmax", {}),
    ("softmax", {"axis": 0}),
    ("relu", {"negative_slope": 0.1}),
    ("relu", {"max_value": 2.0}),
    ("gelu", {"approximate": True}),
]


@pytest.mark.parametrize(("name", "options"), ACTIVATIONS)
def test_activations(name, options):
    ours, theirs = (getattr(module, name) for module in (leadline.activations, keras.activations))
    np.testing.assert_allclose(ours(X, **options), theirs(X, **options), rtol=1e-5, atol=1e-7)
    slopes = [jax.grad(lambda x, f=f: jnp.sum(jnp.sin(f(x, **options))))(jnp.asarray(X)) for f in (ours, theirs)]
    np.testing.assert_allclose(*slopes, rtol=1e-5, atol=1e-6)
