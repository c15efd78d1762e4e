"""The one tree of exceptions: everything leadline refuses, it refuses with one of these.

An error says what was got, what was expected and what to do. The command line shows the message without a traceback and exits
with a non-zero status.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = ["ArgumentError", "DataError", "LeadlineError", "NonFiniteError", "NotBuiltError", "ShapeError", "unknown_name"]


class LeadlineError(Exception):
    """Anything that leadline refuses; the base of every other error."""


class ArgumentError(LeadlineError, ValueError):
    """An argument has a value that the function or constructor cannot take."""


class ShapeError(ArgumentError):
    """An array has a shape that does not fit the layer, the loss or the data beside it."""


class DataError(LeadlineError, ValueError):
    """A table, a column, a row or a label cannot be used as it stands; the message names it."""


class NotBuiltError(LeadlineError, RuntimeError):
    """A model or layer was asked for something that needs weights or a loss it does not have yet."""


class NonFiniteError(LeadlineError, ArithmeticError):
    """Training met a NaN or an infinity.

    Attributes:
        state: The training state of the last epoch that ended well.
        history: The records up to it.
    """

    def __init__(self, message: str, state: Any = None, history: Any = None) -> None:
        super().__init__(message)
        self.state = state
        self.history = history


def unknown_name(kind: str, name: object, known: Iterable[str]) -> ArgumentError:
    """An error for a name that is not in a table, with the nearest names that are.

    Args:
        kind: What was looked up, as a reader would call it ("activation", "column").
        name: What was asked for.
        known: The names that exist.

    Returns:
        The error, to be raised by the caller.

    Examples:
        >>> print(unknown_name("activation", "rleu", ["relu", "tanh"]))
        Unknown activation 'rleu'. Did you mean 'relu'? Known: relu, tanh.
    """
    names = sorted(known)
    near = difflib.get_close_matches(str(name), names, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    return ArgumentError(f"Unknown {kind} {name!r}.{hint} Known: {', '.join(names)}.")
