"""Gaussian noise in training: added, or multiplied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp

from leadline.layers.arguments import number
from leadline.layers.layer import Layer
from leadline.structure import traced
from leadline.types import Array, Key, Params, State

__all__ = ["GaussianDropout", "GaussianNoise"]


@dataclass(frozen=True)
class GaussianNoise(Layer):
    """Adds normal noise of mean 0 to its input, in training.

    Args:
        stddev: The standard deviation of the noise, at least 0; traced.

    Raises:
        ArgumentError: `stddev` is negative, or no number.

    Examples:
        >>> GaussianNoise(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    stddev: float = traced()

    is_random: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number(self, "stddev")
        super().__post_init__()

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, with noise in training."""
        del params
        return (x + self.stddev * jax.random.normal(key, x.shape, x.dtype) if training else x), state  # type: ignore[arg-type]


@dataclass(frozen=True)
class GaussianDropout(Layer):
    """Multiplies its input by normal noise of mean 1 and standard deviation `√(rate / (1 − rate))`, in training.

    Args:
        rate: That of the `Dropout` whose noise has the same deviation, from 0 up to but not including 1; traced.

    Raises:
        ArgumentError: `rate` is no number, or outside [0, 1).

    Source:
        Srivastava et al. 2014, section 10.

    Examples:
        >>> GaussianDropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    rate: float = traced()

    is_random: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number(self, "rate", below=1.0)
        super().__post_init__()

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, with noise in training."""
        del params
        if not training:
            return x, state
        stddev = jnp.sqrt(self.rate / (1 - self.rate))
        return x * (1 + stddev.astype(x.dtype) * jax.random.normal(key, x.shape, x.dtype)), state  # type: ignore[arg-type]
