"""Permutation importance: what J on held-out examples rises by when a column is shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline import seeds
from leadline.develop.evidence import Evidence
from leadline.errors import ArgumentError
from leadline.types import NumpyArray

__all__ = ["Importance", "permutation_importance"]

REPETITIONS = 3


@dataclass(frozen=True)
class Importance:
    """How much the network relies on each column.

    Attributes:
        names: The columns; all features of one column of a table together.
        features: For each column, the places of its features.
        rise: What J rises by when it is shuffled, `(columns,)`.
        error: The standard error of that rise over the held-out examples, `(columns,)`.
    """

    names: tuple[str, ...]
    features: tuple[tuple[int, ...], ...]
    rise: NumpyArray
    error: NumpyArray

    @property
    def needed(self) -> NumpyArray:
        """Which columns surely matter, `(columns,)`: their rise is above one standard error."""
        needed: NumpyArray = self.rise > self.error
        return needed

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        return {"names": list(self.names), "rise": self.rise.tolist(), "error": self.error.tolist()}


def permutation_importance(evidence: Evidence, seed: int = 0) -> Importance:
    """Measures every column: its values are dealt to other rows, a few times, and J is compared example by example.

    Args:
        evidence: The measured network; its inputs have one axis.
        seed: Decides who gets whose value.

    Raises:
        ArgumentError: An example has more than one axis.

    Source:
        Breiman 2001, Random forests, section 10; Fisher, Rudin, Dominici 2019.
    """
    X, problem = evidence.folds.X, evidence.plan.problem
    if X.ndim != 2:
        raise ArgumentError(f"Permutation importance is of features in columns. Examples here have the shape {X.shape[1:]}.")
    columns = _columns(evidence)
    random, y = seeds.generator(seed, "importance"), evidence.folds.y[evidence.folds.held]
    before = problem.values(evidence.outputs(), y)["cost"]
    orders = [random.permutation(len(X)) for _ in range(REPETITIONS)]
    rises = np.empty((len(columns), len(y)))
    for place, features in enumerate(columns.values()):
        paid = np.zeros(len(y))
        for order in orders:
            shuffled = X.copy()
            shuffled[:, features] = X[order][:, features]
            paid += (problem.values(evidence.outputs(shuffled), y)["cost"] - before).mean(axis=0)
        rises[place] = paid / len(orders)
    error = evidence.folds.stretch * rises.std(axis=1) / np.sqrt(len(y))
    return Importance(tuple(columns), tuple(map(tuple, columns.values())), rises.mean(axis=1), error)


def _columns(evidence: Evidence) -> dict[str, list[int]]:
    """The features of each column; those of a category or an indicator are named "column=…"."""
    names = evidence.folds.data.feature_names or tuple(f"feature {place}" for place in range(evidence.folds.X.shape[1]))
    prepared = evidence.folds.data.preparation
    known = [] if prepared is None else [*(one.name for one in prepared.numeric), *(one.name for one in prepared.category)]
    own = {feature: name for name in sorted(known, key=len) for feature in names if feature.startswith(f"{name}=")}
    columns: dict[str, list[int]] = {}
    for place, feature in enumerate(names):
        columns.setdefault(own.get(feature, feature), []).append(place)
    return columns
