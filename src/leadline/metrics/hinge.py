"""Means of the losses of margins, as metrics with Keras's names."""

from __future__ import annotations

from dataclasses import dataclass

from leadline import losses
from leadline.metrics.mean_loss import MeanLoss
from leadline.structure import traced

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


@dataclass(frozen=True)
class Hinge(MeanLoss):
    """The mean of `losses.Hinge`.

    Examples:
        >>> float(Hinge()([-1.0, 1.0], [0.5, 3.0]))
        0.75
    """

    loss: losses.Loss = traced(default=losses.Hinge(), init=False)


@dataclass(frozen=True)
class SquaredHinge(MeanLoss):
    """The mean of `losses.SquaredHinge`.

    Examples:
        >>> float(SquaredHinge()([-1.0, 1.0], [1.0, 3.0]))
        2.0
    """

    loss: losses.Loss = traced(default=losses.SquaredHinge(), init=False)


@dataclass(frozen=True)
class CategoricalHinge(MeanLoss):
    """The mean of `losses.CategoricalHinge`.

    Examples:
        >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 1.0]]))
        0.5
    """

    loss: losses.Loss = traced(default=losses.CategoricalHinge(), init=False)
