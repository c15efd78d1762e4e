"""A record whose disk fails, or whose process is killed, at any statement: what was acknowledged is there, all else whole.

SQLite writes by itself, so the disk fails below it: a filter of the kernel's (seccomp) lets the writes of a process, or its
synchronising, end in an error from some statement on. Each failure has a process of its own, a fork of the program that this
file is as well.
"""

import ctypes
import errno
import importlib.util
import itertools
import json
import os
import platform
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import types
from contextlib import closing
from pathlib import Path

import pytest

if __name__ == "__main__":  # without the rest of leadline, so that a fork is a small one
    package = types.ModuleType("leadline")
    package.__path__ = importlib.util.find_spec("leadline").submodule_search_locations
    sys.modules["leadline"] = package

from leadline.errors import DataError
from leadline.record import Cost, Record
from leadline.record.database import Database

CALLS = {"x86_64": {"write": (18, 296, 77), "sync": (74, 75)}, "aarch64": {"write": (68, 70, 46), "sync": (82, 83)}}
"""What the kernel calls pwrite64, pwritev and ftruncate; fsync and fdatasync."""
FAULTS = [("write", errno.ENOSPC), ("write", errno.EIO), ("write", errno.EROFS), ("sync", errno.EIO), ("killed", 0)]
WHAT = "A record whose disk fails or whose process is killed at a statement: what was acknowledged is there, all else whole"


def fail(calls, error):
    """Lets these calls of this process end in an error from now on."""
    if calls == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    numbers = CALLS[platform.machine()][calls]
    steps = [(0x20, 0, 0, 0)]  # loads the number of the call; where it is one of these, goes to the last step
    steps += [(0x15, len(numbers) - place, 0, number) for place, number in enumerate(numbers)]
    steps += [(0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050000 | error)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    libc = ctypes.CDLL(None)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges, without which no filter is taken
    assert libc.prctl(22, 2, program, 0, 0) == 0


def write(path, done):
    """A run with writes of every kind; `done` is called after each."""
    with Record.open(path) as record:
        run = record.begin_run("develop", settings={}, data_digest="3f", split={})
        done()
        for number in (1, 2):
            turn = record.begin_turn(run.number, architecture=[], hyperparameters={}, metric="error")
            done()
            record.save_checkpoint(turn, ["x" * 100] * 300)
            done()
            found = {"J_train": Cost(0.1), "J_cv": Cost(0.2), "bias": "fine", "variance": "fine", "distance": "fine"}
            record.finish_turn(turn, seconds=1, evidence={"rows": [number] * 3000}, **found)
            done()
        opening = record.open_test("3f", "4f", run=run.number)
        done()
        record.finish_test(opening, Cost(0.3), metric="error")
        done()
        record.begin_turn(run.number, architecture=[], hyperparameters={}, metric="error")
        done()
        record.end_run(run.number)  # which ends the turn as well, both or neither
        done()


def standing(path):
    """All that a record holds, but times and owners."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    record = Record.open(path)
    runs = record.runs()
    turns = [(one.state, one.J_cv, one.checkpoint, one.evidence) for run in runs for one in record.turns(run.number)]
    return [run.state for run in runs], turns, [one.figure for one in record.openings("3f")]


def stated(call):
    """Has `call` called before each statement that follows, with how many there were before, whatever connection it is of."""
    own, count = Database._connect, itertools.count()

    def traced(*arguments):
        connection = own(*arguments)
        connection.set_trace_callback(lambda _: call(next(count)))
        return connection

    Database._connect = traced


def forked(path, at, calls, error):
    """Writes in a process that fails at a statement: how much was acknowledged, and how it ended."""
    read, said = os.pipe()
    if os.fork() == 0:
        try:
            stated(lambda number: number == at and fail(calls, error))
            write(path, lambda: os.write(said, b"."))
            os.write(said, b" done")
        except DataError as refusal:
            os.write(said, f" {refusal}".encode())
        except BaseException as failure:
            os.write(said, f" crashed: {failure!r}".encode())
        os._exit(0)
    os.close(said)
    with open(read, encoding="utf-8") as pipe:
        acknowledged, _, ended = pipe.read().partition(" ")
    os.wait()
    return len(acknowledged), ended


def main(folder):
    """Prints for each fault: how often it was tried, held, and was reported."""
    old, path = Path(folder, "old.db"), Path(folder, "new", "leadline.db")
    write(old, lambda: None)

    def begin_anew():
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir()
        shutil.copy(old, path)

    begin_anew()
    states = [standing(path)]
    write(path, lambda: states.append(standing(path)))
    begin_anew()
    own, numbers = Database._connect, []
    stated(numbers.append)
    write(path, lambda: None)
    Database._connect = own
    counts = {}
    for fault in FAULTS:
        held = reported = 0
        for at in numbers:
            begin_anew()
            acknowledged, ended = forked(path, at, *fault)
            refused = str(path) in ended and not ended.startswith("crashed")
            well = ended == "" if fault[0] == "killed" else ended == "done" or refused
            held += well and standing(path) in states[acknowledged : acknowledged + 2]
            reported += refused
        counts[str(fault)] = len(numbers), held, reported
    print(json.dumps(counts))


@pytest.fixture(scope="module")
def counts(tmp_path_factory):
    command = [sys.executable, __file__, str(tmp_path_factory.mktemp("records"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() not in CALLS, reason="no filter of the kernel's is known here")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault)))
def test_what_was_acknowledged_is_there_and_all_else_whole(counts, fault, tally):
    tried, held, reported = counts[str(fault)]
    tally(WHAT, tried, held)
    assert held == tried > 50
    assert (reported > tried / 2) == (fault[0] != "killed"), "the fault does not reach the record"


if __name__ == "__main__":
    main(sys.argv[1])
