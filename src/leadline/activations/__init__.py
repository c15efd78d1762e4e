"""Activations: what a unit makes of its weighted sum, as pure functions of an array.

Each is elementwise and keeps the shape and the dtype; `softmax`, `log_softmax`, `sparsemax` and `glu` work along one axis. Values
and gradients are right for every finite input and at ±∞ wherever the mathematical limit exists; a NaN stays a NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from leadline.activations.along_axis import glu, log_softmax, softmax, sparsemax
from leadline.activations.piecewise import (
    hard_shrink,
    hard_sigmoid,
    hard_silu,
    hard_swish,
    hard_tanh,
    leaky_relu,
    linear,
    relu,
    relu6,
    soft_shrink,
    sparse_plus,
    sparse_sigmoid,
    threshold,
)
from leadline.activations.smooth import (
    celu,
    elu,
    exponential,
    gelu,
    log_sigmoid,
    mish,
    selu,
    sigmoid,
    silu,
    softplus,
    softsign,
    squareplus,
    swish,
    tanh,
    tanh_shrink,
)
from leadline.errors import ArgumentError, unknown_name
from leadline.types import Array

__all__ = ["ACTIVATIONS", "Activation", "celu", "elu", "exponential", "gelu", "get", "glu", "hard_shrink", "hard_sigmoid"]
__all__ += ["hard_silu", "hard_swish", "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6"]
__all__ += ["selu", "sigmoid", "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid"]
__all__ += ["sparsemax", "squareplus", "swish", "tanh", "tanh_shrink", "threshold"]

Activation = Callable[[Array], Array]
"""An array to an array of the same shape and dtype."""

KINDS: tuple[Activation, ...] = (
    *(linear, relu, relu6, leaky_relu, hard_sigmoid, hard_silu, hard_tanh, hard_shrink, soft_shrink, sparse_plus, sparse_sigmoid),
    *(exponential, elu, selu, celu, sigmoid, log_sigmoid, tanh, tanh_shrink, softplus, softsign, squareplus, silu, mish, gelu),
    *(softmax, log_softmax, sparsemax),
)

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {kind.__name__: kind for kind in KINDS} | {"hard_swish": hard_silu, "swish": silu}
)
"""As in Keras, but for two that no layer can take by their name: `threshold` needs two numbers, `glu` halves its input."""


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
