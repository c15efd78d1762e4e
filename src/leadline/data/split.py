"""Train, cv and test: split before anything is fitted, the test set sealed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from leadline.data.arrays import read_inputs
from leadline.data.dealing import Dealing, folds
from leadline.data.features import Preparation, fit_preparation
from leadline.data.foreign import arrays, readable
from leadline.data.leakage import inspect, repeated
from leadline.data.screening import Columns, columns_of, in_words, never_seen, screen, without_keys
from leadline.data.sources import read
from leadline.data.suspicions import Suspicion
from leadline.data.table import Table, from_frame, gaps
from leadline.data.target import Kind, Rare, Target, common_rows, measured, missing_mask, present_rows, read_target
from leadline.errors import ArgumentError, DataError, ShapeError
from leadline.types import NumpyArray
from leadline.words import english, percent

__all__ = ["Part", "SealedPart", "Split", "split"]

Change = Callable[[NumpyArray], NumpyArray]
"""What turns X into other inputs for the same rows, each row by itself."""
_Deal = Callable[..., "_Dealt"]
FEWEST_ROWS = 10
"""Below this there is nothing to split in three."""
FAR_OFF = 0.05
"""A part whose share is further than this from what was asked for gets a note."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of the data; its arrays are read-only.

    Attributes:
        X: float32, shape (m, features…).
        y: Shape (m,): float64 for regression, int32 class indices for classes.
        rows: int64, shape (m,): the rows' numbers in the original, counted from 0, ascending.
        groups: int64, shape (m,): equal numbers belong together; None where no groups were given.
        times: float64, shape (m,), dates in days since 1970-01-01; None where no times were given.
    """

    X: NumpyArray
    y: NumpyArray
    rows: NumpyArray
    groups: NumpyArray | None = None
    times: NumpyArray | None = None

    def __post_init__(self) -> None:
        for array in (self.X, self.y, self.rows, self.groups, self.times):
            if array is not None:
                array.setflags(write=False)

    @property
    def size(self) -> int:
        """The number of rows."""
        return len(self.rows)

    def __repr__(self) -> str:
        """Its size, without its numbers."""
        return f"Part(size={self.size}, shape={self.X.shape[1:]})"

    def with_inputs(self, change: Change) -> Part:
        """The same rows with other inputs.

        Raises:
            ShapeError: `change` gives another number of rows, or no features.
        """
        X = np.ascontiguousarray(change(self.X), dtype=np.float32)
        if X.ndim < 2 or len(X) != self.size or X.size == 0:
            raise ShapeError(
                f"Inputs of the shape {X.shape} are given for {self.size} rows; ({self.size}, features…) is expected."
            )
        return replace(self, X=X)


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

    def with_inputs(self, change: Change) -> SealedPart:
        """The same rows with other inputs, as sealed as before: the digest stays that of the original."""
        return replace(self, _part=self._part.with_inputs(change))


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
        preparation: What turned the table into X, fitted on `train`; None for arrays that went through as they are.
        digest: SHA-256 of the whole data in their original order, and of the groups or times, hexadecimal.
        notes: What a person should know: rows left out, columns dropped, and the suspicions in words.
        suspicions: What `leadline.data.leakage` found: equal examples of all parts, and all else in train and cv.
    """

    train: Part
    cv: Part
    test: SealedPart
    target: Target
    feature_names: tuple[str, ...] = field(repr=False)
    seed: int
    preparation: Preparation | None = field(repr=False)
    digest: str = field(repr=False)
    notes: tuple[str, ...] = ()
    suspicions: tuple[Suspicion, ...] = field(default=(), repr=False)

    def folds(self, k: int, seed: int = 0) -> tuple[tuple[NumpyArray, NumpyArray], ...]:
        """The k pairs (train, cv) of a cross-validation, as positions among the rows of `train` and, after them, those of `cv`.

        `leadline.data.dealing.folds` deals them as the split was dealt: by groups, by times or at random. The test stays sealed.

        Examples:
            >>> parts = split(np.arange(40.0).reshape(20, 2), [0, 1] * 10, groups=np.arange(20) // 2)
            >>> [(len(train), len(cv)) for train, cv in parts.folds(4)]
            [(12, 4), (12, 4), (12, 4), (12, 4)]
        """
        y, groups, times = (
            None if first is None or second is None else np.concatenate([first, second])
            for first, second in ((getattr(self.train, each), getattr(self.cv, each)) for each in ("y", "groups", "times"))
        )
        return folds(y, k, seed, groups=groups, times=times)

    def with_inputs(self, change: Change, feature_names: Sequence[str], preparation: Preparation | None) -> Split:
        """The same rows with other inputs; what is fitted in `change` must have been fitted on `train` alone.

        Rows, targets, digests and notes stay, and the test stays sealed.

        Args:
            change: What turns X, shape (m, features…), into the new X, shape (m, new features…), each row by itself.
            feature_names: Their names, in order.
            preparation: What turns a table into the new X, or None.

        Raises:
            ShapeError: `change` gives another number of rows than it took, or no features; names that are not as many.

        Examples:
            >>> parts = split(np.arange(40.0).reshape(20, 2), [0, 1] * 10)
            >>> parts.with_inputs(lambda X: X[:, 1:], ("x1",), None).train.X.shape
            (12, 1)
        """
        parts: dict[str, Any] = {name: getattr(self, name).with_inputs(change) for name in ("train", "cv", "test")}
        if parts["train"].X.ndim == 2 and len(feature_names) != (width := parts["train"].X.shape[1]):
            raise ShapeError(f"{len(feature_names)} names are given for {width} features; name each of them.")
        return replace(self, **parts, feature_names=tuple(feature_names), preparation=preparation)


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
    rare: Rare = "refuse",
    groups: Any = None,
    times: Any = None,
) -> Split:
    """Splits data in train, cv and test, by classes where there are any, before anything is fitted.

    Each class is dealt out by itself, so that the shares hold within it to a row and each part has at least one member of it;
    a regression's rows are dealt out as one class. Which row goes where depends on (seed, the classes in their order) alone.
    With `groups`, no group is in two parts; with `times`, train comes before cv, and cv before test.

    Arrays (X and y) go through as they are, in float32. A table (X alone, with the name of its target) is screened and prepared:
    which columns are features, means, scales, categories are all read off the training rows. Suspicions end up in the notes.

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
        rare: "drop" leaves out the rows of classes with fewer than 3 members, one for each part (counted in the notes); "refuse"
            refuses such a target.
        groups: Labels of what belongs together (a patient), shape (m,), or the name of a column of the table, then no feature.
        times: When each row was (numbers, dates, text of either), shape (m,), or the name of a column of the table, then no
            feature unless `features` names it. Not together with groups.

    Returns:
        The three parts and what is known of them.

    Raises:
        DataError: Fewer than 10 rows, lengths that differ, values that are no finite float32 numbers, an unknown column, no
            column left as a feature, a target that `read_target` refuses, groups or times that are missing or fewer than three.
        ArgumentError: Shares that leave nothing for a part; neither y nor the name of a target; a polynomial, or groups or times
            by name, of an array; both groups and times; `rare` is neither word.

    Examples:
        >>> parts = split(np.arange(40.0).reshape(20, 2), [0, 1] * 10)
        >>> parts.train.size, parts.cv.size, parts.test.size
        (12, 4, 4)
        >>> parts.target.kind
        'binary'
    """
    if rare not in ("refuse", "drop"):
        raise ArgumentError(f"rare must be 'refuse' or 'drop'. Got {rare!r} instead.")
    deal = functools.partial(_dealt, dealing=Dealing(cv, test, seed), kind=kind, drop_missing=drop_missing, rare=rare)
    if y is None and target is None and not isinstance(X, Table) and not readable(X):
        X, y, _ = read(X)
    if y is None:
        return _split_table(from_frame(X), target, features, polynomial, (groups, times), deal)
    if polynomial != 1:
        raise ArgumentError("polynomial is for tables. Pass the whole table, split(table, target='…'), or expand X beforehand.")
    y = y if hasattr(y, "to_numpy") else arrays(y, "y")
    return _split_arrays(X, y, target or "y", features, (groups, times), deal)


