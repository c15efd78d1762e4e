"""Arrays, tensors and tables of other libraries as NumPy's: known by what they can do, so that no library is imported for it."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leadline.data.target import first_rows
from leadline.errors import ArgumentError, DataError, LeadlineError, unknown_name
from leadline.runtime import machine_memory
from leadline.types import NumpyArray

__all__ = ["arrays", "most_bytes", "plain", "readable", "taken", "type_name", "unreadable"]

ELSE_SPLIT = "For a whole table, text and gaps included, there is ll.split(table, target='…')."
CANNOT = (TypeError, ValueError, RuntimeError, NotImplementedError, BufferError)
"""What libraries raise where an array cannot be had."""
Reader = Callable[[Any, str], Any]


def arrays(values: Any, name: str = "x") -> Any:
    """The values as NumPy arrays, without a copy wherever their library lends its memory.

    NumPy arrays and (nested) lists of numbers are given back as they are, but for floats that NumPy has no type of its own for
    (bfloat16, float8), which become float32. Dictionaries, and tuples and lists of arrays, keep their form, the lists as tuples.
    Tensors are taken off their device and out of their graph; sparse matrices are made dense; a data frame becomes a matrix.

    Args:
        values: An array or tensor of NumPy, JAX, PyTorch or TensorFlow, or anything with `__array__` or `__dlpack__`; a data
            frame or a column of pandas, polars or PyArrow; a sparse matrix; numbers in lists; a structure of these; or None.
        name: What messages call it.

    Returns:
        Arrays of the shapes and dtypes the values have; a frame of n columns as `(m, n)`, in the dtype that holds them all.

    Raises:
        DataError: It is none of these, a column holds text or missing values, a sparse matrix would not fit into memory, or the
            library cannot give the numbers.

    Examples:
        >>> import polars as pl
        >>> arrays(pl.DataFrame({"age": [1, 2], "size": [0.5, 0.25]}))
        array([[1.  , 0.5 ], [2.  , 0.25]])
        >>> arrays({"words": jnp.arange(3)})
        {'words': array([0, 1, 2], dtype=int32)}
        >>> arrays(pl.DataFrame({"age": [1, None]}), "y")
        Traceback (most recent call last):
        leadline.errors.DataError: y: column 'age' is missing in 1 of 2 rows (row 1). Fill it in or leave these rows out. ...
    """
    for recognised, reader in READERS:
        if recognised(values):
            return _guarded(reader, values, name)
    raise unreadable(values, name)


def readable(values: Any) -> bool:
    """Whether `arrays` knows how to read it.

    Examples:
        >>> readable(np.zeros(3)), readable(iter([np.zeros(3)]))
        (True, False)
    """
    return any(recognised(values) for recognised, _ in READERS)


def taken(table: Any, column: str) -> tuple[Any, NumpyArray]:
    """A table's other columns, and one of its columns.

    Args:
        table: A data frame, or a dictionary of arrays.
        column: The name of one of its columns.

    Returns:
        The others: of a frame as a matrix `(m, n)`; of a dictionary as a dictionary, or the array alone if one is left. And the
        column, `(m, …)`.

    Raises:
        ArgumentError: It has no columns by name.
        DataError: There is none of that name, none beside it, or one that `arrays` refuses.

    Examples:
        >>> X, y = taken({"image": np.zeros((2, 8, 8)), "label": np.array([3, 4])}, "label")
        >>> X.shape, y
        ((2, 8, 8), array([3, 4]))
    """
    if not (isinstance(table, Mapping) or _is_frame(table)):
        raise ArgumentError(
            f"y is the name {column!r}, but a {type_name(table)} has no columns by name. Pass the targets themselves."
        )
    columns = dict(table) if isinstance(table, Mapping) else _guarded(_columns, table, "x")
    if column not in columns:
        raise DataError(f"x has no such column: {unknown_name('column', column, map(str, columns))}")
    target = arrays(columns.pop(column), "y")
    if not columns:
        raise DataError(f"x has no column beside the target {column!r}. Give it at least one more.")
    if _is_frame(table):
        return np.column_stack(list(columns.values())), target
    others = arrays(columns, "x")
    return (others if len(others) > 1 else next(iter(others.values()))), target


def plain(values: Any) -> bool:
    """Whether it is a number, a text, or lists of these however deep; an empty list is, too.

    Examples:
        >>> plain([[1, 2], [3, 4]]), plain([np.zeros(2), np.zeros(2)])
        (True, False)
    """
    while isinstance(values, Sequence) and not isinstance(values, str | bytes):
        if not len(values):
            return True
        values = values[0]
    return isinstance(values, numbers.Number | np.generic | str | bytes)


def most_bytes() -> int:
    """The most that is read of a source or made of a sparse matrix: a quarter of the machine's memory, in bytes.

    While what was read is joined, it is there twice, so that half of the memory is in use.
    """
    return machine_memory() // 4


def type_name(values: Any) -> str:
    """The name of its class for a message, with the library it is from.

    Examples:
        >>> type_name(3.0), type_name(np.zeros(1))
        ('float', 'numpy ndarray')
    """
    library = type(values).__module__.partition(".")[0]
    return type(values).__name__ if library in ("builtins", "__main__") else f"{library} {type(values).__name__}"


def unreadable(values: Any, name: str) -> DataError:
    """The error for what `arrays` does not know, to be raised by the caller.

    Examples:
        >>> print(unreadable("house.csv", "x"))
        x is a str, 'house.csv'. If that is the path of a table: ll.split(ll.read_table('house.csv'), target='…').
    """
    if isinstance(values, str | bytes | Path):
        path = repr(str(values))
        then = f"If that is the path of a table: ll.split(ll.read_table({path}), target='…')."
        return DataError(f"{name} is a {type_name(values)}, {path}. {then}")
    return DataError(
        f"{name} is a {type_name(values)}, which is not known to hold numbers. Pass NumPy arrays, lists, tensors, a data frame, "
        f"or a source of batches: a DataLoader, a tf.data, Grain or Hugging Face data set, a generator. {ELSE_SPLIT}"
    )


def _guarded(reader: Reader, values: Any, name: str) -> Any:
    """What the reader gives; what the library raises in it becomes a DataError."""
    try:
        return reader(values, name)
    except LeadlineError:
        raise
    except CANNOT as error:
        raise DataError(
            f"{name} is a {type_name(values)} that cannot be read as numbers ({error}). Convert it to NumPy."
        ) from error


# --- the readers --------------------------------------------------------------------------------------------------------------


def _as_it_is(values: Any, name: str) -> Any:
    del name
    return values


def _array(values: Any, name: str) -> NumpyArray:
    """An array with all its values there, of a dtype that is NumPy's own."""
    if isinstance(values, np.ma.MaskedArray) and (masked := int(np.ma.getmaskarray(values).sum())):
        raise DataError(f"{name} is a masked array with {masked:,} masked values. Fill them in: x.filled(…).")
    array: NumpyArray = values if isinstance(values, np.ndarray) else np.asarray(values)
    if array.dtype.kind == "V" and jnp.issubdtype(array.dtype, jnp.floating):
        return array.astype(np.float32)
    return array


