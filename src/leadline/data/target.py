"""What is to be predicted: a number, one of two classes, or one of many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from leadline.errors import ArgumentError, DataError
from leadline.types import NumpyArray
from leadline.words import english

__all__ = ["Kind", "Rare", "Target", "common_rows", "first_rows", "measured", "missing_mask", "present_rows", "read_target"]

Kind = Literal["regression", "binary", "multiclass"]
Rare = Literal["refuse", "drop"]
"""What becomes of classes with too few members."""

MOST_NUMBER_CLASSES = 20
"""Whole numbers with more distinct values than this are amounts, not classes."""
FEWEST_ROWS_PER_NUMBER_CLASS = 10
"""Whole numbers with fewer rows than this per distinct value, on average, are amounts, not classes."""
FEWEST_MEMBERS = 3
"""A class needs one member each for train, cv and test."""
MOST_NAMED_CLASSES = 100
"""More names than this, in more than a tenth of the rows, are an identifier, not a class."""


@dataclass(frozen=True)
class Target:
    """What is to be predicted, and how it was recognised.

    Attributes:
        name: Name of the column or array.
        kind: "regression" for numbers, "binary" for two classes, "multiclass" for more.
        classes: Names of the classes, in the order of their indices; empty for regression.
        reason: Why it was taken for that, in words for a person.
        location: Mean of the target over the training rows, in the target's unit; 0 for classes and before the split.
        scale: Standard deviation of the target over the training rows, in the target's unit; 1 for classes and before the split.
    """

    name: str
    kind: Kind
    classes: tuple[str, ...]
    reason: str
    location: float = 0.0
    scale: float = 1.0


def read_target(
    values: Any, name: str = "y", kind: Kind | None = None, *, fewest: int = FEWEST_MEMBERS
) -> tuple[Target, NumpyArray]:
    """Recognises the task in the values to be predicted, and encodes them.

    Text, booleans and categories are classes. Two distinct numbers are classes, whatever they are. Other numbers are classes
    where all are whole, at most 20 of them are distinct and there are at least 10 rows for each of these on average (the digits
    0 to 9; not a count, a price or a year); all else is regression. `kind` overrides the guess.

    Args:
        values: The target, shape (m,) or (m, 1): a NumPy array, a polars or pandas Series, a list.
        name: What to call it in messages.
        kind: The task, where the guess would be wrong.
        fewest: How many members each class needs.

    Returns:
        The target, and the values encoded, shape (m,): float64 as they are for regression; int32 indices into `classes` for
        classes. Classes are sorted, by number where all their names are numbers; False stands before True.

    Raises:
        DataError: The target is empty, has missing or infinite values, one value only, a class with fewer members than
            `fewest`, more names than classes can have, or cannot be what `kind` says.
        ArgumentError: `kind` is none of the three.

    Examples:
        >>> target, y = read_target(["cat", "dog", "cat", "dog", "cat", "dog"], name="animal")
        >>> target.kind, target.classes, y.tolist()
        ('binary', ('cat', 'dog'), [0, 1, 0, 1, 0, 1])
        >>> target.reason
        '2 distinct values: cat, dog'
        >>> read_target([1.5, 2.0, 7.25, 9.0])[0].kind
        'regression'
    """
    if kind not in (None, "regression", "binary", "multiclass"):
        raise ArgumentError(f"kind must be 'regression', 'binary' or 'multiclass', or None to guess it. Got {kind!r} instead.")
    plain = _plain(values, name)
    _check_present(plain, name)
    distinct = np.unique(plain)
    if len(distinct) == 1:
        raise DataError(
            f"The target {name!r} has one value only ({_label(distinct[0])}) in all {len(plain):,} rows: "
            "there is nothing to predict. Choose another column, or add rows of another class."
        )
    guess, reason = _guess(plain, distinct)
    if kind is not None and kind != guess:
        reason = english(f"asked for as {kind}")
    if (kind or guess) == "regression":
        return _regression(plain, name, reason)
    return _classes(plain, distinct, name, kind, reason, fewest)


def present_rows(values: Any, name: str, drop_missing: bool) -> tuple[NumpyArray, Any, tuple[str, ...]]:
    """The numbers of the rows to keep, int64, their targets, and a note on those left out because theirs is missing.

    Args:
        values: The target, shape (m,).
        name: What to call it in the note.
        drop_missing: Whether rows without a target are left out; else all are kept, and `read_target` will refuse them.

    Examples:
        >>> rows, kept, notes = present_rows([1.0, None, 3.0], "size", True)
        >>> rows.tolist(), notes
        ([0, 2], ("1 of 3 rows left out: their target 'size' is missing (row 1).",))
    """
    missing = missing_mask(values, name)
    if not drop_missing or not missing.any():
        return np.arange(len(missing), dtype=np.int64), values, ()
    note = english(
        f"{missing.sum():,} of {len(missing):,} rows left out: their target {name!r} is missing ({first_rows(missing)})."
    )
    rows = np.flatnonzero(~missing)
    return rows, _array(values)[rows], (note,)


def common_rows(values: Any, name: str, kind: Kind | None) -> tuple[NumpyArray, Any, tuple[str, ...]]:
    """The positions of the rows whose class has at least three members, their targets, and a note on those left out.

    Examples:
        >>> rows, kept, notes = common_rows(["a", "b", "a", "c", "a", "c", "c"], "letter", None)
        >>> rows.tolist(), notes
        ([0, 2, 3, 4, 5, 6], ("1 of 7 rows left out: their class of 'letter' has fewer than 3 members: 'b' (1).",))
    """
    target, y = read_target(values, name, kind, fewest=1)
    if not target.classes:
        return np.arange(len(y)), values, ()
    counts = np.bincount(y)
    rows, rare = np.flatnonzero(counts[y] >= FEWEST_MEMBERS), np.flatnonzero(counts < FEWEST_MEMBERS)
    if not len(rare):
        return rows, values, ()
    which = ", ".join(f"{target.classes[i]!r} ({counts[i]})" for i in rare)
    left, why = f"{len(y) - len(rows):,} of {len(y):,}", f"{FEWEST_MEMBERS} members: {which}"
    return rows, _array(values)[rows], (english(f"{left} rows left out: their class of {name!r} has fewer than {why}."),)


def measured(target: Target, y: NumpyArray) -> Target:
    """A regression's target with the mean and standard deviation of `y`, shape (train,); classes as they are.

    Raises:
        DataError: All its values are the same.

    Examples:
        >>> measured(Target("size", "regression", (), ""), np.array([1.0, 3.0])).scale
        1.0
    """
    if target.kind != "regression":
        return target
    scale = float(np.std(y))
    if scale == 0:
        which = f"one value only ({y[0]:g}) in all {len(y):,} training rows"
        raise DataError(f"The target {target.name!r} has {which}. Add rows or use another seed.")
    return replace(target, location=float(np.mean(y)), scale=scale)


def missing_mask(values: Any, name: str = "y") -> NumpyArray:
    """Where a target has no value (None, NaN, NA), as booleans of shape (m,).

    Examples:
        >>> missing_mask([1.0, float("nan"), 3.0]).tolist()
        [False, True, False]
        >>> missing_mask(["a", None]).tolist()
        [False, True]
    """
    return _missing(_vector(values, name))


def first_rows(mask: NumpyArray, most: int = 5) -> str:
    """Names the first rows where `mask` is true, counted from 0, in words for a message.

    Args:
        mask: Booleans, shape (m,).
        most: How many to name.

    Examples:
        >>> first_rows(np.array([False, True, False, True]))
        'rows 1, 3'
        >>> first_rows(np.ones(9, bool), most=2)
        'rows 0, 1 and 7 more'
    """
    rows = np.flatnonzero(mask)
    named = ", ".join(str(row) for row in rows[:most])
    if len(rows) > most:
        return english(f"rows {named} and {len(rows) - most:,} more")
    return english(f"{'rows' if len(rows) > 1 else 'row'} {named}")


def _array(values: Any) -> NumpyArray:
    return np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)


def _vector(values: Any, name: str) -> NumpyArray:
    """The values as a NumPy vector of whatever dtype they come in."""
    array = _array(values)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"The target {name!r} has the shape {array.shape}; one value per row is expected, (m,) or (m, 1). "
            "For one-hot classes pass y.argmax(axis=1)."
        )
    if array.size == 0:
        raise DataError(f"The target {name!r} is empty. Give one value for every row.")
    if array.dtype.kind not in "biufUSO":
        raise DataError(
            f"The target {name!r} holds {array.dtype} values; numbers, text or booleans are expected. Convert it first."
        )
    return array


def _missing(array: NumpyArray) -> NumpyArray:
    if array.dtype.kind == "f":
        return np.isnan(array)
    if array.dtype.kind != "O":
        return np.zeros(array.shape, bool)
    return np.array([value is None or type(value).__name__ in ("NAType", "NaTType") or value != value for value in array], bool)


def _plain(values: Any, name: str) -> NumpyArray:
    """The values as booleans, float64 numbers or text; missing and infinite ones are refused."""
    array = _vector(values, name)
    missing = _missing(array)
    if missing.any():
        raise DataError(
            f"The target {name!r} is missing in {missing.sum():,} of {len(array):,} rows ({first_rows(missing)}). "
            "Leave these rows out with drop_missing=True (--drop-missing), or fill them in."
        )
    if array.dtype.kind == "O":
        array = _typed(array.tolist())
    if array.dtype.kind == "S":
        return np.char.decode(array, "utf-8")
    return array if array.dtype.kind in "bU" else array.astype(np.float64)


def _typed(values: Sequence[object]) -> NumpyArray:
    """Python objects as booleans if all are, else as numbers if all are, else as text."""
    if all(isinstance(value, bool | np.bool_) for value in values):
        return np.array(values, bool)
    if all(isinstance(value, int | float | np.number) for value in values):
        return np.array(values, np.float64)
    return np.array([str(value) for value in values])


def _check_present(plain: NumpyArray, name: str) -> None:
    if plain.dtype.kind != "f":
        return
    infinite = ~np.isfinite(plain)
    if infinite.any():
        raise DataError(
            f"The target {name!r} is infinite in {infinite.sum():,} of {len(plain):,} rows ({first_rows(infinite)}). "
            "Correct these values or leave their rows out."
        )
    huge = np.abs(plain) > np.finfo(np.float32).max
    if huge.any():
        raise DataError(
            f"The target {name!r} has values beyond float32's range of ±3.4e38 ({first_rows(huge)}). "
            "Measure it in a larger unit or take its logarithm."
        )


def _guess(plain: NumpyArray, distinct: NumpyArray) -> tuple[Kind, str]:
    """The task that the values speak of, and why."""
    count = len(distinct)
    if count == 2:
        return "binary", english(f"2 distinct values: {_label(distinct[0])}, {_label(distinct[1])}")
    if plain.dtype.kind == "U":
        return "multiclass", english(f"text with {count:,} distinct values")
    if not (distinct == np.round(distinct)).all():
        return "regression", english(f"fractional numbers with {count:,} distinct values")
    if count <= MOST_NUMBER_CLASSES and len(plain) >= FEWEST_ROWS_PER_NUMBER_CLASS * count:
        return "multiclass", english(f"whole numbers with {count} distinct values only")
    return "regression", english(f"numbers with {count:,} distinct values")


def _regression(plain: NumpyArray, name: str, reason: str) -> tuple[Target, NumpyArray]:
    if plain.dtype.kind == "U":
        raise DataError(
            f"The target {name!r} holds text ({', '.join(map(repr, np.unique(plain)[:3].tolist()))}, …), which cannot be "
            "regressed on. Leave `kind` out to predict classes, or turn it into numbers."
        )
    return Target(name, "regression", (), reason), plain.astype(np.float64)


def _classes(
    plain: NumpyArray, distinct: NumpyArray, name: str, kind: Kind | None, reason: str, fewest: int
) -> tuple[Target, NumpyArray]:
    _check_classes(plain, distinct, name, kind)
    distinct = distinct[np.argsort(_order(distinct), kind="stable")]
    names = tuple(_label(value) for value in distinct)
    index = {value: i for i, value in enumerate(distinct.tolist())}
    codes = np.array([index[value] for value in plain.tolist()], np.int32)
    small = [f"{names[i]!r} ({n})" for i, n in enumerate(np.bincount(codes)) if n < fewest]
    if small:
        regress = " or pass kind='regression'" if plain.dtype.kind == "f" else ""
        raise DataError(
            f"The target {name!r} has classes too small to be split in train, cv and test: {', '.join(small[:5])}"
            f"{f' and {len(small) - 5} more' if len(small) > 5 else ''}; each needs at least {fewest} rows. "
            f"Collect more of them, pool them with another class, drop them with rare='drop'{',' if regress else ''}{regress}."
        )
    return Target(name, kind or ("binary" if len(names) == 2 else "multiclass"), names, reason), codes


def _check_classes(plain: NumpyArray, distinct: NumpyArray, name: str, kind: Kind | None) -> None:
    """Refuses what cannot be classes."""
    count = len(distinct)
    if kind == "binary" and count != 2:
        raise DataError(
            f"The target {name!r} has {count:,} distinct values; kind='binary' needs 2. Leave `kind` out to guess it."
        )
    fractional = plain != np.round(plain) if plain.dtype.kind == "f" and count > 2 else np.zeros(1, bool)
    if fractional.any():
        raise DataError(
            f"The target {name!r} has fractional values ({first_rows(fractional)}), which are no classes. Pass kind='regression'."
        )
    if count > MOST_NAMED_CLASSES and count > len(plain) / 10:
        raise DataError(
            f"The target {name!r} has {count:,} distinct values in {len(plain):,} rows: it looks like an identifier, "
            "not like classes. Choose another column; if these are numbers, store them as numbers or pass kind='regression'."
        )


def _order(distinct: NumpyArray) -> NumpyArray:
    """What to sort classes by: their number where all names are numbers, else the name."""
    if distinct.dtype.kind != "U":
        return distinct
    try:
        return distinct.astype(np.float64)
    except ValueError:
        return distinct


def _label(value: Any) -> str:
    """The name of a class: whole numbers without a point."""
    return str(int(value)) if isinstance(value, float | np.floating) and float(value).is_integer() else str(value)
