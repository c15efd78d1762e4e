from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.data.datasets import breast_cancer, diabetes, digits, wine
from leadline.data.split import split
from leadline.data.table import from_frame, read_table
from leadline.errors import ArgumentError, DataError, ShapeError

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


def test_it_is_shown_by_its_sizes_and_not_by_its_numbers():
    data = diabetes()
    parts = split(data.X, data.y)
    assert repr(parts.train) == "Part(size=266, shape=(10,))"
    assert repr(parts.train) in repr(parts)
    assert "array" not in repr(parts)


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
    random = np.random.default_rng(0)
    X, y = random.normal(size=(60, 1)), np.repeat([0, 1], 30)[random.permutation(60)]
    (note,) = split(np.tile(X[:20], (3, 1)), np.tile(y[:20], 3)).notes
    assert "cv rows and " in note
    assert "stand in train too" in note
    assert split(X, y).notes == ()


def test_what_is_suspicious_stands_in_the_notes_and_blocks_nothing():
    random = np.random.default_rng(0)
    X = random.normal(size=(200, 3))
    y = X[:, 0] + random.normal(size=200)
    X[:, 2], X[:, 1] = np.exp(y), 5
    parts = split(X, y, features=["a", "b", "c"])
    assert [(each.kind, each.columns) for each in parts.suspicions] == [("target copy", ("c",)), ("constant", ("b",))]
    assert parts.notes == tuple(map(str, parts.suspicions))
    assert parts.feature_names == ("a", "b", "c")


def test_of_a_table_each_fault_is_told_once():
    pressure = ([0, 70, 81, 66, 90, 75, 88, 72, 79, 84, 61] * 19)[:200]
    houses = _houses() | {"twin": _houses()["price"], "pressure": pressure}
    parts = split(houses, target="price", features=["size", "twin", "pressure"])
    assert sum("'twin'" in note for note in parts.notes) == 1
    assert [(each.kind, each.columns) for each in parts.suspicions] == [("missing mark", ("pressure",))]
    assert sum("'pressure': 0 in" in note for note in parts.notes) == 1


def test_the_order_of_rows_is_told_where_they_are_dealt_at_random_alone():
    random = np.random.default_rng(0)
    people = np.repeat(np.arange(40), 5)
    X, y = random.normal(size=(200, 2)), (random.normal(size=40)[people] > 0).astype(int)
    assert [each.kind for each in split(X, y).suspicions] == ["row order"]
    assert split(X, y, groups=people).suspicions == ()


PEOPLE = np.random.default_rng(1).permutation(np.repeat(np.arange(30), 7))
X210 = np.random.default_rng(0).normal(size=(210, 3))
Y210 = (X210[:, 0] + np.random.default_rng(2).normal(size=210) > 0).astype(int)


def test_no_group_is_in_two_parts():
    parts = split(X210, Y210, groups=PEOPLE)
    held = [set(PEOPLE[rows]) for rows in _rows(parts)]
    assert sum(map(len, held)) == 30
    assert [len(rows) for rows in _rows(parts)] == [126, 42, 42]
    for part in (parts.train, parts.cv, parts.test.open()):
        assert len(set(zip(part.groups, PEOPLE[part.rows]))) == len(set(part.groups)) == len(set(PEOPLE[part.rows]))
        assert abs(part.y.mean() - Y210.mean()) < 0.05
        assert not part.groups.flags.writeable
    assert not hasattr(parts.test, "groups")


