"""Tables: what is written comes back, and the order of the rows means nothing."""

import csv

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.data.table import Table, from_frame, read_table

NUMBERS = st.floats(-3e38, 3e38) | st.integers(-(2**53), 2**53).map(float)
LETTERS = st.characters(codec="utf-8", exclude_characters="\0")
TEXT = st.text(LETTERS, max_size=6) | st.text(" ,;|\t\r\n\"'\\é😀\u2028", max_size=4)
WORDS = TEXT.map(lambda text: f"w{text}")  # no number, date or mark of a missing value, whatever follows
ROW = st.tuples(st.none() | NUMBERS, st.none() | WORDS, st.none() | st.booleans())
FULL = st.tuples(NUMBERS, WORDS, st.booleans())  # a column without any value would have no kind
COLUMNS = {"n": pl.Float64, "w": pl.String, "b": pl.Boolean}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


def _frame(rows):
    return pl.DataFrame([list(row) for row in rows], schema=COLUMNS, orient="row")


@given(first=FULL, rows=st.lists(ROW, max_size=6), separator=st.sampled_from(",;\t|"), ends=st.sampled_from(["\n", "\r\n"]))
def test_a_table_in_text_comes_back_to_the_bit(folder, first, rows, separator, ends):
    frame, path = _frame([first, *rows]), folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        quoting = csv.QUOTE_MINIMAL if "\r" in ends else csv.QUOTE_ALL  # else a \r in a word would stand there bare
        writer = csv.writer(file, delimiter=separator, lineterminator=ends, quoting=quoting)
        writer.writerow(COLUMNS)
        for number, word, truth in frame.rows():
            writer.writerow(["" if number is None else repr(number), word, "" if truth is None else str(truth).lower()])
    back, meant = read_table(path), from_frame(frame)
    assert back.kinds == meant.kinds == ("numeric", "category", "boolean")
    assert back.frame.rows() == meant.frame.rows()
    assert back.digest == meant.digest


@given(first=FULL, rows=st.lists(ROW, max_size=6))
def test_a_table_in_parquet_comes_back_to_the_bit(folder, first, rows):
    frame, path = _frame([first, *rows]), folder / "table.parquet"
    frame.write_parquet(path)
    assert read_table(path).digest == from_frame(frame).digest


CELLS = {
    "codes": st.sampled_from(["1", "2", "01", " 3 ", "4.5", "?", ""]),
    "dates": st.dates().map(str) | st.sampled_from(["", "NA"]),
    "days": st.sampled_from(["01/02/2024", "13/02/2024", "02/13/2024", "1/1/2024"]),
    "truths": st.sampled_from(["true", "False", "TRUE", "null", "maybe"]),
    "mixed": st.sampled_from(["red", "7", "2024-01-01", "nan", "1e400"]) | TEXT,
}


@given(kind=st.sampled_from(sorted(CELLS)), data=st.data())
def test_the_order_of_rows_and_columns_decides_nothing(kind, data):
    cells = data.draw(st.lists(st.none() | CELLS[kind], min_size=2, max_size=30))
    rows = np.array(data.draw(st.permutations(range(len(cells)))))
    table = from_frame(pl.DataFrame({"c": cells, "i": range(len(cells))}, schema={"c": pl.String, "i": pl.Int64}))
    other = from_frame(pl.DataFrame({"i": rows, "c": [cells[row] for row in rows]}, schema={"i": pl.Int64, "c": pl.String}))
    assert dict(zip(other.columns, other.kinds)) == dict(zip(table.columns, table.kinds))
    assert other.frame.select(table.columns).rows() == table.take(rows).frame.rows()


@given(rows=st.lists(ROW, min_size=1, max_size=8), data=st.data())
def test_a_table_taken_again_is_the_same(rows, data):
    table = from_frame(_frame(rows))
    assert from_frame(table.frame).digest == table.digest
    some = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=1, max_size=8))
    again = data.draw(st.lists(st.integers(0, len(some) - 1), min_size=1, max_size=8))
    twice, once = table.take(np.array(some)).take(np.array(again)), table.take(np.array(some)[again])
    assert isinstance(twice, Table)
    assert twice.digest == once.digest
