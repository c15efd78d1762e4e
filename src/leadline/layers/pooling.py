"""Pooling: a window, or everything, becomes its largest number or its mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp

from leadline.layers.arguments import one_of, per_axis
from leadline.layers.axes import Spatial
from leadline.ops.pooling import average_pool, max_pool
from leadline.ops.windows import padding_amounts, positions
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["AveragePooling1D", "AveragePooling2D", "AveragePooling3D", "GlobalAveragePooling1D", "GlobalAveragePooling2D"]
__all__ += ["GlobalAveragePooling3D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GlobalPooling"]
__all__ += ["MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Pooling"]


@dataclass(frozen=True)
class Pooling(Spatial):
    """Base of the layers that slide a window along the sizes of an example, each channel for itself.

    Args:
        pool_size: How many entries the window has along each size; one number for all.
        strides: How far it moves along each; None for `pool_size`, so that windows lie side by side.
        padding: "valid" for windows within the example, `⌊(n − pool) / stride⌋ + 1` of them; "same" for `⌈n / stride⌉`, the
            entries outside not counting.
        data_format: "channels_last" for `(*sizes, channels)`, which None means, or "channels_first".

    Raises:
        ArgumentError: A number that is not whole and positive, or an unknown word.
        ShapeError: At build: the example has another number of axes, or is smaller than the window.
    """

    pool_size: Any
    strides: Any = None
    padding: str = "valid"
    data_format: str | None = None

    pool: ClassVar[Callable[..., Array]]

    def __post_init__(self) -> None:
        strides = self.pool_size if self.strides is None else self.strides
        object.__setattr__(self, "pool_size", per_axis(self, "pool_size", self.pool_size, self.rank))
        object.__setattr__(self, "strides", per_axis(self, "strides", strides, self.rank))
        one_of(self, "padding", self.padding, ("valid", "same"))
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The sizes become numbers of windows."""
        sizes, once = self.sizes(input_shape), (1,) * self.rank
        zeros = padding_amounts(self.padding, sizes, self.pool_size, self.strides, once)
        places = positions(sizes, self.pool_size, self.strides, once, zeros)
        if min(places) < 1:
            self.refuse(input_shape, f"sizes of at least {self.pool_size}", 'Take a smaller pool_size, or padding="same".')
        return self.resized(input_shape, places)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, pooled."""
        del params, training, key
        return type(self).pool(x, self.pool_size, self.strides, self.padding, self.axes), state


@dataclass(frozen=True)
class MaxPooling1D(Pooling):
    """The largest entry of each window over `(steps, channels)`; of equal ones the first has the gradient. Args: see `Pooling`.

    Examples:
        >>> MaxPooling1D(2)([[[1.0], [5.0], [3.0], [4.0]]]).tolist()
        [[[5.0], [4.0]]]
    """

    pool_size: Any = 2

    rank = 1
    pool = staticmethod(max_pool)


@dataclass(frozen=True)
class MaxPooling2D(Pooling):
    """The largest entry of each window over `(height, width, channels)`; of equal ones the first has the gradient.

    Args: see `Pooling`.

    Examples:
        >>> MaxPooling2D()([[[[1.0], [2.0]], [[4.0], [3.0]]]]).tolist()
        [[[[4.0]]]]
    """

    pool_size: Any = (2, 2)

    rank = 2
    pool = staticmethod(max_pool)


@dataclass(frozen=True)
class MaxPooling3D(Pooling):
    """The largest entry of each window over `(depth, height, width, channels)`; of equal ones the first has the gradient.

    Args: see `Pooling`.

    Examples:
        >>> MaxPooling3D().output_shape((4, 4, 5, 3))
        (2, 2, 2, 3)
    """

    pool_size: Any = (2, 2, 2)

    rank = 3
    pool = staticmethod(max_pool)


@dataclass(frozen=True)
class AveragePooling1D(Pooling):
    """The mean of each window over `(steps, channels)`. Args: see `Pooling`.

    Examples:
        >>> AveragePooling1D(2)([[[1.0], [5.0], [3.0], [4.0]]]).tolist()
        [[[3.0], [3.5]]]
    """

    rank = 1
    pool = staticmethod(average_pool)


@dataclass(frozen=True)
class AveragePooling2D(Pooling):
    """The mean of each window over `(height, width, channels)`. Args: see `Pooling`.

    Examples:
        >>> AveragePooling2D(2)([[[[1.0], [2.0]], [[4.0], [3.0]]]]).tolist()
        [[[[2.5]]]]
    """

    rank = 2
    pool = staticmethod(average_pool)


@dataclass(frozen=True)
class AveragePooling3D(Pooling):
    """The mean of each window over `(depth, height, width, channels)`. Args: see `Pooling`.

    Examples:
        >>> AveragePooling3D(2, padding="same").output_shape((4, 4, 5, 3))
        (2, 2, 3, 3)
    """

    rank = 3
    pool = staticmethod(average_pool)


@dataclass(frozen=True)
class GlobalPooling(Spatial):
    """Base of the layers that pool all of an example, each channel for itself: `(*sizes, channels)` becomes `(channels,)`.

    Args:
        data_format: "channels_last" for `(*sizes, channels)`, which None means, or "channels_first".
        keepdims: Whether the sizes stay as axes of length 1.

    Raises:
        ArgumentError: An unknown `data_format`.
        ShapeError: At build: the example has another number of axes.
    """

    data_format: str | None = None
    keepdims: bool = False

    reduce: ClassVar[Callable[..., Array]]

    def output_shape(self, input_shape: Shape) -> Shape:
        """One number a channel."""
        self.sizes(input_shape)
        shape = self.resized(input_shape, (1,) * self.rank)
        return shape if self.keepdims else (shape[0 if self.channels_first else -1],)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, pooled."""
        del params, training, key
        return type(self).reduce(x, self.axes, keepdims=self.keepdims), state


