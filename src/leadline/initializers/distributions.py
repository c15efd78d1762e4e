"""Initializers with a mean and a width of their own, whatever the shape."""

from __future__ import annotations

from dataclasses import dataclass

import jax
import numpy as np
from jax.typing import DTypeLike

from leadline.errors import ArgumentError
from leadline.initializers.initializer import Initializer
from leadline.structure import traced
from leadline.types import Array, Key

__all__ = ["RandomNormal", "RandomUniform", "TruncatedNormal"]


@dataclass(frozen=True)
class RandomUniform(Initializer):
    """Uniform on `[minval, maxval)`; the ends in the wrong order raise ArgumentError.

    Examples:
        >>> values = RandomUniform(-1.0, 3.0)(jax.random.key(0), (1000,))
        >>> bool((values >= -1).all() and (values < 3).all())
        True
    """

    minval: float = traced(default=-0.05)
    maxval: float = traced(default=0.05)

    def __post_init__(self) -> None:
        numbers = isinstance(self.minval, (int, float, np.floating, np.integer)) and isinstance(
            self.maxval, (int, float, np.floating, np.integer)
        )
        if numbers and not self.minval <= self.maxval:
            raise ArgumentError(f"RandomUniform needs minval ≤ maxval; got minval={self.minval}, maxval={self.maxval}.")

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Uniform numbers of this shape."""
        return self.minval + (self.maxval - self.minval) * jax.random.uniform(key, shape, dtype)


@dataclass(frozen=True)
class RandomNormal(Initializer):
    """Normal with a mean and a standard deviation, not negative.

    Examples:
        >>> RandomNormal(3.0, 0.0)(jax.random.key(0), (2,)).tolist()
        [3.0, 3.0]
    """

    mean: float = traced(default=0.0)
    stddev: float = traced(default=0.05)

    def __post_init__(self) -> None:
        if isinstance(self.stddev, (int, float, np.floating, np.integer)) and not self.stddev >= 0:
            raise ArgumentError(f"{type(self).__name__} needs a stddev of 0 or more; got {self.stddev}.")

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Normal numbers of this shape."""
        return self.mean + self.stddev * jax.random.normal(key, shape, dtype)


@dataclass(frozen=True)
class TruncatedNormal(RandomNormal):
    """Normal, drawn again where it falls further than two standard deviations from the mean; what is left has 0.88 of `stddev`.

    Examples:
        >>> bool((abs(TruncatedNormal(0.0, 1.0)(jax.random.key(0), (1000,))) <= 2).all())
        True
    """

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Truncated normal numbers of this shape."""
        return self.mean + self.stddev * jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)
