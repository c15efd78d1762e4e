"""The end of the development: the chosen plan trained on train and cv together, several times, as one predictor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from leadline.develop.folds import folds_of
from leadline.develop.plan import Plan
from leadline.errors import NonFiniteError
from leadline.models.committee import committee
from leadline.models.predictor import Predictor
from leadline.training.state import Examples
from leadline.training.sweep import Member, train_population

__all__ = ["finish"]


def finish(plan: Plan, origin: Mapping[str, Any], progress: Callable[[int], None] | None = None) -> Predictor:
    """Trains the plan's network on train and cv with every seed; what it predicts is the mean of these trainings.

    Nothing is chosen any more, so the cv examples need not be held back; the test part is not read.

    Args:
        plan: What was chosen.
        origin: Where it comes from, as plain data.
        progress: Called with the number of member-steps done since the last call.

    Raises:
        NonFiniteError: No training stayed finite.
    """
    problem, budget, every = plan.problem, plan.budget, folds_of(plan.data)
    rows = np.arange(len(every.y), dtype=np.int32)
    members = [Member(plan.recipe(len(rows)), seed, rows) for seed in budget.runs]
    examples = Examples(every.X, problem.encode(every.y), None)
    population = train_population(members, examples, epochs=budget.epochs, batch_size=budget.batch_size, progress=progress)
    if not population.finite.any():
        raise NonFiniteError("No training of the chosen network on train and cv stayed finite. Lower the learning rate.")
    model = committee(population, location=problem.location, scale=problem.scale, seed=budget.seed)
    return Predictor(model, problem.target, tuple(plan.data.feature_names), plan.data.preparation, dict(origin))
