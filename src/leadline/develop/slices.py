"""Slices of the cv rows: where the errors are, each compared with the rest, the false discovery rate controlled over all."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import gammainc, gammaincc, ndtr, ndtri, stdtr

from leadline.data.target import missing_mask
from leadline.develop.costs import reading
from leadline.develop.intervals import Estimate
from leadline.develop.moments import Moments, beyond, mean_interval, share_interval
from leadline.develop.problem import number
from leadline.discoveries import discoveries
from leadline.errors import DataError
from leadline.types import NumpyArray
from leadline.words import english, percent

__all__ = ["BINS", "FEWEST", "RATE", "Slice", "Slices", "cut"]

FEWEST = 10
"""Slices of fewer rows, and slices that leave fewer to the rest, are not tested."""
BINS = 4
"""Numbers are cut at their quartiles; where there are no more than this many different ones, each makes a slice."""
RATE = 0.10
"""The share of the flagged slices that may, on average, be false."""
_HELD = 0.99
"""Rows that cost more than this quantile count as if they cost so much, in the test alone."""
_FLAT = 1e-3
"""A distribution less skewed than this is taken for normal."""
_MOST_WORDS = 10


@dataclass(frozen=True)
class Slice:
    """Some of the cv rows, and how they fare.

    Attributes:
        column: The column that makes the slice.
        part: Which of its values: "= male", "≤ 3.5", "in (3.5, 7]", "(missing)".
        rows: How many rows it has.
        error: Its error in the metric, with its interval.
        rest: The error of all other rows.
        share_of_rows: Its share of all rows.
        share_of_errors: Its share of all errors: of the wrong rows, the squared or absolute misses, or the cost.
        if_perfect: By how much the total error would fall if the slice had none.
        if_as_rest: By how much it would fall if the slice were as good as the rest; 0 where it is better.
        p_value: How often a slice that is no worse than the rest looks as bad as this one.
        q_value: The same, adjusted for the number of slices tested.
        flagged: Whether `q_value` is at most `RATE`.
    """

    column: str
    part: str
    rows: int
    error: Estimate
    rest: float
    share_of_rows: float
    share_of_errors: float
    if_perfect: float
    if_as_rest: float
    p_value: float
    q_value: float = 1.0
    flagged: bool = False

    @property
    def name(self) -> str:
        """Column and part."""
        if self.column.endswith(" (target)"):
            return english(f"{self.column.removesuffix(' (target)')} (target) {self.part}")
        if self.part.startswith("in ("):
            return english(f"{self.column} in ({self.part.removeprefix('in (')}")
        return english(f"{self.column} (missing)") if self.part == "(missing)" else f"{self.column} {self.part}"

    @property
    def difference(self) -> float:
        """The slice's error less that of the rest."""
        return self.error.value - self.rest

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        return vars(self) | {"error": self.error.to_dict(), "difference": self.difference}


