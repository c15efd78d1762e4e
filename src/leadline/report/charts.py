"""Small charts of characters."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from rich.cells import cell_len

__all__ = ["Series", "chart", "interval_bar", "left", "right"]

Series = tuple[str, Sequence[float]]
"""A mark (one character) and its values, one for each place on the x axis."""


def chart(
    labels: Sequence[str], series: Sequence[Series], *, height: int = 8, show: Callable[[float], str] = "{:.3g}".format
) -> list[str]:
    """A chart with one column a place and one mark a series; where two fall together the first is shown.

    Args:
        labels: What stands below each column.
        series: The marks and their values; those that are not finite are left out.
        height: Lines of the plot.
        show: How a value is written on the axis.

    Returns:
        The lines.

    Examples:
        >>> for line in chart(["1", "2", "4"], [("*", [0.0, 1.0, 2.0]), ("o", [2.0, 2.0, 2.0])], height=3):
        ...     print(line)
               2 ┤  o    o    *
               1 ┤       *
               0 ┤  *
                 └───────────────
                    1    2    4
    """
    finite = [value for _, values in series for value in values if math.isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    span = (high - low) or abs(high) or 1.0
    width = max(5, *(len(label) + 1 for label in labels))
    grid = [[" "] * len(labels) for _ in range(height)]
    for mark, values in reversed(series):
        for column, value in enumerate(values):
            if math.isfinite(value):
                grid[round((value - low) / span * (height - 1))][column] = mark
    ticks = [show(low + span * row / (height - 1)) for row in range(height)]
    margin = max(8, *map(len, ticks))
    lines = [f"{ticks[row]:>{margin}} ┤" + "".join(mark.center(width) for mark in grid[row]) for row in reversed(range(height))]
    lines.append(" " * (margin + 1) + "└" + "─" * (width * len(labels)))
    lines.append(" " * (margin + 2) + "".join(label.center(width) for label in labels))
    return [line.rstrip() for line in lines]


def interval_bar(low: float, value: float, high: float, start: float, end: float, width: int = 40) -> str:
    """An interval on an axis from `start` to `end`.

    Examples:
        >>> interval_bar(2, 4, 6, 0, 10, width=11)
        '  ├─●─┤    '
    """

    def place(x: float) -> int:
        return round(min(max((x - start) / ((end - start) or 1.0), 0.0), 1.0) * (width - 1))

    line = [" "] * width
    for column in range(place(low), place(high) + 1):
        line[column] = "─"
    line[place(low)], line[place(high)] = "├", "┤"
    line[place(value)] = "●"
    return "".join(line)


def left(text: str, width: int) -> str:
    """The text with spaces after it, up to a width; Chinese letters are two columns wide.

    Examples:
        >>> left("cv", 4) + "|", left("测试", 5) + "|"
        ('cv  |', '测试 |')
    """
    return text + " " * (width - cell_len(text))


def right(text: str, width: int) -> str:
    """The same with spaces before it.

    Examples:
        >>> right("cv", 4), right("测试", 5)
        ('  cv', ' 测试')
    """
    return " " * (width - cell_len(text)) + text
