"""What layers and models are called on: batches, or symbols, the descriptions of batches that are not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp

from leadline.errors import ArgumentError, ShapeError
from leadline.types import Array, Shape, default_float

__all__ = ["Input", "Symbol", "as_batch", "symbols_in"]


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


def as_batch(x: Any, reader: str) -> Array:
    """An array of examples, floating numbers in the default float.

    Args:
        x: Anything JAX reads as an array, `(batch, …)`.
        reader: What a message calls the one who reads it.

    Raises:
        ShapeError: It has no axis of examples.

    Examples:
        >>> as_batch([[200.0, 17.0]], "Layer Dense").shape
        (1, 2)
    """
    batch = jnp.asarray(x)
    if batch.ndim < 2:
        raise ShapeError(
            f"{reader} got an array of shape {batch.shape}, and wants a batch: one row per example. "
            "Write x[None, :] (or [[…]]) for a single example."
        )
    return batch.astype(default_float()) if jnp.issubdtype(batch.dtype, jnp.floating) else batch
