"""Correlations between the outputs of an example and its targets, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp

from leadline.errors import ShapeError
from leadline.loss import EPSILON, align
from leadline.metric import MeanMetric, ratio
from leadline.types import Array, ArrayLike

__all__ = ["ConcordanceCorrelation", "PearsonCorrelation"]


def _centred(metric: PearsonCorrelation | ConcordanceCorrelation, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, ...]:
    """Targets and predictions less their means, and the means."""
    y, f = align(y_true, y_pred)
    if y.shape[metric.axis] < 2:
        got = f"axis {metric.axis} of shape {y.shape}"
        raise ShapeError(f"{type(metric).__name__} is over the outputs of each example, and needs two or more; got {got}.")
    y_mean, f_mean = (jnp.mean(values, axis=metric.axis, keepdims=True) for values in (y, f))
    return y - y_mean, f - f_mean, y_mean, f_mean


@dataclass(frozen=True)
class PearsonCorrelation(MeanMetric):
    """The mean over the examples of the correlation of their outputs with their targets; 0 where one of the two does not vary.

    Attributes:
        axis: The axis of the outputs, which is not that of the examples.

    Examples:
        >>> round(float(PearsonCorrelation()(jnp.array([[1.0, 2.0, 3.0]]), jnp.array([[2.0, 4.0, 6.0]]))), 4)
        1.0
    """

    axis: int = -1
    name: str = field(default="pearson_correlation", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The correlation of each example."""
        y, f, *_ = _centred(self, y_true, y_pred)
        y, f = (ratio(values, jnp.std(values, axis=self.axis, keepdims=True)) for values in (y, f))
        return jnp.mean(y * f, axis=self.axis)


@dataclass(frozen=True)
class ConcordanceCorrelation(MeanMetric):
    """The mean over the examples of `2·cov(y, f) / (var y + var f + (ȳ − f̄)² + 1e-7)` over their outputs (Lin, 1989).

    Attributes:
        axis: The axis of the outputs, which is not that of the examples.

    Examples:
        >>> round(float(ConcordanceCorrelation()(jnp.array([[1.0, 2.0, 3.0]]), jnp.array([[2.0, 3.0, 4.0]]))), 4)
        0.5714
    """

    axis: int = -1
    name: str = field(default="concordance_correlation", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The correlation of each example."""
        y, f, y_mean, f_mean = _centred(self, y_true, y_pred)
        variances = jnp.mean(jnp.square(y) + jnp.square(f), axis=self.axis)
        apart = jnp.squeeze(jnp.square(y_mean - f_mean), axis=self.axis)
        return 2 * jnp.mean(y * f, axis=self.axis) / (variances + apart + EPSILON)
