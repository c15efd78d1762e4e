"""What was tried and what held, as files in `results/`, which `scripts/reliability.py` makes docs/reliability.md of.

    {"machine": "2 cores, x86_64", "python": "3.11.7", "versions": {"leadline": "0.1.0", …}, "date": "2026-01-31",
     "rows": [{"what": a sentence, "command": how anyone repeats it, "tried": 300, "held": 300, "note": ""}]}

A file may have more keys of its own. Counts are of what was run: a row that goes on from an older file does so on the same machine
and versions only.
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["RESULTS", "measured_with", "read", "write"]

RESULTS = Path(__file__).resolve().parent / "results"
PACKAGES = ("leadline", "jax", "numpy")


def measured_with(packages: Sequence[str] = PACKAGES) -> dict[str, Any]:
    """This machine, its Python, and the versions of the packages."""
    versions = {name: importlib.metadata.version(name) for name in packages}
    machine = f"{os.cpu_count()} cores, {platform.machine()}"
    return {"machine": machine, "python": platform.python_version(), "versions": versions}


def write(path: Path, rows: Sequence[Mapping[str, Any]], packages: Sequence[str] = PACKAGES, **more: Any) -> None:
    """Writes a file of results as a whole."""
    whole = {**measured_with(packages), "date": datetime.datetime.now(datetime.UTC).date().isoformat(), **more, "rows": list(rows)}
    new = path.with_suffix(".new")
    new.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """What a file of results says; None where there is none.

    Raises:
        SystemExit: It is of another machine or other versions, so that nothing can be added to it.
    """
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    here = measured_with(list(found["versions"]))
    if differing := [key for key in here if here[key] != found[key]]:
        raise SystemExit(f"{path} was measured with {[found[key] for key in differing]}. Remove it to begin anew.")
    return found
