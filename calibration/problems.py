"""Problems whose true gaps are known: a process that generates data, a number of rows, a network and a λ.

They are drawn with one of five faults in mind: too small a network, too little data, too large a λ, both bias and variance, or
none. What is true of a problem is measured, not supposed: the network is trained on 16 to 40 fresh training sets and measured on
20,000 fresh rows, next to the best predictor on the same rows, which takes most of the noise away. That gives the gaps between
expected costs, J_train − best and J_cv − J_train. With the tolerance δ, 10 % of the least cost and at least 1 % of the trivial
predictor's, it says which of them are high. Where one lies within 20 % of δ, or not surely outside that, no data could tell, and
the problem has no truth.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from processes import KINDS, SIGNALS, Drawn, Process

from leadline.data.split import Split, split
from leadline.develop.costs import reading
from leadline.develop.population import budget_for, with_lambda
from leadline.develop.problem import problem_of
from leadline.training.state import Examples
from leadline.training.sweep import Member, train_population

__all__ = ["FAULTS", "FRESH", "candidates", "data_of", "process_of", "truth", "words"]

Array = np.ndarray[Any, Any]
Settings = dict[str, Any]
Result = dict[str, Any]
REPORTED = tuple(f"{kind}/{signal}" for kind in KINDS for signal in (SIGNALS if kind != "gaussians" else ("linear", "cubic")))
TUNED = ("numbers/quadratic", "numbers/teacher", "flips/waves", "logits/cubic", "logits/friedman", "gaussians/linear")
FAULTS = ("none", "small network", "little data", "large λ", "both")
FRESH, FEWEST, UNDECIDABLE = 20_000, 16, 0.2


def candidates() -> dict[str, Settings]:
    """Problems by name: every process of `REPORTED` with every fault in draw 1, and those of `TUNED` in draw 0."""
    sides = ((TUNED, 0), (REPORTED, 1))
    return {
        f"{process}/{fault}/{draw}": drawn(*process.split("/"), fault, draw)
        for processes, draw in sides
        for process in processes
        for fault in FAULTS
    }


def drawn(kind: str, signal: str, fault: str, draw: int) -> Settings:
    """A problem with a fault in mind."""
    random = np.random.default_rng([KINDS.index(kind), list(SIGNALS).index(signal), FAULTS.index(fault), draw])

    def one(*values: Any) -> Any:
        return values[int(random.integers(len(values)))]

    noise = {"numbers": one(0.3, 0.5), "flips": one(0.1, 0.2), "logits": one(0.3, 0.5), "gaussians": one(0.4, 0.5)}[kind]
    noise *= 2 if fault == "none" and kind != "gaussians" else 1  # the less is to be had, the sooner a network has it
    features, rows, layers, lambda_ = {
        "none": (5, one(3000, 4000), one([8], [16], [8, 6]), one(0.0, 2.0)),
        "small network": (one(5, 8), one(1000, 2000, 4000), one([1], [2], [3]), 0.0),
        "little data": (one(10, 20), one(200, 400, 1000), one([8], [16], [32, 16], [64, 32]), 0.0),
        "large λ": (one(5, 8), one(1000, 2000, 4000), one([16], [25, 15]), one(10.0, 30.0, 100.0, 300.0)),
        "both": (one(10, 20), one(200, 400), one([2], [3]), one(0.0, 2.0, 10.0)),
    }[fault]
    classes = one(2, 3) if kind in ("logits", "gaussians") else 2
    process = {"kind": kind, "signal": signal, "features": features, "noise": noise, "classes": classes, "draw": draw}
    return {"process": process, "rows": rows, "layers": layers, "lambda_": lambda_}


@functools.lru_cache(maxsize=2)
def process_of(**settings: Any) -> Process:
    """A process, the last two kept."""
    return Process(**settings)


def truth(process: Settings, rows: int, layers: Sequence[int], lambda_: float) -> Result:
    """The expected costs of a problem: means over fresh training sets, next to the best predictor on the same rows."""
    source, random = process_of(**process), np.random.default_rng([rows, process["draw"], 99])
    data = data_of(source, rows, random)
    m, metric = data.train.size, problem_of(data).metric
    sets = int(np.clip(20_000 // m, FEWEST, 40))
    seen, fresh = source.examples(random, sets * m), source.examples(random, FRESH)
    problem = problem_of(data, layers=tuple(layers))
    recipe, budget = with_lambda(problem.recipe, lambda_, m), budget_for(m)
    members = [Member(recipe, seed, np.arange(seed * m, (seed + 1) * m, dtype=np.int32)) for seed in range(sets)]
    examples = Examples(seen.X.astype(np.float32), problem.encode(seen.y), None)
    population = train_population(members, examples, epochs=budget.epochs, batch_size=budget.batch_size)
    own, new = (problem.values(population.predict(one.X.astype(np.float32)), one.y)[reading(metric)[0]] for one in (seen, fresh))
    least = source.best**2 if metric == "rmse" else source.best
    train = _expected(
        np.stack([own[seed][member.rows] for seed, member in enumerate(members)]), _paid(seen).reshape(sets, m), least
    )
    cv = _expected(new, np.tile(_paid(fresh), (sets, 1)), least)
    trivial = float(seen.y.std() if metric == "rmse" else 1 - np.bincount(seen.y).max() / len(seen.y))
    return _true_gaps(train, cv, metric, source.best, trivial)


def _expected(paid: Array, by_best: Array, least: float) -> Array:
    """Each training set's mean cost; where that is steadier, less what its rows happen to be harder for the best predictor."""
    plain, steadied = paid.mean(axis=1), (paid - by_best).mean(axis=1) + least
    return steadied if steadied.std() <= plain.std() or np.ptp(by_best.mean(axis=1)) == 0 else plain


