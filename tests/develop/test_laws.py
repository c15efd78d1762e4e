"""Power laws: the best one of a grid for each draw, and the noise of a curve that its points are weighted by."""

import numpy as np
import pytest
from scipy.optimize import nnls

from leadline.develop import laws
from leadline.develop.curves import LearningCurve
from leadline.develop.intervals import Estimate
from leadline.develop.laws import Laws, Measured, fitted_laws

SIZES = (50, 71, 100, 141, 200, 283, 400, 566, 800)
EXAMPLES = 0.05


def law(c, a, b, d=0.0):
    return lambda m: c + a * (np.asarray(m, float) + d) ** -b


def noisy(means, seed=0, sizes=SIZES, runs=5, jagged=0.04, common=0.02, examples=EXAMPLES, metric="cost"):
    """A curve whose seeds differ at all sizes alike, and beyond that at each, both relative to the mean."""
    random = np.random.default_rng(seed)
    J = means * np.exp(jagged * random.normal(size=(len(sizes), runs)) + common * random.normal(size=runs))
    return curve_of(J, sizes, examples, metric)


def curve_of(J, sizes=SIZES, examples=EXAMPLES, metric="cost"):
    points = tuple(Estimate(float(mean), float(mean), float(mean), examples * float(mean)) for mean in J.mean(axis=1))
    return LearningCurve(tuple(sizes), metric, J, J, points, points)


FALLING = law(0.1, 5, 0.6)


def _measured(means, noise=0.01):
    sizes = np.array(SIZES, float)
    return Measured(sizes, np.asarray(means, float), np.full(len(sizes), noise**2), 0.0, 0.0)


def test_a_law_falls_from_what_it_is_at_present_to_its_asymptote():
    two = Laws(
        b=np.array([0.5, 1.0]), d=np.array([0.0, 100.0]), c=np.array([0.1, 0.0]), g=np.array([0.3, 0.5]), misfit=np.zeros(2)
    )
    J = two(np.array([800.0, 3200.0, 1e12]), 800.0)
    assert J[:, 0] == pytest.approx([0.4, 0.5])
    assert J[:, 1] == pytest.approx([0.1 + 0.3 * 4**-0.5, 0.5 * (900 / 3300)])
    assert J[:, 2] == pytest.approx([0.1, 0.0], abs=1e-4)


@pytest.mark.parametrize(
    "means",
    [
        FALLING(SIZES),
        law(0.0, 2, 0.4)(SIZES),  # c at its bound
        law(0.3, 40, 1.0, 60.0)(SIZES),
        np.full(9, 0.4),  # nothing is left to win
        np.linspace(0.2, 0.4, 9),  # a rise: g at its bound
        np.linspace(0.9, 0.001, 9),  # steeper than a law with c ≥ 0 can be
    ],
)
def test_no_law_of_the_grid_with_c_and_g_of_at_least_0_fits_better(means):
    measured = _measured(means)
    (found,) = zip(*vars(fitted_laws(measured, measured.means[None])).values(), strict=True)
    b, d, c, g, misfit = found
    roots = 1 / np.sqrt(measured.variances)
    scores = []
    for exponent in laws._EXPONENTS:
        for offset in laws._OFFSETS * SIZES[-1]:
            shape = ((measured.sizes + offset) / (SIZES[-1] + offset)) ** -exponent
            left = nnls(np.stack([roots, roots * shape], axis=1), roots * means)[1]
            scores.append(left**2 + (np.log(exponent / 0.5) / 0.7) ** 2)
    assert misfit + (np.log(b / 0.5) / 0.7) ** 2 == pytest.approx(min(scores), abs=1e-6)
    assert c >= 0 <= g
    fitted = c + g * ((measured.sizes + d) / (SIZES[-1] + d)) ** -b
    assert (((fitted - means) * roots) ** 2).sum() == pytest.approx(misfit, abs=1e-6)


def test_each_draw_gets_a_law_of_its_own():
    measured = _measured(FALLING(SIZES))
    draws = np.stack([FALLING(SIZES), 2 * FALLING(SIZES), np.full(9, 0.4)])
    together = fitted_laws(measured, draws)
    for place, draw in enumerate(draws):
        alone = fitted_laws(measured, draw[None])
        assert [float(one[place]) for one in vars(together).values()] == pytest.approx(
            [float(*one) for one in vars(alone).values()]
        )


def test_a_curve_that_does_not_show_its_exponent_gets_a_usual_one():
    loose = _measured(np.full(9, 0.4), noise=10.0)
    assert fitted_laws(loose, loose.means[None]).b == pytest.approx(0.5, rel=0.1)


def test_what_a_seed_does_at_all_sizes_is_no_noise_of_a_single_one():
    means = FALLING(SIZES)[:, None]
    J = means * np.array([0.9, 0.95, 1.0, 1.05, 1.1])
    measured = Measured.of(curve_of(J))
    assert np.sqrt(measured.noise) == pytest.approx(np.full(9, 0.03))  # by which real curves depart from any law
    assert measured.common == pytest.approx(np.var([0.9, 0.95, 1.0, 1.05, 1.1], ddof=1) / 5)
    assert measured.means == pytest.approx(means[:, 0])
    assert measured.examples == pytest.approx(EXAMPLES)
    assert measured.variances == pytest.approx(measured.noise * measured.means**2)


@pytest.mark.parametrize("jagged", [0.05, 0.2])
def test_the_noise_is_that_of_a_mean_over_the_seeds(jagged):
    found = [Measured.of(noisy(FALLING(SIZES)[:, None], seed, jagged=jagged)).noise - 0.03**2 for seed in range(100)]
    assert np.mean(found) == pytest.approx(jagged**2 / 5, rel=0.15)


def test_noise_that_grows_smaller_with_the_size_is_seen_to():
    shrinking = np.geomspace(0.3, 0.03, 9)[:, None]
    found = [Measured.of(noisy(FALLING(SIZES)[:, None], seed, jagged=shrinking)).noise - 0.03**2 for seed in range(50)]
    first, *_, last = np.median(found, axis=0)
    assert first > 5 * last > 0  # of the true ratio of 100; the line is drawn towards a level one


def test_a_cost_near_0_has_a_noise_nevertheless():
    J = np.repeat(np.array([0.9, 0.5, 0.2, 0.1, 0.05, 0.01, 0.0, 0.0, 0.0])[:, None], 5, axis=1)
    assert (Measured.of(curve_of(J)).variances > 0).all()
