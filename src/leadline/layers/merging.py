"""Layers that make one output of several inputs."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jax import lax

from leadline.errors import ShapeError
from leadline.layers.arguments import per_axis
from leadline.layers.axes import axes_of
from leadline.layers.layer import Layer
from leadline.precision import unit
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["Add", "Average", "Concatenate", "Dot", "Maximum", "Merging", "Minimum", "Multiply", "Subtract"]

Shapes = tuple[Shape, ...]
Batches = tuple[Array, ...]


@dataclass(frozen=True)
class Merging(Layer):
    """Base of the layers that read a list of inputs.

    Those that work entry by entry broadcast: an axis of length 1 is stretched, and inputs with fewer axes get such axes in front
    (behind the batch).

    Raises:
        ShapeError: At build: the shapes do not fit together, or their number is wrong; when applied: batches of several lengths.
    """

    takes_many: ClassVar[bool] = True
    inputs: ClassVar[int | None] = None
    """How many inputs it reads; None for any number from 1."""
    combine: ClassVar[Any]
    """What it makes of two."""

    def output_shape(self, input_shape: Shapes) -> Shape:
        """What the shapes broadcast to."""
        self._counted(input_shape)
        try:
            return np.broadcast_shapes(*input_shape)
        except ValueError:
            return self.refuse(input_shape, "shapes that broadcast", "Sizes along an axis must be equal, or 1.")

    def apply(
        self, params: Params, state: State, x: Batches, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """One batch of all."""
        del params, training, key
        axes = max(one.ndim for one in x)
        same = [one.reshape(one.shape[0], *(1,) * (axes - one.ndim), *one.shape[1:]) for one in self._aligned(x)]
        return functools.reduce(type(self).combine, same), state

    def _counted(self, given: tuple[Any, ...]) -> None:
        if len(given) != self.inputs if self.inputs else not given:
            wanted = f"exactly {self.inputs} inputs" if self.inputs else "at least one input"
            raise ShapeError(f"Layer {self.label} reads {wanted}, and got {len(given)}.")

    def _aligned(self, x: Batches) -> Batches:
        self._counted(x)
        if len(lengths := {one.shape[0] for one in x}) > 1:
            raise ShapeError(f"Layer {self.label} got batches of {sorted(lengths)} examples. Give as many of each input.")
        return x


@dataclass(frozen=True)
class Add(Merging):
    """The sum of its inputs, entry by entry. See `Merging`.

    Examples:
        >>> Add()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
        [[11.0, 22.0]]
    """

    combine = staticmethod(jnp.add)


@dataclass(frozen=True)
class Subtract(Merging):
    """The first input less the second, entry by entry. See `Merging`.

    Examples:
        >>> Subtract()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
        [[-9.0, -18.0]]
    """

    inputs = 2
    combine = staticmethod(jnp.subtract)


@dataclass(frozen=True)
class Multiply(Merging):
    """The product of its inputs, entry by entry. See `Merging`.

    Examples:
        >>> Multiply()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
        [[10.0, 40.0]]
    """

    combine = staticmethod(jnp.multiply)


@dataclass(frozen=True)
class Average(Merging):
    """The mean of its inputs, entry by entry. See `Merging`.

    Examples:
        >>> Average()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
        [[5.5, 11.0]]
    """

    combine = staticmethod(jnp.add)

    def apply(
        self, params: Params, state: State, x: Batches, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The mean of the batches."""
        total, state = super().apply(params, state, x, training=training, key=key)
        return total / len(x), state


@dataclass(frozen=True)
class Maximum(Merging):
    """The larger of its inputs, entry by entry; equal ones share the gradient. See `Merging`.

    Examples:
        >>> Maximum()([[[1.0, 20.0]], [[10.0, 2.0]]]).tolist()
        [[10.0, 20.0]]
    """

    combine = staticmethod(jnp.maximum)


@dataclass(frozen=True)
class Minimum(Merging):
    """The smaller of its inputs, entry by entry; equal ones share the gradient. See `Merging`.

    Examples:
        >>> Minimum()([[[1.0, 20.0]], [[10.0, 2.0]]]).tolist()
        [[1.0, 2.0]]
    """

    combine = staticmethod(jnp.minimum)


@dataclass(frozen=True)
class Concatenate(Merging):
    """Its inputs one after the other along an axis, along which alone they may differ.

    Args:
        axis: Counted with the batch as axis 0; the last by default.

    Raises:
        ArgumentError: It is no whole number, or the axis of the batch.
        ShapeError: At build: there is no such axis, or another size differs.

    Examples:
        >>> Concatenate()([[[1.0, 2.0]], [[3.0]]]).tolist()
        [[1.0, 2.0, 3.0]]
    """

    axis: int = -1

    def __post_init__(self) -> None:
        object.__setattr__(self, "axis", per_axis(self, "axis", self.axis, 1, None)[0])
        super().__post_init__()

    def output_shape(self, input_shape: Shapes) -> Shape:
        """The sizes along the axis, added."""
        self._counted(input_shape)
        (axis,) = axes_of(self, self.axis, input_shape[0])
        if len({(len(one), one[: axis - 1], one[axis:]) for one in input_shape}) > 1:
            self.refuse(input_shape, f"shapes that are equal but for axis {self.axis}")
        return (*input_shape[0][: axis - 1], sum(one[axis - 1] for one in input_shape), *input_shape[0][axis:])

    def apply(
        self, params: Params, state: State, x: Batches, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batches, joined."""
        del params, training, key
        return jnp.concatenate(self._aligned(x), self.axis), state


@dataclass(frozen=True)
class Dot(Merging):
    """The sum over one axis of products of two inputs, example by example.

    The other axes of the first are followed by those of the second: `(a, b)` and `(c, b)` with `axes=2` give `(a, c)`; two
    vectors give `(1,)`.

    Args:
        axes: The axis of both, or one of each, counted with the batch as axis 0.
        normalize: Whether to bring each input to length 1 along its axis first: the cosine of their angle.

    Raises:
        ArgumentError: Neither one nor two whole numbers; the axis of the batch.
        ShapeError: At build: no such axis, or the sizes along the axes differ.

    Examples:
        >>> Dot(axes=1)([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist()
        [[50.0]]
    """

    axes: Any
    normalize: bool = False

    inputs = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "axes", per_axis(self, "axes", self.axes, 2, None))
        super().__post_init__()

    def _contracted(self, shapes: Shapes) -> tuple[int, int]:
        self._counted(shapes)
        first, second = (axes_of(self, axis, shape)[0] for axis, shape in zip(self.axes, shapes, strict=True))
        if shapes[0][first - 1] != shapes[1][second - 1]:
            self.refuse(shapes, f"equal sizes along axes {self.axes}")
        return first, second

    def output_shape(self, input_shape: Shapes) -> Shape:
        """The other sizes of the first, then those of the second; `(1,)` where there are none."""
        axes = self._contracted(input_shape)
        left = [(*shape[: axis - 1], *shape[axis:]) for axis, shape in zip(axes, input_shape, strict=True)]
        return (*left[0], *left[1]) or (1,)

    def apply(
        self, params: Params, state: State, x: Batches, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The products of two batches."""
        del params, training, key
        one, two = self._aligned(x)
        shapes = (one.shape[1:], two.shape[1:])
        first, second = self._contracted(shapes)
        if self.normalize:
            one, two = unit(one, (first,), 1e-7), unit(two, (second,), 1e-7)
        product = lax.dot_general(one, two, (((first,), (second,)), ((0,), (0,))))
        return product.reshape(len(one), *self.output_shape(shapes)), state
