"""Arrays as bytes."""

import io
import pickle
import tracemalloc

import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import DataError
from leadline.files.npy import array_of, npy

ARRAYS = [
    np.float32(0.1).reshape(()),
    np.zeros((0, 3), np.float32),
    np.arange(6, dtype=np.int32).reshape(2, 3),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(12.0)[::2],
    np.array([True, False]),
    np.array([np.nan, -0.0, np.inf], np.float16),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_there_and_back(array):
    again = array_of(npy(array), "weights")
    assert (again.shape, again.dtype) == (array.shape, array.dtype)
    assert again.tobytes() == array.tobytes()
    assert np.load(io.BytesIO(npy(array)), allow_pickle=False).tobytes() == array.tobytes()


def test_bfloat16_goes_as_its_bits():
    array = np.asarray(jnp.array([1.5, -2.0], jnp.bfloat16))
    again = array_of(npy(array), "weights")
    assert again.dtype == np.uint16
    assert again.view(jnp.bfloat16).tolist() == [1.5, -2.0]


def header(text):
    text = text.encode() + b" " * 10 + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


PICKLED = io.BytesIO()
np.save(PICKLED, np.array([{"a": 1}], object), allow_pickle=True)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no array that can be read"),
        (b"\x93NUMPY\x02\x00", "of another version than 1.0"),
        (pickle.dumps([1]), "no array that can be read"),
        (PICKLED.getvalue(), "holds object, and only numbers are read"),
        (header("{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}") + b"a" * 12, "holds <U3"),
        (header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}") + b"a" * 4, "only numbers"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (10000000000,)}"), r"shape \(10000000000,\) .* has 0 bytes"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, -1)}") + b"a" * 4, r"\(-1, -1\)"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}") + b"a" * 9, "has 9 bytes"),
        (header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)"), "no array that can be read"),
        (header("__import__('os').getcwd()"), "no array that can be read"),
        (header("(" * 9000), "no array that can be read"),
    ],
)
def test_what_is_refused(content, message):
    tracemalloc.start()
    with pytest.raises(DataError, match=message):
        array_of(content, "weights/0/kernel.npy")
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()
