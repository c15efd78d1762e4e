"""Models of inputs and outputs beside the same models of Keras on JAX: the order of weights, the records and weights of a fit.

Both are written by the same code, `api` being one or the other: the names are the same.
"""

import os
import random
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, NamedTuple

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

import leadline as ll

keras = pytest.importorskip("keras")
if keras.backend.backend() != "jax":
    pytest.skip("Keras was loaded on another backend", allow_module_level=True)

# Keras hands its variables to NumPy in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

RNG = np.random.default_rng(0)
ROWS, FEATURES = 18, 4
TRAIN, HELD_OUT = slice(0, 13), slice(13, ROWS)  # in batches of 5 the last one of a training has 3
X = RNG.normal(size=(ROWS, FEATURES)).astype(np.float32)
OTHER = RNG.normal(size=(ROWS, 3)).astype(np.float32)
THIRD = RNG.normal(size=(ROWS, FEATURES)).astype(np.float32)
IMAGES = RNG.normal(size=(ROWS, 6, 6, 1)).astype(np.float32)
NUMBERS = (X @ RNG.normal(size=(FEATURES, 1)) + 0.1 * RNG.normal(size=(ROWS, 1))).astype(np.float32)
BITS = (NUMBERS[:, 0] > 0).astype(np.float32)
CLASSES = np.argsort(OTHER, axis=1)[:, 0]
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]
WEIGHTS = RNG.uniform(0.2, 2, ROWS).astype(np.float32)
TOLERANCE = 1e-5


class Case(NamedTuple):
    """A model, what it is trained on, and what `compile` and `fit` are given."""

    model: Callable[[Any], Any]  # of an api
    x: Any
    y: Any
    compiled: Callable[[Any], dict[str, Any]]  # of an api
    fit: Any = MappingProxyType({})
    weighted: bool = False
    validated: bool = False
    tolerance: float = TOLERANCE


# --- models -------------------------------------------------------------------------------------------------------------------


def two(api):
    """Two inputs, two outputs."""
    first, second = api.Input((FEATURES,), name="first"), api.Input((3,), name="second")
    left = api.layers.Dense(5, "tanh", name="left")(first)
    both = api.layers.Concatenate(name="both")([left, api.layers.Dense(2, "sigmoid", name="right")(second)])
    price = api.layers.Dense(1, name="price")(both)
    return api.Model([first, second], [price, api.layers.Dense(3, "softmax", name="kind")(both)])


def two_of_one(api):
    """One input, two outputs."""
    x = api.Input((FEATURES,))
    hidden = api.layers.Dense(5, "tanh", name="hidden")(x)
    return api.Model(x, [api.layers.Dense(1, name="price")(hidden), api.layers.Dense(1, "sigmoid", name="flag")(hidden)])


def siamese(api):
    """The same layers for both inputs, then how far they are apart."""
    first, second = api.Input((FEATURES,)), api.Input((FEATURES,))
    hidden, shared = api.layers.Dense(5, "tanh", name="hidden"), api.layers.Dense(3, name="shared")
    apart = api.layers.Subtract()([shared(hidden(first)), shared(hidden(second))])
    near = api.layers.Dot(axes=1)([apart, apart])
    return api.Model([first, second], api.layers.Dense(1, "sigmoid", name="same")(near))


def residual(api):
    """A block around which the input is carried."""
    x = api.Input((FEATURES,))
    begin = api.layers.Dense(6, name="begin")(x)
    block = api.layers.BatchNormalization(momentum=0.7, name="norm")(begin)
    block = api.layers.Activation("relu")(block)
    block = api.layers.Dense(6, name="inside")(block)
    return api.Model(x, api.layers.Dense(3, name="end")(api.layers.Add()([begin, block])))


def nested(api):
    """A model that is a layer of another, twice."""
    inside = api.Input((FEATURES,))
    wide = api.layers.Dense(4, "tanh", name="wide")(inside)
    part = api.Model(inside, api.layers.Add()([inside, wide]), name="part")
    x = api.Input((FEATURES,))
    return api.Model(x, api.layers.Dense(1, name="end")(part(part(x))))


def nested_stack(api):
    """A Sequential in a model."""
    stack = api.Sequential([api.Input((FEATURES,)), api.layers.Dense(5, "relu", name="one"), api.layers.Dense(2, name="other")])
    x = api.Input((FEATURES,))
    return api.Model(x, api.layers.Dense(1, name="end")(stack(x)))


def images(api):
    """Convolution, normalisation, pooling."""
    x = api.Input((6, 6, 1))
    h = api.layers.Conv2D(4, 3, padding="same", name="filters")(x)
    h = api.layers.BatchNormalization(name="norm")(h)
    h = api.layers.MaxPooling2D()(api.layers.ReLU()(h))
    return api.Model(x, api.layers.Dense(3, name="scores")(api.layers.Flatten()(h)))


