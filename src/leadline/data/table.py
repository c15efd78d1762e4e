"""Tables with typed columns, read from a file or taken from any data frame."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadline.data.columns import ColumnKind, type_column, words_of
from leadline.data.target import first_rows
from leadline.errors import DataError, unknown_name
from leadline.types import NumpyArray
from leadline.words import english

if TYPE_CHECKING:
    import polars as pl

__all__ = ["Finding", "Table", "from_frame", "gaps", "read_table"]

ROWS_AT_ONCE = 50_000
"""Rows of a file held as Python text at a time, so that memory stays near the table's own size."""

MOST_NAMED = 5
"""Columns that a finding on many names."""


@dataclass(frozen=True)
class Finding:
    """Something in the data that a person should know.

    Attributes:
        column: The column it is about; None for the whole table.
        message: What was found, and what was done.

    Examples:
        >>> print(Finding("alive", "equals the target; left out."))
        Column 'alive': equals the target; left out.
    """

    column: str | None
    message: str

    def __str__(self) -> str:
        return self.message if self.column is None else english(f"Column {self.column!r}: {self.message}")


@dataclass(frozen=True, eq=False)
class Table:
    """A data frame whose columns have one of four kinds.

    Attributes:
        frame: The polars frame: numeric Float64, boolean Boolean, date Float64 (days since 1970-01-01), category String.
            Missing values are null; there are no NaN and no infinities.
        kinds: The kind of each column, in the frame's order.
        findings: What was noticed in reading.
        source: Where it came from, for messages.
    """

    frame: pl.DataFrame
    kinds: tuple[ColumnKind, ...]
    findings: tuple[Finding, ...] = ()
    source: str = "the table"

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self.frame.columns)

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.frame.height

    @property
    def digest(self) -> str:
        """SHA-256 over the names, kinds and values of all columns, hexadecimal."""
        return hashlib.sha256(f"{self.columns}{self.kinds}{self.frame.write_csv()}".encode()).hexdigest()

    def column(self, name: str) -> pl.Series:
        """A column by its name.

        Raises:
            DataError: There is none of that name; the nearest are named.

        Examples:
            >>> from_frame({"age": [1, 2]}).column("age").to_list()
            [1.0, 2.0]
        """
        if name not in self.frame.columns:
            raise DataError(f"{self.source}: {unknown_name('column', name, self.columns)}")
        return self.frame[name]

    def kind(self, name: str) -> ColumnKind:
        """The kind of a column; raises as `column` does."""
        self.column(name)
        return self.kinds[self.columns.index(name)]

    def take(self, rows: NumpyArray) -> Table:
        """The table of some rows.

        Args:
            rows: Row numbers, counted from 0, shape (m,).
        """
        return Table(self.frame[rows], self.kinds, self.findings, self.source)


def read_table(path: str | Path, *, text: Collection[str] = ()) -> Table:
    r"""Reads a CSV, TSV or Parquet file; which it is, its content says, not its name.

    Text is UTF-8 with one header line; comma, semicolon, tabulator or bar between the cells, whichever the header has most of.
    What each column is, `leadline.data.columns` tells from its cells.

    Args:
        path: The file.
        text: Columns that are categories whatever their cells look like, as they were in training: "01" is then no number.

    Raises:
        DataError: There is no such file, it is a folder, empty, no table, not UTF-8, has no row under its header, a header that
            repeats or holds numbers only, a line with too few or too many cells, or numbers beyond float32.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "pets.csv")
        ...     _ = path.write_text("name,weight\nRex,31.5\nMiu,?\n")
        ...     table = read_table(path)
        >>> table.kinds, table.column("weight").to_list()
        (('category', 'numeric'), [31.5, None])
    """
    path = Path(path)
    content = _content(path)
    if content[:4] == b"PAR1":
        return _typed_table(_read_parquet(content, path), str(path), coded=True, text=text)
    return _typed_table(_read_text(_decoded(content, path), path), str(path), coded=False, text=text)


def from_frame(frame: Any) -> Table:
    """Takes any data frame: polars, pandas, pyarrow, or whatever speaks Arrow's PyCapsule protocol.

    Types are kept, as `leadline.data.columns` says: text of few distinct numbers, too, is a category.

    Args:
        frame: The data frame, a mapping of names to columns, or a `Table`, which is given back as it is.

    Raises:
        DataError: It is no data frame, has no rows, repeats a column's name or has numbers beyond float32.

    Examples:
        >>> from_frame({"size": [1, None, 3], "colour": ["red", "blue", None]}).kinds
        ('numeric', 'category')
    """
    if isinstance(frame, Table):
        return frame
    return _typed_table(_to_polars(frame), "the data frame", coded=True)


