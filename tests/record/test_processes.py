"""A record among processes: many that write at once, one that is killed, one that is forked, one whose disk is full."""

import os
import random
import signal
import sqlite3
import subprocess
import time
from contextlib import closing

import pytest

from leadline.errors import ArgumentError
from leadline.record import Record

SAME = {"settings": {"budget": "5m"}, "data_digest": "3f", "split": {"seed": 0}}

WRITES_FIFTY = """
import time
with Record.open(sys.argv[1]) as record:
    run = record.begin_run("develop", **SAME)
    for number in range(1, 51):
        while number == 5 and [len(record.turns(run.number)) >= 4 for run in record.runs()] != [True, True]:
            time.sleep(0.001)  # from here on both write
        turn = record.begin_turn(run.number, **NETWORK, change=f"{os.getpid()}")
        assert turn.number == number
        record.finish_turn(turn, **FOUND, evidence={"rows": [number] * 1000})
    record.end_run(run.number)
"""

GOES_ON = """
record = Record.open(sys.argv[1])
run = record.resumable("develop", **SAME)
run = record.take_over(run.number) if run else record.begin_run("develop", **SAME)
turns = record.turns(run.number)
turn = turns[-1] if turns and turns[-1].state == "running" else None
say("run", run.number, turn.number if turn else 0)
while True:
    turn = turn or record.begin_turn(run.number, **NETWORK, checkpoint=0)
    say("begun", turn.number, turn.checkpoint)
    for step in range(turn.checkpoint + 1, 4):
        turn = record.save_checkpoint(turn, step)
        say("begun", turn.number, step)
    record.finish_turn(turn, **FOUND, evidence={"rows": [turn.number] * 2000})
    say("done", turn.number)
    turn = None
"""

FORKS = """
with Record.open(sys.argv[1]) as record:
    run = record.begin_run("develop", **SAME)
    turn = record.begin_turn(run.number, **NETWORK)
    if child := os.fork():
        assert os.waitpid(child, 0)[1] == 0
        record.finish_turn(turn, **FOUND)
        record.end_run(run.number)
    else:
        say(len(record.turns(1)))  # the child may read
        for write in (lambda: record.finish_turn(turn, **FOUND), lambda: record.end_run(1), lambda: record.take_over(1)):
            try:
                write()
            except LeadlineError as error:
                say(error)
# the child has left the block too, and lets go of nothing
"""

FILLS = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
record = Record.open(sys.argv[1])
record.begin_run("develop", **SAME)
try:
    while True:
        turn = record.begin_turn(1, **NETWORK)
        say("running", turn.number)
        record.finish_turn(turn, **FOUND, evidence={"rows": [turn.number] * 10_000})
        say("done", turn.number)
except LeadlineError as error:
    say(type(error).__name__, error)
"""


def intact(path):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_two_that_write_at_once_lose_nothing(path, python):
    writers = [subprocess.Popen(python(WRITES_FIFTY)) for _ in range(2)]
    try:
        assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    finally:
        for writer in writers:
            writer.kill()
    record = Record.open(path)
    assert [(run.number, run.state) for run in record.runs()] == [(1, "done"), (2, "done")]
    for run in (1, 2):
        turns = record.turns(run)
        assert [(turn.number, turn.state) for turn in turns] == [(number, "done") for number in range(1, 51)]
        assert len({turn.change for turn in turns}) == 1
        assert [turn.evidence["rows"][999] for turn in turns] == [*range(1, 51)]
    assert intact(path)


def test_one_that_is_killed_at_any_moment_is_found_dead_and_gone_on_with(path, python):
    moments = random.Random(0)
    done, expected, stopped = 0, "0", []
    for _ in range(20):
        process = subprocess.Popen(python(GOES_ON), stdout=subprocess.PIPE, text=True)
        assert process.stdout.readline() == f"run 1 {expected}\n"  # it goes on where the one before stopped
        said = [process.stdout.readline() for _ in range(moments.randrange(9))]  # five to a turn
        time.sleep(moments.uniform(0, 0.005))
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        record = Record.open(path)  # the process is not buried yet
        (run,) = record.runs()
        assert (run.state, run.alive) == ("running", False)
        assert record.resumable("develop", **SAME) == run
        said = [line.split() for line in (*said, *process.communicate()[0].splitlines())]
        assert process.returncode == -signal.SIGKILL
        assert intact(path)
        turns = record.turns(1)
        assert [turn.number for turn in turns] == [*range(1, len(turns) + 1)]
        assert {turn.state for turn in turns[:-1]} <= {"done"}
        done = max([done, *(int(words[1]) for words in said if words[0] == "done")])
        assert all(turn.state == "done" and turn.evidence["rows"] == [turn.number] * 2000 for turn in turns[:done])
        begun = [(int(words[1]), int(words[2])) for words in said if words[0] == "begun"]
        last = turns[-1] if turns else None
        assert not begun or (last.number, last.checkpoint) >= begun[-1]
        expected = str(last.number) if last and last.state == "running" else "0"
        stopped.append((len(turns), expected != "0"))
    assert stopped[-1][0] > 5
    assert any(running for _, running in stopped)
    record.take_over(1)
    record.end_run(1)
    assert record.resumable("develop", **SAME) is None


def test_a_live_process_is_left_its_run(path, python):
    process = subprocess.Popen(python(GOES_ON), stdout=subprocess.PIPE, text=True)
    try:
        process.stdout.readline()
        record = Record.open(path)
        assert record.runs()[0].alive
        assert record.resumable("develop", **SAME) is None
        for write in (record.take_over, record.end_run):
            with pytest.raises(ArgumentError, match="still goes on|not held by this record"):
                write(1)
    finally:
        process.kill()
        process.communicate()
    assert record.take_over(1).alive


def test_a_fork_reads_and_its_writes_are_refused(path, python):
    done = subprocess.run(python(FORKS), capture_output=True, text=True, check=True)
    count, *refusals = done.stdout.splitlines()
    assert count == "1"
    assert ["not held by this record" in refusal for refusal in refusals] == [True, True, False]
    assert "still goes on" in refusals[2]
    record = Record.open(path)
    assert (record.run(1).state, record.turns(1)[0].state) == ("done", "done")
    assert intact(path)


def test_a_full_disk_loses_nothing_that_was_acknowledged(path, python):
    done = subprocess.run(python(FILLS), capture_output=True, text=True, check=True)
    *acknowledged, refusal = done.stdout.splitlines()
    assert refusal.startswith("DataError")
    assert "disk" in refusal
    state, number = acknowledged[-1].split()
    assert int(number) > 3
    record = Record.open(path)
    turns = record.turns(1)
    assert (turns[-1].number, turns[-1].state) == (int(number), state) or (state, turns[-1].state) == ("done", "running")
    assert all(turn.evidence["rows"] == [turn.number] * 10_000 for turn in turns[:-1])
    assert intact(path)
    assert record.resumable("develop", **SAME).number == 1


def test_the_record_knows_no_model(python):
    says = "print(*sorted({name for name in sys.modules if name.split('.')[0] in ('jax', 'numpy') or 'leadline' in name}))"
    done = subprocess.run(python(says), capture_output=True, text=True, check=True)
    modules = done.stdout.split()
    assert "leadline.record.record" in modules
    others = [name for name in modules if not name.startswith("leadline.record")]
    assert others == ["leadline", "leadline.errors", "leadline.words"]
