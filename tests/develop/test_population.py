import itertools
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leadline as ll
from leadline import seeds
from leadline.data.split import Part, split
from leadline.develop.folds import folds_of
from leadline.develop.population import (
    LAMBDAS,
    Budget,
    budget_for,
    check_setting,
    learning_members,
    members_of,
    penalised,
    subset,
    train_and_score,
    validation_members,
    with_lambda,
)
from leadline.develop.problem import problem_of
from leadline.errors import ArgumentError
from leadline.layers import Dense, Dropout, Flatten
from leadline.optimizers import SGD
from leadline.regularizers import L1, L2
from leadline.training.state import Examples, numeric
from leadline.training.sweep import Member, train_population

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
NUMBERS = split(X, 7 + 2 * X[:, 0] - X[:, 1])
TWO = split(X, (X[:, 0] > 0).astype(int))
FOLDS, ROWS = folds_of(NUMBERS), NUMBERS.train.size


def _model(layers, loss="mse", optimizer="adam"):
    model = ll.Sequential(layers)
    model.compile(optimizer=optimizer, loss=loss)
    return model


def test_the_grid_of_lambda_is_zero_and_doublings():
    assert LAMBDAS[:4] == (0, 0.01, 0.02, 0.04)
    assert LAMBDAS[-1] == 10
    assert all(b == pytest.approx(2 * a) for a, b in itertools.pairwise(LAMBDAS[1:-1]))


# (training rows, epochs, batch size): about 6,000 steps within 30 to 200 epochs
BUDGETS = [(1078, 176, 32), (90, 200, 32), (10, 200, 32), (12_000, 32, 64), (100_000, 30, 128)]


@pytest.mark.parametrize(("rows", "epochs", "batch_size"), BUDGETS)
def test_a_budget_is_a_number_of_steps(rows, epochs, batch_size):
    assert budget_for(rows) == Budget(epochs, batch_size)
    assert budget_for(rows, epochs=3, seeds=2, seed=7) == Budget(3, batch_size, 2, 7)
    assert list(budget_for(rows, seeds=3, seed=7).runs) == [7, 8, 9]


@pytest.mark.parametrize("options", [{"epochs": 0}, {"epochs": -1}, {"seeds": 0}, {"seed": -1}, {"seed": 2**32 - 4}])
def test_a_budget_that_makes_no_sense_is_refused(options):
    with pytest.raises(ArgumentError, match="Got"):
        budget_for(100, **options)


# (data, how many J what is minimised is: the loss MeanSquaredError is twice the J of a regression)
CONVENTIONS = [(NUMBERS, 2), (TWO, 1)]


