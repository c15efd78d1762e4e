"""A network with its arrays: whose they are, what a call gives, what is frozen, and learning that is carried over."""

import numpy as np
import pytest
from sklearn.datasets import load_digits

import leadline as ll
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.layers import Add, BatchNormalization, Concatenate, Dense, Dropout, Input
from leadline.layers.symbol import Symbol

X = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
Y = X @ np.array([[1.0], [-2.0], [0.5]], np.float32)


def same(first, second):
    for own, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(own, other)


def two():
    first, second = Input((3,), name="a"), Input((3,), name="b")
    return ll.Model(
        [first, second], [Dense(1, name="sum")(Add()([first, second])), Dense(2, name="both")(Concatenate()([first, second]))]
    )


def deep(**options):
    x = Input((3,))
    h = Dense(4, "tanh", name="low", kernel_regularizer="l2")(x)
    h = BatchNormalization(name="norm", momentum=0.5)(h)
    model = ll.Model(x, Dense(1, name="high")(h), **options)
    model.compile("sgd", "mse")
    return model


def fit(model, epochs=2, **options):
    return model.fit(X, Y, batch_size=4, epochs=epochs, verbose=0, **options).history


# --- calls ------------------------------------------------------------------------------------------------------------------


def test_called_on_batches():
    model = two()
    outputs = model([X, 2 * X])
    assert isinstance(outputs, list)
    assert [output.shape for output in outputs] == [(7, 1), (7, 2)]
    for called, predicted in zip(outputs, model.predict({"b": 2 * X, "a": X}), strict=True):
        np.testing.assert_allclose(called, predicted, rtol=1e-5, atol=1e-6)


def test_called_on_symbols_it_is_a_part_with_the_same_weights():
    part, x = two(), Input((3,))
    outputs = part([x, Dense(3, name="front")(x)])
    assert all(isinstance(output, Symbol) for output in outputs)
    whole = ll.Model(x, outputs)
    assert set(whole.layer_names) == {"front", "add", "sum", "concatenate", "both"}
    assert whole.get_layer("sum") is part.get_layer("sum")
    front = whole.get_layer("front")(X)
    for own, other in zip(whole(X), part([X, front]), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-6)
    whole.compile("sgd", "mse")
    before = part([X, X])[0]
    whole.fit(X, [Y, np.hstack([Y, Y])], verbose=0)
    assert (part([X, X])[0] != before).any()


def test_a_list_of_one_is_that_one():
    x = Input((3,))
    output = Dense(1)(x)
    model = ll.Model([x], [output])
    assert model.predict(X).shape == (7, 1)
    assert model.network == ll.Model(x, output).network
    model.compile("sgd", "mse", metrics=["mae"])
    assert set(fit(model)) == {"cost", "penalty", "loss", "mae"}


def test_a_call_in_training_moves_the_statistics():
    model = deep()
    before = model.get_weights()
    model(X)
    same(model.get_weights(), before)
    model(X, training=True)
    changed = [bool((own != old).any()) for own, old in zip(model.get_weights(), before, strict=True)]
    assert changed == [False, False, False, False, True, True, False, False]


# --- freezing ---------------------------------------------------------------------------------------------------------------


def test_what_is_frozen_stays_to_the_bit():
    model = deep()
    model.freeze("low", "norm")
    assert [layer.trainable for layer in model.layers] == [False, False, True]
    assert not model.trainable
    before = model.get_weights()
    history = fit(model)
    same(model.get_weights()[:6], before[:6])
    assert (model.get_weights()[6] != before[6]).all()
    assert history["penalty"] == [0.0, 0.0]  # what cannot change pays nothing
    model.unfreeze("low", "norm")
    assert model.trainable
    history = fit(model)
    assert all((own != old).any() for own, old in zip(model.get_weights(), before, strict=True))
    assert min(history["penalty"]) > 0


def test_everything_frozen():
    model = deep()
    model.trainable = False
    before = model.get_weights()
    history = fit(model, epochs=3)
    same(model.get_weights(), before)
    assert history["loss"] == [pytest.approx(history["loss"][0], rel=1e-5)] * 3
    model.trainable = True
    assert model.trainable
    assert np.ptp(fit(model)["loss"]) > 0.01


def test_a_frozen_normalisation_works_as_in_prediction():
    model = deep()
    model.freeze("norm")
    model.set_weights([array + 0.5 for array in model.get_weights()])
    np.testing.assert_allclose(model(X, training=True), model(X), rtol=1e-6)
    model.unfreeze("norm")
    assert (abs(model(X, training=True) - model(X)) > 1e-3).any()


def test_freezing_begins_the_optimizer_anew():
    first, second = deep(), deep()
    for model in (first, second):
        model.compile(ll.optimizers.SGD(0.01, momentum=0.9), "mse")
        fit(model)
    first.freeze("low")
    first.unfreeze("low")
    second.compile(ll.optimizers.SGD(0.01, momentum=0.9), "mse")
    assert fit(first) == fit(second)


