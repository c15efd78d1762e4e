"""What the layers write that give images another size.

Interpolation is linear and works along one axis after the other, so each is a product with a matrix: what leadline makes of the
identity. This is exact for every kind, where ONNX's own operator has no lanczos and other borders for bicubic.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from leadline.files.onnx.shaping import bordered, cut
from leadline.files.onnx.use import Use
from leadline.layers.resizing import proportioned
from leadline.types import NumpyArray, Shape

__all__ = ["middle", "resizing", "upsampling"]


def upsampling(use: Use) -> str:
    """`UpSampling1D`, `UpSampling2D` and `UpSampling3D`."""
    layer = use.layer
    sizes = layer.sizes(use.shape)
    if (how := getattr(layer, "interpolation", "nearest")) != "nearest":
        return _scaled(use, use.x, sizes, layer.sizes(layer.output_shape(use.shape)), how, False)
    x = use.x
    for axis, size, by in zip(layer.axes, sizes, layer.size, strict=True):
        x = use.node("Gather", x, np.repeat(np.arange(size), by), axis=axis)
    return x


def middle(use: Use) -> str:
    """`CenterCrop`, and `RandomCrop` outside training: the middle; of images too small the largest part, enlarged."""
    sizes, wanted = use.layer.sizes(use.shape), (use.layer.height, use.layer.width)
    if all(size >= own for size, own in zip(sizes, wanted, strict=True)):
        return _centred(use, use.x, sizes, wanted)
    part = _proportioned(use, sizes)
    return _scaled(use, _centred(use, use.x, sizes, part), part, wanted, "bilinear", False)


def resizing(use: Use) -> str:
    """`Resizing`."""
    layer, x = use.layer, use.x
    sizes, wanted = layer.sizes(use.shape), (layer.height, layer.width)
    if layer.crop_to_aspect_ratio:
        part = _proportioned(use, sizes)
        x, sizes = _centred(use, x, sizes, part), part
    if layer.pad_to_aspect_ratio:
        rows, columns = sizes
        larger = max(rows, columns * layer.height // layer.width), max(columns, rows * layer.width // layer.height)
        half = [(n - old) // 2 for n, old in zip(larger, sizes, strict=True)]
        x = bordered(use, x, tuple((each, each) for each in half), layer.fill_value)
        sizes = tuple(size + 2 * each for size, each in zip(sizes, half, strict=True))
    return _scaled(use, x, sizes, wanted, layer.interpolation, layer.antialias)


def _proportioned(use: Use, sizes: Shape) -> Shape:
    """The sizes of the largest part of an image that has the proportions of the layer."""
    part = jax.eval_shape(lambda x: proportioned(x, (use.layer.height, use.layer.width), (0, 1)), jnp.zeros(sizes))
    return tuple(part.shape)


def _centred(use: Use, x: str, sizes: Shape, wanted: Shape) -> str:
    return cut(use, x, [(size - own) // 2 for size, own in zip(sizes, wanted, strict=True)], list(wanted))


def _scaled(use: Use, x: str, sizes: Shape, wanted: Shape, how: str, antialias: bool) -> str:
    for axis, size, new in zip(use.layer.axes, sizes, wanted, strict=True):
        if size == new:
            continue
        along = _interpolation(size, new, how, antialias)
        if how == "nearest":
            x = use.node("Gather", x, along.argmax(axis=0), axis=axis)
            continue
        last = len(use.shape)
        swapped = [last if one == axis else axis if one == last else one for one in range(last + 1)]
        x = use.transposed(use.node("MatMul", use.transposed(x, swapped), along), swapped)
    return x


def _interpolation(size: int, new: int, how: str, antialias: bool) -> NumpyArray:
    """The matrix `(size, new)` that interpolates along an axis."""
    return np.asarray(jax.image.resize(jnp.eye(size, dtype=jnp.float32), (size, new), how, antialias))
