"""A fit of leadline beside the same fit of Keras on JAX: the same records, the same weights, the same decisions.

Both are written by the same code, `api` being one or the other: the names are the same.
"""

import os
from types import MappingProxyType, SimpleNamespace
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import leadline as ll

keras = pytest.importorskip("keras")
if keras.backend.backend() != "jax":
    pytest.skip("Keras was loaded on another backend", allow_module_level=True)

# Keras hands its variables to NumPy in a way that NumPy 2 warns of.
pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.usefixtures("optimised"),
]

RNG = np.random.default_rng(0)
ROWS, FEATURES = 22, 5
X = RNG.normal(size=(ROWS, FEATURES)).astype(np.float32)
SIGNAL = X @ RNG.normal(size=(FEATURES, 3)) + 0.3 * RNG.normal(size=(ROWS, 3))
CLASSES = SIGNAL.argmax(axis=1)
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]
BITS = (SIGNAL[:, 0] > 0).astype(np.float32)
NUMBERS = SIGNAL[:, 0].astype(np.float32)
WEIGHTS = RNG.uniform(0, 2, ROWS).astype(np.float32)
TRAIN, HELD_OUT = slice(0, 17), slice(17, ROWS)  # in batches of 5 the last one of a training has 2
TOLERANCE = 1e-5


class Case(NamedTuple):
    """What is trained: the last layer, the targets, and what `compile`, the first layer and `fit` are given beside them."""

    units: int
    activation: str | None
    y: np.ndarray
    compiled: Any  # of an api
    hidden: Any = lambda api: {}
    fit: Any = MappingProxyType({})
    weighted: bool = False
    tolerance: float = TOLERANCE


def sigmoid(optimizer, measured=lambda api: ["accuracy"], **options):
    compiled = lambda api: {"optimizer": optimizer(api), "loss": "binary_crossentropy", "metrics": measured(api)}  # noqa: E731
    return Case(1, "sigmoid", BITS, compiled, **options)


