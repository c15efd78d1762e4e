"""Losses of overlap, for images of which every pixel is classified, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError
from leadline.loss import EPSILON, Loss, align
from leadline.losses.targets import check_probabilities
from leadline.structure import traced
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["Dice", "Tversky"]

Axes = int | tuple[int, ...] | None


def _axes(axis: Axes) -> Axes:
    return tuple(axis) if isinstance(axis, list) else axis


def _check_overlap(loss: Loss, axis: Axes, y: NumpyArray) -> None:
    """Refuses an overlap over the examples, which would be another for every size of batch, and impossible targets."""
    check_probabilities(loss, y)
    axes = axis if isinstance(axis, tuple) else (0 if axis is None else axis,)
    if {0, -np.ndim(y)}.intersection(axes):
        raise ArgumentError(
            f"{type(loss).__name__} with axis={axis} is one number for a whole batch, and a training needs one for each example. "
            "Give the axes of one example, such as axis=(1, 2, 3) for images."
        )


@dataclass(frozen=True)
class Dice(Loss):
    """One minus the overlap of targets and predictions, `1 − 2·Σ y·f / (Σ y + Σ f + 1e-7)` (Dice, 1945).

    Attributes:
        axis: The axes of the sums, such as (1, 2, 3) for one number an image; None for one number a batch, which no training
            takes, since it is another for every size of batch.

    Examples:
        >>> y, f = jnp.array([[1.0, 1.0, 0.0, 0.0]]), jnp.array([[1.0, 0.0, 1.0, 0.0]])
        >>> round(float(Dice(axis=1)(y, f)), 4)
        0.5
    """

    axis: Axes = None
    name: str = field(default="dice", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "axis", _axes(self.axis))

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """What the axes leave, `(batch, …)`; a scalar where they are all."""
        y, f = align(y_true, y_pred)
        both = jnp.sum(y * f, axis=self.axis)
        return 1 - 2 * both / (jnp.sum(y, axis=self.axis) + jnp.sum(f, axis=self.axis) + EPSILON)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are no probabilities, and axes that mix examples."""
        super().check(y, outputs)
        _check_overlap(self, self.axis, y)


@dataclass(frozen=True)
class Tversky(Loss):
    """One minus an overlap that weighs the two mistakes apart (Salehi et al., 2017).

    `1 − t / (t + α·Σ y·(1 − f) + β·Σ (1 − y)·f + 1e-7)` with `t = Σ y·f`; α = β = 1/2 is Dice.

    Attributes:
        alpha: α, the weight of what is missed.
        beta: β, the weight of what is found wrongly.
        axis: The axes of the sums, as in `Dice`.

    Examples:
        >>> y, f = jnp.array([[1.0, 1.0, 0.0, 0.0]]), jnp.array([[1.0, 0.0, 0.0, 0.0]])
        >>> round(float(Tversky(alpha=1.0, axis=1)(y, f)), 4)
        0.5
    """

    alpha: float = traced(default=0.5)
    beta: float = traced(default=0.5)
    axis: Axes = None
    name: str = field(default="tversky", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "axis", _axes(self.axis))

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """What the axes leave, `(batch, …)`; a scalar where they are all."""
        y, f = align(y_true, y_pred)
        both, missed, wrong = (jnp.sum(part, axis=self.axis) for part in (y * f, y * (1 - f), (1 - y) * f))
        return 1 - both / (both + self.alpha * missed + self.beta * wrong + EPSILON)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are no probabilities, and axes that mix examples."""
        super().check(y, outputs)
        _check_overlap(self, self.axis, y)
