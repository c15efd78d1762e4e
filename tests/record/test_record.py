import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import metadata

import pytest

from leadline.errors import ArgumentError, DataError
from leadline.record import AdviceScore, Cost, Record, owner

SAME = {"settings": {"budget": "5m", "layers": [25, 15]}, "data_digest": "3f", "split": {"cv": 0.2, "test": 0.2, "seed": 0}}
NETWORK = {"architecture": {"layers": [{"units": 25}]}, "hyperparameters": {"λ": 0.01, "epochs": 100}, "metric": "rmse"}
WORDS = {"unit": "€", "hypothesis": "high variance", "change": "λ 0 to 0.01", "predicted": Cost(-0.02, -0.03, -0.01)}
FOUND = {
    "J_train": Cost(0.10, 0.09, 0.11),
    "J_cv": Cost(0.12, 0.10, 0.14),
    "bias": "fine",
    "variance": "high",
    "distance": "fine",
}
LATER = {"baseline": Cost(0.106), "actual": Cost(-0.01, -0.02, 0.0), "evidence": {"J_cv": [0.1, float("nan")], "deep": [[1]]}}
HOSTILE = ["'; DROP TABLE runs; --", '"quoted"', "NUL \0 inside", "größe 🌊 ‮", "<script>alert(1)</script>", "m" * 1_000_000, ""]


@pytest.fixture
def run(record):
    return record.begin_run("develop", **SAME)


@pytest.fixture
def turn(record, run):
    return record.begin_turn(run.number, **NETWORK, **WORDS, checkpoint={"step": 0})


def finished(record, turn, **changes):
    return record.finish_turn(turn, **{"seconds": 4.5} | FOUND | LATER | changes)


def test_a_run_is_kept_whole(path, record, run):
    assert Record.open(path).runs() == (run,) == (record.run(1),)
    assert (run.number, run.command, run.state, run.ended, run.alive) == (1, "develop", "running", None, True)
    assert (run.settings, run.data_digest, run.split) == tuple(SAME.values())
    assert set(run.versions) == {"leadline", "jax", "python"}
    assert datetime.fromisoformat(run.started).utcoffset() == timedelta(0)


def test_a_run_ends(record, run):
    ended = record.end_run(run.number)
    assert ended == record.run(1)
    assert (ended.state, ended.alive, ended.ended >= ended.started) == ("done", False, True)


def test_a_running_turn_is_kept_whole(path, run, turn):
    assert Record.open(path).turns(run.number) == (turn,)
    assert (turn.run, turn.number, turn.state, turn.ended, turn.J_cv, turn.evidence) == (1, 1, "running", None, None, None)
    assert {name: getattr(turn, name) for name in NETWORK | WORDS} == NETWORK | WORDS
    assert turn.checkpoint == {"step": 0}


def test_a_finished_turn_is_kept_whole(path, record, turn):
    done = finished(record, turn)
    assert Record.open(path).turns(1) == (done,)
    assert {name: getattr(done, name) for name in NETWORK | WORDS | FOUND} == NETWORK | WORDS | FOUND
    assert (done.state, done.seconds, done.baseline, done.actual) == ("done", 4.5, Cost(0.106), LATER["actual"])
    assert done.evidence == {"J_cv": [0.1, None], "deep": [[1]]}  # NaN: not known
    assert done.ended >= done.started


def test_turns_are_numbered_within_their_run(record):
    for number in (1, 2, 3):
        for run in (1, 2):
            if number == 1:
                record.begin_run("develop", **SAME)
            assert finished(record, record.begin_turn(run, **NETWORK)).number == number
    assert [(turn.run, turn.number) for turn in record.turns(2)] == [(2, 1), (2, 2), (2, 3)]


def test_a_checkpoint_takes_the_place_of_the_one_before(record, turn):
    for step in (1, 2):
        assert record.save_checkpoint(turn, {"step": step}).checkpoint == {"step": step}
    assert finished(record, turn).checkpoint == {"step": 2}


