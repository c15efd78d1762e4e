"""Precision and recall in one number, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Self

import jax.numpy as jnp

from leadline.errors import ArgumentError, unknown_name
from leadline.loss import EPSILON, align, align_weights, is_known
from leadline.metric import Metric
from leadline.structure import traced
from leadline.types import Array, ArrayLike, Shape, default_float

__all__ = ["F1Score", "FBetaScore", "Hits"]


class Hits(NamedTuple):
    """The state of an F score: sums of weights, `(outputs,)` each, or scalars where all outputs are one."""

    true_positives: Array
    false_positives: Array
    false_negatives: Array


@dataclass(frozen=True)
class FBetaScore(Metric):
    """The weighted harmonic mean of precision P and recall R, `(1 + β²)·P·R / (β²·P + R)`, of each output or of all.

    Each of the three quotients has 1e-7 added to its divisor, so that it is 0 where nothing is positive.

    Attributes:
        average: None for one number an output; "macro" for their mean, "weighted" for their mean by how often each is positive,
            "micro" for all outputs counted as one.
        beta: β, above 0: how many times recall counts for precision.
        threshold: A prediction above it is positive; None where only the largest of each row is.

    Examples:
        >>> y, f = jnp.array([[1, 1], [0, 1], [0, 0]]), jnp.array([[0.9, 0.2], [0.8, 0.6], [0.1, 0.3]])
        >>> [round(float(score), 4) for score in FBetaScore(beta=2.0, threshold=0.5)(y, f)]
        [0.8333, 0.5556]
    """

    average: str | None = None
    beta: float = traced(default=1.0)
    threshold: float | None = traced(default=None)
    name: str = field(default="fbeta_score", kw_only=True)
    outputs: int | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.average is not None and self.average not in ("micro", "macro", "weighted"):
            raise unknown_name("average", self.average, ("micro", "macro", "weighted"))
        if is_known(self.beta) and not self.beta > 0:
            raise ArgumentError(f"{type(self).__name__} needs a beta above 0; got {self.beta}.")

    def sized(self, output_shape: Shape) -> Self:
        """With a number for each output, unless they are counted as one."""
        return self if self.average == "micro" else self.replace(outputs=output_shape[-1])

    def init(self) -> Hits:
        """Zeros."""
        zeros = jnp.zeros(() if self.outputs is None else self.outputs, default_float())
        return Hits(zeros, zeros, zeros)

    def update(self, state: Hits, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Hits:
        """Adds what was found, found wrongly, and missed."""
        y, f = align(y_true, y_pred)
        w = jnp.ones_like(y) if sample_weight is None else align_weights(sample_weight, y)
        if self.threshold is None:
            called = (f >= jnp.max(f, axis=-1, keepdims=True)) & (jnp.abs(f) > 1e-9)
        else:
            called = f > self.threshold
        axes = tuple(range(y.ndim if self.average == "micro" else y.ndim - 1))
        parts = (y * called, (1 - y) * called, y * ~called)
        return Hits(*(old + jnp.sum(w * part, axis=axes).astype(old.dtype) for old, part in zip(state, parts, strict=True)))

    def result(self, state: Hits) -> Array:
        """The score, or `(outputs,)` scores, in [0, 1]."""
        tp, fp, fn = state
        precision, recall = tp / (tp + fp + EPSILON), tp / (tp + fn + EPSILON)
        square = jnp.square(jnp.asarray(self.beta, tp.dtype))
        scores = (1 + square) * precision * recall / (square * precision + recall + EPSILON)
        if self.average == "weighted":
            return jnp.sum(scores * (tp + fn)) / (jnp.sum(tp + fn) + EPSILON)
        return scores if self.average is None else jnp.mean(scores)


@dataclass(frozen=True)
class F1Score(FBetaScore):
    """The harmonic mean of precision and recall, `2·P·R / (P + R)`: `FBetaScore` with β = 1.

    Examples:
        >>> y, f = jnp.array([[1, 1], [0, 1], [0, 0]]), jnp.array([[0.9, 0.2], [0.8, 0.6], [0.1, 0.3]])
        >>> round(float(F1Score("macro", threshold=0.5)(y, f)), 4)
        0.6667
    """

    beta: float = traced(default=1.0, init=False)
    name: str = field(default="f1_score", kw_only=True)
