"""The file as a whole; what Keras makes of it stands in tests/parity, what an enemy makes of it in tests/faults."""

import json
import zipfile

import numpy as np
import pytest

import leadline as ll
from leadline.data.features import fit_preparation
from leadline.data.table import from_frame
from leadline.data.target import Target
from leadline.errors import ArgumentError, DataError, NotBuiltError
from leadline.files import archive
from leadline.files.keras import read
from leadline.layers import BatchNormalization, Concatenate, Dense, Dropout, Input, LocallyConnected1D
from leadline.losses import BinaryCrossentropy
from leadline.models import Model, Sequential
from leadline.models.predictor import Predictor
from leadline.optimizers import SGD, Adam
from leadline.schedules import ExponentialDecay

X = np.random.default_rng(0).normal(size=(16, 4)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)


def chain():
    model = Sequential(
        [Input((4,)), Dense(3, "relu", kernel_regularizer="l2"), BatchNormalization(), Dropout(0.5), Dense(1, "sigmoid")], seed=3
    )
    model.compile(SGD(ExponentialDecay(0.1, 9, 0.5), momentum=0.9), BinaryCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    return model


def graph():
    x, z = Input((4,), name="x"), Input((4,), name="z")
    shared = Dense(3, "tanh", name="shared")
    both = Dropout(0.5)(Concatenate()([Dropout(0.3)(shared(x)), shared(Dropout(0.2)(z))]))
    model = Model([x, z], [Dense(1, name="price")(both), Dense(2, "softmax", name="kind")(both)], name="two", seed=5)
    model.compile(Adam(), {"price": "mse", "kind": "sparse_categorical_crossentropy"}, {"price": 0.5, "kind": 1.0})
    return model


def fitted(model):
    many = model.network.has_many_inputs
    model.fit([X, X[::-1]] if many else X, [Y, Y[:, 0].astype(int)] if many else Y, epochs=2, verbose=0)
    return model


@pytest.mark.parametrize("make", [chain, graph])
def test_a_model_comes_back_and_goes_on_as_if_it_had_stayed(tmp_path, make):
    model = fitted(make())
    model.save(tmp_path / "model.keras")
    again = ll.load_model(tmp_path / "model.keras")
    assert type(again) is type(model)
    assert (again.name, again.seed, again.layer_names) == (model.name, model.seed, model.layer_names)
    for one, other in zip(model.get_weights(), again.get_weights(), strict=True):
        assert one.tobytes() == other.tobytes()
    assert again.compiled.optimizer == model.compiled.optimizer
    for one, other in zip(fitted(model).get_weights(), fitted(again).get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_members_and_always_the_same_bytes(tmp_path):
    model = fitted(chain())
    for name in ("one.keras", "two.keras"):
        model.save(tmp_path / name)
    assert (tmp_path / "one.keras").read_bytes() == (tmp_path / "two.keras").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.keras") as file:
        assert file.namelist() == ["metadata.json", "config.json", "leadline.json", "model.weights.h5", "manifest.json"]
        assert set(json.loads(file.read("manifest.json"))["sha256"]) == set(file.namelist()[:-1])
        assert json.loads(file.read("leadline.json")) == {"seed": 3, "predictor": None}


def test_a_predictor_brings_the_preparation_of_its_table(tmp_path):
    rows = from_frame({"size": [1.0, 2.0, 3.0, 4.0], "town": ["a", "b", "a", "b"]})
    preparation = fit_preparation(rows, ("size", "town"))
    model = Sequential([Input((len(preparation.feature_names),)), Dense(1)])
    predictor = Predictor(model, Target("price", "regression", (), "numbers"), preparation.feature_names, preparation)
    predictor.save(tmp_path / "price.keras")
    again = ll.load(tmp_path / "price.keras")
    assert isinstance(again, Predictor)
    new = {"town": ["b", "c"], "size": [2.5, 9.0]}
    np.testing.assert_array_equal(again.predict(new), predictor.predict(new))
    assert isinstance(ll.load_model(tmp_path / "price.keras"), Sequential)


def test_without_what_compile_was_given(tmp_path):
    fitted(chain()).save(tmp_path / "model.keras")
    model = ll.load_model(tmp_path / "model.keras", compile=False)
    with pytest.raises(NotBuiltError, match="has no loss yet"):
        _ = model.compiled
    model.save(tmp_path / "model.keras")
    with pytest.raises(NotBuiltError, match="has no loss yet"):
        _ = ll.load_model(tmp_path / "model.keras").compiled


def test_a_layer_that_keras_does_not_have(tmp_path):
    path, model = tmp_path / "model.keras", Sequential([Input((4, 1)), LocallyConnected1D(2, 2, name="local")])
    with pytest.raises(ArgumentError, match="Layer 'local': Keras has no LocallyConnected1D"):
        model.save(path)
    assert not path.exists()
    model.save(tmp_path / "model.leadline")
    ll.load_model(tmp_path / "model.leadline")


def test_a_member_that_is_not_there(tmp_path):
    chain().save(tmp_path / "model.keras")
    members = archive.read(tmp_path / "model.keras")
    for name, message in [
        ("config.json", "The file must have config.json"),
        ("model.weights.h5", "The file must have config.json and model.weights.h5"),
        ("metadata.json", "is of Keras None"),
    ]:
        with pytest.raises(DataError, match=message):
            read({one: content for one, content in members.items() if one != name})
    with pytest.raises(DataError, match="must have a seed and a predictor"):
        read({**members, "leadline.json": b'{"seed": -1, "predictor": null}'})
    with pytest.raises(DataError, match="must have a seed and a predictor"):
        read({**members, "leadline.json": b'{"seed": 9223372036854775808, "predictor": null}'})
