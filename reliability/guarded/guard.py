"""What a guard is: a place in the code, what stands there without it, and the test that must then fail."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Guard", "bad"]


@dataclass(frozen=True)
class Guard:
    """A guard and its test.

    Attributes:
        line: What it guards, in a few words.
        file: Where it stands, below src/leadline.
        code: The code of the guard, which stands there once.
        without: What stands there when the guard is taken away.
        test: The test that must fail then, as pytest names it, below tests.
    """

    line: str
    file: str
    code: str
    without: str
    test: str


def bad(what: str) -> str:
    """The test of a bad input, at the entry point that a user has; pytest writes in ASCII what it is called."""
    what = what.encode("unicode_escape").decode()
    return f"faults/test_bad_inputs.py::test_leadline_refuses_it_by_name_or_says_what_it_did[{what}]"
