"""Where a training stands between two epochs, on the disk: written while it runs, read when it goes on.

A checkpoint is a file of the same container as a model's: plain JSON and arrays, each with its SHA-256. What decides a training
beside these is no part of it but of the program that goes on: the data, the network, the settings. It has their digest and their
words, and a training of others is refused with the difference.
"""

from __future__ import annotations

import contextlib
import math
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, DataError
from leadline.files import archive
from leadline.files.npy import array_of, npy
from leadline.files.plain import decoded, encoded, finite, with_infinities
from leadline.training.history import History
from leadline.training.identity import refuse_another
from leadline.training.state import TrainState
from leadline.types import Params, State

__all__ = ["Checkpoint", "Snapshot", "best", "latest", "read", "written"]

FORMAT = "leadline checkpoint"
_FILE = re.compile(r"epoch-(\d{6,})\.checkpoint")
_TEXT = "training.json"


@dataclass(frozen=True)
class Checkpoint:
    """When a training is written to disk, and how much of it is kept.

    Args:
        folder: Where; it is made if it is not there.
        epochs: After every so many epochs; None for by the time alone.
        seconds: Without `epochs`: after the first epoch that ends so long after the last checkpoint.
        keep: How many of the last to keep. The one of the best epoch is kept besides: that with the least `val_loss`, or `loss`
            where nothing is validated.

    Raises:
        ArgumentError: A number makes no sense.

    Examples:
        >>> Checkpoint("run", epochs=5).keep
        3
    """

    folder: str | PathLike[str]
    epochs: int | None = None
    seconds: float = 30.0
    keep: int = 3

    def __post_init__(self) -> None:
        for name in ("epochs", "keep"):
            value = getattr(self, name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
                raise ArgumentError(f"The {name!r} of a Checkpoint must be a whole number of at least 1. Got {value!r}.")
        if not self.seconds >= 0:
            raise ArgumentError(f"The 'seconds' of a Checkpoint must be a number of at least 0. Got {self.seconds!r}.")

    def room(self, epoch: int) -> float:
        """How many epochs may be trained in one go after `epoch` of them."""
        return math.inf if self.epochs is None else self.epochs - epoch % self.epochs

    def is_due(self, epoch: int, last: float) -> bool:
        """Whether to write one after `epoch` epochs, the last having been written at `last` by the monotonic clock."""
        return time.monotonic() - last >= self.seconds if self.epochs is None else epoch % self.epochs == 0


@dataclass(frozen=True)
class Snapshot:
    """A training between two epochs.

    Attributes:
        epoch: How many epochs are done.
        state: Parameters, other arrays, the optimizer's memory, steps taken.
        kept: The best parameters and other arrays so far, where a callback had them kept.
        history: The records so far.
        memories: What each callback remembers: its place to (the name of its class, plain data).
        logs: The last record.
        learning_rate: The present one; None where the optimizer has no single number for it.
        stopped: Whether a callback said that it ends here.
    """

    epoch: int
    state: TrainState
    kept: tuple[Params, State] | None = None
    history: History = field(default_factory=History)
    memories: Mapping[int, tuple[str, Any]] = field(default_factory=dict)
    logs: Mapping[str, float] = field(default_factory=dict)
    learning_rate: float | None = None
    stopped: bool = False


# --- to the disk ----------------------------------------------------------------------------------------------------------------


def written(snapshot: Snapshot, plan: Checkpoint, of: Mapping[str, Any]) -> Path:
    """Writes a checkpoint, and removes those that need not be kept.

    Args:
        snapshot: Where the training stands.
        plan: Where to, and what is kept.
        of: What the training is of, as `identity` gives it.

    Returns:
        The file.

    Raises:
        DataError: It cannot be written; those of before are still there.
        ArgumentError: What a callback remembers is no plain data.
    """
    folder = Path(plan.folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be made: {error.strerror or error}. Choose another place for checkpoints.") from None
    path = folder / f"epoch-{snapshot.epoch:06d}.checkpoint"
    archive.write(path, _members(snapshot, of), kind=FORMAT)
    files, first = _files(folder), _best(snapshot.history)
    last = [file for epoch, file in files if epoch <= snapshot.epoch][-plan.keep :]
    for epoch, file in files:
        if file not in last and epoch != first:
            with contextlib.suppress(OSError):
                file.unlink()
    return path


def _files(folder: Path) -> list[tuple[int, Path]]:
    try:
        found = [(int(match[1]), file) for file in folder.iterdir() if (match := _FILE.fullmatch(file.name))]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found)


def _best(history: History) -> int:
    """How many epochs were done at the end of the best one; 0 where there is none yet."""
    values = history.history.get("val_loss", history.history.get("loss", []))
    finite = [(value, epoch + 1) for value, epoch in zip(values, history.epoch, strict=False) if math.isfinite(value)]
    return min(finite)[1] if finite else 0


def _members(snapshot: Snapshot, of: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    history = snapshot.history
    plain = {
        "epoch": snapshot.epoch,
        "history": {"epoch": history.epoch, "history": history.history, "messages": history.messages},
        "memories": {str(place): list(memory) for place, memory in snapshot.memories.items()},
        "logs": dict(snapshot.logs),
        "learning_rate": snapshot.learning_rate,
        "stopped": snapshot.stopped,
        "kept": snapshot.kept is not None,
    }
    yield _TEXT, encoded({"of": of, **finite(plain)}, "A checkpoint")
    for place, leaf in enumerate(jax.tree.leaves((snapshot.state, snapshot.kept))):
        yield f"arrays/{place}.npy", npy(np.asarray(leaf))


# --- from the disk --------------------------------------------------------------------------------------------------------------


def latest(folder: str | PathLike[str], of: Mapping[str, Any], start: TrainState) -> Snapshot | None:
    """The last checkpoint of a folder that is whole; None where there is none yet.

    A damaged one is passed over, with a line on standard error, for the one before.

    Args:
        folder: The folder.
        of: What is to be trained, as `identity` gives it.
        start: A state of that training, for the shapes.

    Raises:
        ArgumentError: The checkpoint is of another training.
        DataError: All there are are damaged.
    """
    files = _files(Path(folder))
    for _, file in reversed(files):
        try:
            return read(file, of, start)
        except DataError as error:
            print(f"{error} The checkpoint before it is taken.", file=sys.stderr)
    if files:
        raise DataError(f"No checkpoint in {folder} can be read. Remove them to begin anew.")
    return None


def best(folder: str | PathLike[str], start: TrainState) -> Snapshot:
    """The checkpoint of the best epoch in a folder, of whatever training of the same network.

    Args:
        folder: The folder.
        start: A state of such a training, for the shapes.

    Raises:
        DataError: There is none, or it cannot be read.
    """
    files = dict(_files(Path(folder)))
    if not files:
        raise DataError(f"There is no checkpoint in {folder}. Check the path.")
    last = read(files[max(files)], None, start)
    place = _best(last.history)
    return read(files[place], None, start) if place in files else last


def read(path: Path, of: Mapping[str, Any] | None, start: TrainState) -> Snapshot:
    """The checkpoint of a file.

    Args:
        path: The file.
        of: As for `latest`; None to take it of whatever training.
        start: Likewise.

    Raises:
        ArgumentError: It is of another training.
        DataError: It cannot be read, or is damaged.
    """
    members = archive.read(path, kind=FORMAT)
    if _TEXT not in members:
        raise DataError(f"{path} has no {_TEXT}. Restore it from a copy, or remove it.")
    plain = decoded(members.pop(_TEXT), f"{path}: {_TEXT}")
    try:
        if of is not None:
            refuse_another(plain["of"], of, path)
        template = (start, (start.params, start.state) if plain["kept"] else None)
        state, kept = _arrays(members, template, path)
        return _snapshot({name: with_infinities(value) for name, value in plain.items() if name != "of"}, state, kept, path)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, (ArgumentError, DataError)):
            raise
        raise DataError(f"{path} is no checkpoint that leadline wrote ({error!r:.80}). Remove it.") from None


def _snapshot(plain: Mapping[str, Any], state: TrainState, kept: Any, path: Path) -> Snapshot:
    epoch, rate, stopped, logs = (plain[name] for name in ("epoch", "learning_rate", "stopped", "logs"))
    epochs, records, messages = (plain["history"][name] for name in ("epoch", "history", "messages"))
    sound = (
        [type(epoch), type(stopped)] == [int, bool]
        and epoch >= 0
        and all(_numbers(one) and len(one) == len(epochs) for one in (epochs, *records.values()))
        and _numbers([*logs.values(), *([] if rate is None else [rate])])
        and all(isinstance(message, str) for message in messages)
    )
    if not sound:
        raise DataError(f"{path} is no checkpoint that leadline wrote: its records are none. Remove it.")
    memories = {int(place): (str(name), memory) for place, (name, memory) in plain["memories"].items()}
    return Snapshot(epoch, state, kept, History(epochs, records, messages), memories, logs, rate, stopped)


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) in (int, float) for value in values)


def _arrays(members: Mapping[str, bytes], template: Any, path: Path) -> Any:
    leaves, structure = jax.tree.flatten(template)
    if members.keys() != {f"arrays/{place}.npy" for place in range(len(leaves))}:
        raise DataError(f"{path} has {len(members)} arrays, and this training has {len(leaves)}. Remove it.")
    return jax.tree.unflatten(structure, [_leaf(members, place, leaf, path) for place, leaf in enumerate(leaves)])


def _leaf(members: Mapping[str, bytes], place: int, leaf: Any, path: Path) -> Any:
    array = array_of(members[f"arrays/{place}.npy"], f"{path}: array {place}")
    dtype = np.dtype(jnp.asarray(leaf).dtype)
    array = array.view(dtype) if dtype.kind == "V" and array.dtype.itemsize == dtype.itemsize else array
    if array.shape != np.shape(leaf) or array.dtype != dtype:
        raise DataError(
            f"{path}: array {place} is {array.dtype} {array.shape}, and this training's is {dtype} {np.shape(leaf)}. Remove it."
        )
    return jnp.asarray(array)