@dataclass(frozen=True)
class GlobalMaxPooling1D(GlobalPooling):
    """The largest number of each channel of `(steps, channels)`. Args: see `GlobalPooling`.

    Examples:
        >>> GlobalMaxPooling1D()([[[1.0], [5.0], [3.0]]]).tolist()
        [[5.0]]
    """

    rank = 1
    reduce = staticmethod(jnp.max)


@dataclass(frozen=True)
class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel of `(height, width, channels)`. Args: see `GlobalPooling`.

    Examples:
        >>> GlobalMaxPooling2D()([[[[1.0], [2.0]], [[4.0], [3.0]]]]).tolist()
        [[4.0]]
    """

    rank = 2
    reduce = staticmethod(jnp.max)


@dataclass(frozen=True)
class GlobalMaxPooling3D(GlobalPooling):
    """The largest number of each channel of `(depth, height, width, channels)`. Args: see `GlobalPooling`.

    Examples:
        >>> GlobalMaxPooling3D(keepdims=True).output_shape((4, 4, 5, 3))
        (1, 1, 1, 3)
    """

    rank = 3
    reduce = staticmethod(jnp.max)


@dataclass(frozen=True)
class GlobalAveragePooling1D(GlobalPooling):
    """The mean of each channel of `(steps, channels)`. Args: see `GlobalPooling`.

    Examples:
        >>> GlobalAveragePooling1D()([[[1.0], [5.0], [3.0]]]).tolist()
        [[3.0]]
    """

    rank = 1
    reduce = staticmethod(jnp.mean)


@dataclass(frozen=True)
class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel of `(height, width, channels)`. Args: see `GlobalPooling`.

    Examples:
        >>> GlobalAveragePooling2D()([[[[1.0], [2.0]], [[4.0], [3.0]]]]).tolist()
        [[2.5]]
    """

    rank = 2
    reduce = staticmethod(jnp.mean)


@dataclass(frozen=True)
class GlobalAveragePooling3D(GlobalPooling):
    """The mean of each channel of `(depth, height, width, channels)`. Args: see `GlobalPooling`.

    Examples:
        >>> GlobalAveragePooling3D(data_format="channels_first").output_shape((3, 4, 4, 5))
        (3,)
    """

    rank = 3
    reduce = staticmethod(jnp.mean)
