"""A new process from its start to the end of a first epoch, with and without compiled programs on disk."""

from __future__ import annotations

import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from channel import OURS, Peer, environment, names, written
from tasks import Goal, find

__all__ = ["measure"]

TASK = "notes-mlp"
GOAL = Goal(("keras-*: *", "torch: *", "optax: *"), 1.0)
WITH_A_CACHE = ("leadline", "keras-jax", "optax")


def started(peer: str, data: Path, cache: Path) -> tuple[str, float, dict[str, str]]:
    """The way that the peer comes with, seconds from start to the end of an epoch, and its versions."""
    keep = {"JAX_COMPILATION_CACHE_DIR": str(cache), "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    own = environment(LEADLINE_CACHE=str(cache)) if peer == OURS else environment(**keep)
    began = time.perf_counter()
    with Peer(peer, TASK, data, own) as process:
        hello = process.read()
        way = hello["ways"][0]
        process.ask("make", way)
        process.ask("run", way, 1)
        return way, time.perf_counter() - began, hello["versions"]


def measure(rounds: int, share: float) -> dict[str, Any]:
    """Both; who has no cache on disk is started once a round, and stands in both."""
    del share
    times: dict[str, dict[str, list[float]]] = {"cold-start": {}, "cold-start-cached": {}}
    ways, versions = {}, {}
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        data.mkdir()
        written(find(TASK).data(), data)
        for turn in range(rounds):
            for peer in names():
                cache = Path(place) / f"{peer}-{turn}"
                cache.mkdir()
                for start in times:
                    if start == "cold-start" or peer in WITH_A_CACHE:
                        ways[peer], seconds, own = started(peer, data, cache)
                        versions |= own
                    times[start].setdefault(peer, []).append(seconds)
    results = {}
    for start, found in times.items():
        disk = "programs on disk" if start.endswith("cached") else "nothing on disk"
        results[start] = {
            "what": f"a new process: import, build, one epoch of {TASK}; {disk}",
            "kind": "ColdStart",
            "unit": "start",
            "units": 1,
            "rounds": rounds,
            "goals": [asdict(GOAL)],
            "versions": versions,
            "ways": [
                {"peer": peer, "way": ways[peer], "kept": True, "once": False, "each_s": own} for peer, own in found.items()
            ],
        }
    return results
