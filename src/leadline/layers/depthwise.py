"""Depthwise and separable convolution: channels are filtered one by one, and mixed afterwards or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp

from leadline.layers.arguments import count
from leadline.layers.sliding import Sliding
from leadline.ops.convolution import convolve
from leadline.structure import traced
from leadline.types import Array, Params, Shape

__all__ = ["DepthwiseConv1D", "DepthwiseConv2D", "DepthwiseConvolution", "SeparableConv1D", "SeparableConv2D"]
__all__ += ["SeparableConvolution"]


class _Depthwise(Sliding):
    """A window over each channel alone, with the array "depthwise" `(*kernel_size, channels, depth_multiplier)`."""

    depth_multiplier: int

    def kernel_shapes(self, sizes: Shape, channels: int) -> dict[str, Shape]:
        """The windows of each channel."""
        del sizes
        return {"depthwise": (*self.kernel_size, channels, self.depth_multiplier)}

    def slide(self, params: Params, x: Array) -> Array:
        """`depth_multiplier` outputs for each channel, those of a channel together."""
        depthwise = params["depthwise"]
        return convolve(
            x,
            depthwise.reshape(*self.kernel_size, 1, -1),
            strides=self.strides,
            padding=self.amounts(x.shape[1:-1]),
            dilation=self.dilation_rate,
            groups=x.shape[-1],
        )


@dataclass(frozen=True)
class DepthwiseConvolution(_Depthwise):
    """Base of `DepthwiseConv1D` and `DepthwiseConv2D`: each channel has windows of its own, and channels are not mixed.

    At position `p`, `a[p, c · depth_multiplier + j] = g(Σ_k x[p · strides + k · dilation_rate, c] · W[k, c, j] + b[…])`, with the
    array "depthwise" `W` of shape `(*kernel_size, channels, depth_multiplier)` (Keras calls it the kernel, and its arguments as
    here) and "bias" `b` of shape `(channels · depth_multiplier,)`.

    Args:
        kernel_size: As in `Convolution`, and so are all arguments that are not below.
        strides: Likewise.
        padding: "valid" or "same".
        depth_multiplier: How many channels come out for each that goes in.
        data_format: As in `Convolution`.
        dilation_rate: Likewise; it may stand beside strides.
        activation: Likewise.
        use_bias: Likewise.
        depthwise_initializer: How `W` begins.
        bias_initializer: How `b` begins.
        depthwise_regularizer: A penalty on `W`, as in Keras.
        bias_regularizer: A penalty on `b`.
        depthwise_constraint: What `W` is brought back to after each step.
        bias_constraint: Likewise for `b`.

    Raises:
        ArgumentError: A value cannot be used.
        ShapeError: At build: the input has another number of axes, or no room for the window.
    """

    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    depth_multiplier: int = 1
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
    activation: str | Callable[[Array], Array] | None = None
    use_bias: bool = True
    depthwise_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    depthwise_regularizer: Any = traced(default=None)
    bias_regularizer: Any = traced(default=None)
    depthwise_constraint: Any = traced(default=None)
    bias_constraint: Any = traced(default=None)

    weight_names: ClassVar[tuple[str, ...]] = ("depthwise", "bias")
    kernel_names: ClassVar[tuple[str, ...]] = ("depthwise",)

    def __post_init__(self) -> None:
        count(self, depth_multiplier=1)
        super().__post_init__()

    def output_channels(self, channels: int) -> int:
        """`depth_multiplier` for each."""
        return channels * self.depth_multiplier


@dataclass(frozen=True)
class DepthwiseConv1D(DepthwiseConvolution):
    """Depthwise convolution along one axis; the arguments are those of `DepthwiseConvolution`.

    Examples:
        >>> import numpy as np
        >>> DepthwiseConv1D(3, depth_multiplier=2)(np.ones((1, 10, 4))).shape
        (1, 8, 8)
    """

    rank: ClassVar[int] = 1


@dataclass(frozen=True)
class DepthwiseConv2D(DepthwiseConvolution):
    """Depthwise convolution along two axes; the arguments are those of `DepthwiseConvolution`.

    Examples:
        >>> import numpy as np
        >>> DepthwiseConv2D(3, strides=2, padding="same")(np.ones((1, 9, 9, 4))).shape
        (1, 5, 5, 4)
    """

    rank: ClassVar[int] = 2


@dataclass(frozen=True)
class SeparableConvolution(_Depthwise):
    """Base of `SeparableConv1D` and `SeparableConv2D`: a depthwise convolution, and then at each position a mixing of channels.

    `a[p] = g(d[p] · P + b)`, where `d` is what a linear `DepthwiseConvolution` without bias gives: the array "depthwise" is its
    kernel, `(*kernel_size, channels, depth_multiplier)`; "pointwise" is `P`, kept as `(1, …, channels · depth_multiplier,
    filters)`; "bias" is `b`, `(filters,)`. It has far fewer weights than a `Convolution` of the same window.

    Args:
        filters: How many channels come out.
        kernel_size: As in `Convolution`, and so are all arguments that are not below.
        strides: Likewise.
        padding: "valid" or "same".
        data_format: As in `Convolution`.
        dilation_rate: Likewise; it may stand beside strides.
        depth_multiplier: How many channels stand between the two steps for each that goes in.
        activation: As in `Convolution`, after both steps.
        use_bias: Whether there is a `b`, after both steps.
        depthwise_initializer: How the depthwise kernel begins.
        pointwise_initializer: How `P` begins.
        bias_initializer: How `b` begins.
        depthwise_regularizer: A penalty on the depthwise kernel, as in Keras.
        pointwise_regularizer: A penalty on `P`.
        bias_regularizer: A penalty on `b`.
        depthwise_constraint: What the depthwise kernel is brought back to after each step.
        pointwise_constraint: Likewise for `P`.
        bias_constraint: Likewise for `b`.

    Raises:
        ArgumentError: A value cannot be used.
        ShapeError: At build: the input has another number of axes, or no room for the window.

    Source:
        Chollet 2017, Xception: deep learning with depthwise separable convolutions.
    """

    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
    depth_multiplier: int = 1
    activation: str | Callable[[Array], Array] | None = None
    use_bias: bool = True
    depthwise_initializer: Any = "glorot_uniform"
    pointwise_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    depthwise_regularizer: Any = traced(default=None)
    pointwise_regularizer: Any = traced(default=None)
    bias_regularizer: Any = traced(default=None)
    depthwise_constraint: Any = traced(default=None)
    pointwise_constraint: Any = traced(default=None)
    bias_constraint: Any = traced(default=None)

    weight_names: ClassVar[tuple[str, ...]] = ("depthwise", "pointwise", "bias")
    kernel_names: ClassVar[tuple[str, ...]] = ("depthwise", "pointwise")

    def __post_init__(self) -> None:
        count(self, filters=1, depth_multiplier=1)
        super().__post_init__()

    def kernel_shapes(self, sizes: Shape, channels: int) -> dict[str, Shape]:
        """The windows of each channel, and the mixing."""
        pointwise = (*(1,) * self.rank, channels * self.depth_multiplier, self.filters)
        return {**super().kernel_shapes(sizes, channels), "pointwise": pointwise}

    def slide(self, params: Params, x: Array) -> Array:
        """Both steps."""
        pointwise = params["pointwise"]
        return jnp.matmul(super().slide(params, x), pointwise.reshape(pointwise.shape[-2:]))


@dataclass(frozen=True)
class SeparableConv1D(SeparableConvolution):
    """Separable convolution along one axis; the arguments are those of `SeparableConvolution`.

    Examples:
        >>> import numpy as np
        >>> layer = SeparableConv1D(6, 3)
        >>> layer(np.ones((1, 10, 4))).shape
        (1, 8, 6)
        >>> [w.shape for w in layer.get_weights()]
        [(3, 4, 1), (1, 4, 6), (6,)]
    """

    rank: ClassVar[int] = 1


@dataclass(frozen=True)
class SeparableConv2D(SeparableConvolution):
    """Separable convolution along two axes; the arguments are those of `SeparableConvolution`.

    Examples:
        >>> import numpy as np
        >>> SeparableConv2D(6, 3, padding="same")(np.ones((1, 9, 7, 4))).shape
        (1, 9, 7, 6)
    """

    rank: ClassVar[int] = 2