def _paid(drawn: Drawn) -> Array:
    """What the best predictor pays for each example."""
    return (drawn.y - drawn.best) ** 2 if drawn.y.dtype.kind == "f" else (drawn.y != drawn.best).astype(float)


def _true_gaps(train: Array, cv: Array, metric: str, best: float, trivial: float) -> Result:
    """The gaps with their standard errors, from each training set's costs; δ, and what is true of each gap."""
    read = reading(metric)[1]
    J_train, J_cv, delta = float(read(train.mean())), float(read(cv.mean())), max(0.1 * best, 0.01 * trivial)
    slopes = [0.5 / J if metric == "rmse" else 1.0 for J in (J_train, J_cv)]  # of the square root
    ways = {"bias": slopes[0] * train, "variance": slopes[1] * cv - slopes[0] * train, "distance": slopes[1] * cv}
    gaps = {"bias": J_train - best, "variance": J_cv - J_train, "distance": J_cv - best}
    errors = {name: float(values.std(ddof=1) / math.sqrt(len(values))) for name, values in ways.items()}
    true = words(gaps, errors, delta)
    costs = {"best": best, "trivial": trivial, "J_train": J_train, "J_cv": J_cv, "delta": delta}
    in_delta = {name: round(gap / delta, 3) for name, gap in gaps.items()}
    return costs | {"gaps": in_delta, "errors": errors, "words": true, "decided": bool(true)}


def words(gaps: dict[str, float], errors: dict[str, float], delta: float) -> dict[str, str]:
    """Which gaps are high and which fine; nothing where one is too near to δ to be said so."""
    if any(abs(gap - delta) <= UNDECIDABLE * delta + 1.645 * errors[name] for name, gap in gaps.items()):
        return {}
    return {name: "high" if gap > delta else "fine" for name, gap in gaps.items()}


def data_of(source: Process, rows: int, random: np.random.Generator) -> Split:
    """Rows of a process, split."""
    drawn, kind = source.examples(random, rows), "regression"
    if source.kind != "numbers":
        kind = "binary" if source.classes == 2 else "multiclass"
    return split(drawn.X, drawn.y, kind=kind, seed=0)  # type: ignore[arg-type]
