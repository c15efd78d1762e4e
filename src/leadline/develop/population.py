"""Populations for measuring: what their members are, how long they train, and what each pays for each example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from leadline import seeds as streams
from leadline.develop.costs import Scores, joined, scores
from leadline.develop.folds import Folds
from leadline.develop.problem import Problem
from leadline.errors import ArgumentError
from leadline.layers import Dropout
from leadline.layers.layer import Layer
from leadline.losses import MeanSquaredError
from leadline.regularizers import L2
from leadline.training.health import Looks
from leadline.training.state import Examples, Recipe, numeric
from leadline.training.sweep import Member, train_population
from leadline.types import NumpyArray

__all__ = [
    "LAMBDAS",
    "SETTINGS",
    "Budget",
    "budget_for",
    "check_setting",
    "learning_members",
    "members_of",
    "penalised",
    "subset",
    "train_and_score",
    "validation_members",
    "with_lambda",
]

LAMBDAS = (0.0, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.0)
"""The grid of λ: 0, then doubling from 0.01 to about 10."""


@dataclass(frozen=True)
class Budget:
    """How long every member of a population trains.

    Attributes:
        epochs: Epochs, counted in all the training rows.
        batch_size: Examples a step.
        seeds: How many seeds.
        seed: The first of them.
    """

    epochs: int
    batch_size: int
    seeds: int = 5
    seed: int = 0

    @property
    def runs(self) -> range:
        """The seeds."""
        return range(self.seed, self.seed + self.seeds)


def budget_for(rows: int, *, epochs: int | None = None, seeds: int = 5, seed: int = 0) -> Budget:
    """A budget of about 6,000 steps, within 30 to 200 epochs; batches of 32, larger for large data.

    Args:
        rows: Training rows.
        epochs: Epochs, instead.
        seeds: How many seeds.
        seed: The first of them.

    Raises:
        ArgumentError: No epoch, no seed, or a seed that is no unsigned number of 32 bits.

    Examples:
        >>> budget_for(1078)
        Budget(epochs=176, batch_size=32, seeds=5, seed=0)
    """
    if (epochs is not None and epochs < 1) or seeds < 1:
        raise ArgumentError(f"A training needs at least 1 epoch and 1 seed. Got epochs={epochs}, seeds={seeds}.")
    if not 0 <= seed <= 2**32 - seeds:
        raise ArgumentError(f"Seeds lie between 0 and {2**32 - 1:,}. Got seed={seed} and seeds={seeds}.")
    batch_size = 32 if rows <= 5_000 else 64 if rows <= 20_000 else 128
    steps = -(-rows // batch_size)
    return Budget(epochs or int(np.clip(round(6_000 / steps), 30, 200)), batch_size, seeds, seed)


def with_lambda(recipe: Recipe, lambda_: float, rows: int) -> Recipe:
    """The recipe with the penalty that makes what is minimised `J + λ/(2m) Σw²` over all kernels, and no other penalty on them.

    Biases are not penalised. J of a regression has the half that the loss MeanSquaredError has not, so with that loss both terms
    stand doubled. Where the target is scaled for training, J is that of the scaled target.

    Args:
        recipe: The recipe.
        lambda_: λ.
        rows: m, the examples trained on.

    Examples:
        >>> from leadline.layers import Dense
        >>> from leadline.losses import MeanSquaredError
        >>> from leadline.network import Network
        >>> from leadline.optimizers import SGD
        >>> recipe = Recipe(Network((Dense(1),), ("dense",), (2,)), MeanSquaredError(), SGD())
        >>> float(with_lambda(recipe, 3.0, 100).network.layers[0].kernel_regularizer.l2)  # λ/m
        0.029999999329447746
    """
    strength = lambda_ / rows if isinstance(recipe.loss, MeanSquaredError) else lambda_ / (2 * rows)

    def with_strength(layer: Layer) -> Layer:
        return layer.replace(**dict.fromkeys(layer.kernel_regularizers, L2(strength)))

    return numeric(recipe.replace(network=recipe.network.mapped(with_strength)))


def _with_rate(recipe: Recipe, rate: float, rows: int) -> Recipe:
    del rows
    return numeric(recipe.replace(optimizer=replace(recipe.optimizer, learning_rate=rate)))  # type: ignore[type-var]


def _with_dropout(recipe: Recipe, rate: float, rows: int) -> Recipe:
    del rows

    def with_rate(layer: Layer) -> Layer:
        return replace(layer, rate=rate) if isinstance(layer, Dropout) else layer

    return numeric(recipe.replace(network=recipe.network.mapped(with_rate)))


SETTINGS: dict[str, Callable[[Recipe, float, int], Recipe]] = {
    "l2": with_lambda,
    "learning_rate": _with_rate,
    "dropout": _with_dropout,
}
"""What `validation_curve` can vary, and how it is put into a recipe."""


def check_setting(recipe: Recipe, parameter: str) -> None:
    """Refuses to vary what the recipe does not have.

    Raises:
        ArgumentError: No Dropout layer, no kernel, or a transformation of Optax, whose learning rate is inside it.
    """
    if parameter == "dropout" and not any(isinstance(layer, Dropout) for layer in recipe.network.layers):
        raise ArgumentError("The model has no Dropout layer whose rate could be varied. Add one, as Dropout(0.1).")
    if parameter == "learning_rate" and not hasattr(recipe.optimizer, "learning_rate"):
        raise ArgumentError(
            f"The learning rate of {type(recipe.optimizer).__name__} cannot be varied: it is inside the transformation. "
            "Compile with an optimizer of leadline's, as leadline.optimizers.Adam()."
        )
    if parameter == "l2" and not any(layer.kernel_names for layer in recipe.network.layers):
        raise ArgumentError("The model has no layer with a kernel, so there is nothing for λ to penalise. Add a Dense layer.")


def subset(rows: int, size: int, seed: int) -> NumpyArray:
    """The first `size` rows of a seed's own order of all, ascending: a seed's smaller subsets lie within its larger ones."""
    return np.sort(streams.generator(seed, "subset").permutation(rows)[:size]).astype(np.int32)


def members_of(recipe_for: Callable[[int], Recipe], folds: Folds, budget: Budget, size: int | None = None) -> list[Member]:
    """A member for each seed × pair of the folds, the seeds outermost: the entries of one setting.

    Args:
        recipe_for: Gives the recipe for a number of training rows m.
        folds: What is trained on.
        budget: The seeds.
        size: How many of the rows each sees; by default, and from the smallest pair's on, all.
    """
    members = []
    for seed in budget.runs:
        for train, _ in folds.parts:
            own = train if size is None or size >= folds.rows else train[subset(len(train), size, seed)]
            members.append(Member(recipe_for(len(own)), seed, own))
    return members


def validation_members(recipe: Recipe, parameter: str, values: Sequence[float], folds: Folds, budget: Budget) -> list[Member]:
    """The members of each value, all on all rows; the values outermost."""
    put = SETTINGS[parameter]
    each = [members_of(lambda rows, value=value: put(recipe, value, rows), folds, budget) for value in values]  # type: ignore[misc]
    return [member for members in each for member in members]


def learning_members(recipe: Recipe, sizes: Sequence[int], folds: Folds, budget: Budget, lambda_: float = 0.0) -> list[Member]:
    """The members of each size; the sizes outermost."""

    def own(rows: int) -> Recipe:
        return with_lambda(recipe, lambda_, rows) if lambda_ else recipe

    return [member for size in sizes for member in members_of(own, folds, budget, size)]


def penalised(recipe: Recipe) -> Recipe:
    """The recipe with a penalty of strength 0 on every kernel that had none: the same training, in the structure of a λ curve."""

    def with_strength(layer: Layer) -> Layer:
        free = [name for name, regularizer in layer.kernel_regularizers.items() if regularizer is None]
        return layer.replace(**dict.fromkeys(free, L2(0.0)))

    return numeric(recipe.replace(network=recipe.network.mapped(with_strength)))


def train_and_score(
    problem: Problem,
    folds: Folds,
    members: Sequence[Member],
    budget: Budget,
    progress: Callable[[int], None] | None = None,
    *,
    keep: Sequence[int] = (),
    look: bool = False,
) -> Scores:
    """Trains the members, each structure as one population, and measures them on what they saw and what was held out.

    Args:
        problem: What they are trained for.
        folds: What is held out; every `folds.count` members side by side are one entry.
        members: The members.
        budget: How long each trains.
        progress: Called with the number of member-steps done since the last call.
        keep: Entries of one structure whose trained members are wanted, as `Scores.kept`.
        look: Whether these are looked at while they train, as `Scores.looks`.
    """
    examples, each = Examples(folds.X, problem.encode(folds.y), None), folds.count
    groups: dict[Any, list[int]] = {}
    for entry in range(len(members) // each):
        groups.setdefault(jax.tree.structure(members[entry * each].recipe), []).append(entry)
    parts, kept, looks = [], None, None
    for entries in groups.values():
        own = [member for entry in entries for member in members[entry * each : (entry + 1) * each]]
        places = tuple(entries.index(entry) * each + pair for entry in keep if entry in entries for pair in range(each))
        seen = Looks(own, places, examples, budget.epochs, budget.batch_size) if look and places else None
        how: dict[str, Any] = {"epochs": budget.epochs, "batch_size": budget.batch_size, "progress": progress}
        population = train_population(own, examples, **how, watch=None if seen is None else seen.watch)
        parts.append(scores(problem, population, [member.rows for member in own], folds))
        kept, looks = (population.taken(places), seen) if places else (kept, looks)
    found = joined(parts, [entry for entries in groups.values() for entry in entries])
    return replace(found, kept=kept, looks=looks)
