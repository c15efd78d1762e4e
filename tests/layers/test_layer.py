"""The base of the layers: what a layer of one's own gets from it, and how a layer is called."""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import initializers, layers, regularizers
from leadline.constraints import NonNeg
from leadline.errors import ArgumentError, ShapeError
from leadline.layers import Add, BatchNormalization, Dense, Dropout, Flatten, Input, Layer
from leadline.structure import traced

KEY = jax.random.key(5)
X = np.random.default_rng(1).normal(size=(5, 3)).astype(np.float32)


@dataclass(frozen=True)
class Scale(Layer):
    """A layer of one's own."""

    factor_initializer: Any = "ones"
    factor_regularizer: Any = traced(default=None)
    factor_constraint: Any = traced(default=None)
    activation: Any = None

    weight_names = ("factor",)
    kernel_names = ("factor",)

    def shapes(self, input_shape):
        return {"factor": input_shape[-1:]}

    def apply(self, params, state, x, *, training=False, key=None):
        return self.activation(x * params["factor"]), state


def test_fields_are_known_by_the_last_word_of_their_names():
    layer = Scale("zeros", {"class_name": "L2", "config": {"l2": 0.5}}, "non_neg", "relu")
    assert layer.factor_initializer == initializers.Zeros()
    assert layer.factor_regularizer == regularizers.L2(0.5)
    assert layer.factor_constraint == NonNeg()
    assert layer.activation(-1.0) == 0
    assert Scale.from_config(layer.get_config()) == layer
    for unknown in (
        {"factor_initializer": "onse"},
        {"factor_regularizer": "l3"},
        {"factor_constraint": "max"},
        {"activation": "rleu"},
    ):
        with pytest.raises(ArgumentError, match="Unknown "):
            Scale(**unknown)


def test_a_layer_of_ones_own_is_made_penalised_and_constrained_by_its_fields():
    layer = Scale("ones", regularizers.L2(0.5), "non_neg")
    params, state = layer.init(KEY, (3,))
    assert params["factor"].tolist() == [1.0, 1.0, 1.0]
    assert state == {}
    assert float(layer.penalty(params)) == 1.5
    assert layer.kernel_regularizers == {"factor_regularizer": regularizers.L2(0.5)}
    assert layer.is_constrained
    assert layer.constrain({"factor": jnp.array([-1.0, 2.0])})["factor"].tolist() == [0.0, 2.0]
    assert not Scale().is_constrained
    assert float(Scale().penalty(params)) == 0
    np.testing.assert_array_equal(layer(X), X)


def test_without_apply():
    with pytest.raises(NotImplementedError, match="Layer has no `apply`"):
        Layer()([[1.0]])


def test_how_messages_call_a_layer():
    assert (Dense(1).label, Dense(1, name="own").label) == ("Dense", "'own'")


def test_layers_of_one_description_have_weights_of_their_own():
    first, second = Dense(2), Dense(2)
    assert first == second
    assert (first(X) != second(X)).any()


def test_the_arrays_are_made_once():
    layer = Dense(2)
    assert layer.weights is None
    first = layer(X)
    np.testing.assert_array_equal(layer(X), first)
    np.testing.assert_allclose(layer(X.astype(np.float64).tolist()), first, rtol=1e-6)
    assert layer.build((3,)) is layer.weights
    assert layer.build((3,), jax.random.key(9)) is layer.weights


def test_training_by_call_moves_the_state():
    layer = BatchNormalization(momentum=0.5)
    layer(X)
    np.testing.assert_array_equal(layer.get_weights()[2], np.zeros(3))
    layer(X, training=True)
    np.testing.assert_allclose(layer.get_weights()[2], X.mean(axis=0) / 2, rtol=1e-5)


def test_random_calls_draw_anew():
    layer, x = Dropout(0.5), np.ones((4, 50))
    assert (layer(x, training=True) != layer(x, training=True)).any()
    np.testing.assert_array_equal(layer(x), x)


def test_frozen_and_free_have_the_same_arrays():
    layer = Dense(2, kernel_regularizer="l2")
    frozen = layer.with_trainable(False)
    assert frozen.weights is None
    layer(X)
    frozen = layer.with_trainable(False)
    assert (layer.trainable, frozen.trainable) == (True, False)
    assert frozen.weights is layer.weights
    np.testing.assert_array_equal(frozen(X), layer(X))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: Dense(2)(np.zeros(4)), ShapeError, r"Layer Dense got an array of shape \(4,\), and wants a batch.*x\[None, :\]"),
        (
            lambda: Add()(np.zeros((2, 3, 4))),
            ArgumentError,
            r"Layer Add reads a list of inputs, and was called on one. Write \[a",
        ),
        (lambda: Add(name="sum")(Input((3,))), ArgumentError, "Layer 'sum' reads a list of inputs, and was called on one"),
        (lambda: Add()([X, X[0]]), ShapeError, r"got an array of shape \(3,\), and wants a batch"),
        (lambda: Add()([]), ShapeError, "reads at least one input, and got 0"),
        (
            lambda: Dense(2)([X, X]),
            ArgumentError,
            "Layer Dense reads one input, and was called on a list of 2 of them. Call it on",
        ),
        (lambda: Dense(2)((Input((3,)),)), ArgumentError, "Layer Dense reads one input, and was called on a list of 1"),
        (lambda: Add()([Input((3,)), X]), ArgumentError, "called on symbols and a ndarray together. Give all of them as symbols"),
        (lambda: Dense(2)(Input(())), ShapeError, r"Layer Dense got examples of shape \(\), and wants \(…, features\). Reshape"),
        (
            lambda: Dense(10**9)(np.ones((1, 1000))),
            ArgumentError,
            r"arrays of layer Dense \(kernel \(1000, 1000000000\), bias \(1000000000,\)\) would take 4,004.0 GB, and there are",
        ),
        (lambda: Dense(2, dtype="float23"), ArgumentError, "Unknown dtype policy 'float23'. Did you mean 'float32'"),
        (
            lambda: Dense(2, dtype="float64"),
            ArgumentError,
            "'float64' needs JAX to allow 64 bits. Work inside `with jax.enable_x",
        ),
        (lambda: layers.get("dense"), ArgumentError, "A layer must be a Layer, its class, or a description of one. Got 'dense'"),
        (lambda: layers.get({"class_name": "Dens", "config": {}}), ArgumentError, "Unknown class 'Dens'. Did you mean 'Dense'"),
        (
            lambda: layers.get({"class_name": "Dense", "config": {"unit": 3}}),
            ArgumentError,
            "Unknown argument of Dense 'unit'. Did you mean 'units'",
        ),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_a_list_of_rows_is_a_batch():
    layer = Flatten()
    assert layer([[1.0, 2.0]]).tolist() == [[1.0, 2.0]]
    assert layer([np.array([1.0, 2.0]), np.array([3.0, 4.0])]).tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert Add()([[[1.0, 2.0]], [[10.0, 20.0]]]).tolist() == [[11.0, 22.0]]
