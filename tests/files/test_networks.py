"""Networks as plain data and back."""

import copy
import importlib.util
import json
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import pytest

from leadline.errors import ArgumentError, DataError
from leadline.files import networks
from leadline.files.networks import described_network, network_of
from leadline.initializers import Constant
from leadline.layers import Activation, Add, Concatenate, Dense, Input, Layer
from leadline.network import Network, between

CONFORMANCE = Path(__file__).parents[1] / "layers" / "test_conformance.py"
SPEC = importlib.util.spec_from_file_location("conformance_of_layers", CONFORMANCE)
conformance = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(conformance)


def branched():
    """Two inputs, a layer used twice, three outputs of which one is read on."""
    first, second = Input((4,), name="first"), Input((4,), name="second")
    shared = Dense(3, "relu", name="shared")
    one, two = shared(first), shared(second)
    both = Concatenate()([one, two])
    return between([first, second], [Dense(1, name="price")(both), both, Add()([one, two])])


@pytest.mark.parametrize("number", conformance.NUMBERS)
def test_every_layer_comes_back(number):
    case = conformance.CASES[number]
    symbols = conformance.inputs(case)
    network = between(symbols, case.layer.replace()(symbols))
    again = network_of(json.loads(json.dumps(described_network(network))))
    assert again == network
    assert again.output_shape == network.output_shape


def test_a_graph_comes_back():
    network = branched()
    again = network_of(json.loads(json.dumps(described_network(network))))
    assert again == network
    assert (again.calls, again.outputs, again.input_names) == (network.calls, network.outputs, ("first", "second"))


@dataclass(frozen=True)
class Own(Layer):
    def apply(self, params, state, x, *, training=False, key=None):
        return x, state


class Nine(Constant):
    pass


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        (Own(name="mine"), "Layer 'mine' is a Own, which is none of leadline's own layers"),
        (Activation(jnp.sin), "is code"),
        (Dense(3, kernel_initializer=Nine(1.0)), "Unknown class 'Nine'"),
    ],
)
def test_code_is_refused(layer, message):
    x = Input((4,))
    with pytest.raises((ArgumentError, DataError), match=message):
        described_network(between(x, layer(x)))


def changed(**entries):
    plain = copy.deepcopy(described_network(Network((Dense(3), Dense(1)), ("dense", "dense_1"), (4,))))
    return {**plain, **entries}


def layer(class_name="Dense", **config):
    return {"class_name": class_name, "config": config}


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        (None, "must have the entries layers, names, .* Got None"),
        ({}, "must have the entries"),
        (changed(code="import os"), "must have the entries"),
        (changed(layers={}), "has 1 to 10,000 layers"),
        (changed(layers=[], names=[]), "Got 0 layers and 0 names"),
        (changed(layers=[layer(units=3)]), "Got 1 layers and 2 names"),
        (changed(names=["dense", "dense"]), "names of a network must be a list of different texts"),
        (changed(names=["dense", 1]), "list of different texts"),
        (
            changed(layers=[layer("Dens", units=3)] * 2),
            "Layer 'dense' cannot be made: Unknown class 'Dens'. Did you mean 'Dense'",
        ),
        (changed(layers=[layer("Lambda", function="4wEAAA")] * 2), "Unknown class 'Lambda'"),
        (changed(layers=[layer("builtins.eval", expression="1")] * 2), "Unknown class 'builtins.eval'"),
        (changed(layers=[layer("Input", shape=[1])] * 2), "Unknown class 'Input'"),
        (changed(layers=[layer(units="many")] * 2), "Layer 'dense' cannot be made"),
        (changed(layers=[layer(units=3, code=1)] * 2), "Unknown argument of Dense 'code'"),
        (changed(layers=[layer(units=3, kernel_initializer={"class_name": "L2", "config": {}})] * 2), "Unknown class 'L2'"),
        (changed(layers=[{"class_name": "Dense", "config": None}] * 2), "a config of names and values"),
        (changed(layers=[layer(units=3, name="other"), layer(units=1)]), "'dense' is called 'other' in its config"),
        (changed(input_shape=[0]), "list of positive whole numbers"),
        (changed(input_shape=[None]), "list of positive whole numbers"),
        (changed(input_shape=[[4], 4]), "list of positive whole numbers. Got 4"),
        (changed(input_shape=[[[]]]), r"list of positive whole numbers. Got \[\[\]\]"),
        (changed(calls=[]), "calls of a network must be a list"),
        (changed(calls=[[0, [0]], [2, [1]]]), "Call 1 must be a layer's place"),
        (changed(calls=[[0, [0]], [1, [2]]]), "Call 1 must be .* values before it"),
        (changed(calls=[[0, [0]], [1, []]]), "Call 1 must be"),
        (changed(calls=[[0, [0]], [1, [0, 1]]]), "Call 1 gives layer 1 several inputs, and it reads one"),
        (changed(calls=[[0, [0]], [0, [0]]]), "Layer 1 of the network is never called"),
        (changed(calls=[[True, [0]], [1, [1]]]), "Call 0 must be"),
        (changed(outputs=0), "outputs of a network must be places of what calls give"),
        (changed(outputs=3), "outputs of a network"),
        (changed(outputs=[]), "outputs of a network"),
        (changed(outputs=-2), "outputs of a network"),
        (changed(layers=[layer(units=3), layer("Conv2D", filters=1, kernel_size=2)]), "layers do not fit together"),
    ],
)
def test_what_is_refused_in_a_file(plain, message):
    with pytest.raises(DataError, match=message):
        network_of(plain)


def test_numbers_are_limited(monkeypatch):
    plain = changed()
    monkeypatch.setattr(networks, "MOST_CALLS", 1)
    with pytest.raises(DataError, match="list of 1 to 1"):
        network_of(plain)
    monkeypatch.setattr(networks, "MOST_LAYERS", 1)
    with pytest.raises(DataError, match="Got 2 layers"):
        network_of(plain)
