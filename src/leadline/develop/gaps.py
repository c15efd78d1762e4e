"""Gaps between costs, judged: high, fine or undetermined, never by one noisy number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal

from leadline.develop.intervals import Estimate
from leadline.words import english

__all__ = ["Gap", "Judgement", "judge"]

Judgement = Literal["high", "fine", "undetermined"]


@dataclass(frozen=True)
class Gap:
    """A difference that is judged.

    Attributes:
        name: "bias" (J_train − baseline), "variance" (J_cv − J_train) or "distance" (J_cv − baseline).
        size: The difference, with its interval.
        tolerance: δ: up to this it is fine.
        judgement: "high" where the whole interval lies above δ, "fine" where it lies below, else "undetermined".
        would_settle: For an open one, what would settle it, as a sentence; else empty.
    """

    name: str
    size: Estimate
    tolerance: float
    judgement: Judgement
    would_settle: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        words = {"judgement": self.judgement, "tolerance": self.tolerance, "would_settle": self.would_settle}
        return self.size.to_dict() | words


def judge(name: str, size: Estimate, tolerance: float, examples: int, seeds: int, what: str) -> Gap:
    """Judges a gap by its interval, and says what would settle an open one.

    Args:
        name: What the gap is called.
        size: The gap.
        tolerance: δ.
        examples: How many examples it was measured on.
        seeds: How many seeds.
        what: Which examples, in words: "cv examples".

    Examples:
        >>> judge("variance", Estimate(0.03, 0.02, 0.04), 0.005, 359, 5, "cv examples").judgement
        'high'
        >>> gap = judge("variance", Estimate(0.03, -0.01, 0.07, 0.02, 0.001), 0.005, 100, 5, "cv examples")
        >>> gap.judgement, gap.would_settle
        ('undetermined', 'about 260 cv examples would settle it')
    """
    if size.low > tolerance:
        return Gap(name, size, tolerance, english("high"))
    if size.high < tolerance:
        return Gap(name, size, tolerance, english("fine"))
    reach = size.value - size.low if size.value > tolerance else size.high - size.value
    short = abs(size.value - tolerance)
    if short <= 0.1 * reach:
        at_the_edge = english("it lies so near to the tolerance that settling it would take over 100 times the data")
        return Gap(name, size, tolerance, "undetermined", at_the_edge)
    more_examples, more_seeds = _more(size, (reach / short) ** 2)
    count = f"{max(_rounded(examples * more_examples), examples + 1):,}"
    runs = f"{max(_rounded(seeds * more_seeds), seeds + 1):,}"
    if more_seeds == 1:
        said = english(f"about {count} {what} would settle it")
    elif more_examples > 1:
        said = english(f"about {count} {what} and {runs} seeds would settle it")
    else:
        said = english(f"about {runs} seeds would settle it")
    return Gap(name, size, tolerance, "undetermined", said)


def _more(size: Estimate, more: float) -> tuple[float, float]:
    """How many times the examples and the seeds make the interval `√more` times narrower.

    The squared error is `e²/kₑ + s²/kₛ` for kₑ times the examples and kₛ times the seeds. The larger part is made smaller alone
    where that does it with no more than four times `more`; else both are.
    """
    examples, seeds = size.spread_examples**2, size.spread_seeds**2
    larger, smaller = max(examples, seeds), min(examples, seeds)
    rest = (examples + seeds) / more - smaller
    alone = larger / rest if rest > 0 else math.inf
    if alone > 4 * more:
        return (more, more)
    return (alone, 1.0) if examples >= seeds else (1.0, alone)


def _rounded(count: float) -> int:
    """Upwards to two digits."""
    unit = int(10 ** max(len(str(int(count))) - 2, 0))
    return math.ceil(count / unit) * unit
