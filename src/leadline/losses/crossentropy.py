"""Losses of probabilities and of logits: cross-entropies and their kin, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, ShapeError
from leadline.loss import EPSILON, Loss, align, is_known
from leadline.losses.targets import check_classes, check_distributions, check_not_negative, check_probabilities
from leadline.structure import traced
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy", "KLDivergence", "Poisson"]
__all__ += ["SparseCategoricalCrossentropy", "class_probabilities", "smoothed"]


def smoothed(y: Array, smoothing: float | Array, classes: int) -> Array:
    """Targets drawn towards the uniform distribution over the classes, `y·(1 − s) + s/classes`.

    Examples:
        >>> smoothed(jnp.array([0.0, 1.0]), 0.5, 2).tolist()
        [0.25, 0.75]
    """
    if isinstance(smoothing, (int, float)) and smoothing == 0:
        return y
    s = jnp.asarray(smoothing, y.dtype)
    return y * (1 - s) + s / classes


def class_probabilities(f: Array, axis: int) -> Array:
    """Predictions divided by their sum over an axis, and kept 1e-7 from 0 and 1.

    Raises:
        ShapeError: There is one class.

    Examples:
        >>> class_probabilities(jnp.array([3.0, 1.0]), -1).tolist()
        [0.75, 0.25]
    """
    if f.shape[axis] < 2:
        raise ShapeError(f"Predictions of shape {f.shape} have one class. Give a unit per class, or take BinaryCrossentropy.")
    return jnp.clip(f / jnp.sum(f, axis=axis, keepdims=True), EPSILON, 1 - EPSILON)


def _log_probabilities(f: Array, from_logits: bool, axis: int) -> Array:
    """Log-probabilities of the classes along an axis."""
    if from_logits and f.shape[axis] > 1:
        return jax.nn.log_softmax(f, axis=axis)
    return jnp.log(class_probabilities(f, axis))


@dataclass(frozen=True)
class BinaryCrossentropy(Loss):
    """The cross-entropy of independent yes-or-no targets, `−y·ln p − (1 − y)·ln(1 − p)`, the mean over the outputs.

    With `from_logits`, p is the sigmoid of the predictions z and the loss is `y·softplus(−z) + (1 − y)·softplus(z)`, right at any
    finite logit. Without, p is clipped to [1e-7, 1 − 1e-7], where the gradient dies: prefer logits.

    Attributes:
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: s in [0, 1]; targets become `y·(1 − s) + s/2`.
        axis: The axis of the mean.

    Examples:
        >>> loss = BinaryCrossentropy(from_logits=True)
        >>> loss.per_example(jnp.array([1.0, 0.0]), jnp.array([-1e4, -1e4])).tolist()
        [10000.0, 0.0]
    """

    from_logits: bool = False
    label_smoothing: float = traced(default=0.0)
    axis: int = -1
    name: str = field(default="binary_crossentropy", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        y = smoothed(y, self.label_smoothing, 2)
        if self.from_logits:
            return jnp.mean(y * jax.nn.softplus(-f) + (1 - y) * jax.nn.softplus(f), axis=self.axis)
        p = jnp.clip(f, EPSILON, 1 - EPSILON)
        return -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log(1 - p), axis=self.axis)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are no probabilities."""
        super().check(y, outputs)
        check_probabilities(self, y)


