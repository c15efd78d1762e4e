"""Several members as one model."""

import functools

import jax
import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.files.loading import load_model
from leadline.layers import BatchNormalization, Concatenate, Dense, Dropout, Input, Normalization
from leadline.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from leadline.models import Sequential
from leadline.models.committee import committee
from leadline.network import Network, between, layer_names
from leadline.optimizers import Adam
from leadline.regularizers import L2
from leadline.training.state import Examples, Recipe
from leadline.training.sweep import Member, train_population

DRAWS = np.random.default_rng(0)
X = DRAWS.normal(size=(60, 3)).astype(np.float32)
ROWS = np.arange(60)
CLASSES = np.argmax(X, axis=1).astype(np.int32)


def stack(outputs, **last):
    layers = (
        Dense(4, "relu", kernel_regularizer=L2(0.01), trainable=False),
        BatchNormalization(),
        Dropout(0.2),
        Dense(outputs, name="scores", **last),
    )
    return Network(layers, layer_names(layers), (3,))


CASES = {
    "numbers": (stack(1), MeanSquaredError(), X[:, :1], None),
    "two classes, logits": (stack(1), BinaryCrossentropy(from_logits=True), (CLASSES == 1)[:, None] * 1.0, "sigmoid"),
    "two classes": (stack(1, activation="sigmoid"), BinaryCrossentropy(), (CLASSES == 1)[:, None] * 1.0, None),
    "many classes, logits": (stack(3), SparseCategoricalCrossentropy(from_logits=True), CLASSES, "softmax"),
    "one-hot, logits": (stack(3), CategoricalCrossentropy(from_logits=True), np.eye(3)[CLASSES], "softmax"),
    "many classes": (stack(3, activation="softmax"), SparseCategoricalCrossentropy(), CLASSES, None),
}


@functools.cache
def trained(case, members=3):
    network, loss, y, _ = CASES[case]
    recipes = [Recipe(network, loss, Adam(rate)) for rate in (0.01, 0.001, 0.003, 1e38)[:members]]
    every = [Member(recipe, seed, ROWS) for seed, recipe in enumerate(recipes)]
    return train_population(every, Examples(X, np.asarray(y, np.int32 if y.ndim == 1 else np.float32), None), epochs=3)


def expected(population, members, activation):
    outputs = np.asarray(population.predict(X), np.float64)[list(members)]
    if activation == "sigmoid":
        outputs = 1 / (1 + np.exp(-outputs))
    if activation == "softmax":
        outputs = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
    return outputs.mean(axis=0)


@pytest.mark.parametrize(
    ("case", "members"), [*((case, (0, 1, 2)) for case in CASES), ("many classes, logits", (2,)), ("numbers", (2, 0))]
)
def test_it_gives_the_mean_of_its_members_and_survives_a_file(tmp_path, case, members):
    _, loss, y, activation = CASES[case]
    population = trained(case)
    model = committee(population, members)
    wanted = expected(population, members, activation)
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-6, atol=1e-6)
    measured = model.evaluate(X, y, return_dict=True)
    plain = loss.replace(from_logits=False) if activation else loss
    np.testing.assert_allclose(measured["cost"] - measured["penalty"], plain(y, wanted.astype(np.float32)), rtol=1e-4)
    model.save(tmp_path / "committee")
    np.testing.assert_array_equal(load_model(tmp_path / "committee").predict(X), model.predict(X))


def test_scaled_numbers_come_in_their_own_unit():
    population = trained("numbers")
    wanted = expected(population, (0, 1, 2), None) * 81_000 + 340_000
    np.testing.assert_allclose(committee(population, location=340_000, scale=81_000).predict(X), wanted, rtol=1e-6)


def test_one_member_is_its_network_alone_and_several_have_names_of_their_own():
    network = CASES["many classes, logits"][0]
    population = trained("many classes, logits")
    one, two = committee(population, [1]), committee(population, [0, 2])
    assert one.layer_names == (*network.names, "activation")
    assert [call.inputs for call in one.network.calls] == [(place,) for place in range(5)]
    assert {"member_0_dense", "member_2_scores", "average"} <= set(two.layer_names)
    assert [layer.trainable for layer in one.layers] == [False, True, True, True, True]
    assert one.compiled.optimizer == Adam(0.001)
    assert one.layers[0].kernel_regularizer == L2(0.01)


def test_members_that_adapted_and_several_inputs():
    first, second = Input((3,), name="first"), Input((3,), name="second")
    normal = Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0])
    network = between([first, second], Dense(1)(Concatenate()([normal(first), Dense(2)(second)])))
    members = [Member(Recipe(network, MeanSquaredError(), Adam(0.01)), seed, ROWS) for seed in range(2)]
    population = train_population(members, Examples((X, X[::-1]), X[:, :1], None), epochs=2)
    params, state = jax.device_get((population.states.params, population.states.state))
    outputs = [
        network.apply(*jax.tree.map(lambda leaf, place=place: leaf[place], (params, state)), (X, X[::-1]))[0] for place in (0, 1)
    ]
    model = committee(population)
    assert model.network.input_names == ("first", "second")
    np.testing.assert_allclose(model.predict({"second": X[::-1], "first": X}), np.mean(outputs, axis=0), rtol=1e-5, atol=1e-6)


def test_members_that_diverged_are_left_out_and_cannot_be_chosen():
    population = trained("numbers", members=4)
    assert population.finite.tolist() == [True, True, True, False]
    np.testing.assert_allclose(committee(population).predict(X), expected(population, (0, 1, 2), None), rtol=1e-5, atol=1e-6)
    for members, message in [
        ([3], "Member 3 .*: its weights are not finite"),
        ([7], "there are 4, from 0 on"),
        ([], "at least one"),
    ]:
        with pytest.raises(ArgumentError, match=message):
            committee(population, members)
    with pytest.raises(ArgumentError, match="each once"):
        committee(population, [0, 0])


def test_networks_of_several_outputs_are_refused():
    x = Input((3,))
    network = between(x, [Dense(1, name="one")(x), Dense(1, name="two")(x)])
    population = trained("numbers")
    other = type(population)(population.recipes.replace(network=network), *list(vars(population).values())[1:])
    with pytest.raises(ArgumentError, match="one output. Got the outputs one, two"):
        committee(other)


def test_its_weights_are_its_own():
    population = trained("numbers")
    one, two = committee(population), committee(population)
    before = two.predict(X)
    one.fit(X, CASES["numbers"][2], epochs=1)
    np.testing.assert_array_equal(two.predict(X), before)
    assert not isinstance(one, Sequential)
