"""What a command puts on a terminal: results on stdout, what is going on and its progress on stderr."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

__all__ = ["progress_bar", "put", "say"]


def put(what: str | Mapping[str, Any]) -> None:
    """A text in rich's markup, or plain data as JSON, on stdout."""
    if not isinstance(what, str):
        print(json.dumps(what, indent=2, allow_nan=False))
        return
    from rich.console import Console

    Console(highlight=False, soft_wrap=True, emoji=False).print(what)


def say(text: str) -> None:
    """What is going on, in rich's markup, on stderr."""
    from rich.console import Console

    Console(stderr=True, highlight=False, soft_wrap=True, emoji=False).print(text)


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, on a terminal only, for the member-steps of a population."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), TextColumn("{task.percentage:>3.0f} %"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
