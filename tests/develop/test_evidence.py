import jax
import numpy as np
import pytest

import leadline as ll
from leadline.data.split import split
from leadline.develop.curves import curve_sizes
from leadline.develop.evidence import _still_falling, gather, lambda_grid, members_in_all
from leadline.develop.folds import folds_of
from leadline.develop.plan import start
from leadline.develop.population import LAMBDAS
from leadline.layers import Dense
from leadline.optimizers import SGD
from leadline.regularizers import L1
from leadline.schedules import ExponentialDecay

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
NUMBERS = split(X, 7 + 2 * X[:, 0] - X[:, 1])
THREE = split(X, np.argmax(X, axis=1))

# (λ, what is on the curve beside the usual values)
GRIDS = [
    (None, []),
    (0.0, []),
    (2.56, []),
    (0.1, [0.1]),
    (5.12, []),
    (5.13, [5.13, 10.26, 20.52, 41.04]),
    (7.0, [7, 14, 28, 56]),
    (80.0, [80, 160, 320, 640]),
]


@pytest.mark.parametrize(("lambda_", "beside"), GRIDS)
def test_the_grid_has_the_present_lambda_and_goes_on_beyond_a_large_one(lambda_, beside):
    assert lambda_grid(lambda_) == tuple(sorted([*LAMBDAS, *beside]))


def _outputs(population, member, inputs):
    """The forward pass of one member in NumPy, float64."""
    params = jax.tree.map(lambda array: np.asarray(array[member], np.float64), population.states.params)
    hidden = np.maximum(inputs @ params["dense"]["kernel"] + params["dense"]["bias"], 0)
    return hidden @ params["dense_1"]["kernel"] + params["dense_1"]["bias"]


@pytest.mark.parametrize(("data", "count"), [(NUMBERS, 0), (NUMBERS, 3), (THREE, 3)], ids=["split", "folds", "classes"])
def test_the_outputs_are_those_of_the_training_that_did_not_see_the_row(data, count):
    folds = folds_of(data, count)
    plan = start(data, None, folds.rows, layers=(4,), epochs=2, seeds=2)
    found = gather(plan, folds)
    given = found.outputs()
    assert given.shape == (2, len(folds.held), plan.problem.recipe.network.output_shape[0])
    for seed in range(2):
        for place, row in enumerate(folds.held):
            pair = next(pair for pair, (_, held) in enumerate(folds.parts) if row in held)
            expected = _outputs(found.population, seed * folds.count + pair, folds.X[row].astype(float))
            np.testing.assert_allclose(given[seed, place], expected, rtol=1e-4, atol=1e-5)
    # What they pay is what was scored.
    paid = plan.problem.values(given, folds.y[folds.held])
    for name, values in paid.items():
        np.testing.assert_allclose(values, found.measured.cv[name][list(found.own)], rtol=1e-5, atol=1e-6)
    other = found.outputs(folds.X[::-1].copy())
    assert (other != given).any()
    assert (found.outputs(folds.X.copy()) == given).all()
    _check_places(found, plan, folds)


def _check_places(found, plan, folds):
    """The network itself, as each of the settings that it has; and the settings that were tried, at their places."""
    assert len(found.measured.finite) * folds.count == members_in_all(plan, folds)
    rates = sorted(value for setting, value in found.tried if setting == "learning_rate")
    assert rates == pytest.approx([0.001 / 3, 0.003], rel=1e-5)
    assert set(found.tried) == {("l2", value) for value in LAMBDAS} | {("learning_rate", rate) for rate in rates}
    assert (found.measured.cv["cost"][list(found.tried["l2", 0.0])] == found.measured.cv["cost"][list(found.own)]).all()
    assert found.learning.sizes == curve_sizes(folds.rows)
    assert found.learning.cv[-1] == found.measured.of(found.own, plan.problem.metric).J_cv
    own, fast, slow = (
        found.measured.training_cost[list(places)]
        for places in (found.own, found.tried["learning_rate", rates[1]], found.tried["learning_rate", rates[0]])
    )
    assert (fast[:, -1] < own[:, -1]).all()
    assert (own[:, -1] < slow[:, -1]).all()
    assert found.seconds > 0


def test_the_network_is_trained_at_its_own_lambda():
    folds = folds_of(NUMBERS)
    found = gather(start(NUMBERS, None, folds.rows, layers=(4,), lambda_=10.0, epochs=2, seeds=2), folds)
    own, at, none = (
        found.measured.cv["cost"][list(places)] for places in (found.own, found.tried["l2", 10.0], found.tried["l2", 0.0])
    )
    assert (own == at).all()
    assert (own != none).any()
    assert ("l2", 80.0) in found.tried
    rates = [places for (setting, _), places in found.tried.items() if setting == "learning_rate"]
    assert all((found.measured.cv["cost"][list(places)] != own).any() for places in rates)


def test_a_model_with_a_schedule_and_a_penalty_of_its_own_is_measured_without_other_rates():
    model = ll.Sequential([Dense(1, kernel_regularizer=L1(0.1))])
    model.compile(optimizer=SGD(ExponentialDecay(0.01, 10, 0.9)), loss="mse")
    folds = folds_of(NUMBERS)
    found = gather(start(NUMBERS, model, folds.rows, epochs=2, seeds=2), folds)
    assert {setting for setting, _ in found.tried} == {"l2"}
    paid = found.plan.problem.values(found.outputs(), folds.y[folds.held])["cost"]
    np.testing.assert_allclose(paid, found.measured.cv["cost"][list(found.own)], rtol=1e-5)


# (costs of one seed by epoch, share by which they still fell)
FALLS = [
    ([1.0] * 20, 0.0),
    ([1.0] * 18 + [0.5] * 2, 0.5),
    ([4.0, 3.0], 0.25),
    ([1.0] * 18 + [1.5] * 2, -0.5),
    ([0.0] * 20, 0.0),
    ([5.0], 1.0),
]


@pytest.mark.parametrize(("costs", "share"), FALLS)
def test_how_much_the_training_cost_still_fell(costs, share):
    assert _still_falling(np.array([costs] * 3)) == pytest.approx(share)
