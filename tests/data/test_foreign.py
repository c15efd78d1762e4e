import decimal
import subprocess
import sys

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from jax.experimental import sparse as jax_sparse

from leadline.data import foreign
from leadline.data.foreign import arrays, plain, readable, taken
from leadline.errors import ArgumentError, DataError

MATRIX = np.array([[1.0, 0.0], [0.0, 4.0], [5.0, 0.5]])
COLUMNS = {"a": MATRIX[:, 0], "b": MATRIX[:, 1]}


class DLPack:
    """What has `__dlpack__` and nothing else, `device` a DLPack device, as PyTorch on a GPU would."""

    def __init__(self, array, device=None):
        self.array, self.device = array, device

    def __dlpack__(self, **options):
        return self.array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.device or self.array.__dlpack_device__()


class Guarded(DLPack):
    """What refuses `__array__`, as CuPy does."""

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed")


class Interface:
    """What has NumPy's older protocol alone, as Pillow's images."""

    __array_interface__ = MATRIX.__array_interface__


UNTOUCHED = [
    ("float64", MATRIX),
    ("float32 in columns", np.asfortranarray(MATRIX.astype(np.float32))),
    ("big-endian", MATRIX.astype(">f8")),
    ("text", np.array(["a", "b"])),
    ("records", np.zeros(2, [("a", float), ("b", int)])),
    ("unmasked", np.ma.masked_array(MATRIX)),
    ("nested lists", MATRIX.tolist()),
    ("nested tuples", tuple(map(tuple, MATRIX.tolist()))),
    ("ragged lists", [[1, 2], [3]]),
    ("a number", 3.5),
    ("a range", range(4)),
    ("nothing", None),
    ("no numbers", []),
]


@pytest.mark.parametrize("values", [case[1] for case in UNTOUCHED], ids=[case[0] for case in UNTOUCHED])
def test_numpy_arrays_and_lists_are_given_back_themselves(values):
    assert arrays(values) is values


READ = [
    ("JAX", jnp.asarray(MATRIX), np.float32),
    ("JAX float16", jnp.asarray(MATRIX, jnp.float16), np.float16),
    ("JAX bfloat16", jnp.asarray(MATRIX, jnp.bfloat16), np.float32),
    ("NumPy bfloat16", MATRIX.astype(ml_dtypes.bfloat16), np.float32),
    ("NumPy float8", MATRIX.astype(ml_dtypes.float8_e4m3fn), np.float32),
    ("DLPack", DLPack(MATRIX), np.float64),
    ("DLPack bfloat16", DLPack(jnp.asarray(MATRIX, jnp.bfloat16)), np.float32),
    ("DLPack without __array__", Guarded(MATRIX), np.float64),
    ("array interface", Interface(), np.float64),
    ("pandas", pd.DataFrame(COLUMNS), np.float64),
    ("pandas, integer names", pd.DataFrame(MATRIX), np.float64),
    ("pandas, two types", pd.DataFrame({"a": [1, 0, 5], "b": COLUMNS["b"].astype(np.float32)}), np.float64),
    ("pandas nullable", pd.DataFrame(COLUMNS).astype("Float64"), np.float64),
    ("pandas on Arrow", pd.DataFrame(COLUMNS).astype("float[pyarrow]"), np.float32),
    ("pandas sparse", pd.DataFrame(COLUMNS).astype(pd.SparseDtype(float)), np.float64),
    ("polars", pl.DataFrame(COLUMNS), np.float64),
    ("polars lazy", pl.LazyFrame(COLUMNS), np.float64),
    ("polars decimals", pl.DataFrame(COLUMNS).cast(pl.Decimal(10, 2)), np.float64),
    ("PyArrow", pa.table(COLUMNS), np.float64),
    ("PyArrow batch", pa.record_batch(COLUMNS), np.float64),
    ("polars column of arrays", pl.Series(MATRIX.tolist(), dtype=pl.Array(pl.Float32, 2)), np.float32),
    ("CSR matrix", scipy.sparse.csr_matrix(MATRIX), np.float64),
    ("COO array", scipy.sparse.coo_array(MATRIX.astype(np.float32)), np.float32),
    ("JAX sparse", jax_sparse.BCOO.fromdense(MATRIX), np.float32),
]


@pytest.mark.parametrize(("values", "dtype"), [case[1:] for case in READ], ids=[case[0] for case in READ])
def test_other_libraries_matrices_become_numpys(values, dtype):
    found = arrays(values)
    assert type(found) is np.ndarray
    assert found.dtype == dtype
    assert np.array_equal(found, MATRIX)
    assert readable(values)


