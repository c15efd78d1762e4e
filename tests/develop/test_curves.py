import json

import numpy as np
import pytest

import leadline as ll
from leadline.data.split import SealedPart, split
from leadline.develop import population
from leadline.develop.costs import Scores
from leadline.develop.curves import (
    curve_sizes,
    learning_curve,
    read_learning_curve,
    read_validation_curve,
    validation_curve,
)
from leadline.develop.population import Budget
from leadline.errors import ArgumentError, NonFiniteError
from leadline.layers import Dense, Dropout, Normalization
from leadline.losses import BinaryCrossentropy, SparseCategoricalCrossentropy
from leadline.optimizers import SGD
from leadline.regularizers import L2

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
NUMBERS = split(X, 7 + 2 * X[:, 0] - X[:, 1])
TWO = split(X, (X[:, 0] > 0).astype(int))
THREE = split(X, np.argmax(X, axis=1))
ROWS = NUMBERS.train.size
QUICK = {"epochs": 2, "seeds": 2}


def _model(layers, loss="mse", optimizer="adam"):
    model = ll.Sequential(layers)
    model.compile(optimizer=optimizer, loss=loss)
    return model


def _scores(paid, finite=True):
    """Scores of settings × seeds, whose examples on cv pay this: `(settings, seeds, examples)`."""
    cv = paid.reshape(-1, paid.shape[2])
    return Scores({"cost": tuple(cv / 2)}, {"cost": cv}, np.broadcast_to(finite, len(cv)), np.ones((len(cv), 2)))


def _paid(levels, seeds=3, examples=200):
    random = np.random.default_rng(0)
    return np.array(levels)[:, None, None] + random.exponential(1, (1, 1, examples)) + random.normal(
        0, 0.05, (len(levels), seeds, examples)
    )  # fmt: skip


# (parameter, values, J_cv of each, which of them is chosen)
CHOICES = [
    ("l2", [0, 1, 10], [0.1, 0.1, 0.5], 1),
    ("l2", [0, 1, 10], [0.1, 0.1, 0.1], 2),
    ("l2", [10, 1, 0], [0.1, 0.1, 0.5], 0),
    ("l2", [0, 1, 10], [0.1, 0.2, 0.5], 0),
    ("dropout", [0.0, 0.2, 0.5], [0.1, 0.1, 0.5], 1),
]


@pytest.mark.parametrize(("parameter", "values", "levels", "chosen"), CHOICES)
def test_the_most_regularised_of_the_ties_is_chosen(parameter, values, levels, chosen):
    base = _paid([0.0])
    paid = base + np.array(levels)[:, None, None]
    curve = read_validation_curve(_scores(paid), parameter, values, Budget(1, 32, 3), "cost")
    assert curve.tied.tolist() == [level == min(levels) for level in levels]
    assert curve.chosen == chosen


def test_of_learning_rates_the_best_is_chosen():
    curve = read_validation_curve(_scores(_paid([0.2, 0.1, 0.1001])), "learning_rate", [1, 2, 3], Budget(1, 32, 3), "cost")
    assert curve.chosen == curve.best == int(np.argmin(curve.J_cv.mean(axis=1)))


def test_a_value_with_a_seed_that_broke_is_not_chosen():
    paid = np.repeat(_paid([0.0]), 3, axis=0)
    finite = np.ones(9, bool)
    finite[7] = False
    curve = read_validation_curve(_scores(paid, finite), "l2", [0, 1, 10], Budget(1, 32, 3), "cost")
    assert curve.tied.tolist() == [True, True, False]
    assert curve.chosen == 1


def test_a_curve_is_read_from_its_own_members():
    paid = _paid([5.0, 1.0, 2.0, 3.0])
    curve = read_validation_curve(_scores(paid), "l2", [0, 1, 2], Budget(1, 32, 3), "cost", first=3)
    np.testing.assert_allclose(curve.J_cv, paid[1:].mean(axis=2))
    np.testing.assert_allclose(curve.J_train, paid[1:].mean(axis=2) / 2)
    assert [e.value for e in curve.cv] == pytest.approx(paid[1:].mean(axis=(1, 2)))
    learning = read_learning_curve(_scores(paid), (10, 20), Budget(1, 32, 3), "cost", first=6)
    np.testing.assert_allclose(learning.J_cv, paid[2:].mean(axis=2))
    assert [e.value for e in learning.train] == pytest.approx(paid[2:].mean(axis=(1, 2)) / 2)


