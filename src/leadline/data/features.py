"""From a table's columns to a network's inputs: everything that is fitted is fitted on the training rows, and is plain data.

- A number is standardised, (x − mean) / scale; a missing one is first filled with the median, and an indicator says so where any
  was missing in training. Booleans are the numbers 0 and 1, dates are days.
- A category has one feature for each of its values, 1 where it holds. Values in fewer training rows than max(3, m / 500) are
  pooled in "(other)"; a missing value has its own "(missing)". A value never seen in training goes to "(other)" as well, and so
  does a missing one where training had none. Where training had nothing to pool, "(other)" has no feature, since its weight would
  never be trained: all of the column's features are then 0.
- Powers and products of the numbers up to a degree are formed of their standardised values, and standardised again.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, is_dataclass, replace
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

import numpy as np

from leadline.data.target import first_rows
from leadline.errors import ArgumentError, DataError
from leadline.types import NumpyArray

if TYPE_CHECKING:
    from leadline.data.table import Table

__all__ = ["FURTHEST", "CategoryColumn", "NumericColumn", "Preparation", "Term", "fit_preparation"]

VERSION = 2
FEWEST_ROWS = 3
FEWEST_SHARE = 1 / 500
MOST_TERMS = 10_000
FURTHEST = 1e6
"""Standardised values are held within ± this many standard deviations, so that the result is finite whatever comes."""


@dataclass(frozen=True)
class NumericColumn:
    """How a column of numbers is prepared.

    Attributes:
        name: The column.
        date: Whether it holds dates, in days.
        median: What a missing value is filled with, in the column's unit.
        mean: Mean over the training rows after filling.
        scale: Standard deviation over the training rows after filling; 1 where they are all the same.
        indicator: Whether a feature says that the value was missing.
    """

    name: str
    date: bool
    median: float
    mean: float
    scale: float
    indicator: bool


@dataclass(frozen=True)
class CategoryColumn:
    """How a column of categories is prepared.

    Attributes:
        name: The column.
        categories: The values with a feature of their own, the most frequent first.
        pooled: The values seen in training but too rare for that.
        missing: Whether a feature says that the value was missing.
    """

    name: str
    categories: tuple[str, ...]
    pooled: tuple[str, ...]
    missing: bool

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of its features, in order."""
        values = (*self.categories, *(["(other)"] if self.pooled else []), *(["(missing)"] if self.missing else []))
        return tuple(f"{self.name}={value}" for value in values)


@dataclass(frozen=True)
class Term:
    """A power or product of standardised numbers.

    Attributes:
        factors: Positions of the numeric columns multiplied; a position that stands twice is squared.
        mean: Mean of the product over the training rows.
        scale: Its standard deviation there; 1 where it is constant.
    """

    factors: tuple[int, ...]
    mean: float
    scale: float


