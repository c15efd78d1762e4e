from dataclasses import fields, replace

import pytest

from leadline.record import Cost, Turn, compare

ONE = Turn(
    **dict.fromkeys(field.name for field in fields(Turn))
    | {"metric": "error", "unit": "", "J_cv": Cost(0.25, 0.2, 0.3), "architecture": {"layers": [{"units": 25}, {"units": 15}]}}
)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"J_cv": Cost(0.125, 0.2, 0.3)}, {"J_cv.value": -0.125}),
        ({"J_cv": None}, {"J_cv.value": None, "J_cv.low": None, "J_cv.high": None}),
        ({"seconds": 2.0}, {"seconds": None}),
        ({"architecture": {"layers": [{"units": 25}, {"units": 20}]}}, {"architecture.layers[1].units": 5}),
        ({"architecture": {"layers": [{"units": 25}]}}, {"architecture.layers[1].units": None}),
        ({"bias": "high"}, {"bias": None}),
        ({"metric": "rmse", "J_cv": Cost(0.125, 0.2, 0.3)}, {"metric": None, "J_cv.value": None}),
        ({"unit": "m", "J_cv": Cost(0.125, 0.2, 0.3)}, {"unit": None, "J_cv.value": None}),
        ({"number": 2, "run": 3, "started": "now", "evidence": {"long": 1}, "checkpoint": 7}, {}),
    ],
)
def test_what_differs_is_named(changes, expected):
    assert {difference.name: difference.change for difference in compare(ONE, replace(ONE, **changes))} == expected


def test_both_values_are_given():
    (difference,) = compare(ONE, replace(ONE, bias="high"))
    assert (difference.first, difference.second) == (None, "high")
