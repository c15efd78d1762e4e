"""The area under a curve that is drawn through thresholds, with Keras's names and Keras's numbers.

The state is two histograms of the predictions, of the positive and of the negative targets: bin j holds those that are above just
j of the thresholds, so that what is above a threshold is a sum of bins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, ShapeError, unknown_name
from leadline.loss import EPSILON
from leadline.metric import Metric, ratio
from leadline.metrics.confusion import binary
from leadline.types import Array, ArrayLike, Shape, default_float

__all__ = ["AUC", "Counts", "Histograms", "empty", "even_bins"]

CURVES = ("ROC", "PR", "PRGAIN")

HEIGHTS: Mapping[str, Callable[[Array, Array], Array]] = {
    "interpolation": lambda one, other: (one + other) / 2,
    "minoring": jnp.minimum,
    "majoring": jnp.maximum,
}
"""The height of the area between two points of a curve."""


class Counts(NamedTuple):
    """True and false positives, false and true negatives at each threshold, `(thresholds, labels)`."""

    tp: Array
    fp: Array
    fn: Array
    tn: Array

    @property
    def precision(self) -> Array:
        """`TP / (TP + FP)`."""
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> Array:
        """`TP / (TP + FN)`, which is also called sensitivity."""
        return ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> Array:
        """`TN / (TN + FP)`."""
        return ratio(self.tn, self.tn + self.fp)


class Histograms(NamedTuple):
    """Weights of the predictions by bin, `(thresholds + 1, labels)`, of the positive and of the negative targets."""

    positive: Array
    negative: Array

    def counts(self) -> Counts:
        """What lies above each threshold, and what does not."""
        tp, fp = (jnp.cumsum(bins[::-1], axis=0)[::-1][1:] for bins in self)
        fn, tn = (jnp.cumsum(bins, axis=0)[:-1] for bins in self)
        return Counts(tp, fp, fn, tn)

    def filled(self, bins: Array, y: Array, weights: Array) -> Histograms:
        """With the weights of a batch added, bins, targets and weights `(predictions, labels)`."""
        labels = jnp.arange(self.positive.shape[-1])
        shares = ((weights * part).astype(self.positive.dtype) for part in (y, 1 - y))
        return Histograms(*(old.at[bins, labels].add(share) for old, share in zip(self, shares, strict=True)))


def empty(thresholds: int, labels: int = 1) -> Histograms:
    """Histograms of nothing."""
    zeros = jnp.zeros((thresholds + 1, labels), default_float())
    return Histograms(zeros, zeros)


def even_bins(f: Array, thresholds: int) -> Array:
    """How many of so many even thresholds from 0 to 1 lie below each prediction, int32.

    Examples:
        >>> even_bins(jnp.array([0.0, 0.3, 0.5, 1.0]), 3).tolist()
        [0, 1, 1, 2]
    """
    return jnp.ceil(jnp.clip(f, 0.0, 1.0) * (thresholds - 1)).astype(jnp.int32)


@dataclass(frozen=True)
class AUC(Metric):
    """The area under the ROC, the precision-recall or the precision-recall-gain curve, drawn through thresholds.

    Attributes:
        num_thresholds: How many, evenly from 0 to 1, above 1: the area is exact to about one over them.
        curve: "ROC", "PR" or "PRGAIN" (Flach & Kull, 2015).
        summation_method: The height between two points of the curve: "interpolation" for their mean (under PR, true and false
            positives are interpolated, not their ratio: Davis & Goadrich, 2006, section 4), "minoring" for the smaller,
            "majoring" for the larger.
        thresholds: Those between 0 and 1 in place of the even ones; None for these.
        multi_label: Whether each output has a curve of its own, whose areas are averaged.
        num_labels: How many outputs then; None where the first batch, or a model, tells.
        label_weights: A weight for each output.
        from_logits: Whether predictions are logits rather than probabilities.

    Examples:
        >>> float(AUC(num_thresholds=3)(jnp.array([0, 0, 1, 1]), jnp.array([0.0, 0.5, 0.3, 0.9])))
        0.75
    """

    num_thresholds: int = 200
    curve: str = "ROC"
    summation_method: str = "interpolation"
    thresholds: tuple[float, ...] | None = None
    multi_label: bool = False
    num_labels: int | None = None
    label_weights: tuple[float, ...] | None = None
    from_logits: bool = False
    name: str = field(default="auc", kw_only=True)

    def __post_init__(self) -> None:
        for name in ("thresholds", "label_weights"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, tuple(getattr(self, name)))
        if self.num_thresholds < 2:
            raise ArgumentError(f"AUC needs num_thresholds of 2 or more; got {self.num_thresholds}.")
        if self.curve not in CURVES:
            raise unknown_name("curve", self.curve, CURVES)
        if self.summation_method not in HEIGHTS:
            raise unknown_name("summation_method", self.summation_method, HEIGHTS)
        if self.thresholds is not None and not all(0 <= t <= 1 for t in self.thresholds):
            raise ArgumentError(f"AUC needs thresholds between 0 and 1; got {self.thresholds}.")
        if self.num_labels is not None and not self.multi_label:
            raise ArgumentError(f"AUC has labels of their own only with multi_label=True; got num_labels={self.num_labels}.")

    def sized(self, output_shape: Shape) -> Self:
        """With a curve for each output, if there is more than one."""
        return self.replace(num_labels=output_shape[-1]) if self.multi_label else self

    def init(self) -> Histograms:
        """Empty histograms."""
        count = self.num_thresholds if self.thresholds is None else len(self.thresholds) + 2
        return empty(count, self.num_labels or 1)

    def _bins(self, p: Array) -> Array:
        """How many thresholds lie below each prediction, of which the first does always, and the last never."""
        if self.thresholds is None:
            return jnp.maximum(even_bins(p, self.num_thresholds), 1)
        inner = np.sort(np.asarray(self.thresholds, np.float64))
        even = np.linspace(0, 1, len(inner) + 2)
        if np.allclose(np.concatenate([[0.0], inner, [1.0]]), even, atol=EPSILON):
            return jnp.maximum(even_bins(p, len(even)), 1)
        return 1 + jnp.searchsorted(jnp.asarray(inner, p.dtype), p, side="left").astype(jnp.int32)

    def update(
        self, state: Histograms, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Histograms:
        """Adds each weight to the bin of its prediction."""
        y, f, w = binary(y_true, y_pred, sample_weight)
        weights, outputs = self.label_weights, f.shape[-1]
        if self.num_labels not in (None, outputs) or (weights is not None and len(weights) != outputs):
            raise ShapeError(f"AUC with {self.num_labels} labels and label_weights {weights} got predictions of shape {f.shape}.")
        bins = self._bins(jax.nn.sigmoid(f) if self.from_logits else f)
        if weights is not None and not self.multi_label:
            w = w * jnp.asarray(weights, w.dtype)
        labels = outputs if self.multi_label else 1
        state = Histograms(*(jnp.broadcast_to(old, (len(old), labels)) for old in state))
        return state.filled(*(values.reshape(-1, labels) for values in (bins, y, w)))

    def result(self, state: Histograms) -> Array:
        """The area, in [0, 1]."""
        areas = self._areas(state.counts())
        if self.multi_label and self.label_weights is not None:
            weights = jnp.asarray(self.label_weights, areas.dtype)
            return ratio(jnp.sum(areas * weights), jnp.sum(weights))
        return jnp.mean(areas)

    def _areas(self, at: Counts) -> Array:
        """The area of each label, `(labels,)`."""
        if self.curve == "PR" and self.summation_method == "interpolation":
            return _interpolated(at.tp, at.fp)
        if self.curve == "ROC":
            x, y = ratio(at.fp, at.fp + at.tn), at.recall
        elif self.curve == "PR":
            x, y = at.recall, at.precision
        else:
            odds = ratio(at.tp + at.fn, at.tn + at.fp)
            x = jnp.where(at.tp == 0, 0.0, jnp.maximum(1 - odds * ratio(at.fn, at.tp), 0.0))
            y = jnp.where(at.tp == 0, 1.0, 1 - odds * ratio(at.fp, at.tp))
        return jnp.sum((x[:-1] - x[1:]) * HEIGHTS[self.summation_method](y[:-1], y[1:]), axis=0)


def _interpolated(tp: Array, fp: Array) -> Array:
    """The area under precision and recall where true and false positives go straight from point to point."""
    predicted = tp + fp
    gained = tp[:-1] - tp[1:]
    slope = ratio(gained, predicted[:-1] - predicted[1:])
    intercept = tp[1:] - slope * predicted[1:]
    growth = jnp.where(predicted[1:] > 0, ratio(predicted[:-1], predicted[1:]), 1.0)
    return ratio(jnp.sum(slope * (gained + intercept * jnp.log(growth)), axis=0), tp[0])
