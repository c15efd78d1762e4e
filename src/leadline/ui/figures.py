"""The charts that the page has beside those of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from leadline.develop.problem import METRICS, number
from leadline.record import Turn
from leadline.report.drawing import COLOURS, interval, tip_row
from leadline.report.figures import ranges
from leadline.report.inside import cost_estimate
from leadline.report.measured import PARTS
from leadline.words import told

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["side_by_side"]


def side_by_side(turns: Mapping[str, Turn], axes: Axes, *, narrow: bool = False) -> None:
    """Train, cv and baseline of turns with their 90 % intervals on one axis.

    Args:
        turns: What each is called, and the turn; all in one metric.
        axes: Where to draw.
        narrow: Whether for a phone.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    metric = next(iter(turns.values())).metric
    show = number(metric)
    rows = [
        (part, f"{told(part)}, {name}", found)
        for part, key in PARTS.items()
        for name, turn in turns.items()
        if (found := cost_estimate(getattr(turn, key))) is not None
    ]
    for place, (part, name, found) in enumerate(rows):
        y = len(rows) - 1 - place
        interval(axes, found, y, COLOURS[part], hollow=part == "train")
        axes.annotate(show(found.value), (found.value, y + 0.24), ha="center", va="bottom", color=COLOURS[part])
        tip_row(axes, y, f"{name}: {ranges(found, show)}")
    axes.set_yticks(range(len(rows))[::-1], [name for _, name, _ in rows])
    axes.tick_params(axis="y", colors=COLOURS["ink"])
    axes.set_ylim(-0.6, len(rows) - 0.25)
    axes.set_xlim(0, 1.08 * max((found.high for _, _, found in rows), default=1.0) or 1.0)
    axes.xaxis.set_major_locator(MaxNLocator(4 if narrow else 7, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: show(value).replace(".0 %", " %")))
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(told(METRICS[metric]))
