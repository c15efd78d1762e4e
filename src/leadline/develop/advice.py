"""The next step that a diagnosis proposes, with the reasons that were measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.develop.curves import LearningCurve, ValidationCurve
from leadline.develop.gaps import Gap
from leadline.develop.problem import SHORT, number

__all__ = ["Step", "next_step"]

_NAMES = {metric: name if name == "J" else f"the {name}" for metric, name in SHORT.items()}

_FALLING = 0.02
"""A training cost that still falls by more than this share over a tenth of the epochs has not converged."""


@dataclass(frozen=True)
class Step:
    """What to do next.

    Attributes:
        action: What, in a sentence.
        reasons: Why, each with its number.
    """

    action: str
    reasons: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain words."""
        return {"action": self.action, "reasons": list(self.reasons)}


def next_step(
    verdict: str,
    gaps: dict[str, Gap],
    lambdas: ValidationCurve,
    learning: LearningCurve,
    lambda_: float | None,
    still_falling: float,
) -> Step:
    """What the verdict and the two curves call for.

    The order is that of the usual flow: first the error on train (a bigger network, longer training), then that on cv (more data
    if more would help, a larger λ if that was measured to help), then done.

    Args:
        verdict: The diagnosis' verdict.
        gaps: The judged gaps by name.
        lambdas: The λ curve, in cost J.
        learning: The learning curve.
        lambda_: λ of the network; None where the model has regularizers of its own.
        still_falling: By what share of itself the training cost still fell over the last tenth of the epochs.
    """
    change = _lambda_change(lambdas, lambda_)
    regularises_more = change is not None and lambdas.values[lambdas.chosen] > (lambda_ or 0.0)
    if verdict.endswith("variance") and "bias" not in verdict:
        return _against_variance(learning, change if regularises_more else None)
    if "bias" in verdict:
        return _against_bias(learning, None if regularises_more else change, still_falling)
    if verdict == "done":
        return _when_done(gaps, change, number(learning.metric))
    open_gaps = [gap for gap in gaps.values() if gap.judgement == "undetermined"]
    settling = tuple(f"the {gap.name} gap is open: {gap.would_settle}" for gap in open_gaps)
    action = "Measure more before changing much: the data at hand do not decide."
    return Step(action, (*settling, *([change] if change else [])))


def _against_bias(learning: LearningCurve, change: str | None, still_falling: float) -> Step:
    reasons = []
    if still_falling > _FALLING:
        reasons.append(f"the training cost still fell by {still_falling:.0%} over the last tenth of the epochs")
        action = "Train longer (twice the epochs), then a bigger network."
    else:
        fell = f"the training cost fell by only {max(still_falling, 0):.1%} over the last tenth of the epochs"
        reasons.append(f"{fell}: longer training promises little")
        action = "Take a bigger network: more units, or another hidden layer."
    gain, noise = _gain_of_data(learning)
    if gain <= noise:
        reasons.append(f"more data will not help: {_by_data(learning)}")
    if change:
        reasons.append(change)
    return Step(action, tuple(reasons))


def _against_variance(learning: LearningCurve, change: str | None) -> Step:
    gain, noise = _gain_of_data(learning)
    if gain > noise:
        action = "Get more data if there is some" + ("; until then, take the λ below." if change else ".")
        return Step(action, (_by_data(learning), change or "no larger λ of the grid was clearly better than the present one"))
    flat = f"more data promises little: {_by_data(learning)}, within the noise of ±{number(learning.metric)(noise)}"
    if change:
        return Step("Regularise more: take the λ below.", (change, flat))
    return Step(
        "Regularise by other means (dropout, a smaller network, fewer features), and look at the worst cv examples.", (flat,)
    )


def _when_done(gaps: dict[str, Gap], change: str | None, show: Callable[[float], str]) -> Step:
    size = gaps["distance"].size
    reasons = [f"cv − baseline is {show(size.value)}, surely below {show(size.high)}: no worse than what counts as none"]
    if gaps["distance"].judgement != "fine":
        reasons = ["bias and variance are both within the tolerance"]
    if gaps["variance"].judgement == "high":
        reasons.append("cv still lies above train: against a harder baseline this would be high variance")
    if change:
        reasons.append(change)
    return Step("Stop here, or set a harder baseline (--baseline).", tuple(reasons))


def _lambda_change(lambdas: ValidationCurve, lambda_: float | None) -> str | None:
    """What another λ would bring, if one is better than the present one by more than their difference's error, and by 1 %."""
    if lambda_ is None or lambda_ not in lambdas.values or lambdas.tied[lambdas.values.index(lambda_)]:
        return None
    now, chosen = lambdas.values.index(lambda_), lambdas.chosen
    before, after = lambdas.cv[now].value, lambdas.cv[chosen].value
    if after > 0.99 * before:
        return None
    show = number(lambdas.metric)
    edge = " (the largest tried: a larger one may do better still)" if chosen == len(lambdas.values) - 1 else ""
    fall = f"{_NAMES[lambdas.metric]} on cv fell from {show(before)} to {show(after)}"
    return f"λ = {lambdas.values[chosen]:g} instead of {lambda_:g}{edge}: {fall}"


def _half(learning: LearningCurve) -> int:
    """The place of the size nearest to half of the largest."""
    return int(np.argmin(np.abs(np.array(learning.sizes) - learning.sizes[-1] / 2)))


def _gain_of_data(learning: LearningCurve) -> tuple[float, float]:
    """How much cv fell when the examples about doubled to all, and twice the error of that difference over the seeds."""
    differences = learning.J_cv[_half(learning)] - learning.J_cv[-1]
    return float(differences.mean()), float(2 * differences.std(ddof=1) / np.sqrt(len(differences)))


def _by_data(learning: LearningCurve) -> str:
    half, show = _half(learning), number(learning.metric)
    return (
        f"{_NAMES[learning.metric]} on cv went from {show(learning.cv[half].value)} to {show(learning.cv[-1].value)} "
        f"when the examples went from {learning.sizes[half]:,} to {learning.sizes[-1]:,}"
    )
