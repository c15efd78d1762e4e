"""Where a network stands: J_train and J_cv against a baseline, the gaps judged, and the verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from leadline.develop import baselines as compared
from leadline.develop.baselines import Baselines
from leadline.develop.costs import Score, Scores, change, reading
from leadline.develop.folds import Folds
from leadline.develop.gaps import Gap, judge
from leadline.develop.intervals import estimate
from leadline.develop.plan import Plan
from leadline.develop.population import members_of, train_and_score
from leadline.develop.problem import decisive, number
from leadline.errors import NonFiniteError
from leadline.words import english

__all__ = ["Standing", "stand", "standing"]


@dataclass(frozen=True)
class Standing:
    """Costs, gaps and verdict of one network.

    Attributes:
        score: J_train and J_cv of the metric that is read and judged.
        cost: The same as cost J, without the penalty.
        baselines: What it is compared with.
        bias: J_train − baseline.
        variance: J_cv − J_train.
        distance: J_cv − baseline.
        verdict: "high bias", "high variance", "high bias and high variance", "done", "undetermined", or, where the network is
            surely worse than the baseline and only the cause is open, "undetermined, leaning to high bias" (or variance).
    """

    score: Score
    cost: Score
    baselines: Baselines
    bias: Gap
    variance: Gap
    distance: Gap
    verdict: str

    @property
    def decisive(self) -> Score:
        """What it is compared with other networks by: for classes the cost J, which is finer than the share misclassified."""
        return self.cost if decisive(self.score.metric) == "cost" else self.score

    @property
    def gaps(self) -> dict[str, Gap]:
        """The three gaps by name."""
        return {gap.name: gap for gap in (self.bias, self.variance, self.distance)}

    @property
    def grounds(self) -> tuple[str, ...]:
        """What the verdict rests on: a sentence a gap."""
        chosen = self.baselines.chosen.name
        against = english("the given baseline" if self.baselines.is_given else f"the baseline ({chosen})")
        size = {name: _size(gap.size.value, number(self.score.metric)) for name, gap in self.gaps.items()}
        words = {
            "bias": english(f"on train the network is {size['bias']} than {against}"),
            "variance": english(f"on cv it is {size['variance']} than train"),
            "distance": english(f"on cv it is {size['distance']} than {against}"),
        }
        return tuple(english(f"{gap.name} {gap.judgement}: {words[gap.name]}") for gap in self.gaps.values())

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        return {
            "metric": self.score.metric,
            "J_train": self.score.J_train.to_dict(),
            "J_cv": self.score.J_cv.to_dict(),
            "cost": {"J_train": self.cost.J_train.to_dict(), "J_cv": self.cost.J_cv.to_dict()},
            "baselines": self.baselines.to_dict(),
            "gaps": {name: gap.to_dict() for name, gap in self.gaps.items()},
            "verdict": self.verdict,
            "grounds": list(self.grounds),
        }


def stand(measured: Scores, own: Sequence[int], measures: Baselines, folds: Folds, metric: str, delta: float | None) -> Standing:
    """Judges what was measured.

    Args:
        measured: The scores of a population.
        own: The network's entries in it, one a seed.
        measures: The baselines.
        folds: What was trained on and held out.
        metric: What decides.
        delta: δ, the gap that still counts as none; by default 10 % of the baseline, and at least 1 % of the trivial predictor's.

    Raises:
        NonFiniteError: A training of the network did not stay finite.
    """
    if not measured.finite[list(own)].all():
        raise NonFiniteError(
            f"The network's own training did not stay finite{_where(measured)}. "
            "Lower the learning rate, or scale the inputs, and diagnose again."
        )
    score, cost = measured.of(own, metric), measured.of(own, "cost")
    bias, variance, distance = _gaps(score, measures, folds, len(own), delta)
    return Standing(score, cost, measures, bias, variance, distance, _verdict(bias, variance, distance))


def standing(
    plan: Plan,
    folds: Folds,
    *,
    baseline: float | None = None,
    delta: float | None = None,
    progress: Callable[[int], None] | None = None,
) -> Standing:
    """Trains the plan's network with every seed and judges it, without any curve.

    Args:
        plan: What is trained.
        folds: What is held out.
        baseline: A figure to compare with, in the metric's unit; by default the best that is measured.
        delta: As for `stand`.
        progress: Called with the number of member-steps done.

    Raises:
        NonFiniteError: A training of the network did not stay finite.
    """
    measured = train_and_score(plan.problem, folds, members_of(plan.recipe, folds, plan.budget), plan.budget, progress)
    measures = compared.measure(plan.problem, folds, plan.budget, figure=baseline, progress=progress)
    return stand(measured, range(plan.budget.seeds), measures, folds, plan.problem.metric, delta)


def _where(measured: Scores) -> str:
    """Where a training broke first, if it was looked at."""
    broken = [] if measured.looks is None else sorted(measured.looks.broken.values(), key=lambda one: (one.epoch, one.step))
    if not broken:
        return ""
    first = broken[0]
    return f": first in {first.tensor}, at step {first.step + 1} of epoch {first.epoch + 1}"


def _gaps(score: Score, measures: Baselines, folds: Folds, seeds: int, delta: float | None) -> tuple[Gap, Gap, Gap]:
    """The three gaps, judged. Train, cv and a measured baseline are resampled together, so that what they share cancels."""
    read, level = reading(score.metric)[1], measures.chosen
    figure, trivial = level.value.value, measures.trivial.value.value
    delta = delta or max(0.1 * figure, 0.01 * trivial)
    if level.cv is None:
        bias = estimate(lambda train: read(train) - figure, score.seen)
        distance = estimate(lambda cv: read(cv) - figure, score.cv)
    else:
        bias = change(score.metric, level.cv, score.train)
        distance = change(score.metric, level.cv, score.cv)
    variance = change(score.metric, score.train, score.cv)
    cv = len(folds.held)
    return (
        judge(english("bias"), bias, delta, folds.rows if level.cv is None else cv, seeds, english("examples")),
        judge(english("variance"), variance, delta, cv, seeds, english("cv examples")),
        judge(english("distance"), distance, delta, cv, seeds, english("cv examples")),
    )


def _verdict(bias: Gap, variance: Gap, distance: Gap) -> str:
    """One word for the two gaps: first the train error against the baseline, then cv against train."""
    if bias.judgement != "high" and distance.judgement == "fine":
        return english("done")
    if bias.judgement == variance.judgement == "fine":
        return english("done")
    if bias.judgement == variance.judgement == "high":
        return english("high bias and high variance")
    if "high" in (bias.judgement, variance.judgement):
        return english("high bias" if bias.judgement == "high" else "high variance")
    if distance.judgement != "high":
        return english("undetermined")
    # Surely worse than the baseline; bias and variance add up to that, and neither is surely the cause.
    likelier = max((bias, variance), key=lambda gap: gap.size.value - gap.tolerance)
    return english("undetermined, leaning to high bias" if likelier is bias else "undetermined, leaning to high variance")


def _size(value: float, show: Callable[[float], str]) -> str:
    """How much worse or better, in words."""
    size = show(abs(value)).removesuffix(" %")
    if size == show(abs(value)):
        return english(f"{size} {'worse' if value > 0 else 'better'}")
    return english(f"{size} percentage points {'worse' if value > 0 else 'better'}")
