"""Initializers that draw nothing: one number everywhere, or the identity."""

from __future__ import annotations

from dataclasses import dataclass

import jax.numpy as jnp
from jax.typing import DTypeLike

from leadline.errors import ShapeError
from leadline.initializers.initializer import Initializer
from leadline.structure import traced
from leadline.types import Array, Key

__all__ = ["Constant", "Identity", "Ones", "Zeros"]


@dataclass(frozen=True)
class Constant(Initializer):
    """One number, `value`, everywhere.

    Examples:
        >>> import jax
        >>> Constant(0.5)(jax.random.key(0), (2,)).tolist()
        [0.5, 0.5]
    """

    value: float = traced(default=0.0)

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """The value in this shape."""
        del key
        return jnp.full(shape, self.value, dtype)


@dataclass(frozen=True)
class Zeros(Constant):
    """All zeros.

    Examples:
        >>> import jax
        >>> Zeros()(jax.random.key(0), (2,)).tolist()
        [0.0, 0.0]
    """

    value: float = traced(default=0.0, init=False)


@dataclass(frozen=True)
class Ones(Constant):
    """All ones.

    Examples:
        >>> import jax
        >>> Ones()(jax.random.key(0), (2,)).tolist()
        [1.0, 1.0]
    """

    value: float = traced(default=1.0, init=False)


@dataclass(frozen=True)
class Identity(Initializer):
    """The identity matrix times `gain`: ones where row and column are the same.

    Raises:
        ShapeError: In drawing: the array is no matrix.

    Examples:
        >>> import jax
        >>> Identity(2.0)(jax.random.key(0), (2, 3)).tolist()
        [[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    """

    gain: float = traced(default=1.0)

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """The identity in this shape."""
        del key
        if len(shape) != 2:
            raise ShapeError(f"Identity makes matrices; got an array of shape {shape}. Take another initializer for it.")
        return self.gain * jnp.eye(*shape, dtype=dtype)
