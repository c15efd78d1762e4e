"""The choice among candidates: ranked by J_cv, those that tie with the best, and the simplest of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from leadline import seeds as streams
from leadline.data.split import Split
from leadline.develop.costs import Scores, change, reading
from leadline.develop.folds import folds_of
from leadline.develop.intervals import LEVEL, Estimate
from leadline.develop.plan import Plan, start
from leadline.develop.population import members_of, train_and_score
from leadline.errors import ArgumentError, NonFiniteError
from leadline.models import Model
from leadline.types import NumpyArray

__all__ = ["Candidate", "Selection", "select"]

DRAWS = 500


@dataclass(frozen=True)
class Candidate:
    """One of those that were compared.

    Attributes:
        name: What it is called.
        J_train: The deciding metric on train.
        J_cv: The same on held-out examples.
        difference: J_cv minus the best's, on the same examples.
        params: How many trained numbers its network has.
        ties: Whether it ties with the best.
    """

    name: str
    J_train: Estimate
    J_cv: Estimate
    difference: Estimate
    params: int
    ties: bool

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        parts = {name: getattr(self, name).to_dict() for name in ("J_train", "J_cv", "difference")}
        return {"name": self.name, **parts, "params": self.params, "ties": self.ties}


@dataclass(frozen=True)
class Selection:
    """What was chosen, and among what.

    Attributes:
        metric: What decides.
        candidates: All that trained to finite weights, by their J_cv, the least first.
        chosen: The name of the one proposed: of those that tie with the best, the one with the fewest parameters.
        optimism: By how much the chosen one's J_cv is too low because it was chosen by it: an estimate from choosing on drawn
            examples and measuring on those that were not drawn.
        failed: The names of those whose training did not stay finite.
    """

    metric: str
    candidates: tuple[Candidate, ...]
    chosen: str
    optimism: float
    failed: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        each = [candidate.to_dict() for candidate in self.candidates]
        ends = {"chosen": self.chosen, "optimism": self.optimism, "failed": list(self.failed)}
        return {"metric": self.metric, "candidates": each, **ends}


def select(
    candidates: Mapping[str, Model | Sequence[int]],
    data: Split,
    *,
    metric: str | None = None,
    lambda_: float = 0.0,
    epochs: int | None = None,
    seeds: int = 5,
    seed: int = 0,
    folds: int = 0,
) -> Selection:
    """Trains every candidate with the same seeds on the same examples, and proposes the simplest of the best.

    A candidate ties with the best where the interval of the paired difference of their J_cv holds 0; by the share misclassified,
    where an exact McNemar test of the examples that only one of them gets wrong (in most of its trainings) does not tell them
    apart at 10 %.

    Args:
        candidates: Names to compiled models, or to the units of hidden ReLU layers, such as (25, 15).
        data: The split data; its test part is not read.
        metric: What decides; by default what a person reads.
        lambda_: λ of the candidates that are given as units.
        epochs: Epochs; by default about 6,000 steps.
        seeds: How many seeds; at least 2.
        seed: The first of them.
        folds: k, to hold out train and cv together in k folds; 0 for train and cv as they were split.

    Raises:
        ArgumentError: No candidates, or fewer than 2 seeds.
        NonFiniteError: No candidate trained to finite weights.

    Source:
        McNemar 1947; Breiman, Friedman, Olshen, Stone 1984, for taking the simplest of equals; Efron & Tibshirani 1997, for
        measuring on what was not drawn.

    Examples:
        >>> from leadline.data.split import split
        >>> X = np.random.default_rng(0).normal(size=(80, 2))
        >>> found = select({"small": (2,), "large": (50, 50)}, split(X, X[:, 0] > 0), epochs=3, seeds=2)
        >>> [candidate.params for candidate in found.candidates if candidate.name == "small"]
        [9]
    """
    if not candidates:
        raise ArgumentError("select needs at least one candidate. Got none.")
    if seeds < 2:
        raise ArgumentError(f"select needs at least 2 seeds, to know how much one training differs from another. Got {seeds}.")
    held, measured, params = folds_of(data, folds, seed), {}, {}
    for name, one in candidates.items():
        model, layers = (one, (25, 15)) if isinstance(one, Model) else (None, tuple(one))
        settings: dict[str, Any] = {"metric": metric, "lambda_": lambda_, "epochs": epochs, "seeds": seeds, "seed": seed}
        plan = start(data, model, held.rows, layers=layers, **settings)
        measured[name] = train_and_score(plan.problem, held, members_of(plan.recipe, held, plan.budget), plan.budget)
        params[name], metric = _size(plan), plan.problem.metric
    finite = [name for name, scores in measured.items() if scores.finite.all()]
    if not finite:
        raise NonFiniteError("No candidate trained to finite weights. Lower the learning rate, or scale the inputs.")
    assert metric is not None
    values, read = reading(metric)
    order = sorted(finite, key=lambda name: float(measured[name].cv[values].mean()))
    best = measured[order[0]]
    found = tuple(_candidate(name, measured[name], best, metric, params[name]) for name in order)
    chosen = min((candidate for candidate in found if candidate.ties), key=lambda candidate: candidate.params).name
    optimism = _optimism(np.stack([measured[name].cv[values].mean(axis=0) for name in order]), read, seed)
    return Selection(metric, found, chosen, optimism, tuple(name for name in measured if name not in finite))


def _size(plan: Plan) -> int:
    params, _ = jax.eval_shape(plan.problem.recipe.network.init, streams.stream(0, "weights"))
    return sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(params))


def _candidate(name: str, scores: Scores, best: Scores, metric: str, params: int) -> Candidate:
    every, values = range(len(scores.finite)), reading(metric)[0]
    score, other = scores.of(every, metric), best.of(every, metric)
    difference = change(metric, other.cv, score.cv)
    if metric == "error":
        from scipy.stats import binomtest

        wrong, wrong_best = (one.cv[values].mean(axis=0) > 0.5 for one in (scores, best))
        only, only_best = int((wrong & ~wrong_best).sum()), int((wrong_best & ~wrong).sum())
        ties = only + only_best == 0 or binomtest(only, only + only_best).pvalue > 1 - LEVEL
    else:
        ties = difference.low <= 0
    return Candidate(name, score.J_train, score.J_cv, difference, params, bool(ties) or scores is best)


def _optimism(paid: NumpyArray, read: Any, seed: int) -> float:
    """How much lower the chosen one's metric is on the examples it was chosen by than on others.

    Args:
        paid: What each candidate pays for each example, `(candidates, m)`.
        read: Reads the metric off a mean.
        seed: Of the draws.
    """
    random, (_, m) = streams.generator(seed, "optimism"), paid.shape
    falls = []
    for _ in range(DRAWS):
        drawn = np.bincount(random.integers(0, m, m), minlength=m)
        out = drawn == 0
        if out.any():
            inside = paid @ drawn / m
            chosen = int(np.argmin(inside))
            falls.append(float(read(paid[chosen][out].mean()) - read(inside[chosen])))
    return max(float(np.mean(falls)), 0.0) if falls else 0.0