def _mapping(values: Any, name: str) -> dict[Any, Any]:
    return {key: arrays(value, f"{name}[{key!r}]") for key, value in values.items()}


def _several(values: Any, name: str) -> tuple[Any, ...]:
    return tuple(arrays(value, f"{name}[{i}]") for i, value in enumerate(values))


def _dense(values: Any, name: str) -> Any:
    """A sparse matrix with its zeros, where there is room for them."""
    needed, most = math.prod(values.shape) * values.dtype.itemsize, most_bytes()
    if needed > most:
        raise DataError(
            f"{name} is sparse and of shape {tuple(values.shape)}: dense, it takes {needed / 1e9:,.1f} GB, and at most "
            f"{most / 1e9:,.1f} GB are used. Take fewer rows, or fewer columns: sklearn.decomposition.TruncatedSVD reduces them."
        )
    method = next(method for method in ("toarray", "todense", "to_dense") if hasattr(values, method))
    return arrays(getattr(values, method)(), name)


def _torch(values: Any, name: str) -> NumpyArray:
    """A tensor off its device and out of its graph."""
    del name
    number = values.dtype
    wide = values.float() if number.is_floating_point and (number.itemsize == 1 or "bfloat16" in str(number)) else values
    array: NumpyArray = wide.numpy(force=True)
    return array