VECTORS = [
    ("pandas", pd.Series([1, 0, 1]), np.int64),
    ("pandas index", pd.Index([1, 0, 1]), np.int64),
    ("pandas nullable", pd.Series([1, 0, 1], dtype="Int8"), np.int8),
    ("pandas booleans", pd.Series([True, False, True], dtype="boolean"), np.bool_),
    ("pandas objects", pd.Series([1, decimal.Decimal(0), 1.0], dtype=object), np.float64),
    ("polars", pl.Series([1, 0, 1]), np.int64),
    ("polars booleans", pl.Series([True, False, True]), np.bool_),
    ("PyArrow", pa.array([1, 0, 1], pa.uint8()), np.uint8),
    ("PyArrow booleans", pa.array([True, False, True]), np.bool_),
    ("PyArrow chunks", pa.chunked_array([[1], [0, 1]]), np.int64),
]


@pytest.mark.parametrize(("values", "dtype"), [case[1:] for case in VECTORS], ids=[case[0] for case in VECTORS])
def test_columns_become_vectors(values, dtype):
    found = arrays(values)
    assert found.dtype == dtype
    assert found.tolist() == [1, 0, 1]


LENT = [
    ("JAX", jnp.asarray(MATRIX)),
    ("DLPack", DLPack(MATRIX)),
    ("polars", pl.Series(MATRIX[:, 0])),
    ("PyArrow", pa.array([1, 2])),
]


@pytest.mark.parametrize("values", [case[1] for case in LENT], ids=[case[0] for case in LENT])
def test_memory_of_the_host_is_lent_not_copied(values):
    assert np.shares_memory(arrays(values), arrays(values))


def test_large_integers_on_another_device_keep_their_values(monkeypatch):
    def refuse(values):
        raise BufferError("the data lie on a GPU")

    monkeypatch.setattr(np, "from_dlpack", refuse)
    found = arrays(DLPack(np.array([2**40, 3])))
    assert found.dtype == np.int64
    assert found.tolist() == [2**40, 3]


def test_structures_keep_their_form():
    a, b = jnp.zeros(2), MATRIX
    assert list(arrays({"image": b, "meta": {"size": a}})) == ["image", "meta"]
    assert arrays({"image": b})["image"] is b
    found = arrays([a, (b, pl.Series([1, 2]))])
    assert isinstance(found, tuple)
    assert isinstance(found[1], tuple)
    assert found[1][1].tolist() == [1, 2]


def test_rows_of_arrays_stack_as_numpy_stacks_them():
    assert np.array_equal(np.asarray(arrays(list(jnp.asarray(MATRIX)))), MATRIX)
    assert np.asarray(arrays([jnp.float32(1), jnp.float32(2)])).tolist() == [1, 2]


deleted = jnp.ones(3)
deleted.delete()

REFUSED = [
    ("pandas NaN", pd.DataFrame({"a": [1.0, 2.0], "b": [np.nan, 1.0]}), r"^X: column 'b' is missing in 1 of 2 rows \(row 0\)"),
    (
        "pandas nullable",
        pd.DataFrame({"a": pd.array([1, None, None], dtype="Int64")}),
        r"column 'a' .* 2 of 3 rows \(rows 1, 2\)",
    ),
    ("pandas booleans", pd.Series([True, None], dtype="boolean", name="won"), "column 'won' is missing"),
    ("pandas text", pd.DataFrame({"a": [1], "city": ["Ulm"]}), r"column 'city' holds text.*ll\.split\(table, target='…'\)"),
    ("pandas category", pd.Series(["x"], dtype="category", name="kind"), "column 'kind' holds text"),
    ("pandas dates", pd.Series(pd.to_datetime(["2020-01-01"]), name="day"), r"column 'day' holds datetime64"),
    ("pandas twice", pd.DataFrame([[1, 2]], columns=["a", "a"]), "column 'a' more than once"),
    ("pandas empty", pd.DataFrame(index=[0, 1]), "without columns"),
    ("polars null", pl.DataFrame({"a": [1, None]}), "column 'a' is missing in 1 of 2 rows"),
    ("polars text", pl.LazyFrame({"a": ["b"]}), "column 'a' holds text"),
    ("polars lists", pl.DataFrame({"a": [[1, 2], [3]]}), "column 'a' holds text or objects"),
    ("polars arrays", pl.DataFrame({"a": [[1, 2]]}, {"a": pl.Array(pl.Int64, 2)}), r"'a' holds arrays. .* x=table\['a'\]"),
    ("PyArrow null", pa.table({"a": pa.array([1, None])}), "column 'a' is missing"),
    ("PyArrow twice", pa.table([[1], [2]], names=["a", "a"]), "column 'a' more than once"),
    ("PyArrow text", pa.array(["a"]), "^X holds text"),
    ("masked", np.ma.masked_array([1, 2], [0, 1]), "1 masked values"),
    ("a column in a dictionary", {"in": pl.Series("size", [None])}, r"^X\['in'\]: column 'size' is missing"),
    ("a path", "house.csv", r"ll\.read_table\('house\.csv'\)"),
    ("an object", object(), "a object, which is not known to hold numbers. Pass NumPy arrays"),
    ("a class", np.ndarray, "not known to hold numbers"),
    ("a deleted array", deleted, r"cannot be read as numbers \(Array has been deleted"),
    ("a key", jax.random.key(0), "cannot be read"),
]


