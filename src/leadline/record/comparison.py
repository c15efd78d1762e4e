"""In what two turns of the loop differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from leadline.record.rows import Cost, Turn

__all__ = ["Difference", "compare"]

APART = {"run", "number", "state", "started", "ended", "evidence", "checkpoint"}
"""What each turn has for itself, or what is too long to set side by side."""


@dataclass(frozen=True)
class Difference:
    """One thing in which two turns differ.

    Attributes:
        name: What, with dots and numbers for what lies inside: "architecture.layers[0].units".
        first: Its value in the first turn; None where it has none.
        second: Its value in the second.
        change: second − first, of two numbers in the same metric and unit; else None.
    """

    name: str
    first: Any
    second: Any
    change: float | None


def compare(first: Turn, second: Turn) -> tuple[Difference, ...]:
    """In what two turns differ, in the order of their fields.

    Examples:
        >>> from dataclasses import replace
        >>> blank = dict.fromkeys((field.name for field in fields(Turn)))
        >>> one = Turn(**blank | {"J_cv": Cost(0.25), "hyperparameters": {"rate": 0.1, "λ": 0}})
        >>> for difference in compare(one, replace(one, J_cv=Cost(0.125), hyperparameters={"rate": 0.1, "λ": 1})):
        ...     print(difference.name, difference.change)
        hyperparameters.λ 1
        J_cv.value -0.125
    """
    one, other = (
        dict(leaf for field in fields(Turn) if field.name not in APART for leaf in _leaves(field.name, getattr(turn, field.name)))
        for turn in (first, second)
    )
    comparable = (first.metric, first.unit) == (second.metric, second.unit)
    return tuple(
        Difference(name, one.get(name), other.get(name), _change(one.get(name), other.get(name), comparable))
        for name in {**one, **other}
        if one.get(name) != other.get(name)
    )


def _leaves(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Cost):
        value = vars(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(f"{name}.{key}", item)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _leaves(f"{name}[{number}]", item)
    else:
        yield name, value


def _change(first: Any, second: Any, comparable: bool) -> float | None:
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (first, second))
    return second - first if numbers and comparable else None
