"""How changes are written, alike with the limits beside them, and how a sentence begins."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from leadline.develop.intervals import Estimate
from leadline.words import _, told

__all__ = ["alarm_told", "alike", "sentence", "together"]


def alike(change: Estimate, show: Callable[[float], str]) -> Callable[[float], str]:
    """How a change and its limits are written: with the same decimals, three digits of the largest.

    Args:
        change: The change.
        show: How its metric's numbers are written, where they are too small or too large for that, or per cent.

    Examples:
        >>> write = alike(Estimate(-0.01234, -0.0345, 0.01), str)
        >>> write(-0.01234), write(0.01)
        ('−0.0123', '0.0100')
    """
    largest = max(abs(change.value), abs(change.low), abs(change.high))
    if not 1e-3 <= largest < 1e6 or show(largest).endswith("%"):
        return show
    decimals = max(0, 2 - math.floor(math.log10(largest)))
    return lambda value: f"{value:,.{decimals}f}".replace("-", "−")


def sentence(words: str) -> str:
    """The words with a capital at their beginning.

    Examples:
        >>> sentence("share misclassified"), sentence("RMSE on cv"), sentence("")
        ('Share misclassified', 'RMSE on cv', '')
    """
    return words[:1].upper() + words[1:]


def together(first: str, second: str) -> str:
    """Two sentences, one after the other.

    Examples:
        >>> together("One.", "Two.")
        'One. Two.'
    """
    return _("{first} {second}", first=first, second=second)


def alarm_told(name: str, evidence: str, suggests: Sequence[str], precision: float | None, recall: float | None) -> str:
    """An alarm with its evidence, its causes, and how far it is to be trusted, where that was measured; without a full stop."""
    said = _(
        "{name}: {evidence}. Suggests {causes}",
        name=told(name),
        evidence=told(evidence).rstrip(".。"),
        causes=_(", ").join(map(told, suggests)),
    )
    if precision is None or math.isnan(precision):
        return said
    return said + _(" (precision {precision}, recall {recall})", precision=f"{precision:.2f}", recall=f"{recall:.2f}")
