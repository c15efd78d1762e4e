"""A window that slides along the axes of an array: how often it fits, and what it sees where.

Arrays are `(batch, *sizes, channels)` with one to three axes in `sizes`; every other argument has one entry for each of these.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import jax.numpy as jnp
from jax import lax

from leadline.errors import unknown_name
from leadline.types import Array, Shape

__all__ = ["PADDINGS", "Amounts", "padding_amounts", "patches", "positions", "shifted"]

Amounts = tuple[tuple[int, int], ...]
"""How many zeros stand before and behind each axis; a negative number takes entries away."""

PADDINGS = ("valid", "same", "causal")
"""No zeros; as many as give `⌈size / stride⌉` positions, the odd one behind; all in front, so that no output sees the future."""


def padding_amounts(mode: str, sizes: Shape, window: Shape, strides: Shape, dilation: Shape) -> Amounts:
    """The zeros that a mode of padding means, as TensorFlow and Keras count them.

    Args:
        mode: One of `PADDINGS`.
        sizes: The axes of one example.
        window: Entries of the window along each.
        strides: How far it moves.
        dilation: How far its entries lie apart.

    Raises:
        ArgumentError: There is no such mode.

    Examples:
        >>> padding_amounts("same", (5, 6), (2, 3), (1, 2), (1, 1)), padding_amounts("causal", (9,), (3,), (1,), (2,))
        (((0, 1), (0, 1)), ((4, 0),))
    """
    if mode not in PADDINGS:
        raise unknown_name("padding", mode, PADDINGS)
    amounts = []
    for size, entries, stride, apart in zip(sizes, window, strides, dilation, strict=True):
        span = (entries - 1) * apart
        if mode == "same":
            total = max((-(-size // stride) - 1) * stride + span + 1 - size, 0)
            amounts.append((total // 2, total - total // 2))
        else:
            amounts.append((span if mode == "causal" else 0, 0))
    return tuple(amounts)


def positions(sizes: Shape, window: Shape, strides: Shape, dilation: Shape, padding: Amounts) -> Shape:
    """How many places the window has along each axis, `⌊(size + zeros − span) / stride⌋ + 1`; below 1 where it does not fit.

    Examples:
        >>> positions((100,), (20,), (10,), (1,), ((0, 0),))
        (9,)
    """
    axes = zip(sizes, window, strides, dilation, padding, strict=True)
    return tuple((size + sum(zeros) - (k - 1) * apart - 1) // stride + 1 for size, k, stride, apart, zeros in axes)


def shifted(x: Array, window: Shape, strides: Shape, dilation: Shape, padding: Amounts) -> list[Array]:
    """What each entry of the window sees: one array `(batch, *positions, channels)` an entry, in the order of its axes.

    Examples:
        >>> x = jnp.arange(5.0).reshape(1, 5, 1)
        >>> [seen.ravel().tolist() for seen in shifted(x, (2,), (2,), (1,), ((0, 0),))]
        [[0.0, 2.0], [1.0, 3.0]]
    """
    places = positions(x.shape[1:-1], window, strides, dilation, padding)
    if any(before or behind for before, behind in padding):
        config = [(0, 0, 0), *((before, behind, 0) for before, behind in padding), (0, 0, 0)]
        x = lax.pad(x, jnp.zeros((), x.dtype), config)
    seen = []
    for entry in itertools.product(*map(range, window)):
        start = [i * apart for i, apart in zip(entry, dilation, strict=True)]
        stop = [a + (n - 1) * stride + 1 for a, n, stride in zip(start, places, strides, strict=True)]
        seen.append(lax.slice(x, (0, *start, 0), (x.shape[0], *stop, x.shape[-1]), (1, *strides, 1)))
    return seen


def patches(x: Array, window: Shape, strides: Shape, dilation: Shape, padding: Amounts) -> Array:
    """What the window sees at each position, side by side: `(batch, *positions, entries · channels)`, the channels together.

    Examples:
        >>> patches(jnp.arange(5.0).reshape(1, 5, 1), (3,), (1,), (1,), ((0, 0),))[0].tolist()
        [[0.0, 1.0, 2.0], [1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]
    """
    return _beside(shifted(x, window, strides, dilation, padding))


def _beside(seen: Sequence[Array]) -> Array:
    return seen[0] if len(seen) == 1 else jnp.concatenate(seen, axis=-1)
