"""The next step that a diagnosis proposes, with the reasons that were measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from leadline.develop.gaps import Gap
from leadline.develop.intervals import Estimate
from leadline.develop.problem import SHORT, decisive, number, signed
from leadline.develop.remedies import Remedy
from leadline.develop.standing import Standing
from leadline.words import english, percent

__all__ = ["Step", "next_step"]

FALLING = 0.02
"""A training cost that still falls by more than this share over a tenth of the epochs has not converged."""


@dataclass(frozen=True)
class Step:
    """What to do next.

    Attributes:
        action: What, in a sentence.
        reasons: Why, each with its number.
        remedy: The name of the remedy that it takes; empty where it takes none.
    """

    action: str
    reasons: tuple[str, ...]
    remedy: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain words."""
        return {"action": self.action, "reasons": list(self.reasons), "remedy": self.remedy}


def next_step(standing: Standing, remedies: Sequence[Remedy], still_falling: float) -> Step:
    """What the verdict and the measured remedies call for: the best of those that surely help; without one, what would settle.

    Args:
        standing: Where the network stands.
        remedies: What each remedy would bring, ranked; empty where none were measured.
        still_falling: By what share of itself the training cost still fell over the last tenth of the epochs.
    """
    metric = standing.score.metric
    helping = [remedy for remedy in remedies if remedy.helps]
    if standing.verdict == "done":
        reasons = _when_done(standing.gaps, metric)
        better = tuple(english(f"there is still something to gain: {_brings(remedy, metric)}") for remedy in helping[:1])
        return Step(english("Stop here, or set a harder baseline (--baseline)."), (*reasons, *better))
    falling = _falling(still_falling) if "bias" in standing.verdict or standing.verdict == "undetermined" else ()
    if helping:
        best, *others = helping
        also = tuple(english(f"also: {_brings(remedy, metric)}") for remedy in others[:2])
        return Step(_action(best), (_brings(best, metric), *also, *falling), best.name)
    measured = [remedy for remedy in remedies if remedy.gain is not None]
    none = (english(f"none of the {len(measured)} remedies that were measured surely helps"),) if measured else ()
    if not remedies:
        none = (english("the remedies were not run: run them to see what each would bring"),)
    open_gaps = [gap for gap in standing.gaps.values() if gap.judgement == "undetermined"]
    settling = tuple(english(f"the {gap.name} gap is open: {gap.would_settle}") for gap in open_gaps)
    if standing.verdict == "undetermined":
        return Step(english("Measure more before changing much: the data at hand do not decide."), (*settling, *none, *falling))
    return Step(_without_remedy(standing.verdict), (*none, *falling))


def _action(remedy: Remedy) -> str:
    if remedy.name == "more data":
        return english(f"Get more data if there is some: {remedy.change.removesuffix(': a forecast')}.")
    return english(f"Take {remedy.name}: {remedy.change}.")


def _without_remedy(verdict: str) -> str:
    if "bias" in verdict:
        return english("Look at the worst examples: the inputs may lack what tells the targets apart.")
    return english("Get more data if there is some, and look at the worst cv examples.")


def _brings(remedy: Remedy, metric: str) -> str:
    assert remedy.gain is not None
    name = decisive(metric)
    gain = _signed(remedy.gain, number(name))
    if remedy.name == "more data":
        return english(f"twice the examples would change {'J' if name == 'cost' else f'the {SHORT[name]}'} on cv by {gain}")
    said = english(f"{remedy.name} ({remedy.change}) changed {'J' if name == 'cost' else f'the {SHORT[name]}'} on cv by {gain}")
    return said if remedy.error is None else english(f"{said} and the error on cv by {_signed(remedy.error, number('error'))}")


def _signed(gain: Estimate, show: Any) -> str:
    low, value, high = (signed(one, show) for one in (gain.low, gain.value, gain.high))
    return f"{value} [{low}, {high}]"


def _falling(still_falling: float) -> tuple[str, ...]:
    if still_falling > FALLING:
        fell = percent(still_falling)
        return (english(f"the training cost still fell by {fell} over the last tenth of the epochs: it has not converged"),)
    return ()


def _when_done(gaps: dict[str, Gap], metric: str) -> tuple[str, ...]:
    size, show = gaps["distance"].size, number(metric)
    reasons = [english(f"cv − baseline is {show(size.value)}, surely below {show(size.high)}: no worse than what counts as none")]
    if gaps["distance"].judgement != "fine":
        reasons = [english("bias and variance are both within the tolerance")]
    if gaps["variance"].judgement == "high":
        reasons.append(english("cv still lies above train: against a harder baseline this would be high variance"))
    return tuple(reasons)
