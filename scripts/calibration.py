"""Writes docs/calibration.md from the results in calibration/. Run it after a calibration.

A calibration that has no results yet has no section.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["PAGE", "RESULTS", "SECTIONS", "generated"]

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "calibration"
PAGE = ROOT / "docs" / "calibration.md"

Summary = Mapping[str, Any]

OPENING = """# Calibration

How often leadline is right, measured where the truth is known. Each section is one calibration: a script in `calibration/`, the
results it left beside it, and what they come to. `make calibrate` runs all of them, goes on where it was stopped, and writes this
page. Intervals of shares are Wilson's, 90 %.
"""

VERDICTS = """
Synthetic problems whose least possible error is known: polynomials, Friedman's function, sines and teacher networks with noise;
labels flipped at random; classes drawn from known probabilities; normal clouds. Each has 5 to 20 features, 200 to 4,000 rows, a
network and a λ, chosen with a fault in mind (`calibration/processes.py`, `calibration/problems.py`). Its true gaps are measured
on 16 to 40 fresh training sets and 20,000 fresh rows. Where a true gap lies within 20 % of the tolerance δ, or is not surely
outside that, there is nothing to be right about: such problems are left out, and no other.
"""

GRADES = """
Each problem is judged on 5 data sets with 5 seeds (`calibration/verdicts.py`); every sixth in all ways, the rest in the first.
*Right* is the whole truth; *in part*: what is named is high, but a gap left open would have changed the word, counted neither
as wrong nor as open; *open*: undetermined, leaning or not; *wrong*: all else. Wanted: wrong in no more than 5 %, open in no more
than 30 %. "tuned" are the problems that rules may be tried on, "reported" those that have no part in it. A baseline that is
measured can itself be far from the least error; the truth is then taken from what it is expected to cost.
"""

ALARMS = """
Planted faults and healthy networks, on data sets of different kinds (`calibration/alarms.py`). An alarm is false when it is
raised on a healthy network or on a fault that it does not suggest; a fault is recalled when some raised alarm suggests it. The
limits were chosen on the cases "tuned". Wanted: precision of at least .9, recall of at least .8.
"""

ADVICE = """
Real tables, half of each untouched (`calibration/advice.py`). A network is diagnosed on the other half, then
trained anew with other seeds, as it was and with each remedy that was said to help, and both are measured on the untouched half.
A prediction came true where J (for numbers the RMSE) is lower with the remedy. Wanted: at least 80 % of those predicted to gain.
"""

AT_THE_END = """
`develop` with one minute on real tables, against scikit-learn's multilayer perceptron and histogram gradient boosting at their
defaults, on test rows that nobody saw (`calibration/results.py`). A table is won where the mean error (or RMSE) over its splits
is lower. Wanted: better than the perceptron on at least 85 % of tables, than boosting on at least 50 %.
"""

FORECASTS = """
Real tables, each split twice (`calibration/forecasts.py`): from the learning curve up to a half or a quarter of the training
rows, what J_cv, and the error that a person reads, will be with 2 or 4 times as many, against what it then was. The 90 % interval
of the gain should cover the truth on the same cv rows, that of J_cv the truth on rows never seen. *Error* is the median distance
of the forecast from the truth; beside it two naive forecasts: the last value stays, and a straight line in log-log.
"""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, the first column to the left, numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def percent(share: float | None) -> str:
    """A share as a person reads it."""
    return "–" if share is None else f"{100 * share:.0f} %"


def counted(part: Summary) -> str:
    """A share with its interval."""
    low, high = part["interval"]
    return "–" if part["of"] == 0 else f"{100 * part['share']:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def measured_with(summary: Summary) -> str:
    """One line on versions and machine."""
    versions = dict(summary["measured with"])
    machine = versions.pop("machine")
    return f"Measured with {', '.join(f'{name} {version}' for name, version in versions.items())}, on {machine}."


def verdicts(summary: Summary) -> str:
    """The section on verdicts."""
    drawn, tables = summary["drawn"], summary["tables"]
    chosen = [[fault, str(one["drawn"]), str(one["kept"])] for fault, one in drawn.items()]
    chosen.append(["all", *(str(sum(one[key] for one in drawn.values())) for key in ("drawn", "kept"))])
    parts = ["reported", "tuned"]
    arms = {name: one for part in parts for name, one in tables.items() if name.startswith(part)}
    words = ("right", "in part", "open", "wrong")
    in_all = [
        [name, str(one["problems"]), str(one["all"]["right"]["of"]), *(percent(one["all"][word]["share"]) for word in words[:2])]
        + [counted(one["all"][word]) for word in words[2:]]
        + [str(one["problems with a wrong one"])]
        for name, one in arms.items()
    ]
    by_truth = [
        [f"{name.removeprefix('reported: ')}: {true}", str(one["right"]["of"]), *(percent(one[word]["share"]) for word in words)]
        for name, arm in arms.items()
        if name.startswith("reported")
        for true, one in arm["by truth"].items()
    ]
    gaps = [
        [f"{name.removeprefix('reported: ')}: {gap}", str(one["right"]["of"])]
        + [percent(one[word]["share"]) for word in ("right", "open")]
        + [counted(one["wrong"]), percent(one["covered"]["share"])]
        for name, arm in arms.items()
        if name.startswith("reported")
        for gap, one in arm["gaps"].items()
    ]
    leaning = [arm["leaning"] for name, arm in arms.items() if name.startswith("reported")]
    told, of = (sum(one[key] for one in leaning) for key in ("right", "verdicts"))
    return "\n\n".join(
        [
            "## Verdicts",
            VERDICTS.strip(),
            table(("planted fault", "drawn", "kept"), chosen),
            GRADES.strip(),
            table(("", "problems", "verdicts", *words, "problems with a wrong one"), in_all),
            fell_short(arms),
            "By what is true:",
            table(("", "verdicts", *words), by_truth),
            "The gaps one by one, and how often the 90 % interval held the true gap:",
            table(("", "gaps", "right", "open", "wrong", "held"), gaps),
            f"Of {of} verdicts that were open but leaning, {told} leaned to what is true."
            if of
            else "No open verdict leaned to a side.",
            measured_with(summary),
        ]
    )


def fell_short(arms: Mapping[str, Summary]) -> str:
    """Which of the reported ways of judging missed what was wanted."""
    wanted = {"wrong": 0.05, "open": 0.30}
    missed = [
        f"{name.removeprefix('reported: ')}: {percent(arm['all'][word]['share'])} {word}, wanted at most {percent(most)}"
        for name, arm in arms.items()
        if name.startswith("reported")
        for word, most in wanted.items()
        if arm["all"][word]["share"] > most
    ]
    return "Nothing fell short." if not missed else "What fell short: " + "; ".join(missed) + "."


def forecasts(summary: Summary) -> str:
    """The section on forecasts of more data."""
    sides = {"reported": "reported", "fresh": "reported, small tables", "tuned": "tuned"}
    rows = []
    for side, name in sides.items():
        for group, one in summary["summary"].items():
            if group.startswith(f"{side}: ") and group.endswith(", both"):
                what = group.removeprefix(f"{side}: ").removesuffix(", both")
                shares = [percent(one[key]) for key in ("refused", "covers", "covers on new examples", "error", "last value")]
                rows.append([f"{name}: {what}", str(one["tables"]), str(one["curves"]), *shares, percent(one["line in log-log"])])
    head = ("", "tables", "curves", "refused", "gain covered", "J on new rows covered", "error", "last value", "straight line")
    met = summary["summary"]["reported: 2 ×, from half, both"]["covers"]
    reasons = ", ".join(f"{reason!r} {count}" for reason, count in summary["refusals"].items())
    return "\n\n".join(
        [
            "## Forecasts of more data",
            FORECASTS.strip(),
            table(head, rows),
            f"Wanted: at least 85 % covered at twice the data; {percent(met)} were. How often a forecast was refused, and why: "
            f"{reasons}.",
        ]
    )


def alarms(summary: Summary) -> str:
    """The section on alarms about a training."""
    sides = [side for side in ("reported", "tuned") if side in summary]
    keys = [key for key in summary[sides[0]]["overall"] if key not in ("with a fault", "healthy", "alarms")]
    counts = ("with a fault", "healthy", "alarms")
    overall = [
        [side, *(str(summary[side]["overall"][key]) for key in counts), *(percent(summary[side]["overall"][key]) for key in keys)]
        for side in sides
    ]
    each = [
        [name, str(one["raised"]), percent(one["precision"]), str(one["cases"]), percent(one["recall"])]
        for name, one in summary["reported"]["alarms"].items()
    ]
    faults = [[fault, percent(share)] for fault, share in summary["reported"]["recall by fault"].items()]
    reported = summary["reported"]["overall"]
    missed = [f"{word} {reported[word]:.2f}" for word, least in (("precision", 0.9), ("recall", 0.8)) if reported[word] < least]
    return "\n\n".join(
        [
            "## Alarms",
            ALARMS.strip(),
            table(("", *counts, *keys), overall),
            f"What fell short: {', '.join(missed)}." if missed else "Nothing fell short.",
            'Each alarm, on the reported cases; "cases" had a fault that it suggests:',
            table(("", "raised", "precision", "cases", "recall"), each),
            table(("planted fault", "recalled"), faults),
            measured_with(summary),
        ]
    )


def of_each(summary: Summary) -> str:
    """How often each table was split."""
    return "1 split of each" if summary["splits"] == 1 else f"{summary['splits']} splits of each"


def advice(summary: Summary) -> str:
    """The section on remedies."""
    kinds = {"the remedy put first": "chosen", "every remedy said to help": "all"}
    rows = [[name, str(summary[key]["of"]), counted(summary[key])] for name, key in kinds.items()]
    rows += [[name, str(one["of"]), counted(one)] for name, one in summary["by remedy"].items() if one["of"]]
    met = summary["chosen"]["share"]
    return "\n\n".join(
        [
            "## Advice",
            ADVICE.strip(),
            f"{summary['tables']} tables, {of_each(summary)}. No remedy was said to help in {counted(summary['nothing said'])} "
            f"of the diagnoses. Of a predicted gain {percent(summary['shrunk to'])} came, the median.",
            table(("", "predictions", "came true"), rows),
            "Nothing fell short." if met and met >= 0.8 else f"What fell short: {percent(met)} of the first remedies came true.",
            measured_with(summary),
        ]
    )


def results(summary: Summary) -> str:
    """The section on the end result."""
    peers = {"multilayer perceptron": ("mlp", 0.85), "gradient boosting": ("boosting", 0.5)}
    rows = [
        [name, counted(summary[key]["better"]), str(summary[key]["equal"]), counted(summary[key]["better by cross-entropy"])]
        for name, (key, _) in peers.items()
    ]
    each = [
        [row["table"], row["kind"], f"{row['rows']:,}", *(f"{next(iter(row[who].values())):.4g}" for who in WHO)]
        for row in summary["each"]
    ]
    missed = [
        f"better than {name} on {percent(summary[key]['better']['share'])}, wanted {percent(least)}"
        for name, (key, least) in peers.items()
        if summary[key]["better"]["share"] < least
    ]
    return "\n\n".join(
        [
            "## The end result",
            AT_THE_END.strip(),
            f"Measured with {of_each(summary)} table, {summary['tables at once']} at once.",
            table(("against", f"better, of {summary['tables']} tables", "equal", "better by cross-entropy"), rows),
            f"What fell short: {'; '.join(missed)}." if missed else "Nothing fell short.",
            "The share misclassified, or the RMSE, of each table:",
            table(("", "kind", "rows", *WHO), each),
            measured_with(summary),
        ]
    )


WHO = ("leadline", "mlp", "boosting")
SECTIONS: dict[str, Callable[[Summary], str]] = {
    "verdicts": verdicts,
    "alarms": alarms,
    "forecasts": forecasts,
    "advice": advice,
    "results": results,
}
"""What writes the section of each calibration, in the order of the page."""


def generated() -> str:
    """The page, from the results that there are."""
    found = {name: RESULTS / f"{name}.json" for name in SECTIONS}
    sections = [SECTIONS[name](json.loads(path.read_text(encoding="utf-8"))) for name, path in found.items() if path.exists()]
    return "\n".join([OPENING, "\n\n".join(sections), ""])


def main() -> None:
    """Writes the page."""
    PAGE.write_text(generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
