"""The arrays of a layer object."""

from __future__ import annotations

from leadline.types import Params, Shape, State

__all__ = ["Weights"]


class Weights:
    """The arrays of one layer object: the only thing about a layer that changes.

    A layer called on an array and every model that holds the layer read and write the same `Weights`, as in Keras.

    Attributes:
        params: Names to trained arrays.
        state: Names to arrays that training updates without a gradient.
        input_shape: The shape of one example that the arrays were made for.
    """

    def __init__(self, params: Params, state: State, input_shape: Shape) -> None:
        self.params = params
        self.state = state
        self.input_shape = input_shape
