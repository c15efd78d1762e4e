"""Arrays in NumPy's own format, without pickle, checked before memory is taken."""

from __future__ import annotations

import io
import math
import tokenize

import numpy as np

from leadline.errors import ArgumentError, DataError
from leadline.types import NumpyArray

__all__ = ["array_of", "npy"]

_HEADER = 10_000


def npy(array: NumpyArray) -> bytes:
    """An array of numbers in NumPy's format; one of a dtype that NumPy has no name for (bfloat16) as its bits.

    Examples:
        >>> array_of(npy(np.array([1.5, 2.0], np.float32)), "weights").tolist()
        [1.5, 2.0]
    """
    plain = array.view(f"u{array.dtype.itemsize}") if array.dtype.kind == "V" else array
    stream = io.BytesIO()
    np.lib.format.write_array(stream, plain, version=(1, 0), allow_pickle=False)
    return stream.getvalue()


def array_of(content: bytes, what: str) -> NumpyArray:
    """The array that `npy` wrote, read-only, over the same memory.

    Args:
        content: The bytes.
        what: What a message calls it.

    Raises:
        DataError: No such format, other things than numbers, or not as many of them as its header says.
    """
    stream = io.BytesIO(content)
    try:
        if np.lib.format.read_magic(stream) != (1, 0):
            raise ArgumentError("it is of another version than 1.0")
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=_HEADER)
    except (ValueError, TypeError, SyntaxError, KeyError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise DataError(f"{what} is no array that can be read: {error}.") from None
    if dtype.hasobject or dtype.kind not in "biuf":
        raise DataError(f"{what} holds {dtype}, and only numbers are read from a file; nothing in it was executed.")
    values = memoryview(content)[stream.tell() :]
    if any(size < 0 for size in shape) or math.prod(shape) * dtype.itemsize != len(values):
        raise DataError(f"{what} says that it has the shape {shape} of {dtype}, and has {len(values):,} bytes.")
    return np.frombuffer(values, dtype).reshape(shape, order="F" if by_columns else "C")
