"""The loops over trainings that users of other libraries write for a curve.

Each is given `way(task, data)`, which makes `train(lambda_, rows, epochs, seed)`: one training on the first rows, and J on cv.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from tasks import Curve, Data, Diagnosis

__all__ = ["of_both", "of_lambdas", "of_sizes"]

Plan = Callable[[int, int], Iterable[tuple[float, int, int]]]
"""From epochs and the number of rows to λ, rows and epochs of each point."""


def epochs_of(size: int, rows: int, batch: int, epochs: int) -> int:
    """Epochs of `size` rows with as many steps as `epochs` of all the rows."""
    return max(1, round(epochs * math.ceil(rows / batch) / math.ceil(size / batch)))


def over(plan: Plan, way: Any, task: Curve, data: Data) -> Any:
    """What makes a run over all points of a plan and all seeds; J on cv, the mean over the seeds."""

    def make() -> Any:
        train, rows = way(task, data), len(data["y_train"])

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            del shuffle
            return [float(np.mean([train(*point, seed) for seed in range(task.seeds)])) for point in plan(epochs, rows)]

        return run

    return make


def of_lambdas(way: Any, task: Curve, data: Data) -> Any:
    """Over λ."""
    return over(lambda epochs, rows: [(value, rows, epochs) for value in task.values], way, task, data)


def of_sizes(way: Any, task: Curve, data: Data) -> Any:
    """Over numbers of rows, with λ = 0 and as many steps for each."""

    def plan(epochs: int, rows: int) -> Iterable[tuple[float, int, int]]:
        return [(0.0, size, epochs_of(size, rows, task.batch, epochs)) for size in map(int, task.values)]

    return over(plan, way, task, data)


def of_both(way: Any, task: Diagnosis, data: Data) -> Any:
    """Over λ, and over numbers of rows with as many epochs for each, as scikit-learn's `learning_curve` trains them."""

    def plan(epochs: int, rows: int) -> Iterable[tuple[float, int, int]]:
        return [(value, rows, epochs) for value in task.values] + [(0.0, size, epochs) for size in task.sizes]

    return over(plan, way, task, data)
