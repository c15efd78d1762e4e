import json
import tracemalloc

import numpy as np
import pytest

from leadline.data.split import split
from leadline.data.target import Target
from leadline.develop.error_analysis import MOST_COLUMNS, analyse, error_analysis
from leadline.develop.folds import folds_of
from leadline.develop.outcomes import Outcomes
from leadline.develop.population import Budget, learning_members
from leadline.develop.problem import problem_of
from leadline.errors import ArgumentError, NonFiniteError
from leadline.training.state import Examples
from leadline.training.sweep import Population, train_population

ANIMALS = Target("animal", "binary", ("cat", "dog"), "")
COLOURS = Target("colour", "multiclass", ("red", "green", "blue"), "")
PRICE = Target("price", "regression", (), "")


def _of_classes(target, y, predicted, scores=None, columns=None, rows=None):
    y, predicted = np.asarray(y), np.asarray(predicted)
    wrong = (predicted != y).astype(float)
    cost = wrong if scores is None else -np.log(np.where(y, scores, 1 - scores))
    rows = np.arange(len(y)) if rows is None else rows
    return Outcomes(target, "error", rows, y, predicted, {"cost": cost, "error": wrong}, scores, columns or {})


def _of_numbers(y, predicted, columns=None):
    y, predicted = np.asarray(y, float), np.asarray(predicted, float)
    squared = (predicted - y) ** 2
    values = {"cost": squared / 2, "squared": squared, "absolute": np.abs(predicted - y)}
    return Outcomes(PRICE, "rmse", np.arange(len(y)), y, predicted, values, None, columns or {})


def _drawn(random, rows=300, runs=3):
    y = (random.random(rows) < 0.3).astype(int)
    scores = 1 / (1 + np.exp(-(2 * y - 1 + random.normal(size=rows) + 0.3 * random.normal(size=(runs, rows)))))
    columns = {"age": random.normal(size=rows), "sex": np.array(["f", "m"], object)[random.integers(0, 2, rows)]}
    return _of_classes(ANIMALS, y, (scores > 0.5).astype(int), scores, columns)


def test_the_worst_examples_are_the_costliest_with_all_that_is_known_of_them():
    scores = np.array([[0.1, 0.9, 0.2, 0.4], [0.1, 0.8, 0.6, 0.9]])
    columns = {"age": np.array([1.0, np.nan, 3.0, 4.0]), "sex": np.array(["f", "m", "f", "m"], object)}
    outcomes = _of_classes(ANIMALS, [0, 0, 1, 1], scores > 0.5, scores, columns, rows=np.array([10, 40, 30, 20]))
    found = analyse(outcomes, worst=3).worst.to_dict()
    assert found["seeds"] == 2
    first, second, third = found["examples"]
    assert first == {
        "row": 40,
        "y": "cat",
        "predicted": "dog",
        "cost": pytest.approx(-np.log(0.1 * 0.2) / 2),
        "wrong": 2,
        "features": {"age": None, "sex": "m"},
    }
    assert (second["row"], second["wrong"], third["row"], third["wrong"]) == (30, 1, 20, 1)


def test_of_numbers_wrong_is_what_misses_by_twice_the_seeds_rmse():
    y = np.zeros(100)
    predicted = np.ones((2, 100))
    predicted[:, 3] = 9.0
    predicted[0, 4] = 8.0
    first, second = analyse(_of_numbers(y, predicted), worst=2).worst.to_dict()["examples"]
    assert (first["row"], first["predicted"], first["cost"], first["wrong"]) == (3, 9.0, 40.5, 2)
    assert (second["row"], second["predicted"], second["wrong"]) == (4, 4.5, 1)


def test_the_prediction_shown_is_that_of_most_seeds():
    found = analyse(_of_classes(COLOURS, [0, 1], [[1, 1], [2, 1], [2, 1]]), worst=1).worst
    assert (found.predicted.tolist(), found.wrong.tolist()) == (["blue"], [3])


def test_no_result_depends_on_the_order_of_the_rows():
    outcomes = _drawn(np.random.default_rng(0))
    order = np.random.default_rng(1).permutation(300)
    shuffled = Outcomes(
        outcomes.target,
        outcomes.metric,
        outcomes.rows[order],
        outcomes.y[order],
        outcomes.predicted[:, order],
        {name: each[:, order] for name, each in outcomes.values.items()},
        outcomes.scores[:, order],
        {name: each[order] for name, each in outcomes.columns.items()},
    )
    assert analyse(shuffled).to_dict() == analyse(outcomes).to_dict()


