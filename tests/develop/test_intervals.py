import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.develop.intervals import LEVEL, Resampling, estimate

TABLES = 300
"""How many data sets are drawn; an estimated coverage of 0.90 then has a standard error of 0.017."""
EXAMPLES, SEEDS = 150, 5


def _costs(random, runs=SEEDS, examples=EXAMPLES, mean=2.0, by_example=0.8, by_seed=0.1, by_both=0.2):
    """Costs of each seed and example, around a known mean: what an example costs all, what a seed costs everywhere, and noise."""
    example = by_example * (random.gamma(4.0, size=(1, examples)) - 4) / 2
    seed, both = by_seed * random.normal(size=(runs, 1)), by_both * random.normal(size=(runs, examples))
    return mean + example + seed + both


def _mean(random):
    return [Resampling.of(_costs(random), "cv")], lambda cv: cv, 2.0


def _mean_of_seeds_that_differ(random):
    return [Resampling.of(_costs(random, by_seed=0.5, by_example=0.3), "cv")], lambda cv: cv, 2.0


def _mean_of_one_run(random):
    return [Resampling.of(_costs(random, runs=1, by_seed=0), "cv")], lambda cv: cv, 2.0


def _mean_of_three_seeds(random):
    return [Resampling.of(_costs(random, runs=3, by_seed=0.2), "cv")], lambda cv: cv, 2.0


def _root(random):
    """The root of the mean of squared misses whose size the seed changes: E(1 + s)² = 1 + σ²."""
    misses = random.normal(size=(1, EXAMPLES)) * (1 + 0.1 * random.normal(size=(SEEDS, 1)))
    return [Resampling.of(misses**2, "cv")], np.sqrt, np.sqrt(1.01)


def _share(random):
    wrong = random.random((1, EXAMPLES)) < 0.15
    return [Resampling.of(np.repeat(wrong.astype(float), SEEDS, axis=0), "cv")], lambda cv: cv, 0.15


def _against_a_baseline(random):
    """The same examples, so what they cost both cancels; a baseline of one run against several seeds."""
    shared = _costs(random, runs=1, by_seed=0, by_both=0)
    network = shared + 0.1 * random.normal(size=(SEEDS, 1)) + 0.3 * random.normal(size=(SEEDS, EXAMPLES))
    baseline = shared - 0.25 + 0.3 * random.normal(size=(1, EXAMPLES))
    return [Resampling.of(network, "cv"), Resampling.of(baseline, "cv")], lambda cv, base: cv - base, 0.25


def _cv_against_train(random):
    """Other examples, the same seeds."""
    seed = 0.2 * random.normal(size=(SEEDS, 1))
    train = seed + _costs(random, by_seed=0, examples=2 * EXAMPLES)
    cv = seed + 0.1 * random.normal(size=(SEEDS, 1)) + _costs(random, by_seed=0, mean=2.5)
    return [Resampling.of(cv, "cv"), Resampling.of(train, "train")], lambda cv, train: cv - train, 0.5


def _difference_of_roots(random):
    misses = random.normal(size=(1, EXAMPLES))
    network, baseline = (
        (misses + spread * random.normal(size=(runs, EXAMPLES))) ** 2 for spread, runs in ((0.8, SEEDS), (0.3, 1))
    )
    parts = [Resampling.of(network, "cv"), Resampling.of(baseline, "cv")]
    return parts, lambda cv, base: np.sqrt(cv) - np.sqrt(base), np.sqrt(1.64) - np.sqrt(1.09)


CASES = [
    _mean,
    _mean_of_seeds_that_differ,
    _mean_of_one_run,
    _mean_of_three_seeds,
    _root,
    _share,
    _against_a_baseline,
    _cv_against_train,
    _difference_of_roots,
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__.strip("_"))
def test_nine_of_ten_intervals_hold_the_truth(case):
    random = np.random.default_rng(7)
    below = above = 0
    for _ in range(TABLES):
        parts, read, truth = case(random)
        found = estimate(read, *parts)
        below += found.high < truth
        above += found.low > truth
    assert 0.85 <= 1 - (below + above) / TABLES <= 0.96
    # Not all of the misses on one side.
    assert max(below, above) <= 0.11 * TABLES


def test_an_interval_of_few_seeds_is_as_wide_as_students_distribution_asks():
    """With the examples without spread, the mean of R seeds has Student's interval, of which the bootstrap alone gives half."""
    random, widths, students = np.random.default_rng(3), [], []
    for _ in range(200):
        means = 10 + random.normal(size=(5, 1))
        found = estimate(lambda cv: cv, Resampling.of(np.repeat(means, 20, axis=1), "cv"))
        widths.append(found.high - found.low)
        students.append(2 * 2.132 * means.std(ddof=1) / np.sqrt(5))
    assert np.mean(widths) == pytest.approx(np.mean(students), rel=0.08)


