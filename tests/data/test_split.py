from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.data.datasets import breast_cancer, diabetes, digits, wine
from leadline.data.split import split
from leadline.data.table import from_frame, read_table
from leadline.errors import ArgumentError, DataError

SHARED = Path(__file__).parents[2].parent / "shared" / "data"
SETS = [digits, wine, breast_cancer, diabetes]


def _rows(parts):
    return parts.train.rows, parts.cv.rows, parts.test.rows


@pytest.mark.parametrize("load", SETS)
def test_the_parts_are_the_data_in_three(load):
    data = load()
    parts = split(data.X, data.y, features=data.feature_names)
    together = np.concatenate(_rows(parts))
    assert np.array_equal(np.sort(together), np.arange(len(data.y)))
    for part in (parts.train, parts.cv, parts.test.open()):
        assert part.X.dtype == np.float32
        assert part.rows.dtype == np.int64
        assert (np.diff(part.rows) > 0).all()
        assert (data.X[part.rows] == part.X).all()
        assert (part.y == data.y[part.rows]).all()
    assert parts.feature_names == data.feature_names
    assert parts.preparation is None


@pytest.mark.parametrize("load", SETS)
@pytest.mark.parametrize(("cv", "test"), [(0.2, 0.2), (0.1, 0.3), (0.45, 0.5)])
def test_the_shares_hold_and_hold_within_each_class(load, cv, test):
    data = load()
    parts = split(data.X, data.y, cv=cv, test=test)
    groups = data.y if data.class_names else np.zeros(len(data.y), int)
    for share, rows in ((cv, parts.cv.rows), (test, parts.test.rows)):
        assert (np.abs(np.bincount(groups[rows]) - share * np.bincount(groups)) <= 0.5).all()
    assert parts.train.size >= round((1 - cv - test) * len(groups)) - 1 - groups.max()


@pytest.mark.parametrize("members", [3, 4, 5, 7])
@pytest.mark.parametrize(("cv", "test"), [(0.2, 0.2), (0.01, 0.01), (0.49, 0.5), (0.9, 0.05), (0.05, 0.9)])
def test_each_part_has_a_member_of_the_smallest_class(members, cv, test):
    y = np.array([0] * 60 + [1] * members)
    parts = split(np.arange(len(y), dtype=float)[:, None], y, cv=cv, test=test)
    for rows in _rows(parts):
        assert set(y[rows]) == {0, 1}


def test_the_seed_alone_decides():
    data = wine()
    first, again, other = (split(data.X, data.y, seed=seed) for seed in (3, 3, 4))
    assert all((a == b).all() for a, b in zip(_rows(first), _rows(again)))
    assert not np.array_equal(first.train.rows, other.train.rows)
    assert first.digest == again.digest == other.digest
    assert first.test.digest == again.test.digest != other.test.digest


def test_the_digest_knows_every_value_and_their_order():
    data = wine()
    changed = data.X.copy()
    changed[7, 3] += 1
    digests = {split(X, y).digest for X, y in ((data.X, data.y), (changed, data.y), (data.X[::-1], data.y[::-1]))}
    assert len(digests) == 3


def test_the_test_set_is_sealed():
    data = diabetes()
    parts = split(data.X, data.y)
    shown = repr(parts.test)
    assert parts.test.digest in shown
    assert "array" not in shown
    assert not hasattr(parts.test, "X")
    assert not hasattr(parts.test, "y")
    assert parts.test.open().size == parts.test.size == 88


def test_the_parts_cannot_be_written_to():
    parts = split(wine().X, wine().y)
    for array in (parts.train.X, parts.cv.y, parts.test.open().X, parts.test.rows):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_callers_arrays_stay_writable():
    X, y = np.zeros((20, 2), np.float32), np.arange(20.0)
    split(X, y)
    X[0], y[0] = 1, 1


def test_a_regression_is_measured_on_train_alone():
    data = diabetes()
    parts = split(data.X, data.y)
    assert parts.target.location == parts.train.y.mean() != data.y.mean()
    assert parts.target.scale == parts.train.y.std()


def test_images_keep_their_shape():
    data = digits()
    parts = split(data.X.reshape(-1, 8, 8), data.y)
    assert parts.cv.X.shape == (parts.cv.size, 8, 8)
    assert parts.feature_names == ()


def test_rows_without_a_target_are_dropped_on_request_and_counted():
    X, y = np.arange(40.0)[:, None], np.arange(40) % 2 * 1.0
    y[[3, 5]] = np.nan
    with pytest.raises(DataError, match="missing in 2 of 40 rows"):
        split(X, y)
    parts = split(X, y, target="sick", drop_missing=True)
    together = np.sort(np.concatenate(_rows(parts)))
    assert np.array_equal(together, np.delete(np.arange(40), [3, 5]))
    assert (parts.train.X[:, 0] == parts.train.rows).all()
    assert parts.notes == ("2 of 40 rows left out: their target 'sick' is missing (rows 3, 5).",)


