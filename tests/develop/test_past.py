from types import SimpleNamespace

import pytest

from leadline.develop.past import Past
from leadline.errors import ArgumentError


def _turn(number, state, path=()):
    return SimpleNamespace(number=number, state=state, seconds=2.0, checkpoint={"path": list(path), "remedies": []})


def test_what_was_done_and_what_is_under_way():
    past = Past((_turn(1, "done"), _turn(2, "abandoned"), _turn(3, "running")))
    assert [turn.number for turn in past.done] == [1]
    assert past.running.number == 3
    assert past.spent == 2.0
    assert Past(()).running is None


@pytest.mark.parametrize("turns", [(), (_turn(1, "running"),), (_turn(1, "abandoned"),)])
def test_before_a_turn_is_finished_nothing_is_proposed(turns):
    past = Past(turns)
    assert past.proposals == ()
    with pytest.raises(ArgumentError, match="Go on without naming a remedy"):
        past.proposal("larger λ")
