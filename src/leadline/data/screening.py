"""Which columns of a table can be features: what is empty, constant, an identifier, a copy, or the target itself is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leadline.data.suspicions import Suspicion
from leadline.data.table import Finding, Table
from leadline.data.target import Target
from leadline.errors import ArgumentError, DataError
from leadline.types import NumpyArray
from leadline.words import english

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Columns", "Screening", "columns_of", "in_words", "never_seen", "odd_columns", "screen", "without_keys"]

Columns = Mapping[str, NumpyArray]
"""Float arrays of numbers (NaN: missing), integer arrays of categories (−1: missing), each of shape (m,)."""

NUMBERING = 1e-4
"""Whole numbers were given by somebody if, drawn from their range, they would all differ with less than this chance."""
MARKS, MARK_DISTANCE, MARK_GAP = (0, -1, -9, -99, -999, -9999, 99, 999, 9999, 99999), 3.5, 0.2
"""What is written for "missing": so many robust deviations off the median of the rest, no other at this share of that."""
ENOUGH = 20
"""Fewer rows than this do not show that somebody numbered them."""
ID_NAME = re.compile(r"(^|[^A-Za-z])([Pp]?[Ii][Dd]|PID|UUID|uuid|GUID|guid)$|[a-z]I[Dd]$|^(index|Index|idx|rownames)$")
"""Names that say "identifier": id, PassengerId, order_id, PID, index."""
ID_SHARE = 0.9
"""A column of whole numbers with such a name is an identifier from this share of distinct values on."""
TEXT_SHARE = 0.5
"""Text with more distinct values than this share of its cells is an identifier or free text …"""
TEXT_VALUES = 20
"""… if there are more of them than this."""
COUNTER_START = 20
"""A counter of rows starts at 0 or 1, so that even a sample of the rows has a number up to this."""
SUSPICIOUS_CORRELATION = 0.98
"""A rank correlation with the target from which on a column may be the target measured in another way."""
SPLIT_NAMES = frozenset({"train", "training", "test", "testing", "val", "valid", "validation", "dev", "cv"})
"""Values of a column that says how somebody split the rows."""
COUNTER_SHARE = 0.3
"""The share of a counter's numbers that the training rows, usually 60 % of all, hold at least."""


@dataclass(frozen=True)
class Screening:
    """The columns that can be features, in the table's order, and why the others cannot.

    Attributes:
        columns: Names of the columns to prepare.
        findings: What was noticed and done.
    """

    columns: tuple[str, ...]
    findings: tuple[Finding, ...]


def screen(table: Table, target: Target, y: NumpyArray, features: Sequence[str] | None = None) -> Screening:
    """Chooses the columns that can be features.

    Left out, each with a finding: columns without any value; with the same value in every row; identifiers (whole numbers that
    count the rows, or nearly all distinct under a name such as "id"; text of which more than half is distinct); a column of
    train/test marks; a column that equals the target, for classes also under other names (yes/no for 1/0); a column that equals
    an earlier one. A column of numbers whose rank correlation with a regression's target is ±0.98 or more is a finding, but kept:
    it may be the law that is looked for.

    Args:
        table: The training rows alone, in their original order.
        target: What is to be predicted.
        y: The target's values in these rows, encoded, shape (m,).
        features: The columns to use; named so, identifiers, copies and the target's double are kept, with their finding.

    Raises:
        DataError: A name in `features` is unknown or the target's, or no column is left.

    Examples:
        >>> from leadline.data.table import from_frame
        >>> from leadline.data.target import read_target
        >>> columns = {"cat": [1, 0, 0] * 3, "is_cat": ["yes", "no", "no"] * 3, "legs": [4] * 9, "age": [3, 1, 7] * 2 + [2, 8, 5]}
        >>> pets = from_frame(columns)
        >>> found = screen(pets, *read_target(pets.column("cat"), "cat"))
        >>> found.columns
        ('age',)
        >>> for finding in found.findings:
        ...     print(finding)
        Column 'is_cat': the target 'cat' under another name; left out.
        Column 'legs': the same value in every training row; left out.
    """
    _check_features(table, target, features)
    chosen: list[str] = []
    findings: list[Finding] = []
    seen: dict[bytes, str] = {}
    for name in (column for column in table.columns if column != target.name and (features is None or column in features)):
        series = table.column(name)
        fault = _fault(series, target, y) or _copy(series, seen)
        keep = fault is None or (features is not None and series.null_count() < len(series))
        if fault is not None:
            findings.append(Finding(name, english(f"{fault}; {'kept, as it was asked for' if keep else 'left out'}.")))
        elif abs(correlation := _rank_correlation(series, target, y)) >= SUSPICIOUS_CORRELATION:
            found = english(f"follows the target {target.name!r} almost exactly (rank correlation {correlation:.3f})")
            findings.append(Finding(name, english(f"{found}; kept. Make sure that it is known when you predict.")))
        if keep:
            chosen.append(name)
    if not chosen:
        raise DataError(
            f"{table.source}: no column is left to predict {target.name!r} from. {' '.join(map(str, findings))} "
            "Add columns, or name those to use in `features`."
        )
    return Screening(tuple(chosen), tuple(findings))