def test_an_abandoned_turn_stays_and_makes_room(record, run, turn):
    assert record.abandon_turn(turn).state == "abandoned"
    assert record.begin_turn(run.number, **NETWORK).number == 2
    assert record.end_run(run.number, "abandoned").state == "abandoned"
    assert [turn.state for turn in record.turns(run.number)] == ["abandoned", "abandoned"]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_kept_as_it_is(path, record, text):
    data = {"settings": {text: [text]}, "data_digest": text, "split": {text: text}}
    run = record.begin_run(text, **data, machine=text)
    words = dict.fromkeys(("metric", "unit", "hypothesis", "change"), text)
    turn = record.begin_turn(run.number, architecture=text, hyperparameters={text: text}, **words)
    done = finished(record, turn, bias=text, variance=text, distance=text, evidence={text: text})
    opening = record.finish_test(record.open_test(text, text), Cost(0.1), metric=text, unit=text)
    other = Record.open(path)
    assert other.resumable(text, **data) is None
    assert (other.turns(1), other.openings(text)) == ((done,), (opening,))
    assert other.run(1) == replace(run, seen=other.run(1).seen)
    assert {run.command, run.machine, *run.settings, turn.architecture, done.bias, *done.evidence, opening.unit} == {text}


def test_half_a_character_is_kept_in_plain_data_alone(record):
    assert record.begin_run("develop", **SAME | {"settings": {"table": "\udc80.csv"}}).settings == {"table": "\udc80.csv"}
    with pytest.raises(DataError, match="data_digest holds"):
        record.begin_run("develop", **SAME | {"data_digest": "\udc80"})
    assert len(record.runs()) == 1


