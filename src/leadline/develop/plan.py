"""What is developed: a network on data with a budget, and the changes that led to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadline.data.split import Split
from leadline.develop.population import Budget, budget_for, penalised, with_lambda
from leadline.develop.problem import Problem, problem_of
from leadline.models import Model
from leadline.training.state import Recipe

__all__ = ["Plan", "start"]


@dataclass(frozen=True, eq=False)
class Plan:
    """What is trained, on what, and for how long.

    Attributes:
        problem: The network with its loss and optimizer, the target, and what decides. Every kernel has a place for λ.
        data: The split data, as the network reads them.
        budget: How long each training is, and with which seeds.
        lambda_: λ in `J + λ/(2m) Σw²`; None where the network keeps the regularizers it came with.
    """

    problem: Problem
    data: Split
    budget: Budget
    lambda_: float | None = None

    def recipe(self, rows: int) -> Recipe:
        """What is trained on m rows: λ counts in them."""
        recipe = self.problem.recipe
        return recipe if self.lambda_ is None else with_lambda(recipe, self.lambda_, rows)

    def with_recipe(self, recipe: Recipe) -> Plan:
        """The same with another recipe."""
        return replace(self, problem=replace(self.problem, recipe=recipe))

    def described(self) -> dict[str, Any]:
        """The network and its settings as plain words and numbers."""
        recipe, budget = self.problem.recipe, self.budget
        layers = [
            {"layer": type(layer).__name__, "output": list(layer.output_shape(shape))} for _, layer, shape in recipe.network
        ]
        return {
            "network": layers,
            "inputs": list(recipe.network.input_shape),
            "optimizer": type(recipe.optimizer).__name__,
            "learning_rate": self.learning_rate,
            "lambda": self.lambda_,
            "budget": {"epochs": budget.epochs, "batch_size": budget.batch_size, "seeds": list(budget.runs)},
        }

    @property
    def learning_rate(self) -> float | None:
        """The learning rate, to float32's digits; None where it is a schedule or inside a transformation."""
        rate: Any = getattr(self.problem.recipe.optimizer, "learning_rate", None)
        return None if rate is None or callable(rate) or np.ndim(rate) else float(f"{float(rate):.6g}")

    @property
    def units(self) -> str:
        """The sizes from the input to the output, as "64 → 25 → 15 → 10"."""
        network = self.problem.recipe.network
        sizes = [shape for _, _, shape in network] + [network.output_shape]
        return " → ".join(" × ".join(map(str, shape)) for shape in sizes)


def start(
    data: Split,
    model: Model | None,
    rows: int,
    *,
    layers: tuple[int, ...] = (25, 15),
    metric: str | None = None,
    lambda_: float = 0.0,
    epochs: int | None = None,
    seeds: int = 5,
    seed: int = 0,
) -> Plan:
    """The plan of a model, with its own regularizers, or of a sensible start with λ.

    Args:
        data: The split data.
        model: A compiled model, or None.
        rows: Training rows, by which the budget is chosen.
        layers: Without a model: the units of the hidden ReLU layers.
        metric: What decides; by default what a person reads.
        lambda_: Without a model: λ.
        epochs: Epochs; by default about 6,000 steps.
        seeds: How many seeds.
        seed: The first of them.

    Examples:
        >>> from leadline.data.split import split
        >>> start(split(np.zeros((20, 3)), [0, 1] * 10), None, 12).units
        '3 → 25 → 15 → 1'
    """
    problem = problem_of(data, model, layers=layers, metric=metric)
    problem = replace(problem, recipe=penalised(problem.recipe))
    return Plan(problem, data, budget_for(rows, epochs=epochs, seeds=seeds, seed=seed), None if model is not None else lambda_)
