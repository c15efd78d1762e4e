"""J_train and J_cv, and beside them the error that a person reads: at fixed weights, without the penalty, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.data.split import Part
from leadline.develop.intervals import Estimate, Resampling, estimate
from leadline.develop.problem import Problem
from leadline.training.sweep import Population
from leadline.types import NumpyArray

__all__ = ["Score", "Scores", "joined", "reading", "scores"]


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


@dataclass(frozen=True)
class Score:
    """One metric of a few trainings that differ in the seed only.

    Attributes:
        train: Means over each training's own examples.
        cv: Means over the cv examples.
        metric: Which metric.
    """

    train: Resampling
    cv: Resampling
    metric: str

    @property
    def J_train(self) -> Estimate:
        """The metric on train."""
        return estimate(reading(self.metric)[1], self.train, least=0.0)

    @property
    def J_cv(self) -> Estimate:
        """The metric on cv."""
        return estimate(reading(self.metric)[1], self.cv, least=0.0)


@dataclass(frozen=True)
class Scores:
    """What every member of a population pays for every example.

    Attributes:
        train: Metric values by name, `(members, m_train)`.
        cv: The same on cv, `(members, m_cv)`.
        rows: Which train rows each member was trained on.
        finite: Which members kept finite weights.
        training_cost: The running cost of each epoch of training, `(members, epochs)`.
    """

    train: dict[str, NumpyArray]
    cv: dict[str, NumpyArray]
    rows: tuple[NumpyArray, ...]
    finite: NumpyArray
    training_cost: NumpyArray

    def of(self, members: Sequence[int], metric: str) -> Score:
        """The score of members that differ in the seed only.

        Args:
            members: Their places in the population; all have the same number of rows.
            metric: Which metric.
        """
        values = reading(metric)[0]
        train = np.stack([self.train[values][member][self.rows[member]] for member in members])
        return Score(Resampling.of(train, "train"), Resampling.of(self.cv[values][list(members)], "cv"), metric)

    def numbers(self, part: str, member: int, metric: str) -> float:
        """One member's metric on "train" (its own rows) or "cv"."""
        values, read = reading(metric)
        paid = self.cv[values][member] if part == "cv" else self.train[values][member][self.rows[member]]
        return float(read(paid.mean()))


def scores(problem: Problem, population: Population, rows: Sequence[NumpyArray], train: Part, cv: Part) -> Scores:
    """Measures a trained population.

    Args:
        problem: What it was trained for.
        population: The members.
        rows: Which train rows each was trained on.
        train: The training data.
        cv: The cross-validation data.
    """
    measured = [problem.values(population.predict(part.X), part.y) for part in (train, cv)]
    return Scores(measured[0], measured[1], tuple(rows), population.finite, population.records["cost"])


def joined(parts: Sequence[Scores], places: Sequence[int]) -> Scores:
    """The scores of several populations as those of one.

    Args:
        parts: The scores, one after the other.
        places: Where each of their members belongs.
    """
    order = np.argsort(places)

    def together(arrays: Sequence[NumpyArray]) -> NumpyArray:
        return np.concatenate(arrays)[order] if len(arrays) > 1 else arrays[0][order]

    train = {name: together([part.train[name] for part in parts]) for name in parts[0].train}
    cv = {name: together([part.cv[name] for part in parts]) for name in parts[0].cv}
    rows = [own for part in parts for own in part.rows]
    finite, training_cost = (together([getattr(p, name) for p in parts]) for name in ("finite", "training_cost"))
    return Scores(train, cv, tuple(rows[place] for place in order), finite, training_cost)
