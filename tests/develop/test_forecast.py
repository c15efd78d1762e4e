import dataclasses
import functools
import json
import math
import re

import numpy as np
import pytest
from tests.develop.test_laws import EXAMPLES, FALLING, SIZES, curve_of, law, noisy

from leadline.develop.forecast import FARTHEST, forecast
from leadline.errors import ArgumentError

USUAL = noisy(FALLING(SIZES)[:, None])


@functools.cache
def _many():
    """200 curves of as many laws, each departing from its law as real ones do.

    Their forecasts, what a new measurement gives at 2 × and 4 × on old and on new examples, and the asymptote.
    """
    random, found = np.random.default_rng(0), []
    for seed in range(200):
        b, d, left = random.uniform(0.3, 1.2), random.choice([0.0, 100.0, 400.0]), random.uniform(0.1, 1.0)
        shape = law(0.0, 1.0, b, d)(np.array([*SIZES, 1600, 3200]))
        means = 1 - left + shape / shape[len(SIZES) - 1] * left
        means *= np.exp(0.03 * random.normal(size=11) + 0.05 * random.normal() * np.array([0] * 9 + [1, 2]))
        old, new = np.exp(EXAMPLES * random.normal(size=2))
        curve = noisy(old * means[:9, None], seed)
        seeds = np.exp(0.04 * random.normal(size=(5, 2)) + 0.02 * random.normal(size=(5, 1))).mean(axis=0)
        found.append((curve, forecast(curve), old * means[9:] * seeds, new * means[9:] * seeds, old * (1 - left)))
    return found


# (what, the interval of a forecast, the truth, between which bounds the share of intervals that hold it lies)
COVERED = [
    ("gain, 2 ×", lambda ahead: ahead.points[0].gain, lambda curve, old, new, c: curve.cv[-1].value - old[0], (0.85, 0.96)),
    ("gain, 4 ×", lambda ahead: ahead.points[1].gain, lambda curve, old, new, c: curve.cv[-1].value - old[1], (0.85, 0.96)),
    ("J_cv, 2 ×", lambda ahead: ahead.points[0].J_cv, lambda curve, old, new, c: new[0], (0.85, 0.96)),
    ("J_cv, 4 ×", lambda ahead: ahead.points[1].J_cv, lambda curve, old, new, c: new[1], (0.85, 0.96)),
    ("asymptote", lambda ahead: ahead.asymptote, lambda curve, old, new, c: c, (0.75, 0.95)),
]


@pytest.mark.parametrize(("interval", "truth", "bounds"), [case[1:] for case in COVERED], ids=[case[0] for case in COVERED])
def test_intervals_hold_the_truth_as_often_as_they_say(interval, truth, bounds):
    made = [(interval(ahead), truth(curve, *rest)) for curve, ahead, *rest in _many() if not ahead.refusal]
    share = np.mean([estimate.low <= value <= estimate.high for estimate, value in made])
    assert bounds[0] <= share <= bounds[1]


def test_curves_of_a_power_law_are_seldom_refused():
    assert np.mean([bool(ahead.refusal) for _, ahead, *_ in _many()]) <= 0.05


def test_the_forecast_is_nearer_than_that_nothing_changes():
    made = [(ahead.points[0], curve.cv[-1].value, old[0]) for curve, ahead, old, *_ in _many() if not ahead.refusal]
    errors = [abs(now - point.gain.value - truth) for point, now, truth in made]
    assert np.median(errors) < 0.6 * np.median([abs(now - truth) for _, now, truth in made])


# (c, a, b, d)
LAWS = [(0.1, 5, 0.6, 0.0), (0.3, 40, 1.0, 60.0), (0.0, 2, 0.4, 0.0), (0.5, 3e4, 2.0, 300.0)]


@pytest.mark.parametrize("constants", LAWS)
def test_the_law_of_a_curve_with_little_noise_is_recovered(constants):
    sizes = [round(20 * 2 ** (k / 2)) for k in range(17)]
    true = law(*constants)
    ahead = forecast(noisy(true(sizes)[:, None], sizes=sizes, jagged=0.01, common=0.0, examples=0.0))
    for point in ahead.points:
        assert point.J_cv.value == pytest.approx(float(true(point.size)), rel=0.1)
    assert ahead.asymptote.value == pytest.approx(constants[0], abs=0.2 * float(true(sizes[-1])))
    assert ahead.asymptote.low <= constants[0] + 1e-9
    assert constants[0] <= ahead.asymptote.high