def gaps(table: Table, names: Sequence[str]) -> tuple[Finding, ...]:
    """A finding on the missing values of columns that are to be prepared, those with most of them named; none without any.

    Args:
        table: All rows.
        names: The columns.

    Examples:
        >>> columns = {"age": [1, None, 3], "sex": ["f", "m", None], "size": [4, 5, 6]}
        >>> for finding in gaps(from_frame(columns), ("age", "sex", "size")):
        ...     print(finding)
        Missing values in 2 of 3 columns: 'age' in 1 of 3 rows (row 1); 'sex' in 1 of 3 rows (row 2). Numbers are filled with the
        median of train, categories count as (missing), and a feature says where.
    """
    counts = {name: count for name in names if (count := table.column(name).null_count())}
    if not counts:
        return ()
    most = sorted(counts, key=lambda name: -counts[name])[:MOST_NAMED]
    where = {name: first_rows(table.column(name).is_null().to_numpy(), 3) for name in most}
    each = (english(f"{name!r} in {counts[name]:,} of {table.size:,} rows ({where[name]})") for name in most)
    named, more = functools.reduce(lambda one, other: english(f"{one}; {other}"), each), len(counts) - len(most)
    named = english(f"{named}; and {more} more") if more else named
    done = english("Numbers are filled with the median of train, categories count as (missing), and a feature says where.")
    return (Finding(None, english(f"Missing values in {len(counts)} of {len(names)} columns: {named}. {done}")),)


def _content(path: Path) -> bytes:
    if path.is_dir():
        raise DataError(f"{path} is a folder. Give a CSV, TSV or Parquet file in it.")
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise DataError(f"There is no file {path}. Check the path.") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from None
    if not content.strip():
        raise DataError(f"{path} is empty. Give a table with a header and rows.")
    return content


def _read_parquet(content: bytes, path: Path) -> pl.DataFrame:
    import polars as pl

    try:
        return pl.read_parquet(io.BytesIO(content))
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise DataError(f"{path} begins as a Parquet file but cannot be read as one ({error}). Write it again.") from None


def _decoded(content: bytes, path: Path) -> str:
    if b"\0" in content[:65536] or content[:4] in (b"PK\x03\x04", b"%PDF") or content[:2] == b"\x1f\x8b":
        raise DataError(
            f"{path} is no table: it begins with the bytes {content[:4]!r}. Give CSV or TSV text in UTF-8, or Parquet."
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}, line {line}: not UTF-8 (byte 0x{content[error.start]:02x}). Save the file as UTF-8.") from None


def _read_text(text: str, path: Path) -> pl.DataFrame:
    """The cells of a delimited text, all as text."""
    import polars as pl

    header = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t|", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows = _rows(reader, path)
    names = [name.strip() or f"(unnamed {i + 1})" for i, name in enumerate(next(rows))]
    _check_header(names, str(path))
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{path}: the first line holds numbers only ({', '.join(names[:3])}, …). Add a line with the columns' names."
        )
    schema = dict.fromkeys(names, pl.String)
    pieces = [pl.DataFrame(piece, schema=schema, orient="row") for piece in _pieces(rows, len(names), reader, path)]
    if not pieces:
        raise DataError(f"{path} has a header ({', '.join(names[:5])}{', …' if len(names) > 5 else ''}) but no rows. Add rows.")
    return pl.concat(pieces)


def _rows(reader: Any, path: Path) -> Iterator[list[str]]:
    """The lines that are not blank."""
    try:
        yield from (row for row in reader if row)
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}. Check the quotation marks.") from None


def _pieces(rows: Iterable[list[str]], width: int, reader: Any, path: Path) -> Iterator[list[list[str]]]:
    piece: list[list[str]] = []
    for row in rows:
        if len(row) != width:
            raise DataError(
                f"{path}, line {reader.line_num}: {len(row)} cells where the header has {width}. Add or remove cells, and put "
                "cells that hold the delimiter in quotation marks."
            )
        piece.append(row)
        if len(piece) == ROWS_AT_ONCE:
            yield piece
            piece = []
    if piece:
        yield piece


def _check_header(names: Sequence[str], source: str) -> None:
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise DataError(f"{source}: the column name {repeated[0]!r} stands more than once. Rename one of them.")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _to_polars(frame: Any) -> pl.DataFrame:
    import polars as pl

    if isinstance(frame, pl.LazyFrame):
        return frame.collect()
    names = getattr(frame, "column_names", getattr(frame, "columns", frame if isinstance(frame, Mapping) else ()))
    _check_header([str(name) for name in names], "the data frame")
    try:
        try:
            return pl.DataFrame(frame)
        except Exception:  # Arrow has no type for a column of mixed Python objects
            if not len(names):
                raise
            return pl.DataFrame([pl.Series(str(name), list(frame[name]), strict=False) for name in names])
    except Exception as error:
        raise DataError(
            f"A {type(frame).__name__} cannot be read as a table ({error}). Give a polars, pandas or pyarrow data frame."
        ) from None


def _typed_table(frame: pl.DataFrame, source: str, coded: bool, text: Collection[str] = ()) -> Table:
    """The frame with each column brought to its kind. `coded`: text is meant as text; `text`: in these columns too."""
    import polars as pl

    if frame.height == 0 or frame.width == 0:
        raise DataError(f"{source} has {frame.width} columns and {frame.height} rows. Give a table with rows.")
    columns: list[pl.Series] = []
    kinds: list[ColumnKind] = []
    findings: list[Finding] = []
    for series in frame.iter_columns():
        meant = series.name in text and series.dtype == pl.String
        typed, kind, found = (words_of(series), "category", []) if meant else type_column(series, source, coded=coded)
        findings += [Finding(series.name, message) for message in found]
        if typed is not None:
            columns.append(typed)
            kinds.append(kind)
    return Table(pl.DataFrame(columns), tuple(kinds), tuple(findings), source)
