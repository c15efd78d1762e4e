import json

import numpy as np
import pytest

import leadline as ll
from leadline.data.split import split
from leadline.develop.plan import start
from leadline.layers import Add, Conv2D, Dense, Flatten
from leadline.optimizers import SGD, Adam
from leadline.regularizers import L1
from leadline.schedules import ExponentialDecay

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 3))
NUMBERS = split(X, X[:, 0])
IMAGES = split(RANDOM.normal(size=(60, 6, 4, 1)), np.arange(60) % 3)


def _compiled(model, optimizer="adam", loss="mse"):
    model.compile(optimizer=optimizer, loss=loss)
    return model


def _graph():
    inputs = ll.Input(shape=(3,))
    hidden = Dense(3, "relu")(inputs)
    return ll.Model(inputs, Dense(1)(Add()([inputs, hidden])))


def test_without_a_model_a_plan_has_a_lambda_and_with_one_it_keeps_the_models_regularizers():
    plan = start(NUMBERS, None, 40, layers=(4,), lambda_=2.0, epochs=3, seeds=2, seed=5)
    assert plan.lambda_ == 2.0
    assert [float(layer.kernel_regularizer.l2) for layer in plan.recipe(50).network.layers] == pytest.approx([0.04, 0.04])
    assert [float(layer.kernel_regularizer.l2) for layer in plan.problem.recipe.network.layers] == [0, 0]
    assert list(plan.budget.runs) == [5, 6]
    own = start(NUMBERS, _compiled(ll.Sequential([Dense(4, kernel_regularizer=L1(0.5)), Dense(1)])), 40)
    assert own.lambda_ is None
    first, last = own.recipe(50).network.layers
    assert float(first.kernel_regularizer.l1) == 0.5
    assert float(last.kernel_regularizer.l2) == 0
    assert own.recipe(50) is own.problem.recipe


def test_the_budget_is_for_the_rows_that_are_trained_on():
    assert start(NUMBERS, None, 1078).budget.epochs == 176


def test_another_recipe_is_put_in_and_nothing_else():
    plan = start(NUMBERS, None, 40)
    other = plan.problem.recipe.replace(optimizer=SGD(0.5))
    changed = plan.with_recipe(other)
    assert changed.problem.recipe is other
    assert (changed.data, changed.budget, changed.lambda_) == (plan.data, plan.budget, plan.lambda_)
    assert (changed.problem.target, changed.problem.scale) == (plan.problem.target, plan.problem.scale)


# (name, data, model, its layers, its units, its learning rate)
DESCRIBED = [
    ("start", NUMBERS, None, ["Dense", "Dense", "Dense"], "3 → 25 → 15 → 1", 0.001),
    ("images", IMAGES, None, ["Flatten", "Dense", "Dense", "Dense"], "6 × 4 × 1 → 24 → 25 → 15 → 3", 0.001),
    ("rate", NUMBERS, lambda: _compiled(ll.Sequential([Dense(1)]), Adam(0.02)), ["Dense"], "3 → 1", 0.02),
    (
        "schedule",
        NUMBERS,
        lambda: _compiled(ll.Sequential([Dense(1)]), SGD(ExponentialDecay(0.1, 10, 0.9))),
        ["Dense"],
        "3 → 1",
        None,
    ),
    (
        "convolution",
        IMAGES,
        lambda: _compiled(ll.Sequential([Conv2D(2, 3), Flatten(), Dense(3, "softmax")]), loss="sparse_categorical_crossentropy"),
        ["Conv2D", "Flatten", "Dense"],
        "6 × 4 × 1 → 4 × 2 × 2 → 16 → 3",
        0.001,
    ),
]


@pytest.mark.parametrize(("data", "make", "layers", "units", "rate"), [c[1:] for c in DESCRIBED], ids=[c[0] for c in DESCRIBED])
def test_what_is_described_is_json_and_says_what_is_trained(data, make, layers, units, rate):
    plan = start(data, make and make(), 36, epochs=7, seeds=3)
    found = plan.described()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert [one["layer"] for one in found["network"]] == layers
    assert found["network"][-1]["output"] == list(plan.problem.recipe.network.output_shape)
    assert found["inputs"] == list(data.train.X.shape[1:])
    assert found["learning_rate"] == (None if rate is None else pytest.approx(rate, rel=1e-6))
    assert found["budget"] == {"epochs": 7, "batch_size": 32, "seeds": [0, 1, 2]}
    assert found["lambda"] == (None if make else 0.0)
    assert plan.units == units


def test_a_graph_of_layers_is_described_too():
    plan = start(NUMBERS, _compiled(_graph()), 36)
    found = plan.described()
    json.dumps(found, allow_nan=False)
    assert [one["layer"] for one in found["network"]] == ["Dense", "Add", "Dense"]
    assert [one["output"] for one in found["network"]] == [[3], [3], [1]]
    assert plan.units.endswith("→ 1")


def test_a_transformation_of_optax_has_no_learning_rate_that_is_known():
    import optax

    found = start(NUMBERS, _compiled(ll.Sequential([Dense(1)]), optax.sgd(0.1)), 36).described()
    assert found["learning_rate"] is None
    json.dumps(found, allow_nan=False)
