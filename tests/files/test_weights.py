import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import numpy as np
import pytest

from leadline.errors import ArgumentError, DataError
from leadline.files import atomic, hdf5
from leadline.files.safetensors import safetensors
from leadline.files.weights import read, write
from leadline.layers import Add, BatchNormalization, Dense, Input, LocallyConnected1D, Normalization
from leadline.models import Model, Sequential

X = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


def chain(units=3):
    return Sequential([Input((4,)), Normalization(), Dense(units, "relu"), BatchNormalization(), Dense(2, dtype="bfloat16")])


def graph():
    x, z = Input((4,)), Input((4,))
    return Model([x, z], Add()([Dense(3, name="one")(x), Dense(3, name="two")(Dense(4)(z))]))


def local():
    return Sequential([Input((4, 1)), LocallyConnected1D(2, 2)])


def drawn(make):
    model = make()
    model.set_weights([array + np.arange(array.size).reshape(array.shape).astype(array.dtype) for array in model.get_weights()])
    return model


@pytest.mark.parametrize("ending", ["weights.h5", "safetensors"])
@pytest.mark.parametrize("make", [chain, graph, local])
def test_there_and_back(tmp_path, make, ending):
    path, model, other = tmp_path / f"w.{ending}", drawn(make), make()
    write(model.network, path)
    held = read(other.network, path)
    assert held.names == other.network.names
    other.load_weights(path)
    for mine, one, same in zip(
        model.get_weights(), other.get_weights(), [a for layer in held.layers for a in layer.get_weights()], strict=True
    ):
        assert mine.dtype == one.dtype == same.dtype
        assert mine.tobytes() == one.tobytes() == same.tobytes()


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_keras_reads_it_and_is_read(tmp_path):
    keras = pytest.importorskip("keras")
    path, layers = tmp_path / "w.weights.h5", keras.layers
    model = Sequential([Input((4,)), Dense(3, "relu"), BatchNormalization(), Dense(2)])
    theirs = keras.Sequential([keras.Input((4,)), layers.Dense(3, "relu"), layers.BatchNormalization(), layers.Dense(2)])
    model.save_weights(path)
    theirs.load_weights(path)
    np.testing.assert_allclose(theirs(X, training=False), model(X), rtol=1e-6, atol=1e-6)
    theirs.compile("adam", "mse")
    theirs.optimizer.build(theirs.trainable_variables)  # whose arrays Keras writes too
    theirs.set_weights([array + 1 for array in theirs.get_weights()])
    theirs.save_weights(path)
    model.load_weights(path)
    np.testing.assert_allclose(theirs(X, training=False), model(X), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("ending", ["weights.h5", "safetensors"])
def test_another_network_and_an_array_that_was_changed(tmp_path, ending):
    path, model = tmp_path / f"w.{ending}", drawn(chain)
    model.save_weights(path)
    other = chain(5)
    before = other.get_weights()
    with pytest.raises(DataError, match=r"(\(4, 5\).*\(4, 3\)|\(5,\).*\(3,\))"):
        other.load_weights(path)
    for one, same in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, same)
    with pytest.raises(DataError, match="no place for it|no layer of that name|has 2 arrays"):
        Sequential([Input((4,)), Dense(3)]).load_weights(path)
    content = bytearray(path.read_bytes())
    place = content.find(model.get_weights()[2].tobytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError, match="their SHA-256 differs"):
        model.load_weights(path)


def test_arrays_of_keras_without_a_digest(tmp_path):
    path, model = tmp_path / "w.weights.h5", drawn(chain)
    model.save_weights(path)
    arrays = hdf5.read(path.read_bytes(), "w")
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            if not name.startswith("leadline"):
                file[name] = array
    chain().load_weights(path)


def test_other_endings_and_no_file(tmp_path):
    for act in (chain().save_weights, chain().load_weights):
        with pytest.raises(ArgumentError, match=r"ends in .weights.h5 or .safetensors. Got 'w.h5'"):
            act(tmp_path / "w.h5")
    with pytest.raises(DataError, match="cannot be read"):
        chain().load_weights(tmp_path / "w.safetensors")


@pytest.mark.parametrize("ending", ["weights.h5", "safetensors", "keras"])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_where_writing_fails_the_old_file_is_still_there(tmp_path, monkeypatch, ending, step):
    path, model = tmp_path / f"w.{ending}", chain()
    save = model.save if ending == "keras" else model.save_weights
    save(path)
    before = path.read_bytes()
    model.set_weights([array + 1 for array in model.get_weights()])
    monkeypatch.setattr(atomic.os, step, lambda *a, **o: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(DataError, match="No space left"):
        save(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_name_that_is_half_a_character_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(safetensors({"\ud800.kernel": np.zeros(2, np.float32)}, {"format": "leadline", "sha256": ""}))
    with pytest.raises(DataError, match="SHA-256 differs"):
        chain().load_weights(path)
