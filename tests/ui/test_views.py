from dataclasses import replace

import pytest
from tests.ui.conftest import SOURCE, begin, begin_run, finish, walked

from leadline.record import compare
from leadline.ui import views


def test_a_walk_has_its_best_turn_its_chart_and_its_steps(record):
    run, turns = walked(record), record.turns(1)
    shown = views.walk(run, turns)
    assert (shown.best, shown.measured, shown.goes_on) == (2, None, True)
    assert [turn.chosen for turn in shown.turns] == [False, True]
    assert [step.name for step in shown.steps] == ["larger λ", "more units"]
    assert [step.sure for step in shown.steps] == [True, False]
    assert shown.steps[0].gain == "Δ RMSE −0.100 [−0.120, −0.080]"
    assert shown.turns[1].figures["cv"] == "0.4 [0.36, 0.44]"
    assert shown.turns[0].figures.keys() == {"train", "cv", "baseline"}
    assert "turn 2: train 0.2" in shown.chart.says
    assert shown.chart.wide != shown.chart.narrow


def test_a_remedy_that_was_tried_from_the_best_turn_is_no_step(record):
    run = begin_run(record)
    finish(record, begin(record, run, []), 0.4)
    finish(record, begin(record, run, [("larger λ", 1.0)]), 0.5)
    shown = views.walk(run, record.turns(1))
    assert shown.best == 1
    assert [step.name for step in shown.steps] == ["more units"]


def test_before_the_first_turn_there_is_nothing_to_draw(record):
    run = begin_run(record)
    shown = views.walk(run, ())
    assert (shown.chart, shown.best, shown.steps, shown.measured) == (None, 0, (), None)
    begin(record, run, [])
    shown = views.walk(run, record.turns(1))
    assert (shown.chart, shown.best, shown.measured) == (None, 0, 0)
    assert shown.turns[0].seconds == ""


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"state": "running", "alive": True}, "running"),
        ({"state": "running", "alive": False}, "stopped"),
        ({"state": "done", "alive": False}, "done"),
        ({"state": "abandoned", "alive": False}, "abandoned"),
    ],
)
def test_a_run_that_nobody_goes_on_with_is_stopped(record, changes, state):
    assert replace(begin_run(record), **changes).standing == state


def test_a_turn_of_a_run_that_was_stopped_is_stopped_too(record):
    run = begin_run(record)
    begin(record, run, [])
    left = replace(run, alive=False)
    (turn,) = views.walk(left, record.turns(1)).turns
    assert (turn.state, turn.standing) == ("stopped", "stopped")


def test_a_run_whose_process_starts_or_ends_is_running(record):
    run = walked(record)
    shown = views.walk(run, record.turns(1), at_work=True)
    assert (shown.line.state, shown.line.standing, shown.measured) == ("running", "running", None)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        (SOURCE | {"table": "a/houses.csv", "target": "price"}, "houses.csv, price"),
        (SOURCE | {"table": None, "target": None}, "handwritten digits"),
        (None, "data 3f3f3f3f3f3f…"),
    ],
)
def test_what_a_run_is_called(record, source, name):
    (line,) = views.lines([begin_run(record, source)], [()])
    assert (line.name, line.cv, line.turns) == (name, "", 0)


def test_two_turns_stand_side_by_side(record):
    walked(record)
    pair = record.turns(1)
    shown = views.compared(pair, compare(*pair))
    assert [one.name for one in shown.pair] == ["1.1", "1.2"]
    rows = {row[0]: row[1:] for row in shown.table.rows}
    assert rows["hyperparameters.lambda"] == ("0", "1", "1")
    assert not {"J_cv.value", "change", "predicted.value"} & rows.keys()
    assert "turn 1.1: train 0.25" in shown.chart.says
    assert ">cv, 1.2</text>" in shown.chart.wide


def test_a_turn_and_itself_do_not_differ(record):
    walked(record)
    turn = record.turns(1)[0]
    shown = views.compared((turn, turn), compare(turn, turn))
    assert shown.table is None
    assert shown.chart.wide.count(">cv, 1.1</text>") == 1


@pytest.mark.parametrize("change", [{"metric": "mae"}, {"J_cv": None}])
def test_what_cannot_stand_on_one_axis_is_not_drawn(record, change):
    walked(record)
    one, other = record.turns(1)
    assert views.compared((one, replace(other, **change)), ()).chart is None
