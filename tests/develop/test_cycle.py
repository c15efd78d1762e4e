import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import leadline as ll
from leadline.data.split import SealedPart, split
from leadline.develop import cycle as under_test
from leadline.develop import moves, remedies
from leadline.develop.cycle import develop, seconds_of
from leadline.develop.intervals import Estimate
from leadline.errors import ArgumentError
from leadline.layers import Dense
from leadline.record import Record

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 3))
LINE = split(X, X[:, 0] + 0.5 * X[:, 1] + 0.1 * RANDOM.normal(size=90))
NOISE = split(X, RANDOM.normal(size=90))
KILLS = int(os.environ.get("LEADLINE_KILLS", "2"))
CHEAP = ("larger λ", "smaller λ", "higher learning rate", "lower learning rate")


@pytest.fixture(autouse=True, scope="module")
def of_a_few_moves():
    """Most of them cost nothing beside the curves."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remedies, "MOVES", tuple(move for move in remedies.MOVES if move.name in CHEAP))
        yield


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A walk of several turns: the learning rate is far too small to begin with."""
    record, told = tmp_path_factory.mktemp("walk") / "leadline.db", []
    story = develop(LINE, budget="1h", record=record, layers=(), epochs=60, folds=0, seeds=6, tell=told.append)
    return story, record, told


def test_every_turn_takes_the_best_remedy_and_says_what_came_of_it(walked):
    story, _, told = walked
    assert len(story.turns) > 2
    assert story.stopped == "no remedy promises more than the noise"
    assert repr(story) == f"Story(turns={len(story.turns)}, chosen={story.chosen}, stopped={story.stopped!r})"
    assert [turn.number for turn in told] == [turn.number for turn in story.turns] == list(range(1, len(story.turns) + 1))
    first, second = story.turns[:2]
    assert (first.change, first.predicted, first.actual) == ("the start", None, None)
    best = next(remedy for remedy in first.evidence["remedies"] if remedy["value"] is not None)
    assert second.change == f"{best['name']}: {best['change']}"
    assert second.predicted.value == best["gain"]["value"] < 0
    assert second.actual.value == pytest.approx(second.J_cv.value - first.J_cv.value)
    assert set(first.evidence["budget"]["seeds"]).isdisjoint(second.evidence["budget"]["seeds"])
    chosen = min(story.turns, key=lambda turn: turn.J_cv.value)
    assert story.chosen == chosen.number
    assert chosen.J_cv.value < 0.8 * first.J_cv.value


def test_the_model_is_the_mean_of_the_chosen_networks_trainings_on_train_and_cv(walked):
    story, _, _ = walked
    parts = (story.data.train, story.data.cv)
    misses = [story.model.predict(part.X)[:, 0] - part.y for part in parts]
    assert np.sqrt((np.concatenate(misses) ** 2).mean()) < 1.2 * story.turns[story.chosen - 1].J_cv.value
    assert story.predictor.origin["turn"] == story.chosen
    assert story.plan.described()["network"] == story.turns[story.chosen - 1].architecture


def test_the_record_holds_what_the_story_tells(walked):
    story, path, _ = walked
    with Record.open(path) as book:
        (run,), turns, score = book.runs(), book.turns(1), book.advice_score()
    assert run.state == "done"
    assert run.settings["folds"] == 0
    assert [turn.J_cv for turn in turns] == [turn.J_cv for turn in story.turns]
    assert all(turn.evidence["verdict"] and turn.bias and turn.seconds > 0 for turn in turns)
    promised = [turn for turn in turns if turn.predicted is not None and turn.predicted.value < 0]
    assert score == story.advice
    assert score.predicted == len(promised)
    assert score.came_true == sum(turn.actual.value < 0 for turn in promised)
    json.dumps(story.to_dict(), allow_nan=False)


def test_where_nothing_helps_it_stops_and_says_so(monkeypatch):
    monkeypatch.setattr(SealedPart, "open", lambda self: pytest.fail("the test part was opened"))
    story = develop(NOISE, budget="1h", layers=(), epochs=4, folds=0, seeds=3, lambda_=10.0)
    assert story.stopped == "no remedy promises more than the noise"
    assert story.chosen in [turn.number for turn in story.turns]


