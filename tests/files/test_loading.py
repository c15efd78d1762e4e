"""What a file gives back."""

import hashlib
import json
import zipfile

import numpy as np
import pytest

from leadline.data.target import Target
from leadline.errors import DataError
from leadline.files.archive import MANIFEST, read
from leadline.files.loading import load, load_model
from leadline.layers import Dense, Input
from leadline.models import Model, Sequential
from leadline.models.predictor import Predictor


def chain():
    return Sequential([Input((4,)), Dense(4), Dense(4)], seed=2)


def branched():
    x = Input((4,))
    layer = Dense(4)
    return Model(x, layer(layer(x)))


@pytest.mark.parametrize("make", [chain, branched])
def test_a_model(tmp_path, make):
    model = make()
    model.save(tmp_path / "model")
    for read_it in (load, load_model):
        again = read_it(str(tmp_path / "model"))
        assert type(again) is type(model)
        np.testing.assert_array_equal(again.predict(np.eye(4)), model.predict(np.eye(4)))


def test_a_subclass_comes_back_as_what_it_is_one_of(tmp_path):
    class Mine(Sequential):
        pass

    Mine([Input((4,)), Dense(1)]).save(tmp_path / "model")
    assert type(load(tmp_path / "model")) is Sequential


def test_a_predictor_and_its_network_alone(tmp_path):
    model = Sequential([Input((4,)), Dense(1)])
    Predictor(model, Target("price", "regression", (), "")).save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert isinstance(again, Predictor)
    assert type(load_model(tmp_path / "model")) is Sequential
    np.testing.assert_array_equal(again.predict(np.eye(4)), load_model(tmp_path / "model").predict(np.eye(4))[:, 0])


def test_a_loaded_model_shares_nothing_with_the_first(tmp_path):
    model = chain()
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    before = again.predict(np.eye(4))
    model.set_weights([array + 1 for array in model.get_weights()])
    np.testing.assert_array_equal(again.predict(np.eye(4)), before)


def test_a_sequential_whose_network_is_no_chain(tmp_path):
    path = tmp_path / "model"
    chain().save(path)
    members = read(path)
    config = json.loads(members["config.json"])
    config["network"]["calls"] = [[1, [0]], [0, [1]]]
    members["config.json"] = json.dumps(config).encode()
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    with zipfile.ZipFile(path, "w") as forged:
        for name, content in members.items():
            forged.writestr(name, content)
        forged.writestr(MANIFEST, json.dumps({"format": "leadline model", "version": 1, "sha256": digests}))
    with pytest.raises(DataError, match="model: It says that it is a Sequential, and its network is no chain of layers"):
        load(path)


def test_no_file(tmp_path):
    with pytest.raises(DataError, match="There is no file"):
        load(tmp_path / "none")
