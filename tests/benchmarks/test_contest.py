"""A task among peers in processes of their own."""

import contest as module
import numpy as np
import pytest
from contest import contest, differs, kept, turns, units
from tasks import find


class Scripted:
    """A peer that takes as long as it is told, and keeps what it was asked."""

    def __init__(self, name, seconds, log):
        self.name, self.seconds, self.log = name, seconds, log

    def ask(self, do, way, amount=0, shuffle=True):
        self.log.append((self.name, way, amount))
        return {"seconds": self.seconds, "numbers": [1.0], "peak_mb": 1.0}


def entry(peer, way, seconds):
    return {"peer": peer, "way": way, "seconds": [seconds], "peak_mb": []}


def test_two_processes_compete_and_agree(monkeypatch):
    monkeypatch.setattr(module, "names", lambda: ["leadline", "sklearn"])
    result = contest("predict-1", find("predict-1"), rounds=2, share=0.01)
    assert [(way["peer"], way["kept"], len(way["each_s"])) for way in result["ways"]] == [
        ("leadline", True, 2),
        ("sklearn", True, 2),
    ]
    assert result["ways"][1]["differs"] < 1e-3
    assert all(seconds > 0 for way in result["ways"] for seconds in way["each_s"])
    assert result["units"] == 5
    assert result["versions"].keys() == {"leadline", "jax", "scikit-learn"}


def test_a_peer_that_does_not_start_is_named_with_its_reason(monkeypatch):
    monkeypatch.setattr(module, "names", lambda: ["leadline", "not-a-peer"])
    result = contest("predict-1", find("predict-1"), rounds=1, share=0.01)
    assert result["ways"][1] | {"each_s": []} == {
        "peer": "not-a-peer",
        "way": "not there",
        "error": "ModuleNotFoundError: No module named 'peers.not_a_peer'",
        "each_s": [],
    }


def test_of_each_peer_the_first_way_and_the_fastest_go_on():
    ways = [entry("a", "as it comes", 3.0), entry("a", "slow", 4.0), entry("a", "fast", 1.0), entry("b", "only", 9.0)]
    assert [way["way"] for way in kept(ways)] == ["as it comes", "fast", "only"]


def test_each_round_begins_with_another_way_and_the_long_ones_run_once():
    log = []
    ways = [entry("leadline", "fit", 99.0), entry("a", "x", 1.0), entry("b", "y", 99.0)]
    turns(ways, {name: Scripted(name, 1.0, log) for name in ("leadline", "a", "b")}, 7, rounds=2, whole=False)
    assert log == [("leadline", "fit", 7), ("a", "x", 7), ("b", "y", 7), ("a", "x", 7), ("leadline", "fit", 7)]
    assert [way["once"] for way in ways] == [False, False, True]


def test_a_long_first_run_that_was_all_of_it_is_the_measurement():
    log = []
    ways = [entry("leadline", "curve", 99.0), entry("b", "loop", 99.0)]
    turns(ways, {name: Scripted(name, 1.0, log) for name in ("leadline", "b")}, 7, rounds=3, whole=True)
    assert ways[1]["seconds"] == [99.0]
    assert ways[0]["seconds"] == [1.0, 1.0, 1.0]


def test_losses_differ_by_the_farthest_and_curves_by_their_mean():
    assert differs(find("notes-mlp"), [1.0, 2.2], [1.0, 2.0]) == pytest.approx(0.1)
    assert differs(find("lambda-sweep"), [1.0, 2.3], [1.1, 1.9]) == pytest.approx(0.1)


def test_a_step_is_a_batch_and_a_curve_all_its_trainings():
    digits = {"y": np.zeros(1797), "X": np.zeros((1797, 64), np.float32)}
    assert units(find("notes-mlp"), 100, digits)[:2] == ("step", 5700)
    step = units(find("notes-mlp"), 100, digits)[2]
    unit, count, operations, _ = units(find("lambda-sweep"), 100, {"y_train": np.zeros(1079)})
    assert (unit, count, operations) == ("run", 1, 60 * 100 * 34 * step)
