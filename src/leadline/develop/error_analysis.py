"""Error analysis: the worst cv examples, which class is taken for which, where the errors are, and what a threshold would change.

Every seed's training counts by itself, and what is shown is the mean over them: what a network of this kind pays, not what the
average of several would pay. Only the prediction shown for one example is one for all seeds: the class that most of them choose,
or the mean of their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.data.split import Split
from leadline.develop.confusion import Confusion, defined
from leadline.develop.costs import reading
from leadline.develop.outcomes import Outcomes
from leadline.develop.pictures import described
from leadline.develop.problem import Problem
from leadline.develop.slices import Slices
from leadline.develop.thresholds import Thresholds
from leadline.errors import ArgumentError, NonFiniteError
from leadline.training.sweep import Population
from leadline.types import NumpyArray
from leadline.words import english

__all__ = ["MOST_COLUMNS", "ErrorAnalysis", "Worst", "analyse", "error_analysis"]

MOST_COLUMNS = 200
"""With more columns than this, as in images, none makes slices: single ones mean nothing, and too many are looked at."""
_FAR = 2.0
"""A number is called wrong where it misses by more than so many times the seed's RMSE."""


@dataclass(frozen=True, eq=False)
class Worst:
    """The examples that cost most, the costliest first.

    Attributes:
        rows: Their numbers in the original, counted from 0, `(examples,)`.
        y: Their targets: names of classes, or numbers in the target's unit.
        predicted: What most seeds take them for, or the mean of their numbers.
        cost: What they cost in J, on average over the seeds.
        wrong: In how many of the seeds they are wrong; numbers: in how many they miss by more than twice the seed's RMSE.
        seeds: How many seeds there are.
        features: Names to their values.
        drawn: They as images `(examples, height, width, channels)` or signals `(examples, steps, channels)`; else None.
    """

    rows: NumpyArray
    y: NumpyArray
    predicted: NumpyArray
    cost: NumpyArray
    wrong: NumpyArray
    seeds: int
    features: Mapping[str, NumpyArray]
    drawn: NumpyArray | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words, example by example."""
        names = ("rows", "y", "predicted", "cost", "wrong")
        columns = {name.removesuffix("s"): getattr(self, name).tolist() for name in names}
        features = {name: [_plain(value) for value in values] for name, values in self.features.items()}
        examples = [
            {name: values[place] for name, values in columns.items()}
            | {"features": {name: values[place] for name, values in features.items()}}
            for place in range(len(self.rows))
        ]
        return {"seeds": self.seeds, "examples": examples, "drawn": None if self.drawn is None else described(self.drawn)}


@dataclass(frozen=True, eq=False)
class ErrorAnalysis:
    """What goes wrong on cv, and where.

    Attributes:
        metric: In what errors are measured.
        examples: How many cv rows there are.
        seeds: How many trainings.
        worst: The examples that cost most.
        slices: Where the errors are.
        confusion: Which class is taken for which; None for numbers.
        thresholds: What every threshold brings; None unless there are two classes and both occur.
        notes: What a reader should know of how far the figures go.
    """

    metric: str
    examples: int
    seeds: int
    worst: Worst
    slices: Slices
    confusion: Confusion | None
    thresholds: Thresholds | None
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        plain = {"metric": self.metric, "examples": self.examples, "seeds": self.seeds, "notes": list(self.notes)}
        names = ("worst", "slices", "confusion", "thresholds")
        return plain | {name: part.to_dict() if (part := getattr(self, name)) else None for name in names}


def analyse(outcomes: Outcomes, *, worst: int = 10, seed: int = 0) -> ErrorAnalysis:
    """Analyses the errors of what was predicted.

    Args:
        outcomes: The predictions and what they cost.
        worst: How many of the worst examples to list.
        seed: The seed of what is drawn (the threshold's interval alone).

    Raises:
        ArgumentError: A negative number of examples.
        ShapeError: Arrays that do not fit each other.
        DataError: A column that does not fit.
        NonFiniteError: Something paid is not finite.

    Examples:
        >>> from leadline.data.target import Target
        >>> y, predicted = np.array([0, 0, 1, 1]), np.array([[0, 1, 1, 1]])
        >>> wrong = (predicted != y).astype(float)
        >>> target = Target("animal", "binary", ("cat", "dog"), "")
        >>> found = analyse(Outcomes(target, "error", np.arange(4), y, predicted, {"cost": wrong, "error": wrong}), worst=1)
        >>> found.worst.to_dict()["examples"]
        [{'row': 1, 'y': 'cat', 'predicted': 'dog', 'cost': 1.0, 'wrong': 1, 'features': {}}]
    """
    if worst < 0:
        raise ArgumentError(f"The number of worst examples is at least 0. Got {worst}.")
    outcomes = outcomes.sorted()
    target, y = outcomes.target, outcomes.y
    classes = np.array(target.classes, object)
    named = english(f"{target.name} (target)")
    columns = {named: classes[y] if len(classes) else y, **(outcomes.columns if len(outcomes.columns) <= MOST_COLUMNS else {})}
    slices = Slices.of(outcomes.values[reading(outcomes.metric)[0]], columns, outcomes.metric)
    both = target.kind == "binary" and len(np.unique(y)) == 2 and outcomes.scores is not None
    return ErrorAnalysis(
        metric=outcomes.metric,
        examples=len(y),
        seeds=len(outcomes.predicted),
        worst=_worst(outcomes, worst),
        slices=slices,
        confusion=Confusion.of(y, outcomes.predicted, target.classes) if len(classes) else None,
        thresholds=Thresholds.of(y, outcomes.scores, target.classes, seed=seed) if both and outcomes.scores is not None else None,
        notes=_notes(outcomes, slices, named),
    )


def error_analysis(
    problem: Problem,
    data: Split,
    population: Population,
    members: Sequence[int] | None = None,
    *,
    worst: int = 10,
    seed: int = 0,
) -> ErrorAnalysis:
    """Analyses the errors on cv of trained members that differ in the seed only.

    Args:
        problem: What they were trained for.
        data: The split data; its test part is not read.
        population: The trained members.
        members: Their places in it; by default all. Those whose weights are not finite are left out.
        worst: How many of the worst examples to list.
        seed: The seed of what is drawn.

    Raises:
        NonFiniteError: No member has finite weights.
    """
    places = [place for place in (range(population.size) if members is None else members) if population.finite[place]]
    if not places:
        raise NonFiniteError("No training stayed finite, so there are no errors to analyse. Lower the learning rate.")
    return analyse(Outcomes.of(problem, data, population.predict(data.cv.X)[places]), worst=worst, seed=seed)


def _worst(outcomes: Outcomes, most: int) -> Worst:
    cost = outcomes.values["cost"].mean(axis=0)
    places = np.argsort(-cost, kind="stable")[:most]
    predicted, y, classes = outcomes.predicted[:, places], outcomes.y[places], np.array(outcomes.target.classes, object)
    if len(classes):
        wrong = (predicted != y).sum(axis=0)
        votes = np.array([np.bincount(column, minlength=len(classes)).argmax() for column in predicted.T], int)
        y, shown = classes[y], classes[votes]
    else:
        misses = np.abs(outcomes.predicted - outcomes.y)
        wrong = (misses[:, places] > _FAR * np.sqrt((misses**2).mean(axis=1, keepdims=True))).sum(axis=0)
        shown = predicted.mean(axis=0)
    features = (
        {name: column[places] for name, column in outcomes.columns.items()} if len(outcomes.columns) <= MOST_COLUMNS else {}
    )
    drawn = None if outcomes.drawn is None else outcomes.drawn[places]
    return Worst(outcomes.rows[places], y, shown, cost[places], wrong, len(outcomes.predicted), features, drawn)


def _notes(outcomes: Outcomes, slices: Slices, named: str) -> tuple[str, ...]:
    notes, regression = [], outcomes.target.kind == "regression"
    if len(outcomes.predicted) == 1:
        notes.append(english("One seed only: the intervals leave out by how much another training would differ."))
    if len(outcomes.columns) > MOST_COLUMNS:
        notes.append(
            english(
                f"{len(outcomes.columns):,} columns are too many to slice by one at a time; only the target's slices are shown."
            )
        )
    if any(found.column == named for found in slices.flagged):
        why = (
            english("the outermost values hold the noise that made them so")
            if regression
            else english("a rare class is missed more often")
        )
        notes.append(english(f"Slices of the target are no slices of the inputs: {why}, by any model."))
    if outcomes.scores is not None and len(np.unique(outcomes.y)) == 1:
        notes.append(english("All cv rows are of one class: there is no threshold to choose."))
    if not slices.total:
        notes.append(english("No errors on cv: there is nothing to analyse."))
    return tuple(notes)


def _plain(value: Any) -> Any:
    """A feature's value as plain JSON data."""
    return str(value) if isinstance(value, np.datetime64) else defined(value.item() if isinstance(value, np.generic) else value)
