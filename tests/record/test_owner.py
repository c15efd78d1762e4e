import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from leadline.errors import DataError
from leadline.record import owner as owners
from leadline.record.owner import LEASE, Owner, born, now, place

HERE = Owner.here("token")
LONG_AGO = "2020-01-01T00:00:00.000+00:00"
SLEEPS = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]


@pytest.fixture
def other():
    """Another process."""
    process = subprocess.Popen(SLEEPS)
    yield process
    process.kill()
    process.wait()


def test_a_process_lives_however_long_it_says_nothing():
    assert HERE.alive(LONG_AGO)


def test_a_killed_process_is_dead_at_once_even_before_it_is_buried(other):
    owner = Owner(place(), other.pid, born(other.pid), "token")
    assert owner.alive(now())
    other.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, other.pid, os.WEXITED | os.WNOWAIT)  # it has died, and nobody has asked for its status yet
    assert not owner.alive(now())
    other.wait()
    assert not owner.alive(now())


def test_another_process_of_the_same_number_is_another():
    assert not replace(HERE, born="an earlier moment").alive(now())


@pytest.mark.parametrize("changes", [{"place": "elsewhere"}, {"born": None}], ids=["elsewhere", "unknown birth"])
@pytest.mark.parametrize(("silence", "alive"), [(timedelta(0), True), (LEASE * 0.9, True), (LEASE * 1.1, False)])
def test_who_cannot_be_looked_up_is_given_a_time(changes, silence, alive):
    seen = (datetime.now(UTC) - silence).isoformat()
    assert replace(HERE, **changes).alive(seen) is alive


def test_an_owner_names_no_host():
    assert os.uname().nodename not in HERE.to_text()


@pytest.mark.skipif(shutil.which("ps") is None, reason="there is no ps")
def test_where_there_is_no_proc_ps_is_asked(monkeypatch, other):
    assert owners._born_by_ps(other.pid) not in ("", None)
    other.kill()
    other.wait()
    assert owners._born_by_ps(other.pid) == ""
    monkeypatch.setattr(os, "defpath", "")
    assert owners._born_by_ps(os.getpid()) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": 1}', '{"place": "x", "pid": "../../etc", "born": "1", "token": "t"}'])
def test_a_damaged_owner_is_refused(text):
    with pytest.raises(DataError, match="column owner"):
        Owner.from_text(text)


@pytest.mark.parametrize("seen", ["", "yesterday", "2026-01-01T00:00:00", None])
def test_a_damaged_time_is_refused(seen):
    with pytest.raises(DataError, match="column seen holds no time"):
        Owner("elsewhere", 1, None, "token").alive(seen)