def number(loss, optimizer, measured=("mae", "mse"), y=NUMBERS, **options):
    compiled = lambda api: {"optimizer": optimizer(api), "loss": loss(api), "metrics": list(measured)}  # noqa: E731
    return Case(y.size // ROWS, None, y, compiled, **options)


def classes(activation, loss, optimizer, y=CLASSES, **options):
    compiled = lambda api: {"optimizer": optimizer(api), "loss": loss(api), "metrics": ["accuracy"]}  # noqa: E731
    return Case(3, activation, y, compiled, **options)


def sgd(**options):
    return lambda api: api.optimizers.SGD(0.1, **options)


def adam(**options):
    return lambda api: api.optimizers.Adam(0.02, **options)


mse = lambda api: api.losses.MeanSquaredError()  # noqa: E731
sparse = lambda api: api.losses.SparseCategoricalCrossentropy(from_logits=True)  # noqa: E731
CASES = {
    "bce, SGD": sigmoid(sgd(), lambda api: ["accuracy", api.metrics.AUC(name="auc")]),
    "bce, RMSprop, class weights": sigmoid(
        lambda api: api.optimizers.RMSprop(0.01),
        lambda api: [api.metrics.Precision(name="precision"), api.metrics.Recall(name="recall")],
        fit={"class_weight": {0: 0.5, 1: 2.0}},
    ),
    "bce of logits, momentum, sample weights": Case(
        1,
        None,
        BITS,
        lambda api: {
            "optimizer": api.optimizers.SGD(0.1, momentum=0.9),
            "loss": api.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
            "metrics": [api.metrics.BinaryAccuracy(threshold=0.0)],
        },
        weighted=True,
    ),
    "sparse, softmax, nesterov": classes(
        "softmax", lambda api: "sparse_categorical_crossentropy", sgd(momentum=0.9, nesterov=True)
    ),
    "sparse of logits, Adam, L2": classes(
        None, sparse, adam(), hidden=lambda api: {"kernel_regularizer": api.regularizers.L2(0.01)}
    ),
    "sparse of logits, AMSGrad, class weights": classes(None, sparse, adam(amsgrad=True), fit={"class_weight": {0: 3.0, 2: 0.0}}),
    "sparse of logits, a class ignored": classes(
        None, lambda api: api.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1), sgd()
    ),
    "one-hot, softmax, RMSprop centered": classes(
        "softmax",
        lambda api: "categorical_crossentropy",
        lambda api: api.optimizers.RMSprop(0.01, momentum=0.5, centered=True),
        y=ONE_HOT,
    ),
    "one-hot of logits, AdamW, class weights": classes(
        None,
        lambda api: api.losses.CategoricalCrossentropy(from_logits=True),
        lambda api: api.optimizers.AdamW(0.02, weight_decay=0.1),
        y=ONE_HOT,
        fit={"class_weight": {0: 0.5, 1: 2.0, 2: 1.0}},
    ),
    "squared error, SGD, all regularizers": number(
        mse,
        lambda api: api.optimizers.SGD(0.02),
        hidden=lambda api: {
            "kernel_regularizer": api.regularizers.L1L2(0.001, 0.002),
            "bias_regularizer": api.regularizers.L1(0.01),
            "bias_initializer": "ones",  # at 0 the slope of L1 is 0 here, and 1 in Keras on JAX
        },
    ),
    "squared error, a schedule, sample weights": number(
        mse, lambda api: api.optimizers.SGD(api.optimizers.schedules.ExponentialDecay(0.05, 3, 0.7)), weighted=True
    ),
    "squared error, the sum of a batch": number(
        lambda api: api.losses.MeanSquaredError(reduction="sum"), lambda api: api.optimizers.SGD(0.002)
    ),
    "squared error, mean by weight": number(
        lambda api: api.losses.MeanSquaredError(reduction="mean_with_sample_weight"), adam(), weighted=True
    ),
    "absolute error, Adam": number(lambda api: "mae", adam()),
    "Huber of two outputs, RMSprop with momentum": number(
        lambda api: api.losses.Huber(0.5),
        lambda api: api.optimizers.RMSprop(0.01, momentum=0.9),
        measured=("mae",),
        y=SIGNAL[:, :2].astype(np.float32),
    ),
}


def model_of(api, units, activation, compiled, hidden=lambda api: {}):
    model = api.Sequential(
        [
            api.Input(shape=(FEATURES,)),
            api.layers.Dense(4, activation="tanh", **hidden(api)),
            api.layers.Dense(units, activation=activation),
        ]
    )
    model.compile(**compiled(api))
    return model


def pair(*options):
    """The same model of both, with the same weights."""
    own, theirs = model_of(ll, *options), model_of(keras, *options)
    theirs.set_weights(own.get_weights())
    return own, theirs


def close(own, theirs, tolerance=TOLERANCE):
    for mine, other in zip(own, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance * np.abs(other).max())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_fit(case):
    own, theirs = pair(case.units, case.activation, case.compiled, case.hidden)
    data = {"x": X[TRAIN], "y": case.y[TRAIN]} | ({"sample_weight": WEIGHTS[TRAIN]} if case.weighted else {})
    held_out = (X[HELD_OUT], case.y[HELD_OUT], *([WEIGHTS[HELD_OUT]] if case.weighted else []))
    options = {"batch_size": 5, "epochs": 3, "shuffle": False, "verbose": 0, "validation_data": held_out, **case.fit}
    histories = [model.fit(**data, **options).history for model in (own, theirs)]
    assert set(histories[0]) - {f"{before}{name}" for before in ("", "val_") for name in ("cost", "penalty")} == set(histories[1])
    for name, values in histories[1].items():
        np.testing.assert_allclose(histories[0][name], values, rtol=case.tolerance, atol=1e-7, err_msg=name)
    close(own.get_weights(), theirs.get_weights(), case.tolerance)


