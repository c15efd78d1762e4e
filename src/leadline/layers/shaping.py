"""Layers that change the shape of an example and none of its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leadline.layers.layer import Layer
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["Flatten"]


@dataclass(frozen=True)
class Flatten(Layer):
    """Lays an example out as one row: `(batch, a, b, …)` becomes `(batch, a·b·…)`, the last axis fastest.

    Examples:
        >>> import numpy as np
        >>> Flatten()(np.zeros((2, 8, 8))).shape
        (2, 64)
    """

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(a, b, …)` becomes `(a·b·…,)`."""
        return (math.prod(input_shape),)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, one row an example."""
        del params, training, key
        return x.reshape(x.shape[0], math.prod(x.shape[1:])), state
