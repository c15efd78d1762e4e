"""What a column holds: numbers, booleans, dates or categories; told from its type and its cells.

- Missing: null, NaN, and in text the marks "", "?", "NA", "N/A", "#N/A", "NaN", "null" (blanks around a cell are cut off).
- Numbers are numeric. Infinite ones are taken as missing; those beyond float32 are refused.
- Text is numeric where every cell is a number. In a file or frame that has types of its own, text of up to 20 distinct numbers is
  a code that somebody stored as text on purpose, and stays a category.
- Text of more than 20 distinct numbers with up to a tenth of words among them is numeric; the words are taken as missing.
- Text of true and false is boolean; text that is all dates of one format is a date, as are dates and times.
- All other text is a category. Lists, bytes and objects are no feature.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

import numpy as np

from leadline.data.target import first_rows
from leadline.errors import DataError
from leadline.words import english

if TYPE_CHECKING:
    import polars as pl

__all__ = ["MISSING_MARKS", "ColumnKind", "type_column", "words_of"]

ColumnKind = Literal["numeric", "boolean", "date", "category"]

MISSING_MARKS = ("", "?", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL")
MOST_CODES = 20
MOST_WORDS = 0.1
DATE_LOOK = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}T\d{6}")
DATE_FORMATS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y%m%dT%H%M%S", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ"),
    *("%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%m-%d-%Y"),
)
MICROSECONDS_A_DAY = 86_400e6


def type_column(series: pl.Series, source: str, *, coded: bool) -> tuple[pl.Series | None, ColumnKind, list[str]]:
    """Brings a column to the type of its kind.

    Args:
        series: The column.
        source: Where it comes from, for messages.
        coded: Whether the source has types, so that what is stored as text is meant as text.

    Returns:
        The column (Float64 for numbers, and for dates in days since 1970-01-01; Boolean; String), without NaN and infinities, or
        None where it holds nothing that can be a feature; its kind; and what was noticed.

    Raises:
        DataError: It has numbers beyond float32.

    Examples:
        >>> import polars as pl
        >>> column, kind, noticed = type_column(pl.Series("size", ["1", " 2.5", "?"]), "sizes.csv", coded=False)
        >>> column.to_list(), kind, noticed
        ([1.0, 2.5, None], 'numeric', [])
        >>> type_column(pl.Series("zone", ["1", "2", "?"]), "zones.parquet", coded=True)[1]
        'category'
    """
    import polars as pl

    dtype = series.dtype
    if dtype == pl.Boolean:
        return series, "boolean", []
    if dtype.is_numeric() or dtype == pl.Null:
        return _numbers(series.cast(pl.Float64), source)
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return _text(words_of(series), source, coded)
    if dtype.is_temporal():
        return _days(series), "date", []
    return None, "category", [english(f"holds {dtype} values, which are no feature; left out.")]


def words_of(series: pl.Series) -> pl.Series:
    """Text without the space around it, and None where it says that a value is missing.

    Examples:
        >>> import polars as pl
        >>> words_of(pl.Series([" 01", "?", "A3"])).to_list()
        ['01', None, 'A3']
    """
    import polars as pl

    text = series.cast(pl.String).str.strip_chars()
    return text.set(text.is_in(MISSING_MARKS), None)


def _numbers(series: pl.Series, source: str) -> tuple[pl.Series, ColumnKind, list[str]]:
    numbers = series.fill_nan(None)
    infinite = numbers.is_infinite().fill_null(False)
    noticed = []
    if infinite.any():
        where = first_rows(infinite.to_numpy())
        noticed.append(english(f"infinite in {infinite.sum():,} of {len(numbers):,} rows ({where}); taken as missing."))
        numbers = numbers.set(infinite, None)
    huge = (numbers.abs() > float(np.finfo(np.float32).max)).fill_null(False)
    if huge.any():
        raise DataError(
            f"{source}: column {series.name!r} has values beyond float32's range of ±3.4e38 ({first_rows(huge.to_numpy())}). "
            "Measure it in a larger unit or leave it out."
        )
    return numbers, "numeric", noticed


def _text(text: pl.Series, source: str, coded: bool) -> tuple[pl.Series, ColumnKind, list[str]]:
    """Text as what it reads as; `text` has null for what is missing."""
    import polars as pl

    cells = len(text) - text.null_count()
    numbers = text.cast(pl.Float64, strict=False)
    words = text.is_not_null() & numbers.is_null()
    many = numbers.drop_nulls().n_unique() > MOST_CODES
    if not words.any() and (many or not coded):
        return _numbers(numbers, source)
    if many and words.sum() <= MOST_WORDS * cells:
        typed, kind, noticed = _numbers(numbers, source)
        named = ", ".join(repr(word) for word in text.filter(words).unique(maintain_order=True).head(3).to_list())
        where = first_rows(words.to_numpy())
        return (
            typed,
            kind,
            [
                english(f"numbers with words in {words.sum():,} of {cells:,} cells ({named}; {where}); taken as missing."),
                *noticed,
            ],
        )
    lower = text.str.to_lowercase()
    if cells and lower.drop_nulls().is_in(["true", "false"]).all():
        return (lower == "true").alias(text.name), "boolean", []
    return _dates(text) or (text, "category", [])


def _dates(text: pl.Series) -> tuple[pl.Series, ColumnKind, list[str]] | None:
    """Text as dates, where every cell has the same one of the known formats."""
    import polars as pl

    first = text.drop_nulls().head(1).to_list()
    if not first or not DATE_LOOK.match(first[0]):
        return None
    for form in DATE_FORMATS:
        dates = (
            text.str.strptime(pl.Datetime("us"), form, strict=False)
            if "H" in form
            else text.str.strptime(pl.Date, form, strict=False)
        )
        if dates.null_count() == text.null_count():
            return _days(dates), "date", [english(f"dates read as {form}; counted in days since 1970-01-01.")]
    return None


def _days(series: pl.Series) -> pl.Series:
    """Dates and times as days since 1970-01-01, lengths of time and times of day as days."""
    import polars as pl

    if isinstance(series.dtype, pl.Duration):
        return series.dt.total_microseconds().cast(pl.Float64) / MICROSECONDS_A_DAY
    if series.dtype == pl.Time:
        return series.cast(pl.Int64).cast(pl.Float64) / (1000 * MICROSECONDS_A_DAY)
    return series.cast(pl.Datetime("us")).dt.epoch("us").cast(pl.Float64) / MICROSECONDS_A_DAY
