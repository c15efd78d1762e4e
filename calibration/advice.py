"""Advice against what it brought: remedies chosen on one half of a table, their gain measured on the other.

    python calibration/advice.py             # goes on where it was stopped; writes advice.json beside it
    python calibration/advice.py --workers 2

Each table is split in train (35 %), cv (15 %) and an untouched half. The network that leadline starts with is diagnosed as
`develop` does it: on cv, or in 5 folds where train and cv have fewer than 1,000 rows. Then it is trained anew on train and cv
together with 5 other seeds, once as it was and once with each remedy that the diagnosis said would surely help, and both are
measured on the untouched half. A prediction came true where the metric there is lower with the remedy.

What decides is `chosen`: the remedy that the diagnosis puts first. `all` counts every remedy that was said to help.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import runner
from tables import REPORTED, parts_of

from leadline.develop.climb import followed
from leadline.develop.costs import reading
from leadline.develop.cycle import FEW_ROWS
from leadline.develop.diagnosis import diagnosed
from leadline.develop.folds import Folds, folds_of
from leadline.develop.plan import Plan, start
from leadline.develop.population import members_of, train_and_score
from leadline.develop.problem import decisive

VERSION = "2"
SPLITS = 2
CASES = {f"{name}/{seed}": {"name": name, "seed": seed} for seed in range(SPLITS) for name in REPORTED}
FRESH = 1_000
"""Seeds of the measurement, far from those of the choice."""


def measure(name: str, seed: int) -> dict[str, Any]:
    """The remedies of a table, what each was predicted to bring, and what it brought on the untouched half."""
    data = parts_of(name, cv=0.15, test=0.5, seed=seed)
    few = data.train.size + data.cv.size < FEW_ROWS
    folds = folds_of(data, 5 if few else 0, 0)
    plan = start(data, None, folds.rows, seeds=3 if few else 5)
    found = diagnosed(plan, folds)
    before, remedies = _untouched(plan), []
    for remedy in found.remedies:
        if remedy.gain is None or remedy.value is None or not remedy.helps:
            continue
        after = _untouched(followed(plan, ((remedy.name, remedy.value),)))
        figures = {"predicted": remedy.gain.value, "low": remedy.gain.low, "high": remedy.gain.high, "actual": after - before}
        remedies.append({"remedy": remedy.name, **figures})
    return {"metric": decisive(plan.problem.metric), "verdict": found.verdict, "J": before, "remedies": remedies}


def _untouched(plan: Plan) -> float:
    """The metric on the untouched half, the mean of 5 trainings on train and cv."""
    data, test = plan.data, plan.data.test.open()
    X, y = (np.concatenate([getattr(part, name) for part in (data.train, data.cv, test)]) for name in ("X", "y"))
    train = np.arange(data.train.size + data.cv.size, dtype=np.int32)
    folds = Folds(data, X, y, ((train, len(train) + np.arange(test.size)),))
    budget = replace(plan.budget, seeds=5, seed=FRESH)
    measured = train_and_score(plan.problem, folds, members_of(plan.recipe, folds, budget), budget)
    values, read = reading(decisive(plan.problem.metric))
    return float(read(measured.cv[values].mean()))


def summary(found: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How often what was said to gain did."""
    chosen = [result["remedies"][0] for result in found.values() if result["remedies"]]
    each = [remedy for result in found.values() for remedy in result["remedies"]]
    names = sorted({remedy["remedy"] for remedy in each})

    def came(remedies: list[dict[str, Any]]) -> dict[str, Any]:
        return runner.share(sum(remedy["actual"] < 0 for remedy in remedies), len(remedies))

    return {
        "tables": len({case.split("/")[0] for case in found}),
        "splits": SPLITS,
        "chosen": came(chosen),
        "all": came(each),
        "nothing said": runner.share(len(found) - len(chosen), len(found)),
        "by remedy": {name: came([one for one in each if one["remedy"] == name]) for name in names},
        "shrunk to": _shrunk(chosen),
        "seconds": round(sum(result["seconds"] for result in found.values())),
    }


def _shrunk(chosen: list[dict[str, Any]]) -> float | None:
    """What share of a predicted gain came, the median: below 1, since the best of many looks better than it is."""
    return round(float(np.median([one["actual"] / one["predicted"] for one in chosen])), 3) if chosen else None


if __name__ == "__main__":
    asked = runner.asked(__doc__)
    found = runner.run("advice", CASES, measure, version=VERSION, asked=asked)
    if len(found) == len(CASES):
        runner.write("advice", summary(found))
