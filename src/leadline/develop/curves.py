"""The λ curve and the learning curve: each one compiled program over all λ × seeds, or all sizes × seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadline.data.split import Split
from leadline.develop.costs import Scores, reading
from leadline.develop.folds import folds_of
from leadline.develop.intervals import Estimate
from leadline.develop.population import (
    LAMBDAS,
    SETTINGS,
    Budget,
    budget_for,
    check_setting,
    learning_members,
    train_and_score,
    validation_members,
)
from leadline.develop.problem import problem_of
from leadline.develop.selection import ties
from leadline.errors import ArgumentError
from leadline.models import Model
from leadline.types import NumpyArray

__all__ = [
    "LearningCurve",
    "ValidationCurve",
    "curve_sizes",
    "learning_curve",
    "read_learning_curve",
    "read_validation_curve",
    "validation_curve",
]


@dataclass(frozen=True)
class ValidationCurve:
    """What each value of a setting brings.

    Attributes:
        parameter: What was varied; "l2" is λ in the cost `J + λ/(2m) Σw²`.
        values: Its values, `(values,)`.
        metric: In what the curve is measured.
        J_train: `(values, seeds)`, without the penalty.
        J_cv: Likewise on cv.
        train: The mean of each value's seeds with its interval.
        cv: Likewise on cv.
        best: The place of the value with the smallest mean.
        tied: Which values tie with it within one standard error, `(values,)`.
        chosen: The place of the value proposed: the most regularised that ties, for "l2" and "dropout"; else the best.
    """

    parameter: str
    values: tuple[float, ...]
    metric: str
    J_train: NumpyArray
    J_cv: NumpyArray
    train: tuple[Estimate, ...]
    cv: tuple[Estimate, ...]
    best: int
    tied: NumpyArray
    chosen: int

    @property
    def ends_at_its_best(self) -> bool:
        """Whether the best value is the largest that was tried, so that a larger one may be better still."""
        return self.best == len(self.values) - 1

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        plain = {name: getattr(self, name).tolist() for name in ("J_train", "J_cv", "tied")}
        means = {name: [e.to_dict() for e in getattr(self, name)] for name in ("train", "cv")}
        chosen = {"best": self.best, "chosen": self.chosen}
        return {"parameter": self.parameter, "values": list(self.values), "metric": self.metric} | plain | means | chosen


@dataclass(frozen=True)
class LearningCurve:
    """What the number of training examples brings, all sizes trained for the same number of steps.

    Attributes:
        sizes: Numbers of examples, `(sizes,)`.
        metric: In what the curve is measured.
        J_train: `(sizes, seeds)`: on each training's own examples, without the penalty.
        J_cv: `(sizes, seeds)`: on all of cv.
        train: The means over seeds with their intervals.
        cv: Likewise on cv.
    """

    sizes: tuple[int, ...]
    metric: str
    J_train: NumpyArray
    J_cv: NumpyArray
    train: tuple[Estimate, ...]
    cv: tuple[Estimate, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        plain = {name: getattr(self, name).tolist() for name in ("J_train", "J_cv")}
        means = {name: [e.to_dict() for e in getattr(self, name)] for name in ("train", "cv")}
        return {"sizes": list(self.sizes), "metric": self.metric} | plain | means


def _table(measured: Scores, first: int, settings: int, runs: int, metric: str) -> tuple[NumpyArray, NumpyArray]:
    """A metric on train and cv as `(settings, runs)` tables, of the members from `first` on."""
    places = np.arange(first, first + settings * runs).reshape(settings, runs)
    tables = [np.array([[measured.numbers(part, m, metric) for m in row] for row in places]) for part in ("train", "cv")]
    return tables[0], tables[1]


def read_validation_curve(
    measured: Scores, parameter: str, values: Sequence[float], budget: Budget, metric: str, first: int = 0
) -> ValidationCurve:
    """The curve from the scores of `validation_members`, which stand from place `first` on."""
    runs, places = budget.seeds, range(len(values))
    train, cv = _table(measured, first, len(values), runs, metric)
    members = [range(first + i * runs, first + (i + 1) * runs) for i in places]
    paid = np.stack([measured.cv[reading(metric)[0]][list(own)] for own in members])
    finite = np.array([measured.finite[list(own)].all() for own in members])
    best, tied = ties(paid, finite)
    strongest = max(np.flatnonzero(tied), key=lambda i: values[int(i)]) if parameter in ("l2", "dropout") else best
    points = [measured.of(own, metric) for own in members]
    means = (tuple(point.J_train for point in points), tuple(point.J_cv for point in points))
    return ValidationCurve(parameter, tuple(values), metric, train, cv, *means, best, tied, int(strongest))


def read_learning_curve(measured: Scores, sizes: Sequence[int], budget: Budget, metric: str, first: int = 0) -> LearningCurve:
    """The curve from the scores of `learning_members`, which stand from place `first` on."""
    runs = budget.seeds
    train, cv = _table(measured, first, len(sizes), runs, metric)
    points = [measured.of(range(first + i * runs, first + (i + 1) * runs), metric) for i in range(len(sizes))]
    return LearningCurve(tuple(sizes), metric, train, cv, tuple(p.J_train for p in points), tuple(p.J_cv for p in points))


def curve_sizes(rows: int, count: int = 10) -> tuple[int, ...]:
    """Sizes from a sixteenth of the rows (at least 8) to all of them, evenly spaced in their logarithm.

    Examples:
        >>> curve_sizes(1078, 5)
        (67, 135, 270, 539, 1078)
    """
    return tuple(int(size) for size in np.unique(np.geomspace(min(max(rows / 16, 8), rows), rows, count).round()))


def validation_curve(
    model: Model | None,
    data: Split,
    parameter: str = "l2",
    values: Sequence[float] = LAMBDAS,
    *,
    metric: str | None = None,
    epochs: int | None = None,
    seeds: int = 5,
    seed: int = 0,
    folds: int = 0,
) -> ValidationCurve:
    """Trains the model at every value of a setting × every seed, as one program, and measures each on train and cv.

    Args:
        model: A compiled model, or None for a sensible start.
        data: The split data; its test part is not read.
        parameter: "l2": λ in `J + λ/(2m) Σw²` on every kernel; "learning_rate"; or "dropout": the rate of all Dropout layers.
        values: The values to try.
        metric: In what to measure; by default the cost J.
        epochs: Epochs; by default about 6,000 steps.
        seeds: How many seeds.
        seed: The first of them; with folds it also decides which row goes where.
        folds: k, to train on k folds of train and cv together and measure each row where it was held out; 0 for the split's own.

    Returns:
        The curve.

    Raises:
        ArgumentError: An unknown parameter, one that the model does not have, or no values.
        NonFiniteError: No value trained to finite weights.

    Examples:
        >>> from leadline.data.split import split
        >>> X = np.random.default_rng(0).normal(size=(60, 2))
        >>> curve = validation_curve(None, split(X, X[:, 0] + X[:, 1] ** 2), "l2", [0, 1], epochs=2, seeds=2)
        >>> curve.J_cv.shape
        (2, 2)
    """
    if parameter not in SETTINGS:
        raise ArgumentError(f"validation_curve varies {', '.join(map(repr, SETTINGS))}. Got {parameter!r}.")
    if not len(values):
        raise ArgumentError("validation_curve needs at least one value to try. Got none.")
    problem, held = problem_of(data, model, metric=metric or "cost"), folds_of(data, folds, seed)
    check_setting(problem.recipe, parameter)
    values = [float(value) for value in values]
    budget = budget_for(held.rows, epochs=epochs, seeds=seeds, seed=seed)
    measured = train_and_score(problem, held, validation_members(problem.recipe, parameter, values, held, budget), budget)
    return read_validation_curve(measured, parameter, values, budget, problem.metric)


def learning_curve(
    model: Model | None,
    data: Split,
    sizes: Sequence[int] | None = None,
    *,
    metric: str | None = None,
    epochs: int | None = None,
    seeds: int = 5,
    seed: int = 0,
    folds: int = 0,
) -> LearningCurve:
    """Trains the model on every number of examples × every seed, as one program, and measures each on its own examples and cv.

    Args:
        model: A compiled model, or None for a sensible start.
        data: The split data; its test part is not read.
        sizes: Numbers of examples, in any order; by default ten, up to all.
        metric: In what to measure; by default the cost J.
        epochs: Epochs, counted in all the rows; by default about 6,000 steps.
        seeds: How many seeds.
        seed: The first of them; with folds it also decides which row goes where.
        folds: k, to train on k folds of train and cv together and measure each row where it was held out; 0 for the split's own.

    Returns:
        The curve.

    Raises:
        ArgumentError: A size that the data do not have.
    """
    problem, held = problem_of(data, model, metric=metric or "cost"), folds_of(data, folds, seed)
    rows = held.rows
    sizes = curve_sizes(rows) if sizes is None else sorted(set(sizes))
    if not sizes or any(int(size) != size or not 1 <= size <= rows for size in sizes):
        raise ArgumentError(f"Sizes of a learning curve are whole numbers from 1 to the {rows:,} training rows. Got {sizes}.")
    sizes = [int(size) for size in sizes]
    budget = budget_for(rows, epochs=epochs, seeds=seeds, seed=seed)
    # A population counts its epochs in its largest member's rows; these are to be as many steps as epochs of all the rows.
    longer = math.ceil(rows / budget.batch_size) / math.ceil(sizes[-1] / budget.batch_size)
    budget = replace(budget, epochs=math.ceil(budget.epochs * longer))
    measured = train_and_score(problem, held, learning_members(problem.recipe, sizes, held, budget), budget)
    return read_learning_curve(measured, sizes, budget, problem.metric)
