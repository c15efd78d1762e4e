"""Means over rows and seeds, in groups of rows, and what is uncertain in them: a few sums, also of a million rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from leadline.types import NumpyArray

__all__ = ["Moments", "beyond", "mean_interval", "share_interval", "student"]

_Z = 1.6448536269514722
"""The normal quantile of a 90 % interval."""
_COUNTS_AS = 20
"""How many rows the whole counts as where a small group's spread is estimated."""


@dataclass(frozen=True)
class Moments:
    """Sums of values over groups of rows, which give each group's mean and the variance of it.

    With R seeds and n rows, the value of row i in seed r is taken as `mean + row i + seed r + both`. One part of the mean's
    variance comes from the rows, `Σᵢ(v̄ᵢ − mean)²/n²`, which holds that of "both" as well; another from the seeds beyond it.

    Attributes:
        count: n, `(groups,)`.
        sums: The sums of each seed, `(seeds, groups)`.
        squares: `Σᵢ v̄ᵢ²`, of the rows' means over the seeds, `(groups,)`.
        within: `Σᵢᵣ (vᵣᵢ − v̄ᵢ)²`, `(groups,)`.

    Examples:
        >>> moments = Moments.of(Moments.terms(np.array([[0.0, 1.0, 1.0, 1.0]])), np.array([0, 0, 1, 1]), 2)
        >>> moments.mean.tolist(), moments.by_rows.tolist()
        ([0.5, 1.0], [0.125, 0.0])
    """

    count: NumpyArray
    sums: NumpyArray
    squares: NumpyArray
    within: NumpyArray

    @staticmethod
    def terms(values: NumpyArray) -> NumpyArray:
        """What is summed, `(seeds + 2, rows)`, of values `(seeds, rows)`: once for all groupings of the same rows."""
        means = values.mean(axis=0)
        return np.vstack([values, means**2, ((values - means) ** 2).sum(axis=0)])

    @classmethod
    def of(cls, terms: NumpyArray, codes: NumpyArray, groups: int) -> Moments:
        """Sums over the groups.

        Args:
            terms: What `terms` gave.
            codes: Each row's group, `(rows,)`.
            groups: How many groups there are.
        """
        sums = np.array([np.bincount(codes, each, groups) for each in terms])
        return cls(np.bincount(codes, minlength=groups).astype(float), sums[:-2], sums[-2], sums[-1])

    @classmethod
    def whole(cls, values: NumpyArray) -> Moments:
        """All rows as one group."""
        return cls.of(cls.terms(values), np.zeros(values.shape[1], np.intp), 1)

    def __getitem__(self, groups: Any) -> Moments:
        """Some of the groups."""
        return Moments(self.count[groups], self.sums[:, groups], self.squares[groups], self.within[groups])

    def __sub__(self, other: Moments) -> Moments:
        """The rows of these groups that are not in those."""
        return Moments(self.count - other.count, self.sums - other.sums, self.squares - other.squares, self.within - other.within)

    @property
    def each(self) -> NumpyArray:
        """The mean of each seed, `(seeds, groups)`; 0 in a group without rows."""
        means: NumpyArray = self.sums / np.maximum(self.count, 1)
        return means

    @property
    def mean(self) -> NumpyArray:
        """The mean over seeds and rows, `(groups,)`."""
        return np.asarray(self.each.mean(axis=0))

    @property
    def by_rows(self) -> NumpyArray:
        """The variance of the mean that comes from the rows, `(groups,)`."""
        return np.asarray(np.maximum(self.squares - self.count * self.mean**2, 0) / np.maximum(self.count, 1) ** 2)

    @property
    def by_both(self) -> NumpyArray:
        """The variance of the mean that comes from seed and row together, `(groups,)`."""
        runs, n = len(self.sums), self.count
        left = np.maximum(self.within - n * ((self.each - self.mean) ** 2).sum(axis=0), 0)
        return np.asarray(left / np.maximum(n * (n - 1) * runs * (runs - 1), 1))

    @property
    def by_seeds(self) -> NumpyArray:
        """The variance of the mean that comes from the seeds beyond that of `by_rows`, `(groups,)`."""
        return beyond(self.each, self.by_both)

    def of_sum(self) -> tuple[float, float]:
        """The two variances, by rows and by seeds, of the first group's sum."""
        return float(self.by_rows[0] * self.count[0] ** 2), float(self.by_seeds[0] * self.count[0] ** 2)