@dataclass(frozen=True)
class Slices:
    """All slices that were tested: first those flagged, by what could be gained.

    Tested is whether a slice is *worse* than the rest; one that is better is nothing to mend. The sum of its rows' means over the
    seeds is compared with that of as many rows drawn from all without replacement: the first three moments are exact, the tail is
    that of Pearson's type III. A cost or miss above the 99th percentile counts in the test as that, since a few large ones make
    no bad slice. The seeds are a sample too: as far as the distance between slice and rest differs over them beyond chance, the
    evidence is weakened.

    Benjamini's and Hochberg's procedure then holds the false discovery rate at `RATE`. That is proven for independent and for
    positively dependent tests. Slices of different columns overlap, and those of one column exclude each other, so neither is
    quite the case; simulated on such slices the rate holds (the tests do so). The procedure for any dependence whatever, of
    Benjamini and Yekutieli, would ask for p-values six times smaller at 200 slices, and is not needed.

    Attributes:
        metric: In what the errors are.
        total: The error of all rows.
        tested: The slices, ranked.
        too_small: How many slices were not tested, having fewer than `FEWEST` rows or leaving fewer to the rest.

    Source:
        Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001; Mielke & Berry 2007, for the moments over all permutations.
    """

    metric: str
    total: float
    tested: tuple[Slice, ...]
    too_small: int

    @property
    def flagged(self) -> tuple[Slice, ...]:
        """The slices that are worse than the rest by more than chance explains."""
        return tuple(each for each in self.tested if each.flagged)

    @property
    def words(self) -> tuple[str, ...]:
        """What was looked at, and what was found."""
        count, found = len(self.tested), self.flagged
        looked = (
            english("One slice was tested")
            if count == 1
            else english(f"{count:,} slices were tested")
            if count
            else english("No slice was tested")
        )
        if self.too_small:
            looked = english(f"{looked} ({self.too_small:,} more have, or leave, fewer than {FEWEST} rows)")
        if not count:
            return (f"{looked}.",)
        if not found:
            return (english(f"{looked}: none is worse than the rest by more than chance explains."),)
        first = english(
            f"{looked}: {len(found):,} {'is' if len(found) == 1 else 'are'} worse than the rest. Found by looking at all: "
            f"expect, on average, at most {percent(RATE)} of the flagged to be false, and the worst to be less bad than they "
            "look. Slices overlap, so several may have one cause, and none is shown to be the cause. What they would bring is a "
            "ceiling: a slice may be harder for any model."
        )
        rest = len(found) - _MOST_WORDS
        more = (english(f"And {rest:,} more, that would bring less."),) if rest > 0 else ()
        return (first, *map(self._sentence, found[:_MOST_WORDS]), *more)

    def _sentence(self, found: Slice) -> str:
        show, error = number(self.metric), found.error
        return english(
            f"{found.name}: {show(error.value)} [{show(error.low)}, {show(error.high)}] on {found.rows:,} rows, the rest "
            f"{show(found.rest)}; {percent(found.share_of_errors)} of all errors on {percent(found.share_of_rows)} of the rows. "
            f"As good as the rest, it would take the total from {show(self.total)} to {show(self.total - found.if_as_rest)}."
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        plain = {"metric": self.metric, "total": self.total, "too_small": self.too_small, "words": list(self.words)}
        return plain | {"tested": [each.to_dict() for each in self.tested]}

    @classmethod
    def of(cls, values: NumpyArray, columns: Mapping[str, NumpyArray], metric: str) -> Slices:
        """Cuts the rows by every column, and tests every slice.

        Args:
            values: What the metric is a mean of, for each seed and row, `(seeds, rows)`.
            columns: Names to values, `(rows,)` each, as `cut` takes them.
            metric: A key of `METRICS`.

        Raises:
            DataError: A column has another number of rows.

        Examples:
            >>> random = np.random.default_rng(0)
            >>> sex = np.array(["f", "m"] * 200)
            >>> wrong = random.random((3, 400)) < np.where(sex == "m", 0.4, 0.1)
            >>> found = Slices.of(wrong.astype(float), {"sex": sex, "age": random.normal(size=400)}, "error")
            >>> [each.name for each in found.flagged], len(found.tested)
            (['sex = m'], 6)
        """
        rows, comparison = values.shape[1], _Comparison(values, metric)
        slices: list[Slice] = []
        small = 0
        for name, column in columns.items():
            if np.shape(column) != (rows,):
                raise DataError(f"Column {name!r} must have a value for each of the {rows:,} rows. Got {np.shape(column)}.")
            codes, parts = cut(column)
            if len(parts) < 2:
                continue
            found = comparison.slices(name, codes, parts)
            small += len(parts) - len(found)
            slices += found
        adjusted = discoveries([each.p_value for each in slices]).tolist()
        judged = [replace(each, q_value=q, flagged=q <= RATE) for each, q in zip(slices, adjusted)]
        ranked = sorted(judged, key=lambda each: (not each.flagged, -each.if_as_rest, each.p_value))
        return cls(metric, comparison.total, tuple(ranked), small)


def cut(column: NumpyArray) -> tuple[NumpyArray, list[str]]:
    """Cuts rows by a column: numbers and dates at their quartiles, else by category; NaN and None are "(missing)".

    Args:
        column: The values, `(rows,)`.

    Returns:
        Each row's part, `(rows,)`, and the parts' names, none of them empty.

    Examples:
        >>> cut(np.array(["f", "m", None, "f"], object))
        (array([1, 2, 0, 1]), ['(missing)', '= f', '= m'])
        >>> cut(np.array([1.0, 2, 3, 4, 5, 6, 7, np.nan]))[1]
        ['≤ 2', 'in (2, 4]', 'in (4, 6]', '> 6', '(missing)']
    """
    column = np.asarray(column)
    if column.dtype.kind not in "iufM":
        absent = missing_mask(column, "column").tolist()
        words = [english("(missing)") if none else f"= {value}" for value, none in zip(column.tolist(), absent)]
        found, codes = np.unique(np.array(words), return_inverse=True)
        return codes, found.tolist()
    dates = column.dtype.kind == "M"
    missing = np.isnat(column) if dates else np.isnan(column.astype(float))
    numbers = column.astype("datetime64[D]").astype(float) if dates else column.astype(float)
    values = numbers[~missing]
    distinct = np.unique(values)
    if not len(distinct):
        return np.zeros(len(column), np.intp), ["(missing)"]
    edges = distinct if len(distinct) <= BINS else _edges(values, distinct)
    names = _names(edges, len(distinct) <= BINS, dates)
    codes = np.where(missing, len(names), np.searchsorted(edges, np.where(missing, distinct[0], numbers)))
    return codes, [*names, *(["(missing)"] if missing.any() else [])]


def _edges(values: NumpyArray, distinct: NumpyArray) -> NumpyArray:
    """The upper ends of all bins but the last, each a value that occurs; none is the largest, after which no bin would follow."""
    quantiles = np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf")
    return np.asarray(np.unique(np.minimum(quantiles, distinct[-2])))


def _names(edges: NumpyArray, values: bool, dates: bool) -> list[str]:
    show = [number("cost")(edge) for edge in edges.tolist()]
    if dates:
        show = [str(np.datetime64(int(edge), "D")) for edge in edges]
    elif len(set(show)) < len(show):  # four digits do not tell them apart
        show = [repr(edge) for edge in edges.tolist()]
    if values:
        return [f"= {each}" for each in show]
    return [f"≤ {show[0]}", *(english(f"in ({low}, {high}]") for low, high in itertools.pairwise(show)), f"> {show[-1]}"]


class _Comparison:
    """Compares slices with the rest; what all of them need of the whole is computed once."""

    def __init__(self, values: NumpyArray, metric: str) -> None:
        self.shares, self.root, self._reading = metric == "error", metric == "rmse", reading(metric)[1]
        self.terms, self.whole = Moments.terms(values), Moments.whole(values)
        self.mean = float(self.whole.mean[0])
        self.total = float(self.read(self.mean))
        means = values.mean(axis=0)
        held = values if self.shares else values - np.maximum(means - np.quantile(means, _HELD), 0)
        self.test = _Test(held, 1 / len(values) if self.shares else 0.0)

    def read(self, mean: Any) -> NumpyArray:
        """The metric; a mean of squares is not let below 0 by rounding."""
        return np.asarray(self._reading(np.maximum(mean, 0.0) if self.root else np.asarray(mean)))

    def slices(self, column: str, codes: NumpyArray, parts: Sequence[str]) -> list[Slice]:
        """The slices of a column that are large enough, compared."""
        moments = Moments.of(self.terms, codes, len(parts))
        large = np.flatnonzero(np.minimum(moments.count, self.whole.count - moments.count) >= FEWEST)
        moments, runs = moments[large], len(moments.sums)
        share = moments.count / self.whole.count
        own, error, others = moments.mean * share, self.read(moments.mean), self.read((self.whole - moments).mean)
        ends = (
            share_interval(moments.mean, moments.count, moments.by_rows, moments.by_seeds, runs)
            if self.shares
            else mean_interval(moments, self.whole)
        )
        spreads = (self.read(moments.mean + np.sqrt(variance)) - error for variance in (moments.by_rows, moments.by_seeds))
        estimates = [Estimate(*numbers) for numbers in zip(*(x.tolist() for x in (error, *map(self.read, ends), *spreads)))]
        p_values = self.test(Moments.of(self.test.terms, codes, len(parts))[large])
        of_errors, perfect = own / self.mean if self.mean else own * 0, self.total - self.read(self.mean - own)
        figures = (others, share, of_errors, perfect, np.maximum(self.total - others, 0), p_values)
        rows = zip(large.tolist(), moments.count.astype(int).tolist(), estimates, *(x.tolist() for x in figures))
        return [Slice(column, parts[place], *row) for place, *row in rows]


class _Test:
    """Whether slices are worse than the rest."""

    def __init__(self, values: NumpyArray, step: float) -> None:
        """Of values `(seeds, rows)`, whose sums over rows, averaged over the seeds, are multiples of `step`."""
        means = values.mean(axis=0)
        self.terms, self.whole, self.step = Moments.terms(values), Moments.whole(values), step
        self.second, self.third = (float(((means - means.mean()) ** power).mean()) for power in (2, 3))
        self.differ = bool(np.ptp(means) > 1e-12 * np.abs(means).max())

    def __call__(self, moments: Moments) -> NumpyArray:
        """The probability of a slice as bad as each of these if it is none, one-sided."""
        if not self.differ:
            return np.ones(len(moments.count))
        n, m, runs = moments.count, self.whole.count, len(moments.sums)
        p, rest = self._permuted(moments), self.whole - moments
        of_rows = self.second * m**2 / (n * (m - n) * (m - 1))
        of_seeds = beyond(moments.each - rest.each, moments.by_both + rest.by_both)
        both = of_rows + of_seeds
        z = -ndtri(p) * np.sqrt(of_rows / both)
        freedom = np.minimum((runs - 1) * (both / np.maximum(of_seeds, 1e-9 * both)) ** 2, 1e9)
        return np.asarray(np.where(of_seeds > 0, stdtr(np.maximum(freedom, 1), -z), p))

    def _permuted(self, moments: Moments) -> NumpyArray:
        """The same over all choices of as many rows: a gamma distribution with the choices' mean, variance and skewness."""
        n, m = moments.count, self.whole.count
        deviation = np.sqrt(self.second * n * (m - n) / (m - 1))
        skewness = self.third * n * (m - n) * (m - 2 * n) / ((m - 1) * (m - 2)) / deviation**3
        z = (n * (moments.mean - self.whole.mean) - self.step / 2) / deviation
        shape = 4 / np.maximum(np.abs(skewness), _FLAT) ** 2
        place = np.maximum(shape + np.sign(skewness) * np.sqrt(shape) * z, 0)
        tail = np.where(skewness > 0, gammaincc(shape, place), gammainc(shape, place))
        return np.asarray(np.clip(np.where(np.abs(skewness) > _FLAT, tail, ndtr(-z)), 1e-15, 1 - 1e-15))
