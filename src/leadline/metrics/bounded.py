"""The best of one share where another reaches a bound, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.loss import is_known
from leadline.metric import Metric
from leadline.metrics.auc import Histograms, empty, even_bins
from leadline.metrics.confusion import binary, column
from leadline.structure import traced
from leadline.types import Array, ArrayLike

__all__ = ["PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"]


@dataclass(frozen=True)
class _Bounded(Metric):
    """Base of the metrics that are the best of one share where another reaches a bound, over even thresholds.

    Attributes:
        num_thresholds: How many, evenly from 0 to 1; one is 0.5.
        class_id: The only column of outputs that is looked at; None for all.
    """

    reached: ClassVar[str]
    wanted: ClassVar[str]
    num_thresholds: int = field(default=200, kw_only=True)
    class_id: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if self.num_thresholds < 1:
            raise ArgumentError(f"{type(self).__name__} needs num_thresholds of 1 or more; got {self.num_thresholds}.")
        bound = getattr(self, self.reached)
        if is_known(bound) and not 0 <= bound <= 1:
            raise ArgumentError(f"{type(self).__name__} needs a {self.reached} between 0 and 1; got {bound}.")

    def init(self) -> Histograms:
        """Empty histograms."""
        return empty(self.num_thresholds)

    def update(
        self, state: Histograms, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Histograms:
        """Adds each weight to the bin of its prediction."""
        y, f, w = binary(column(y_true, self.class_id), column(y_pred, self.class_id), sample_weight)
        bins = (f > 0.5).astype(jnp.int32) if self.num_thresholds == 1 else even_bins(f, self.num_thresholds)
        return state.filled(*(values.reshape(-1, 1) for values in (bins, y, w)))

    def result(self, state: Histograms) -> Array:
        """The best share; 0 where no threshold reaches the bound."""
        at = state.counts()
        shares = {"precision": at.precision, "recall": at.recall, "sensitivity": at.recall, "specificity": at.specificity}
        return jnp.max(jnp.where(shares[self.reached] >= getattr(self, self.reached), shares[self.wanted], 0.0))


@dataclass(frozen=True)
class PrecisionAtRecall(_Bounded):
    """The best precision of a threshold at which recall is at least so much; predictions are probabilities.

    Attributes:
        recall: The bound, in [0, 1].
        num_thresholds: How many thresholds, evenly from 0 to 1; one is 0.5.
        class_id: The only column of outputs that is looked at; None for all.

    Examples:
        >>> float(PrecisionAtRecall(0.5)(jnp.array([0, 0, 1, 1]), jnp.array([0.1, 0.6, 0.5, 0.9])))
        1.0
    """

    reached: ClassVar[str] = "recall"
    wanted: ClassVar[str] = "precision"
    recall: float = traced()
    name: str = field(default="precision_at_recall", kw_only=True)


@dataclass(frozen=True)
class RecallAtPrecision(_Bounded):
    """The best recall of a threshold at which precision is at least so much; further attributes as `PrecisionAtRecall`.

    Attributes:
        precision: The bound, in [0, 1].

    Examples:
        >>> float(RecallAtPrecision(0.8)(jnp.array([0, 0, 1, 1]), jnp.array([0.1, 0.6, 0.5, 0.9])))
        0.5
    """

    reached: ClassVar[str] = "precision"
    wanted: ClassVar[str] = "recall"
    precision: float = traced()
    name: str = field(default="recall_at_precision", kw_only=True)


@dataclass(frozen=True)
class SensitivityAtSpecificity(_Bounded):
    """The best sensitivity, `TP / (TP + FN)`, of a threshold at which specificity, `TN / (TN + FP)`, is at least so much.

    Attributes:
        specificity: The bound, in [0, 1]; further attributes as `PrecisionAtRecall`.

    Examples:
        >>> float(SensitivityAtSpecificity(0.8)(jnp.array([0, 0, 1, 1]), jnp.array([0.1, 0.6, 0.5, 0.9])))
        0.5
    """

    reached: ClassVar[str] = "specificity"
    wanted: ClassVar[str] = "sensitivity"
    specificity: float = traced()
    name: str = field(default="sensitivity_at_specificity", kw_only=True)


@dataclass(frozen=True)
class SpecificityAtSensitivity(_Bounded):
    """The best specificity, `TN / (TN + FP)`, of a threshold at which sensitivity, `TP / (TP + FN)`, is at least so much.

    Attributes:
        sensitivity: The bound, in [0, 1]; further attributes as `PrecisionAtRecall`.

    Examples:
        >>> float(SpecificityAtSensitivity(0.8)(jnp.array([0, 0, 1, 1]), jnp.array([0.1, 0.6, 0.5, 0.9])))
        0.5
    """

    reached: ClassVar[str] = "sensitivity"
    wanted: ClassVar[str] = "specificity"
    sensitivity: float = traced()
    name: str = field(default="specificity_at_sensitivity", kw_only=True)
