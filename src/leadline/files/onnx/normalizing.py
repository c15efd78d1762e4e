"""What the layers write that bring numbers to a mean and a variance, or to a length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.files.onnx.use import Use
from leadline.types import NumpyArray

__all__ = ["batch_normalization", "group_normalization", "layer_normalization", "normalization", "rms_normalization"]
__all__ += ["unit", "unit_normalization"]


def normalization(use: Use) -> str:
    """`Normalization`: its statistics are constants."""
    mean = use.arrays["mean"]
    deviation = np.maximum(np.sqrt(use.arrays["variance"]), np.float32(1e-7))
    if use.layer.invert:
        return use.node("Add", use.node("Mul", use.x, deviation), mean)
    return use.node("Div", use.node("Sub", use.x, mean), deviation)


def batch_normalization(use: Use) -> str:
    """`BatchNormalization`, outside training."""
    spread = np.sqrt(use.arrays["moving_variance"] + np.float32(use.layer.epsilon))
    centred = use.node("Sub", use.x, _along(use, use.arrays["moving_mean"]))
    return _stretched(use, use.node("Div", centred, _along(use, spread)))


def layer_normalization(use: Use) -> str:
    """`LayerNormalization`."""
    return _stretched(use, _standard(use, use.x, use.layer.axes(use.shape)))


def group_normalization(use: Use) -> str:
    """`GroupNormalization`: the axis of the channels becomes one of groups and one within them."""
    (axis,) = use.layer.axes(use.shape)
    channels = use.shape[axis - 1]
    groups = channels if use.layer.groups == -1 else use.layer.groups
    split = use.reshaped(use.x, (*use.shape[: axis - 1], groups, channels // groups, *use.shape[axis:]))
    others = [other for other in range(1, len(use.shape) + 2) if other != axis]
    return _stretched(use, use.reshaped(_standard(use, split, others), use.shape))


def rms_normalization(use: Use) -> str:
    """`RMSNormalization`."""
    square = use.reduced("Mean", use.node("Mul", use.x, use.x), use.layer.axes(use.shape))
    root = use.node("Sqrt", use.node("Add", square, np.float32(use.layer.epsilon)))
    return use.node("Mul", use.node("Div", use.x, root), _along(use, use.arrays["scale"]))


def unit_normalization(use: Use) -> str:
    """`UnitNormalization`."""
    return unit(use, use.x, use.layer.axes(use.shape), 1e-12)


def unit(use: Use, x: str, axes: Sequence[int], epsilon: float) -> str:
    """`x / max(‖x‖, ε)`."""
    square = use.node("Max", use.reduced("SumSquare", x, axes), np.float32(epsilon**2))
    return use.node("Div", x, use.node("Sqrt", square))


def _standard(use: Use, x: str, axes: Sequence[int]) -> str:
    """`(x − mean) / √(variance + ε)` along some axes."""
    centred = use.node("Sub", x, use.reduced("Mean", x, axes))
    variance = use.reduced("Mean", use.node("Mul", centred, centred), axes)
    return use.node("Div", centred, use.node("Sqrt", use.node("Add", variance, np.float32(use.layer.epsilon))))


def _stretched(use: Use, x: str) -> str:
    """`x · γ + β`, where the layer has them."""
    x = use.node("Mul", x, _along(use, use.arrays["gamma"])) if use.layer.scale else x
    return use.node("Add", x, _along(use, use.arrays["beta"])) if use.layer.center else x


def _along(use: Use, array: NumpyArray) -> NumpyArray:
    """An array that lies along the axes of the layer, with an axis of length 1 for each of the others."""
    axes = use.layer.axes(use.shape)
    return array.reshape([size if axis in axes else 1 for axis, size in enumerate(use.shape, start=1)])
