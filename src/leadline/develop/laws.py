"""Power laws through a learning curve, each point weighted by its noise."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from leadline.develop.curves import LearningCurve
from leadline.types import NumpyArray

__all__ = ["Laws", "Measured", "fitted_laws"]

_EXPONENTS = np.geomspace(0.05, 6.0, 36)
_OFFSETS = np.concatenate([[0.0], np.geomspace(0.05, 10.0, 11)])  # in present sizes
# Chosen by calibration/forecasts.py on the tables that it names for that.
_USUAL_EXPONENT, _SPREAD_OF_EXPONENTS = 0.5, 0.7
_DEPARTURE = 0.03


@dataclass(frozen=True)
class Measured:
    """A learning curve as it is fitted.

    Sizes, means and the means' relative variances against each other, all `(sizes,)`; the relative variance of all means by what
    the seeds do at all sizes alike; and the relative standard error by which cv examples they are.
    """

    sizes: NumpyArray
    means: NumpyArray
    noise: NumpyArray
    common: float
    examples: float

    @classmethod
    def of(cls, curve: LearningCurve) -> Measured:
        """Reads a curve."""
        means, count, runs = np.array([point.value for point in curve.cv]), len(curve.sizes), curve.J_cv.shape[1]
        level = np.maximum(means, 1e-3 * means.max())
        relative = (curve.J_cv - curve.J_cv.mean(axis=1, keepdims=True)) / level[:, None]
        # A seed's own part at all sizes shifts the curve as a whole: only the rest makes it jagged.
        own = relative.mean(axis=0)
        jagged = ((relative - own) ** 2).sum(axis=1) * count / (count - 1) / (runs - 1) / runs
        noise = _smooth(np.log(curve.sizes), jagged, runs - 1) + _DEPARTURE**2
        examples = curve.cv[-1].spread_examples / level[-1]
        return cls(np.array(curve.sizes, float), means, noise, float(own.var(ddof=1)) / runs, float(examples))

    @property
    def variances(self) -> NumpyArray:
        """Of the means, in J's unit."""
        return np.asarray(self.noise * np.maximum(self.means, 1e-3 * self.means.max()) ** 2)


def _smooth(x: NumpyArray, variances: NumpyArray, freedom: int) -> NumpyArray:
    """Variances of a few seeds each, as a power of the size: a line through their logarithms, drawn towards a level one."""
    known = variances > 0
    if known.sum() < 3:
        return np.full(len(x), variances.mean())
    logs, x = np.log(variances[known]), x - x[known].mean()
    slope = (x[known] @ logs) / (x[known] @ x[known] + 2.0)
    short = math.log(freedom / 2) - digamma(freedom / 2)  # by which the mean logarithm of χ²/freedom lies below 0
    return np.asarray(np.exp(logs.mean() + slope * x + short))


@dataclass(frozen=True)
class Laws:
    """Fitted laws `c + g·((m + d)/(present + d))^(−b)`, g being what is left to win; each field `(draws,)`."""

    b: NumpyArray
    d: NumpyArray
    c: NumpyArray
    g: NumpyArray
    misfit: NumpyArray

    def __call__(self, sizes: NumpyArray, present: float) -> NumpyArray:
        """J at the sizes, `(draws, sizes)`."""
        ratio = (sizes[None] + self.d[:, None]) / (present + self.d)[:, None]
        return np.asarray(self.c[:, None] + self.g[:, None] * ratio ** -self.b[:, None])


def fitted_laws(measured: Measured, draws: NumpyArray) -> Laws:
    """The best law for each draw of the means `(draws, sizes)`, over a grid of b and d with c and g ≥ 0 computed exactly."""
    w, present = 1 / measured.variances, measured.sizes[-1]
    b, d = (part.ravel() for part in np.meshgrid(_EXPONENTS, _OFFSETS * present))
    shape = ((measured.sizes + d[:, None]) / (present + d[:, None])) ** -b[:, None]  # (grid, sizes)
    center = shape @ w / w.sum()
    steep, mean = shape - center[:, None], draws @ w / w.sum()
    products, squares = (draws * w) @ steep.T, steep**2 @ w
    g = np.maximum(products / squares, 0.0)
    c = mean[:, None] - g * center
    misfit = ((draws - mean[:, None]) ** 2 @ w)[:, None] - 2 * g * products + g**2 * squares
    products, squares = (draws * w) @ shape.T, shape**2 @ w
    g_alone = np.maximum(products / squares, 0.0)
    misfit_alone = (draws**2 @ w)[:, None] - 2 * g_alone * products + g_alone**2 * squares
    g, misfit, c = np.where(c < 0, g_alone, g), np.where(c < 0, misfit_alone, misfit), np.maximum(c, 0.0)
    unusual = (np.log(b / _USUAL_EXPONENT) / _SPREAD_OF_EXPONENTS) ** 2
    at, rows = np.argmin(misfit + unusual, axis=1), np.arange(len(draws))
    return Laws(b[at], d[at], c[rows, at], g[rows, at], misfit[rows, at])
