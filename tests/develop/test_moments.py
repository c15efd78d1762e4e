import numpy as np
import pytest

from leadline.develop.moments import Moments, mean_interval, share_interval, student

SAMPLES = 600
"""How many data sets are drawn; an estimated coverage of 0.90 then has a standard error of 0.012."""


def _wrong(random, rows, share, runs, agreement):
    """Errors of each seed and row: with a small `agreement`, the seeds err on the same rows."""
    of_row = random.beta(share * agreement, (1 - share) * agreement, rows)
    return (random.random((runs, rows)) < of_row).astype(float)


def _by_hand(values):
    """The two variances of a mean over seeds and rows, term by term."""
    runs, rows = values.shape
    mean, of_rows, of_seeds = values.mean(), values.mean(axis=0), values.mean(axis=1)
    both = values - of_rows - of_seeds[:, None] + mean
    by_both = (both**2).sum() / (rows * (rows - 1) * runs * (runs - 1))
    between = of_seeds.var(ddof=1) / runs
    return of_rows.var() / rows, max(between - by_both, 0), by_both


def test_the_groups_moments_are_those_of_their_rows():
    random = np.random.default_rng(0)
    values = random.gamma(2.0, size=(4, 90)) + 0.5 * random.normal(size=(4, 1))
    codes = random.integers(0, 3, 90)
    found = Moments.of(Moments.terms(values), codes, 3)
    for group in range(3):
        own = values[:, codes == group]
        assert found.count[group] == own.shape[1]
        assert found.mean[group] == pytest.approx(own.mean())
        figures = (found.by_rows[group], found.by_seeds[group], found.by_both[group])
        assert figures == pytest.approx(_by_hand(own))
    rest = Moments.whole(values) - found[1:2]
    others = Moments.whole(values[:, codes != 1])
    assert rest.mean == pytest.approx(others.mean)
    assert (rest.by_rows[0], rest.by_seeds[0]) == pytest.approx((others.by_rows[0], others.by_seeds[0]))


def test_the_two_variances_are_those_of_the_mean_when_rows_and_seeds_are_drawn_anew():
    random = np.random.default_rng(1)
    drawn = []
    for _ in range(3000):
        row, seed, both = (size * random.normal(size=shape) for size, shape in ((1, (1, 20)), (0.3, (4, 1)), (0.8, (4, 20))))
        moments = Moments.whole(5 + row + seed + both)
        excess = moments.each.var(axis=0, ddof=1)[0] / 4 - moments.by_both[0]  # before it is cut at 0, which has no bias
        drawn.append((moments.mean[0], moments.by_rows[0] * 20 / 19 + excess))
    means, variances = np.array(drawn).T
    assert variances.mean() == pytest.approx(means.var(), rel=0.08)


def test_one_seed_has_no_variance_of_seeds():
    one = Moments.whole(np.array([[0.0, 1.0, 1.0]]))
    assert one.by_seeds.tolist() == [0.0]
    assert student(1) == 0
    assert student(5) == pytest.approx(2.1318, abs=1e-4)


# (rows, share, seeds, agreement of the seeds, least and most coverage): shares of few errors cannot be covered more exactly
SHARES = [
    (10, 0.4, 1, 1.0, 0.85, 0.96),
    (10, 0.1, 5, 0.1, 0.88, 0.98),
    (20, 0.02, 5, 1.0, 0.90, 0.99),
    (60, 0.4, 5, 0.1, 0.86, 0.95),
    (60, 0.1, 5, 1.0, 0.87, 0.96),
    (300, 0.1, 1, 1.0, 0.87, 0.96),
    (300, 0.4, 5, 50.0, 0.86, 0.96),
]


@pytest.mark.parametrize(("rows", "share", "runs", "agreement", "least", "most"), SHARES)
def test_nine_of_ten_intervals_of_shares_hold_the_truth(rows, share, runs, agreement, least, most):
    random, held = np.random.default_rng(2), 0
    for _ in range(SAMPLES):
        found = Moments.whole(_wrong(random, rows, share, runs, agreement))
        low, high = share_interval(found.mean, found.count, found.by_rows, found.by_seeds, runs)
        held += low[0] <= share <= high[0]
    assert least <= held / SAMPLES <= most


def _squares(random, rows):
    return (random.normal(size=rows) + 0.3 * random.normal(size=(5, rows))) ** 2, 1.09


def _heavy(random, rows):
    return random.standard_t(5, size=(1, rows)) ** 2, 5 / 3


def _costs(random, rows):
    return random.exponential(size=rows) * random.exponential(size=(5, rows)), 1.0


def _costs_of_seeds_that_differ(random, rows):
    return (1 + 0.2 * random.normal(size=(5, 1))) * random.exponential(size=(5, rows)), 1.0


@pytest.mark.parametrize("rows", [10, 60])
@pytest.mark.parametrize("case", [_squares, _heavy, _costs, _costs_of_seeds_that_differ])
def test_nine_of_ten_intervals_of_skewed_means_hold_the_truth(case, rows):
    random, held = np.random.default_rng(3), 0
    for _ in range(SAMPLES):
        whole = Moments.whole(case(random, 500)[0])
        values, truth = case(random, rows)
        low, high = mean_interval(Moments.whole(values), whole)
        held += low[0] <= truth <= high[0]
    assert 0.84 <= held / SAMPLES <= 0.97


def test_costs_that_are_negative_have_students_interval():
    values = np.array([[-3.0, -1.0, -2.0, -2.0]])
    low, high = mean_interval(Moments.whole(values), Moments.whole(values))
    half = 2.3534 * values.std(ddof=1) / 2
    assert (low[0], high[0]) == pytest.approx((-2 - half, -2 + half), abs=1e-3)


# (errors, rows): the interval of Agresti and Coull
@pytest.mark.parametrize(("errors", "rows"), [(0, 20), (3, 10), (10, 10), (1, 400)])
def test_of_one_seed_the_interval_is_agrestis(errors, rows):
    share = errors / rows
    low, high = share_interval(share, rows, share * (1 - share) / rows, 0.0, 1)
    n = rows + 1.6448536**2
    middle = (errors + 1.6448536**2 / 2) / n
    half = 1.6448536 * np.sqrt(middle * (1 - middle) / n)
    assert (float(low), float(high)) == pytest.approx((max(min(middle - half, share), 0), min(max(middle + half, share), 1)))
