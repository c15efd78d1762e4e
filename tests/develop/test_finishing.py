import numpy as np
import pytest

import leadline as ll
from leadline.data.derived import keeping, with_powers
from leadline.data.split import SealedPart, split
from leadline.develop.finishing import finish
from leadline.develop.plan import start
from leadline.errors import NonFiniteError
from leadline.layers import Dense
from leadline.optimizers import SGD
from leadline.training.state import Examples
from leadline.training.sweep import Member, train_population

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
DATA = {
    "regression": split(X, 1000 + 50 * X[:, 0]),
    "binary": split(X, (X[:, 0] > 0).astype(int)),
    "multiclass": split(X, np.argmax(X, axis=1)),
}


def _plan(data, **options):
    return start(data, None, data.train.size, **({"layers": (4,), "epochs": 3, "seeds": 2, "seed": 5} | options))


@pytest.mark.parametrize("kind", DATA)
def test_it_predicts_the_mean_of_trainings_on_train_and_cv(kind, monkeypatch):
    monkeypatch.setattr(SealedPart, "open", lambda self: pytest.fail("the test part was opened"))
    data = DATA[kind]
    plan = _plan(data, lambda_=2.0)
    predictor = finish(plan, {"run": 7})
    inputs, y = (np.concatenate([getattr(part, name) for part in (data.train, data.cv)]) for name in ("X", "y"))
    rows = np.arange(len(y), dtype=np.int32)
    members = [Member(plan.recipe(len(y)), seed, rows) for seed in (5, 6)]
    outputs = train_population(members, Examples(inputs, plan.problem.encode(y), None), epochs=3).predict(inputs)
    outputs = outputs.astype(np.float64)
    if kind == "regression":
        expected = (outputs * plan.problem.scale + plan.problem.location).mean(axis=0)
    elif kind == "binary":
        expected = (1 / (1 + np.exp(-outputs))).mean(axis=0)
    else:
        powers = np.exp(outputs)
        expected = (powers / powers.sum(axis=-1, keepdims=True)).mean(axis=0)
    assert predictor.model.predict(inputs) == pytest.approx(expected, rel=2e-5)
    assert predictor.origin == {"run": 7}
    assert predictor.target.kind == kind


def test_it_takes_rows_as_they_came_where_features_were_made_of_them():
    data = keeping(with_powers(DATA["regression"], 2), [0, 3])
    predictor = finish(_plan(data), {})
    raw = DATA["regression"].cv.X
    assert predictor.predict(raw) == pytest.approx(predictor.model.predict(data.cv.X)[:, 0])


def test_where_no_training_stays_finite_there_is_no_model():
    model = ll.Sequential([ll.Input((3,)), Dense(4, "relu"), Dense(1)])
    model.compile(SGD(1e12), "mse")
    data = DATA["regression"]
    with pytest.raises(NonFiniteError, match="No training of the chosen network"):
        finish(start(data, model, data.train.size, epochs=5, seeds=2), {})
