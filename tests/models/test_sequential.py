"""A stack of layers: when it is built, whose the weights are, and what does not stack."""

import numpy as np
import pytest

import leadline as ll
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.layers import Activation, Add, BatchNormalization, Dense, Dropout, Flatten, Input, Normalization

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


def test_a_stack_in_a_stack_is_its_layers():
    inside = built_by_input()
    before = inside.predict(X)
    model = ll.Sequential([inside, Dense(1, name="end")])
    assert model.built
    assert [type(layer) for layer in model.layers] == [Dense, Dense, Dense]
    assert model.layers[0] is inside.layers[0]
    np.testing.assert_allclose(model.layers[2](before), model.predict(X), rtol=1e-5, atol=1e-6)
    unbuilt = ll.Sequential([ll.Sequential([Dense(4)]), ll.Sequential([Dense(2)])])
    assert not unbuilt.built
    assert unbuilt.predict(X).shape == (5, 2)


def test_a_chain_of_symbols_in_a_stack():
    x = Input((3,))
    chain = ll.Model(x, Dense(2)(Dense(4)(x)))
    model = ll.Sequential([chain, Activation("softmax")])
    np.testing.assert_allclose(model.predict(X).sum(axis=1), 1, rtol=1e-6)


def test_a_stack_is_called_on_symbols():
    stack, x = ll.Sequential([Dense(4), Dense(3)]), Input((3,))
    model = ll.Model(x, Add()([x, stack(x)]))
    assert stack.built
    assert model.layer_names == ("dense", "dense_1", "add")
    np.testing.assert_allclose(model.predict(X), X + stack.predict(X), rtol=1e-5, atol=1e-6)


def test_it_is_the_model_of_its_chain():
    layers = [Dense(4, "tanh"), BatchNormalization(), Dense(2)]
    x = h = Input((3,))
    for layer in layers:
        h = layer.replace()(h)
    stack, graph = ll.Sequential([Input((3,)), *layers], seed=3), ll.Model(x, h, seed=3)
    assert stack.layer_names == graph.layer_names
    for model in (stack, graph):
        model.compile("adam", "mse")
        model.fit(X, np.ones((5, 2)), batch_size=2, epochs=2, verbose=0)
    for own, other in zip(stack.get_weights(), graph.get_weights(), strict=True):
        np.testing.assert_array_equal(own, other)


def test_what_is_frozen_stays_frozen_when_layers_are_added():
    model = built_by_input()
    model.freeze("dense")
    model.add(Dense(1))
    assert [layer.trainable for layer in model.layers] == [False, True, True]
    model.pop()
    assert [layer.trainable for layer in model.layers] == [False, True]


def branched():
    x = Input((3,))
    return ll.Model(x, Add()([x, Dense(3)(x)]), name="branched")


def second_of_two():
    x = Input((3,))
    hidden = Dense(4)(x)
    return ll.Model(x, [hidden, Dense(2)(hidden)])


SHARED = Dense(2)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ll.Sequential([SHARED, SHARED]), ArgumentError, "The same layer Dense stands twice in one Sequential"),
        (lambda: ll.Sequential([branched()]), ArgumentError, "Model 'branched' is no chain of layers.* Call it on an Input"),
        (lambda: ll.Sequential([second_of_two()]), ArgumentError, "is no chain of layers"),
        (lambda: ll.Sequential([SHARED, ll.Sequential([SHARED])]), ArgumentError, "The same layer Dense stands twice"),
        (
            lambda: ll.Sequential([Input((3,)), Add()]),
            ArgumentError,
            "Layer Add reads a list of inputs, and a Sequential has one",
        ),
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
        (lambda: built_by_input()(np.zeros((1, 9))), ShapeError, r"takes examples of shape \(3,\). Got \(9,\)"),
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
