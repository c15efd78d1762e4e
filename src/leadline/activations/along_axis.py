"""Activations that work along an axis: the entries there are seen together, as the classes of an output are."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from leadline.errors import ShapeError
from leadline.types import Array

__all__ = ["glu", "log_softmax", "softmax", "sparsemax"]


def _below_infinity(x: Array) -> Array:
    # A finite ceiling instead of +∞, or ∞ − ∞ would be NaN.
    return jnp.minimum(x, float(jnp.finfo(jnp.result_type(x, float)).max))  # type: ignore[no-untyped-call]


def softmax(x: Array, axis: int | tuple[int, ...] = -1) -> Array:
    """Probabilities that sum to one along an axis, `f(x)ᵢ = e^{xᵢ} / Σⱼ e^{xⱼ}`.

    One entry of +∞ takes the whole probability and one of −∞ takes none; two of +∞, or all of −∞, have no limit (the answer is
    shared between the former and NaN for the latter).

    Args:
        x: Logits, any shape with at least one axis.
        axis: The axis of the classes, or several that are taken together.

    Examples:
        >>> softmax(jnp.array([0.0, 0.0, -jnp.inf])).tolist()
        [0.5, 0.5, 0.0]
    """
    return jax.nn.softmax(_below_infinity(x), axis=axis)


def log_softmax(x: Array, axis: int = -1) -> Array:
    """Log-probabilities along an axis, `f(x)ᵢ = xᵢ − ln Σⱼ e^{xⱼ}`: right where the logarithm of `softmax` would be −∞.

    An entry of +∞ counts as the largest finite number.

    Args:
        x: Logits, any shape with at least one axis, floating.
        axis: The axis of the classes.

    Examples:
        >>> log_softmax(jnp.array([0.0, -1e4])).tolist()
        [0.0, -10000.0]
    """
    return jax.nn.log_softmax(_below_infinity(x), axis=axis)


def sparsemax(x: Array, axis: int = -1) -> Array:
    """Probabilities of which many are exactly zero: the point of the simplex that is nearest to the logits.

    `f(x)ᵢ = max(xᵢ − τ, 0)`, where τ makes the sum along the axis one; the gradient is exact (Martins & Astudillo, 2016,
    algorithm 1 and eq. 8). Keras up to 3.15 takes another τ as soon as two entries are above zero, and its sum is then not one.

    Args:
        x: Logits, any shape with at least one axis, floating. Infinities are treated as in `softmax`.
        axis: The axis of the classes.

    Examples:
        >>> sparsemax(jnp.array([1.0, 0.5, -3.0])).tolist()
        [0.75, 0.25, 0.0]
    """
    x = jnp.moveaxis(_below_infinity(x), axis, -1)
    # What lies more than one below the largest entry gets nothing, however far it lies.
    z = jnp.maximum(x - jax.lax.stop_gradient(jnp.max(x, axis=-1, keepdims=True)), -1)
    falling = jax.lax.stop_gradient(jnp.sort(z, axis=-1, descending=True))
    gets = 1 + falling * jnp.arange(1, x.shape[-1] + 1) > jnp.cumsum(falling, axis=-1)
    gets = z > _tau(falling, gets)
    tau = _tau(z, gets)
    # A NaN is on neither side.
    return jnp.moveaxis(jnp.where(z <= tau, 0, z - tau), -1, axis)


def _tau(z: Array, gets: Array) -> Array:
    """What is taken from the entries that get something, so that they sum to one."""
    share = jnp.sum(jnp.where(gets, z, 0), axis=-1, keepdims=True) - 1
    return (share / jnp.sum(gets, axis=-1, keepdims=True)).astype(z.dtype)


def glu(x: Array, axis: int = -1) -> Array:
    """The gated linear unit, `f(x) = a · σ(b)`, a and b the two halves of x along an axis (Dauphin et al., 2017, eq. 1).

    Args:
        x: Any shape with at least one axis, floating.
        axis: The axis that is halved.

    Returns:
        The array, half as long along the axis.

    Raises:
        ShapeError: The axis cannot be halved.

    Examples:
        >>> glu(jnp.array([6.0, -2.0, 0.0, jnp.inf])).tolist()
        [3.0, -2.0]
    """
    if x.shape[axis] % 2:
        raise ShapeError(f"glu halves axis {axis}, and an array of shape {x.shape} has an odd number of entries there.")
    value, gate = jnp.split(x, 2, axis=axis)
    return value * jax.nn.sigmoid(gate)
