"""The diagnosis: where a network stands against a baseline, and what to do next."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.data.split import Split
from leadline.develop import baselines as compared
from leadline.develop.advice import Step, next_step
from leadline.develop.baselines import Baselines
from leadline.develop.costs import Score, reading
from leadline.develop.curves import LearningCurve, ValidationCurve, curve_sizes, read_learning_curve, read_validation_curve
from leadline.develop.gaps import Gap, judge
from leadline.develop.intervals import estimate
from leadline.develop.population import (
    LAMBDAS,
    Budget,
    budget_for,
    learning_members,
    penalised,
    train_and_score,
    validation_members,
    with_lambda,
)
from leadline.develop.problem import Problem, problem_of
from leadline.errors import ArgumentError, NonFiniteError
from leadline.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from leadline.models import Model

__all__ = ["Diagnosis", "diagnose"]


@dataclass(frozen=True)
class Diagnosis:
    """Where a network stands, with the evidence.

    Attributes:
        data: The split data.
        problem: The network, its recipe and metric.
        budget: How long each training was.
        score: J_train and J_cv of the deciding metric, at the network's own λ.
        cost: The same as cost J, without the penalty.
        baselines: What it is compared with.
        bias: J_train − baseline.
        variance: J_cv − J_train.
        distance: J_cv − baseline.
        verdict: "high bias", "high variance", "high bias and high variance", "done", "undetermined", or, where the network is
            surely worse than the baseline and only the cause is open, "undetermined, leaning to high bias" (or variance).
        lambdas: The λ curve, in J, or for numbers in RMSE = √(2J).
        learning: The learning curve, in the deciding metric.
        next_step: What to do next, with its reasons.
        still_falling: How much the training cost still fell over the last tenth of the epochs, as a share of itself.
        seconds: How long all of it took.
    """

    data: Split
    problem: Problem
    budget: Budget
    score: Score
    cost: Score
    baselines: Baselines
    bias: Gap
    variance: Gap
    distance: Gap
    verdict: str
    lambdas: ValidationCurve
    learning: LearningCurve
    next_step: Step
    still_falling: float
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers and words, for JSON."""
        return {
            "data": _described(self.data),
            "network": [
                {"layer": type(layer).__name__, "output": list(layer.output_shape(shape))}
                for _, layer, shape in self.problem.recipe.network
            ],
            "optimizer": type(self.problem.recipe.optimizer).__name__,
            "budget": {"epochs": self.budget.epochs, "batch_size": self.budget.batch_size, "seeds": list(self.budget.runs)},
            "metric": self.problem.metric,
            "J_train": self.score.J_train.to_dict(),
            "J_cv": self.score.J_cv.to_dict(),
            "cost": {"J_train": self.cost.J_train.to_dict(), "J_cv": self.cost.J_cv.to_dict()},
            "baselines": self.baselines.to_dict(),
            "gaps": {gap.name: gap.to_dict() for gap in (self.bias, self.variance, self.distance)},
            "verdict": self.verdict,
            "still_falling": self.still_falling,
            "lambda_curve": self.lambdas.to_dict(),
            "learning_curve": self.learning.to_dict(),
            "next_step": self.next_step.to_dict(),
            "seconds": round(self.seconds, 2),
        }


def _described(data: Split) -> dict[str, Any]:
    target = data.target
    return {
        "target": {"name": target.name, "kind": target.kind, "classes": list(target.classes), "reason": target.reason},
        "rows": {"train": data.train.size, "cv": data.cv.size, "test": data.test.size},
        "shape": list(data.train.X.shape[1:]),
        "features": list(data.feature_names),
        "seed": data.seed,
        "digest": data.digest,
        "test_digest": data.test.digest,
        "notes": list(data.notes),
    }


