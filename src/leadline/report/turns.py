"""The turns of the loop as text for a terminal of 80 columns: a story, the runs of a record, one run, two compared."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, chop_cells
from rich.markup import escape

from leadline.develop.climb import best_turn
from leadline.develop.opening import Opened
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.develop.story import Story
from leadline.record import AdviceScore, Cost, Difference, Opening, Run, Turn
from leadline.report.charts import interval_bar, left, right
from leadline.report.measured import cost_told, figures_told, others
from leadline.report.terminal import wrapped
from leadline.words import _, percent, plural, told

__all__ = ["compared", "opened_test", "run_shown", "runs_listed", "score_told", "state_told", "story_told", "turn_told"]

_WIDTH = 80


def turn_told(turn: Turn) -> str:
    """One finished turn in two or three lines: what was changed, what was promised, and what came."""
    verdict = turn.evidence["verdict"] if turn.evidence else turn.state
    figures = f"{_('cv')} {_cost(turn.J_cv, turn.metric)} · {_('train')} {_value(turn.J_train, turn.metric)} · {told(verdict)}"
    head = f"[bold]{turn.number}[/]  {escape(figures)}"
    lines = [head, *(f"   [dim]{escape(line)}[/]" for line in wrapped(told(turn.change), _WIDTH - 3))]
    if turn.predicted is not None:
        decides = decisive(turn.metric)
        came, gain = (_cost(one, decides, change=True) for one in (turn.actual, turn.predicted))
        promised = _("Δ {metric} promised {gain}, came {came}", metric=told(SHORT[decides]), gain=gain, came=came)
        lines += [f"   {escape(line)}" for line in wrapped(promised, _WIDTH - 3)]
    return "\n".join(lines)


def story_told(story: Story, title: str) -> str:
    """What the loop did, from turn to turn, and what it came to."""
    chosen = next(turn for turn in story.turns if turn.number == story.chosen)
    count, units, seeds = len(story.turns), story.plan.units, story.plan.budget.seeds
    cost, baseline = _cost(chosen.J_cv, chosen.metric), _against(chosen)
    ended = plural("Stopped after {count} turn: {why}.", "Stopped after {count} turns: {why}.", count, why=told(story.stopped))
    taken = _("Chosen: turn {turn}; cv {cost}, {baseline}.", turn=story.chosen, cost=cost, baseline=baseline)
    if story.taken:
        with_what = _(", ").join(map(told, story.taken))
        taken = _(
            "Chosen: turn {turn}, with {change}; cv before that {cost}, {baseline}.",
            turn=story.chosen,
            change=with_what,
            cost=cost,
            baseline=baseline,
        )
    again = _(
        "The network {units} was trained again on train and cv together, {count} times; the model is their mean.",
        units=units,
        count=seeds,
    )
    lines = [
        f"[bold]{escape(wrapped(f'leadline develop · {title}', _WIDTH)[0])}[/]",
        "",
        *_turns(story.turns, story.chosen),
        "",
        *(line for text in (ended, taken, again, score_told(story.advice)) for line in _sentences(text)),
    ]
    return "\n".join(lines)


def runs_listed(runs: Sequence[Run], turns: Sequence[Sequence[Turn]]) -> str:
    """The runs of a record, a line each."""
    if not runs:
        return _("The record has no runs yet.")
    begun, ends = left(_("begun (UTC)"), 17), f"{left(_('cv'), 11)}{_('data')}"
    lines = [f"[bold]{right(_('run'), 4)}  {begun}{left(_('state'), 11)}{right(_('turns'), 5)}  {ends}[/]"]
    for run, own in zip(runs, turns, strict=True):
        best = best_turn(own)
        state = state_told(run.standing)
        name = str((run.settings.get("source") or {}).get("table") or run.data_digest[:12])
        figure = _value(best.J_cv, best.metric) if best else ""
        begun = run.started[:16].replace("T", " ")
        lines.append(f"{run.number:>4}  {begun:<17}{left(state, 11)}{len(own):>5}  {figure:<11}{escape(wrapped(name, 28)[0])}")
    return "\n".join(lines)


def run_shown(run: Run, turns: Sequence[Turn], openings: Sequence[Opening], advice: AdviceScore) -> str:
    """One run: its turns, and the looks at its test part."""
    done = [turn for turn in turns if turn.state == "done" and turn.J_cv is not None]
    best = best_turn(done)
    begun = _("begun {time} UTC", time=run.started[:19].replace("T", " "))
    lines = [f"[bold]{_('run {run}', run=run.number)}[/] · {run.command} · {state_told(run.standing)} · {begun}", ""]
    lines += _turns(done, best.number if best else 0)
    for opening in openings:
        found = _("no figure") if opening.figure is None else _cost(opening.figure, opening.metric or "cost")
        lines += [
            "",
            *_sentences(_("Test opened at {time} UTC: {found}.", time=opening.opened[:19].replace("T", " "), found=found)),
        ]
    if not openings:
        lines += ["", _("The test part is sealed: nobody has looked at it.")]
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return "\n".join(
        [
            *lines,
            *_sentences(score_told(advice)),
            *_sentences(f"{versions}; {run.machine}; {_('data {digest}…', digest=run.data_digest[:12])}"),
        ]
    )


def compared(pair: Sequence[Turn], differences: Sequence[Difference]) -> str:
    """Two turns side by side: what was measured of them, in what else they differ, and what was changed in each."""
    if not differences:
        return _("The two do not differ.")
    names, figures = [f"{turn.run}.{turn.number}" for turn in pair], [figures_told(turn) for turn in pair]
    lines = [f"[bold]{'':<20}{names[0]:<30}{names[1]}[/]"]
    for name in dict.fromkeys([*figures[0], *figures[1]]):
        first, second = (escape(found.get(name, "")) for found in figures)
        lines.append(f"{left(name, 20)}{first:<30}{second}".rstrip())
    if rest := others(differences):
        lines += ["", f"[bold]{'':<34}{names[0]:>14}{names[1]:>14}{right(_('change'), 14)}[/]"]
    for name, *cells in rest:
        lines.append(escape(left(wrapped(name, 33)[0], 34) + "".join(right(_short(cell), 14) for cell in cells).rstrip()))
    lines.append("")
    for name, turn in zip(names, pair, strict=True):
        first, *more = wrapped(told(turn.change), _WIDTH - 8)
        lines += [f"{name:<8}{escape(first)}", *(f"{'':<8}{escape(line)}" for line in more)]
    return "\n".join(lines)


def opened_test(found: Opened) -> str:
    """The final figure."""
    show, figure = number(found.metric), found.J_test
    what = _(
        "{metric} {cost} on {examples} examples; J {J}",
        metric=told(METRICS[found.metric]),
        cost=f"{show(figure.value)}  [{show(figure.low)}, {show(figure.high)}]",
        examples=f"{found.examples:,}",
        J=number("cost")(found.cost.value),
    )
    lines = [f"[bold]{_('Test')}[/]: {escape(what)}"]
    if found.earlier:
        before = plural(
            "The test part was looked at before ({count} look): what was chosen since then is not judged by it.",
            "The test part was looked at before ({count} looks): what was chosen since then is not judged by it.",
            len(found.earlier),
        )
        lines += _sentences(before)
    return "\n".join([*lines, *_sentences(_("Recorded as look {number}.", number=found.opening.number))])


def _turns(turns: Sequence[Turn], chosen: int) -> list[str]:
    """A line a turn with its interval drawn, and the change that led to it."""
    if not turns:
        return [_("No turn was finished.")]
    metric = turns[0].metric
    reach = 1.05 * max(cost.high or cost.value for turn in turns for cost in (turn.J_cv, turn.baseline) if cost is not None)
    show = number(metric)
    decides = decisive(metric)
    promised, on_cv = _("Δ {metric}: promised", metric=told(SHORT[decides])), _("{metric} on cv", metric=told(SHORT[metric]))
    head = (
        f"{right(_('turn'), 4)} {right(_('train'), 9)} {right(on_cv, 12)}  {'':<16} {right(promised, 17)} {right(_('came'), 9)}"
    )
    lines = [f"[bold]{head}[/]"]
    for turn in turns:
        cv, mark = turn.J_cv, "▲" if turn.number == chosen else " "
        assert cv is not None
        low, high = (cv.value if end is None else end for end in (cv.low, cv.high))
        bar = interval_bar(low, cv.value, high, 0, reach or 1.0, 24)
        gains = [f"{_value(cost, decides, change=True):>9}" for cost in (turn.predicted, turn.actual)]
        figures = f"{_value(turn.J_train, metric):>9} {show(cv.value):>12}  {bar:<24}"
        lines.append(f"{mark}{turn.number:>3} {figures} {' '.join(gains)}".rstrip())
        lines += [f"     [dim]{escape(line)}[/]" for line in wrapped(told(turn.change), _WIDTH - 5)]
    if turns[0].baseline is not None:
        base = turns[0].baseline
        bar = interval_bar(base.low or base.value, base.value, base.high or base.value, 0, reach or 1.0, 24)
        lines.append(f"{'':>4} {right(_('baseline'), 9)} {show(base.value):>12}  {bar}".rstrip())
    return lines


def state_told(state: str) -> str:
    """How a run or a turn stands, in a word."""
    return {"running": _("running"), "stopped": _("stopped"), "done": _("done"), "abandoned": _("abandoned")}[state]


def _against(turn: Turn) -> str:
    base, show = turn.baseline, number(turn.metric)
    return _("no baseline") if base is None else _("baseline {cost}", cost=show(base.value))


def score_told(advice: AdviceScore) -> str:
    """How many of the promised gains came true."""
    if not advice.predicted:
        return _("No gain was promised yet.")
    return plural(
        "Of {count} promised gain in this record {came} came true ({share}, 90 % interval {low} to {high}).",
        "Of {count} promised gains in this record {came} came true ({share}, 90 % interval {low} to {high}).",
        advice.predicted,
        came=advice.came_true,
        share=percent(advice.came_true / advice.predicted),
        low=percent(advice.low),
        high=percent(advice.high),
    )


def _sentences(text: str) -> list[str]:
    return [escape(line) for line in wrapped(text, _WIDTH)]


def _value(cost: Cost | None, metric: str, *, change: bool = False) -> str:
    if cost is None:
        return ""
    show = number(metric)
    return signed(cost.value, show) if change else show(cost.value)


def _cost(cost: Cost | None, metric: str, *, change: bool = False) -> str:
    return cost_told(cost, metric, change=change) or _("not known")


def _short(text: str) -> str:
    return text if cell_len(text) <= 13 else f"{chop_cells(text, 12)[0]}…"