def frozen_dense(api):
    """Its first layer stays as it is, its penalty too."""
    x = api.Input((FEATURES,))
    layer = api.layers.Dense(5, "tanh", kernel_regularizer="l2", name="still", trainable=False)
    return api.Model(x, api.layers.Dense(1, name="end")(layer(x)))


def frozen_norm(api):
    """A normalisation that stays as it is."""
    x = api.Input((FEATURES,))
    norm = api.layers.BatchNormalization(name="norm", trainable=False)
    return api.Model(x, api.layers.Dense(1, name="end")(norm(api.layers.Dense(5, name="begin")(x))))


def frozen_later(api):
    """Frozen after it was made."""
    model = residual(api)
    if api is ll:
        model.freeze("begin", "norm")
    else:
        for name in ("begin", "norm"):
            model.get_layer(name).trainable = False
    return model


def frozen_part(api):
    """A nested model that is frozen as a whole, with a normalisation in it."""
    inside = api.Input((FEATURES,))
    h = api.layers.BatchNormalization(name="norm")(api.layers.Dense(4, "tanh", name="wide")(inside))
    part = api.Model(inside, h, name="part")
    part.trainable = False
    x = api.Input((FEATURES,))
    return api.Model(x, api.layers.Dense(1, name="end")(part(x)))


def shared_norm(api):
    """A normalisation used twice in one step: its statistics move twice."""
    first, second = api.Input((FEATURES,)), api.Input((FEATURES,))
    norm = api.layers.BatchNormalization(momentum=0.6, name="norm")
    return api.Model([first, second], api.layers.Dense(1, name="end")(api.layers.Multiply()([norm(first), norm(second)])))


def chain(units=1, activation=None, **options):
    def make(api):
        x = api.Input((FEATURES,))
        hidden = api.layers.Dense(6, "tanh", name="hidden", **{name: made(api) for name, made in options.items()})(x)
        return api.Model(x, api.layers.Dense(units, activation, name="end")(hidden))

    return make


def mixed(policy):
    def make(api):
        x = api.Input((FEATURES,))
        h = api.layers.Dense(8, "relu", name="hidden", dtype=policy)(x)
        h = api.layers.BatchNormalization(name="norm", dtype=policy)(h)
        return api.Model(x, api.layers.Dense(1, name="end", dtype="float32")(h))

    return make


# --- what is trained ----------------------------------------------------------------------------------------------------------


def mse(optimizer, **options):
    return lambda api: {"optimizer": optimizer(api), "loss": "mse", "metrics": ["mae"], **options}


def sparse(optimizer):
    loss = lambda api: api.losses.SparseCategoricalCrossentropy(from_logits=True)  # noqa: E731
    return lambda api: {"optimizer": optimizer(api), "loss": loss(api), "metrics": ["accuracy"]}


def of_two(optimizer, **options):
    losses = {"price": "mse", "kind": "sparse_categorical_crossentropy"}
    measured = {"price": ["mae"], "kind": ["accuracy"]}
    return lambda api: {"optimizer": optimizer(api), "loss": losses, "metrics": measured, **options}


def sgd(rate=0.1, **options):
    return lambda api: api.optimizers.SGD(rate, **options)


def adam(rate=0.01, **options):
    return lambda api: api.optimizers.Adam(rate, **options)


