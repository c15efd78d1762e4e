"""A network as the config of a Keras model."""

from __future__ import annotations

from typing import Any

from leadline.dtypes import get as policy
from leadline.errors import ArgumentError
from leadline.files.keras_things import to_keras
from leadline.files.networks import described_network
from leadline.layers import CategoryEncoding, Embedding
from leadline.layers.symbol import Input, Symbol
from leadline.network import Network, between
from leadline.types import default_float

__all__ = ["in_keras_order", "model_config"]


def in_keras_order(network: Network) -> Network:
    """The same network with its layers in the order that Keras gives them when it builds it from a config.

    Keras numbers the arrays in a file by that order, and puts them into the model it has built.

    Raises:
        ArgumentError: An output depends on no input, or a layer is used for no output.

    Examples:
        >>> from leadline.layers import Dense
        >>> from leadline.network import Call
        >>> calls = (Call(1, (0,)), Call(0, (1,)))  # the second layer first
        >>> in_keras_order(Network((Dense(3), Dense(4)), ("near", "far"), (4,), calls)).names
        ('far', 'near')
    """
    starts: list[Symbol] = [
        Input(shape, name=name) for shape, name in zip(network.input_shapes, _input_names(network), strict=True)
    ]
    values = list(starts)
    for call in network.calls:
        values.append(Symbol((), network.layers[call.layer], tuple(values[place] for place in call.inputs)))
    last = network.outputs
    ordered = between(starts, values[last] if isinstance(last, int) else [values[place] for place in last])
    names = {id(layer): name for name, layer in zip(network.names, network.layers, strict=True)}
    if len(ordered.layers) != len(network.layers):
        raise ArgumentError("A layer of the network is used for no output, and Keras keeps none such. Leave it out.")
    return ordered.replace(names=tuple(names[id(layer)] for layer in ordered.layers))


def model_config(network: Network, kind: str, name: str) -> dict[str, Any]:
    """A network as Keras writes a Sequential or a functional model.

    Args:
        network: The network, in the order of `in_keras_order`.
        kind: "Sequential" or "Model".
        name: The model's name.

    Raises:
        ArgumentError: Keras has no such layer, or allows no such name.

    Examples:
        >>> from leadline.layers import Dense
        >>> config = model_config(Network((Dense(3),), ("dense",), (4,)), "Sequential", "chain")
        >>> config["class_name"], [layer["class_name"] for layer in config["config"]["layers"]]
        ('Sequential', ['InputLayer', 'Dense'])
    """
    plain = described_network(network)
    if wrong := [one for one in (name, *network.names, *_input_names(network)) if not one or "/" in one]:
        raise ArgumentError(f"Keras allows no layer or model to be called {wrong[0]!r}. Give it a name without a slash.")
    layers = []
    for own, one in zip(network.names, plain["layers"], strict=True):
        try:
            layers.append(to_keras({**one, "config": one["config"] | {"name": own}}, "keras.layers"))
        except ArgumentError as error:
            raise ArgumentError(f"Layer {own!r}: {error}") from None
    if kind == "Sequential":
        first = _input_layer("input_layer", network.input_shape, _input_dtypes(network)[0])
        config: dict[str, Any] = {"name": name, "trainable": True, "layers": [first, *layers]}
        config["build_input_shape"] = [None, *network.input_shape]
        return {"module": "keras", "class_name": "Sequential", "config": config, "registered_name": None}
    return {
        "module": "keras.src.models.functional",
        "class_name": "Functional",
        "config": _graph(network, name, layers),
        "registered_name": "Functional",
    }


def _graph(network: Network, name: str, layers: list[dict[str, Any]]) -> dict[str, Any]:
    inputs = list(zip(_input_names(network), network.input_shapes, strict=True))
    tensors: list[list[Any]] = [[one, 0, 0] for one, _ in inputs]
    shapes, dtypes = list(network.input_shapes), _input_dtypes(network)
    uses: list[list[Any]] = [[] for _ in layers]
    for call in network.calls:
        layer = network.layers[call.layer]
        read = [_tensor(tensors[place], shapes[place], dtypes[place]) for place in call.inputs]
        uses[call.layer].append({"args": [read if layer.takes_many else read[0]], "kwargs": {}})
        tensors.append([network.names[call.layer], len(uses[call.layer]) - 1, 0])
        dtypes.append(policy(layer.dtype or default_float().name).compute)
        given = tuple(shapes[place] for place in call.inputs)
        shapes.append(layer.output_shape(given if layer.takes_many else given[0]))
    listed = [
        _input_layer(one, shape, dtype) | {"name": one, "inbound_nodes": []}
        for (one, shape), dtype in zip(inputs, dtypes[: len(inputs)], strict=True)
    ]
    for own, described, nodes in zip(network.names, layers, uses, strict=True):
        listed.append(described | {"name": own, "inbound_nodes": nodes})
    last = network.outputs
    return {
        "name": name,
        "trainable": True,
        "layers": listed,
        "input_layers": tensors[: len(inputs)] if len(inputs) > 1 else tensors[0],
        "output_layers": tensors[last] if isinstance(last, int) else [tensors[place] for place in last],
    }


def _tensor(history: list[Any], shape: Any, dtype: str) -> dict[str, Any]:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, *shape], "dtype": dtype, "keras_history": history}}


def _input_dtypes(network: Network) -> list[str]:
    """The dtype that Keras brings each input to: a whole number where only layers of categories read it."""
    readers = [
        [network.layers[call.layer] for call in network.calls if place in call.inputs]
        for place in range(len(network.input_shapes))
    ]
    whole = [all(isinstance(layer, (CategoryEncoding, Embedding)) for layer in own) for own in readers]
    return ["int32" if is_whole else default_float().name for is_whole in whole]


def _input_layer(name: str, shape: Any, dtype: str) -> dict[str, Any]:
    config = {"batch_shape": [None, *shape], "dtype": dtype, "sparse": False, "ragged": False, "name": name}
    return {"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None}


def _input_names(network: Network) -> tuple[str, ...]:
    names = network.input_names or tuple(f"input_{place}" for place in range(len(network.input_shapes)))
    return tuple(f"{name}_input" if name in network.names else name for name in names)
