import json

import numpy as np
import pytest
from scipy.stats import binom

import leadline as ll
from leadline.data.split import SealedPart, split
from leadline.develop import choice as under_test
from leadline.develop.choice import select
from leadline.errors import ArgumentError, NonFiniteError
from leadline.layers import Dense
from leadline.optimizers import SGD

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(300, 2))
RING = split(X, ((X**2).sum(axis=1) > 1.4).astype(int))
WAVE = split(X, np.sin(3 * X[:, 0]) + 0.05 * RANDOM.normal(size=300))


@pytest.fixture(scope="module")
def ring():
    return select({"none": (), "one": (1,), "wide": (30,), "wider": (60,)}, RING, epochs=60, seeds=3)


def test_candidates_are_ranked_and_the_simplest_of_the_best_is_proposed(ring):
    costs = [candidate.J_cv.value for candidate in ring.candidates]
    assert costs == sorted(costs)
    names = {candidate.name: candidate for candidate in ring.candidates}
    assert not names["none"].ties
    assert names["none"].difference.low > 0
    assert ring.chosen == min((one for one in ring.candidates if one.ties), key=lambda one: one.params).name
    assert ring.chosen in ("wide", "wider")
    assert names["wide"].params == 2 * 30 + 30 + 30 + 1
    assert ring.candidates[0].difference.value == 0
    assert ring.candidates[0].ties
    json.dumps(ring.to_dict(), allow_nan=False)


def test_by_errors_a_tie_is_an_exact_test_of_those_that_one_alone_gets_wrong():
    paid = np.zeros((3, 1, 100))
    paid[1, 0, :4] = 1  # 4 to 0: p = 2 · 0.5⁴ = 0.125
    paid[2, 0, 10:15] = 1  # 5 to 0: p = 2 · 0.5⁵ = 0.0625
    assert 2 * binom.cdf(0, 4, 0.5) > 0.1 > 2 * binom.cdf(0, 5, 0.5)

    class Paid:
        def __init__(self, values):
            self.cv, self.finite, self.folds = {"error": values}, np.ones(1, bool), None
            self.train = {"error": tuple(values)}

        of = under_test.Scores.of

    scores = [Paid(values) for values in paid]
    assert [under_test._candidate("", one, scores[0], "error", 1).ties for one in scores] == [True, True, False]


def test_numbers_tie_by_the_paired_interval():
    found = select({"flat": (), "curved": (40,)}, WAVE, epochs=200, seeds=3)
    assert [candidate.name for candidate in found.candidates] == ["curved", "flat"]
    assert found.metric == "rmse"
    assert found.chosen == "curved"
    assert found.candidates[1].difference.low > 0


def test_the_luck_of_choosing_grows_with_the_candidates_and_is_none_for_one():
    random = np.random.default_rng(0)
    noise = random.exponential(1.0, (40, 60))
    one, many = (under_test._optimism(noise[:count], np.asarray, 0) for count in (1, 40))
    assert one < 0.03
    # The least of 40 means of 60 lies about 2.16 · 1/√60 below; on rows not drawn nothing of that is left.
    assert 0.15 < many < 0.45


def test_models_are_candidates_too_and_their_weights_stay():
    small, large = (ll.Sequential([ll.Input((2,)), Dense(units, "relu"), Dense(1, "sigmoid")]) for units in (1, 20))
    for model in (small, large):
        model.compile("adam", "binary_crossentropy")
    before = [np.asarray(w).copy() for w in small.get_weights()]
    found = select({"small": small, "large": large}, RING, epochs=40, seeds=2)
    assert {candidate.name: candidate.params for candidate in found.candidates} == {"small": 5, "large": 81}
    assert all((a == b).all() for a, b in zip(before, small.get_weights(), strict=True))


def test_one_that_breaks_is_named_and_neither_wins_nor_ties():
    broken = ll.Sequential([ll.Input((2,)), Dense(4, "relu"), Dense(1)])
    broken.compile(SGD(1e12), "mse")
    found = select({"broken": broken, "fine": (3,)}, WAVE, epochs=5, seeds=2)
    assert found.failed == ("broken",)
    assert found.chosen == "fine"
    assert len(found.candidates) == 1
    with pytest.raises(NonFiniteError, match="No candidate"):
        select({"broken": broken}, WAVE, epochs=5, seeds=2)


def test_the_test_part_is_not_read(monkeypatch):
    monkeypatch.setattr(SealedPart, "open", lambda self: pytest.fail("the test part was opened"))
    select({"a": (2,)}, RING, epochs=1, seeds=2, folds=3)


@pytest.mark.parametrize(("candidates", "seeds", "words"), [({}, 2, "at least one candidate"), ({"a": (2,)}, 1, "2 seeds")])
def test_what_cannot_be_compared(candidates, seeds, words):
    with pytest.raises(ArgumentError, match=words):
        select(candidates, RING, seeds=seeds)
