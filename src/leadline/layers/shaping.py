"""Layers that change the shape of an example and none of its numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.layers.arguments import count, one_of, per_axis
from leadline.layers.axes import DATA_FORMATS
from leadline.layers.layer import Layer
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["Flatten", "Permute", "RepeatVector", "Reshape"]


@dataclass(frozen=True)
class Flatten(Layer):
    """Lays an example out as one row: `(batch, a, b, …)` becomes `(batch, a·b·…)`, the last axis fastest.

    Args:
        data_format: "channels_first" for examples `(channels, *sizes)` that are to be laid out as `(*sizes, channels)` would be;
            "channels_last", which None means, to take the axes as they are.

    Raises:
        ArgumentError: An unknown `data_format`.

    Examples:
        >>> import numpy as np
        >>> Flatten()(np.zeros((2, 8, 8))).shape
        (2, 64)
    """

    data_format: str | None = None

    def __post_init__(self) -> None:
        known = one_of(self, "data_format", self.data_format or "channels_last", DATA_FORMATS)
        object.__setattr__(self, "data_format", known)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(a, b, …)` becomes `(a·b·…,)`."""
        return (math.prod(input_shape),)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, one row an example."""
        del params, training, key
        if self.data_format == "channels_first" and x.ndim > 2:
            x = jnp.moveaxis(x, 1, -1)
        return x.reshape(x.shape[0], math.prod(x.shape[1:])), state


@dataclass(frozen=True)
class Reshape(Layer):
    """Gives an example another shape, its numbers in the same order, the last axis fastest.

    Args:
        target_shape: The shape of an example, without the batch; one size may be -1, for what is left.

    Raises:
        ArgumentError: A size that is neither whole and at least 0 nor -1, or two of -1.
        ShapeError: At build: an example has another number of entries.

    Examples:
        >>> Reshape((-1, 2))([[1.0, 2.0, 3.0, 4.0]]).tolist()
        [[[1.0, 2.0], [3.0, 4.0]]]
    """

    target_shape: Shape

    def __post_init__(self) -> None:
        given = (self.target_shape,) if isinstance(self.target_shape, int) else self.target_shape
        sizes = per_axis(self, "target_shape", tuple(given), len(given), -1)
        if sizes.count(-1) > 1:
            raise ArgumentError(f"The 'target_shape' of Reshape can leave one size open with -1. Got {self.target_shape!r}.")
        object.__setattr__(self, "target_shape", sizes)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """`target_shape`, with what -1 stands for."""
        entries, known = math.prod(input_shape), math.prod(size for size in self.target_shape if size >= 0)
        is_open = -1 in self.target_shape
        if (known == 0 or entries % known) if is_open else entries != known:
            wanted = f"a multiple of {known}" if is_open else str(known)
            self.refuse(input_shape, f"{wanted} entries, for {self.target_shape}", f"These have {entries}.")
        return tuple(entries // known if size == -1 else size for size in self.target_shape)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, each example reshaped."""
        del params, training, key
        return x.reshape(x.shape[0], *self.output_shape(x.shape[1:])), state


@dataclass(frozen=True)
class Permute(Layer):
    """Puts the axes of an example in another order.

    Args:
        dims: The axes in their new order, counted from 1: `(2, 1)` swaps the first two.

    Raises:
        ArgumentError: These are not the numbers from 1 on, each once.
        ShapeError: At build: an example has another number of axes.

    Examples:
        >>> Permute((2, 1))([[[1.0, 2.0, 3.0]]]).shape
        (1, 3, 1)
    """

    dims: tuple[int, ...]

    def __post_init__(self) -> None:
        dims = per_axis(self, "dims", tuple(self.dims), len(self.dims))
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ArgumentError(f"The 'dims' of Permute must be the numbers from 1 on, each once, such as (2, 1). Got {dims}.")
        object.__setattr__(self, "dims", dims)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The sizes in their new order."""
        if len(input_shape) != len(self.dims):
            self.refuse(input_shape, f"{len(self.dims)} axes, for dims={self.dims}")
        return tuple(input_shape[dim - 1] for dim in self.dims)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, its other axes in their new order."""
        del params, training, key
        return x.transpose(0, *self.dims), state


@dataclass(frozen=True)
class RepeatVector(Layer):
    """Repeats an example: `(features,)` becomes `(n, features)`.

    Args:
        n: How often, at least once.

    Raises:
        ArgumentError: `n` is not a positive whole number.
        ShapeError: At build: an example is not a vector.

    Examples:
        >>> RepeatVector(2)([[1.0, 5.0]]).tolist()
        [[[1.0, 5.0], [1.0, 5.0]]]
    """

    n: int

    def __post_init__(self) -> None:
        count(self, n=1)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(features,)` becomes `(n, features)`."""
        if len(input_shape) != 1:
            self.refuse(input_shape, "(features,)", "Flatten the examples first.")
        return (self.n, *input_shape)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, each example repeated."""
        del params, training, key
        return jnp.repeat(x[:, None], self.n, axis=1), state
