"""What a loss is: one number an example, reduced to the one that is minimised.

Targets and predictions must have one shape: a column `(n, 1)` and a vector `(n,)` are aligned, anything else is refused and never
broadcast. Half precision is computed in float32.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeGuard

import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, DataError, ShapeError, unknown_name
from leadline.precision import widened
from leadline.structure import Structure
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["EPSILON", "REDUCTIONS", "Loss", "align", "align_weights", "finite_targets", "is_known", "refuse_rows"]

EPSILON = 1e-7
"""How far probabilities are kept from 0 and 1 before their logarithm is taken, and divisors from 0."""

REDUCTIONS = ("sum_over_batch_size", "mean", "sum", "mean_with_sample_weight", "none")
"""What may become of the losses of a batch. The first two are one thing: the sum divided by the number of losses."""


def align(y_true: ArrayLike, y_pred: ArrayLike, labels: bool = False) -> tuple[Array, Array]:
    """Targets in the shape of the predictions (class labels: without their last axis, as int32), and predictions, floating.

    Vectors become columns: `(n,)` is n examples of one output. A last axis of 1 that only one of the two has is dropped.

    Raises:
        ShapeError: The shapes do not fit.

    Examples:
        >>> [a.shape for a in align(jnp.array([1, 0]), jnp.array([[0.8], [0.3]]))]
        [(2, 1), (2, 1)]
        >>> [a.shape for a in align(jnp.array([[2], [0]]), jnp.zeros((2, 3)), labels=True)]
        [(2,), (2, 3)]
    """
    y, f = jnp.asarray(y_true), widened(jnp.asarray(y_pred))
    wanted = f.shape[:-1] if labels else f.shape
    if f.ndim > labels and y.shape == (*wanted, 1):
        y = y[..., 0]
    elif not labels and f.shape == (*y.shape, 1):
        f, wanted = f[..., 0], y.shape
    if f.ndim <= labels or y.shape != wanted:
        raise ShapeError(
            f"Targets of shape {y.shape} do not fit predictions of shape {f.shape}. "
            + ("Give one class number per prediction." if labels else "Give as many numbers per example as there are outputs.")
            + " (Class numbers go with SparseCategoricalCrossentropy, one-hot rows with CategoricalCrossentropy.)"
        )
    y = y.astype(jnp.int32 if labels else f.dtype)
    return (y[:, None], f[:, None]) if f.ndim == 1 else (y, f)


def align_weights(sample_weight: ArrayLike, values: Array) -> Array:
    """Weights in the shape of the values: a weight per example counts for every value of that example.

    Args:
        sample_weight: A scalar, or the leading axes of the values, with or without further axes of 1.
        values: Losses or matches, the examples first.

    Raises:
        ShapeError: The shapes do not fit.

    Examples:
        >>> align_weights(jnp.array([1.0, 2.0]), jnp.zeros((2, 3))).tolist()
        [[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]
    """
    weights = jnp.asarray(sample_weight).astype(values.dtype)
    if weights.ndim == values.ndim + 1 and weights.shape[-1] == 1:
        weights = weights[..., 0]
    shape = weights.shape
    fits = len(shape) <= values.ndim and shape[:1] == values.shape[: len(shape[:1])]
    if not fits or any(w not in (1, v) for w, v in zip(shape, values.shape, strict=False)):
        raise ShapeError(f"Sample weights of shape {shape} do not fit values of shape {values.shape}. Give one per example.")
    return jnp.broadcast_to(weights.reshape(shape + (1,) * (values.ndim - len(shape))), values.shape)


def finite_targets(y: NumpyArray, outputs: int) -> NumpyArray:
    """Targets as float64, if they are finite numbers."""
    array = np.asarray(y)
    if array.ndim == 0 or array.dtype.kind not in "biuf":
        raise DataError(f"Targets must be numbers, {outputs} per example; got dtype {array.dtype}, shape {array.shape}.")
    numbers = array.astype(np.float64)
    refuse_rows(numbers, ~np.isfinite(numbers), "Targets must be finite", "Drop or repair these rows.")
    return numbers


def refuse_rows(y: NumpyArray, bad: NumpyArray, expected: str, remedy: str) -> None:
    """Raises a DataError that names the first bad row, if there is one."""
    if bad.any():
        rows = np.flatnonzero(bad.reshape(len(bad), -1).any(axis=1))
        got = f"got {y[rows[0]].tolist()} in row {rows[0]} ({len(rows)} such rows of {len(y)})"
        raise DataError(f"{expected}; {got}. {remedy}")


def is_known(value: object) -> TypeGuard[float]:
    """Whether a value is a plain number, whose range can be checked, and neither traced nor several.

    Examples:
        >>> is_known(0.5), is_known(None), is_known(jnp.ones(3))
        (True, False, False)
    """
    return isinstance(value, (int, float, np.integer, np.floating))


@dataclass(frozen=True)
class Loss(Structure):
    """Base of the losses: a subclass gives the losses of the examples, `per_example`.

    Attributes:
        reduction: What becomes of them, one of `REDUCTIONS` (None means "none").
        name: What the loss is called in a history.

    Raises:
        ArgumentError: The reduction is unknown, or a number of the loss is out of range.
    """

    reduction: str | None = field(default="sum_over_batch_size", kw_only=True)
    name: str = field(default="loss", kw_only=True)

    def __post_init__(self) -> None:
        if self.reduction is not None and self.reduction not in REDUCTIONS:
            raise unknown_name("reduction", self.reduction, REDUCTIONS)
        smoothing = getattr(self, "label_smoothing", 0.0)
        if is_known(smoothing) and not 0 <= smoothing <= 1:
            raise ArgumentError(f"{type(self).__name__} needs a label_smoothing between 0 and 1; got {smoothing}.")

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The loss of each example, not reduced: `(batch, …, outputs)` predictions to `(batch, …)`, the mean over the outputs."""
        raise NotImplementedError

    def mask(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array | None:
        """Which losses count at all, a boolean array in the shape of `per_example`; None if all do."""
        del y_true, y_pred
        return None

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that cannot be meant for this loss; run on the host, before training.

        Args:
            y: All targets, `(examples, …)`.
            outputs: The length of the last axis of the predictions.

        Raises:
            DataError: A target is not a finite number or not a possible one; the message names the first such row.
            ShapeError: A target has not as many numbers as the network has outputs.
        """
        numbers = finite_targets(y, outputs)
        if outputs > 1 and (numbers.ndim < 2 or numbers.shape[-1] != outputs):
            raise ShapeError(f"{type(self).__name__} needs {outputs} numbers per example; got targets of shape {numbers.shape}.")

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """What is minimised, without any penalty: the reduction of `wᵢ · lossᵢ`, a scalar unless that is "none".

        Args:
            y_true: Targets.
            y_pred: Predictions.
            sample_weight: w, a number per example or per loss; None for 1. A mean divides by the number of losses, not by their
                weights, except "mean_with_sample_weight"; it is 0 if that is 0. A loss of a whole batch counts once a weight.

        Raises:
            ShapeError: Targets, predictions and weights do not fit.
        """
        values, mask = self.per_example(y_true, y_pred), self.mask(y_true, y_pred)
        if values.ndim == 0 and sample_weight is not None:
            values = jnp.broadcast_to(values, jnp.asarray(sample_weight).shape)
        weights = None if sample_weight is None else align_weights(sample_weight, values)
        if mask is not None:
            weights = mask.astype(values.dtype) if weights is None else weights * mask
        weighted = values if weights is None else values * weights
        if self.reduction in (None, "none") or values.ndim == 0:
            return weighted
        if self.reduction == "sum":
            return jnp.sum(weighted)
        by_weight = self.reduction == "mean_with_sample_weight" and weights is not None
        counted = weights if by_weight else mask
        count = jnp.asarray(values.size if counted is None else jnp.sum(counted), values.dtype)
        return jnp.sum(weighted) / jnp.where(count == 0, 1, count)