def test_curves_are_measured_on_folds_where_they_are_asked_for():
    """Both curves' largest training is the same one, over all rows; sizes end with the rows of a pair."""
    curve = validation_curve(None, NUMBERS, "l2", [0.0, 100.0], folds=3, **QUICK)
    learning = learning_curve(None, NUMBERS, [20, 80], folds=3, **QUICK)
    np.testing.assert_allclose(learning.J_cv[-1], curve.J_cv[0], rtol=1e-4)
    np.testing.assert_allclose(learning.J_train[-1], curve.J_train[0], rtol=1e-4)
    assert (curve.J_cv[0] != validation_curve(None, NUMBERS, "l2", [0.0], **QUICK).J_cv[0]).all()
    with pytest.raises(ArgumentError, match="from 1 to the 80 training rows"):
        learning_curve(None, NUMBERS, [20, 81], folds=3, **QUICK)


@pytest.mark.parametrize("rows", [1, 6, 8, 9, 40, 90, 1078, 29_304, 1_000_000])
def test_sizes_rise_to_all_rows(rows):
    sizes = curve_sizes(rows)
    assert sizes[-1] == rows
    assert (np.diff(sizes) > 0).all()
    assert min(8, rows) <= sizes[0] <= max(rows / 16 + 1, 8)
    assert len(sizes) <= 10


MODELS = {
    "linear, raw numbers": (NUMBERS, lambda: _model([Dense(1)])),
    "own L2": (NUMBERS, lambda: _model([Dense(4, "relu", kernel_regularizer=L2(0.5)), Dense(1)])),
    "sigmoid": (TWO, lambda: _model([Dense(4, "relu"), Dense(1, "sigmoid")], BinaryCrossentropy())),
    "softmax": (THREE, lambda: _model([Dense(4, "relu"), Dense(3, "softmax")], SparseCategoricalCrossentropy())),
}


@pytest.mark.parametrize(("data", "make"), MODELS.values(), ids=MODELS)
def test_a_compiled_model_goes_through_both_curves_and_keeps_its_weights(data, make, monkeypatch):
    monkeypatch.setattr(SealedPart, "open", lambda self: pytest.fail("the test part was opened"))
    model = make()
    model.build((None, 3))
    before = model.get_weights()
    curve = validation_curve(model, data, "l2", [0, 100], **QUICK)
    learning = learning_curve(model, data, [20, ROWS], **QUICK)
    assert curve.J_train.shape == curve.J_cv.shape == learning.J_train.shape == learning.J_cv.shape == (2, 2)
    assert curve.metric == learning.metric == "cost"
    for array in (curve.J_train, curve.J_cv, learning.J_train, learning.J_cv):
        assert np.isfinite(array).all()
        assert (array > 0).all()
    assert all((old == new).all() for old, new in zip(before, model.get_weights(), strict=True))
    json.dumps([curve.to_dict(), learning.to_dict()], allow_nan=False)


def test_a_model_that_was_trained_is_diagnosed_from_new_weights():
    model = _model([Dense(1)])
    fresh = validation_curve(model, NUMBERS, "l2", [0, 100], **QUICK)
    model.fit(NUMBERS.train.X, NUMBERS.train.y, epochs=5, verbose=0)
    assert (validation_curve(model, NUMBERS, "l2", [0, 100], **QUICK).J_cv == fresh.J_cv).all()


def test_a_huge_lambda_leaves_the_trivial_predictor():
    curve = validation_curve(None, NUMBERS, "l2", [0, 1e5], epochs=120, seeds=2)
    half_variance = NUMBERS.train.y.var() / 2
    assert (curve.J_train[0] < 0.5 * half_variance).all()
    np.testing.assert_allclose(curve.J_train[1], half_variance, rtol=0.05)
    assert curve.best == curve.chosen == 0
    assert curve.tied.tolist() == [True, False]


def test_the_same_seed_gives_the_same_curve_and_another_another():
    first, again = (learning_curve(None, TWO, [30, 50], **QUICK) for _ in range(2))
    other = learning_curve(None, TWO, [30, 50], **QUICK, seed=2)
    assert json.dumps(first.to_dict()) == json.dumps(again.to_dict())
    assert (first.J_cv != other.J_cv).all()


def test_sizes_are_put_in_order_and_named_once():
    curve = learning_curve(None, TWO, [np.int64(50), 30, 50], **QUICK)
    assert curve.sizes == (30, 50)
    json.dumps(curve.to_dict())


