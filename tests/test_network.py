"""A network is a graph of layers, in the simplest case one after the other, with names, keys and arrays of their own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.initializers import GlorotUniform
from leadline.layers import Activation, Add, BatchNormalization, Concatenate, Dense, Dropout, Flatten, Input, Layer, Normalization
from leadline.network import Call, Network, between, layer_names
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
    with pytest.raises(ShapeError, match=r"got examples of shape \(\), and wants \(…, features\)"):
        network(Dense(1), input_shape=()).init(KEY)


# --- graphs -------------------------------------------------------------------------------------------------------------------

X = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)


def test_a_chain_is_its_layers_in_a_row():
    x = Input((3,), name="x")
    made = between(x, Dense(2)(Dropout(0.5)(Dense(4)(x))))
    assert made.names == ("dense", "dropout", "dense_1")
    assert made.calls == (Call(0, (0,)), Call(1, (1,)), Call(2, (2,)))
    assert (made.input_shape, made.outputs, made.output_shape, made.input_names) == ((3,), 3, (2,), ("x",))
    assert made.output_names == ("dense_1",)
    assert not made.has_many_inputs


def test_several_inputs_and_outputs():
    first, second = Input((3,), name="first"), Input((2,))
    joined = Concatenate()([first, second])
    made = between([first, second], [Dense(1, name="one")(joined), joined, Dense(2)(second)])
    assert made.has_many_inputs
    assert (made.input_shape, made.input_names) == (((3,), (2,)), ("first", "input_1"))
    assert (made.output_shape, made.output_names) == (((1,), (5,), (2,)), ("one", "concatenate", "dense"))
    params, state = made.init(KEY)
    outputs, _ = made.apply(params, state, (X, X[:, :2]))
    np.testing.assert_array_equal(outputs[1], np.concatenate([X, X[:, :2]], axis=1))
    for output, shape in zip(outputs, made.output_shape, strict=True):
        assert output.shape == (7, *shape)


def test_a_layer_that_is_used_twice_has_its_arrays_once():
    shared = Dense(3, "tanh")
    x = Input((3,))
    made = between(x, shared(shared(x)))
    assert made.names == ("dense",)
    assert made.calls == (Call(0, (0,)), Call(0, (1,)))
    params, state = made.init(KEY)
    assert set(params) == {"dense"}
    once, _ = shared.apply(params["dense"], {}, X)
    np.testing.assert_array_equal(made.apply(params, state, X)[0], shared.apply(params["dense"], {}, once)[0])


def test_layers_stand_by_their_distance_from_the_outputs():
    x = Input((3,))
    near, far = Dense(3, name="near")(x), Dense(3, name="second")(Dense(3, name="first")(x))
    assert between(x, Add()([near, far])).names == ("first", "near", "second", "add")
    assert between(x, Add()([far, near])).names == ("first", "second", "near", "add")
    shared = Dense(3, name="shared")  # it counts where it is farthest
    assert between(x, shared(Dense(3, name="before")(shared(x)))).names == ("shared", "before")


def test_a_part_of_a_graph():
    """What a layer gave can be where another network begins."""
    x = Input((3,))
    hidden = Dense(4, name="low")(x)
    output = Dense(2, name="high")(hidden)
    front, back = between(x, hidden), between(hidden, output)
    assert (front.names, back.names, back.input_shape) == (("low",), ("high",), (4,))


def test_a_frozen_layer_stands_in_the_state():
    x = Input((3,))
    still = Dense(2, name="still", trainable=False, kernel_regularizer="l2", kernel_constraint="non_neg")
    made = between(x, Dense(1, name="end")(BatchNormalization(name="norm", trainable=False)(still(x))))
    params, state = made.init(KEY)
    assert set(params) == {"end"}
    assert {name: set(arrays) for name, arrays in state.items()} == {
        "still": {"kernel", "bias"},
        "norm": {"gamma", "beta", "moving_mean", "moving_variance"},
    }
    assert float(made.penalty(params)) == 0
    assert not made.is_constrained
    _, after = made.apply(params, state, X, training=True)
    jax.tree.map(np.testing.assert_array_equal, after, state)
    free = made.replace(layers=tuple(layer.with_trainable(True) for layer in made.layers))
    same = free.gathered({name: ({**params.get(name, {}), **state.get(name, {})}, {}) for name in made.names})[0]
    jax.tree.map(np.testing.assert_array_equal, same["still"], state["still"])
    assert free.is_constrained


def test_what_is_said_of_it_is_what_holds_for_a_layer():
    plain, noisy, mixing = network(Dense(1)), network(Dense(1), Dropout(0.1)), network(BatchNormalization())
    assert [made.is_random for made in (plain, noisy, mixing)] == [False, True, False]
    assert [made.mixes_examples for made in (plain, noisy, mixing)] == [False, False, True]
    assert network(Dense(1, kernel_constraint="max_norm")).is_constrained
    assert (
        network(Dense(1, kernel_initializer="orthogonal")).draws_on_host
        == Dense(1, kernel_initializer="orthogonal").draws_on_host
    )


def test_constraints_hold_each_array_by_its_own():
    made = network(Dense(2, kernel_constraint="non_neg"), Dense(1, bias_constraint="non_neg"))
    params = jax.tree.map(lambda array: array - 10, made.init(KEY)[0])
    held = made.constrain(params)
    assert float(abs(held["dense"]["kernel"]).max()) == float(abs(held["dense_1"]["bias"]).max()) == 0
    np.testing.assert_array_equal(held["dense"]["bias"], params["dense"]["bias"])
    np.testing.assert_array_equal(held["dense_1"]["kernel"], params["dense_1"]["kernel"])


def test_a_graph_under_vmap_is_a_loop():
    x = Input((3,))
    hidden = BatchNormalization()(Dense(4)(x))
    made = between(x, [Dense(2)(hidden), Dropout(0.5)(hidden)])

    def member(key):
        params, state = made.init(key)
        return made.apply(params, state, X, training=True, key=key)

    keys = jax.random.split(KEY, 3)
    together, apart = jax.vmap(member)(keys), [member(key) for key in keys]
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *apart)
    jax.tree.map(lambda one, other: np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5), together, stacked)


A, B = Input((4,), name="a"), Input((4,), name="b")


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (
            lambda: between(A, Dense(2)(B)),
            r"not connected: an output depends on Input\(shape=\(4,\), name='b'\), which is not an",
        ),
        (lambda: between(A, Add()([A, Dense(4)(B)])), "not connected: an output depends on .*'b'.* Add it"),
        (lambda: between([A, B], Dense(2)(B)), "not connected: no output depends on .*'a'.* Leave that input out, or use it"),
        (lambda: between([A, A], Dense(2)(A)), "Two inputs are called 'a', or are the same"),
        (lambda: between([A, C := Input((4,), name="a")], Add()([A, C])), "Two inputs are called 'a'.* a name of its own"),
        (lambda: between(A, A), "'a'.* is an input and an output. Put a layer between"),
        (lambda: between(A, [Dense(1)(A), A]), "is an input and an output"),
        (lambda: between(A, Add()([Dense(1, name="own")(A), Dense(2, name="own")(A)])), "Two layers are called 'own'|shapes"),
        (lambda: between(A, Dense(1, name="own")(Dense(2, name="own")(A))), "Two layers are called 'own'. Give each layer"),
        (lambda: between(A, None), r"The outputs of a model are what Input\(…\) and layers called on it give. Got None"),
        (lambda: between(A, []), r"The outputs of a model .* Got \[\]"),
        (lambda: between(A, Dense(2)), "The outputs of a model .* Got Dense"),
        (lambda: between(A, [Dense(2)(A), X]), "The outputs of a model"),
        (lambda: between((4,), Dense(2)(A)), r"The inputs of a model are what Input\(…\) .* Got \(4,\)"),
        (lambda: between(None, Dense(2)(A)), "The inputs of a model .* Got None"),
    ],
)
def test_graphs_that_are_refused(act, message):
    with pytest.raises(ArgumentError, match=message):
        act()


def test_a_network_holds_the_arrays_given_to_it_and_leaves_the_first_alone():
    network = Network((Dense(2, trainable=False), BatchNormalization()), ("dense", "own"), (3,))
    params, state = network.init(jax.random.key(0))
    arrays = {name: {**params.get(name, {}), **state.get(name, {})} for name in network.names}
    held = network.holding(arrays)
    assert held == network
    assert [layer.weights for layer in network.layers] == [None, None]
    assert set(held.layers[0].weights.params) == {"kernel", "bias"}
    assert set(held.layers[1].weights.state) == {"moving_mean", "moving_variance"}
    assert held.layers[1].weights.input_shape == (2,)
    np.testing.assert_array_equal(held.layers[0].get_weights()[0], state["dense"]["kernel"])


@pytest.mark.parametrize(
    ("own", "message"),
    [
        ({}, "Layer 'dense' has the arrays: bias, kernel. Got: none"),
        ({"kernel": np.zeros((3, 2))}, "Got: kernel. Give each once"),
        (
            {"kernel": np.zeros((2, 3), np.float32), "bias": np.zeros(2, np.float32)},
            r"shape \(3, 2\), and the array given has \(2, 3\)",
        ),
        ({"kernel": np.zeros((3, 2)), "bias": np.zeros(2, np.float32)}, "is float32, and the array given is float64"),
    ],
)
def test_arrays_that_a_network_cannot_hold(own, message):
    with pytest.raises(ArgumentError, match=message):
        Network((Dense(2),), ("dense",), (3,)).holding({"dense": own} if own else {})


def test_ten_thousand_layers_are_named_without_a_search_through_all():
    names = layer_names([Dense(1), Dense(1, name="dense_1"), *[Dense(1)] * 9_998])
    assert names[:4] == ("dense", "dense_1", "dense_2", "dense_3")
    assert len(set(names)) == 10_000


def test_a_layer_that_cannot_make_its_arrays_is_named():
    odd = network(Dense(3, kernel_initializer=GlorotUniform(seed=[]), name="odd"))
    with pytest.raises(ArgumentError, match="Layer 'odd' cannot make its arrays: "):
        odd.holding({})
