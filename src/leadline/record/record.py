"""The record of the loop: runs, their turns, and the openings of sealed test sets, in one SQLite file."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from leadline.errors import ArgumentError, DataError
from leadline.record import provenance
from leadline.record.advice import AdviceScore
from leadline.record.database import Database
from leadline.record.owner import Owner, now
from leadline.record.plain import finite, jsons, texts
from leadline.record.rows import Cost, Opening, Run, Turn
from leadline.record.tables import Table, cost_columns, insert, opening_of, run_of, select, turn_of, update
from leadline.words import english

__all__ = ["Record"]


@dataclass(frozen=True)
class Record:
    """A record, and the right to write to the runs that were begun or taken over through it.

    What a method has returned from is on the disk. Many processes may write at once: each waits for the others. Only one holds a
    run; the others' writes to it are refused, a fork's among them. Leaving the `with` block lets go of the runs that are still
    under way, so that they can be taken up; a process that was killed has let go of its runs by having died.

    The file needs a file system with locks: a local one, not every network share.

    Attributes:
        database: The file.
        token: What tells this record from another one of the same file in the same process.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, Record.open(Path(folder) / "leadline.db") as record:
        ...     run = record.begin_run("develop", settings={"budget": "5m"}, data_digest="3f…", split={"cv": 0.2, "seed": 0})
        ...     turn = record.begin_turn(
        ...         run.number, architecture=["Dense 25"], hyperparameters={"λ": 1}, metric="error",
        ...         hypothesis="high variance", change="λ 0 to 1", predicted=Cost(-0.02, -0.03, -0.01),
        ...     )
        ...     turn = record.finish_turn(
        ...         turn, seconds=4.5, J_train=Cost(0.10), J_cv=Cost(0.12), bias="fine", variance="fine", distance="fine",
        ...         actual=Cost(-0.01),
        ...     )
        ...     record.end_run(run.number).state, turn.state, record.advice_score().came_true
        ('done', 'done', 1)
    """

    database: Database
    token: str = field(default_factory=lambda: secrets.token_hex(8))

    @classmethod
    def open(cls, path: str | os.PathLike[str], *, timeout: float = 30.0) -> Record:
        """The record of a file, which is made where there is none, and brought up to date where it is older.

        Args:
            path: The file.
            timeout: For how long another process's lock is waited for, in seconds.

        Raises:
            DataError: The file is no record, or of a newer leadline, damaged, locked, or it or its folder cannot be written.
            ArgumentError: A path or a timeout that makes no sense.
        """
        if finite("timeout", timeout) < 0:
            raise ArgumentError(f"timeout must be at least 0 seconds. Got {timeout!r}.")
        try:
            database = Database(Path(os.path.realpath(path)), float(timeout))
        except ValueError as error:
            raise ArgumentError(f"{path!r} names no file: {error}.") from None
        database.prepare()
        return cls(database)

    def __enter__(self) -> Record:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        held = {"state": "running", "owner": self._owner()}
        with suppress(DataError) if error else nullcontext():  # the first error is the one to be told
            if self._select("runs", held):
                with self.database.transaction(write=True) as connection:
                    update(connection, "runs", {"owner": None}, held)

    def begin_run(
        self, command: str, *, settings: Mapping[str, Any], data_digest: str, split: Mapping[str, Any], machine: str | None = None
    ) -> Run:
        """Begins a run, which this record then holds; the versions and the time are added.

        Args:
            command: What is called: "develop" or "diagnose".
            settings: With what, as plain data.
            data_digest: Digest of the whole data.
            split: How they were split, as plain data: shares, seed.
            machine: The machine in words, without names or paths; by default its system and number of cores.

        Raises:
            DataError: Something that is no plain data; or the file cannot be used.
        """
        values = _identity(command, settings, data_digest, split) | texts(
            machine=provenance.machine() if machine is None else machine
        )
        with self.database.transaction(write=True) as connection:
            held = {"state": "running", "started": now(), "seen": now(), "owner": self._owner()}
            return _run(connection, insert(connection, "runs", values | held))

    def end_run(self, run: int, state: Literal["done", "abandoned"] = "done") -> Run:
        """Ends a run that this record holds; a turn of it that is still running is abandoned.

        Raises:
            ArgumentError: There is no such run, it has ended, or this record does not hold it; or an unknown state.
        """
        if state not in ("done", "abandoned"):
            raise ArgumentError(f"A run ends as 'done' or 'abandoned'. Got {state!r}.")
        with self.database.transaction(write=True) as connection:
            self._hold(connection, run)
            update(connection, "turns", {"state": "abandoned", "ended": now()}, {"run": run, "state": "running"})
            update(connection, "runs", {"state": state, "ended": now(), "owner": None}, {"number": run})
            return _run(connection, run)

    def runs(self) -> tuple[Run, ...]:
        """All runs, in the order of their numbers."""
        return tuple(map(run_of, self._select("runs", {})))

    def run(self, number: int) -> Run:
        """One run.

        Raises:
            ArgumentError: There is no such run.
        """
        with self.database.transaction(write=False) as connection:
            return _run(connection, number)

    def resumable(self, command: str, *, settings: Mapping[str, Any], data_digest: str, split: Mapping[str, Any]) -> Run | None:
        """The latest run that was begun with these arguments and versions and that nobody goes on with; None if there is none.

        It is under way, and whoever held it has died or left it (see `Owner.alive`). `take_over` makes it this record's.
        """
        same = _identity(command, settings, data_digest, split)
        runs = map(run_of, reversed(self._select("runs", same | {"state": "running"})))
        return next((run for run in runs if not run.alive), None)

    def take_over(self, run: int, *, reopen: bool = False) -> Run:
        """Makes a run that nobody goes on with this record's, with the turn that is running in it; of two who try, one succeeds.

        Args:
            run: Its number.
            reopen: Whether one that is done is under way again, for more turns.

        Raises:
            ArgumentError: There is no such run, it has ended, or its process may be alive.
        """
        with self.database.transaction(write=True) as connection:
            found = _run(connection, run)
            if found.state != "running" and not (reopen and found.state == "done"):
                raise ArgumentError(f"Run {run} is {found.state}; there is nothing to take over. Begin a new run.")
            if found.alive:
                raise ArgumentError(f"Run {run} still goes on elsewhere (it last wrote at {found.seen}). Wait for it to end.")
            held = {"state": "running", "ended": None, "owner": self._owner(), "seen": now()}
            update(connection, "runs", held, {"number": run})
            return _run(connection, run)

    def begin_turn(
        self,
        run: int,
        *,
        architecture: Any,
        hyperparameters: Any,
        metric: str,
        unit: str = "",
        hypothesis: str = "",
        change: str = "",
        predicted: Cost | None = None,
        checkpoint: Any = None,
    ) -> Turn:
        """Begins the next turn of a run that this record holds; the arguments are fields of `Turn`.

        Raises:
            ArgumentError: There is no such run, it has ended, this record does not hold it, or a turn of it is still running.
            DataError: Something that is no plain data; or the file cannot be used.
        """
        values: dict[str, Any] = texts(metric=metric, unit=unit, hypothesis=hypothesis, change=change)
        values |= cost_columns(predicted=predicted) | jsons(
            architecture=architecture, hyperparameters=hyperparameters, checkpoint=checkpoint
        )
        with self.database.transaction(write=True) as connection:
            self._hold(connection, run)
            last = connection.execute("SELECT count(*), max(state = 'running') FROM turns WHERE run = ?", [run]).fetchone()
            if last[1]:
                raise ArgumentError(f"Turn {last[0]} of run {run} is still running. Finish or abandon it first.")
            place = {"run": run, "number": last[0] + 1}
            insert(connection, "turns", values | place | {"state": "running", "started": now()})
            return turn_of(*select(connection, "turns", place))

    def save_checkpoint(self, turn: Turn, checkpoint: Any) -> Turn:
        """Keeps what lets the turn go on, in place of what was kept before; it is also a sign of life.

        Raises:
            ArgumentError: The turn is not running, or this record does not hold its run.
            DataError: Something that is no plain data; or the file cannot be used.
        """
        return self._change(turn, jsons(checkpoint=checkpoint))

    def finish_turn(
        self,
        turn: Turn,
        *,
        seconds: float,
        J_train: Cost | None,
        J_cv: Cost | None,
        bias: str,
        variance: str,
        distance: str,
        baseline: Cost | None = None,
        actual: Cost | None = None,
        evidence: Any = None,
    ) -> Turn:
        """Ends a turn well, with what was found; the arguments are fields of `Turn`.

        Raises:
            ArgumentError: The turn is not running, or this record does not hold its run.
            DataError: Something that is no plain data; or the file cannot be used.
        """
        values: dict[str, Any] = texts(bias=bias, variance=variance, distance=distance)
        values |= jsons(evidence=evidence) | cost_columns(J_train=J_train, J_cv=J_cv, baseline=baseline, actual=actual)
        return self._change(turn, values | {"state": "done", "ended": now(), "seconds": finite("seconds", seconds)})

    def abandon_turn(self, turn: Turn) -> Turn:
        """Gives a turn up; it stays in the record.

        Raises:
            ArgumentError: The turn is not running, or this record does not hold its run.
        """
        return self._change(turn, {"state": "abandoned", "ended": now()})

    def turns(self, run: int) -> tuple[Turn, ...]:
        """All turns of a run, in order; the last may be running.

        Raises:
            ArgumentError: There is no such run.
        """
        with self.database.transaction(write=False) as connection:
            _run(connection, run)
            return tuple(map(turn_of, select(connection, "turns", {"run": run})))

    def open_test(self, data_digest: str, test_digest: str, *, run: int | None = None, turn: int | None = None) -> Opening:
        """Records that a sealed test set is opened. To be called *before* it is read: a look that was not recorded cannot happen.

        Args:
            data_digest: Digest of the whole data.
            test_digest: Digest of the sealed part.
            run: The run whose model is judged, if it is one of this record.
            turn: The turn of that run.

        Raises:
            ArgumentError: There is no such run or turn.
        """
        values: dict[str, Any] = texts(data_digest=data_digest, test_digest=test_digest)
        with self.database.transaction(write=True) as connection:
            if run is not None:
                _run(connection, run)
            if turn is not None and not select(connection, "turns", {"run": run, "number": turn}):
                raise ArgumentError(f"There is no turn {turn} of run {run} in the record.")
            number = insert(connection, "openings", values | {"opened": now(), "run": run, "turn": turn})
            return opening_of(*select(connection, "openings", {"number": number}))

    def finish_test(self, opening: Opening, figure: Cost, *, metric: str, unit: str = "") -> Opening:
        """Adds to an opening what was found; once.

        Raises:
            ArgumentError: There is no such opening, or its figure is known.
        """
        found = texts(metric=metric, unit=unit) | cost_columns(figure=figure)
        with self.database.transaction(write=True) as connection:
            rows = select(connection, "openings", {"number": opening.number})
            if not rows or rows[0]["figure"] is not None:
                raise ArgumentError(
                    f"Opening {opening.number} {'has its figure' if rows else 'is not in the record'}. Open anew."
                )
            update(connection, "openings", found, {"number": opening.number})
            return opening_of(*select(connection, "openings", {"number": opening.number}))

    def openings(self, digest: str) -> tuple[Opening, ...]:
        """All openings of a test set, in order: of every one cut from the data, or of the one, by whose digest is given."""
        rows = self._select("openings", {})
        return tuple(opening_of(row) for row in rows if digest in (row["data_digest"], row["test_digest"]))

    def advice_score(self) -> AdviceScore:
        """How often a gain that was predicted for a turn came true, over all turns that are done."""
        advised = "SELECT count(*), count(CASE WHEN actual < 0 THEN 1 END) FROM turns WHERE state = 'done' AND predicted < 0"
        with self.database.transaction(write=False) as connection:
            return AdviceScore(*connection.execute(advised).fetchone())

    def _owner(self) -> str:
        return Owner.here(self.token).to_text()

    def _select(self, table: Table, where: Mapping[str, Any]) -> list[sqlite3.Row]:
        with self.database.transaction(write=False) as connection:
            return select(connection, table, where)

    def _hold(self, connection: sqlite3.Connection, run: int) -> None:
        """Refuses a run that this record does not hold; gives a sign of life of one that it does."""
        found = _run(connection, run)
        if found.state != "running":
            raise ArgumentError(f"Run {run} is {found.state}; nothing can be added to it. Begin a new run.")
        if not update(connection, "runs", {"seen": now()}, {"number": run, "owner": self._owner()}):
            raise ArgumentError(
                f"Run {run} is not held by this record: it was begun or taken over by another process, or let go of. "
                f"Begin a new run, or take_over({run}) once nobody goes on with it."
            )

    def _change(self, turn: Turn, values: Mapping[str, Any]) -> Turn:
        place = {"run": turn.run, "number": turn.number}
        with self.database.transaction(write=True) as connection:
            self._hold(connection, turn.run)
            if not update(connection, "turns", values, place | {"state": "running"}):
                raise ArgumentError(f"Turn {turn.number} of run {turn.run} is not running. Begin a new one.")
            return turn_of(*select(connection, "turns", place))


def _identity(command: str, settings: Mapping[str, Any], data_digest: str, split: Mapping[str, Any]) -> dict[str, str | None]:
    """What makes two runs the same undertaking, as columns."""
    return texts(command=command, data_digest=data_digest) | jsons(settings=settings, split=split, versions=provenance.versions())


def _run(connection: sqlite3.Connection, number: int) -> Run:
    rows = select(connection, "runs", {"number": number})
    if not rows:
        count = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
        raise ArgumentError(
            english(
                f"There is no run {number!r:.40} in the record. It has runs 1 to {count}."
                if count
                else f"There is no run {number!r:.40} in the record. It has no runs yet."
            )
        )
    return run_of(rows[0])
