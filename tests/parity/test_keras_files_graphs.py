"""Graphs across files of Keras: shared layers, models in models, many inputs and outputs."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import leadline as ll
from leadline.errors import ArgumentError, DataError
from leadline.layers import Activation, Add, Concatenate, Dense, Dropout, Input, Multiply
from leadline.models import Model, Sequential

keras = pytest.importorskip("keras")
L = keras.layers

# Keras's own saving meets it.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")

X = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
Z = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)


def close(one, other):
    one, other = (given if isinstance(given, list) else [given] for given in (one, other))
    for mine, its in zip(one, other, strict=True):
        np.testing.assert_allclose(np.asarray(mine), np.asarray(its), rtol=1e-6, atol=1e-6)


def chain():
    return keras.Sequential([keras.Input((4,)), L.Dense(3, "relu"), L.BatchNormalization(), L.Dense(2)]), X


def built_later():
    model = keras.Sequential([L.Dense(3, "relu"), L.Dropout(0.5), L.Dense(2, "softmax")])
    model.build((None, 4))
    return model, X


def chain_in_a_chain():
    inner = keras.Sequential([keras.Input((3,)), L.Dense(3, name="one"), L.Dense(4, name="two")], name="inner")
    return keras.Sequential([keras.Input((4,)), L.Dense(3, name="one"), inner, L.Dense(2, name="three")]), X


def graph_in_a_chain():
    x = keras.Input((3,))
    inner = keras.Model(x, L.Add()([L.Dense(2)(x), L.Dense(2)(x)]))
    return keras.Sequential([keras.Input((4,)), L.Dense(3), inner, L.Dense(1)]), X


def many():
    x, z = keras.Input((4,), name="x"), keras.Input((3,), name="z")
    shared, inner = L.Dense(3, name="shared"), keras.Sequential([keras.Input((3,)), L.Dense(3, "gelu"), L.Normalization()])
    both = L.Concatenate()([shared(x), inner(z)])
    return keras.Model([x, z], [L.Dense(1)(both), L.Dense(2)(inner(shared(x)))]), [X, Z]


def graphs_in_graphs():
    a, b = keras.Input((4,)), keras.Input((4,))
    inner = keras.Model([a, b], [L.Dense(3)(a), L.Multiply()([L.Dense(4)(a), b])])
    x = keras.Input((4,))
    first, second = inner([x, L.Dense(4)(x)])
    third, fourth = inner([second, x])
    return keras.Model(x, [L.Concatenate()([L.Dense(2)(first), third]), fourth]), X


def named_inputs():
    x, z = keras.Input((4,), name="x"), keras.Input((3,), name="z")
    return keras.Model({"x": x, "z": z}, L.Dense(2)(L.Concatenate()([x, z]))), {"x": X, "z": Z}


def frozen_inside():
    inner = keras.Sequential([keras.Input((4,)), L.Dense(3)])
    inner.trainable = False
    return keras.Sequential([keras.Input((4,)), inner, L.Dense(1)]), X


MADE = (chain, built_later, chain_in_a_chain, graph_in_a_chain, many, graphs_in_graphs, named_inputs)
MADE += (frozen_inside,)


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_what_keras_made(tmp_path, make):
    path, other = tmp_path / "model.keras", tmp_path / "other.keras"
    theirs, x = make()
    if make in MADE[::2]:  # and the others not
        theirs.compile("adam", "mse")
    theirs.save(path)
    mine = ll.load_model(path)
    assert isinstance(mine, Sequential) == (make in (chain, built_later, chain_in_a_chain, frozen_inside))
    expected, given = theirs(x, training=False), list(x.values()) if isinstance(x, dict) else x
    close(mine.predict(given), expected)
    mine.save(other)
    close(keras.saving.load_model(other)(given, training=False), expected)
    trained = [variable.path.split("/")[-1] for variable in theirs.trainable_variables]
    assert len(trained) == sum(len(layer.weights.params) for layer in mine.layers if layer.trainable)


def grown(seed):
    """A random graph of layers that Keras could take for one another: all of the same class and shape."""
    draw = np.random.default_rng(seed)
    layers, values = [Dense(4, "tanh", name=f"d{place}") for place in range(6)], [Input((4,)), Input((4,))]
    starts = list(values)
    for place in draw.permutation([0, 1, 2, 3, 4, 5, 0, 3]):
        values.append(layers[place](values[draw.integers(len(values))]))
        if draw.random() < 0.3:
            values.append(Add()([values[-1], values[draw.integers(len(values))]]))
    ends = [Concatenate()([*starts, *draw.choice(np.array(values[2:], object), 4)]), Multiply()(values[-2:])]
    return Model(starts, [Concatenate()([*ends, *values[2:]]), values[-1]])


@pytest.mark.parametrize("seed", range(6))
def test_layers_of_one_class_are_not_taken_for_each_other(tmp_path, seed):
    path, model = tmp_path / "model.keras", grown(seed)
    model.save(path)
    theirs = keras.saving.load_model(path)
    close(theirs([X, X[::-1]]), model([X, X[::-1]]))
    theirs.save(path)
    close(ll.load_model(path)([X, X[::-1]]), model([X, X[::-1]]))


@pytest.mark.parametrize("policy", ["bfloat16", "mixed_bfloat16", "mixed_float16"])
def test_precisions(tmp_path, policy):
    path = tmp_path / "model.keras"
    model = Sequential([Input((4,)), Dense(3, "relu", dtype=policy), Dense(1, dtype=policy)])
    model.save(path)
    theirs = keras.saving.load_model(path)
    assert theirs.layers[0].dtype_policy.name == policy
    expected = model(X).astype("float32")
    np.testing.assert_allclose(np.asarray(theirs(X).astype("float32")), expected, rtol=1e-2, atol=1e-2)
    theirs.save(path)
    again = ll.load_model(path)
    np.testing.assert_array_equal(again(X).astype("float32"), expected)
    assert [one.dtype for one in again.get_weights()] == [one.dtype for one in model.get_weights()]


def with_functions():
    return keras.Sequential([keras.Input((4,)), L.Lambda(lambda x: 2 * x)])


def recurrent():
    return keras.Sequential([keras.Input((4, 3)), L.LSTM(2)])


def masked():
    return keras.Sequential([keras.Input((4,)), L.Embedding(5, 2, mask_zero=True)])


def open_shape():
    return keras.Sequential([keras.Input((None, 3)), L.Dense(2)])


def active():
    return keras.Sequential([keras.Input((4, 1)), L.Conv1D(2, 1, activity_regularizer="l2")])


def dict_of_outputs():
    x = keras.Input((4,))
    return keras.Model(x, {"a": L.Dense(1)(x)})


def never_built():
    return keras.Sequential([L.Dense(2)])


def an_operation():
    x = keras.Input((4,))
    return keras.Model(x, keras.ops.sin(x))


@pytest.mark.filterwarnings("ignore")  # Keras warns of most of these as it writes them
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (with_functions, r"Layer 'lambda\w*': keras.layers.Lambda is nothing that leadline has in keras.layers"),
        (recurrent, r"Layer 'lstm\w*': keras.layers.LSTM is nothing that leadline has"),
        (masked, "leadline's Embedding has no 'mask_zero', and the file gives it the value True"),
        (open_shape, "The shape of an input must be fixed but for the batch"),
        (active, "leadline's Conv1D has no 'activity_regularizer'"),
        (dict_of_outputs, "The output_layers of the model must be a list"),
        (never_built, "Build the model in Keras"),
        (an_operation, r"Layer 'sin\w*': keras.src.ops.numpy.Sin .* is nothing that leadline has"),
    ],
)
def test_what_leadline_does_not_have_is_named(tmp_path, make, message):
    path = tmp_path / "model.keras"
    make().save(path)
    with pytest.raises(DataError, match=message):
        ll.load_model(path)


def test_what_keras_trained_with_and_leadline_has_not_is_named_and_can_be_left_out(tmp_path):
    path, (model, x) = tmp_path / "model.keras", chain()
    for how, message in [
        ({"optimizer": keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD())}, "LossScaleOptimizer"),
        ({"metrics": [keras.metrics.MeanMetricWrapper(keras.losses.mean_squared_error)]}, "MeanMetricWrapper"),
        ({"weighted_metrics": ["mae"]}, "weighted_metrics"),
        ({"loss": keras.losses.CTC()}, "CTC"),
    ]:
        model.compile(**{"loss": "mse", **how})
        model.save(path)
        with pytest.raises(DataError, match=rf"{message}.*compile=False"):
            ll.load_model(path)
        close(ll.load_model(path, compile=False).predict(x), model(x, training=False))


def test_names_that_keras_does_not_allow(tmp_path):
    model = Sequential([Input((4,)), Dense(1, name="a/b")])
    with pytest.raises(ArgumentError, match="Keras allows no layer or model to be called 'a/b'"):
        model.save(tmp_path / "model.keras")
    x = Input((4,), name="a")
    Model(x, Activation("relu", name="a")(Dropout(0.5)(x))).save(tmp_path / "model.keras")  # an input of a layer's name
    assert keras.saving.load_model(tmp_path / "model.keras")(X).shape == (5, 4)
