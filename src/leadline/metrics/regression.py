"""Metrics of numbers: means of errors, and the share of variance explained, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

import jax.numpy as jnp

from leadline import losses
from leadline.errors import ArgumentError, unknown_name
from leadline.loss import align, align_weights
from leadline.metric import MeanMetric, Metric, Sums, ratio
from leadline.metrics.mean_loss import MeanLoss
from leadline.structure import traced
from leadline.types import Array, ArrayLike, Shape, default_float

__all__ = ["CosineSimilarity", "LogCoshError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "Moments"]
__all__ += ["MeanSquaredLogarithmicError", "R2Score", "RootMeanSquaredError"]


@dataclass(frozen=True)
class MeanSquaredError(MeanLoss):
    """The mean of `(f − y)²`, not halved.

    Examples:
        >>> float(MeanSquaredError()(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])))
        2.0
    """

    loss: losses.Loss = traced(default=losses.MeanSquaredError(), init=False)


@dataclass(frozen=True)
class MeanAbsoluteError(MeanLoss):
    """The mean of `|f − y|`.

    Examples:
        >>> float(MeanAbsoluteError()(jnp.array([1.0, 2.0]), jnp.array([1.0, 4.0])))
        1.0
    """

    loss: losses.Loss = traced(default=losses.MeanAbsoluteError(), init=False)


@dataclass(frozen=True)
class MeanAbsolutePercentageError(MeanLoss):
    """The mean of `100·|f − y| / max(|y|, 1e-7)`, in per cent of the target; a target of 0 makes it huge.

    Examples:
        >>> float(MeanAbsolutePercentageError()(jnp.array([2.0, 4.0]), jnp.array([1.0, 4.0])))
        25.0
    """

    loss: losses.Loss = traced(default=losses.MeanAbsolutePercentageError(), init=False)


@dataclass(frozen=True)
class MeanSquaredLogarithmicError(MeanLoss):
    """The mean of `(ln(1 + f) − ln(1 + y))²`, of numbers that are not negative.

    Examples:
        >>> round(float(MeanSquaredLogarithmicError()(jnp.array([0.0]), jnp.array([1.0]))), 4)
        0.4805
    """

    loss: losses.Loss = traced(default=losses.MeanSquaredLogarithmicError(), init=False)


@dataclass(frozen=True)
class LogCoshError(MeanLoss):
    """The mean of `ln cosh(f − y)`.

    Examples:
        >>> round(float(LogCoshError()(jnp.array([0.0]), jnp.array([1.0]))), 4)
        0.4338
    """

    loss: losses.Loss = traced(default=losses.LogCosh(), init=False)
    name: str = field(default="logcosh", kw_only=True)


@dataclass(frozen=True)
class CosineSimilarity(MeanMetric):
    """The mean cosine between targets and predictions: 1 where they point one way. (The loss of that name is minus this.)

    Attributes:
        axis: The axis of the vectors.

    Examples:
        >>> float(CosineSimilarity()(jnp.array([[3.0, 4.0]]), jnp.array([[6.0, 8.0]])))
        1.0
    """

    axis: int = -1
    name: str = field(default="cosine_similarity", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Minus those of the loss."""
        return -losses.CosineSimilarity(self.axis).per_example(y_true, y_pred)


@dataclass(frozen=True)
class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean of `(f − y)²`, in the units of the target.

    Examples:
        >>> float(RootMeanSquaredError()(jnp.array([1.0, 2.0]), jnp.array([1.0, 2.0]) + 3))
        3.0
    """

    name: str = field(default="root_mean_squared_error", kw_only=True)

    def result(self, state: Sums) -> Array:
        """The root of the mean."""
        return jnp.sqrt(ratio(*state))


class Moments(NamedTuple):
    """The state of `R2Score`: weight, mean and squared deviations of the targets and squared errors, `(outputs,)` each.

    And `seen`, how many targets had a weight that is not 0.
    """

    weight: Array
    mean: Array
    deviations: Array
    errors: Array
    seen: Array


@dataclass(frozen=True)
class R2Score(Metric):
    """The share of the targets' variance that is explained, `1 − Σ(f − y)² / Σ(y − ȳ)²`; 0 for targets that do not vary.

    Attributes:
        class_aggregation: "uniform_average" for the mean over the outputs, "variance_weighted_average" for the mean by their
            variance, None for one number an output.
        num_regressors: p, the number of inputs, for the adjusted score `1 − (1 − R²)·(n − 1)/(n − p − 1)` with n targets; as in
            Keras, the plain one where `n − 1 ≤ p`, and n counts every output of an example.

    Examples:
        >>> float(R2Score()(jnp.array([1.0, 2.0, 3.0]), jnp.array([1.0, 2.0, 4.0])))
        0.5
    """

    class_aggregation: str | None = "uniform_average"
    num_regressors: int = 0
    name: str = field(default="r2_score", kw_only=True)
    outputs: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        known = ("uniform_average", "variance_weighted_average")
        if self.class_aggregation is not None and self.class_aggregation not in known:
            raise unknown_name("class_aggregation", self.class_aggregation, known)
        if self.num_regressors < 0:
            raise ArgumentError(f"R2Score needs num_regressors of 0 or more; got {self.num_regressors}.")

    def sized(self, output_shape: Shape) -> Self:
        """With a number for each output."""
        return self.replace(outputs=output_shape[-1])

    def init(self) -> Moments:
        """Zeros."""
        zeros = jnp.zeros(() if self.outputs is None else self.outputs, default_float())
        return Moments(zeros, zeros, zeros, zeros, jnp.zeros((), default_float()))

    def update(self, state: Moments, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Moments:
        """Adds a batch by its own mean, so that far from 0 no digits of the variance are lost (Chan et al., 1979)."""
        y, f = align(y_true, y_pred)
        w = jnp.ones_like(y) if sample_weight is None else align_weights(sample_weight, y)
        y, f, w = (values.reshape(-1, values.shape[-1]).astype(default_float()) for values in (y, f, w))
        own = jnp.sum(w, axis=0)
        mean = ratio(jnp.sum(w * y, axis=0), own)
        weight, apart = state.weight + own, mean - state.mean
        deviations = jnp.sum(w * jnp.square(y - mean), axis=0) + jnp.square(apart) * ratio(state.weight * own, weight)
        return Moments(
            weight,
            state.mean + apart * ratio(own, weight),
            state.deviations + deviations,
            state.errors + jnp.sum(w * jnp.square(f - y), axis=0),
            state.seen + jnp.sum(w != 0),
        )

    def result(self, state: Moments) -> Array:
        """The score, at most 1."""
        scores = jnp.where(state.deviations == 0, 0.0, 1 - ratio(state.errors, state.deviations))
        if self.class_aggregation == "uniform_average":
            scores = jnp.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = ratio(jnp.sum(state.deviations * scores), jnp.sum(state.deviations))
        if self.num_regressors == 0:
            return scores
        free = state.seen - self.num_regressors - 1
        return jnp.where(free > 0, 1 - (1 - scores) * ratio(state.seen - 1, free), scores)
