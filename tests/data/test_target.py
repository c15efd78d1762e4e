import re

import numpy as np
import pandas as pd
import polars as pl
import pytest

from leadline.data.target import Target, common_rows, first_rows, measured, missing_mask, present_rows, read_target
from leadline.errors import ArgumentError, DataError

REPEAT = 12

# (name, values, kind, classes, encoded values of the first rows)
GUESSES = [
    ("text", ["b", "a", "c"] * REPEAT, "multiclass", ("a", "b", "c"), [1, 0, 2]),
    ("two words", ["yes", "no"] * REPEAT, "binary", ("no", "yes"), [1, 0]),
    ("booleans", [True, False] * REPEAT, "binary", ("False", "True"), [1, 0]),
    ("{1, 2}", [2, 1] * REPEAT, "binary", ("1", "2"), [1, 0]),
    ("{-1, 1}", np.array([1, -1] * REPEAT, np.int8), "binary", ("-1", "1"), [1, 0]),
    ("two fractions", [0.5, 1.5] * REPEAT, "binary", ("0.5", "1.5"), [0, 1]),
    ("whole floats", [2.0, 10.0, 1.0] * REPEAT, "multiclass", ("1", "2", "10"), [1, 2, 0]),
    ("numbers as text", ["10", "9", "-1"] * REPEAT, "multiclass", ("-1", "9", "10"), [2, 1, 0]),
    ("bytes", np.array([b"u", b"v"] * REPEAT), "binary", ("u", "v"), [0, 1]),
    ("objects, numbers", np.array([3, 1, 2] * REPEAT, object), "multiclass", ("1", "2", "3"), [2, 0, 1]),
    ("objects, mixed", np.array([3, "x", 3, "x"] * REPEAT, object), "binary", ("3", "x"), [0, 1]),
    ("polars booleans", pl.Series([True, False] * REPEAT), "binary", ("False", "True"), [1, 0]),
    ("polars categories", pl.Series(["v", "u"] * REPEAT, dtype=pl.Categorical), "binary", ("u", "v"), [1, 0]),
    ("pandas categories", pd.Series(pd.Categorical(["v", "u"] * REPEAT)), "binary", ("u", "v"), [1, 0]),
    ("a column (m, 1)", np.array([[1], [0]] * REPEAT), "binary", ("0", "1"), [1, 0]),
    ("21 whole numbers", np.tile(np.arange(21), REPEAT), "regression", (), [0.0, 1.0]),
    ("few rows per number", np.tile(np.arange(3), 9), "regression", (), [0.0, 1.0]),
    ("fractions", [1.5, 2.0, 3.0] * REPEAT, "regression", (), [1.5, 2.0]),
    ("prices", np.arange(40) * 1000, "regression", (), [0.0, 1000.0]),
]


@pytest.mark.parametrize(
    ("values", "kind", "classes", "first"), [case[1:] for case in GUESSES], ids=[case[0] for case in GUESSES]
)
def test_the_task_is_read_off_the_values(values, kind, classes, first):
    target, y = read_target(values, "t")
    assert (target.kind, target.classes, target.name) == (kind, classes, "t")
    assert y.dtype == (np.float64 if kind == "regression" else np.int32)
    assert y.shape == (len(values),)
    assert y[: len(first)].tolist() == first
    assert target.reason
    assert (target.location, target.scale) == (0.0, 1.0)


def test_nineteen_classes_of_digits_are_classes_and_the_reason_says_so():
    target, _ = read_target(np.tile(np.arange(19), 10))
    assert target.kind == "multiclass"
    assert target.reason == "whole numbers with 19 distinct values only"


def test_regression_keeps_float64():
    values = np.array([1.0, 1.0 + 1e-12, 7.0, 9.0])
    assert (read_target(values)[1] == values).all()


# (values, kind asked for, kind got)
ASKED = [
    ([1, 2, 3] * REPEAT, "regression", "regression"),
    ([True, False] * REPEAT, "regression", "regression"),
    (list(range(30)) * 3, "multiclass", "multiclass"),
    ([0, 1] * REPEAT, "multiclass", "multiclass"),
    ([0, 1] * REPEAT, "binary", "binary"),
]


@pytest.mark.parametrize(("values", "kind", "got"), ASKED)
def test_the_task_can_be_asked_for(values, kind, got):
    assert read_target(values, kind=kind)[0].kind == got


