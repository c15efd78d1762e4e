"""What a page shows of a record, from what the record hands out; pure, and without a word of HTML."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from leadline.develop.climb import best_turn
from leadline.develop.moves import MOVES
from leadline.develop.past import Past
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.record import Cost, Difference, Run, Turn
from leadline.report import inside
from leadline.report.content import Chart, Table
from leadline.report.figures import ranges
from leadline.report.numbers import alike
from leadline.ui.figures import PARTS, side_by_side

__all__ = ["Compared", "RunLine", "Shown", "ShownTurn", "Step", "Walk", "compared", "lines", "walk"]

SHOWN_ABOVE = {*PARTS.values(), "predicted", "actual", "change", "hypothesis"}
"""Of two turns that are compared: what stands in words and in the chart, and so not in the table."""


@dataclass(frozen=True)
class RunLine:
    """A run among others.

    Attributes:
        number: Its number.
        name: What its data are called.
        state: "running", "stopped", "done" or "abandoned".
        begun: When, in UTC.
        turns: How many turns it has.
        cv: Its best J_cv as it is read, with its name; "" where no turn was finished.
    """

    number: int
    name: str
    state: str
    begun: str
    turns: int
    cv: str


@dataclass(frozen=True)
class ShownTurn:
    """A turn of a walk.

    Attributes:
        number: Its number.
        state: As the record has it.
        change: What was changed.
        why: Why.
        figures: What was measured, as names and words.
        verdict: Its verdict.
        seconds: How long it took; "" where it is not done.
        chosen: Whether it is the best.
    """

    number: int
    state: str
    change: str
    why: str
    figures: Mapping[str, str]
    verdict: str
    seconds: str
    chosen: bool


@dataclass(frozen=True)
class Step:
    """A remedy with which the next turn can be made.

    Attributes:
        name: Its name, which starts it.
        change: What it changes.
        gain: What it was measured to bring.
        sure: Whether it surely helps.
    """

    name: str
    change: str
    gain: str
    sure: bool


@dataclass(frozen=True)
class Walk:
    """A run as it is shown.

    Attributes:
        line: The run.
        turns: Its turns.
        chart: J_train, J_cv and baseline from turn to turn; None before the first is finished.
        best: The number of the best turn; 0 before the first is finished.
        measured: How many remedies the turn that is under way has measured, where one is.
        moves: How many are to be measured.
        steps: With what the next turn can be made.
        goes_on: Whether it is known where its data are, so that it can go on from here.
    """

    line: RunLine
    turns: Sequence[ShownTurn]
    chart: Chart | None
    best: int
    measured: int | None
    moves: int
    steps: Sequence[Step]
    goes_on: bool


@dataclass(frozen=True)
class Shown:
    """One of two turns that are compared.

    Attributes:
        name: RUN.TURN.
        run: The number of its run.
        number: Its number.
        change: What was changed.
        figures: What was measured, as names and words.
    """

    name: str
    run: int
    number: int
    change: str
    figures: Mapping[str, str]


@dataclass(frozen=True)
class Compared:
    """Two turns side by side.

    Attributes:
        pair: The two.
        chart: Their costs; None where they have none in common.
        table: In what else they differ; None where in nothing.
    """

    pair: tuple[Shown, Shown]
    chart: Chart | None
    table: Table | None


def lines(runs: Sequence[Run], turns: Sequence[Sequence[Turn]]) -> list[RunLine]:
    """The runs of a record, the last one first."""
    return [_line(run, own) for run, own in zip(runs, turns, strict=True)][::-1]


def walk(run: Run, turns: Sequence[Turn]) -> Walk:
    """A run with its turns, and what can be done next."""
    done = [turn for turn in turns if turn.state == "done" and turn.J_cv is not None]
    best = best_turn(done)
    running = next((turn for turn in turns if turn.state == "running"), None)
    chosen = best.number if best else 0
    return Walk(
        line=_line(run, turns),
        turns=[_turn(turn, chosen) for turn in turns],
        chart=_chart(done, chosen) if done else None,
        best=chosen,
        measured=len(running.checkpoint["remedies"]) if running else None,
        moves=len(MOVES),
        steps=_steps(turns, done[0].metric) if done else (),
        goes_on=bool(run.settings.get("source")),
    )


def compared(turns: tuple[Turn, Turn], differences: Sequence[Difference]) -> Compared:
    """Two turns side by side, from what `leadline.record.compare` found."""
    first, second = turns
    one, other = (
        Shown(f"{turn.run}.{turn.number}", turn.run, turn.number, turn.change, _figures(turn)) for turn in (first, second)
    )
    others = (part for part in differences if part.name.partition(".")[0] not in SHOWN_ABOVE)
    rows = [(part.name, _cell(part.first), _cell(part.second), _cell(part.change)) for part in others]
    table = Table("In what they differ", ("", one.name, other.name, "change"), rows, (0, 1, 2)) if rows else None
    measured = first.metric == second.metric and first.J_cv is not None and second.J_cv is not None
    chart = None
    if measured:
        named = {one.name: first, other.name: second} if one.name != other.name else {one.name: first}
        parts = [(name, _figures(turn)) for name, turn in named.items()]
        says = "; ".join(f"turn {name}: " + ", ".join(f"{key} {words}" for key, words in found.items()) for name, found in parts)
        head = ("", *named)
        cells = [(part, *(found.get(part, "") for _, found in parts)) for part in PARTS]
        title = f"{METRICS[first.metric].capitalize()} of both, with 90 % intervals"
        height = 70.0 + 45 * len(named) * len(PARTS)
        draw = functools.partial(side_by_side, named)
        chart = Chart("both", title, says, [draw], (height, height), (Table("The costs", head, cells),))
    return Compared((one, other), chart, table)


def _line(run: Run, turns: Sequence[Turn]) -> RunLine:
    source = run.settings.get("source")
    table = PurePath(source["table"] or "handwritten digits").name if source else f"data {run.data_digest[:12]}"
    target = f", {source['target']}" if source and source["target"] else ""
    best = best_turn([turn for turn in turns if turn.J_cv is not None])
    cv = f"{SHORT[best.metric]} {number(best.metric)(best.J_cv.value)}" if best and best.J_cv else ""
    return RunLine(run.number, table + target, run.standing, run.started[:16].replace("T", " "), len(turns), cv)


def _turn(turn: Turn, chosen: int) -> ShownTurn:
    seconds = "" if turn.seconds is None else f"{turn.seconds:.0f} s"
    verdict = turn.evidence["verdict"] if turn.evidence else ""
    figures, is_chosen = _figures(turn), turn.number == chosen
    return ShownTurn(turn.number, turn.state, turn.change, turn.hypothesis, figures, verdict, seconds, is_chosen)


def _figures(turn: Turn) -> dict[str, str]:
    """What was measured of a turn, in words, where it was."""
    figures = {part: _told(getattr(turn, key), turn.metric) for part, key in PARTS.items()}
    decides = decisive(turn.metric)
    for name, cost in (("promised", turn.predicted), ("came", turn.actual)):
        figures[f"Δ {SHORT[decides]} {name}"] = _told(cost, decides, change=True)
    return {name: words for name, words in figures.items() if words}


def _told(cost: Cost | None, metric: str, *, change: bool = False) -> str:
    found = inside.cost_estimate(cost)
    if found is None:
        return ""
    show = number(metric)
    if not change:
        return ranges(found, show)
    write = alike(found, show)
    return ranges(found, lambda value: signed(value, write))


def _chart(done: Sequence[Turn], chosen: int) -> Chart:
    metric = done[0].metric
    each = [(turn.number, _figures(turn)) for turn in done]
    title = f"{METRICS[metric].capitalize()} on train and cv from turn to turn, with 90 % intervals"
    says = "; ".join(f"turn {number}: " + ", ".join(f"{part} {found.get(part, '')}" for part in PARTS) for number, found in each)
    rows = [(str(number), *(found.get(part, "") for part in PARTS)) for number, found in each]
    table = Table("The turns", ("turn", *PARTS), rows, tones=["good" if number == chosen else "" for number, _ in each])
    return Chart("turns", title, says, [functools.partial(inside.turns, done, chosen)], (320, 300), (table,))


def _steps(turns: Sequence[Turn], metric: str) -> list[Step]:
    decides, found = decisive(metric), []
    for remedy in Past(tuple(turns)).proposals:
        assert remedy.gain is not None
        write = functools.partial(signed, show=alike(remedy.gain, number(decides)))
        found.append(Step(remedy.name, remedy.change, f"Δ {SHORT[decides]} {ranges(remedy.gain, write)}", remedy.helps))
    return found


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return number("cost")(value)
    return "" if value is None else str(value)
