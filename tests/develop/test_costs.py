import jax
import numpy as np
import pytest
from scipy.special import log_softmax

from leadline.data.split import split
from leadline.develop.costs import Scores, joined, reading, scores
from leadline.develop.population import Budget, learning_members, with_lambda
from leadline.develop.problem import problem_of
from leadline.training.state import Examples
from leadline.training.sweep import train_population

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
DATA = {
    "regression": split(X, 1000 + 50 * X[:, 0] + 20 * X[:, 1] ** 2),
    "binary": split(X, (X[:, 0] > 0).astype(int)),
    "multiclass": split(X, np.argmax(X, axis=1)),
}
SIZES, SEEDS = (20, 90), 2


def _trained(kind):
    """A penalised population of a learning curve, measured: the problem, the population, its rows and its scores."""
    data = DATA[kind]
    problem = problem_of(data, layers=(4,))
    recipe = with_lambda(problem.recipe, 5.0, data.train.size)
    members = learning_members(recipe, SIZES, data.train.size, Budget(3, 32, SEEDS), 5.0)
    examples = Examples(data.train.X, problem.encode(data.train.y), np.ones(data.train.size, np.float32))
    population = train_population(members, examples, epochs=3)
    rows = [member.rows for member in members]
    return problem, population, rows, scores(problem, population, rows, data.train, data.cv)


def _outputs(population, member, inputs):
    """The forward pass of one member in NumPy, float64."""
    params = jax.tree.map(lambda array: np.asarray(array[member], np.float64), population.states.params)
    hidden = np.maximum(inputs @ params["dense"]["kernel"] + params["dense"]["bias"], 0)
    return hidden @ params["dense_1"]["kernel"] + params["dense_1"]["bias"]


def _by_hand(kind, problem, z, y):
    """J and the errors, straight from their formulas."""
    m = len(y)
    if kind == "regression":
        misses = z[:, 0] * problem.scale + problem.location - y
        squares = sum(miss**2 for miss in misses)
        return {"cost": squares / (2 * m), "rmse": np.sqrt(squares / m), "mae": sum(abs(miss) for miss in misses) / m}
    if kind == "binary":
        p = 1 / (1 + np.exp(-z[:, 0]))
        cost = -sum(np.log(p[i]) if y[i] else np.log(1 - p[i]) for i in range(m)) / m
        return {"cost": cost, "error": sum((p[i] > 0.5) != y[i] for i in range(m)) / m}
    log_p = log_softmax(z, axis=1)
    cost = -sum(log_p[i, y[i]] for i in range(m)) / m
    return {"cost": cost, "error": sum(log_p[i].argmax() != y[i] for i in range(m)) / m}


@pytest.mark.parametrize("kind", DATA)
def test_J_is_the_mean_cost_at_fixed_weights_over_the_trainings_own_rows_without_the_penalty(kind):
    problem, population, rows, measured = _trained(kind)
    train, cv = DATA[kind].train, DATA[kind].cv
    for member in range(len(rows)):
        own = rows[member]
        for part, inputs, y in (("train", train.X[own], train.y[own]), ("cv", cv.X, cv.y)):
            expected = _by_hand(kind, problem, _outputs(population, member, inputs), y)
            found = {metric: measured.numbers(part, member, metric) for metric in expected}
            assert found == pytest.approx(expected, rel=2e-5)
    _check_own_rows(measured, rows)
    records = population.records
    assert (measured.training_cost == records["cost"]).all()
    assert (records["penalty"] > 0).all()
    np.testing.assert_allclose(records["loss"], records["cost"] + records["penalty"], rtol=1e-5)


def _check_own_rows(measured, rows):
    """J_train of the smaller trainings is over their own rows, and nothing like that over all."""
    score = measured.of(range(SEEDS), "cost")
    own = [measured.train["cost"][member][rows[member]].mean() for member in range(SEEDS)]
    assert all(len(rows[member]) == SIZES[0] for member in range(SEEDS))
    assert score.J_train.value == pytest.approx(np.mean(own))
    assert score.J_train.value != pytest.approx(measured.train["cost"][:SEEDS].mean())
    assert score.J_cv.value == pytest.approx(measured.cv["cost"][:SEEDS].mean())


def _scores(misses, rows):
    """The scores of members whose misses are known: the same on train and cv."""
    values = {"cost": misses**2 / 2, "squared": misses**2, "absolute": abs(misses)}
    return Scores(values, values, rows, np.ones(len(misses), bool), np.ones((len(misses), 3)))


# (metric, the number of one member with the misses 3 and 4, of both members together)
READ = [
    ("rmse", np.sqrt(12.5), np.sqrt((9 + 16 + 0 + 1) / 4)),
    ("mae", 3.5, 2.0),
    ("cost", 6.25, 3.25),
]


@pytest.mark.parametrize(("metric", "one", "both"), READ)
def test_a_metric_is_read_off_the_mean_over_all_seeds_and_examples(metric, one, both):
    rows = np.arange(2)
    measured = _scores(np.array([[3.0, -4.0], [0.0, 1.0]]), (rows, rows))
    assert measured.numbers("cv", 0, metric) == pytest.approx(one)
    assert measured.of([0, 1], metric).J_cv.value == pytest.approx(both)
    assert measured.of([0, 1], metric).J_train.value == pytest.approx(both)


def test_a_metric_is_the_mean_of_some_values():
    assert [reading(metric)[0] for metric in ("error", "cost", "rmse", "mae")] == ["error", "cost", "squared", "absolute"]


def test_populations_are_put_back_in_their_members_order():
    rows = [np.array([i]) for i in range(4)]
    misses = np.arange(8.0).reshape(4, 2)
    odd, even = (_scores(misses[places], tuple(rows[i] for i in places)) for places in ([1, 3], [0, 2]))
    whole = joined([odd, even], [1, 3, 0, 2])
    assert (whole.cv["absolute"] == misses).all()
    assert (whole.train["absolute"] == misses).all()
    assert [own[0] for own in whole.rows] == [0, 1, 2, 3]
