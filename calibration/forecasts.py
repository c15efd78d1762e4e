"""Forecasts of "more data" against what more data then brought, on real tables.

    python calibration/forecasts.py                # goes on where it was stopped; writes forecasts.json beside it
    python calibration/forecasts.py --data FOLDER  # where index.csv and the tables lie; by default ../shared/data

Curves that stand in forecasts.json are not trained anew: after a change of leadline.develop.forecast this makes new forecasts
from them in minutes. Take the file away to train all of them.

Each table is split (60 % train, 20 % cv, 20 % test; tables of over 6,000 rows are thinned to 6,000 first), twice. The network
that leadline starts with is trained on up to 9 sizes up to half of the train rows, and on all of them: 5 seeds, all for the same
number of steps. From the half, J_cv of all rows is forecast (2 ×); from the sizes up to a quarter, those of the half (2 ×) and of
all (4 ×). Both J and the error that a person reads are forecast.

What a forecast says is held against what was measured:
- gain: the fall of J_cv on the same cv examples. This is the strict one: no noise of examples widens its interval.
- J_cv: against J on the test rows, examples that the curve has not seen.
Beside it stand two naive forecasts: the last value stays, and a straight line through ln J over ln m.

The constants of leadline.develop.forecast were chosen on the tables of TUNED. REPORTED had no part in that, but was looked at
once before the error a doubling came to be read off the curve itself: until then the intervals held 82 % of the truths of J at
2 ×, and 58 % at 4 ×. FRESH, smaller tables, was trained only after that.
"""

from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import runner

from leadline.data.split import Part, split
from leadline.data.table import read_table
from leadline.develop.costs import Scores
from leadline.develop.curves import LearningCurve, read_learning_curve
from leadline.develop.folds import folds_of
from leadline.develop.forecast import forecast
from leadline.develop.intervals import Estimate
from leadline.develop.population import Budget, budget_for, learning_members, train_and_score
from leadline.develop.problem import default_metric, problem_of

HERE = Path(__file__).parent
FOUND = HERE / "forecasts.json"
DATA = HERE.parent.parent / "shared" / "data"
TUNED = (
    "ames", "bodyfat", "breast.w", "california", "credit.a", "cylinder.bands", "king_county", "optdigits", "pbc", "segment",
    "soybean",
)  # fmt: skip
REPORTED = (
    "abalone", "adult", "anneal", "boston", "cmc", "colic", "cpu.act", "credit.g", "dermatology", "diabetes", "heart918",
    "ionosphere", "meta", "page.blocks", "penguins", "quake", "sensory", "sick", "spambase", "stock", "strike", "titanic",
    "vehicle", "vowel",
)  # fmt: skip
FRESH = (
    "autos", "glass", "haberman", "hepatitis", "iris", "lowbwt", "machine.cpu", "sonar", "triazines", "wine", "wisconsin",
)  # fmt: skip
GROUPS = {"tuned": TUNED, "reported": REPORTED, "fresh": FRESH}
ROWS, SEEDS, SPLITS = 6_000, 5, 2
TIMES = {"2 ×, from half": (-1, -1), "2 ×, from a quarter": (-3, -2), "4 ×, from a quarter": (-3, -1)}
"""Sizes up to which place a forecast sees, and the place of the size that it forecasts."""


@dataclass(frozen=True)
class Outcome:
    """One forecast and what was measured; relative to the last J_cv that it saw."""

    table: str
    metric: str
    what: str
    refusal: str
    truth: float
    forecast: float
    interval: tuple[float, float]
    fresh: float
    fresh_interval: tuple[float, float]
    naive: dict[str, float]

    @property
    def covers(self) -> bool:
        """Whether the truth lies in the interval of the gain."""
        return self.interval[0] <= self.truth <= self.interval[1]

    @property
    def covers_fresh(self) -> bool:
        """Whether J on new examples lies in the interval of J_cv."""
        return self.fresh_interval[0] <= self.fresh <= self.fresh_interval[1]


def measured(name: str, number: int, data: Path) -> dict[str, Any]:
    """Trains a table's learning curve and gives its figures, as plain data."""
    row = pl.read_csv(data / "index.csv").row(by_predicate=pl.col("name") == name, named=True)
    table = read_table(data / row["file"])
    if table.size > ROWS:
        table = table.take(np.random.default_rng(0).permutation(table.size)[:ROWS])
    parts = split(table, target=row["target"], drop_missing=True, seed=number)
    cv, test, rows = parts.cv, parts.test.open(), parts.train.size
    both = Part(*(np.concatenate([getattr(cv, field), getattr(test, field)]) for field in ("X", "y", "rows")))
    problem, budget = problem_of(parts), budget_for(rows, seeds=SEEDS, seed=number * SEEDS)
    sizes = sorted({max(8, round(rows * 2 ** (-halves / 2))) for halves in (0, *range(2, 11))})
    held = folds_of(replace(parts, cv=both))
    scores = train_and_score(problem, held, learning_members(problem.recipe, sizes, held, budget), budget)
    metrics = ("cost", default_metric(parts.target))
    curves = {metric: figures(scores, sizes, budget, metric, cv.size) for metric in metrics}
    return {"sizes": sizes, "metrics": curves}


