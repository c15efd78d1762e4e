"""Convolution along one to three axes, in the form that suits the device.

On a GPU or TPU that is XLA's own convolution ("lax"). On a CPU, where XLA's convolution inside a loop takes a slow path, it is an
operation of leadline's own ("native") where that knows the convolution and was compiled, and else a matrix product of patches
("patches"): what the window sees at each position is gathered by shifted slices and multiplied with the kernel at once, at the
price of as many times the memory of the input as the window has entries. All give the same numbers, to rounding, and can be
differentiated any number of times, forward and backward.
"""

from __future__ import annotations

import functools
import math
from typing import Literal

import jax
import jax.numpy as jnp
from jax import lax

from leadline.errors import ShapeError
from leadline.native import convolution as native
from leadline.ops.windows import Amounts, patches, positions, shifted
from leadline.types import Array, Shape

__all__ = ["Form", "convolve", "default_form", "transposed"]

Form = Literal["native", "patches", "lax"]

_AXES = {1: "W", 2: "HW", 3: "DHW"}


def default_form() -> Form:
    """The form for the device that JAX computes on."""
    return "native" if jax.default_backend() == "cpu" else "lax"


def convolve(
    x: Array,
    kernel: Array,
    *,
    strides: Shape,
    padding: Amounts,
    dilation: Shape,
    groups: int = 1,
    form: Form | None = None,
) -> Array:
    """Slides a kernel over a batch: `y[p, o] = Σ_k Σ_c x[p · stride + k · dilation − before, c] · kernel[k, c, o]`.

    (As in every library of networks the kernel is not flipped.) With groups, output `o` of the g-th part of the outputs reads
    the g-th part of the channels alone; with as many groups as channels this is the depthwise convolution.

    Args:
        x: `(batch, *sizes, channels)`; one to three sizes.
        kernel: `(*window, channels / groups, outputs)`.
        strides: How far the kernel moves, for each size.
        padding: Zeros before and behind each size; negative numbers cut.
        dilation: How far the entries of the kernel lie apart, for each size.
        groups: Into how many parts channels and outputs are divided.
        form: How to compute it; None for what suits the device. What "native" cannot do is done by "patches".

    Returns:
        `(batch, *positions, outputs)`, of the dtype to which `x` and `kernel` promote.

    Raises:
        ShapeError: The channels do not fit the kernel, or the axes do not.

    Examples:
        >>> x, kernel = jnp.arange(5.0).reshape(1, 5, 1), jnp.array([1.0, -1.0]).reshape(2, 1, 1)
        >>> convolve(x, kernel, strides=(2,), padding=((0, 1),), dilation=(1,)).ravel().tolist()
        [-1.0, -1.0, 4.0]
    """
    if x.ndim != kernel.ndim or x.shape[-1] != kernel.shape[-2] * groups or kernel.shape[-1] % groups:
        raise ShapeError(
            f"A kernel (*window, channels / groups, outputs) of shape {kernel.shape} in {groups} groups cannot slide over a "
            f"batch (batch, *sizes, channels) of shape {x.shape}. Both need as many axes, the batch {kernel.shape[-2] * groups} "
            "channels, and the outputs to be a multiple of the groups."
        )
    dtype = jnp.result_type(x, kernel)
    y: Array = _convolve(x.astype(dtype), kernel.astype(dtype), strides, padding, dilation, groups, form or default_form())
    return y


