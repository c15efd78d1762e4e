"""The graph that an ONNX file is made of, while it grows: nodes, constants, inputs and outputs, without the onnx package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from leadline.types import NumpyArray

__all__ = ["ML", "Graph", "Node", "Port"]

ML = "ai.onnx.ml"
"""The domain of the operators on categories and text."""

_OUTPUTS = {"TopK": 2}
"""How many values an operator gives, where that is not one."""


class Node(NamedTuple):
    """One operator of a graph.

    Attributes:
        op: Its name in ONNX.
        inputs: The names of the values it reads.
        outputs: The names of the values it gives; only the first is read.
        attributes: Its settings.
        domain: Where the operator is defined; empty for ONNX's own.
    """

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    domain: str


class Port(NamedTuple):
    """An input or output of a graph: its name, its dtype in NumPy, and the shape of one example."""

    name: str
    dtype: Any
    shape: tuple[int, ...]


class Graph:
    """Collects nodes and constants under names that are all different.

    Examples:
        >>> graph = Graph()
        >>> x = graph.input("x", np.float32, (2,))
        >>> graph.node("line", "Mul", x, np.float32(2))
        'line/mul'
        >>> graph.node("line", "Mul", x, np.float32(2))
        'line/mul_1'
        >>> [node.inputs for node in graph.nodes], list(graph.constants)
        ([('x', 'line/constant'), ('x', 'line/constant')], ['line/constant'])
    """

    def __init__(self) -> None:
        self.inputs: list[Port] = []
        self.outputs: list[Port] = []
        self.nodes: list[Node] = []
        self.constants: dict[str, NumpyArray] = {}
        self._taken: set[str] = set()
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}

    def input(self, name: str, dtype: Any, shape: tuple[int, ...]) -> str:
        """A new input, each example of which has `shape`; the name it got."""
        self.inputs.append(Port(self._free(name), np.dtype(dtype), shape))
        return self.inputs[-1].name

    def output(self, value: str, name: str, dtype: Any, shape: tuple[int, ...]) -> str:
        """A value as a new output; the name it got."""
        port = Port(self._free(name), np.dtype(dtype), shape)
        self.outputs.append(port)
        self.nodes.append(Node("Identity", (value,), (port.name,), {}, ""))
        return port.name

    def node(self, where: str, op: str, *inputs: str | NumpyArray | np.generic, domain: str = "", **attributes: Any) -> str:
        """A new node; the name of what it gives.

        Args:
            where: Whose node it is, such as a layer's name: the beginning of its name.
            op: The operator.
            inputs: Values by their names, and arrays, which become constants.
            domain: The operator's domain.
            attributes: The operator's settings.
        """
        read = tuple(one if isinstance(one, str) else self._constant(where, np.asarray(one)) for one in inputs)
        given = tuple(self._free(f"{where}/{op.lower()}") for _ in range(_OUTPUTS.get(op, 1)))
        self.nodes.append(Node(op, read, given, attributes, domain))
        return given[0]

    def _constant(self, where: str, array: NumpyArray) -> str:
        """An array as a constant; equal ones are kept once, so that a layer that is used twice has its weights once."""
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self._free(f"{where}/constant")
            self.constants[self._known[key]] = array
        return self._known[key]

    def _free(self, wanted: str) -> str:
        name, count = wanted, 0
        while name in self._taken:
            count += 1
            name = f"{wanted}_{count}"
        self._taken.add(name)
        return name
