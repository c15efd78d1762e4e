import io

import h5py
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import DataError
from leadline.files.hdf5 import digest, hdf5, read

ARRAYS = {
    "layers/dense/vars/0": np.arange(6, dtype=np.float32).reshape(2, 3),
    "layers/dense/vars/1": np.array([1.5, -2.0], jnp.bfloat16),
    "vars/0": np.int32(3),
    "vars/1": np.zeros((0, 3)),
    "vars/2": np.array([True, False]),
}


def test_there_and_back_and_always_the_same_bytes():
    again = read(hdf5(ARRAYS), "weights")
    assert again.keys() == ARRAYS.keys()
    for path, array in ARRAYS.items():
        assert (again[path].dtype, again[path].shape) == (array.dtype, array.shape)
        assert again[path].tobytes() == array.tobytes()
    assert hdf5(ARRAYS) == hdf5(ARRAYS)


def test_h5py_reads_it():
    with h5py.File(io.BytesIO(hdf5(ARRAYS))) as file:
        np.testing.assert_array_equal(file["layers/dense/vars/0"][()], ARRAYS["layers/dense/vars/0"])
        assert file["layers/dense/vars/1"].attrs["dtype"] == "bfloat16"  # by which Keras knows it


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays | {"vars/0": np.int32(4)},
        lambda arrays: arrays | {"vars/0": np.int64(3)},
        lambda arrays: arrays | {"vars/1": np.zeros((3, 0))},
        lambda arrays: {path + "0": array for path, array in arrays.items()},
        lambda arrays: dict(list(arrays.items())[1:]),
    ],
)
def test_a_digest_tells_values_dtypes_shapes_and_paths_apart(change):
    assert digest(ARRAYS) == digest(dict(reversed(ARRAYS.items())))
    assert digest(change(dict(ARRAYS))) != digest(ARRAYS)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", b"\x89HDF\r\n\x1a\n" + bytes(1000)])
def test_what_is_no_hdf5(content):
    with pytest.raises(DataError, match="no HDF5 file|is damaged"):
        read(content, "weights")


def test_groups_that_stand_too_deep():
    with pytest.raises(DataError, match="too deep"):
        read(hdf5({"/".join("a" * 200): np.ones(2)}), "weights")


def test_a_named_type_is_no_array():
    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["layers"] = np.dtype("f4")
    with pytest.raises(DataError, match="is a Datatype, and only groups and arrays are read"):
        read(stream.getvalue(), "weights")
