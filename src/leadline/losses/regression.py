"""Losses of numbers: errors squared, absolute, relative, of logarithms, of directions, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError
from leadline.loss import EPSILON, Loss, align, is_known, refuse_rows
from leadline.losses.targets import check_not_negative
from leadline.precision import unit
from leadline.structure import traced
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["CosineSimilarity", "Huber", "LogCosh", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError"]
__all__ += ["MeanSquaredLogarithmicError"]


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """The mean over the outputs of `(f − y)²`: Keras's, without the half of a regression's J.

    Examples:
        >>> float(MeanSquaredError()(jnp.array([1.0, 2.0]), jnp.array([[1.0], [4.0]])))
        2.0
    """

    name: str = field(default="mean_squared_error", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        return jnp.mean(jnp.square(f - y), axis=-1)


@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """The mean over the outputs of `|f − y|`.

    Examples:
        >>> float(MeanAbsoluteError()(jnp.array([1.0, 2.0]), jnp.array([[1.0], [4.0]])))
        1.0
    """

    name: str = field(default="mean_absolute_error", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        # As a maximum, the gradient of an exact prediction is 0; of `jnp.abs` it is 1.
        return jnp.mean(jnp.maximum(f - y, y - f), axis=-1)


@dataclass(frozen=True)
class MeanAbsolutePercentageError(Loss):
    """The mean over the outputs of `100·|f − y| / max(|y|, 1e-7)`, in per cent of the target.

    Examples:
        >>> float(MeanAbsolutePercentageError()(jnp.array([2.0, 4.0]), jnp.array([1.0, 4.0])))
        25.0
    """

    name: str = field(default="mean_absolute_percentage_error", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        return 100 * jnp.mean(jnp.maximum(f - y, y - f) / jnp.maximum(jnp.abs(y), EPSILON), axis=-1)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets of 0, of which nothing is a percentage."""
        super().check(y, outputs)
        remedy = "Take mean_absolute_error, or a unit without zeros."
        refuse_rows(np.asarray(y), np.asarray(y) == 0, f"{type(self).__name__} needs targets that are not 0", remedy)


@dataclass(frozen=True)
class MeanSquaredLogarithmicError(Loss):
    """The mean over the outputs of `(ln(1 + f) − ln(1 + y))²`, both taken as at least 1e-7; below, the gradient is 0.

    Examples:
        >>> round(float(MeanSquaredLogarithmicError()(jnp.array([0.0]), jnp.array([1.0]))), 4)
        0.4805
    """

    name: str = field(default="mean_squared_logarithmic_error", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = (jnp.log1p(jnp.maximum(values, EPSILON)) for values in align(y_true, y_pred))
        return jnp.mean(jnp.square(f - y), axis=-1)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses negative targets, which would count as 0."""
        super().check(y, outputs)
        check_not_negative(self, y, "Take mean_squared_error for numbers of both signs.")


@dataclass(frozen=True)
class LogCosh(Loss):
    """The mean over the outputs of `ln cosh e` with `e = f − y`: about `e²/2` near 0 and `|e| − ln 2` far from it.

    Examples:
        >>> round(float(LogCosh()(jnp.array([0.0]), jnp.array([1.0]))), 4)
        0.4338
    """

    name: str = field(default="log_cosh", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        error = jnp.abs(f - y)
        # |e| + ln((1 + exp(−2|e|))/2), which keeps the digits of a small e and overflows at none.
        return jnp.mean(error + jnp.log1p(jnp.expm1(-2 * error) / 2), axis=-1)


@dataclass(frozen=True)
class Huber(Loss):
    """The mean over the outputs of `e²/2` where `|e| = |f − y| ≤ δ`, else `δ·(|e| − δ/2)` (Huber, 1964).

    Attributes:
        delta: δ, above 0, in the units of the target: where a residual begins to count as an outlier.

    Examples:
        >>> Huber(1.0).per_example(jnp.array([0.0, 0.0]), jnp.array([0.5, 3.0])).tolist()
        [0.125, 2.5]
    """

    delta: float = traced(default=1.0)
    name: str = field(default="huber_loss", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if is_known(self.delta) and not self.delta > 0:
            raise ArgumentError(f"Huber needs a delta above 0; got {self.delta}.")

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        error = jnp.abs(f - y)
        quadratic = jnp.minimum(error, jnp.asarray(self.delta, f.dtype))
        return jnp.mean(quadratic * (error - 0.5 * quadratic), axis=-1)


@dataclass(frozen=True)
class CosineSimilarity(Loss):
    """Minus the cosine between targets and predictions, `−Σ y·f / (‖y‖·‖f‖)`: −1 where they point one way, 1 where opposite.

    Norms are taken as at least 1e-7, so that a vector of zeros has similarity 0; where the sum of squares is more than the dtype
    holds (norms from 2e19 on, in single precision), it is 0 too.

    Attributes:
        axis: The axis of the vectors.

    Examples:
        >>> CosineSimilarity().per_example(jnp.array([[3.0, 4.0], [0.0, 1.0]]), jnp.array([[6.0, 8.0], [0.0, -1.0]])).tolist()
        [-1.0, 1.0]
    """

    axis: int = -1
    name: str = field(default="cosine_similarity", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The sum over the axis, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        return -jnp.sum(unit(y, (self.axis,), EPSILON) * unit(f, (self.axis,), EPSILON), axis=self.axis)
