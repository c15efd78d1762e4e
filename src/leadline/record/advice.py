"""The running score of leadline's own advice: how often a gain that it predicted came true."""

from __future__ import annotations

import math
from dataclasses import dataclass

from leadline.errors import ArgumentError

__all__ = ["AdviceScore"]

NORMAL_95 = 1.6448536269514722
"""The normal distribution's 95 % point: 5 % are left out at either end."""


@dataclass(frozen=True)
class AdviceScore:
    """How often a predicted gain came true, with Wilson's 90 % interval.

    `centre ± half`, with `centre = (k + z²/2) / (n + z²)` and `half = z √(k(n−k)/n + z²/4) / (n + z²)`, where k is `came_true`,
    n is `predicted`, and z the normal 95 % point. It keeps its width where all or none came true, and with no prediction at all
    it is the whole of [0, 1].

    Attributes:
        predicted: How many turns that were finished had been predicted a gain (a ΔJ_cv below 0).
        came_true: In how many of them the actual ΔJ_cv was below 0. One that was not measured, or not finite, did not come true.

    Raises:
        ArgumentError: Counts that cannot be.

    Source:
        Wilson 1927, Probable inference, the law of succession, and statistical inference.

    Examples:
        >>> score = AdviceScore(predicted=10, came_true=8)
        >>> score.share, round(score.low, 3), round(score.high, 3)
        (0.8, 0.541, 0.931)
    """

    predicted: int
    came_true: int

    def __post_init__(self) -> None:
        if not 0 <= self.came_true <= self.predicted:
            raise ArgumentError(f"Of {self.predicted} predictions, {self.came_true} cannot have come true.")

    @property
    def share(self) -> float | None:
        """The share that came true; None where nothing was predicted."""
        return self.came_true / self.predicted if self.predicted else None

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return max(0.0, self._centre() - self._half()) if self.came_true else 0.0

    @property
    def high(self) -> float:
        """The interval's upper end."""
        return min(1.0, self._centre() + self._half()) if self.came_true < self.predicted else 1.0

    def _centre(self) -> float:
        return (self.came_true + NORMAL_95**2 / 2) / (self.predicted + NORMAL_95**2)

    def _half(self) -> float:
        n, k = self.predicted, self.came_true
        return NORMAL_95 * math.sqrt(k * (n - k) / n + NORMAL_95**2 / 4) / (n + NORMAL_95**2)
