"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError
from leadline.layers.layer import Layer
from leadline.structure import traced
from leadline.types import Array, Key, Params, State

__all__ = ["Dropout"]


@dataclass(frozen=True)
class Dropout(Layer):
    """In training, sets each input to 0 with probability `rate` and scales the others by `1/(1 − rate)`; otherwise the identity.

    The rate is traced: another rate needs no new compilation, and a population can have a rate each.

    Args:
        rate: The probability of being dropped, from 0 up to but not including 1.
        name: The layer's name.

    Raises:
        ArgumentError: `rate` is no number, or outside [0, 1).

    Source:
        Srivastava et al. 2014, in the inverted form of Keras.

    Examples:
        >>> Dropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    rate: float = traced()

    is_random: ClassVar[bool] = True

    def __post_init__(self) -> None:
        known = isinstance(self.rate, Real)
        if not (known or isinstance(self.rate, (jax.Array, np.ndarray))) or (known and not 0 <= self.rate < 1):
            raise ArgumentError(f"The 'rate' of Dropout must be at least 0 and below 1. Got {self.rate!r}.")

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch with inputs dropped, in training."""
        del params
        if not training:
            return x, state
        if key is None:
            raise ArgumentError(f"Layer {self.label} draws random numbers in training and got no key. Pass key=.")
        kept = jax.random.bernoulli(key, 1 - self.rate, x.shape)
        return jnp.where(kept, x / (1 - self.rate), jnp.zeros_like(x)), state
