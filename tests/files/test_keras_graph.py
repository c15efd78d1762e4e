import copy

import pytest

from leadline.errors import DataError
from leadline.files.keras_config import in_keras_order, model_config
from leadline.files.keras_graph import flattened
from leadline.files.networks import network_of
from leadline.layers import Add, Dense, Input
from leadline.models import Model, Sequential


def graph():
    x, z = Input((4,), name="x"), Input((4,), name="z")
    shared = Dense(3, name="shared")
    model = Model([x, z], [Add(name="sum")([shared(x), shared(z)]), Dense(2, name="last")(shared(x))])
    return in_keras_order(model.network)


GRAPH = model_config(graph(), "Model", "two")
CHAIN = model_config(Sequential([Input((4,)), Dense(3, name="one"), Dense(2, name="two")]).network, "Sequential", "chain")


def changed(config, **changes):
    copied = copy.deepcopy(config)
    copied["config"] |= changes
    return copied


def with_node(**changes):
    copied = copy.deepcopy(GRAPH)
    last = next(one for one in copied["config"]["layers"] if one["name"] == "last")
    last["inbound_nodes"][0] |= changes
    return copied


def tensor(*history):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 3], "dtype": "float32", "keras_history": list(history)}}


def test_there_and_back():
    kind, plain, where = flattened(GRAPH)
    assert kind == "Model"
    again = in_keras_order(network_of(plain))
    assert (again.calls, again.names, again.outputs) == (graph().calls, graph().names, graph().outputs)
    assert network_of(plain).output_names == ("sum", "last")
    assert where == ["layers/dense", "layers/add", "layers/dense_1"]
    kind, plain, where = flattened(CHAIN)
    assert (kind, plain["outputs"], where) == ("Sequential", -1, ["layers/dense", "layers/dense_1"])


def test_a_model_inside_becomes_its_layers_under_names_of_their_own():
    outer = changed(CHAIN)
    outer["config"]["layers"].append(changed(CHAIN, name="inner", layers=CHAIN["config"]["layers"][1:], trainable=False))
    kind, plain, where = flattened(outer)
    assert kind == "Sequential"
    assert plain["names"] == ["one", "two", "one_1", "two_1"]
    assert where[2:] == ["layers/sequential/layers/dense", "layers/sequential/layers/dense_1"]
    assert [one["config"]["trainable"] for one in plain["layers"]] == [True, True, False, False]


def renamed(config, place, name):
    copied = copy.deepcopy(config)
    copied["config"]["layers"][place]["config"]["name"] = name
    return copied


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "A model must have a class_name and a config"),
        (GRAPH | {"module": "os"}, r"The model is a os.Functional \(Functional\), and only"),
        (GRAPH | {"class_name": "MyModel"}, "and only keras.Sequential and functional models are read"),
        (GRAPH | {"registered_name": "pack>Mine"}, "and only keras.Sequential"),
        (changed(GRAPH, layers=[]), "must have a list of layers"),
        (changed(GRAPH, layers=[3]), "A layer must have a class_name and a config"),
        (renamed(CHAIN, 2, "one"), "must have a name of its own. Got 'one'"),
        (renamed(CHAIN, 2, None), "must have a name of its own. Got None"),
        (changed(GRAPH, input_layers=[["shared", 0, 0]]), "input 'shared' is no InputLayer"),
        (changed(GRAPH, input_layers=[["x", 0]]), "must be named as"),
        (changed(GRAPH, output_layers={"a": ["last", 0, 0]}), "The output_layers of the model must be a list"),
        (changed(GRAPH, output_layers=[]), "must be a list"),
        (changed(GRAPH, output_layers=[["last", 1, 0]]), "Use 1 of layer 'last' has 0 outputs"),
        (changed(GRAPH, output_layers=[["last", 0, 1]]), "Use 0 of layer 'last' has 1 outputs. Output 1 is read"),
        (changed(CHAIN, layers=CHAIN["config"]["layers"][1:], build_input_shape=None), "must say the shape of its one input"),
        (changed(CHAIN, layers=CHAIN["config"]["layers"][::-1]), "must say the shape of its one input"),
        (with_node(args=[tensor("none", 0, 0)]), "A layer reads use 0 of 'none', and there is none"),
        (with_node(args=[tensor("shared", 5, 0)]), "A layer reads use 5 of 'shared'"),
        (with_node(args=[tensor("last", 0, 0)]), "read each other in a circle"),
        (with_node(args=[3]), "What layer 'last' reads must have"),
        (with_node(args=[[]]), "reads something that is no tensor"),
        (with_node(args=[]), "in a way that Keras 3 does not write"),
        (with_node(kwargs={"scale": 2}), "is called with a further argument 'scale'"),
        (with_node(args=[tensor("shared", 0, 0), 3]), "is called with a further argument 1"),
    ],
)
def test_what_is_refused(given, message):
    with pytest.raises(DataError, match=message):
        flattened(given)


def test_arguments_of_nothing_are_fine():
    assert flattened(with_node(kwargs={"mask": [None, None], "training": False}))[0] == "Model"