@pytest.mark.parametrize(("values", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_holds_no_numbers_is_refused_by_name(values, message):
    with pytest.raises(DataError, match=message):
        arrays(values, "X")


def test_a_traced_array_is_refused():
    with pytest.raises(DataError, match="cannot be read as numbers"):
        jax.jit(arrays)(jnp.ones(2))


def test_a_sparse_matrix_is_made_dense_only_where_it_fits():
    huge = scipy.sparse.csr_array((10**9, 10**9))
    with pytest.raises(
        DataError, match=r"X is sparse and of shape \(1000000000, 1000000000\): dense, it takes 8,000,000,000.0 GB"
    ):
        arrays(huge, "X")


def test_the_bound_is_a_part_of_the_memory(monkeypatch):
    assert 1 << 26 < foreign.most_bytes() < 1 << 50
    monkeypatch.delattr("os.sysconf")
    assert foreign.most_bytes() == 2 << 30


TABLES = [
    ("pandas", pd.DataFrame({"a": [1, 2], "b": [0.5, 1.5], "y": [3, 4]})),
    ("polars", pl.DataFrame({"a": [1, 2], "y": [3, 4], "b": [0.5, 1.5]})),
    ("polars lazy", pl.LazyFrame({"a": [1, 2], "y": [3, 4], "b": [0.5, 1.5]})),
    ("PyArrow", pa.table({"a": [1, 2], "b": [0.5, 1.5], "y": [3, 4]})),
]


@pytest.mark.parametrize("table", [case[1] for case in TABLES], ids=[case[0] for case in TABLES])
def test_a_column_is_taken_out_of_a_table(table):
    X, y = taken(table, "y")
    assert X.tolist() == [[1, 0.5], [2, 1.5]]
    assert y.tolist() == [3, 4]


def test_a_column_is_taken_out_of_a_dictionary():
    table = {"image": jnp.ones((2, 3)), "size": [1, 2], "y": jnp.arange(2)}
    X, y = taken(table, "y")
    assert sorted(X) == ["image", "size"]
    assert type(y) is np.ndarray
    assert "y" in table


TAKEN_REFUSED = [
    (pd.DataFrame({"price": [1], "b": [2]}), "prize", DataError, "Unknown column 'prize'. Did you mean 'price'"),
    (pd.DataFrame({"y": [1]}), "y", DataError, "no column beside the target 'y'"),
    (pd.DataFrame({"y": [1], "a": ["b"]}), "y", DataError, "column 'a' holds text"),
    (MATRIX, "y", ArgumentError, "a numpy ndarray has no columns by name"),
]


@pytest.mark.parametrize(("table", "column", "error", "message"), TAKEN_REFUSED)
def test_a_column_that_cannot_be_taken_is_refused(table, column, error, message):
    with pytest.raises(error, match=message):
        taken(table, column)


PLAIN = [(3, True), (np.float32(3), True), ("a", True), ([], True), ([[1], [2]], True), (((),), True)]
NOT_PLAIN = [(np.ones(2), False), ([np.ones(2)], False), ({}, False), (None, False), (iter([1]), False)]


@pytest.mark.parametrize(("values", "expected"), PLAIN + NOT_PLAIN)
def test_plain_is_numbers_in_lists(values, expected):
    assert plain(values) is expected


def test_reading_imports_no_library():
    code = (
        "import sys; from leadline.data.sources import read; read([[1.0]], [1]); read(iter([([[1.0]], [1])]));"
        "print([m for m in ('torch', 'tensorflow', 'grain', 'datasets', 'pandas', 'polars', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
