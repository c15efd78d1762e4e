"""Activation functions with numbers of their own, given or trained, as layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax

from leadline import activations
from leadline.layers.arguments import number, per_axis
from leadline.layers.axes import Axial, axes_of
from leadline.layers.layer import Layer
from leadline.structure import traced
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["ELU", "LeakyReLU", "PReLU", "ReLU", "Softmax"]


@dataclass(frozen=True)
class ReLU(Layer):
    """`min(max(x, 0), max_value)` where `x ≥ threshold`, else `negative_slope · (x − threshold)`.

    Args:
        max_value: The largest value given; None for no limit.
        negative_slope: The slope below the threshold.
        threshold: Where the unit begins to answer.

    Raises:
        ArgumentError: A negative number.

    Examples:
        >>> ReLU(max_value=6.0)([[-2.0, 0.5, 9.0]]).tolist()
        [[0.0, 0.5, 6.0]]
    """

    max_value: float | None = None
    negative_slope: float = 0.0
    threshold: float = 0.0

    def __post_init__(self) -> None:
        for name in ("negative_slope", "threshold") if self.max_value is None else ("max_value", "negative_slope", "threshold"):
            number(self, name)
        super().__post_init__()

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The function of a batch."""
        del params, training, key
        return activations.relu(x, self.negative_slope, self.max_value, self.threshold), state


@dataclass(frozen=True)
class LeakyReLU(Layer):
    """`x` where `x ≥ 0`, else `negative_slope · x`.

    Args:
        negative_slope: The slope of the negative half, at least 0; traced.

    Raises:
        ArgumentError: `negative_slope` is negative, or no number.

    Examples:
        >>> LeakyReLU(0.25)([[-2.0, 3.0]]).tolist()
        [[-0.5, 3.0]]
    """

    negative_slope: float = traced(default=0.3)

    def __post_init__(self) -> None:
        number(self, "negative_slope")
        super().__post_init__()

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The function of a batch."""
        del params, training, key
        return activations.leaky_relu(x, self.negative_slope), state


@dataclass(frozen=True)
class PReLU(Layer):
    """`x` where `x ≥ 0`, else `α · x`, with a trained `α`: the array "alpha", one number for each entry of an example.

    Args:
        alpha_initializer: How α begins.
        alpha_regularizer: A penalty on α.
        alpha_constraint: What α is brought back to after each step.
        shared_axes: The axes along which all have one α, counted with the batch as axis 0: `(1, 2)` for one a channel of images.

    Raises:
        ArgumentError: A name is unknown; `shared_axes` are no whole numbers, or have the axis of the batch.
        ShapeError: At build: the input has no such axis.

    Source:
        He et al. 2015, eq. 1.

    Examples:
        >>> PReLU("ones")([[-2.0, 3.0]]).tolist()
        [[-2.0, 3.0]]
    """

    alpha_initializer: Any = "Zeros"
    alpha_regularizer: Any = traced(default=None)
    alpha_constraint: Any = traced(default=None)
    shared_axes: Any = None

    weight_names: ClassVar[tuple[str, ...]] = ("alpha",)

    def __post_init__(self) -> None:
        if self.shared_axes is not None:
            given = tuple(self.shared_axes) if isinstance(self.shared_axes, (tuple, list)) else (self.shared_axes,)
            object.__setattr__(self, "shared_axes", per_axis(self, "shared_axes", given, len(given), None))
        super().__post_init__()

    def shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """α: the shape of an example, 1 along the shared axes."""
        shared = axes_of(self, self.shared_axes or (), input_shape)
        return {"alpha": tuple(1 if axis in shared else size for axis, size in enumerate(input_shape, start=1))}

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The function of a batch."""
        del training, key
        return jax.nn.relu(x) - params["alpha"] * jax.nn.relu(-x), state


@dataclass(frozen=True)
class ELU(Layer):
    """`x` where `x > 0`, else `alpha · (eˣ − 1)`.

    Args:
        alpha: Minus the limit at −∞; traced.

    Examples:
        >>> ELU()([[float("-inf"), 3.0]]).tolist()
        [[-1.0, 3.0]]
    """

    alpha: float = traced(default=1.0)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The function of a batch."""
        del params, training, key
        return activations.elu(x, self.alpha), state


@dataclass(frozen=True)
class Softmax(Axial):
    """Probabilities that sum to one along an axis, or several together.

    Args:
        axis: Counted with the batch as axis 0; the last by default.

    Raises:
        ArgumentError: The axis of the batch.
        ShapeError: At build: the input has no such axis.

    Examples:
        >>> Softmax()([[1.0, 1.0]]).tolist()
        [[0.5, 0.5]]
    """

    axis: Any = -1

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The probabilities of a batch."""
        del params, training, key
        return activations.softmax(x, self.axes(x.shape[1:])), state
