"""What a model accepts as data, checked on the host before anything is compiled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from leadline.data.batches import padded
from leadline.errors import ArgumentError, DataError, ShapeError
from leadline.loss import Loss
from leadline.training.state import Examples
from leadline.types import NumpyArray, Shape, default_float

__all__ = ["batched", "examples", "hold_out", "inputs", "validation_parts", "whole"]


def whole(name: str, value: Any, least: int) -> int:
    """A whole number of at least `least`.

    Raises:
        ArgumentError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < least:
        raise ArgumentError(f"{name!r} must be a whole number of at least {least}. Got {value!r}.")
    return int(value)


def _numbers(values: Any, name: str, remedy: str) -> NumpyArray:
    """The values as an array of numbers or booleans."""
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{name} must have rows of one length. Got rows of different lengths. Fill or cut them.") from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} must hold numbers. Got an array of {array.dtype}. {remedy}")
    return array


def inputs(X: Any, input_shape: Shape | None = None) -> NumpyArray:
    """The inputs as an array of the default float or of integers, `(m, …)`.

    Args:
        X: Anything NumPy reads as an array of numbers.
        input_shape: The shape that one example must have, where it is known.

    Raises:
        DataError: Not numbers, none at all, or some that are not finite in float32.
        ShapeError: No batch axis, or examples of another shape.
    """
    array = _numbers(X, "X", "Turn text and categories into columns of numbers first.")
    if array.ndim < 2:
        raise ShapeError(
            f"X must have a row for each example, shape (m, features). Got shape {array.shape}. "
            "Write X[:, None] for one feature, or x[None, :] for one example."
        )
    if not len(array):
        raise DataError("X has no rows. Pass at least one example.")
    if input_shape is not None and array.shape[1:] != input_shape:
        raise ShapeError(f"The model takes examples of shape {input_shape}. Got X of shape {array.shape}, so {array.shape[1:]}.")
    with np.errstate(over="ignore"):
        array = array.astype(default_float()) if array.dtype.kind in "fb" else array
    if not np.isfinite(array).all():
        row, *where = np.argwhere(~np.isfinite(array))[0]
        raise DataError(
            f"X has {int((~np.isfinite(array)).sum()):,} values that are NaN, infinite or too large for {array.dtype}; "
            f"the first in row {row}, column {', '.join(map(str, where))}. Remove or fill them before training."
        )
    return array.astype(default_float()) if array.dtype.kind in "iu" and array.dtype.itemsize > 4 else array


def examples(
    X: NumpyArray,
    y: Any,
    loss: Loss,
    output_shape: Shape,
    *,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
) -> Examples:
    """Inputs, targets and weights that fit each other, the network and the loss.

    Args:
        X: Inputs, `(m, …)`, as `inputs` gives them.
        y: Targets, `(m,)` or `(m, outputs)`.
        loss: The loss, which knows what labels it takes.
        output_shape: The shape of one output.
        sample_weight: A weight for each example, `(m,)`.
        class_weight: A weight for each class label.

    Raises:
        DataError: Values that cannot be used.
        ShapeError: Lengths or shapes that do not fit.
        ArgumentError: Both kinds of weight, negative or all-zero weights, or a class weight for a label that does not occur.
    """
    y = _numbers(y, "y", "Number the classes from 0 first.")
    if y.ndim == 0 or len(y) != len(X):
        raise ShapeError(f"X has {len(X):,} rows and y has shape {y.shape}. Pass one target for each row.")
    if y.ndim == 1 and output_shape == (1,):
        y = y[:, None]
    loss.check(y, output_shape[-1] if output_shape else 1)
    y = _targets(y)
    return Examples(X, y, _weights(y, sample_weight, class_weight))