@dataclass(frozen=True, eq=False)
class _Dealt:
    """The rows that have a target: their numbers, the target, its values, and the positions among them of train, cv and test."""

    rows: NumpyArray
    target: Target
    y: NumpyArray
    at: tuple[NumpyArray, NumpyArray, NumpyArray]
    dealing: Dealing
    notes: tuple[str, ...]

    def split(
        self, X: Sequence[NumpyArray], names: tuple[str, ...], digest: str, preparation: Preparation | None, columns: Columns
    ) -> Split:
        """The split, once X is known in three parts, and what `inspect` is to look at, of train and cv."""
        train, cv, test = (Part(x, self.y[at], self.rows[at], *self.dealing.take(at).keys) for x, at in zip(X, self.at))
        parts = {name: (part.X, part.y, part.rows) for name, part in (("train", train), ("cv", cv), ("test", test))}
        rows, found = np.concatenate([train.rows, cv.rows]), repeated(parts, self.target, columns)
        found += inspect(columns, train.y, rows, self.target, X=train.X, shuffled=not self.dealing.given)
        target, notes = measured(self.target, train.y), (*self.notes, *map(str, found))
        return Split(train, cv, SealedPart.seal(test), target, names, self.dealing.seed, preparation, digest, notes, found)


def _dealt(
    y: Any, name: str, keys: tuple[Any, Any], *, dealing: Dealing, kind: Kind | None, drop_missing: bool, rare: Rare
) -> _Dealt:
    rows, values, notes = present_rows(y, name, drop_missing)
    if len(rows) < FEWEST_ROWS:
        count = "is 1 row" if len(rows) == 1 else f"are {len(rows)} rows"
        raise DataError(f"There {count}; at least {FEWEST_ROWS} are needed to split them in train, cv and test. Add rows.")
    if rare == "drop":
        common, values, told = common_rows(values, name, kind)
        rows, notes = rows[common], (*notes, *told)
    dealing = dealing.by(keys[0], keys[1], len(y)).take(rows)
    target, encoded = read_target(values, name, kind)
    classes = encoded if target.classes else np.zeros(len(encoded), np.int64)
    at, names = dealing.deal(classes), np.array(target.classes, object)
    for part, each, share in zip(("training", "cv", "test"), at, dealing.shares):
        absent = np.flatnonzero(np.bincount(classes[each], minlength=len(target.classes)) == 0)
        if len(absent):
            word = english(f"No {part} row is of the class {', '.join(map(repr, names[absent[:5]]))} of {name!r}")
            if part == "training":
                raise DataError(f"{word}: groups or times leave it to cv and test. Use another seed or share, or leave it out.")
            notes += (english(f"{word}: J cannot tell how it does."),)
        if dealing.given and abs((came := len(each) / len(rows)) - share) > FAR_OFF:
            notes += (
                english(f"{percent(came)} of the rows are {part} rows, not {percent(share)}: groups and times stay whole."),
            )
    return _Dealt(rows, target, encoded, at, dealing, notes)


