"""The report of a turn or a run out of the record, with what a browser may do with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadline.develop.climb import best_turn
from leadline.errors import ArgumentError
from leadline.record import Run, Turn
from leadline.report.document import document
from leadline.report.page import page

__all__ = ["report"]

_POLICY = re.compile('<meta http-equiv="Content-Security-Policy" content="([^"]+)">')


def report(run: Run, turns: Sequence[Turn], number: int | None = None) -> tuple[str, str]:
    """The page of a turn, or of a whole run with its best turn, as `leadline show --report` writes it.

    Args:
        run: The run.
        turns: Its turns.
        number: The turn; None for the run.

    Returns:
        The page, and its Content-Security-Policy: the page's own, which names the digests of its style and its script, and
        that no other site may frame it. The first of such elements is the page's, since names come after it.

    Raises:
        ArgumentError: There is no such turn, or it was not finished.
    """
    done = [turn for turn in turns if turn.state == "done" and turn.evidence]
    turn = best_turn(done) if number is None else next((turn for turn in done if turn.number == number), None)
    if turn is None:
        raise ArgumentError(f"Run {run.number} has no turn {number or 'that was finished'} to report on.")
    target = turn.evidence["data"]["target"]["name"]
    title = f"Run {run.number}{'' if number is None else f', turn {number}'}: {target}"
    text = page(document(turn.evidence, title, turns=done if number is None else ()))
    own = _POLICY.search(text)
    assert own is not None
    return text, f"{own[1].replace('&#39;', chr(39))}; frame-ancestors 'none'"
