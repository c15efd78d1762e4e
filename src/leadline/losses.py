"""Losses: how wrong the predictions are, with Keras's names and Keras's numbers.

`per_example` gives one loss per example, `__call__` reduces them to what is minimised. An infinite logit, which only a network
that has diverged gives, may make the loss NaN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, ShapeError, unknown_name
from leadline.loss import REDUCTIONS, Loss, align, finite_targets, refuse_rows
from leadline.structure import traced
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["LOSSES", "REDUCTIONS", "BinaryCrossentropy", "CategoricalCrossentropy", "FunctionLoss", "Huber", "Loss"]
__all__ += ["MeanAbsoluteError", "MeanSquaredError", "SparseCategoricalCrossentropy", "get"]

EPSILON = 1e-7
"""Probabilities are kept this far from 0 and 1 before their logarithm is taken."""


def _smoothed(y: Array, smoothing: float | Array, classes: int) -> Array:
    """Targets drawn towards the uniform distribution over the classes."""
    if isinstance(smoothing, (int, float)) and smoothing == 0:
        return y
    s = jnp.asarray(smoothing, y.dtype)
    return y * (1 - s) + s / classes


def _log_probabilities(f: Array, from_logits: bool, axis: int) -> Array:
    """Log-probabilities of the classes along an axis."""
    if f.shape[axis] < 2:
        raise ShapeError(f"Predictions of shape {f.shape} have one class. Give a unit per class, or take BinaryCrossentropy.")
    if from_logits:
        return jax.nn.log_softmax(f, axis=axis)
    return jnp.log(jnp.clip(f / jnp.sum(f, axis=axis, keepdims=True), EPSILON, 1 - EPSILON))


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
        y = _smoothed(y, self.label_smoothing, 2)
        if self.from_logits:
            return jnp.mean(y * jax.nn.softplus(-f) + (1 - y) * jax.nn.softplus(f), axis=self.axis)
        p = jnp.clip(f, EPSILON, 1 - EPSILON)
        return -jnp.mean(y * jnp.log(p) + (1 - y) * jnp.log(1 - p), axis=self.axis)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are no probabilities: `{1, 2}` for `{0, 1}`, `{−1, 1}`, counts."""
        super().check(y, outputs)
        expected = "BinaryCrossentropy needs targets of 0 or 1 (or probabilities between)"
        numbers = np.asarray(y)
        refuse_rows(numbers, (numbers < 0) | (numbers > 1), expected, "Name the two classes 0 and 1.")


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
        y = _smoothed(y, self.label_smoothing, y.shape[self.axis])
        return -jnp.sum(y * _log_probabilities(f, self.from_logits, self.axis), axis=self.axis)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses rows that are not distributions over the classes, and class numbers, which are not one-hot."""
        numbers = finite_targets(y, outputs)
        if numbers.ndim < 2 or numbers.shape[self.axis] != outputs:
            found = f"one-hot rows of {outputs} classes; got targets of shape {numbers.shape}"
            raise ShapeError(f"CategoricalCrossentropy needs {found}. For class numbers take SparseCategoricalCrossentropy.")
        bad = (numbers < 0).any(axis=self.axis) | (np.abs(numbers.sum(axis=self.axis) - 1) > 1e-3)
        refuse_rows(numbers, bad, "CategoricalCrossentropy needs rows that are not negative and sum to 1", "Encode them one-hot.")


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
        numbers = finite_targets(y, outputs)
        bad = (numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= outputs)
        bad &= self.ignore_class is None or numbers != self.ignore_class
        expected = f"SparseCategoricalCrossentropy with {outputs} outputs needs whole class numbers from 0 to {outputs - 1}"
        refuse_rows(numbers, bad, expected, "Number the classes from 0, or give the last layer one unit per class.")


@dataclass(frozen=True)
class MeanSquaredError(Loss):
    """The mean over the outputs of `(f − y)²`: Keras's, without the half of a regression's J.

    Examples:
        >>> float(MeanSquaredError()(jnp.array([1.0, 2.0]), jnp.array([[1.0], [4.0]])))
        2.0
    """

    name: str = field(default="mean_squared_error", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        return jnp.mean(jnp.square(f - y), axis=-1)


@dataclass(frozen=True)
class MeanAbsoluteError(Loss):
    """The mean over the outputs of `|f − y|`.

    Examples:
        >>> float(MeanAbsoluteError()(jnp.array([1.0, 2.0]), jnp.array([[1.0], [4.0]])))
        1.0
    """

    name: str = field(default="mean_absolute_error", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        # As a maximum, the gradient of an exact prediction is 0; of `jnp.abs` it is 1.
        return jnp.mean(jnp.maximum(f - y, y - f), axis=-1)


@dataclass(frozen=True)
class Huber(Loss):
    """The mean over the outputs of `e²/2` where `|e| = |f − y| ≤ δ`, else `δ·(|e| − δ/2)` (Huber, 1964).

    Attributes:
        delta: δ, above 0, in the units of the target: where a residual begins to count as an outlier.

    Examples:
        >>> Huber(1.0).per_example(jnp.array([0.0, 0.0]), jnp.array([0.5, 3.0])).tolist()
        [0.125, 2.5]
    """

    delta: float = traced(default=1.0)
    name: str = field(default="huber_loss", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        if isinstance(self.delta, (int, float, np.floating, np.integer)) and not self.delta > 0:
            raise ArgumentError(f"Huber needs a delta above 0; got {self.delta}.")

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        error = jnp.abs(f - y)
        quadratic = jnp.minimum(error, jnp.asarray(self.delta, f.dtype))
        return jnp.mean(quadratic * (error - 0.5 * quadratic), axis=-1)


@dataclass(frozen=True)
class FunctionLoss(Loss):
    """Any function as a loss; it is part of the program, and gives the loss its name.

    Attributes:
        function: Targets and predictions, as they are given, to one loss per example.

    Examples:
        >>> FunctionLoss(lambda y, f: jnp.abs(f - y) ** 3, name="cubed")(jnp.array([1.0]), jnp.array([3.0])).tolist()
        8.0
    """

    function: Callable[[Array, Array], Array]
    name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "name", self.name or getattr(self.function, "__name__", "loss"))

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """What the function gives."""
        return self.function(jnp.asarray(y_true), jnp.asarray(y_pred))

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are not finite numbers."""
        finite_targets(y, outputs)


