import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax

import leadline as ll
from leadline.data.split import split
from leadline.develop.problem import METRICS, Problem, default_metric, number, problem_of
from leadline.errors import ArgumentError, DataError, LeadlineError, NotBuiltError, ShapeError
from leadline.layers import Dense, Flatten, Normalization
from leadline.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Huber,
    MeanAbsoluteError,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from leadline.optimizers import SGD

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
NUMBERS = split(X, 1000 + 50 * X[:, 0])
TWO = split(X, (X[:, 0] > 0).astype(int))
THREE = split(X, np.argmax(X, axis=1))


def _model(layers, loss, optimizer="adam"):
    model = ll.Sequential(layers)
    model.compile(optimizer=optimizer, loss=loss)
    return model


# (metric, value, what a person reads)
WRITTEN = [
    ("error", 0.0429, "4.3 %"),
    ("error", -0.5, "−50.0 %"),
    ("rmse", 48310.7, "48,311"),
    ("rmse", 4831.07, "4,831"),
    ("rmse", 0.048312, "0.04831"),
    ("mae", 1234567.0, "1.235e6"),
    ("cost", 0.0, "0"),
    ("cost", 1.5e-5, "1.5e-5".replace("-", "−")),
    ("cost", -0.17212, "−0.1721"),
]


@pytest.mark.parametrize(("metric", "value", "text"), WRITTEN)
def test_numbers_are_written_for_a_person(metric, value, text):
    assert number(metric)(value) == text


def test_what_decides_by_default_is_what_a_person_reads():
    assert [default_metric(data.target) for data in (NUMBERS, TWO, THREE)] == ["rmse", "error", "error"]
    assert {problem_of(data).metric for data in (NUMBERS, TWO, THREE)} <= set(METRICS)


def test_the_sensible_start_fits_the_target():
    starts = {data.target.kind: problem_of(data) for data in (NUMBERS, TWO, THREE)}
    assert {kind: start.recipe.network.output_shape for kind, start in starts.items()} == {
        "regression": (1,),
        "binary": (1,),
        "multiclass": (3,),
    }
    assert starts["regression"].location == NUMBERS.train.y.mean()
    assert starts["regression"].scale == NUMBERS.train.y.std()
    assert [layer.units for layer in problem_of(TWO, layers=(7, 5, 2)).recipe.network.layers] == [7, 5, 2, 1]
    assert len(problem_of(TWO, layers=()).recipe.network.layers) == 1


def test_images_are_flattened():
    images = split(RANDOM.normal(size=(40, 4, 4)), np.arange(40) % 2)
    first, *_ = problem_of(images).recipe.network.layers
    assert isinstance(first, Flatten)


def test_targets_are_encoded_as_training_takes_them():
    y = problem_of(NUMBERS).encode(NUMBERS.train.y)
    assert y.shape == (NUMBERS.train.size, 1)
    assert y.mean() == pytest.approx(0, abs=1e-6)
    assert y.std() == pytest.approx(1, rel=1e-6)
    assert problem_of(TWO).encode(np.array([0, 1])).tolist() == [[0.0], [1.0]]
    assert problem_of(THREE).encode(np.array([2, 0])).tolist() == [2, 0]
    one_hot = problem_of(THREE, _model([Dense(3, "softmax")], CategoricalCrossentropy()))
    assert one_hot.encode(np.array([2, 0])).tolist() == [[0, 0, 1], [1, 0, 0]]


def _bits(p, y):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


def _own(log_p, y):
    return -np.take_along_axis(log_p, np.broadcast_to(y[None, :, None], (*log_p.shape[:2], 1)), axis=2)[..., 0]


# (name, data, model or None, what an example of class or value y costs at outputs z, which class z speaks of)
CLASSES = [
    ("start, two", TWO, None, lambda z, y: _bits(expit(z[..., 0]), y), lambda z: z[..., 0] > 0),
    ("start, three", THREE, None, lambda z, y: _own(log_softmax(z, axis=-1), y), lambda z: z.argmax(-1)),
    (
        "sigmoid",
        TWO,
        ([Dense(1, "sigmoid")], BinaryCrossentropy()),
        lambda z, y: _bits(z[..., 0], y),
        lambda z: z[..., 0] > 0.5,
    ),
    (
        "two outputs",
        TWO,
        ([Dense(2)], SparseCategoricalCrossentropy(from_logits=True)),
        lambda z, y: _own(log_softmax(z, axis=-1), y),
        lambda z: z.argmax(-1),
    ),
    (
        "softmax",
        THREE,
        ([Dense(3, "softmax")], SparseCategoricalCrossentropy()),
        lambda z, y: _own(np.log(z), y),
        lambda z: z.argmax(-1),
    ),
    (
        "one-hot",
        THREE,
        ([Dense(3)], CategoricalCrossentropy(from_logits=True)),
        lambda z, y: _own(log_softmax(z, axis=-1), y),
        lambda z: z.argmax(-1),
    ),
]


@pytest.mark.parametrize(("data", "model", "cost", "label"), [c[1:] for c in CLASSES], ids=[c[0] for c in CLASSES])
def test_what_an_example_of_a_class_costs(data, model, cost, label):
    problem = problem_of(data, model and _model(*model))
    y, outputs = data.cv.y, problem.recipe.network.output_shape[-1]
    z = 2 * np.random.default_rng(1).normal(size=(4, len(y), outputs)).astype(np.float32)
    if model and "sigmoid" in str(model[0]):
        z = expit(z)
    if model and "softmax" in str(model[0]):
        z = softmax(z, axis=-1)
    values = problem.values(z, y)
    assert set(values) == {"cost", "error"}
    np.testing.assert_allclose(values["cost"], cost(z.astype(float), y), rtol=1e-5, atol=1e-6)
    assert (values["error"] == (label(z) != y)).all()
    assert values["cost"].shape == values["error"].shape == (4, len(y))


