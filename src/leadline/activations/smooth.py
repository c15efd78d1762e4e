"""Activations without kinks, or with one at most: made of exponentials."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.types import Array

__all__ = ["celu", "elu", "exponential", "gelu", "log_sigmoid", "mish", "selu", "sigmoid", "silu", "softplus", "softsign"]
__all__ += ["squareplus", "swish", "tanh", "tanh_shrink"]


def exponential(x: Array) -> Array:
    """The exponential function, `f(x) = eˣ`: an answer above zero. Above 88.7 it is infinite in single precision.

    Examples:
        >>> exponential(jnp.array([-jnp.inf, 0.0])).tolist()
        [0.0, 1.0]
    """
    return jnp.exp(x)


def elu(x: Array, alpha: float = 1.0) -> Array:
    """The exponential linear unit, `f(x) = x` where `x > 0`, else `alpha · (eˣ − 1)` (Clevert et al., 2016, eq. 16).

    Args:
        x: Any shape, floating.
        alpha: Minus the limit at −∞.

    Examples:
        >>> elu(jnp.array([-jnp.inf, 0.0, 3.0])).tolist()
        [-1.0, 0.0, 3.0]
    """
    return jax.nn.elu(x, alpha)


def selu(x: Array) -> Array:
    """The self-normalizing exponential linear unit, `f(x) = 1.0507 · elu(x, alpha=1.6733)` (Klambauer et al., 2017, eq. 2).

    Examples:
        >>> selu(jnp.array([0.0, 2.0])).tolist()
        [0.0, 2.10140...]
    """
    return jax.nn.selu(x)


def celu(x: Array, alpha: float = 1.0) -> Array:
    """The exponential linear unit with one slope at zero, `f(x) = max(x, 0) + alpha · (e^{min(x, 0)/alpha} − 1)` (Barron, 2017).

    Args:
        x: Any shape, floating.
        alpha: Minus the limit at −∞; not 0.

    Raises:
        ArgumentError: `alpha` is 0.

    Examples:
        >>> celu(jnp.array([-jnp.inf, 0.0, 3.0]), alpha=2.0).tolist()
        [-2.0, 0.0, 3.0]
    """
    if isinstance(alpha, (int, float)) and alpha == 0:
        raise ArgumentError("celu divides by alpha, which must not be 0. Its limit there is relu.")
    return jax.nn.celu(x, alpha)


def sigmoid(x: Array) -> Array:
    """The logistic function, `f(x) = 1 / (1 + e⁻ˣ)`: a logit to a probability.

    Examples:
        >>> sigmoid(jnp.array([-jnp.inf, 0.0, 1e4])).tolist()
        [0.0, 0.5, 1.0]
    """
    return jax.nn.sigmoid(x)


def log_sigmoid(x: Array) -> Array:
    """The logarithm of the logistic function, `f(x) = −ln(1 + e⁻ˣ)`: a logit to a log-probability.

    Examples:
        >>> log_sigmoid(jnp.array([-1e4, jnp.inf])).tolist()
        [-10000.0, -0.0]
    """
    return jax.nn.log_sigmoid(x)


def tanh(x: Array) -> Array:
    """The hyperbolic tangent, `f(x) = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`.

    Examples:
        >>> tanh(jnp.array([-jnp.inf, 0.0, 1e4])).tolist()
        [-1.0, 0.0, 1.0]
    """
    return jnp.tanh(x)


def tanh_shrink(x: Array) -> Array:
    """What the hyperbolic tangent takes away, `f(x) = x − tanh(x)`; right to a rounding of x.

    Examples:
        >>> tanh_shrink(jnp.array([-jnp.inf, 0.0, 9.0])).tolist()
        [-inf, 0.0, 8.0]
    """
    return x - jnp.tanh(x)


def softplus(x: Array) -> Array:
    """The smooth rectifier, `f(x) = ln(1 + eˣ)`.

    Examples:
        >>> softplus(jnp.array([-jnp.inf, 1e4])).tolist()
        [0.0, 10000.0]
    """
    return jax.nn.softplus(x)


def softsign(x: Array) -> Array:
    """A slow sigmoid, `f(x) = x / (1 + |x|)`, from −1 to 1.

    Examples:
        >>> softsign(jnp.array([-jnp.inf, 0.0, 3.0])).tolist()
        [-1.0, 0.0, 0.75]
    """
    most = float(jnp.finfo(x.dtype).max)  # type: ignore[no-untyped-call]
    return jax.nn.soft_sign(jnp.clip(x, -most, most))


def squareplus(x: Array, b: float = 4.0) -> Array:
    """The rectifier smoothed by a square root, `f(x) = (x + √(x² + b)) / 2` (Barron, 2021, eq. 1).

    Far below zero it is `b / 4|x|`, where the formula as it stands would cancel to 0, and far above it is x.

    Args:
        x: Any shape, floating.
        b: How smooth; above 0.

    Raises:
        ArgumentError: `b` is not above 0.

    Examples:
        >>> squareplus(jnp.array([-1e4, 0.0, 1.5, 1e38])).tolist()
        [9.99...e-05, 1.0, 2.0, 9.99...e+37]
    """
    if isinstance(b, (int, float)) and not b > 0:
        raise ArgumentError(f"squareplus needs a b above 0; got {b}. Its limit at 0 is relu.")
    # From here on, b is lost in a rounding of x².
    far = jnp.sqrt(b / jnp.finfo(x.dtype).eps).astype(x.dtype)  # type: ignore[no-untyped-call]
    near = jnp.clip(x, -far, far)
    root = jnp.sqrt(jnp.square(near) + b)
    curve = jnp.where(x > 0, near + root, b / (root + jnp.where(x > 0, near, -near))) / 2
    return jnp.where(x >= far, x, jnp.where(x <= -far, b / 4 / jnp.maximum(-x, far), curve)).astype(x.dtype)


def _with_tails(function: Callable[[Array], Array], x: Array, bound: float) -> Array:
    """A function `x · s(x)` whose `s` has reached 0 or 1 at ±bound: exact beyond, where autodiff would meet 0 · ∞."""
    return jnp.where(x >= bound, x, function(jnp.clip(x, -bound, bound)))


def silu(x: Array) -> Array:
    """The sigmoid linear unit (swish), `f(x) = x / (1 + e⁻ˣ)` (Hendrycks & Gimpel, 2016).

    Examples:
        >>> silu(jnp.array([-jnp.inf, 0.0, 1e4])).tolist()
        [-0.0, 0.0, 10000.0]
    """
    # e^-800 is 0 in double precision, and so below.
    return _with_tails(jax.nn.silu, x, 800.0)


swish = silu


def mish(x: Array) -> Array:
    """The smooth unit `f(x) = x · tanh(ln(1 + eˣ))` (Misra, 2019).

    Examples:
        >>> mish(jnp.array([-jnp.inf, 0.0, 1e4])).tolist()
        [-0.0, 0.0, 10000.0]
    """
    return _with_tails(jax.nn.mish, x, 800.0)


def gelu(x: Array, approximate: bool = False) -> Array:
    """The Gaussian error linear unit, `f(x) = x · Φ(x)`, Φ the normal distribution function (Hendrycks & Gimpel, 2016).

    Args:
        x: Any shape, floating.
        approximate: Whether to take `0.5x(1 + tanh(√(2/π)(x + 0.044715x³)))` instead: within 5e-4 of it.

    Examples:
        >>> gelu(jnp.array([-jnp.inf, 0.0, 1e4])).tolist()
        [-0.0, 0.0, 10000.0]
    """
    # Φ(-40) is 0 in double precision, and so below.
    return _with_tails(lambda inner: jax.nn.gelu(inner, approximate), x, 40.0)
