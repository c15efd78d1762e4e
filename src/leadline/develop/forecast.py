"""What more data would bring: a power law through a learning curve, with intervals, or the reason why there is none."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import chdtrc

from leadline import seeds
from leadline.develop.curves import LearningCurve
from leadline.develop.intervals import LEVEL, Estimate
from leadline.develop.laws import Laws, Measured, fitted_laws
from leadline.develop.problem import SHORT, number
from leadline.errors import ArgumentError
from leadline.types import NumpyArray
from leadline.words import english

__all__ = ["FARTHEST", "Forecast", "Needed", "Point", "forecast"]

FARTHEST = 1000
"""How many times the present number of examples a forecast looks ahead at most."""
_DRAWS = 1000
_QUANTILES = (0.5, (1 - LEVEL) / 2, (1 + LEVEL) / 2)
_FEWEST_SIZES, _NARROWEST, _SIGNIFICANCE = 5, 4, 0.01
# Chosen by calibration/forecasts.py on the tables that it names for that.
_DRIFT = 0.05
_TOO_WIDE, _TOO_WIDE_OF_FALL = 0.75, 0.5


@dataclass(frozen=True)
class Point:
    """What is forecast for one number of examples.

    Attributes:
        size: The number of training examples.
        J_cv: What would be measured with new seeds, on as many new cv examples.
        gain: By how much J_cv would fall on the same cv examples: the present J_cv less that at `size`. Which examples are hard
            cancels out, so its interval is the narrower one.
    """

    size: int
    J_cv: Estimate
    gain: Estimate

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers."""
        return {"size": self.size, "J_cv": self.J_cv.to_dict(), "gain": self.gain.to_dict()}


