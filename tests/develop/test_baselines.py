import dataclasses
import json
import warnings

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_limits

from leadline.data.split import SealedPart, split
from leadline.develop.baselines import measure
from leadline.develop.folds import folds_of
from leadline.develop.population import LAMBDAS, Budget
from leadline.develop.problem import problem_of

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
SHIFTED = X @ np.array([1.0, -0.5, 0.25]) + 0.8 * RANDOM.normal(size=150)
DATA = {
    "regression": split(X, 30 + 10 * SHIFTED + 6 * X[:, 0] ** 2),
    "binary": split(X, (SHIFTED > 0.6).astype(int)),
    "multiclass": split(X, np.digitize(SHIFTED, [-0.5, 0.9])),
}
BUDGET = Budget(400, 32, 1)


def _measured(kind, metric, **options):
    """The baselines, and their values by name."""
    found = measure(problem_of(DATA[kind], metric=metric), folds_of(DATA[kind]), BUDGET, **options)
    return found, {baseline.name: baseline.value.value for baseline in found.measured}


def _trivial_by_hand(kind, metric):
    train, cv = DATA[kind].train.y, DATA[kind].cv.y
    if kind == "regression":
        squares = ((cv - train.mean()) ** 2).mean()
        return {"rmse": np.sqrt(squares), "cost": squares / 2, "mae": abs(cv - np.median(train)).mean()}[metric]
    shares = np.array([(train == label).mean() for label in range(train.max() + 1)])
    return {"error": (cv != shares.argmax()).mean(), "cost": -np.log(shares[cv]).mean()}[metric]


def _boosting_by_hand(kind, metric):
    train, cv = DATA[kind].train, DATA[kind].cv
    if kind == "regression":
        loss = {"mae": "absolute_error"}.get(metric, "squared_error")
        misses = HistGradientBoostingRegressor(loss=loss, random_state=0).fit(train.X, train.y).predict(cv.X) - cv.y
        return {"rmse": np.sqrt((misses**2).mean()), "cost": (misses**2).mean() / 2, "mae": abs(misses).mean()}[metric]
    fitted = HistGradientBoostingClassifier(random_state=0).fit(train.X, train.y)
    return {"error": 1 - fitted.score(cv.X, cv.y), "cost": log_loss(cv.y, fitted.predict_proba(cv.X))}[metric]


def _linear_by_hand(kind, metric):
    """The metric on cv of the λ whose J_cv is least, each at its optimum: Ridge's alpha is λ, LogisticRegression's C is 1/λ."""
    train, cv = DATA[kind].train, DATA[kind].cv
    found = []
    for lambda_ in LAMBDAS:
        if kind == "regression":
            scaled = (train.y - train.y.mean()) / train.y.std()
            predicted = Ridge(alpha=lambda_).fit(train.X, scaled).predict(cv.X) * train.y.std() + train.y.mean()
            cost = ((predicted - cv.y) ** 2).mean() / 2
            found.append((cost, {"rmse": np.sqrt(2 * cost), "mae": abs(predicted - cv.y).mean()}[metric]))
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fitted = LogisticRegression(C=1 / lambda_ if lambda_ else 1e9, max_iter=5000, tol=1e-8).fit(train.X, train.y)
        cost = log_loss(cv.y, fitted.predict_proba(cv.X))
        found.append((cost, {"error": 1 - fitted.score(cv.X, cv.y), "cost": cost}[metric]))
    return min(found)[1]


# (kind, metric, what the trivial predictor and the linear model are called, how near the linear one comes to its optimum)
KINDS = [
    ("regression", "rmse", "always the mean", "linear regression", {"rel": 0.02}),
    ("regression", "mae", "always the median", "linear regression", {"rel": 0.03}),
    ("binary", "error", "always the largest class", "logistic regression", {"abs": 1.1 / 30}),
    ("multiclass", "cost", "always the largest class", "logistic regression", {"rel": 0.02}),
]


