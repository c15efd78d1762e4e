"""Transposed convolution: each input stamps a window of outputs, which overlap and add."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from leadline.errors import ArgumentError
from leadline.layers.arguments import count, per_axis
from leadline.layers.sliding import Sliding
from leadline.ops.convolution import transposed
from leadline.ops.windows import Amounts
from leadline.structure import traced
from leadline.types import Array, Params, Shape

__all__ = ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "TransposedConvolution"]


@dataclass(frozen=True)
class TransposedConvolution(Sliding):
    """Base of `Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose`: what a convolution made small, it makes large again.

    It is the transpose of a `Convolution` as a linear map: input `x[p, c]` adds `x[p, c] · W[k, o, c]` to the output `o` at
    `p · strides + k · dilation_rate`, some of which padding cuts off; then come the bias and the activation. The array "kernel"
    `W` has shape `(*kernel_size, filters, channels)`, "bias" `(filters,)`.

    An axis of `size` becomes `size · stride` with padding "same", and `(size − 1) · stride + max(span, stride)` with "valid",
    where the window spans `(kernel_size − 1) · dilation_rate + 1`. With `output_padding` it becomes `(size − 1) · stride +
    output_padding`, plus 1 for an odd span and 0 for an even one with "same", plus the span with "valid".

    Args:
        filters: How many channels come out.
        kernel_size: Entries of the window, one number or one an axis.
        strides: How far apart the windows of neighbouring inputs lie.
        padding: "valid" or "same".
        output_padding: Settles which of the sizes that a convolution with these strides maps to the input's comes out; below the
            strides.
        data_format: As in `Convolution`, and so are all arguments that follow.
        dilation_rate: How far the entries of the window lie apart.
        activation: A name, a function of an array, or None for linear.
        use_bias: Whether there is a bias.
        kernel_initializer: How `W` begins.
        bias_initializer: How the bias begins.
        kernel_regularizer: A penalty on `W`, as in Keras.
        bias_regularizer: A penalty on the bias.
        kernel_constraint: What `W` is brought back to after each step.
        bias_constraint: Likewise for the bias.

    Raises:
        ArgumentError: A value cannot be used, `output_padding` is not below strides, or strides and dilation are both above 1.
        ShapeError: At build: the input has another number of axes, or nothing would come out.

    Source:
        Dumoulin and Visin 2016, A guide to convolution arithmetic for deep learning, chapter 4.
    """

    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    output_padding: int | tuple[int, ...] | None = None
    data_format: str | None = None
    dilation_rate: int | tuple[int, ...] = 1
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
        count(self, filters=1)
        super().__post_init__()
        if self.output_padding is None:
            return
        object.__setattr__(self, "output_padding", own := per_axis(self, "output_padding", self.output_padding, self.rank, 0))
        if any(more >= stride for more, stride in zip(own, self.strides, strict=True)):  # type: ignore[arg-type]
            raise ArgumentError(
                f"The 'output_padding' of {type(self).__name__} must be below its strides along every axis. "
                f"Got output_padding={own} and strides={self.strides}."
            )

    def amounts(self, sizes: Shape) -> Amounts:
        """The zeros of the convolution that this transposes: what is cut off the output, or added where negative."""
        del sizes
        more: tuple[int | None, ...] = self.output_padding or (None,) * self.rank  # type: ignore[assignment]
        axes: Any = zip(self.kernel_size, self.strides, self.dilation_rate, more, strict=True)  # type: ignore[arg-type]
        return tuple(_cut((k - 1) * apart + 1, stride, self.padding, own) for k, stride, apart, own in axes)

    def output_sizes(self, sizes: Shape) -> Shape:
        """The sizes that come out."""
        axes: Any = zip(sizes, self.kernel_size, self.strides, self.dilation_rate, self.amounts(sizes), strict=True)  # type: ignore[arg-type]
        return tuple((n - 1) * stride + (k - 1) * apart + 1 - sum(cut) for n, k, stride, apart, cut in axes)

    def kernel_shapes(self, sizes: Shape, channels: int) -> dict[str, Shape]:
        """`W`."""
        del sizes
        return {"kernel": (*self.kernel_size, self.filters, channels)}  # type: ignore[misc]

    def slide(self, params: Params, x: Array) -> Array:
        """The transposed convolution."""
        sizes = x.shape[1:-1]
        return transposed(
            x,
            params["kernel"],
            sizes=self.output_sizes(sizes),
            strides=self.strides,  # type: ignore[arg-type]
            padding=self.amounts(sizes),
            dilation=self.dilation_rate,  # type: ignore[arg-type]
        )


def _cut(span: int, stride: int, padding: str, output_padding: int | None) -> tuple[int, int]:
    """How much of all that the windows cover, `(size − 1) · stride + span`, is cut off in front and behind, as in Keras."""
    if padding == "valid":
        return 0, span - max(span, stride) if output_padding is None else -output_padding
    cut = span - stride if output_padding is None else span - span % 2 - output_padding
    before = max(cut // 2, 0)
    return before, cut - before


@dataclass(frozen=True)
class Conv1DTranspose(TransposedConvolution):
    """Transposed convolution along one axis; the arguments are those of `TransposedConvolution`.

    Examples:
        >>> import numpy as np
        >>> Conv1DTranspose(3, kernel_size=4, strides=2)(np.ones((1, 5, 2))).shape
        (1, 12, 3)
    """

    rank: ClassVar[int] = 1


@dataclass(frozen=True)
class Conv2DTranspose(TransposedConvolution):
    """Transposed convolution along two axes; the arguments are those of `TransposedConvolution`.

    Examples:
        >>> import numpy as np
        >>> layer = Conv2DTranspose(3, kernel_size=3, strides=2, padding="same")
        >>> layer(np.ones((1, 5, 4, 2))).shape
        (1, 10, 8, 3)
        >>> [w.shape for w in layer.get_weights()]
        [(3, 3, 3, 2), (3,)]
    """

    rank: ClassVar[int] = 2


@dataclass(frozen=True)
class Conv3DTranspose(TransposedConvolution):
    """Transposed convolution along three axes; the arguments are those of `TransposedConvolution`, in their order.

    (Keras has `data_format` before `output_padding` in this layer alone: name them.)

    Examples:
        >>> import numpy as np
        >>> Conv3DTranspose(1, kernel_size=2, strides=2)(np.ones((1, 2, 3, 4, 2))).shape
        (1, 4, 6, 8, 1)
    """

    rank: ClassVar[int] = 3
