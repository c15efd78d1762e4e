"""What all charts share: colours, type, size, and the words that are shown where a pointer rests. Drawn with matplotlib."""

from __future__ import annotations

import contextlib
import functools
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from leadline.develop.intervals import Estimate
from leadline.errors import ArgumentError
from leadline.words import language, told

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "NARROW",
    "TIP",
    "WIDE",
    "band",
    "blank",
    "interval",
    "legend",
    "lettered",
    "seen",
    "shorter",
    "style",
    "tip_column",
    "tip_row",
    "whiskers",
]

COLOURS = MappingProxyType(
    {
        "ink": "#1b2430",
        "muted": "#5c6875",
        "grid": "#d9dfe5",
        "paper": "#fefefe",
        "train": "#1f66b0",
        "cv": "#c2490a",
        "baseline": "#49515c",
        "good": "#19794a",
        "bad": "#a3243b",
        "shade": "#e9c46b",
    }
)
"""Names to colours: on paper as they stand here; a page of HTML puts its own in their place, for a dark screen."""

WIDE, NARROW = 720, 340
"""Widths of a chart on a desk and on a phone, in points."""
TIP = "tip:"
"""Before the words for a pointer, in the `gid` of what it rests on."""
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]")
_CHINESE = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Noto Sans CJK JP",
    "PingFang SC",
    "Microsoft YaHei",
    "SimHei",
)
_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": COLOURS["muted"],
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": COLOURS["muted"],
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": COLOURS["ink"],
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "figure.facecolor": COLOURS["paper"],
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans", "leadline wide"],
    "font.size": 12,
    "grid.color": COLOURS["grid"],
    "grid.linewidth": 0.8,
    "legend.fontsize": 12,
    "legend.frameon": False,
    "legend.labelcolor": COLOURS["ink"],
    "lines.linewidth": 1.8,
    "text.color": COLOURS["ink"],
    "text.parse_math": False,  # a name with dollars in it is a name
    "xtick.color": COLOURS["muted"],
    "ytick.color": COLOURS["muted"],
    "xtick.labelsize": 12,
    "ytick.labelsize": 12,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "svg.fonttype": "none",
}


@contextlib.contextmanager
def style() -> Iterator[None]:
    """The look of the charts, while they are drawn and written; letters that the measuring font lacks are no cause to warn."""
    import matplotlib

    _wide_letters()
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        warnings.filterwarnings("ignore", "Matplotlib currently does not support .* natively", UserWarning)
        yield


@functools.cache
def _wide_letters() -> None:
    """Lets charts be measured with letters as wide as they are high where they are Chinese; see `scripts/wide_font.py`."""
    from matplotlib.font_manager import fontManager

    fontManager.addfont(Path(__file__).with_name("wide.ttf"))


def lettered() -> list[str]:
    """The fonts for a figure that is not set by a page: matplotlib's own, and one for the letters of the language.

    Raises:
        ArgumentError: No font of this machine has them.
    """
    if language() == "en":
        return ["DejaVu Sans"]
    from matplotlib.font_manager import fontManager

    known = [name for name in _CHINESE if name in fontManager.get_font_names()]
    if not known:
        raise ArgumentError(f"No font with Chinese letters was found. Install one of {', '.join(_CHINESE)}, or pass lang='en'.")
    return ["DejaVu Sans", known[0]]


def blank(width: float, height: float) -> Figure:
    """An empty figure, in points."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")


def interval(axes: Axes, found: Estimate, y: float, colour: str, *, hollow: bool = False) -> None:
    """A value with its interval as a horizontal line at the height `y`."""
    axes.plot([found.low, found.high], [y, y], color=colour, linewidth=2.4, solid_capstyle="butt")
    for end in (found.low, found.high):
        axes.plot([end, end], [y - 0.14, y + 0.14], color=colour, linewidth=1.6)
    face = COLOURS["paper"] if hollow else colour
    axes.plot([found.value], [y], "o", color=colour, markerfacecolor=face, markersize=8.5, markeredgewidth=1.8)


def band(axes: Axes, x: Sequence[float], found: Sequence[Estimate], colour: str, name: str, mark: str = "o") -> None:
    """A curve with its points, and its intervals as a band."""
    low, high = [one.low for one in found], [one.high for one in found]
    axes.fill_between(x, low, high, color=colour, alpha=0.16, linewidth=0)
    filled = colour if name == "cv" else COLOURS["paper"]
    values = [one.value for one in found]
    axes.plot(x, values, mark, linestyle="-", color=colour, label=told(name), markersize=6, markerfacecolor=filled)


def whiskers(axes: Axes, x: Sequence[float], found: Sequence[Estimate], colour: str, name: str) -> None:
    """Points with their intervals as upright lines, joined by a thin one."""
    axes.vlines(x, [one.low for one in found], [one.high for one in found], color=colour, linewidth=2.4)
    look: dict[str, Any] = {"linewidth": 1.0, "markersize": 8, "markeredgewidth": 1.8}
    face = colour if name == "cv" else COLOURS["paper"]
    axes.plot(x, [one.value for one in found], "o-", color=colour, label=told(name), markerfacecolor=face, **look)


def tip_column(axes: Axes, left: float, right: float, words: str) -> None:
    """Words for a pointer anywhere between two places of the x axis."""
    axes.axvspan(left, right, facecolor="none", linewidth=0, zorder=9, gid=TIP + words)


def tip_row(axes: Axes, y: float, words: str) -> None:
    """Words for a pointer anywhere in the row at the height `y`."""
    axes.axhspan(y - 0.5, y + 0.5, facecolor="none", linewidth=0, zorder=9, gid=TIP + words)


def legend(axes: Axes, narrow: bool, **more: Any) -> None:
    """What the marks mean, above the plot."""
    anchor: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2, "borderpad": 0.1}
    axes.legend(**anchor, ncols=2 if narrow else 4, handlelength=1.6, columnspacing=1.4, **more)


def seen(words: str) -> str:
    r"""Words without what is not seen and yet acts: control characters, and those that turn the direction of what follows.

    Examples:
        >>> seen("right\u202eleft"), seen("two\nlines")
        ('right�left', 'two\nlines')
    """
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", words)


def shorter(name: str, most: int) -> str:
    """The name on one line, cut where it is longer than a chart has room for.

    Examples:
        >>> shorter("a very long name", 8), shorter("short", 8)
        ('a very …', 'short')
    """
    plain = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(name.split()))
    return plain if len(plain) <= most else plain[: most - 1] + "…"
