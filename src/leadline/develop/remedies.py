"""The remedies, run: what each would bring on held-out examples, paired with the present network, and ranked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import logsumexp

from leadline.develop.costs import change, reading
from leadline.develop.evidence import Evidence
from leadline.develop.forecast import Forecast, forecast
from leadline.develop.intervals import Estimate, Resampling, estimate
from leadline.develop.moves import MOVES, Gap, Move
from leadline.develop.population import members_of, train_and_score
from leadline.develop.problem import Problem, decisive
from leadline.errors import LeadlineError
from leadline.types import NumpyArray
from leadline.words import english

__all__ = ["OUT_OF_TIME", "Remedy", "mean_output", "measure_remedies", "ranked", "surely_below"]

OUT_OF_TIME = english("the time was spent")
"""Why a remedy was not run that there was no time for."""


AT_ONCE = 2
MANY = 1.6
"""A 90 % interval is widened by this before a gain is called sure: of a dozen remedies that do nothing, one looks sure in 5 % of
all diagnoses, instead of in 45 %. It is Bonferroni's quantile by the usual one, z(1 − 0.05/12) / z(0.95)."""


@dataclass(frozen=True)
class Remedy:
    """One remedy, measured with the seeds and folds of the present network; or, in `reason`, why it was not.

    Attributes:
        name: What it is called.
        acts_on: Which gap it is meant to close.
        change: What is changed, in words.
        value: What to change to, as plain data, for the move of that name; None for what no move does.
        gain: ΔJ_cv: with it minus without it, so that below 0 is better; for classes of the cost J, else of the metric.
        error: For classes whose metric it is: the same of the share misclassified.
        J_cv: What `gain` is the change of, with it.
        seconds: How long measuring it took, beside another one.
        reason: Why it was not measured, as a sentence's end; else empty.
    """

    name: str
    acts_on: Gap
    change: str = ""
    value: Any = None
    gain: Estimate | None = None
    error: Estimate | None = None
    J_cv: Estimate | None = None
    seconds: float = 0.0
    reason: str = ""

    @property
    def helps(self) -> bool:
        """Whether it surely helps: J or the error falls by more than chance explains, and the other does not rise."""
        changes = [change for change in (self.gain, self.error) if change is not None]
        return any(map(surely_below, changes)) and all(change.value <= 0 for change in changes)

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        plain = {name: getattr(self, name) for name in ("name", "acts_on", "change", "value", "seconds", "reason")}
        return plain | {name: part and part.to_dict() for name in ("gain", "error", "J_cv") for part in [getattr(self, name)]}

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Remedy:
        """What `to_dict` gave, read back; the intervals come without what they are made of."""
        estimates = {name: plain[name] and Estimate(**plain[name]) for name in ("gain", "error", "J_cv")}
        return cls(**{**plain, **estimates})


def surely_below(change: Estimate) -> bool:
    """Whether a change lies below 0 by `MANY` times its 90 % interval's half-width.

    Examples:
        >>> surely_below(Estimate(-1.0, -1.5, -0.5)), surely_below(Estimate(-1.0, -1.8, -0.2))
        (True, False)
    """
    return change.value + MANY * (change.high - change.value) < 0


def ranked(remedies: Sequence[Remedy]) -> tuple[Remedy, ...]:
    """Those that surely help first, by their gain; then the others by theirs; then those that were not measured."""

    def key(remedy: Remedy) -> tuple[int, float]:
        return (2, 0.0) if remedy.gain is None else (0 if remedy.helps else 1, remedy.gain.value)

    return tuple(sorted(remedies, key=key))


def measure_remedies(
    evidence: Evidence,
    *,
    known: Sequence[Remedy] = (),
    out_of_time: Callable[[], bool] | None = None,
    tell: Callable[[Remedy], None] | None = None,
) -> tuple[Remedy, ...]:
    """Runs every move that can be run, with the same seeds, folds and number of steps as the present network, and ranks them.

    Args:
        evidence: The present network, measured.
        known: Remedies that were measured before, and are not again.
        out_of_time: Asked before each training; once it says yes the rest is not measured.
        tell: Told each remedy when it is measured.
    """
    before = {one.name: one for one in known if one.name in {move.name for move in MOVES}}
    found = []
    # Most of the time goes into compiling, which uses one core: two at a time.
    with ThreadPoolExecutor(AT_ONCE) as pool:
        each = [pool.submit(_measured, move, evidence, out_of_time) for move in MOVES if move.name not in before]
        for coming in each:
            found.append(coming.result())
            if tell is not None:
                tell(found[-1])
    return ranked([*before.values(), *found, _average(evidence), _more_data(forecast(evidence.deciding))])


