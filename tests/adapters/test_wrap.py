"""Everything that a model can do, done with a wrapped network of each framework, on digits."""

import os
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline import Input, Model, diagnose, layers, learning_curve, losses, optimizers, split, validation_curve
from leadline.adapters import Foreign, unwrap, wrap
from leadline.data.datasets import digits
from leadline.develop.population import LAMBDAS
from leadline.errors import ArgumentError, NotBuiltError, ShapeError

keras = pytest.importorskip("keras")
nn = pytest.importorskip("flax.linen")
nnx = pytest.importorskip("flax.nnx")
eqx = pytest.importorskip("equinox")
if keras.backend.backend() != "jax":
    pytest.skip("Keras was loaded on another backend", allow_module_level=True)

# Keras hands its variables to NumPy in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

DATA = digits()
KEY = jax.random.key(7)


class LinenCNN(nn.Module):
    normalised: bool = False
    rate: float = 0.0

    @nn.compact
    def __call__(self, x, train):
        x = nn.Conv(4, (3, 3))(x)
        x = nn.BatchNorm(use_running_average=not train, momentum=0.8)(x) if self.normalised else x
        x = nn.max_pool(nn.relu(x), (2, 2), (2, 2))
        x = nn.Dropout(self.rate, deterministic=not train)(x)
        return nn.Dense(10)(x.reshape(len(x), -1))


class NnxCNN(nnx.Module):
    def __init__(self, rngs, normalised=False, rate=0.0):
        self.convolution = nnx.Conv(1, 4, (3, 3), rngs=rngs)
        self.normalisation = nnx.BatchNorm(4, momentum=0.8, rngs=rngs) if normalised else lambda x: x
        self.dropout = nnx.Dropout(rate, rngs=rngs)
        self.scores = nnx.Linear(64, 10, rngs=rngs)

    def __call__(self, x):
        x = nnx.max_pool(nnx.relu(self.normalisation(self.convolution(x))), (2, 2), (2, 2))
        return self.scores(self.dropout(x).reshape(len(x), -1))


def equinox_mlp(key):
    return eqx.nn.MLP(64, 10, 8, 1, key=key)


def equinox_cnn(key):
    first, second = jax.random.split(key)
    parts = [
        eqx.nn.Conv2d(1, 4, 3, padding=1, key=first),
        eqx.nn.MaxPool2d(2, 2),
        eqx.nn.Lambda(jax.nn.relu),
        eqx.nn.Lambda(jnp.ravel),
    ]
    return eqx.nn.Sequential([*parts, eqx.nn.Dropout(0.0), eqx.nn.Linear(64, 10, key=second)])


def keras_lstm():
    return keras.Sequential([keras.Input((8, 8)), keras.layers.LSTM(4), keras.layers.Dense(10)])


def keras_attention():
    tokens = keras.Input((8, 8))
    seen = keras.layers.MultiHeadAttention(1, 4)(keras.layers.LayerNormalization()(tokens), tokens)
    hidden = keras.layers.Dropout(0.1)(keras.layers.Add()([tokens, seen]))
    return keras.Model(tokens, keras.layers.Dense(10)(keras.layers.GlobalAveragePooling1D()(hidden)))


def pair():
    def init(key, x):
        first, second = jax.random.split(key)
        return {"kernel": 0.1 * jax.random.normal(first, (x.shape[1], 8)), "out": 0.1 * jax.random.normal(second, (8, 10))}

    return init, lambda params, x: jnp.tanh(x @ params["kernel"]) @ params["out"]


class Network(NamedTuple):
    """How one is made, what `wrap` is told, and whether its remedies are run too, which are the same for all."""

    make: Any
    shape: tuple[int, ...]
    options: Any = lambda: {}
    has_arrays: bool = True
    remedies: bool = False


NETWORKS = {
    "Keras LSTM": Network(keras_lstm, (8, 8), remedies=True),
    "Keras attention": Network(keras_attention, (8, 8)),
    "linen CNN": Network(lambda: LinenCNN(normalised=True, rate=0.1), (8, 8, 1), has_arrays=False),
    "nnx CNN": Network(
        lambda: NnxCNN(nnx.Rngs(0), normalised=True, rate=0.1),
        (8, 8, 1),
        lambda: {"make": lambda rngs: NnxCNN(rngs, normalised=True, rate=0.1)},
    ),
    "Equinox MLP": Network(lambda: equinox_mlp(KEY), (64,), lambda: {"make": equinox_mlp}),
    "pair": Network(pair, (64,), has_arrays=False, remedies=True),
}
every_network = pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)


