"""The outputs of a small network as one operation against layer by layer, and who takes which way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leadline as ll
from leadline.layers import Activation, Dense, Dropout
from leadline.models.outputs import Forward
from leadline.native import forward as native
from leadline.native import library
from leadline.network import Network, layer_names

compiled = pytest.mark.skipif(not library.is_there(), reason="leadline was installed without a C++ compiler")

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)


def made(*layers, features=5):
    network = Network(layers, layer_names(layers), (features,))
    return network, *network.init(KEY)


def in_one(network, params, X):
    """What the operation gives, in a program of its own."""
    return jax.jit(lambda params, X: native.outputs(network, params, X))(params, X)


@compiled
@pytest.mark.parametrize("rows", [1, 3, 64, 65, 1024, 2500])
@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid", "tanh"])
def test_the_outputs_are_those_layer_by_layer(rows, activation):
    network, params, state = made(Dense(17, activation), Dense(33, activation, use_bias=False), Dense(3), features=9)
    X = RNG.normal(size=(rows, 9)).astype(np.float32)
    np.testing.assert_allclose(in_one(network, params, X), network.apply(params, state, X)[0], rtol=1e-5, atol=1e-6)


@compiled
def test_no_rows_have_no_outputs():
    network, params, _ = made(Dense(3))
    assert in_one(network, params, np.zeros((0, 5), np.float32)).shape == (0, 3)


@compiled
def test_a_row_that_is_not_finite_is_not_in_the_others():
    network, params, state = made(Dense(7, "relu"), Dense(3))
    X = RNG.normal(size=(9, 5)).astype(np.float32)
    X[4, 2], X[5, 1] = np.nan, np.inf
    found = np.asarray(in_one(network, params, X))
    np.testing.assert_allclose(found, network.apply(params, state, X)[0], rtol=1e-5, atol=1e-6)
    assert np.isfinite(np.delete(found, (4, 5), axis=0)).all()


@compiled
@pytest.mark.parametrize(
    "layers",
    [
        (Dense(3, "softmax"),),
        (Dense(3), Activation("relu")),
        (Dense(3), Dropout(0.5)),
        (Dense(3, trainable=False),),
        (Dense(3, dtype="mixed_bfloat16"),),
        (Dense(30_000), Dense(3)),
    ],
)
def test_what_it_does_not_know_is_done_layer_by_layer(layers):
    network, params, _ = made(*layers)
    found = []
    jax.eval_shape(lambda X: found.append(native.outputs(network, params, X)), jnp.ones((2, 5)))
    assert found == [None]


@compiled
def test_other_inputs_are_done_layer_by_layer():
    network, params, _ = made(Dense(3))
    for X in (jnp.ones((2, 4, 5)), jnp.ones((2, 5), jnp.bfloat16), np.ones((2, 5), np.float32)):
        assert native.outputs(network, params, X) is None


@compiled
def test_a_models_predictions_are_made_by_it(monkeypatch):
    seen, own = [], native.outputs
    monkeypatch.setattr(native, "outputs", lambda *given: seen.append(own(*given)) or seen[-1])
    network, params, state = made(Dense(11, "tanh"), Dense(2))
    X = RNG.normal(size=(37, 5)).astype(np.float32)
    found = Forward(network, params, state)(X, block=16)
    assert seen
    assert all(one is not None for one in seen)
    np.testing.assert_allclose(found, network.apply(params, state, X)[0], rtol=1e-5, atol=1e-6)


def test_frozen_layers_and_penalties_change_nothing_of_predictions():
    model = ll.Sequential([ll.Input((4,)), Dense(6, "relu", kernel_regularizer=ll.regularizers.L1(0.1)), Dense(2)], seed=1)
    X = RNG.normal(size=(8, 4)).astype(np.float32)
    before = model.predict(X)
    frozen = ll.Sequential([layer.with_trainable(False) for layer in model.layers])
    np.testing.assert_allclose(frozen.predict(X), before, rtol=1e-5, atol=1e-6)
