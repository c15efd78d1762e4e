"""Recipes and states: what is a number of the program, what belongs to its structure, how arrays are packed."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline import losses, metrics, optimizers
from leadline.layers import Dense, Dropout
from leadline.network import Network, layer_names
from leadline.regularizers import L2
from leadline.training.state import Recipe, begin, by_array, in_packs, numeric, packed

KEY = jax.random.key(0)


def recipe(strength=0.1, rate=0.5, learning_rate=0.01, optimizer=optimizers.Adam, **options):
    layers = (Dense(4, "relu", kernel_regularizer=L2(strength)), Dropout(rate), Dense(2))
    network = Network(layers, layer_names(layers), (3,))
    return Recipe(network, losses.Huber(**options), optimizer(learning_rate), (metrics.BinaryAccuracy(),))


def test_every_number_is_a_leaf():
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(recipe())]
    for name in ("kernel_regularizer.l2", ".rate", "loss.delta", "optimizer.learning_rate", "optimizer.beta_1", ".threshold"):
        assert any(path.endswith(name) for path in paths), name


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (recipe(0.2, 0.1, 1.0, delta=2.0), True),
        (recipe(1, 0, 1), True),  # whole numbers
        (recipe(jnp.float32(0.2)), True),
        (recipe(optimizer=optimizers.SGD), False),
        (recipe().replace(metrics=()), False),
    ],
)
def test_what_shares_a_program(other, same):
    described = [jax.tree.map(lambda leaf: (leaf.shape, leaf.dtype, leaf.weak_type), numeric(one)) for one in (recipe(), other)]
    assert (described[0] == described[1]) is same
    assert (jax.tree.structure(other) == jax.tree.structure(recipe())) is same


def test_numeric_follows_the_default_float():
    assert {leaf.dtype.name for leaf in jax.tree.leaves(numeric(recipe()))} == {"float32"}
    with jax.enable_x64(True):
        assert {leaf.dtype.name for leaf in jax.tree.leaves(numeric(recipe()))} == {"float64"}


def test_begin_makes_the_weights_of_the_network():
    state = begin(recipe(), KEY)
    params, own = recipe().network.init(KEY)
    jax.tree.map(np.testing.assert_array_equal, state.params, params)
    assert state.state == own == {}
    assert int(state.step) == 0
    assert state.step.dtype == jnp.int32


@pytest.mark.parametrize(
    ("made", "vector"),
    [
        (recipe(), True),
        (recipe(optimizer=optimizers.SGD), True),
        (recipe(optimizer=lambda rate: optimizers.FromOptax(optax.lamb(rate))), False),  # it reads whole arrays
    ],
)
def test_few_numbers_that_are_treated_alike_are_one_vector(made, vector):
    params = made.network.init(KEY)[0]
    values, unpack = packed(made, params)
    assert isinstance(values, jax.Array) is vector
    jax.tree.map(np.testing.assert_array_equal, unpack(values), params)


def test_many_numbers_stay_in_their_arrays():
    layers = (Dense(300),)
    made = recipe().replace(network=Network(layers, ("dense",), (300,)))
    params = made.network.init(KEY)[0]
    assert packed(made, params)[0] is params


REMEMBERING = [
    optimizers.SGD(0.1, momentum=0.9),
    optimizers.Nadam(use_ema=True, gradient_accumulation_steps=2),
    optimizers.Muon(),
    optimizers.Lamb(),
]


@pytest.mark.parametrize("optimizer", REMEMBERING)
def test_what_an_optimizer_remembers_by_array_and_back(optimizer):
    made = recipe().replace(optimizer=optimizer)
    params, _ = made.network.init(KEY)
    values, _ = packed(made, params)
    memory = optimizer.init(values)
    gradients = jax.tree.map(lambda array: jnp.arange(array.size, dtype=array.dtype).reshape(array.shape), values)
    for _ in range(3):
        _, memory = optimizer.update(gradients, memory, values)
    each = by_array(made, params, memory)
    assert jax.tree.structure(each) == jax.tree.structure(optimizer.init(params))
    assert [one.shape for one in jax.tree.leaves(each)] == [one.shape for one in jax.tree.leaves(optimizer.init(params))]
    again = in_packs(made, params, each)
    assert jax.tree.structure(again) == jax.tree.structure(memory)
    for one, other in zip(jax.tree.leaves(memory), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(one, other)
