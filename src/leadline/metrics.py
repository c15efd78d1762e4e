"""Metrics: what is reported beside the loss, summed over batches, with Keras's names and Keras's numbers.

A metric is three pure functions: `init` gives a state of sums, `update` adds a batch, `result` makes a number of them; so it runs
inside `lax.scan`, and many at once under `jax.vmap`. A sample weight counts an example that often; weight 0 leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypeVar

import jax
import jax.numpy as jnp

from leadline import losses
from leadline.errors import ArgumentError, ShapeError, unknown_name
from leadline.loss import align, align_weights
from leadline.metric import MeanMetric, Metric, Sums, added, ratio
from leadline.structure import Structure, traced
from leadline.types import Array, ArrayLike, default_float

__all__ = ["AUC", "METRICS", "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "MeanAbsoluteError", "MeanLoss"]
__all__ += ["MeanSquaredError", "Precision", "Recall", "RootMeanSquaredError", "SparseCategoricalAccuracy", "get", "resolve"]

S = TypeVar("S", bound=Structure)


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


@dataclass(frozen=True)
class MeanLoss(MeanMetric):
    """The mean of a loss over the examples, whatever its reduction; it has the loss's name unless given one.

    Examples:
        >>> MeanLoss(losses.Huber()).name
        'huber_loss'
    """

    loss: losses.Loss = traced()
    name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", self.name or self.loss.name)

    def values(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """Those of the loss."""
        return self.loss.per_example(y_true, y_pred)


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


def _binary(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None) -> tuple[Array, Array, Array]:
    """Targets as 0 and 1, predictions and weights, flat and of one length."""
    y, f = align(y_true, y_pred)
    weights = jnp.ones_like(f) if sample_weight is None else align_weights(sample_weight, f)
    return (y != 0).astype(f.dtype).ravel(), f.ravel(), weights.ravel()


@dataclass(frozen=True)
class Precision(Metric):
    """Of what is predicted to be positive, the share that is: `TP / (TP + FP)`, 0 where nothing is.

    Attributes:
        thresholds: A prediction above it is positive: one number, or several for a result of shape (thresholds,); None for 0.5.
        class_id: The only column of outputs that is looked at; None for all.

    Examples:
        >>> round(float(Precision()(jnp.array([0, 1, 1, 1]), jnp.array([1, 0, 1, 1]))), 4)
        0.6667
    """

    thresholds: float | tuple[float, ...] | None = None
    class_id: int | None = None
    name: str = field(default="precision", kw_only=True)

    def __post_init__(self) -> None:
        if isinstance(self.thresholds, list):
            object.__setattr__(self, "thresholds", tuple(self.thresholds))

    def _limits(self) -> Array:
        return jnp.asarray(0.5 if self.thresholds is None else self.thresholds, default_float())

    def init(self) -> Sums:
        """Zeros, one for each threshold."""
        return Sums(jnp.zeros_like(self._limits()), jnp.zeros_like(self._limits()))

    def whole(self, positive: Array, predicted: Array) -> Array:
        """What the true positives are a share of: here the predicted ones."""
        del positive
        return predicted

    def update(self, state: Sums, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Sums:
        """Adds the true positives, and what they are a share of."""
        if self.class_id is not None:
            y_true, y_pred = _column(y_true, self.class_id), _column(y_pred, self.class_id)
        y, f, w = _binary(y_true, y_pred, sample_weight)
        predicted = (f > self._limits()[..., None]).astype(f.dtype)
        return added(state, jnp.sum(w * y * predicted, axis=-1), jnp.sum(w * self.whole(y, predicted), axis=-1))


def _column(values: ArrayLike, index: int) -> Array:
    array = jnp.asarray(values)
    if array.ndim < 2 or not 0 <= index < array.shape[-1]:
        raise ShapeError(f"class_id={index} needs arrays with a last axis longer than that; got shape {array.shape}.")
    return array[..., index : index + 1]


@dataclass(frozen=True)
class Recall(Precision):
    """Of what is positive, the share that is predicted to be: `TP / (TP + FN)`, 0 where nothing is; attributes as `Precision`.

    Examples:
        >>> round(float(Recall()(jnp.array([0, 1, 1, 1]), jnp.array([1, 0, 1, 1]))), 4)
        0.6667
    """

    name: str = field(default="recall", kw_only=True)

    def whole(self, positive: Array, predicted: Array) -> Array:
        """What the true positives are a share of: here the positive ones."""
        return jnp.broadcast_to(positive, predicted.shape)


@dataclass(frozen=True)
class AUC(Metric):
    """The area under the ROC or the precision-recall curve, drawn through evenly spaced thresholds.

    ROC: trapezoids. PR: between two thresholds true and false positives, not their ratio, are interpolated (Davis & Goadrich,
    2006, section 4). The state is two histograms of the predictions, of the negative and of the positive targets.

    Attributes:
        num_thresholds: How many, above 1: the area is exact to about one over them.
        curve: "ROC" or "PR".
        from_logits: Whether predictions are logits rather than probabilities.

    Examples:
        >>> float(AUC(num_thresholds=3)(jnp.array([0, 0, 1, 1]), jnp.array([0.0, 0.5, 0.3, 0.9])))
        0.75
    """

    num_thresholds: int = 200
    curve: str = "ROC"
    from_logits: bool = False
    name: str = field(default="auc", kw_only=True)

    def __post_init__(self) -> None:
        if self.num_thresholds < 2:
            raise ArgumentError(f"AUC needs num_thresholds of 2 or more; got {self.num_thresholds}.")
        if self.curve not in ("ROC", "PR"):
            raise unknown_name("curve", self.curve, ("ROC", "PR"))

    def init(self) -> Sums:
        """Empty histograms: negatives in `weight`, positives in `total`."""
        return Sums(jnp.zeros(self.num_thresholds, default_float()), jnp.zeros(self.num_thresholds, default_float()))

    def update(self, state: Sums, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> Sums:
        """Adds each weight to the bin of its prediction: bin i lies above threshold i and not above the next."""
        y, f, w = _binary(y_true, y_pred, sample_weight)
        p = jnp.clip(jax.nn.sigmoid(f) if self.from_logits else f, 0.0, 1.0)
        bins = jnp.maximum(jnp.ceil(p * (self.num_thresholds - 1)) - 1, 0).astype(jnp.int32)
        empty = jnp.zeros(self.num_thresholds, f.dtype)
        return added(state, empty.at[bins].add(w * y), empty.at[bins].add(w * (1 - y)))

    def result(self, state: Sums) -> Array:
        """The area, in [0, 1]."""
        tp, fp = (jnp.cumsum(bins[::-1])[::-1] for bins in state)
        if self.curve == "ROC":
            x, y = ratio(fp, fp[0]), ratio(tp, tp[0])
            return jnp.sum((x[:-1] - x[1:]) * (y[:-1] + y[1:]) / 2)
        predicted = tp + fp
        gained = tp[:-1] - tp[1:]
        slope = ratio(gained, predicted[:-1] - predicted[1:])
        intercept = tp[1:] - slope * predicted[1:]
        growth = jnp.where(predicted[1:] > 0, ratio(predicted[:-1], predicted[1:]), 1.0)
        return ratio(jnp.sum(slope * (gained + intercept * jnp.log(growth))), tp[0])


METRICS: Mapping[str, type[Metric]] = MappingProxyType(
    {
        name: metric
        for metric in (
            *(Accuracy, BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy),
            *(RootMeanSquaredError, Precision, Recall, AUC),
        )
        for name in (metric.__name__, metric.name)
        if name != "accuracy"
    }
)
"""Besides these, every name of a loss is a metric, its mean."""


def get(identifier: Any) -> Metric:
    """The metric meant by a name, a class or an instance; of a loss, or a function of `(y_true, y_pred)`, the mean.

    Raises:
        ArgumentError: The name is unknown ("accuracy" needs `resolve`), or the identifier is something else.

    Examples:
        >>> get("auc").name, get("mae").name
        ('auc', 'mean_absolute_error')
    """
    if isinstance(identifier, Metric):
        return identifier
    if isinstance(identifier, str) and identifier in METRICS:
        return METRICS[identifier]()
    if isinstance(identifier, str) and identifier not in losses.LOSSES:
        raise unknown_name("metric", identifier, {*METRICS, *losses.LOSSES, "accuracy"})
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if isinstance(identifier, str) or (callable(identifier) and not isinstance(identifier, type)):
        return MeanLoss(losses.get(identifier))
    got = f"{identifier!r} of type {type(identifier).__name__}"
    raise ArgumentError(f"A metric must be a name such as 'accuracy', a Metric, or a function of (y_true, y_pred); got {got}.")


def resolve(identifier: Any, loss: losses.Loss, y_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> Metric:
    """The metric meant by an identifier of `get`, or by "accuracy" or "acc", beside a loss and the shapes of whole batches.

    "accuracy" is binary where the last axis of the output is 1; else of class numbers where targets lack that axis or have 1
    there; else of one-hot rows. A metric given by its name is called by it, and reads predictions as the loss does: with
    `from_logits=True` the threshold of accuracy, precision and recall is the logit 0. (Keras compares logits with 0.5.)

    Examples:
        >>> resolve("accuracy", losses.BinaryCrossentropy(from_logits=True), (32,), (32, 1))
        BinaryAccuracy(name='accuracy', threshold=0.0)
    """
    if not isinstance(identifier, str):
        return get(identifier)
    metric: Any = identifier
    if identifier.lower() in ("accuracy", "acc"):
        sparse = len(y_shape) < len(output_shape) or y_shape[-1] == 1
        metric = BinaryAccuracy if output_shape[-1] == 1 else SparseCategoricalAccuracy if sparse else CategoricalAccuracy
    named = get(metric).replace(name=identifier)
    return _of_logits(named) if getattr(loss, "from_logits", False) else named


def _of_logits(metric: S) -> S:
    """A metric, or a loss, that reads predictions as logits, if it has a field for that."""
    changes: dict[str, Any] = {"from_logits": True, "threshold": 0.0, "thresholds": 0.0}
    if isinstance(metric, MeanLoss) and hasattr(metric.loss, "from_logits"):
        return metric.replace(loss=_of_logits(metric.loss))
    known = {f.name for f in fields(metric)}  # type: ignore[arg-type]
    return metric.replace(**{name: value for name, value in changes.items() if name in known})
