"""Keras models through the door beside Keras's own training: the same curve, the same numbers after."""

import os
import random
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import numpy as np
import pytest

from leadline import losses, optimizers
from leadline.adapters import unwrap, wrap
from leadline.data.datasets import digits
from leadline.errors import ArgumentError, NotBuiltError, ShapeError

keras = pytest.importorskip("keras")
if keras.backend.backend() != "jax":
    pytest.skip("Keras was loaded on another backend", allow_module_level=True)

# Keras hands its variables to NumPy in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

ROWS, BATCH = 150, 32  # the last batch has 22
X = digits().X[:ROWS].reshape(-1, 8, 8)
Y = digits().y[:ROWS]
LAYERS = keras.layers


def lstm(**options):
    return keras.Sequential([keras.Input((8, 8)), LAYERS.LSTM(8, **options), LAYERS.Dense(10)])


def attention(rate=0.0):
    tokens = keras.Input((8, 8))
    seen = LAYERS.MultiHeadAttention(2, 4, dropout=rate)(LAYERS.LayerNormalization()(tokens), tokens)
    hidden = LAYERS.LayerNormalization()(LAYERS.Add()([tokens, LAYERS.Dropout(rate)(seen)]))
    return keras.Model(tokens, LAYERS.Dense(10)(LAYERS.GlobalAveragePooling1D()(hidden)))


def normalised():
    images = keras.Input((8, 8))
    hidden = LAYERS.Conv2D(4, 3, padding="same", use_bias=False)(LAYERS.Reshape((8, 8, 1))(images))
    hidden = LAYERS.MaxPooling2D()(LAYERS.ReLU()(LAYERS.BatchNormalization(momentum=0.8)(hidden)))
    return keras.Model(images, LAYERS.Dense(10)(LAYERS.Flatten()(hidden)))


class OfOnesOwn(keras.Model):
    """A class whose `call` knows nothing of training."""

    def __init__(self):
        super().__init__()
        self.inner = keras.Sequential([LAYERS.Flatten(), LAYERS.Dense(10)])

    def build(self, input_shape):
        self.inner.build(input_shape)

    def call(self, x):
        return self.inner(x)


def written():
    model = OfOnesOwn()
    model.build((None, 8, 8))
    return model


def dense(rate=0.0, **options):
    layers = [LAYERS.Flatten(), LAYERS.Dropout(rate), LAYERS.Dense(10, **options)]
    return keras.Sequential([keras.Input((8, 8)), *layers])


class Case(NamedTuple):
    """A network, and the optimizer in both libraries' words."""

    make: Any
    optimizer: Any = lambda api: api.optimizers.Adam(1e-2)


CASES = {
    "LSTM": Case(lambda: lstm(kernel_regularizer="l2", recurrent_regularizer="l1", bias_regularizer="l2")),
    "attention": Case(attention),
    "convolution and BatchNormalization": Case(normalised, lambda api: api.optimizers.SGD(0.05, momentum=0.9)),
    "constraints": Case(lambda: dense(kernel_constraint=keras.constraints.MaxNorm(0.5), bias_constraint="non_neg")),
    "a class of one's own": Case(written),
}


def compiled(model, optimizer=None):
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer or optimizers.Adam(1e-2), loss, metrics=["accuracy"])
    return model


def wrapped(model, case=CASES["attention"], shape=(8, 8), **options):
    import leadline

    return compiled(wrap(model, shape, **options), case.optimizer(leadline))


def arrays(model):
    return [np.array(array) for array in model.get_weights()]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_curve_is_that_of_keras(case):
    model = case.make()
    ours = wrapped(model, case)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(case.optimizer(keras), loss, metrics=["accuracy"])
    settings = {"batch_size": BATCH, "epochs": 3, "shuffle": False, "verbose": 0}
    got = ours.fit(X, Y, **settings).history
    expected = model.fit(X, Y, **settings).history
    np.testing.assert_allclose(got["loss"], expected["loss"], rtol=1e-4)
    np.testing.assert_allclose(got["accuracy"], expected["accuracy"], rtol=1e-5)
    measured, predicted = ours.evaluate(X, Y), ours.predict(X)
    assert unwrap(ours) is model
    np.testing.assert_allclose(model.evaluate(X, Y, verbose=0), measured, rtol=1e-5)
    np.testing.assert_allclose(model.predict(X, verbose=0), predicted, rtol=1e-4, atol=1e-5)


def test_keras_may_train_on_after_it_and_leaves_the_wrapped_arrays():
    ours = wrapped(dense())
    before, model = ours.predict(X), unwrap(ours)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(X, Y, epochs=1, verbose=0)
    np.testing.assert_array_equal(ours.predict(X), before)


def test_what_dropout_draws_depends_on_the_seed_of_the_model_alone():
    def trained(seed):
        keras.utils.set_random_seed(1)
        model = wrapped(dense(0.3), seed=seed)
        return model.fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0).history["loss"]

    keras.utils.set_random_seed(1)
    still = wrapped(dense()).fit(X, Y, batch_size=BATCH, shuffle=False, verbose=0).history["loss"]
    assert trained(0) == trained(0) != trained(1)
    assert abs(trained(0)[0] - still[0]) > 1e-4


def test_the_penalty_is_that_of_the_models_own_regularizers():
    model = lstm(kernel_regularizer="l2", bias_regularizer=keras.regularizers.L1(0.1))
    np.testing.assert_allclose(wrapped(model).evaluate(X, Y, return_dict=True)["penalty"], sum(model.losses), rtol=1e-6)