@pytest.mark.parametrize(("kind", "metric", "trivial", "linear", "near"), KINDS, ids=[f"{c[0]}-{c[1]}" for c in KINDS])
def test_the_baselines_are_as_by_hand_and_the_best_is_chosen(kind, metric, trivial, linear, near):
    found, values = _measured(kind, metric)
    assert set(values) == {trivial, linear, "gradient boosting"}
    assert found.trivial.name == trivial
    assert values[trivial] == pytest.approx(_trivial_by_hand(kind, metric))
    with threadpool_limits(1):
        assert values["gradient boosting"] == pytest.approx(_boosting_by_hand(kind, metric), rel=1e-9)
        assert values[linear] == pytest.approx(_linear_by_hand(kind, metric), **near)
    assert found.chosen.value.value == min(values.values())
    assert any(found.chosen is baseline for baseline in found.measured)
    assert not found.is_given
    assert found.to_dict()["chosen"] == found.chosen.name
    assert all(b.value.low <= b.value.value <= b.value.high for b in found.measured)
    assert found.trivial.value.low < found.trivial.value.high


def test_a_given_figure_is_used_and_said():
    figure, steps = 0.0, []
    found, values = _measured("binary", "error", figure=figure, progress=steps.append)
    assert found.is_given
    assert found.chosen is found.measured[0]
    assert found.chosen.value.to_dict() == {"value": figure, "low": figure, "high": figure}
    assert values[found.chosen.name] == figure
    assert len(values) == 4
    assert found.to_dict()["chosen"] == found.chosen.name
    json.dumps(found.to_dict(), allow_nan=False)
    assert sum(steps) == len(LAMBDAS) * BUDGET.epochs * -(-DATA["binary"].train.size // 32)


def test_images_are_flattened_and_the_test_part_is_not_read():
    images = split(RANDOM.normal(size=(60, 4, 4)), np.arange(60) % 2)
    images = dataclasses.replace(images, test=SealedPart(images.test.rows, images.test.digest, None))
    found = measure(problem_of(images), folds_of(images), BUDGET)
    assert all(np.isfinite(baseline.value.value) for baseline in found.measured)


@pytest.mark.parametrize(("kind", "metric"), [("regression", "rmse"), ("multiclass", "error")])
def test_with_folds_each_row_is_measured_where_it_was_held_out(kind, metric):
    """Against a loop over the pairs."""
    folds = folds_of(DATA[kind], 3)
    found = {b.name: b for b in measure(problem_of(DATA[kind], metric=metric), folds, BUDGET).measured}
    trivial, boosting, own = [], [], []
    for train, held in folds.parts:
        y, new = folds.y[train], folds.y[held]
        own += held.tolist()
        if kind == "regression":
            model = HistGradientBoostingRegressor(random_state=0)
            trivial += ((new - y.mean()) ** 2).tolist()
        else:
            model = HistGradientBoostingClassifier(random_state=0)
            trivial += (new != np.bincount(y).argmax()).tolist()
        with threadpool_limits(1):
            predicted = model.fit(folds.X[train], y).predict(folds.X[held])
        boosting += ((predicted - new) ** 2 if kind == "regression" else predicted != new).tolist()
    assert sorted(own) == list(range(120))
    names = {"always the mean": trivial, "always the largest class": trivial, "gradient boosting": boosting}
    for name in found.keys() & names.keys():
        mean = np.mean(names[name])
        assert found[name].value.value == pytest.approx(np.sqrt(mean) if kind == "regression" else mean, rel=1e-9)
        spread = np.std(names[name]) / np.sqrt(120) * folds.stretch  # of the mean, before the metric is read off it
        assert np.std(found[name].cv.by_examples) == pytest.approx(spread, rel=0.1)
    assert len(found) == 3
    linear = next(b for name, b in found.items() if "regression" in name)
    assert linear.value.value < found[next(name for name in found if "always" in name)].value.value