BOTH = [X, OTHER], [NUMBERS, CLASSES]
PAIRS = [X, THIRD], BITS
CASES = {
    "two and two, Adam": Case(two, *BOTH, of_two(adam()), validated=True),
    "two and two, loss weights": Case(two, *BOTH, of_two(sgd(), loss_weights={"price": 0.3, "kind": 2.0})),
    "two and two, sample weights": Case(two, *BOTH, of_two(adam()), weighted=True, validated=True),
    "two and two, lists": Case(
        two,
        *BOTH,
        lambda api: {
            "optimizer": "rmsprop",
            "loss": ["mae", api.losses.SparseCategoricalCrossentropy()],
            "loss_weights": [1.0, 0.5],
            "metrics": [["mse"], ["accuracy"]],
        },
    ),
    "two and two, only one measured": Case(
        two,
        *BOTH,
        lambda api: {"loss": {"price": "mse", "kind": "sparse_categorical_crossentropy"}, "metrics": {"kind": ["acc"]}},
    ),
    "one and two, one loss for both": Case(
        two_of_one, X, [NUMBERS, BITS], lambda api: {"optimizer": "sgd", "loss": "mse"}, validated=True
    ),
    "one and two, unlike reductions": Case(
        two_of_one,
        X,
        [NUMBERS, BITS],
        lambda api: {"optimizer": "adam", "loss": [api.losses.MeanSquaredError(reduction="sum"), "binary_crossentropy"]},
        weighted=True,
    ),
    "siamese": Case(
        siamese, *PAIRS, lambda api: {"optimizer": "sgd", "loss": "binary_crossentropy", "metrics": ["accuracy"]}, validated=True
    ),
    "siamese, class weights": Case(
        siamese, *PAIRS, lambda api: {"optimizer": "sgd", "loss": "bce"}, fit={"class_weight": {0: 0.5, 1: 2.0}}
    ),
    "residual, SGD": Case(residual, X, CLASSES, sparse(sgd()), validated=True),
    "residual, Adam, sample weights": Case(residual, X, CLASSES, sparse(adam()), weighted=True),
    "residual, the first epoch is taken as done": Case(
        residual, X, CLASSES, sparse(sgd(0.05, momentum=0.9)), fit={"initial_epoch": 1}
    ),
    "nested": Case(nested, X, NUMBERS, mse(sgd(0.02))),
    "nested stack": Case(nested_stack, X, NUMBERS, mse(adam())),
    "images, SGD": Case(images, IMAGES, CLASSES, sparse(sgd(0.05)), tolerance=3e-5, validated=True),
    # with its usual epsilon, Adam divides rounding by rounding where a gradient is near 0
    "images, Adam": Case(images, IMAGES, CLASSES, sparse(adam(epsilon=0.01)), tolerance=3e-5),
    "frozen layer": Case(frozen_dense, X, NUMBERS, mse(adam())),
    "frozen normalisation": Case(frozen_norm, X, NUMBERS, mse(sgd(0.02)), validated=True),
    "frozen later": Case(frozen_later, X, CLASSES, sparse(sgd())),
    "frozen part": Case(frozen_part, X, NUMBERS, mse(sgd(0.05))),
    "shared normalisation": Case(shared_norm, [X, THIRD], NUMBERS, mse(sgd(0.02)), validated=True),
    "MaxNorm": Case(
        chain(kernel_constraint=lambda api: api.constraints.MaxNorm(0.8), bias_constraint=lambda api: api.constraints.NonNeg()),
        X,
        NUMBERS,
        mse(sgd()),
    ),
    "MaxNorm and an average": Case(
        chain(kernel_constraint=lambda api: api.constraints.MaxNorm(0.8)),
        X,
        NUMBERS,
        mse(sgd(use_ema=True, ema_momentum=0.8)),
        validated=True,
    ),
    "clipnorm": Case(chain(), X, NUMBERS, mse(sgd(0.1, clipnorm=0.3))),
    "global clipnorm": Case(residual, X, CLASSES, sparse(sgd(0.1, global_clipnorm=0.5))),
    "clipvalue, momentum": Case(chain(), X, NUMBERS, mse(sgd(0.1, clipvalue=0.1, momentum=0.9))),
    "average of the weights": Case(chain(), X, NUMBERS, mse(adam(use_ema=True, ema_momentum=0.9))),
    "average that is put in place": Case(
        chain(), X, NUMBERS, mse(adam(use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=2))
    ),
    "accumulation": Case(chain(), X, NUMBERS, mse(adam(gradient_accumulation_steps=2))),
    "accumulation, average": Case(chain(), X, NUMBERS, mse(sgd(gradient_accumulation_steps=2, use_ema=True, ema_momentum=0.5))),
    "label smoothing": Case(
        chain(3, "softmax"),
        X,
        ONE_HOT,
        lambda api: {"loss": api.losses.CategoricalCrossentropy(label_smoothing=0.2), "metrics": ["accuracy"]},
        fit={"class_weight": {0: 1.0, 1: 0.5, 2: 2.0}},
    ),
    "label smoothing of bits": Case(
        chain(1, "sigmoid"), X, BITS, lambda api: {"loss": api.losses.BinaryCrossentropy(label_smoothing=0.1)}
    ),
    # bfloat16 keeps 8 bits, and both round in another order
    "half precision": Case(mixed("mixed_bfloat16"), X, NUMBERS, mse(sgd(0.02)), tolerance=2e-2, validated=True),
}


def pair(make):
    """The same model of both, with the same weights, drawn so that no array is a constant."""
    own, theirs = make(ll), make(keras)
    draws = np.random.default_rng(1)
    weights = [array + draws.uniform(0, 0.3, array.shape).astype(np.float32) for array in own.get_weights()]
    for model in (own, theirs):
        model.set_weights(weights)
    return own, theirs


def part(arrays, rows):
    return [array[rows] for array in arrays] if isinstance(arrays, list) else arrays[rows]


