"""Which class is taken for which: the confusion matrix, and each class's precision, recall and F1, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.develop.intervals import Estimate
from leadline.develop.moments import Moments, share_interval
from leadline.types import NumpyArray
from leadline.words import english, percent

__all__ = ["SKEWED", "Confusion", "Pair", "defined", "influences", "ratio"]

SKEWED = 0.8
"""Where the largest class has a greater share than this, accuracy says little."""
_MOST_PAIRS = 10


def defined(value: Any) -> Any:
    """Numbers as plain JSON data, None for those that are not defined.

    Examples:
        >>> defined(np.array([0.5, np.nan])), defined(float("nan")), defined(Estimate(float("nan"), 0.0, 1.0))
        ([0.5, None], None, {'value': None, 'low': 0.0, 'high': 1.0})
    """
    if isinstance(value, Estimate):
        return {name: defined(number) for name, number in value.to_dict().items()}
    if isinstance(value, np.ndarray):
        return [defined(each) for each in value.tolist()]
    if isinstance(value, list):
        return [defined(each) for each in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def influences(above: NumpyArray, below: NumpyArray) -> tuple[float, NumpyArray]:
    """The share `Σ above / Σ below` over seeds and rows, and by how much each row moves it in each seed.

    To first order its error is the mean over the seeds of `Σᵢ (above − share · below) / Σ below`, whose terms these are.

    Args:
        above: `(seeds, rows)`.
        below: `(seeds, rows)`; `above` is no larger anywhere, and not all is 0.

    Examples:
        >>> share, moved = influences(np.array([[1.0, 0.0]]), np.ones((1, 2)))
        >>> share, moved.tolist()
        (0.5, [[0.25, -0.25]])
    """
    size = float(below.sum()) / len(below)
    share = float(above.sum()) / len(below) / size
    return share, (above - share * below) / size


def ratio(above: NumpyArray, below: NumpyArray, weight: float = 1.0) -> Estimate:
    """The share `Σ above / Σ below` over seeds and rows, with its 90 % interval.

    Args:
        above: `(seeds, rows)`.
        below: `(seeds, rows)`; `above` is no larger anywhere.
        weight: What one row counts in `below`.

    Returns:
        The share; not a number, within [0, 1], where `below` is 0 throughout.

    Examples:
        >>> found = ratio(np.array([[1.0, 1.0, 1.0, 0.0]]), np.ones((1, 4)))
        >>> found.value, round(found.low, 2), round(found.high, 2)
        (0.75, 0.35, 0.95)
    """
    involved = below.any(axis=0)
    if not involved.any():
        return Estimate(float("nan"), 0.0, 1.0)
    above, below = above[:, involved].astype(float), below[:, involved].astype(float)
    share, moved = influences(above, below)
    by_rows, by_seeds = Moments.whole(moved).of_sum()
    low, high = share_interval(share, float(below.sum()) / len(below) / weight, by_rows, by_seeds, len(below))
    return Estimate(share, float(low), float(high), by_rows**0.5, by_seeds**0.5)


@dataclass(frozen=True)
class Pair:
    """Rows of one class that are taken for another.

    Attributes:
        true: Their class.
        predicted: What they are taken for.
        count: How many, on average over the seeds.
        share: Their share of the class, with its interval.
        share_of_errors: Their share of all wrong rows.
    """

    true: str
    predicted: str
    count: float
    share: Estimate
    share_of_errors: float

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        return vars(self) | {"share": self.share.to_dict()}


@dataclass(frozen=True, eq=False)
class Confusion:
    """The confusion matrix of the seeds, averaged, and what each class is worth.

    Precision, recall and F1 are of all seeds' predictions together. A class that no row has, or that is never predicted, leaves
    some of them undefined: not a number here, None in `to_dict`.

    Attributes:
        classes: The names of the classes, k of them.
        counts: How many rows of each class (first axis) are taken for each (second), on average over the seeds, `(k, k)`.
        shares: The same as shares of the class, `(k, k)`.
        low: The lower ends of their intervals, `(k, k)`.
        high: The upper ends.
        precision: Of each class: which share of the rows predicted as it is of it.
        recall: Of each class: which share of its rows is predicted as it.
        f1: Of each class: the harmonic mean of the two.
        pairs: The pairs most often confused, the most frequent first.
    """

    classes: tuple[str, ...]
    counts: NumpyArray
    shares: NumpyArray
    low: NumpyArray
    high: NumpyArray
    precision: tuple[Estimate, ...]
    recall: tuple[Estimate, ...]
    f1: tuple[Estimate, ...]
    pairs: tuple[Pair, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """Which pairs are confused, which classes are missed altogether, and whether accuracy misleads."""
        sizes, predicted = self.counts.sum(axis=1), self.counts.sum(axis=0)
        found = [
            english(
                f"{pair.true!r} is taken for {pair.predicted!r} in {percent(pair.share.value)} [{percent(pair.share.low)}, "
                f"{percent(pair.share.high)}] of its rows: {percent(pair.share_of_errors)} of all errors."
            )
            for pair in self.pairs[:3]
        ]
        absent = [name for name, size in zip(self.classes, sizes) if not size]
        never = [name for name, size, times in zip(self.classes, sizes, predicted) if size and not times]
        if absent:
            found.append(english(f"No cv row is of {', '.join(map(repr, absent))}: nothing is known of how well it is found."))
        if never:
            found.append(english(f"Never predicted: {', '.join(map(repr, never))}."))
        largest = int(np.argmax(sizes))
        share = float(sizes[largest] / sizes.sum())
        if share > SKEWED:
            found.append(
                english(
                    f"The classes are skewed: {percent(share, 1)} of the rows are {self.classes[largest]!r}, and to answer that "
                    f"always would be wrong in {percent(1 - share, 1)} only. Judge by precision and recall, not by the error."
                )
            )
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        arrays = {name: defined(getattr(self, name)) for name in ("counts", "shares", "low", "high")}
        classes = {name: [defined(each) for each in getattr(self, name)] for name in ("precision", "recall", "f1")}
        words = {"pairs": [pair.to_dict() for pair in self.pairs], "words": list(self.words)}
        return {"classes": list(self.classes)} | arrays | classes | words

    @classmethod
    def of(cls, y: NumpyArray, predicted: NumpyArray, classes: Sequence[str]) -> Confusion:
        """Counts predictions.

        Args:
            y: The class of each row, `(rows,)` indices.
            predicted: What each seed predicts, `(seeds, rows)` indices.
            classes: Their names.

        Examples:
            >>> found = Confusion.of(np.array([0, 0, 1, 1]), np.array([[0, 1, 1, 1], [0, 0, 1, 1]]), ("cat", "dog"))
            >>> found.counts.tolist(), found.recall[0].value, found.pairs[0].predicted
            ([[1.5, 0.5], [0.0, 2.0]], 0.75, 'dog')
        """
        k, runs = len(classes), len(predicted)
        counts, shares, low, high, by_rows, by_seeds = np.zeros((6, k, k))
        for place in range(k):
            moments = Moments.of(Moments.terms((predicted == place).astype(float)), y, k)
            shares[:, place], by_rows[:, place], by_seeds[:, place] = moments.mean, moments.by_rows, moments.by_seeds
            counts[:, place] = moments.sums.mean(axis=0)
            low[:, place], high[:, place] = share_interval(moments.mean, moments.count, moments.by_rows, moments.by_seeds, runs)
        shares[counts.sum(axis=1) == 0] = np.nan
        of_cells = zip(*(array.ravel().tolist() for array in (shares, low, high, np.sqrt(by_rows), np.sqrt(by_seeds))))
        cells = np.array([Estimate(*numbers) for numbers in of_cells], object).reshape(k, k)
        figures = [_precision_and_f1(y == place, predicted == place) for place in range(k)]
        precision, f1 = zip(*figures, strict=True)
        recall = tuple(cells[place, place] for place in range(k))
        return cls(tuple(classes), counts, shares, low, high, precision, recall, f1, _pairs(counts, cells, classes))


def _precision_and_f1(true: NumpyArray, predicted: NumpyArray) -> tuple[Estimate, Estimate]:
    both = predicted & true
    return ratio(both, predicted), ratio(2.0 * both, predicted.astype(float) + true, weight=2)


def _pairs(counts: NumpyArray, cells: NumpyArray, classes: Sequence[str]) -> tuple[Pair, ...]:
    wrong = counts * (1 - np.eye(len(counts)))
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_PAIRS]
    places = [divmod(int(place), len(counts)) for place in order]
    return tuple(
        Pair(classes[i], classes[j], float(wrong[i, j]), cells[i, j], float(wrong[i, j] / wrong.sum()))
        for i, j in places
        if wrong[i, j] > 0
    )
