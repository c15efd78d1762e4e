import jax.numpy as jnp
import numpy as np
import pytest

from leadline.files.safetensors import read, safetensors

ARRAYS = {
    "dense.kernel": np.arange(6, dtype=np.float32).reshape(2, 3),
    "dense.bias": np.ones(3, jnp.bfloat16),
    "count": np.array(3, np.int64),
    "mask": np.array([True, False, True]),
    "none": np.zeros((0, 2), np.float16),
}


def test_there_and_back_and_always_the_same_bytes():
    content = safetensors(ARRAYS, {"by": "leadline"})
    again, metadata = read(content, "weights")
    assert metadata == {"by": "leadline"}
    assert again.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert (again[name].dtype, again[name].shape) == (array.dtype, array.shape)
        assert again[name].tobytes() == array.tobytes()
    assert content == safetensors(dict(reversed(ARRAYS.items())), {"by": "leadline"})


def test_the_format_s_own_library_reads_it_and_is_read():
    library = pytest.importorskip("safetensors.numpy")
    arrays = {name: array for name, array in ARRAYS.items() if array.dtype != jnp.bfloat16}
    theirs = library.load(safetensors(arrays, {"by": "leadline"}))
    mine, metadata = read(library.save(arrays, {"by": "them"}), "weights")
    assert metadata == {"by": "them"}
    for name, array in arrays.items():
        np.testing.assert_array_equal(theirs[name], array)
        np.testing.assert_array_equal(mine[name], array)


def test_each_array_begins_at_a_multiple_of_its_numbers_size():
    content = safetensors(ARRAYS, {})
    start = 8 + int.from_bytes(content[:8], "little")
    assert start % 8 == 0
    for array in read(content, "weights")[0].values():
        assert array.ctypes.data % array.dtype.itemsize == np.frombuffer(content, np.uint8).ctypes.data % array.dtype.itemsize
