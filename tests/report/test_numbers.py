import pytest

from leadline.develop.intervals import Estimate
from leadline.develop.problem import number, signed
from leadline.report.numbers import alike


def test_per_cent_stays_as_it_is():
    write = alike(Estimate(0.05, -0.1, 0.2), number("error"))
    assert (write(0.05), write(-0.1)) == ("5.0 %", "−10.0 %")


@pytest.mark.parametrize(
    ("size", "expected"), [(0.0123, "0.0123"), (12.34, "12.3"), (1234.0, "1,234"), (-0.5, "−0.500"), (2e-6, "2e−6")]
)
def test_a_change_has_three_digits(size, expected):
    assert alike(Estimate(size, size, size), number("cost"))(size) == expected


def test_limits_are_written_with_the_decimals_of_the_largest():
    write = alike(Estimate(-1.5, -20.0, 0.01), number("cost"))
    assert [write(value) for value in (-1.5, -20.0, 0.01)] == ["−1.5", "−20.0", "0.0"]


def test_a_rise_has_a_plus_and_nothing_has_none():
    assert [signed(value, str) for value in (1, 0, -1)] == ["+1", "0", "-1"]
