"""Gives every bad input to leadline, Keras and scikit-learn, and says what each made of it.

    python reliability/bad_inputs.py                   # all, about ten minutes on one core
    python reliability/bad_inputs.py keras sklearn     # some libraries; the others' cells stay as they were measured

What came of a cell is decided by one rule, the same for all libraries:

- *refused*: it ended with a ValueError, TypeError, NotImplementedError, FileNotFoundError, BadZipFile or MemoryError (also as JAX
  says it), or one that the library defines, and the message matches the input's regular expression, so names what is wrong;
- *told*: it went on, and a warning, a note or a line of output matches that expression;
- *silent*: it went on without such a word;
- *crashed*: it ended in any other way: with another exception, with one that does not name what is wrong, with a dead process, or
  not within the time.

Each cell has a process of its own, 60 seconds and 6 GB. What was seen stands in `results/bad-inputs.json`, with the first words
of each message, and `scripts/bad_inputs_page.py` writes the page from it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import os
import re
import resource
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import scores
from inputs import GROUPS
from inputs.bad import LIBRARIES, Bad

__all__ = ["OUTCOMES", "RESULTS", "bad_inputs", "judged", "observed", "summary"]

RESULTS = scores.RESULTS / "bad-inputs.json"
OUTCOMES = ("refused", "told", "silent", "crashed")
SECONDS, BYTES = 60, 6 << 30
CLEAR = (ValueError, TypeError, NotImplementedError, FileNotFoundError, MemoryError, zipfile.BadZipFile)
FLAGS = re.IGNORECASE | re.DOTALL


def bad_inputs() -> dict[str, Bad]:
    """All bad inputs, by what is wrong."""
    return {bad.what: bad for group in GROUPS.values() for bad in group}


def observed(bad: Bad, library: str) -> dict[str, Any]:
    """What happens: whether it went on, the exception if not, and all that was said; in this process.

    Args:
        bad: The input.
        library: One of `LIBRARIES`, for which it has something to call.
    """
    with heard() as lines:
        try:
            result = getattr(bad, library)()
        except Exception as error:
            family = any(kind.__module__.partition(".")[0] == library for kind in type(error).__mro__)
            clear = family or isinstance(error, CLEAR) or "RESOURCE_EXHAUSTED" in str(error)
            return {"error": type(error).__name__, "clear": clear, "said": str(error)}
    notes = [str(note) for note in result] if isinstance(result, tuple) else []
    return {"error": None, "clear": True, "said": "\n".join([*lines, *notes])}


@contextlib.contextmanager
def heard() -> Iterator[list[str]]:
    """What is written to standard output and error, and what is warned of, as lines that are there when it ends."""
    lines: list[str] = []
    with tempfile.TemporaryFile("w+") as file, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
            try:
                yield lines
            finally:
                file.seek(0)
                lines += file.read().splitlines()
                lines += [str(warning.message) for warning in warned]


def judged(bad: Bad, seen: Mapping[str, Any]) -> str:
    """The outcome of a cell, by the rule above."""
    names = re.search(bad.names, seen["said"], FLAGS) is not None
    if seen["error"] is None:
        return "told" if names else "silent"
    return "refused" if names and seen["clear"] else "crashed"


def cell(library: str, what: str, file: str) -> None:
    """Measures one cell in a process of its own, and leaves what it saw in a file."""
    resource.setrlimit(resource.RLIMIT_DATA, (BYTES, BYTES))
    try:
        seen = observed(bad_inputs()[what], library)
    except BaseException as error:  # what is no Exception, such as a panic, ends here too
        seen = {"error": type(error).__name__, "clear": False, "said": "".join(traceback.format_exception_only(error))}
    Path(file).write_text(json.dumps(seen))


def measured(bad: Bad, library: str, processes: Any) -> dict[str, str]:
    """The outcome of a cell and the first words of what was said."""
    if isinstance(reason := getattr(bad, library), str):
        return {"outcome": "not applicable", "said": reason}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "seen.json")
        process = processes.Process(target=cell, args=(library, bad.what, str(file)))
        process.start()
        process.join(SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
            return {"outcome": "crashed", "said": f"did not end within {SECONDS} s"}
        if not file.exists():
            return {"outcome": "crashed", "said": f"the process died with exit code {process.exitcode}"}
        seen = json.loads(file.read_text())
    said = " ".join(re.sub(r"\S*/tmp\w+/", "", seen["said"]).split())[:200]
    return {"outcome": judged(bad, seen), "said": f"{seen['error']}: {said}" if seen["error"] else said}


def summary(cells: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row for each library: how many of the inputs that concern it were refused clearly, or taken with a word."""
    rows = []
    for library in (one for one in LIBRARIES if all(one in own for own in cells.values())):
        counts = {outcome: sum(own[library]["outcome"] == outcome for own in cells.values()) for outcome in OUTCOMES}
        others = f"{counts['silent']} accepted silently, {counts['crashed']} crashed or unclear"
        rows.append(
            {
                "what": f"Bad inputs that {library} refuses clearly, or takes and says so",
                "command": "python reliability/bad_inputs.py",
                "tried": sum(counts.values()),
                "held": counts["refused"] + counts["told"],
                "note": f"{counts['refused']} refused, {counts['told']} taken with a word, {others}",
            }
        )
    return rows


def main() -> None:
    """Measures the cells, and writes what came of them."""
    parser = argparse.ArgumentParser(description="Gives every bad input to each library, and writes what came of it.")
    parser.add_argument("libraries", nargs="*", default=[], help="leadline, keras, sklearn; all by default")
    asked = parser.parse_args().libraries or LIBRARIES
    every = bad_inputs()
    before = json.loads(RESULTS.read_text())["cells"] if RESULTS.exists() else {}
    cells = {what: dict(before.get(what, {})) for what in every}
    for library in asked:
        processes = multiprocessing.get_context("forkserver")
        processes.set_forkserver_preload([library, "inputs"])
        for what, bad in every.items():
            cells[what][library] = measured(bad, library, processes)
            print(f"{library:8} {cells[what][library]['outcome']:14} {what}: {cells[what][library]['said']}", file=sys.stderr)
    scores.write(RESULTS, summary(cells), ("leadline", "jax", "keras", "scikit-learn", "numpy"), cells=cells)


if __name__ == "__main__":
    main()
