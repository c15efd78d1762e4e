"""What a report is made of: sections of words, charts, tables and pictures. It knows neither evidence nor HTML."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.report.drawing import NARROW, WIDE, blank
from leadline.report.vector import svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Chart", "Document", "Picture", "Section", "Table"]

Draw = Callable[..., None]
"""Draws on axes; called with `narrow` as well."""


@dataclass(frozen=True)
class Table:
    """A table of words and numbers, as they are to be read.

    Attributes:
        title: What it holds.
        head: The names of the columns.
        rows: The cells, a row each; the first one names the row.
        words: Which columns hold words, and are set from the left; the others hold numbers.
        tones: For each row "good", "bad", "open" or ""; empty for none.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: Sequence[int] = (0,)
    tones: Sequence[str] = ()


@dataclass(frozen=True)
class Chart:
    """A chart in two sizes, with the tables of its numbers; it is drawn when it is asked for.

    Attributes:
        key: What no other chart of the page is called.
        title: What it shows.
        says: The same in words with its main numbers, for who does not see it.
        draws: What is drawn, one panel each.
        heights: How high a row of panels is, wide and narrow, in points.
        tables: Its numbers.
        columns: How many panels stand side by side where there is room.
    """

    key: str
    title: str
    says: str
    draws: Sequence[Draw]
    heights: tuple[float, float]
    tables: tuple[Table, ...]
    columns: int = 1

    @property
    def wide(self) -> str:
        """SVG for a desk."""
        return svg(lambda: self._build(narrow=False), f"{self.key}-wide")

    @property
    def narrow(self) -> str:
        """SVG for a phone."""
        return svg(lambda: self._build(narrow=True), f"{self.key}-narrow")

    def _build(self, *, narrow: bool) -> Figure:
        across = 1 if narrow else self.columns
        down = -(-len(self.draws) // across)
        figure = blank(NARROW if narrow else WIDE, self.heights[narrow] * down)
        panels: Any = figure.subplots(down, across, squeeze=False)
        for draw, axes in zip(self.draws, panels.flat, strict=False):
            draw(axes, narrow=narrow)
        for axes in panels.flat[len(self.draws) :]:
            axes.set_axis_off()
        return figure


@dataclass(frozen=True)
class Picture:
    """A picture with what is to be said of it.

    Attributes:
        image: A `data:` address of a PNG, or empty.
        trace: SVG, or empty.
        title: What it is, in short.
        words: What is said below it.
    """

    image: str
    trace: str
    title: str
    words: str


@dataclass(frozen=True)
class Section:
    """A part of the story.

    Attributes:
        key: Its place in the page.
        title: Its heading.
        words: Paragraphs.
        charts: Its charts.
        tables: Tables that are shown at once.
        points: A list.
        pictures: Pictures side by side.
        folded: Tables behind a toggle.
        code: Something to be typed.
    """

    key: str
    title: str
    words: Sequence[str] = ()
    charts: Sequence[Chart] = ()
    tables: Sequence[Table] = ()
    points: Sequence[str] = ()
    pictures: Sequence[Picture] = ()
    folded: Sequence[Table] = ()
    code: str = ""


@dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes:
        title: What was diagnosed.
        about: One line on the data and the network.
        tone: "good", "bad" or "open".
        verdict: The verdict in a sentence.
        grounds: What it rests on.
        action: What to do next.
        reasons: Why.
        sections: The rest of the story.
    """

    title: str
    about: str
    tone: str
    verdict: str
    grounds: Sequence[str]
    action: str
    reasons: Sequence[str]
    sections: Sequence[Section]
