"""What there is to compare with: a given figure, the trivial predictor, a linear model, and a competitor."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.data.split import Part
from leadline.develop.costs import reading
from leadline.develop.folds import Folds
from leadline.develop.intervals import Estimate, Resampling, estimate
from leadline.develop.population import LAMBDAS, Budget, train_and_score, validation_members
from leadline.develop.problem import Problem, problem_of
from leadline.optimizers import Adam
from leadline.training.state import numeric
from leadline.types import NumpyArray
from leadline.words import english

__all__ = ["Baseline", "Baselines", "given", "measure"]


@dataclass(frozen=True)
class Baseline:
    """One thing to compare with.

    Attributes:
        name: What it is.
        metric: In what it is measured.
        cv: Its mean over the cv examples, drawn as the network's are; None where the figure was given.
        figure: The figure given.
    """

    name: str
    metric: str
    cv: Resampling | None
    figure: float | None = None

    @property
    def value(self) -> Estimate:
        """The figure, with its interval where it was measured."""
        if self.cv is None:
            figure = float(self.figure or 0.0)
            return Estimate(figure, figure, figure)
        return estimate(reading(self.metric)[1], self.cv, least=0.0)


@dataclass(frozen=True)
class Baselines:
    """All that was measured or given, and which of them is the measure.

    Attributes:
        measured: Every baseline: a given one first, then trivial, linear, boosting.
        chosen: The one that gaps are measured from: the given one, else the best.
        trivial: The trivial predictor.
    """

    measured: tuple[Baseline, ...]
    chosen: Baseline
    trivial: Baseline

    @property
    def is_given(self) -> bool:
        """Whether the user gave the figure."""
        return self.chosen.cv is None

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        return {"chosen": self.chosen.name, "all": {b.name: b.value.to_dict() for b in self.measured}}


def given(figure: float, metric: str) -> Baseline:
    """A figure that the user gave: a person's level, a competitor's, or a guess from experience."""
    return Baseline(english("given"), metric, None, figure)


def measure(
    problem: Problem, folds: Folds, budget: Budget, *, figure: float | None = None, progress: Callable[[int], None] | None = None
) -> Baselines:
    """Fits the baselines on what is trained on and measures them on what is held out.

    Args:
        problem: The metric and the target.
        folds: What to fit on, and what is held out.
        budget: How long the linear model trains; one seed of it.
        figure: A figure that the user gave, in the metric's unit.
        progress: Called with the number of member-steps done.

    Returns:
        The trivial predictor (the mean, or the shares of the classes), linear or logistic regression at the best λ of the grid,
        and scikit-learn's histogram gradient boosting at its defaults.
    """
    metric = problem.metric
    trivial = Baseline(_trivial_name(problem), metric, _resampled(problem, _trivial, folds))
    linear = Baseline(_linear_name(problem), metric, _linear(problem, folds, budget, progress))
    boosting = Baseline(english("gradient boosting"), metric, _resampled(problem, _boosting, folds))
    found = (trivial, linear, boosting)
    if figure is not None:
        level = given(figure, metric)
        return Baselines((level, *found), level, trivial)
    return Baselines(found, min(found, key=lambda baseline: baseline.value.value), trivial)


def _trivial_name(problem: Problem) -> str:
    if problem.target.kind != "regression":
        return english("always the largest class")
    return english("always the median") if problem.metric == "mae" else english("always the mean")


def _linear_name(problem: Problem) -> str:
    return english("linear regression") if problem.target.kind == "regression" else english("logistic regression")


def _resampled(problem: Problem, fit: Callable[[Problem, Part, Part], dict[str, NumpyArray]], folds: Folds) -> Resampling:
    paid = folds.fitted(lambda train, held: fit(problem, train, held))
    return Resampling.of(paid[reading(problem.metric)[0]], "cv", stretch=folds.stretch)


def _trivial(problem: Problem, train: Part, held: Part) -> dict[str, NumpyArray]:
    y = train.y
    if problem.target.kind == "regression":
        centre = np.median(y) if problem.metric == "mae" else y.mean()
        return _numeric_values(np.full(held.size, centre), held.y)
    share = np.bincount(y, minlength=len(problem.target.classes)) / len(y)
    return _class_values(np.tile(share, (held.size, 1)), held.y)


def _boosting(problem: Problem, train: Part, held: Part) -> dict[str, NumpyArray]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    X, new = (part.X.reshape(part.size, -1) for part in (train, held))
    # On cores that others use too, its threads wait for each other many times longer than one of them works.
    with threadpool_limits(1, user_api="openmp"):
        if problem.target.kind == "regression":
            loss = "absolute_error" if problem.metric == "mae" else "squared_error"
            fitted = HistGradientBoostingRegressor(loss=loss, random_state=0).fit(X, train.y)
            return _numeric_values(fitted.predict(new), held.y)
        fitted = HistGradientBoostingClassifier(random_state=0).fit(X, train.y)
        probability = np.zeros((held.size, len(problem.target.classes)))
        probability[:, fitted.classes_] = fitted.predict_proba(new)
        return _class_values(probability, held.y)


def _linear(problem: Problem, folds: Folds, budget: Budget, progress: Callable[[int], None] | None) -> Resampling:
    """A network of one layer, at the λ of the grid that is best on cv."""
    one_layer = problem_of(folds.data, layers=(), metric=problem.metric)
    single = Budget(budget.epochs, budget.batch_size, 1, budget.seed)
    # The cost is convex: ten times a network's learning rate is safe, and reaches its least cost in a small table's few steps.
    recipe = numeric(one_layer.recipe.replace(optimizer=Adam(1e-2)))
    members = validation_members(recipe, "l2", LAMBDAS, folds, single)
    measured = train_and_score(one_layer, folds, members, single, progress)
    best = int(np.argmin(measured.cv["cost"].mean(axis=1)))
    return measured.of([best], problem.metric).cv


def _numeric_values(predicted: NumpyArray, y: NumpyArray) -> dict[str, NumpyArray]:
    misses = (predicted - y)[None]
    return {"cost": misses**2 / 2, "squared": misses**2, "absolute": np.abs(misses)}


def _class_values(probability: NumpyArray, y: NumpyArray) -> dict[str, NumpyArray]:
    own = np.clip(probability[np.arange(len(y)), y], 1e-15, 1)
    return {"cost": -np.log(own)[None], "error": (probability.argmax(axis=1) != y).astype(np.float64)[None]}