# (name, values, kind, what the message says)
REFUSED = [
    ("empty", [], None, "is empty"),
    ("two columns", np.eye(3), None, r"shape \(3, 3\).*argmax"),
    ("NaN", [1.0, float("nan"), 3.0, float("nan")], None, r"missing in 2 of 4 rows \(rows 1, 3\).*drop_missing"),
    ("None", ["a", None, "b"], None, r"missing in 1 of 3 rows \(row 1\)"),
    ("NA", pd.Series([1, None, 2], dtype="Int64"), None, "missing in 1 of 3"),
    ("null", pl.Series(["a", None]), None, "missing in 1 of 2"),
    ("infinite", [1.0, 2.0, float("-inf")], None, r"infinite in 1 of 3 rows \(row 2\)"),
    ("beyond float32", [1.0, 2.0, 1e300], None, r"float32.*row 2"),
    ("one class", ["a"] * 5, None, r"one value only \(a\) in all 5 rows"),
    ("constant number", [3.0] * 5, None, r"one value only \(3\)"),
    ("small class", ["a"] * 9 + ["b"] * 9 + ["c"] * 2, None, r"too small.*'c' \(2\).*at least 3.*pool"),
    ("many names", [f"n{i // 3}" for i in range(303)], None, "101 distinct values in 303 rows.*identifier"),
    ("fractional labels", [0.5, 1.0, 2.0] * REPEAT, "multiclass", r"fractional values \(rows 0, 3, .*regression"),
    ("three for binary", [0, 1, 2] * REPEAT, "binary", "3 distinct values"),
    ("text for regression", ["a", "b"] * REPEAT, "regression", "text.*'a', 'b'"),
    ("dates", np.array(["2020-01-01"] * 4, "M8[D]"), None, "datetime64"),
    ("complex", np.ones(4, complex), None, "complex128"),
]


@pytest.mark.parametrize(("values", "kind", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_a_target_is_refused_with_a_remedy(values, kind, message):
    with pytest.raises(DataError, match=message):
        read_target(values, "t", kind)


def test_a_class_of_three_is_enough():
    assert read_target(["a"] * 3 + ["b"] * 3)[0].kind == "binary"


def test_an_unknown_kind_is_refused():
    with pytest.raises(ArgumentError, match="Got 'ranking'"):
        read_target([1, 2], kind="ranking")


def test_missing_mask_knows_every_kind_of_nothing():
    assert missing_mask(np.array([None, float("nan"), pd.NA, pd.NaT, "a", 0], object)).tolist() == [True] * 4 + [False] * 2


def test_first_rows_names_a_few_and_counts_the_rest():
    mask = np.zeros(2000, bool)
    mask[3:] = True
    assert first_rows(mask) == "rows 3, 4, 5, 6, 7 and 1,992 more"
    assert first_rows(np.array([False, True])) == "row 1"


def test_fewer_members_can_be_enough():
    values = ["a"] * 9 + ["b"]
    assert read_target(values, fewest=1)[0].classes == ("a", "b")
    with pytest.raises(DataError, match=r"'b' \(1\); each needs at least 2 rows"):
        read_target(values, fewest=2)


def test_rows_without_a_target_are_counted():
    rows, values, notes = present_rows(pd.Series([1.0, None, 2.0, None]), "size", True)
    assert (rows.tolist(), values.tolist()) == ([0, 2], [1.0, 2.0])
    assert notes == ("2 of 4 rows left out: their target 'size' is missing (rows 1, 3).",)
    assert present_rows([1.0, None], "size", False)[0].tolist() == [0, 1]


# (name, values, the positions kept, what is said of the others)
RARE = [
    (
        "two rare",
        ["a"] * 3 + ["b"] * 2 + ["c"] * 3 + ["d"],
        [0, 1, 2, 5, 6, 7],
        "3 of 9 rows left out: .* members: 'b' \\(2\\), 'd' \\(1\\)",
    ),
    ("none", ["a", "b"] * 3, list(range(6)), ""),
    ("a regression", [1.5, 2.5, 3.5, 3.5], list(range(4)), ""),
]


@pytest.mark.parametrize(("values", "kept", "note"), [case[1:] for case in RARE], ids=[case[0] for case in RARE])
def test_rows_of_rare_classes_are_found_and_counted(values, kept, note):
    rows, left, notes = common_rows(values, "t", None)
    assert rows.tolist() == kept
    assert list(left) == [values[row] for row in kept]
    assert len(notes) == bool(note)
    assert all(re.match(note, each) for each in notes)


def test_a_regression_is_measured_and_classes_are_not():
    target = Target("t", "regression", (), "")
    assert measured(target, np.array([1.0, 5.0])) == Target("t", "regression", (), "", 3.0, 2.0)
    assert measured(Target("t", "binary", ("a", "b"), ""), np.array([0, 1])).scale == 1
    with pytest.raises(DataError, match=r"one value only \(3\) in all 2 training rows"):
        measured(target, np.array([3.0, 3.0]))
