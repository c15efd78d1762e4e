import re

import numpy as np
import pytest

from leadline.develop.gaps import judge
from leadline.develop.intervals import Estimate, Resampling, estimate

# An interval, the tolerance, and what the gap is judged to be.
JUDGED = [
    (0.02, 0.03, 0.04, 0.01, "high"),
    (0.02, 0.03, 0.04, 0.02, "undetermined"),
    (0.0101, 0.03, 0.04, 0.01, "high"),
    (-0.01, 0.0, 0.009, 0.01, "fine"),
    (-0.01, 0.0, 0.01, 0.01, "undetermined"),
    (-0.9, -0.8, -0.7, 0.01, "fine"),
    (-0.01, 0.005, 0.02, 0.01, "undetermined"),
    (-0.01, 0.02, 0.05, 0.01, "undetermined"),
    (0.01, 0.01, 0.01, 0.01, "undetermined"),
    (0.0, 0.0, 0.0, 0.01, "fine"),
    (-1.0, 0.01, 1.0, 0.01, "undetermined"),
]


@pytest.mark.parametrize(("low", "value", "high", "tolerance", "judgement"), JUDGED)
def test_a_gap_is_judged_by_its_whole_interval(low, value, high, tolerance, judgement):
    gap = judge("bias", Estimate(value, low, high, 0.01, 0.001), tolerance, 100, 5, "examples")
    assert gap.judgement == judgement
    assert bool(gap.would_settle) == (judgement == "undetermined")
    assert gap.to_dict()["judgement"] == judgement
    assert (gap.name, gap.tolerance, gap.to_dict()["low"]) == ("bias", tolerance, low)


def _numbers(gap):
    """How many examples and seeds would settle it."""
    found = [re.search(rf"([\d,]+) {what}", gap.would_settle) for what in ("examples", "seeds")]
    return [int(match[1].replace(",", "")) if match else None for match in found]


def _normal(value, by_examples, by_seeds):
    """An estimate with the 90 % interval of a normal distribution."""
    reach = 1.645 * np.hypot(by_examples, by_seeds)
    return Estimate(value, value - reach, value + reach, by_examples, by_seeds)


# (value, error from examples, error from seeds)
OPEN = [
    (0.03, 0.02, 0.0),
    (0.03, 0.02, 0.004),
    (0.03, 0.02, 0.015),
    (0.03, 0.02, 0.02),
    (0.03, 0.0, 0.02),
    (0.03, 0.004, 0.02),
    (0.03, 0.016, 0.02),
    (-0.02, 0.03, 0.002),
    (-0.02, 0.002, 0.03),
    (0.01, 0.02, 0.01),
]


@pytest.mark.parametrize(("value", "by_examples", "by_seeds"), OPEN)
def test_the_number_that_would_settle_it_just_does(value, by_examples, by_seeds):
    """Errors fall with the root of the number of examples and of seeds; at that number the interval leaves the tolerance."""
    tolerance, examples, seeds = 0.005, 200, 5
    gap = judge("bias", _normal(value, by_examples, by_seeds), tolerance, examples, seeds, "examples")
    assert gap.judgement == "undetermined"
    more_examples, more_seeds = _numbers(gap)
    assert more_examples is not None or more_seeds is not None

    def judged_at(share):
        """The judgement with this share of the numbers asked for."""
        e = by_examples * np.sqrt(examples / (share * more_examples)) if more_examples else by_examples
        s = by_seeds * np.sqrt(seeds / (share * more_seeds)) if more_seeds else by_seeds
        return judge("bias", _normal(value, e, s), tolerance, examples, seeds, "examples").judgement

    assert judged_at(1.03) == ("high" if value > tolerance else "fine")
    assert judged_at(0.75) == "undetermined"


def test_seeds_are_not_asked_for_where_examples_do_and_the_reverse():
    assert _numbers(judge("bias", _normal(0.03, 0.02, 1e-4), 0.005, 200, 5, "examples"))[1] is None
    assert _numbers(judge("bias", _normal(0.03, 1e-4, 0.02), 0.005, 200, 5, "examples"))[0] is None


def test_the_number_that_would_settle_it_holds_in_simulation():
    """Of data sets with as many examples as were asked for, about half are settled; of those with as few as before, few."""
    random = np.random.default_rng(0)

    def found(examples):
        values = np.maximum(1.0 + random.normal(size=(1, examples)) * 0.5 + np.zeros((3, 1)), 0)
        return estimate(lambda cv: cv - 0.95, Resampling.of(values, "cv"))

    exact = _normal(0.05, 0.5 / np.sqrt(100), 0.0)
    wanted, _ = _numbers(judge("distance", exact, 0.01, 100, 3, "examples"))
    settled = [np.mean([found(n).low > 0.01 for _ in range(200)]) for n in (100, wanted)]
    assert settled[0] < 0.33
    assert 0.38 < settled[1] < 0.65


def test_a_gap_at_the_tolerance_promises_no_number():
    gap = judge("bias", _normal(0.0051, 0.02, 0.0), 0.005, 200, 5, "examples")
    assert gap.judgement == "undetermined"
    assert _numbers(gap) == [None, None]


def test_what_is_asked_for_is_more_than_there_is():
    gap = judge("bias", Estimate(0.02, 0.005, 0.035, 0.009, 0.0), 0.005, 99, 5, "cv examples")
    assert int(re.search(r"([\d,]+) cv examples", gap.would_settle)[1]) > 99


def test_an_interval_without_known_errors_asks_for_both():
    assert None not in _numbers(judge("bias", Estimate(0.03, -0.01, 0.07), 0.005, 100, 5, "examples"))
