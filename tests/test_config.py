"""Things as plain data, and back."""

import json

import jax.numpy as jnp
import numpy as np
import pytest

from leadline import activations, config, constraints, initializers, layers, losses, metrics, optimizers, regularizers, schedules
from leadline.errors import ArgumentError
from leadline.layers import Activation, Conv2D, Dense, Normalization, Rescaling

TABLES = {
    initializers.get: initializers.INITIALIZERS,
    regularizers.get: regularizers.REGULARIZERS,
    constraints.get: constraints.CONSTRAINTS,
    layers.get: layers.LAYERS,
}
THINGS = [
    (Dense(3, "relu", kernel_regularizer=regularizers.L1L2(0.1, 0.2), bias_constraint="non_neg", name="own"), layers.LAYERS),
    (
        Dense(3, kernel_initializer=initializers.RandomNormal(stddev=0.5, seed=3), trainable=False, dtype="bfloat16"),
        layers.LAYERS,
    ),
    (Conv2D(2, (3, 2), strides=(2, 1), kernel_constraint=constraints.MaxNorm(2.0, axis=(0, 1, 2))), layers.LAYERS),
    (Normalization(axis=(1, 2), mean=[[1.0]], variance=np.array([[4.0]])), layers.LAYERS),
    (Rescaling([1.0, 2.0]), layers.LAYERS),
    (Activation("gelu"), layers.LAYERS),
    (regularizers.L2(0.5), regularizers.REGULARIZERS),
    (constraints.MinMaxNorm(0.1, 0.9), constraints.CONSTRAINTS),
    (initializers.Orthogonal(gain=2.0), initializers.INITIALIZERS),
]


@pytest.mark.parametrize(("thing", "table"), THINGS, ids=[type(thing).__name__ for thing, _ in THINGS])
def test_there_and_back_by_way_of_text(thing, table):
    described = config.described(thing)
    assert set(described) == {"class_name", "config"}
    again = config.built(json.loads(json.dumps(described)), table)
    assert again == thing
    assert type(again) is type(thing)


@pytest.mark.parametrize("get", TABLES, ids=lambda get: get.__module__.rpartition(".")[2])
def test_get_takes_descriptions_where_things_are_named(get):
    """Every class that can be made without arguments, through a layer that holds it."""
    for cls in set(TABLES[get].values()):
        try:
            thing = cls()
        except TypeError:
            continue  # it needs arguments
        assert config.built(config.described(thing), TABLES[get]) == thing


@pytest.mark.parametrize("name", activations.ACTIVATIONS)
def test_activations_are_their_names(name):
    described = config.described(activations.get(name))
    assert activations.get(described) is activations.get(name)


@pytest.mark.parametrize(
    ("value", "described"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (0.1, 0.1),
        ("text", "text"),
        ((1, (2, 3)), [1, [2, 3]]),
        ({"a": (1,), 2: None}, {"a": [1], "2": None}),
        (np.float32(0.5), 0.5),
        (np.arange(3), [0, 1, 2]),
        (jnp.ones((1, 2)), [[1.0, 1.0]]),
        (regularizers.L2(0.5), {"class_name": "L2", "config": {"l2": 0.5}}),
    ],
    ids=repr,
)
def test_described(value, described):
    assert config.described(value) == described
    json.dumps(config.described(value))


@pytest.mark.parametrize(
    "thing",
    [
        optimizers.Adam(0.1),
        optimizers.SGD(schedules.ExponentialDecay(0.1, 10, 0.5), momentum=0.9),
        losses.Huber(0.3),
        metrics.AUC(),
    ],
    ids=lambda thing: type(thing).__name__,
)
def test_other_things_are_plain_data_too(thing):
    described = json.loads(json.dumps(config.described(thing)))
    assert described["class_name"] == type(thing).__name__
    assert set(described["config"]) <= set(type(thing).__dataclass_fields__)


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (lambda: config.described(lambda x: x), "is code, which cannot be written as plain data. Use a named thing"),
        (lambda: config.described(Activation(jnp.sin)), "is code, which cannot be written"),
        (lambda: config.described(object()), "is code"),
        (lambda: config.described(Dense), "is code"),
        (lambda: config.made(regularizers.L2, {"strength": 1}), "Unknown argument of L2 'strength'. .*Known: l2"),
        (lambda: config.made(Dense, {"units": -1}), "'units' of Dense must be a positive whole number. Got -1"),
        (lambda: config.made(Dense, {"name": "own"}), "The config of Dense needs 'units'. It has: name"),
        (lambda: config.built({"class_name": "L3"}, regularizers.REGULARIZERS), "Unknown class 'L3'.*Did you mean"),
        (
            lambda: config.built({"class_name": "os.system", "config": {"command": "true"}}, layers.LAYERS),
            "Unknown class 'os.system'",
        ),
        (lambda: config.built({"class_name": ["L2"]}, regularizers.REGULARIZERS), "Unknown class"),
        (
            lambda: config.built({"class_name": "L2", "config": [1]}, regularizers.REGULARIZERS),
            r"config of L2 must be names .* Got \[1\]",
        ),
        (lambda: Dense.from_config({"units": 3, "kernel_initializer": {"class_name": "Zeroes"}}), "Unknown .*'Zeroes'"),
    ],
)
def test_refusals(act, message):
    with pytest.raises(ArgumentError, match=message):
        act()


def test_what_is_no_description_stays():
    for value in (None, 3, "relu", {"units": 3}, regularizers.L2(0.5)):
        assert config.built(value, layers.LAYERS) is value


@pytest.mark.parametrize("value", ["x", 10**400, 1e300, -1e300])
def test_a_number_that_no_array_can_hold(value):
    with pytest.raises(ArgumentError, match="A number of L2 is|needs a finite strength"):
        config.made(regularizers.L2, {"l2": value})


def test_without_a_limit_stays_without_a_limit():
    assert config.made(constraints.MaxNorm, {"max_value": np.inf}) == constraints.MaxNorm(np.inf)
