"""Training that goes on across files of Keras: in which library it began makes no difference."""

import inspect
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import numpy as np
import pytest

import leadline as ll
from leadline import config
from leadline.files.keras_things import MODULES, NOT_IN_KERAS, from_keras, to_keras
from leadline.layers import Dense, Input
from leadline.models import Sequential
from leadline.optimizers import (
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Ftrl,
    Lamb,
    Lion,
    Muon,
    Nadam,
    RMSprop,
    ScheduleFreeAdamW,
)
from leadline.schedules import ExponentialDecay

keras = pytest.importorskip("keras")

# Keras's own saving meets it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
Y = X[:, :1] - X[:, 1:2] * X[:, 2:3]

OPTIMIZERS = [
    SGD(0.1),
    SGD(ExponentialDecay(0.1, 3, 0.5), momentum=0.9),
    Lion(0.01),
    RMSprop(0.01),
    RMSprop(0.01, momentum=0.9, centered=True),
    Adagrad(0.1),
    Adadelta(0.5),
    Ftrl(0.1),
    Adam(0.01),
    Adam(0.01, amsgrad=True, use_ema=True, ema_overwrite_frequency=2),
    Adam(ExponentialDecay(0.1, 3, 0.5), gradient_accumulation_steps=2, clipnorm=1.0),
    AdamW(0.01),
    Adamax(0.01),
    Nadam(0.01),
    ScheduleFreeAdamW(0.01),
    Lamb(0.01),
    Adafactor(0.01),
    Muon(0.01),
]
assert {type(one).__name__ for one in OPTIMIZERS} == set(MODULES["keras.optimizers"])


DRAWS = np.random.default_rng(1)
SHAPES = {"dense": {"kernel": (4, 3), "bias": (3,)}, "dense_2": {"kernel": (2, 1), "bias": (1,)}}  # the one between is frozen
GRADIENTS = [
    jax.tree.map(lambda shape: DRAWS.normal(size=shape).astype(np.float32), SHAPES, is_leaf=lambda one: isinstance(one, tuple))
    for _ in range(3)
]


def close(one, other):
    for mine, its in zip(one, other, strict=True):
        np.testing.assert_allclose(mine, its, rtol=2e-5, atol=2e-6)


def network_for(optimizer):
    model = Sequential([Input((4,)), Dense(3, "tanh"), Dense(2, trainable=False), Dense(1)])
    model.compile(optimizer, "mse", metrics=["mae"])
    return model


def step_in_keras(model, gradients):
    model.optimizer.apply([gradients[layer][name] for layer in SHAPES for name in SHAPES[layer]])


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda one: type(one).__name__)
def test_every_optimizer_remembers_across_the_file(tmp_path, optimizer):
    path, other = tmp_path / "model.keras", tmp_path / "other.keras"
    network_for(optimizer).save(path)  # before the first step
    theirs = keras.saving.load_model(path)
    for gradients in GRADIENTS[:2]:
        step_in_keras(theirs, gradients)
    theirs.save(path)
    mine = ll.load_model(path)
    mine.save(other)
    if not isinstance(optimizer, Adafactor):  # of which Keras keeps what it computes anew in each step
        for one, same in zip(theirs.optimizer.variables, keras.saving.load_model(other).optimizer.variables, strict=True):
            np.testing.assert_array_equal(one.value, same.value)
    saved = mine.saved()
    params = {name: saved.network.layers[saved.network.names.index(name)].weights.params for name in SHAPES}
    updates, memory = mine.compiled.optimizer.update(GRADIENTS[2], saved.memory, params)
    step_in_keras(theirs, GRADIENTS[2])
    after = jax.tree.map(np.add, params, updates)
    close([after[layer][name] for layer in SHAPES for name in SHAPES[layer]], [one.value for one in theirs.trainable_variables])
    assert memory.step == int(theirs.optimizer._iterations.value) == 3


def test_fit_goes_on_in_either_library(tmp_path):
    path, other = tmp_path / "model.keras", tmp_path / "other.keras"
    how = {"epochs": 2, "batch_size": 8, "shuffle": False, "verbose": 0}
    model = network_for(Adam(ExponentialDecay(0.1, 3, 0.5), clipnorm=1.0))
    model.fit(X, Y, **how)
    model.save(path)
    theirs = keras.saving.load_model(path)
    theirs.fit(X, Y, **how)
    theirs.save(other)
    back = ll.load_model(other)
    back.fit(X, Y, **how)
    model.fit(X, Y, **how)
    model.fit(X, Y, **how)
    close(back.get_weights(), model.get_weights())
    assert back.evaluate(X, Y) == pytest.approx(model.evaluate(X, Y), rel=1e-5)
    theirs.fit(X, Y, **how)
    close(theirs.get_weights(), model.get_weights())


def things(module):
    """Each class of one of Keras's modules, made with what it needs."""
    needs = {"num_classes": 3, "target_class_ids": [0], "recall": 0.5, "precision": 0.5, "specificity": 0.5, "sensitivity": 0.5}
    needs |= {"initial_learning_rate": 0.5, "decay_steps": 10, "first_decay_steps": 10, "decay_rate": 0.5}
    needs |= {"boundaries": [1, 2], "values": [0.5, 0.25, 0.125]}
    for name, made in sorted(MODULES[module].items()):
        if name == made.__name__ and name not in NOT_IN_KERAS:
            required = [one for one in inspect.signature(made).parameters.values() if one.default is one.empty]
            yield made(**{one.name: needs[one.name] for one in required})


@pytest.mark.parametrize("module", [name for name in MODULES if name != "keras.layers"])
def test_every_thing_of_a_vocabulary_goes_to_keras_and_comes_back(module):
    count = 0
    for thing in things(module):
        plain = config.described(thing)
        theirs = keras.saving.deserialize_keras_object(to_keras(plain, module))
        assert type(theirs).__name__ == type(thing).__name__
        again = from_keras(keras.saving.serialize_keras_object(theirs), module)
        for key, value in again["config"].items():
            mine = plain["config"][key]
            assert value == (pytest.approx(mine) if isinstance(mine, float) else mine) or mine is None  # Keras names things
        count += 1
    assert count == len({made for made in MODULES[module].values() if made.__name__ not in NOT_IN_KERAS})
