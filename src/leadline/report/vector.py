"""A figure as SVG to stand inside a page: its colours are the page's, and where a pointer rests it says its numbers."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from leadline.report.drawing import COLOURS, TIP, seen, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["svg"]

_SVG, _LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
_NAMES = {value: f"var(--{name})" for name, value in COLOURS.items()}
_COLOUR = re.compile("#[0-9a-f]{6}")
_LEFT_OUT = {"font-family", "font"}  # the page's own


def svg(build: Callable[[], Figure], name: str) -> str:
    """The figure that `build` draws, as an `<svg>` without scripts, styles or addresses of its own.

    Args:
        build: Draws it; called with the charts' style in force.
        name: What no other figure of the page is called: what it defines for itself is named by it.

    Returns:
        The element. Colours of `COLOURS` are `var(--name)`. Artists whose `gid` begins with `TIP` have the class "tip" and a
        `<title>`; it is no image to a screen reader until the page says so, with words and a table.

    Examples:
        >>> from leadline.report.drawing import blank
        >>> text = svg(lambda: blank(100, 50), "nothing")
        >>> text.startswith('<svg viewBox="0 0 100 50"'), 'fill="var(--paper)"' in text
        (True, True)
    """
    import matplotlib

    written = io.StringIO()
    with style(), matplotlib.rc_context({"svg.hashsalt": name}):
        figure = build()
        _lay_out(figure)
        figure.savefig(written, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(seen(written.getvalue()))
    defined = {element.get("id", ""): f"{name}-{element.get('id')}" for element in _definitions(root)}
    _plain(root, defined)
    box = root.get("viewBox", "")
    root.attrib.clear()
    root.attrib.update({"viewBox": box, "aria-hidden": "true", "focusable": "false"})
    return ElementTree.tostring(root, encoding="unicode")


def _lay_out(figure: Figure) -> None:
    """Puts everything in its place, by its size in SVG; a figure that does so itself when it is written is drawn twice."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    FigureCanvasSVG(figure)  # now what measures the figure
    if figure.axes and (engine := figure.get_layout_engine()):
        engine.execute(figure)
        figure.set_layout_engine("none")


def _definitions(root: ElementTree.Element) -> list[ElementTree.Element]:
    """What is defined once and referred to: shapes of marks, hatches, clips."""
    return [inner for outer in root.iter(f"{_SVG}defs") for inner in outer.iter() if inner.get("id")]


def _plain(element: ElementTree.Element, defined: dict[str, str]) -> None:
    """Rids an element of namespaces, names and styles, all the way down."""
    for child in list(element):
        if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
            element.remove(child)
        else:
            _plain(child, defined)
    element.tag = element.tag.removeprefix(_SVG)
    name, attributes = element.get("id", ""), dict(element.attrib)
    element.attrib.clear()
    for declaration in attributes.pop("style", "").split("; "):
        key, _, value = declaration.partition(": ")
        if value and key not in _LEFT_OUT:
            attributes[key] = value
    attributes.pop("id", None)
    if link := attributes.pop(_LINK, ""):
        attributes["href"] = f"#{defined[link[1:]]}"
    for key, value in attributes.items():
        element.set(key, _COLOUR.sub(_named, re.sub(r"url\(#(\w+)\)", functools.partial(_own, defined=defined), value)))
    if name in defined:
        element.set("id", defined[name])
    if name.startswith(TIP):
        element.set("class", "tip")
        title = ElementTree.Element("title")
        title.text = name.removeprefix(TIP)
        element.insert(0, title)


def _named(found: re.Match[str]) -> str:
    return _NAMES.get(found[0], found[0])


def _own(found: re.Match[str], defined: dict[str, str]) -> str:
    return f"url(#{defined[found[1]]})"
