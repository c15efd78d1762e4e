"""The most memory that a process has in use, from its start through a first run of each workload."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from channel import Peer, environment, written
from tasks import Fit, find

__all__ = ["measure"]

PEERS = ("leadline", "keras-jax", "keras-tf", "torch")
MLPS = ("notes-mlp", "wide-mlp", "gemm-mlp")
CONVOLUTIONAL = ("cnn", "cnn-bn", "separable", "conv1d-ecg", "locally-connected")
SUBJECTS = (*MLPS, *CONVOLUTIONAL, "lambda-sweep", "learning-curve", "predict-1000000")
AT_ONCE = 2
"""Processes side by side: memory does not mind."""


def peak(peer: str, name: str, data: Path) -> tuple[float | None, dict[str, str]]:
    """MB, and the versions: of a fit the way that the peer comes with, of a curve the one that compiles least."""
    with tempfile.TemporaryDirectory() as cache, Peer(peer, name, data, environment(LEADLINE_CACHE=cache)) as process:
        hello = process.read()
        if not hello["ways"]:
            return None, hello["versions"]
        way = hello["ways"][0 if isinstance(find(name), Fit) else -1]
        process.ask("make", way)
        return process.ask("run", way, 1)["peak_mb"], hello["versions"]


def measure(rounds: int, share: float) -> dict[str, Any]:
    """MB of each peer at each workload."""
    del rounds, share
    rows: dict[str, dict[str, float]] = {}
    versions: dict[str, str] = {}
    for name in SUBJECTS:
        with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(AT_ONCE) as pool:
            data = Path(place)
            written(find(name).data(), data)
            found = dict(zip(PEERS, pool.map(lambda peer, name=name, data=data: peak(peer, name, data), PEERS)))
        rows[name] = {peer: megabytes for peer, (megabytes, _) in found.items() if megabytes is not None}
        for _, own in found.values():
            versions |= own
    what = "the most memory of a process: import, build, and one epoch (of a curve: of each training) or call"
    return {"memory": {"what": what, "kind": "Memory", "least": 1 / 1.2, "versions": versions, "rows": rows}}