def _targets(y: NumpyArray) -> NumpyArray:
    """Finite targets as int32 where they are whole numbers that fit, else as the default float."""
    if y.dtype.kind in "iu" and y.size and np.iinfo(np.int32).min <= y.min() and y.max() <= np.iinfo(np.int32).max:
        return y.astype(np.int32)
    with np.errstate(over="ignore"):
        floating = y.astype(default_float())
    if not np.isfinite(floating).all():
        row = np.argwhere(~np.isfinite(floating))[0][0]
        raise DataError(
            f"y has values too large for {floating.dtype}; the first in row {row}: {y[row].tolist()}. "
            "Measure it in a larger unit or take its logarithm."
        )
    return floating


def _weights(y: NumpyArray, sample_weight: Any, class_weight: Mapping[int, float] | None) -> NumpyArray | None:
    if sample_weight is not None and class_weight is not None:
        raise ArgumentError("Got both sample_weight and class_weight. Multiply them into one sample_weight.")
    if class_weight is not None:
        return _class_weights(y, class_weight)
    if sample_weight is None:
        return None
    weight = _numbers(sample_weight, "sample_weight", "Give a number for each row.").astype(default_float())
    if weight.shape in ((len(y), 1), (len(y),)):
        weight = weight.reshape(-1)
    else:
        raise ShapeError(f"sample_weight must have one number for each of the {len(y):,} rows. Got shape {weight.shape}.")
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        got = f"Got numbers from {weight.min():g} to {weight.max():g}."
        raise ArgumentError(f"sample_weight must be finite, not negative, and not all 0. {got}")
    return weight


def _class_weights(y: NumpyArray, class_weight: Mapping[int, float]) -> NumpyArray:
    labels = np.argmax(y, axis=-1) if y.ndim == 2 and y.shape[-1] > 1 else y.reshape(len(y)).astype(int)
    present = set(np.unique(labels).tolist())
    if not isinstance(class_weight, Mapping):
        raise ArgumentError(f"class_weight must be a dictionary of labels to weights, {{0: 1.0, 1: 5.0}}. Got {class_weight!r}.")
    if unknown := sorted(set(class_weight) - present, key=str):
        raise ArgumentError(f"class_weight has label {unknown[0]!r}, which y does not. Its labels: {sorted(present)}.")
    weight = np.array([class_weight.get(label, 1.0) for label in labels.tolist()], default_float())
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise ArgumentError(f"class_weight must be finite, not negative, and not all 0. Got {dict(class_weight)}.")
    return weight


def batched(data: Examples, batch_size: int) -> Examples:
    """The examples in batches `(steps, batch, …)`, with weight NaN in the places that only fill the last one."""
    steps = -(-len(data.y) // batch_size)
    weight = np.full(steps * batch_size, np.nan, default_float())
    weight[: len(data.y)] = 1 if data.weight is None else data.weight
    return Examples(padded(data.X, batch_size), padded(data.y, batch_size), weight.reshape(steps, batch_size))


def validation_parts(data: Any) -> tuple[Any, Any, Any]:
    """The `validation_data` of a fit as inputs, targets and sample weights, the last None where there are none.

    Raises:
        ArgumentError: It is not a tuple of two or three.
    """
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        got = f"{len(data)} of them" if isinstance(data, (tuple, list)) else f"a {type(data).__name__}"
        raise ArgumentError(f"validation_data must be (x, y) or (x, y, sample_weight). Got {got}.")
    x, y, *weight = data
    return x, y, weight[0] if weight else None


def hold_out(X: Any, y: Any, sample_weight: Any, share: float) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """The first rows for training, and the last `share` of them for validation, as Keras's `validation_split`.

    Raises:
        ArgumentError: `share` leaves one of the two without rows.
    """
    X, y = _numbers(X, "X", "Turn text and categories into columns of numbers first."), np.asarray(y)
    m = len(X) if X.ndim else 0
    at = int(m * (1 - share)) if 0 < share < 1 else 0
    if not 0 < at < m:
        raise ArgumentError(f"validation_split must leave rows on both sides, between 0 and 1. Got {share!r} for {m:,} rows.")
    weight = None if sample_weight is None else np.asarray(sample_weight)
    return (X[:at], y[:at], None if weight is None else weight[:at]), (X[at:], y[at:], None if weight is None else weight[at:])
