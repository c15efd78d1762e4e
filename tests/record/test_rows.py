import math

import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.record import Cost


@pytest.mark.parametrize("value", [0.25, 1, np.float32(0.25), np.float64(-3), -0.0])
def test_a_number_becomes_a_float(value):
    cost = Cost(value, value, value)
    assert {type(end) for end in (cost.value, cost.low, cost.high)} == {float}
    assert cost.value == value


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, "0.1", [1], 10**400])
@pytest.mark.parametrize("name", ["value", "low", "high"])
def test_what_is_no_finite_number_is_refused(name, bad):
    with pytest.raises(ArgumentError, match=rf"Cost\.{name} must be a finite number"):
        Cost(**{"value": 0.1, name: bad})


def test_a_cost_has_a_value():
    with pytest.raises(ArgumentError, match=r"Cost\.value"):
        Cost(None)


def test_an_interval_upside_down_is_refused():
    with pytest.raises(ArgumentError, match=r"low=0\.3, high=0\.2"):
        Cost(0.25, 0.3, 0.2)