def _split_arrays(X: Any, y: Any, name: str, features: Sequence[str] | None, keys: tuple[Any, Any], deal: _Deal) -> Split:
    inputs, names = read_inputs(X, features)
    if len(inputs) != len(missing_mask(y, name)):
        raise DataError(f"X has {len(inputs):,} rows, {name} has {len(y):,}; give one target for each row.")
    dealt = deal(y, name, keys)
    inputs = inputs[dealt.rows] if len(dealt.rows) < len(inputs) else inputs
    parts = [inputs[at] for at in dealt.at]
    columns = dict(zip(names, np.concatenate(parts[:2]).T)) if names else {}
    return dealt.split(parts, names, _digest(inputs, dealt.y, *dealt.dealing.given), None, columns)


def _split_table(
    table: Table, name: str | None, features: Sequence[str] | None, polynomial: int, keys: tuple[Any, Any], deal: _Deal
) -> Split:
    if name is None:
        raise ArgumentError("What is to be predicted? Give y, or target='…', the name of the table's column.")
    given = tuple(table.column(key) if isinstance(key, str) else key for key in keys)
    whole, table = table, without_keys(table, name, features, *(key if isinstance(key, str) else None for key in keys))
    dealt = deal(whole.column(name), name, given)
    digest = _digest(whole.digest.encode(), *dealt.dealing.given) if dealt.dealing.given else whole.digest
    train, cv, test = (table.take(dealt.rows[at]) for at in dealt.at)
    screening = screen(train, dealt.target, dealt.y[dealt.at[0]], features)
    preparation = fit_preparation(train, screening.columns, polynomial=polynomial)
    unseen = never_seen(preparation.unseen(cv), cv.size)
    found = (*table.findings, *screening.findings, *gaps(table, screening.columns))
    dealt = replace(dealt, notes=(*in_words(found), *dealt.notes, *unseen))
    told = {finding.column for finding in screening.findings}
    columns = columns_of(table.take(dealt.rows[np.concatenate(dealt.at[:2])]), [c for c in screening.columns if c not in told])
    parts = [preparation.apply(each) for each in (train, cv, test)]
    return dealt.split(parts, preparation.feature_names, digest, preparation, columns)


def _digest(*arrays: NumpyArray | bytes) -> str:
    """SHA-256 over the arrays' bytes."""
    total = hashlib.sha256()
    for array in arrays:
        total.update(array if isinstance(array, bytes) else np.ascontiguousarray(array).data)
    return total.hexdigest()
