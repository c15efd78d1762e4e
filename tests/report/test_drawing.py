import warnings

import matplotlib
import pytest

from leadline.develop.intervals import Estimate
from leadline.report.drawing import TIP, band, blank, interval, legend, shorter, style, tip_column, tip_row


def test_the_style_holds_only_while_something_is_drawn():
    before = matplotlib.rcParams["svg.fonttype"]
    with style():
        assert matplotlib.rcParams["svg.fonttype"] == "none"
        assert not matplotlib.rcParams["text.parse_math"]
    assert matplotlib.rcParams["svg.fonttype"] == before


def test_letters_that_no_font_here_has_are_no_cause_to_warn():
    with style(), warnings.catch_warnings():
        figure = blank(100, 100)
        figure.subplots().set_title("日本 🐟 $x$")
        figure.canvas.draw()


def test_an_interval_shows_its_value_and_both_ends():
    axes = blank(100, 100).subplots()
    interval(axes, Estimate(2.0, 1.0, 4.0), 0.0, "black")
    xs = [list(line.get_xdata()) for line in axes.lines]
    assert xs == [[1.0, 4.0], [1.0, 1.0], [4.0, 4.0], [2.0]]


def test_a_band_is_a_line_with_its_name():
    axes = blank(100, 100).subplots()
    band(axes, [0, 1], [Estimate(1, 0, 2), Estimate(2, 1, 3)], "black", "cv")
    legend(axes, narrow=True)
    assert list(axes.lines[0].get_ydata()) == [1, 2]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["cv"]


def test_words_for_a_pointer_lie_over_a_row_or_a_column():
    axes = blank(100, 100).subplots()
    tip_column(axes, 0, 1, "column")
    tip_row(axes, 2, "row")
    assert [patch.get_gid() for patch in axes.patches] == [TIP + "column", TIP + "row"]


@pytest.mark.parametrize(("name", "expected"), [("a\nb\tc", "a b c"), ("a\u202eb", "a�b"), ("x" * 30, "x" * 9 + "…"), ("", "")])
def test_a_name_is_made_to_fit_a_line(name, expected):
    assert shorter(name, 10) == expected
