"""Layers, initializers, regularizers … as plain data, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import jax
import numpy as np

from leadline import activations
from leadline.errors import ArgumentError, unknown_name
from leadline.structure import Structure
from leadline.types import default_float

__all__ = ["built", "described", "described_fields", "made"]

T = TypeVar("T")


def described(value: Any) -> Any:
    """A value as what JSON can say: numbers, text, lists, names to such values; a thing as its class and its fields.

    Raises:
        ArgumentError: It is something of one's own that plain data cannot say.

    Examples:
        >>> from leadline.regularizers import L2
        >>> described((L2(0.5), activations.get("relu"), 3))
        [{'class_name': 'L2', 'config': {'l2': 0.5}}, 'relu', 3]
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Structure):
        return {"class_name": type(value).__name__, "config": described_fields(value)}
    if isinstance(value, (tuple, list)):
        return [described(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): described(one) for name, one in value.items()}
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return np.asarray(value).tolist()
    for name, function in activations.ACTIVATIONS.items():
        if function is value:
            return name
    raise ArgumentError(
        f"{value!r} is code, which cannot be written as plain data. Use a named thing, or keep the class in your program."
    )


def described_fields(thing: Any) -> dict[str, Any]:
    """The arguments that a dataclass was made with, as plain data.

    Raises:
        ArgumentError: As `described`.
    """
    return {one.name: described(getattr(thing, one.name)) for one in fields(thing) if one.init}


def made(cls: type[T], config: Mapping[str, Any]) -> T:
    """A thing of a class and its fields, as `described_fields` gives them.

    Raises:
        ArgumentError: There is no such field, one that has no default is missing, a traced number is none or too large, or the
            class refuses a value.

    Examples:
        >>> from leadline.regularizers import L2
        >>> made(L2, {"l2": 0.5})
        L2(l2=0.5)
    """
    if not isinstance(config, Mapping):
        raise ArgumentError(f"The config of {cls.__name__} must be names and values. Got {config!r}.")
    names = {one.name: one.default is MISSING and one.default_factory is MISSING for one in fields(cls) if one.init}  # type: ignore[arg-type]
    if unknown := sorted(map(str, set(config).difference(names))):
        raise unknown_name(f"argument of {cls.__name__}", unknown[0], names)
    if missing := [name for name, is_needed in names.items() if is_needed and name not in config]:
        raise ArgumentError(f"The config of {cls.__name__} needs {missing[0]!r}. It has: {', '.join(config) or 'nothing'}.")
    thing = cls(**{name: _hashable(value) for name, value in config.items()})
    for leaf in jax.tree.leaves(thing):
        if not hasattr(leaf, "dtype") and not _is_float(leaf):
            raise ArgumentError(f"A number of {cls.__name__} is {leaf!r:.40}, which is none that {default_float()} can hold.")
    return thing


def built(value: Any, table: Mapping[str, Any]) -> Any:
    """The thing that `described` described, its class looked up in a table; other values as they are.

    Raises:
        ArgumentError: The table has no such class, or the class refuses the fields.
    """
    if not isinstance(value, Mapping) or "class_name" not in value:
        return value
    name = value["class_name"]
    if not isinstance(name, str) or name not in table:
        raise unknown_name("class", str(name), table)
    thing: Any = made(table[name], value.get("config") or {})
    return thing


def _is_float(value: Any) -> bool:
    most = float(np.finfo(default_float()).max)
    return isinstance(value, (int, float)) and (abs(value) <= most or value in (math.inf, -math.inf) or value != value)


def _hashable(value: Any) -> Any:
    return tuple(_hashable(one) for one in value) if isinstance(value, list) else value
