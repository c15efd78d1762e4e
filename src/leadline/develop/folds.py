"""What is trained on and what is held out: train and cv as the data were split, or k folds of both together."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadline.data.split import Part, Split
from leadline.errors import ArgumentError
from leadline.types import NumpyArray

__all__ = ["Folds", "folds_of"]


@dataclass(frozen=True, eq=False)
class Folds:
    """Pairs of rows to train on and rows to measure on.

    Rows are counted from 0 over train's and, after them, cv's.

    Attributes:
        data: The split data; the test part is not read.
        X: The inputs of all these rows.
        y: Their targets.
        parts: The pairs, each of two ascending arrays of rows; no row is held out twice.
    """

    data: Split
    X: NumpyArray
    y: NumpyArray
    parts: tuple[tuple[NumpyArray, NumpyArray], ...]

    @property
    def count(self) -> int:
        """How many pairs."""
        return len(self.parts)

    @property
    def rows(self) -> int:
        """m: how many rows every pair has to train on."""
        return min(len(train) for train, _ in self.parts)

    @functools.cached_property
    def held(self) -> NumpyArray:
        """All rows that are held out, ascending."""
        return np.sort(np.concatenate([held for _, held in self.parts]))

    @functools.cached_property
    def is_aligned(self) -> bool:
        """Whether every row is held out once, and is trained on in another pair."""
        return self.count > 1 and len(self.held) == len(self.y) and len(self.seen(range(self.count))) == len(self.y)

    @property
    def stretch(self) -> float:
        """By what a standard error over held-out examples grows because the pairs share training rows.

        The variance of a mean over k pairs is taken as `1/k + n_held/n_train` instead of `1/k`; as a factor of the standard
        error: `√(1 + Σ n_held / n_train)`. With one pair there is nothing to share, and it is 1.

        Source:
            Nadeau & Bengio 2003, Inference for the generalization error, equation 7.
        """
        return math.sqrt(1 + sum(len(held) / len(train) for train, held in self.parts)) if self.count > 1 else 1.0

    @property
    def measured(self) -> Split:
        """The data with all that is held out as their cv part."""
        if self.count == 1:
            return self.data
        rows = np.concatenate([self.data.train.rows, self.data.cv.rows])[self.held]
        return replace(self.data, cv=Part(self.X[self.held], self.y[self.held], rows))

    def seen(self, pairs: Sequence[int]) -> NumpyArray:
        """All rows that some of the pairs train on, ascending."""
        return np.unique(np.concatenate([self.parts[pair][0] for pair in pairs]))

    def assembled(self, values: Sequence[NumpyArray], axis: int = -1) -> NumpyArray:
        """What was measured on each pair's held-out rows, as one array in the order of `held`.

        Args:
            values: An array for each pair, with an axis of that pair's held-out rows.
            axis: Which axis that is.
        """
        order = np.argsort(np.concatenate([held for _, held in self.parts]), kind="stable")
        return np.take(np.concatenate(values, axis=axis), order, axis=axis) if self.count > 1 else values[0]

    def over(self, data: Split) -> Folds:
        """The same pairs of rows, of data whose inputs are others."""
        return replace(self, data=data, X=np.concatenate([data.train.X, data.cv.X]))

    def fitted(self, fit: Callable[[Part, Part], dict[str, NumpyArray]]) -> dict[str, NumpyArray]:
        """What something else pays for each held-out example: `fit` trains on a pair's first part and pays for its second."""
        each = [fit(self._part(train), self._part(held)) for train, held in self.parts]
        return {name: self.assembled([values[name] for values in each]) for name in each[0]}

    def _part(self, rows: NumpyArray) -> Part:
        return Part(self.X[rows], self.y[rows], rows)


def folds_of(data: Split, count: int = 0, seed: int = 0) -> Folds:
    """The folds of split data.

    Args:
        data: The split data; its test part is not read.
        count: k, how many folds of train and cv together; 0 for train and cv as they are split.
        seed: Decides which row goes where, for k folds.

    Raises:
        ArgumentError: One fold, or a number below 0.
        DataError: Fewer rows or groups than folds.

    Examples:
        >>> from leadline.data.split import split
        >>> data = split(np.zeros((20, 1)), [0, 1] * 10)
        >>> [(len(train), len(held)) for train, held in folds_of(data).parts]
        [(12, 4)]
        >>> [(len(train), len(held)) for train, held in folds_of(data, 4).parts]
        [(12, 4), (12, 4), (12, 4), (12, 4)]
    """
    if isinstance(count, bool) or count != int(count) or count < 0 or count == 1:
        raise ArgumentError(f"folds is 0, for train and cv as they are split, or a number from 2 on. Got {count!r}.")
    X, y = (np.concatenate([getattr(part, name) for part in (data.train, data.cv)]) for name in ("X", "y"))
    if count:
        return Folds(data, X, y, tuple((train.astype(np.int32), held) for train, held in data.folds(int(count), seed)))
    train, held = np.arange(data.train.size, dtype=np.int32), data.train.size + np.arange(data.cv.size)
    return Folds(data, X, y, ((train, held),))
