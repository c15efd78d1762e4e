import dataclasses
import json

import numpy as np
import pytest

import leadline as ll
from leadline.data.split import SealedPart, split
from leadline.develop import baselines, population, remedies
from leadline.develop.curves import curve_sizes
from leadline.develop.diagnosis import diagnose, diagnosed
from leadline.develop.folds import folds_of
from leadline.develop.moves import MOVES
from leadline.develop.plan import start
from leadline.develop.population import LAMBDAS
from leadline.develop.remedies import Remedy
from leadline.develop.standing import standing
from leadline.errors import ArgumentError, LeadlineError, NonFiniteError
from leadline.layers import Dense
from leadline.losses import BinaryCrossentropy, Huber, SparseCategoricalCrossentropy
from leadline.optimizers import SGD, Adam
from leadline.regularizers import L1, L2

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
NUMBERS = split(X, 7 + 2 * X[:, 0] - X[:, 1])
TWO = split(X, (X[:, 0] > 0).astype(int))
THREE = split(X, np.argmax(X, axis=1))
QUICK, ALL = {"epochs": 2, "seeds": 2, "remedies": False}, {"remedies": True}


def _model(layers, loss="mse", optimizer="adam"):
    model = ll.Sequential(layers)
    model.compile(optimizer=optimizer, loss=loss)
    return model


def _unopenable(data):
    """The same split, with nothing behind the seal."""
    return dataclasses.replace(data, test=SealedPart(data.test.rows, data.test.digest, None))


# --- problems of known truth ----------------------------------------------------------------------------------------------------


def test_a_line_through_a_parabola_has_high_bias():
    """y = x² cannot be had by a network without hidden units, however long it trains; boosting comes near it."""
    x = np.random.default_rng(1).uniform(-2, 2, (400, 3))
    data = split(x, x[:, 0] ** 2 + 0.1 * np.random.default_rng(2).normal(size=400))
    found = diagnose(None, data, layers=(), epochs=30, seeds=3, remedies=False)
    assert found.baselines.chosen.name == "gradient boosting"
    assert found.bias.judgement == "high"
    assert found.variance.judgement != "high"
    assert found.verdict == "high bias"
    assert found.score.J_train.value > 0.95 * data.train.y.std()


def test_a_large_network_on_little_noisy_data_has_high_variance():
    """Nothing but noise to learn from 48 examples: they are learned by heart, and the mean is the best predictor."""
    random = np.random.default_rng(3)
    data = split(random.normal(size=(80, 8)), random.normal(size=80))
    model = _model([Dense(200, "relu"), Dense(1)], optimizer=Adam(0.01))
    found = diagnose(model, data, epochs=40, seeds=3, remedies=False)
    assert found.score.J_train.value < 0.3
    assert found.score.J_cv.value > 1
    assert found.bias.judgement == "fine"
    assert found.variance.judgement == "high"
    assert found.verdict == "high variance"


def test_a_network_at_the_known_noise_is_done_and_at_half_of_it_is_not():
    """y = 2x + noise of deviation 0.3, which no network can beat."""
    random = np.random.default_rng(4)
    x = random.normal(size=(4000, 3))
    data = split(x, 2 * x[:, 0] + 0.3 * random.normal(size=4000))
    model = _model([Dense(1)], optimizer=Adam(0.01))
    found = diagnose(model, data, baseline=0.3, epochs=8, seeds=3, remedies=False)
    assert found.score.J_cv.value == pytest.approx(0.3, rel=0.1)
    assert found.verdict == "done"
    assert found.baselines.is_given
    harder = diagnose(model, data, baseline=0.15, epochs=8, seeds=3, remedies=False)
    assert harder.baselines.chosen.value.value == 0.15
    assert harder.bias.judgement == "high"
    assert harder.verdict == "high bias"


def test_what_the_interval_does_not_decide_is_left_open():
    """The baseline is the very figure that the network reaches, and the 30 cv examples cannot tell whether it is 0.01 worse."""
    level = diagnose(None, NUMBERS, **QUICK).score.J_cv.value
    found = diagnose(None, NUMBERS, baseline=level, tolerance=0.01, **QUICK)
    assert found.distance.size.value == 0
    assert found.distance.judgement == "undetermined"
    assert found.distance.would_settle


# --- what holds for every diagnosis ---------------------------------------------------------------------------------------------