def in_words(findings: Sequence[Finding]) -> tuple[str, ...]:
    """The findings as notes, the columns with the same message in one.

    Examples:
        >>> in_words([Finding("a", "left out."), Finding("b", "left out."), Finding("c", "kept.")])
        ('2 columns (a, b): left out.', "Column 'c': kept.")
    """
    columns: dict[str, list[Finding]] = {}
    for finding in findings:
        columns.setdefault(finding.message, []).append(finding)
    return tuple(
        str(same[0])
        if len(same) == 1
        else english(f"{len(same)} columns ({', '.join(str(finding.column) for finding in same)}): {message}")
        for message, same in columns.items()
    )


def never_seen(counts: Mapping[str, int], rows: int) -> tuple[str, ...]:
    """Categories of cv that training never saw, as notes.

    Args:
        counts: Columns to their rows with such a category.
        rows: How many rows cv has.

    Examples:
        >>> never_seen({"zone": 2}, 30)
        ("Column 'zone': 2 of 30 cv rows have a category never seen in training; counted as (other).",)
    """
    return tuple(
        english(f"Column {column!r}: {count:,} of {rows:,} cv rows have a category never seen in training; counted as (other).")
        for column, count in counts.items()
    )


def odd_columns(train: Columns, rows: NumpyArray) -> tuple[Suspicion, ...]:
    """Columns whose values were given by somebody: numbers that number the rows, and marks for "missing".

    Args:
        train: The columns of the training rows.
        rows: These rows' numbers in the original, and any more after them.

    Examples:
        >>> [(odd.kind, odd.columns) for odd in odd_columns({"key": np.arange(30.0)}, np.arange(30))]
        [('numbering', ('key',))]
    """
    return (*_numberings(train), *_marks(train, rows))


def without_keys(table: Table, target: str, features: Sequence[str] | None, groups: str | None, times: str | None) -> Table:
    """The table without the columns that its rows are dealt out by; times stay where `features` asks for them.

    Raises:
        ArgumentError: Such a column is the target, or the groups are a feature.

    Examples:
        >>> from leadline.data.table import from_frame
        >>> without_keys(from_frame({"day": [1, 2], "x": [3, 4], "y": [5, 6]}), "y", None, None, "day").columns
        ('x', 'y')
    """
    if target in (groups, times) or groups in (features or ()):
        raise ArgumentError("The groups' column can be neither target nor feature, the times' column no target. Name another.")
    gone = [name for name in (groups, times) if name is not None and name not in (features or ())]
    kinds = tuple(kind for name, kind in zip(table.columns, table.kinds) if name not in gone)
    return Table(table.frame.drop(gone), kinds, table.findings, table.source)


def columns_of(table: Table, names: Sequence[str]) -> dict[str, NumpyArray]:
    """Columns of a table as `inspect` takes them.

    Examples:
        >>> from leadline.data.table import from_frame
        >>> columns_of(from_frame({"age": [1.5, None], "sex": ["m", "f"]}), ("age", "sex"))
        {'age': array([1.5, nan]), 'sex': array([1, 0])}
    """
    codes = {
        name: table.column(name).rank("dense").cast(int).fill_null(0) - 1 for name in names if table.kind(name) == "category"
    }
    return {name: (codes[name] if name in codes else table.column(name).cast(float)).to_numpy() for name in names}


def _check_features(table: Table, target: Target, features: Sequence[str] | None) -> None:
    for name in features or ():
        table.column(name)
        if name == target.name:
            raise DataError(f"The target {name!r} cannot be a feature too. Take it out of `features`.")


def _fault(series: pl.Series, target: Target, y: NumpyArray) -> str | None:
    """Why a column can be no feature, in words; None where it can."""
    import polars as pl

    cells = len(series) - series.null_count()
    distinct = series.drop_nulls().n_unique()
    if cells == 0:
        return english("no value in any training row")
    if distinct == 1 and cells == len(series):
        return english("the same value in every training row")
    if _tells(series, target, y):
        return english(f"the target {target.name!r} under another name")
    if series.dtype.is_numeric():
        return _number_id(series, cells, distinct)
    if series.dtype == pl.String and set(series.drop_nulls().str.to_lowercase().unique()) <= SPLIT_NAMES:
        return english("how somebody split the rows")
    if distinct > TEXT_VALUES and distinct > TEXT_SHARE * cells:
        return english(f"text with {distinct:,} distinct values in {cells:,} cells, an identifier or free text")
    return None


