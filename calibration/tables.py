"""The real tables that calibrations read, which ones were tuned on, and how they are split.

They lie outside the project, in ../shared/data or where `--data` says: index.csv names each with its file and its target.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import polars as pl

from leadline.data.split import Split, split
from leadline.data.table import Table, read_table

__all__ = ["DATA", "REPORTED", "TUNED", "parts_of", "table_of"]

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
TUNED = ("bodyfat", "breast.w", "credit.a", "cylinder.bands", "pbc", "segment", "soybean", "optdigits")
"""Tables that settings of the loop were chosen on."""
REPORTED = (
    "abalone", "anneal", "boston", "cmc", "colic", "cpu.act", "credit.g", "dermatology", "diabetes", "heart918", "ionosphere",
    "meta", "quake", "sick", "stock", "strike", "titanic", "vehicle", "vowel", "wisconsin",
)  # fmt: skip
"""Tables that had no part in that."""
MOST_ROWS = 4_000
"""Larger tables are thinned to so many rows, so that all of a calibration ends on the day it begins."""


@functools.cache
def _index(data: Path) -> dict[str, tuple[Path, str, str]]:
    rows = pl.read_csv(data / "index.csv").iter_rows(named=True)
    return {row["name"]: (data / row["file"], row["target"], row["task"]) for row in rows}


def table_of(name: str, data: Path = DATA) -> tuple[Table, str, str]:
    """A table, thinned where it is long, the name of its target, and its task."""
    path, target, task = _index(data)[name]
    table = read_table(path)
    if table.size > MOST_ROWS:
        table = table.take(np.sort(np.random.default_rng(0).permutation(table.size)[:MOST_ROWS]))
    return table, target, task


def parts_of(name: str, *, cv: float, test: float, seed: int) -> Split:
    """A table's split, without the rows that have no target, and without classes too small to split."""
    table, target, task = table_of(name)
    kind = "regression" if task == "regression" else None
    return split(table, target=target, kind=kind, cv=cv, test=test, seed=seed, drop_missing=True, rare="drop")
