"""Files of Keras both ways: what leadline writes Keras loads, what Keras writes leadline loads, and the numbers are the same."""

import importlib.util
import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import leadline as ll
from leadline.errors import ArgumentError
from leadline.files.keras_things import NOT_IN_KERAS
from leadline.layers import Normalization
from leadline.models import Model

keras = pytest.importorskip("keras")

CONFORMANCE = Path(__file__).parents[1] / "layers" / "test_conformance.py"
SPEC = importlib.util.spec_from_file_location("conformance_of_layers", CONFORMANCE)
conformance = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(conformance)

# Keras's own saving meets it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
OTHERWISE = {"RandomCrop"}  # outside training Keras does not cut


def close(one, other):
    np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("number", conformance.NUMBERS)
def test_every_layer_goes_to_keras_and_comes_back(tmp_path, number):
    case, path = conformance.CASES[number], tmp_path / "layer.keras"
    symbols = conformance.inputs(case)
    model = Model(symbols, case.layer.replace()(symbols))
    x = conformance.batch(case)
    if isinstance(case.layer, Normalization) and case.layer.mean is None:
        model.layers[0].adapt(x)
    model.set_weights([array + 0.25 for array in model.get_weights()])
    if type(case.layer).__name__ in NOT_IN_KERAS:
        with pytest.raises(ArgumentError, match=f"Keras has no {type(case.layer).__name__}"):
            model.save(path)
        assert not path.exists()
        return
    given = list(x) if case.layer.takes_many else x
    expected = model(given)
    model.save(path)
    theirs = keras.saving.load_model(path)
    if type(case.layer).__name__ not in OTHERWISE:
        close(theirs(given, training=False), expected)
    theirs.save(path)
    again = ll.load_model(path)
    close(again(given), expected)
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    for mine, its in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
