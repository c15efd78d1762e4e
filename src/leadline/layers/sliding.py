"""What the layers with a sliding window share: its arguments, the order of axes, and what follows the window."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar

import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.layers.arguments import one_of, per_axis
from leadline.layers.axes import Spatial
from leadline.ops.windows import Amounts, padding_amounts, positions
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["Sliding"]


class Sliding(Spatial):
    """Base of the layers that slide a window along `rank` axes of their input: a subclass says what the window does, in `slide`.

    It reads the fields `kernel_size`, `strides`, `padding`, `data_format`, `activation`, `use_bias` and, where there is one,
    `dilation_rate`. One number for a field stands for that number along every axis.

    Raises:
        ArgumentError: A field cannot be used.
    """

    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")
    """The modes of padding that the layer knows."""
    strides_or_dilation: ClassVar[bool] = False
    """Whether only one of `strides` and `dilation_rate` may be above 1."""

    filters: int
    kernel_size: Any
    strides: Any
    padding: Any
    activation: Any
    use_bias: bool

    @property
    def dilation_rate(self) -> Any:
        """How far the entries of the window lie apart along each axis; 1 where the layer has no such field."""
        return (1,) * self.rank

    def __post_init__(self) -> None:
        for name in {"kernel_size", "strides", "dilation_rate"}.intersection(one.name for one in fields(self)):
            object.__setattr__(self, name, per_axis(self, name, getattr(self, name), self.rank))
        padding = self.padding.lower() if isinstance(self.padding, str) else self.padding
        object.__setattr__(self, "padding", one_of(self, "padding", padding, self.paddings))
        if self.strides_or_dilation and max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ArgumentError(
                f"{type(self).__name__} takes strides above 1 or a dilation_rate above 1, not both. "
                f"Got strides={self.strides} and dilation_rate={self.dilation_rate}."
            )
        super().__post_init__()

    def split_shape(self, input_shape: Shape) -> tuple[Shape, int]:
        """The sizes along which the window moves, and the number of channels.

        Raises:
            ShapeError: The input has another number of axes.
        """
        return self.sizes(input_shape), input_shape[0 if self.channels_first else -1]

    def joined_shape(self, sizes: Shape, channels: int) -> Shape:
        """The shape of an example with these sizes and channels, in the layer's order of axes."""
        return (channels, *sizes) if self.channels_first else (*sizes, channels)

    def amounts(self, sizes: Shape) -> Amounts:
        """The zeros before and behind each axis."""
        return padding_amounts(self.padding, sizes, self.kernel_size, self.strides, self.dilation_rate)

    def output_sizes(self, sizes: Shape) -> Shape:
        """How many positions the window has along each axis."""
        return positions(sizes, self.kernel_size, self.strides, self.dilation_rate, self.amounts(sizes))

    def output_channels(self, channels: int) -> int:
        """How many channels come out when this many go in; one a filter unless a layer says otherwise."""
        del channels
        return self.filters

    def output_shape(self, input_shape: Shape) -> Shape:
        """One entry a position and filter, in the layer's order of axes."""
        sizes, channels = self.split_shape(input_shape)
        if min(placed := self.output_sizes(sizes)) < 1:
            window = f"kernel_size={self.kernel_size}, dilation_rate={self.dilation_rate}, padding={self.padding!r}"
            wanted = f"larger ones: with {window} the output would have sizes {placed}"
            self.refuse(input_shape, wanted, "Enlarge the examples, use a smaller window, or other padding.")
        return self.joined_shape(placed, self.output_channels(channels))

    def kernel_shapes(self, sizes: Shape, channels: int) -> dict[str, Shape]:
        """The shapes of the weights of the window, by name.

        Raises:
            ShapeError: The layer cannot read so many channels.
        """
        raise NotImplementedError

    def bias_shape(self, sizes: Shape, channels: int) -> Shape:
        """The shape of the bias; one number for each channel that comes out unless a layer says otherwise."""
        del sizes
        return (self.output_channels(channels),)

    def shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The weights of the window and, with `use_bias`, the bias."""
        axes = self.split_shape(input_shape)
        bias = {"bias": self.bias_shape(*axes)} if self.use_bias else {}
        return self.kernel_shapes(*axes) | bias

    def slide(self, params: Params, x: Array) -> Array:
        """What the window makes of a batch, channels last; without bias and activation."""
        raise NotImplementedError

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The activation of what the window sees, weighted, plus the bias, for a batch."""
        del training, key
        z = self.slide(params, jnp.moveaxis(x, 1, -1) if self.channels_first else x)  # (batch, *positions, filters)
        if self.use_bias:
            z = z + params["bias"]
        return self.activation(jnp.moveaxis(z, -1, 1) if self.channels_first else z), state
