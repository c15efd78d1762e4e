"""What results come to: medians, how many times leadline's time a peer takes, and whether a goal is reached."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from channel import OURS
from limits import least_seconds

__all__ = ["Verdict", "by_peer", "called", "fastest", "median", "ours", "roofline", "verdicts"]

Result = Mapping[str, Any]
Way = Mapping[str, Any]


class Verdict(NamedTuple):
    """One goal, and what was reached.

    Attributes:
        goal: The goal in words.
        reached: What was measured, in the goal's own measure.
        met: Whether that is enough.
        against: The peer's way that it was measured against, where there is one.
    """

    goal: str
    reached: str
    met: bool
    against: Way | None = None


def median(way: Way) -> float:
    """Seconds of one step, call or run."""
    return statistics.median(way["each_s"])


def called(way: Way) -> str:
    """The peer and its way."""
    return f"{way['peer']}: {way['way']}"


def counted(result: Result) -> list[Way]:
    """The ways that were timed to the end, and computed what leadline did."""
    return [way for way in result.get("ways", ()) if way.get("kept") and "error" not in way]


def ours(result: Result) -> Way | None:
    """The way that leadline went."""
    return next((way for way in counted(result) if way["peer"] == OURS), None)


def fastest(result: Result, patterns: Sequence[str] = ()) -> Way | None:
    """The fastest of the peers' ways that one of the patterns names; of all without patterns."""
    rivals = [way for way in counted(result) if way["peer"] != OURS]
    named = [way for way in rivals if not patterns or any(fnmatchcase(called(way), pattern) for pattern in patterns)]
    return min(named, key=median, default=None)


def by_peer(result: Result) -> dict[str, float]:
    """How many times leadline's time, or memory, each peer takes at its best."""
    if "rows" in result:
        rows = result["rows"].items()
        return {f"{name} {peer}": own[peer] / own[OURS] for name, own in rows for peer in own if peer != OURS}
    mine = ours(result)
    if mine is None:
        return {}
    peers = dict.fromkeys(way["peer"] for way in counted(result) if way["peer"] != OURS)
    best = {peer: fastest(result, (f"{peer}: *",)) for peer in peers}
    return {peer: median(way) / median(mine) for peer, way in best.items() if way is not None}


def roofline(result: Result) -> float:
    """The least seconds of one unit on the machine of the results."""
    return least_seconds(result["operations"], result["bytes"], result["limits"])


def verdicts(result: Result) -> list[Verdict]:
    """Each goal that can be judged from what was measured."""
    mine, found = ours(result), []
    if mine is None:
        return found
    for goal in result.get("goals", ()):
        if goal["least"] is not None:
            rival = fastest(result, goal["against"])
            if rival is not None:
                times = median(rival) / median(mine)
                found.append(Verdict(f"{goal['least']:g}×", f"{times:.3g}×", times >= goal["least"], rival))
        elif goal["seconds"] is not None:
            first = mine["first_s"]
            found.append(Verdict(f"under {goal['seconds']:g} s, compilation included", f"{first:.3g} s", first < goal["seconds"]))
        else:
            share = result["operations"] / median(mine) / result["limits"]["operations_per_s"]
            wanted = f"{100 * goal['of_peak']:.0f} % of the measured peak of products"
            found.append(Verdict(wanted, f"{100 * share:.0f} %", share >= goal["of_peak"]))
    return found
