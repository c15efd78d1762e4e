import os
import signal
import sys
import time

import pytest

from leadline.errors import ArgumentError
from leadline.ui.start import Starter

SAYS = "import sys, time; print('started', sys.argv[1:], flush=True); time.sleep({})"
STUBBORN = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"


@pytest.fixture
def starter(tmp_path):
    found = Starter(tmp_path / "leadline.db")
    yield found
    found.end_all()


def _python(text):
    return (sys.executable, "-c", text)


def _wait(is_so):
    end = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_it_runs_the_command_with_the_remedy_as_one_word(starter):
    starter.program = _python(SAYS.format(0))
    starter.start(3, "--larger λ; true")
    _wait(lambda: not starter.is_running(3))
    options = f"'--lang', 'en', '--record', '{starter.record}'"
    assert starter.written(3) == f"started ['next', {options}, '--', '3', '--larger λ; true']"
    assert starter.log(3).name == "leadline-run-3.log"


def test_without_a_remedy_it_goes_on(starter):
    starter.program = _python(SAYS.format(0))
    starter.start(3, None)
    _wait(lambda: not starter.is_running(3))
    assert starter.written(3).endswith("'--', '3']")


def test_a_second_one_of_the_same_run_is_refused_while_the_first_goes_on(starter):
    starter.program = _python(SAYS.format(60))
    starter.start(1, "a")
    with pytest.raises(ArgumentError, match="goes on already"):
        starter.start(1, "a")
    starter.start(2, "a")
    _wait(lambda: starter.written(1) and starter.written(2))
    starter.end_all()
    assert not starter.is_running(1)
    assert not starter.is_running(2)
    assert [process.returncode for process in starter.processes.values()] == [-signal.SIGINT, -signal.SIGINT]


def test_one_that_does_not_listen_is_killed(starter, monkeypatch):
    monkeypatch.setattr("leadline.ui.start.PATIENCE", 0.2)
    starter.program = _python(STUBBORN)
    starter.start(1, None)
    _wait(lambda: starter.written(1) == "deaf")
    starter.end(1)
    assert starter.processes[1].returncode == -signal.SIGKILL


def test_it_stands_apart_from_the_terminal(starter):
    starter.program = _python("import os, time; print(os.getsid(0), flush=True); time.sleep(60)")
    starter.start(1, None)
    _wait(lambda: starter.written(1))
    assert int(starter.written(1)) == starter.processes[1].pid != os.getsid(0)


def test_what_was_not_started_here_has_written_nothing_and_is_not_ended(starter):
    starter.log(1).write_text("of another page")
    assert starter.written(1) == ""
    starter.end(1)


def test_a_long_log_is_shown_from_its_end(starter):
    starter.program = _python("print('x' * 9000, 'end')")
    starter.start(1, None)
    _wait(lambda: not starter.is_running(1))
    assert starter.written(1).endswith("x end")
    assert len(starter.written(1)) <= 4000
