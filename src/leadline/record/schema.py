"""The tables of a record: all changes that its schema went through, in order. A file's version is the number of changes made."""

from __future__ import annotations

__all__ = ["APPLICATION", "MIGRATIONS"]

APPLICATION = 0x4C656164
"""The letters "Lead" in the file's header (`PRAGMA application_id`): whose database it is."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (  # 1: runs, their turns, the openings of sealed test sets
        """
        CREATE TABLE runs (
            number INTEGER PRIMARY KEY,
            command TEXT NOT NULL,
            settings TEXT NOT NULL,
            data_digest TEXT NOT NULL,
            split TEXT NOT NULL,
            versions TEXT NOT NULL,
            machine TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'done', 'abandoned')),
            started TEXT NOT NULL,
            ended TEXT CHECK ((ended IS NULL) = (state = 'running')),
            owner TEXT,
            seen TEXT NOT NULL
        )
        """,
        """
        CREATE TABLE turns (
            run INTEGER NOT NULL REFERENCES runs (number),
            number INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('running', 'done', 'abandoned')),
            started TEXT NOT NULL,
            ended TEXT CHECK ((ended IS NULL) = (state = 'running')),
            seconds REAL,
            architecture TEXT,
            hyperparameters TEXT,
            metric TEXT NOT NULL,
            unit TEXT NOT NULL,
            J_train REAL, J_train_low REAL, J_train_high REAL,
            J_cv REAL, J_cv_low REAL, J_cv_high REAL,
            baseline REAL, baseline_low REAL, baseline_high REAL,
            bias TEXT,
            variance TEXT,
            distance TEXT,
            hypothesis TEXT NOT NULL,
            change TEXT NOT NULL,
            predicted REAL, predicted_low REAL, predicted_high REAL,
            actual REAL, actual_low REAL, actual_high REAL,
            evidence TEXT,
            checkpoint TEXT,
            PRIMARY KEY (run, number)
        )
        """,
        "CREATE UNIQUE INDEX one_running_turn ON turns (run) WHERE state = 'running'",
        """
        CREATE TABLE openings (
            number INTEGER PRIMARY KEY,
            data_digest TEXT NOT NULL,
            test_digest TEXT NOT NULL,
            opened TEXT NOT NULL,
            run INTEGER REFERENCES runs (number),
            turn INTEGER,
            metric TEXT,
            unit TEXT,
            figure REAL, figure_low REAL, figure_high REAL,
            FOREIGN KEY (run, turn) REFERENCES turns (run, number)
        )
        """,
    ),
)
"""Statements of each change. A file that has gone through fewer gets the others, all in one transaction; none is ever edited."""
