"""One peer in a process of its own, which does what the driver writes to it, a line of JSON a command.

    python peer.py keras-jax notes-mlp FOLDER_OF_ARRAYS

A peer is a file of `peers/` with `versions()` and, for each kind of task that it can do, a function named as the kind, in lower
case: `fit(task, data)`, `sweep`, `learning`, `diagnosis`, `predict`. It gives names of ways to functions that make a run; a run
does so much of the task, `run(amount, shuffle=True)`, and gives numbers that are compared. What it prints does not disturb: the
driver listens on a channel that only this file knows.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from tasks import find

__all__ = ["answer", "main", "peak_mb"]


def peak_mb() -> float:
    """The most memory that this process has had in use, MB.

    Linux counts what the process was before it became this one in `ru_maxrss`, and not in its own status.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def answer(command: dict[str, Any], makers: dict[str, Any], runs: dict[str, Any]) -> dict[str, Any]:
    """Makes a way ready, or runs it; seconds, numbers and the most memory so far."""
    way, began, numbers = command["way"], time.perf_counter(), []
    if command["do"] == "make":
        runs[way] = makers[way]()
    else:
        numbers = [float(number) for number in runs[way](command["amount"], command["shuffle"])]
    return {"seconds": time.perf_counter() - began, "numbers": numbers, "peak_mb": peak_mb()}


def main() -> None:
    """Listens until the driver closes."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    name, task_name, folder = sys.argv[1:]
    peer, task = importlib.import_module(f"peers.{name.replace('-', '_')}"), find(task_name)
    data = {path.stem: np.load(path) for path in sorted(Path(folder).glob("*.npy"))}
    of_kind = getattr(peer, type(task).__name__.lower(), None)
    makers, runs = (of_kind(task, data) if of_kind else {}), {}
    reply: dict[str, Any] = {"ways": list(makers), "versions": peer.versions()}
    while True:
        print(json.dumps(reply), file=replies, flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        try:
            reply = answer(json.loads(line), makers, runs)
        except Exception as error:  # what one way cannot do is said, and the others go on
            reply = {"error": f"{type(error).__name__}: {error}"[:500]}


if __name__ == "__main__":
    main()