def test_groups_by_any_labels_split_alike():
    first, *others = (split(X210, Y210, groups=labels) for labels in (PEOPLE, PEOPLE.astype(str), (PEOPLE * 2).tolist()))
    for other in others:
        assert all(map(np.array_equal, _rows(first), _rows(other)))
        assert other.digest == first.digest
    assert first.digest != split(X210, Y210).digest != split(X210, Y210, groups=PEOPLE // 2).digest


def test_train_is_the_past_and_test_the_future():
    days = np.random.default_rng(3).permutation(210)
    parts = split(X210, Y210, times=days, seed=5)
    assert days[parts.train.rows].max() < days[parts.cv.rows].min() <= days[parts.cv.rows].max() < days[parts.test.rows].min()
    assert [len(rows) for rows in _rows(parts)] == [126, 42, 42]
    assert (parts.cv.times == days[parts.cv.rows]).all()
    dates = (np.datetime64("2024-01-01") + days).astype(str)
    for other in (split(X210, Y210, times=dates, seed=6), split(X210, Y210, times=dates.astype("datetime64[D]"))):
        assert all(map(np.array_equal, _rows(parts), _rows(other)))


def _visits():
    columns = {"patient": [f"p{i}" for i in PEOPLE], "day": [f"2024-01-{1 + i % 28:02}" for i in range(210)], "x": X210[:, 0]}
    return pl.DataFrame(columns | {"z": X210[:, 1].round(2), "ill": Y210})


@pytest.mark.parametrize("column", ["groups", "times"])
def test_the_column_that_rows_are_dealt_out_by_is_no_feature(column):
    visits = _visits()
    named = split(visits, target="ill", **{column: {"groups": "patient", "times": "day"}[column]})
    assert named.feature_names == ({"groups": ("day", "x", "z"), "times": ("x", "z", *named.feature_names[2:])}[column])
    assert not any(name.startswith({"groups": "patient", "times": "day"}[column]) for name in named.feature_names)
    given = split(visits, target="ill", **{column: visits[{"groups": "patient", "times": "day"}[column]]})
    assert all(map(np.array_equal, _rows(named), _rows(given)))
    assert named.digest == given.digest != split(visits, target="ill").digest
    assert named.preparation.apply(from_frame(visits).take(named.cv.rows)).tobytes() == named.cv.X.tobytes()


def test_times_are_a_feature_where_they_are_asked_for():
    assert split(_visits(), target="ill", times="day", features=["x", "day"]).feature_names == ("day", "x")


def test_rows_without_a_target_take_their_group_along():
    y = Y210.astype(float)
    y[PEOPLE == 4] = np.nan
    parts = split(X210, y, groups=PEOPLE, drop_missing=True)
    held = [set(PEOPLE[rows]) for rows in _rows(parts)]
    assert sum(map(len, held)) == len(set.union(*held)) == 29
    assert sum(map(len, _rows(parts))) == 203


def test_parts_far_from_their_shares_and_classes_that_are_absent_are_noted():
    groups = np.where(np.arange(210) < 150, 0, PEOPLE)
    notes = split(X210, X210[:, 0], groups=groups).notes
    assert any("% of the rows are training rows, not 60 %: groups and times stay whole" in note for note in notes)
    labels = np.where(np.arange(210) % 20 == 0, 2, Y210)
    notes = split(X210, labels, groups=np.where(labels == 2, 99, PEOPLE)).notes
    for part in ("cv", "test"):
        assert f"No {part} row is of the class '2' of 'y': J cannot tell how it does." in notes


@pytest.mark.parametrize("how", [{}, {"groups": PEOPLE}, {"times": np.arange(210)}], ids=["random", "groups", "times"])
def test_folds_run_over_train_and_cv_as_the_split_was_dealt(how):
    parts = split(X210, Y210, **how)
    rows = np.concatenate([parts.train.rows, parts.cv.rows])
    pairs = parts.folds(4, seed=1)
    judged = np.concatenate([cv for _, cv in pairs])
    assert len(np.unique(judged)) == len(judged) >= 4 / 5 * len(rows) - 1
    for train, cv in pairs:
        assert not set(train) & set(cv)
        if "groups" in how:
            assert not set(PEOPLE[rows[train]]) & set(PEOPLE[rows[cv]])
        if "times" in how:
            assert rows[train].max() < rows[cv].min()
        else:
            assert len(train) + len(cv) == len(rows)


def test_rows_of_rare_classes_are_dropped_on_request_and_counted():
    X, y = np.arange(40.0)[:, None], np.array(["a", "b"] * 20)
    y[[3, 5, 6]] = ["c", "d", "d"]
    with pytest.raises(DataError, match=r"'c' \(1\), 'd' \(2\).*rare='drop'"):
        split(X, y)
    parts = split(X, y, target="sick", rare="drop", groups=np.arange(40) // 2)
    assert parts.target.kind == "binary"
    assert parts.notes[0] == "3 of 40 rows left out: their class of 'sick' has fewer than 3 members: 'c' (1), 'd' (2)."
    assert np.array_equal(np.sort(np.concatenate(_rows(parts))), np.delete(np.arange(40), [3, 5, 6]))
    assert (parts.train.X[:, 0] == parts.train.rows).all()
    assert (parts.train.groups == parts.train.rows // 2).all()


def test_other_inputs_leave_the_rows_and_the_seal():
    data = wine()
    parts = split(data.X, data.y, groups=np.arange(178) // 2)
    other = parts.with_inputs(lambda X: X[:, ::-1] * 2, parts.feature_names[::-1], None)
    for before, after in ((parts.train, other.train), (parts.cv, other.cv), (parts.test.open(), other.test.open())):
        assert (before.X[:, ::-1] * 2 == after.X).all()
        assert not after.X.flags.writeable
        assert after.y is before.y
        assert after.rows is before.rows
        assert after.groups is before.groups
    assert other.test.digest == parts.test.digest
    assert (other.digest, other.notes, other.target) == (parts.digest, parts.notes, parts.target)
    for change, names in ((lambda X: X[1:], parts.feature_names), (lambda X: X[:, :0], ()), (lambda X: X, ("a",))):
        with pytest.raises(ShapeError):
            parts.with_inputs(change, names, None)


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
    ("groups and times", (X20, Y20), {"groups": Y20, "times": Y20}, ArgumentError, "by groups or by times, not by both"),
    ("groups by name", (X20, Y20), {"groups": "a"}, ArgumentError, "groups='a' names a column, but X is an array"),
    ("unknown groups", (FRAME,), {"target": "y", "groups": "aa"}, DataError, "Did you mean 'a'"),
    ("two groups", (FRAME,), {"target": "y", "groups": "b"}, DataError, "There are 2 groups; at least 3"),
    ("two times", (X20, Y20), {"times": Y20}, DataError, "2 distinct times"),
    ("groups for the target", (FRAME,), {"target": "y", "groups": "y"}, ArgumentError, "neither target nor feature"),
    ("groups for features", (FRAME,), {"target": "y", "groups": "a", "features": ["a", "b"]}, ArgumentError, "nor feature"),
    ("times in words", (FRAME,), {"target": "y", "times": "b"}, DataError, "neither numbers nor dates"),
    ("groups missing", (X20, Y20), {"groups": [None, *Y20[1:]]}, DataError, r"missing in 1 of 20 rows \(row 0\)"),
    ("too few groups", (X20, Y20), {"groups": Y20[1:]}, DataError, "one label for each of the 20 rows"),
    (
        "a class of the future",
        (X20, np.sort(Y20)),
        {"times": np.arange(20), "cv": 0.3},
        DataError,
        "No training row is of the class '1'",
    ),
    ("rare", (X20, Y20), {"rare": "keep"}, ArgumentError, "rare must be 'refuse' or 'drop'"),
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
    gone = np.isnan(houses["size"]).sum()
    assert any(f"Missing values in 1 of 3 columns: 'size' in {gone} of 200 rows (rows " in note for note in parts.notes)
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


@pytest.fixture(scope="module")
def few():
    """A table of few rows, and its parts."""
    houses = _houses(60)
    return houses, split(houses, target="price")


@given(column=st.sampled_from(sorted(POISON)), data=st.data())
def test_poisoned_cv_and_test_rows_change_nothing_that_is_fitted(few, column, data):
    houses, clean = few
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
        parts = split(read_table(source), target=target, rare="drop")
        assert any("fewer than 3 members" in note for note in parts.notes) == (path.stem in TOO_SMALL)
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
    ("heart918", "HeartDisease", "Cholesterol", "0 in 105 of 550 training rows"),
    ("../suite/vowel", "Class", "Train or Test", "how somebody split the rows"),
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
