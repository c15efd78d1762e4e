import json
import re
from dataclasses import replace

import numpy as np
import pytest

from leadline.develop.advice import FALLING, next_step
from leadline.develop.baselines import Baselines, given
from leadline.develop.costs import Score
from leadline.develop.gaps import judge
from leadline.develop.intervals import Estimate, Resampling
from leadline.develop.remedies import Remedy, ranked
from leadline.develop.standing import Standing

FLAT = Resampling.of(np.ones((2, 9)), "cv")
SIZES = {"high": (0.2, 0.1, 0.3), "fine": (0.0, -0.01, 0.01), "undetermined": (0.06, -0.1, 0.22)}
OPEN = ("undetermined",) * 3


def _standing(verdict, judgements=OPEN, metric="rmse"):
    """A standing of this verdict, with gaps of these judgements."""
    names = ("bias", "variance", "distance")
    gaps = [
        judge(name, Estimate(*SIZES[judgement], 0.09, 0.01), 0.05, 100, 5, "cv examples")
        for name, judgement in zip(names, judgements, strict=True)
    ]
    level = given(0.5, metric)
    return Standing(
        Score(FLAT, FLAT, metric, FLAT), Score(FLAT, FLAT, "cost", FLAT), Baselines((level,), level, level), *gaps, verdict
    )


def _remedy(name, low, value, high):
    return Remedy(name, "both", f"what {name} changes", gain=Estimate(value, low, high))


UNITS, LAMBDA, RATE, LESS = (
    _remedy("more units", -0.3, -0.2, -0.1),
    _remedy("smaller λ", -0.19, -0.15, -0.08),
    _remedy("lower learning rate", -0.18, -0.12, -0.06),
    _remedy("fewer units", -0.16, -0.11, -0.05),
)
OPEN_ONE, WORSE = _remedy("another layer", -0.5, -0.25, 0.1), _remedy("longer training", 0.1, 0.2, 0.3)
REFUSED = Remedy("larger λ", "variance", reason="there is no larger λ")
MORE_DATA = Remedy("more data", "variance", "200 training examples instead of 100: a forecast", gain=Estimate(-0.4, -0.5, -0.3))

VERDICTS = [
    "high bias",
    "high variance",
    "high bias and high variance",
    "undetermined",
    "undetermined, leaning to high bias",
    "undetermined, leaning to high variance",
    "done",
]


@pytest.mark.parametrize("verdict", [verdict for verdict in VERDICTS if verdict != "done"])
def test_the_best_of_the_remedies_that_surely_help_is_taken(verdict):
    """Not the best value: that of `another layer` is better, but may be nothing."""
    step = next_step(_standing(verdict), ranked([WORSE, REFUSED, LESS, RATE, OPEN_ONE, LAMBDA, UNITS]), 0.0)
    assert step.remedy == "more units"
    assert step.action == "Take more units: what more units changes."
    assert step.reasons[0].startswith("more units (what more units changes) changed the RMSE on cv by −0.2 [−0.3, −0.1]")
    also = [reason for reason in step.reasons if reason.startswith("also: ")]
    assert [re.match(r"also: (.*?) \(", reason)[1] for reason in also] == ["smaller λ", "lower learning rate"]
    assert not any(name in " ".join(step.reasons) for name in ("another layer", "longer training", "larger λ", "fewer units"))
    json.dumps(step.to_dict(), allow_nan=False)


def test_more_data_is_a_forecast_and_no_remedy_that_can_be_taken_at_once():
    step = next_step(_standing("high variance"), ranked([UNITS, MORE_DATA]), 0.0)
    assert step.action == "Get more data if there is some: 200 training examples instead of 100."
    assert step.remedy == "more data"
    assert step.reasons[0] == "twice the examples would change the RMSE on cv by −0.4 [−0.5, −0.3]"
    assert step.reasons[1].startswith("also: more units")


# (verdict, words of the action where no remedy surely helps)
WITHOUT = [
    ("high bias", "worst examples.*inputs may lack"),
    ("high bias and high variance", "worst examples.*inputs may lack"),
    ("undetermined, leaning to high bias", "worst examples.*inputs may lack"),
    ("high variance", "more data.*worst cv examples"),
    ("undetermined, leaning to high variance", "more data.*worst cv examples"),
    ("undetermined", "Measure more"),
]


@pytest.mark.parametrize(("verdict", "words"), WITHOUT)
def test_where_nothing_surely_helps_that_is_said_with_how_many_were_measured(verdict, words):
    step = next_step(_standing(verdict), [OPEN_ONE, WORSE, REFUSED], 0.0)
    assert re.search(words, step.action)
    assert step.remedy == ""
    assert "none of the 2 remedies that were measured surely helps" in step.reasons


@pytest.mark.parametrize("verdict", VERDICTS)
def test_of_remedies_that_were_not_measured_nothing_is_said(verdict):
    assert not any("none of the" in reason for reason in next_step(_standing(verdict), [], 0.0).reasons)


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_cost_that_still_falls_is_said_where_bias_may_be_the_cause(verdict):
    spoken = {still: " ".join(next_step(_standing(verdict), [OPEN_ONE], still).reasons) for still in (0.07, FALLING)}
    assert ("7 % over the last tenth" in spoken[0.07]) == ("bias" in verdict or verdict == "undetermined")
    assert "last tenth" not in spoken[FALLING]


def test_what_is_open_is_said_with_what_would_settle_it():
    judgements = ("undetermined", "fine", "undetermined")
    standing = _standing("undetermined", judgements)
    step = next_step(standing, [], 0.0)
    wanted = [gap.would_settle for gap in standing.gaps.values() if gap.would_settle]
    assert len(wanted) == 2
    shown = " | ".join(step.reasons)
    assert all(text in shown for text in wanted)
    assert "variance gap" not in shown


def test_when_done_one_stops_and_what_is_left_to_gain_is_said():
    step = next_step(_standing("done", ("fine", "fine", "fine")), ranked([LAMBDA, UNITS]), 0.5)
    assert step.action.startswith("Stop here")
    assert step.remedy == ""
    assert "cv − baseline is 0, surely below 0.01" in step.reasons[0]
    gain = [reason for reason in step.reasons if reason.startswith("there is still something to gain: more units")]
    assert len(gain) == 1
    assert "smaller λ" not in " ".join(step.reasons)


def test_when_done_a_variance_that_is_left_is_said():
    def reasons(judgements):
        return " ".join(next_step(_standing("done", judgements), [], 0.0).reasons)

    assert "variance" in reasons(("fine", "high", "fine"))
    assert "variance" not in reasons(("fine", "undetermined", "fine"))
    assert "bias and variance are both within the tolerance" in reasons(("fine", "fine", "high"))


def test_of_classes_J_is_said_and_the_error_in_per_cent():
    both = replace(UNITS, error=Estimate(-0.04, -0.09, 0.01))
    step = next_step(_standing("high bias", metric="error"), [both], 0.0)
    assert step.reasons[0].endswith("changed J on cv by −0.2 [−0.3, −0.1] and the error on cv by −4.0 % [−9.0 %, +1.0 %]")
