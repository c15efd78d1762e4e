"""Numbers and categories, made ready for a network."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError
from leadline.layers.arguments import count, one_of
from leadline.layers.layer import Layer
from leadline.types import Array, Key, Params, Shape, State, default_float

__all__ = ["CategoryEncoding", "Discretization", "Rescaling", "as_floats", "as_indices"]

ENCODINGS = ("one_hot", "multi_hot", "count")


def as_floats(x: Array) -> Array:
    """Numbers as floating ones: pixels may come as whole numbers.

    Examples:
        >>> as_floats(jnp.array([255], jnp.uint8)).tolist()
        [255.0]
    """
    return x if jnp.issubdtype(x.dtype, jnp.floating) else x.astype(default_float())


def as_indices(x: Array) -> Array:
    """Numbers as whole ones: a fraction is lost.

    Examples:
        >>> as_indices(jnp.array([2.0])).tolist()
        [2]
    """
    return x if jnp.issubdtype(x.dtype, jnp.integer) else x.astype(jnp.int32)


@dataclass(frozen=True)
class Rescaling(Layer):
    """`x · scale + offset`; whole numbers become floating ones.

    Args:
        scale: A number, or one for each feature (channel) of the last axis.
        offset: Likewise.

    Raises:
        ArgumentError: Something that is not finite numbers.
        ShapeError: At build: there is another number of features.

    Examples:
        >>> Rescaling(1 / 255)([[0, 255]]).tolist()
        [[0.0, 1.0]]
    """

    scale: Any
    offset: Any = 0.0

    def __post_init__(self) -> None:
        for name in ("scale", "offset"):
            try:
                value = np.asarray(getattr(self, name), float)
            except (TypeError, ValueError):
                value = np.asarray(np.nan)
            if value.ndim > 1 or not np.isfinite(value).all():
                raise ArgumentError(
                    f"The {name!r} of Rescaling must be a finite number, or one for each feature. Got {getattr(self, name)!r}."
                )
            object.__setattr__(self, name, tuple(value.tolist()) if value.ndim else value.item())
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The same."""
        for name in ("scale", "offset"):
            many = np.size(getattr(self, name))
            if many > 1 and input_shape[-1:] != (many,):
                self.refuse(input_shape, f"{many} features, as many as {name!r} has")
        return input_shape

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """`x · scale + offset` for a batch."""
        del params, training, key
        x = as_floats(x)
        return x * jnp.asarray(self.scale, x.dtype) + jnp.asarray(self.offset, x.dtype), state


@dataclass(frozen=True)
class CategoryEncoding(Layer):
    """Categories, given as whole numbers from 0 to `num_tokens − 1`, as a row of zeros and ones. A number outside is a row of 0.

    Args:
        num_tokens: How many categories there are.
        output_mode: "multi_hot": `(n,)` categories become one row `(num_tokens,)` with a 1 for each that occurs; "count": the
            same with how often it occurs; "one_hot": each category becomes a row of its own, `(…, num_tokens)`, which takes the
            place of a last axis of length 1.

    Raises:
        ArgumentError: `num_tokens` is not a positive whole number, or an unknown `output_mode`.
        ShapeError: At build: "multi_hot" or "count" for examples that are no vectors.

    Examples:
        >>> CategoryEncoding(4)([[0, 2, 2]]).tolist()
        [[1.0, 0.0, 1.0, 0.0]]
        >>> CategoryEncoding(4, "count")([[0, 2, 2]]).tolist()
        [[1.0, 0.0, 2.0, 0.0]]
        >>> CategoryEncoding(4, "one_hot")([[3]]).tolist()
        [[0.0, 0.0, 0.0, 1.0]]
    """

    num_tokens: int
    output_mode: str = "multi_hot"

    def __post_init__(self) -> None:
        count(self, num_tokens=1)
        one_of(self, "output_mode", self.output_mode, ENCODINGS)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The rows."""
        return encoded_shape(self, self.output_mode, input_shape, self.num_tokens)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, encoded."""
        del params, training, key
        return encoded(x, self.output_mode, self.num_tokens), state


@dataclass(frozen=True)
class Discretization(Layer):
    """The bin that each number falls into: 0 below the first boundary, `i` from boundary `i − 1` on, and so to the last.

    Args:
        bin_boundaries: Ascending numbers; there is one bin more than boundaries.
        output_mode: "int" for the number of the bin; or as in `CategoryEncoding`.

    Raises:
        ArgumentError: The boundaries do not ascend, or an unknown `output_mode`.
        ShapeError: At build, as in `CategoryEncoding`.

    Examples:
        >>> Discretization([0.0, 1.0])([[-5.0, 0.0, 0.5, 7.0]]).tolist()
        [[0, 1, 1, 2]]
    """

    bin_boundaries: Any
    output_mode: str = field(default="int", kw_only=True)

    def __post_init__(self) -> None:
        boundaries = np.asarray(self.bin_boundaries, float)
        if boundaries.ndim != 1 or not boundaries.size or not (np.diff(boundaries) > 0).all() or np.isnan(boundaries).any():
            raise ArgumentError(f"The 'bin_boundaries' of Discretization must be ascending numbers. Got {self.bin_boundaries!r}.")
        object.__setattr__(self, "bin_boundaries", tuple(boundaries.tolist()))
        one_of(self, "output_mode", self.output_mode, ("int", *ENCODINGS))
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The same, or the rows."""
        is_int = self.output_mode == "int"
        return input_shape if is_int else encoded_shape(self, self.output_mode, input_shape, len(self.bin_boundaries) + 1)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The bins of a batch."""
        del params, training, key
        bins = jnp.digitize(x, jnp.asarray(self.bin_boundaries, as_floats(x).dtype))
        return bins if self.output_mode == "int" else encoded(bins, self.output_mode, len(self.bin_boundaries) + 1), state


def encoded(x: Array, mode: str, depth: int) -> Array:
    """A batch of categories as rows of `depth` numbers; see `CategoryEncoding`."""
    if mode == "one_hot" and x.ndim > 1 and x.shape[-1] == 1:
        x = x[..., 0]
    rows = jax.nn.one_hot(as_indices(x), depth, dtype=default_float())
    return {"one_hot": lambda: rows, "multi_hot": lambda: rows.max(1, initial=0), "count": lambda: rows.sum(1)}[mode]()


def encoded_shape(layer: Layer, mode: str, input_shape: Shape, depth: int) -> Shape:
    """The shape of an example of `encoded`.

    Raises:
        ShapeError: The mode makes one row of a vector, and examples are none.
    """
    if mode == "one_hot":
        return (*(input_shape[:-1] if input_shape[-1:] == (1,) else input_shape), depth)
    if len(input_shape) != 1:
        layer.refuse(input_shape, f"(n,), of which {mode!r} makes one row", 'Flatten them, or take output_mode="one_hot".')
    return (depth,)
