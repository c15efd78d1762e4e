"""Images rotated, zoomed and moved at random in training: each pixel looked up at another place."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy.ndimage import map_coordinates

from leadline.layers.arguments import one_of
from leadline.layers.augmentation import Augmentation, drawn, spread
from leadline.precision import widened
from leadline.structure import traced
from leadline.types import Array, Key

__all__ = ["FILL_MODES", "RandomRotation", "RandomTranslation", "RandomZoom", "Warping"]

FILL_MODES = ("reflect", "wrap", "constant", "nearest")


class Warping(Augmentation):
    """Base of those that look up each pixel `p` of the new image at `matrix · (p − middle) + middle + shift` of the old one.

    Args:
        fill_mode: What lies outside the image: "reflect" (d c b a | a b c d | d c b a), "wrap" (a b c d | a b c d | a b c d),
            "nearest" (a a a a | a b c d | d d d d), or "constant" for `fill_value`.
        interpolation: What lies between pixels: "bilinear", or "nearest".
        fill_value: A number; traced.
        data_format: "channels_last", which None means, or "channels_first".

    Raises:
        ArgumentError: An unknown word, or a factor out of its range.
        ShapeError: At build: an example is no image.
    """

    fill_mode: str
    interpolation: str
    fill_value: float

    def __post_init__(self) -> None:
        one_of(self, "fill_mode", self.fill_mode, FILL_MODES)
        one_of(self, "interpolation", self.interpolation, ("nearest", "bilinear"))
        super().__post_init__()

    def geometry(self, key: Key) -> tuple[Any, Any]:
        """The matrix for one image, of rows and columns, and the shift, in heights and widths."""
        raise NotImplementedError

    def changed(self, key: Key, image: Array) -> Array:
        """The image, looked up anew."""
        height, width, _ = image.shape
        matrix, shift = self.geometry(key)
        wide = widened(image)
        size = jnp.asarray([height, width], wide.dtype)[:, None, None]
        middle = (size - 1) / 2
        pixels = jnp.stack(jnp.meshgrid(jnp.arange(height), jnp.arange(width), indexing="ij")) - middle
        places = jnp.einsum("ij,jhw->ihw", jnp.asarray(matrix, wide.dtype), pixels, precision=lax.Precision.HIGHEST)
        places = places + middle + jnp.asarray(shift, wide.dtype)[:, None, None] * size
        # The sampler takes no traced fill value: it fills with zeros an image from which the value was taken off.
        fill = jnp.asarray(self.fill_value if self.fill_mode == "constant" else 0.0, wide.dtype)
        order = ("nearest", "bilinear").index(self.interpolation)
        look = functools.partial(map_coordinates, coordinates=list(places), order=order, mode=self.fill_mode)
        found: Array = jax.vmap(look, -1, -1)(wide - fill)
        return (found + fill).astype(image.dtype)


@dataclass(frozen=True)
class RandomRotation(Warping):
    """Rotates each image about its middle, in training.

    Args:
        factor: Between which parts of a whole turn: f for −f to f, or a pair; positive ones are counter-clockwise; from −1 to 1.
        fill_mode, interpolation, fill_value, data_format: See `Warping`.

    Raises:
        ArgumentError, ShapeError: See `Warping`.

    Examples:
        >>> RandomRotation((0.25, 0.25))([[[[1.0], [2.0]], [[3.0], [4.0]]]], training=True).round(4)[0, :, :, 0].tolist()
        [[2.0, 4.0], [1.0, 3.0]]
    """

    factor: Any = traced()
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    fill_value: float = traced(default=0.0, kw_only=True)
    data_format: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        spread(self, "factor", -1, 1)
        super().__post_init__()

    def geometry(self, key: Key) -> tuple[Any, Any]:
        """A rotation."""
        angle = 2 * math.pi * drawn(key, self.factor)
        sine, cosine = jnp.sin(angle), jnp.cos(angle)
        return [[cosine, sine], [-sine, cosine]], (0.0, 0.0)


@dataclass(frozen=True)
class RandomZoom(Warping):
    """Zooms each image about its middle, in training.

    Args:
        height_factor: Between which changes of the height that is seen: f for −f to f, or a pair; 0.2 shows 20 % more (smaller),
            −0.2 shows 20 % less (larger); above −1, to 1.
        width_factor: Likewise for the width; None for the same as the height.
        fill_mode, interpolation, fill_value, data_format: See `Warping`.

    Raises:
        ArgumentError, ShapeError: See `Warping`.

    Examples:
        >>> RandomZoom((-0.5, -0.5))([[[[0.0], [4.0], [8.0]]]], training=True).ravel().tolist()
        [2.0, 4.0, 6.0]
    """

    height_factor: Any = traced()
    width_factor: Any = traced(default=None)
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    fill_value: float = traced(default=0.0, kw_only=True)
    data_format: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        spread(self, "height_factor", math.nextafter(-1, 0), 1)
        if self.width_factor is not None:
            spread(self, "width_factor", math.nextafter(-1, 0), 1)
        super().__post_init__()

    def geometry(self, key: Key) -> tuple[Any, Any]:
        """A scaling."""
        rows, columns = jax.random.split(key)
        tall = 1 + drawn(rows, self.height_factor)
        wide = tall if self.width_factor is None else 1 + drawn(columns, self.width_factor)
        return [[tall, 0.0], [0.0, wide]], (0.0, 0.0)


@dataclass(frozen=True)
class RandomTranslation(Warping):
    """Moves each image, in training.

    Args:
        height_factor: Between which parts of its height: f for −f to f, or a pair; positive ones move down; from −1 to 1.
        width_factor: Between which parts of its width; positive ones move to the right.
        fill_mode, interpolation, fill_value, data_format: See `Warping`.

    Raises:
        ArgumentError, ShapeError: See `Warping`.

    Examples:
        >>> RandomTranslation(0, (0.5, 0.5), "constant")([[[[1.0], [2.0]]]], training=True).ravel().tolist()
        [0.0, 1.0]
    """

    height_factor: Any = traced()
    width_factor: Any = traced()
    fill_mode: str = "reflect"
    interpolation: str = "bilinear"
    fill_value: float = traced(default=0.0, kw_only=True)
    data_format: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        spread(self, "height_factor", -1, 1)
        spread(self, "width_factor", -1, 1)
        super().__post_init__()

    def geometry(self, key: Key) -> tuple[Any, Any]:
        """A shift."""
        rows, columns = jax.random.split(key)
        return jnp.eye(2), (-drawn(rows, self.height_factor), -drawn(columns, self.width_factor))