KINDS: tuple[type[Loss], ...] = (
    *(BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy),
    *(MeanSquaredError, MeanAbsoluteError, Huber),
)

LOSSES: Mapping[str, type[Loss]] = MappingProxyType(
    {kind.__name__: kind for kind in KINDS}
    | {re.sub("(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in KINDS}
    | {"bce": BinaryCrossentropy, "mse": MeanSquaredError, "mae": MeanAbsoluteError}
    | {"BCE": BinaryCrossentropy, "MSE": MeanSquaredError, "MAE": MeanAbsoluteError}
)
"""As in Keras: "BinaryCrossentropy" and "binary_crossentropy"."""


def get(identifier: str | Loss | type[Loss] | Callable[[Array, Array], Array]) -> Loss:
    """The loss meant by a name, a class, an instance, or a function of `(y_true, y_pred)`.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("mse").name
        'mean_squared_error'
    """
    if isinstance(identifier, Loss):
        return identifier
    if isinstance(identifier, str):
        if identifier not in LOSSES:
            raise unknown_name("loss", identifier, LOSSES)
        return LOSSES[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if callable(identifier) and not isinstance(identifier, type):
        return FunctionLoss(identifier)
    got = f"{identifier!r} of type {type(identifier).__name__}"
    raise ArgumentError(f"A loss must be a name such as 'mse', a Loss, or a function of (y_true, y_pred); got {got}.")
