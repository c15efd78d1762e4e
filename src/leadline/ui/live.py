"""How the page knows that a run has gone on: a mark that is another one whenever the record says something else of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from leadline.record import Run, Turn

__all__ = ["stamp"]


def stamp(run: Run, turns: Sequence[Turn], log: str = "", *, at_work: bool = False) -> str:
    """The mark of what a page shows of a run.

    It is made of what a transaction of the record has read, so of nothing half-written; a page that asks for it every few seconds
    holds no connection open and takes no lock from whoever writes.

    Args:
        run: The run.
        turns: Its turns.
        log: What its process has written last.
        at_work: Whether that process still runs.
    """
    kept = [(turn.number, turn.state, len((turn.checkpoint or {}).get("remedies", ()))) for turn in turns]
    return hashlib.sha256(repr((run.state, run.alive, kept, log, at_work)).encode()).hexdigest()[:16]
