"""Two classes: what every threshold brings, which is best by F1, and how much of that is luck; average precision and ROC AUC."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit, stdtrit

from leadline import seeds
from leadline.develop.confusion import defined, influences, ratio
from leadline.develop.intervals import Estimate
from leadline.develop.moments import Moments, share_interval, student
from leadline.types import NumpyArray
from leadline.words import english

__all__ = ["Thresholds", "ranking"]

_POINTS = 200
"""At most about so many thresholds."""
_BLOCKS = 2000
"""Rows are drawn in at most so many blocks of equal size: draws × blocks, not draws × rows, are held in memory."""
_DRAWS = 1000
_Z = 1.6448536269514722
_FOLDS, _REPEATS = 10, 20


@dataclass(frozen=True, eq=False)
class Thresholds:
    """What a threshold on the score of the second class brings, on average over the seeds.

    A row counts as the second class where its score is above the threshold. The best threshold is the one with the largest F1 on
    these very rows, so its F1 flatters. By how much is measured by cross-fitting: chosen on nine tenths of the rows, counted on
    the tenth left out, over all tenths and twenty divisions.

    Attributes:
        positive: The name of the second class.
        prevalence: Its share of the rows.
        thresholds: Between neighbouring scores, and the one in use, ascending, `(points,)`.
        counts: True and false positives, false and true negatives at each, over the seeds on average, `(points, 4)`.
        precision: `TP / (TP + FP)`, `(points,)`; not a number where nothing is above the threshold.
        recall: `TP / (TP + FN)`.
        f1: `2 TP / (2 TP + FP + FN)`.
        balanced_accuracy: The mean of the recalls of the two classes.
        in_use: The place of the threshold in use.
        best: The place of the threshold with the largest F1.
        best_threshold: It, with the central 90 % of where it lies when rows and seeds are drawn anew.
        best_f1: F1 there, as counted on the same rows.
        optimism: By how much that is too high.
        gain: F1 at the best threshold, without the optimism, less F1 at the one in use, with its interval.
        average_precision: `Σ (Rᵢ − Rᵢ₋₁) Pᵢ` over all thresholds, of each seed, averaged.
        roc_auc: How often a row of the second class has a higher score than one of the first, of each seed, averaged.
    """

    positive: str
    prevalence: float
    thresholds: NumpyArray
    counts: NumpyArray
    precision: NumpyArray
    recall: NumpyArray
    f1: NumpyArray
    balanced_accuracy: NumpyArray
    in_use: int
    best: int
    best_threshold: Estimate
    best_f1: Estimate
    optimism: float
    gain: Estimate
    average_precision: Estimate
    roc_auc: Estimate

    @property
    def words(self) -> tuple[str, ...]:
        """What another threshold would bring, and what the ranking is worth, in sentences."""
        at, used, gain = self.best_threshold, self.thresholds[self.in_use], self.gain
        surely = (
            english("surely better")
            if gain.low > 0
            else english("surely worse")
            if gain.high < 0
            else english("not surely better")
        )
        precision, auc = self.average_precision, self.roc_auc
        return (
            english(
                f"F1 of {self.positive!r} is {self.f1[self.in_use]:.3f} at the threshold {used:g}. The best on cv is "
                f"{at.value:.3g} [{at.low:.3g}, {at.high:.3g}] with {self.best_f1.value:.3f}, of which "
                f"{max(self.optimism, 0):.3f} is the luck of choosing it on the same rows: on new rows expect "
                f"{self.best_f1.value - self.optimism:.3f}, {surely} than now."
            ),
            english(
                f"Average precision {precision.value:.3f} [{precision.low:.3f}, {precision.high:.3f}], of a guess "
                f"{self.prevalence:.3f}; ROC AUC {auc.value:.3f} [{auc.low:.3f}, {auc.high:.3f}], of a guess 0.5."
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        return {name: defined(value) for name, value in vars(self).items()} | {"words": list(self.words)}

    @classmethod
    def of(cls, y: NumpyArray, scores: NumpyArray, classes: Sequence[str], *, in_use: float = 0.5, seed: int = 0) -> Thresholds:
        """Measures all thresholds.

        Args:
            y: Which rows are of the second class, `(rows,)`; both classes must occur.
            scores: The score of the second class, of each seed and row, `(seeds, rows)`.
            classes: The names of the two.
            in_use: The threshold in use.
            seed: The seed of the draws.

        Examples:
            >>> found = Thresholds.of(np.array([0, 0, 1, 1]), np.array([[0.1, 0.2, 0.3, 0.9]]), ("no", "yes"))
            >>> found.best_threshold.value, found.best_f1.value, found.roc_auc.value
            (0.25, 1.0, 1.0)
        """
        y, scores = np.asarray(y).astype(np.intp), np.asarray(scores, float)
        grid = _grid(y, scores, in_use)
        blocks = _Blocks(y, scores, grid, seed)
        curve = _curve(blocks.whole, float(y.sum()), float((1 - y).sum()))
        best, used = int(np.nanargmax(curve["f1"])), int(np.searchsorted(grid, in_use))
        draws = blocks.draws(seed)
        chosen = np.argmax(draws, axis=1)
        low, high = np.quantile(grid[chosen], [0.05, 0.95], method="inverted_cdf")
        place = Estimate(float(grid[best]), float(min(low, grid[best])), float(max(high, grid[best])))
        optimism = float(curve["f1"][best]) - blocks.crossfitted(seed)
        precision, auc = ranking(y, scores)
        return cls(
            positive=classes[1],
            prevalence=float(y.mean()),
            thresholds=grid,
            **curve,
            in_use=used,
            best=best,
            best_threshold=place,
            best_f1=ratio(*_f1_terms(y, scores > grid[best]), weight=2),
            optimism=optimism,
            gain=_gain(y, scores, (float(grid[best]), in_use), optimism),
            average_precision=precision,
            roc_auc=auc,
        )


def _f1_terms(y: NumpyArray, predicted: NumpyArray) -> tuple[NumpyArray, NumpyArray]:
    """What F1 is the ratio of, row by row."""
    return 2.0 * (predicted & (y == 1)), predicted.astype(float) + y


def _gain(y: NumpyArray, scores: NumpyArray, thresholds: tuple[float, float], optimism: float) -> Estimate:
    """F1 at the first threshold, less the optimism, less F1 at the second; the same rows, so that what they share cancels."""
    (best, moved), (used, moved_too) = (influences(*_f1_terms(y, scores > threshold)) for threshold in thresholds)
    by_rows, by_seeds = Moments.whole(moved - moved_too).of_sum()
    # The optimism is known only to within its own size.
    value, half = (
        best - used - optimism,
        float(np.linalg.norm([_Z * by_rows**0.5, student(len(scores)) * by_seeds**0.5, optimism])),
    )
    return Estimate(value, value - half, value + half, by_rows**0.5, by_seeds**0.5)


def _grid(y: NumpyArray, scores: NumpyArray, in_use: float) -> NumpyArray:
    """Thresholds half-way between neighbouring scores: all, or as many of each class as of the other, evenly among its scores."""
    distinct = np.unique(scores)
    uppers = distinct[1:]
    if len(uppers) > _POINTS:
        levels = np.linspace(0, 1, _POINTS // 2)
        uppers = np.unique([np.quantile(scores[:, y == k], levels, method="inverted_cdf") for k in (0, 1)])
    below = distinct[np.maximum(np.searchsorted(distinct, uppers) - 1, 0)]
    middles = (below + uppers) / 2
    return np.unique(np.append(middles[below < uppers], in_use))


def _f1(positives: Any, true: NumpyArray, false: NumpyArray) -> NumpyArray:
    """`2 TP / (TP + P + FP)`, 0 where nothing is predicted and nothing is there."""
    return np.asarray(2 * true / np.maximum(true + positives + false, 1e-12))


def _curve(above: NumpyArray, positives: float, negatives: float) -> dict[str, NumpyArray]:
    """The curve from the numbers of rows of both classes above each threshold, `(2, points)`."""
    false, true = above
    predicted = true + false
    precision = np.where(predicted > 0, true / np.maximum(predicted, 1e-12), np.nan)
    return {
        "counts": np.stack([true, false, positives - true, negatives - false], axis=1),
        "precision": precision,
        "recall": true / positives,
        "f1": _f1(positives, true, false),
        "balanced_accuracy": (true / positives + 1 - false / negatives) / 2,
    }


class _Blocks:
    """Rows in blocks, with what each block has above each threshold: of each seed `(blocks, 2, points)`, class by class."""

    def __init__(self, y: NumpyArray, scores: NumpyArray, grid: NumpyArray, seed: int) -> None:
        rows, runs = len(y), len(scores)
        self.size, self.points = min(rows, _BLOCKS), len(grid)
        order = seeds.generator(seed, "threshold blocks").permutation(rows) if rows > _BLOCKS else np.arange(rows)
        self.block = (order % self.size) * 2 + y
        self.members = np.bincount(self.block, minlength=2 * self.size).reshape(self.size, 2).astype(np.float32)
        self.above = np.empty((runs, self.size, 2 * self.points), np.float32)
        for run in range(runs):
            over = np.searchsorted(grid, scores[run])  # how many thresholds the score is above
            flat = np.bincount(self.block * (self.points + 1) + over, minlength=2 * self.size * (self.points + 1))
            each = flat.reshape(self.size, 2, self.points + 1)[..., ::-1].cumsum(axis=-1)[..., ::-1][..., 1:]
            self.above[run] = each.reshape(self.size, -1)
        self.whole = self.above.sum(axis=1, dtype=float).mean(axis=0).reshape(2, self.points)

    def draws(self, seed: int) -> NumpyArray:
        """F1 of every threshold when blocks and seeds are drawn anew, `(draws, points)`."""
        runs = len(self.above)
        random = seeds.generator(seed, "threshold draws")
        weights = random.poisson(1.0, (_DRAWS, self.size)).astype(np.float32)
        weights[(weights @ self.members[:, 1:])[:, 0] == 0] = 1  # a draw without a row of the class says nothing of F1
        drawn = random.multinomial(runs, np.full(runs, 1 / runs), _DRAWS) / runs
        above = sum((weights @ each) * share[:, None] for each, share in zip(self.above, drawn.T.astype(np.float32)))
        false, true = np.moveaxis(np.reshape(above, (_DRAWS, 2, self.points)), 1, 0)
        return _f1(weights @ self.members[:, 1:], true, false)

    def crossfitted(self, seed: int) -> float:
        """F1 where each tenth of the blocks has the threshold that is best on all others, averaged over divisions in tenths."""
        each, folds = self.above.mean(axis=0), min(_FOLDS, self.size)
        whole, found = each.sum(axis=0, dtype=float), []
        positives = self.members[:, 1]
        for repeat in range(_REPEATS):
            fold = seeds.generator(seed, "threshold folds", repeat).permutation(self.size) % folds
            inside = np.array([each[fold == k].sum(axis=0, dtype=float) for k in range(folds)])
            own = np.array([positives[fold == k].sum(dtype=float) for k in range(folds)])
            false, true = np.moveaxis((whole - inside).reshape(folds, 2, self.points), 1, 0)
            chosen = np.argmax(_f1((positives.sum() - own)[:, None], true, false), axis=1)
            left = inside.reshape(folds, 2, self.points)[np.arange(folds), :, chosen].sum(axis=0)
            found.append(float(_f1(positives.sum(dtype=float), left[1], left[0])))
        return float(np.mean(found))


def ranking(y: NumpyArray, scores: NumpyArray) -> tuple[Estimate, Estimate]:
    """Average precision and ROC AUC, each the mean over the seeds, with 90 % intervals from the rows' influences.

    The interval is symmetric in the logarithm of the odds. Where all rows are ranked without an error, it is that of a share of
    as many rows as the smaller class has, the widest that a ranking can have.

    Args:
        y: Which rows are of the second class, `(rows,)` of 0 and 1; both must occur.
        scores: `(seeds, rows)`.

    Source:
        DeLong, DeLong, Clarke-Pearson 1988, for the AUC; Birnbaum & Klose 1957, for the bound.

    Examples:
        >>> precision, auc = ranking(np.array([0, 1, 0, 1]), np.array([[0.1, 0.4, 0.5, 0.8]]))
        >>> round(precision.value, 4), auc.value
        (0.8333, 0.75)
    """
    found = [_of_one(y, own) for own in scores]
    smaller = int(min(y.sum(), len(y) - y.sum()))
    values, moved = (np.array(each) for each in zip(*found))
    precision, auc = (_in_odds(values[:, place], moved[:, place], smaller) for place in (0, 1))
    return precision, auc


def _of_one(y: NumpyArray, scores: NumpyArray) -> tuple[tuple[float, float], tuple[NumpyArray, NumpyArray]]:
    """One seed's average precision and AUC, and by how much each row moves them, which sums to 0."""
    distinct, place = np.unique(-scores, return_inverse=True)  # from the highest score on
    levels = len(distinct)
    positives, negatives = (np.bincount(place[y == k], minlength=levels).astype(float) for k in (1, 0))
    P, N = positives.sum(), negatives.sum()
    true, predicted = positives.cumsum(), (positives + negatives).cumsum()
    precision = true / predicted
    value = float((positives * precision).sum() / P)
    # A row enters the precision at its own level and at all below.
    gained, lost = (np.cumsum((positives * part / predicted)[::-1])[::-1] for part in (np.ones(levels), precision))
    of_precision = (y * (precision - value + gained)[place] - lost[place]) / P
    beaten = N - negatives.cumsum() + negatives / 2  # by a row of this level
    beating = true - positives / 2
    auc = float((positives * beaten).sum() / (P * N))
    of_auc = np.where(y == 1, (beaten[place] / N - auc) / P, (beating[place] / P - auc) / N)
    return (value, auc), (of_precision, of_auc)


def _in_odds(values: NumpyArray, moved: NumpyArray, smaller: int) -> Estimate:
    """The mean over seeds, with its interval.

    Args:
        values: Of each seed, `(seeds,)`.
        moved: The rows' influences, `(seeds, rows)`.
        smaller: The size of the smaller class.
    """
    runs, rows = moved.shape
    value = float(values.mean())
    moments = Moments.whole(moved + (values - value)[:, None] / rows)
    by_rows, by_seeds = moments.of_sum()
    if smaller < 2 or by_rows == 0 or not 0 < value < 1:
        ends = share_interval(value, smaller, value * (1 - value) / smaller, by_seeds, runs)
    else:
        of_rows = float(stdtrit(smaller - 1, 0.95)) * (by_rows * smaller / (smaller - 1)) ** 0.5
        half = np.hypot(of_rows, student(runs) * by_seeds**0.5) / (value * (1 - value))
        ends = expit(logit(value) - half), expit(logit(value) + half)
    return Estimate(value, float(ends[0]), float(ends[1]), by_rows**0.5, by_seeds**0.5)
