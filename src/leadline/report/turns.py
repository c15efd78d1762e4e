"""The turns of the loop as text for a terminal of 80 columns: a story, the runs of a record, one run, two compared."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape

from leadline.develop.climb import best_turn
from leadline.develop.opening import Opened
from leadline.develop.problem import METRICS, SHORT, decisive, number
from leadline.develop.story import Story
from leadline.record import AdviceScore, Cost, Difference, Opening, Run, Turn
from leadline.report.charts import interval_bar
from leadline.report.terminal import wrapped

__all__ = ["compared", "opened_test", "run_shown", "runs_listed", "story_told", "turn_told"]

_WIDTH = 80


def turn_told(turn: Turn) -> str:
    """One finished turn in two or three lines: what was changed, what was promised, and what came."""
    verdict = turn.evidence["verdict"] if turn.evidence else turn.state
    figures = f"cv {_cost(turn.J_cv, turn.metric)} · train {_value(turn.J_train, turn.metric)} · {verdict}"
    head = f"[bold]{turn.number}[/]  {escape(figures)}"
    lines = [head, *(f"   [dim]{escape(line)}[/]" for line in wrapped(turn.change, _WIDTH - 3))]
    if turn.predicted is not None:
        decides = decisive(turn.metric)
        gains = (_cost(gain, decides, signed=True) for gain in (turn.predicted, turn.actual))
        promised = f"Δ {SHORT[decides]} promised {{}}, came {{}}".format(*gains)
        lines += [f"   {escape(line)}" for line in wrapped(promised, _WIDTH - 3)]
    return "\n".join(lines)


def story_told(story: Story, title: str) -> str:
    """What the loop did, from turn to turn, and what it came to."""
    chosen = next(turn for turn in story.turns if turn.number == story.chosen)
    before = "cv before that" if story.taken else "cv"
    lines = [
        f"[bold]{escape(wrapped(f'leadline develop · {title}', _WIDTH)[0])}[/]",
        "",
        *_turns(story.turns, story.chosen),
        "",
        *_sentences(f"Stopped after {len(story.turns)} {_turn_word(len(story.turns))}: {story.stopped}."),
        *_sentences(
            f"Chosen: turn {story.chosen}{_taken(story)}; {before} {_cost(chosen.J_cv, chosen.metric)}, {_against(chosen)}."
        ),
        *_sentences(
            f"The network {story.plan.units} was trained again on train and cv together, {story.plan.budget.seeds} times; the "
            "model is their mean."
        ),
        *_sentences(_score(story.advice)),
    ]
    return "\n".join(lines)


def runs_listed(runs: Sequence[Run], turns: Sequence[Sequence[Turn]]) -> str:
    """The runs of a record, a line each."""
    if not runs:
        return "The record has no runs yet."
    lines = [f"[bold]{'run':>4}  {'begun (UTC)':<17}{'state':<11}{'turns':>5}  {'cv':<9}{'data'}[/]"]
    for run, own in zip(runs, turns, strict=True):
        best = best_turn(own)
        state = "stopped" if run.state == "running" and not run.alive else run.state
        name = str((run.settings.get("source") or {}).get("table") or run.data_digest[:12])
        figure = _value(best.J_cv, best.metric) if best else ""
        begun = run.started[:16].replace("T", " ")
        lines.append(f"{run.number:>4}  {begun:<17}{state:<11}{len(own):>5}  {figure:<9}{escape(wrapped(name, 30)[0])}")
    return "\n".join(lines)


def run_shown(run: Run, turns: Sequence[Turn], openings: Sequence[Opening], advice: AdviceScore) -> str:
    """One run: its turns, and the looks at its test part."""
    done = [turn for turn in turns if turn.state == "done" and turn.J_cv is not None]
    best = best_turn(done)
    lines = [f"[bold]run {run.number}[/] · {run.command} · {run.state} · begun {run.started[:19].replace('T', ' ')} UTC", ""]
    lines += _turns(done, best.number if best else 0)
    for opening in openings:
        found = "no figure" if opening.figure is None else f"{_cost(opening.figure, opening.metric or 'cost')}"
        lines += ["", *_sentences(f"Test opened at {opening.opened[:19].replace('T', ' ')} UTC: {found}.")]
    if not openings:
        lines += ["", "The test part is sealed: nobody has looked at it."]
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return "\n".join(
        [*lines, *_sentences(_score(advice)), *_sentences(f"{versions}; {run.machine}; data {run.data_digest[:12]}…")]
    )


def compared(differences: Sequence[Difference], first: str, second: str) -> str:
    """In what two turns differ."""
    if not differences:
        return "The two do not differ."
    lines = [f"[bold]{'':<34}{first:>14}{second:>14}{'change':>14}[/]"]
    for one in differences:
        figures = [_short(value) for value in (one.first, one.second, one.change)]
        lines.append(f"{escape(wrapped(one.name, 33)[0]):<34}{escape(figures[0]):>14}{escape(figures[1]):>14}{figures[2]:>14}")
    return "\n".join(lines)


def opened_test(found: Opened) -> str:
    """The final figure."""
    show, figure = number(found.metric), found.J_test
    lines = [
        f"[bold]Test[/]: {METRICS[found.metric]} {show(figure.value)}  \\[{show(figure.low)}, {show(figure.high)}] "
        f"on {found.examples:,} examples; J {number('cost')(found.cost.value)}"
    ]
    if found.earlier:
        looks = f"{len(found.earlier)} {'look' if len(found.earlier) == 1 else 'looks'}"
        lines += _sentences(f"The test part was looked at before ({looks}): what was chosen since then is not judged by it.")
    return "\n".join([*lines, *_sentences(f"Recorded as look {found.opening.number}.")])


def _turns(turns: Sequence[Turn], chosen: int) -> list[str]:
    """A line a turn with its interval drawn, and the change that led to it."""
    if not turns:
        return ["No turn was finished."]
    metric = turns[0].metric
    reach = 1.05 * max(cost.high or cost.value for turn in turns for cost in (turn.J_cv, turn.baseline) if cost is not None)
    show = number(metric)
    decides = decisive(metric)
    promised = f"Δ {SHORT[decides]}: promised"
    lines = [f"[bold]{'turn':>4} {'train':>9} {SHORT[metric] + ' on cv':>12}  {'':<16} {promised:>17} {'came':>9}[/]"]
    for turn in turns:
        cv, mark = turn.J_cv, "▲" if turn.number == chosen else " "
        assert cv is not None
        low, high = (cv.value if end is None else end for end in (cv.low, cv.high))
        bar = interval_bar(low, cv.value, high, 0, reach or 1.0, 24)
        gains = [f"{_value(cost, decides, signed=True):>9}" for cost in (turn.predicted, turn.actual)]
        figures = f"{_value(turn.J_train, metric):>9} {show(cv.value):>12}  {bar:<24}"
        lines.append(f"{mark}{turn.number:>3} {figures} {' '.join(gains)}".rstrip())
        lines += [f"     [dim]{escape(line)}[/]" for line in wrapped(turn.change, _WIDTH - 5)]
    if turns[0].baseline is not None:
        base = turns[0].baseline
        bar = interval_bar(base.low or base.value, base.value, base.high or base.value, 0, reach or 1.0, 24)
        lines.append(f"{'':>4} {'baseline':>9} {show(base.value):>12}  {bar}".rstrip())
    return lines


def _taken(story: Story) -> str:
    """What was changed of the chosen turn's plan at the end."""
    return "".join(f", with {words}" for words in story.taken)