FITS = {
    "Adam": lambda api: {"optimizer": "adam", "loss": "mse"},
    "momentum, clipped": lambda api: {"optimizer": api.optimizers.SGD(0.05, momentum=0.9, clipnorm=0.5), "loss": "mse"},
    "accumulation over the end of an epoch": lambda api: {
        "optimizer": api.optimizers.Adam(0.02, gradient_accumulation_steps=3),
        "loss": "mse",
    },
}


@pytest.mark.parametrize("compiled", FITS.values(), ids=FITS)
def test_a_fit_after_a_fit(compiled):
    """The second goes on with what the optimizer remembers, from the weights that the first left.

    With an average of the weights Keras on JAX cannot go on: it would give one buffer away twice.
    """
    own, theirs = pair(1, None, compiled)
    for epochs, first in ((2, 0), (3, 2)):
        options = {"batch_size": 5, "epochs": epochs, "initial_epoch": first, "shuffle": False, "verbose": 0}
        histories = [model.fit(X[TRAIN], NUMBERS[TRAIN], **options) for model in (own, theirs)]
        assert histories[0].epoch == histories[1].epoch
        np.testing.assert_allclose(histories[0].history["loss"], histories[1].history["loss"], rtol=TOLERANCE)
        close(own.get_weights(), theirs.get_weights())


def test_the_best_weights_are_restored_in_place_of_the_average():
    compiled = lambda api: {"optimizer": api.optimizers.Adam(0.02, use_ema=True, ema_momentum=0.8), "loss": "mse"}  # noqa: E731
    own, theirs = pair(1, None, compiled)
    options = {"batch_size": 5, "epochs": 6, "shuffle": False, "verbose": 0, "validation_data": (X[HELD_OUT], NUMBERS[HELD_OUT])}
    for api, model in ((ll, own), (keras, theirs)):
        rising = api.callbacks.LearningRateScheduler(lambda epoch, rate: 0.02 if epoch < 2 else 0.5)
        stopping = api.callbacks.EarlyStopping(patience=1, restore_best_weights=True)
        model.fit(X[TRAIN], NUMBERS[TRAIN], callbacks=[rising, stopping], **options)
    close(own.get_weights(), theirs.get_weights(), 1e-4)


def test_evaluate_and_predict():
    case = CASES["sparse of logits, Adam, L2"]
    own, theirs = pair(case.units, case.activation, case.compiled, case.hidden)
    for weights in (None, WEIGHTS):
        measured = own.evaluate(X, CLASSES, 5, weights), theirs.evaluate(X, CLASSES, 5, sample_weight=weights, verbose=0)
        np.testing.assert_allclose(*measured, rtol=TOLERANCE)
    close([own.predict(X)], [theirs.predict(X, verbose=0)])


# --- callbacks in a training --------------------------------------------------------------------------------------------------

RATES = [0.02, 0.02, 0.02, 0.6, 0.6, 0.6, 0.02, 0.02]  # it gets better, then worse, then better
CALLBACKS = {
    "stopping and restoring": lambda api: [api.callbacks.EarlyStopping(patience=2, restore_best_weights=True)],
    "stopping by the training loss": lambda api: [api.callbacks.EarlyStopping("loss", patience=1, restore_best_weights=True)],
    "reducing": lambda api: [api.callbacks.ReduceLROnPlateau(factor=0.3, patience=1)],
    "reducing with cooldown": lambda api: [
        api.callbacks.ReduceLROnPlateau("loss", factor=0.5, patience=0, cooldown=1, min_lr=0.1)
    ],
    "both": lambda api: [
        api.callbacks.ReduceLROnPlateau(factor=0.1, patience=1),
        api.callbacks.EarlyStopping(patience=3, restore_best_weights=True),
    ],
}


