"""The file of a record: one connection and one transaction for each thing that is done, and what is wrong with it in words."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from leadline.errors import DataError
from leadline.record.schema import APPLICATION, MIGRATIONS
from leadline.words import english

__all__ = ["Database"]

UNWRITABLE = english("cannot be opened for writing. Make the file and its folder exist and be writable, or name another file")
DAMAGED = english("is damaged or cut short. Restore it from a copy, or name another file; nothing was written to it")
PROBLEMS = {
    sqlite3.SQLITE_NOTADB: english("is no SQLite database. Name another file; nothing was written to this one"),
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_BUSY: english("is locked by another process. Wait for it to end, or stop it, and try again"),
    sqlite3.SQLITE_READONLY: UNWRITABLE,
    sqlite3.SQLITE_CANTOPEN: UNWRITABLE,
    sqlite3.SQLITE_PERM: UNWRITABLE,
    sqlite3.SQLITE_FULL: english("cannot grow: the disk is full. Free some space and try again; what was acknowledged is kept"),
    sqlite3.SQLITE_IOERR: english("could not be read or written. Look after its disk; what was acknowledged is kept"),
    sqlite3.SQLITE_TOOBIG: english("cannot keep a value of a gigabyte. Make it smaller"),
}
"""SQLite's primary result codes, and what a person is told of each."""


@dataclass(frozen=True)
class Database:
    """An SQLite file with the tables of a record.

    No connection outlives what it was opened for: so none crosses a fork or a thread, an object of this class can be sent to
    another process, and a file that was deleted or replaced meanwhile is noticed.

    Attributes:
        path: The file, absolute.
        timeout: For how long another process's lock is waited for, in seconds.
    """

    path: Path
    timeout: float

    def prepare(self) -> None:
        """Makes the file a record, or brings an older record up to date; a record as it should be stays as it is.

        Raises:
            DataError: The file is no record, is damaged, locked, read-only, or was made by a newer leadline. It is left as it
                was.
        """
        journal = self._check()
        with self._refusals(), closing(self._connect("rwc")) as connection:
            self._check_contents(connection, journal)
            self._write_ahead(connection)
            connection.execute("BEGIN IMMEDIATE")
            version = self._version(connection)
            for statements in MIGRATIONS[version:]:
                for statement in statements:
                    connection.execute(statement)
            if version < len(MIGRATIONS):
                connection.execute(f"PRAGMA application_id = {APPLICATION}")
                connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute("COMMIT")

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        """A connection inside a transaction: committed, and on the disk, once the block has ended well; else undone.

        Args:
            write: Whether the block writes. What it has read then holds until it has written.

        Raises:
            DataError: The file cannot be used.
        """
        with self._refusals(), closing(self._connect("rw")) as connection:
            connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            if self._version(connection) < len(MIGRATIONS):
                raise DataError(english(f"{self.path} was replaced by an older record or an empty file. Open it again."))
            yield connection
            connection.execute("COMMIT")  # without it, closing undoes all

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{self.path.as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, timeout=self.timeout, isolation_level=None)
        connection.row_factory = sqlite3.Row
        try:
            for setting in ("foreign_keys = ON", "synchronous = FULL", "trusted_schema = OFF"):
                connection.execute(f"PRAGMA {setting}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _check(self) -> bool:
        """Refuses what SQLite would take for a new database; gives whether there is a journal, with what the file may lack."""
        exists = os.path.exists(self.path)
        if exists and not os.path.isfile(self.path):
            raise DataError(f"{self.path} is no file. Name a file for the record.")
        if exists and not os.access(self.path, os.W_OK):  # SQLite would read it, and leave files beside it
            raise DataError(f"The record {self.path} {UNWRITABLE}.")
        journal = _size(f"{self.path}-wal") > 0
        if journal and not _size(self.path):  # SQLite would delete the journal
            raise DataError(f"The record {self.path} {DAMAGED}: it is empty or gone, and its journal beside it is not.")
        return journal

    def _check_contents(self, connection: sqlite3.Connection, journal: bool) -> None:
        version = self._version(connection)
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if (version or tables) and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise DataError(
                f"{self.path} is an SQLite database of another program. Name another file; this one is left as it is."
            )
        page = connection.execute("PRAGMA page_size").fetchone()[0]
        if not journal and _size(self.path) % page:
            raise DataError(f"{self.path} {DAMAGED}.")  # SQLite itself would fill the last page with zeros
        with closing(sqlite3.connect(":memory:")) as model:
            for statement in (one for change in MIGRATIONS[:version] for one in change):
                model.execute(statement)
            missing = sorted(_columns(model) - _columns(connection))
        if missing:
            table, column = missing[0]
            raise DataError(
                f"The table {table} of the record {self.path} has no column {column}. It was changed from outside, or is "
                "damaged; restore the file from a copy."
            )

    def _version(self, connection: sqlite3.Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise DataError(
                f"{self.path} has version {version} of the record's schema; this leadline reads up to version {len(MIGRATIONS)}. "
                "Update leadline, or name another file."
            )
        return version

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        """Turns on the write-ahead log; SQLite does not wait by itself where another process is just opening the file."""
        end = time.monotonic() + self.timeout
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                    raise
                time.sleep(0.01)
            else:
                return

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            problem = PROBLEMS.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, english("could not be used"))
            raise DataError(english(f"The record {self.path} {problem} (SQLite: {error}).")) from error
        except UnicodeDecodeError as error:  # SQLite's own message quotes bytes of the file
            raise DataError(f"The record {self.path} {DAMAGED}.") from error


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    """All tables' columns, as (table, column)."""
    listed = "SELECT own.name, part.name FROM sqlite_master own, pragma_table_info(own.name) part WHERE own.type = 'table'"
    return {(table, column) for table, column in connection.execute(listed)}


def _size(path: str | Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:  # SQLite says it better
        return 0