def _frame(values: Any, name: str) -> NumpyArray:
    return np.column_stack(list(_columns(values, name).values()))


def _columns(values: Any, name: str) -> dict[Any, NumpyArray]:
    """A data frame's columns by name."""
    values = values.collect() if hasattr(type(values), "collect") else values
    names = list(values.column_names if hasattr(type(values), "column_names") else values.columns)
    if len(set(names)) < len(names):
        repeated = next(each for each in names if names.count(each) > 1)
        raise DataError(f"{name} has the column {repeated!r} more than once. Rename one of them.")
    if not names:
        raise DataError(f"{name} is a {type_name(values)} without columns. Give it at least one.")
    columns = {each: _numbers(values[each], f"{name}: column {each!r}") for each in names}
    if deep := [each for each, column in columns.items() if column.ndim > 1]:
        raise DataError(f"{name}: column {deep[0]!r} holds arrays. Pass it by itself, x=table[{deep[0]!r}].")
    return columns


def _column(values: Any, name: str) -> NumpyArray:
    label = getattr(values, "name", None)
    return _numbers(values, name if label in (None, "") else f"{name}: column {label!r}")


def _numbers(values: Any, where: str) -> NumpyArray:
    """A column's numbers or booleans, none of them missing."""
    array = np.asarray(values)
    missing = np.asarray(getattr(values, "is_null" if hasattr(values, "is_null") else "isnull")())
    if missing.any():
        raise DataError(
            f"{where} is missing in {missing.sum():,} of {len(array):,} rows ({first_rows(missing)}). "
            f"Fill it in or leave these rows out. {ELSE_SPLIT}"
        )
    if array.dtype.kind == "O" and all(isinstance(value, numbers.Number) for value in array.tolist()):
        array = array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        held = "text or objects" if array.dtype.kind in "OUST" else f"{array.dtype} values"
        raise DataError(f"{where} holds {held}; numbers are expected. {ELSE_SPLIT}")
    return array


def _exchanged(values: Any, name: str) -> NumpyArray:
    """What speaks DLPack alone: lent by its memory where that is the host's, else through JAX, which knows other devices."""
    try:
        return _array(np.from_dlpack(values), name)
    except CANNOT:
        with jax.enable_x64(True):
            return _array(jnp.from_dlpack(values), name)


def _lent(values: Any, name: str) -> NumpyArray:
    try:
        return _array(values, name)
    except CANNOT as refused:  # CuPy's arrays have `__array__`, and refuse it
        try:
            return _exchanged(values, name)
        except (*CANNOT, AttributeError):
            raise refused from None


# --- what is recognised, and by which reader -----------------------------------------------------------------------------------


def _has(*names: str) -> Callable[[Any], bool]:
    return lambda values: not isinstance(values, type) and all(hasattr(values, name) for name in names)


def _is_frame(values: Any) -> bool:
    # asked of the class: polars' lazy frames warn when they are asked themselves
    kind = type(values)
    named = any(hasattr(kind, name) for name in ("columns", "column_names"))
    return named and any(hasattr(kind, name) for name in ("__array__", "collect_schema"))


def _is_sparse(values: Any) -> bool:
    return hasattr(values, "todense") or str(getattr(values, "layout", "")).startswith("torch.sparse")


def _is_column(values: Any) -> bool:
    return hasattr(values, "__array__") and (hasattr(values, "is_null") or hasattr(values, "isnull"))


READERS: tuple[tuple[Callable[[Any], bool], Reader], ...] = (
    (lambda values: values is None, _as_it_is),
    (lambda values: isinstance(values, np.ndarray), _array),
    (lambda values: plain(values) and not isinstance(values, str | bytes), _as_it_is),
    (lambda values: isinstance(values, Mapping), _mapping),
    (lambda values: isinstance(values, Sequence) and not isinstance(values, str | bytes), _several),
    (_is_sparse, _dense),
    (_has("detach", "numpy"), _torch),
    (_is_frame, _frame),
    (_is_column, _column),
    (_has("__array__"), _lent),
    (_has("__array_interface__"), _array),
    (_has("__dlpack__"), _exchanged),
)
"""From the first that recognises the values; a kind of array that is not read yet is one line more."""