def test_a_curve_of_small_sizes_takes_as_many_steps_as_one_of_all_rows(monkeypatch):
    taken = []
    train = population.train_population

    def spy(members, data, *, epochs, batch_size, **how):
        taken.append(epochs * -(-max(len(member.rows) for member in members) // batch_size))
        return train(members, data, epochs=epochs, batch_size=batch_size, **how)

    monkeypatch.setattr(population, "train_population", spy)
    learning_curve(None, TWO, [10, 20], **QUICK)
    learning_curve(None, TWO, [10, ROWS], **QUICK)
    assert taken == [2 * -(-ROWS // 32)] * 2


def test_an_adapted_normalization_is_trained_as_adapted():
    """Inputs far from 0 that only the statistics bring within reach."""
    data = split(X * 10 + 1e4, 2 * X[:, 0])
    layer = Normalization()
    layer.adapt(data.train.X)
    curve = learning_curve(_model([layer, Dense(1)], optimizer=SGD(0.1)), data, [ROWS], metric="rmse", epochs=10, seeds=2)
    assert (curve.J_cv < 0.2).all()


def test_a_metric_that_a_person_reads():
    curve = learning_curve(None, TWO, [30, 50], metric="error", **QUICK)
    cv = TWO.cv.size
    np.testing.assert_allclose(curve.J_cv * cv, np.round(curve.J_cv * cv), atol=1e-9)
    assert curve.metric == "error"


def test_learning_rate_and_dropout_are_varied():
    model = _model([Dropout(0.1), Dense(1)], optimizer=SGD(0.01))
    rates = validation_curve(model, NUMBERS, "learning_rate", np.array([1e-6, 0.1]), epochs=20, seeds=2)
    assert (rates.J_train[0] > 5 * rates.J_train[1]).all()
    assert rates.chosen == 1
    dropped = validation_curve(model, NUMBERS, "dropout", [0.0, 0.9], epochs=20, seeds=2)
    assert (dropped.J_train[0] < dropped.J_train[1]).all()
    json.dumps([rates.to_dict(), dropped.to_dict()], allow_nan=False)


def test_a_value_that_diverges_loses_and_where_all_do_it_is_said():
    model = _model([Dropout(0.1), Dense(1)], optimizer=SGD(0.01))
    curve = validation_curve(model, NUMBERS, "learning_rate", [0.01, 1e30], **QUICK)
    assert curve.tied.tolist() == [True, False]
    with pytest.raises(NonFiniteError, match="Lower the learning rate"):
        validation_curve(model, NUMBERS, "learning_rate", [1e30, 1e32], **QUICK)


# (name, what is called, what it says)
REFUSED = [
    ("parameter", lambda: validation_curve(None, NUMBERS, "l3"), "'l2', 'learning_rate', 'dropout'. Got 'l3'"),
    ("no values", lambda: validation_curve(None, NUMBERS, "l2", []), "at least one value"),
    ("negative λ", lambda: validation_curve(None, NUMBERS, "l2", [-1.0]), "0 or more"),
    ("λ NaN", lambda: validation_curve(None, NUMBERS, "l2", [float("nan")]), "finite"),
    ("dropout 1", lambda: validation_curve(_model([Dropout(0.1), Dense(1)]), NUMBERS, "dropout", [1.0]), "below 1"),
    ("rate below 0", lambda: validation_curve(_model([Dense(1)]), NUMBERS, "learning_rate", [-0.1]), "learning_rate in"),
    ("no dropout", lambda: validation_curve(_model([Dense(1)]), NUMBERS, "dropout", [0.1]), "no Dropout layer"),
    ("no epochs", lambda: validation_curve(None, NUMBERS, "l2", [0], epochs=0), "at least 1 epoch"),
    ("no seeds", lambda: learning_curve(None, NUMBERS, seeds=0), "1 seed"),
    ("no sizes", lambda: learning_curve(None, NUMBERS, []), "whole numbers from 1 to the 90"),
    ("size 0", lambda: learning_curve(None, NUMBERS, [0, 10]), "whole numbers from 1 to the 90"),
    ("size too large", lambda: learning_curve(None, NUMBERS, [91]), r"Got \[91\]"),
    ("half a row", lambda: learning_curve(None, NUMBERS, [10.5]), r"Got \[10.5\]"),
    ("metric", lambda: learning_curve(None, NUMBERS, metric="error"), "Unknown metric"),
]


@pytest.mark.parametrize(("call", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_curves_that_make_no_sense_are_refused(call, message):
    with pytest.raises(ArgumentError, match=message):
        call()