@dataclass(frozen=True)
class Preparation:
    """What turns a table into X, float32 (m, features): numbers, their terms, their indicators, categories.

    Attributes:
        numeric: The columns of numbers.
        category: The columns of categories.
        terms: Powers and products of the numbers.
        kept: Which of all these features X has, by their positions, ascending; empty for all.
        raw: Whether the numbers themselves go through as they are, as those of arrays do; their terms are of standardised ones.
    """

    numeric: tuple[NumericColumn, ...]
    category: tuple[CategoryColumn, ...]
    terms: tuple[Term, ...] = ()
    kept: tuple[int, ...] = ()
    raw: bool = False

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features, in the order of X's columns."""
        every = (
            *(column.name for column in self.numeric),
            *(_product_name([self.numeric[i].name for i in term.factors]) for term in self.terms),
            *(f"{column.name}=(missing)" for column in self.numeric if column.indicator),
            *(name for column in self.category for name in column.feature_names),
        )
        return tuple(self._chosen(every))

    def apply(self, table: Table) -> NumpyArray:
        """The features of a table, float32, shape (m, features), always finite.

        Columns are found by name, in any order; others are ignored.

        Raises:
            DataError: A column is missing, or holds text or dates where training had numbers.

        Examples:
            >>> from leadline.data.table import from_frame
            >>> prepared = fit_preparation(from_frame({"age": [1, 3], "sex": ["f", "m"]}), ("age", "sex"))
            >>> prepared.feature_names
            ('age', 'sex=(other)')
            >>> prepared.apply(from_frame({"sex": ["f", None], "age": [5, None]})).tolist()
            [[3.0, 1.0], [0.0, 1.0]]
        """
        X = np.zeros((table.size, len(self.feature_names)), np.float32)
        for at, feature in enumerate(self._chosen(self._features(table))):
            X[:, at] = feature
        return X

    def unseen(self, table: Table) -> dict[str, int]:
        """For each column of categories with cells never seen in training, how many there are; they count as "(other)".

        Examples:
            >>> from leadline.data.table import from_frame
            >>> prepared = fit_preparation(from_frame({"sex": ["f", "m"]}), ("sex",))
            >>> prepared.unseen(from_frame({"sex": ["f", "x", "x"]}))
            {'sex': 2}
        """
        known = {column.name: {None, *column.categories, *column.pooled} for column in self.category}
        counts = {name: sum(value not in own for value in _category_values(table, name)) for name, own in known.items()}
        return {name: count for name, count in counts.items() if count}

    def to_dict(self) -> dict[str, Any]:
        """The preparation as plain JSON data, with its version; `from_dict` reads it back exactly."""
        return {"version": VERSION, **asdict(self)}

    @classmethod
    def from_dict(cls, data: Any) -> Preparation:
        """Reads what `to_dict` gave, also after JSON.

        Raises:
            DataError: It has another version, lacks an entry, has one too many or one of another type.

        Examples:
            >>> from leadline.data.table import from_frame
            >>> prepared = fit_preparation(from_frame({"age": [1, 3]}), ("age",))
            >>> Preparation.from_dict(prepared.to_dict()) == prepared
            True
        """
        version = data.get("version") if isinstance(data, Mapping) else None
        if version != VERSION:
            raise DataError(f"A preparation of version {version!r} cannot be read; this one reads {VERSION}. Fit it anew.")
        read: Preparation = _read(cls, {name: value for name, value in data.items() if name != "version"}, "preparation")
        _check_read(read)
        return read

    def _chosen(self, every: Iterable[Any]) -> Iterator[Any]:
        kept = set(self.kept)
        return (each for at, each in enumerate(every) if at in kept or not kept)

    def _features(self, table: Table) -> Iterator[NumpyArray]:
        """The features one by one, float64 or bool, shape (m,)."""
        values = [_number_values(table, column.name, column.date) for column in self.numeric]
        filled = [_filled(value, column.median) for value, column in zip(values, self.numeric)]
        standard = [_standard(value, column.mean, column.scale) for value, column in zip(filled, self.numeric)]
        yield from filled if self.raw else standard
        for term in self.terms:
            yield _standard(_product(standard, term.factors), term.mean, term.scale)
        for value, column in zip(values, self.numeric):
            if column.indicator:
                yield np.isnan(value)
        for category in self.category:
            yield from _one_hot(_category_values(table, category.name), category)


def fit_preparation(table: Table, columns: Sequence[str], *, polynomial: int = 1) -> Preparation:
    """Measures on the training rows how each column is to be prepared.

    Args:
        table: The training rows alone.
        columns: The columns to prepare, such as `leadline.data.screening.screen` chose.
        polynomial: The degree up to which powers and products of the numbers are formed; 1 for none.

    Raises:
        DataError: A column is not in the table.
        ArgumentError: `polynomial` is not a whole number from 1 on, or gives more than 10,000 terms.

    Examples:
        >>> from leadline.data.table import from_frame
        >>> prepared = fit_preparation(from_frame({"a": [1, 2, None], "b": [5.0, 5.0, 8.0]}), ("a", "b"), polynomial=2)
        >>> prepared.feature_names
        ('a', 'b', 'a^2', 'a*b', 'b^2', 'a=(missing)')
        >>> prepared.numeric[0].median
        1.5
    """
    names = [name for name in columns if table.kind(name) != "category"]
    numeric = tuple(_fit_numbers(table, name, table.kind(name) == "date") for name in names)
    category = tuple(_fit_category(name, _category_values(table, name)) for name in columns if name not in names)
    _check_polynomial(polynomial, len(numeric))
    values = [_standard(_filled(_number_values(table, c.name, c.date), c.median), c.mean, c.scale) for c in numeric]
    terms = tuple(
        Term(factors, *_mean_and_scale(_product(values, factors)))
        for degree in range(2, polynomial + 1)
        for factors in itertools.combinations_with_replacement(range(len(numeric)), degree)
    )
    return Preparation(numeric, category, terms)


def _fit_numbers(table: Table, name: str, date: bool) -> NumericColumn:
    values = _number_values(table, name, date)
    missing = np.isnan(values)
    median = 0.0 if missing.all() else float(np.median(values[~missing]))
    mean, scale = _mean_and_scale(_filled(values, median))
    return NumericColumn(name, date, median, mean, scale, bool(missing.any()))


def _fit_category(name: str, values: Sequence[str | None]) -> CategoryColumn:
    counts = Counter(value for value in values if value is not None)
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    enough = max(FEWEST_ROWS, math.ceil(len(values) * FEWEST_SHARE))
    kept = tuple(value for value in ranked if counts[value] >= enough)
    return CategoryColumn(name, kept, tuple(ranked[len(kept) :]), None in values)


