"""A network is its layers one after the other, with names, keys and arrays of their own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers import Activation, Dense, Dropout, Flatten, Layer, Normalization
from leadline.network import Network, layer_names
from leadline.regularizers import L2

KEY = jax.random.key(0)


class LayerOfMyOwn(Layer):
    pass


def network(*layers, input_shape=(3,)):
    return Network(layers, layer_names(layers), input_shape)


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ([], ()),
        ([Dense(1), Dense(1), Dense(1)], ("dense", "dense_1", "dense_2")),
        ([Flatten(), Dense(1), Activation("relu"), Dense(1)], ("flatten", "dense", "activation", "dense_1")),
        ([Dense(1, name="own"), Dense(1)], ("own", "dense")),
        ([Dense(1), Dense(1, name="dense")], ("dense_1", "dense")),
        ([Dense(1), Dense(1), Dense(1, name="dense_1")], ("dense", "dense_2", "dense_1")),
        ([LayerOfMyOwn(), LayerOfMyOwn()], ("layer_of_my_own", "layer_of_my_own_1")),
    ],
)
def test_names(layers, names):
    assert layer_names(layers) == names


def test_a_name_given_twice():
    with pytest.raises(ArgumentError, match="Two layers are called 'own'. Give each layer"):
        layer_names([Dense(1, name="own"), Dense(2, name="own")])


def test_shapes_run_through():
    chain = network(Flatten(), Dense(4), Dropout(0.1), Dense(2), input_shape=(2, 3))
    assert [(name, shape) for name, _, shape in chain] == [
        ("flatten", (2, 3)),
        ("dense", (6,)),
        ("dropout", (4,)),
        ("dense_1", (4,)),
    ]
    assert chain.output_shape == (2,)
    assert chain.is_random
    assert not network(Dense(1)).is_random


def test_init_gives_each_layer_what_it_makes_of_its_own_key():
    chain = network(Dense(4), Activation("relu"), Dense(4), Normalization(), input_shape=(4,))
    params, state = chain.init(KEY)
    assert {name: set(arrays) for name, arrays in params.items()} == {"dense": {"kernel", "bias"}, "dense_1": {"kernel", "bias"}}
    assert {name: set(arrays) for name, arrays in state.items()} == {"normalization": {"mean", "variance"}}
    for name, layer, shape in chain:
        alone = layer.init(chain.layer_key(KEY, name), shape)[0]
        jax.tree.map(np.testing.assert_array_equal, params.get(name, {}), alone)
    assert (params["dense"]["kernel"] != params["dense_1"]["kernel"]).any()


def test_later_layers_and_names_leave_the_first_weights_as_they_are():
    short, long = network(Dense(4)), network(Dense(4, name="first"), Dense(2))
    np.testing.assert_array_equal(short.init(KEY)[0]["dense"]["kernel"], long.init(KEY)[0]["first"]["kernel"])


def test_apply_is_layer_after_layer():
    chain = network(Normalization(mean=1.0, variance=4.0), Dense(5, "tanh"), Dense(2, "softmax"))
    params, state = chain.init(KEY)
    x = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    output, after = chain.apply(params, state, x)
    for name, layer, _ in chain:
        x, _ = layer.apply(params.get(name, {}), state.get(name, {}), x)
    np.testing.assert_array_equal(output, x)
    jax.tree.map(np.testing.assert_array_equal, after, state)


def test_random_layers_draw_each_for_itself():
    chain = network(Dropout(0.5), input_shape=(200,)), network(Activation("linear"), Dropout(0.5), input_shape=(200,))
    first, second = (part.apply({}, {}, jnp.ones((1, 200)), training=True, key=KEY)[0] for part in chain)
    assert (first != second).any()
    np.testing.assert_array_equal(first, chain[0].apply({}, {}, jnp.ones((1, 200)), training=True, key=KEY)[0])
    np.testing.assert_array_equal(chain[0].apply({}, {}, jnp.ones((1, 200)))[0], jnp.ones((1, 200)))
    with pytest.raises(ArgumentError, match="got no key"):
        chain[0].apply({}, {}, jnp.ones((1, 200)), training=True)


def test_penalty_is_the_sum_over_the_layers():
    chain = network(Dense(2, kernel_regularizer=L2(0.5)), Activation("relu"), Dense(1, kernel_regularizer=L2(0.25)))
    params, _ = chain.init(KEY)
    expected = 0.5 * (params["dense"]["kernel"] ** 2).sum() + 0.25 * (params["dense_1"]["kernel"] ** 2).sum()
    assert float(chain.penalty(params)) == pytest.approx(float(expected), rel=1e-6)
    assert float(network(Dense(1)).penalty(network(Dense(1)).init(KEY)[0])) == 0


def test_its_leaves_are_the_numbers_of_its_layers():
    make = lambda strength, rate: network(Dense(2, kernel_regularizer=L2(strength)), Dropout(rate))  # noqa: E731
    assert jax.tree.leaves(make(0.5, 0.1)) == [0.5, 0.1]
    assert jax.tree.structure(make(0.5, 0.1)) == jax.tree.structure(make(0.7, 0.3))
    assert jax.tree.structure(make(0.5, 0.1)) != jax.tree.structure(network(Dense(2), Dropout(0.1)))
    params, _ = make(0.5, 0.1).init(KEY)
    strengths = jnp.array([0.0, 1.0, 2.0])
    penalties = jax.vmap(lambda strength: make(strength, 0.1).penalty(params))(strengths)
    np.testing.assert_allclose(penalties, strengths * (params["dense"]["kernel"] ** 2).sum(), rtol=1e-6)


def test_a_layer_that_cannot_take_its_input():
    with pytest.raises(ShapeError, match="single numbers"):
        network(Dense(1), input_shape=()).init(KEY)
