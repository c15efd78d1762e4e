"""Verdicts against the truth, on problems whose least error is known.

    python calibration/verdicts.py               # goes on where it was stopped; writes verdicts.json beside it
    python calibration/verdicts.py --workers 2   # or with --only "4 folds", --limit 10

The problems and what is true of them come from problems.py. Those that have no truth, because a gap lies too near to δ, are left
out and counted. Nothing else is left out: how few rows there are to judge by has no part in it.

Each of the others is judged on five data sets, every sixth in all the ways of `ARMS`, the rest in the first. A verdict is
- right: what leadline says of the true gaps;
- in part: what it names is high, but a gap that it left open would have changed the word;
- open: "undetermined", leaning or not;
- wrong: all else: a gap called high that is not, or "done" or a gap called fine where it is high.
Problems of draw 0 (`TUNED`) are those that anything was tuned on; those of draw 1 are reported.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import runner
from problems import FAULTS, FRESH, candidates, data_of, process_of, truth, words

from leadline.data.split import Part, Split
from leadline.develop import baselines as compared
from leadline.develop.baselines import Baselines, given
from leadline.develop.folds import folds_of
from leadline.develop.plan import start
from leadline.develop.population import budget_for, members_of, train_and_score
from leadline.develop.problem import problem_of
from leadline.develop.standing import stand

TRUTHS, JUDGEMENTS = "1", "1"
SEEDS, DATASETS = 5, 5
ARMS = {"as split, baseline given": (0, True), "4 folds, baseline given": (4, True), "as split, baseline measured": (0, False)}
"""How a problem is judged: how many folds, and whether the least error is given. Four folds train on as many rows as a split."""
GRADES = ("right", "in part", "open", "wrong")
SIDES = {"0": "tuned", "1": "reported"}
Settings = dict[str, Any]
Result = dict[str, Any]


def judged(problem: Settings, data: int, best: float, arm: str) -> Result:
    """The verdict on one data set of a problem."""
    (count, is_given), random = ARMS[arm], np.random.default_rng([problem["rows"], problem["process"]["draw"], data])
    parts = data_of(process_of(**problem["process"]), problem["rows"], random)
    folds, settings = folds_of(parts, count, data), {"layers": tuple(problem["layers"]), "lambda_": problem["lambda_"]}
    plan = start(parts, None, folds.rows, seeds=SEEDS, seed=SEEDS * data, **settings)
    scores = train_and_score(plan.problem, folds, members_of(plan.recipe, folds, plan.budget), plan.budget)
    metric = plan.problem.metric
    levels = _given(parts, best, metric) if is_given else compared.measure(plan.problem, folds, plan.budget)
    found = stand(scores, range(SEEDS), levels, folds, metric, None)
    ends = {name: (gap.size.low, gap.size.value, gap.size.high) for name, gap in found.gaps.items()}
    sizes = {name: [float(f"{end:.4g}") for end in each] for name, each in ends.items()}
    return {"verdict": found.verdict, "gaps": {name: gap.judgement for name, gap in found.gaps.items()}, "sizes": sizes}


def _given(data: Split, best: float, metric: str) -> Baselines:
    """The least cost and the trivial predictor's, without those that take time to measure."""
    y = data.cv.y
    trivial = given(float(y.std() if metric == "rmse" else 1 - np.bincount(y).max() / len(y)), metric)
    level = given(best, metric)
    return Baselines((level, trivial), level, trivial)