def test_repeated_examples_are_noted():
    X = np.tile(np.arange(20.0), 3)[:, None]
    (note,) = split(X, np.tile(np.arange(20) % 2, 3)).notes
    assert "cv rows and " in note
    assert "stand in train too" in note
    assert split(np.arange(60.0)[:, None], np.arange(60) % 2).notes == ()


X20, Y20 = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
NAN20 = np.where(X20 == 7, np.nan, X20)
FRAME = pl.DataFrame({"a": np.arange(20) ** 2, "b": ["u", "v"] * 10, "y": Y20})

# (name, arguments, options, error, what it says)
REFUSED = [
    ("lengths", (X20, Y20[:9]), {}, DataError, "X has 20 rows, y has 9"),
    ("one row", (X20[:1], Y20[:1]), {}, DataError, "There is 1 row; at least 10"),
    ("nine rows", (X20[:9], Y20[:9]), {}, DataError, "There are 9 rows"),
    ("NaN in X", (NAN20, Y20), {}, DataError, "not finite in column 'x1', row 3"),
    ("one class", (X20, Y20 * 0), {}, DataError, "one value only"),
    ("names", (X20, Y20), {"features": ["a"]}, DataError, "1 names"),
    ("share 0", (X20, Y20), {"cv": 0}, ArgumentError, "cv must be between 0 and 1"),
    ("share 20", (X20, Y20), {"test": 20}, ArgumentError, "test must be between 0 and 1"),
    ("shares", (X20, Y20), {"cv": 0.5, "test": 0.5}, ArgumentError, "nothing to train on"),
    ("polynomial of arrays", (X20, Y20), {"polynomial": 2}, ArgumentError, "polynomial is for tables"),
    ("no target", (FRAME,), {}, ArgumentError, "Give y, or target"),
    ("unknown target", (FRAME,), {"target": "z"}, DataError, "Unknown column 'z'"),
    ("unknown feature", (FRAME,), {"target": "y", "features": ["aa"]}, DataError, "Did you mean 'a'"),
    ("one row of a table", (FRAME[:1],), {"target": "y"}, DataError, "There is 1 row"),
    ("only the target", (FRAME.select("y"),), {"target": "y"}, DataError, "no column is left"),
    (
        "target missing",
        (FRAME.with_columns(y=pl.Series([None, *Y20[1:]])),),
        {"target": "y"},
        DataError,
        r"1 of 20 rows \(row 0\)",
    ),
    ("constant in train", (X20, [0.5] * 19 + [1.0]), {"kind": "regression", "seed": 0}, DataError, "all 12 training rows"),
]


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_be_split_is_refused(arguments, options, error, message):
    with pytest.raises(error, match=message):
        split(*arguments, **options)


def _houses(m=200, seed=0):
    random = np.random.default_rng(seed)
    size = random.normal(100, 20, m)
    return {
        "id": random.permutation(10 * m)[:m].tolist(),
        "size": np.where(random.random(m) < 0.1, np.nan, size).tolist(),
        "zone": random.choice(["north", "south", "east"], m).tolist(),
        "new": (random.random(m) < 0.3).tolist(),
        "price": (3 * size + random.normal(0, 9, m)).tolist(),
    }


def test_a_table_is_prepared_on_its_training_rows():
    houses = _houses()
    parts = split(pd.DataFrame(houses), target="price", seed=1)
    assert parts.feature_names[:3] == ("size", "new", "size=(missing)")
    assert set(parts.feature_names[3:]) == {"zone=north", "zone=south", "zone=east"}
    known = np.array(houses["size"])[parts.train.rows]
    assert parts.preparation.numeric[0].median == np.nanmedian(known)
    np.testing.assert_allclose(parts.train.X[:, 0].std(), 1, rtol=1e-5)
    whole = parts.preparation.apply(from_frame(houses))
    for part in (parts.train, parts.cv, parts.test.open()):
        assert (whole[part.rows] == part.X).all()
        assert (part.y == np.array(houses["price"])[part.rows]).all()
    assert any("'id'" in note and "left out" in note for note in parts.notes)
    assert parts.digest == from_frame(houses).digest


def test_a_table_and_its_arrays_are_split_alike():
    houses = _houses()
    numbers = {name: houses[name] for name in ("new", "price")}
    table = split(numbers, target="price", seed=2)
    arrays = split(np.array(houses["new"])[:, None], houses["price"], seed=2)
    assert all((a == b).all() for a, b in zip(_rows(table), _rows(arrays)))
    assert table.target == replace(arrays.target, name="price")


def test_named_features_and_their_powers_are_used():
    parts = split(_houses(), target="price", features=["size"], polynomial=3)
    assert parts.feature_names == ("size", "size^2", "size^3", "size=(missing)")