MODELS = {
    "start, numbers": (NUMBERS, lambda: None, "rmse"),
    "own L2": (NUMBERS, lambda: _model([Dense(4, "relu", kernel_regularizer=L2(0.5)), Dense(1)]), "rmse"),
    "own L1": (NUMBERS, lambda: _model([Dense(4, "relu", kernel_regularizer=L1(0.5)), Dense(1)]), "rmse"),
    "sigmoid": (TWO, lambda: _model([Dense(4, "relu"), Dense(1, "sigmoid")], BinaryCrossentropy()), "error"),
    "softmax": (THREE, lambda: _model([Dense(4, "relu"), Dense(3, "softmax")], SparseCategoricalCrossentropy()), "error"),
}


@pytest.mark.parametrize(("data", "make", "metric"), MODELS.values(), ids=MODELS)
def test_a_diagnosis_is_whole_and_consistent_and_leaves_model_and_test_part_alone(data, make, metric, monkeypatch):
    """With the remedies that are measured together with the curves."""
    monkeypatch.setattr(remedies, "MOVES", tuple(move for move in MOVES if move.setting))
    model, steps = make(), []
    before = model.build((None, 3)) or model.get_weights() if model else []
    found = diagnose(model, _unopenable(data), progress=lambda *done: steps.append(done), **(QUICK | ALL))
    assert all((a == b).all() for a, b in zip(before, model.get_weights() if model else [], strict=True))
    assert found.problem.metric == metric
    assert found.next_step.action
    assert found.next_step.reasons
    _check_gaps(found)
    _check_curves(found)
    _check_plain(found)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert {total for _, total in steps} == {steps[-1][0]}
    own = model and model.layers[0].kernel_regularizer
    assert isinstance(found.problem.recipe.network.layers[0].kernel_regularizer, type(own) if own else L2)


def _check_gaps(found):
    """The gaps add up, and are those of the costs."""
    train, cv, base = found.score.J_train.value, found.score.J_cv.value, found.baselines.chosen.value.value
    assert found.bias.size.value == pytest.approx(train - base)
    assert found.variance.size.value == pytest.approx(cv - train)
    assert found.distance.size.value == pytest.approx(cv - base)
    assert found.bias.tolerance == pytest.approx(max(0.1 * base, 0.01 * found.baselines.trivial.value.value))


def _check_curves(found):
    """The network itself is the learning curve's last size, and of the start also the λ curve's first value."""
    assert found.lambdas.values == LAMBDAS
    assert found.learning.sizes == curve_sizes(90)
    assert found.learning.J_cv.shape == (len(found.learning.sizes), 2)
    assert found.learning.cv[-1] == found.score.J_cv
    assert found.learning.train[-1] == found.score.J_train
    if found.problem.scale != 1:
        assert found.lambdas.cv[0] == found.score.J_cv


def _check_plain(found):
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["verdict"] == found.verdict
    assert repr(found) == f"Diagnosis(verdict={found.verdict!r}, next_step={found.next_step.action!r})"
    assert plain["data"]["test_digest"] == found.data.test.digest
    assert plain["metric"] == found.problem.metric
    assert set(plain["gaps"]) == {"bias", "variance", "distance"}
    assert plain["budget"]["seeds"] == [0, 1]
    assert len(plain["remedies"]) == 4 + 2


SEEDS = [(0, ALL), (0, ALL), (2, {})]


def _without_seconds(found):
    plain = found.to_dict()
    for part in (plain, *plain["remedies"]):
        assert part.pop("seconds") >= 0
    return plain


def test_the_same_seed_gives_the_same_diagnosis_and_another_another():
    first, again, other = (
        _without_seconds(diagnose(None, NUMBERS, seed=seed, **(QUICK | {"remedies": False} | options))) for seed, options in SEEDS
    )
    assert json.dumps(first) == json.dumps(again)
    assert first["J_cv"] != other["J_cv"]
    assert len(first["remedies"]) == len(MOVES) + 2
    assert not other["remedies"]


