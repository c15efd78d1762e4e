"""What a metric is: three pure functions over a state of sums, and one call that does all three."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self

import jax
import jax.numpy as jnp

from leadline.errors import ShapeError
from leadline.loss import align_weights
from leadline.structure import Structure
from leadline.types import Array, ArrayLike, Shape, default_float

__all__ = ["MeanMetric", "Metric", "Sums", "added", "averaged", "ratio"]


class Sums(NamedTuple):
    """The state of most metrics: two sums of the default float, scalars or one number per threshold."""

    total: Array
    weight: Array


@dataclass(frozen=True)
class Metric(Structure):
    """Base of the metrics.

    Attributes:
        name: What the metric is called in a history.
    """

    name: str = field(default="metric", kw_only=True)

    def init(self) -> Any:
        """The state before the first example: a pytree of arrays, here sums of zero."""
        return Sums(jnp.zeros((), default_float()), jnp.zeros((), default_float()))

    def update(self, state: Any, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Any:
        """The state with a batch added: targets and predictions `(batch, …)`, a weight per example or per prediction, or 1.

        Raises:
            ShapeError: Targets, predictions and weights do not fit.
        """
        raise NotImplementedError

    def result(self, state: Any) -> Array:
        """The number that the state means, of the default float, or several in a vector; 0 before the first example."""
        return ratio(*state)

    def __call__(self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """The number for these examples alone."""
        return self.result(self.update(self.init(), y_true, y_pred, sample_weight))

    def sized(self, output_shape: Shape) -> Self:
        """The metric for outputs of this shape, `(batch, …)`, whose `init` has the shape that `update` keeps.

        A metric with a number per output learns here how many there are; without, its state grows at the first update, which a
        scan cannot do.
        """
        del output_shape
        return self

    @property
    def is_scalar(self) -> bool:
        """Whether the result is one number, as a history records it; asked of a metric that is `sized`."""
        shape: Shape = jax.eval_shape(lambda: self.result(self.init())).shape
        return shape == ()


def ratio(total: Array, count: Array) -> Array:
    """The quotient, and 0 where the divisor is 0."""
    return jnp.where(count == 0, 0.0, total / jnp.where(count == 0, 1.0, count))


def added(state: Sums, total: Array, count: Array | int) -> Sums:
    """The sums with a batch's added, in their own dtype."""
    return Sums(state.total + total.astype(state.total.dtype), state.weight + jnp.asarray(count).astype(state.weight.dtype))


def averaged(state: Sums, values: Array, sample_weight: ArrayLike | None = None, mask: Array | None = None) -> Sums:
    """The sums of a mean with a batch added: `Σ wᵢ·vᵢ` and `Σ wᵢ`.

    Args:
        state: The sums before.
        values: v, `(batch, …)`; those of one example count as their mean.
        sample_weight: w, for each example or each value; None for 1.
        mask: Which values count at all, in the shape of the values; None for all.
    """
    parts = math.prod(values.shape[1:])
    if sample_weight is None and mask is None:
        return added(state, jnp.sum(values) / parts, values.size // parts)
    weights = jnp.ones_like(values) if sample_weight is None else align_weights(sample_weight, values)
    weights = weights if mask is None else weights * mask
    return added(state, jnp.sum(weights * values) / parts, jnp.sum(weights) / parts)


@dataclass(frozen=True)
class MeanMetric(Metric):
    """Base of the metrics that are weighted means over the examples: a subclass gives the `values`."""

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """One value per example, or several that count as their mean: `(batch, …)`."""
        raise NotImplementedError

    def mask(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array | None:
        """Which values count at all, a boolean array in their shape; None if all do."""
        del y_true, y_pred
        return None

    def update(self, state: Sums, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Sums:
        """Adds `Σ wᵢ·vᵢ` and `Σ wᵢ`.

        Raises:
            ShapeError: Targets, predictions and weights do not fit, or there is not a value for each example.
        """
        values = jnp.asarray(self.values(y_true, y_pred)).astype(default_float())
        examples = jnp.asarray(y_pred).shape[:1]
        if values.shape[:1] != examples or not examples:
            raise ShapeError(
                f"The metric {self.name!r} gives values of shape {values.shape} for predictions of shape "
                f"{jnp.asarray(y_pred).shape}. Give a value for each example; an axis must not be that of the batch."
            )
        return averaged(state, values, sample_weight, self.mask(y_true, y_pred))
