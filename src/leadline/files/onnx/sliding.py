"""What the layers with a sliding window write: ONNX has the channels before the sizes, so they are moved there and back."""

from __future__ import annotations

import math
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np

from leadline.files.onnx.activations import activated
from leadline.files.onnx.use import Use, Writer
from leadline.ops.windows import Amounts, padding_amounts, patches
from leadline.types import NumpyArray

__all__ = ["convolution", "depthwise", "global_pooling", "locally_connected", "pooling", "separable", "transposed"]


def convolution(use: Use) -> str:
    """`Conv1D`, `Conv2D` and `Conv3D`."""
    return _slid(use, lambda x: _conv(use, x, _outward(use.arrays["kernel"]), use.layer.groups, _bias(use)))


def depthwise(use: Use) -> str:
    """`DepthwiseConv1D` and `DepthwiseConv2D`: a convolution of as many groups as channels."""
    return _slid(use, lambda x: _conv(use, x, *_each_channel(use), _bias(use)))


def separable(use: Use) -> str:
    """`SeparableConv1D` and `SeparableConv2D`: a depthwise convolution, and one of single entries."""

    def both(x: str) -> str:
        seen = _conv(use, x, *_each_channel(use), [])
        return use.node("Conv", seen, _outward(use.arrays["pointwise"]), *_bias(use))

    return _slid(use, both)


def transposed(use: Use) -> str:
    """`Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose`."""
    layer = use.layer
    sizes, _ = layer.split_shape(use.shape)
    cut = layer.amounts(sizes)  # what is cut off in front and behind; negative behind where something is added

    def widen(x: str) -> str:
        return use.node(
            "ConvTranspose",
            x,
            _outward(use.arrays["kernel"]),
            *_bias(use),
            strides=list(layer.strides),
            dilations=list(layer.dilation_rate),
            pads=_pads(tuple((before, max(behind, 0)) for before, behind in cut)),
            output_padding=[max(-behind, 0) for _, behind in cut],
        )

    return _slid(use, widen)


def locally_connected(use: Use) -> str:
    """`LocallyConnected1D` and `LocallyConnected2D`: the numbers that each position sees are gathered, and have their weights."""
    layer, entries = use.layer, math.prod(use.shape)
    places = jnp.arange(entries).reshape(1, *use.shape)
    places = jnp.moveaxis(places, 1, -1) if layer.channels_first else places
    seen = patches(places, layer.kernel_size, layer.strides, layer.dilation_rate, layer.amounts(places.shape[1:-1]))
    sizes = seen.shape[1:-1]
    if layer.channels_first:  # the entries of a channel stand together
        seen = jnp.moveaxis(seen.reshape(*seen.shape[:-1], -1, places.shape[-1]), -1, -2)
    which = np.asarray(seen, np.int64).reshape(math.prod(sizes), -1)
    gathered = use.node("Gather", use.reshaped(use.x, (entries,)), which, axis=1)
    z = use.node("Einsum", gathered, use.arrays["kernel"], equation="bpk,pko->bpo")
    z = use.reshaped(z, (*sizes, layer.filters))
    z = use.node("Add", z, use.arrays["bias"]) if layer.use_bias else z
    return activated(use, use.transposed(z, _channels_in_front(layer.rank)) if layer.channels_first else z)


def pooling(op: str) -> Writer:
    """The layers that pool windows, by `MaxPool` or `AveragePool`, in which what lies outside does not count."""

    def write(use: Use) -> str:
        layer = use.layer
        sizes, once = layer.sizes(use.shape), (1,) * layer.rank
        pads = _pads(padding_amounts(layer.padding, sizes, layer.pool_size, layer.strides, once))
        pool = lambda x: use.node(op, x, kernel_shape=list(layer.pool_size), strides=list(layer.strides), pads=pads)  # noqa: E731
        return _in_front(use, pool)

    return write


def global_pooling(how: str) -> Writer:
    """The layers that pool all of an example: `how` is Max or Mean."""
    return lambda use: use.reduced(how, use.x, use.layer.axes, use.layer.keepdims)


def _slid(use: Use, slide: Callable[[str], str]) -> str:
    return activated(use, _in_front(use, slide))


def _in_front(use: Use, write: Callable[[str], str]) -> str:
    """What is written for a value with its channels before its sizes, in the layer's order of axes again."""
    rank = use.layer.rank
    if use.layer.channels_first:
        return write(use.x)
    return use.transposed(write(use.transposed(use.x, _channels_in_front(rank))), [0, *range(2, rank + 2), 1])


def _channels_in_front(rank: int) -> list[int]:
    return [0, rank + 1, *range(1, rank + 1)]


def _conv(use: Use, x: str, kernel: NumpyArray, groups: int, bias: list[NumpyArray]) -> str:
    layer = use.layer
    sizes, _ = layer.split_shape(use.shape)
    return use.node(
        "Conv",
        x,
        kernel,
        *bias,
        strides=list(layer.strides),
        dilations=list(layer.dilation_rate),
        pads=_pads(layer.amounts(sizes)),
        group=groups,
    )


def _bias(use: Use) -> list[NumpyArray]:
    return [use.arrays["bias"]] if use.layer.use_bias else []


def _outward(kernel: NumpyArray) -> NumpyArray:
    """A kernel `(*window, one, other)` as `(other, one, *window)`."""
    return np.moveaxis(kernel, (-1, -2), (0, 1)).copy()


def _each_channel(use: Use) -> tuple[NumpyArray, int]:
    """The kernel of a convolution in which each channel is a group, and how many groups there are."""
    kernel = use.arrays["depthwise"]
    return _outward(kernel.reshape(*kernel.shape[:-2], 1, -1)), kernel.shape[-2]


def _pads(amounts: Amounts) -> list[int]:
    return [before for before, _ in amounts] + [behind for _, behind in amounts]
