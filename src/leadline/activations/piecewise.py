"""Activations put together from simple pieces, with kinks between them: cheap, and exactly zero or one where they rest.

At a kink the gradient is that of one side or the mean of both, as in Keras on JAX; none of this moves a value.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.types import Array

__all__ = ["hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear", "relu", "relu6"]
__all__ += ["soft_shrink", "sparse_plus", "sparse_sigmoid", "threshold"]


def linear(x: Array) -> Array:
    """The input itself, `f(x) = x`: the output of a regression, or logits.

    Examples:
        >>> linear(jnp.array([-1.5, 2.0])).tolist()
        [-1.5, 2.0]
    """
    return x


def relu(x: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Array:
    """The rectified linear unit, `f(x) = max(x, 0)`, with Keras's three generalisations.

    `f(x) = min(max(x, 0), max_value)` where `x > threshold`, else `negative_slope · (x − threshold)`. The gradient at the kink is
    0 (1 where only `negative_slope` is given, as in `leaky_relu`).

    Args:
        x: Any shape, floating.
        negative_slope: The slope below the threshold.
        max_value: The largest value given; None for no limit.
        threshold: Where the unit begins to answer.

    Examples:
        >>> relu(jnp.array([-2.0, 0.5, 9.0])).tolist()
        [0.0, 0.5, 9.0]
        >>> relu(jnp.array([-2.0, 0.5, 9.0]), max_value=6.0, threshold=1.0).tolist()
        [0.0, 0.0, 6.0]
    """
    if max_value is None and threshold == 0:
        return jax.nn.relu(x) if negative_slope == 0 else leaky_relu(x, negative_slope)
    # Without a slope the lower branch is a plain zero: 0 · (−∞) would be NaN.
    below = jnp.zeros_like(x) if negative_slope == 0 else -negative_slope * jax.nn.relu(threshold - x)
    above = x if max_value is None else jnp.clip(x, 0.0, max_value)
    return jnp.where(x > threshold, above, below)


def relu6(x: Array) -> Array:
    """The rectified linear unit that ends at 6, `f(x) = min(max(x, 0), 6)`; the gradient at both kinks is 0.

    Examples:
        >>> relu6(jnp.array([-2.0, 0.5, 9.0])).tolist()
        [0.0, 0.5, 6.0]
    """
    return jax.nn.relu6(x)


def leaky_relu(x: Array, negative_slope: float = 0.2) -> Array:
    """The rectified linear unit that leaks, `f(x) = x` where `x ≥ 0`, else `negative_slope · x`.

    Args:
        x: Any shape, floating.
        negative_slope: The slope of the negative half.

    Examples:
        >>> leaky_relu(jnp.array([-2.0, 3.0]), negative_slope=0.25).tolist()
        [-0.5, 3.0]
    """
    return jax.nn.leaky_relu(x, negative_slope)


def hard_sigmoid(x: Array) -> Array:
    """A sigmoid of three straight pieces, `f(x) = min(max(x/6 + 1/2, 0), 1)`.

    Examples:
        >>> hard_sigmoid(jnp.array([-4.0, 0.0, 1.5, jnp.inf])).tolist()
        [0.0, 0.5, 0.75, 1.0]
    """
    return jax.nn.hard_sigmoid(x)


def hard_silu(x: Array) -> Array:
    """A sigmoid linear unit of three pieces, `f(x) = x · hard_sigmoid(x)`: 0 below −3, x above 3 (Howard et al., 2019, eq. 2).

    Examples:
        >>> hard_silu(jnp.array([-3.0, 1.5, jnp.inf])).tolist()
        [-0.0, 1.125, inf]
    """
    # Far below −3 the product is zero for any factor; for −∞ it would be NaN.
    return jnp.maximum(x, -6) * jax.nn.hard_sigmoid(x)


hard_swish = hard_silu


def hard_tanh(x: Array) -> Array:
    """A hyperbolic tangent of three straight pieces, `f(x) = min(max(x, −1), 1)`; the gradient at both kinks is 1.

    Examples:
        >>> hard_tanh(jnp.array([-4.0, 0.5, 1.5])).tolist()
        [-1.0, 0.5, 1.0]
    """
    return jax.nn.hard_tanh(x)


def hard_shrink(x: Array, threshold: float = 0.5) -> Array:
    """Zero near zero, `f(x) = x` where `|x| > threshold`, else 0.

    Args:
        x: Any shape, floating.
        threshold: Up to where, on both sides, the answer is 0; not negative.

    Raises:
        ArgumentError: The threshold is negative.

    Examples:
        >>> hard_shrink(jnp.array([-2.0, 0.5, 0.75])).tolist()
        [-2.0, 0.0, 0.75]
    """
    return jnp.where(_near_zero("hard_shrink", x, threshold), 0, x)


def soft_shrink(x: Array, threshold: float = 0.5) -> Array:
    """Everything moved towards zero, `f(x) = sign(x) · max(|x| − threshold, 0)`.

    Args:
        x: Any shape, floating.
        threshold: By how much, not negative.

    Raises:
        ArgumentError: The threshold is negative.

    Examples:
        >>> soft_shrink(jnp.array([-2.0, 0.5, 0.75])).tolist()
        [-1.5, 0.0, 0.25]
    """
    return jnp.where(_near_zero("soft_shrink", x, threshold), 0, x - threshold * jnp.sign(x))


def _near_zero(owner: str, x: Array, threshold: float) -> Array:
    if isinstance(threshold, (int, float)) and not threshold >= 0:
        raise ArgumentError(f"{owner} needs a threshold of 0 or more; got {threshold}.")
    return jnp.abs(x) <= threshold


def threshold(x: Array, threshold: float, default_value: float) -> Array:
    """The input where it is large, `f(x) = x` where `x > threshold`, else `default_value`.

    Args:
        x: Any shape, floating.
        threshold: What must be exceeded.
        default_value: What stands for the rest.

    Examples:
        >>> threshold(jnp.array([-2.0, 0.5, 3.0]), 0.5, -1.0).tolist()
        [-1.0, -1.0, 3.0]
    """
    return jnp.where(x <= threshold, jnp.asarray(default_value, x.dtype), x)


def sparse_plus(x: Array) -> Array:
    """A softplus with a true zero, `f(x) = (x + 1)² / 4` between −1 and 1, 0 below and x above; smooth.

    Examples:
        >>> sparse_plus(jnp.array([-4.0, 0.0, 1.0, jnp.inf])).tolist()
        [0.0, 0.25, 1.0, inf]
    """
    return jnp.where(x >= 1, x, jnp.square(jnp.clip(x, -1, 1) + 1) / 4)


def sparse_sigmoid(x: Array) -> Array:
    """A sigmoid of three straight pieces, `f(x) = min(max((x + 1) / 2, 0), 1)`: the derivative of `sparse_plus`.

    Examples:
        >>> sparse_sigmoid(jnp.array([-4.0, 0.0, 1.5])).tolist()
        [0.0, 0.5, 1.0]
    """
    return jax.nn.sparse_sigmoid(x)
