"""Normalisation of each example for itself: by layer, by group, by root mean square, to length 1."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax.numpy as jnp
from jax import lax

from leadline.layers.arguments import per_axis
from leadline.layers.axes import Axial
from leadline.precision import narrowed, unit, widened
from leadline.structure import traced
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["GroupNormalization", "LayerNormalization", "RMSNormalization", "UnitNormalization"]
__all__ += ["Affine"]


class Affine(Axial):
    """Base of the normalisations with a trained scale "gamma" γ and shift "beta" β, which lie along the axes of the layer."""

    center: bool
    scale: bool

    weight_names: ClassVar[tuple[str, ...]] = ("gamma", "beta")

    def shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """γ and β, where the layer has them: the sizes along the axes."""
        shape = self.sizes(input_shape)
        return {name: shape for name, there in (("gamma", self.scale), ("beta", self.center)) if there}

    def stretched(self, params: Params, normal: Array) -> Array:
        """`normal · γ + β`."""
        axes = self.axes(normal.shape[1:])
        shape = [size if axis in axes else 1 for axis, size in enumerate(normal.shape)]
        wide = {name: array.astype(normal.dtype).reshape(shape) for name, array in params.items()}
        stretched: Array = normal * wide.get("gamma", 1.0) + wide.get("beta", 0.0)
        return stretched


@dataclass(frozen=True)
class LayerNormalization(Affine):
    """Brings the features of each example to mean 0 and variance 1: `(x − mean) / √(variance + ε) · γ + β`.

    Mean and variance are those of one example along `axis`; "gamma" γ and "beta" β have the shape of these axes. They are
    computed in float32 at least.

    Args:
        axis: The axis, or several, counted with the batch as axis 0.
        epsilon: ε.
        center: Whether there is a β.
        scale: Whether there is a γ.
        beta_initializer: How β begins.
        gamma_initializer: How γ begins.
        beta_regularizer: A penalty on β.
        gamma_regularizer: A penalty on γ.
        beta_constraint: What β is brought back to after each step.
        gamma_constraint: Likewise for γ.

    Raises:
        ArgumentError: The axis of the batch, or an unknown name.
        ShapeError: At build: the input has no such axis.

    Source:
        Ba, Kiros & Hinton 2016, eq. 4.

    Examples:
        >>> LayerNormalization(epsilon=0.0)([[1.0, 3.0]]).tolist()
        [[-1.0, 1.0]]
    """

    axis: Any = -1
    epsilon: float = traced(default=1e-3)
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    beta_regularizer: Any = traced(default=None)
    gamma_regularizer: Any = traced(default=None)
    beta_constraint: Any = traced(default=None)
    gamma_constraint: Any = traced(default=None)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, normalised."""
        del training, key
        axes, wide = self.axes(x.shape[1:]), widened(x)
        centred = wide - wide.mean(axes, keepdims=True)
        normal = centred * lax.rsqrt(wide.var(axes, keepdims=True) + self.epsilon)
        return narrowed(self.stretched(params, normal), x), state


@dataclass(frozen=True)
class GroupNormalization(Affine):
    """Divides the channels into groups and brings each group of an example to mean 0 and variance 1; then `· γ + β`.

    Mean and variance are taken over all other axes of the example and the channels of the group: with one group this is one
    normalisation of the whole example, with as many as channels the normalisation of each ("instance normalisation").

    Args:
        groups: How many; it divides the number of channels; -1 for one for each channel.
        axis: The axis of the channels, counted with the batch as axis 0.
        epsilon, center, scale, beta_…, gamma_…: As in `LayerNormalization`; γ and β have one number a channel.

    Raises:
        ArgumentError: `groups` is neither positive nor -1, the axis of the batch, or an unknown name.
        ShapeError: At build: the input has no such axis, or the groups do not divide its channels.

    Source:
        Wu & He 2018, eq. 7.

    Examples:
        >>> GroupNormalization(groups=2, epsilon=0.0)([[1.0, 3.0, 20.0, 10.0]]).tolist()
        [[-1.0, 1.0, 1.0, -1.0]]
    """

    groups: int = 32
    axis: int = -1
    epsilon: float = traced(default=1e-3)
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    beta_regularizer: Any = traced(default=None)
    gamma_regularizer: Any = traced(default=None)
    beta_constraint: Any = traced(default=None)
    gamma_constraint: Any = traced(default=None)

    takes_axes: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.groups != -1:
            object.__setattr__(self, "groups", per_axis(self, "groups", self.groups, 1)[0])
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """The same."""
        (channels,) = self.sizes(input_shape)
        if self.groups != -1 and channels % self.groups:
            self.refuse(input_shape, f"channels along axis {self.axis} that {self.groups} groups divide", "Set groups=.")
        return input_shape

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, normalised."""
        del training, key
        (axis,) = self.axes(x.shape[1:])
        groups = x.shape[axis] if self.groups == -1 else self.groups
        wide = widened(x).reshape(*x.shape[:axis], groups, x.shape[axis] // groups, *x.shape[axis + 1 :])
        others = tuple(other for other in range(1, wide.ndim) if other != axis)
        centred = wide - wide.mean(others, keepdims=True)
        normal = centred * lax.rsqrt(wide.var(others, keepdims=True) + self.epsilon)
        return narrowed(self.stretched(params, normal.reshape(x.shape)), x), state


@dataclass(frozen=True)
class RMSNormalization(Axial):
    """Divides the features of each example by their root mean square: `x / √(mean(x²) + ε) · scale`.

    Args:
        axis: The axis, or several, counted with the batch as axis 0; the array "scale" has their sizes and begins at 1.
        epsilon: ε.

    Raises:
        ArgumentError, ShapeError: As `LayerNormalization`.

    Source:
        Zhang & Sennrich 2019, eq. 4.

    Examples:
        >>> RMSNormalization(epsilon=0.0)([[3.0, -3.0]]).tolist()
        [[1.0, -1.0]]
    """

    axis: Any = -1
    epsilon: float = traced(default=1e-6)
    scale_initializer: Any = field(default="ones", init=False)

    weight_names: ClassVar[tuple[str, ...]] = ("scale",)

    def shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """The scale: the sizes along the axes."""
        return {"scale": self.sizes(input_shape)}

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, normalised."""
        del training, key
        axes, wide = self.axes(x.shape[1:]), widened(x)
        normal = wide * lax.rsqrt(jnp.mean(wide**2, axes, keepdims=True) + self.epsilon)
        scale = params["scale"].reshape([size if axis in axes else 1 for axis, size in enumerate(x.shape)])
        return narrowed(normal * scale.astype(wide.dtype), x), state


@dataclass(frozen=True)
class UnitNormalization(Axial):
    """Brings each example to Euclidean length 1: `x / max(‖x‖, 1e-12)`; zeros stay zeros.

    Args:
        axis: The axis along which the length is taken, or several, counted with the batch as axis 0.

    Raises:
        ArgumentError, ShapeError: As `LayerNormalization`.

    Examples:
        >>> UnitNormalization()([[3.0, 4.0]]).tolist()
        [[0.6..., 0.8...]]
    """

    axis: Any = -1

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, each example of length 1."""
        del params, training, key
        return unit(x, self.axes(x.shape[1:]), 1e-12), state
