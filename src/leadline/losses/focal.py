"""Focal cross-entropies: what is predicted well already counts less (Lin et al., 2017)."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax
import jax.numpy as jnp

from leadline.loss import EPSILON, Loss, align
from leadline.losses.crossentropy import class_probabilities, smoothed
from leadline.losses.targets import check_distributions, check_probabilities
from leadline.structure import traced
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["BinaryFocalCrossentropy", "CategoricalFocalCrossentropy"]


@dataclass(frozen=True)
class BinaryFocalCrossentropy(Loss):
    """The cross-entropy of yes-or-no targets times `(1 − p_t)^γ`, where `p_t = y·p + (1 − y)·(1 − p)`; mean over the outputs.

    As in Keras, logits become probabilities before the logarithm, which are clipped to [1e-7, 1 − 1e-7]: beyond a logit of ±16
    the gradient of the logarithm dies.

    Attributes:
        apply_class_balancing: Whether targets are also weighted, by `y·α + (1 − y)·(1 − α)`.
        alpha: α, the weight of class 1 then.
        gamma: γ, 0 for no focus.
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: s in [0, 1]; targets become `y·(1 − s) + s/2`.
        axis: The axis of the mean.

    Examples:
        >>> round(float(BinaryFocalCrossentropy()(jnp.array([1.0]), jnp.array([0.5]))), 4)
        0.1733
    """

    apply_class_balancing: bool = False
    alpha: float = traced(default=0.25)
    gamma: float = traced(default=2.0)
    from_logits: bool = False
    label_smoothing: float = traced(default=0.0)
    axis: int = -1
    name: str = field(default="binary_focal_crossentropy", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        y = smoothed(y, self.label_smoothing, 2)
        p = jax.nn.sigmoid(f) if self.from_logits else f
        inside = jnp.clip(p, EPSILON, 1 - EPSILON)
        values = -(y * jnp.log(inside) + (1 - y) * jnp.log(1 - inside))
        values = jnp.power(1 - (y * p + (1 - y) * (1 - p)), self.gamma) * values
        if self.apply_class_balancing:
            values = (y * self.alpha + (1 - y) * (1 - self.alpha)) * values
        return jnp.mean(values, axis=self.axis)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are no probabilities."""
        super().check(y, outputs)
        check_probabilities(self, y)


@dataclass(frozen=True)
class CategoricalFocalCrossentropy(Loss):
    """The cross-entropy of one-hot targets with a focus, `−Σ_c α_c · (1 − p_c)^γ · y_c · ln p_c`.

    As in Keras, logits become probabilities before the logarithm, which are clipped to [1e-7, 1 − 1e-7].

    Attributes:
        alpha: α, one number or one for each class.
        gamma: γ, 0 for no focus.
        from_logits: Whether predictions are logits rather than probabilities.
        label_smoothing: s in [0, 1]; targets become `y·(1 − s) + s/classes`.
        axis: The axis of the classes.

    Examples:
        >>> round(float(CategoricalFocalCrossentropy()(jnp.array([[0.0, 1.0]]), jnp.array([[0.5, 0.5]]))), 4)
        0.0433
    """

    alpha: float | tuple[float, ...] = traced(default=0.25)
    gamma: float = traced(default=2.0)
    from_logits: bool = False
    label_smoothing: float = traced(default=0.0)
    axis: int = -1
    name: str = field(default="categorical_focal_crossentropy", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.alpha, list):
            object.__setattr__(self, "alpha", tuple(self.alpha))

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The sum over the classes, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        y = smoothed(y, self.label_smoothing, y.shape[self.axis])
        p = class_probabilities(jax.nn.softmax(f, axis=self.axis) if self.from_logits else f, self.axis)
        weights = jnp.power(1 - p, self.gamma) * jnp.asarray(self.alpha, p.dtype)
        return -jnp.sum(weights * y * jnp.log(p), axis=self.axis)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses rows that are not distributions over the classes, and class numbers, which are not one-hot."""
        check_distributions(self, y, outputs, self.axis)