def test_a_difference_of_identical_values_is_exactly_zero():
    values = _costs(np.random.default_rng(0))
    found = estimate(lambda a, b: a - b, Resampling.of(values, "cv"), Resampling.of(values.copy(), "cv"))
    assert dataclasses.astuple(found) == (0, 0, 0, 0, 0)
    unpaired = estimate(lambda a, b: a - b, Resampling.of(values, "cv"), Resampling.of(values, "train"))
    assert unpaired.low < 0 < unpaired.high


def test_pairing_takes_out_what_both_pay_for_the_same_example():
    random = np.random.default_rng(1)
    one = random.exponential(5.0, (1, 200))
    other = one + 0.1 * random.normal(size=one.shape)
    widths = {}
    for name in ("cv", "train"):
        found = estimate(lambda a, b: a - b, Resampling.of(one, "cv"), Resampling.of(other, name))
        widths[name] = found.high - found.low
    assert widths["cv"] < widths["train"] / 20


def test_the_draws_depend_on_name_number_and_seed_alone():
    values = _costs(np.random.default_rng(0))
    first, again, other, renamed = (
        Resampling.of(values, name, seed) for name, seed in (("cv", 0), ("cv", 0), ("cv", 1), ("train", 0))
    )
    assert (first.draws == again.draws).all()
    assert (first.draws != other.draws).any()
    assert (first.draws != renamed.draws).any()


def test_the_standard_errors_are_those_of_theory():
    random = np.random.default_rng(2)
    found = estimate(lambda cv: cv, Resampling.of(5 + random.normal(size=(1, 400)) + np.zeros((8, 1)), "cv"))
    assert found.spread_examples == pytest.approx(1 / 20, rel=0.15)
    assert found.spread_seeds == pytest.approx(0, abs=1e-12)
    means = 5 + random.normal(size=(8, 1))
    found = estimate(lambda cv: cv, Resampling.of(np.repeat(means, 50, axis=1), "cv"))
    assert found.spread_examples == pytest.approx(0, abs=1e-6)
    # Student's quantile for 7 degrees of freedom stands for the normal one.
    assert found.spread_seeds == pytest.approx(means.std(ddof=1) / np.sqrt(8) * 1.895 / 1.645, rel=0.1)


def test_four_times_the_examples_halve_the_interval():
    random = np.random.default_rng(4)
    widths = []
    for examples in (200, 800):
        found = [estimate(lambda cv: cv, Resampling.of(random.exponential(1, (1, examples)), "cv")) for _ in range(60)]
        widths.append(np.mean([e.high - e.low for e in found]))
    assert widths[1] == pytest.approx(widths[0] / 2, rel=0.1)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(runs=st.integers(1, 6), examples=st.integers(1, 40), size=st.sampled_from([1e-30, 1.0, 1e30]), seed=st.integers(0, 99))
def test_an_interval_is_finite_holds_its_value_and_no_negative_cost(runs, examples, size, seed):
    values = size * np.random.default_rng(seed).exponential(1.0, (runs, examples)) ** 3
    found = estimate(np.sqrt, Resampling.of(values, "cv"))
    assert all(np.isfinite(dataclasses.astuple(found)))
    assert 0 <= found.low <= found.value <= found.high
    assert found.value == pytest.approx(np.sqrt(values.mean()))


def test_values_beyond_float32_are_resampled():
    values = np.random.default_rng(0).exponential(1.0, (3, 50))
    small, large = (estimate(lambda cv: cv, Resampling.of(scale * values, "cv")) for scale in (1.0, 2.0**200))
    assert np.array(dataclasses.astuple(large)) / 2.0**200 == pytest.approx(np.array(dataclasses.astuple(small)), rel=1e-6)


def test_the_level_is_nine_in_ten():
    assert LEVEL == 0.9
    draws = estimate(
        lambda cv: cv, dataclasses.replace(Resampling.of(np.ones((1, 9)), "cv"), draws=np.linspace(0, 2, 1001), grain=0.0)
    )
    assert (draws.low, draws.value, draws.high) == pytest.approx((0.1, 1, 1.9))


def test_a_share_without_a_single_error_has_the_width_of_two_more_examples():
    none = Resampling.of(np.zeros((5, 50)), "cv")
    share = estimate(np.asarray, none, least=0.0)
    assert share.low == 0.0
    assert share.high == pytest.approx(np.sqrt(2) * 1.6448536 / 50)
    gap = estimate(lambda cv, base: cv - base, none, none)
    assert gap.low == -gap.high == pytest.approx(-np.sqrt(2) * 1.6448536 / 50)


def test_a_gap_of_shares_on_few_examples_is_covered():
    """Few examples disagree: a bootstrap of these alone covers far too little."""
    random, true, covered = np.random.default_rng(0), 0.03, 0
    for repetition in range(300):
        lot = random.random(60)
        ours, theirs = (lot < 0.05 + true).astype(float), (lot < 0.05).astype(float)
        parts = [Resampling.of(paid[None], "cv", seed=repetition) for paid in (ours, theirs)]
        gap = estimate(lambda a, b: a - b, *parts)
        covered += gap.low <= true <= gap.high
    assert covered / 300 >= 0.88
