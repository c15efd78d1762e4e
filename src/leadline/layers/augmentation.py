"""Images changed at random in training, each in its own way: mirrored, cut, of other brightness and contrast."""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Real
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax import lax

from leadline.errors import ArgumentError
from leadline.layers.arguments import one_of
from leadline.layers.axes import Spatial
from leadline.layers.preprocessing import as_floats
from leadline.layers.resizing import Framed
from leadline.structure import traced
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["Augmentation", "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip", "drawn", "spread"]

FLIPS = ("horizontal", "vertical", "horizontal_and_vertical")


def spread(layer: Augmentation, name: str, least: float, most: float, centre: float = -1.0) -> None:
    """Makes a field that says between which numbers one is drawn a pair: of a number f the pair `(centre · f, f)`.

    Raises:
        ArgumentError: It is neither a number nor two, or one lies outside `least` to `most`.
    """
    value = getattr(layer, name)
    pair = tuple(value) if isinstance(value, (tuple, list)) else (centre * abs(value), abs(value)) if _is_number(value) else ()
    plain = [float(one) for one in pair if isinstance(one, Real)]
    if len(pair) != 2 or not all(map(_is_number, pair)) or any(not least <= one <= most for one in plain):
        wanted = f"a number from {least:g} to {most:g}, or a pair of them"
        raise ArgumentError(f"The {name!r} of {type(layer).__name__} must be {wanted}. Got {value!r}.")
    object.__setattr__(layer, name, tuple(sorted(plain)) if len(plain) == 2 else pair)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) or hasattr(value, "dtype")


