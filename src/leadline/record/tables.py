"""Between the rows of the tables and what is handed out: one `INSERT`, one `UPDATE`, one `SELECT`; every value a parameter."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, TypeVar

from leadline.record.owner import Owner
from leadline.record.plain import decode
from leadline.record.rows import Cost, Opening, Run, Turn

__all__ = ["COSTS", "JSONS", "Table", "cost_columns", "insert", "opening_of", "run_of", "select", "turn_of", "update"]

COSTS = {"J_train", "J_cv", "baseline", "predicted", "actual", "figure"}
"""Fields that are a `Cost`: three columns each."""
JSONS = {"settings", "split", "versions", "architecture", "hyperparameters", "evidence", "checkpoint"}
"""Fields that are plain data: one column of JSON each."""
ENDS = {"value": "", "low": "_low", "high": "_high"}

Table = Literal["runs", "turns", "openings"]
Row = TypeVar("Row", Run, Turn, Opening)


def insert(connection: sqlite3.Connection, table: Table, values: Mapping[str, Any]) -> int:
    """Adds a row, and gives its number where the table counts by itself."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    return int(connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", [*values.values()]).lastrowid or 0)


def update(connection: sqlite3.Connection, table: Table, values: Mapping[str, Any], where: Mapping[str, Any]) -> int:
    """Changes the rows that have all the values of `where`, and gives their count."""
    changes = ", ".join(f"{name} = ?" for name in values)
    return connection.execute(f"UPDATE {table} SET {changes} WHERE {_all(where)}", [*values.values(), *where.values()]).rowcount


def select(connection: sqlite3.Connection, table: Table, where: Mapping[str, Any]) -> list[sqlite3.Row]:
    """The rows that have all the values of `where`, in the order of their numbers."""
    try:
        return connection.execute(f"SELECT * FROM {table} WHERE {_all(where)} ORDER BY number", [*where.values()]).fetchall()
    except OverflowError:  # a whole number beyond 64 bits, which no row has
        return []


def _all(where: Mapping[str, Any]) -> str:
    return " AND ".join(["TRUE", *(f"{name} = ?" for name in where)])


def cost_columns(**named: Cost | None) -> dict[str, float | None]:
    """Each cost as its three columns.

    Examples:
        >>> cost_columns(J_cv=Cost(0.2, 0.1))
        {'J_cv': 0.2, 'J_cv_low': 0.1, 'J_cv_high': None}
    """
    return {name + end: None if cost is None else getattr(cost, of) for name, cost in named.items() for of, end in ENDS.items()}


def run_of(row: sqlite3.Row) -> Run:
    """A row of `runs`, with whether its owner lives."""
    owner = row["owner"]
    alive = row["state"] == "running" and owner is not None and Owner.from_text(owner).alive(row["seen"])
    return _filled(Run, row, alive=alive)


def turn_of(row: sqlite3.Row) -> Turn:
    """A row of `turns`."""
    return _filled(Turn, row)


def opening_of(row: sqlite3.Row) -> Opening:
    """A row of `openings`."""
    return _filled(Opening, row)


def _filled(kind: type[Row], row: sqlite3.Row, **known: Any) -> Row:
    return kind(**{field.name: _value(row, field.name) for field in fields(kind) if field.name not in known}, **known)


def _value(row: sqlite3.Row, name: str) -> Any:
    if name in COSTS:
        parts = {of: row[name + end] for of, end in ENDS.items()}
        return None if parts["value"] is None else Cost(**parts)
    return decode(name, row[name]) if name in JSONS else row[name]