def test_where_a_given_baseline_is_reached_it_stops():
    story = develop(LINE, baseline=1.6, budget="1h", layers=(), epochs=60, folds=0, seeds=6, tolerance=1.0)
    assert story.turns[0].evidence["verdict"] == "done"
    assert (len(story.turns), story.stopped) == (1, "done: as good as the given baseline")


def test_a_promise_that_does_not_come_true_is_not_gone_on_from(monkeypatch):
    """Of a network that is trained to the end two remedies are said to help that ruin it: the start is chosen."""
    real = under_test.diagnosed

    def lying(plan, folds, **options):
        found = real(plan, folds, **options)
        by_name = {remedy.name: remedy for remedy in found.remedies}
        ruin = (replace(by_name["larger λ"], value=1e4), replace(by_name["lower learning rate"], value=1e-7))
        return replace(found, remedies=tuple(replace(one, gain=Estimate(-1.0, -1.1, -0.9)) for one in ruin))

    monkeypatch.setattr(under_test, "diagnosed", lying)
    story = develop(LINE, budget="1h", layers=(), epochs=600, folds=0, seeds=2)
    paths = [turn.checkpoint["path"] for turn in story.turns]
    assert paths == [[], [["larger λ", 1e4]], [["lower learning rate", 1e-7]]]
    assert (story.chosen, story.stopped) == (1, "no remedy promises more than the noise")
    assert (story.advice.predicted, story.advice.came_true) == (2, 0)


def test_a_budget_that_is_spent_ends_it_with_what_there_is(monkeypatch):
    monkeypatch.setattr(remedies, "MOVES", moves.MOVES)
    story = develop(LINE, budget=0.01, layers=(), epochs=2, folds=0, seeds=2)
    assert (len(story.turns), story.stopped) == (1, "the budget was spent")
    reasons = {remedy["reason"] for remedy in story.turns[0].evidence["remedies"] if remedy["gain"] is None}
    assert under_test.OUT_OF_TIME in reasons


def test_few_rows_are_held_out_in_folds():
    story = develop(LINE, budget=0.01, layers=(), epochs=2)
    evidence = story.turns[0].evidence
    assert evidence["folds"] == 5
    assert len(evidence["budget"]["seeds"]) == 3


def test_a_model_of_ones_own_is_developed_with_its_regularizers():
    model = ll.Sequential([ll.Input((3,)), Dense(2, "relu", kernel_regularizer="l2"), Dense(1)])
    model.compile(ll.optimizers.Adam(0.01), "mse")
    story = develop(LINE, model, budget=0.01, epochs=2, folds=0, seeds=2)
    assert story.plan.lambda_ is None
    assert story.plan.units == "3 → 2 → 1"


def test_a_walk_that_was_left_goes_on_and_measures_nothing_twice(tmp_path, monkeypatch):
    settings = {"budget": "1h", "record": tmp_path / "leadline.db", "layers": (), "epochs": 4, "folds": 0, "seeds": 2}
    kept, real = [], Record.save_checkpoint

    def interrupted(self, turn, checkpoint):
        result = real(self, turn, checkpoint)
        kept.append([remedy["name"] for remedy in checkpoint["remedies"]])
        if len(kept) == 4:
            raise KeyboardInterrupt
        return result

    monkeypatch.setattr(Record, "save_checkpoint", interrupted)
    with pytest.raises(KeyboardInterrupt):
        develop(NOISE, **settings)
    monkeypatch.undo()
    known, diagnosed = [], under_test.diagnosed

    def watched(plan, folds, **options):
        known.append([remedy.name for remedy in options["known"]])
        return diagnosed(plan, folds, **options)

    monkeypatch.setattr(under_test, "diagnosed", watched)
    story = develop(NOISE, **settings)
    assert story.run.number == 1
    assert known[0] == kept[3]
    assert len(known[0]) == 4
    assert [turn.number for turn in story.turns] == list(range(1, len(story.turns) + 1))


