import pytest

from leadline.errors import ArgumentError
from leadline.files.keras_config import in_keras_order, model_config
from leadline.layers import CategoryEncoding, Dense, Embedding, Flatten, Input
from leadline.models import Model, Sequential
from leadline.network import Call, Network


def test_layers_stand_by_their_distance_from_the_outputs():
    layers = (Dense(3, name="near"), Dense(4, name="far"))
    network = Network(layers, ("near", "far"), (4,), (Call(1, (0,)), Call(0, (1,))), 2)
    assert in_keras_order(network).names == ("far", "near")
    chain = Sequential([Input((4,)), Dense(3), Dense(2)]).network
    assert in_keras_order(chain).names == chain.names


def test_a_layer_that_leads_nowhere():
    network = Network((Dense(3), Dense(2)), ("used", "idle"), (4,), (Call(0, (0,)), Call(1, (0,))), 1)
    with pytest.raises(ArgumentError, match="A layer of the network is used for no output"):
        in_keras_order(network)


def test_a_chain_begins_with_its_input():
    config = model_config(Sequential([Input((4,)), Dense(3)]).network, "Sequential", "chain")["config"]
    assert [one["class_name"] for one in config["layers"]] == ["InputLayer", "Dense"]
    assert config["layers"][0]["config"]["batch_shape"] == [None, 4] == config["build_input_shape"]


def test_inputs_of_categories_are_whole_numbers():
    x, z = Input((2,), name="words"), Input((3,), name="numbers")
    network = Model([x, z], [Flatten()(Embedding(5, 2)(x)), CategoryEncoding(4)(x), Dense(1)(z)]).network
    layers = model_config(in_keras_order(network), "Model", "m")["config"]["layers"]
    assert {one["name"]: one["config"]["dtype"] for one in layers if one["class_name"] == "InputLayer"} == {
        "words": "int32",
        "numbers": "float32",
    }


@pytest.mark.parametrize("name", ["", "a/b"])
def test_names_that_keras_does_not_allow(name):
    network = Sequential([Input((4,)), Dense(3)]).network
    with pytest.raises(ArgumentError, match="Keras allows no layer or model to be called"):
        model_config(network, "Sequential", name)
