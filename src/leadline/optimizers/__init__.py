"""Optimizers: gradients to updates of the parameters, with Keras's names, defaults and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from leadline import schedules
from leadline.errors import unknown_name
from leadline.optimizer import Optimizer, OptimizerState
from leadline.optimizers.adam import Adam, Adamax, AdamW, Nadam, ScheduleFreeAdamW
from leadline.optimizers.adaptive import Adadelta, Adagrad, Ftrl, RMSprop
from leadline.optimizers.arraywise import Adafactor, Lamb
from leadline.optimizers.descent import SGD, Lion
from leadline.optimizers.from_optax import FromOptax
from leadline.optimizers.muon import Muon

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "FromOptax",
    "Ftrl",
    "Lamb",
    "Lion",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerState",
    "RMSprop",
    "ScheduleFreeAdamW",
    "get",
    "schedules",
]

_KINDS = (
    *(SGD, Lion, RMSprop, Adagrad, Adadelta, Ftrl),
    *(Adam, AdamW, Adamax, Nadam, ScheduleFreeAdamW, Lamb, Adafactor, Muon),
)
OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType(
    {name: kind for kind in _KINDS for name in (kind.__name__, kind.__name__.lower())}
)
"""Names to classes; each has its own name, and that in lower case."""


def get(identifier: Any) -> Optimizer:
    """The optimizer meant by a name, a class, an instance, or a transformation of Optax.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("sgd")
        SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        if identifier not in OPTIMIZERS:
            raise unknown_name("optimizer", identifier, OPTIMIZERS)
        return OPTIMIZERS[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()
    return FromOptax(identifier)