def _against(turn: Turn) -> str:
    base, show = turn.baseline, number(turn.metric)
    return "no baseline" if base is None else f"baseline {show(base.value)}"


def _score(advice: AdviceScore) -> str:
    if not advice.predicted:
        return "No gain was promised yet."
    return (
        f"Of {advice.predicted} promised {'gain' if advice.predicted == 1 else 'gains'} in this record {advice.came_true} came "
        f"true ({advice.came_true / advice.predicted:.0%}, 90 % interval {advice.low:.0%} to {advice.high:.0%})."
    )


def _sentences(text: str) -> list[str]:
    return [escape(line) for line in wrapped(text, _WIDTH)]


def _turn_word(count: int) -> str:
    return "turn" if count == 1 else "turns"


def _value(cost: Cost | None, metric: str, *, signed: bool = False) -> str:
    if cost is None:
        return ""
    return f"{'+' if signed and cost.value > 0 else ''}{number(metric)(cost.value)}"


def _cost(cost: Cost | None, metric: str, *, signed: bool = False) -> str:
    if cost is None:
        return "not known"
    show = number(metric)
    interval = "" if cost.low is None or cost.high is None else f" [{show(cost.low)}, {show(cost.high)}]"
    return f"{_value(cost, metric, signed=signed)}{interval}"


def _short(value: object) -> str:
    text = "" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 13 else f"{text[:12]}…"
