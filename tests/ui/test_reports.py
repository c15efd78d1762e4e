import pytest
from tests.ui.conftest import begin, begin_run, walked

from leadline.errors import ArgumentError
from leadline.ui.reports import report


def test_a_run_and_a_turn(record):
    run, turns = walked(record), record.turns(1)
    whole, policy = report(run, turns)
    one, other = report(run, turns, 1)
    assert policy == other
    assert ">The loop</h2>" in whole
    assert ">The loop</h2>" not in one
    assert "Run 1, turn 1: " in one
    assert policy.startswith("default-src 'none'")


@pytest.mark.parametrize("number", [0, 9, None])
def test_what_was_not_finished_has_none(record, number):
    run = begin_run(record)
    begin(record, run, [])
    with pytest.raises(ArgumentError, match="finished"):
        report(run, record.turns(1), number)
