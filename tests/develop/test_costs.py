from dataclasses import replace

import jax
import numpy as np
import pytest
from scipy.special import log_softmax

from leadline.data.split import split
from leadline.develop.costs import Scores, joined, reading, scores
from leadline.develop.folds import folds_of
from leadline.develop.intervals import estimate
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


def _trained(kind, count=0):
    """A penalised population of a learning curve, measured: the problem, the population, its rows and its scores."""
    data, folds = DATA[kind], folds_of(DATA[kind], count)
    problem = problem_of(data, layers=(4,))
    recipe = with_lambda(problem.recipe, 5.0, folds.rows)
    members = learning_members(recipe, SIZES, folds, Budget(3, 32, SEEDS), 5.0)
    examples = Examples(folds.X, problem.encode(folds.y), np.ones(len(folds.y), np.float32))
    population = train_population(members, examples, epochs=3)
    rows = [member.rows for member in members]
    return problem, population, rows, scores(problem, population, rows, folds)


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
    _check_own_rows(problem, population, train, measured, rows)
    records = population.records
    assert (measured.training_cost == records["cost"]).all()
    assert (records["penalty"] > 0).all()
    np.testing.assert_allclose(records["loss"], records["cost"] + records["penalty"], rtol=1e-5)


def _check_own_rows(problem, population, train, measured, rows):
    """J_train of the smaller trainings is over their own rows, and nothing like that over all."""
    score, paid = measured.of(range(SEEDS), "cost"), problem.values(population.predict(train.X), train.y)["cost"]
    own = [paid[member][rows[member]].mean() for member in range(SEEDS)]
    assert all(len(rows[member]) == SIZES[0] for member in range(SEEDS))
    assert score.J_train.value == pytest.approx(np.mean(own))
    assert score.J_train.value != pytest.approx(paid[:SEEDS].mean())
    assert score.J_cv.value == pytest.approx(measured.cv["cost"][:SEEDS].mean())


def _scores(misses, folds=None):
    """The scores of members whose misses are known: the same on train and cv."""
    values = {"cost": misses**2 / 2, "squared": misses**2, "absolute": abs(misses)}
    own = {name: tuple(paid) for name, paid in values.items()}
    return Scores(own, values, np.ones(len(misses), bool), np.ones((len(misses), 3)), folds)


# (metric, the number of one member with the misses 3 and 4, of both members together)
READ = [
    ("rmse", np.sqrt(12.5), np.sqrt((9 + 16 + 0 + 1) / 4)),
    ("mae", 3.5, 2.0),
    ("cost", 6.25, 3.25),
]


@pytest.mark.parametrize(("metric", "one", "both"), READ)
def test_a_metric_is_read_off_the_mean_over_all_seeds_and_examples(metric, one, both):
    measured = _scores(np.array([[3.0, -4.0], [0.0, 1.0]]))
    assert measured.numbers("cv", 0, metric) == pytest.approx(one)
    assert measured.of([0, 1], metric).J_cv.value == pytest.approx(both)
    assert measured.of([0, 1], metric).J_train.value == pytest.approx(both)


def test_a_metric_is_the_mean_of_some_values():
    assert [reading(metric)[0] for metric in ("error", "cost", "rmse", "mae")] == ["error", "cost", "squared", "absolute"]


def test_populations_are_put_back_in_their_members_order():
    misses = np.arange(8.0).reshape(4, 2)
    odd, even = (_scores(misses[places]) for places in ([1, 3], [0, 2]))
    whole = joined([odd, even], [1, 3, 0, 2])
    assert (whole.cv["absolute"] == misses).all()
    assert [own.tolist() for own in whole.train["absolute"]] == misses.tolist()


# --- with folds -----------------------------------------------------------------------------------------------------------------


def _pooled(metric, paid):
    """A metric of all examples from those of each one alone."""
    power = 2 if metric == "rmse" else 1
    return np.mean(np.array(paid) ** power) ** (1 / power)


