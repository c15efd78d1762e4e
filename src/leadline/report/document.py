"""A report as a document: the story of a diagnosis, or of a walked loop, in the order in which a person decides."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.record import Cost, Turn
from leadline.report import decisions, findings, inside
from leadline.report.content import Chart, Document, Section, Table
from leadline.report.figures import Plain, ranges

__all__ = ["document"]


def document(
    evidence: Plain, title: str, *, command: str = "", turns: Sequence[Turn] = (), words: Sequence[str] = ()
) -> Document:
    """The report of a diagnosis.

    Args:
        evidence: `Diagnosis.to_dict()`, or what a record keeps of it; of a loop, that of the turn that was chosen.
        title: What was diagnosed.
        command: What was typed, if it was.
        turns: The finished turns of a loop.
        words: What else is to be said of the loop.
    """
    verdict, rows = evidence["verdict"], evidence["data"]["rows"]
    grounds = {words.split(" ")[0]: words for words in evidence.get("grounds", ())}
    named = [gap for gap in ("bias", "variance") if gap in verdict] or ["distance"]
    because = " and ".join(grounds[gap].partition(": ")[2] for gap in named if gap in grounds)
    sizes = [evidence["inputs"], *(one["output"] for one in evidence["network"])]
    units = " → ".join(dict.fromkeys(" × ".join(map(str, shape)) for shape in sizes)) if len(sizes) > 8 else None
    units = units or " → ".join(" × ".join(map(str, shape)) for shape in sizes)
    sections = [
        _loop(turns, evidence, words) if turns else None,
        decisions.standing(evidence),
        decisions.learning_curve(evidence),
        decisions.lambda_curve(evidence),
        decisions.remedies(evidence),
        findings.network(evidence),
        findings.errors(evidence),
        findings.data(evidence),
        findings.computed(evidence, command),
    ]
    return Document(
        title=title,
        about=f"{sum(rows.values()):,} rows; target {evidence['data']['target']['name']}; network {units}",
        tone={"done": "good"}.get(verdict, "open" if verdict.startswith("undetermined") else "bad"),
        verdict=f"{verdict[0].upper()}{verdict[1:]}{': ' + because if because else ''}.",
        grounds=[f"{ground[0].upper()}{ground[1:]}." for ground in grounds.values()],
        action=evidence["next_step"]["action"],
        reasons=evidence["next_step"]["reasons"],
        sections=[section for section in sections if section is not None],
    )


def _loop(turns: Sequence[Turn], evidence: Plain, words: Sequence[str]) -> Section:
    """The loop, from turn to turn."""
    metric = turns[0].metric
    show, decides = number(metric), decisive(metric)
    chosen = next((turn.number for turn in turns if turn.evidence == evidence), 0)

    def told(cost: Cost | None, metric: str, *, change: bool = False) -> str:
        if cost is None:
            return ""
        found = inside.cost_estimate(cost)
        assert found is not None
        write = number(metric)
        return ranges(found, (lambda value: signed(value, write)) if change else write)

    rows = [
        (
            f"{turn.number}{' (chosen)' if turn.number == chosen else ''}",
            turn.change,
            told(turn.J_train, metric),
            told(turn.J_cv, metric),
            told(turn.predicted, decides, change=True),
            told(turn.actual, decides, change=True),
            f"{turn.seconds or 0:.0f}",
        )
        for turn in turns
    ]
    gain = f"Δ {SHORT[decides]}"
    head = ("turn", "change", "train", "cv", f"{gain} promised", f"{gain} came", "seconds")
    table = Table("The turns", head, rows, words=(0, 1), tones=["good" if turn.number == chosen else "" for turn in turns])
    costs = [inside.cost_estimate(turn.J_cv) for turn in turns]
    says = "; ".join(f"turn {turn.number}: cv {ranges(cost, show)}" for turn, cost in zip(turns, costs, strict=True) if cost)
    title = (
        f"{METRICS[metric].capitalize()} on train and cv from turn to turn, with 90 % intervals. The sections below are those of "
    )
    title += "the chosen turn."
    draw = functools.partial(inside.turns, turns, chosen)
    changes = Table(
        "What was changed", ("turn", "change", "why"), [(str(t.number), t.change, t.hypothesis) for t in turns], (0, 1, 2)
    )
    return Section("loop", "The loop", words, (Chart("loop", title, says, [draw], (320, 300), (table,)),), (changes,))
