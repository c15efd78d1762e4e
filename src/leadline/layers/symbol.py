"""Symbols: what a layer gives when it is called on the description of an array instead of an array."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from leadline.errors import ArgumentError
from leadline.types import Shape

__all__ = ["Input", "Symbol", "symbols_in"]


@dataclass(frozen=True, eq=False)
class Symbol:
    """A batch that is not there yet: the shape of one example, and how it comes about.

    Attributes:
        shape: The shape of one example, without the batch axis.
        layer: The layer that makes it; None for an `Input`.
        inputs: The symbols that the layer reads.
    """

    shape: Shape
    layer: Any = field(default=None, repr=False)
    inputs: tuple[Symbol, ...] = field(default=(), repr=False)


@dataclass(frozen=True, eq=False)
class Input(Symbol):
    """Where a network begins: the first entry of a `Sequential`, or what the first layers of a `Model` are called on.

    Args:
        shape: Without the batch axis; a whole number stands for one axis.
        name: A name for the input.

    Raises:
        ArgumentError: An axis has no positive size.

    Examples:
        >>> Input(shape=(64,)).shape
        (64,)
    """

    name: str | None = None

    def __post_init__(self) -> None:
        shape = tuple(self.shape) if isinstance(self.shape, (tuple, list)) else (self.shape,)
        if any(isinstance(size, bool) or not isinstance(size, int) or size < 1 for size in shape):
            raise ArgumentError(
                f"The 'shape' of Input must be positive whole numbers, without the batch axis. Got {self.shape!r}."
            )
        object.__setattr__(self, "shape", shape)


def symbols_in(x: Any) -> tuple[Symbol, ...] | None:
    """The symbols that a layer is called on; None where it is called on arrays.

    Raises:
        ArgumentError: Symbols and arrays mixed.

    Examples:
        >>> len(symbols_in([Input((2,)), Input((3,))])), symbols_in([[1.0, 2.0]])
        (2, None)
    """
    if isinstance(x, Symbol):
        return (x,)
    if not isinstance(x, Sequence) or not any(isinstance(one, Symbol) for one in x):
        return None
    if others := [type(one).__name__ for one in x if not isinstance(one, Symbol)]:
        raise ArgumentError(f"A layer was called on symbols and a {others[0]} together. Give all of them as symbols.")
    return tuple(x)