def test_one_more_turn_is_made_with_a_remedy_that_was_chosen(tmp_path):
    settings = {"record": tmp_path / "leadline.db", "layers": (), "epochs": 20, "folds": 0, "seeds": 3, "budget": 0.01}
    before = develop(LINE, **settings)
    assert len(before.turns) == 1
    story = develop(LINE, **settings, run=1, remedy="lower learning rate")  # the loop itself would not take it
    assert (story.run.number, story.run.state, len(story.turns)) == (1, "done", 2)
    first, second = story.turns
    chosen = next(one for one in first.evidence["remedies"] if one["name"] == "lower learning rate")
    assert second.change == f"lower learning rate: {chosen['change']}"
    assert second.predicted.value == chosen["gain"]["value"]
    assert second.actual.value == pytest.approx(second.J_cv.value - first.J_cv.value)
    assert story.stopped == "the turn that was asked for was made"
    assert set(first.evidence["budget"]["seeds"]).isdisjoint(second.evidence["budget"]["seeds"])


NO_TURN = {
    "an unknown remedy": ({"run": 1, "remedy": "larger λλ"}, LINE, "Did you mean 'larger λ'"),
    "one that is no move": ({"run": 1, "remedy": "more data"}, LINE, "Unknown remedy for the next turn"),
    "no run": ({"remedy": "larger λ"}, LINE, "run=1"),
    "no such run": ({"run": 2, "remedy": "larger λ"}, LINE, "no run 2"),
    "a run that is done": ({"run": 1}, LINE, "nothing to take over"),
    "other data": ({"run": 1, "remedy": "larger λ"}, NOISE, "begun with another data_digest"),
    "other settings": ({"run": 1, "remedy": "larger λ", "epochs": 3}, LINE, "begun with another settings"),
}


def test_what_is_no_next_turn_changes_nothing(tmp_path):
    settings = {"record": tmp_path / "leadline.db", "layers": (), "epochs": 2, "folds": 0, "seeds": 2, "budget": 0.01}
    develop(LINE, **settings)
    for how, data, words in NO_TURN.values():
        with pytest.raises(ArgumentError, match=words):
            develop(data, **settings | how)
    with Record.open(settings["record"]) as book:
        assert (book.run(1).state, len(book.turns(1)), len(book.runs())) == ("done", 1, 1)


def test_other_settings_or_data_begin_a_run_of_their_own(tmp_path):
    settings = {"record": tmp_path / "leadline.db", "layers": (), "folds": 0, "seeds": 2}
    numbers = [
        develop(data, budget=0.01, epochs=epochs, **settings).run.number for data, epochs in ((LINE, 2), (LINE, 3), (NOISE, 2))
    ]
    assert numbers == [1, 2, 3]


def test_killed_at_random_moments_it_comes_to_the_same_as_when_it_was_not(tmp_path):
    """`LEADLINE_KILLS=20` for as many kills."""
    walk = [sys.executable, str(Path(__file__).with_name("walk.py")), str(tmp_path), str(KILLS)]
    done = subprocess.run(walk, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    killed, whole = (json.loads((tmp_path / f"{name}.json").read_text()) for name in ("killed", "whole"))
    assert killed == whole
    assert len(whole["turns"]) > 2
    with sqlite3.connect(tmp_path / "killed.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*), min(state) FROM runs").fetchone() == (1, "done")


@pytest.mark.parametrize("budget", ["", "5 minutes", "-3m", "0", 0, -1, "m", "nan", float("nan"), float("inf"), "1d"])
def test_what_is_no_time(budget):
    with pytest.raises(ArgumentError, match="A budget is a time"):
        seconds_of(budget)


def test_times():
    assert [seconds_of(budget) for budget in ("90s", "1.5m", " 2 h ", ".5m", 7, 0.25)] == [90, 90, 7200, 30, 7, 0.25]


def test_one_seed_is_refused():
    with pytest.raises(ArgumentError, match="at least 2 seeds"):
        develop(LINE, seeds=1)
