"""Which axes of its input a layer works along.

Axes are counted as Keras does, with the batch as axis 0; shapes of examples are without it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.arguments import one_of, per_axis
from leadline.layers.layer import Layer
from leadline.types import Shape

__all__ = ["DATA_FORMATS", "Axial", "Spatial", "axes_of"]

DATA_FORMATS = ("channels_last", "channels_first")


def axes_of(layer: Layer, axis: int | tuple[int, ...], input_shape: Shape) -> tuple[int, ...]:
    """One axis or several, counted from the front and ascending; negative ones count from the end.

    Raises:
        ShapeError: The input has no such axis.
        ArgumentError: It is the batch axis.
    """
    rank, given = len(input_shape) + 1, axis if isinstance(axis, tuple) else (axis,)
    if any(not -rank <= one < rank for one in given):
        raise ShapeError(f"Layer {layer.label} has axis {axis}, and its input has only {rank} axes, the batch included.")
    found = tuple(sorted({one % rank for one in given}))
    if 0 in found:
        raise ArgumentError(f"The 'axis' of layer {layer.label} cannot be 0, the batch axis. Use -1 for the features.")
    return found


class Axial(Layer):
    """Base of the layers that work along the axis, or the axes, of their field `axis`, and keep the shape.

    Raises:
        ArgumentError: `axis` is no whole number, nor several where the layer takes several; or at build, it is the batch axis.
        ShapeError: At build: the input has no such axis.
    """

    axis: Any
    takes_axes: ClassVar[bool] = True
    """Whether there may be several."""

    def __post_init__(self) -> None:
        is_many = self.takes_axes and isinstance(self.axis, (tuple, list))
        given = tuple(self.axis) if is_many else (self.axis,)
        whole = per_axis(self, "axis", given, max(len(given), 1), None)
        object.__setattr__(self, "axis", whole if is_many else whole[0])
        super().__post_init__()

    def axes(self, input_shape: Shape) -> tuple[int, ...]:
        """The axes, counted from the front and ascending."""
        return axes_of(self, self.axis, input_shape)

    def sizes(self, input_shape: Shape) -> Shape:
        """The sizes along them."""
        return tuple(input_shape[axis - 1] for axis in self.axes(input_shape))

    def output_shape(self, input_shape: Shape) -> Shape:
        """The same."""
        self.axes(input_shape)
        return input_shape


class Spatial(Layer):
    """Base of the layers that read examples `(*sizes, channels)` with `rank` sizes.

    Where a layer has a field `data_format` and it is "channels_first", examples are `(channels, *sizes)`; None means the usual
    "channels_last".
    """

    rank: ClassVar[int]
    data_format: str | None

    def __post_init__(self) -> None:
        if hasattr(self, "data_format"):
            value = "channels_last" if self.data_format is None else self.data_format
            object.__setattr__(self, "data_format", one_of(self, "data_format", value, DATA_FORMATS))
        super().__post_init__()

    @property
    def channels_first(self) -> bool:
        """Whether the axis of channels stands before the sizes."""
        return getattr(self, "data_format", None) == "channels_first"

    @property
    def axes(self) -> tuple[int, ...]:
        """The axes of the sizes in a batch."""
        first = 2 if self.channels_first else 1
        return tuple(range(first, first + self.rank))

    def sizes(self, input_shape: Shape) -> Shape:
        """The sizes of an example.

        Raises:
            ShapeError: The example has another number of axes.
        """
        if len(input_shape) != self.rank + 1:
            names = ("height", "width") if self.rank == 2 else ("steps",) if self.rank == 1 else ("depth", "height", "width")
            wanted = ("channels", *names) if self.channels_first else (*names, "channels")
            few = len(input_shape) == self.rank
            remedy = "Add an axis of one channel: x[..., None]." if few else "Reshape it, or take the layer for its axes."
            self.refuse(input_shape, f"({', '.join(wanted)})", remedy)
        return tuple(input_shape[axis - 1] for axis in self.axes)

    def resized(self, input_shape: Shape, sizes: Shape) -> Shape:
        """The shape of an example with other sizes."""
        channels = input_shape[0 if self.channels_first else -1]
        return (channels, *sizes) if self.channels_first else (*sizes, channels)
