"""What a person should look at before a model is trusted: the kinds of suspicion, and one of them in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leadline.words import english

__all__ = ["SUSPICIONS", "Suspicion"]

Severity = Literal["leak", "warning", "note"]

KNOWN_LATER = english(
    "Make sure that it is known when you predict; leave it out if it was measured after the target, or from it."
)
SUSPICIONS: dict[str, tuple[Severity, str]] = {
    "target copy": ("leak", KNOWN_LATER),
    "target gaps": ("leak", KNOWN_LATER),
    "numbering": ("warning", english("Leave it out if somebody gave these numbers; if they stand for time, split with times=.")),
    "copies": (
        "warning",
        english("If they are copies of one example, J is flattered: drop them, or keep them together with groups=."),
    ),
    "row order": (
        "warning",
        english("If neighbours belong together (a person, a day), J is flattered: split with groups= or times=."),
    ),
    "drift": ("warning", english("J_cv measures this difference too, as the rows were not dealt out at random.")),
    "missing mark": (
        "warning",
        english("Leave these cells empty if it means that there is no value; keep it if it is an amount."),
    ),
    "conflicts": ("note", english("Look whether their targets are right, or which feature would tell them apart.")),
    "telling gaps": ("note", english("Make sure that values will be missing for the same reason when you predict.")),
    "sorted rows": ("note", english("That is harmless, since they were dealt out at random.")),
    "rare class": ("note", english("Read precision, recall and J beside the error.")),
    "constant": ("note", english("It tells nothing and can be left out.")),
}
"""How grave each kind is ("leak": a feature seems to know the target; "warning": J may be wrong), and what to do about it."""


@dataclass(frozen=True)
class Suspicion:
    """Something that a person should look at before a model is trusted.

    Attributes:
        kind: What it is, a key of `SUSPICIONS`.
        columns: The columns it is about, the worst first; none where it is about rows or the target.
        rows: The first few of the rows it is about, by their numbers in the original.
        figure: What decided; the sentence says what it is.
        sentence: What was found.

    Examples:
        >>> print(Suspicion("constant", ("x3",), (), 1.0, "the same value in every training row"))
        Column 'x3': the same value in every training row. It tells nothing and can be left out.
    """

    kind: str
    columns: tuple[str, ...]
    rows: tuple[int, ...]
    figure: float
    sentence: str

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return SUSPICIONS[self.kind][0]

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return SUSPICIONS[self.kind][1]

    def __str__(self) -> str:
        said = english(f"{self.sentence}. {self.remedy}")
        if len(self.columns) < 2:
            return english(f"Column {self.columns[0]!r}: {said}") if self.columns else said
        names, more = ", ".join(self.columns[:5]), len(self.columns) - 5
        return english(f"{len(self.columns)} columns ({names}{f', … {more} more' if more > 0 else ''}): {said}")
