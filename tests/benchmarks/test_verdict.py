"""What results come to."""

import pytest
from verdict import by_peer, fastest, ours, verdicts


def way(peer, name, *seconds, **more):
    return {"peer": peer, "way": name, "kept": True, "once": False, "each_s": list(seconds), "first_s": 4.0} | more


def result(*goals, **more):
    every = [{"against": [], "least": None, "seconds": None, "of_peak": None} | goal for goal in goals]
    ways = [
        way("leadline", "fit", 1.0, 2.0, 9.0),
        way("keras-jax", "default", 20.0),
        way("keras-jax", "tuned", 8.0),
        way("torch", "default", 1.0, error="computes another thing"),
        way("sklearn", "slow", 1.0, kept=False),
    ]
    limits = {"operations_per_s": 10.0, "bytes_per_s": 1.0, "cache_bytes": 100}
    return {"ways": ways, "goals": every, "operations": 16.0, "bytes": 5, "limits": limits} | more


def test_only_what_ran_to_the_end_and_computed_the_same_counts():
    assert ours(result())["way"] == "fit"
    assert fastest(result())["way"] == "tuned"
    assert fastest(result(), ("keras-jax: def*",))["way"] == "default"
    assert fastest(result(), ("torch: *",)) is None
    assert by_peer(result()) == {"keras-jax": 4.0}


def test_goals_are_judged_by_medians():
    goals = ({"least": 4.0}, {"least": 11.0, "against": ["*: default"]}, {"seconds": 4.5}, {"of_peak": 0.9})
    found = verdicts(result(*goals))
    assert [(one.reached, one.met) for one in found] == [("4×", True), ("10×", False), ("4 s", True), ("80 %", False)]


def test_a_goal_against_nobody_that_ran_is_not_judged():
    assert verdicts(result({"least": 1.0, "against": ["torch: *"]})) == []


def test_memory_is_compared_workload_by_workload():
    assert by_peer({"rows": {"cnn": {"leadline": 200.0, "torch": 300.0}}}) == {"cnn torch": pytest.approx(1.5)}
