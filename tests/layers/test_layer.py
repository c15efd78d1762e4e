"""What holds for every layer. A new layer is tested by being listed here."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from leadline import layers
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.layers import Activation, Dense, Dropout, Flatten, Layer, Normalization

# the layer, the shape of one input
LAYERS = [
    (Dense(3), (4,)),
    (Dense(2, "sigmoid", kernel_regularizer="l2", bias_regularizer="l1"), (1,)),
    (Dense(5, "relu", use_bias=False, bias_regularizer="l2"), (3,)),
    (Dense(3, "softmax", bias_initializer="ones", name="scores"), (2, 4)),
    (Activation("tanh"), (4,)),
    (Activation("softmax"), (2, 3)),
    (Activation(jnp.sin), ()),
    (Dropout(0.5), (6,)),
    (Dropout(0.0), (2, 3)),
    (Flatten(), (2, 3)),
    (Flatten(), (4,)),
    (Flatten(), ()),
    (Normalization(), (3,)),
    (Normalization(axis=None), (2, 3)),
    (Normalization(axis=(1, -1)), (2, 4, 3)),
    (Normalization(mean=[1.0, 2.0], variance=[4.0, 0.0]), (2,)),
]
KEY = jax.random.key(5)
BATCH = 5
cases = pytest.mark.parametrize(
    ("layer", "shape"), LAYERS, ids=[f"{type(layer).__name__}{shape}{i}" for i, (layer, shape) in enumerate(LAYERS)]
)


@functools.cache
def arrays(layer, shape):
    """Its params and state."""
    return layer.init(KEY, shape)


@pytest.fixture
def fresh(layer):
    """The layer as nobody has built it yet."""
    return layer.replace()


def batch(shape, rows=BATCH, dtype=np.float32):
    return np.random.default_rng(1).normal(size=(rows, *shape)).astype(dtype)


def test_every_layer_is_listed():
    public = {thing for name in layers.__all__ if isinstance(thing := getattr(layers, name), type) and issubclass(thing, Layer)}
    assert {type(layer) for layer, _ in LAYERS} == public - {Layer}


@cases
@pytest.mark.parametrize("training", [False, True])
def test_the_output_has_the_shape_that_is_said_and_the_state_its_structure(layer, shape, training):
    params, state = arrays(layer, shape)
    output, after = layer.apply(params, state, batch(shape), training=training, key=KEY)
    assert output.shape == (BATCH, *layer.output_shape(shape))
    assert output.dtype == jnp.float32
    described = [jax.tree.map(lambda array: (array.shape, array.dtype), tree) for tree in (state, after)]
    assert described[0] == described[1]


@cases
def test_the_arrays_are_those_that_have_names(layer, shape):
    params, state = arrays(layer, shape)
    assert not set(params) & set(state)
    assert {*params, *state} <= set(layer.weight_names)


@cases
def test_compiled_is_eager(layer, shape):
    def run(layer, params, state, x):
        return layer.apply(params, state, x, training=True, key=KEY)[0]

    given = (layer, *arrays(layer, shape), batch(shape))
    np.testing.assert_allclose(jax.jit(run)(*given), run(*given), rtol=2e-6, atol=2e-7)


@cases
def test_a_population_is_a_loop(layer, shape):
    keys, x = jax.random.split(KEY, 2), batch(shape)

    @jax.jit
    def member(key):
        return layer.apply(*layer.init(key, shape), x, training=True, key=key)[0]

    np.testing.assert_allclose(jax.vmap(member)(keys), [member(key) for key in keys], rtol=2e-6, atol=2e-7)


@cases
def test_examples_know_nothing_of_each_other(layer, shape):
    x, order = batch(shape), np.array([3, 0, 4, 1, 2])
    run = lambda x: np.asarray(layer.apply(*arrays(layer, shape), x)[0])  # noqa: E731
    np.testing.assert_allclose(run(x[order]), run(x)[order], rtol=2e-6, atol=2e-7)
    np.testing.assert_allclose(np.concatenate([run(x[:2]), run(x[2:])]), run(x), rtol=2e-6, atol=2e-7)


@cases
def test_gradients(layer, shape):
    with jax.enable_x64(True):
        params, state = layer.init(jax.random.key(5), shape)
        key = jax.random.key(6)

        def run(params, x):
            return layer.apply(params, state, x, training=True, key=key)[0], layer.penalty(params)

        x = jnp.asarray(batch(shape, rows=2, dtype=np.float64))
        check_grads(run, (params, x), order=1, modes=("fwd", "rev"), atol=1e-6, rtol=1e-6, eps=1e-6)
        assert run(params, x)[0].dtype == jnp.float64


@cases
def test_only_a_random_layer_needs_a_key_and_only_in_training(layer, shape):
    params, state = arrays(layer, shape)
    outside = layer.apply(params, state, batch(shape))[0]
    if layer.is_random:
        with pytest.raises(ArgumentError, match="got no key. Pass key="):
            layer.apply(params, state, batch(shape), training=True)
    else:
        np.testing.assert_array_equal(layer.apply(params, state, batch(shape), training=True)[0], outside)


@cases
def test_the_penalty_is_one_number(layer, shape):
    penalty = layer.penalty(arrays(layer, shape)[0])
    assert penalty.shape == ()
    penalised = getattr(layer, "kernel_regularizer", None) is not None
    assert (float(penalty) > 0) is penalised


@cases
def test_round_trip_as_a_pytree(layer, shape):
    leaves, structure = jax.tree.flatten(layer)
    again = jax.tree.unflatten(structure, leaves)
    assert again == layer
    assert jax.tree.structure(jax.tree.map(lambda number: number / 2, layer)) == structure
    assert jax.tree.structure(layer.replace()) == structure


@cases
def test_weights_out_and_in(fresh, shape):
    other = fresh.replace()
    fresh.build(shape, KEY)
    other.build(shape, jax.random.key(6))
    x, weights = jnp.asarray(batch(shape)), fresh.get_weights()
    other.set_weights(weights)
    for own, theirs in itertools.zip_longest(weights, other.get_weights()):
        np.testing.assert_array_equal(own, theirs)
    outputs = [layer.apply(layer.weights.params, layer.weights.state, x)[0] for layer in (fresh, other)]
    np.testing.assert_array_equal(*outputs)
    for array in weights:
        array += 1  # a copy: the layer does not notice
    for own, theirs in zip(fresh.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(own + 1, theirs)


@cases
def test_weights_that_do_not_fit_are_refused_and_change_nothing(fresh, shape):
    with pytest.raises(NotBuiltError, match="no weights yet. Call it on a batch"):
        fresh.get_weights()
    with pytest.raises(NotBuiltError):
        fresh.set_weights([])
    fresh.build(shape, KEY)
    before = fresh.get_weights()
    with pytest.raises(ArgumentError, match=f"has {len(before)} arrays .* and got {len(before) + 1}"):
        fresh.set_weights([*before, np.zeros(1)])
    if before:
        with pytest.raises(ShapeError, match=r"has shape .*, and the new array has \(7, 7, 7\)"):
            fresh.set_weights([*(array + 1 for array in before[:-1]), np.zeros((7, 7, 7))])
        for own, old in zip(fresh.get_weights(), before, strict=True):
            np.testing.assert_array_equal(own, old)


@cases
def test_called_on_a_batch(fresh, shape):
    x = batch(shape) if shape else batch((1,))
    first = fresh(x)
    np.testing.assert_array_equal(fresh(x), first)  # the weights are made once
    np.testing.assert_allclose(fresh(x.astype(np.float64).tolist()), first, rtol=1e-6)
    assert first.dtype == jnp.float32
    assert fresh(x, training=True).shape == first.shape
    with pytest.raises(ShapeError, match=r"got an array of shape \(4,\), and wants a batch.*x\[None, :\]"):
        fresh(np.zeros(4))
    if fresh.get_weights():
        with pytest.raises(ShapeError, match=r"was built for inputs of shape .*, and got \(9, 9, 9\). Make a new layer"):
            fresh(np.zeros((1, 9, 9, 9)))


def test_layers_of_one_description_have_weights_of_their_own():
    x = np.ones((1, 3), np.float32)
    first, second = Dense(2), Dense(2)
    assert first == second
    assert (first(x) != second(x)).any()


def test_a_layer_of_ones_own():
    class Double(Layer):
        def apply(self, params, state, x, *, training=False, key=None):
            return 2 * x, state

    assert Double(name="twice")([[1, 2]]).tolist() == [[2, 4]]
    assert Double(name="twice").label == "'twice'"
    assert Double().label == "Double"
    with pytest.raises(NotImplementedError, match="Layer has no `apply`"):
        Layer()([[1.0]])
