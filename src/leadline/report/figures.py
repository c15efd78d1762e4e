"""The charts that a decision rests on, each drawn from a diagnosis's evidence as plain data: `Diagnosis.to_dict()`."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, SHORT, decisive, number, signed
from leadline.develop.remedies import Remedy
from leadline.report.drawing import COLOURS, band, interval, legend, shorter, tip_column, tip_row
from leadline.report.numbers import alike
from leadline.words import _, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Plain", "Show", "lambda_curve", "learning_curve", "points_of", "ranges", "remedies", "standing", "standing_rows"]

Show = Callable[[float], str]
"""How a number is written."""
Plain = Mapping[str, Any]
"""Evidence as plain numbers and words."""


def ranges(found: Estimate, show: Show) -> str:
    """A value with its interval, in words.

    Examples:
        >>> ranges(Estimate(0.5, 0.25, 1.0), str)
        '0.5 [0.25, 1.0]'
        >>> ranges(Estimate(math.nan, math.nan, math.nan), str)
        'not finite'
    """
    if not math.isfinite(found.value):
        return _("not finite")
    return f"{show(found.value)} [{show(found.low)}, {show(found.high)}]"


def points_of(curve: Plain, part: str) -> list[Estimate]:
    """A curve's points on "train" or "cv"; what did not stay finite is None in a record, and not a number here.

    Examples:
        >>> points_of({"cv": [{"value": None, "low": 0.0, "high": None}]}, "cv")
        [Estimate(value=nan, low=0.0, high=nan, spread_examples=0.0, spread_seeds=0.0)]
    """
    return [Estimate(**{end: math.nan if value is None else value for end, value in one.items()}) for one in curve[part]]


def standing_rows(evidence: Plain) -> list[tuple[str, Estimate]]:
    """What stands on the one axis: train, cv, and each baseline, by name."""
    rows = {"train": evidence["J_train"], "cv": evidence["J_cv"], **evidence["baselines"]["all"]}
    return [(name, Estimate(**found)) for name, found in rows.items()]


def standing(evidence: Plain, axes: Axes, *, narrow: bool = False) -> None:
    """Train and cv against the baselines, with 90 % intervals, on one axis; the gap that counts as none is shaded."""
    metric, chosen = evidence["metric"], evidence["baselines"]["chosen"]
    show, rows = number(metric), standing_rows(evidence)
    level, delta = Estimate(**evidence["baselines"]["all"][chosen]).value, evidence["gaps"]["bias"]["tolerance"]
    # A baseline far worse than the network must not press everything else together.
    near = max(3 * max(found.high for _, found in rows[:2]), 1.2 * (level + delta))
    reach = 1.1 * max([level + delta, *(found.high for _, found in rows if found.value <= near)]) or 1.0
    axes.axvspan(level, level + delta, color=COLOURS["baseline"], alpha=0.13, linewidth=0)
    axes.axvline(level, color=COLOURS["baseline"], linewidth=1.2, linestyle=(0, (4, 3)))
    for place, (name, found) in enumerate(rows):
        y = len(rows) - 1 - place
        colour = COLOURS.get(name, COLOURS["baseline"])
        if found.value <= reach:
            interval(axes, found, y, colour, hollow=name == "train")
            behind = {"facecolor": COLOURS["paper"], "linewidth": 0, "alpha": 0.8, "pad": 1}
            axes.annotate(show(found.value), (found.value, y + 0.26), ha="center", va="bottom", color=colour, bbox=behind)
        else:
            axes.annotate(f"{show(found.value)} →", (reach, y), ha="right", va="center", color=colour)
        tip_row(axes, y, _("{title}: {what}", title=told(name), what=ranges(found, show)))
    names = [f"{shorter(told(name), 24)}{' *' if name == chosen else ''}" for name, _ in rows]
    axes.set_yticks(range(len(rows))[::-1], names)
    axes.tick_params(axis="y", colors=COLOURS["ink"])
    axes.set_ylim(-0.6, len(rows) - 0.25)
    axes.set_xlim(min(0.0, -0.02 * reach), reach)
    _numbers(axes.xaxis, show, 4 if narrow else 7)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(told(METRICS[metric]))


def learning_curve(evidence: Plain, axes: Axes, *, narrow: bool = False) -> None:
    """The cost on train and cv by the number of training examples, with the forecast and the baseline where they are known."""
    from matplotlib.ticker import NullLocator

    curve, ahead, level = evidence["learning_curve"], evidence.get("forecast", {}).get("points", ()), None
    show, sizes = number(curve["metric"]), curve["sizes"]
    train, cv = points_of(curve, "train"), points_of(curve, "cv")
    band(axes, sizes, cv, COLOURS["cv"], "cv")
    band(axes, sizes, train, COLOURS["train"], "train")
    points = [Estimate(**point["J_cv"]) for point in ahead]
    beyond = [point["size"] for point in ahead]
    if "baselines" in evidence:
        level = Estimate(**evidence["baselines"]["all"][evidence["baselines"]["chosen"]]).value
        axes.axhline(level, color=COLOURS["baseline"], linewidth=1.2, linestyle=(0, (4, 3)), label=_("baseline"))
    if points:
        x, path = [sizes[-1], *beyond], [cv[-1], *points]
        axes.fill_between(
            x, [e.low for e in path], [e.high for e in path], facecolor="none", edgecolor=COLOURS["cv"], hatch="////", alpha=0.35
        )
        axes.plot(x, [e.value for e in path], "--", color=COLOURS["cv"], label=_("forecast"))
        axes.plot(beyond, [e.value for e in points], "D", color=COLOURS["cv"], markerfacecolor=COLOURS["paper"], markersize=6)
    words = [
        "\n".join((_("{size} examples", size=f"{size:,}"), f"{_('cv')} {ranges(c, show)}", f"{_('train')} {ranges(t, show)}"))
        for size, t, c in zip(sizes, train, cv, strict=True)
    ]
    words += [
        "\n".join((_("forecast with {size} examples", size=f"{size:,}"), f"{_('cv')} {ranges(one, show)}"))
        for size, one in zip(beyond, points, strict=True)
    ]
    axes.set_xscale("log")
    for left, right, text in zip(*_between([*sizes, *beyond]), words, strict=True):
        tip_column(axes, left, right, text)
    every = [*sizes, *beyond]
    ticks = _apart(every, 0.2 if narrow else 0.09)
    axes.set_xticks(ticks, [f"{size:,}" if size < 100_000 else f"{size / 1000:,.0f}k" for size in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    _numbers(axes.yaxis, show, 6)
    _fitted(axes, [*train, *cv, *points], level)
    axes.set_xlabel(_("training examples"))
    axes.set_ylabel(told(SHORT[curve["metric"]]))
    legend(axes, narrow)


def lambda_curve(evidence: Plain, axes: Axes, *, narrow: bool = False) -> None:
    """The cost on train and cv by λ; the values that tie with the best within one standard error are shaded."""
    curve = evidence["lambda_curve"]
    show, values = number(curve["metric"]), curve["values"]
    train, cv = points_of(curve, "train"), points_of(curve, "cv")
    places = list(range(len(values)))
    for at in (place for place in places if curve["tied"][place]):
        # The name of a mark is said once.
        name = _("ties with the best") if at == curve["tied"].index(True) else None
        axes.axvspan(at - 0.5, at + 0.5, color=COLOURS["shade"], alpha=0.4, linewidth=0, label=name)
    band(axes, places, cv, COLOURS["cv"], "cv")
    band(axes, places, train, COLOURS["train"], "train")
    chosen = curve["chosen"]
    axes.plot([chosen], [cv[chosen].value], "o", color=COLOURS["ink"], markerfacecolor="none", markersize=13, markeredgewidth=1.8)
    axes.annotate(
        f"λ = {values[chosen]:g}",
        (chosen, cv[chosen].value),
        (0, 12),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontweight="bold",
    )
    for at in places:
        notes = [_("ties with the best")] * curve["tied"][at] + [_("chosen: the largest such")] * (at == chosen)
        tip_column(
            axes,
            at - 0.5,
            at + 0.5,
            "\n".join(
                [f"λ = {values[at]:g}", f"{_('cv')} {ranges(cv[at], show)}", f"{_('train')} {ranges(train[at], show)}", *notes]
            ),
        )
    step = -(-len(values) // (6 if narrow else 12))
    axes.set_xticks(places[::step], [f"{value:g}" for value in values[::step]])
    axes.set_xlim(-0.5, len(values) - 0.5)
    _numbers(axes.yaxis, show, 6)
    _fitted(axes, [*train, *cv])
    axes.set_xlabel(_("λ in J + λ/(2m) Σw²"))
    axes.set_ylabel(told(SHORT[curve["metric"]]))
    legend(axes, narrow)


def remedies(evidence: Plain, axes: Axes, *, narrow: bool = False) -> None:
    """By how much each remedy that was measured changes J on cv, ranked, as bars with 90 % intervals."""
    metric = decisive(evidence["metric"])
    show = number(metric)
    measured = [one for one in evidence["remedies"] if one["gain"]]
    gains = [Estimate(**one["gain"]) for one in measured]
    # A remedy that makes it far worse must not press everything else together.
    least = min(0.0, *(gain.low for gain in gains))
    near = 5 * max(statistics.median(gain.high for gain in gains), -least)
    reach = max(0.0, *(min(gain.high, near) for gain in gains if gain.value <= near))
    sure = _sure(evidence)
    for place, (remedy, gain) in enumerate(zip(measured, gains, strict=True)):
        y = len(measured) - 1 - place
        colour = COLOURS["good" if remedy["name"] in sure else "bad" if gain.low > 0 else "muted"]
        ahead, write = not remedy["seconds"], alike(gain, show)
        if gain.value > near:
            axes.annotate(f"{signed(gain.value, write)} →", (reach, y), ha="right", va="center", color=colour)
        else:
            _bar(axes, gain, y, colour, ahead=ahead)
        limits = f"[{signed(gain.low, write)}, {signed(gain.high, write)}]"
        what = f"{signed(gain.value, write)} {limits}\n{told(remedy['change'])}"
        tip_row(axes, y, _("{title}: {what}", title=told(remedy["name"]), what=what))
    axes.axvline(0, color=COLOURS["ink"], linewidth=1.0)
    axes.set_yticks(range(len(measured))[::-1], [told(one["name"]) for one in measured])
    axes.tick_params(axis="y", colors=COLOURS["ink"])
    axes.set_ylim(-0.6, len(measured) - 0.4)
    room = 0.03 * (reach - least)
    axes.set_xlim(least - room, reach + room)
    _numbers(axes.xaxis, lambda value: signed(value, show), 4 if narrow else 7)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(_("Δ {metric} on cv (below 0 is better)", metric=told(SHORT[metric])))


def _bar(axes: Axes, gain: Estimate, y: float, colour: str, *, ahead: bool) -> None:
    """A gain as a bar with its interval; hatched where it is a forecast."""
    axes.barh(y, gain.value, 0.62, color="none" if ahead else colour, alpha=0.42, linewidth=0)
    if ahead:
        axes.barh(y, gain.value, 0.62, facecolor="none", edgecolor=colour, hatch="////", linewidth=0.8, alpha=0.7)
    interval(axes, gain, y, colour, hollow=ahead)


def _sure(evidence: Plain) -> set[str]:
    """The remedies that surely help."""
    return {one["name"] for one in evidence["remedies"] if Remedy.from_dict(one).helps}


def _between(sizes: Sequence[float]) -> tuple[list[float], list[float]]:
    """Where the column of each size begins and ends on a logarithmic axis."""
    middles = [(a * b) ** 0.5 for a, b in itertools.pairwise(sizes)]
    first, last = (middles[0], middles[-1]) if middles else (sizes[0] * 1.5, sizes[0] * 1.5)
    return [sizes[0] ** 2 / first, *middles], [*middles, sizes[-1] ** 2 / last]


def _apart(sizes: Sequence[float], least: float) -> list[float]:
    """Those of the sizes, the last one first, that stand far enough apart on a logarithmic axis: by that share of its length."""
    kept = [sizes[-1]]
    for size in reversed(sizes[:-1]):
        if kept[-1] / size >= (sizes[-1] / sizes[0]) ** least:
            kept.append(size)
    return kept[::-1]


def _numbers(axis: Any, show: Show, most: int) -> None:
    """Few round numbers on an axis, written as everywhere else."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: show(value).replace(".0 %", " %")))


def _fitted(axes: Axes, found: Sequence[Estimate], level: float | None = None) -> None:
    """A cost's axis begins at 0, unless that would press the curves together; a few wild intervals may go beyond it.

    Args:
        axes: Whose y axis.
        found: What is drawn.
        level: What is to be seen as well, where it is not far away.
    """
    found = [one for one in found if all(map(math.isfinite, (one.low, one.value, one.high)))]
    highest, lowest = max(one.value for one in found), min(one.low for one in found)
    top = min(max(one.high for one in found), 1.4 * highest)
    if level is not None and level < 1.2 * highest:
        top, lowest = max(top, level), min(lowest, level)
    if lowest < 0.5 * top or not top:
        axes.set_ylim(0, 1.05 * top or 1.0)
    else:
        room = 0.1 * (top - lowest)
        axes.set_ylim(lowest - room, top + room)