def compiled(model, optimizer=None):
    model.compile(optimizer or optimizers.Adam(1e-2), losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def wrapped(network, seed=0, **options):
    return compiled(wrap(network.make(), network.shape, seed=seed, **network.options(), **options))


def rows(network, count=100):
    return DATA.X[:count].reshape(-1, *network.shape), DATA.y[:count]


def begun(model, seed):
    (layer,) = model.layers
    return jax.tree.leaves(layer.init(jax.random.key(seed), layer.weights.input_shape)[0])


# --- the same curve as a loop written by hand in the framework's own words ------------------------------------------------------


class Loop(NamedTuple):
    """A wrapped network, and the same by hand.

    Attributes:
        network: What is wrapped.
        shape: Of one example.
        start: From what `unwrap` gives, its trained arrays and its other arrays.
        apply: The output in training and the other arrays after it, of these and a batch.
        predict: What the unwrapped network gives for a batch.
    """

    network: Any
    shape: tuple[int, ...]
    start: Any
    apply: Any
    predict: Any


def linen_loop(**options):
    module = LinenCNN(**options)

    def apply(params, other, x):
        return module.apply({"params": params, **other}, x, train=True, mutable=["batch_stats"], rngs={"dropout": KEY})

    others = lambda variables: {name: value for name, value in variables.items() if name != "params"}  # noqa: E731
    start = lambda variables: (variables["params"], others(variables))  # noqa: E731
    return Loop(module, (8, 8, 1), start, apply, lambda variables, x: module.apply(variables, x, train=False))


def nnx_loop(**options):
    module = NnxCNN(nnx.Rngs(0), **options)

    def apply(params, other, x):
        own = nnx.merge(nnx.graphdef(module), params, jax.tree.map(jnp.copy, other))  # changed here, not outside
        output = own(x)
        return output, nnx.split(own, nnx.Param, ...)[2]

    def predict(module, x):
        module.eval()
        return module(x)

    return Loop(module, (8, 8, 1), lambda module: nnx.split(module, nnx.Param, ...)[1:], apply, predict)


def equinox_loop(make, shape):
    module = make(KEY)
    start = lambda module: eqx.partition(module, eqx.is_inexact_array)  # noqa: E731

    def apply(params, other, x):
        return jax.vmap(lambda one: eqx.combine(params, other)(one, key=KEY))(x), other

    def predict(module, x):
        return jax.vmap(eqx.nn.inference_mode(module))(x)

    return Loop(module, shape, start, apply, predict)


def pair_loop():
    init, apply = pair()
    return Loop((init, apply), (64,), lambda params: (params, {}), lambda params, other, x: (apply(params, x), other), apply)


LOOPS = {
    "linen, BatchNorm and Dropout(0)": lambda: linen_loop(normalised=True),
    "nnx, BatchNorm and Dropout(0)": lambda: nnx_loop(normalised=True),
    "Equinox MLP": lambda: equinox_loop(equinox_mlp, (64,)),
    "Equinox CNN": lambda: equinox_loop(equinox_cnn, (1, 8, 8)),
    "pair": lambda: pair_loop(),
}


def by_hand(loop, unwrapped, optimizer, X, y, epochs, batch):
    """Mean losses of the epochs."""
    params, other = loop.start(unwrapped)
    memory = optimizer.init(params)

    def objective(params, other, x, y):
        output, other = loop.apply(params, other, x)
        return optax.softmax_cross_entropy_with_integer_labels(output, y).mean(), other

    step = eqx.filter_jit(eqx.filter_value_and_grad(objective, has_aux=True))
    records = []
    for _ in range(epochs):
        total = 0.0
        for first in range(0, len(X), batch):
            x = X[first : first + batch]
            (loss, other), gradients = step(params, other, x, y[first : first + batch])
            updates, memory = optimizer.update(gradients, memory, params)
            params, total = optax.apply_updates(params, updates), total + len(x) * float(loss)
        records.append(total / len(X))
    return records


@pytest.mark.parametrize("make", LOOPS.values(), ids=LOOPS)
def test_the_curve_is_that_of_a_loop_by_hand(make):
    loop = make()
    X, y = DATA.X[:150].reshape(-1, *loop.shape), DATA.y[:150]  # in batches of 32 the last one has 22
    model = compiled(wrap(loop.network, loop.shape), optax.adam(1e-2))
    expected = by_hand(loop, unwrap(model), optax.adam(1e-2), X, y, epochs=3, batch=32)
    got = model.fit(X, y, epochs=3, batch_size=32, shuffle=False, verbose=0).history["loss"]
    np.testing.assert_allclose(got, expected, rtol=1e-4)
    assert got[-1] < 0.95 * got[0]
    outputs = np.array(loop.predict(unwrap(model), X))
    np.testing.assert_allclose(model.predict(X), outputs, rtol=1e-4, atol=1e-5)
    cost = optax.softmax_cross_entropy_with_integer_labels(outputs, y).mean()
    np.testing.assert_allclose(model.evaluate(X, y), cost, rtol=1e-5)


# --- what a model can do --------------------------------------------------------------------------------------------------------


@every_network
def test_it_is_diagnosed_and_its_curves_are_drawn(network):
    model, data = wrapped(network), split(*rows(network, 107))  # 64 of them train, in two batches
    found = diagnose(model, data, epochs=1, seeds=2, remedies=network.remedies)
    assert found.verdict
    assert bool(found.remedies) == network.remedies
    assert np.isfinite(found.lambdas.J_cv).all()
    assert all(len(set(of_seed)) == len(LAMBDAS) for of_seed in found.lambdas.J_train.T)  # each λ makes a difference
    more = range(11, 11 + len(found.learning.sizes))  # as many members as in the diagnosis are the same compiled program
    curve = validation_curve(model, data, "l2", [*LAMBDAS, *more], epochs=1, seeds=2)
    np.testing.assert_allclose(curve.J_train[: len(LAMBDAS)], found.lambdas.J_train, rtol=1e-5)
    curve = learning_curve(model, data, found.learning.sizes, metric=found.learning.metric, epochs=1, seeds=2)
    np.testing.assert_allclose(curve.J_cv, found.learning.J_cv, atol=0.05)  # one of the 22 examples of cv


@every_network
def test_trainings_of_different_seeds_begin_with_different_arrays(network):
    model = wrapped(network)
    first, again, other = begun(model, 0), begun(model, 0), begun(model, 1)
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((a != b).any() for a, b in zip(first, other, strict=True))


@every_network
def test_pretrained_ones_begin_with_the_arrays_that_there_are(network):
    if not network.has_arrays:
        with pytest.raises(ArgumentError, match="pretrained=True needs a network that has arrays"):
            wrapped(network, pretrained=True)
        return
    model = wrapped(network, pretrained=True)
    own = jax.tree.leaves(model.layers[0].weights.params)
    for seed in (0, 1):
        assert all((a == b).all() for a, b in zip(begun(model, seed), own, strict=True))


@every_network
def test_its_weights_are_got_and_set(network):
    model, other = wrapped(network), wrapped(network, seed=1)
    X, _ = rows(network, 32)
    model.set_weights([1.1 * array for array in model.get_weights()])
    before = other.predict(X)
    other.set_weights(model.get_weights())
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    assert (other.predict(X) != before).any()
    assert model.count_params() == sum(array.size for array in model.get_weights())
    with pytest.raises(ArgumentError, match="arrays, and got"):
        other.set_weights(model.get_weights()[1:])
    with pytest.raises(ShapeError, match="has shape"):
        model.layers[0].set_weights([np.zeros((1, 2, 3))] * len(model.get_weights()))


@every_network
def test_it_stands_in_a_larger_model_and_can_be_frozen(network):
    inner = wrapped(network)
    x = Input(network.shape)
    model = compiled(Model(x, layers.Dense(10)(layers.Dense(6, "relu")(inner(x)))))
    (name,) = (name for name, layer in zip(model.layer_names, model.layers, strict=True) if isinstance(layer, Foreign))
    X, y = rows(network, 32)
    before = inner.get_weights()
    model.freeze(name)
    costs = model.fit(X, y, epochs=3, verbose=0, shuffle=False).history["loss"]
    assert costs[-1] < costs[0]
    for a, b in zip(before, inner.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    model.unfreeze(name)
    assert model.get_layer(name).trainable
    np.testing.assert_array_equal(np.ravel(jax.tree.leaves(unwrap(model))[0]), np.ravel(jax.tree.leaves(unwrap(inner))[0]))


# --- what cannot be wrapped -----------------------------------------------------------------------------------------------------

matmul = lambda kernel, x: x @ kernel  # noqa: E731
ones = lambda key, x: jnp.ones((x.shape[1], 3))  # noqa: E731
REFUSED = {
    "a number": (lambda: 3, {}, ArgumentError, "wrap takes a Keras model, a Flax nnx or linen module.* Got a builtins int"),
    "a class of a network": (lambda: LinenCNN, {}, ArgumentError, "wrap takes"),
    "no shape": (lambda: equinox_mlp(KEY), {}, ArgumentError, r"not known. Write wrap\(…, input_shape=\(…\)\)"),
    "no shape of that kind": (lambda: (ones, matmul), {"input_shape": (0,)}, ArgumentError, "positive whole numbers"),
    "another shape": (lambda: equinox_mlp(KEY), {"input_shape": (63,)}, ShapeError, r"\(63,\), and wants what the wrapped"),
    "several outputs": (lambda: (ones, lambda k, x: (x, x)), {"input_shape": (3,)}, ArgumentError, "several outputs.*tuple"),
    "no output for each example": (
        lambda: (ones, lambda kernel, x: kernel.T @ x.T),
        {"input_shape": (3,)},
        ArgumentError,
        r"gives an array of shape \(3, 2\) for a batch of 2",
    ),
    "make for a pair": (lambda: (ones, matmul), {"input_shape": (3,), "make": 3}, ArgumentError, "make is for Keras"),
    "make for linen": (lambda: LinenCNN(), {"input_shape": (8, 8, 1), "make": 3}, ArgumentError, "make is for Keras"),
}


@pytest.mark.parametrize(("make", "options", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_wrapped(make, options, error, message):
    with pytest.raises(error, match=message):
        wrap(make(), **options)


def test_what_cannot_be_unwrapped():
    with pytest.raises(ArgumentError, match="'mine' holds no wrapped network"):
        unwrap(Model(x := Input((3,)), layers.Dense(2)(x), name="mine"))
    with pytest.raises(NotBuiltError, match="no weights yet"):
        Foreign(wrap((ones, matmul), (3,)).layers[0].adapter).unwrapped()
