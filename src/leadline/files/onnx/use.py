"""One use of a layer, as the functions that write its nodes see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.files.onnx.graph import Graph
from leadline.types import NumpyArray, Shape

__all__ = ["Use", "Writer", "integers"]


def integers(*values: int) -> NumpyArray:
    """Whole numbers as ONNX takes shapes and axes.

    Examples:
        >>> integers(1, 2).dtype.name
        'int64'
    """
    return np.array(values, np.int64)


@dataclass(frozen=True, eq=False)
class Use:
    """A layer at one place of a network.

    Attributes:
        graph: What its nodes are put into.
        name: The layer's name.
        layer: The layer.
        arrays: Its weights, trained or not, by their names.
        xs: The names of the values it reads.
        shapes: The shape of one example of each.
    """

    graph: Graph
    name: str
    layer: Any
    arrays: Mapping[str, NumpyArray]
    xs: tuple[str, ...]
    shapes: tuple[Shape, ...]

    @property
    def x(self) -> str:
        """The value it reads, where that is one."""
        return self.xs[0]

    @property
    def shape(self) -> Shape:
        """The shape of one example of it."""
        return self.shapes[0]

    def node(self, op: str, *inputs: str | NumpyArray | np.generic, **attributes: Any) -> str:
        """A new node of the layer; the name of what it gives."""
        return self.graph.node(self.name, op, *inputs, **attributes)

    def floats(self, x: str) -> str:
        """A value as floating numbers."""
        return self.node("Cast", x, to=np.dtype(np.float32))

    def whole(self, x: str) -> str:
        """A value as whole numbers: a fraction is lost."""
        return self.node("Cast", x, to=np.dtype(np.int64))

    def reduced(self, how: str, x: str, axes: Sequence[int], keepdims: bool = True) -> str:
        """A value reduced along some axes: `how` is Max, Mean, Sum or SumSquare."""
        return self.node(f"Reduce{how}", x, integers(*axes), keepdims=int(keepdims))

    def reshaped(self, x: str, shape: Shape) -> str:
        """A value whose examples have another shape."""
        return self.node("Reshape", x, integers(0, *shape))

    def transposed(self, x: str, order: Sequence[int]) -> str:
        """A value with its axes in another order, the batch's being 0; as it is where that is the order they have."""
        return x if list(order) == sorted(order) else self.node("Transpose", x, perm=list(order))


Writer = Callable[[Use], str]
"""What writes the nodes of a layer, and gives the name of its output."""