def _measured(move: Move, evidence: Evidence, out_of_time: Callable[[], bool] | None) -> Remedy:
    began, plan, blank = time.perf_counter(), evidence.plan, Remedy(move.name, move.acts_on)
    try:
        value = move.value(evidence)
        changed = move.change(plan, value)
        blank = replace(blank, change=move.words(plan, value), value=value)
        measured, entries = evidence.measured, evidence.tried.get((move.setting, value)) if move.setting else None
        if entries is None and out_of_time is not None and out_of_time():
            return replace(blank, reason=OUT_OF_TIME)
        if entries is None:
            folds, budget = evidence.folds.over(changed.data), changed.budget
            measured = train_and_score(changed.problem, folds, members_of(changed.recipe, folds, budget), budget)
            entries = range(budget.seeds)
    except LeadlineError as error:
        return replace(blank, reason=str(error).rstrip("."))
    if not measured.finite[list(entries)].all():
        return replace(blank, reason=english("a training did not stay finite"))
    shared = evidence.seconds * len(entries) if measured is evidence.measured else time.perf_counter() - began
    return replace(_compared(blank, evidence, lambda metric: measured.of(entries, metric).cv), seconds=shared)


def _compared(remedy: Remedy, evidence: Evidence, paid: Callable[[str], Resampling]) -> Remedy:
    """The remedy with what it brings: draws of examples and seeds are the same on both sides, so that what is shared cancels."""
    metric = decisive(evidence.plan.problem.metric)

    def brought(metric: str) -> Estimate:
        return change(metric, evidence.measured.of(evidence.own, metric).cv, paid(metric))

    error = brought("error") if evidence.plan.problem.metric == "error" else None
    return replace(remedy, gain=brought(metric), error=error, J_cv=estimate(reading(metric)[1], paid(metric), least=0.0))


def mean_output(problem: Problem, outputs: NumpyArray) -> NumpyArray:
    """What the trainings give together: the mean of their probabilities, or of their numbers; written as one training's output.

    Args:
        problem: What they were trained for.
        outputs: `(trainings, m, outputs)`.

    Returns:
        `(1, m, outputs)`: where the loss takes logits, logits of the mean probabilities.

    Examples:
        >>> import numpy as np
        >>> from leadline.data.split import split
        >>> from leadline.develop.problem import problem_of
        >>> problem = problem_of(split(np.zeros((20, 1)), [0, 1] * 10))
        >>> mean_output(problem, np.log([[[1.0]], [[1.0]]])).tolist()  # odds of 1 : 1 and of 1 : 1
        [[[0.0]]]
    """
    outputs = np.asarray(outputs, np.float64)
    together: NumpyArray
    if not getattr(problem.recipe.loss, "from_logits", False):
        together = outputs.mean(axis=0, keepdims=True)
        return together
    if outputs.shape[-1] > 1:
        logs = outputs - logsumexp(outputs, axis=-1, keepdims=True)
        together = logsumexp(logs, axis=0, keepdims=True) - np.log(len(outputs))
        return together
    # ln of the mean probability, and of the mean of what is missing to 1: both exact where one of them is nearly 0.
    yes, no = (logsumexp(-np.logaddexp(0, sign * outputs), axis=0, keepdims=True) for sign in (-1.0, 1.0))
    together = yes - no
    return together


def _average(evidence: Evidence) -> Remedy:
    """The average of the trainings, which are there already."""
    began, problem, folds = time.perf_counter(), evidence.plan.problem, evidence.folds
    outputs, y, count = evidence.outputs(), folds.y[folds.held], evidence.plan.budget.seeds

    def paid(members: NumpyArray) -> dict[str, NumpyArray]:
        return problem.values(mean_output(problem, members).astype(np.float32), y)

    whole, less = paid(outputs), [paid(np.delete(outputs, one, axis=0)) for one in range(count)]

    def resampled(metric: str) -> Resampling:
        # What each training adds to the mean (the jackknife), so that draws of seeds are the same as the present network's.
        name = reading(metric)[0]
        each = np.concatenate([whole[name] + (count - 1) * (whole[name] - one[name]) for one in less])
        return Resampling.of(each - each.mean(axis=0) + whole[name], "cv", stretch=folds.stretch)

    words = english(f"the mean of {count} trainings that differ in the seed, instead of one")
    remedy = _compared(Remedy(english("average of trainings"), "variance", words), evidence, resampled)
    return replace(remedy, seconds=time.perf_counter() - began)


def _more_data(ahead: Forecast) -> Remedy:
    """Twice the examples, as far as the learning curve tells."""
    blank = Remedy(
        english("more data"),
        "variance",
        english(f"{2 * ahead.present:,} training examples instead of {ahead.present:,}: a forecast"),
    )
    if ahead.refusal:
        return replace(blank, reason=ahead.refusal.rstrip("."))
    point = ahead.points[0]
    fall = point.gain
    rise = Estimate(-fall.value, -fall.high, -fall.low, fall.spread_examples, fall.spread_seeds)
    return replace(blank, gain=rise, J_cv=point.J_cv)