def test_categories_of_cv_that_train_has_never_seen_are_noted():
    houses = _houses()
    rows = split(houses, target="price").cv.rows[:2]
    for row in rows:
        houses["zone"][row] = "sea"
    notes = split(houses, target="price").notes
    assert "Column 'zone': 2 of 40 cv rows have a category never seen in training; counted as (other)." in notes


def test_columns_with_the_same_finding_share_a_note():
    houses = _houses() | {"void": [None] * 200, "none": [None] * 200}
    assert "2 columns (void, none): no value in any training row; left out." in split(houses, target="price").notes


def test_which_columns_are_features_is_read_off_train_alone():
    houses = _houses()
    clean = split(houses, target="price")
    late = np.full(200, np.nan)
    late[clean.cv.rows] = clean.cv.y
    parts = split(houses | {"late": late.tolist()}, target="price")
    assert parts.preparation == clean.preparation
    assert "Column 'late': no value in any training row; left out." in parts.notes


POISON = {
    "size": st.none() | st.sampled_from([float("inf"), float("-inf"), 3e38]) | st.floats(-1e38, 1e38),
    "zone": st.none() | st.text(max_size=3).map(lambda text: f"~{text}~"),
    "new": st.none() | st.booleans(),
}


@settings(max_examples=50, deadline=None, derandomize=True)
@given(column=st.sampled_from(sorted(POISON)), data=st.data())
def test_poisoned_cv_and_test_rows_change_nothing_that_is_fitted(column, data):
    houses = _houses(60)
    clean = split(houses, target="price")
    values = list(houses[column])
    for row in (*clean.cv.rows, *clean.test.rows):
        values[row] = data.draw(POISON[column])
    parts = split(houses | {column: values}, target="price")
    assert parts.preparation == clean.preparation
    assert parts.target == clean.target
    assert parts.train.X.tobytes() == clean.train.X.tobytes()
    assert np.isfinite(parts.test.open().X).all()


def _shared_tables():
    if not (SHARED / "index.csv").exists():
        return [pytest.param(None, None, None, marks=pytest.mark.skip(reason=f"{SHARED} is absent"))]
    index = pl.read_csv(SHARED / "index.csv").select("file", "target", "task").rows()
    return [pytest.param(*row, id=Path(row[0]).stem) for row in index]


# classes of one or two members, which three parts cannot share
TOO_SMALL = {"arrhythmia", "audiology", "ecoli", "hypothyroid", "lymph"}


@pytest.mark.parametrize(("file", "target", "task"), _shared_tables())
def test_real_tables_are_split_or_refused_clearly(tmp_path, file, target, task):
    path = SHARED / file
    as_text = tmp_path / "t.csv"
    pl.read_parquet(path).write_csv(as_text)
    for source in (path, as_text):
        if path.stem in TOO_SMALL:
            with pytest.raises(DataError, match="too small to be split"):
                split(read_table(source), target=target)
            continue
        parts = split(read_table(source), target=target)
        assert parts.target.kind == task
        for part in (parts.train, parts.cv, parts.test.open()):
            assert np.isfinite(part.X).all()
            assert part.X.shape[1] == len(parts.feature_names) == len(set(parts.feature_names))
        again = parts.preparation.apply(read_table(source).take(parts.cv.rows))
        assert again.tobytes() == parts.cv.X.tobytes()


# (table, target, column, what its finding says)
KNOWN_FINDINGS = [
    ("titanic_seaborn", "survived", "alive", "the target 'survived' under another name; left out"),
    ("titanic", "Survived", "Name", "identifier or free text; left out"),
    ("titanic", "Survived", "Ticket", "identifier or free text; left out"),
    ("titanic", "Survived", "Cabin", "identifier or free text; left out"),
    ("titanic", "Survived", "PassengerId", "identifier by its name"),
    ("king_county", "price", "id", "seen twice"),
    ("king_county", "price", "date", "dates read as"),
    ("ames_raw", "price", "Order", "a counter of the rows"),
    ("adult", "income", "part", "how somebody split the rows"),
]


@pytest.mark.skipif(not SHARED.exists(), reason=f"{SHARED} is absent")
@pytest.mark.parametrize(("name", "target", "column", "message"), KNOWN_FINDINGS)
def test_what_life_planted_in_real_tables_is_found(name, target, column, message):
    notes = split(read_table(SHARED / "tables" / f"{name}.parquet"), target=target).notes
    assert any(f"Column {column!r}" in note and message in note for note in notes)


def test_a_source_of_batches_is_split_as_its_arrays():
    X, y = np.arange(80.0).reshape(40, 2), np.arange(40) % 2
    whole, read = split(X, y), split((X[i : i + 10], y[i : i + 10]) for i in range(0, 40, 10))
    np.testing.assert_array_equal(whole.train.X, read.train.X)
    np.testing.assert_array_equal(whole.cv.y, read.cv.y)
