"""The sealed test set, opened: once, for the final figure, and recorded before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from leadline.data.split import Split
from leadline.develop.climb import followed, path_of
from leadline.develop.costs import reading
from leadline.develop.intervals import Estimate, Resampling, estimate
from leadline.develop.plan import start
from leadline.develop.problem import problem_of
from leadline.errors import ArgumentError
from leadline.files.loading import load
from leadline.models import Model
from leadline.models.predictor import Predictor
from leadline.record import Cost, Opening, Record

__all__ = ["Opened", "open_run", "open_test"]


@dataclass(frozen=True)
class Opened:
    """The final figure.

    Attributes:
        metric: In what it is measured.
        J_test: The figure, on the test examples alone.
        cost: The same as cost J, without the penalty.
        examples: How many test examples.
        opening: What the record keeps of this look.
        earlier: The looks at the same data's test part before it. After one of them a figure is no longer that of examples which
            nothing was chosen by.
    """

    metric: str
    J_test: Estimate
    cost: Estimate
    examples: int
    opening: Opening
    earlier: tuple[Opening, ...]

    def to_dict(self) -> dict[str, Any]:
        """As plain numbers and words."""
        looks = {"opening": self.opening.number, "opened": self.opening.opened, "earlier": len(self.earlier)}
        return {
            "metric": self.metric,
            "J_test": self.J_test.to_dict(),
            "cost": self.cost.to_dict(),
            "examples": self.examples,
        } | looks


def open_test(
    data: Split,
    model: Model | Predictor,
    *,
    record: str | Path = "leadline.db",
    metric: str | None = None,
    run: int | None = None,
    turn: int | None = None,
    again: bool = False,
) -> Opened:
    """Measures a trained model on the sealed test part. The look is recorded before anything is read.

    Args:
        data: The split data, as the model reads them (of a story: `story.data`).
        model: The trained model, or a predictor.
        record: The record's file.
        metric: In what; by default what a person reads.
        run: The run that the model comes from, if it is one of this record.
        turn: The turn of that run.
        again: Whether to look although the record holds an earlier look.

    Raises:
        ArgumentError: The test part was opened before.
        ShapeError: The model does not fit the data.
        DataError: The record cannot be used.

    Examples:
        >>> import tempfile
        >>> import leadline as ll
        >>> X = np.random.default_rng(0).normal(size=(50, 2))
        >>> data = ll.split(X, X[:, 0])
        >>> model = ll.Sequential([ll.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     found = open_test(data, model, record=Path(folder) / "leadline.db")
        >>> found.examples, found.opening.number, found.earlier
        (10, 1, ())
    """
    trained = model.model if isinstance(model, Predictor) else model
    problem = problem_of(data, trained, metric=metric)
    with Record.open(record) as book:
        earlier = book.openings(data.test.digest)
        if earlier and not again:
            found = earlier[-1]
            figure = "without a figure" if found.figure is None else f"with {found.metric} {found.figure.value:.4g}"
            raise ArgumentError(
                f"This test part was opened before, at {found.opened}, {figure}. A second figure is not untouched by choice. "
                "To look all the same, pass again=True (--again)."
            )
        opening = book.open_test(data.digest, data.test.digest, run=run, turn=turn)
        part = data.test.open()
        paid = problem.values(np.asarray(trained.predict(part.X))[None], part.y)
        figures = {}
        for name in (problem.metric, "cost"):
            values, read = reading(name)
            figures[name] = estimate(read, Resampling.of(paid[values], "test"), least=0.0)
        told = figures[problem.metric]
        opening = book.finish_test(opening, Cost(**told.to_dict()), metric=problem.metric)
    return Opened(problem.metric, told, figures["cost"], part.size, opening, earlier)


def open_run(record: str | Path, run: int, data: Split, model: str | Path, *, again: bool = False) -> Opened:
    """Measures the model that a run's `develop` saved on the test part of its data.

    Args:
        record: The record's file.
        run: The run's number.
        data: The data, split as they were for the run.
        model: The model's file.
        again: As for `open_test`.

    Raises:
        ArgumentError: There is no such run, the data are not its, the model is not of this run, or as `open_test`.
        DataError: A file cannot be used.
    """
    predictor = load(model)
    with Record.open(record) as book:
        known, turns = book.run(run), {turn.number: turn for turn in book.turns(run)}
    origin = predictor.origin if isinstance(predictor, Predictor) else {}
    if known.data_digest != data.digest or known.split.get("test_digest") != data.test.digest:
        raise ArgumentError(f"The data of run {run} have changed since, or were split in another way. Develop anew.")
    if not isinstance(predictor, Predictor) or origin.get("run") != run or origin.get("turn") not in turns:
        raise ArgumentError(f"{model} does not hold the model of run {run}. Name its file with --model.")
    derived = followed(start(data, None, data.train.size), path_of(origin["path"])).data
    turn = turns[origin["turn"]]
    return open_test(derived, predictor, record=record, metric=turn.metric, run=run, turn=turn.number, again=again)
