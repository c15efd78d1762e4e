"""Writes docs/reliability.md from reliability/results: what was tried, and how much of it held.

python scripts/reliability.py              # the page, from what was measured
python scripts/reliability.py TALLY.jsonl  # first the counts of a run of the tests with LEADLINE_TALLY=TALLY.jsonl
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "reliability"))

import scores  # noqa: E402

__all__ = ["PAGE", "counted", "generated"]

PAGE = ROOT / "docs" / "reliability.md"
TALLIED = scores.RESULTS / "tests.json"
ORDER = ("kills", "tests", "properties", "fuzz", "guards", "bad-inputs")

OPENING = """# Reliability

What was tried against leadline, and how much of it held. Each row was counted by the command beside it, which anyone can run; a
row is of what was run, no more. `make reliability` runs the tests that count, and writes this page.

The properties of tables, splits, features, losses and files are tried with 200 examples each by `make test`, and with 10,000
others each time by `make test-long`.
"""

BOUNDS = """## Where it ends

- **The same bits** are promised for the same machine, versions, number of threads and of devices. Beyond that nothing is:
  sums may be added up in another order. What was seen: on one core of two, and with one thread of OpenMP and OpenBLAS, small
  trainings, curves, diagnoses and walked loops had the same bits (`tests/test_determinism.py`). JAX's devices are as many as
  the machine has cores; on one or four of them trainings were the same, of dense layers and of convolutions with strides
  of 1; convolutions with other strides, depthwise ones, and much of what trains many at once (curves, `diagnose`,
  `develop`) differed by rounding.
- **Resume** is held to the bit under the same conditions. It refuses other data, another network or other settings; it does
  not compare versions, and of callbacks of one's own that are no dataclasses it compares the names alone. `CSVLogger` takes
  away rows of epochs that come again.
- **A save** is whole or not there on a local file system that keeps the order of a rename after an fsync. Where a folder
  cannot be synchronised (Windows) a crash of the machine can lose the newest save, never the old one.
- **The record** needs a file system with locks. What a method has returned from is on the disk.
- **Files of others** are read as data. What a file can still do is hold numbers that are wrong: digests tell damage, not
  intent, and a `.keras` file of Keras has none.
- **HDF5 files are read by HDF5's own library**, in C. In fuzzing it died twice, as far as can be told when the fuzzer itself
  wrote into a damaged file, and not again since the fuzzer writes whole ones. For files of strangers safetensors is safer.
- **Bad inputs** were chosen by us, for the mistakes we know. The table says what each library does with these, not with all.
- Not covered: a disk that lies about what it has written, memory that flips bits, more than one process training on one
  folder of checkpoints.
"""


def counted(lines: str) -> list[dict[str, Any]]:
    """A row for each thing that tests counted, from the lines that they wrote."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines.splitlines():
        one = json.loads(line)
        sums[one["what"]][0] += one["tried"]
        sums[one["what"]][1] += one["held"]
    return [
        {"what": what, "command": "make reliability", "tried": tried, "held": held, "note": ""}
        for what, (tried, held) in sums.items()
    ]


def generated() -> str:
    """The page."""
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in scores.RESULTS.glob("*.json")}
    names = sorted(found, key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    rows = [row for name in names for row in found[name]["rows"]]
    lines = ["| what | held | of | command | |", "| --- | ---: | ---: | --- | --- |"]
    lines += [f"| {row['what']} | {row['held']:,} | {row['tried']:,} | `{row['command']}` | {row['note']} |" for row in rows]
    with_what = "\n".join(f"- {name}: {_machine(found[name])}" for name in names)
    return "\n".join([OPENING, *lines, "", BOUNDS, "## Measured with", "", with_what]) + "\n"


def _machine(result: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    return f"{result['date']}, {result['machine']}, Python {result['python']}; {versions}"


def main() -> None:
    """Writes it."""
    if sys.argv[1:]:
        scores.write(TALLIED, counted(Path(sys.argv[1]).read_text(encoding="utf-8")))
    PAGE.write_text(generated(), encoding="utf-8")


if __name__ == "__main__":
    main()
