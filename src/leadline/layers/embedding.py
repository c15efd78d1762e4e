"""A row of trained numbers for each of many things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from leadline.errors import DataError
from leadline.layers.arguments import count
from leadline.layers.layer import Layer
from leadline.layers.preprocessing import as_indices
from leadline.structure import traced
from leadline.types import Array, Key, NumpyArray, Params, Shape, State

__all__ = ["Embedding"]


@dataclass(frozen=True)
class Embedding(Layer):
    """The rows of a table that numbers point to: `(batch, …)` numbers become `(batch, …, output_dim)`.

    The table is the array "embeddings" `(input_dim, output_dim)`. Numbers that are not whole lose their fraction, negative ones
    count from the end, and the row of a number outside the table is NaN, as in Keras on JAX: a compiled program cannot raise. A
    model refuses such numbers before it computes, where the layer reads its input. In half precision floating numbers above 256
    (bfloat16) or 2048 (float16) are not exact: give whole numbers.

    Args:
        input_dim: How many rows: the largest number plus 1.
        output_dim: The length of a row.
        embeddings_initializer: How the table begins.
        embeddings_regularizer: A penalty on the table.
        embeddings_constraint: What the table is brought back to after each step.

    Raises:
        ArgumentError: `input_dim` or `output_dim` is not a positive whole number, or a name is unknown.

    Examples:
        >>> layer = Embedding(10, 3)
        >>> layer([[4, 4]]).shape
        (1, 2, 3)
        >>> bool((layer([[4, 4]])[0, 0] == layer.get_weights()[0][4]).all())
        True
    """

    input_dim: int
    output_dim: int
    embeddings_initializer: Any = "uniform"
    embeddings_regularizer: Any = traced(default=None)
    embeddings_constraint: Any = traced(default=None)

    weight_names: ClassVar[tuple[str, ...]] = ("embeddings",)
    kernel_names: ClassVar[tuple[str, ...]] = ("embeddings",)

    def __post_init__(self) -> None:
        count(self, input_dim=1, output_dim=1)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """A row for each number."""
        return (*input_shape, self.output_dim)

    def shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The table."""
        del input_shape
        return {"embeddings": (self.input_dim, self.output_dim)}

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The rows for a batch of numbers."""
        del training, key
        return jnp.take(params["embeddings"], as_indices(x), axis=0), state

    def check_values(self, x: NumpyArray) -> None:
        """Refuses numbers beyond the table.

        Raises:
            DataError: There are some; the first and its row are named.
        """
        if not ((x < self.input_dim) & (x >= -self.input_dim)).all():
            at = np.argwhere((x >= self.input_dim) | (x < -self.input_dim))[0]
            raise DataError(
                f"Layer {self.label} has rows for the numbers 0 to {self.input_dim - 1}. Got {x[tuple(at)]:g} in row {at[0]}. "
                "Make input_dim the largest number plus 1."
            )