def test_a_level_curve_gains_nothing():
    ahead = forecast(noisy(np.full((9, 1), 0.4)), [1600])
    gain = ahead.points[0].gain
    assert gain.low < 0 < gain.high
    assert abs(gain.value) < 0.03
    assert gain.high - gain.low < 0.25 * 0.4


def _with(at, factor, sizes=SIZES):
    means = FALLING(sizes)
    means[at] *= factor
    return means[:, None]


BROKEN = np.where(np.arange(9)[:, None] == 3, math.nan, USUAL.J_cv)

# (name, the curve, what the refusal says)
REFUSED = [
    (
        "four sizes",
        noisy(FALLING([50, 100, 200, 400])[:, None], sizes=(50, 100, 200, 400)),
        "has 4 sizes; a forecast needs at least 5",
    ),
    (
        "too near",
        noisy(FALLING([400, 500, 600, 700, 800])[:, None], sizes=(400, 500, 600, 700, 800)),
        "within a factor of 4",
    ),
    ("one seed", noisy(FALLING(SIZES)[:, None], runs=1), "one seed"),
    ("not finite", curve_of(BROKEN), "J on cv is not finite"),
    ("below 0", noisy(FALLING(SIZES)[:, None] - 0.3), "J on cv is below 0"),
    ("0 already", curve_of(np.where(np.arange(9)[:, None] == 8, 0.0, USUAL.J_cv), metric="error"), "error on cv is 0 already"),
    (
        "rises at the end",
        noisy(_with([7, 8], 2.0)),
        r"rises beyond its noise, as from 0\.\d+ at 400 examples to 0\.\d+ at 566",
    ),
    ("rises, its seeds far apart", noisy(_with([7, 8], 2.0), common=0.6), "rises beyond its noise"),
    ("peaks within", noisy(_with([4], 1.6)), "rises beyond its noise, as from .* at 141 examples to .* at 200"),
    (
        "a cliff",
        noisy(np.where(np.array(SIZES) < 300, 1.0, 0.2)[:, None], jagged=0.02),
        "No power law .* times their noise",
    ),
    (
        "all noise",
        noisy(FALLING(SIZES)[:, None], jagged=0.8, runs=3),
        "With 1,600 examples J could lie anywhere between .* says too little",
    ),
]