class Augmentation(Spatial):
    """Base of the layers that change each image of a batch at random in training, and leave it as it is otherwise.

    Images are `(height, width, channels)`, with data_format="channels_first" `(channels, height, width)`; whole numbers become
    floating ones. The random numbers come from the seed of the model, one key an image. The ranges from which they are drawn are
    traced: other ones need no new compilation.
    """

    rank = 2
    is_random: ClassVar[bool] = True

    def output_shape(self, input_shape: Shape) -> Shape:
        """The same."""
        self.sizes(input_shape)
        return input_shape

    def changed(self, key: Key, image: Array) -> Array:
        """One image `(height, width, channels)`, changed."""
        raise NotImplementedError

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, each image changed in its own way, in training."""
        del params
        x = as_floats(x)
        if not training:
            return x, state
        images = jnp.moveaxis(x, 1, -1) if self.channels_first else x
        images = jax.vmap(self.changed)(jax.random.split(key, len(x)), images)  # type: ignore[arg-type]
        return jnp.moveaxis(images, -1, 1) if self.channels_first else images, state


def drawn(key: Key, pair: tuple[Any, Any]) -> Array:
    """A number between two."""
    return jax.random.uniform(key, (), minval=pair[0], maxval=pair[1])


@dataclass(frozen=True)
class RandomFlip(Augmentation):
    """Mirrors every second image, in training.

    Args:
        mode: "horizontal" swaps left and right; "vertical" top and bottom; "horizontal_and_vertical" both at once.
        data_format: "channels_last", which None means, or "channels_first".

    Raises:
        ArgumentError: An unknown word.
        ShapeError: At build: an example is no image.

    Examples:
        >>> flipped = RandomFlip("horizontal")(jnp.arange(64.0).reshape(32, 1, 2, 1), training=True)
        >>> sorted({bool(image[0, 0] < image[0, 1]) for image in flipped})
        [False, True]
    """

    mode: str = "horizontal_and_vertical"
    data_format: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        one_of(self, "mode", self.mode, FLIPS)
        super().__post_init__()

    def changed(self, key: Key, image: Array) -> Array:
        """The image, or its mirror image."""
        axes = tuple(axis for axis, word in enumerate(("vertical", "horizontal")) if word in self.mode)
        return jnp.where(jax.random.bernoulli(key), jnp.flip(image, axes), image)


class Ranged(Augmentation):
    """Base of those that know the least and the largest value of a pixel."""

    value_range: Any

    def __post_init__(self) -> None:
        pair = tuple(self.value_range) if isinstance(self.value_range, (tuple, list)) else ()
        if len(pair) != 2 or not all(isinstance(one, Real) for one in pair) or not pair[0] < pair[1]:
            wanted = "two ascending numbers, such as (0, 255)"
            raise ArgumentError(f"The 'value_range' of {type(self).__name__} must be {wanted}. Got {self.value_range!r}.")
        object.__setattr__(self, "value_range", pair)
        super().__post_init__()


@dataclass(frozen=True)
class RandomContrast(Ranged):
    """Scales the distance of each pixel to the mean of its channel, in training: `(x − mean) · c + mean`.

    Args:
        factor: `c` is drawn between `1 − lower` and `1 + upper`: f for both, or a pair; from 0 to 1.
        value_range: The least and the largest value of a pixel; others are brought to these.
        data_format: "channels_last", which None means, or "channels_first".

    Raises:
        ArgumentError: A factor out of its range, an unknown word.
        ShapeError: At build: an example is no image.

    Examples:
        >>> RandomContrast(0.0)([[[[1.0], [2.0]]]], training=True).ravel().tolist()
        [1.0, 2.0]
    """

    factor: Any = traced()
    value_range: Any = (0, 255)
    data_format: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        spread(self, "factor", 0, 1, centre=1.0)
        super().__post_init__()

    def changed(self, key: Key, image: Array) -> Array:
        """The image with another contrast."""
        scale = drawn(key, (1 - self.factor[0], 1 + self.factor[1])).astype(image.dtype)
        mean = image.mean((0, 1))
        return jnp.clip((image - mean) * scale + mean, *self.value_range)


@dataclass(frozen=True)
class RandomBrightness(Ranged):
    """Adds a number to all pixels of an image, in training.

    Args:
        factor: Between which parts of the whole range: f for −f to f, or a pair; from −1 to 1.
        value_range: The least and the largest value of a pixel; others are brought to these.
        data_format: "channels_last", which None means, or "channels_first".

    Raises:
        ArgumentError, ShapeError: As `RandomContrast`.

    Examples:
        >>> RandomBrightness((0.5, 0.5), (0, 4))([[[[1.0], [3.0]]]], training=True).ravel().tolist()
        [3.0, 4.0]
    """

    factor: Any = traced()
    value_range: Any = (0, 255)
    data_format: str | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        spread(self, "factor", -1, 1)
        super().__post_init__()

    def changed(self, key: Key, image: Array) -> Array:
        """The image, brighter or darker."""
        least, most = self.value_range
        return jnp.clip(image + (drawn(key, self.factor) * (most - least)).astype(image.dtype), least, most)


@dataclass(frozen=True)
class RandomCrop(Framed, Augmentation):
    """A part of each image, from a random place in training and from the middle otherwise.

    Images too small become the largest middle part of these proportions, enlarged (bilinear).

    Args:
        height: The rows of the part.
        width: The columns of the part.
        data_format: "channels_last", which None means, or "channels_first".

    Raises:
        ArgumentError: A number that is not whole and positive, or an unknown word.
        ShapeError: At build: an example is no image.

    Examples:
        >>> RandomCrop(2, 2)(jnp.zeros((1, 5, 4, 3)), training=True).shape
        (1, 2, 2, 3)
    """

    data_format: str | None = field(default=None, kw_only=True)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, cut."""
        is_small = any(x.shape[axis] < size for axis, size in zip(self.axes, (self.height, self.width), strict=True))
        if training and not is_small:
            return super().apply(params, state, x, training=True, key=key)
        return self.middle(as_floats(x)), state

    def changed(self, key: Key, image: Array) -> Array:
        """A part of the image."""
        room = jnp.asarray(image.shape[:2]) - jnp.asarray((self.height, self.width)) + 1
        row, column = jax.random.randint(key, (2,), 0, room)
        return lax.dynamic_slice(image, (row, column, 0), (self.height, self.width, image.shape[2]))
