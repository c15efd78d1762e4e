"""The report of a turn or a run out of the record, with what a browser may do with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadline.record import Run, Turn
from leadline.report.faces import recorded

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
    text = recorded(run, turns, number)
    own = _POLICY.search(text)
    assert own is not None
    return text, f"{own[1].replace('&#39;', chr(39))}; frame-ancestors 'none'"
