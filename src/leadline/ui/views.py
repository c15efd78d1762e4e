"""What a page shows of a record, from what the record hands out; pure, and without a word of HTML."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from leadline.develop.climb import best_turn
from leadline.develop.moves import MOVES
from leadline.develop.past import Past
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.record import Difference, Run, Turn
from leadline.report import inside
from leadline.report.content import Chart, Table
from leadline.report.figures import ranges
from leadline.report.measured import PARTS, costs_told, figures_told, others
from leadline.report.numbers import alike, sentence
from leadline.report.turns import state_told
from leadline.ui.figures import side_by_side
from leadline.words import _, told

__all__ = ["Compared", "RunLine", "Shown", "ShownTurn", "Step", "Walk", "compared", "lines", "walk"]


@dataclass(frozen=True)
class RunLine:
    """A run among others.

    Attributes:
        number: Its number.
        name: What its data are called.
        state: "running", "stopped", "done" or "abandoned".
        standing: The same in a word.
        begun: When, in UTC.
        turns: How many turns it has.
        cv: Its best J_cv as it is read, with its name; "" where no turn was finished.
    """

    number: int
    name: str
    state: str
    standing: str
    begun: str
    turns: int
    cv: str


@dataclass(frozen=True)
class ShownTurn:
    """A turn of a walk.

    Attributes:
        number: Its number.
        state: "running", "stopped", "done" or "abandoned".
        standing: The same in a word.
        change: What was changed.
        why: Why.
        figures: What was measured, as names and words.
        verdict: Its verdict.
        seconds: How long it took; "" where it is not done.
        chosen: Whether it is the best.
    """

    number: int
    state: str
    standing: str
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
        key: Its name in the record, which starts it.
        name: The same as it is read.
        change: What it changes.
        gain: What it was measured to bring.
        sure: Whether it surely helps.
    """

    key: str
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


def walk(run: Run, turns: Sequence[Turn], *, at_work: bool = False) -> Walk:
    """A run with its turns, and what can be done next.

    Args:
        run: The run.
        turns: Its turns.
        at_work: Whether a process works at it though the record does not say so: it starts, or saves the model.
    """
    run = replace(run, state="running", alive=True) if at_work else run
    done = [turn for turn in turns if turn.state == "done" and turn.J_cv is not None]
    best = best_turn(done)
    running = next((turn for turn in turns if turn.state == "running"), None)
    chosen = best.number if best else 0
    return Walk(
        line=_line(run, turns),
        turns=[_turn(turn, run.standing, chosen) for turn in turns],
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
        Shown(f"{turn.run}.{turn.number}", turn.run, turn.number, told(turn.change), figures_told(turn))
        for turn in (first, second)
    )
    rows = others(differences)
    table = Table(_("In what else they differ"), ("", one.name, other.name, _("change")), rows, (0, 1, 2)) if rows else None
    measured = first.metric == second.metric and first.J_cv is not None and second.J_cv is not None
    chart = None
    if measured:
        named = {one.name: first, other.name: second} if one.name != other.name else {one.name: first}
        parts = [(name, costs_told(turn)) for name, turn in named.items()]
        cells = [(told(part), *(found.get(part, "") for name, found in parts)) for part in PARTS]
        title = _("{metric} of both, with 90 % intervals", metric=sentence(told(METRICS[first.metric])))
        height = 70.0 + 45 * len(named) * len(PARTS)
        draw = functools.partial(side_by_side, named)
        chart = Chart("both", title, _says(parts), [draw], (height, height), (Table(_("The costs"), ("", *named), cells),))
    return Compared((one, other), chart, table)


def _line(run: Run, turns: Sequence[Turn]) -> RunLine:
    source = run.settings.get("source")
    if not source:
        name = _("data {digest}…", digest=run.data_digest[:12])
    else:
        name = PurePath(source["table"]).name if source["table"] else _("handwritten digits")
        name = ", ".join([name, source["target"]] if source["target"] else [name])
    best = best_turn([turn for turn in turns if turn.J_cv is not None])
    cv = f"{told(SHORT[best.metric])} {number(best.metric)(best.J_cv.value)}" if best and best.J_cv else ""
    begun = _("begun {time} UTC", time=run.started[:16].replace("T", " "))
    return RunLine(run.number, name, run.standing, state_told(run.standing), begun, len(turns), cv)


def _turn(turn: Turn, run: str, chosen: int) -> ShownTurn:
    state = run if turn.state == "running" else turn.state
    seconds = "" if turn.seconds is None else f"{turn.seconds:.0f} s"
    verdict = told(turn.evidence["verdict"]) if turn.evidence else ""
    words, is_chosen = (told(turn.change), told(turn.hypothesis)), turn.number == chosen
    return ShownTurn(turn.number, state, state_told(state), *words, figures_told(turn), verdict, seconds, is_chosen)


def _says(turns: Sequence[tuple[object, Mapping[str, str]]]) -> str:
    """The costs of turns as one line."""
    return "; ".join(
        _("turn {turn}: {costs}", turn=name, costs=", ".join(f"{told(part)} {words}" for part, words in costs.items()))
        for name, costs in turns
    )


def _chart(done: Sequence[Turn], chosen: int) -> Chart:
    metric = done[0].metric
    each = [(turn.number, costs_told(turn)) for turn in done]
    title = _("{metric} on train and cv from turn to turn, with 90 % intervals", metric=sentence(told(METRICS[metric])))
    rows = [(str(number), *(costs.get(part, "") for part in PARTS)) for number, costs in each]
    head = (_("turn"), *map(told, PARTS))
    table = Table(_("The turns"), head, rows, tones=["good" if turn.number == chosen else "" for turn in done])
    return Chart("turns", title, _says(each), [functools.partial(inside.turns, done, chosen)], (320, 300), (table,))


def _steps(turns: Sequence[Turn], metric: str) -> list[Step]:
    decides, found = decisive(metric), []
    for remedy in Past(tuple(turns)).proposals:
        assert remedy.gain is not None
        write = functools.partial(signed, show=alike(remedy.gain, number(decides)))
        gain = f"Δ {told(SHORT[decides])} {ranges(remedy.gain, write)}"
        found.append(Step(remedy.name, told(remedy.name), told(remedy.change), gain, remedy.helps))
    return found
