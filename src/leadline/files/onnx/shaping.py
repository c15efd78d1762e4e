"""What the layers write that lay an example out anew, put borders around it or cut them off."""

from __future__ import annotations

import numpy as np

from leadline.files.onnx.use import Use, integers
from leadline.layers.padding import borders

__all__ = ["bordered", "cropping", "cut", "flatten", "permute", "repeat_vector", "reshape", "zero_padding"]


def flatten(use: Use) -> str:
    """`Flatten`."""
    moved = use.layer.data_format == "channels_first" and len(use.shape) > 1
    x = use.transposed(use.x, [0, *range(2, len(use.shape) + 1), 1]) if moved else use.x
    return use.reshaped(x, use.layer.output_shape(use.shape))


def reshape(use: Use) -> str:
    """`Reshape`."""
    return use.reshaped(use.x, use.layer.output_shape(use.shape))


def permute(use: Use) -> str:
    """`Permute`."""
    return use.transposed(use.x, [0, *use.layer.dims])


def repeat_vector(use: Use) -> str:
    """`RepeatVector`."""
    return use.node("Tile", use.reshaped(use.x, (1, *use.shape)), integers(1, use.layer.n, 1))


def zero_padding(use: Use) -> str:
    """`ZeroPadding1D`, `ZeroPadding2D` and `ZeroPadding3D`."""
    return bordered(use, use.x, borders(use.layer, "padding", use.layer.padding), 0.0)


def bordered(use: Use, x: str, amounts: tuple[tuple[int, int], ...], value: float) -> str:
    """A value with borders before and behind each of the layer's sizes."""
    around = integers(*(before for before, _ in amounts), *(behind for _, behind in amounts))
    return use.node("Pad", x, around, np.float32(value), integers(*use.layer.axes))


def cropping(use: Use) -> str:
    """`Cropping1D`, `Cropping2D` and `Cropping3D`."""
    amounts = borders(use.layer, "cropping", use.layer.cropping)
    sizes = use.layer.sizes(use.shape)
    starts = [before for before, _ in amounts]
    return cut(use, use.x, starts, [n - sum(pair) for n, pair in zip(sizes, amounts, strict=True)])


def cut(use: Use, x: str, starts: list[int], sizes: list[int]) -> str:
    """As many entries as `sizes` says of each of the layer's sizes, from `starts` on."""
    ends = [start + size for start, size in zip(starts, sizes, strict=True)]
    return use.node("Slice", x, integers(*starts), integers(*ends), integers(*use.layer.axes))
