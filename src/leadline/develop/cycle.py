"""The loop: choose, train, diagnose, choose again, with a record of every turn."""

from __future__ import annotations

import contextlib
import functools
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

from leadline.data.split import Split
from leadline.develop.baselines import Baselines, measure
from leadline.develop.climb import Path, Turned, actual_change, followed, path_of, with_seeds
from leadline.develop.diagnosis import Diagnosis, diagnosed
from leadline.develop.finishing import finish
from leadline.develop.folds import Folds, folds_of
from leadline.develop.intervals import Estimate
from leadline.develop.past import Past
from leadline.develop.plan import Plan, start
from leadline.develop.remedies import OUT_OF_TIME, Remedy
from leadline.develop.story import Story
from leadline.errors import ArgumentError, NonFiniteError
from leadline.models import Model
from leadline.record import Cost, Record, Run, Turn
from leadline.record.plain import jsons
from leadline.words import english

__all__ = ["develop", "seconds_of"]

FEW_ROWS = 1_000
"""With fewer rows than this in train and cv, they are held out in folds, since the cv part alone would tell too little."""
ENOUGH = 0.6
"""A turn is begun where at least this share of what the last one took is left."""


def develop(
    data: Split,
    model: Model | None = None,
    *,
    baseline: float | None = None,
    budget: str | float = "5m",
    record: str | File | None = None,
    layers: Sequence[int] = (25, 15),
    metric: str | None = None,
    lambda_: float = 0.0,
    epochs: int | None = None,
    folds: int | None = None,
    seeds: int | None = None,
    seed: int = 0,
    tolerance: float | None = None,
    run: int | None = None,
    remedy: str | None = None,
    source: Mapping[str, Any] | None = None,
    tell: Callable[[Turn], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Story:
    """Walks the loop: diagnoses a network, takes the remedy that was measured to bring most, and diagnoses again.

    Each turn has seeds of its own, so that what a remedy was measured to bring can fail to come; then the loop goes back to its
    best turn and takes the next remedy. It ends when no remedy promises more than the noise, when the budget is spent, or, where
    a baseline was given, when the network is done. Killed at any moment and called again with the same record, data and settings,
    it goes on: finished turns are in the record, and of the turn that was under way the remedies that were measured.

    Args:
        data: The split data; the test part is not read.
        model: A compiled model to begin with; None for a sensible start.
        baseline: A figure to compare with, in the metric's unit; by default the best that is measured.
        budget: For how long, as "5m", "90s", "1h" or a number of seconds. The first turn's curves are always finished.
        record: The record's file; without one the turns are kept only in what is returned.
        layers: Without a model: the units of its hidden ReLU layers.
        metric: What decides: "error" or "cost" for classes, "rmse", "mae" or "cost" for numbers.
        lambda_: Without a model: λ to begin with.
        epochs: Epochs to begin with; by default about 6,000 steps.
        folds: k, to hold out train and cv together in k folds; 0 for train and cv as they were split; by default 5 with fewer
            than 1,000 rows.
        seeds: Seeds of each turn; by default 5, or 3 with folds, each of which trains anew.
        seed: The first seed.
        tolerance: As for `diagnose`.
        run: The number of a run of the record that was begun with the same data and settings, to go on with it.
        remedy: With `run`: the remedy of its best turn with which one more turn is made; it has the budget again for it.
        source: Where the data are and how they were split, as plain data, for the record.
        tell: Told each turn when it is finished.
        progress: Called with the member-steps done and those in all, of a turn's curves.

    Raises:
        ArgumentError: A setting that makes no sense; a run of other data or settings, or a remedy that it cannot take.
        NonFiniteError: The first network's training did not stay finite.
        DataError: The record cannot be used.

    Examples:
        >>> import numpy as np
        >>> from leadline.data.split import split
        >>> X = np.random.default_rng(0).normal(size=(60, 2))
        >>> story = develop(split(X, X[:, 0] + X[:, 1] ** 2), budget=0.01, epochs=2, folds=0, seeds=2)
        >>> len(story.turns), story.stopped
        (1, 'the budget was spent')
    """
    limit = seconds_of(budget)
    if seeds is not None and seeds < 2:
        raise ArgumentError(f"Each turn needs at least 2 seeds, to know how much one training differs from another. Got {seeds}.")
    few = data.train.size + data.cv.size < FEW_ROWS
    held = folds_of(data, (5 if few else 0) if folds is None else folds, seed)
    seeds = seeds or (3 if held.count > 1 else 5)
    how: dict[str, Any] = {"metric": metric, "lambda_": lambda_, "epochs": epochs, "seeds": seeds, "seed": seed}
    begin = start(data, model, held.rows, layers=tuple(layers), **how)
    settings = {
        "budget": limit,
        "baseline": baseline,
        "tolerance": tolerance,
        "folds": held.count if held.count > 1 else 0,
        "metric": begin.problem.metric,
        "start": begin.described(),
        "source": None if source is None else dict(source),
    }
    judged = functools.partial(diagnosed, tolerance=tolerance, progress=progress)
    with _record(record) as book:
        found = _run(book, settings, data, run, remedy)
        return _Loop(book, found, begin, held, judged, limit, baseline, tell).walk(remedy)


def seconds_of(budget: str | float) -> float:
    """A time in seconds, from a number or from words such as "5m".

    Raises:
        ArgumentError: It is no time above 0.

    Examples:
        >>> seconds_of("5m"), seconds_of("1.5h"), seconds_of(90)
        (300.0, 5400.0, 90.0)
    """
    found = re.fullmatch(r"\s*(\d+\.?\d*|\.\d+)\s*([smh]?)\s*", str(budget))
    if not found or float(found[1]) <= 0:
        raise ArgumentError(f'A budget is a time such as "5m", "90s" or "1h", or a number of seconds above 0. Got {budget!r}.')
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


@contextlib.contextmanager
def _record(path: str | File | None) -> Iterator[Record]:
    """The record of a file, or one that is gone afterwards."""
    with contextlib.ExitStack() as stack:
        folder = path or File(stack.enter_context(tempfile.TemporaryDirectory())) / "turns.db"
        yield stack.enter_context(Record.open(folder))


def _run(book: Record, settings: Mapping[str, Any], data: Split, number: int | None, remedy: str | None) -> Run:
    """The run of that number, or that of these settings that was killed, taken over; else a new one."""
    dealt = {"rows": [data.train.size, data.cv.size, data.test.size], "seed": data.seed, "test_digest": data.test.digest}
    same: dict[str, Any] = {"settings": settings, "data_digest": data.digest, "split": dealt}
    if number is not None:
        found = book.run(number)
        was = {"settings": found.settings, "data_digest": found.data_digest, "split": found.split}
        if other := [name for name, value in was.items() if jsons(it=value) != jsons(it=same[name])]:
            raise ArgumentError(
                f"Run {number} was begun with another {' and '.join(other)}. Give those again, or begin a new run."
            )
        if remedy is not None:
            Past(book.turns(number)).proposal(remedy)  # before anything is written
        return book.take_over(number, reopen=remedy is not None)
    if remedy is not None:
        raise ArgumentError("A remedy is taken in a run that has turns: name it, run=1.")
    left = book.resumable("develop", **same)
    return book.take_over(left.number) if left else book.begin_run("develop", **same)


@dataclass(eq=False)
class _Loop:
    """One walk, and what it knows: all of it is in the record, or computed again from it."""

    book: Record
    run: Run
    begin: Plan
    folds: Folds
    judged: Callable[..., Diagnosis]
    limit: float
    goal: float | None
    tell: Callable[[Turn], None] | None

    @functools.cached_property
    def baselines(self) -> Baselines:
        """Those of the start, for all turns: measured anew after a kill they are the same."""
        return measure(self.begin.problem, self.folds, self.begin.budget, figure=self.goal)

    def walk(self, asked: str | None = None) -> Story:
        """Makes turns until there is a reason to stop, or the one that was asked for, then trains what was chosen."""
        while not (stopped := self._why_stop(past := self._past(), asked)):
            turn = self._turn(past, asked)
            if self.tell is not None and turn.state == "done":
                self.tell(turn)
            asked = asked and ""
        began, (best, _) = time.perf_counter(), past.choice
        number = next(number for number, turned in past.made.items() if turned is best)
        steps = self._last_steps(past, number)
        path = (*best.path, *((name, value) for name, value, _ in steps))
        plan = with_seeds(followed(self.begin, path), number - 1)
        origin = {"data": self.begin.data.digest, "run": self.run.number, "turn": number, "path": [list(step) for step in path]}
        predictor = finish(plan, origin)
        run, taken = self.book.end_run(self.run.number), tuple(words for _, _, words in steps)
        seconds = past.spent + time.perf_counter() - began
        return Story(run, past.done, number, taken, plan, stopped, predictor, self.book.advice_score(), seconds)

    def _last_steps(self, past: Past, number: int) -> list[tuple[str, Any, str]]:
        """What is changed of the best turn at the end, on what was measured in it: moves with their values, and words."""
        best, left = past.choice
        if self._is_done(best):
            return []
        if left is not None:
            return [
                (
                    left.name,
                    left.value,
                    english(f"{left.name} ({left.change}), measured in that turn: no time was left for another"),
                )
            ]
        present = followed(self.begin, best.path).lambda_
        curve = next(turn.evidence["lambda_curve"] for turn in past.done if turn.number == number)
        tied = curve["values"][curve["chosen"]]
        if present is None or tied <= present:
            return []
        return [
            (
                "larger λ",
                tied,
                english(f"λ = {tied:g} instead of {present:g}: the most regularised of those that tie with the best"),
            )
        ]

    def _turn(self, past: Past, asked: str | None) -> Turn:
        """Makes the next turn, or what is left of one that was under way."""
        began, turn = time.perf_counter(), past.running or self._begun(past, asked)
        before = 0.0 if asked else past.spent
        path = path_of(turn.checkpoint["path"])
        known = [Remedy.from_dict(plain) for plain in turn.checkpoint["remedies"]]
        plan = with_seeds(followed(self.begin, path), turn.number - 1)
        reserved = 0.05 * self.limit

        def keep(remedy: Remedy) -> None:
            known.append(remedy)
            plain = [one.to_dict() for one in known]
            self.book.save_checkpoint(turn, {"path": turn.checkpoint["path"], "remedies": plain})

        def out_of_time() -> bool:
            return before + time.perf_counter() - began > self.limit - reserved

        try:
            found = self.judged(
                plan, self.folds.over(plan.data), baselines=self.baselines, known=tuple(known), out_of_time=out_of_time, tell=keep
            )
        except NonFiniteError:
            if not path:
                raise
            return self.book.abandon_turn(turn)
        turned = Turned(path, found.decisive.metric, found.decisive.cv, found.verdict, found.remedies)
        parent = next((one for one in past.made.values() if path and one.path == path[:-1]), None)
        self.book.save_checkpoint(turn, turned.to_dict())
        return self.book.finish_turn(
            turn,
            seconds=time.perf_counter() - began,
            J_train=_cost(found.score.J_train),
            J_cv=_cost(found.score.J_cv),
            baseline=_cost(found.baselines.chosen.value),
            actual=None if parent is None else _cost(actual_change(parent, turned)),
            evidence=found.to_dict(),
            **{name: gap.judgement for name, gap in found.gaps.items()},
        )

    def _begun(self, past: Past, asked: str | None) -> Turn:
        """The next turn, begun."""
        path: Path = ()
        told: dict[str, Any] = {"change": english("the start")}
        if past.made:
            best, remedy = past.choice
            remedy = past.proposal(asked) if asked else remedy
            assert remedy is not None
            path = (*best.path, (remedy.name, remedy.value))
            predicted = None if remedy.gain is None else _cost(remedy.gain)
            words = english(f"{best.verdict}: {remedy.name} acts on {remedy.acts_on}")
            told = {"change": english(f"{remedy.name}: {remedy.change}"), "hypothesis": words, "predicted": predicted}
        plan = followed(self.begin, path).described()
        return self.book.begin_turn(
            self.run.number,
            architecture=plan.pop("network"),
            hyperparameters=plan,
            metric=self.begin.problem.metric,
            checkpoint={"path": path, "remedies": []},
            **told,
        )

    def _why_stop(self, past: Past, asked: str | None) -> str:
        if asked or not past.made or past.running:
            return ""
        if asked is not None:
            return english("the turn that was asked for was made")
        best, remedy = past.choice
        if self._is_done(best):
            return english("done: as good as the given baseline")
        last = past.done[-1].seconds or 0.0
        is_cut = any(one.reason == OUT_OF_TIME for one in best.remedies)
        if (remedy is not None and past.spent + ENOUGH * last > self.limit) or (remedy is None and is_cut):
            return english("the budget was spent")
        return "" if remedy is not None else english("no remedy promises more than the noise")

    def _is_done(self, best: Turned) -> bool:
        return self.goal is not None and best.verdict == "done"

    def _past(self) -> Past:
        return Past(self.book.turns(self.run.number))


def _cost(found: Estimate) -> Cost:
    return Cost(**found.to_dict())
