"""Dropout: inputs left out at random in training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from leadline.layers.arguments import number, per_axis
from leadline.layers.axes import Spatial
from leadline.layers.layer import Layer
from leadline.structure import traced
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["AlphaDropout", "Dropout", "Dropping", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"]


class Dropping(Layer):
    """Base of the layers that leave out inputs by chance, in training.

    The rate is traced: another rate needs no new compilation, and a population can have a rate each. The random numbers come from
    the seed of the model, so that these layers, unlike Keras's, have no `seed` of their own.
    """

    rate: float
    noise_shape: Any
    is_random: ClassVar[bool] = True

    def __post_init__(self) -> None:
        number(self, "rate", below=1.0)
        super().__post_init__()

    def drawn(self, shape: Shape) -> Shape:
        """How many decisions there are for a batch of this shape: an axis of length 1 decides for all along it."""
        return shape

    def kept(self, key: Key, shape: Shape) -> Array:
        """Which entries of a batch stay: true with probability `1 − rate`."""
        return jnp.broadcast_to(jax.random.bernoulli(key, 1 - self.rate, self.drawn(shape)), shape)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch with inputs dropped, in training."""
        del params
        if not training:
            return x, state
        return jnp.where(self.kept(key, x.shape), x / (1 - self.rate), jnp.zeros_like(x)), state  # type: ignore[arg-type]


class Shaped(Dropping):
    """Base of those that take the shape of the decisions as `noise_shape`."""

    def __post_init__(self) -> None:
        if self.noise_shape is not None:
            given = tuple(self.noise_shape) if isinstance(self.noise_shape, (tuple, list)) else (self.noise_shape,)
            per_axis(self, "noise_shape", tuple(1 if size is None else size for size in given), len(given))
            object.__setattr__(self, "noise_shape", given)
        super().__post_init__()

    def drawn(self, shape: Shape) -> Shape:
        """`noise_shape`, with the sizes of the batch for None."""
        if self.noise_shape is None:
            return shape
        sizes = tuple(self.noise_shape)
        if len(sizes) != len(shape) or any(one not in (None, 1, n) for one, n in zip(sizes, shape, strict=True)):
            self.refuse(shape[1:], f"ones that noise_shape={sizes} fits", "Each of its sizes is 1, None, or that of the batch.")
        return tuple(n if one is None else one for one, n in zip(sizes, shape, strict=True))


@dataclass(frozen=True)
class Dropout(Shaped):
    """In training, sets each input to 0 with probability `rate` and scales the others by `1/(1 − rate)`; otherwise the identity.

    Args:
        rate: The probability of being dropped, from 0 up to but not including 1; traced.
        noise_shape: The shape of the decisions, the batch included: None in it stands for the size of the input, and 1 makes one
            decision for all along that axis. None alone: every entry for itself.

    Raises:
        ArgumentError: `rate` is no number, or outside [0, 1); `noise_shape` is no tuple of positive whole numbers and None.
        ShapeError: When applied in training: `noise_shape` does not fit.

    Source:
        Srivastava et al. 2014, in the inverted form of Keras.

    Examples:
        >>> Dropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    rate: float = traced()
    noise_shape: Any = None


@dataclass(frozen=True)
class AlphaDropout(Shaped):
    """Dropout that keeps mean and variance, for networks of `selu`: dropped inputs become `α'`, and all `a · x + b`.

    `α' = −1.6733 · 1.0507`, where `selu` ends; `a = ((1 − rate)(1 + rate · α'²))^(−1/2)` and `b = −a · α' · rate`. Only in
    training.

    Args:
        rate: The probability of being dropped, from 0 up to but not including 1; traced.
        noise_shape: As in `Dropout`.

    Raises:
        ArgumentError, ShapeError: As `Dropout`.

    Source:
        Klambauer et al. 2017, section 2.

    Examples:
        >>> AlphaDropout(0.5)([[1.0, 2.0]]).tolist()
        [[1.0, 2.0]]
    """

    rate: float = traced()
    noise_shape: Any = None

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch with inputs dropped, in training."""
        del params
        if not training:
            return x, state
        floor = -1.6732632423543772 * 1.0507009873554805
        a = ((1 - self.rate) * (1 + self.rate * floor**2)) ** -0.5
        kept = jnp.where(self.kept(key, x.shape), x, jnp.asarray(floor, x.dtype))  # type: ignore[arg-type]
        return a * kept - a * floor * self.rate, state


class SpatialDropout(Dropping, Spatial):
    """Base of those that leave out whole channels: one decision for all sizes of an example."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """The same."""
        self.sizes(input_shape)
        return input_shape

    def drawn(self, shape: Shape) -> Shape:
        """One decision for each channel of each example."""
        return tuple(1 if axis in self.axes else size for axis, size in enumerate(shape))


@dataclass(frozen=True)
class SpatialDropout1D(SpatialDropout):
    """Dropout of whole channels of `(steps, channels)`, in training.

    Args:
        rate: The probability of being dropped, from 0 up to but not including 1; traced.

    Raises:
        ArgumentError: As `Dropout`.
        ShapeError: At build: the example has another number of axes.

    Source:
        Tompson et al. 2015, section 3.2.

    Examples:
        >>> kept = SpatialDropout1D(0.5)(jnp.ones((1, 3, 8)), training=True)
        >>> bool((kept == kept[:, :1]).all())
        True
    """

    rate: float = traced()

    rank = 1


@dataclass(frozen=True)
class SpatialDropout2D(SpatialDropout):
    """Dropout of whole channels of `(height, width, channels)`, in training.

    Args:
        rate: As in `SpatialDropout1D`.
        data_format: "channels_last", which None means, or "channels_first".

    Raises:
        ArgumentError, ShapeError: As `SpatialDropout1D`.

    Examples:
        >>> SpatialDropout2D(0.5).drawn((32, 8, 8, 3))
        (32, 1, 1, 3)
    """

    rate: float = traced()
    data_format: str | None = None

    rank = 2


@dataclass(frozen=True)
class SpatialDropout3D(SpatialDropout):
    """Dropout of whole channels of `(depth, height, width, channels)`, in training. Args: as in `SpatialDropout2D`.

    Examples:
        >>> SpatialDropout3D(0.5, data_format="channels_first").drawn((32, 3, 8, 8, 8))
        (32, 3, 1, 1, 1)
    """

    rate: float = traced()
    data_format: str | None = None

    rank = 3
