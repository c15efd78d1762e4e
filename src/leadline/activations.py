"""Activations: what a unit makes of its weighted sum, as pure functions of an array.

Each is elementwise and keeps the shape and the dtype (`softmax` works along one axis). Values and gradients are right for every
finite input and at ±∞ wherever the mathematical limit exists; a NaN stays a NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import jax
import jax.numpy as jnp

from leadline.errors import ArgumentError, unknown_name
from leadline.types import Array

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "elu",
    "gelu",
    "get",
    "leaky_relu",
    "linear",
    "relu",
    "sigmoid",
    "silu",
    "softmax",
    "softplus",
    "tanh",
]

Activation = Callable[[Array], Array]
"""An array to an array of the same shape and dtype."""


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
    below = jnp.zeros_like(x) if negative_slope == 0 else negative_slope * (x - threshold)
    above = x if max_value is None else jnp.clip(x, 0.0, max_value)
    return jnp.where(x > threshold, above, below)


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


def sigmoid(x: Array) -> Array:
    """The logistic function, `f(x) = 1 / (1 + e⁻ˣ)`: a logit to a probability.

    Examples:
        >>> sigmoid(jnp.array([-jnp.inf, 0.0, 1e4])).tolist()
        [0.0, 0.5, 1.0]
    """
    return jax.nn.sigmoid(x)


def tanh(x: Array) -> Array:
    """The hyperbolic tangent, `f(x) = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`.

    Examples:
        >>> tanh(jnp.array([-jnp.inf, 0.0, 1e4])).tolist()
        [-1.0, 0.0, 1.0]
    """
    return jnp.tanh(x)


def softplus(x: Array) -> Array:
    """The smooth rectifier, `f(x) = ln(1 + eˣ)`.

    Examples:
        >>> softplus(jnp.array([-jnp.inf, 1e4])).tolist()
        [0.0, 10000.0]
    """
    return jax.nn.softplus(x)


def _with_tails(function: Activation, x: Array, bound: float) -> Array:
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


def softmax(x: Array, axis: int = -1) -> Array:
    """Probabilities that sum to one along an axis, `f(x)ᵢ = e^{xᵢ} / Σⱼ e^{xⱼ}`.

    One entry of +∞ takes the whole probability and one of −∞ takes none; two of +∞, or all of −∞, have no limit (the answer is
    shared between the former and NaN for the latter).

    Args:
        x: Logits, any shape with at least one axis, floating.
        axis: The axis of the classes.

    Examples:
        >>> softmax(jnp.array([0.0, 0.0, -jnp.inf])).tolist()
        [0.5, 0.5, 0.0]
    """
    # A finite ceiling instead of +∞, or ∞ − ∞ would be NaN.
    return jax.nn.softmax(jnp.minimum(x, float(jnp.finfo(jnp.result_type(x, float)).max)), axis=axis)  # type: ignore[no-untyped-call]


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "elu": elu,
        "gelu": gelu,
        "leaky_relu": leaky_relu,
        "linear": linear,
        "relu": relu,
        "sigmoid": sigmoid,
        "silu": silu,
        "softmax": softmax,
        "softplus": softplus,
        "swish": silu,
        "tanh": tanh,
    }
)


def get(identifier: str | Activation | None) -> Activation:
    """The activation meant by a name, by a function, or by None (which is `linear`).

    Args:
        identifier: A name of `ACTIVATIONS`, any function of an array, or None.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("relu") is relu, get(None) is linear
        (True, True)
    """
    if identifier is None:
        return linear
    if isinstance(identifier, str):
        if identifier not in ACTIVATIONS:
            raise unknown_name("activation", identifier, ACTIVATIONS)
        return ACTIVATIONS[identifier]
    if callable(identifier):
        return identifier
    raise ArgumentError(
        f"An activation must be a name such as 'relu', a function of an array, or None; got {identifier!r} of type "
        f"{type(identifier).__name__}."
    )