def _check_polynomial(degree: int, columns: int) -> None:
    if isinstance(degree, bool) or not isinstance(degree, int) or degree < 1:
        raise ArgumentError(f"polynomial must be a whole number from 1 on. Got {degree!r} instead.")
    if (count := math.comb(columns + degree, degree) - 1 - columns) > MOST_TERMS:
        gives = f"polynomial={degree} of {columns} columns gives {count:,} terms; at most {MOST_TERMS:,} are formed"
        raise ArgumentError(f"{gives}. Choose a lower degree or fewer columns.")


def _mean_and_scale(values: NumpyArray) -> tuple[float, float]:
    """Mean and standard deviation; 1 for a deviation that is but rounding."""
    mean, scale = float(np.mean(values)), float(np.std(values))
    return mean, scale if scale > 1e-12 * abs(mean) else 1.0


def _filled(values: NumpyArray, median: float) -> NumpyArray:
    return np.where(np.isnan(values), median, values)


def _standard(values: NumpyArray, mean: float, scale: float) -> NumpyArray:
    return np.clip((values - mean) / scale, -FURTHEST, FURTHEST)


def _product(standard: Sequence[NumpyArray], factors: Sequence[int]) -> NumpyArray:
    return functools.reduce(np.multiply, [standard[factor] for factor in factors])


def _product_name(names: Sequence[str]) -> str:
    return "*".join(name if power == 1 else f"{name}^{power}" for name, power in Counter(names).items())


def _number_values(table: Table, name: str, date: bool) -> NumpyArray:
    """A column as float64 with NaN for missing; text and dates are refused where training had none, and the reverse."""
    import polars as pl

    series = table.column(name)
    numbers = series.cast(pl.Float64, strict=False)
    words = (series.is_not_null() & numbers.is_null()).to_numpy()
    if words.any():
        raise DataError(
            f"{table.source}: column {name!r} held numbers in training and now holds text in {words.sum():,} of "
            f"{table.size:,} rows ({first_rows(words)}). Correct these cells or leave them empty."
        )
    if date != (table.kind(name) == "date") and series.null_count() < len(series):
        held = "dates in training and now holds other values" if date else "numbers in training and now holds dates"
        raise DataError(f"{table.source}: column {name!r} held {held}. Write them as in training.")
    return np.asarray(numbers.to_numpy(), np.float64)


def _category_values(table: Table, name: str) -> list[str | None]:
    """A column as text, None for missing; whole numbers without a point."""
    import polars as pl

    series = table.column(name)
    if series.dtype == pl.String:
        return series.to_list()
    return [None if value is None else f"{value:.15g}" if isinstance(value, float) else str(value) for value in series.to_list()]


def _one_hot(values: Sequence[str | None], column: CategoryColumn) -> Iterator[NumpyArray]:
    """The indicators of a column's categories, bool, shape (m,) each."""
    other = len(column.categories) if column.pooled else -1
    codes: dict[str | None, int] = {value: i for i, value in enumerate(column.categories)}
    codes[None] = len(column.categories) + bool(column.pooled) if column.missing else other
    found = np.array([codes.get(value, other) for value in values])
    return (found == code for code in range(len(column.feature_names)))


def _read(kind: Any, value: Any, where: str) -> Any:
    """A value of a declared type (dataclass, tuple, text, truth value, number) from plain JSON data, checked throughout."""
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        if not isinstance(value, Mapping) or set(value) != set(hints):
            got = ", ".join(map(str, value)) if isinstance(value, Mapping) else repr(value)
            raise DataError(f"{where} must have the entries {', '.join(hints)}. Got {got} instead.")
        return kind(**{name: _read(hint, value[name], f"{where}.{name}") for name, hint in hints.items()})
    if get_origin(kind) is tuple:
        if not isinstance(value, list | tuple):
            raise DataError(f"{where} must be a list. Got {value!r} instead.")
        return tuple(_read(get_args(kind)[0], item, f"{where}[{i}]") for i, item in enumerate(value))
    fits = isinstance(value, int | float if kind is float else kind) and isinstance(value, bool) == (kind is bool)
    if not fits or (kind is float and not abs(value) <= 1e308):
        raise DataError(f"{where} must be a {'finite number' if kind is float else kind.__name__}. Got {value!r} instead.")
    return kind(value)


def _check_read(preparation: Preparation) -> None:
    """Refuses what has the right types but makes no sense."""
    for i, factors in enumerate(term.factors for term in preparation.terms):
        if not factors or not all(0 <= factor < len(preparation.numeric) for factor in factors):
            raise DataError(f"preparation.terms[{i}].factors must be positions of numeric columns. Got {factors!r} instead.")
    kept, width = preparation.kept, len(replace(preparation, kept=()).feature_names)
    if any(low >= high for low, high in zip((-1, *kept), (*kept, width))):
        raise DataError(f"preparation.kept must be positions of features, ascending. Got {kept!r} instead.")
    for scale in (record.scale for records in (preparation.numeric, preparation.terms) for record in records):
        if scale <= 0:
            raise DataError(f"preparation: a scale must be above 0. Got {scale!r} instead.")
