"""An activation function as a layer of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from leadline.layers.layer import Layer
from leadline.types import Array, Key, Params, State

__all__ = ["Activation"]


@dataclass(frozen=True)
class Activation(Layer):
    """Applies an activation function: `a = g(z)`, of the same shape.

    Args:
        activation: A name, or a function of an array.
        name: The layer's name.

    Examples:
        >>> Activation("relu")([[-1.0, 2.0]]).tolist()
        [[0.0, 2.0]]
    """

    activation: str | Callable[[Array], Array]

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """`g(x)`."""
        del params, training, key
        return self.activation(x), state  # type: ignore[operator]
