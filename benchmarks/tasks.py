"""What a workload is: data, a network, and one kind of work on them. Where the workloads are found.

Each file of `workloads/` has a table `TASKS` of names to tasks, or a function `measure` that gives its own results.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from networks import Network

__all__ = ["Curve", "Data", "Diagnosis", "Fit", "Goal", "Learning", "Predict", "Sweep", "Task", "files", "find", "load", "spread"]

FOLDER = Path(__file__).parent / "workloads"
Data = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Goal:
    """What leadline should reach.

    Attributes:
        against: Patterns of "peer: way", of which the fastest is meant; () for all.
        least: How many times leadline's time it should take.
        seconds: Instead: the most seconds that leadline may take, its first run, which compiles, included.
        of_peak: Instead: the least share of the measured peak of matrix products.
    """

    against: tuple[str, ...] = ()
    least: float | None = None
    seconds: float | None = None
    of_peak: float | None = None


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that every peer is to do.

    Attributes:
        what: It in words.
        network: What is trained.
        data: Makes the arrays, by name. It runs in the driver's process, and may import what it likes.
        amount: How much of it is timed in a round: epochs, or calls.
        first: How much the first run of each way does, whose result is compared; 0 for all of the amount.
        goals: What leadline should reach.
        peers: Who takes part; () for all who can.
        tolerance: How far, relative to leadline's, the result of a first run may lie.
    """

    what: str
    network: Network
    data: Callable[[], Data]
    amount: int
    first: int = 0
    goals: tuple[Goal, ...] = ()
    peers: tuple[str, ...] = ()
    tolerance: float = 1e-2
    learning_rate: float = 1e-3


@dataclass(frozen=True, kw_only=True)
class Fit(Task):
    """A network is trained with Adam on sparse cross-entropy from logits; timed per step. Arrays `X` and `y`.

    The first run takes the rows as they stand, from the same weights everywhere; its losses, epoch by epoch, are compared.

    Attributes:
        batch: Examples a step.
        door: Whose network leadline wraps: "keras", "linen", or None for one of its own.
    """

    batch: int
    door: str | None = None


@dataclass(frozen=True, kw_only=True)
class Curve(Task):
    """Trainings over a setting and seeds, each measured on cv. Arrays `X` and `y`, and their parts `X_train`, …, `y_cv`.

    J on cv, the mean over the seeds at each value, is compared by its mean; a peer draws its seeds as it does.

    Attributes:
        values: What is tried.
        seeds: How often each.
        batch: Examples a step.
    """

    values: tuple[float, ...]
    seeds: int
    batch: int = 32
    tolerance: float = 0.25


@dataclass(frozen=True, kw_only=True)
class Sweep(Curve):
    """Values of λ, in the cost `J + λ/(2m) Σw²` over the kernels."""


@dataclass(frozen=True, kw_only=True)
class Learning(Curve):
    """Numbers of training examples, the first so many, all trained for as many steps as `amount` epochs of all the rows have."""


@dataclass(frozen=True, kw_only=True)
class Diagnosis(Curve):
    """Both curves: values of λ on all rows, and numbers of rows with λ = 0.

    leadline trains all numbers of rows for as many steps; the others as scikit-learn does, for as many epochs: less work.

    Attributes:
        sizes: Numbers of rows.
    """

    sizes: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Predict(Task):
    """The outputs for an array `X`, as NumPy's; timed per call. Their `spread` is compared."""


def spread(logits: np.ndarray) -> float:
    """The mean variance over the classes of the first hundred rows, which logits and logarithms of probabilities share."""
    return float(np.var(logits[:100], axis=1).mean())


def files() -> list[str]:
    """The names of the files in `workloads/`, with hyphens."""
    return sorted(path.stem.replace("_", "-") for path in FOLDER.glob("[!_]*.py"))


def load(file: str) -> Any:
    """The module of one file."""
    return importlib.import_module(f"workloads.{file.replace('-', '_')}")


def find(name: str) -> Task:
    """The task of that name, in whichever file it stands."""
    tables = (getattr(load(file), "TASKS", {}) for file in files())
    return next(table[name] for table in tables if name in table)
