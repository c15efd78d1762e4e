import numpy as np
import pandas as pd
import polars as pl
import pytest

from leadline.data.arrays import read_inputs
from leadline.errors import DataError

ACCEPTED = [
    ("lists", [[1, 2], [3, 4]], ("x0", "x1")),
    ("float64", np.array([[1.0, 2.0], [3.0, 4.0]]), ("x0", "x1")),
    ("booleans", np.array([[True, False], [True, True]]), ("x0", "x1")),
    ("numbers as objects", np.array([[1, 2.5], [3, 4]], object), ("x0", "x1")),
    ("pandas", pd.DataFrame({"a": [1, 2], "b": [3, 4]}), ("a", "b")),
    ("polars", pl.DataFrame({"a": [1, 2], "b": [3, 4]}), ("a", "b")),
    ("images", np.zeros((2, 4, 4), np.uint8), ()),
]


@pytest.mark.parametrize(("values", "names"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED])
def test_numbers_become_float32_with_names(values, names):
    X, found = read_inputs(values)
    assert X.dtype == np.float32
    assert X.flags.c_contiguous
    assert found == names
    assert (np.asarray(values).astype(np.float32) == X).all()


def _with(value, dtype=np.float64):
    array = np.zeros((6, 3), dtype)
    array[[1, 4], 2] = value
    return array


REFUSED = [
    ("NaN", _with(np.nan), r"not finite in column 'x2', rows 1, 4\."),
    ("infinite float32", _with(np.inf, np.float32), "not finite in column 'x2'"),
    ("1e300", _with(1e300), r"float32's range.*column 'x2', rows 1, 4\."),
    ("several columns", np.full((3, 3), np.nan), r"column 'x0', rows 0, 1, 2 \(and in 2 more columns\)"),
    ("NaN in an image", np.pad(np.full((1, 2, 2), np.nan), ((1, 0), (0, 0), (0, 0))), "not finite in row 1"),
    ("text", [["a", "b"]], "numbers are expected"),
    ("words among numbers", np.array([[1, "b"]], object), "no numbers.*whole table"),
    ("complex", np.ones((2, 2), complex), "complex128"),
    ("one axis", np.ones(4), r"reshape\(-1, 1\)"),
    ("no features", np.ones((4, 0)), "no features"),
    ("ragged", [[1, 2], [3]], "no numbers"),
]


@pytest.mark.parametrize(("values", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_is_no_finite_number_is_refused(values, message):
    with pytest.raises(DataError, match=message):
        read_inputs(values)


def test_each_feature_needs_a_name():
    assert read_inputs(np.ones((3, 2)), ["a", "b"])[1] == ("a", "b")
    with pytest.raises(DataError, match="2 features, but 1 names"):
        read_inputs(np.ones((3, 2)), ["a"])