def close(own, theirs, tolerance=TOLERANCE):
    for mine, other in zip(own, theirs, strict=True):
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance * max(0.1, np.abs(other).max()))


def listed(thing):
    return thing if isinstance(thing, list) else [thing]


def compiled_pair(case):
    own, theirs = pair(case.model)
    for model, api in ((own, ll), (theirs, keras)):
        model.compile(**case.compiled(api))
    return own, theirs


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_fit(case):
    own, theirs = compiled_pair(case)
    data, held_out = ((part(case.x, rows), part(case.y, rows)) for rows in (TRAIN, HELD_OUT))
    options = {"batch_size": 5, "epochs": 3, "shuffle": False, "verbose": 0, **case.fit}
    histories = []
    for model, api in ((own, ll), (theirs, keras)):
        weigh = lambda rows, api=api: WEIGHTS[rows] if api is ll or not isinstance(case.y, list) else [WEIGHTS[rows]] * 2  # noqa: E731
        weight = {"sample_weight": weigh(TRAIN)} if case.weighted else {}
        validation = {"validation_data": (*held_out, weigh(HELD_OUT)) if case.weighted else held_out} if case.validated else {}
        histories.append(model.fit(*data, **validation, **weight, **options))
    records = {
        name: values for name, values in histories[0].history.items() if name.removeprefix("val_") not in ("cost", "penalty")
    }
    assert histories[0].epoch == histories[1].epoch
    assert set(records) == set(histories[1].history)
    for name, values in histories[1].history.items():
        np.testing.assert_allclose(records[name], values, rtol=case.tolerance, atol=1e-7, err_msg=name)
    close(own.get_weights(), theirs.get_weights(), case.tolerance)


@pytest.mark.parametrize("name", ["two and two, lists", "siamese", "images, SGD"])
def test_evaluate_and_predict(name):
    case = CASES[name]
    own, theirs = compiled_pair(case)
    measured = own.evaluate(case.x, case.y, batch_size=5), theirs.evaluate(case.x, case.y, batch_size=5, verbose=0)
    np.testing.assert_allclose(*measured, rtol=TOLERANCE)
    close(listed(own.predict(case.x)), listed(theirs.predict(case.x, verbose=0)))
    called = own(case.x), theirs(case.x)
    assert isinstance(called[0], list) is isinstance(called[1], list)
    close(*map(listed, called))


@pytest.mark.parametrize("name", ["two", "siamese", "residual", "nested", "nested_stack", "images", "shared_norm"])
def test_layers_and_arrays_stand_in_the_same_order(name):
    """A nested model is one layer of Keras's, and its layers here."""
    own, theirs = (globals()[name](api) for api in (ll, keras))
    flat = [inside for layer in theirs.layers for inside in getattr(layer, "layers", [layer])]
    assert [type(layer).__name__ for layer in flat if not isinstance(layer, keras.layers.InputLayer)] == [
        type(layer).__name__ for layer in own.layers
    ]
    assert [array.shape for array in own.get_weights()] == [array.shape for array in theirs.get_weights()]


def any_graph(api, seed):
    """Some layers, each reading something that is there already, and some of them twice."""
    draw = random.Random(seed)
    inputs = [api.Input((3,), name=f"in{place}") for place in range(draw.choice([1, 1, 2]))]
    values, dense = list(inputs), []
    for step in range(draw.randint(2, 9)):
        kind = draw.random()
        if kind < 0.45 or not dense:
            dense.append(api.layers.Dense(3, name=f"dense{step}"))
            values.append(dense[-1](draw.choice(values)))
        elif kind < 0.65:
            values.append(draw.choice(dense)(draw.choice(values)))
        else:
            values.append(api.layers.Add(name=f"add{step}")([draw.choice(values) for _ in range(draw.choice([2, 3]))]))
    outputs = draw.sample(values[len(inputs) :], min(len(values) - len(inputs), draw.choice([1, 1, 2])))
    joined = [api.layers.Add(name="last")(inputs)] if len(inputs) > 1 else []
    return api.Model(inputs, outputs + joined)


def test_layers_of_any_graph_stand_in_the_same_order():
    for seed in range(150):
        own, theirs = any_graph(ll, seed), any_graph(keras, seed)
        names = [layer.name for layer in theirs.layers if not isinstance(layer, keras.layers.InputLayer)]
        assert list(own.layer_names) == names, seed
        if seed % 15 == 0:
            weights = [np.full_like(array, 0.1 * (1 + place)) for place, array in enumerate(theirs.get_weights())]
            theirs.set_weights(weights)
            own.set_weights(weights)
            x = [X[:, :3]] * len(own.network.input_shapes)
            close(listed(own(x if len(x) > 1 else x[0])), listed(theirs(x)))
