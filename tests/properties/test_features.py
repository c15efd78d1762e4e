"""Features: of the training rows in any order the same is fitted, and each row is prepared by itself."""

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from leadline.data.features import fit_preparation
from leadline.data.table import from_frame

ROW = st.tuples(st.none() | st.floats(-1e30, 1e30), st.none() | st.floats(-100, 100), st.none() | st.sampled_from("abcd"))
ROWS = st.lists(ROW, min_size=2, max_size=20)
SCHEMA = {"big": pl.Float64, "small": pl.Float64, "word": pl.String}


def _table(rows):
    return from_frame(pl.DataFrame([list(row) for row in rows], schema=SCHEMA, orient="row"))


@given(rows=ROWS, data=st.data())
def test_the_order_of_the_training_rows_decides_nothing(rows, data):
    prepared = fit_preparation(_table(rows), tuple(SCHEMA))
    other = fit_preparation(_table(data.draw(st.permutations(rows))), tuple(SCHEMA))
    assert other.category == prepared.category
    assert other.feature_names == prepared.feature_names
    for one, same in zip(other.numeric, prepared.numeric):
        assert (one.median, one.indicator) == (same.median, same.indicator)
        largest = max((abs(row[list(SCHEMA).index(one.name)] or 0) for row in rows), default=0)
        np.testing.assert_allclose(one.mean, same.mean, rtol=1e-12, atol=1e-13 * largest)


@given(train=ROWS, rows=ROWS, polynomial=st.integers(1, 3), data=st.data())
def test_each_row_is_prepared_by_itself(train, rows, polynomial, data):
    prepared = fit_preparation(_table(train), tuple(SCHEMA), polynomial=polynomial)
    table = _table(rows)
    X = prepared.apply(table)
    cut = data.draw(st.integers(1, len(rows) - 1))
    pieces = [prepared.apply(table.take(part)) for part in (np.arange(cut), np.arange(cut, len(rows)))]
    assert np.concatenate(pieces).tobytes() == X.tobytes()
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    assert prepared.apply(table.take(order)).tobytes() == X[order].tobytes()


@given(train=ROWS, rows=ROWS, names=st.permutations([*SCHEMA, "surplus"]))
def test_columns_are_found_by_their_names(train, rows, names):
    prepared, table = fit_preparation(_table(train), tuple(SCHEMA)), _table(rows)
    wider = table.frame.with_columns(surplus=pl.int_range(pl.len())).select(names)
    assert prepared.apply(from_frame(wider)).tobytes() == prepared.apply(table).tobytes()


@given(train=ROWS, rows=ROWS)
def test_a_missing_value_is_the_median_and_an_unseen_category_another_one(train, rows):
    prepared, table = fit_preparation(_table(train), tuple(SCHEMA)), _table(rows)
    filled = table.frame.with_columns(pl.col(one.name).fill_null(one.median) for one in prepared.numeric)
    at = [place for place, name in enumerate(prepared.feature_names) if not name.endswith("=(missing)")]
    assert prepared.apply(from_frame(filled))[:, at].tobytes() == prepared.apply(table)[:, at].tobytes()
    new = table.frame.with_columns(word=pl.lit("never seen"))
    places = [place for place, name in enumerate(prepared.feature_names) if name.startswith("word=")]
    shown = prepared.apply(from_frame(new))[:, places]
    pooled = [prepared.feature_names[place] == "word=(other)" for place in places]
    assert (shown == np.array(pooled, np.float32)).all()
    assert prepared.unseen(from_frame(new)) == {"word": len(rows)}
