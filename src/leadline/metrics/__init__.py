"""Metrics: what is reported beside the loss, summed over batches, with Keras's names and Keras's numbers.

A metric is three pure functions: `init` gives a state of sums, `update` adds a batch, `result` makes a number of them; so it runs
inside `lax.scan`, and many at once under `jax.vmap`. A sample weight counts an example that often; weight 0 leaves it out. A
metric of one's own is a function of `(y_true, y_pred)` that gives a value for each example, or a frozen dataclass:

    >>> import jax.numpy as jnp
    >>> from dataclasses import dataclass, field
    >>> from leadline.loss import align
    >>> from leadline.metric import MeanMetric
    >>> @dataclass(frozen=True)
    ... class WithinTolerance(MeanMetric):
    ...     tolerance: float = 0.1
    ...     name: str = field(default="within_tolerance", kw_only=True)
    ...
    ...     def values(self, y_true, y_pred):
    ...         y, f = align(y_true, y_pred)
    ...         return jnp.abs(f - y) <= self.tolerance
    >>> float(WithinTolerance(0.5)(jnp.array([1.0, 2.0]), jnp.array([1.25, 3.0])))
    0.5
    >>> float(get(lambda y, f: jnp.abs(f - y) <= 0.5)(jnp.array([1.0, 2.0]), jnp.array([1.25, 3.0])))
    0.5
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, TypeVar

from leadline import losses
from leadline.errors import ArgumentError, unknown_name
from leadline.metric import Metric
from leadline.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from leadline.metrics.auc import AUC
from leadline.metrics.bounded import (
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)
from leadline.metrics.confusion import FalseNegatives, FalsePositives, Precision, Recall, TrueNegatives, TruePositives
from leadline.metrics.correlation import ConcordanceCorrelation, PearsonCorrelation
from leadline.metrics.crossentropy import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    KLDivergence,
    Poisson,
    SparseCategoricalCrossentropy,
)
from leadline.metrics.f_score import F1Score, FBetaScore
from leadline.metrics.hinge import CategoricalHinge, Hinge, SquaredHinge
from leadline.metrics.mean_loss import MeanLoss
from leadline.metrics.overlap import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from leadline.metrics.reduction import Mean, Sum
from leadline.metrics.regression import (
    CosineSimilarity,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    R2Score,
    RootMeanSquaredError,
)
from leadline.structure import Structure

__all__ = ["AUC", "METRICS", "Accuracy", "BinaryAccuracy", "BinaryCrossentropy", "BinaryIoU", "CategoricalAccuracy"]
__all__ += ["CategoricalCrossentropy", "CategoricalHinge", "ConcordanceCorrelation", "CosineSimilarity", "F1Score", "FBetaScore"]
__all__ += ["FalseNegatives", "FalsePositives", "Hinge", "IoU", "KLDivergence", "LogCoshError", "Mean", "MeanAbsoluteError"]
__all__ += ["MeanAbsolutePercentageError", "MeanIoU", "MeanLoss", "MeanSquaredError", "MeanSquaredLogarithmicError", "OneHotIoU"]
__all__ += ["OneHotMeanIoU", "PearsonCorrelation", "Poisson", "Precision", "PrecisionAtRecall", "R2Score", "Recall"]
__all__ += ["RecallAtPrecision", "RootMeanSquaredError", "SensitivityAtSpecificity", "SparseCategoricalAccuracy"]
__all__ += ["SparseCategoricalCrossentropy", "SparseTopKCategoricalAccuracy", "SpecificityAtSensitivity", "SquaredHinge", "Sum"]
__all__ += ["TopKCategoricalAccuracy", "TrueNegatives", "TruePositives", "get", "resolve"]

S = TypeVar("S", bound=Structure)

KINDS: tuple[type[Metric], ...] = (
    *(BinaryAccuracy, CategoricalAccuracy, SparseCategoricalAccuracy, TopKCategoricalAccuracy, SparseTopKCategoricalAccuracy),
    *(TruePositives, FalsePositives, TrueNegatives, FalseNegatives, Precision, Recall, AUC, F1Score, FBetaScore, BinaryIoU),
    *(RootMeanSquaredError, LogCoshError, CosineSimilarity, R2Score, PearsonCorrelation, ConcordanceCorrelation),
)


def _lower(name: str) -> str:
    """A class's name in lower case, as in Keras: "BinaryIoU" is "binary_io_u"."""
    return re.sub("(?<=[a-z])(?=[A-Z])|(?<=.)(?=[A-Z][a-z])", "_", name).lower()


