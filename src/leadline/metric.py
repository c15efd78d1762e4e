"""What a metric is: three pure functions over a state of sums, and one call that does all three."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import jax.numpy as jnp

from leadline.loss import align_weights
from leadline.structure import Structure
from leadline.types import Array, ArrayLike, default_float

__all__ = ["MeanMetric", "Metric", "Sums", "added", "ratio"]


class Sums(NamedTuple):
    """The state of a metric: two sums of the default float, scalars or one number per threshold."""

    total: Array
    weight: Array


@dataclass(frozen=True)
class Metric(Structure):
    """Base of the metrics.

    Attributes:
        name: What the metric is called in a history.
    """

    name: str = field(default="metric", kw_only=True)

    def init(self) -> Sums:
        """Sums of zero."""
        return Sums(jnp.zeros((), default_float()), jnp.zeros((), default_float()))

    def update(self, state: Sums, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Sums:
        """The sums with a batch added: targets and predictions `(batch, …)`, a weight per example or per prediction, or 1.

        Raises:
            ShapeError: Targets, predictions and weights do not fit.
        """
        raise NotImplementedError

    def result(self, state: Sums) -> Array:
        """The number that the sums mean, a scalar of the default float; 0 before the first example."""
        return ratio(*state)

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """The number for these examples alone."""
        return self.result(self.update(self.init(), y_true, y_pred, sample_weight))


def ratio(total: Array, count: Array) -> Array:
    """The quotient, and 0 where the divisor is 0."""
    return jnp.where(count == 0, 0.0, total / jnp.where(count == 0, 1.0, count))


def added(state: Sums, total: Array, count: Array | int) -> Sums:
    """The sums with a batch's added, in their own dtype."""
    return Sums(state.total + total.astype(state.total.dtype), state.weight + jnp.asarray(count).astype(state.weight.dtype))


@dataclass(frozen=True)
class MeanMetric(Metric):
    """Base of the metrics that are weighted means over the examples: a subclass gives the `values`."""

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """One value per example, or several that count as their mean: `(batch, …)`."""
        raise NotImplementedError

    def update(self, state: Sums, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Sums:
        """Adds `Σ wᵢ·vᵢ` and `Σ wᵢ`."""
        values = jnp.asarray(self.values(y_true, y_pred)).astype(default_float())
        parts = math.prod(values.shape[1:])
        if sample_weight is None:
            return added(state, jnp.sum(values) / parts, values.size // parts)
        weights = align_weights(sample_weight, values)
        return added(state, jnp.sum(weights * values) / parts, jnp.sum(weights) / parts)
