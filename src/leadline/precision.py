"""What half precision is too coarse for: numbers are brought to float32 for it, and back."""

from __future__ import annotations

import jax.numpy as jnp
from jax import lax

from leadline.types import Array

__all__ = ["narrowed", "unit", "widened"]


def widened(x: Array) -> Array:
    """Numbers in float32 at least: means and variances of half precision would be too coarse.

    Examples:
        >>> widened(jnp.ones(2, jnp.bfloat16)).dtype.name
        'float32'
    """
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))


def unit(x: Array, axes: tuple[int, ...], epsilon: float) -> Array:
    """`x / max(‖x‖, ε)`: numbers of Euclidean length 1 along some axes; zeros stay zeros, with a finite gradient.

    Examples:
        >>> unit(jnp.array([3.0, 4.0]), (0,), 1e-7).tolist()
        [0.6..., 0.8...]
    """
    wide = widened(x)
    # The bound comes before the root, whose slope near 0 is more than a float holds.
    square = jnp.sum(wide**2, axes, keepdims=True)
    return narrowed(wide * lax.rsqrt(jnp.maximum(square, epsilon**2)), x)


def narrowed(y: Array, x: Array) -> Array:
    """Numbers in the floating dtype of others; as they are where those are whole numbers."""
    return y.astype(x.dtype) if jnp.issubdtype(x.dtype, jnp.floating) else y