@pytest.mark.parametrize(("curve", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_curve_that_foretells_nothing_is_refused_with_the_reason(curve, message):
    ahead = forecast(curve, target=0.01)
    assert re.search(message, ahead.refusal), ahead.refusal
    assert (ahead.points, ahead.asymptote, ahead.needed) == ((), None, None)
    json.dumps(ahead.to_dict(), allow_nan=False)


def test_a_rise_within_the_noise_is_not_refused():
    assert forecast(noisy(_with([4], 1.1), jagged=0.15)).refusal == ""


@pytest.mark.parametrize("unit", [1000.0, 1e-6, 1e9])
def test_another_unit_gives_the_same_forecast_in_it(unit):
    one, other = (forecast(curve_of(k * USUAL.J_cv), target=k * 0.12) for k in (1.0, unit))
    for at in (0, 1):
        for name in ("J_cv", "gain"):
            here, there = (dataclasses.astuple(getattr(ahead.points[at], name)) for ahead in (one, other))
            np.testing.assert_allclose(np.array(there), unit * np.array(here), rtol=1e-9)
    np.testing.assert_allclose(other.asymptote.value, unit * one.asymptote.value, rtol=1e-9)
    assert (one.needed.size, one.needed.low, one.needed.share) == (other.needed.size, other.needed.low, other.needed.share)


def test_the_same_seed_gives_the_same_forecast_and_another_another():
    first, again, other = (json.dumps(forecast(USUAL, seed=seed).to_dict()) for seed in (0, 0, 1))
    assert first == again
    assert first != other


def test_a_size_does_not_move_the_forecast_of_another():
    assert forecast(USUAL, [1600]).points[0] == forecast(USUAL, [800, 1600, 80_000]).points[1]


def test_further_sizes_promise_more_and_are_less_certain():
    points = forecast(USUAL, [800, 1600, 6400, 51_200]).points
    gains = [point.gain for point in points]
    assert all(np.diff([gain.value for gain in gains]) > 0)
    assert all(np.diff([gain.high - gain.low for gain in gains]) > 0)
    assert gains[0].low < 0 < gains[0].high  # what was measured is measured anew


def test_the_noise_of_the_examples_is_in_J_cv_and_not_in_the_gain():
    exact, rough = (forecast(noisy(FALLING(SIZES)[:, None], examples=spread), [1600]).points[0] for spread in (0.0, 0.2))
    assert exact.gain == rough.gain
    widths = [estimate.high - estimate.low for estimate in (exact.gain, exact.J_cv, rough.J_cv)]
    assert widths[1] == pytest.approx(widths[0])
    assert widths[2] > 1.5 * widths[1]


def test_a_curve_that_did_not_foretell_its_last_doubling_is_less_certain():
    """Level up to the half and falling from there, against falling evenly to the same end."""
    bent = np.concatenate([np.linspace(1.02, 1, 7), [0.87, 0.74]])
    even = np.geomspace(1.02 / 0.74, 1, 9) * 0.74
    widths = []
    for means in (even, bent):
        ahead = forecast(noisy(means[:, None], jagged=0.08), [1600])
        assert ahead.refusal == ""
        widths.append(ahead.points[0].gain.high - ahead.points[0].gain.low)
    assert widths[1] > 1.5 * widths[0]


# (target, whether the true number of examples lies in the interval, words)
TARGETS = [(0.5, 800, "reached by the present 800 examples"), (0.16, 1590, "about "), (0.14, 3125, "about ")]


@pytest.mark.parametrize(("target", "true", "words"), TARGETS)
def test_the_examples_that_a_target_needs(target, true, words):
    needed = forecast(noisy(FALLING(SIZES)[:, None], jagged=0.02, examples=0.0), target=target).needed
    assert needed.words.startswith(words)
    assert needed.low <= true <= needed.high
    assert needed.low <= needed.size <= needed.high
    assert needed.share > 0.6


def test_a_target_below_the_asymptote_is_not_reached():
    steep = noisy(law(0.3, 50, 1.0)(SIZES)[:, None], jagged=0.01, examples=0.0)
    ahead = forecast(steep, target=0.2)
    assert ahead.needed.size == math.inf
    assert ahead.needed.share < 0.3
    assert "not reached by more data alone" in ahead.needed.words
    assert f"({100 * ahead.needed.share:.0f} % of" in ahead.needed.words
    plain = ahead.to_dict()
    assert plain["needed"]["size"] is None
    json.dumps(plain, allow_nan=False)


def test_without_a_target_none_is_asked():
    ahead = forecast(USUAL)
    assert ahead.needed is None
    assert ahead.to_dict()["needed"] is None
    assert [point.size for point in ahead.points] == [1600, 3200]


def test_seeds_that_agree_to_the_digit_are_no_certainty():
    """Sizes whose seeds all have the same error, as on few examples."""
    J = np.repeat(np.round(FALLING(SIZES)[:, None], 2), 5, axis=1)
    point = forecast(curve_of(J, metric="error"), [1600]).points[0]
    assert point.gain.high - point.gain.low > 0.05 * point.J_cv.value


# (what is asked, what it says)
WRONG = [
    ({"sizes": [799]}, "from 800 to 1,000 times that"),
    ({"sizes": [800 * FARTHEST + 1]}, "1,000 times that"),
    ({"sizes": [1600.5]}, r"Got \[1600.5\]"),
    ({"target": -0.1}, "at least 0. Got -0.1"),
    ({"target": math.nan}, "Got nan"),
    ({"target": math.inf}, "Got inf"),
]


@pytest.mark.parametrize(("asked", "message"), WRONG)
def test_what_cannot_be_asked_is_refused(asked, message):
    with pytest.raises(ArgumentError, match=message):
        forecast(USUAL, **asked)
