import datetime
import re

import polars as pl
import pytest

from leadline.data.columns import type_column
from leadline.errors import DataError

MANY = [str(i) for i in range(30)]

# (name, series, coded, kind, first values, what is noticed)
CASES = [
    ("integers", pl.Series([1, None, 3]), True, "numeric", [1.0, None, 3.0], ""),
    ("NaN", pl.Series([1.0, float("nan")]), True, "numeric", [1.0, None], ""),
    (
        "infinite",
        pl.Series([1.0, float("inf")]),
        True,
        "numeric",
        [1.0, None],
        r"infinite in 1 of 2 rows \(row 1\); taken as missing",
    ),
    ("nulls", pl.Series([None, None]), True, "numeric", [None, None], ""),
    ("booleans", pl.Series([True, None]), True, "boolean", [True, None], ""),
    ("true and false", pl.Series(["True", "FALSE", "?"]), False, "boolean", [True, False, None], ""),
    ("numbers in text", pl.Series(["1", " 2.5 ", "-3e2"]), False, "numeric", [1.0, 2.5, -300.0], ""),
    ("codes", pl.Series(["1", "2", "1"]), True, "category", ["1", "2", "1"], ""),
    ("many codes", pl.Series(MANY), True, "numeric", [0.0, 1.0], ""),
    (
        "words among numbers",
        pl.Series([*MANY, "lots"]),
        False,
        "numeric",
        [0.0, 1.0],
        r"words in 1 of 31 cells \('lots'; row 30\)",
    ),
    ("too many words", pl.Series([*MANY, *"abcdef"]), False, "category", ["0", "1"], ""),
    ("a letter among codes", pl.Series(["1", "2", "U"] * 9), False, "category", ["1", "2", "U"], ""),
    ("marks", pl.Series(["a", "", "?", "NA", "NaN", "null", " "]), False, "category", ["a"] + [None] * 6, ""),
    ("categorical", pl.Series(["u", None], dtype=pl.Categorical), True, "category", ["u", None], ""),
    ("ISO dates", pl.Series(["1970-01-02", None]), False, "date", [1.0, None], "%Y-%m-%d"),
    ("day first", pl.Series(["13-10-2014", "02-01-1970"]), False, "date", [16356.0, 1.0], "%d-%m-%Y"),
    ("month first", pl.Series(["01/02/1970", "10/13/2014"]), False, "date", [1.0, 16356.0], "%m/%d/%Y"),
    ("date and time", pl.Series(["1970-01-02T12:00:00"]), False, "date", [1.5], "%H:%M:%S"),
    ("compact", pl.Series(["19700102T060000"]), False, "date", [1.25], "%H%M%S"),
    ("half dates", pl.Series(["1970-01-02", "soon"]), False, "category", ["1970-01-02", "soon"], ""),
    ("date type", pl.Series([datetime.date(1970, 1, 3)]), True, "date", [2.0], ""),
    ("datetime type", pl.Series([datetime.datetime(1970, 1, 3, 18)]), True, "date", [2.75], ""),
    ("duration", pl.Series([datetime.timedelta(hours=36)]), True, "date", [1.5], ""),
    ("time of day", pl.Series([datetime.time(6)]), True, "date", [0.25], ""),
]


@pytest.mark.parametrize(("series", "coded", "kind", "first", "noticed"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_column_is_what_its_cells_say(series, coded, kind, first, noticed):
    typed, found, messages = type_column(series.alias("c"), "t.csv", coded=coded)
    assert found == kind
    assert typed.name == "c"
    assert typed.dtype == {"numeric": pl.Float64, "date": pl.Float64, "boolean": pl.Boolean, "category": pl.String}[kind]
    assert typed.head(len(first)).to_list() == first
    assert len(messages) == (1 if noticed else 0)
    if noticed:
        assert re.search(noticed, messages[0])


def test_lists_are_no_feature():
    typed, _, messages = type_column(pl.Series("c", [[1], [2]]), "t", coded=True)
    assert typed is None
    assert "List" in messages[0]


@pytest.mark.parametrize("series", [pl.Series("c", [1.0, 1e300]), pl.Series("c", ["1", "1e300"])])
def test_numbers_beyond_float32_are_refused(series):
    with pytest.raises(DataError, match=r"t.csv: column 'c' .*float32.*\(row 1\)"):
        type_column(series, "t.csv", coded=False)
