"""Arrays in a safetensors file: a header of JSON and the arrays' bytes, checked before memory is taken."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from leadline.errors import DataError
from leadline.files.plain import MOST_TEXT, decoded, encoded
from leadline.types import NumpyArray

__all__ = ["read", "safetensors"]

_DTYPES: Mapping[str, Any] = {
    **{"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": jnp.bfloat16, "BOOL": np.bool_},
    **{"I64": np.int64, "I32": np.int32, "I16": np.int16, "I8": np.int8},
    **{"U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8},
}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
_METADATA = "__metadata__"


def safetensors(arrays: Mapping[str, NumpyArray], metadata: Mapping[str, str]) -> bytes:
    """A safetensors file of arrays.

    Args:
        arrays: Names to arrays of numbers.
        metadata: Names to texts, to stand beside them.

    Examples:
        >>> file = safetensors({"dense.kernel": np.ones((2, 3), np.float32)}, {"by": "leadline"})
        >>> arrays, metadata = read(file, "weights")
        >>> arrays["dense.kernel"].shape, metadata
        ((2, 3), {'by': 'leadline'})
    """
    header: dict[str, Any] = {_METADATA: dict(metadata)}
    parts, place = [], 0
    for name in sorted(arrays, key=lambda name: (-arrays[name].dtype.itemsize, name)):  # so that each begins at its multiple
        content = np.ascontiguousarray(arrays[name]).tobytes()
        offsets = [place, place := place + len(content)]
        header[name] = {"dtype": _NAMES[arrays[name].dtype], "shape": list(arrays[name].shape), "data_offsets": offsets}
        parts.append(content)
    text = encoded(header, "The header")
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def read(content: bytes, what: str) -> tuple[dict[str, NumpyArray], dict[str, str]]:
    """The arrays of a safetensors file, read-only over the same memory, and the texts beside them.

    Args:
        content: The file's bytes.
        what: What a message calls it.

    Raises:
        DataError: The header is too large, reaches past the end or is no JSON of its form, a name stands in it twice, a dtype is
            unknown, or the arrays do not lie one after the other from the header to the end.
    """
    size = struct.unpack("<Q", content[:8])[0] if len(content) >= 8 else None
    if size is None or size > min(MOST_TEXT, len(content) - 8):
        raise DataError(
            f"{what} is no safetensors file: its header would take {size} bytes, and {max(0, len(content) - 8):,} follow "
            f"(at most {MOST_TEXT:,} are read)."
        )
    header, values = decoded(content[8 : 8 + size], f"The header of {what}"), memoryview(content)[8 + size :]
    if not isinstance(header, dict):
        raise DataError(f"The header of {what} must be names and values. Got {header!r:.80}.")
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise DataError(f"The metadata of {what} must be names and texts. Got {metadata!r:.80}.")
    places = {name: _place(one, f"{what}: array {name!r:.100}") for name, one in header.items()}
    end = 0
    for name in sorted(places, key=lambda name: places[name][2:]):
        _, _, start, stop = places[name]
        if start != end:
            raise DataError(f"{what}: array {name!r:.100} begins at byte {start:,}, and the one before ends at {end:,}.")
        end = stop
    if end != len(values):
        raise DataError(f"{what}: its arrays end at byte {end:,}, and the file has {len(values):,} for them.")
    arrays = {name: np.frombuffer(values[a:b], dtype).reshape(shape) for name, (dtype, shape, a, b) in places.items()}
    return arrays, metadata


def _place(given: Any, what: str) -> tuple[Any, list[int], int, int]:
    """The dtype and shape of an array, and where its bytes begin and end."""
    if not isinstance(given, dict) or set(given) != {"dtype", "shape", "data_offsets"}:
        raise DataError(f"{what} must have dtype, shape and data_offsets. Got {given!r:.80}.")
    name, shape, offsets = given["dtype"], given["shape"], given["data_offsets"]
    if not isinstance(name, str) or name not in _DTYPES:
        raise DataError(f"{what} has the dtype {name!r:.40}, and those known are {', '.join(_DTYPES)}.")
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise DataError(f"{what} must have a shape, and two offsets, of whole numbers. Got {shape!r:.60} and {offsets!r:.60}.")
    dtype = np.dtype(_DTYPES[name])
    if len(shape) > 32 or (needed := math.prod(shape) * dtype.itemsize) != offsets[1] - offsets[0]:
        needed = math.prod(shape[:32]) * dtype.itemsize
        raise DataError(f"{what} has the shape {shape!r:.60} of {name}, {needed:,} bytes, and takes {offsets[1] - offsets[0]:,}.")
    return dtype, shape, offsets[0], offsets[1]


def _are_counts(given: Any) -> bool:
    return isinstance(given, list) and all(type(one) is int and one >= 0 for one in given)