METRICS: Mapping[str, type[Metric]] = MappingProxyType(
    {"Accuracy": Accuracy} | {kind.__name__: kind for kind in KINDS} | {_lower(kind.__name__): kind for kind in KINDS}
)
"""As in Keras: "TruePositives" and "true_positives". Besides these, every name of a loss is a metric, its mean."""

WITH_ARGUMENTS: Mapping[str, str] = {
    "IoU": "num_classes=3, target_class_ids=[0]",
    "MeanIoU": "num_classes=3",
    "OneHotIoU": "num_classes=3, target_class_ids=[0]",
    "OneHotMeanIoU": "num_classes=3",
    "PrecisionAtRecall": "recall=0.8",
    "RecallAtPrecision": "precision=0.8",
    "SensitivityAtSpecificity": "specificity=0.8",
    "SpecificityAtSensitivity": "sensitivity=0.8",
}
"""The metrics that a name alone does not make, and an example of what they need."""


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
    for name, needed in WITH_ARGUMENTS.items():
        if getattr(identifier, "__name__", identifier) in (name, _lower(name)):
            raise ArgumentError(f"The metric {name} needs arguments. Make one, such as metrics.{name}({needed}).")
    if isinstance(identifier, str) and identifier not in losses.LOSSES:
        raise unknown_name("metric", identifier, {*METRICS, *WITH_ARGUMENTS, *losses.LOSSES, "accuracy"})
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if isinstance(identifier, str | losses.Loss) or (callable(identifier) and not isinstance(identifier, Mean | Sum | type)):
        return MeanLoss(losses.get(identifier))
    got = f"{identifier!r} of type {type(identifier).__name__}"
    raise ArgumentError(f"A metric must be a name such as 'accuracy', a Metric, or a function of (y_true, y_pred); got {got}.")


def resolve(identifier: Any, loss: losses.Loss, y_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> Metric:
    """The metric meant by an identifier of `get`, or by "accuracy" or "acc", beside a loss and the shapes of whole batches.

    "accuracy" is binary where the last axis of the output is 1; else of class numbers where targets lack that axis or have 1
    there; else of one-hot rows. A metric given by its name is called by it, and reads predictions as the loss does: with
    `from_logits=True` the threshold of accuracy, precision and recall is the logit 0. (Keras compares logits with 0.5.)

    Raises:
        ArgumentError: It is no metric, has an argument without sense, or gives several numbers, where a history records one.

    Examples:
        >>> resolve("accuracy", losses.BinaryCrossentropy(from_logits=True), (32,), (32, 1))
        BinaryAccuracy(name='accuracy', threshold=0.0)
    """
    made = _named(identifier, loss, y_shape, output_shape) if isinstance(identifier, str) else get(identifier)
    try:
        metric = made.sized(output_shape)
        is_scalar = metric.is_scalar
    except (TypeError, ValueError, OverflowError) as error:  # of a number that is a text, or a size that is none
        raise ArgumentError(f"The metric {made.name!r} has an argument that makes no sense, {made!r}: {error}") from error
    if not is_scalar:
        remedy = "Give it one threshold, or an average such as 'macro' or 'uniform_average'; or call it yourself."
        raise ArgumentError(f"The metric {metric.name!r} gives several numbers, and a history records one. {remedy}")
    return metric


def _named(identifier: str, loss: losses.Loss, y_shape: tuple[int, ...], output_shape: tuple[int, ...]) -> Metric:
    """The metric meant by a name."""
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
    if isinstance(metric, AUC | FBetaScore):  # their thresholds are of probabilities, and none is the largest of a row
        changes = {"from_logits": True}
    known = {f.name for f in fields(metric)}  # type: ignore[arg-type]
    return metric.replace(**{name: value for name, value in changes.items() if name in known})
