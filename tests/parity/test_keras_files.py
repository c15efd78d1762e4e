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


def cases_of(path):
    """The module of another test, for its table of cases."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HERE = Path(__file__).parent
conformance = cases_of(HERE.parent / "layers" / "test_conformance.py")
layers, convolution = cases_of(HERE / "test_layers.py"), cases_of(HERE / "test_convolution.py")
AS_KERAS_MAKES_THEM = [(name, (), arguments, shape, 0) for name, arguments, shape in layers.CASES]
AS_KERAS_MAKES_THEM += [(name, (), arguments, shape, below) for name, arguments, below, shape in layers.NUMBERS]
AS_KERAS_MAKES_THEM += [(name, given, arguments, shape, 0) for name, shape, given, arguments in convolution.CASES]
AS_KERAS_MAKES_THEM = AS_KERAS_MAKES_THEM[::3]  # all have been so tried; these take a third of the time

# Keras's own saving meets it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
OTHERWISE = {"RandomCrop"}  # outside training Keras does not cut


def side_by_side(cases):
    """A model of these layers, each with its own inputs and its own output, and a batch."""
    symbols, outputs, x = [], [], []
    for case in cases:
        own, given = conformance.inputs(case), conformance.batch(case)
        layer = case.layer.replace()
        if isinstance(layer, Normalization) and layer.mean is None:
            layer.adapt(given)
        outputs.append(layer(own))
        symbols += own if case.layer.takes_many else [own]
        x += given if case.layer.takes_many else [given]
    model = Model(symbols, outputs)
    model.set_weights([array + 0.25 for array in model.get_weights()])
    return model, x


@pytest.mark.parametrize("group", range(4))
def test_every_layer_goes_to_keras_and_comes_back(tmp_path, group):
    cases = [case for case in conformance.CASES[group::4] if type(case.layer).__name__ not in NOT_IN_KERAS]
    (model, x), path = side_by_side(cases), tmp_path / "layers.keras"
    model.save(path)
    theirs = keras.saving.load_model(path)
    expected = model(x)
    for case, one, other in zip(cases, theirs(x, training=False), expected, strict=True):
        if type(case.layer).__name__ not in OTHERWISE:
            np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-6, atol=1e-6, err_msg=str(case))
    theirs.save(path)
    again = ll.load_model(path)
    assert [type(layer) for layer in again.layers] == [type(layer) for layer in model.layers]
    for mine, its in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, its)
    for case, one, other in zip(cases, again(x), expected, strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-6, atol=1e-6, err_msg=str(case))


@pytest.mark.parametrize("case", [one for one in conformance.CASES if type(one.layer).__name__ in NOT_IN_KERAS])
def test_a_layer_that_keras_does_not_have_is_named(tmp_path, case):
    symbol = conformance.inputs(case)
    with pytest.raises(ArgumentError, match=f"Keras has no {type(case.layer).__name__}"):
        Model(symbol, case.layer.replace()(symbol)).save(tmp_path / "layer.keras")
    assert not list(tmp_path.iterdir())


def in_keras(case):
    """Inputs for a layer with the arguments that Keras itself takes, and what the layer makes of them."""
    name, given, arguments, shape, below = case
    shapes = shape if isinstance(shape, list) else [shape]
    symbols = [keras.Input(one, dtype="int32" if below else "float32") for one in shapes]
    layer = getattr(keras.layers, name)(*given, **arguments)
    return symbols, layer(symbols if isinstance(shape, list) else symbols[0])


@pytest.mark.parametrize("group", range(3))
def test_layers_as_keras_makes_them_side_by_side(tmp_path, group):
    cases = [case for case in AS_KERAS_MAKES_THEM[group::3] if case[0] in ll.layers.LAYERS and case[0] not in NOT_IN_KERAS]
    parts, path, draw = [in_keras(case) for case in cases], tmp_path / "model.keras", np.random.default_rng(group)
    theirs = keras.Model([symbol for symbols, _ in parts for symbol in symbols], [output for _, output in parts])
    theirs.set_weights([array + draw.uniform(0.1, 0.5, array.shape).astype(array.dtype) for array in theirs.get_weights()])
    theirs.save(path)
    mine = ll.load_model(path)
    x = []
    for (symbols, _), case in zip(parts, cases, strict=True):
        for symbol in symbols:
            size = (2, *symbol.shape[1:])
            x.append(draw.integers(0, case[4], size) if case[4] else draw.normal(size=size).astype(np.float32))
    for case, one, other in zip(cases, mine(x), theirs(x, training=False), strict=True):
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=2e-6, atol=2e-6, err_msg=str(case))
