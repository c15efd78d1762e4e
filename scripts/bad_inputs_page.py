"""Writes docs/bad-inputs.md from reliability/results/bad-inputs.json. Run it after `python reliability/bad_inputs.py`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "reliability"))

from bad_inputs import OUTCOMES, RESULTS  # noqa: E402 - the folder is on the path now
from inputs import GROUPS  # noqa: E402
from inputs.bad import LIBRARIES  # noqa: E402

__all__ = ["PAGE", "generated"]

PAGE = ROOT / "docs" / "bad-inputs.md"

OPENING = """# Bad inputs

What leadline, Keras (on JAX) and scikit-learn (its `MLPRegressor` and `MLPClassifier`) do when they are given something that
cannot be meant. Each cell was observed: `python reliability/bad_inputs.py` gives every input to every library, each time in a
process of its own with 60 seconds and 6 GB, and `python scripts/bad_inputs_page.py` writes this page. The inputs stand in
`reliability/inputs/`, a few lines each, in the code that a user of each library would write; leadline and Keras run the same
lines wherever they can.

One rule decides, the same for all:

- **refused**: it ended with a `ValueError`, `TypeError`, `NotImplementedError`, `FileNotFoundError`, `BadZipFile` or
  `MemoryError` (also as JAX says it) or an exception that the library defines, and the message matches the input's regular
  expression, so names what is wrong;
- **told**: it went on, and a warning, a note or a line of output matches that expression;
- **silent**: it went on without such a word;
- **crashed**: it ended in any other way: another exception, one that does not name what is wrong, a dead process, no end in
  time;
- **–**: not applicable; why stands below.

Who chose the inputs are leadline's authors, from what they guard against: read the rows, and take the counts for what they are.
A silent cell need not be wrong of a library that leaves such questions to its user.
"""


def generated(result: Mapping[str, Any]) -> str:
    """The page of a result."""
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    measured = f"Measured on {result['date']}: {result['machine']}, Python {result['python']}, {versions}."
    rows = [[library, *(_count(result, library, outcome) for outcome in OUTCOMES)] for library in LIBRARIES]
    parts = [OPENING, measured + "\n", _table(["library", *OUTCOMES], rows)]
    for group, bad in GROUPS.items():
        cells = [[one.what, *(_word(result["cells"][one.what][library]) for library in LIBRARIES)] for one in bad]
        parts.append(f"## {group}\n\n{_table(['input', *LIBRARIES], cells)}")
    reasons: dict[tuple[str, str], list[str]] = {}
    for what, own in result["cells"].items():
        for library in LIBRARIES:
            if own[library]["outcome"] == "not applicable":
                reasons.setdefault((library, own[library]["said"]), []).append(what)
    listed = "".join(f"- {library} ({reason}): {'; '.join(whats)}.\n" for (library, reason), whats in reasons.items())
    return "\n".join([*parts, f"## Where it does not apply\n\n{listed}"])


def _count(result: Mapping[str, Any], library: str, outcome: str) -> str:
    return str(sum(own[library]["outcome"] == outcome for own in result["cells"].values()))


def _word(cell: Mapping[str, str]) -> str:
    return "–" if cell["outcome"] == "not applicable" else cell["outcome"]


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


if __name__ == "__main__":
    PAGE.write_text(generated(json.loads(RESULTS.read_text())))