def diagnose(
    model: Model | None,
    data: Split,
    *,
    baseline: float | None = None,
    layers: Sequence[int] = (25, 15),
    metric: str | None = None,
    lambda_: float = 0.0,
    epochs: int | None = None,
    seeds: int = 5,
    seed: int = 0,
    tolerance: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Trains a network many times as one program, and says where it stands and what to do next.

    Args:
        model: A compiled model, whose structure, loss and optimizer are diagnosed; None for a sensible start.
        data: The split data; its test part is not read.
        baseline: A figure to compare with, in the metric's unit; by default the best that is measured.
        layers: Without a model: the units of its hidden ReLU layers.
        metric: What decides: "error" or "cost" for classes, "rmse", "mae" or "cost" for numbers.
        lambda_: Without a model: λ of the network that is diagnosed, in `J + λ/(2m) Σw²`.
        epochs: Epochs; by default about 6,000 steps.
        seeds: How many seeds; at least 2.
        seed: The first of them.
        tolerance: δ, the gap that still counts as none, in the metric's unit; by default 10 % of the baseline, and at least 1 %
            of the trivial predictor's figure.
        progress: Called with the member-steps done and those in all.

    Returns:
        The diagnosis.

    Raises:
        ArgumentError: A setting that makes no sense.
        NonFiniteError: The network's own training did not stay finite.

    Examples:
        >>> from leadline.data.split import split
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> found = diagnose(None, split(X, X[:, 0] + X[:, 1] ** 2), epochs=2, seeds=2)
        >>> found.bias.judgement in ("high", "fine", "undetermined")
        True
    """
    began = time.perf_counter()
    _check(baseline, epochs, seeds, tolerance, lambda_)
    problem, rows = problem_of(data, model, layers=tuple(layers), metric=metric), data.train.size
    _check_comparison(problem, baseline, None if model is None else lambda_)
    budget = budget_for(rows, epochs=epochs, seeds=seeds, seed=seed)
    own_recipe = penalised(problem.recipe) if model is not None else with_lambda(problem.recipe, lambda_, rows)
    problem, sizes = dataclasses.replace(problem, recipe=own_recipe), curve_sizes(rows)
    # Both curves are one population; the network itself is the learning curve's last size.
    lambda_members = validation_members(own_recipe, "l2", LAMBDAS, rows, budget)
    members = lambda_members + learning_members(own_recipe, sizes, rows, budget, lambda_)
    count = _counter(progress, budget, rows, len(members) + len(LAMBDAS))
    measured = train_and_score(problem, data, members, budget, count)
    own = range(len(members) - seeds, len(members))
    if not measured.finite[list(own)].all():
        raise NonFiniteError(
            "The network's own training did not stay finite. Lower the learning rate, or scale the inputs, and diagnose again."
        )
    measures = compared.measure(problem, data, budget, figure=baseline, progress=count)
    score, cost = measured.of(own, problem.metric), measured.of(own, "cost")
    bias, variance, distance = _gaps(problem, score, measures, data, seeds, tolerance)
    # λ is chosen by J; for numbers RMSE = √(2J) says the same in the target's unit.
    lambdas = read_validation_curve(measured, "l2", LAMBDAS, budget, "rmse" if data.target.kind == "regression" else "cost")
    learning = read_learning_curve(measured, sizes, budget, problem.metric, len(lambda_members))
    still_falling = _still_falling(measured.training_cost[list(own)])
    verdict = _verdict(bias, variance, distance)
    gaps = {gap.name: gap for gap in (bias, variance, distance)}
    step = next_step(verdict, gaps, lambdas, learning, lambda_ if model is None else None, still_falling)
    return Diagnosis(
        data=data,
        problem=problem,
        budget=budget,
        score=score,
        cost=cost,
        baselines=measures,
        bias=bias,
        variance=variance,
        distance=distance,
        verdict=verdict,
        lambdas=lambdas,
        learning=learning,
        next_step=step,
        still_falling=still_falling,
        seconds=time.perf_counter() - began,
    )


def _check(baseline: float | None, epochs: int | None, seeds: int, tolerance: float | None, lambda_: float) -> None:
    if baseline is not None and not (math.isfinite(baseline) and baseline >= 0):
        raise ArgumentError(f"The baseline is an error or a cost, a finite number of at least 0. Got {baseline!r}.")
    if tolerance is not None and not (math.isfinite(tolerance) and tolerance > 0):
        raise ArgumentError(f"The tolerance is a gap that counts as none, a number above 0. Got {tolerance!r}.")
    if epochs is not None and epochs < 1:
        raise ArgumentError(f"A diagnosis needs at least 1 epoch. Got {epochs!r}.")
    if seeds < 2:
        raise ArgumentError(
            f"A diagnosis needs at least 2 seeds, to know how much one training differs from another. Got {seeds!r}."
        )
    if not (math.isfinite(lambda_) and lambda_ >= 0):
        raise ArgumentError(f"λ is a finite number of at least 0. Got {lambda_!r}.")


def _check_comparison(problem: Problem, baseline: float | None, lambda_of_model: float | None) -> None:
    if problem.metric == "error" and baseline is not None and baseline > 1:
        raise ArgumentError(f"The baseline is a share misclassified, between 0 and 1: 0.106 is 10.6 %. Got {baseline!r}.")
    entropies = (BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy)
    usual = (MeanSquaredError,) if problem.target.kind == "regression" else entropies
    if problem.metric == "cost" and not isinstance(problem.recipe.loss, usual):
        raise ArgumentError(
            f"J of the loss {problem.recipe.loss.name!r} cannot be compared with the baselines' J, which is half the mean "
            "squared error or the cross-entropy. Leave the metric out, or compile with one of these."
        )
    if lambda_of_model:
        raise ArgumentError(
            f"lambda_ is for the start without a model; a model has its own regularizers. Got {lambda_of_model!r}."
        )


def _counter(progress: Callable[[int, int], None] | None, budget: Budget, rows: int, members: int) -> Callable[[int], None]:
    """Adds up the member-steps done, and tells them with those in all."""
    total, done = members * budget.epochs * -(-rows // budget.batch_size), 0

    def count(steps: int) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, total)

    return count


def _gaps(
    problem: Problem, score: Score, measures: Baselines, data: Split, seeds: int, tolerance: float | None
) -> tuple[Gap, Gap, Gap]:
    """The three gaps, judged. Train, cv and a measured baseline are resampled together, so that what they share cancels."""
    read, level = reading(problem.metric)[1], measures.chosen
    figure, trivial = level.value.value, measures.trivial.value.value
    delta = tolerance or max(0.1 * figure, 0.01 * trivial)
    if level.cv is None:
        bias = estimate(lambda train: read(train) - figure, score.train)
        distance = estimate(lambda cv: read(cv) - figure, score.cv)
    else:
        bias = estimate(lambda train, base: read(train) - read(base), score.train, level.cv)
        distance = estimate(lambda cv, base: read(cv) - read(base), score.cv, level.cv)
    variance = estimate(lambda cv, train: read(cv) - read(train), score.cv, score.train)
    cv = data.cv.size
    return (
        judge("bias", bias, delta, data.train.size if level.cv is None else cv, seeds, "examples"),
        judge("variance", variance, delta, cv, seeds, "cv examples"),
        judge("distance", distance, delta, cv, seeds, "cv examples"),
    )


def _verdict(bias: Gap, variance: Gap, distance: Gap) -> str:
    """One word for the two gaps: first the train error against the baseline, then cv against train."""
    if bias.judgement != "high" and distance.judgement == "fine":
        return "done"
    if bias.judgement == variance.judgement == "fine":
        return "done"
    words = [f"high {gap.name}" for gap in (bias, variance) if gap.judgement == "high"]
    if words:
        return " and ".join(words)
    if distance.judgement != "high":
        return "undetermined"
    # Surely worse than the baseline; bias and variance add up to that, and neither is surely the cause.
    return "undetermined, leaning to high " + max((bias, variance), key=lambda gap: gap.size.value - gap.tolerance).name


def _still_falling(cost: np.ndarray[Any, Any]) -> float:
    """By what share of itself the training cost fell from the next-to-last tenth of the epochs to the last; the median seed's.

    Args:
        cost: The running cost of each seed and epoch, `(seeds, epochs)`.
    """
    if cost.shape[1] == 1:
        return 1.0  # one epoch shows no end of the fall
    tenth = max(cost.shape[1] // 10, 1)
    late, before = cost[:, -tenth:].mean(axis=1), cost[:, -2 * tenth : -tenth].mean(axis=1)
    return float(np.median((before - late) / np.maximum(before, 1e-12)))
