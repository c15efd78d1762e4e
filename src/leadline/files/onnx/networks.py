"""A network's nodes, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.errors import ArgumentError
from leadline.files.onnx.graph import Graph
from leadline.files.onnx.layers import READ_WHOLE, WRITERS
from leadline.files.onnx.use import Use
from leadline.layers import Discretization, Layer
from leadline.network import Network
from leadline.types import Shape

__all__ = ["add_inputs", "add_network", "add_outputs", "refuse_strange"]


def refuse_strange(network: Network) -> None:
    """Raises where a layer cannot be exported.

    Raises:
        ArgumentError: A layer is none of leadline's own, or computes in another precision than float32.
    """
    for name, layer in zip(network.names, network.layers, strict=True):
        if type(layer) not in WRITERS:
            raise ArgumentError(
                f"Layer {name!r} is a {type(layer).__name__}, which is code and cannot be exported. Only "
                "leadline's own layers can: put its weights into one of these."
            )
        if layer.dtype not in (None, "float32"):
            raise ArgumentError(
                f"Layer {name!r} computes in {layer.dtype}, and files of ONNX are written in float32. Build the model in "
                "float32, and put the weights of this one into it with set_weights(get_weights())."
            )


def add_inputs(graph: Graph, network: Network) -> list[str]:
    """The network's inputs as inputs of the graph: of whole numbers where they are read as such alone, otherwise float32."""
    names = network.input_names or ("x",) * len(network.input_shapes)
    return [
        graph.input(name, np.int64 if _is_whole(network, place) else np.float32, shape)
        for place, (name, shape) in enumerate(zip(names, network.input_shapes, strict=True))
    ]


def add_network(graph: Graph, network: Network, inputs: Sequence[str]) -> list[str]:
    """Puts a network's nodes into a graph.

    Args:
        graph: The graph.
        network: The network, whose layers hold their weights.
        inputs: The names of the values that it reads.

    Returns:
        The names of its outputs.

    Raises:
        ArgumentError: A layer's activation is code.
    """
    values = [(name, shape, False) for name, shape in zip(inputs, network.input_shapes, strict=True)]
    for which, places in network.calls:
        name, layer = network.names[which], network.layers[which]
        read = [values[place] for place in places]
        xs = tuple(_floats(graph, name, x) if whole and _wants_floats(layer) else x for x, _, whole in read)
        shapes = tuple(shape for _, shape, _ in read)
        given = shapes if layer.takes_many else shapes[0]
        own = layer.build(given)
        arrays = {one: np.asarray(array) for one, array in {**own.params, **own.state}.items()}
        written = WRITERS[type(layer)](Use(graph, name, layer, arrays, xs, shapes))
        values.append((written, layer.output_shape(given), _gives_whole(layer)))
    outputs = (network.outputs,) if isinstance(network.outputs, int) else network.outputs
    return [values[place][0] for place in outputs]


def add_outputs(graph: Graph, network: Network, values: Sequence[str]) -> None:
    """The network's outputs as outputs of the graph, called as the layers that give them."""
    shapes: tuple[Shape, ...] = (network.output_shape,) if isinstance(network.outputs, int) else network.output_shape
    places = (network.outputs,) if isinstance(network.outputs, int) else network.outputs
    first = len(network.input_shapes)
    for value, name, shape, place in zip(values, network.output_names, shapes, places, strict=True):
        call = network.calls[place - first if place >= 0 else place]
        graph.output(value, name, np.int32 if _gives_whole(network.layers[call.layer]) else np.float32, shape)


def _gives_whole(layer: Layer) -> bool:
    return isinstance(layer, Discretization) and layer.output_mode == "int"


def _wants_floats(layer: Layer) -> bool:
    return not isinstance(layer, READ_WHOLE)


def _is_whole(network: Network, place: int) -> bool:
    readers = [network.layers[call.layer] for call in network.calls if place in call.inputs]
    return bool(readers) and not any(map(_wants_floats, readers))


def _floats(graph: Graph, name: str, x: str) -> str:
    return graph.node(name, "Cast", x, to=np.dtype(np.float32))