def beyond(each: NumpyArray, by_both: NumpyArray) -> NumpyArray:
    """The variance of a mean over seeds, of which `each` has `(seeds, groups)`, beyond what seed and row bring together."""
    runs = len(each)
    return np.maximum(each.var(axis=0, ddof=1) / runs - by_both, 0) if runs > 1 else np.zeros(each.shape[1:])


def student(runs: int) -> float:
    """Student's quantile for a 90 % interval of a mean of so many seeds; 0 for one seed, of whose variance nothing is known."""
    return float(stdtrit(runs - 1, 0.95)) if runs > 1 else 0.0


def share_interval(share: Any, count: Any, by_rows: Any, by_seeds: Any, runs: int) -> tuple[NumpyArray, NumpyArray]:
    """The 90 % interval of shares, honest for few rows: as if `z²` rows more had been seen, half of them errors.

    With one seed it is Agresti's and Coull's interval; with more, rows on which the seeds disagree count for less. What the seeds
    bring beyond that is added in quadrature, with Student's quantile.

    Args:
        share: The shares.
        count: How many rows each is of.
        by_rows: The parts of their variances that come from the rows.
        by_seeds: Those from the seeds.
        runs: The number of seeds.

    Source:
        Agresti & Coull 1998.

    Examples:
        >>> low, high = share_interval(0.0, 20, 0.0, 0.0, 1)
        >>> float(low), round(float(high), 3)
        (0.0, 0.141)
    """
    extra = _Z**2
    middle = (count * share + extra / 2) / (count + extra)
    squares = count**2 * by_rows + count * (share - middle) ** 2 + extra / 2 * (middle**2 + (1 - middle) ** 2)
    half = np.hypot(_Z * np.sqrt(squares) / (count + extra), student(runs) * np.sqrt(by_seeds))
    return np.clip(np.minimum(middle - half, share), 0, 1), np.clip(np.maximum(middle + half, share), 0, 1)


def mean_interval(moments: Moments, whole: Moments) -> tuple[NumpyArray, NumpyArray]:
    """The 90 % interval of means of costs, which are skewed and seldom negative: Student's, of the mean's logarithm.

    A few rows tell little of how skewed their costs are. Their squared coefficient of variation is therefore averaged with that
    of the whole, which counts as 20 rows more.

    Args:
        moments: Groups of at least two rows.
        whole: All rows as one group.

    Examples:
        >>> whole = Moments.whole(np.array([[1.0, 4.0, 1.0, 4.0]]))
        >>> low, high = mean_interval(whole, whole)
        >>> low.round(2).tolist(), high.round(2).tolist()
        ([1.38], [4.53])
    """
    n, mean, runs = moments.count, moments.mean, len(moments.sums)
    own, general = (_variation(each) for each in (moments, whole))
    variation = (n * own + _COUNTS_AS * general) / (n + _COUNTS_AS)
    seeds = student(runs) * np.sqrt(moments.by_seeds)
    half = np.hypot(stdtrit(n + _COUNTS_AS - 1, 0.95) * np.sqrt(variation / n), seeds / np.where(mean > 0, mean, 1))
    plain = np.hypot(stdtrit(n - 1, 0.95) * np.sqrt(moments.by_rows * n / (n - 1)), seeds)
    factor = np.exp(np.minimum(half, 50))
    return np.where(mean > 0, mean / factor, mean - plain), np.where(mean > 0, mean * factor, mean + plain)


def _variation(moments: Moments) -> NumpyArray:
    """The squared coefficient of variation of the rows, 0 where the mean is not positive."""
    n, mean = moments.count, moments.mean
    return np.asarray(np.where(mean > 0, moments.by_rows * n**2 / (n - 1) / np.where(mean > 0, mean, 1) ** 2, 0))