def test_with_folds_each_row_of_train_and_cv_is_held_out_once():
    found = diagnose(None, _unopenable(NUMBERS), folds=3, **(QUICK | {"layers": ()}))
    rows = NUMBERS.train.size + NUMBERS.cv.size
    assert (found.folds, found.to_dict()["folds"], found.errors.examples) == (3, 3, rows)
    assert set(found.errors.worst.rows) <= {*NUMBERS.train.rows, *NUMBERS.cv.rows}
    assert found.learning.sizes == curve_sizes(80)
    alone = standing(found.plan, folds_of(NUMBERS, 3))
    assert found.score.J_cv.value == pytest.approx(alone.score.J_cv.value, rel=1e-4)
    assert found.bias.size.value == pytest.approx(alone.bias.size.value, rel=1e-3)
    assert found.score.J_cv != diagnose(None, NUMBERS, **(QUICK | {"layers": ()})).score.J_cv


def test_what_was_measured_before_is_not_measured_again(monkeypatch):
    """Baselines and remedies of the same plan and folds."""
    folds = folds_of(NUMBERS)
    plan = start(NUMBERS, None, folds.rows, layers=(), epochs=2, seeds=2)
    first = diagnosed(plan, folds, remedies=False)
    known = [Remedy(move.name, move.acts_on, reason="it was tried") for move in MOVES]
    monkeypatch.setattr(baselines, "measure", lambda *args, **options: pytest.fail("a baseline was measured"))
    steps, told = [], []
    again = diagnosed(
        plan, folds, baselines=first.baselines, known=known, tell=told.append, progress=lambda *done: steps.append(done)
    )
    assert again.baselines is first.baselines
    assert again.score.J_cv == first.score.J_cv
    assert told == []
    assert {remedy.name for remedy in again.remedies if remedy.reason == "it was tried"} == {move.name for move in MOVES}
    assert steps[-1][0] == steps[-1][1]


def test_lambda_of_the_start_is_that_of_its_member_on_the_lambda_curve():
    result = diagnose(None, NUMBERS, lambda_=2.56, **QUICK)
    assert result.lambdas.cv[LAMBDAS.index(2.56)] == result.score.J_cv
    assert result.lambdas.cv[0] != result.score.J_cv


def test_a_tolerance_and_a_metric_of_ones_own():
    result = diagnose(None, NUMBERS, metric="mae", tolerance=1e6, **QUICK)
    assert result.bias.tolerance == 1e6
    assert result.verdict == "done"
    assert result.learning.metric == "mae"
    assert result.score.metric == "mae"
    assert result.cost.metric == "cost"


# (name, model, options, error, what it says)
REFUSED = [
    ("baseline below 0", None, {"baseline": -0.1}, ArgumentError, "at least 0"),
    ("baseline NaN", None, {"baseline": float("nan")}, ArgumentError, "finite"),
    ("baseline in per cent", None, {"baseline": 10.6}, ArgumentError, "0.106 is 10.6 %"),
    ("tolerance 0", None, {"tolerance": 0.0}, ArgumentError, "above 0"),
    ("epochs 0", None, {"epochs": 0}, ArgumentError, "at least 1 epoch"),
    ("one seed", None, {"seeds": 1}, ArgumentError, "at least 2 seeds"),
    ("seed below 0", None, {"seed": -1}, ArgumentError, "Seeds lie between"),
    ("λ below 0", None, {"lambda_": -1.0}, ArgumentError, "λ is a finite"),
    ("metric", None, {"metric": "rmse"}, ArgumentError, "Unknown metric"),
    ("units", None, {"layers": (0,)}, ArgumentError, "at least one unit"),
    ("λ beside a model", lambda: _model([Dense(1, "sigmoid")], BinaryCrossentropy()), {"lambda_": 1.0}, ArgumentError, "own"),
    ("outputs", lambda: _model([Dense(3)]), {}, LeadlineError, "last layer of 1 units"),
    (
        "J of another loss",
        lambda: _model([Dense(1, "sigmoid")], Huber()),
        {"metric": "cost"},
        ArgumentError,
        "cannot be compared",
    ),
]


@pytest.mark.parametrize(("model", "options", "error", "message"), [case[1:] for case in REFUSED], ids=[c[0] for c in REFUSED])
def test_a_diagnosis_that_makes_no_sense_is_refused_before_training(model, options, error, message, monkeypatch):
    monkeypatch.setattr(population, "train_population", lambda *args, **options: pytest.fail("training began"))
    with pytest.raises(error, match=message):
        diagnose(model and model(), TWO, **(QUICK | options))


def test_a_network_that_does_not_stay_finite_is_said_to():
    model = _model([Dense(1)], optimizer=SGD(1e30))
    with pytest.raises(NonFiniteError, match="Lower the learning rate"):
        diagnose(model, NUMBERS, **QUICK)
