"""Examples of another size: repeated, interpolated, cut from the middle."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

from leadline.errors import ArgumentError
from leadline.layers.arguments import count, one_of, per_axis
from leadline.layers.axes import Spatial
from leadline.layers.preprocessing import as_floats
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["INTERPOLATIONS", "CenterCrop", "Resizing", "UpSampling1D", "UpSampling2D", "UpSampling3D"]
__all__ += ["Framed", "centered", "proportioned"]

INTERPOLATIONS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5")


@dataclass(frozen=True)
class UpSampling(Spatial):
    """Base of the layers that enlarge the sizes of an example by whole factors.

    Args:
        size: The factor for each size; one number for all.
        data_format: "channels_last" for `(*sizes, channels)`, which None means, or "channels_first"; not with one size.
        interpolation: Of `UpSampling2D`: "nearest" repeats each entry; or another of `INTERPOLATIONS`.

    Raises:
        ArgumentError: A factor that is not whole and positive, or an unknown word.
        ShapeError: At build: an example has another number of axes.
    """

    size: Any = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "size", per_axis(self, "size", self.size, self.rank))
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The sizes, enlarged."""
        return self.resized(input_shape, tuple(n * by for n, by in zip(self.sizes(input_shape), self.size, strict=True)))

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, enlarged."""
        del params, training, key
        for axis, by in zip(self.axes, self.size, strict=True):
            x = jnp.repeat(x, by, axis)
        return x, state


@dataclass(frozen=True)
class UpSampling1D(UpSampling):
    """Repeats each step of `(steps, channels)`. Args: see `UpSampling`.

    Examples:
        >>> UpSampling1D(2)([[[1.0], [5.0]]]).ravel().tolist()
        [1.0, 1.0, 5.0, 5.0]
    """

    rank = 1


@dataclass(frozen=True)
class UpSampling2D(UpSampling):
    """Enlarges `(height, width, channels)`. Args: see `UpSampling`.

    Examples:
        >>> UpSampling2D((1, 2), interpolation="bilinear")([[[[0.0], [4.0]]]]).ravel().tolist()
        [0.0, 1.0, 3.0, 4.0]
    """

    size: Any = (2, 2)
    data_format: str | None = None
    interpolation: str = "nearest"

    rank = 2

    def __post_init__(self) -> None:
        one_of(self, "interpolation", self.interpolation, INTERPOLATIONS)
        super().__post_init__()

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, enlarged."""
        if self.interpolation == "nearest":
            return super().apply(params, state, x, training=training, key=key)
        shape = (x.shape[0], *self.output_shape(x.shape[1:]))
        return jax.image.resize(x, shape, self.interpolation, antialias=False), state


@dataclass(frozen=True)
class UpSampling3D(UpSampling):
    """Repeats each entry of `(depth, height, width, channels)`. Args: see `UpSampling`.

    Examples:
        >>> UpSampling3D((1, 2, 3)).output_shape((4, 4, 4, 1))
        (4, 8, 12, 1)
    """

    size: Any = (2, 2, 2)
    data_format: str | None = None

    rank = 3


def centered(x: Array, sizes: tuple[int, ...], axes: tuple[int, ...]) -> Array:
    """As many entries as `sizes` says from the middle of some axes.

    Examples:
        >>> centered(jnp.arange(5.0), (2,), (0,)).tolist()
        [1.0, 2.0]
    """
    for axis, size in zip(axes, sizes, strict=True):
        start = (x.shape[axis] - size) // 2
        x = lax.slice_in_dim(x, start, start + size, axis=axis)
    return x


