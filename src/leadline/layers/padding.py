"""Zeros around an example, and borders cut off."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jax import lax

from leadline.errors import ArgumentError
from leadline.layers.arguments import per_axis
from leadline.layers.axes import Spatial
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["Cropping1D", "Cropping2D", "Cropping3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"]


def borders(layer: Spatial, name: str, value: Any) -> tuple[tuple[int, int], ...]:
    """How much stands before and behind each size: from one number for all, one for each size, or one pair for each.

    With one size a pair is that of this size.

    Raises:
        ArgumentError: The value is none of these, or a number is negative.
    """
    many = layer.rank
    given = (value,) if many == 1 and isinstance(value, (tuple, list)) else value
    each = given if isinstance(given, (tuple, list)) else (given,) * many
    if len(each) != many:
        raise ArgumentError(
            f"The {name!r} of {type(layer).__name__} must be a whole number, or {many} of them, or {many} pairs. Got {value!r}."
        )
    pairs = [per_axis(layer, name, one, 2, 0) for one in each]
    return tuple((before, behind) for before, behind in pairs)


@dataclass(frozen=True)
class ZeroPadding(Spatial):
    """Base of the layers that put zeros around the sizes of an example.

    Args:
        padding: How many before and behind each size: a number for all, a number for each, or a pair for each.
        data_format: "channels_last" for `(*sizes, channels)`, which None means, or "channels_first".

    Raises:
        ArgumentError: A negative number, or of another form.
        ShapeError: At build: an example has another number of axes.
    """

    padding: Any = 1
    data_format: str | None = None

    def __post_init__(self) -> None:
        pairs = borders(self, "padding", self.padding)
        object.__setattr__(self, "padding", pairs[0] if self.rank == 1 else pairs)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The sizes with their borders."""
        sizes = self.sizes(input_shape)
        return self.resized(
            input_shape, tuple(size + sum(pair) for size, pair in zip(sizes, borders(self, "padding", self.padding), strict=True))
        )

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, with borders."""
        del params, training, key
        given = dict(zip(self.axes, borders(self, "padding", self.padding), strict=True))
        return jnp.pad(x, [given.get(axis, (0, 0)) for axis in range(x.ndim)]), state


@dataclass(frozen=True)
class ZeroPadding1D(ZeroPadding):
    """Zeros before and behind the steps of `(steps, channels)`. Args: see `ZeroPadding`; a pair is `(before, behind)`.

    Examples:
        >>> ZeroPadding1D((1, 2))([[[5.0]]]).ravel().tolist()
        [0.0, 5.0, 0.0, 0.0]
    """

    rank = 1


@dataclass(frozen=True)
class ZeroPadding2D(ZeroPadding):
    """Zeros around `(height, width, channels)`. Args: see `ZeroPadding`: `((top, bottom), (left, right))`.

    Examples:
        >>> ZeroPadding2D(((1, 0), 2)).output_shape((4, 4, 3))
        (5, 8, 3)
    """

    padding: Any = (1, 1)

    rank = 2


@dataclass(frozen=True)
class ZeroPadding3D(ZeroPadding):
    """Zeros around `(depth, height, width, channels)`. Args: see `ZeroPadding`.

    Examples:
        >>> ZeroPadding3D(2).output_shape((4, 4, 4, 3))
        (8, 8, 8, 3)
    """

    padding: Any = ((1, 1), (1, 1), (1, 1))

    rank = 3


@dataclass(frozen=True)
class Cropping(Spatial):
    """Base of the layers that cut borders off the sizes of an example.

    Args:
        cropping: How much before and behind each size: a number for all, a number for each, or a pair for each.
        data_format: "channels_last" for `(*sizes, channels)`, which None means, or "channels_first"; not with one size.

    Raises:
        ArgumentError: A negative number, or of another form.
        ShapeError: At build: an example has another number of axes, or nothing would be left.
    """

    cropping: Any

    def __post_init__(self) -> None:
        pairs = borders(self, "cropping", self.cropping)
        object.__setattr__(self, "cropping", pairs[0] if self.rank == 1 else pairs)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The sizes without their borders."""
        left = tuple(
            n - sum(pair) for n, pair in zip(self.sizes(input_shape), borders(self, "cropping", self.cropping), strict=True)
        )
        if min(left) < 1:
            self.refuse(input_shape, f"sizes above what cropping={self.cropping} cuts off")
        return self.resized(input_shape, left)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, without borders."""
        del params, training, key
        for axis, (before, behind) in zip(self.axes, borders(self, "cropping", self.cropping), strict=True):
            x = lax.slice_in_dim(x, before, x.shape[axis] - behind, axis=axis)
        return x, state


@dataclass(frozen=True)
class Cropping1D(Cropping):
    """Steps cut off at both ends of `(steps, channels)`. Args: see `Cropping`; a pair is `(before, behind)`.

    Examples:
        >>> Cropping1D((1, 0))([[[1.0], [2.0], [3.0]]]).ravel().tolist()
        [2.0, 3.0]
    """

    cropping: Any = (1, 1)

    rank = 1


@dataclass(frozen=True)
class Cropping2D(Cropping):
    """Borders cut off `(height, width, channels)`. Args: see `Cropping`: `((top, bottom), (left, right))`.

    Examples:
        >>> Cropping2D(((1, 0), 2)).output_shape((6, 6, 3))
        (5, 2, 3)
    """

    cropping: Any = ((0, 0), (0, 0))
    data_format: str | None = None

    rank = 2


@dataclass(frozen=True)
class Cropping3D(Cropping):
    """Borders cut off `(depth, height, width, channels)`. Args: see `Cropping`.

    Examples:
        >>> Cropping3D(1).output_shape((4, 4, 5, 3))
        (2, 2, 3, 3)
    """

    cropping: Any = ((1, 1), (1, 1), (1, 1))
    data_format: str | None = None

    rank = 3
