"""Constraints: what a weight array is brought back to after each step of training.

Norms are Euclidean. As in Keras, 1e-7 is added to a norm before it divides, so that a vector of zeros stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, ShapeError, unknown_name
from leadline.precision import widened
from leadline.structure import Structure, traced
from leadline.types import Array

__all__ = ["CONSTRAINTS", "Constraint", "FunctionConstraint", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm", "get"]

EPSILON = 1e-7
"""What is added to a norm before it divides."""


class Constraint(Structure):
    """Base of the constraints: a weight array to the nearest one that is allowed, of the same shape and dtype.

    Limits are traced, so one program serves many of them.
    """

    def __call__(self, w: Array) -> Array:
        """The array, constrained."""
        raise NotImplementedError


def _check_limit(owner: str, name: str, value: object, most: float = float("inf")) -> None:
    if isinstance(value, (int, float, np.floating, np.integer)) and not 0 <= value <= most:
        wanted = "of 0 or more" if most == float("inf") else f"from 0 to {most:g}"
        raise ArgumentError(f"{owner} needs a {name} {wanted}; got {name}={value}.")


@dataclass(frozen=True)
class NonNeg(Constraint):
    """No weight below zero, `max(w, 0)`.

    Examples:
        >>> NonNeg()(jnp.array([-1.0, 3.0])).tolist()
        [0.0, 3.0]
    """

    def __call__(self, w: Array) -> Array:
        """`max(w, 0)`."""
        return jnp.maximum(w, 0)


def _axes(axis: Any) -> tuple[Any, ...]:
    """The axes that are named, one by one."""
    return () if axis is None else tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)


class NormConstraint(Constraint):
    """Base of the constraints that bring the norms of vectors in a weight array to wanted ones.

    Attributes:
        axis: The axis or axes along which the vectors lie, None for the whole array. Of a dense kernel `(inputs, units)`, 0 holds
            the weights of each unit; of a convolution's `(height, width, channels, filters)`, (0, 1, 2) those of each filter.
    """

    axis: int | tuple[int, ...] | None

    def __post_init__(self) -> None:
        if any(isinstance(axis, bool) or not isinstance(axis, (int, np.integer)) for axis in _axes(self.axis)):
            got = f"got axis={self.axis!r}"
            raise ArgumentError(f"The axis of {type(self).__name__} must be a whole number, a tuple of them, or None; {got}.")
        if isinstance(self.axis, list):
            object.__setattr__(self, "axis", tuple(self.axis))

    def wanted(self, norms: Array) -> Array:
        """The norms that the vectors are brought to."""
        raise NotImplementedError

    def __call__(self, w: Array) -> Array:
        """`w · wanted / (1e-7 + norm)`, with the norms along `axis`.

        Raises:
            ShapeError: The array has no such axis.
        """
        if any(not -w.ndim <= axis < w.ndim for axis in _axes(self.axis)):
            name, shape = type(self).__name__, w.shape
            raise ShapeError(
                f"{name} takes norms along axis {self.axis}, and the weight array has the shape {shape}. Give its axis=."
            )
        # In half precision 1e-7 is nothing.
        wide = widened(w)
        norms = jnp.sqrt(jnp.sum(jnp.square(wide), axis=self.axis, keepdims=True))
        return (wide * (self.wanted(norms) / (EPSILON + norms))).astype(w.dtype)


@dataclass(frozen=True)
class MaxNorm(NormConstraint):
    """Vectors no longer than `max_value`; longer ones are shortened (Srivastava et al., 2014, section 5.1).

    Attributes:
        max_value: The largest norm, not negative.
        axis: The axis or axes along which the vectors lie.

    Raises:
        ArgumentError: The limit is negative, or the axis is no axis.

    Examples:
        >>> MaxNorm(2.5)(jnp.array([[3.0, 0.25], [4.0, 0.0]])).round(4).tolist()
        [[1.5, 0.25], [2.0, 0.0]]
    """

    max_value: float = traced(default=2.0)
    axis: int | tuple[int, ...] | None = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_limit("MaxNorm", "max_value", self.max_value)

    def wanted(self, norms: Array) -> Array:
        """`min(norm, max_value)`."""
        return jnp.minimum(norms, self.max_value)


@dataclass(frozen=True)
class UnitNorm(NormConstraint):
    """Vectors of length one.

    Attributes:
        axis: The axis or axes along which the vectors lie.

    Raises:
        ArgumentError: The axis is no axis.

    Examples:
        >>> UnitNorm()(jnp.array([[0.0, 3.0], [4.0, 0.0]])).round(4).tolist()
        [[0.0, 1.0], [1.0, 0.0]]
    """

    axis: int | tuple[int, ...] | None = 0

    def wanted(self, norms: Array) -> Array:
        """One."""
        return jnp.ones_like(norms)


@dataclass(frozen=True)
class MinMaxNorm(NormConstraint):
    """Vectors with a norm between two limits, reached at once or by and by.

    Attributes:
        min_value: The smallest norm, not negative.
        max_value: The largest norm, not below the smallest.
        rate: From 0 to 1: a norm becomes `(1 − rate) · norm + rate · clip(norm, min_value, max_value)`.
        axis: The axis or axes along which the vectors lie.

    Raises:
        ArgumentError: A limit or the rate is out of its range, the limits are in the wrong order, or the axis is no axis.

    Examples:
        >>> MinMaxNorm(1.0, 2.5, rate=0.5)(jnp.array([[3.0], [4.0]])).round(4).tolist()
        [[2.25], [3.0]]
    """

    min_value: float = traced(default=0.0)
    max_value: float = traced(default=1.0)
    rate: float = traced(default=1.0)
    axis: int | tuple[int, ...] | None = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_limit("MinMaxNorm", "min_value", self.min_value)
        _check_limit("MinMaxNorm", "max_value", self.max_value)
        _check_limit("MinMaxNorm", "rate", self.rate, most=1.0)
        numbers = all(isinstance(value, (int, float, np.floating, np.integer)) for value in (self.min_value, self.max_value))
        if numbers and self.min_value > self.max_value:
            got = f"got min_value={self.min_value}, max_value={self.max_value}"
            raise ArgumentError(f"MinMaxNorm needs min_value ≤ max_value; {got}.")

    def wanted(self, norms: Array) -> Array:
        """`(1 − rate) · norm + rate · clip(norm, min_value, max_value)`."""
        return self.rate * jnp.clip(norms, self.min_value, self.max_value) + (1 - self.rate) * norms


@dataclass(frozen=True)
class FunctionConstraint(Constraint):
    """Any function of a weight array as a constraint; the function is part of the program.

    Attributes:
        function: An array to an array of the same shape.

    Examples:
        >>> FunctionConstraint(jnp.tanh)(jnp.array([0.0])).tolist()
        [0.0]
    """

    function: Callable[[Array], Array]

    def __call__(self, w: Array) -> Array:
        """What the function gives.

        Raises:
            ShapeError: It gives an array of another shape.
        """
        held = self.function(w)
        if held.shape != w.shape:
            name = getattr(self.function, "__name__", self.function)
            raise ShapeError(f"The constraint {name} must keep the shape of a weight array; it made {held.shape} of {w.shape}.")
        return held


CONSTRAINTS: Mapping[str, type[Constraint]] = MappingProxyType(
    {
        "MaxNorm": MaxNorm,
        "MinMaxNorm": MinMaxNorm,
        "NonNeg": NonNeg,
        "UnitNorm": UnitNorm,
        "max_norm": MaxNorm,
        "min_max_norm": MinMaxNorm,
        "non_neg": NonNeg,
        "unit_norm": UnitNorm,
    }
)
"""As in Keras: "MaxNorm" and "max_norm"."""


def get(identifier: str | Constraint | type[Constraint] | Callable[[Array], Array] | None) -> Constraint | None:
    """The constraint meant by a name, a class, an instance or a function of an array; None for None.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("max_norm"), get(None)
        (MaxNorm(max_value=2.0, axis=0), None)
    """
    if identifier is None or isinstance(identifier, Constraint):
        return identifier
    if isinstance(identifier, str):
        if identifier not in CONSTRAINTS:
            raise unknown_name("constraint", identifier, CONSTRAINTS)
        return CONSTRAINTS[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Constraint):
        return identifier()
    if callable(identifier) and not isinstance(identifier, type):
        return FunctionConstraint(identifier)
    raise ArgumentError(
        f"A constraint must be a name such as 'max_norm', a Constraint such as MaxNorm(3.0), a function of an array, or None; "
        f"got {identifier!r} of type {type(identifier).__name__}."
    )