def _number_id(series: pl.Series, cells: int, distinct: int) -> str | None:
    numbers = series.drop_nulls().to_numpy()
    if not (numbers == np.round(numbers)).all() or cells < 3:
        return None
    if ID_NAME.search(series.name) and distinct >= ID_SHARE * cells:
        told = english(f"an identifier by its name, with {distinct:,} distinct values in {cells:,} cells")
        again = cells - distinct
        return english(f"{told} (rows that share one may be one thing seen twice: {again:,})") if again else told
    reach = numbers[-1] - numbers[0] + 1
    if (np.diff(numbers) > 0).all() and 0 <= numbers[0] <= COUNTER_START and cells >= COUNTER_SHARE * reach:
        return english("a counter of the rows")
    return None


def _tells(series: pl.Series, target: Target, y: NumpyArray) -> bool:
    """Whether a column is the target: equal for regression, equal up to the names for classes."""
    import polars as pl

    if series.null_count():
        return False
    if target.kind == "regression":
        return series.dtype.is_numeric() and bool((series.to_numpy() == y).all())
    if series.n_unique() != len(target.classes):
        return False
    return pl.DataFrame([series.alias("column"), pl.Series("y", y)]).n_unique() == len(target.classes)


def _rank_correlation(series: pl.Series, target: Target, y: NumpyArray) -> float:
    """Spearman's correlation of a column of numbers with a regression's target; 0 for all else."""
    import polars as pl

    both = pl.DataFrame([series.alias("column"), pl.Series("y", y)]).drop_nulls()
    if target.kind != "regression" or not series.dtype.is_numeric() or both["column"].n_unique() < 2 or both["y"].n_unique() < 2:
        return 0.0
    return float(np.corrcoef(both["column"].rank().to_numpy(), both["y"].rank().to_numpy())[0, 1])


def _copy(series: pl.Series, seen: dict[bytes, str]) -> str | None:
    """Words for a column that equals an earlier one; `seen` learns each column that does not."""
    key = f"{series.dtype}".encode() + series.hash().to_numpy().tobytes()
    if key in seen:
        return english(f"equal to the column {seen[key]!r}")
    seen[key] = series.name
    return None


def _numberings(train: Columns) -> Iterator[Suspicion]:
    numbers = {name: np.unique(values) for name, values in train.items() if values.dtype.kind == "f" and len(values) >= ENOUGH}
    whole = {name: each for name, each in numbers.items() if len(each) == len(train[name]) and (each == np.round(each)).all()}
    chances = {name: np.exp(-(len(each) ** 2) / 2 / (float(each[-1]) - float(each[0]) + 1)) for name, each in whole.items()}
    told = tuple(name for name, chance in chances.items() if chance < NUMBERING)
    if told:
        sentence = english("whole numbers without a repetition, as if they numbered the rows or ranked them")
        yield Suspicion("numbering", told, (), float(max(chances[name] for name in told)), sentence)


def _marks(train: Columns, rows: NumpyArray) -> Iterator[Suspicion]:
    found: dict[float, dict[str, NumpyArray]] = {}
    for name, values in train.items():
        numbers = values[~np.isnan(values)] if values.dtype.kind == "f" else values[:0]
        for mark in {float(end) for end in (numbers.min(), numbers.max()) if end in MARKS} if len(numbers) else ():
            rest, marked = numbers[numbers != mark], values == mark
            if 3 <= marked.sum() <= len(rest) and (mark >= 0 or rest.min() >= 0) and _far(mark, rest):
                found.setdefault(mark, {})[name] = marked
    for mark, each in found.items():
        first, counts = next(iter(each.values())), [int(marked.sum()) for marked in each.values()]
        among = english(f"{min(counts):,} to {max(counts):,}") if min(counts) < max(counts) else f"{counts[0]:,}"
        words = english(f"{mark:g} in {among} of {len(first):,} training rows, far from all other values")
        rest = tuple(rows[: len(first)][first][:5].tolist())
        yield Suspicion("missing mark", tuple(each), rest, max(counts) / len(first), words)


def _far(mark: float, rest: NumpyArray) -> bool:
    """Whether a mark lies apart from all other values: off their bulk, and further than they are from each other."""
    distinct = np.unique(rest)
    nearest, low, middle, high = np.quantile(np.abs(rest - mark), (0, 0.25, 0.5, 0.75))
    apart = middle >= MARK_DISTANCE * (high - low) / 1.349 and nearest >= MARK_GAP * middle
    return bool(apart and len(distinct) >= 10 and nearest > 2 * np.median(np.diff(distinct)))
