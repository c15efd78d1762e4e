import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.report.charts import chart, interval_bar


def _places(lines, mark):
    """The line, from the top, on which each column's mark stands; by the marks' order from left to right."""
    found = [(line.index(mark, start), row) for row, line in enumerate(lines) for start in _starts(line, mark)]
    return [row for _, row in sorted(found)]


def _starts(line, mark):
    return [i for i, letter in enumerate(line) if letter == mark]


LABELS = [f"{2**i}" for i in range(8)]
RISING = [0.0, 0.1, 0.3, 0.35, 0.5, 0.7, 0.71, 1.0]


def test_rising_data_give_rising_marks_and_falling_data_falling_ones():
    rising, falling = chart(LABELS, [("*", RISING)]), chart(LABELS, [("*", RISING[::-1])])
    assert _places(rising, "*") == sorted(_places(rising, "*"), reverse=True)
    assert _places(falling, "*") == sorted(_places(falling, "*"))
    assert _places(rising, "*")[0] == 7
    assert _places(rising, "*")[-1] == 0


@settings(max_examples=100, deadline=None, derandomize=True)
@given(values=st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=8), height=st.integers(2, 12))
def test_marks_stand_in_the_order_of_their_values(values, height):
    lines = chart(LABELS[: len(values)], [("*", values)], height=height)
    rows = _places(lines[:height], "*")
    assert len(rows) == len(values)
    for one, row in zip(values, rows, strict=True):
        for other, other_row in zip(values, rows, strict=True):
            assert one <= other or row <= other_row
    assert len(lines) == height + 2


def test_the_axis_is_straight_beside_a_number_of_many_digits():
    lines = chart(["1", "2"], [("*", [0.0005573, 12.0])], show="{:.4g}".format, height=3)
    assert lines[2].startswith("0.0005573 ┤")
    assert {line.index(mark) for line, mark in zip(lines, "┤┤┤└")} == {10}


def test_a_mark_stands_over_its_label():
    lines = chart(LABELS, [("*", RISING)])
    columns = sorted(line.index("*", start) for line in lines for start in _starts(line, "*"))
    centres = [lines[-1].index(label) + (len(label) - 1) // 2 for label in LABELS]
    assert all(abs(column - centre) <= 1 for column, centre in zip(columns, centres, strict=True))


# (name, values): nothing to span an axis with
FLAT = [
    ("constant", [3.0, 3.0, 3.0]),
    ("zero", [0.0, 0.0, 0.0]),
    ("negative", [-2.0, -2.0, -2.0]),
    ("one value", [5.0, np.nan, np.nan]),
    ("nan", [np.nan, np.nan, np.nan]),
    ("infinite", [np.inf, -np.inf, np.nan]),
]


@pytest.mark.parametrize("values", [case[1] for case in FLAT], ids=[case[0] for case in FLAT])
def test_data_without_a_range_are_drawn(values):
    lines = chart(["a", "b", "c"], [("*", values)])
    assert len(lines) == 10
    assert "".join(lines).count("*") == int(np.isfinite(values).sum())


def test_what_is_not_finite_is_left_out_and_does_not_move_the_axis():
    with_nan = chart(["a", "b", "c"], [("*", [0.0, np.nan, 1.0])])
    assert "".join(with_nan).count("*") == 2
    assert chart(["a", "b", "c"], [("*", [0.0, np.inf, 1.0])]) == with_nan


def test_of_marks_that_fall_together_the_first_is_shown():
    lines = "".join(chart(["a", "b"], [("*", [0.0, 1.0]), ("o", [0.0, 0.0])]))
    assert (lines.count("*"), lines.count("o")) == (2, 1)


def test_the_axis_is_written_as_asked_from_least_to_largest():
    lines = chart(["a", "b"], [("*", [2.0, 4.0])], height=3, show="{:.1f}!".format)
    assert [line.split()[0] for line in lines[:3]] == ["4.0!", "3.0!", "2.0!"]


# (low, value, high, start, end): what is outside the axis stands at its edge
BARS = [
    (2, 4, 6, 0, 10, "  ├─●─┤    "),
    (0, 0, 0, 0, 10, "●          "),
    (10, 10, 10, 0, 10, "          ●"),
    (-5, 5, 50, 0, 10, "├────●────┤"),
    (4, 4, 8, 0, 10, "    ●───┤  "),
    (0, 0, 0, 0, 0, "●          "),
]


@pytest.mark.parametrize(("low", "value", "high", "start", "end", "bar"), BARS)
def test_an_interval_is_a_bar(low, value, high, start, end, bar):
    assert interval_bar(low, value, high, start, end, width=11) == bar


@settings(max_examples=100, deadline=None, derandomize=True)
@given(ends=st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3), axis=st.floats(0.001, 1e6), width=st.integers(2, 60))
def test_a_bar_is_as_wide_as_asked_and_shows_its_value(ends, axis, width):
    bar = interval_bar(*sorted(ends), 0, axis, width)
    assert len(bar) == width
    assert bar.count("●") == 1
