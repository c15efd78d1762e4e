"""A task among peers: each in a process of its own, all kept alive, one of them working at a time, round by round."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from channel import OURS, Peer, environment, names, written
from networks import bytes_a_step, operations_a_step, prediction_operations
from tasks import Curve, Fit, Predict, Task

__all__ = ["contest", "differs", "kept", "units"]

LONG = 10.0
"""Seconds: a way that takes longer is run once, as its users would."""


def differs(task: Task, numbers: Sequence[float], ours: Sequence[float]) -> float:
    """How far a result lies from leadline's, relative: the farthest loss, or the mean over a curve."""
    a, b = np.array(numbers), np.array(ours)
    if isinstance(task, Curve):
        a, b = a.mean(), b.mean()
    return float(np.max(np.abs(a / b - 1)))


def units(task: Task, amount: int, data: Mapping[str, np.ndarray]) -> tuple[str, int, int, int]:
    """What a time is given for, how many of it a run has, and operations and bytes of one.

    A curve is given as a whole, with the operations of all its steps.
    """
    if isinstance(task, Fit):
        each = operations_a_step(task.network, task.batch), bytes_a_step(task.network, task.batch)
        return "step", amount * -(-len(data["y"]) // task.batch), *each
    if isinstance(task, Predict):
        rows = len(data["X"])
        return "call", amount, rows * prediction_operations(task.network), data["X"].nbytes
    trainings = task.seeds * (len(task.values) + len(getattr(task, "sizes", ())))
    steps = trainings * amount * -(-len(data["y_train"]) // task.batch)
    return "run", 1, steps * operations_a_step(task.network, task.batch), steps * bytes_a_step(task.network, task.batch)


def greeted(peer: Peer) -> dict[str, Any]:
    """What a peer can do; or why it did not start, as where its packages are not installed. leadline must."""
    try:
        return peer.read()
    except RuntimeError as error:
        if peer.name == OURS:
            raise
        return {"error": str(error).strip().splitlines()[-1]}


def first_runs(peers: Sequence[Peer], task: Task, amount: int) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Every way built and run for the first time, and the versions; a way that fails or computes another thing says so."""
    entries: list[dict[str, Any]] = []
    versions: dict[str, str] = {}
    ours: list[float] = []
    for peer in peers:
        hello = greeted(peer)
        if "error" in hello:
            entries.append({"peer": peer.name, "way": "not there", "error": hello["error"]})
            continue
        versions |= hello["versions"]
        for way in hello["ways"]:
            entry: dict[str, Any] = {"peer": peer.name, "way": way}
            entries.append(entry)
            built = peer.ask("make", way)
            ran = built if "error" in built else peer.ask("run", way, amount, shuffle=False)
            if "error" in ran:
                entry["error"] = ran["error"]
                continue
            ours = ours or ran["numbers"]
            entry |= {"first_s": built["seconds"] + ran["seconds"], "differs": differs(task, ran["numbers"], ours)}
            entry |= {"seconds": [ran["seconds"]], "peak_mb": [ran["peak_mb"]]}
            if not entry["differs"] <= task.tolerance:
                entry["error"] = f"computes another thing: differs by {entry['differs']:.2g}"
    return entries, versions


def timed(entry: dict[str, Any], peer: Peer, amount: int) -> float:
    """One more run of a way; its seconds."""
    ran = peer.ask("run", entry["way"], amount)
    if "error" in ran:
        raise RuntimeError(f"{peer.name}, {entry['way']}: {ran['error']}")
    entry["peak_mb"].append(ran["peak_mb"])
    return ran["seconds"]


def kept(entries: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of each peer the way it comes with, and the one that was fastest in the trial."""
    chosen = []
    for peer in dict.fromkeys(entry["peer"] for entry in entries):
        own = [entry for entry in entries if entry["peer"] == peer]
        best = min(own, key=lambda entry: entry["seconds"][0])
        chosen += [entry for entry in own if entry is own[0] or entry is best]
    return chosen


def trials(running: Sequence[dict[str, Any]], peers: Mapping[str, Peer], amount: int) -> list[dict[str, Any]]:
    """What is left after a trial of a tenth."""
    part = max(1, amount // 10)
    for entry in running:
        entry["seconds"] = [timed(entry, peers[entry["peer"]], part) * amount / part]
    return kept(running)


def turns(running: Sequence[dict[str, Any]], peers: Mapping[str, Peer], amount: int, rounds: int, whole: bool) -> None:
    """Times the ways one after the other, in each round another first.

    What took a peer long before is run once; where its first run was all of the amount, that was it.
    """
    for entry in running:
        once = entry["peer"] != OURS and entry["seconds"][0] > LONG
        entry |= {"once": once, "kept": True, "seconds": entry["seconds"] if once and whole else []}
    for turn in range(rounds):
        start = turn % len(running)
        for entry in [*running[start:], *running[:start]]:
            if not (entry["once"] and entry["seconds"]):
                entry["seconds"].append(timed(entry, peers[entry["peer"]], amount))


def contest(name: str, task: Task, rounds: int, share: float = 1.0) -> dict[str, Any]:
    """How long each way of each peer takes for a task.

    Each way's first run, which compiles, comes first, and what it computed is compared with leadline's. After a short trial all
    ways fall out but, of each peer, the one that it comes with and its fastest; then they take turns. A curve's first run is all
    of it, so nothing falls out. What takes longer than `LONG` is run once.

    Args:
        name: The task's name.
        task: The task.
        rounds: How often each way is timed.
        share: How much of the task's amount is timed.
    """
    amount, data = max(1, round(task.amount * share)), task.data()
    unit, count, operations, moved = units(task, amount, data)
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        written(data, folder)
        wanted = [peer for peer in names() if not task.peers or peer in task.peers]
        own = environment(LEADLINE_CACHE=str(folder / "cache"))
        peers = {peer: stack.enter_context(Peer(peer, name, folder, own)) for peer in wanted}
        entries, versions = first_runs(list(peers.values()), task, task.first or amount)
        running = [entry for entry in entries if "error" not in entry]
        if task.first:
            running = trials(running, peers, amount)
        turns(running, peers, amount, rounds, whole=not task.first)
    for entry in entries:
        entry["each_s"] = [seconds / count for seconds in entry.pop("seconds", [])]
    head = {"what": task.what, "kind": type(task).__name__, "unit": unit, "amount": amount, "units": count, "rounds": rounds}
    goals = {"goals": [asdict(goal) for goal in task.goals]}
    return head | goals | {"operations": operations, "bytes": moved, "versions": versions, "ways": entries}