def _huber(e):
    return np.where(abs(e) <= 1, e**2 / 2, abs(e) - 0.5)


# (name, model or None, what a miss costs)
MISSES = [
    ("start", None, lambda e: e**2 / 2),
    ("mse", ([Dense(1)], MeanSquaredError()), lambda e: e**2 / 2),
    ("mae", ([Dense(1)], MeanAbsoluteError()), abs),
    ("huber", ([Dense(1)], Huber()), _huber),
]


@pytest.mark.parametrize(("model", "cost"), [c[1:] for c in MISSES], ids=[c[0] for c in MISSES])
def test_what_a_miss_costs_in_the_targets_unit(model, cost):
    problem = problem_of(NUMBERS, model and _model(*model))
    y = NUMBERS.cv.y
    predicted = y + 10 * np.random.default_rng(1).normal(size=(4, len(y)))
    z = ((predicted - problem.location) / problem.scale).astype(np.float32)[..., None]
    values, misses = problem.values(z, y), z[..., 0].astype(float) * problem.scale + problem.location - y
    assert set(values) == {"cost", "squared", "absolute"}
    np.testing.assert_allclose(values["cost"], cost(misses), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(values["squared"], misses**2)
    np.testing.assert_allclose(values["absolute"], abs(misses))


def test_a_models_own_structure_is_taken():
    model = _model([Dense(4, "relu"), Dense(1)], "mse", SGD(0.25, momentum=0.5))
    problem = problem_of(NUMBERS, model)
    assert (problem.location, problem.scale) == (0.0, 1.0)
    assert isinstance(problem.recipe.optimizer, SGD)
    assert float(problem.recipe.optimizer.learning_rate) == 0.25
    assert problem.recipe.network.output_shape == (1,)


def test_a_normalization_keeps_what_it_was_adapted_to():
    layer = Normalization()
    layer.adapt(NUMBERS.train.X * 1e3 + 1e5)
    first, _ = problem_of(NUMBERS, _model([layer, Dense(1)], "mse")).recipe.network.layers
    np.testing.assert_allclose(first.mean, NUMBERS.train.X.mean(axis=0) * 1e3 + 1e5, rtol=1e-5)
    np.testing.assert_allclose(first.variance, NUMBERS.train.X.var(axis=0) * 1e6, rtol=1e-4)
    assert layer.mean is None
    given = Normalization(mean=2.0, variance=9.0)
    assert problem_of(NUMBERS, _model([given, Dense(1)], "mse")).recipe.network.layers[0].mean == 2.0
    bare = problem_of(NUMBERS, _model([Normalization(), Dense(1)], "mse")).recipe.network.layers[0]
    assert np.all(np.array(bare.mean if bare.mean is not None else 0.0) == 0)


def _built(shape, layers, loss):
    return _model([ll.Input(shape=shape), *layers], loss)


def _bare():
    return ll.Sequential([Dense(1)])


# (name, data, model, options, error, what it says)
REFUSED = [
    ("unsplit", (X, X), None, {}, ArgumentError, "must be split first"),
    ("metric of numbers", TWO, None, {"metric": "rmse"}, ArgumentError, "Unknown metric for binary 'rmse'"),
    ("metric of classes", NUMBERS, None, {"metric": "error"}, ArgumentError, "Known: cost, mae, rmse"),
    ("metric misspelt", NUMBERS, None, {"metric": "rsme"}, ArgumentError, "Did you mean 'rmse'"),
    ("no units", TWO, None, {"layers": (3, 0)}, ArgumentError, "at least one unit"),
    ("not compiled", NUMBERS, _bare, {}, NotBuiltError, "Call compile"),
    ("other inputs", NUMBERS, lambda: _built((7,), [Dense(1)], "mse"), {}, ShapeError, r"\(7,\).*\(3,\)"),
    ("too few outputs", THREE, lambda: _model([Dense(2)], SparseCategoricalCrossentropy()), {}, ShapeError, "3 units"),
    ("too many outputs", NUMBERS, lambda: _model([Dense(2)], "mse"), {}, ShapeError, "1 units"),
    ("mse on classes", THREE, lambda: _model([Dense(3)], "mse"), {}, LeadlineError, "3 numbers per example"),
    ("two outputs for bce", TWO, lambda: _model([Dense(2)], BinaryCrossentropy()), {}, LeadlineError, "BinaryCrossentropy"),
]


@pytest.mark.parametrize(("data", "model", "options", "error", "message"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_does_not_belong_together_is_refused(data, model, options, error, message):
    with pytest.raises(error, match=message):
        problem_of(data, model and model(), **options)


def test_labels_that_the_loss_cannot_take_are_refused_before_training():
    numbers = problem_of(NUMBERS)
    with pytest.raises(DataError, match="0 or 1"):
        BinaryCrossentropy().check(numbers.encode(NUMBERS.train.y), 1)
    with pytest.raises(DataError, match="0 or 1"):
        problem_of(NUMBERS, _model([Dense(1, "sigmoid")], BinaryCrossentropy()))


def test_a_problem_is_plain_data():
    assert isinstance(problem_of(TWO), Problem)
    assert problem_of(TWO).target is TWO.target
