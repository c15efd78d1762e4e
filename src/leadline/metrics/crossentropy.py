"""Means of losses of probabilities, as metrics with Keras's names and arguments."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadline import losses
from leadline.metric import MeanMetric
from leadline.metrics.mean_loss import MeanLoss
from leadline.structure import traced
from leadline.types import Array, ArrayLike

__all__ = ["BinaryCrossentropy", "CategoricalCrossentropy", "KLDivergence", "Poisson", "SparseCategoricalCrossentropy"]


@dataclass(frozen=True)
class BinaryCrossentropy(MeanMetric):
    """The mean of `losses.BinaryCrossentropy`, with its attributes.

    Examples:
        >>> float(BinaryCrossentropy(from_logits=True)([1.0, 0.0], [-4e3, -4e3]))
        2000.0
    """

    from_logits: bool = False
    label_smoothing: float = traced(default=0.0)
    name: str = field(default="binary_crossentropy", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Those of the loss."""
        return losses.BinaryCrossentropy(self.from_logits, self.label_smoothing).per_example(y_true, y_pred)


@dataclass(frozen=True)
class CategoricalCrossentropy(MeanMetric):
    """The mean of `losses.CategoricalCrossentropy`, with its attributes.

    Examples:
        >>> float(CategoricalCrossentropy(from_logits=True)([[0.0, 1.0]], [[4e3, 0.0]]))
        4000.0
    """

    from_logits: bool = False
    label_smoothing: float = traced(default=0.0)
    axis: int = -1
    name: str = field(default="categorical_crossentropy", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Those of the loss."""
        loss = losses.CategoricalCrossentropy(self.from_logits, self.label_smoothing, self.axis)
        return loss.per_example(y_true, y_pred)


@dataclass(frozen=True)
class SparseCategoricalCrossentropy(MeanMetric):
    """The mean of `losses.SparseCategoricalCrossentropy`, with its attributes; an ignored class does not count.

    Examples:
        >>> float(SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)([1, 0], [[4e3, 0.0], [0.0, 4e3]]))
        4000.0
    """

    from_logits: bool = False
    ignore_class: int | None = None
    name: str = field(default="sparse_categorical_crossentropy", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Those of the loss."""
        return losses.SparseCategoricalCrossentropy(self.from_logits, self.ignore_class).per_example(y_true, y_pred)

    def mask(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array | None:
        """Where the label is not `ignore_class`."""
        return losses.SparseCategoricalCrossentropy(self.from_logits, self.ignore_class).mask(y_true, y_pred)


@dataclass(frozen=True)
class KLDivergence(MeanLoss):
    """The mean of `losses.KLDivergence`.

    Examples:
        >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
        0.0
    """

    loss: losses.Loss = traced(default=losses.KLDivergence(), init=False)


@dataclass(frozen=True)
class Poisson(MeanLoss):
    """The mean of `losses.Poisson`.

    Examples:
        >>> round(float(Poisson()([2.0, 0.0], [1.0, 3.0])), 4)
        2.0
    """

    loss: losses.Loss = traced(default=losses.Poisson(), init=False)