def test_a_lambda_stands_for_the_models_own_regularizers_on_every_kernel_and_no_bias():
    from leadline.regularizers import L2

    tokens = keras.Input((8, 8))
    model = keras.Model(tokens, LAYERS.GRU(10, kernel_regularizer="l2")(LAYERS.MultiHeadAttention(2, 4)(tokens, tokens)))
    ours = wrapped(model)
    (layer,) = ours.layers
    assert layer.kernel_regularizers["kernel_regularizer"] is not None
    kernels = [variable.value for variable in model.trainable_variables if "kernel" in variable.name]
    biases = [variable for variable in model.trainable_variables if variable.name == "bias"]
    assert max(len(bias.shape) for bias in biases) == 2
    params = layer.weights.params
    expected = 0.5 * sum(float((kernel**2).sum()) for kernel in kernels)
    np.testing.assert_allclose(layer.replace(kernel_regularizer=L2(0.5)).penalty(params), expected, rtol=1e-5)
    assert float(layer.penalty(params)) != pytest.approx(expected)


def test_a_frozen_layer_of_the_model_stays():
    model = lstm()
    model.layers[0].trainable = False
    ours, before = wrapped(model), arrays(model.layers[0])
    ours.fit(X, Y, verbose=0)
    unwrap(ours)
    for old, new in zip(before, arrays(model.layers[0]), strict=True):
        np.testing.assert_array_equal(old, new)


def begun(model, seed, **options):
    params, _ = wrapped(model, **options).layers[0].init(jax.random.key(seed), (8, 8))
    return [np.array(leaf) for leaf in jax.tree.leaves(params)]


def test_a_population_begins_anew_by_cloning():
    model = attention(0.1)
    own, first, again, other = arrays(model), begun(model, 0), begun(model, 0), begun(model, 1)
    for a, b in zip(first, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert any((a != b).any() for a, b in zip(first, other, strict=True))
    for a, b in zip(own, arrays(model), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_population_begins_anew_by_what_make_gives():
    def make(seed):
        return dense(bias_initializer=keras.initializers.Constant(seed % 1000))

    first, second = (begun(dense(), seed, make=make)[-1] for seed in (0, 1))
    assert len(set(first)) == len(set(second)) == 1
    assert first[0] != second[0]
    with pytest.raises(ArgumentError, match="other arrays"):
        begun(dense(), 0, make=lambda seed: lstm())


def test_pretrained_begins_with_the_arrays_of_the_model():
    model = dense()
    model.set_weights([array + 1 for array in arrays(model)])
    own = [np.array(variable.value) for variable in model.trainable_variables]
    for seed in (0, 1):
        for a, b in zip(begun(model, seed, pretrained=True), own, strict=True):
            np.testing.assert_array_equal(a, b)


def test_pythons_random_numbers_go_on_as_they_were():
    model = dense()
    random.seed(3)
    expected = [random.random() for _ in range(2)]
    random.seed(3)
    got = [random.random()]
    begun(model, 5)
    assert [*got, random.random()] == expected

    def fails(seed):
        raise RuntimeError("not today")

    random.seed(3)
    with pytest.raises(RuntimeError, match="not today"):
        begun(model, 5, make=fails)
    assert random.random() == expected[0]


def test_an_embedding_reads_numbers_of_words():
    words = np.random.default_rng(0).integers(0, 20, (ROWS, 5))
    model = keras.Sequential([keras.Input((5,), dtype="int32"), LAYERS.Embedding(20, 3), LAYERS.Flatten(), LAYERS.Dense(10)])
    np.testing.assert_allclose(wrap(model).predict(words), model.predict(words, verbose=0), rtol=1e-5, atol=1e-6)


def two_outputs():
    x = keras.Input((8, 8))
    return keras.Model(x, [LAYERS.Flatten()(x), LAYERS.GlobalMaxPooling1D()(x)])


def two_inputs():
    first, second = keras.Input((8,)), keras.Input((8,))
    return keras.Model([first, second], LAYERS.Add()([first, second]))


REFUSED = {
    "unbuilt": (lambda: keras.Sequential([LAYERS.Dense(3)]), None, NotBuiltError, "no weights yet. Call build"),
    "an unknown axis": (lambda: keras.Sequential([keras.Input((None, 8)), LAYERS.LSTM(3)]), None, ArgumentError, "input_shape="),
    "another shape": (lstm, (8, 9), ShapeError, r"\(8, 9\).*It says: TypeError: Exception .* dot_general requires"),
    "several outputs": (two_outputs, None, ArgumentError, "gives several outputs"),
    "several inputs": (two_inputs, None, ArgumentError, "2 inputs"),
    "a loss of its own": (lambda: lstm(activity_regularizer="l2"), None, ArgumentError, "activity_regularizer"),
    "a layer": (lambda: LAYERS.Dense(3), (8,), ArgumentError, "Got a keras Dense"),
}


@pytest.mark.parametrize(("make", "shape", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_wrapped(make, shape, error, message):
    with pytest.raises(error, match=message):
        wrap(make(), shape)


def test_the_backend_must_be_jax(monkeypatch):
    model = lstm()
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ArgumentError, match="'torch', and a wrapped model needs 'jax'. Set KERAS_BACKEND=jax"):
        wrap(model)


def test_a_time_axis_of_another_length_is_read_with_the_same_arrays():
    model = keras.Sequential([keras.Input((None, 8)), LAYERS.LSTM(4)])
    (layer,) = wrap(model, (8, 8)).layers
    np.testing.assert_allclose(layer(X[:, :5]), model.predict(X[:, :5], verbose=0), rtol=1e-4, atol=1e-6)
    with pytest.raises(ShapeError, match="was built for inputs of shape"):
        layer(X[:, :, :5])
