"""The overlap of what is true and what is predicted of each class, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.loss import EPSILON, align, align_weights
from leadline.metric import Metric
from leadline.structure import traced
from leadline.types import Array, ArrayLike, default_float

__all__ = ["BinaryIoU", "IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU"]


@dataclass(frozen=True)
class MeanIoU(Metric):
    """The mean over the classes of intersection over union, `TP / (TP + FP + FN)`, of those classes that occur at all.

    The state is the table of true by predicted classes, `(num_classes, num_classes)`, of the default float: weights count as they
    are. (Keras cuts them to whole numbers unless told otherwise.) Labels that are no class do not count.

    Attributes:
        num_classes: How many classes there are.
        ignore_class: A label whose examples do not count; None for no such label.
        sparse_y_true: Whether targets are class numbers rather than one-hot rows.
        sparse_y_pred: Whether predictions are class numbers rather than a score for each class.
        axis: The axis of the classes in rows and scores.

    Examples:
        >>> round(float(MeanIoU(2)(jnp.array([0, 0, 1, 1]), jnp.array([0, 1, 0, 1]))), 4)
        0.3333
    """

    num_classes: int
    ignore_class: int | None = field(default=None, kw_only=True)
    sparse_y_true: bool = field(default=True, kw_only=True)
    sparse_y_pred: bool = field(default=True, kw_only=True)
    axis: int = field(default=-1, kw_only=True)
    name: str = field(default="mean_io_u", kw_only=True)

    def __post_init__(self) -> None:
        if self.num_classes < 2:
            raise ArgumentError(f"{type(self).__name__} needs num_classes of 2 or more; got {self.num_classes}.")

    def classes(self) -> slice | Array:
        """The classes whose overlaps are averaged: their places among all."""
        return slice(None)

    def labels(self, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
        """Class numbers, true and predicted, of one shape, int32."""
        y, f = jnp.asarray(y_true), jnp.asarray(y_pred)
        y = y if self.sparse_y_true else jnp.argmax(y, axis=self.axis)
        f = f if self.sparse_y_pred else jnp.argmax(f, axis=self.axis)
        y, f = align(y, f)
        return y.astype(jnp.int32), f.astype(jnp.int32)

    def init(self) -> Array:
        """An empty table."""
        return jnp.zeros((self.num_classes, self.num_classes), default_float())

    def update(self, state: Array, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """Adds each weight to its true and predicted class."""
        y, f = self.labels(y_true, y_pred)
        ones = jnp.ones(y.shape, state.dtype)
        w = ones if sample_weight is None else align_weights(sample_weight, ones)
        counted = (y >= 0) & (y < self.num_classes) & (f >= 0) & (f < self.num_classes)
        if self.ignore_class is not None:
            counted &= y != self.ignore_class
        y, f, w = (jnp.where(counted, values, 0) for values in (y, f, w))
        return state.at[y, f].add(w)

    def result(self, state: Array) -> Array:
        """The mean overlap, in [0, 1]; 0 where no class occurs."""
        both = jnp.diagonal(state)
        either = jnp.sum(state, axis=0) + jnp.sum(state, axis=1) - both
        both, either = (values[self.classes()] for values in (both, either))
        occurs = either > 1e-9
        return jnp.sum(jnp.where(occurs, both / (either + EPSILON), 0.0)) / (jnp.sum(occurs) + EPSILON)


@dataclass(frozen=True)
class IoU(MeanIoU):
    """The mean intersection over union of some of the classes; further attributes as `MeanIoU`.

    Attributes:
        target_class_ids: Those classes.

    Examples:
        >>> round(float(IoU(2, [0])(jnp.array([0, 0, 1, 1]), jnp.array([0, 1, 0, 1]))), 4)
        0.3333
    """

    target_class_ids: tuple[int, ...]
    name: str = field(default="io_u", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "target_class_ids", tuple(self.target_class_ids))
        if not self.target_class_ids or not all(0 <= c < self.num_classes for c in self.target_class_ids):
            expected = f"target_class_ids between 0 and {self.num_classes - 1}"
            raise ArgumentError(f"{type(self).__name__} needs {expected}; got {self.target_class_ids}.")

    def classes(self) -> Array:
        """The classes whose overlaps are averaged."""
        return jnp.asarray(self.target_class_ids)


@dataclass(frozen=True)
class BinaryIoU(IoU):
    """The mean intersection over union of yes-or-no targets; a prediction from the threshold on is class 1.

    Attributes:
        target_class_ids: The classes that are averaged, 0, 1 or both.
        threshold: 0.5 for probabilities, 0.0 for logits.

    Examples:
        >>> round(float(BinaryIoU([1], threshold=0.3)(jnp.array([0, 1, 0, 1]), jnp.array([0.1, 0.2, 0.4, 0.7]))), 4)
        0.3333
    """

    num_classes: int = field(default=2, init=False)
    target_class_ids: tuple[int, ...] = (0, 1)
    threshold: float = traced(default=0.5)
    ignore_class: int | None = field(default=None, init=False)
    sparse_y_true: bool = field(default=True, init=False)
    sparse_y_pred: bool = field(default=True, init=False)
    axis: int = field(default=-1, init=False)
    name: str = field(default="binary_io_u", kw_only=True)

    def labels(self, y_true: ArrayLike, y_pred: ArrayLike) -> tuple[Array, Array]:
        """Class numbers, true and predicted."""
        y, f = align(y_true, y_pred)
        return y.astype(jnp.int32), (f >= self.threshold).astype(jnp.int32)


@dataclass(frozen=True)
class OneHotIoU(IoU):
    """The mean intersection over union of some of the classes, from one-hot rows and scores; attributes as `IoU`.

    Examples:
        >>> y, f = jnp.array([[1, 0], [0, 1], [0, 1]]), jnp.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
        >>> round(float(OneHotIoU(2, [1])(y, f)), 4)
        0.5
    """

    sparse_y_true: bool = field(default=False, init=False)
    sparse_y_pred: bool = field(default=False, kw_only=True)
    name: str = field(default="one_hot_io_u", kw_only=True)


@dataclass(frozen=True)
class OneHotMeanIoU(MeanIoU):
    """The mean intersection over union of the classes, from one-hot rows and scores; attributes as `MeanIoU`.

    Examples:
        >>> y, f = jnp.array([[1, 0], [0, 1], [0, 1]]), jnp.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
        >>> round(float(OneHotMeanIoU(2)(y, f)), 4)
        0.5
    """

    sparse_y_true: bool = field(default=False, init=False)
    sparse_y_pred: bool = field(default=False, kw_only=True)
    name: str = field(default="one_hot_mean_io_u", kw_only=True)
