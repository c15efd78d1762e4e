"""The mean of any loss as a metric."""

from __future__ import annotations

from dataclasses import dataclass, field

from leadline import losses
from leadline.metric import MeanMetric
from leadline.structure import traced
from leadline.types import Array, ArrayLike

__all__ = ["MeanLoss"]


@dataclass(frozen=True)
class MeanLoss(MeanMetric):
    """The mean of a loss over the examples, whatever its reduction; it has the loss's name unless given one.

    What a loss leaves out (the examples of `ignore_class`) does not count, with weights and without.

    Examples:
        >>> MeanLoss(losses.Huber()).name
        'huber_loss'
    """

    loss: losses.Loss = traced()
    name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.loss.name)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Those of the loss."""
        return self.loss.per_example(y_true, y_pred)

    def mask(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array | None:
        """That of the loss."""
        return self.loss.mask(y_true, y_pred)