@dataclass(frozen=True)
class Needed:
    """How many examples a target needs.

    Attributes:
        target: The J_cv to be reached.
        size: How many training examples reach it: at least the present size; infinite where `FARTHEST` times that do not.
        low: The interval's lower end.
        high: Its upper end, often infinite.
        share: The share of the bootstrap's curves that reach it at all, from 0 to 1.
        words: The same in a sentence.
    """

    target: float
    size: float
    low: float
    high: float
    share: float
    words: str

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words; what is infinite is None."""
        return {name: None if value == math.inf else value for name, value in vars(self).items()}


@dataclass(frozen=True)
class Forecast:
    """What more data would bring; or, in `refusal`, why nothing can be said, and then there are no numbers.

    Attributes:
        metric: In what it is measured.
        present: The largest size of the learning curve.
        points: The forecast of each size asked for; empty where it is refused.
        asymptote: J_cv with any number of examples, if the power law held that far: less certain than its interval.
        needed: What a target needs, where one was given.
        refusal: The reason, as a sentence; else empty.
    """

    metric: str
    present: int
    points: tuple[Point, ...] = ()
    asymptote: Estimate | None = None
    needed: Needed | None = None
    refusal: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        plain = {"metric": self.metric, "present": self.present, "points": [point.to_dict() for point in self.points]}
        parts = {"asymptote": self.asymptote, "needed": self.needed}
        return plain | {name: part and part.to_dict() for name, part in parts.items()} | {"refusal": self.refusal}


def forecast(curve: LearningCurve, sizes: Sequence[int] | None = None, *, target: float | None = None, seed: int = 0) -> Forecast:
    """What J_cv would be with more examples, from a power law `c + a·(m + d)^(−b)` fitted to the learning curve.

    The mean of each size is weighted by its noise: what the seeds of a size differ by beyond what a seed does at all sizes, read
    off all sizes together, and 3 % of J by which real curves depart from any power law. For each exponent b and offset d of a
    grid the best c and a, of at least 0, are computed exactly; the pair with the least `χ² + (ln(b/½)/0.7)²` is taken, so that a
    curve that does not show its exponent gets a usual one. The bootstrap draws the means anew by their noise, and fits each draw.
    With d = 0 the curve is a straight line in `ln(J − c)` over `ln m`; with a large d it is flat at first and falls later.

    Intervals hold the bootstrap, the seeds of a new measurement, an error of the law of 5 % of J a doubling (more where the law,
    fitted up to half the present size, misses the present J by more than its interval explains), and, for J_cv but not for its
    gain, the noise of old and new cv examples.

    Nothing is forecast from fewer than 5 sizes, sizes within a factor of 4, one seed, a curve that is not falling or level
    within its noise, one that no power law describes, or where the interval at twice the examples says nothing.

    Args:
        curve: The learning curve; all its sizes trained for the same number of steps, as the forecast trainings are.
        sizes: Numbers of examples, from the largest of the curve to `FARTHEST` times that; by default twice and four times it.
        target: A J_cv of which the number of examples is asked that reaches it.
        seed: The seed of the bootstrap.

    Raises:
        ArgumentError: Sizes out of range, or a target that is no finite number of at least 0.

    Source:
        Viering & Loog 2022, The shape of learning curves: a review (POW4); Yan, Mohr, Viering 2025, LCDB 1.1 (ill-behaved ones).

    Examples:
        >>> sizes, random = (20, 40, 80, 160, 320, 640), np.random.default_rng(0)
        >>> J = (0.1 + 2 / np.sqrt(sizes))[:, None] * random.normal(1, 0.02, (6, 5))
        >>> means = tuple(Estimate(float(mean), float(mean), float(mean)) for mean in J.mean(axis=1))
        >>> ahead = forecast(LearningCurve(sizes, "cost", J, J, means, means), target=0.05)
        >>> ahead.refusal, ahead.points[0].size, round(ahead.points[0].J_cv.value, 2)
        ('', 1280, 0.16)
    """
    present = curve.sizes[-1]
    sizes = [2 * present, 4 * present] if sizes is None else list(sizes)
    if any(size != int(size) or not present <= size <= FARTHEST * present for size in sizes):
        raise ArgumentError(f"Sizes to forecast are whole numbers from {present:,} to {FARTHEST:,} times that. Got {sizes}.")
    if target is not None and not 0 <= target < math.inf:
        raise ArgumentError(f"The target is a J_cv to be reached, a finite number of at least 0. Got {target}.")
    if reason := _unfit(curve):
        return Forecast(curve.metric, present, refusal=reason)
    measured, random = Measured.of(curve), seeds.generator(seed, "forecast")
    found = fitted_laws(measured, measured.means[None])
    if reason := _ill_behaved(measured, found, random, curve):
        return Forecast(curve.metric, present, refusal=reason)
    ahead = _Ahead.of(measured, found, random, _drift(measured, random))
    if reason := _too_wide(ahead, measured, curve.metric):
        return Forecast(curve.metric, present, refusal=reason)
    points, needed = tuple(ahead.point(int(size)) for size in sizes), None if target is None else ahead.needed(target)
    return Forecast(curve.metric, present, points, _central(ahead.laws.c * np.exp(ahead.examples)), needed)


@dataclass(frozen=True)
class _Ahead:
    """The bootstrap: laws, and standard normal numbers of each draw for what a law does not know."""

    measured: Measured
    laws: Laws
    drift: NumpyArray
    seeds: NumpyArray
    examples: NumpyArray

    @classmethod
    def of(cls, measured: Measured, found: Laws, random: np.random.Generator, drifting: float) -> _Ahead:
        excess = max(1.0, float(found.misfit[0]) / (len(measured.sizes) - 3))
        normal = random.normal(size=(_DRAWS, len(measured.sizes)))
        drift, by_seeds, examples = random.normal(size=(3, _DRAWS))
        laws = fitted_laws(measured, measured.means + normal * np.sqrt(excess * measured.variances))
        by_seeds = by_seeds * math.sqrt(measured.common + excess * measured.noise[-1])
        return cls(measured, laws, drifting * drift, by_seeds, measured.examples * examples)

    def curves(self, sizes: NumpyArray) -> NumpyArray:
        """J on the same cv examples, without the noise of measuring it, `(draws, sizes)`."""
        doublings = np.log2(sizes / self.measured.sizes[-1])
        return np.asarray(self.laws(sizes, self.measured.sizes[-1]) * np.exp(self.drift[:, None] * doublings))

    def again(self, size: int) -> NumpyArray:
        """J measured on the same cv examples with new seeds, `(draws,)`."""
        return np.asarray(self.curves(np.array([size], float))[:, 0] * np.exp(self.seeds))

    def point(self, size: int) -> Point:
        again, now = self.again(size), float(self.measured.means[-1])
        fresh = again * np.exp(math.sqrt(2) * self.examples)  # both the old and the new examples have their noise
        return Point(size, _central(fresh), _central(now - again))

    def needed(self, target: float) -> Needed:
        present = self.measured.sizes[-1]
        sizes = np.geomspace(present, FARTHEST * present, 400)
        reached = self.curves(sizes) * np.exp(self.examples)[:, None] <= target
        first = np.where(reached.any(axis=1), sizes[reached.argmax(axis=1)], math.inf)
        size, low, high = (float(q) for q in np.quantile(first, _QUANTILES, method="inverted_cdf"))
        upper, share = f"{high:,.0f}" if high < math.inf else "never", float(reached.any(axis=1).mean())
        words = f"about {size:,.0f} examples (90 %: {low:,.0f} to {upper})"
        if size == present:
            words = f"reached by the present {present:,.0f} examples"
        elif size == math.inf:
            words = f"not reached by more data alone ({100 * share:.0f} % of the curves that fit reach it)"
        return Needed(target, size, low, high, share, words)


def _drift(measured: Measured, random: np.random.Generator) -> float:
    """The error of the law a doubling, relative: 5 %, or more where it missed the curve's own last doubling by more."""
    present, seen = measured.sizes[-1], measured.sizes <= 0.51 * measured.sizes[-1]
    if seen.sum() < _FEWEST_SIZES - 1:
        return _DRIFT
    earlier = replace(measured, sizes=measured.sizes[seen], means=measured.means[seen], noise=measured.noise[seen])
    foreseen = _Ahead.of(earlier, fitted_laws(earlier, earlier.means[None]), random, _DRIFT).again(int(present))
    foreseen = np.log(np.maximum(foreseen, 1e-9 * measured.means[-1]))
    missed = max(0.0, (math.log(measured.means[-1]) - float(np.median(foreseen))) ** 2 - float(foreseen.var()))
    return math.hypot(_DRIFT, math.sqrt(missed) / math.log2(present / earlier.sizes[-1]))


