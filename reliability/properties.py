"""Tries each property of tables, splits, features, losses and files with 10,000 examples, and counts.

    python reliability/properties.py  # about 40 minutes on two cores

A property has held if its test passed. The examples are those that Hypothesis says it tried.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
import scores

__all__ = ["RESULTS", "Counter"]

RESULTS = scores.RESULTS / "properties.json"
PROPERTIES = ("--hypothesis-profile", "long", "-m", "hypothesis", "tests/properties", "tests/data")


class Counter:
    """A plugin of pytest that keeps of each property whether it held, and with how many examples."""

    def __init__(self) -> None:
        self.held: dict[str, bool] = {}
        self.examples: dict[str, int] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Takes in a part of a test: its beginning, the test, its end. What Hypothesis tried comes with the end."""
        self.held[report.nodeid] = self.held.get(report.nodeid, True) and report.passed
        tried = re.findall(r"(\d+) passing, (\d+) failing", getattr(report, "_hypothesis_stats", ""))
        self.examples[report.nodeid] = self.examples.get(report.nodeid, 0) + sum(int(a) + int(b) for a, b in tried)

    def row(self) -> dict[str, Any]:
        """What stands on the page."""
        return {
            "what": "Properties of tables, splits, features, losses and files: held for all their examples",
            "command": "make test-long",
            "tried": len(self.held),
            "held": sum(self.held.values()),
            "note": f"{min(self.examples.values()):,} examples or more of each, {sum(self.examples.values()):,} in all",
        }


def main() -> int:
    """Runs the tests of the properties; what pytest ended with."""
    counter = Counter()
    status = pytest.main(["-n", "2", "--dist", "worksteal", "-q", *PROPERTIES], plugins=[counter])
    if counter.held:
        scores.write(RESULTS, [counter.row()], (*scores.PACKAGES, "hypothesis"), examples=dict(sorted(counter.examples.items())))
    return status


if __name__ == "__main__":
    sys.exit(main())
