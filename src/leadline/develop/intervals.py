"""Intervals by bootstrap, over examples and over seeds at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from scipy.special import stdtrit

from leadline import seeds
from leadline.types import NumpyArray

__all__ = ["LEVEL", "Estimate", "Resampling", "estimate"]

LEVEL = 0.90
"""The share of intervals that should hold the truth."""
_DRAWS = 1000
_NORMAL_95 = 1.6448536269514722


@dataclass(frozen=True)
class Estimate:
    """A number with a 90 % interval.

    Attributes:
        value: The number, from all the data.
        low: The interval's lower end.
        high: Its upper end.
        spread_examples: The standard error that comes from which examples were measured.
        spread_seeds: The standard error that comes from the seeds of training.

    Examples:
        >>> f"{Estimate(0.0429, 0.026, 0.0621):.1%}"
        '4.3% [2.6%, 6.2%]'
    """

    value: float
    low: float
    high: float
    spread_examples: float = 0.0
    spread_seeds: float = 0.0

    def __format__(self, how: str) -> str:
        """Value and interval, each as a number is written by `how`."""
        return f"{self.value:{how}} [{self.low:{how}}, {self.high:{how}}]" if how else str(self)

    def to_dict(self) -> dict[str, float]:
        """Value and interval as plain numbers."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class Resampling:
    """Means of resampled costs, which are never negative: one draw of examples and one draw of seeds for each repetition.

    Examples are drawn with weights from a Poisson distribution of mean 1 (the bootstrap for large data), seeds with replacement.
    With few seeds R a plain bootstrap is too narrow twice over: it divides by R instead of R − 1, and reads a normal quantile
    where Student's belongs. Deviations from the mean are widened by `√(R/(R−1)) · t(0.95, R−1) / z(0.95)`.

    Of values that are all 0 or 1 a bootstrap knows nothing beyond the few ones it has (none at all: no width). Their intervals
    get the width of two more examples, one of each kind: `√2 · z(0.95) / n` is added to the half-width in quadrature.

    Attributes:
        whole: The mean over all seeds and examples.
        draws: The mean in each repetition, `(repetitions,)`.
        by_examples: The same with the seeds held fixed.
        by_seeds: The same with the examples held fixed.
        grain: The half-width that the number of examples alone brings where they are 0 or 1; else 0.

    Source:
        Chamandy, Muralidharan, Najmi, Naidu 2012, Estimating uncertainty for massive data streams; Agresti & Min 2005, for the
        two more examples.
    """

    whole: float
    draws: NumpyArray = field(repr=False)
    by_examples: NumpyArray = field(repr=False)
    by_seeds: NumpyArray = field(repr=False)
    grain: float = 0.0

    @classmethod
    def of(cls, values: NumpyArray, name: str, seed: int = 0, *, stretch: float = 1.0) -> Resampling:
        """Resamples values of each seed and example.

        Args:
            values: `(seeds, examples)`; one row where the seed does not matter.
            name: Which examples these are: two resamplings of the same name and number draw the same examples, so that their
                difference is a paired one.
            seed: The seed of the draws.
            stretch: By what the examples' share of the error is multiplied, as `Folds.stretch` gives it.
        """
        runs, count = values.shape
        scale = float(np.abs(values).max()) or 1.0  # squared errors may lie beyond float32
        narrow = np.asarray(values / scale, np.float32)
        weights = _weights(seed, name, count)
        blocks = [weights[first : first + 100].astype(np.float32) for first in range(0, _DRAWS, 100)]
        examples = scale * np.concatenate([block @ narrow.T / block.sum(axis=1, keepdims=True) for block in blocks], dtype=float)
        chosen = seeds.generator(seed, "bootstrap seeds").integers(0, runs, (_DRAWS, runs))
        whole, means = float(values.mean()), values.mean(axis=1)
        widening = math.sqrt(runs / (runs - 1)) * float(stdtrit(runs - 1, 0.95)) / _NORMAL_95 if runs > 1 else 0.0
        by_examples = whole + stretch * (examples.mean(axis=1) - whole)
        by_seeds = whole + widening * (means[chosen].mean(axis=1) - whole)
        # Costs are not negative, and a widened draw must not be either.
        drawn = (by_examples + by_seeds - whole, by_examples, by_seeds)
        draws, by_examples, by_seeds = (np.maximum(each, 0.0) for each in drawn)
        grain = stretch * math.sqrt(2) * _NORMAL_95 / count if np.isin(values, (0.0, 1.0)).all() else 0.0
        return cls(whole, draws, by_examples, by_seeds, grain)


@functools.lru_cache(maxsize=16)
def _weights(seed: int, name: str, count: int) -> NumpyArray:
    """How often each draw holds each example, `(draws, count)` uint8: Poisson of mean 1, read off 16 random bits."""
    probabilities = np.exp(-1.0) / np.cumprod([1, *range(1, 9)])  # of 0 … 8
    table = np.searchsorted(np.cumsum(probabilities), (np.arange(65536) + 0.5) / 65536).astype(np.uint8)
    bits = seeds.generator(seed, f"bootstrap {name}").integers(0, 65536, (_DRAWS, count), dtype=np.uint16)
    weights = table[bits]
    weights[weights.sum(axis=1) == 0] = 1
    return weights


def estimate(read: Callable[..., float | NumpyArray], *parts: Resampling, least: float = -math.inf) -> Estimate:
    """A function of means, with its interval.

    Args:
        read: Computes the number from the means, elementwise: `lambda cv, train: cv - train`.
        parts: The means it takes, in order.
        least: What the number cannot lie below: 0 for an error or a cost, which a difference of two is not.

    Returns:
        The number at the whole data, the central 90 % of its repetitions, and its two standard errors.

    Examples:
        >>> flat = Resampling.of(np.full((3, 50), 0.25), "cv")
        >>> estimate(lambda mean: 2 * mean, flat).to_dict()
        {'value': 0.5, 'low': 0.5, 'high': 0.5}
    """
    value = float(read(*(np.float64(part.whole) for part in parts)))
    draws = np.asarray(read(*(part.draws for part in parts)))
    low, high = (float(q) for q in np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]))
    spreads = (float(np.std(read(*(getattr(part, kind) for part in parts)))) for kind in ("by_examples", "by_seeds"))
    grain = max(part.grain for part in parts)
    low, high = value - math.hypot(max(value - low, 0.0), grain), value + math.hypot(max(high - value, 0.0), grain)
    return Estimate(value, max(low, least), high, *spreads)
