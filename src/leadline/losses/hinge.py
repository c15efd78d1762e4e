"""Losses of margins: nothing is paid for what is right by more than one, with Keras's names and Keras's numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

from leadline.errors import DataError
from leadline.loss import Loss, align, refuse_rows
from leadline.losses.targets import check_distributions
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["CategoricalHinge", "Hinge", "SquaredHinge"]


def _shortfall(y_true: ArrayLike, y_pred: ArrayLike) -> Array:
    """What each margin `y·f` lacks to 1, not below 0; a target of 0 is taken as −1."""
    y, f = align(y_true, y_pred)
    return jnp.maximum(1 - jnp.where(y == 0, -1.0, y) * f, 0.0)


def _check_signs(loss: Loss, y: NumpyArray) -> None:
    """Refuses targets that are neither −1 and 1 nor 0 and 1."""
    numbers, expected = np.asarray(y), f"{type(loss).__name__} needs targets of −1 and 1, or of 0 and 1"
    refuse_rows(numbers, ~np.isin(numbers, (-1, 0, 1)), expected, "Name the two classes so.")
    if (numbers == 0).any() and (numbers == -1).any():
        raise DataError(f"{expected}; got −1, 0 and 1 together, where 0 has no meaning. Name the two classes one way.")


@dataclass(frozen=True)
class Hinge(Loss):
    """The mean over the outputs of `max(1 − y·f, 0)`, with y −1 or 1; targets of 0 and 1 are taken as −1 and 1.

    Examples:
        >>> Hinge().per_example(jnp.array([-1.0, 1.0]), jnp.array([0.5, 3.0])).tolist()
        [1.5, 0.0]
    """

    name: str = field(default="hinge", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        return jnp.mean(_shortfall(y_true, y_pred), axis=-1)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are neither −1 and 1 nor 0 and 1."""
        super().check(y, outputs)
        _check_signs(self, y)


@dataclass(frozen=True)
class SquaredHinge(Loss):
    """The mean over the outputs of `max(1 − y·f, 0)²`, with y −1 or 1; targets of 0 and 1 are taken as −1 and 1.

    Examples:
        >>> SquaredHinge().per_example(jnp.array([0.0, 1.0]), jnp.array([1.0, 3.0])).tolist()
        [4.0, 0.0]
    """

    name: str = field(default="squared_hinge", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """The mean over the outputs, `(batch, …)`."""
        return jnp.mean(jnp.square(_shortfall(y_true, y_pred)), axis=-1)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are neither −1 and 1 nor 0 and 1."""
        super().check(y, outputs)
        _check_signs(self, y)


@dataclass(frozen=True)
class CategoricalHinge(Loss):
    """What the true class lacks to lead every other by one: `max(max_c (1 − y_c)·f_c − Σ_c y_c·f_c + 1, 0)`, y one-hot.

    Examples:
        >>> float(CategoricalHinge()(jnp.array([[0.0, 1.0]]), jnp.array([[0.5, 1.0]])))
        0.5
    """

    name: str = field(default="categorical_hinge", kw_only=True)

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """One for each row of classes, `(batch, …)`."""
        y, f = align(y_true, y_pred)
        return jnp.maximum(jnp.max((1 - y) * f, axis=-1) - jnp.sum(y * f, axis=-1) + 1, 0.0)

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses rows that are not distributions over the classes, and class numbers, which are not one-hot."""
        check_distributions(self, y, outputs)
