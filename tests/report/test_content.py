from xml.etree import ElementTree

from leadline.report.content import Chart, Table
from leadline.report.drawing import NARROW, WIDE


def test_a_chart_is_drawn_wide_and_narrow():
    seen = []

    def draw(axes, *, narrow):
        seen.append(narrow)
        axes.plot([0, 1], [0, 1])

    chart = Chart("key", "title", "words", [draw] * 3, (100, 80), (Table("t", ("a",), [("b",)]),), columns=2)
    assert seen == []
    wide, narrow = (ElementTree.fromstring(text) for text in (chart.wide, chart.narrow))
    assert seen == [False] * 3 + [True] * 3
    assert wide.get("viewBox") == f"0 0 {WIDE} 200"  # two rows of two
    assert narrow.get("viewBox") == f"0 0 {NARROW} 240"  # three of one
    names = [{one.get("id") for one in root.iter() if one.get("id")} for root in (wide, narrow)]
    assert not names[0] & names[1]
