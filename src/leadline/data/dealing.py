"""Which rows go to train, cv and test, and to the folds of a cross-validation: at random, by groups, or in the order of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from leadline.data.columns import type_column
from leadline.data.target import first_rows, missing_mask
from leadline.errors import ArgumentError, DataError
from leadline.seeds import generator
from leadline.types import NumpyArray

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Dealing", "folds", "read_groups", "read_times"]

SMALLEST_CLASS = 3
"""A class of fewer rows than this cannot be in train, cv and test: all its rows go to train."""
PASSES = 3
"""How often every group is put where it fits best: the first pass deals, the others mend …"""
MOST_MENDED = 5_000
"""… unless there are more groups than this, which fit without."""


@dataclass(frozen=True, eq=False)
class Dealing:
    """How rows are dealt out to train, cv and test.

    Attributes:
        cv: Share of the cv set, in (0, 1).
        test: Share of the test set, in (0, 1).
        seed: The seed, not negative.
        groups: int64, shape (m,): equal numbers belong together; None without groups.
        times: float64, shape (m,): train is the earliest; None without times.

    Raises:
        ArgumentError: Shares that leave nothing for a part; a seed that is none; both groups and times.
    """

    cv: float
    test: float
    seed: int
    groups: NumpyArray | None = None
    times: NumpyArray | None = None

    def __post_init__(self) -> None:
        for name, share in (("cv", self.cv), ("test", self.test)):
            if not 0 < share < 1:
                raise ArgumentError(f"The share {name} must be between 0 and 1, such as 0.2. Got {share!r} instead.")
        if self.cv + self.test >= 1:
            raise ArgumentError(f"cv={self.cv} and test={self.test} leave nothing to train on; their sum must be below 1.")
        _check_seed(self.seed)
        _check_one_way(self.groups, self.times)

    @property
    def shares(self) -> tuple[float, float, float]:
        """The shares of train, cv and test."""
        return 1 - self.cv - self.test, self.cv, self.test

    @property
    def keys(self) -> tuple[NumpyArray | None, NumpyArray | None]:
        """The groups and the times."""
        return self.groups, self.times

    @property
    def given(self) -> tuple[NumpyArray, ...]:
        """Those of the keys that there are."""
        return tuple(key for key in self.keys if key is not None)

    def by(self, groups: Any, times: Any, size: int) -> Dealing:
        """The same with the groups and times of `size` rows, read by `read_groups` and `read_times`; None for none."""
        _check_one_way(groups, times)
        return replace(
            self,
            groups=None if groups is None else read_groups(groups, size),
            times=None if times is None else read_times(times, size),
        )

    def take(self, rows: NumpyArray) -> Dealing:
        """The same for some of the rows."""
        groups, times = (None if key is None else key[rows] for key in self.keys)
        return replace(self, groups=groups, times=times)

    def deal(self, classes: NumpyArray) -> tuple[NumpyArray, NumpyArray, NumpyArray]:
        """Positions of train, cv and test, each ascending and none empty.

        - At random: each class by itself. One of n ≥ 3 rows gives max(1, round(n · share)) of them to cv and to test, and the
          rest, at least one, to train; a smaller one is all train.
        - By groups: no group is in two parts. The shares of the rows, and of each class, are as near to those asked for as
          putting every group where it fits best brings them, from the large groups to the small; among groups of like size the
          seed decides.
        - By times: train is the earliest, test the latest. The cuts are where they come nearest to the shares without parting
          rows of the same time; neither the seed nor the classes have a say.

        Args:
            classes: Class numbers from 0 on, shape (m,); all 0 for regression.

        Raises:
            DataError: Fewer than three groups or times.

        Examples:
            >>> patients = np.repeat(np.arange(5), 4)
            >>> dealt = Dealing(0.2, 0.2, 0, groups=patients).deal(np.zeros(20, int))
            >>> [patients[rows].tolist() for rows in dealt]
            [[1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4], [3, 3, 3, 3], [0, 0, 0, 0]]
            >>> Dealing(0.2, 0.2, 0, times=np.arange(5)[::-1]).deal(np.zeros(5, int))[2].tolist()
            [0]
        """
        random = generator(self.seed, "split")
        if self.groups is not None:
            part = _by_groups(self.groups, classes, self.shares, random)
        elif self.times is not None:
            part = _in_time(self.times, self.shares)
        else:
            part = _by_classes(classes, self.cv, self.test, random)
        train, cv, test = (np.flatnonzero(part == i) for i in range(3))
        return train, cv, test


def folds(y: Any, k: int, seed: int = 0, *, groups: Any = None, times: Any = None) -> tuple[tuple[NumpyArray, NumpyArray], ...]:
    """The k pairs (train, cv) of a cross-validation, as positions of rows, ascending.

    - At random: each row is once in cv; the classes are spread evenly, to a row.
    - By groups: the same, with no group in both train and cv of one fold.
    - By times: the rows are cut in k + 1 stretches of time; fold i trains on the first i and is judged on the next, so that
      train grows and is always the past (an expanding window).

    Args:
        y: The targets, shape (m,): whole numbers are taken for classes, all else for regression.
        k: The number of folds, from 2 on.
        seed: The seed, not negative.
        groups: Labels, shape (m,).
        times: Numbers, dates, or text that reads as such, shape (m,).

    Raises:
        ArgumentError: k is no whole number from 2 on; both groups and times.
        DataError: Fewer rows or groups than k, fewer distinct times than k + 1, or groups or times that cannot be read.

    Examples:
        >>> for train, cv in folds([0, 0, 1, 1], 2):
        ...     print(train, cv)
        [1 2] [0 3]
        [0 3] [1 2]
        >>> [cv.tolist() for _, cv in folds(np.zeros(6), 2, times=[3, 1, 2, 1, 2, 3])]
        [[2, 4], [0, 5]]
    """
    if isinstance(k, bool) or not isinstance(k, (int, np.integer)) or k < 2:
        raise ArgumentError(f"The number of folds k must be a whole number from 2 on. Got {k!r} instead.")
    _check_seed(seed)
    _check_one_way(groups, times)
    y = np.asarray(y)
    classes = np.unique(y, return_inverse=True)[1] if y.dtype.kind in "iub" else np.zeros(len(y), np.int64)
    random = generator(seed, "folds")
    if times is not None:
        part = _in_time(read_times(times, len(y)), (1 / (k + 1),) * (k + 1))
        return tuple((np.flatnonzero(part <= i), np.flatnonzero(part == i + 1)) for i in range(k))
    if groups is not None:
        part = _by_groups(read_groups(groups, len(y)), classes, (1 / k,) * k, random)
    elif len(y) < k:
        raise DataError(f"{len(y)} rows cannot be dealt out to {k} folds; each needs at least one. Choose a smaller k.")
    else:
        part = _in_turn(classes, k, random)
    return tuple((np.flatnonzero(part != i), np.flatnonzero(part == i)) for i in range(k))


def read_groups(labels: Any, size: int, name: str = "groups") -> NumpyArray:
    """Labels of groups as numbers from 0 on, in the order in which they first appear, int64, shape (m,).

    Args:
        labels: Numbers, text or other hashable labels, shape (m,).
        size: How many there must be.
        name: What to call them in messages.

    Raises:
        DataError: Another number of labels than `size`, more than one for a row, or a missing one.

    Examples:
        >>> read_groups(["ann", "bob", "ann"], 3).tolist()
        [0, 1, 0]
    """
    array = _vector(labels, size, name, "label")
    missing = missing_mask(array if array.dtype.kind in "biufUSO" else array.astype(str), name)
    if missing.any():
        raise DataError(
            f"The labels {name!r} are missing in {missing.sum():,} of {size:,} rows ({first_rows(missing)}); each row needs one. "
            "Fill them in (a row that belongs to no group gets a label of its own), or leave these rows out."
        )
    known: dict[Any, int] = {}
    return np.array([known.setdefault(label, len(known)) for label in array.tolist()], np.int64)


def read_times(values: Any, size: int, name: str = "times") -> NumpyArray:
    """Times as numbers, float64, shape (m,): numbers as they are, dates in days since 1970-01-01.

    Args:
        values: Numbers, dates, or text of either, in one format that `leadline.data.columns` knows; shape (m,).
        size: How many there must be.
        name: What to call them in messages.

    Raises:
        DataError: Another number of values than `size`, more than one for a row, a missing or infinite one, or one that is
            neither a number nor a date.

    Examples:
        >>> read_times(["1970-01-03", "1970-01-02"], 2).tolist()
        [2.0, 1.0]
    """
    array = _vector(values, size, name, "time")
    series, kind, _ = type_column(_series(array, name), name, coded=False)
    if series is None or kind not in ("numeric", "date"):
        raise DataError(
            f"The times {name!r} are neither numbers nor dates in one known format (such as {array.tolist()[0]!r}). "
            "Write them as numbers or as 2024-01-31."
        )
    missing = series.is_null().to_numpy()
    if missing.any():
        raise DataError(
            f"The times {name!r} are missing, infinite or no times in {missing.sum():,} of {size:,} rows "
            f"({first_rows(missing)}); each row needs one. Fill them in or leave these rows out."
        )
    return np.asarray(series.to_numpy(), np.float64)


def _check_seed(seed: Any) -> None:
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ArgumentError(f"The seed must be a whole number of at least 0. Got {seed!r} instead.")


def _check_one_way(groups: Any, times: Any) -> None:
    if groups is not None and times is not None:
        raise ArgumentError(
            "Rows are dealt out by groups or by times, not by both: a group whose rows lie before and after a cut could be in "
            "neither part. Give groups where the model must serve new groups, times where it must serve the future."
        )


def _vector(values: Any, size: int, name: str, what: str) -> NumpyArray:
    if isinstance(values, str):
        raise ArgumentError(f"{name}={values!r} names a column, but X is an array. Give a {what} for each row, or a whole table.")
    array = np.asarray(values.to_numpy() if hasattr(values, "to_numpy") else values)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if array.shape != (size,):
        raise DataError(f"{name!r} has the shape {array.shape}; one {what} for each of the {size:,} rows is expected, ({size},).")
    return array


def _series(array: NumpyArray, name: str) -> pl.Series:
    import polars as pl

    if array.dtype.kind == "M":
        return pl.Series(name, array.astype("datetime64[us]"))
    if array.dtype.kind == "O":
        return pl.Series(name, array.tolist(), strict=False)
    return pl.Series(name, array)


def _by_classes(classes: NumpyArray, cv: float, test: float, random: np.random.Generator) -> NumpyArray:
    part = np.zeros(len(classes), np.int64)
    for each in range(int(classes.max()) + 1):
        members = random.permutation(np.flatnonzero(classes == each))
        if len(members) < SMALLEST_CLASS:
            continue
        first, second = (max(1, round(len(members) * share)) for share in (cv, test))
        if first + second >= len(members):
            first = second = max(1, (len(members) - 1) // 2)
        part[members[:first]] = 1
        part[members[first : first + second]] = 2
    return part


def _in_turn(classes: NumpyArray, k: int, random: np.random.Generator) -> NumpyArray:
    """Each class dealt out one by one, beginning where the last one ended, so that the parts' sizes differ by one at most."""
    part = np.zeros(len(classes), np.int64)
    order = np.concatenate([random.permutation(np.flatnonzero(classes == each)) for each in np.unique(classes)])
    part[order] = np.arange(len(order)) % k
    return part


