"""A stack of layers: when it is built, whose the weights are, and what does not stack."""

import numpy as np
import pytest

import leadline as ll
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.layers import Activation, Dense, Dropout, Flatten, Input, Normalization

X = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)


def built_by_input():
    return ll.Sequential([Input(shape=(3,)), Dense(4), Dense(2)])


def built_by_build():
    model = ll.Sequential([Dense(4), Dense(2)])
    model.build((None, 3))
    return model


def built_by_data():
    model = ll.Sequential([Dense(4), Dense(2)])
    model.predict(X)
    return model


def built_by_call():
    model = ll.Sequential([Dense(4), Dense(2)])
    model(X)
    return model


def built_by_adding():
    model = ll.Sequential()
    for part in (Input((3,)), Dense(4), Dense(2)):
        model.add(part)
    return model


WAYS = [built_by_input, built_by_build, built_by_data, built_by_call, built_by_adding]


@pytest.mark.parametrize("way", WAYS)
def test_all_ways_lead_to_the_same_weights(way):
    model, other = way(), built_by_input()
    assert model.built
    assert [array.shape for array in model.get_weights()] == [(3, 4), (4,), (4, 2), (2,)]
    for own, theirs in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(own, theirs)
    assert model.count_params() == 26
    assert [type(layer) for layer in model.layers] == [Dense, Dense]


def test_the_seed_decides_the_weights():
    first, second = (ll.Sequential([Input((3,)), Dense(4)], seed=seed).get_weights()[0] for seed in (0, 1))
    assert (first != second).any()


def test_layers_that_were_used_keep_their_weights():
    layer = Dense(4)
    before = layer(X)
    model = ll.Sequential([layer, Activation("linear")])
    assert model.built  # the layer knows its input
    np.testing.assert_allclose(model.predict(X), before, rtol=1e-5, atol=1e-6)


def test_a_layer_in_two_models_is_the_same_in_both():
    shared = Dense(4)
    first = ll.Sequential([Input((3,)), shared, Dense(1)])
    second = ll.Sequential([Input((3,)), shared])
    first.compile("sgd", "mse")
    before = second.predict(X)
    first.fit(X, np.ones(5), verbose=0)
    after = second.predict(X)
    assert (before != after).any()
    np.testing.assert_allclose(shared(X), after, rtol=1e-5, atol=1e-6)


def test_a_normalization_that_was_adapted_gives_the_shape():
    scale = Normalization()
    scale.adapt(X)
    model = ll.Sequential([scale])
    np.testing.assert_allclose(model.predict(X).mean(axis=0), 0, atol=1e-6)


def test_a_layer_without_arrays_takes_another_shape():
    flatten = Flatten()
    flatten(np.zeros((1, 2, 2)))
    model = ll.Sequential([flatten, Dense(1)])
    assert model.predict(np.zeros((1, 4, 4))).shape == (1, 1)


def test_adding_and_taking_away_leaves_the_others_as_they_are():
    model = built_by_input()
    before = model.get_weights()
    model.add(Dense(7))
    assert model.predict(X).shape == (5, 7)
    assert model.pop().units == 7
    assert model.predict(X).shape == (5, 2)
    for own, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(own, old)


@pytest.mark.parametrize("layers", [[Flatten(), Dropout(0.1)], [Activation("relu")]])
def test_without_arrays(layers):
    model = ll.Sequential(layers)
    assert model.predict(X).shape == (5, 3)
    assert model.get_weights() == []


SHARED = Dense(2)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ll.Sequential([SHARED, SHARED]), ArgumentError, "The same layer Dense stands twice in one Sequential"),
        (lambda: ll.Sequential([Dense]), ArgumentError, "made of layers. Got <class.*Write Dense"),
        (lambda: ll.Sequential([3]), ArgumentError, "Got 3"),
        (lambda: ll.Sequential([Dense(1), Input((3,))]), ArgumentError, "An Input stands first, and once"),
        (lambda: ll.Sequential([Input((3,)), Input((3,))]), ArgumentError, "An Input stands first, and once"),
        (
            lambda: ll.Sequential([Input((3,)), Dense(1, name="a"), Dense(1, name="a")]),
            ArgumentError,
            "Two layers are called 'a'",
        ),
        (lambda: ll.Sequential([Dense(1)]).build((3,)), ArgumentError, r"shape of a batch, such as \(None, 64\). Got \(3,\)"),
        (lambda: ll.Sequential([Dense(1)]).build((None, None)), ArgumentError, "must be positive whole numbers"),
        (lambda: built_by_input().build((None, 9)), ShapeError, r"built for examples of shape \(3,\). Got \(9,\)"),
        (lambda: built_by_input()(np.zeros((1, 9))), ShapeError, r"built for inputs of shape \(3,\), and got \(9,\)"),
        (lambda: ll.Sequential([Dense(1)]).get_weights(), NotBuiltError, "does not know the shape of its input yet"),
        (lambda: ll.Sequential([Dense(1)]).summary(), NotBuiltError, "Begin with Input"),
        (lambda: ll.Sequential().predict(X), NotBuiltError, "has no layers. Add some first"),
        (lambda: ll.Sequential().pop(), ArgumentError, "no layers to take away"),
        (lambda: ll.Sequential([Input((3,)), Dense(1)], seed=-1), ArgumentError, "'seed' must be a whole number of at least 0"),
        (lambda: ll.Sequential(seed=None), ArgumentError, "Got None"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
