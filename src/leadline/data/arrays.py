"""Arrays as a network's inputs: checked, named, in float32, otherwise as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from leadline.data import foreign
from leadline.data.target import first_rows
from leadline.errors import DataError
from leadline.types import NumpyArray

__all__ = ["read_inputs"]

ELSE_TABLE = "Pass the whole table instead, split(table, target='…'), which prepares such columns."


def read_inputs(X: Any, features: Sequence[str] | None = None) -> tuple[NumpyArray, tuple[str, ...]]:
    """Numbers as float32, and the names of the features.

    Args:
        X: Numbers, shape (m, features…): an array, a tensor, nested lists, or a data frame of numbers.
        features: The features' names; else a data frame's columns, else x0, x1, ….

    Returns:
        X in float32, contiguous; and the names, as many as X has columns, none where an example has more than one axis.

    Raises:
        DataError: It holds no numbers or none that are finite in float32 (the column and first rows are named), has one axis or
            no features, or the names are too many or too few.

    Examples:
        >>> X, names = read_inputs([[1, 2], [3, 4]])
        >>> X.dtype.name, names
        ('float32', ('x0', 'x1'))
        >>> read_inputs(np.array([[1.0, 2.0], [3.0, np.nan]]), ["age", "size"])
        Traceback (most recent call last):
        leadline.errors.DataError: X is not finite in column 'size', row 1. Correct these values or leave the rows out. ...
    """
    array = _numbers(foreign.arrays(X, "X"))
    names = _names(X, features, array)
    if array.dtype.kind == "f":
        huge = np.abs(array) > np.finfo(np.float32).max
        _refuse(~np.isfinite(array), "not finite", f"Correct these values or leave the rows out. {ELSE_TABLE}", names)
        _refuse(huge, "beyond float32's range of ±3.4e38", "Measure it in a larger unit or leave it out.", names)
    return np.ascontiguousarray(array, dtype=np.float32), names


def _numbers(X: Any) -> NumpyArray:
    """X as an array of numbers with at least two axes."""
    try:
        array = np.asarray(X)
        array = array.astype(np.float64) if array.dtype.kind == "O" else array
    except (TypeError, ValueError) as error:
        raise DataError(f"X holds values that are no numbers ({error}). {ELSE_TABLE}") from None
    if array.dtype.kind not in "biuf":
        raise DataError(f"X holds {array.dtype} values; numbers are expected. {ELSE_TABLE}")
    if array.ndim < 2:
        raise DataError(f"X has the shape {array.shape}; (rows, features…) is expected. For one feature use X.reshape(-1, 1).")
    if 0 in array.shape[1:]:
        raise DataError(f"X has the shape {array.shape}: no features. Give at least one.")
    return array


def _names(X: Any, features: Sequence[str] | None, array: NumpyArray) -> tuple[str, ...]:
    if array.ndim != 2:
        return ()
    given = features if features is not None else getattr(X, "column_names", getattr(X, "columns", None))
    names = tuple(f"x{i}" for i in range(array.shape[1])) if given is None else tuple(str(name) for name in given)
    if len(names) != array.shape[1]:
        raise DataError(f"X has {array.shape[1]} features, but {len(names)} names are given; name each of them.")
    return names


def _refuse(wrong: NumpyArray, what: str, remedy: str, names: tuple[str, ...]) -> None:
    """Raises where anything is wrong, naming the first such column and its rows; rows alone where an example has more axes."""
    if not wrong.any():
        return
    if not names:
        where = first_rows(np.any(wrong.reshape(len(wrong), -1), axis=1))
        raise DataError(f"X is {what} in {where}. {remedy}")
    columns = np.flatnonzero(wrong.any(axis=0))
    more = f" (and in {len(columns) - 1} more columns)" if len(columns) > 1 else ""
    raise DataError(f"X is {what} in column {names[columns[0]]!r}, {first_rows(wrong[:, columns[0]])}{more}. {remedy}")
