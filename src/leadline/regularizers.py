"""Regularizers: the price of large weights, added to the loss that is minimised and never to the J that is reported.

These are Keras's penalties on one weight array: `l2 · Σ w²`, with neither the half nor the number of examples. The cost with
`λ/(2m) · Σ w²` is `L2(λ / (2m))`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, ShapeError, unknown_name
from leadline.precision import unit, widened
from leadline.structure import Structure, traced
from leadline.types import Array

__all__ = ["L1", "L1L2", "L2", "REGULARIZERS", "FunctionRegularizer", "OrthogonalRegularizer", "Regularizer", "get"]

EPSILON = 1e-7
"""Vectors shorter than this are not brought to length one."""


class Regularizer(Structure):
    """Base of the regularizers: a weight array to a scalar penalty. Strengths are traced, so one program serves many of them."""

    def __call__(self, x: Array) -> Array:
        """The penalty of a weight array, a scalar of its dtype."""
        raise NotImplementedError


def _check_strength(owner: str, name: str, value: object) -> None:
    if isinstance(value, (int, float, np.floating, np.integer)) and not 0 <= value < float("inf"):
        raise ArgumentError(f"{owner} needs a finite strength of 0 or more; got {name}={value}.")


def _absolute_sum(x: Array) -> Array:
    # As a maximum, the gradient at 0 is 0; of `jnp.abs` it is 1, which would move a weight that is already there.
    return jnp.sum(jnp.maximum(x, -x))


@dataclass(frozen=True)
class L1(Regularizer):
    """The sum of absolute weights, `l1 · Σ |w|`: drives weights to exactly zero.

    Attributes:
        l1: The strength, not negative.

    Raises:
        ArgumentError: The strength is negative or not finite.

    Examples:
        >>> float(L1(0.5)(jnp.array([-1.0, 3.0])))
        2.0
    """

    l1: float = traced(default=0.01)

    def __post_init__(self) -> None:
        _check_strength("L1", "l1", self.l1)

    def __call__(self, x: Array) -> Array:
        """`l1 · Σ |x|`."""
        return self.l1 * _absolute_sum(x)


@dataclass(frozen=True)
class L2(Regularizer):
    """The sum of squared weights, `l2 · Σ w²`: keeps weights small.

    Attributes:
        l2: The strength, not negative.

    Raises:
        ArgumentError: The strength is negative or not finite.

    Examples:
        >>> float(L2(0.5)(jnp.array([-1.0, 3.0])))
        5.0
    """

    l2: float = traced(default=0.01)

    def __post_init__(self) -> None:
        _check_strength("L2", "l2", self.l2)

    def __call__(self, x: Array) -> Array:
        """`l2 · Σ x²`."""
        return self.l2 * jnp.sum(jnp.square(x))


@dataclass(frozen=True)
class L1L2(Regularizer):
    """Both penalties, `l1 · Σ |w| + l2 · Σ w²` (the elastic net).

    Attributes:
        l1: The strength of the absolute weights, not negative.
        l2: The strength of the squared weights, not negative.

    Raises:
        ArgumentError: A strength is negative or not finite.

    Examples:
        >>> float(L1L2(l1=0.5, l2=0.5)(jnp.array([-1.0, 3.0])))
        7.0
    """

    l1: float = traced(default=0.0)
    l2: float = traced(default=0.0)

    def __post_init__(self) -> None:
        _check_strength("L1L2", "l1", self.l1)
        _check_strength("L1L2", "l2", self.l2)

    def __call__(self, x: Array) -> Array:
        """`l1 · Σ |x| + l2 · Σ x²`."""
        return self.l1 * _absolute_sum(x) + self.l2 * jnp.sum(jnp.square(x))


@dataclass(frozen=True)
class OrthogonalRegularizer(Regularizer):
    """The mean absolute cosine between two rows, or two columns, of a matrix: `factor · mean |cos(wᵢ, wⱼ)|` over all pairs.

    A row of zeros has the cosine 0 with any other, and a single row costs nothing.

    Attributes:
        factor: The strength, not negative.
        mode: "rows" or "columns": what is to become orthogonal. Of a dense kernel `(inputs, units)`, columns are units.

    Raises:
        ArgumentError: The strength is negative or not finite, or the mode is unknown.

    Examples:
        >>> regularizer = OrthogonalRegularizer(0.5)
        >>> float(regularizer(jnp.eye(3))), float(regularizer(jnp.ones((3, 2)))) > 0.4999
        (0.0, True)
    """

    factor: float = traced(default=0.01)
    mode: str = "rows"

    def __post_init__(self) -> None:
        _check_strength("OrthogonalRegularizer", "factor", self.factor)
        if self.mode not in ("rows", "columns"):
            raise unknown_name("mode of OrthogonalRegularizer", self.mode, ("rows", "columns"))

    def __call__(self, x: Array) -> Array:
        """`factor · mean |cos|` over the pairs.

        Raises:
            ShapeError: The array is no matrix.
        """
        if x.ndim != 2:
            raise ShapeError(f"OrthogonalRegularizer reads matrices; got a weight array of shape {x.shape}. Take L2 for it.")
        rows = unit(widened(x if self.mode == "rows" else x.T), (1,), EPSILON)
        count = rows.shape[0]
        cosines = jnp.where(jnp.eye(count, dtype=bool), 0, rows @ rows.T)
        return (self.factor * _absolute_sum(cosines) / max(1, count * (count - 1))).astype(x.dtype)


@dataclass(frozen=True)
class FunctionRegularizer(Regularizer):
    """Any function of a weight array as a regularizer; the function is part of the program.

    Attributes:
        function: An array to a scalar.

    Examples:
        >>> float(FunctionRegularizer(jnp.max)(jnp.array([-1.0, 3.0])))
        3.0
    """

    function: Callable[[Array], Array]

    def __call__(self, x: Array) -> Array:
        """What the function gives."""
        return self.function(x)


REGULARIZERS: Mapping[str, type[Regularizer]] = MappingProxyType(
    {"L1": L1, "L1L2": L1L2, "L2": L2, "l1": L1, "l1l2": L1L2, "l2": L2}
    | {"OrthogonalRegularizer": OrthogonalRegularizer, "orthogonal_regularizer": OrthogonalRegularizer}
)


def get(identifier: str | Regularizer | type[Regularizer] | Callable[[Array], Array] | None) -> Regularizer | None:
    """The regularizer meant by a name, a class, an instance or a function of an array; None for None.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("l2"), get(None)
        (L2(l2=0.01), None)
    """
    if identifier is None or isinstance(identifier, Regularizer):
        return identifier
    if isinstance(identifier, str):
        if identifier not in REGULARIZERS:
            raise unknown_name("regularizer", identifier, REGULARIZERS)
        return REGULARIZERS[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Regularizer):
        return identifier()
    if callable(identifier) and not isinstance(identifier, type):
        return FunctionRegularizer(identifier)
    raise ArgumentError(
        f"A regularizer must be a name such as 'l2', a Regularizer such as L2(0.01), a function of an array, or None; "
        f"got {identifier!r} of type {type(identifier).__name__}."
    )
