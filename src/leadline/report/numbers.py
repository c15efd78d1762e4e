"""How changes are written: alike with the limits beside them."""

from __future__ import annotations

import math
from collections.abc import Callable

from leadline.develop.intervals import Estimate

__all__ = ["alike"]


def alike(change: Estimate, show: Callable[[float], str]) -> Callable[[float], str]:
    """How a change and its limits are written: with the same decimals, three digits of the largest.

    Args:
        change: The change.
        show: How its metric's numbers are written, where they are too small or too large for that.

    Examples:
        >>> write = alike(Estimate(-0.01234, -0.0345, 0.01), str)
        >>> write(-0.01234), write(0.01)
        ('−0.0123', '0.0100')
    """
    largest = max(abs(change.value), abs(change.low), abs(change.high))
    if not 1e-3 <= largest < 1e6:
        return show
    decimals = max(0, 2 - math.floor(math.log10(largest)))
    return lambda value: f"{value:{',' if abs(value) >= 10_000 else ''}.{decimals}f}".replace("-", "−")
