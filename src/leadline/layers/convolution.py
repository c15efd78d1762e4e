"""Convolution layers: one neuron, with the same weights, at every position of the input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from leadline.errors import ArgumentError
from leadline.layers.arguments import count
from leadline.layers.sliding import Sliding
from leadline.ops.convolution import convolve
from leadline.structure import traced
from leadline.types import Array, Params, Shape

__all__ = ["Conv1D", "Conv2D", "Conv3D", "Convolution"]


@dataclass(frozen=True)
class Convolution(Sliding):
    """Base of `Conv1D`, `Conv2D` and `Conv3D`: each filter reads a window, at every position with the same weights.

    At position `p`, `a[p, o] = g(Σ_k Σ_c x[p · strides + k · dilation_rate, c] · W[k, c, o] + b[o])`, with the array "kernel"
    `W` of shape `(*kernel_size, channels / groups, filters)` and "bias" `b` of shape `(filters,)`. An input `(batch, *sizes,
    channels)` becomes `(batch, *positions, filters)`; of positions there are `⌊(size − span) / stride⌋ + 1` with padding
    "valid", where the window spans `(kernel_size − 1) · dilation_rate + 1`, and `⌈size / stride⌉` with "same" and "causal".

    Args:
        filters: How many channels come out.
        kernel_size: Entries of the window, one number or one an axis.
        strides: How far the window moves from one position to the next.
        padding: "valid" for no zeros around the input; "same" for as many on both sides as keep the size where strides are 1;
            "causal" (`Conv1D` alone) for all of them in front.
        data_format: "channels_last", as above and by default, or "channels_first": `(batch, channels, *sizes)`.
        dilation_rate: How far the entries of the window lie apart.
        groups: Into how many parts the channels and the filters are divided, each part of the filters reading its own channels.
        activation: A name, a function of an array, or None for linear.
        use_bias: Whether there is a `b`.
        kernel_initializer: How `W` begins.
        bias_initializer: How `b` begins.
        kernel_regularizer: A penalty on `W`, as in Keras.
        bias_regularizer: A penalty on `b`.
        kernel_constraint: What `W` is brought back to after each step.
        bias_constraint: Likewise for `b`.

    Raises:
        ArgumentError: A value cannot be used, `filters` is no multiple of `groups`, or strides and dilation are both above 1.
        ShapeError: At build: the input has another number of axes, channels that are no multiple of `groups`, or no room for the
            window.

    Source:
        Ng, Advanced Learning Algorithms, week 2 (a convolutional layer's neuron looks at a part of the input).
    """

    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
    groups: int = 1
    activation: str | Callable[[Array], Array] | None = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    kernel_regularizer: Any = traced(default=None)
    bias_regularizer: Any = traced(default=None)
    kernel_constraint: Any = traced(default=None)
    bias_constraint: Any = traced(default=None)

    strides_or_dilation: ClassVar[bool] = True
    weight_names: ClassVar[tuple[str, ...]] = ("kernel", "bias")
    kernel_names: ClassVar[tuple[str, ...]] = ("kernel",)

    def __post_init__(self) -> None:
        count(self, filters=1, groups=1)
        if self.filters % self.groups:
            raise ArgumentError(
                f"The 'filters' of {type(self).__name__} must be a multiple of its 'groups'. "
                f"Got filters={self.filters} and groups={self.groups}."
            )
        super().__post_init__()

    def kernel_shapes(self, sizes: Shape, channels: int) -> dict[str, Shape]:
        """`W`."""
        if channels % self.groups:
            wanted = f"a number of channels that is a multiple of its {self.groups} groups, not {channels}"
            self.refuse(self.joined_shape(sizes, channels), wanted, "Change groups, or data_format if the channels come first.")
        return {"kernel": (*self.kernel_size, channels // self.groups, self.filters)}  # type: ignore[misc]

    def slide(self, params: Params, x: Array) -> Array:
        """The convolution."""
        return convolve(
            x,
            params["kernel"],
            strides=self.strides,  # type: ignore[arg-type]
            padding=self.amounts(x.shape[1:-1]),
            dilation=self.dilation_rate,  # type: ignore[arg-type]
            groups=self.groups,
        )


@dataclass(frozen=True)
class Conv1D(Convolution):
    """Convolution along one axis, such as time: `(batch, length, channels)` becomes `(batch, positions, filters)`.

    The arguments are those of `Convolution`; padding may be "causal", with which no output depends on later inputs.

    Examples:
        Nine neurons that each read 20 of 100 samples, moving on by 10:

        >>> import numpy as np
        >>> layer = Conv1D(filters=1, kernel_size=20, strides=10, activation="relu")
        >>> layer(np.ones((2, 100, 1))).shape
        (2, 9, 1)
        >>> [w.shape for w in layer.get_weights()]
        [(20, 1, 1), (1,)]
    """

    rank: ClassVar[int] = 1
    paddings: ClassVar[tuple[str, ...]] = ("valid", "same", "causal")


@dataclass(frozen=True)
class Conv2D(Convolution):
    """Convolution along two axes, as of an image: `(batch, rows, columns, channels)` becomes `(…, filters)`.

    The arguments are those of `Convolution`.

    Examples:
        >>> import numpy as np
        >>> layer = Conv2D(32, (3, 3), padding="same", activation="relu")
        >>> layer(np.ones((2, 8, 6, 3))).shape
        (2, 8, 6, 32)
        >>> [w.shape for w in layer.get_weights()]
        [(3, 3, 3, 32), (32,)]
    """

    rank: ClassVar[int] = 2


@dataclass(frozen=True)
class Conv3D(Convolution):
    """Convolution along three axes, as of a volume: `(batch, depth, rows, columns, channels)` becomes `(…, filters)`.

    The arguments are those of `Convolution`.

    Examples:
        >>> import numpy as np
        >>> Conv3D(4, 3, strides=(1, 2, 2))(np.ones((1, 5, 9, 9, 2))).shape
        (1, 3, 4, 4, 4)
    """

    rank: ClassVar[int] = 3