def test_a_layer_that_is_frozen_here_is_free_elsewhere():
    shared = Dense(4, name="shared")
    first, second = (ll.Sequential([Input((3,)), shared, Dense(1)]) for _ in range(2))
    first.freeze("shared")
    assert shared.trainable
    second.compile("sgd", "mse")
    before = first.get_layer("shared").get_weights()
    fit(second)
    after = first.get_layer("shared").get_weights()
    assert (after[0] != before[0]).any()
    same(after, shared.get_weights())


def test_freezing_before_it_is_built():
    model = ll.Sequential([Dense(4, name="low"), Dropout(0.1), Dense(1)])
    model.freeze("low")
    model.compile("sgd", "mse")
    fit(model)
    low = model.get_layer("low").get_weights()
    fit(model)
    same(model.get_layer("low").get_weights(), low)


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: deep().freeze("nope"), ArgumentError, "Model 'model' has no layer 'nope'. It has: low, norm, high"),
        (lambda: deep().freeze("low", "nope"), ArgumentError, "has no layer 'nope'"),
        (lambda: deep().unfreeze("nope"), ArgumentError, "has no layer 'nope'"),
        (
            lambda: deep().freeze(),
            ArgumentError,
            "Name the layers to freeze or free, or set 'trainable' for all: low, norm, high",
        ),
        (lambda: two()(X), ShapeError, r"takes examples of shape \(\(3,\), \(3,\)\). Got \(3,\)"),
        (lambda: two()([X, X, X]), ShapeError, r"Got \(\(3,\), \(3,\), \(3,\)\)"),
        (lambda: two()([X, X[:, :2]]), ShapeError, r"Got \(\(3,\), \(2,\)\)"),
        (lambda: two()(Input((3,))), ShapeError, r"takes examples of shape \(\(3,\), \(3,\)\). Got \(3,\)"),
        (lambda: deep()(Input((4,))), ShapeError, r"Model 'model' takes examples of shape \(3,\). Got \(4,\)"),
        (lambda: deep()([Input((3,)), Input((3,))]), ShapeError, r"takes examples of shape \(3,\). Got \(\(3,\), \(3,\)\)"),
        (lambda: two()([Input((3,)), X]), ArgumentError, "symbols and a ndarray together"),
        (lambda: deep()(X[0]), ShapeError, r"wants a batch: one row per example. Write x\[None, :\]"),
        (lambda: ll.Model().trainable, NotBuiltError, "does not know the shape of its input yet"),
        (lambda: deep(seed=1.5), ArgumentError, "'seed' must be a whole number of at least 0. Got 1.5"),
    ],
)
def test_refusals(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_a_refused_freeze_freezes_nothing():
    model = deep()
    with pytest.raises(ArgumentError):
        model.freeze("low", "nope")
    assert model.trainable


# --- transfer -----------------------------------------------------------------------------------------------------------------


def test_what_was_learned_on_some_digits_serves_for_others():
    pixels, labels = load_digits(return_X_y=True)
    pixels = (pixels / 16).astype(np.float32)
    old, new = labels < 5, labels >= 5
    options = {"batch_size": 32, "verbose": 0}
    base = ll.Sequential([Input((64,)), Dense(32, "relu"), BatchNormalization(), Dense(16, "relu"), Dense(5)], seed=1)
    loss = ll.losses.SparseCategoricalCrossentropy(from_logits=True)
    base.compile(ll.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    assert base.fit(pixels[old], labels[old], epochs=6, **options).history["accuracy"][-1] > 0.95

    x = h = Input((64,))
    for layer in base.layers[:-1]:
        h = layer(h)
    model = ll.Model(x, Dense(5, name="head")(h), seed=2)
    body, learned = [name for name in model.layer_names if name != "head"], base.get_weights()
    model.freeze(*body)
    model.compile(ll.optimizers.Adam(0.01), loss, metrics=["accuracy"])
    begin = model.evaluate(pixels[new], labels[new] - 5, return_dict=True)
    frozen = model.fit(pixels[new], labels[new] - 5, epochs=8, **options).history
    assert frozen["accuracy"][-1] > 0.75 > begin["accuracy"] + 0.2
    same(base.get_weights(), learned)
    same(model.get_weights()[:-2], learned[:-2])

    model.unfreeze(*body)
    model.compile(ll.optimizers.Adam(0.003), loss, metrics=["accuracy"])
    tuned = model.fit(pixels[new], labels[new] - 5, epochs=4, **options).history
    assert tuned["loss"][-1] < frozen["loss"][-1]
    assert all((own != old).any() for own, old in zip(model.get_weights()[:-2], learned[:-2], strict=True))
    same(base.get_weights()[:-2], model.get_weights()[:-2])  # the layers are the base's
