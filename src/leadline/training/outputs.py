"""Several outputs: their losses as one loss, and metrics that look at one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp

from leadline.errors import ShapeError
from leadline.loss import Loss
from leadline.metric import Metric
from leadline.structure import traced
from leadline.types import Array

__all__ = ["Joint", "OfOutput"]


@dataclass(frozen=True)
class Joint(Loss):
    """The weighted sum of the losses of several outputs, each reduced in its own way.

    Args:
        parts: A loss for each output.
        weights: How much each counts.
        names: What the outputs are called.

    Examples:
        >>> from leadline.losses import MeanAbsoluteError, MeanSquaredError
        >>> loss = Joint((MeanSquaredError(), MeanAbsoluteError()), (1.0, 0.5), ("price", "age"))
        >>> column = lambda value: jnp.array([[value]])
        >>> float(loss((column(1.0), column(2.0)), (column(3.0), column(6.0))))
        6.0
    """

    parts: tuple[Loss, ...] = traced(default=())
    weights: tuple[float, ...] = traced(default=())
    names: tuple[str, ...] = ()
    name: str = field(default="joint", kw_only=True)

    @property
    def records(self) -> tuple[str, ...]:
        """What the loss of each output is called in a history."""
        return tuple(f"{name}_loss" for name in self.names)

    def per_example(self, y_true: Any, y_pred: Any) -> Array:
        """The weighted sum of what each example costs at each output, `(batch,)`."""
        rows = []
        for part, weight, y, f in zip(self.parts, self.weights, y_true, y_pred, strict=True):
            values = part.per_example(y, f)
            rows.append(weight * jnp.mean(values.reshape(len(values), -1), axis=1))
        return jnp.sum(jnp.stack(rows), axis=0)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Array:
        """The weighted sum of the reduced losses."""
        each = zip(self.parts, self.weights, y_true, y_pred, strict=True)
        return jnp.sum(jnp.stack([weight * part(y, f, sample_weight) for part, weight, y, f in each]))

    def check(self, y: Any, outputs: Any) -> None:
        """Asks each part about its targets.

        Raises:
            ShapeError: Another number of targets than of outputs, or what a part refuses.
            DataError: What a part refuses.
        """
        if not isinstance(y, tuple) or len(y) != len(self.parts):
            got = f"{len(y)} of them" if isinstance(y, tuple) else "one array"
            raise ShapeError(f"The model has the outputs {', '.join(self.names)}, and wants targets for each. Got {got}.")
        for part, own, size in zip(self.parts, y, outputs, strict=True):
            part.check(own, size)


@dataclass(frozen=True)
class OfOutput(Metric):
    """A metric of one of several outputs.

    Args:
        place: Which output, from 0.
        metric: What is measured there.
    """

    place: int = 0
    metric: Metric = traced(default=None)

    def init(self) -> Any:
        """The metric's own start."""
        return self.metric.init()

    def update(self, state: Any, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """The metric's own update, with its output's targets and predictions."""
        return self.metric.update(state, y_true[self.place], y_pred[self.place], sample_weight)

    def result(self, state: Any) -> Array:
        """The metric's own number."""
        return self.metric.result(state)