@pytest.mark.parametrize(("data", "times"), CONVENTIONS, ids=["regression", "binary"])
def test_one_step_descends_J_plus_lambda_over_2m_times_the_squared_weights(data, times):
    """One step of gradient descent on the whole of train, against the gradient by hand."""
    lambda_, rate, m = 40.0, 0.1, data.train.size
    problem = problem_of(data, layers=())
    recipe = with_lambda(problem.recipe.replace(optimizer=SGD(rate)), lambda_, m)
    y = problem.encode(data.train.y)
    examples = Examples(data.train.X, y, np.ones(m, np.float32))
    params, _ = numeric(recipe).network.init(seeds.stream(5, "weights"))
    w, b = (np.asarray(params["dense"][name], np.float64) for name in ("kernel", "bias"))
    trained = train_population([Member(recipe, 5, np.arange(m))], examples, epochs=1, batch_size=m)
    z = data.train.X.astype(float) @ w + b
    misses = z - y if times == 2 else 1 / (1 + np.exp(-z)) - y
    gradient = data.train.X.T.astype(float) @ misses / m + lambda_ / m * w
    after = {name: np.asarray(array[0]) for name, array in trained.states.params["dense"].items()}
    np.testing.assert_allclose(after["kernel"], w - rate * times * gradient, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(after["bias"], b - rate * times * misses.mean(), rtol=1e-4, atol=1e-6)


def test_lambda_replaces_what_penalised_the_kernels_and_leaves_the_biases():
    layers = [Dense(4, kernel_regularizer=L1(0.5), bias_regularizer=L2(0.25)), Dense(1)]
    first, second = with_lambda(_model([ll.Input(shape=(3,)), *layers]).recipe(), 3.0, 30).network.layers
    assert isinstance(first.kernel_regularizer, L2)
    assert float(first.kernel_regularizer.l2) == float(second.kernel_regularizer.l2) == pytest.approx(0.1)
    assert float(first.bias_regularizer.l2) == 0.25


def test_a_penalty_of_nothing_is_put_where_there_was_none():
    layers = [Flatten(), Dense(4, kernel_regularizer=L2(0.5)), Dense(1)]
    recipe = _model([ll.Input(shape=(3,)), *layers]).recipe()
    _, first, second = penalised(recipe).network.layers
    assert float(first.kernel_regularizer.l2) == 0.5
    assert float(second.kernel_regularizer.l2) == 0.0
    assert jax.tree.structure(penalised(recipe)) == jax.tree.structure(with_lambda(recipe, 1.0, 30))


def test_kernels_shrink_as_lambda_grows():
    problem = problem_of(NUMBERS, layers=(4,))
    recipe = problem.recipe.replace(optimizer=SGD(0.01))
    members = validation_members(recipe, "l2", (0.0, 1.0, 100.0), FOLDS, Budget(30, 32, 1))
    examples = Examples(NUMBERS.train.X, problem.encode(NUMBERS.train.y), np.ones(ROWS, np.float32))
    population = train_population(members, examples, epochs=30)
    sizes = [float(jnp.sum(population.states.params["dense"]["kernel"][i] ** 2)) for i in range(3)]
    assert sizes[0] > sizes[1] > sizes[2]


def test_a_huge_lambda_leaves_a_constant_and_its_bias_is_free():
    problem = problem_of(NUMBERS, layers=())
    recipe = with_lambda(problem.recipe.replace(optimizer=SGD(1e-4)), 1e5 * ROWS / 20, ROWS)
    examples = Examples(NUMBERS.train.X, np.full((ROWS, 1), 3.0, np.float32), np.ones(ROWS, np.float32))
    population = train_population([Member(recipe.replace(optimizer=SGD(1e-4)), 0, np.arange(ROWS))], examples, epochs=200)
    assert float(jnp.abs(population.states.params["dense"]["kernel"]).max()) < 1e-3
    assert 0.2 < float(population.states.params["dense"]["bias"][0, 0]) < 3


def test_a_seeds_smaller_subsets_lie_within_its_larger_ones():
    for seed in range(5):
        sets = [set(subset(90, size, seed).tolist()) for size in (5, 20, 60, 90)]
        assert [len(own) for own in sets] == [5, 20, 60, 90]
        assert all(small < large for small, large in itertools.pairwise(sets))
    assert subset(90, 90, 3).tolist() == list(range(90))
    assert (np.diff(subset(90, 20, 0)) > 0).all()
    assert subset(90, 20, 0).tolist() != subset(90, 20, 1).tolist()


def test_members_stand_values_outermost():
    budget = Budget(2, 32, 3, seed=4)
    recipe = problem_of(NUMBERS).recipe
    members = validation_members(recipe, "l2", (0.0, 2.0), FOLDS, budget)
    assert [member.seed for member in members] == [4, 5, 6, 4, 5, 6]
    strengths = [float(member.recipe.network.layers[0].kernel_regularizer.l2) for member in members]
    assert strengths == pytest.approx([0.0] * 3 + [2.0 / ROWS] * 3)
    members = learning_members(recipe, (10, 90), FOLDS, budget, 2.0)
    assert [len(member.rows) for member in members] == [10] * 3 + [90] * 3
    # λ/(2m) with the m of each training
    strengths = [float(member.recipe.network.layers[0].kernel_regularizer.l2) for member in members]
    assert strengths == pytest.approx([2.0 / 10] * 3 + [2.0 / 90] * 3)


@pytest.mark.parametrize("lambda_", [0.0, 0.64])
def test_the_largest_size_is_the_lambda_curves_member_bitwise(lambda_):
    budget = Budget(3, 32, 2)
    problem = problem_of(NUMBERS, layers=(4,))
    recipe = with_lambda(problem.recipe, lambda_, ROWS)
    curve = validation_members(recipe, "l2", LAMBDAS, FOLDS, budget)
    members = curve + learning_members(recipe, (30, ROWS), FOLDS, budget, lambda_)
    measured = train_and_score(problem, FOLDS, members, budget)
    first = 2 * LAMBDAS.index(lambda_)
    for values in (measured.train["cost"], measured.cv["cost"], measured.training_cost):
        assert all((one == other).all() for one, other in zip(values[-2:], values[first : first + 2], strict=True))
        assert all(one.mean() != smaller.mean() for one, smaller in zip(values[-2:], values[-4:-2], strict=True))


def test_other_structures_are_trained_apart_and_come_back_in_order():
    """A model with a penalty of another kind beside the members of its λ curve."""
    recipe = _model([ll.Input(shape=(3,)), Dense(1, kernel_regularizer=L1(0.1))]).recipe()
    problem, budget = problem_of(NUMBERS, _model([Dense(1, kernel_regularizer=L1(0.1))])), Budget(2, 32, 1)
    everything = np.arange(ROWS, dtype=np.int32)
    other = with_lambda(recipe, 1.0, ROWS)
    mixed = [Member(other, 0, everything), Member(recipe, 0, everything[:40]), Member(other, 1, everything)]
    together = train_and_score(problem, FOLDS, mixed, budget)
    assert [len(own) for own in together.train["cost"]] == [ROWS, 40, ROWS]
    for places in ([0, 2], [1]):
        alone = train_and_score(problem, FOLDS, [mixed[place] for place in places], budget)
        for values, own in ((together.cv["cost"], alone.cv["cost"]), (together.train["cost"], alone.train["cost"])):
            assert all((values[place] == one).all() for place, one in zip(places, own, strict=True))
    assert (together.cv["cost"][0] != together.cv["cost"][2]).any()


# What is to be varied, in what model, and what that model does not have.
MISSING = [
    ("dropout", [Dense(1)], "adam", "no Dropout layer"),
    ("l2", [Flatten()], "adam", "no layer with a kernel"),
]


@pytest.mark.parametrize(("parameter", "layers", "optimizer", "message"), MISSING, ids=[case[0] for case in MISSING])
def test_what_a_recipe_does_not_have_cannot_be_varied(parameter, layers, optimizer, message):
    recipe = _model([ll.Input(shape=(3,)), *layers], optimizer=optimizer).recipe()
    with pytest.raises(ArgumentError, match=message):
        check_setting(recipe, parameter)


def test_the_learning_rate_inside_a_transformation_of_optax_cannot_be_varied():
    import optax

    recipe = _model([ll.Input(shape=(3,)), Dropout(0.1), Dense(1)], optimizer=optax.sgd(0.1)).recipe()
    with pytest.raises(ArgumentError, match="inside the transformation"):
        check_setting(recipe, "learning_rate")
    check_setting(recipe, "dropout")
    check_setting(recipe, "l2")


def test_members_stand_seeds_outermost_and_the_pairs_of_a_seed_side_by_side():
    folds, budget = folds_of(NUMBERS, 3), Budget(2, 32, 2, seed=4)
    told = []
    members = members_of(lambda rows: told.append(rows) or problem_of(NUMBERS).recipe, folds, budget, 20)
    assert [member.seed for member in members] == [4, 4, 4, 5, 5, 5]
    assert told == [20] * 6
    for member, (train, _) in zip(members, folds.parts * 2, strict=True):
        assert len(member.rows) == 20
        assert set(member.rows) < set(train)
    whole = members_of(lambda rows: problem_of(NUMBERS).recipe, folds, budget)
    assert [member.rows.tolist() for member in whole] == [train.tolist() for train, _ in folds.parts * 2]


def test_in_time_lambda_counts_in_the_rows_of_each_training():
    data = split(X, 7 + 2 * X[:, 0], times=np.arange(150))
    folds = folds_of(data, 3)
    members = validation_members(problem_of(data).recipe, "l2", (6.0,), folds, Budget(2, 32, 1))
    strengths = [float(member.recipe.network.layers[0].kernel_regularizer.l2) for member in members]
    assert strengths == pytest.approx([6 / len(train) for train, _ in folds.parts])
    assert len(set(strengths)) == 3


def test_folds_are_trained_as_a_loop_over_their_pairs_would():
    """Each pair by itself, as train and cv of a split of its own."""
    folds, budget, problem = folds_of(NUMBERS, 3), Budget(3, 32, 2), problem_of(NUMBERS, layers=(4,))
    together = train_and_score(problem, folds, members_of(lambda rows: problem.recipe, folds, budget), budget)
    assert together.cv["cost"].shape == (2, len(folds.y))
    for train, held in folds.parts:
        parts = [Part(folds.X[rows], folds.y[rows], rows) for rows in (train, held)]
        own = folds_of(replace(NUMBERS, train=parts[0], cv=parts[1]))
        alone = train_and_score(problem, own, members_of(lambda rows: problem.recipe, own, budget), budget)
        np.testing.assert_allclose(together.cv["cost"][:, held], alone.cv["cost"], rtol=2e-4, atol=1e-6)


@pytest.mark.parametrize("count", [0, 3])
def test_the_members_that_are_kept_are_those_that_were_scored(count):
    """Among members of two structures, which are trained apart."""
    problem = problem_of(NUMBERS, _model([Dense(1, kernel_regularizer=L1(0.1))]))
    folds, budget = folds_of(NUMBERS, count), Budget(2, 32, 2)
    members = validation_members(problem.recipe, "l2", (0.0,), folds, budget)
    members += learning_members(problem.recipe, (20, ROWS), folds, budget)
    measured = train_and_score(problem, folds, members, budget, keep=(4, 5))
    paid = problem.values(measured.kept.predict(folds.X), folds.y)["cost"]
    held = [paid[pair :: folds.count][:, rows] for pair, (_, rows) in enumerate(folds.parts)]
    assert (folds.assembled(held) == measured.cv["cost"][4:]).all()
    assert (measured.cv["cost"][4:] != measured.cv["cost"][2:4]).any()
    assert train_and_score(problem, folds, members, budget).kept is None
