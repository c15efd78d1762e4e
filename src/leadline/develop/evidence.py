"""What one compiled program measures of a plan: its network, the λ curve, the learning curve and other learning rates."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from leadline.develop.costs import Scores
from leadline.develop.curves import LearningCurve, ValidationCurve, curve_sizes, read_learning_curve, read_validation_curve
from leadline.develop.folds import Folds
from leadline.develop.health import Health, examine
from leadline.develop.plan import Plan
from leadline.develop.population import (
    LAMBDAS,
    SETTINGS,
    learning_members,
    members_of,
    train_and_score,
    validation_members,
)
from leadline.develop.problem import decisive, default_metric
from leadline.training.sweep import Member, Population
from leadline.types import NumpyArray

__all__ = ["Evidence", "gather", "lambda_grid", "members_in_all"]

FEW = 16
"""So few examples any network that can learn learns by heart."""
RATES = (3.0, 1 / 3)
"""By what the learning rate is multiplied."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """A plan, measured.

    Attributes:
        plan: What was trained.
        folds: What was trained on and held out.
        measured: The scores of all that was trained.
        own: The network's own entries in them, one a seed; their members are kept.
        tried: The entries of other settings: ("l2", λ) and ("learning_rate", rate).
        lambdas: The λ curve, in J, or for numbers in RMSE = √(2J).
        learning: The learning curve, in the metric that is read.
        deciding: The same in what decides: for classes the cost J.
        still_falling: How much the training cost still fell over the last tenth of the epochs, as a share of itself.
        health: What went on inside the network while it trained; None where it was not looked at.
        seconds: How long one entry took.
    """

    plan: Plan
    folds: Folds
    measured: Scores
    own: range
    tried: Mapping[tuple[str, float], range]
    lambdas: ValidationCurve
    learning: LearningCurve
    deciding: LearningCurve
    still_falling: float
    health: Health | None
    seconds: float

    @property
    def population(self) -> Population:
        """The network's own trained members, those of a seed side by side."""
        assert self.measured.kept is not None
        return self.measured.kept

    def outputs(self, X: NumpyArray | None = None) -> NumpyArray:
        """What the network gives for every held-out row, from the training that did not see it: `(seeds, m_cv, outputs…)`.

        Args:
            X: Other inputs of all rows, in the order of `folds.X`.
        """
        each = self.population.predict(self.folds.X if X is None else X)
        count = self.folds.count
        held = [each[pair::count][:, rows] for pair, (_, rows) in enumerate(self.folds.parts)]
        return self.folds.assembled(held, axis=1)


def lambda_grid(lambda_: float | None) -> tuple[float, ...]:
    """The λ of a curve: the usual grid, the present λ, and from a present λ near the grid's end on, doublings beyond it.

    Examples:
        >>> lambda_grid(0.0) == LAMBDAS
        True
        >>> lambda_grid(10.0)[-4:]
        (10.0, 20.0, 40.0, 80.0)
    """
    present = lambda_ or 0.0
    beyond = [present * 2**power for power in (1, 2, 3)] if present > LAMBDAS[-2] else []
    return tuple(sorted({*LAMBDAS, present, *beyond}))


def _rates(plan: Plan) -> tuple[float, ...]:
    rate = plan.learning_rate
    return () if rate is None else tuple(float(f"{rate * factor:.6g}") for factor in RATES)


def members_in_all(plan: Plan, folds: Folds, *, look: bool = False) -> int:
    """How many trainings `gather` does."""
    settings = len(lambda_grid(plan.lambda_)) + len(curve_sizes(folds.rows)) + len(_rates(plan))
    return (settings * plan.budget.seeds + look) * folds.count


def gather(plan: Plan, folds: Folds, progress: Callable[[int], None] | None = None, *, look: bool = False) -> Evidence:
    """Trains the plan's network, both of its curves and other learning rates as one population.

    Args:
        plan: What is trained.
        folds: What is held out.
        progress: Called with the number of member-steps done since the last call.
        look: Whether the network is looked at while it trains; then it is also trained on 16 examples, with one seed.
    """
    began, budget, recipe = time.perf_counter(), plan.budget, plan.problem.recipe
    grid, sizes, rates = lambda_grid(plan.lambda_), curve_sizes(folds.rows), _rates(plan)
    members: list[Member] = validation_members(recipe, "l2", grid, folds, budget)
    members += learning_members(recipe, sizes, folds, budget, plan.lambda_ or 0.0)
    for rate in rates:
        members += members_of(lambda rows, rate=rate: SETTINGS["learning_rate"](plan.recipe(rows), rate, rows), folds, budget)  # type: ignore[misc]
    members += members_of(lambda _: recipe, folds, replace(budget, seeds=1), FEW) if look else []
    seeds = budget.seeds
    settings = [("l2", value) for value in grid] + [("size", float(size)) for size in sizes]
    settings += [("learning_rate", rate) for rate in rates]
    places = {setting: range(at * seeds, (at + 1) * seeds) for at, setting in enumerate(settings)}
    own = places["size", float(sizes[-1])]
    measured = train_and_score(plan.problem, folds, members, budget, progress, keep=own, look=look)
    of_lambda = "rmse" if plan.problem.target.kind == "regression" else "cost"
    read = plan.problem.metric
    learning, deciding = (
        read_learning_curve(measured, sizes, budget, metric, len(grid) * seeds) for metric in (read, decisive(read))
    )
    return Evidence(
        plan,
        folds,
        measured,
        own,
        {setting: at for setting, at in places.items() if setting[0] != "size"},
        read_validation_curve(measured, "l2", grid, budget, of_lambda),
        learning,
        deciding,
        _still_falling(measured.training_cost[list(own)]),
        _health(plan, measured, own) if look else None,
        (time.perf_counter() - began) / len(settings) / seeds,
    )


def _health(plan: Plan, measured: Scores, own: range) -> Health:
    assert measured.looks is not None
    usual, costs = default_metric(plan.problem.target), measured.training_cost
    each = {part: [measured.numbers(part, entry, usual) for entry in own] for part in ("train", "cv")}
    return examine(plan.problem, measured.looks, costs[list(own)], J_train=each["train"], J_cv=each["cv"], sixteen=costs[[-1]])


def _still_falling(cost: NumpyArray) -> float:
    """By what share of itself the training cost fell from the next-to-last tenth of the epochs to the last; the median seed's.

    Args:
        cost: The running cost of each seed and epoch, `(seeds, epochs)`.
    """
    if cost.shape[1] == 1:
        return 1.0  # one epoch shows no end of the fall
    tenth = max(cost.shape[1] // 10, 1)
    late, before = cost[:, -tenth:].mean(axis=1), cost[:, -2 * tenth : -tenth].mean(axis=1)
    return float(np.median((before - late) / np.maximum(before, 1e-12)))
