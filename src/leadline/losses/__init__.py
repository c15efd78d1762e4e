"""Losses: how wrong the predictions are, with Keras's names and Keras's numbers.

`per_example` gives one loss per example, `__call__` reduces them to what is minimised. An infinite logit, which only a network
that has diverged gives, may make the loss NaN. A loss of one's own is a function of `(y_true, y_pred)`, or a frozen dataclass,
whose `traced()` numbers may vary within one compiled program:

    >>> import jax.numpy as jnp
    >>> from dataclasses import dataclass, field
    >>> from leadline.loss import Loss, align
    >>> from leadline.structure import traced
    >>> @dataclass(frozen=True)
    ... class Pinball(Loss):
    ...     quantile: float = traced(default=0.5)
    ...     name: str = field(default="pinball", kw_only=True)
    ...
    ...     def per_example(self, y_true, y_pred):
    ...         y, f = align(y_true, y_pred)
    ...         return jnp.mean(jnp.maximum(self.quantile * (y - f), (self.quantile - 1) * (y - f)), axis=-1)
    >>> Pinball(0.75)(jnp.array([1.0, 2.0]), jnp.array([3.0, 0.0])).tolist()
    1.0
    >>> get(lambda y, f: jnp.abs(y - f) ** 3)(jnp.array([1.0]), jnp.array([3.0])).tolist()
    8.0
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from leadline.errors import ArgumentError, unknown_name
from leadline.loss import REDUCTIONS, Loss
from leadline.losses.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalGeneralizedCrossEntropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from leadline.losses.focal import BinaryFocalCrossentropy, CategoricalFocalCrossentropy
from leadline.losses.function import FunctionLoss
from leadline.losses.hinge import CategoricalHinge, Hinge, SquaredHinge
from leadline.losses.overlap import Dice, Tversky
from leadline.losses.regression import (
    CosineSimilarity,
    Huber,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
)
from leadline.types import Array

__all__ = ["LOSSES", "REDUCTIONS", "BinaryCrossentropy", "BinaryFocalCrossentropy", "CategoricalCrossentropy"]
__all__ += ["CategoricalFocalCrossentropy", "CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "CosineSimilarity", "Dice"]
__all__ += ["FunctionLoss", "Hinge", "Huber", "KLDivergence", "LogCosh", "Loss", "MeanAbsoluteError"]
__all__ += ["MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError", "Poisson"]
__all__ += ["SparseCategoricalCrossentropy", "SquaredHinge", "Tversky", "get"]

KINDS: tuple[type[Loss], ...] = (
    *(BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy, KLDivergence, Poisson),
    *(BinaryFocalCrossentropy, CategoricalFocalCrossentropy),
    *(MeanSquaredError, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredLogarithmicError),
    *(CosineSimilarity, LogCosh, Huber),
    *(Hinge, SquaredHinge, CategoricalHinge),
    *(Dice, Tversky),
)

SHORT: Mapping[str, type[Loss]] = {
    "bce": BinaryCrossentropy,
    "kld": KLDivergence,
    "mae": MeanAbsoluteError,
    "mse": MeanSquaredError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
}

LOSSES: Mapping[str, type[Loss]] = MappingProxyType(
    {kind.__name__: kind for kind in KINDS}
    | {re.sub("(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", kind.__name__).lower(): kind for kind in KINDS}
    | {name: kind for short, kind in SHORT.items() for name in (short, short.upper())}
)
"""As in Keras: "BinaryCrossentropy", "binary_crossentropy", "bce" and "BCE". `CategoricalGeneralizedCrossEntropy` has no name."""


def get(identifier: str | Loss | type[Loss] | Callable[[Array, Array], Array]) -> Loss:
    """The loss meant by a name, a class, an instance, or a function of `(y_true, y_pred)`.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("mse").name
        'mean_squared_error'
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        if identifier not in LOSSES:
            raise unknown_name("loss", identifier, LOSSES)
        return LOSSES[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier) and not isinstance(identifier, type):
        return FunctionLoss(identifier)
    got = f"{identifier!r} of type {type(identifier).__name__}"
    raise ArgumentError(f"A loss must be a name such as 'mse', a Loss, or a function of (y_true, y_pred); got {got}.")
