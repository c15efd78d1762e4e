"""The end result: `develop` with a minute, against scikit-learn's multilayer perceptron and gradient boosting at their defaults.

    python calibration/results.py             # goes on where it was stopped; writes results.json beside it
    python calibration/results.py --workers 2 # two tables at once: then each has one core for its minute

Each table is split `SPLITS` times in train (60 %), cv (20 %) and test (20 %), and prepared once for all of them: numbers
standardised, categories as indicators. `develop(data, budget="1m")` sees train and cv. `MLPClassifier`/`MLPRegressor` and
`HistGradientBoostingClassifier`/`-Regressor` at their defaults are fitted on train and cv together. All are measured on test: by
the share misclassified or the RMSE, and by the cross-entropy beside it. A table is won where the mean over the splits is lower.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import runner
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor
from tables import REPORTED, parts_of
from threadpoolctl import threadpool_limits

from leadline.data.split import Split
from leadline.develop.cycle import develop
from leadline.types import NumpyArray

VERSION = "2"
SPLITS = 3
BUDGET = "1m"
CASES = {f"{name}/{seed}": {"name": name, "seed": seed, "budget": BUDGET} for name in REPORTED for seed in range(SPLITS)}
PEERS = {
    "mlp": (MLPClassifier, MLPRegressor),
    "boosting": (HistGradientBoostingClassifier, HistGradientBoostingRegressor),
}


def measure(name: str, seed: int, budget: str) -> dict[str, Any]:
    """What leadline and its peers pay on the test rows of one split."""
    data = parts_of(name, cv=0.2, test=0.2, seed=seed)
    story = develop(data, budget=budget, seed=seed)
    outputs = story.model.predict(story.data.test.open().X)
    kind = data.target.kind
    probability = np.hstack([1 - outputs, outputs]) if kind == "binary" else outputs
    paid = {"leadline": _paid(data, probability.astype(np.float64))}
    X, y = (np.concatenate([getattr(part, one) for part in (data.train, data.cv)]) for one in ("X", "y"))
    for peer, (classifier, regressor) in PEERS.items():
        paid[peer] = _paid(data, _peer(regressor if kind == "regression" else classifier, X, y, data))
    turns = [turn.change for turn in story.turns]
    return {"kind": kind, "rows": len(X), "turns": turns, "stopped": story.stopped, "used": story.seconds, "paid": paid}


def _peer(kind: Any, X: NumpyArray, y: NumpyArray, data: Split) -> NumpyArray:
    test = data.test.open().X
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # its defaults end after 200 epochs, converged or not
        fitted = kind(random_state=0).fit(X, y)
    if data.target.kind == "regression":
        return np.asarray(fitted.predict(test))[:, None]
    probability = np.zeros((len(test), len(data.target.classes)))
    probability[:, fitted.classes_] = fitted.predict_proba(test)
    return probability


def _paid(data: Split, outputs: NumpyArray) -> dict[str, float]:
    y = data.test.open().y
    if data.target.kind == "regression":
        return {"rmse": float(np.sqrt(((outputs[:, 0] - y) ** 2).mean()))}
    own = np.clip(outputs[np.arange(len(y)), y], 1e-7, 1)
    return {"error": float((outputs.argmax(axis=1) != y).mean()), "cost": float(-np.log(own).mean())}


def summary(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """On how many tables leadline is better, by the metric that a person reads and by the cross-entropy."""
    tables: dict[str, list[Mapping[str, Any]]] = {}
    for case, result in found.items():
        tables.setdefault(case.split("/")[0], []).append(result)
    rows = []
    for name, results in tables.items():
        metrics = list(results[0]["paid"]["leadline"])
        means = {
            who: {metric: round(float(np.mean([one["paid"][who][metric] for one in results])), 5) for metric in metrics}
            for who in ("leadline", *PEERS)
        }
        turns = float(np.mean([len(one["turns"]) for one in results]))
        rows.append({"table": name, "kind": results[0]["kind"], "rows": results[0]["rows"], "turns": round(turns, 1), **means})
    counts: dict[str, Any] = {}
    for peer in PEERS:
        first = [tuple(next(iter(row[who].values())) for who in ("leadline", peer)) for row in rows]
        better, equal = sum(own < other for own, other in first), sum(own == other for own, other in first)
        entropy = [(row["leadline"]["cost"], row[peer]["cost"]) for row in rows if "cost" in row["leadline"]]
        counts[peer] = {
            "better": runner.share(better, len(rows)),
            "equal": equal,
            "better by cross-entropy": runner.share(sum(own < other for own, other in entropy), len(entropy)),
        }
    return {"budget": BUDGET, "splits": SPLITS, "tables": len(rows), **counts, "each": rows}


if __name__ == "__main__":
    asked = runner.asked(__doc__)
    found = runner.run("results", CASES, measure, version=VERSION, asked=asked)
    if len(found) == len(CASES):
        runner.write("results", {"tables at once": asked.workers, **summary(found)})