def transposed(
    x: Array,
    kernel: Array,
    *,
    sizes: Shape,
    strides: Shape,
    padding: Amounts,
    dilation: Shape,
    form: Form | None = None,
) -> Array:
    """The transpose of `convolve`: brings what `convolve` gave back to the sizes that it read, as its gradient does.

    Args:
        x: `(batch, *positions, inputs)`, positions being those of a window on `sizes`.
        kernel: `(*window, outputs, inputs)`: that of the convolution which reads `outputs` channels.
        sizes: The sizes that the convolution read.
        strides: Of the convolution.
        padding: Of the convolution.
        dilation: Of the convolution.
        form: As in `convolve`.

    Returns:
        `(batch, *sizes, outputs)`.

    Raises:
        ShapeError: `x` is not what such a convolution gives.

    Source:
        Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, chapter 4.

    Examples:
        >>> x, kernel = jnp.array([1.0, 2.0]).reshape(1, 2, 1), jnp.array([1.0, 10.0, 100.0]).reshape(3, 1, 1)
        >>> transposed(x, kernel, sizes=(5,), strides=(2,), padding=((0, 0),), dilation=(1,)).ravel().tolist()
        [1.0, 10.0, 102.0, 20.0, 200.0]
    """
    wanted = (*positions(sizes, kernel.shape[:-2], strides, dilation, padding), kernel.shape[-1])
    if x.shape[1:] != wanted:
        raise ShapeError(
            f"A convolution over sizes {sizes} with a kernel of shape {kernel.shape} gives (batch, *{wanted}), so its transpose "
            f"cannot read a batch of shape {x.shape}."
        )
    dtype = jnp.result_type(x, kernel)
    y: Array = _transposed(x.astype(dtype), kernel.astype(dtype), sizes, strides, padding, dilation, form or default_form())
    return y


@functools.partial(jax.jit, static_argnums=(2, 3, 4, 5, 6))
def _convolve(x: Array, kernel: Array, strides: Shape, padding: Amounts, dilation: Shape, groups: int, form: Form) -> Array:
    if form == "lax":
        axes = _AXES[len(strides)]
        return lax.conv_general_dilated(
            x,
            kernel,
            strides,
            padding,
            rhs_dilation=dilation,
            dimension_numbers=(f"N{axes}C", f"{axes}IO", f"N{axes}C"),
            feature_group_count=groups,
        )
    if form == "native" and groups == 1 and native.fits(x, kernel, strides, padding, dilation):
        return native.convolve(x, kernel, padding, dilation)
    if groups == 1:
        return _by_matmul(x, kernel, strides, padding, dilation)
    return (_depthwise if kernel.shape[-2] == 1 else _grouped)(x, kernel, strides, padding, dilation)


def _by_matmul(x: Array, kernel: Array, strides: Shape, padding: Amounts, dilation: Shape) -> Array:
    seen = patches(x, kernel.shape[:-2], strides, dilation, padding)
    # As one product of two matrices: XLA gives products of more axes to a slower routine.
    flat = seen.reshape(-1, seen.shape[-1]) @ kernel.reshape(-1, kernel.shape[-1])
    y: Array = flat.reshape(*seen.shape[:-1], -1)
    return y


def _depthwise(x: Array, kernel: Array, strides: Shape, padding: Amounts, dilation: Shape) -> Array:
    window, outputs = kernel.shape[:-2], kernel.shape[-1]
    # Each channel stands as often as it has outputs, so that one entry of the kernel is one product of equal shapes.
    wide = x if outputs == x.shape[-1] else jnp.repeat(x, outputs // x.shape[-1], axis=-1)
    seen = shifted(wide, window, strides, dilation, padding)
    weights = kernel.reshape(math.prod(window), outputs)
    y: Array = functools.reduce(jnp.add, [one * weight for one, weight in zip(seen, weights, strict=True)])
    return y


def _grouped(x: Array, kernel: Array, strides: Shape, padding: Amounts, dilation: Shape) -> Array:
    window, (own, outputs) = kernel.shape[:-2], kernel.shape[-2:]
    groups, entries = x.shape[-1] // own, math.prod(window)
    seen = patches(x, window, strides, dilation, padding)
    places = seen.shape[:-1]
    split = kernel.reshape(entries, own, groups, outputs // groups)
    y = jnp.einsum("ptgc,tcgo->pgo", seen.reshape(math.prod(places), entries, groups, own), split)
    return y.reshape(*places, outputs)


@functools.partial(jax.jit, static_argnums=(2, 3, 4, 5, 6))
def _transposed(x: Array, kernel: Array, sizes: Shape, strides: Shape, padding: Amounts, dilation: Shape, form: Form) -> Array:
    # Only the shape and the dtype of the example are read.
    example = jnp.zeros((x.shape[0], *sizes, kernel.shape[-2]), x.dtype)
    y: Array = jax.linear_transpose(lambda z: _convolve(z, kernel, strides, padding, dilation, 1, form), example)(x)[0]
    return y
