import dataclasses

import numpy as np
import pytest

from leadline.record import Cost, Turn
from leadline.report import inside
from leadline.report.drawing import TIP, blank
from leadline.words import percent

HOSTILE = "</script><img src=x onerror=x()>\u202e"


def _axes():
    return blank(720, 300).subplots()


def _tips(axes):
    return [patch.get_gid().removeprefix(TIP) for patch in axes.patches if str(patch.get_gid()).startswith(TIP)]


@pytest.mark.parametrize("figure", inside.FIGURES)
def test_each_layer_is_drawn_at_each_look(evidence, figure):
    axes = _axes()
    looks = {one["epoch"] for one in evidence["health"]["figures"]}
    inside.layers(evidence, axes, figure)
    if any(one[figure] is not None for one in evidence["health"]["figures"]):
        assert len(_tips(axes)) == len(looks)
        assert axes.lines
    axes.figure.canvas.draw()


def test_of_many_layers_the_first_and_the_last_are_drawn(classes):
    axes, one = _axes(), classes["health"]["figures"][0]
    classes["health"]["figures"] = [one | {"layer": f"layer {place}"} for place in range(40)]
    inside.layers(classes, axes, "signal")
    names = [line.get_label() for line in axes.lines]
    assert names == [f"layer {place}" for place in (0, 1, 2, 3, 36, 37, 38, 39)]


def test_the_confusion_matrix_says_every_share(classes):
    axes, found = _axes(), classes["errors"]["confusion"]
    inside.mistakes(classes, axes)
    assert len(_tips(axes)) == 9
    assert percent(found["shares"][0][0], 1) in _tips(axes)[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == found["classes"]


@pytest.mark.parametrize("count", [2, 17, 60])
def test_a_matrix_of_any_size_fits(classes, count):
    found = classes["errors"]["confusion"]
    found["classes"] = [f"{HOSTILE} {place}" for place in range(count)]
    for key in ("counts", "shares", "low", "high"):
        found[key] = np.full((count, count), 1 / count).tolist()
    found["shares"][0] = [None] * count  # a class that no row has
    axes = _axes()
    inside.mistakes(classes, axes, narrow=True)
    axes.figure.canvas.draw()
    assert len(_tips(axes)) == count * (count - 1)
    assert all(len(label.get_text()) <= 10 for label in axes.get_yticklabels())


def test_thresholds_are_drawn_for_two_classes():
    from tests.report.conftest import plain

    evidence, axes = plain("binary"), _axes()
    inside.thresholds(evidence, axes)
    assert {line.get_label() for line in axes.lines} >= {"precision", "recall", "F1", "in use"}
    assert all(tip.startswith("threshold") for tip in _tips(axes))


def test_a_signal_is_a_line_a_channel():
    axes = _axes()
    inside.signal([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]], 0.0, 1.0, axes)
    assert [list(line.get_ydata()) for line in axes.lines] == [[0.0, 0.5, 1.0], [1.0, 0.5, 0.0]]


def _turn(number, J_cv, change="the start"):
    values = dict.fromkeys(field.name for field in dataclasses.fields(Turn))
    costs = {"J_cv": J_cv, "J_train": Cost(0.1), "baseline": Cost(0.2, 0.1, 0.3)}
    return Turn(**values | {"run": 1, "number": number, "metric": "error", "change": change, "hypothesis": ""} | costs)


def test_turns_are_a_line_with_the_chosen_one_marked():
    axes, walked = _axes(), [_turn(1, Cost(0.5, 0.4, 0.6)), _turn(2, Cost(0.25, 0.2, 0.3), HOSTILE)]
    inside.turns(walked, 2, axes)
    axes.figure.canvas.draw()
    assert _tips(axes)[1].startswith(f"turn 2: {HOSTILE}\ncv 25.0 % [20.0 %, 30.0 %]")
    ring = next(line for line in axes.lines if line.get_label() == "chosen")
    cv = next(line for line in axes.lines if line.get_label() == "cv")
    assert (list(ring.get_xdata()), list(ring.get_ydata())) == ([cv.get_xdata()[1]], [0.25])
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "2"]


def test_a_single_turn_shows_its_intervals_side_by_side():
    axes = _axes()
    inside.turns([_turn(1, Cost(0.5, 0.4, 0.6))], 1, axes)
    (cv,), (train,) = (lines.get_segments() for lines in axes.collections[:2])
    assert [end[1] for end in cv] == [0.4, 0.6]
    assert train[0][0] < 1 < cv[0][0]


def test_a_cost_without_limits_is_an_estimate_without_width():
    assert inside.cost_estimate(None) is None
    found = inside.cost_estimate(Cost(0.5))
    assert (found.low, found.high) == (0.5, 0.5)
