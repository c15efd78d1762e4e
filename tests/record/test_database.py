import ctypes
import os
import sqlite3
import subprocess
import threading
from contextlib import closing

import pytest

from leadline.errors import ArgumentError, DataError
from leadline.record import Record, database
from leadline.record.schema import MIGRATIONS

FOUND = {"settings": {}, "data_digest": "3f", "split": {}}
NETWORK = {"architecture": [], "hyperparameters": {}, "metric": "error"}


def filled(path):
    """A closed record with a run and a turn whose evidence fills many pages."""
    record = Record.open(path)
    run = record.begin_run("develop", **FOUND)
    record.begin_turn(run.number, **NETWORK, checkpoint=["x" * 100] * 300)
    return path.read_bytes()


def run_sql(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def other_program(path):
    run_sql(path, "CREATE TABLE places (url TEXT)")


def other_version(path):
    run_sql(path, "PRAGMA user_version = 1")


def newer(path):
    filled(path)
    run_sql(path, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")


def renamed(path):
    filled(path)
    run_sql(path, "ALTER TABLE turns RENAME COLUMN J_cv TO T_cv")


def empty_with_a_journal(path):
    path.write_bytes(b"")
    path.with_name(path.name + "-wal").write_bytes(b"frames")


def gone_with_a_journal(path):
    path.with_name(path.name + "-wal").write_bytes(b"frames")


NO_RECORDS = {
    "a text": (lambda path: path.write_text("J_cv,0.1\n"), "is no SQLite database"),
    "a long text": (lambda path: path.write_text("J_cv,0.1\n" * 10_000), "is no SQLite database"),
    "a byte": (lambda path: path.write_bytes(b"S"), "damaged or cut short"),
    "zeros": (lambda path: path.write_bytes(bytes(8192)), "is no SQLite database"),
    "of another program": (other_program, "of another program"),
    "of another program, empty": (other_version, "of another program"),
    "newer": (newer, rf"version {len(MIGRATIONS) + 1} of the record's schema; .* up to version {len(MIGRATIONS)}\. Update"),
    "a column renamed": (renamed, "The table turns of the record .* has no column J_cv"),
    "empty with a journal": (empty_with_a_journal, "damaged or cut short"),
    "gone with a journal": (gone_with_a_journal, "damaged or cut short"),
    "a folder": (lambda path: path.mkdir(), "is no file"),
    "a pipe": (os.mkfifo, "is no file"),
}


@pytest.mark.parametrize("make", NO_RECORDS)
def test_what_is_no_record_is_refused_and_left_alone(path, make):
    write, words = NO_RECORDS[make]
    write(path)
    before = contents(path.parent) if path.is_file() else None
    with pytest.raises(DataError, match=words) as refusal:
        Record.open(path)
    assert str(path) in str(refusal.value)
    assert before is None or contents(path.parent) == before


def test_a_file_cut_at_any_place_is_refused_and_left_alone(path):
    whole = filled(path)
    places = [*range(1, 200, 13), *range(200, len(whole), 997), len(whole) - 4096, len(whole) - 1]
    for size in places:
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match="damaged or cut short|no SQLite"):
            Record.open(path)
        assert contents(path.parent) == {path.name: whole[:size]}


def test_a_schema_of_which_sqlite_complains_in_words_that_are_no_text(path):
    content = filled(path).replace(b"CREATE UNIQUE INDEX", b"CREATE UNI\xaf\xaa\xba INDEX")
    path.write_bytes(content)
    with pytest.raises(DataError, match="damaged or cut short"):
        Record.open(path)
    assert path.read_bytes() == content


def test_an_empty_file_becomes_a_record(path):
    path.touch()
    assert Record.open(path).runs() == ()


@pytest.mark.parametrize("name", ["a b.db", "100%.db", "q?mode=ro.db", "#1.db", "größe.db", "'; --.db", ":memory:", "\udc80.db"])
def test_any_name_of_a_file_is_that_name(tmp_path, name):
    Record.open(tmp_path / name)
    assert [os.fsdecode(os.fsencode(file.name)) for file in tmp_path.iterdir()] == [name]


def test_a_name_that_no_file_can_have(tmp_path):
    with pytest.raises(ArgumentError, match="null"):
        Record.open(tmp_path / "a\0b")


def test_a_link_is_followed(path, tmp_path):
    link = tmp_path / "link.db"
    link.symlink_to(path)
    Record.open(path).begin_run("develop", **FOUND)
    assert len(Record.open(link).runs()) == 1


def test_every_transaction_waits_checks_and_reaches_the_disk(path):
    record = Record.open(path, timeout=7)
    with record.database.transaction(write=True) as connection:
        settings = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema")
        assert [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in settings] == ["wal", 2, 1, 7000, 0]


@pytest.mark.parametrize("lock", ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
def test_a_lock_that_is_never_given_back_is_reported(path, lock):
    filled(path)
    record = Record.open(path, timeout=0.05)
    before = record.runs()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(lock)
        with pytest.raises(DataError, match="is locked by another process"):
            Record.open(path, timeout=0.05)
        with pytest.raises(DataError, match="is locked by another process"):
            record.begin_run("develop", **FOUND)
        connection.execute("ROLLBACK")
    assert record.runs() == before


@pytest.mark.parametrize("journal", ["wal", "delete"])  # the latter: another process is about to make the file a record
def test_a_lock_that_is_given_back_is_waited_for(path, journal):
    Record.open(path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("BEGIN IMMEDIATE")
        giving_back = threading.Timer(0.2, connection.execute, ["COMMIT"])
        giving_back.start()
        assert Record.open(path).begin_run("develop", **FOUND).number == 1
        giving_back.join()


def test_a_new_file_opened_by_many_at_once_is_one_record(tmp_path):
    for trial in range(10):
        path, gate, failures = tmp_path / f"{trial}.db", threading.Barrier(6), []

        def begin(path=path, gate=gate, failures=failures):
            gate.wait()
            try:
                Record.open(path).begin_run("develop", **FOUND)
            except Exception as error:
                failures.append(error)

        threads = [threading.Thread(target=begin) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        assert [run.number for run in Record.open(path).runs()] == [1, 2, 3, 4, 5, 6]


def test_a_record_that_was_deleted_is_not_made_anew(path, record):
    path.unlink()
    with pytest.raises(DataError, match="cannot be opened"):
        record.runs()
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"no database"])
def test_a_record_that_was_replaced_is_noticed(path, record, content):
    path.write_bytes(content)
    with pytest.raises(DataError, match="was replaced|no SQLite"):
        record.begin_run("develop", **FOUND)
    assert path.read_bytes() == content


NEXT = (*MIGRATIONS, ("ALTER TABLE runs ADD COLUMN label TEXT", "UPDATE runs SET label = 'old'"))
BROKEN = (*NEXT, ("ALTER TABLE runs ADD COLUMN colour TEXT", "INSERT INTO nowhere VALUES (1)"))


def test_an_older_record_is_brought_up_to_date_and_then_refused_by_the_older_leadline(path, record, monkeypatch):
    record.begin_run("develop", **FOUND)
    monkeypatch.setattr(database, "MIGRATIONS", NEXT)
    newer = Record.open(path)
    assert newer.runs()[0].data_digest == "3f"
    with newer.database.transaction(write=False) as connection:
        assert connection.execute("SELECT label FROM runs").fetchone()[0] == "old"
    assert Record.open(path).runs() == newer.runs()
    monkeypatch.undo()
    with pytest.raises(DataError, match="Update leadline"):
        record.runs()  # opened before the other one changed it
    with pytest.raises(DataError, match="Update leadline"):
        Record.open(path)


def test_a_migration_that_fails_changes_nothing(path, record, monkeypatch):
    record.begin_run("develop", **FOUND)
    before = path.read_bytes()
    monkeypatch.setattr(database, "MIGRATIONS", BROKEN)
    with pytest.raises(DataError, match="nowhere"):
        Record.open(path)
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert len(record.runs()) == 1


def test_a_block_that_fails_is_undone(record):
    record.begin_run("develop", **FOUND)

    def fail():
        with record.database.transaction(write=True) as connection:
            connection.execute("DELETE FROM runs")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert len(record.runs()) == 1


WITHOUT_PRIVILEGES = """
import ctypes
if os.getuid() == 0:  # the superuser writes to what is read-only, too
    ctypes.CDLL(None).capset(ctypes.byref((ctypes.c_uint32 * 2)(0x20080522, 0)), ctypes.byref((ctypes.c_uint32 * 6)()))
"""
OPENS = """
try:
    Record.open(sys.argv[1]).begin_run("develop", **SAME)
    say("written")
except LeadlineError as error:
    say(type(error).__name__, error)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "capset") and os.getuid() == 0, reason="the superuser may write anywhere")
@pytest.mark.parametrize(
    ("exists", "file", "folder", "written"),
    [
        (True, 0o644, 0o755, True),
        (True, 0o444, 0o755, False),
        (True, 0o444, 0o555, False),
        (True, 0o644, 0o555, False),
        (True, 0o000, 0o755, False),
        (True, 0o644, 0o000, False),
        (False, 0o644, 0o555, False),
    ],
)
def test_what_cannot_be_written_is_refused(path, python, exists, file, folder, written):
    before = filled(path) if exists else None
    if exists:
        path.chmod(file)
    path.parent.chmod(folder)
    try:
        done = subprocess.run(python(WITHOUT_PRIVILEGES + OPENS), capture_output=True, text=True, check=True)
    finally:
        path.parent.chmod(0o755)
    if written:
        assert done.stdout == "written\n"
        return
    assert done.stdout.startswith("DataError")
    assert str(path) in done.stdout
    assert "folder exist and be writable" in done.stdout
    assert contents(path.parent) == ({path.name: before} if exists else {})


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="Make the file and its folder exist"):
        Record.open(tmp_path / "nowhere" / "leadline.db")
    assert list(tmp_path.iterdir()) == []
