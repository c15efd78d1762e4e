"""J_train and J_cv, and beside them the error that a person reads: at fixed weights, without the penalty, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.develop.folds import Folds
from leadline.develop.intervals import Estimate, Resampling, estimate
from leadline.develop.problem import Problem
from leadline.training.health import Looks
from leadline.training.sweep import Population
from leadline.types import NumpyArray

__all__ = ["Score", "Scores", "change", "joined", "reading", "scores"]


def reading(metric: str) -> tuple[str, Callable[[NumpyArray], NumpyArray]]:
    """Which values of the examples a metric is a mean of, and how it is read off that mean.

    Examples:
        >>> values, read = reading("rmse")
        >>> values, float(read(np.float64(9.0)))
        ('squared', 3.0)
    """
    if metric == "rmse":
        return "squared", np.sqrt
    return ("absolute" if metric == "mae" else metric), np.asarray


def change(metric: str, before: Resampling, after: Resampling) -> Estimate:
    """By how much a metric changes from one mean to another; draws of the same examples and seeds are paired.

    Examples:
        >>> ones, threes = (Resampling.of(np.full((2, 9), level), "cv") for level in (1.0, 9.0))
        >>> change("rmse", ones, threes).value
        2.0
    """
    read = reading(metric)[1]
    return estimate(lambda new, old: read(new) - read(old), after, before)


@dataclass(frozen=True)
class Score:
    """One metric of a few trainings that differ in the seed only.

    Attributes:
        train: Means over each training's own examples.
        cv: Means over the cv examples.
        metric: Which metric.
        seen: `train` without the stretch of folds, which is for what is said of rows that were not trained on.
    """

    train: Resampling
    cv: Resampling
    metric: str
    seen: Resampling

    @property
    def J_train(self) -> Estimate:
        """The metric on train."""
        return estimate(reading(self.metric)[1], self.seen, least=0.0)

    @property
    def J_cv(self) -> Estimate:
        """The metric on cv."""
        return estimate(reading(self.metric)[1], self.cv, least=0.0)


@dataclass(frozen=True)
class Scores:
    """What each training of a population pays for each example; with k folds the k trainings of a seed are one entry.

    Attributes:
        train: Metric values by name: for each entry those of its own training examples, `(own,)`. With folds of all rows each
            example counts once, with its mean over the trainings that saw it.
        cv: The same of all held-out examples, `(entries, m_cv)`, each paid for by the training that did not see it.
        finite: Which entries kept finite weights.
        training_cost: The running cost of each epoch of training, `(entries, epochs)`.
        folds: What was held out.
        kept: The trained members of the entries that were to be kept, in their order.
        looks: What was seen of them while they trained, where they were to be looked at.
    """

    train: dict[str, tuple[NumpyArray, ...]]
    cv: dict[str, NumpyArray]
    finite: NumpyArray
    training_cost: NumpyArray
    folds: Folds | None = None
    kept: Population | None = None
    looks: Looks | None = None

    def of(self, entries: Sequence[int], metric: str) -> Score:
        """The score of entries that differ in the seed only.

        Args:
            entries: Their places; all have the same number of rows.
            metric: Which metric.
        """
        values, stretch = reading(metric)[0], self.folds.stretch if self.folds else 1.0
        train, cv = np.stack([self.train[values][entry] for entry in entries]), self.cv[values][list(entries)]
        # With folds the examples are the same on both sides, so their draws are too.
        same = self.folds is not None and self.folds.is_aligned and train.shape == cv.shape
        name = "cv" if same else "train"
        drawn = Resampling.of(train, name, stretch=stretch)
        seen = drawn if stretch == 1 else Resampling.of(train, name)
        return Score(drawn, Resampling.of(cv, "cv", stretch=stretch), metric, seen)

    def numbers(self, part: str, entry: int, metric: str) -> float:
        """One entry's metric on "train" (its own rows) or "cv"."""
        values, read = reading(metric)
        return float(read((self.cv if part == "cv" else self.train)[values][entry].mean()))


def scores(problem: Problem, population: Population, rows: Sequence[NumpyArray], folds: Folds) -> Scores:
    """Measures a trained population.

    Args:
        problem: What it was trained for.
        population: The members, those of one entry side by side, one for each pair of the folds.
        rows: Which rows each was trained on.
        folds: What is held out.
    """
    values, each = problem.values(population.predict(folds.X), folds.y), folds.count
    held = [rows for _, rows in folds.parts]
    firsts = range(0, population.size, each)
    cv = {name: folds.assembled([paid[pair::each][:, held[pair]] for pair in range(each)]) for name, paid in values.items()}
    train = {
        name: tuple(_own(paid[first : first + each], rows[first : first + each], folds) for first in firsts)
        for name, paid in values.items()
    }
    finite = np.asarray(population.finite.reshape(-1, each).all(axis=1))
    cost = population.records["cost"].reshape(len(firsts), each, -1).mean(axis=1)
    return Scores(train, cv, finite, cost, folds)


def _own(paid: NumpyArray, rows: Sequence[NumpyArray], folds: Folds) -> NumpyArray:
    """What an entry's trainings pay for their own rows; where they saw all rows between them, one mean for each row."""
    own = [values[seen] for values, seen in zip(paid, rows, strict=True)]
    if not folds.is_aligned or any(len(seen) < len(train) for seen, (train, _) in zip(rows, folds.parts, strict=True)):
        return np.concatenate(own)
    sums, counts = np.zeros(paid.shape[1]), np.zeros(paid.shape[1])
    for values, seen in zip(own, rows, strict=True):
        sums[seen] += values
        counts[seen] += 1
    return sums / counts


def joined(parts: Sequence[Scores], places: Sequence[int]) -> Scores:
    """The scores of several populations as those of one.

    Args:
        parts: The scores, one after the other.
        places: Where each of their entries belongs.
    """
    order = np.argsort(places)

    def together(arrays: Sequence[NumpyArray]) -> NumpyArray:
        return np.concatenate(arrays)[order] if len(arrays) > 1 else arrays[0][order]

    train: dict[str, tuple[NumpyArray, ...]] = {}
    for name in parts[0].train:
        each = [own for part in parts for own in part.train[name]]
        train[name] = tuple(each[place] for place in order)
    cv = {name: together([part.cv[name] for part in parts]) for name in parts[0].cv}
    finite, training_cost = (together([getattr(p, name) for p in parts]) for name in ("finite", "training_cost"))
    return Scores(train, cv, finite, training_cost, parts[0].folds)
