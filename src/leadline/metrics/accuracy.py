"""Accuracies: how often predictions are right, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.loss import align
from leadline.metric import MeanMetric
from leadline.structure import traced
from leadline.types import Array, ArrayLike

__all__ = ["Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy", "SparseTopKCategoricalAccuracy"]
__all__ += ["TopKCategoricalAccuracy"]


@dataclass(frozen=True)
class Accuracy(MeanMetric):
    """How often predictions equal targets.

    Examples:
        >>> float(Accuracy()(jnp.array([1, 2, 3, 4]), jnp.array([0, 2, 3, 4])))
        0.75
    """

    name: str = field(default="accuracy", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """`y = f`."""
        y, f = align(y_true, y_pred)
        return y == f


@dataclass(frozen=True)
class BinaryAccuracy(MeanMetric):
    """How often a prediction is above the threshold (0.5 for probabilities, 0.0 for logits) and its target 1, or neither.

    Examples:
        >>> float(BinaryAccuracy()(jnp.array([1, 1, 0, 0]), jnp.array([[0.9], [0.6], [0.5], [0.7]])))
        0.75
    """

    threshold: float = traced(default=0.5)
    name: str = field(default="binary_accuracy", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """`y = 1[f > threshold]`."""
        y, f = align(y_true, y_pred)
        return y == (f > self.threshold)


@dataclass(frozen=True)
class CategoricalAccuracy(MeanMetric):
    """How often the largest prediction stands where the largest number of a one-hot target does.

    Examples:
        >>> float(CategoricalAccuracy()(jnp.array([[0, 1], [1, 0]]), jnp.array([[0.2, 0.8], [0.1, 0.9]])))
        0.5
    """

    name: str = field(default="categorical_accuracy", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """`argmax y = argmax f`, over the last axis."""
        y, f = align(y_true, y_pred)
        return jnp.argmax(y, axis=-1) == jnp.argmax(f, axis=-1)


@dataclass(frozen=True)
class SparseCategoricalAccuracy(MeanMetric):
    """How often the largest prediction stands at the class of the target.

    Examples:
        >>> float(SparseCategoricalAccuracy()(jnp.array([1, 0]), jnp.array([[0.2, 0.8], [0.1, 0.9]])))
        0.5
    """

    name: str = field(default="sparse_categorical_accuracy", kw_only=True)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """`y = argmax f`, over the last axis."""
        labels, f = align(y_true, y_pred, labels=True)
        return labels == jnp.argmax(f, axis=-1)


def _check_k(metric: TopKCategoricalAccuracy | SparseTopKCategoricalAccuracy) -> None:
    if metric.k < 1:
        raise ArgumentError(f"{type(metric).__name__} needs a k of 1 or more; got {metric.k}.")


def _among_the_largest(labels: Array, f: Array, k: int) -> Array:
    """Whether fewer than k predictions are larger than that of the label's class."""
    own = jnp.take_along_axis(f, labels[..., None], axis=-1)
    return jnp.sum(f > jnp.where(jnp.isnan(own), -jnp.inf, own), axis=-1) < k


@dataclass(frozen=True)
class TopKCategoricalAccuracy(MeanMetric):
    """How often the class of a one-hot target is among the k largest predictions; equal ones share the better place.

    Attributes:
        k: How many places count, 1 or more.

    Examples:
        >>> float(TopKCategoricalAccuracy(k=2)(jnp.array([[0, 0, 1], [0, 1, 0]]), jnp.array([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]])))
        0.5
    """

    k: int = 5
    name: str = field(default="top_k_categorical_accuracy", kw_only=True)

    def __post_init__(self) -> None:
        _check_k(self)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Whether the class is among them."""
        y, f = align(y_true, y_pred)
        return _among_the_largest(jnp.argmax(y, axis=-1), f, self.k)


@dataclass(frozen=True)
class SparseTopKCategoricalAccuracy(MeanMetric):
    """How often the class of the target is among the k largest predictions; equal ones share the better place.

    Attributes:
        k: How many places count, 1 or more.
        from_sorted_ids: Whether predictions are the numbers of classes, the likeliest first, rather than scores.

    Examples:
        >>> float(SparseTopKCategoricalAccuracy(k=2)(jnp.array([2, 1]), jnp.array([[0.1, 0.7, 0.2], [0.5, 0.1, 0.4]])))
        0.5
    """

    k: int = 5
    from_sorted_ids: bool = False
    name: str = field(default="sparse_top_k_categorical_accuracy", kw_only=True)

    def __post_init__(self) -> None:
        _check_k(self)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Whether the class is among them."""
        labels, f = align(y_true, y_pred, labels=True)
        if self.from_sorted_ids:
            return jnp.any(labels[..., None] == f[..., : self.k], axis=-1)
        return _among_the_largest(labels, f, self.k)