FAR = 10**30
REFUSED = {
    "no such run": (lambda record, turn: record.run(2), "There is no run 2 in the record. It has runs 1 to 1"),
    "a run of no number": (lambda record, turn: record.run(FAR), "There is no run 1000"),
    "turns of no run": (lambda record, turn: record.turns(0), "no run 0"),
    "a turn for no run": (lambda record, turn: record.begin_turn(FAR, **NETWORK), "no run 1000"),
    "a second running turn": (lambda record, turn: record.begin_turn(1, **NETWORK), "Turn 1 of run 1 is still running"),
    "a turn that is not": (lambda record, turn: record.abandon_turn(replace(turn, number=2)), "Turn 2 of run 1 is not running"),
    "finished twice": (lambda record, turn: [finished(record, turn) for _ in range(2)], "Turn 1 of run 1 is not running"),
    "after its end": (lambda record, turn: [record.end_run(1), finished(record, turn)], "Run 1 is done"),
    "ended twice": (lambda record, turn: [record.end_run(1) for _ in range(2)], "Run 1 is done"),
    "ended somehow": (lambda record, turn: record.end_run(1, "running"), "'done' or 'abandoned'"),
    "taken from itself": (lambda record, turn: record.take_over(1), "still goes on"),
    "taken anew when given up": (
        lambda record, turn: [record.end_run(1, "abandoned"), record.take_over(1, reopen=True)],
        "nothing to take over",
    ),
    "taken anew while under way": (lambda record, turn: record.take_over(1, reopen=True), "still goes on"),
    "taken when done": (lambda record, turn: [record.end_run(1), record.take_over(1)], "nothing to take over"),
    "endless seconds": (lambda record, turn: finished(record, turn, seconds=float("inf")), "seconds must be a finite number"),
    "a set": (lambda record, turn: record.save_checkpoint(turn, {1}), "checkpoint is a set"),
    "a verdict of no word": (lambda record, turn: finished(record, turn, bias=None), "bias must be a text"),
    "opened by no run": (lambda record, turn: record.open_test("3f", "a0", run=2), "no run 2"),
    "opened by no turn": (lambda record, turn: record.open_test("3f", "a0", run=1, turn=2), "no turn 2 of run 1"),
    "opened by a turn of no run": (lambda record, turn: record.open_test("3f", "a0", turn=1), "no turn 1 of run None"),
    "no settings": (lambda record, turn: record.begin_run("develop", **SAME | {"settings": None}), "runs.settings"),
    "a negative timeout": (lambda record, turn: Record.open(record.database.path, timeout=-1), "at least 0 seconds"),
    "no timeout": (lambda record, turn: Record.open(record.database.path, timeout=None), "timeout must be a finite number"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_makes_no_sense_is_refused(record, turn, what):
    do, words = REFUSED[what]
    with pytest.raises((ArgumentError, DataError), match=words):
        do(record, turn)


def test_a_refused_turn_leaves_nothing(record, turn):
    with pytest.raises(DataError):
        finished(record, turn, evidence={"array": object()})
    assert record.turns(1) == (turn,)


def test_openings_are_counted_even_where_no_figure_followed(path, record, turn):
    seen = record.open_test("3f", "a0", run=1, turn=1)
    assert (seen.number, seen.run, seen.turn, seen.figure, seen.metric) == (1, 1, 1, None, None)
    told = record.finish_test(record.open_test("3f", "b1"), Cost(0.2, 0.1, 0.3), metric="rmse", unit="€")
    record.open_test("77", "c2")
    other = Record.open(path)
    assert other.openings("3f") == (seen, told)
    assert other.openings("b1") == (told,)
    assert (told.figure, told.metric, told.unit, told.run) == (Cost(0.2, 0.1, 0.3), "rmse", "€", None)
    assert other.openings("none") == ()


def test_a_figure_is_told_once(record):
    opening = record.open_test("3f", "a0")
    record.finish_test(opening, Cost(0.2), metric="error")
    with pytest.raises(ArgumentError, match="Opening 1 has its figure"):
        record.finish_test(opening, Cost(0.1), metric="error")
    with pytest.raises(ArgumentError, match="Opening 9 is not in the record"):
        record.finish_test(replace(opening, number=9), Cost(0.1), metric="error")
    assert record.openings("a0")[0].figure == Cost(0.2)


ADVICE = {
    "nothing": ([], (0, 0)),
    "came true": ([(-0.1, -0.05, "done")], (1, 1)),
    "did not": ([(-0.1, 0.05, "done"), (-0.1, 0.0, "done")], (2, 0)),
    "never measured": ([(-0.1, None, "done")], (1, 0)),
    "no gain was foreseen": ([(0.0, -0.1, "done"), (0.1, -0.1, "done"), (None, -0.1, "done")], (0, 0)),
    "given up": ([(-0.1, None, "abandoned")], (0, 0)),
    "some": ([(-0.1, -0.1, "done")] * 3 + [(-0.1, 0.1, "done")], (4, 3)),
}


@pytest.mark.parametrize("what", ADVICE)
def test_advice_is_scored(record, run, what):
    turns, expected = ADVICE[what]
    for predicted, actual, state in turns:
        turn = record.begin_turn(run.number, **NETWORK, predicted=None if predicted is None else Cost(predicted))
        if state == "done":
            finished(record, turn, actual=None if actual is None else Cost(actual))
        else:
            record.abandon_turn(turn)
    assert record.advice_score() == AdviceScore(*expected)


def test_leaving_the_block_lets_go_of_the_run_and_it_can_be_taken_up(path):
    with Record.open(path) as first:
        turn = first.begin_turn(first.begin_run("develop", **SAME).number, **NETWORK, checkpoint={"step": 3})
        assert Record.open(path).resumable("develop", **SAME) is None
    with Record.open(path) as second:
        found = second.resumable("develop", **SAME)
        assert (found.number, found.state, found.alive) == (1, "running", False)
        assert second.take_over(1).alive
        assert second.turns(1) == (turn,)
        assert finished(second, turn).checkpoint == {"step": 3}
        with pytest.raises(ArgumentError, match="not held by this record"):
            first.begin_turn(1, **NETWORK)
        second.end_run(1)
    assert Record.open(path).run(1).state == "done"


def test_a_run_that_is_done_is_under_way_again_for_more_turns(record, run):
    finished(record, record.begin_turn(run.number, **NETWORK))
    record.end_run(run.number)
    again = record.take_over(run.number, reopen=True)
    assert (again.state, again.ended, again.alive) == ("running", None, True)
    assert record.begin_turn(run.number, **NETWORK).number == 2
    assert record.end_run(run.number).ended


def test_leaving_the_block_touches_no_other_run(path):
    first = Record.open(path)
    first.begin_run("develop", **SAME)
    with Record.open(path) as second:
        second.begin_run("develop", **SAME)
    assert [run.alive for run in first.runs()] == [True, False]
    finished(first, first.begin_turn(1, **NETWORK))


def test_leaving_the_block_by_an_error_tells_that_error(path):
    def fail():
        with Record.open(path) as record:
            record.begin_run("develop", **SAME)
            path.unlink()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()


DIFFERENT = {
    "settings": SAME | {"settings": {"budget": "6m", "layers": [25, 15]}},
    "data": SAME | {"data_digest": "40"},
    "split": SAME | {"split": {"cv": 0.2, "test": 0.2, "seed": 1}},
}


@pytest.mark.parametrize("what", DIFFERENT)
def test_another_undertaking_is_not_taken_up(path, what):
    with Record.open(path) as record:
        record.begin_run("develop", **SAME)
    assert record.resumable("develop", **SAME)
    assert record.resumable("develop", **DIFFERENT[what]) is None
    assert record.resumable("diagnose", **SAME) is None


def test_a_run_of_other_versions_is_not_taken_up(path):
    with Record.open(path) as record:
        record.begin_run("develop", **SAME)
    with record.database.transaction(write=True) as connection:
        connection.execute("UPDATE runs SET versions = replace(versions, 'python', 'snake')")
    assert record.resumable("develop", **SAME) is None


def test_a_package_without_metadata_has_an_unknown_version(record, monkeypatch):
    def missing(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert record.begin_run("develop", **SAME).versions["jax"] == "unknown"


def test_the_latest_of_several_is_taken_up(path):
    with Record.open(path) as record:
        for _ in range(3):
            record.begin_run("develop", **SAME)
        record.end_run(3)
    assert record.resumable("develop", **SAME).number == 2


def test_a_silent_run_elsewhere_is_taken_up_after_a_while(path, monkeypatch):
    here = Record.open(path)
    monkeypatch.setattr(owner, "place", lambda: "elsewhere")
    there = Record.open(path)
    there.begin_run("develop", **SAME)
    monkeypatch.undo()
    assert here.resumable("develop", **SAME) is None
    with here.database.transaction(write=True) as connection:
        connection.execute("UPDATE runs SET seen = '2020-01-01T00:00:00.000+00:00'")
    assert here.take_over(here.resumable("develop", **SAME).number).alive
    monkeypatch.setattr(owner, "place", lambda: "elsewhere")
    with pytest.raises(ArgumentError, match="not held by this record"):
        there.begin_turn(1, **NETWORK)


def test_writing_is_a_sign_of_life(record, turn):
    with record.database.transaction(write=True) as connection:
        connection.execute("UPDATE runs SET seen = '2020-01-01T00:00:00.000+00:00'")
    record.save_checkpoint(turn, {})
    assert record.run(1).seen > "2020-01-02"


def test_of_many_that_take_a_run_over_one_does(path):
    with Record.open(path) as record:
        record.begin_run("develop", **SAME)
    taken, refused, gate = [], [], threading.Barrier(6)

    def take(each):
        gate.wait()
        try:
            taken.append(each.take_over(1))
        except ArgumentError as error:
            refused.append(str(error))

    threads = [threading.Thread(target=take, args=[Record.open(path)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(refused)) == (1, 5)
    assert all("still goes on" in refusal for refusal in refused)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("settings = '{'", "column settings holds no JSON"),
        ("owner = 'somebody'", "column owner holds no JSON"),
        ("owner = '{}'", "column owner holds no owner"),
    ],
)
def test_a_column_changed_from_outside_is_named(path, record, run, change, words):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE runs SET {change}")
    with pytest.raises(DataError, match=words):
        record.runs()
