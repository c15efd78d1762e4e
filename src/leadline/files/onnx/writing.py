"""A network, or a whole predictor, as an ONNX file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from leadline.data.features import Preparation
from leadline.data.target import Target
from leadline.errors import ArgumentError, unknown_name
from leadline.files.atomic import replacing
from leadline.files.onnx.graph import ML, Graph, Node, Port
from leadline.files.onnx.networks import add_inputs, add_network, add_outputs, refuse_strange
from leadline.files.onnx.tables import add_answers, add_columns, add_preparation
from leadline.network import Network
from leadline.types import NumpyArray

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto

__all__ = ["FORMATS", "OPERATORS", "Answering", "write"]

FORMATS = ("onnx",)
"""What a model can be exported to."""

OPERATORS: Mapping[str, int] = {"": 18, ML: 3}
"""The versions of the operators: old enough that most runtimes have them."""

_IR_VERSION = 8
_MOST_BYTES = 2**31 - 2**20
"""A file of ONNX is one message of Protocol Buffers, which is below 2 GiB."""


class Answering(NamedTuple):
    """What makes a predictor of a network.

    Attributes:
        target: What is predicted.
        features: Names of the network's inputs; none where these are no columns.
        preparation: What turns a table's columns into them; None where they are read as they are.
        probable: Whether the network's outputs are probabilities.
    """

    target: Target
    features: tuple[str, ...]
    preparation: Preparation | None
    probable: bool


def write(network: Network, path: str | Path, to: str = "onnx", answering: Answering | None = None) -> None:
    """Writes a network as an ONNX file, checked with `onnx.checker` before it takes the place of an old one.

    Args:
        network: The network, whose layers hold their weights.
        path: The file.
        to: One of `FORMATS`.
        answering: Makes a predictor of it: what reads the columns of a table, and gives answers.

    Raises:
        ArgumentError: A layer cannot be exported, the file would be larger than the format allows, the format is unknown, or
            the onnx package is not installed.
        DataError: The file cannot be written.
    """
    if to not in FORMATS:
        raise unknown_name("format to export to", to, FORMATS)
    refuse_strange(network)
    graph = Graph()
    _fill(graph, network, answering)
    if (size := sum(array.nbytes for array in graph.constants.values())) > _MOST_BYTES:
        raise ArgumentError(f"The model has weights of {size / 2**30:.1f} GiB, and a file of ONNX holds at most 2.")
    content = _model(graph).SerializeToString()
    with replacing(path) as file:
        file.write(content)


def _fill(graph: Graph, network: Network, answering: Answering | None) -> None:
    if answering is None:
        add_outputs(graph, network, add_network(graph, network, add_inputs(graph, network)))
        return
    if answering.preparation is not None:
        inputs = [add_preparation(graph, answering.preparation)]
    else:
        inputs = [add_columns(graph, answering.features)] if answering.features else add_inputs(graph, network)
    (output,) = add_network(graph, network, inputs)
    add_answers(graph, output, network.output_shape[-1], answering.target, answering.probable)


def _model(graph: Graph) -> ModelProto:
    """The graph as a checked message."""
    try:
        import onnx
    except ImportError:
        raise ArgumentError("The onnx package is not installed. Install it: pip install 'leadline[onnx]'.") from None
    model = onnx.helper.make_model(
        onnx.helper.make_graph(
            [_node(node) for node in graph.nodes],
            "leadline",
            [_port(port) for port in graph.inputs],
            [_port(port) for port in graph.outputs],
            [_tensor(name, array) for name, array in graph.constants.items()],
        ),
        producer_name="leadline",
        ir_version=_IR_VERSION,
        opset_imports=[onnx.helper.make_opsetid(domain, version) for domain, version in OPERATORS.items()],
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _node(node: Node) -> NodeProto:
    from onnx import helper

    given: dict[str, Any] = {
        name: helper.np_dtype_to_tensor_dtype(value) if isinstance(value, np.dtype) else value
        for name, value in node.attributes.items()
    }
    return helper.make_node(node.op, node.inputs, node.outputs, node.outputs[0], domain=node.domain, **given)


def _port(port: Port) -> ValueInfoProto:
    from onnx import helper

    return helper.make_tensor_value_info(port.name, helper.np_dtype_to_tensor_dtype(port.dtype), ["batch", *port.shape])


def _tensor(name: str, array: NumpyArray) -> TensorProto:
    from onnx import numpy_helper

    return numpy_helper.from_array(array, name)
