"""Metrics that call a prediction positive above a threshold, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import jax
import jax.numpy as jnp

from leadline.errors import ArgumentError, ShapeError
from leadline.loss import align, align_weights
from leadline.metric import Metric, Sums, added
from leadline.precision import widened
from leadline.types import Array, ArrayLike, default_float

__all__ = ["FalseNegatives", "FalsePositives", "Precision", "Recall", "ThresholdMetric", "TrueNegatives", "TruePositives"]
__all__ += ["binary", "column"]


def binary(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Targets as 0 and 1 (1 where they are not 0), predictions and weights, of one shape.

    Examples:
        >>> [values.tolist() for values in binary(jnp.array([0, 2]), jnp.array([0.3, 0.7]), None)]
        [[[0.0], [1.0]], [[0.3...], [0.6...]], [[1.0], [1.0]]]
    """
    y, f = align(y_true, y_pred)
    weights = jnp.ones_like(f) if sample_weight is None else align_weights(sample_weight, f)
    return (y != 0).astype(f.dtype), f, weights


def column(values: ArrayLike, index: int | None) -> Array:
    """One column of the last axis, `(batch, …, 1)`; all where the index is None.

    Raises:
        ShapeError: There is no such column.

    Examples:
        >>> column(jnp.array([[1, 2], [3, 4]]), 1).tolist()
        [[2], [4]]
    """
    array = jnp.asarray(values)
    if index is None:
        return array
    if array.ndim < 2 or not 0 <= index < array.shape[-1]:
        raise ShapeError(f"class_id={index} needs arrays with a last axis longer than that; got shape {array.shape}.")
    return array[..., index : index + 1]


@dataclass(frozen=True)
class ThresholdMetric(Metric):
    """Base of the metrics with thresholds.

    Attributes:
        thresholds: A prediction above it is positive: one number, or several for a result of shape (thresholds,); None for 0.5.
    """

    thresholds: float | tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.thresholds, list):
            object.__setattr__(self, "thresholds", tuple(self.thresholds))

    def limits(self) -> Array:
        """The thresholds, a scalar or `(thresholds,)`."""
        return jnp.asarray(0.5 if self.thresholds is None else self.thresholds, default_float())


@dataclass(frozen=True)
class TruePositives(ThresholdMetric):
    """How many positive examples are predicted to be, by their weights.

    Examples:
        >>> float(TruePositives()(jnp.array([0, 1, 1, 1]), jnp.array([1, 0, 1, 1])))
        2.0
    """

    is_positive: ClassVar[bool] = True
    is_called_positive: ClassVar[bool] = True
    name: str = field(default="true_positives", kw_only=True)

    def init(self) -> Array:
        """Zeros, one for each threshold."""
        return jnp.zeros_like(self.limits())

    def update(self, state: Array, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """Adds the weights of those that are so and are called so."""
        y, f, w = (values.ravel() for values in binary(y_true, y_pred, sample_weight))
        called = f > self.limits()[..., None]
        counted = (y == self.is_positive) & (called == self.is_called_positive)
        return state + jnp.sum(w * counted, axis=-1).astype(state.dtype)

    def result(self, state: Array) -> Array:
        """The count."""
        return state


@dataclass(frozen=True)
class FalsePositives(TruePositives):
    """How many negative examples are predicted to be positive, by their weights; attributes as `TruePositives`.

    Examples:
        >>> float(FalsePositives()(jnp.array([0, 1, 0, 0]), jnp.array([1, 0, 1, 0])))
        2.0
    """

    is_positive: ClassVar[bool] = False
    name: str = field(default="false_positives", kw_only=True)


@dataclass(frozen=True)
class TrueNegatives(TruePositives):
    """How many negative examples are predicted to be, by their weights; attributes as `TruePositives`.

    Examples:
        >>> float(TrueNegatives()(jnp.array([0, 1, 0, 0]), jnp.array([1, 0, 1, 0])))
        1.0
    """

    is_positive: ClassVar[bool] = False
    is_called_positive: ClassVar[bool] = False
    name: str = field(default="true_negatives", kw_only=True)


@dataclass(frozen=True)
class FalseNegatives(TruePositives):
    """How many positive examples are predicted to be negative, by their weights; attributes as `TruePositives`.

    Examples:
        >>> float(FalseNegatives()(jnp.array([0, 1, 1, 1]), jnp.array([1, 0, 1, 1])))
        1.0
    """

    is_called_positive: ClassVar[bool] = False
    name: str = field(default="false_negatives", kw_only=True)


@dataclass(frozen=True)
class Precision(ThresholdMetric):
    """Of what is predicted to be positive, the share that is: `TP / (TP + FP)`, 0 where nothing is.

    Attributes:
        thresholds: A prediction above it is positive: one number, or several for a result of shape (thresholds,); None for 0.5,
            and with `top_k` for no threshold.
        top_k: Only the k largest predictions of each row can be positive; None for all.
        class_id: The only column of outputs that is looked at; None for all.

    Examples:
        >>> round(float(Precision()(jnp.array([0, 1, 1, 1]), jnp.array([1, 0, 1, 1]))), 4)
        0.6667
    """

    top_k: int | None = None
    class_id: int | None = None
    name: str = field(default="precision", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.top_k is not None and self.top_k < 1:
            raise ArgumentError(f"{type(self).__name__} needs a top_k of 1 or more; got {self.top_k}.")
        if self.top_k is not None and self.thresholds is None:
            object.__setattr__(self, "thresholds", float("-inf"))

    def init(self) -> Sums:
        """Zeros, one for each threshold."""
        return Sums(jnp.zeros_like(self.limits()), jnp.zeros_like(self.limits()))

    def whole(self, positive: Array, predicted: Array) -> Array:
        """What the true positives are a share of: here the predicted ones."""
        del positive
        return predicted

    def update(self, state: Sums, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Sums:
        """Adds the true positives, and what they are a share of."""
        f = jnp.asarray(y_pred) if self.top_k is None else _largest(jnp.asarray(y_pred), self.top_k)
        y, f = column(y_true, self.class_id), column(f, self.class_id)
        y, f, w = (values.ravel() for values in binary(y, f, sample_weight))
        predicted = (f > self.limits()[..., None]).astype(f.dtype)
        return added(state, jnp.sum(w * y * predicted, axis=-1), jnp.sum(w * self.whole(y, predicted), axis=-1))


def _largest(f: Array, k: int) -> Array:
    """The k largest predictions of each row, the others minus infinity."""
    if f.ndim < 2 or f.shape[-1] < k:
        raise ShapeError(f"top_k={k} needs predictions of as many outputs; got shape {f.shape}.")
    kept = jnp.sum(jax.nn.one_hot(jax.lax.top_k(f, k)[1], f.shape[-1], dtype=bool), axis=-2, dtype=bool)
    return jnp.where(kept, widened(f), -jnp.inf)


@dataclass(frozen=True)
class Recall(Precision):
    """Of what is positive, the share that is predicted to be: `TP / (TP + FN)`, 0 where nothing is; attributes as `Precision`.

    Examples:
        >>> round(float(Recall()(jnp.array([0, 1, 1, 1]), jnp.array([1, 0, 1, 1]))), 4)
        0.6667
    """

    name: str = field(default="recall", kw_only=True)

    def whole(self, positive: Array, predicted: Array) -> Array:
        """What the true positives are a share of: here the positive ones."""
        return jnp.broadcast_to(positive, predicted.shape)
