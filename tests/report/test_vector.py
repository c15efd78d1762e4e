import re
from xml.etree import ElementTree

import pytest

from leadline.report.drawing import COLOURS, TIP, blank
from leadline.report.vector import svg

HOSTILE = [
    "</svg><script>x()</script>",
    "<img src=x onerror=x()>",
    '"><b onclick=x()>',
    "$\\frac{a}{b}$",
    "שלום 日本 🐟",
    "a & b",
]


def _drawn(name="chart", label="a", gid=None):
    def build():
        figure = blank(200, 100)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], "o-", color=COLOURS["cv"])
        axes.axvspan(0, 1, facecolor="none", gid=gid)
        axes.fill_between([0, 1], [0, 1], [1, 2], hatch="//", facecolor="none", edgecolor=COLOURS["cv"])
        axes.set_title(label)
        return figure

    return svg(build, name)


def test_it_is_one_element_whose_colours_are_the_pages():
    text = _drawn()
    root = ElementTree.fromstring(text)
    assert root.tag == "svg"
    assert root.get("viewBox") == "0 0 200 100"
    assert "var(--cv)" in text
    assert not re.search("#[0-9a-f]{6}", text)
    assert "style" not in {name for element in root.iter() for name in element.attrib}
    assert "style" not in {element.tag for element in root.iter()}
    assert "http" not in text


@pytest.mark.parametrize("words", HOSTILE)
def test_words_are_words(words):
    root = ElementTree.fromstring(_drawn(label=words, gid=TIP + words))
    assert words in {element.text for element in root.iter("text")}
    (mark,) = (element for element in root.iter() if element.get("class") == "tip")
    assert mark[0].tag == "title"
    assert mark[0].text == words
    assert {element.tag for element in root.iter()} <= {
        "svg",
        "g",
        "path",
        "use",
        "defs",
        "clipPath",
        "rect",
        "text",
        "title",
        "pattern",
    }
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on")]


def test_two_charts_of_a_page_share_no_names():
    first, second = (ElementTree.fromstring(_drawn(name)) for name in ("one", "two"))
    names = [{element.get("id") for element in root.iter() if element.get("id")} for root in (first, second)]
    assert names[0]
    assert not names[0] & names[1]
    for root, own in zip((first, second), names, strict=True):
        used = {element.get("href")[1:] for element in root.iter("use")}
        used |= set(re.findall(r"url\(#([^)]+)\)", ElementTree.tostring(root, encoding="unicode")))
        assert used
        assert used <= own


def test_the_same_figure_gives_the_same_text():
    assert _drawn() == _drawn()
