import json
import re

import numpy as np
import pytest

from leadline.develop.advice import next_step
from leadline.develop.curves import LearningCurve, ValidationCurve
from leadline.develop.gaps import judge
from leadline.develop.intervals import Estimate

RANDOM = np.random.default_rng(0)
SIZES = (50, 100, 200)
LAMBDAS = (0.0, 1.0, 10.0)


def _estimates(levels):
    return tuple(Estimate(level, 0.9 * level, 1.1 * level) for level in levels)


def _learning(levels, noise=0.001):
    """A learning curve whose J_cv is this at 50, 100 and 200 examples."""
    J_cv = np.array(levels)[:, None] + noise * RANDOM.normal(size=(3, 5))
    return LearningCurve(SIZES, "rmse", J_cv / 2, J_cv, _estimates(np.array(levels) / 2), _estimates(levels))


def _lambdas(levels, tied):
    """A λ curve whose J_cv is this at 0, 1 and 10, and the values that tie with the best."""
    J_cv = np.array(levels)[:, None] + np.zeros((3, 5))
    chosen = max(np.flatnonzero(tied))
    best = int(np.argmin(levels))
    return ValidationCurve(
        "l2", LAMBDAS, "rmse", J_cv, J_cv, _estimates(levels), _estimates(levels), best, np.array(tied), int(chosen)
    )


def _gaps(bias, variance, distance):
    """Gaps of these judgements."""
    sizes = {"high": (0.2, 0.1, 0.3), "fine": (0.0, -0.01, 0.01), "undetermined": (0.06, -0.1, 0.22)}
    named = {"bias": bias, "variance": variance, "distance": distance}
    return {
        name: judge(name, Estimate(*sizes[judgement], 0.09, 0.01), 0.05, 100, 5, "cv examples")
        for name, judgement in named.items()
    }


FLAT, FALLING = _learning([0.5, 0.5, 0.5], 0.02), _learning([0.9, 0.7, 0.5])
NO_LAMBDA, SMALL, LARGE = (
    _lambdas([0.5, 0.5, 0.5], [True, True, True]),
    _lambdas([0.5, 0.4, 0.6], [False, True, False]),
    _lambdas([0.5, 0.45, 0.4], [False, False, True]),
)

# (verdict, learning curve, λ curve, λ, how much the training cost still fell, words of the action)
ACTIONS = [
    ("high bias", FLAT, NO_LAMBDA, 0.0, 0.1, "longer"),
    ("high bias", FLAT, NO_LAMBDA, 0.0, 0.001, "bigger network"),
    ("high bias", FALLING, NO_LAMBDA, 0.0, -0.5, "bigger network"),
    ("high bias and high variance", FALLING, NO_LAMBDA, 0.0, 0.001, "bigger network"),
    ("undetermined, leaning to high bias", FLAT, NO_LAMBDA, 0.0, 0.1, "longer"),
    ("high variance", FALLING, NO_LAMBDA, 0.0, 0.0, "more data"),
    ("high variance", FALLING, LARGE, 0.0, 0.0, "more data.*λ"),
    ("high variance", FLAT, LARGE, 0.0, 0.0, "Regularise.*λ"),
    ("high variance", FLAT, NO_LAMBDA, 0.0, 0.0, "Regularise"),
    ("undetermined, leaning to high variance", FALLING, NO_LAMBDA, 0.0, 0.0, "more data"),
    ("done", FLAT, NO_LAMBDA, 0.0, 0.0, "Stop"),
    ("undetermined", FLAT, NO_LAMBDA, 0.0, 0.0, "[Mm]easure"),
]


@pytest.mark.parametrize(("verdict", "learning", "lambdas", "lambda_", "falling", "words"), ACTIONS)
def test_the_step_is_that_of_the_usual_flow(verdict, learning, lambdas, lambda_, falling, words):
    step = next_step(verdict, _gaps("undetermined", "undetermined", "undetermined"), lambdas, learning, lambda_, falling)
    assert re.search(words, step.action)
    assert step.reasons
    assert all(step.reasons)
    json.dumps(step.to_dict(), allow_nan=False)


def _reasons(verdict, learning, lambdas, lambda_, falling=0.0, gaps=("undetermined",) * 3):
    return " | ".join(next_step(verdict, _gaps(*gaps), lambdas, learning, lambda_, falling).reasons)


# (what is measured of λ, λ of the network, whether the chosen λ is proposed against variance)
PROPOSALS = [
    ("ties with the chosen one", NO_LAMBDA, 0.0, False),
    ("another is better", SMALL, 0.0, True),
    ("the network has it already", SMALL, 1.0, False),
    ("a smaller one is better", SMALL, 10.0, False),
    ("was not measured", SMALL, 3.0, False),
    ("a model of its own", SMALL, None, False),
    ("better by less than one per cent", _lambdas([0.5, 0.4999, 0.6], [False, True, False]), 0.0, False),
]


@pytest.mark.parametrize(("lambdas", "lambda_", "proposed"), [case[1:] for case in PROPOSALS], ids=[c[0] for c in PROPOSALS])
def test_another_lambda_is_proposed_where_it_was_measured_to_be_better(lambdas, lambda_, proposed):
    assert ("λ = 1 " in _reasons("high variance", FALLING, lambdas, lambda_)) == proposed


def test_the_edge_of_the_grid_is_said():
    assert "largest" in _reasons("high variance", FALLING, LARGE, 0.0)
    assert "largest" not in _reasons("high variance", FALLING, SMALL, 0.0)


def test_a_larger_lambda_is_no_remedy_for_bias_but_a_smaller_one_is():
    assert "λ" not in _reasons("high bias", FLAT, LARGE, 0.0)
    assert "λ = 1 instead of 10" in _reasons("high bias", FLAT, SMALL, 10.0)


@pytest.mark.parametrize(("learning", "spoken_of"), [(FLAT, True), (FALLING, False)])
def test_against_bias_more_data_is_spoken_of_where_the_curve_is_flat(learning, spoken_of):
    assert ("more data" in _reasons("high bias", learning, NO_LAMBDA, 0.0)) == spoken_of


def test_the_numbers_of_the_learning_curve_are_shown():
    shown = _reasons("high variance", FALLING, NO_LAMBDA, 0.0)
    assert all(number in shown for number in ("0.7", "0.5", "100", "200"))


def test_what_is_open_is_said_with_what_would_settle_it():
    gaps = ("undetermined", "fine", "undetermined")
    shown = _reasons("undetermined", FLAT, NO_LAMBDA, 0.0, gaps=gaps)
    wanted = [gap.would_settle for gap in _gaps(*gaps).values() if gap.would_settle]
    assert len(wanted) == 2
    assert all(text in shown for text in wanted)


def test_when_done_a_variance_that_is_left_is_said():
    assert "variance" in _reasons("done", FLAT, NO_LAMBDA, 0.0, gaps=("fine", "high", "fine"))
    assert "variance" not in _reasons("done", FLAT, NO_LAMBDA, 0.0, gaps=("fine", "undetermined", "fine"))


def test_a_curve_of_one_size_is_read():
    one = LearningCurve((6,), "rmse", np.ones((1, 2)), np.ones((1, 2)), _estimates([1.0]), _estimates([1.0]))
    assert next_step("high variance", _gaps("fine", "high", "high"), NO_LAMBDA, one, 0.0, 0.0).action
