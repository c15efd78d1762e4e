"""Who holds a run: one process, told from every other, so that a run whose process has died is known as such."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from leadline.errors import DataError
from leadline.record.plain import decode, jsons

__all__ = ["LEASE", "Owner", "born", "now", "place"]

LEASE = timedelta(minutes=10)
"""A holder that cannot be looked up (another machine or container, before a restart) counts as gone after this silence."""


def now() -> str:
    """The time, as ISO 8601 in UTC with milliseconds; such texts sort as the times do.

    Examples:
        >>> now()[-6:]
        '+00:00'
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def place() -> str:
    """Where the numbers of processes mean the same: a digest of the system's start and of the container; it names no host.

    Examples:
        >>> len(place())
        16
    """
    try:
        words = Path("/proc/sys/kernel/random/boot_id").read_text() + str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        words = platform.node()
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def born(pid: int) -> str | None:
    """When a process was started, in the system's own words, which tells it from a later process of the same number.

    Args:
        pid: The number of a process on this system.

    Returns:
        The moment; "" where there is no such process, or only the remains of an ended one; None where the system does not say.

    Examples:
        >>> born(os.getpid()) == born(os.getpid())
        True
    """
    return _born_by_proc(pid) if Path("/proc/self/stat").exists() else _born_by_ps(pid)


def _born_by_proc(pid: int) -> str:
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if state in "ZX" else fields[18]  # the 22nd of all: clock ticks from the system's start to the process's


def _born_by_ps(pid: int) -> str | None:
    # In another time zone or language the same moment reads differently.
    fixed = {"TZ": "UTC", "LC_ALL": "C", "PATH": os.defpath}
    try:
        done = subprocess.run(
            ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, env=fixed, check=False
        )
    except OSError:
        return None
    state, _, moment = done.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else moment.strip()


@dataclass(frozen=True)
class Owner:
    """The process, and the opened record within it, that holds a run.

    Attributes:
        place: Where the process is: `place()`.
        pid: Its number there.
        born: When it was started: `born(pid)`.
        token: Which of the records that it has opened.
    """

    place: str
    pid: int
    born: str | None
    token: str

    @classmethod
    def here(cls, token: str) -> Owner:
        """The process that asks; a fork of it is another one.

        Examples:
            >>> Owner.here("a").alive(now()), Owner.here("a") == Owner.here("b")
            (True, False)
        """
        return cls(place(), os.getpid(), born(os.getpid()), token)

    def alive(self, seen: str) -> bool:
        """Whether the process still lives, or may.

        At the same `place` its number and its moment of birth tell exactly, and at once: a killed run can be taken up without
        waiting, and a number that was given to another process does not deceive. Elsewhere nothing can be looked up; there it
        counts as alive until it has written nothing for `LEASE`.

        Args:
            seen: When it last wrote.
        """
        if self.place != place() or self.born is None:
            try:
                return datetime.now(UTC) - datetime.fromisoformat(seen) < LEASE
            except (TypeError, ValueError):  # the former of a time without its zone
                raise DataError(f"The record's column seen holds no time: {seen!r:.60}. Restore the file from a copy.") from None
        return born(self.pid) == self.born

    def to_text(self) -> str:
        """One line that `from_text` reads; equal owners have equal ones."""
        return str(jsons(owner=asdict(self))["owner"])

    @classmethod
    def from_text(cls, text: str) -> Owner:
        """The owner of a line.

        Examples:
            >>> Owner.from_text(Owner.here("a").to_text()) == Owner.here("a")
            True
        """
        found = decode("owner", text)
        try:
            owner = cls(**found)
            sound = type(owner.pid) is int and all(isinstance(one, str) for one in (owner.place, owner.born or "", owner.token))
        except TypeError:
            sound = False
        if not sound:
            raise DataError(f"The record's column owner holds no owner: {text!r:.60}. Restore the file from a copy.")
        return owner
