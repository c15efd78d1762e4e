"""The diagnosis: where a network stands against a baseline, what each remedy would bring, and what to do next."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from leadline.data.split import Split
from leadline.develop import baselines as compared
from leadline.develop.advice import Step, next_step
from leadline.develop.baselines import Baselines
from leadline.develop.curves import LearningCurve, ValidationCurve
from leadline.develop.error_analysis import ErrorAnalysis, analyse
from leadline.develop.evidence import gather, members_in_all
from leadline.develop.folds import Folds, folds_of
from leadline.develop.forecast import Forecast, forecast
from leadline.develop.health import Health
from leadline.develop.outcomes import Outcomes
from leadline.develop.plan import Plan, start
from leadline.develop.population import LAMBDAS, Budget
from leadline.develop.problem import Problem
from leadline.develop.remedies import Remedy, measure_remedies
from leadline.develop.shown import Shown
from leadline.develop.standing import Standing, stand
from leadline.errors import ArgumentError
from leadline.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from leadline.models import Model
from leadline.record.provenance import machine, versions

__all__ = ["Diagnosis", "diagnose", "diagnosed"]


@dataclass(frozen=True)
class Diagnosis(Standing, Shown):
    """Where a network stands, with the evidence: the costs, gaps and verdict of a `Standing`, and the following.

    Attributes:
        plan: The network, its data, and how long each training was.
        folds: How many folds of train and cv together were held out in turn; 0 for train and cv as they were split.
        lambdas: The λ curve, in J, or for numbers in RMSE = √(2J).
        learning: The learning curve, in the metric that is read.
        forecast: What more data would bring.
        remedies: What each remedy would bring, ranked; empty where they were not asked for.
        health: What went on inside the network while it trained; None where it was not looked at.
        errors: The analysis of the errors on held-out examples.
        next_step: What to do next, with its reasons.
        still_falling: How much the training cost still fell over the last tenth of the epochs, as a share of itself.
        seconds: How long all of it took.
    """

    plan: Plan
    folds: int
    lambdas: ValidationCurve
    learning: LearningCurve
    forecast: Forecast
    remedies: tuple[Remedy, ...]
    health: Health | None
    errors: ErrorAnalysis
    next_step: Step
    still_falling: float
    seconds: float

    def __repr__(self) -> str:
        """The verdict and the next step; `save` and `plot` show the rest."""
        return f"Diagnosis(verdict={self.verdict!r}, next_step={self.next_step.action!r})"

    @property
    def data(self) -> Split:
        """The split data."""
        return self.plan.data

    @property
    def problem(self) -> Problem:
        """The network, its recipe and metric."""
        return self.plan.problem

    @property
    def budget(self) -> Budget:
        """How long each training was."""
        return self.plan.budget

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers and words, for JSON."""
        return {
            "data": _described(self.data),
            **self.plan.described(),
            **super().to_dict(),
            "folds": self.folds,
            "still_falling": self.still_falling,
            "lambda_curve": self.lambdas.to_dict(),
            "learning_curve": self.learning.to_dict(),
            "forecast": self.forecast.to_dict(),
            "remedies": [remedy.to_dict() for remedy in self.remedies],
            "health": None if self.health is None else self.health.to_dict(),
            "errors": self.errors.to_dict(),
            "next_step": self.next_step.to_dict(),
            "seconds": round(self.seconds, 2),
            "versions": versions(),
            "machine": machine(),
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
    folds: int = 0,
    tolerance: float | None = None,
    remedies: bool = True,
    health: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """Trains a network many times, and says where it stands, what each remedy would bring, and what to do next.

    Args:
        model: A compiled model, whose structure, loss and optimizer are diagnosed; None for a sensible start.
        data: The split data; its test part is not read.
        baseline: A figure to compare with, in the metric's unit; by default the best that is measured.
        layers: Without a model: the units of its hidden ReLU layers.
        metric: What decides: "error" or "cost" for classes, "rmse", "mae" or "cost" for numbers.
        lambda_: Without a model: λ of the network that is diagnosed, in `J + λ/(2m) Σw²`.
        epochs: Epochs; by default about 6,000 steps.
        seeds: How many seeds; at least 2.
        seed: The first of them; with folds it also decides which row goes where.
        folds: k, to hold out each row of train and cv once, in k folds; 0 for train and cv as they were split. With few rows,
            folds settle more; what was fitted to prepare a table stays that of train, and has seen no target.
        tolerance: δ, the gap that still counts as none, in the metric's unit; by default 10 % of the baseline, and at least 1 %
            of the trivial predictor's figure.
        remedies: Whether to run the remedies.
        health: Whether to look inside the network while it trains.
        progress: Called with the member-steps done and those in all.

    Returns:
        The diagnosis.

    Raises:
        ArgumentError: A setting that makes no sense.
        NonFiniteError: The network's own training did not stay finite.

    Examples:
        >>> import numpy as np
        >>> from leadline.data.split import split
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> found = diagnose(None, split(X, X[:, 0] + X[:, 1] ** 2), epochs=2, seeds=2, remedies=False)
        >>> found.bias.judgement in ("high", "fine", "undetermined")
        True
    """
    _check(baseline, epochs, seeds, tolerance, lambda_)
    held = folds_of(data, folds, seed)
    settings: dict[str, Any] = {"metric": metric, "lambda_": lambda_, "epochs": epochs, "seeds": seeds, "seed": seed}
    plan = start(data, model, held.rows, layers=tuple(layers), **settings)
    _check_comparison(plan.problem, baseline, None if model is None else lambda_)
    return diagnosed(plan, held, baseline=baseline, tolerance=tolerance, remedies=remedies, health=health, progress=progress)


def diagnosed(
    plan: Plan,
    folds: Folds,
    *,
    baseline: float | None = None,
    baselines: Baselines | None = None,
    tolerance: float | None = None,
    remedies: bool = True,
    health: bool = True,
    known: Sequence[Remedy] = (),
    out_of_time: Callable[[], bool] | None = None,
    tell: Callable[[Remedy], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Diagnosis:
    """The diagnosis of a plan.

    Args:
        plan: What is diagnosed.
        folds: What is held out.
        baseline: As for `diagnose`.
        baselines: Baselines of the same folds and metric, measured before.
        tolerance: As for `diagnose`.
        remedies: Likewise.
        health: Likewise.
        known: Remedies of this plan that were measured before.
        out_of_time: Asked before each remedy's training; once it says yes the rest is not run.
        tell: Told each remedy when it is measured.
        progress: As for `diagnose`.
    """
    began = time.perf_counter()
    count = _counter(
        progress, plan.budget, folds, members_in_all(plan, folds, look=health) + (len(LAMBDAS) if baselines is None else 0)
    )
    evidence = gather(plan, folds, count, look=health)
    measures = baselines or compared.measure(plan.problem, folds, plan.budget, figure=baseline, progress=count)
    stands = stand(evidence.measured, evidence.own, measures, folds, plan.problem.metric, tolerance)
    tried = measure_remedies(evidence, known=known, out_of_time=out_of_time, tell=tell) if remedies else ()
    return Diagnosis(
        **{field.name: getattr(stands, field.name) for field in fields(stands)},
        plan=plan,
        folds=folds.count if folds.count > 1 else 0,
        lambdas=evidence.lambdas,
        learning=evidence.learning,
        forecast=forecast(evidence.learning),
        remedies=tried,
        health=evidence.health,
        errors=analyse(Outcomes.of(plan.problem, folds.measured, evidence.outputs())),
        next_step=next_step(stands, tried, evidence.still_falling),
        still_falling=evidence.still_falling,
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


def _counter(progress: Callable[[int, int], None] | None, budget: Budget, folds: Folds, members: int) -> Callable[[int], None]:
    """Adds up the member-steps done, and tells them with those in all."""
    total, done = members * budget.epochs * -(-folds.rows // budget.batch_size), 0

    def count(steps: int) -> None:
        nonlocal done
        done += steps
        if progress is not None:
            progress(done, total)

    return count