# what can hardly be analysed, and a word that must be said of it
DEGENERATE = {
    "no error": (_of_classes(COLOURS, [0, 1, 2] * 10, [[0, 1, 2] * 10]), "No errors on cv"),
    "all wrong": (_of_classes(COLOURS, [0, 1, 2] * 10, [[1, 2, 0] * 10]), "none is worse than the rest"),
    "one class": (_of_classes(ANIMALS, [1] * 30, [[1] * 29 + [0]], np.full((1, 30), 0.6)), "All cv rows are of one class"),
    "two rows": (_of_classes(ANIMALS, [0, 1], [[0, 0]], np.array([[0.1, 0.2]])), "No slice was tested"),
    "one row": (_of_numbers([1.0], [[2.0]]), "No slice was tested"),
    "one category": (_of_numbers(np.arange(40), np.arange(40)[None] + 1, {"x": np.array(["a"] * 40)}), "One seed only"),
    "missing categories": (
        _of_classes(COLOURS, [0, 1, 2] * 10, [[0, 1, 1] * 10], None, {"x": np.array([None, float("nan"), "a"] * 10, object)}),
        '"part": "(missing)"',
    ),
    "missing numbers": (_of_numbers(np.arange(40), np.zeros((2, 40)), {"x": np.full(40, np.nan)}), "slices were tested"),
    "a perfect regression": (_of_numbers(np.arange(40), np.arange(40)[None]), "No errors on cv"),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_what_can_hardly_be_analysed_has_sensible_words_and_no_warnings(case):
    outcomes, word = DEGENERATE[case]
    plain = json.dumps(analyse(outcomes).to_dict(), allow_nan=False)
    assert word in plain


def test_what_selects_on_the_target_is_said_to():
    random = np.random.default_rng(2)
    y = random.normal(size=400)
    noise = analyse(_of_numbers(y, np.zeros((3, 400))))  # nothing can be known of y, and yet its outer quarters are worse
    assert noise.slices.flagged
    assert {each.column for each in noise.slices.flagged} == {"price (target)"}
    assert any("the outermost values hold the noise" in note for note in noise.notes)
    assert not analyse(_of_numbers(y, y + random.normal(size=(3, 400)))).slices.flagged


def test_too_many_columns_are_not_sliced():
    columns = {f"x{i}": np.arange(40) for i in range(MOST_COLUMNS + 1)}
    found = analyse(_of_numbers(np.arange(40), np.zeros((2, 40)), columns))
    assert {each.column for each in found.slices.tested} == {"price (target)"}
    assert any("too many to slice" in note for note in found.notes)


def test_a_million_rows_would_fit():
    """No array grows with repetitions × rows: the peak is a small multiple of what is given."""
    outcomes = _drawn(np.random.default_rng(3), 200_000, 2)
    given = 200_000 * 2 * 8
    tracemalloc.start()
    analyse(outcomes)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * given


RANDOM = np.random.default_rng(4)
X = RANDOM.normal(size=(200, 3))
DATA = {
    "regression": split(X, 1000 + 50 * X[:, 0] + 20 * X[:, 1] ** 2),
    "binary": split(X, (X[:, 0] > 0).astype(int)),
    "multiclass": split(X, np.argmax(X, axis=1)),
}


def _trained(kind):
    data = DATA[kind]
    problem, rows = problem_of(data, layers=(4,)), data.train.size
    members = learning_members(problem.recipe, (20, rows), folds_of(data), Budget(3, 32, 2))
    return problem, data, train_population(members, Examples(data.train.X, problem.encode(data.train.y), None), epochs=3)


@pytest.mark.parametrize("kind", DATA)
def test_trained_members_are_analysed(kind):
    problem, data, population = _trained(kind)
    found = error_analysis(problem, data, population, [2, 3], worst=4)
    json.dumps(found.to_dict(), allow_nan=False)
    paid = problem.values(population.predict(data.cv.X)[2:4], data.cv.y)
    total = np.sqrt(paid["squared"].mean()) if kind == "regression" else paid["error"].mean()
    assert (found.examples, found.seeds, found.slices.total) == (data.cv.size, 2, pytest.approx(total))
    worst = np.argsort(-paid["cost"].mean(axis=0))[:4]
    assert found.worst.rows.tolist() == data.cv.rows[worst].tolist()
    assert (found.worst.features["x1"] == data.cv.X[worst, 1]).all()
    assert (found.confusion is None) == (kind == "regression")
    assert (found.thresholds is None) == (kind != "binary")


def test_members_that_diverged_are_left_out():
    problem, data, population = _trained("binary")
    population = Population(population.recipes, population.states, population.records, 4, np.array([True, False, True, False]))
    assert error_analysis(problem, data, population).seeds == 2
    with pytest.raises(NonFiniteError, match="Lower the learning rate"):
        error_analysis(problem, data, population, [1, 3])


def test_a_negative_number_of_examples_is_refused():
    with pytest.raises(ArgumentError, match="Got -1"):
        analyse(_of_numbers([1.0], [[2.0]]), worst=-1)
