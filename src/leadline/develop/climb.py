"""Where the loop goes from the turns that were made: the best so far, and the best of its remedies that was not tried."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadline.develop.costs import change, reading
from leadline.develop.intervals import Estimate, Resampling
from leadline.develop.moves import MOVES
from leadline.develop.plan import Plan
from leadline.develop.remedies import Remedy
from leadline.errors import ArgumentError
from leadline.record import Record, Turn
from leadline.words import english

__all__ = [
    "Path",
    "Turned",
    "actual_change",
    "best_turn",
    "choose",
    "followed",
    "path_of",
    "proposed",
    "turn_named",
    "with_seeds",
]

Path = tuple[tuple[str, Any], ...]
"""The moves from the start to a plan, each with its value; plain data."""


@dataclass(frozen=True, eq=False)
class Turned:
    """What a finished turn leaves for the turns after it.

    Attributes:
        path: The moves from the start to its plan.
        metric: What decides: for classes the cost J.
        cv: J_cv in it, with what its interval is made of.
        verdict: Its verdict.
        remedies: Its remedies, ranked.
    """

    path: Path
    metric: str
    cv: Resampling
    verdict: str
    remedies: tuple[Remedy, ...]

    @property
    def J_cv(self) -> float:
        """J_cv in the deciding metric."""
        return float(reading(self.metric)[1](np.asarray(self.cv.whole)))

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        drawn = {name: np.asarray(getattr(self.cv, name)).tolist() for name in ("whole", "draws", "by_examples", "by_seeds")}
        return {
            "path": [list(step) for step in self.path],
            "metric": self.metric,
            "cv": drawn | {"grain": self.cv.grain},
            "verdict": self.verdict,
            "remedies": [remedy.to_dict() for remedy in self.remedies],
        }

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Turned:
        """What `to_dict` gave, read back."""
        drawn = {name: np.array(plain["cv"][name]) for name in ("draws", "by_examples", "by_seeds")}
        cv = Resampling(plain["cv"]["whole"], **drawn, grain=plain["cv"]["grain"])
        return cls(path_of(plain["path"]), plain["metric"], cv, plain["verdict"], tuple(map(Remedy.from_dict, plain["remedies"])))


def path_of(plain: Sequence[Sequence[Any]]) -> Path:
    """A path that was written as plain data, read back.

    Examples:
        >>> path_of([["larger λ", 0.5]])
        (('larger λ', 0.5),)
    """
    return tuple((name, value) for name, value in plain)


def choose(turns: Sequence[Turned], tried: Sequence[Path] = ()) -> tuple[Turned, Remedy | None]:
    """The best turn so far, and the remedy to try from there; None where none promises more than the noise.

    A turn whose promise did not come true is not gone on from: the next best remedy of the best turn is taken instead.

    Args:
        turns: All turns finished, at least one.
        tried: The paths that are not to be tried again, beside theirs.
    """
    best, remedies = proposed(turns, tried)
    return best, next((one for one in remedies if one.helps), None)


def proposed(turns: Sequence[Turned], tried: Sequence[Path] = ()) -> tuple[Turned, tuple[Remedy, ...]]:
    """The best turn so far, and its remedies with which a turn can be made: measured, and not tried from there.

    Args:
        turns: All turns finished, at least one.
        tried: The paths that are not to be tried again, beside theirs.
    """
    best = min(turns, key=lambda turn: turn.J_cv)
    seen = {_key(path) for path in (*tried, *(turn.path for turn in turns))}
    runnable = (one for one in best.remedies if one.gain is not None and one.value is not None)
    return best, tuple(one for one in runnable if _key((*best.path, (one.name, one.value))) not in seen)


def best_turn(turns: Sequence[Turn]) -> Turn | None:
    """Of a run's turns in the record the finished one that is best by what decides; None where none was finished."""
    done = [turn for turn in turns if turn.state == "done"]
    return min(done, key=lambda turn: Turned.from_dict(turn.checkpoint).J_cv, default=None)


def turn_named(book: Record, name: str) -> Turn:
    """The turn of a record that RUN.TURN names, or the best of RUN.

    Raises:
        ArgumentError: It is written in another way, or there is no such turn.
        DataError: The record has no such run.
    """
    run, _, turn = name.partition(".")
    if not run.isdecimal() or (turn and not turn.isdecimal()):
        raise ArgumentError(english(f"A turn is written as RUN or RUN.TURN, such as 3 or 3.2. Got {name!r}."))
    turns = book.turns(int(run))
    found = next((one for one in turns if one.number == int(turn)), None) if turn else best_turn(turns)
    if found is None:
        raise ArgumentError(
            english(
                f"Run {run} has no turn {turn}; it has {len(turns)}." if turn else f"Run {run} has no turn that was finished."
            )
        )
    return found


def _key(path: Path) -> str:
    return repr([[name, value] for name, value in path])


def followed(start: Plan, path: Path) -> Plan:
    """The plan that the moves of a path lead to, with the start's seeds."""
    moves = {move.name: move for move in MOVES}
    plan = start
    for name, value in path:
        plan = moves[name].change(plan, value)
    return plan


def with_seeds(plan: Plan, turn: int) -> Plan:
    """The plan with the seeds of a turn, counted from 0: none of them was in a turn before, so a promise can fail."""
    return replace(plan, budget=replace(plan.budget, seed=plan.budget.seed + turn * plan.budget.seeds))


def actual_change(before: Turned, after: Turned) -> Estimate:
    """ΔJ_cv from one turn to another, on the same held-out examples and with other seeds."""
    return change(after.metric, before.cv, after.cv)