@pytest.mark.parametrize("watched", CALLBACKS.values(), ids=CALLBACKS)
def test_callbacks_in_a_training(watched):
    compiled = lambda api: {"optimizer": api.optimizers.SGD(0.02), "loss": "mse"}  # noqa: E731
    own, theirs = pair(1, None, compiled)
    options = {"batch_size": 5, "epochs": len(RATES), "shuffle": False, "verbose": 0}
    options |= {"validation_data": (X[HELD_OUT], NUMBERS[HELD_OUT])}
    histories = []
    for api, model in ((ll, own), (keras, theirs)):
        scheduler = api.callbacks.LearningRateScheduler(lambda epoch, rate: RATES[epoch] if epoch in (0, 3, 6) else rate)
        made = model.fit(X[TRAIN], NUMBERS[TRAIN], callbacks=[scheduler, *watched(api)], **options)
        histories.append(made)
    assert histories[0].epoch == histories[1].epoch
    for name, values in histories[1].history.items():
        np.testing.assert_allclose(histories[0].history[name], values, rtol=1e-4, err_msg=name)  # rates of 0.6 amplify rounding
    close(own.get_weights(), theirs.get_weights(), 1e-4)


# --- callbacks on sequences of numbers ----------------------------------------------------------------------------------------


def decisions_of_keras(callback, values):
    """Where it stops, the rates it sets from 1 on, and the epoch whose weights it restores; the model's weights are its epoch."""
    model = SimpleNamespace(stop_training=False, optimizer=SimpleNamespace(learning_rate=1.0), weights=None, metrics=[])
    model.get_weights, model.set_weights = lambda: model.weights, lambda weights: setattr(model, "weights", weights)
    callback.set_model(model)
    callback.on_train_begin()
    rates = []
    for epoch, value in enumerate(values):
        model.weights = epoch
        callback.on_epoch_end(epoch, {callback.monitor: value})
        rates.append(float(model.optimizer.learning_rate))
        if model.stop_training:
            break
    callback.on_train_end()
    return epoch, rates, model.weights


def decisions_of_leadline(callback, values):
    memory, rate, rates, kept = callback.on_train_begin(len(values)).memory, 1.0, [], None
    for epoch, value in enumerate(values):
        made = callback.on_epoch_end(epoch, {callback.monitor: value, "learning_rate": rate}, memory)
        memory = memory if made.memory is None else made.memory
        rate = rate if made.learning_rate is None else made.learning_rate
        kept = epoch if made.keep else kept
        rates.append(rate)
        if made.stop:
            break
    end = callback.on_train_end({}, memory)
    return epoch, rates, kept if end is not None and end.restore and kept is not None else epoch


NUMBERS_WATCHED = st.lists(st.integers(0, 6).map(lambda number: number / 4), min_size=1, max_size=14)
PLATEAU = {"min_delta": st.sampled_from([0.0, 0.25, 0.3, -0.3]), "mode": st.sampled_from(["min", "max"])}
STOPPING = PLATEAU | {
    "patience": st.integers(0, 3),
    "baseline": st.sampled_from([None, 0.5, 1.0]),
    "restore_best_weights": st.booleans(),
    "start_from_epoch": st.integers(0, 3),
}
REDUCING = PLATEAU | {
    "patience": st.integers(0, 3),
    "factor": st.sampled_from([0.5, 0.1, 0.0]),
    "cooldown": st.integers(0, 3),
    "min_lr": st.sampled_from([0.0, 0.25]),
}


@pytest.mark.parametrize(("name", "options"), [("EarlyStopping", STOPPING), ("ReduceLROnPlateau", REDUCING)])
def test_decisions_on_any_sequence(name, options):
    @settings(max_examples=300, deadline=None, derandomize=True, database=None)
    @given(values=NUMBERS_WATCHED, chosen=st.fixed_dictionaries(options))
    def check(values, chosen):
        own, theirs = getattr(ll.callbacks, name)("val_loss", **chosen), getattr(keras.callbacks, name)("val_loss", **chosen)
        expected = decisions_of_keras(theirs, values)
        assert decisions_of_leadline(own, values) == expected

    check()