def _in_time(times: NumpyArray, shares: Sequence[float]) -> NumpyArray:
    """Stretches of time, numbered from the earliest on."""
    distinct, at, counts = np.unique(times, return_inverse=True, return_counts=True)
    if len(distinct) < len(shares):
        raise DataError(
            f"There are {len(distinct):,} distinct times; at least {len(shares)} are needed to cut the rows in {len(shares)} "
            "parts. Give finer times, or deal the rows out at random."
        )
    before, cuts = np.cumsum(counts), [0]
    for i, share in enumerate(np.cumsum(shares)[:-1]):
        first, last = cuts[-1], len(distinct) - len(shares) + i
        cuts.append(first + int(np.argmin(np.abs(before[first : last + 1] - share * len(times)))) + 1)
    return np.searchsorted(cuts[1:], at, side="right")


def _by_groups(groups: NumpyArray, classes: NumpyArray, shares: Sequence[float], random: np.random.Generator) -> NumpyArray:
    """Parts that hold whole groups, the large ones dealt first, in random order among those of like size."""
    groups = np.unique(groups, return_inverse=True)[1]
    count, width = int(groups.max()) + 1, int(classes.max()) + 1
    if count < len(shares):
        raise DataError(
            f"There {'is 1 group' if count == 1 else f'are {count} groups'}; at least {len(shares)} are needed, one for each of "
            f"{len(shares)} parts. Check the labels, or ask for fewer parts."
        )
    members = np.bincount(groups * width + classes, minlength=count * width).reshape(count, width)
    sizes, totals = members.sum(axis=1), np.maximum(members.sum(axis=0), 1)
    loads = np.column_stack([sizes / len(groups), members / totals / np.sqrt(width)])
    order = np.lexsort((random.permutation(count), -np.floor(np.log2(sizes))))
    return _fitted(loads, order, np.asarray(shares))[groups]


def _fitted(loads: NumpyArray, order: NumpyArray, shares: NumpyArray) -> NumpyArray:
    """Each group's part, so that Σ_p |load of p − s_p · whole load|² / s_p is small.

    Putting a group of load c in part p, which holds o_p above its share, adds c · (2 o_p + c) / s_p.

    Args:
        loads: Of each group: its share of all rows, and of each class over √classes; shape (groups, 1 + classes).
        order: The groups in the order of dealing.
        shares: s_p, shape (parts,).
    """
    over, held = -np.outer(shares, loads.sum(axis=0)), np.zeros(len(shares), np.int64)
    part = np.full(len(loads), -1)
    for turn in range(PASSES if len(loads) <= MOST_MENDED else 1):
        for done, group in enumerate(order):
            old = part[group]
            if turn and held[old] == 1:
                continue
            if turn:
                over[old] -= loads[group]
                held[old] -= 1
            cost = ((2 * over + loads[group]) @ loads[group]) / shares
            if turn == 0 and len(loads) - done <= np.count_nonzero(held == 0):
                cost[held > 0] = np.inf  # as many groups left as parts without one
            part[group] = best = int(np.argmin(cost))
            over[best] += loads[group]
            held[best] += 1
    return part
