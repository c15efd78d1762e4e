"""Which targets a loss can be meant for: the refusals that several losses share, run on the host before training."""

from __future__ import annotations

import numpy as np

from leadline.errors import ShapeError
from leadline.loss import Loss, finite_targets, refuse_rows
from leadline.types import NumpyArray

__all__ = ["check_classes", "check_distributions", "check_not_negative", "check_probabilities"]


def check_probabilities(loss: Loss, y: NumpyArray) -> None:
    """Refuses targets that are no probabilities: `{1, 2}` for `{0, 1}`, `{−1, 1}`, counts.

    Raises:
        DataError: A target lies outside [0, 1]; the message names the first such row.
    """
    expected = f"{type(loss).__name__} needs targets of 0 or 1 (or probabilities between)"
    numbers = np.asarray(y)
    refuse_rows(numbers, (numbers < 0) | (numbers > 1), expected, "Name the two classes 0 and 1.")


def check_distributions(loss: Loss, y: NumpyArray, outputs: int, axis: int = -1) -> None:
    """Refuses rows that are not distributions over the classes, and class numbers, which are not one-hot.

    Args:
        loss: Who asks.
        y: All targets, `(examples, …)`.
        outputs: How many classes there are.
        axis: The axis of the classes.

    Raises:
        DataError: A row is negative somewhere, does not sum to 1 or is not finite; the message names the first.
        ShapeError: There are no rows of that length.
    """
    numbers, kind = finite_targets(y, outputs), type(loss).__name__
    if numbers.ndim < 2 or numbers.shape[axis] != outputs:
        found = f"one-hot rows of {outputs} classes; got targets of shape {numbers.shape}"
        raise ShapeError(f"{kind} needs {found}. For class numbers take SparseCategoricalCrossentropy.")
    bad = (numbers < 0).any(axis=axis) | (np.abs(numbers.sum(axis=axis) - 1) > 1e-3)
    refuse_rows(numbers, bad, f"{kind} needs rows that are not negative and sum to 1", "Encode them one-hot.")


def check_classes(loss: Loss, y: NumpyArray, outputs: int, ignored: int | None = None) -> None:
    """Refuses labels that are no class: fractions, negative ones, numbers from 1 instead of from 0.

    Args:
        loss: Who asks.
        y: All targets, `(examples, …)`.
        outputs: How many classes there are.
        ignored: A label that may stand beside them.

    Raises:
        DataError: A label is no class; the message names the first such row.
    """
    numbers = finite_targets(y, outputs)
    bad = (numbers != np.floor(numbers)) | (numbers < 0) | (numbers >= outputs)
    bad &= ignored is None or numbers != ignored
    expected = f"{type(loss).__name__} with {outputs} outputs needs whole class numbers from 0 to {outputs - 1}"
    refuse_rows(numbers, bad, expected, "Number the classes from 0, or give the last layer one unit per class.")


def check_not_negative(loss: Loss, y: NumpyArray, remedy: str) -> None:
    """Refuses targets below 0.

    Raises:
        DataError: There is one; the message names the first such row.
    """
    numbers = np.asarray(y)
    refuse_rows(numbers, numbers < 0, f"{type(loss).__name__} needs targets that are not negative", remedy)
