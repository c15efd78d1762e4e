"""What the arguments of layers may be: whole numbers for each axis, numbers in a range, known words."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

import jax
import numpy as np

from leadline.errors import ArgumentError, unknown_name
from leadline.layers.layer import Layer

__all__ = ["count", "number", "one_of", "per_axis"]


def count(owner: Layer, **numbers: Any) -> None:
    """Makes whole numbers of fields that must be positive ones: `count(self, units=1)` allows 1 and more.

    Args:
        owner: The layer that is being made.
        numbers: Names of fields, and the least value of each.

    Raises:
        ArgumentError: A field is something else.
    """
    for name, least in numbers.items():
        value = getattr(owner, name)
        if isinstance(value, bool) or not hasattr(value, "__index__") or int(value) < least:
            wanted = "a positive whole number" if least == 1 else f"a whole number of at least {least}"
            raise ArgumentError(f"The {name!r} of {type(owner).__name__} must be {wanted}. Got {value!r}.")
        object.__setattr__(owner, name, int(value))


def number(layer: Layer, name: str, least: float = 0.0, below: float = math.inf) -> None:
    """Refuses a field that is no number from `least` up to but not including `below`; a traced value is taken as it is.

    Raises:
        ArgumentError: It is none.

    Examples:
        >>> from leadline.layers.dropout import Dropout
        >>> number(Dropout(0.5), "rate", below=1.0)
    """
    value = getattr(layer, name)
    known = isinstance(value, Real)
    if not (known or isinstance(value, (jax.Array, np.ndarray))) or (known and not least <= value < below):
        wanted = f"at least {least:g}" + (f" and below {below:g}" if below < math.inf else ", and finite")
        raise ArgumentError(f"The {name!r} of {type(layer).__name__} must be {wanted}. Got {value!r}.")


def per_axis(layer: Layer, name: str, value: Any, many: int, least: int | None = 1) -> tuple[int, ...]:
    """A whole number for each of some axes, given as one number for all or as one for each.

    Raises:
        ArgumentError: It is something else, or a number is less than `least`, where there is one.

    Examples:
        >>> per_axis(Layer(), "strides", 2, 3), per_axis(Layer(), "strides", [2, 1], 2)
        ((2, 2, 2), (2, 1))
    """
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,) * many
    whole = all(hasattr(one, "__index__") and not isinstance(one, bool) for one in numbers)
    if len(numbers) != many or not whole or (least is not None and min(map(int, numbers), default=least) < least):
        wanted = (
            "a whole number" + ("" if least is None else f" of at least {least}") + (f", or {many} of them" if many > 1 else "")
        )
        raise ArgumentError(f"The {name!r} of {type(layer).__name__} must be {wanted}. Got {value!r}.")
    return tuple(int(one) for one in numbers)


def one_of(layer: Layer, name: str, value: Any, known: tuple[str, ...]) -> str:
    """A word that must be a known one.

    Raises:
        ArgumentError: It is not.
    """
    if value not in known:
        raise unknown_name(f"{name} of {type(layer).__name__}", value, known)
    return str(value)
