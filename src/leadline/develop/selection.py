"""The choice among settings that were all measured: a set of equals, and the simplest of it."""

from __future__ import annotations

import numpy as np

from leadline.errors import NonFiniteError
from leadline.types import NumpyArray

__all__ = ["ties"]


def ties(values: NumpyArray, finite: NumpyArray | None = None) -> tuple[int, NumpyArray]:
    """Which settings tie with the best within one standard error.

    A setting ties when the mean of its paired difference from the best is not above the standard error of that difference; both
    over seeds and examples. Pairing takes out what all settings share: that some examples, and some seeds, are harder for all.

    Args:
        values: What each setting pays, `(settings, seeds, examples)`.
        finite: Which settings count at all, `(settings,)`; the others, and those that pay something not finite, neither win nor
            tie.

    Returns:
        The best setting, and a boolean for each: whether it ties (the best does).

    Raises:
        NonFiniteError: No setting counts.

    Source:
        Breiman, Friedman, Olshen, Stone 1984, the one-standard-error rule; here with the error of the paired difference.

    Examples:
        >>> paid = np.random.default_rng(0).normal(0, 1, (1, 5, 400)) + np.array([0.0, 0.001, 0.5])[:, None, None]
        >>> best, tied = ties(paid + np.random.default_rng(1).normal(0, 0.1, (3, 5, 400)))
        >>> tied.tolist()
        [True, True, False]
    """
    counts = np.asarray(np.isfinite(values).all(axis=(1, 2)))
    if finite is not None:
        counts = counts & finite
    if not counts.any():
        raise NonFiniteError("No setting trained to finite weights and costs. Lower the learning rate, or scale the inputs.")
    values = np.where(counts[:, None, None], values, 0.0)
    means = np.where(counts, values.mean(axis=(1, 2)), np.inf)
    best = int(np.argmin(means))
    difference = values - values[best]
    _, runs, examples = values.shape
    of_examples = difference.mean(axis=1).std(axis=1) / np.sqrt(examples)
    of_seeds = difference.mean(axis=2).std(axis=1, ddof=1) / np.sqrt(runs) if runs > 1 else 0.0
    return best, counts & (means - means[best] <= np.hypot(of_examples, of_seeds))
