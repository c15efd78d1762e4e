"""What the layers that read several values write."""

from __future__ import annotations

import functools
import math

import numpy as np

from leadline.files.onnx.normalizing import unit
from leadline.files.onnx.use import Use, Writer
from leadline.layers.axes import axes_of

__all__ = ["average", "concatenate", "dot", "entrywise"]


def entrywise(op: str) -> Writer:
    """The layers that work entry by entry, two values at a time; those with fewer axes get some in front."""

    def write(use: Use) -> str:
        axes = max(map(len, use.shapes))
        same = [
            x if len(shape) == axes else use.reshaped(x, (*(1,) * (axes - len(shape)), *shape))
            for x, shape in zip(use.xs, use.shapes, strict=True)
        ]
        return functools.reduce(lambda one, other: use.node(op, one, other), same)

    return write


def average(use: Use) -> str:
    """`Average`."""
    return use.node("Div", entrywise("Add")(use), np.float32(len(use.xs)))


def concatenate(use: Use) -> str:
    """`Concatenate`."""
    (axis,) = axes_of(use.layer, use.layer.axis, use.shape)
    return use.node("Concat", *use.xs, axis=axis)


def dot(use: Use) -> str:
    """`Dot`: the axes that are summed over come last in the first and first in the second, and the others become one."""
    first, second = (axes_of(use.layer, axis, shape)[0] for axis, shape in zip(use.layer.axes, use.shapes, strict=True))
    one, two = use.xs
    if use.layer.normalize:
        one, two = unit(use, one, [first], 1e-7), unit(use, two, [second], 1e-7)
    left = [axis for axis in range(1, len(use.shapes[0]) + 1) if axis != first]
    right = [axis for axis in range(1, len(use.shapes[1]) + 1) if axis != second]
    summed = use.shapes[0][first - 1]
    rows, columns = (math.prod(shape[axis - 1] for axis in axes) for shape, axes in zip(use.shapes, (left, right), strict=True))
    one = use.reshaped(use.transposed(one, [0, *left, first]), (rows, summed))
    two = use.reshaped(use.transposed(two, [0, second, *right]), (summed, columns))
    return use.reshaped(use.node("MatMul", one, two), use.layer.output_shape(use.shapes))
