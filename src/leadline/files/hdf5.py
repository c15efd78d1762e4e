"""Arrays in an HDF5 file, checked before memory is taken; links, filters and storage elsewhere are refused."""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np

from leadline.errors import DataError
from leadline.types import NumpyArray

__all__ = ["SIGNATURE", "digest", "hdf5", "read"]

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_OBJECTS = 1_000_000
DEEPEST = 100


def hdf5(arrays: Mapping[str, NumpyArray]) -> bytes:
    """An HDF5 file of arrays, each stored whole; bfloat16 as Keras stores it, two opaque bytes a number.

    The same arrays always give the same bytes.

    Args:
        arrays: Paths, such as "layers/dense/vars/0", to arrays of numbers.

    Examples:
        >>> file = hdf5({"layers/dense/vars/0": np.ones((2, 3), np.float32)})
        >>> {path: array.shape for path, array in read(file, "weights").items()}
        {'layers/dense/vars/0': (2, 3)}
    """
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        for path, array in arrays.items():
            dataset = file.create_dataset(path, data=np.asarray(array), track_times=False)
            if array.dtype == jnp.bfloat16:
                dataset.attrs["dtype"] = "bfloat16"
    return stream.getvalue()


def read(content: bytes, what: str) -> dict[str, NumpyArray]:
    """The arrays of an HDF5 file by their paths.

    Args:
        content: The file's bytes.
        what: What a message calls it.

    Raises:
        DataError: No HDF5, damaged, an object that is no plain array or is reached by a link or twice, an array that says it is
            larger than what is stored of it, or things other than numbers.
    """
    import h5py

    if not content.startswith(SIGNATURE):
        raise DataError(f"{what} is no HDF5 file: it begins with {content[:8]!r}. It was not read further.")
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            return dict(_arrays(h5py, file, what, len(content)))
    except DataError:
        raise
    except Exception as error:  # whatever HDF5's library and NumPy's reading of its types meet in a damaged file
        raise DataError(f"{what} is damaged ({type(error).__name__}: {error!s:.120}). Restore it from a copy.") from None


def digest(arrays: Mapping[str, NumpyArray]) -> bytes:
    """The SHA-256 of arrays, their paths, dtypes and shapes; 32 bytes.

    Examples:
        >>> digest({"a": np.zeros(2), "b": np.ones(2)}) == digest({"b": np.ones(2), "a": np.zeros(2)})
        True
    """
    total = hashlib.sha256()
    for path in sorted(arrays):
        array = np.ascontiguousarray(arrays[path])
        total.update(f"{path}\0{array.dtype.name}\0{array.shape}\0".encode("utf-8", "surrogatepass"))
        total.update(array.tobytes())
    return total.digest()


def _arrays(h5py: Any, file: Any, what: str, size: int) -> Iterator[tuple[str, NumpyArray]]:
    """The arrays below the root, in no more memory than the file has bytes."""
    waiting, seen, left = [("", file)], {_address(h5py, file)}, size
    while waiting:
        place, group = waiting.pop()
        for name in group:
            path = f"{place}{name}"
            thing = _object(h5py, group, name, f"{what}: {path!r:.200}")
            if (address := _address(h5py, thing)) in seen or len(seen) >= MOST_OBJECTS or path.count("/") > DEEPEST:
                raise DataError(f"{what}: {path!r:.200} is reached twice, too deep or one too many. It was not written by Keras.")
            seen.add(address)
            if isinstance(thing, h5py.Group):
                waiting.append((f"{path}/", thing))
            else:
                left -= _stored(h5py, thing, f"{what}: {path!r:.200}", left)
                yield path, _numbers(thing)


def _address(h5py: Any, thing: Any) -> int:
    return int(h5py.h5o.get_info(thing.id).addr)


def _object(h5py: Any, group: Any, name: str, what: str) -> Any:
    """A group or dataset that stands in this very file."""
    link = group.get(name, getlink=True)
    if not isinstance(link, h5py.HardLink):
        raise DataError(f"{what} is a link ({type(link).__name__}), and links are not followed. It was not written by Keras.")
    thing = group[name]
    if not isinstance(thing, (h5py.Group, h5py.Dataset)):
        raise DataError(f"{what} is a {type(thing).__name__}, and only groups and arrays are read.")
    return thing


def _stored(h5py: Any, dataset: Any, what: str, left: int) -> int:
    """How many bytes an array takes, if all of them are in the file."""
    if dataset.is_virtual or dataset.external:
        raise DataError(f"{what} lies in another file (virtual or external), and only this one is read.")
    dtype, layout = dataset.dtype, dataset.id.get_create_plist().get_layout()
    opaque = dtype.kind == "V" and dtype.itemsize == 2 and dtype.fields is None and dtype.subdtype is None  # bfloat16
    if dtype.kind not in "biuf" and not opaque:
        raise DataError(f"{what} holds {dtype}, and only numbers are read.")
    if layout not in (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT) or dataset.shape is None:
        raise DataError(f"{what} is stored in chunks, or not at all. Keras writes arrays whole; write the file with it.")
    said, stored = math.prod(dataset.shape) * dtype.itemsize, dataset.id.get_storage_size()
    if said != stored or said > left:
        raise DataError(
            f"{what} has the shape {dataset.shape} of {dtype}, {said:,} bytes, and {min(stored, left):,} of them are in the file."
        )
    return int(said)


def _numbers(dataset: Any) -> NumpyArray:
    array: NumpyArray = np.asarray(dataset[()])
    return array.view(jnp.bfloat16) if array.dtype.kind == "V" else array
