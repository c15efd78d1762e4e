"""Pooling: the largest number, or the mean, of a window that slides along the axes of an array.

On a GPU or TPU it is XLA's `reduce_window` ("lax"). On a CPU windows of the usual sizes are done one axis after the other, by
folding strided slices ("slices"): a window of `a · b` entries costs `a + b`, and forward and backward together take a third to a
half of the time. Both forms give the same numbers and gradients, also where entries tie, and can be differentiated any number of
times.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from leadline.errors import ShapeError
from leadline.ops.windows import Amounts, padding_amounts, positions
from leadline.types import Array, NumpyArray, Shape

__all__ = ["Form", "average_pool", "default_form", "max_pool"]

Form = Literal["slices", "lax"]


MOST_SLICES = 7
"""Up to so many entries along an axis slices are faster on a CPU; beyond, compiling them takes longer and longer too."""


def default_form(size: Shape) -> Form:
    """The form for the device that JAX computes on, for a window of this size.

    Examples:
        >>> default_form((1000,))
        'lax'
    """
    return "slices" if jax.default_backend() == "cpu" and max(size, default=1) <= MOST_SLICES else "lax"


def max_pool(x: Array, size: Shape, strides: Shape, padding: str, axes: Shape, form: Form | None = None) -> Array:
    """The largest entry of each window; zeros of padding count as −∞. The gradient goes to the first of equals, in order of axes.

    Args:
        x: Any shape, numbers.
        size: The entries of the window along each of the axes.
        strides: How far it moves along each.
        padding: "valid" for windows within `x`; "same" for `⌈n / stride⌉` windows along an axis of n entries.
        axes: The axes along which the window slides, ascending.
        form: How to compute it; None for what suits the device.

    Returns:
        As `x`, with the number of windows along each of the axes.

    Raises:
        ArgumentError: There is no such padding.
        ShapeError: The window does not fit.

    Examples:
        >>> max_pool(jnp.array([[1.0, 5.0, 3.0, 4.0]]), (2,), (2,), "valid", (1,)).tolist()
        [[5.0, 4.0]]
        >>> max_pool(jnp.array([[1.0, 5.0, 3.0, 4.0]]), (3,), (1,), "same", (1,)).tolist()
        [[5.0, 5.0, 5.0, 4.0]]
    """
    lowest = -np.inf if jnp.issubdtype(x.dtype, jnp.floating) else np.iinfo(np.dtype(x.dtype)).min
    if (form or default_form(size)) == "lax":
        return _reduced(x, lowest, lax.max, size, strides, _zeros(x, size, strides, padding, axes), axes)
    return _folded(x, lowest, _larger, size, strides, _zeros(x, size, strides, padding, axes), axes)


def average_pool(x: Array, size: Shape, strides: Shape, padding: str, axes: Shape, form: Form | None = None) -> Array:
    """The mean of each window, over its entries within `x` alone.

    Args, Returns, Raises: As `max_pool`; whole numbers have a floating mean.

    Examples:
        >>> average_pool(jnp.array([[1.0, 5.0, 3.0]]), (2,), (2,), "same", (1,)).tolist()
        [[3.0, 3.0]]
    """
    zeros = _zeros(x, size, strides, padding, axes)
    if (form or default_form(size)) == "lax":
        total = _reduced(x, 0, lax.add, size, strides, zeros, axes)
    else:
        total = _folded(x, 0, operator.add, size, strides, zeros, axes)
    counts = jnp.asarray(_entries(x.shape, size, strides, zeros, axes), jnp.result_type(total, jnp.float16))
    mean: Array = total / counts
    return mean


def _zeros(x: Array, size: Shape, strides: Shape, padding: str, axes: Shape) -> Amounts:
    sizes, once = tuple(x.shape[axis] for axis in axes), (1,) * len(axes)
    zeros = padding_amounts(padding, sizes, size, strides, once)
    if min(positions(sizes, size, strides, once, zeros), default=1) < 1:
        raise ShapeError(f"A window of {size} does not fit into axes {axes} of an array of shape {x.shape}. Use a smaller one.")
    return zeros


def _along(ndim: int, axes: Shape, values: tuple[Any, ...], other: Any) -> tuple[Any, ...]:
    """A value for each axis of an array: those given along `axes`, the other one elsewhere."""
    given = dict(zip(axes, values, strict=True))
    return tuple(given.get(axis, other) for axis in range(ndim))


def _reduced(
    x: Array, start: Any, operation: Callable[..., Any], size: Shape, strides: Shape, zeros: Amounts, axes: Shape
) -> Array:
    window, steps = _along(x.ndim, axes, size, 1), _along(x.ndim, axes, strides, 1)
    pooled: Array = lax.reduce_window(
        x, np.asarray(start, x.dtype), operation, window, steps, _along(x.ndim, axes, zeros, (0, 0))
    )
    return pooled


def _folded(
    x: Array, start: Any, operation: Callable[[Any, Any], Any], size: Shape, strides: Shape, zeros: Amounts, axes: Shape
) -> Array:
    if any(map(any, zeros)):
        x = lax.pad(x, jnp.asarray(start, x.dtype), [(*pair, 0) for pair in _along(x.ndim, axes, zeros, (0, 0))])
    # From the last axis to the first: among equals the first row wins, and within it the first column.
    for axis, entries, stride in reversed(list(zip(axes, size, strides, strict=True))):
        reach = (x.shape[axis] - entries) // stride * stride + 1
        x = functools.reduce(operation, [lax.slice_in_dim(x, i, i + reach, stride, axis) for i in range(entries)])
    return x


def _larger(first: Array, second: Array) -> Array:
    """The larger; the first of equals with its gradient, unlike `jnp.maximum`, which would halve it. NaN beats every number."""
    return jnp.where((first >= second) | (first != first), first, second)


def _entries(shape: Shape, size: Shape, strides: Shape, zeros: Amounts, axes: Shape) -> NumpyArray:
    """How many entries of each window lie within the array; broadcasts against what is pooled."""
    counts = []
    for axis, entries, stride, (before, behind) in zip(axes, size, strides, zeros, strict=True):
        starts = np.arange(0, shape[axis] + before + behind - entries + 1, stride) - before
        within = np.minimum(starts + entries, shape[axis]) - np.maximum(starts, 0)
        counts.append(within.reshape([-1 if other == axis else 1 for other in range(len(shape))]))
    return np.asarray(math.prod(counts))
