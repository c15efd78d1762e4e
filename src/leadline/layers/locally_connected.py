"""Locally connected layers: as convolution, but every position of the window has weights of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp

from leadline.layers.arguments import count
from leadline.layers.sliding import Sliding
from leadline.ops.windows import patches
from leadline.structure import traced
from leadline.types import Array, Params, Shape

__all__ = ["LocallyConnected", "LocallyConnected1D", "LocallyConnected2D"]


@dataclass(frozen=True)
class LocallyConnected(Sliding):
    """Base of `LocallyConnected1D` and `LocallyConnected2D`: neurons that look at a window each, and share no weights.

    At position `p`, `a[p, o] = g(Σ_k Σ_c x[p · strides + k, c] · W[p, (k, c), o] + b[p, o])`, with the array "kernel" `W` of
    shape `(positions, entries of the window · channels, filters)`, the positions of two axes in one (rows first), and "bias" `b`
    of shape `(*positions, filters)`. A `Conv1D` is the special case in which all positions have the same `W` and `b`.

    Args:
        filters: How many neurons stand at each position.
        kernel_size: Entries of the window, one number or one an axis.
        strides: How far the window moves from one position to the next.
        padding: "valid", the only one.
        data_format: "channels_last" by default, or "channels_first": `(batch, channels, *sizes)`. With the latter the second axis
            of `W` has the entries of a channel together, otherwise the channels of an entry.
        activation: A name, a function of an array, or None for linear.
        use_bias: Whether there is a `b`.
        kernel_initializer: How `W` begins; its shape is taken as it stands, so that the positions count among the inputs.
        bias_initializer: How `b` begins.
        kernel_regularizer: A penalty on `W`, as in Keras.
        bias_regularizer: A penalty on `b`.
        kernel_constraint: What `W` is brought back to after each step.
        bias_constraint: Likewise for `b`.

    Raises:
        ArgumentError: A value cannot be used.
        ShapeError: At build: the input has another number of axes, or no room for the window.

    Source:
        Ng, Advanced Learning Algorithms, week 2; arguments and arrays are those of Keras 2 with `implementation=1`.
    """

    filters: int
    kernel_size: int | tuple[int, ...]
    strides: int | tuple[int, ...] = 1
    padding: str = "valid"
    data_format: str | None = None
    activation: str | Callable[[Array], Array] | None = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    kernel_regularizer: Any = traced(default=None)
    bias_regularizer: Any = traced(default=None)
    kernel_constraint: Any = traced(default=None)
    bias_constraint: Any = traced(default=None)

    paddings: ClassVar[tuple[str, ...]] = ("valid",)
    weight_names: ClassVar[tuple[str, ...]] = ("kernel", "bias")
    kernel_names: ClassVar[tuple[str, ...]] = ("kernel",)

    def __post_init__(self) -> None:
        count(self, filters=1)
        super().__post_init__()

    def kernel_shapes(self, sizes: Shape, channels: int) -> dict[str, Shape]:
        """`W`."""
        entries = math.prod(self.kernel_size)  # type: ignore[arg-type]
        return {"kernel": (math.prod(self.output_sizes(sizes)), entries * channels, self.filters)}

    def bias_shape(self, sizes: Shape, channels: int) -> Shape:
        """One number for each neuron."""
        del channels
        return (*self.output_sizes(sizes), self.filters)

    def slide(self, params: Params, x: Array) -> Array:
        """What each neuron makes of its window."""
        sizes, channels = x.shape[1:-1], x.shape[-1]
        seen = patches(x, self.kernel_size, self.strides, self.dilation_rate, self.amounts(sizes))  # type: ignore[arg-type]
        placed = seen.shape[:-1]
        if self.data_format == "channels_first":
            seen = jnp.moveaxis(seen.reshape(*placed, -1, channels), -1, -2)
        flat = seen.reshape(x.shape[0], math.prod(placed[1:]), -1)
        return jnp.einsum("bpk,pko->bpo", flat, params["kernel"]).reshape(*placed, self.filters)


@dataclass(frozen=True)
class LocallyConnected1D(LocallyConnected):
    """Neurons along one axis, each with weights of its own; the arguments are those of `LocallyConnected`.

    Examples:
        Nine neurons that each read 20 of 100 samples with 20 weights and a bias of their own:

        >>> import numpy as np
        >>> layer = LocallyConnected1D(filters=1, kernel_size=20, strides=10, activation="relu")
        >>> layer(np.ones((2, 100, 1))).shape
        (2, 9, 1)
        >>> [w.shape for w in layer.get_weights()]
        [(9, 20, 1), (9, 1)]
    """

    rank: ClassVar[int] = 1


@dataclass(frozen=True)
class LocallyConnected2D(LocallyConnected):
    """Neurons along two axes, each with weights of its own; the arguments are those of `LocallyConnected`.

    Examples:
        >>> import numpy as np
        >>> layer = LocallyConnected2D(4, kernel_size=(3, 2))
        >>> layer(np.ones((1, 5, 4, 2))).shape
        (1, 3, 3, 4)
        >>> [w.shape for w in layer.get_weights()]
        [(9, 12, 4), (3, 3, 4)]
    """

    rank: ClassVar[int] = 2
