import json
from types import SimpleNamespace

import numpy as np
import pytest

from leadline.data.split import split
from leadline.develop.climb import Turned, actual_change, best_turn, choose, followed, proposed, with_seeds
from leadline.develop.intervals import Estimate, Resampling
from leadline.develop.plan import start
from leadline.develop.remedies import Remedy

GAIN, NOISE, LOSS = Estimate(-0.02, -0.03, -0.01), Estimate(-0.01, -0.03, 0.01), Estimate(0.01, -0.01, 0.03)


def _remedy(name, value=1, gain=GAIN, error=NOISE):
    return Remedy(name, "both", "words", value, gain, error, Estimate(0.1, 0.05, 0.15), 1.0)


def _turned(path, level, *remedies, seed=0):
    paid = (np.random.default_rng(seed).uniform(size=(3, 200)) < level).astype(float)
    paid[:] = paid[:1]
    return Turned(path, "error", Resampling.of(paid, "cv"), "high variance", remedies)


# What the turns were, and which remedy is taken from which of them.
CHOICES = {
    "the first that surely helps": ([_turned((), 0.3, _remedy("a"), _remedy("b"))], (), "a"),
    "none that promises nothing": ([_turned((), 0.3, _remedy("a", gain=NOISE), _remedy("b", gain=LOSS, error=None))], (), None),
    "a surely lower error where J is not worse": ([_turned((), 0.3, _remedy("a", gain=NOISE, error=GAIN))], (), "a"),
    "not where J is worse": ([_turned((), 0.3, _remedy("a", gain=LOSS, error=GAIN))], (), None),
    "none that no move makes": ([_turned((), 0.3, _remedy("more data", value=None))], (), None),
    "none that was not measured": ([_turned((), 0.3, Remedy("a", "bias", value=1, reason="too large"))], (), None),
    "the last turn's where it is the best": (
        [_turned((), 0.3, _remedy("a")), _turned((("a", 1),), 0.1, _remedy("c"), seed=1)], (), "c",
    ),
    "the next of the best where a promise did not come true": (
        [_turned((), 0.1, _remedy("a"), _remedy("b")), _turned((("a", 1),), 0.3, _remedy("c"), seed=1)], (), "b",
    ),
    "not what was given up": ([_turned((), 0.3, _remedy("a"), _remedy("b"))], [(("a", 1),)], "b"),
    "the same move with another value": ([_turned((), 0.3, _remedy("a", 2))], [(("a", 1),)], "a"),
}  # fmt: skip


@pytest.mark.parametrize(("turns", "tried", "name"), CHOICES.values(), ids=CHOICES)
def test_where_the_loop_goes(turns, tried, name):
    best, remedy = choose(turns, tried)
    assert best is min(turns, key=lambda turn: turn.J_cv)
    assert (remedy and remedy.name) == name


def test_a_turn_can_be_made_with_whatever_was_measured_and_not_tried():
    remedies = [_remedy("a"), _remedy("b", gain=LOSS), _remedy("more data", value=None), Remedy("c", "bias", reason="too large")]
    best, found = proposed([_turned((), 0.3, *remedies), _turned((("a", 1),), 0.5, seed=1)])
    assert [remedy.name for remedy in best.remedies] == ["a", "b", "more data", "c"]
    assert [remedy.name for remedy in found] == ["b"]
    assert proposed([_turned((), 0.3, *remedies)], [(("b", 1),)])[1] == (remedies[0],)


def test_a_turn_is_plain_data_and_comes_back():
    turned = _turned((("fewer features", [0, 2]), ("larger λ", 0.5)), 0.2, _remedy("a", [0, 1]), _remedy("b"))
    back = Turned.from_dict(json.loads(json.dumps(turned.to_dict())))
    assert back.path == turned.path
    assert back.verdict == turned.verdict
    assert back.metric == "error"
    assert back.J_cv == turned.J_cv
    assert (back.cv.draws == turned.cv.draws).all()
    assert back.cv.grain == turned.cv.grain
    assert [remedy.gain for remedy in back.remedies] == [GAIN, GAIN]
    assert back.remedies[0].value == [0, 1]
    # A path that went through the record is the same path.
    assert choose([back], [(*turned.path, ("a", [0, 1]))])[1].name == "b"


def test_the_best_turn_of_a_run_is_the_finished_one_of_the_least_J():
    levels = {1: ("done", 0.3), 2: ("done", 0.1), 3: ("running", 0.0), 4: ("abandoned", 0.0), 5: ("done", 0.2)}
    turns = [
        SimpleNamespace(number=number, state=state, J_cv=None, checkpoint=_turned((), level).to_dict())
        for number, (state, level) in levels.items()
    ]
    assert best_turn(turns).number == 2
    assert best_turn(turns[2:4]) is None


def test_the_change_between_turns_is_paired_on_the_examples():
    random = np.random.default_rng(0)
    hard = random.exponential(1.0, (1, 400))
    before, after = (hard + shift + 0.01 * random.normal(size=(3, 400)) for shift in (0.0, -0.05))
    turns = [Turned((), "cost", Resampling.of(paid, "cv"), "", ()) for paid in (before, after)]
    found = actual_change(*turns)
    assert found.value == pytest.approx(float(after.mean() - before.mean()))
    assert found.high < 0
    alone = np.quantile(turns[1].cv.draws, [0.05, 0.95])
    assert found.high - found.low < 0.2 * (alone[1] - alone[0])


def test_a_path_leads_to_the_same_plan_step_by_step():
    data = split(np.random.default_rng(0).normal(size=(60, 3)), [0.0, 1.0, 2.5] * 20, kind="regression")
    begin = start(data, None, 36, layers=(4,), epochs=3, seeds=2)
    plan = followed(begin, (("more units", 2.0), ("larger λ", 0.5), ("longer training", 9)))
    assert plan.units == "3 → 8 → 1"
    assert (plan.lambda_, plan.budget.epochs) == (0.5, 9)
    assert (begin.units, begin.lambda_, begin.budget.epochs) == ("3 → 4 → 1", 0.0, 3)
    assert followed(begin, ()) is begin


def test_no_seed_of_a_turn_was_in_a_turn_before():
    data = split(np.zeros((20, 1)), [0, 1] * 10)
    begin = start(data, None, 12, seeds=3, seed=7)
    seeds = [list(with_seeds(begin, turn).budget.runs) for turn in range(3)]
    assert seeds == [[7, 8, 9], [10, 11, 12], [13, 14, 15]]