def proportioned(x: Array, sizes: tuple[int, int], axes: tuple[int, ...]) -> Array:
    """The largest part from the middle of images that has the proportions of `sizes`, height to width.

    Examples:
        >>> proportioned(jnp.arange(4.0).reshape(1, 4), (1, 2), (0, 1)).tolist()
        [[1.0, 2.0]]
    """
    height, width = (x.shape[axis] for axis in axes)
    best = max(min(height, width * sizes[0] // sizes[1]), 1), max(min(width, height * sizes[1] // sizes[0]), 1)
    return centered(x, best, axes)


@dataclass(frozen=True)
class Framed(Spatial):
    """Base of the layers that give images of a height and a width, whatever those of the input.

    Args:
        height: The rows of the output.
        width: The columns of the output.
        data_format: "channels_last" for `(height, width, channels)`, which None means, or "channels_first".

    Raises:
        ArgumentError: A number that is not whole and positive, or an unknown word.
        ShapeError: At build: an example is no image.
    """

    height: int
    width: int

    rank = 2

    def __post_init__(self) -> None:
        count(self, height=1, width=1)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The same with the new height and width."""
        self.sizes(input_shape)
        return self.resized(input_shape, (self.height, self.width))

    def middle(self, x: Array) -> Array:
        """The middle of each image of a batch; of images too small, the largest middle part of these proportions, enlarged."""
        sizes = (self.height, self.width)
        if any(x.shape[axis] < size for axis, size in zip(self.axes, sizes, strict=True)):
            return self.scaled(proportioned(x, sizes, self.axes))
        return centered(x, sizes, self.axes)

    def scaled(self, x: Array, interpolation: str = "bilinear", antialias: bool = False) -> Array:
        """A batch, interpolated to the height and width."""
        shape = (x.shape[0], *self.output_shape(x.shape[1:]))
        return jnp.asarray(jax.image.resize(x, shape, interpolation, antialias))


@dataclass(frozen=True)
class CenterCrop(Framed):
    """The middle of each image; of images too small, the largest middle part of these proportions, enlarged (bilinear).

    Args: see `Framed`.

    Examples:
        >>> CenterCrop(1, 2)([[[[1.0], [2.0], [3.0], [4.0]]]]).ravel().tolist()
        [2.0, 3.0]
    """

    data_format: str | None = None

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, cut."""
        del params, training, key
        return self.middle(as_floats(x)), state


@dataclass(frozen=True)
class Resizing(Framed):
    """Images of one height and width, by interpolation. Args: see `Framed`, and:

    Args:
        interpolation: One of `INTERPOLATIONS`.
        crop_to_aspect_ratio: Whether to cut the middle to the new proportions first, instead of distorting.
        pad_to_aspect_ratio: Whether to put borders of `fill_value` first, instead of distorting.
        fill_value: What the borders are made of.
        antialias: Whether to smooth when images become smaller.

    Raises:
        ArgumentError: Both `…_to_aspect_ratio`; as in `Framed`.

    Examples:
        >>> Resizing(1, 2)([[[[1.0], [2.0], [3.0], [4.0]]]]).ravel().tolist()
        [1.5, 3.5]
    """

    interpolation: str = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_value: float = field(default=0.0, kw_only=True)
    antialias: bool = field(default=False, kw_only=True)
    data_format: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        one_of(self, "interpolation", self.interpolation, INTERPOLATIONS)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ArgumentError("Resizing takes 'crop_to_aspect_ratio' or 'pad_to_aspect_ratio'. Got both.")
        super().__post_init__()

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, resized."""
        del params, training, key
        x = as_floats(x)
        if self.crop_to_aspect_ratio:
            x = proportioned(x, (self.height, self.width), self.axes)
        if self.pad_to_aspect_ratio:
            x = self._bordered(x)
        return self.scaled(x, self.interpolation, self.antialias), state

    def _bordered(self, x: Array) -> Array:
        rows, columns = (x.shape[axis] for axis in self.axes)
        wanted = max(rows, columns * self.height // self.width), max(columns, rows * self.width // self.height)
        half = {axis: (n - old) // 2 for axis, n, old in zip(self.axes, wanted, (rows, columns), strict=True)}
        return jnp.pad(x, [(half.get(axis, 0),) * 2 for axis in range(x.ndim)], constant_values=self.fill_value)
