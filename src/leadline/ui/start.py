"""The processes that the page starts: `leadline next`, each with a file for what it writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leadline.errors import ArgumentError
from leadline.words import _, language

__all__ = ["Starter"]

PATIENCE = 10.0
"""For how long a process that was asked to end is waited for, in seconds, before it is killed; the record survives either."""
MOST_LETTERS = 4000
"""Of a log that are shown."""


@dataclass
class Starter:
    """Starts the next turn of runs, and ends what it started.

    Attributes:
        record: The record's file.
        program: What is run, before the arguments of the command.
        processes: What was started, by the number of its run.
    """

    record: Path
    # -P: a file called leadline in the working folder is not taken for it.
    program: Sequence[str] = (sys.executable, "-P", "-m", "leadline.cli")
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def log(self, run: int) -> Path:
        """The file that what was started for a run writes to."""
        return self.record.with_name(f"{self.record.stem}-run-{run}.log")

    def is_running(self, run: int) -> bool:
        """Whether what was started for a run still goes on."""
        process = self.processes.get(run)
        return process is not None and process.poll() is None

    def start(self, run: int, remedy: str | None) -> None:
        """Starts the next turn of a run with a remedy of its best turn, or goes on with a run that was stopped.

        The process stands apart from the terminal, so that a Ctrl-C there reaches it through `end`, once.

        Raises:
            ArgumentError: One that was started before still goes on.
        """
        if self.is_running(run):
            raise ArgumentError(_("Run {run} goes on already. Wait for its turn to end, or stop it.", run=run))
        options = ["--lang", language(), "--record", str(self.record)]
        command = [*self.program, "next", *options, "--", str(run), *([remedy] if remedy else [])]
        with self.log(run).open("wb") as log:
            self.processes[run] = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )

    def written(self, run: int) -> str:
        """The end of what the last process that was started here for a run has written."""
        if run not in self.processes:
            return ""
        with self.log(run).open("rb") as log:
            log.seek(max(0, os.fstat(log.fileno()).st_size - MOST_LETTERS))
            return log.read().decode(errors="replace").strip()

    def end(self, run: int) -> None:
        """Ends what was started for a run as Ctrl-C would: finished turns stay, and the run can go on later."""
        process = self.processes.get(run)
        if process is None or process.poll() is not None:
            return
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def end_all(self) -> None:
        """Ends all that was started."""
        for run in self.processes:
            self.end(run)
