"""Train, cv and test: split before anything is fitted, the test set sealed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from leadline.data.arrays import read_inputs
from leadline.data.dealing import Dealing
from leadline.data.duplicates import again
from leadline.data.features import Preparation, fit_preparation
from leadline.data.foreign import arrays, readable
from leadline.data.screening import screen
from leadline.data.sources import read
from leadline.data.table import Finding, Table, from_frame
from leadline.data.target import Kind, Target, first_rows, missing_mask, read_target
from leadline.errors import ArgumentError, DataError
from leadline.types import NumpyArray

__all__ = ["Part", "SealedPart", "Split", "split"]

FEWEST_ROWS = 10
"""Below this there is nothing to split in three."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the data; its arrays are read-only.

    Attributes:
        X: float32, shape (m, features…).
        y: Shape (m,): float64 for regression, int32 class indices for classes.
        rows: int64, shape (m,): the rows' numbers in the original, counted from 0, ascending.
    """

    X: NumpyArray
    y: NumpyArray
    rows: NumpyArray

    def __post_init__(self) -> None:
        for array in (self.X, self.y, self.rows):
            array.setflags(write=False)

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class SealedPart:
    """A part that is not to be looked at before the model is chosen: its data come out of `open` alone.

    Attributes:
        rows: int64, shape (m,): the rows' numbers in the original, counted from 0.
        digest: SHA-256 over the bytes of X and y, hexadecimal: what a record keeps of it.
    """

    rows: NumpyArray = field(repr=False)
    digest: str
    _part: Part = field(repr=False)

    @classmethod
    def seal(cls, part: Part) -> SealedPart:
        """The part, sealed.

        Examples:
            >>> SealedPart.seal(Part(np.zeros((2, 1), np.float32), np.zeros(2), np.arange(2))).size
            2
        """
        return cls(part.rows, _digest(part.X, part.y), part)

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def open(self) -> Part:
        """The part itself. What is chosen after looking at it can no longer be judged by it."""
        return self._part


@dataclass(frozen=True, eq=False)
class Split:
    """Data split in three, ready for a network.

    Attributes:
        train: What is fitted.
        cv: What choices are made by (cross-validation, "dev").
        test: What the last choice is judged by, sealed.
        target: What is to be predicted; for regression with the mean and standard deviation over `train`.
        feature_names: Names of the features, in the order of X's last axis; empty where an example has more than one axis.
        seed: The seed of the split.
        preparation: What turned the table into X, fitted on `train`; None for arrays, which go through as they are.
        digest: SHA-256 of the whole data in their original order, hexadecimal.
        notes: What a person should know: rows left out, columns dropped, duplicates.
    """

    train: Part
    cv: Part
    test: SealedPart
    target: Target
    feature_names: tuple[str, ...]
    seed: int
    preparation: Preparation | None
    digest: str
    notes: tuple[str, ...] = ()


def split(
    X: Any,
    y: Any = None,
    *,
    target: str | None = None,
    cv: float = 0.2,
    test: float = 0.2,
    seed: int = 0,
    kind: Kind | None = None,
    features: Sequence[str] | None = None,
    polynomial: int = 1,
    drop_missing: bool = False,
) -> Split:
    """Splits data in train, cv and test, by classes where there are any, before anything is fitted.

    Each class is dealt out by itself, so that the shares hold within it to a row and each part has at least one member of it;
    a regression's rows are dealt out as one class. Which row goes where depends on (seed, the classes in their order) alone.

    Arrays (X and y) go through as they are, in float32. A table (X alone, with the name of its target) is screened and prepared:
    which columns are features, means, scales, categories are all read off the training rows.

    Args:
        X: Numbers, shape (m, features…); or a `Table` or any data frame with the target among its columns; or a source of
            batches (x, y), as `leadline.data.sources` reads them.
        y: The target, shape (m,) or (m, 1), where X is an array.
        target: The name of the table's target column; with y, what to call it.
        cv: Share of the cv set, in (0, 1).
        test: Share of the test set, in (0, 1).
        seed: The seed.
        kind: The task, where `read_target` would guess wrong.
        features: With y, the features' names; of a table, the columns to use instead of all that `screen` would choose.
        polynomial: Of a table, the degree up to which powers and products of its numbers are formed.
        drop_missing: Leave out rows whose target is missing (counted in the notes) instead of refusing them.

    Returns:
        The three parts and what is known of them.

    Raises:
        DataError: Fewer than 10 rows, lengths that differ, values that are no finite float32 numbers, an unknown column, no
            column left as a feature, or a target that `read_target` refuses.
        ArgumentError: Shares that leave nothing for a part; neither y nor the name of a target; a polynomial of an array.

    Examples:
        >>> parts = split(np.arange(40.0).reshape(20, 2), [0, 1] * 10)
        >>> parts.train.size, parts.cv.size, parts.test.size
        (12, 4, 4)
        >>> parts.target.kind
        'binary'
    """
    dealing = Dealing(cv, test, seed)
    if y is None and target is None and not isinstance(X, Table) and not readable(X):
        X, y, _ = read(X)
    if y is None:
        return _split_table(from_frame(X), target, dealing, kind, features, polynomial, drop_missing)
    if polynomial != 1:
        raise ArgumentError("polynomial is for tables. Pass the whole table, split(table, target='…'), or expand X beforehand.")
    y = y if hasattr(y, "to_numpy") else arrays(y, "y")
    return _split_arrays(X, y, target or "y", dealing, kind, features, drop_missing)


def _split_arrays(
    X: Any,
    y: Any,
    name: str,
    dealing: Dealing,
    kind: Kind | None,
    features: Sequence[str] | None,
    drop_missing: bool,
) -> Split:
    inputs, names = read_inputs(X, features)
    targets = len(missing_mask(y, name))
    if len(inputs) != targets:
        raise DataError(f"X has {len(inputs):,} rows, {name} has {targets:,}; give one target for each row.")
    rows, values, notes = _rows_with_target(y, name, drop_missing)
    _check_size(len(rows))
    inputs = inputs[rows] if len(rows) < targets else inputs
    described, encoded = read_target(values, name, kind)
    train, cv, test = (Part(inputs[at], encoded[at], rows[at]) for at in dealing.deal(_classes(encoded, described)))
    described, notes = _measured(described, train.y), (*notes, *_repeated(train, cv, test))
    return Split(train, cv, SealedPart.seal(test), described, names, dealing.seed, None, _digest(inputs, encoded), notes)


def _split_table(
    table: Table,
    name: str | None,
    dealing: Dealing,
    kind: Kind | None,
    features: Sequence[str] | None,
    polynomial: int,
    drop_missing: bool,
) -> Split:
    if name is None:
        raise ArgumentError("What is to be predicted? Give y, or target='…', the name of the table's column.")
    _check_size(table.size)
    rows, values, notes = _rows_with_target(table.column(name), name, drop_missing)
    _check_size(len(rows))
    target, y = read_target(values, name, kind)
    at = dealing.deal(_classes(y, target))
    screening = screen(table.take(rows[at[0]]), target, y[at[0]], features)
    preparation = fit_preparation(table.take(rows[at[0]]), screening.columns, polynomial=polynomial)
    train, cv, test = (Part(preparation.apply(table.take(rows[each])), y[each], rows[each]) for each in at)
    notes = (
        *_in_words((*table.findings, *screening.findings)),
        *(*notes, *_unseen(preparation, table.take(rows[at[1]])), *_repeated(train, cv, test)),
    )
    target, names = _measured(target, train.y), preparation.feature_names
    return Split(train, cv, SealedPart.seal(test), target, names, dealing.seed, preparation, table.digest, notes)


def _check_size(count: int) -> None:
    if count < FEWEST_ROWS:
        raise DataError(
            f"There {'is 1 row' if count == 1 else f'are {count} rows'}; at least {FEWEST_ROWS} are needed to split them "
            "in train, cv and test. Add rows."
        )


def _rows_with_target(y: Any, name: str, drop_missing: bool) -> tuple[NumpyArray, Any, tuple[str, ...]]:
    """Numbers of the rows to keep, their targets, and a note on the others."""
    missing = missing_mask(y, name)
    rows = np.arange(len(missing), dtype=np.int64)
    if not drop_missing or not missing.any():
        return rows, y, ()
    values = np.asarray(y.to_numpy() if hasattr(y, "to_numpy") else y)[~missing]
    note = f"{missing.sum():,} of {len(missing):,} rows left out: their target {name!r} is missing ({first_rows(missing)})."
    return rows[~missing], values, (note,)


def _classes(y: NumpyArray, target: Target) -> NumpyArray:
    """The classes that are dealt out each by itself: one for all of a regression."""
    return y if target.kind != "regression" else np.zeros(len(y), np.int32)


def _unseen(preparation: Preparation, cv: Table) -> tuple[str, ...]:
    """A note for each column of categories with cv cells that training has never seen."""
    return tuple(
        f"Column {name!r}: {count:,} of {cv.size:,} cv rows have a category never seen in training; counted as (other)."
        for name, count in preparation.unseen(cv).items()
    )


def _measured(target: Target, y: NumpyArray) -> Target:
    """A regression's target with its mean and standard deviation over train."""
    if target.kind != "regression":
        return target
    scale = float(np.std(y))
    if scale == 0:
        raise DataError(
            f"The target {target.name!r} has one value only ({y[0]:g}) in all {len(y):,} training rows. "
            "Add rows or use another seed."
        )
    return replace(target, location=float(np.mean(y)), scale=scale)


def _digest(*arrays: NumpyArray) -> str:
    """SHA-256 over the arrays' bytes."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()


def _repeated(train: Part, cv: Part, test: Part) -> tuple[str, ...]:
    """A note where cv or test hold rows of train over again."""
    found = again({name: (part.X, part.y) for name, part in (("train", train), ("cv", cv), ("test", test))})
    twins = [(name, len(stands), sum(stands)) for name, stands in found.items()]
    counts = " and ".join(f"{count:,} of {size:,} {name} rows" for name, size, count in twins if count)
    if not counts:
        return ()
    return (f"{counts} stand in train too, with equal features and target: if they are copies of one example, J is flattered.",)


def _in_words(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The findings as notes, the columns with the same message in one."""
    columns: dict[str, list[Finding]] = {}
    for finding in findings:
        columns.setdefault(finding.message, []).append(finding)
    return tuple(
        str(same[0])
        if len(same) == 1
        else f"{len(same)} columns ({', '.join(str(finding.column) for finding in same)}): {message}"
        for message, same in columns.items()
    )
