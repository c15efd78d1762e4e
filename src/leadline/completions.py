"""What the TAB key offers: the values that an argument or an option can have, where they are known before it is typed."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import typer
from rich.markup import escape

from leadline.errors import LeadlineError
from leadline.report.terminal import wrapped
from leadline.words import told

__all__ = ["DEFAULT_RECORD", "brief", "columns", "one_of", "remedies", "runs", "turns"]

DEFAULT_RECORD = Path("leadline.db")
MOST_BYTES = 20_000_000
"""Of a table that is read for the names of its columns; a larger one would take longer than a key may."""

PLAIN = re.compile(r"\w[\w.,+@%/ -]*")
"""A table's names may hold anything, and a shell may execute what it is offered: nothing else than this is."""
LINE = 70

Offered = list[tuple[str, str]]
"""Values, and beside each what it is; bash shows the values alone."""


def brief(words: str) -> str:
    """What stands beside a value: a line in the language that is spoken, without what rich or a shell would act on.

    Examples:
        >>> brief("one and two and " * 9)
        'one and two and one and two and one and two and one and two and one …'
    """
    first, *rest = wrapped(told(words).replace("\\", "/"), LINE)
    return escape(f"{first} …" if rest else first)


def one_of(*values: str) -> Callable[[], list[str]]:
    """Offers values that are always the same.

    Examples:
        >>> one_of("en", "zh")()
        ['en', 'zh']
    """
    return lambda: list(values)


def columns(ctx: typer.Context) -> list[str]:
    """The columns of the table that was named."""
    from leadline.data.table import read_table

    with _quietly():
        # Where the option still lacks its value, the parser has not come to the arguments.
        path = Path(ctx.params.get("table") or ctx.args[0])
        if path.stat().st_size <= MOST_BYTES:
            return [_typed(name) for name in read_table(path).columns if PLAIN.fullmatch(name)]
    return []


def runs(ctx: typer.Context) -> Offered:
    """The runs of the record, each with its table."""
    return [(str(run), words) for run, words in _runs(ctx)]


def turns(ctx: typer.Context) -> Offered:
    """The runs of the record, and their turns, each with what was changed."""
    from leadline.record import Record

    found = []
    for run, words in _runs(ctx):
        with _quietly(), Record.open(_record(ctx)) as book:
            found += [(str(run), words), *((f"{run}.{turn.number}", brief(turn.change)) for turn in book.turns(run))]
    return found


def remedies(ctx: typer.Context) -> Offered:
    """The remedies of the run's best turn with which one more turn can be made, each with what it changes."""
    from leadline.develop.past import Past
    from leadline.record import Record

    with _quietly(), Record.open(_record(ctx)) as book:
        return [(_typed(one.name), brief(one.change)) for one in Past(book.turns(int(ctx.params["run"]))).proposals]
    return []


def _runs(ctx: typer.Context) -> list[tuple[int, str]]:
    from leadline.record import Record

    with _quietly(), Record.open(_record(ctx)) as book:
        return [(run.number, brief(str((run.settings.get("source") or {}).get("table") or ""))) for run in book.runs()]
    return []


def _record(ctx: typer.Context) -> Path:
    """The record that was named; one that is not there is not made."""
    path = Path(ctx.params.get("record") or DEFAULT_RECORD)
    path.stat()
    return path


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """What cannot be read, or was not named yet, offers nothing: a key says no errors."""
    with contextlib.suppress(LeadlineError, OSError, KeyError, IndexError, TypeError, ValueError):
        yield


def _typed(value: str) -> str:
    """A value as it must stand on the line: other shells mask spaces by themselves, bash does not."""
    return value.replace(" ", r"\ ") if os.environ.get("_LEADLINE_COMPLETE") == "complete_bash" else value