def _central(draws: NumpyArray) -> Estimate:
    return Estimate(*(float(q) for q in np.quantile(draws, _QUANTILES)))


def _unfit(curve: LearningCurve) -> str:
    """Why a curve has too little in it, whatever its shape; or nothing."""
    values, (first, *_, last) = np.array([point.value for point in curve.cv]), (*curve.sizes, curve.sizes[-1])
    finite, what = bool(np.isfinite(curve.J_cv).all() and np.isfinite(values).all()), english(f"{SHORT[curve.metric]} on cv")
    reasons = (
        (len(values) < _FEWEST_SIZES, english(f"The curve has {len(values)} sizes; a forecast needs at least {_FEWEST_SIZES}.")),
        (last < _NARROWEST * first, english(f"The sizes, {first:,} to {last:,}, lie within a factor of {_NARROWEST}: too near.")),
        (curve.J_cv.shape[1] < 2, english("The curve has one seed, so its noise is not known; a forecast needs at least 2.")),
        (not finite, english(f"{what} is not finite at some size.")),
        (finite and values.min() < 0, english(f"{what} is below 0, where no power law of this form goes.")),
        (values[-1] == 0, english(f"{what} is 0 already: more examples cannot lower it.")),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _ill_behaved(measured: Measured, found: Laws, random: np.random.Generator, curve: LearningCurve) -> str:
    """Why a curve is refused that lies further from the nearest falling one, or from its law, than noise alone would."""
    spread, show, sizes = np.sqrt(measured.variances), number(curve.metric), curve.sizes
    nearest, distance = _falling(measured.means, spread)
    by_noise = [_falling(nearest + noise, spread)[1] for noise in random.normal(size=(500, len(spread))) * spread]
    if distance > 0 and np.mean(np.array(by_noise) >= distance) < _SIGNIFICANCE:
        at = int(np.argmax(np.diff(measured.means) / np.hypot(spread[1:], spread[:-1])))
        first, last = (english(f"{show(float(measured.means[i]))} at {sizes[i]:,} examples") for i in (at, at + 1))
        return english(f"The curve rises beyond its noise, as from {first} to {last}: how it goes on cannot be read off it.")
    misfit, freedom = float(found.misfit[0]), len(sizes) - 3
    if chdtrc(freedom, misfit) < _SIGNIFICANCE:
        times = f"{math.sqrt(misfit / freedom):.1f}"
        return english(f"No power law describes the curve: it misses the points by {times} times their noise.")
    return ""


def _falling(means: NumpyArray, spread: NumpyArray) -> tuple[NumpyArray, float]:
    """The nearest curve that never rises, and its χ² distance."""
    from scipy.optimize import isotonic_regression  # with half of SciPy behind it, which `import leadline` need not load

    nearest = isotonic_regression(means, weights=spread**-2, increasing=False).x
    return nearest, float((((means - nearest) / spread) ** 2).sum())


def _too_wide(ahead: _Ahead, measured: Measured, metric: str) -> str:
    """Why a forecast is refused whose interval at twice the examples says nothing."""
    present, show = int(measured.sizes[-1]), number(metric)
    twice, last = _central(ahead.again(2 * present)), float(measured.means[-1])
    if twice.high - twice.low <= max(_TOO_WIDE * last, _TOO_WIDE_OF_FALL * (float(measured.means.max()) - last)):
        return ""
    return english(
        f"With {2 * present:,} examples {SHORT[metric]} could lie anywhere between {show(twice.low)} and {show(twice.high)}: the "
        "curve says too little. More seeds or sizes would narrow it."
    )