@dataclass(frozen=True)
class CategoricalCrossentropy(Loss):
    """The cross-entropy of one-hot targets, `−Σ_c y_c · ln p_c`.

    With `from_logits`, p is the softmax of the predictions, taken in log-sum-exp form; without, the predictions are divided by
    their sum and clipped to [1e-7, 1 − 1e-7].

    Attributes:
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: s in [0, 1]; targets become `y·(1 − s) + s/classes`.
        axis: The axis of the classes.

    Examples:
        >>> float(CategoricalCrossentropy(from_logits=True)(jnp.array([[0.0, 1.0]]), jnp.array([[1e4, 0.0]])))
        10000.0
    """

    from_logits: bool = False
    label_smoothing: float = traced(default=0.0)
    axis: int = -1
    name: str = field(default="categorical_crossentropy", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The sum over the classes, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        y = smoothed(y, self.label_smoothing, y.shape[self.axis])
        return -jnp.sum(y * _log_probabilities(f, self.from_logits, self.axis), axis=self.axis)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses rows that are not distributions over the classes, and class numbers, which are not one-hot."""
        check_distributions(self, y, outputs, self.axis)


@dataclass(frozen=True)
class SparseCategoricalCrossentropy(Loss):
    """The cross-entropy of class numbers, `−ln p_y`: `CategoricalCrossentropy` without one-hot rows.

    Attributes:
        from_logits: Whether predictions are logits rather than probabilities.
        ignore_class: A label whose examples have loss 0 and do not count in a mean; None for no such label. Other labels outside
            the classes have loss 0 and do count: `check` refuses them.

    Examples:
        >>> float(SparseCategoricalCrossentropy(from_logits=True)(jnp.array([1]), jnp.array([[1e4, 0.0]])))
        10000.0
    """

    from_logits: bool = False
    ignore_class: int | None = None
    name: str = field(default="sparse_categorical_crossentropy", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Labels `(batch, …)` or `(batch, …, 1)` to losses `(batch, …)`."""
        labels, f = align(y_true, y_pred, labels=True)
        counts = jnp.ones_like(labels, bool) if self.ignore_class is None else labels != self.ignore_class
        # Ignored predictions are replaced before the logarithm, so that whatever they hold reaches no gradient.
        f = f if self.ignore_class is None else jnp.where(counts[..., None], f, 1.0)
        chosen = counts[..., None] & (labels[..., None] == jnp.arange(f.shape[-1]))
        return -jnp.sum(jnp.where(chosen, _log_probabilities(f, self.from_logits, -1), 0.0), axis=-1)

    def mask(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array | None:
        """Where the label is not `ignore_class`."""
        return None if self.ignore_class is None else align(y_true, y_pred, labels=True)[0] != self.ignore_class

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses labels that are no class: fractions, negative ones, numbers from 1 instead of from 0."""
        check_classes(self, y, outputs, self.ignore_class)


@dataclass(frozen=True)
class CategoricalGeneralizedCrossEntropy(Loss):
    """The generalized cross-entropy of class numbers, `(1 − p_y^q) / q`, which wrong labels move less (Zhang & Sabuncu, 2018).

    Towards q = 0 it is the cross-entropy, towards q = 1 the absolute error. Predictions are probabilities.

    Attributes:
        q: In (0, 1).

    Examples:
        >>> float(CategoricalGeneralizedCrossEntropy()(jnp.array([1]), jnp.array([[0.75, 0.25]])))
        1.0
    """

    q: float = traced(default=0.5)
    name: str = field(default="categorical_generalized_cross_entropy", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if is_known(self.q) and not 0 < self.q < 1:
            raise ArgumentError(f"CategoricalGeneralizedCrossEntropy needs a q between 0 and 1; got {self.q}.")

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Labels `(batch, …)` or `(batch, …, 1)` to losses `(batch, …)`."""
        labels, f = align(y_true, y_pred, labels=True)
        p = jnp.sum(jnp.where(labels[..., None] == jnp.arange(f.shape[-1]), f, 0.0), axis=-1)
        # At a probability of 0 the slope is infinite, and would make NaN of every weight.
        return (1 - jnp.maximum(p, np.finfo(f.dtype).tiny) ** self.q) / self.q

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses labels that are no class."""
        check_classes(self, y, outputs)


@dataclass(frozen=True)
class KLDivergence(Loss):
    """The divergence of predicted from true distributions, `Σ_c y_c · ln(y_c / p_c)`, both clipped to [1e-7, 1].

    Examples:
        >>> round(float(KLDivergence()(jnp.array([[0.5, 0.5]]), jnp.array([[0.25, 0.75]]))), 4)
        0.1438
    """

    name: str = field(default="kl_divergence", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The sum over the classes, `(batch, …)`."""
        y, p = (jnp.clip(values, EPSILON, 1) for values in align(y_true, y_pred))
        return jnp.sum(y * jnp.log(y / p), axis=-1)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses rows that are not distributions over the classes."""
        check_distributions(self, y, outputs)


@dataclass(frozen=True)
class Poisson(Loss):
    """What counts pay for predicted rates, the mean over the outputs of `f − y·ln(f + 1e-7)`; rates are not negative.

    Examples:
        >>> round(float(Poisson()(jnp.array([2.0]), jnp.array([1.0]))), 4)
        1.0
    """

    name: str = field(default="poisson", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        return jnp.mean(f - y * jnp.log(f + EPSILON), axis=-1)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses negative counts."""
        super().check(y, outputs)
        check_not_negative(self, y, "A count is 0 or more.")
