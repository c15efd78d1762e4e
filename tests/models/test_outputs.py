"""The outputs of a network, block by block, and with the arrays that the layers hold now."""

import jax
import numpy as np
import pytest

import leadline as ll
from leadline.models.outputs import Forward

X = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)


@pytest.mark.parametrize("block", [1, 3, 4, 7, 100])
def test_blocks_make_no_difference(block):
    network = ll.Sequential([ll.Input((2,)), ll.layers.Dense(3, "tanh")]).network
    params, state = network.init(jax.random.key(0))
    whole = np.tanh(X @ np.asarray(params["dense"]["kernel"]))
    np.testing.assert_allclose(Forward(network, params, state)(X, block), whole, rtol=1e-5)


def test_networks_that_differ_in_numbers_alone_share_a_program():
    first, second = (
        ll.Sequential([ll.Input((2,)), ll.layers.Dense(3), ll.layers.Dropout(rate)], seed=seed)
        for rate, seed in ((0.1, 0), (0.4, 1))
    )
    programs = [Forward(model.network, *model.network.init(jax.random.key(0)))._program for model in (first, second)]
    assert programs[0] is programs[1]
    assert not np.array_equal(first.predict(X), second.predict(X))


@pytest.mark.parametrize(
    "change", ["set_weights", "fit", "a layer's own", "a shared layer's fit", "a call in training", "freeze"]
)
def test_a_prediction_sees_every_change_of_the_arrays(change):
    shared = ll.layers.Dense(3)
    model = ll.Sequential([ll.Input((2,)), shared, ll.layers.BatchNormalization(), ll.layers.Dense(1)])
    other = ll.Sequential([ll.Input((2,)), shared, ll.layers.Dense(1)])
    for one in (model, other):
        one.compile("sgd", "mean_squared_error")
    before = model.predict(X)
    np.testing.assert_array_equal(model.predict(X), before)
    if change == "set_weights":
        model.set_weights([2 * array for array in model.get_weights()])
    elif change == "a layer's own":
        shared.set_weights([2 * array for array in shared.get_weights()])
    elif change == "a call in training":
        model(X, training=True)
    elif change == "freeze":
        model.freeze("dense")
    else:
        (model if change == "fit" else other).fit(X, np.ones(7), epochs=2)
    after = model.predict(X)
    assert np.array_equal(after, before) == (change == "freeze")
    np.testing.assert_allclose(after, model(X), rtol=1e-5, atol=1e-6)