@pytest.mark.parametrize("kind", DATA)
def test_with_folds_each_row_counts_where_it_was_held_out_and_with_its_mean_where_it_was_seen(kind):
    """Against plain loops over seeds, rows and trainings; the size of 90 is above the 80 rows of a pair, and means all."""
    problem, population, rows, measured = _trained(kind, 3)
    folds = folds_of(DATA[kind], 3)
    assert [len(own) for own in rows] == [20] * 3 * SEEDS + [80] * 3 * SEEDS
    for entry in range(2 * SEEDS):
        z = [_outputs(population, 3 * entry + pair, folds.X) for pair in range(3)]
        alone = [[_by_hand(kind, problem, outputs[i : i + 1], folds.y[i : i + 1]) for i in range(len(folds.y))] for outputs in z]
        for metric in alone[0][0]:
            held = [alone[pair][i][metric] for i in range(120) for pair in range(3) if i in folds.parts[pair][1]]
            assert measured.numbers("cv", entry, metric) == pytest.approx(_pooled(metric, held), rel=2e-5)
            power, seen = 2 if metric == "rmse" else 1, []
            if entry >= SEEDS:
                for i in range(120):
                    own = [alone[pair][i][metric] ** power for pair in range(3) if i in rows[3 * entry + pair]]
                    assert len(own) == 2
                    seen.append(np.mean(own) ** (1 / power))
            else:
                seen = [alone[pair][i][metric] for pair in range(3) for i in rows[3 * entry + pair]]
            assert measured.numbers("train", entry, metric) == pytest.approx(_pooled(metric, seen), rel=2e-5)
            assert len(measured.train[reading(metric)[0]][entry]) == len(seen)
            if metric == "cost":
                np.testing.assert_allclose(measured.train["cost"][entry], seen, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        measured.training_cost, [population.records["cost"][3 * entry : 3 * entry + 3].mean(axis=0) for entry in range(4)]
    )


def test_one_training_that_broke_breaks_its_entry():
    problem, population, rows, _ = _trained("binary", 3)
    finite = np.ones(12, bool)
    finite[[0, 7]] = False
    broken = scores(problem, replace(population, finite=finite), rows, folds_of(DATA["binary"], 3))
    assert broken.finite.tolist() == [False, True, False, True]


def test_with_folds_train_and_cv_share_their_draws_and_without_they_do_not():
    """The same rows on both sides: what they pay cancels. Of a split they are others, and do not."""
    misses = np.random.default_rng(1).normal(size=(2, 120))
    score = _scores(misses, folds_of(DATA["regression"], 4)).of([0, 1], "rmse")
    gap = estimate(lambda cv, train: np.sqrt(cv) - np.sqrt(train), score.cv, score.train)
    assert (gap.low, gap.value, gap.high, gap.spread_examples) == (0, 0, 0, 0)
    score = _scores(misses, folds_of(DATA["regression"])).of([0, 1], "rmse")
    assert estimate(lambda cv, train: np.sqrt(cv) - np.sqrt(train), score.cv, score.train).spread_examples > 0.05


def test_with_folds_the_examples_share_of_the_error_is_stretched_but_not_for_rows_that_were_seen():
    misses, folds = np.random.default_rng(1).normal(size=(2, 120)), folds_of(DATA["regression"], 4)
    wide, narrow = (_scores(misses, held).of([0, 1], "mae") for held in (folds, None))
    for one, times in ((wide.cv, folds.stretch), (wide.train, folds.stretch), (wide.seen, 1)):  # all drawn as cv
        assert np.std(one.by_examples) == pytest.approx(times * np.std(narrow.cv.by_examples), rel=1e-6)
        assert np.std(one.by_seeds) == pytest.approx(np.std(narrow.cv.by_seeds), rel=1e-6)
    assert wide.J_train.spread_examples == pytest.approx(narrow.J_cv.spread_examples, rel=1e-6)
    assert wide.J_cv.spread_examples == pytest.approx(folds.stretch * narrow.J_cv.spread_examples, rel=1e-6)
    assert folds.stretch == pytest.approx(np.sqrt(1 + 4 * 30 / 90))
