"""Problems are what they were drawn to be, and their truth is what an experiment without any trick gives."""

import json

import numpy as np
import problems
import pytest
from problems import FAULTS, candidates, data_of, process_of, truth, words

from leadline.develop.population import budget_for, with_lambda
from leadline.develop.problem import problem_of
from leadline.training.state import Examples
from leadline.training.sweep import Member, train_population

SMALL = {
    "numbers": {"kind": "numbers", "signal": "quadratic", "features": 4, "noise": 0.5, "classes": 2, "draw": 0},
    "two": {"kind": "flips", "signal": "linear", "features": 4, "noise": 0.2, "classes": 2, "draw": 0},
}


def test_candidates_are_plain_and_enough_are_reported():
    found = candidates()
    assert json.loads(json.dumps(found)) == found
    assert sum(name.endswith("/1") for name in found) == 100
    assert {name.split("/")[2] for name in found} == set(FAULTS)
    assert all(200 <= one["rows"] <= 4000 and 5 <= one["process"]["features"] <= 20 for one in found.values())


# (gaps in δ, their standard errors in δ, what is true)
TRUE = [
    ((2.0, 0.1, 2.1), (0.0, 0.0, 0.0), {"bias": "high", "variance": "fine", "distance": "high"}),
    ((-9.0, 12.0, 3.0), (0.1, 0.1, 0.1), {"bias": "fine", "variance": "high", "distance": "high"}),
    ((0.79, 0.0, 0.79), (0.0, 0.0, 0.0), {"bias": "fine", "variance": "fine", "distance": "fine"}),
    ((0.81, 0.0, 0.0), (0.0, 0.0, 0.0), {}),
    ((1.19, 0.0, 2.0), (0.0, 0.0, 0.0), {}),
    ((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), {}),
    ((2.0, 0.0, 2.0), (0.5, 0.0, 0.1), {}),
]


@pytest.mark.parametrize(("gaps", "errors", "expected"), TRUE)
@pytest.mark.parametrize("delta", [1.0, 0.03])
def test_a_gap_near_the_tolerance_has_no_truth(gaps, errors, expected, delta):
    named = [dict(zip(("bias", "variance", "distance"), (delta * value for value in values))) for values in (gaps, errors)]
    assert words(*named, delta) == expected


@pytest.mark.parametrize("kind", SMALL)
def test_the_truth_is_what_many_trainings_give(kind, monkeypatch):
    """The same expected costs from other training sets, as plain means over them, without the best predictor beside."""
    monkeypatch.setattr(problems, "FRESH", 2000)
    settings = {"process": SMALL[kind], "rows": 100, "layers": [4], "lambda_": 1.0}
    found = truth(**settings)
    assert (found["best"], found["delta"] >= 0.1 * found["best"]) == (process_of(**SMALL[kind]).best, True)
    random, sets, m = np.random.default_rng(12), 30, 60
    source = process_of(**SMALL[kind])
    data, seen, fresh = data_of(source, 100, random), source.examples(random, sets * m), source.examples(random, 2000)
    problem = problem_of(data, layers=(4,))
    recipe, budget = with_lambda(problem.recipe, 1.0, m), budget_for(m)
    members = [Member(recipe, seed, np.arange(seed * m, (seed + 1) * m)) for seed in range(sets)]
    examples = Examples(seen.X.astype(np.float32), problem.encode(seen.y), None)
    population = train_population(members, examples, epochs=budget.epochs, batch_size=budget.batch_size)
    name = "squared" if kind == "numbers" else "error"
    own, new = (problem.values(population.predict(one.X.astype(np.float32)), one.y)[name] for one in (seen, fresh))
    means = [np.array([own[i][member.rows].mean() for i, member in enumerate(members)]), new.mean(axis=1)]
    for part, values in zip(("J_train", "J_cv"), means):
        expected, error = values.mean(), values.std() / np.sqrt(sets)
        expected, error = (np.sqrt(expected), error / 2 / np.sqrt(expected)) if kind == "numbers" else (expected, error)
        assert found[part] == pytest.approx(expected, abs=4 * np.hypot(error, found["errors"]["distance"]) + 0.01)
    assert found["gaps"]["variance"] > 0
    assert found["gaps"]["distance"] == pytest.approx(found["gaps"]["bias"] + found["gaps"]["variance"], abs=0.002)