def level(problem: Settings, sets: int = 4) -> Result:
    """What the best measured baseline is expected to cost: the smaller mean of the linear model and of boosting."""
    source, costs = process_of(**problem["process"]), []
    for place in range(sets):
        random = np.random.default_rng([problem["rows"], problem["process"]["draw"], 1000 + place])
        data, fresh = data_of(source, problem["rows"], random), source.examples(random, FRESH // 2)
        cv = Part(fresh.X.astype(np.float32), fresh.y.astype(data.train.y.dtype), np.arange(len(fresh.y)))
        folds, first = folds_of(replace(data, cv=cv)), problem_of(data)
        measured = compared.measure(first, folds, budget_for(data.train.size, seeds=1)).measured[1:]
        costs.append([one.value.value for one in measured])
    means = np.mean(costs, axis=0)
    best = int(means.argmin())
    return {"level": float(means[best]), "error": float(np.std(costs, axis=0, ddof=1)[best] / math.sqrt(sets))}


def ought(words: dict[str, str]) -> str:
    """The verdict that leadline's rule gives for the true gaps."""
    if "high" not in (words["bias"], words["distance"]) or "high" not in (words["bias"], words["variance"]):
        return "done"
    return " and ".join(f"high {name}" for name in ("bias", "variance") if words[name] == "high")


def grade(words: dict[str, str], found: Result) -> str:
    """One verdict against the true gaps: "right", "in part", "open" or "wrong"."""
    verdict = found["verdict"]
    if verdict.startswith("undetermined"):
        return "open"
    if verdict == ought(words):
        return "right"
    named = [name for name in ("bias", "variance") if name in verdict]
    contrary = any(found["gaps"][name] not in ("undetermined", word) for name, word in words.items())
    return "in part" if named and all(words[name] == "high" for name in named) and not contrary else "wrong"


@dataclass(frozen=True)
class Graded:
    """One verdict beside the truth."""

    problem: str
    gaps: dict[str, float]
    true: dict[str, str]
    found: Result

    @property
    def grade(self) -> str:
        """As `grade` gives it."""
        return grade(self.true, self.found)


def summary(truths: dict[str, Result], levels: dict[str, Result], judgements: dict[str, Result]) -> Result:
    """Counts and shares for the reported problems and those tuned on, and a row for each problem."""
    problems, pool = candidates(), {name: true for name, true in truths.items() if true["decided"]}
    rows = {problem: {"settings": problems[problem], "truth": _measured(pool[problem])} for problem in pool}
    graded: dict[str, list[Graded]] = {}
    for case, found in judgements.items():
        arm, problem = case.rsplit("#", 1)[0].split(": ")
        gaps, true = true_gaps(pool[problem], None if ARMS[arm][1] else levels[problem])
        if true:
            graded.setdefault(f"{SIDES[problem[-1]]}: {arm}", []).append(Graded(problem, gaps, true, found))
            rows[problem].setdefault(arm, []).append(found["verdict"])
    ways = [f"{side}: {arm}" for side in reversed(SIDES.values()) for arm in ARMS]
    tables = {way: _table(graded[way]) for way in ways if way in graded}
    decided = Counter((problem.split("/")[2], truth["decided"]) for problem, truth in truths.items())
    left = {fault: {"drawn": decided[fault, True] + decided[fault, False], "kept": decided[fault, True]} for fault in FAULTS}
    return {"drawn": left, "tables": tables, "problems": rows}


def _measured(truth: Result) -> Result:
    return {name: value for name, value in truth.items() if name not in ("seconds", "decided")}


def _shares(grades: Sequence[str], names: Sequence[str]) -> Result:
    """How often each grade was given."""
    counts = Counter(grades)
    return {name: runner.share(counts[name], len(grades)) for name in names}


def _table(found: Sequence[Graded]) -> Result:
    """What one way of judging comes to: verdicts, in all and by the true verdict, and the gaps one by one."""
    by_truth: dict[str, list[str]] = {}
    for one in found:
        by_truth.setdefault(ought(one.true), []).append(one.grade)
    leaning = [one for one in found if "leaning" in one.found["verdict"]]
    return {
        "problems": len({one.problem for one in found}),
        "problems with a wrong one": len({one.problem for one in found if one.grade == "wrong"}),
        "all": _shares([one.grade for one in found], GRADES),
        "by truth": {true: _shares(grades, GRADES) for true, grades in sorted(by_truth.items())},
        "gaps": {name: _of_gap(found, name) for name in ("bias", "variance", "distance")},
        "leaning": {
            "verdicts": len(leaning),
            "right": sum(one.found["verdict"].split()[-1] in ought(one.true) for one in leaning),
        },
    }


def _of_gap(found: Sequence[Graded], name: str) -> Result:
    """How one gap was judged, and how often its interval held the true gap."""
    judged = [(one.found["gaps"][name], one.true[name]) for one in found]
    grades = ["open" if word == "undetermined" else "right" if word == true else "wrong" for word, true in judged]
    ends = [(one.found["sizes"][name], one.gaps[name]) for one in found]
    covered = sum(low <= gap <= high for (low, _, high), gap in ends)
    return _shares(grades, ("right", "open", "wrong")) | {"covered": runner.share(covered, len(found))}


def true_gaps(truth: Result, measured: Result | None = None) -> tuple[dict[str, float], dict[str, str]]:
    """The gaps from the least cost, or from the best measured baseline, and which are high; none where that cannot be said."""
    if measured is None:
        return {name: share * truth["delta"] for name, share in truth["gaps"].items()}, truth["words"]
    level, errors = measured["level"], dict(truth["errors"])
    delta = max(0.1 * level, 0.01 * truth["trivial"])
    gaps = {"bias": truth["J_train"] - level, "variance": truth["J_cv"] - truth["J_train"], "distance": truth["J_cv"] - level}
    errors |= {name: math.hypot(errors[name], measured["error"]) for name in ("bias", "distance")}
    return gaps, words(gaps, errors, delta)


def cases(truths: dict[str, Result]) -> tuple[dict[str, Settings], dict[str, Settings]]:
    """What there is to judge, by problem and data set; and the problems that are judged in all ways, every sixth."""
    problems, first = candidates(), next(iter(ARMS))
    pool = [problem for problem in problems if problem in truths and truths[problem]["decided"]]
    sixth = [problem for problem in list(problems)[::6] if problem in pool]
    judging = {
        f"{arm}: {name}#{data}": {"problem": problems[name], "data": data, "best": truths[name]["best"], "arm": arm}
        for arm in ARMS
        for name in (pool if arm == first else sixth)
        for data in range(DATASETS)
    }
    return judging, {name: {"problem": problems[name]} for name in sixth}


def main() -> None:
    """Measures the truths, then the levels of measured baselines, then judges."""
    asked, problems = runner.asked(__doc__), candidates()
    truths = runner.run("verdicts.truths", problems, truth, version=TRUTHS, asked=asked)
    judging, sixth = cases(truths)
    levels = runner.run("verdicts.levels", sixth, level, version=TRUTHS, asked=asked)
    judgements = runner.run("verdicts", judging, judged, version=JUDGEMENTS, asked=asked)
    if len(truths) == len(problems) and len(levels) == len(sixth) and len(judgements) == len(judging):
        runner.write("verdicts", summary(truths, levels, judgements))


if __name__ == "__main__":
    main()
