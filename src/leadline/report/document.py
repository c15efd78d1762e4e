"""A report as a document: the story of a diagnosis, or of a walked loop, in the order in which a person decides."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from leadline.develop.problem import METRICS, SHORT, decisive, number
from leadline.record import Turn
from leadline.report import decisions, findings, inside
from leadline.report.content import Chart, Document, Section, Table
from leadline.report.figures import Plain, ranges
from leadline.report.measured import cost_told
from leadline.report.numbers import sentence
from leadline.words import _, told

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
    rows = evidence["data"]["rows"]
    grounds = {words.split(" ")[0]: words for words in evidence.get("grounds", ())}
    named = [gap for gap in ("bias", "variance") if gap in evidence["verdict"]] or ["distance"]
    because = [told(grounds[gap].partition(": ")[2]) for gap in named if gap in grounds]
    verdict = sentence(told(evidence["verdict"]))
    if because:
        both = _("{first} and {second}", first=because[0], second=because[-1]) if len(because) > 1 else because[0]
        verdict = _("{title}: {what}", title=verdict, what=both)
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
        about=_(
            "{rows} rows; target {target}; network {units}",
            rows=f"{sum(rows.values()):,}",
            target=evidence["data"]["target"]["name"],
            units=units,
        ),
        tone={"done": "good"}.get(evidence["verdict"], "open" if evidence["verdict"].startswith("undetermined") else "bad"),
        verdict=_("{sentence}.", sentence=verdict),
        grounds=[_("{sentence}.", sentence=sentence(told(ground))) for ground in grounds.values()],
        action=told(evidence["next_step"]["action"]),
        reasons=[told(reason) for reason in evidence["next_step"]["reasons"]],
        sections=[section for section in sections if section is not None],
    )


def _loop(turns: Sequence[Turn], evidence: Plain, words: Sequence[str]) -> Section:
    """The loop, from turn to turn."""
    metric = turns[0].metric
    show, decides = number(metric), decisive(metric)
    chosen = next((turn.number for turn in turns if turn.evidence == evidence), 0)

    rows = [
        (
            _("{turn} (chosen)", turn=turn.number) if turn.number == chosen else f"{turn.number}",
            told(turn.change),
            cost_told(turn.J_train, metric),
            cost_told(turn.J_cv, metric),
            cost_told(turn.predicted, decides, change=True),
            cost_told(turn.actual, decides, change=True),
            f"{turn.seconds or 0:.0f}",
        )
        for turn in turns
    ]
    gain = f"Δ {told(SHORT[decides])}"
    promised, came = _("{gain} promised", gain=gain), _("{gain} came", gain=gain)
    head = (_("turn"), _("change"), _("train"), _("cv"), promised, came, _("seconds"))
    table = Table(_("The turns"), head, rows, words=(0, 1), tones=["good" if turn.number == chosen else "" for turn in turns])
    costs = [inside.cost_estimate(turn.J_cv) for turn in turns]
    says = "; ".join(
        _("turn {turn}: cv {cost}", turn=turn.number, cost=ranges(cost, show))
        for turn, cost in zip(turns, costs, strict=True)
        if cost
    )
    title = _(
        "{metric} on train and cv from turn to turn, with 90 % intervals. The sections below are those of the chosen turn.",
        metric=sentence(told(METRICS[metric])),
    )
    draw = functools.partial(inside.turns, turns, chosen)
    changes = Table(
        _("What was changed"),
        (_("turn"), _("change"), _("why")),
        [(str(t.number), told(t.change), told(t.hypothesis)) for t in turns],
        (0, 1, 2),
    )
    return Section("loop", _("The loop"), words, (Chart("loop", title, says, [draw], (320, 300), (table,)),), (changes,))
