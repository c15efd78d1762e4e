"""Takes each guard away, one at a time and in a copy, and looks whether its test fails without it.

    python reliability/guards.py            # all, about ten minutes on two cores
    python reliability/guards.py Tables     # one part; the others stay as they were measured

`guarded/` is the table of guards. A guard is tested where its test passes with it, as the suite says, and fails without it.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import scores
from guarded import GUARDS
from guarded.guard import Guard

__all__ = ["RESULTS", "SOURCE"]

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "leadline"
RESULTS = scores.RESULTS / "guards.json"
SECONDS = 240
SEEN, FAILED = "no longer passes", 1
"""What is said of a test that notices, and the status by which pytest says that a test failed."""


def without(guard: Guard, folder: Path) -> str:
    """What the guard's test does in a copy of the source that lacks it: `SEEN`, or what it did instead."""
    shutil.copytree(SOURCE, folder / "leadline")
    file = folder / "leadline" / guard.file
    file.write_text(file.read_text().replace(guard.code, guard.without))
    programs = Path(tempfile.gettempdir()) / "leadline-guards"  # what one test compiled, another need not
    environment = os.environ | {
        "PYTHONPATH": str(folder),
        "JAX_COMPILATION_CACHE_DIR": str(programs),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", f"tests/{guard.test}"]
    try:
        ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"does not end within {SECONDS} s"
    if ran.returncode == FAILED:
        return SEEN
    return "still passes" if ran.returncode == 0 else f"cannot be run: {ran.stdout.strip().splitlines()[-1:]}"


def looked_at(guard: Guard) -> dict[str, str]:
    """What came of taking a guard away, as plain data."""
    with tempfile.TemporaryDirectory() as folder:
        seen = without(guard, Path(folder))
    print(f"{seen:16} {guard.line} ({guard.test})", file=sys.stderr)
    return {"line": guard.line, "file": guard.file, "code": guard.code, "test": guard.test, "without": seen}


def main() -> None:
    """Takes the guards of the parts asked for away, and writes what came of it."""
    parser = argparse.ArgumentParser(description="Takes each guard away in a copy, and looks whether its test fails.")
    parser.add_argument("parts", nargs="*", help=f"{', '.join(GUARDS)}; all by default")
    asked = parser.parse_args().parts or list(GUARDS)
    found: dict[str, list[dict[str, str]]] = json.loads(RESULTS.read_text())["guards"] if RESULTS.exists() else {}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        found |= {part: list(pool.map(looked_at, GUARDS[part])) for part in asked}
    found = {part: found[part] for part in GUARDS if part in found}
    rows = [
        {
            "what": f"{part}: guards whose test fails when they alone are taken away",
            "command": f"python reliability/guards.py {part}",
            "tried": len(each),
            "held": sum(one["without"] == SEEN for one in each),
            "note": "each in a copy of the source",
        }
        for part, each in found.items()
    ]
    scores.write(RESULTS, rows, ("leadline", "jax", "numpy", "polars"), guards=found)


if __name__ == "__main__":
    main()
