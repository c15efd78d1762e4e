"""What was measured of a turn of the loop, in words: as the page, a report and a terminal show it."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from leadline.develop.problem import SHORT, decisive, number, signed
from leadline.record import Cost, Difference, Turn
from leadline.report.figures import ranges
from leadline.report.inside import cost_estimate
from leadline.report.numbers import alike
from leadline.words import _, english, told

__all__ = ["PARTS", "cost_told", "costs_told", "figures_told", "others"]

PARTS = {english("train"): "J_train", english("cv"): "J_cv", english("baseline"): "baseline"}
"""What is measured of a turn, and where it stands."""
_SHOWN = {*PARTS.values(), "predicted", "actual", "change", "hypothesis"}


def cost_told(cost: Cost | None, metric: str, *, change: bool = False) -> str:
    """A cost with its interval, where it has one; "" where there is none.

    Examples:
        >>> cost_told(Cost(0.25, 0.2, 0.3), "error"), cost_told(Cost(-0.5, -0.625, 0.25), "cost", change=True)
        ('25.0 % [20.0 %, 30.0 %]', '−0.500 [−0.625, +0.250]')
    """
    found, show = cost_estimate(cost), number(metric)
    if cost is None or found is None:
        return ""
    write = functools.partial(signed, show=alike(found, show)) if change else show
    return write(cost.value) if cost.low is None else ranges(found, write)


def costs_told(turn: Turn) -> dict[str, str]:
    """What was measured of each of `PARTS`, where it was."""
    costs = {part: cost_told(getattr(turn, key), turn.metric) for part, key in PARTS.items()}
    return {part: words for part, words in costs.items() if words}


def figures_told(turn: Turn) -> dict[str, str]:
    """The same, and what was promised and came, by the names that a person reads."""
    decides = decisive(turn.metric)
    gain = f"Δ {told(SHORT[decides])}"
    figures = {told(part): words for part, words in costs_told(turn).items()}
    figures[_("{gain} promised", gain=gain)] = cost_told(turn.predicted, decides, change=True)
    figures[_("{gain} came", gain=gain)] = cost_told(turn.actual, decides, change=True)
    return {name: words for name, words in figures.items() if words}


def others(differences: Iterable[Difference]) -> list[tuple[str, ...]]:
    """In what two turns differ that neither these figures nor their changes say: name, both values, and the change."""
    return [
        (told(one.name), *map(_cell, (one.first, one.second, one.change)))
        for one in differences
        if one.name.partition(".")[0] not in _SHOWN
    ]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return number("cost")(value)
    return "" if value is None else told(str(value))
