"""Initializers: the weights that training begins with, as pure functions of a key and a shape.

The two sides of a weight array are its last two axes: a kernel is `(…, inputs, outputs)`, whatever receptive field stands before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from leadline.errors import ArgumentError, unknown_name
from leadline.initializers.distributions import RandomNormal, RandomUniform, TruncatedNormal
from leadline.initializers.fixed import Constant, Identity, Ones, Zeros
from leadline.initializers.initializer import Initializer
from leadline.initializers.orthogonal import Orthogonal
from leadline.initializers.scaling import (
    GlorotNormal,
    GlorotUniform,
    HeNormal,
    HeUniform,
    LecunNormal,
    LecunUniform,
    VarianceScaling,
    fans,
)
from leadline.types import Array

__all__ = ["INITIALIZERS", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Identity", "Initializer"]
__all__ += ["LecunNormal", "LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal"]
__all__ += ["VarianceScaling", "Zeros", "fans", "get"]

KINDS: tuple[type[Initializer], ...] = (
    *(Zeros, Ones, Constant, Identity, Orthogonal, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling),
    *(GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal),
)

INITIALIZERS: Mapping[str, type[Initializer]] = MappingProxyType(
    {kind.__name__: kind for kind in KINDS}
    | {re.sub("(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in KINDS}
    | {"IdentityInitializer": Identity, "OrthogonalInitializer": Orthogonal}
    | {"one": Ones, "zero": Zeros, "normal": RandomNormal, "uniform": RandomUniform}
)
"""As in Keras: "GlorotUniform" and "glorot_uniform"."""


def get(identifier: str | Initializer | type[Initializer] | Callable[..., Array]) -> Callable[..., Array]:
    """The initializer meant by a name, a class, an instance, or a function of `(key, shape, dtype)`.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("he_normal")
        HeNormal(seed=None, scale=2.0, mode='fan_in', distribution='truncated_normal')
    """
    if isinstance(identifier, str):
        if identifier not in INITIALIZERS:
            raise unknown_name("initializer", identifier, INITIALIZERS)
        return INITIALIZERS[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    raise ArgumentError(
        f"An initializer must be a name such as 'glorot_uniform', an Initializer, or a function of (key, shape, dtype); "
        f"got {identifier!r} of type {type(identifier).__name__}."
    )
