"""What a model accepts as data, checked on the host before anything is compiled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import jax
import numpy as np

from leadline.data.batches import padded
from leadline.errors import ArgumentError, DataError, ShapeError, unknown_name
from leadline.loss import Loss
from leadline.network import Network
from leadline.training.state import Examples
from leadline.types import NumpyArray, Shape, default_float

__all__ = ["batched", "check_values", "examples", "hold_out", "inputs", "validation_parts", "whole"]


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
    if values is None:
        raise ArgumentError(f"{name} is None. Pass an array of numbers, a row for each example.")
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{name} must have rows of one length. Got rows of different lengths. Fill or cut them.") from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} must hold numbers. Got an array of {array.dtype}. {remedy}")
    return array


def _several(given: Any, names: tuple[str, ...], what: str) -> list[Any]:
    """One for each name: from a list in their order, or from names to things.

    Raises:
        ArgumentError: A name that there is not, or that is missing.
        ShapeError: Another number of them.
    """
    if isinstance(given, Mapping):
        if unknown := [name for name in given if name not in names]:
            raise unknown_name(what, str(unknown[0]), names)
        if missing := [name for name in names if name not in given]:
            raise ArgumentError(f"The {what} {missing[0]!r} is missing. Give an array for each of: {', '.join(names)}.")
        return [given[name] for name in names]
    if not isinstance(given, (list, tuple)) or len(given) != len(names):
        got = f"{len(given)}" if isinstance(given, (list, tuple)) else f"one {type(given).__name__}"
        raise ShapeError(f"The model wants a list of {len(names)} arrays, one for each {what} ({', '.join(names)}). Got {got}.")
    return list(given)


def inputs(x: Any, network: Network | None = None) -> Any:
    """The inputs as arrays of the default float or of integers, `(m, …)`; a tuple of them where the network has several.

    Args:
        x: Anything NumPy reads as an array of numbers; for several inputs a list of such, or names of inputs to them.
        network: The network, where it is known.

    Raises:
        DataError: Not numbers, none at all, or some that are not finite in float32.
        ShapeError: No batch axis, examples of another shape, or inputs of different length.
        ArgumentError: Inputs of other names than the network's.
    """
    if network is None or not network.has_many_inputs:
        if isinstance(x, Mapping) and network is not None and network.input_names:
            (x,) = _several(x, network.input_names, "input")
        return _input(x, None if network is None else network.input_shape)
    given = _several(x, network.input_names, "input")
    arrays = tuple(_input(one, shape) for one, shape in zip(given, network.input_shapes, strict=True))
    if len({len(array) for array in arrays}) > 1:
        raise ShapeError(
            f"The inputs have different numbers of rows: {[len(array) for array in arrays]}. Give each the same rows."
        )
    return arrays


def check_values(X: Any, network: Network) -> None:
    """Asks the layers that read the inputs themselves whether they can read these values.

    Raises:
        DataError: A layer cannot, such as an `Embedding` a number that its table does not have.
    """
    arrays = X if isinstance(X, tuple) else (X,)
    for layer, read in network.calls:
        if len(read) == 1 and read[0] < len(arrays):
            network.layers[layer].check_values(arrays[read[0]])


def _input(X: Any, input_shape: Shape | None) -> NumpyArray:
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
    array = array if array.dtype == default_float() else _converted(array)
    if not _all_finite(array):
        found = np.argwhere(~np.isfinite(array))
        row, *where = found[0]
        count = "1 value that is" if len(found) == 1 else f"{len(found):,} values that are"
        raise DataError(
            f"X has {count} NaN, infinite or too large for {array.dtype}; "
            f"the first in row {row}, column {', '.join(map(str, where))}. Remove or fill them before training."
        )
    return array


def _converted(array: NumpyArray) -> NumpyArray:
    """Whole numbers of up to 32 bits as they are, all others as the default float."""
    if array.dtype.kind in "iu" and array.dtype.itemsize <= 4:
        return array.astype(array.dtype.newbyteorder("="), copy=False)
    with np.errstate(over="ignore"):
        return array.astype(default_float())


def _all_finite(array: NumpyArray) -> bool:
    if array.dtype.kind in "iu":
        return True
    flat = array.ravel(order="K")
    with np.errstate(over="ignore", invalid="ignore"):
        square = np.dot(flat, flat)  # the quickest look at every value; it can overflow where no value does
    return math.isfinite(square) or bool(np.isfinite(flat).all())


def examples(
    X: Any,
    y: Any,
    loss: Loss,
    network: Network,
    *,
    sample_weight: Any = None,
    class_weight: Mapping[int, float] | None = None,
) -> Examples:
    """Inputs, targets and weights that fit each other, the network and the loss.

    Args:
        X: Inputs, `(m, …)`, as `inputs` gives them.
        y: Targets, `(m,)` or `(m, outputs)`; for several outputs a list of such, or names of outputs to them.
        loss: The loss, which knows what labels it takes.
        network: The network.
        sample_weight: A weight for each example, `(m,)`.
        class_weight: A weight for each class label.

    Raises:
        DataError: Values that cannot be used.
        ShapeError: Lengths or shapes that do not fit.
        ArgumentError: Both kinds of weight, negative or all-zero weights, or a class weight for a label that does not occur.
    """
    shapes = network.output_shape
    if isinstance(network.outputs, int):
        y = _fitting(y, len(jax.tree.leaves(X)[0]), shapes)
        loss.check(y, shapes[-1] if shapes else 1)
        y = _targets(y)
        return Examples(X, y, _weights(y, sample_weight, class_weight))
    if class_weight is not None:
        raise ArgumentError("class_weight is for a model of one output. Pass sample_weight, a number for each row.")
    given = zip(_several(y, network.output_names, "output"), shapes, strict=True)
    y = tuple(_fitting(one, len(jax.tree.leaves(X)[0]), shape) for one, shape in given)
    loss.check(y, tuple(shape[-1] if shape else 1 for shape in shapes))  # type: ignore[arg-type]
    y = tuple(map(_targets, y))
    return Examples(X, y, _weights(y[0], sample_weight, None))


def _fitting(y: Any, rows: int, output_shape: Shape) -> NumpyArray:
    targets = _numbers(y, "y", "Number the classes from 0 first.")
    if targets.ndim == 0 or len(targets) != rows:
        raise ShapeError(f"X has {rows:,} rows and y has shape {targets.shape}. Pass one target for each row.")
    return targets[:, None] if targets.ndim == 1 and output_shape == (1,) else targets


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
    steps = -(-data.rows // batch_size)
    weight = np.full(steps * batch_size, np.nan, default_float())
    weight[: data.rows] = 1 if data.weight is None else data.weight
    X, y = jax.tree.map(lambda array: padded(array, batch_size), (data.X, data.y))
    return Examples(X, y, weight.reshape(steps, batch_size))


def validation_parts(data: Any) -> tuple[Any, Any, Any]:
    """The `validation_data` of a fit as inputs, targets and sample weights, the last None where there are none.

    Raises:
        ArgumentError: It is neither a tuple of two or three, nor a source of batches.
    """
    if hasattr(data, "__iter__") and not isinstance(data, (tuple, list, np.ndarray)):
        return data, None, None
    if not isinstance(data, (tuple, list)) or len(data) not in (2, 3):
        got = f"{len(data)} of them" if isinstance(data, (tuple, list)) else f"a {type(data).__name__}"
        raise ArgumentError(f"validation_data must be (x, y) or (x, y, sample_weight). Got {got}.")
    x, y, *weight = data
    return x, y, weight[0] if weight else None


def hold_out(data: Examples, share: float) -> tuple[Examples, Examples]:
    """The first rows for training, and the last `share` of them for validation, as Keras's `validation_split`.

    Raises:
        ArgumentError: `share` leaves one of the two without rows.
    """
    at = int(data.rows * (1 - share)) if 0 < share < 1 else 0
    if not 0 < at < data.rows:
        raise ArgumentError(
            f"validation_split must leave rows on both sides, between 0 and 1. Got {share!r} for {data.rows:,} rows."
        )
    first, last = (jax.tree.map(lambda array, part=part: array[part], data) for part in (slice(at), slice(at, None)))
    return first, last