def figures(scores: Scores, sizes: Sequence[int], budget: Budget, metric: str, cv: int) -> dict[str, Any]:
    """A metric's curve on the first `cv` examples, and its means on the others, to six digits."""
    places = (slice(None, cv), slice(cv, None))
    taken = (replace(scores, cv={name: values[:, place] for name, values in scores.cv.items()}) for place in places)
    own, other = (read_learning_curve(part, sizes, budget, metric) for part in taken)
    short = lambda values: [float(f"{value:.6g}") for value in values]  # noqa: E731
    means = {"value": short(e.value for e in own.cv), "spread_examples": short(e.spread_examples for e in own.cv)}
    return {"J_cv": [short(row) for row in own.J_cv], **means, "test": short(e.value for e in other.cv)}


def outcomes(table: str, record: dict[str, Any]) -> Iterator[Outcome]:
    """The forecasts of one table's curves."""
    for metric, curve in record["metrics"].items():
        for what, (upto, to) in TIMES.items():
            yield outcome(table, metric, what, record["sizes"], curve, upto, to)


def outcome(table: str, metric: str, what: str, sizes: Sequence[int], curve: dict[str, Any], upto: int, to: int) -> Outcome:
    """One forecast from the sizes before place `upto` of that at place `to`."""
    means = tuple(Estimate(value, value, value, spread) for value, spread in zip(curve["value"], curve["spread_examples"]))
    J = np.array(curve["J_cv"])[:upto]
    ahead = forecast(LearningCurve(tuple(sizes[:upto]), metric, J, J, means[:upto], means[:upto]), [sizes[to]])
    seen, unit = curve["value"][:upto], curve["value"][:upto][-1] or 1.0
    truth, fresh = curve["value"][to] / unit, curve["test"][to] / unit
    naive = {"last value": seen[-1] / unit, "line in log-log": line(sizes[:upto], seen, sizes[to]) / unit}
    if ahead.refusal:
        none = (np.nan, np.nan)
        return Outcome(table, metric, what, ahead.refusal, truth, np.nan, none, fresh, none, naive)
    point = ahead.points[0]
    own = ((seen[-1] - point.gain.high) / unit, (seen[-1] - point.gain.low) / unit)
    new = (point.J_cv.low / unit, point.J_cv.high / unit)
    return Outcome(table, metric, what, "", truth, point.J_cv.value / unit, own, fresh, new, naive)


def line(sizes: Sequence[int], values: Sequence[float], size: int) -> float:
    """The forecast of a straight line in log-log; where a value is 0, the last one."""
    if min(values) <= 0:
        return values[-1]
    return float(np.exp(np.polyval(np.polyfit(np.log(sizes), np.log(values), 1), np.log(size))))


def summary(found: Sequence[Outcome]) -> dict[str, float]:
    """Shares and medians over some forecasts."""
    made = [one for one in found if not one.refusal]
    error: Callable[[Callable[[Outcome], float]], float] = lambda read: float(  # noqa: E731
        np.median([abs(read(one) / one.truth - 1) for one in made if one.truth > 0])
    )
    return {
        "tables": len({one.table.split("/")[0] for one in found}),
        "curves": len(found),
        "refused": 1 - len(made) / len(found),
        "covers": float(np.mean([one.covers for one in made])),
        "covers on new examples": float(np.mean([one.covers_fresh for one in made])),
        "width": float(np.median([one.interval[1] - one.interval[0] for one in made])),
        "error": error(lambda one: one.forecast),
        **{name: error(lambda one, name=name: one.naive[name]) for name in ("last value", "line in log-log")},
    }


def report(found: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Prints a line for each group of tables, metric and reach, and gives their figures."""
    groups: dict[str, list[Outcome]] = {}
    for one in found:
        side = next(side for side, names in GROUPS.items() if one.table.split("/")[0] in names)
        kind = "J" if one.metric == "cost" else "error or RMSE"
        for group in (f"{side}: {one.what}, {kind}", f"{side}: {one.what}, both"):
            groups.setdefault(group, []).append(one)
    table = {name: summary(group) for name, group in sorted(groups.items(), key=lambda item: item[0])}
    if table:
        print(f"{'':46}" + "".join(f"{name:>24}" for name in next(iter(table.values()))))
    for name, row in table.items():
        print(f"{name:46}" + "".join(f"{value:24.3g}" for value in row.values()))
    return table


def reasons(found: Sequence[Outcome]) -> dict[str, int]:
    """How often each reason of a refusal stands, by its first words."""
    words = [" ".join(one.refusal.split()[:4]) if not one.refusal.startswith("With") else "interval too wide" for one in found]
    return {word: words.count(word) for word in sorted(set(words)) if word}


def main() -> None:
    """Trains what is not trained yet, and forecasts from all curves."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of index.csv")
    asked = runner.asked(__doc__, parser)
    wanted = [f"{name}/{number}" for number in range(SPLITS) for name in sorted(TUNED + REPORTED + FRESH)]
    curves = json.loads(FOUND.read_text(encoding="utf-8"))["curves"] if FOUND.exists() else {}
    missing = {key: {"name": key.split("/")[0], "number": int(key.split("/")[1])} for key in wanted if key not in curves}
    measure = functools.partial(measured, data=parser.parse_args().data)
    curves |= runner.run("forecasts", missing, measure, version="1", asked=asked)
    found = [one for key in wanted if key in curves for one in outcomes(key, curves[key])]
    for one in found:
        verdict = one.refusal or f"{one.forecast:.3f} [{one.interval[0]:.3f}, {one.interval[1]:.3f}], was {one.truth:.3f}"
        print(f"{one.table:20}{one.what:22}{one.metric:7}{verdict}{'' if one.refusal or one.covers else '  missed'}")
    table, refusals = report(found), reasons(found)
    print(refusals)
    if len(curves) == len(wanted):
        runner.write("forecasts", {"curves": curves, "summary": table, "refusals": refusals})


if __name__ == "__main__":
    main()
