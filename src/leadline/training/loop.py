"""One training from the host's side: epochs in calls of the compiled program, and callbacks between them."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from os import PathLike
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leadline import seeds
from leadline.callbacks import Callback, Decision
from leadline.data.batches import epoch_order
from leadline.errors import ArgumentError, NonFiniteError
from leadline.schedules import Schedule
from leadline.training.breakage import broken_in
from leadline.training.checkpoint import Checkpoint, Snapshot, latest, written
from leadline.training.history import History
from leadline.training.identity import identity
from leadline.training.program import Epochs, run_epochs
from leadline.training.state import Examples, Recipe, TrainState, finalised, numeric
from leadline.types import Params, State, default_float

__all__ = ["Plan", "epochs_a_call", "fit"]

_SECONDS_A_CALL = 0.25  # a progress bar moves and Ctrl-C is heard about this often


@dataclass(frozen=True)
class Plan:
    """How long and in what order a training runs.

    Args:
        epochs: The number of the last epoch, counted from 1 (so, without `initial_epoch`, how many).
        batch_size: Examples a step.
        seed: Decides the order of examples and what layers draw.
        shuffle: Whether each epoch has an order of its own; otherwise the rows come as they stand.
        initial_epoch: Epochs that are taken as done.
    """

    epochs: int
    batch_size: int = 32
    seed: int = 0
    shuffle: bool = True
    initial_epoch: int = 0


def epochs_a_call(positions: int) -> int:
    """The most epochs in one call: 64, fewer where their orders would take over 4 MB.

    Args:
        positions: Examples an epoch.
    """
    return max(1, min(64, 1_000_000 // positions))


def fit(
    recipe: Recipe,
    start: TrainState,
    data: Examples,
    plan: Plan,
    *,
    callbacks: Sequence[Callback] = (),
    validation: Examples | None = None,
    checkpoint: Checkpoint | str | PathLike[str] | None = None,
    resume: str | PathLike[str] | None = None,
) -> tuple[TrainState, History]:
    """Trains from a state to the end of the plan, or until a callback says stop.

    Args:
        recipe: What is trained, and how.
        start: Where training stands; its arrays are copied, and stay usable.
        data: The training examples.
        plan: How long and in what order.
        callbacks: Who is asked between epochs.
        validation: Batches to evaluate after each epoch, as `program.train` takes them.
        checkpoint: When and where to write how far it is; a folder alone for the usual times.
        resume: The folder of checkpoints to go on from; where it has none, training begins at the start.

    Returns:
        The last state (or the best, where a callback asked for it), and the records.

    Raises:
        NonFiniteError: The cost, a weight or another array became NaN or infinite, and is named; its `state` is the last
            finite one, `history` the records.
        ArgumentError: The checkpoint to go on from is of another training.
        DataError: A checkpoint cannot be written, or none of those that are there can be read.
    """
    run = _Run(numeric(recipe), jax.tree.map(jnp.copy, start), plan, tuple(callbacks), data, validation)
    disk = None if checkpoint is None and resume is None else _Disk.of(run, checkpoint)
    first = epoch = run.begin(None if resume is None or disk is None else latest(resume, disk.identity, start))
    count, most = 1, 1 if any(callback.decides for callback in callbacks) else epochs_a_call(data.rows)
    while epoch < plan.epochs and not run.stopped:
        run.ask("on_epoch_begin", epoch, run.rate_log())
        began = time.perf_counter()
        epoch += run.advance(epoch, count)
        spare = _SECONDS_A_CALL / max(time.perf_counter() - began, 1e-6) * count
        room = plan.epochs - epoch if disk is None else disk.keep(run, epoch)
        count = int(max(1, min(most, plan.epochs - epoch, room, spare if epoch > first + 1 else 1)))
    run.state = finalised(run.recipe, run.state)
    run.ask("on_train_end", run.logs)
    return run.result(), run.history


@dataclass
class _Disk:
    """The checkpoints of one fit."""

    checkpoint: Checkpoint | None
    identity: Mapping[str, Any]
    last: float

    @classmethod
    def of(cls, run: _Run, checkpoint: Checkpoint | str | PathLike[str] | None) -> _Disk:
        settings = {name: value for name, value in asdict(run.plan).items() if name != "epochs"}
        plan = checkpoint if checkpoint is None or isinstance(checkpoint, Checkpoint) else Checkpoint(checkpoint)
        return cls(plan, identity(run.recipe, run.data, run.validation, settings, run.callbacks), time.monotonic())

    def keep(self, run: _Run, epoch: int) -> float:
        """Writes a checkpoint where one is due, and says how many epochs may pass before the next."""
        plan = self.checkpoint
        if plan is None:
            return np.inf
        if plan.is_due(epoch, self.last) or run.stopped or epoch >= run.plan.epochs:
            written(run.snapshot(epoch), plan, self.identity)
            self.last = time.monotonic()
        return plan.room(epoch)


@dataclass
class _Run:
    """The moving parts of one fit."""

    recipe: Recipe
    state: TrainState
    plan: Plan
    callbacks: tuple[Callback, ...]
    data: Examples
    validation: Examples | None
    history: History = field(default_factory=History)
    memories: dict[int, Any] = field(default_factory=dict)
    logs: dict[str, float] = field(default_factory=dict)
    kept: tuple[Params, State] | None = None
    stopped: bool = False
    restores: bool = False

    def begin(self, found: Snapshot | None) -> int:
        """Begins, or goes on from where a checkpoint stands, and says how many epochs are done."""
        if found is None:
            self.ask("on_train_begin", self.plan.epochs)
            return self.plan.initial_epoch
        if found.epoch > self.plan.epochs:
            raise ArgumentError(f"The checkpoint is {found.epoch} epochs far. Give at least as many. Got {self.plan.epochs}.")
        self.state, self.kept, self.history, self.stopped = found.state, found.kept, found.history, found.stopped
        self.logs = dict(found.logs)
        if found.learning_rate is not None:
            self.set_rate(found.learning_rate)
        for index, callback in enumerate(self.callbacks):
            name, memory = found.memories.get(index, ("", None))
            if name == type(callback).__name__:
                self.memories[index] = memory
            elif isinstance(decision := callback.on_train_begin(self.plan.epochs), Decision):
                self.obey(index, decision)
        self.ask("on_resume", found.epoch)
        return found.epoch

    def snapshot(self, epoch: int) -> Snapshot:
        """Where it stands after `epoch` epochs."""
        memories = {index: (type(self.callbacks[index]).__name__, memory) for index, memory in self.memories.items()}
        rate = self.rate_log().get("learning_rate")
        return Snapshot(epoch, self.state, self.kept, self.history, memories, self.logs, rate, self.stopped)

    def advance(self, epoch: int, count: int) -> int:
        """Runs `count` epochs in one call, tells the callbacks of each, and says how many were done."""
        positions, plan = self.data.rows, self.plan
        most = epochs_a_call(positions)
        rows = np.arange(positions, dtype=np.int32)
        orders = [
            epoch_order(rows, positions, plan.batch_size, seed=plan.seed, epoch=e, shuffle=plan.shuffle)
            for e in range(epoch, epoch + count)
        ]
        order = np.zeros((most, *orders[0].shape), np.int32)
        order[:count] = orders
        key = seeds.stream(plan.seed, "training")
        arguments = (self.recipe, self.state, self.data, Epochs(order, np.int32(count)), positions, key, self.validation)
        self.state, report = run_epochs(*arguments)
        records, done, bad_step = jax.device_get(report)
        for i in range(int(done)):
            self.record(epoch + i, {name: float(values[i]) for name, values in records.items()})
        if bad_step >= 0:
            raise self.non_finite(epoch + int(done), int(bad_step))
        return int(done)

    def record(self, epoch: int, record: dict[str, float]) -> None:
        """Keeps an epoch's record, and tells the callbacks."""
        self.logs = record | self.rate_log()
        self.ask("on_epoch_end", epoch, self.logs)
        shows_rate = any(callback.sets_learning_rate for callback in self.callbacks)
        self.history.add(epoch, self.logs if shows_rate else record)

    def ask(self, moment: str, *arguments: Any) -> None:
        """Asks every callback, and does what it decides."""
        for index, callback in enumerate(self.callbacks):
            memory = () if moment == "on_train_begin" else (self.memories.get(index),)
            decision = getattr(callback, moment)(*arguments, *memory)
            if isinstance(decision, Decision):
                self.obey(index, decision)

    def obey(self, index: int, decision: Decision) -> None:
        if decision.memory is not None:
            self.memories[index] = decision.memory
        if decision.learning_rate is not None:
            self.set_rate(decision.learning_rate)
        if decision.keep:
            self.kept = jax.tree.map(jnp.copy, (self.state.params, self.state.state))
        if decision.message:
            self.history.messages.append(decision.message)
            print(decision.message, file=sys.stderr)
        self.stopped |= decision.stop
        self.restores |= decision.restore

    def set_rate(self, rate: float) -> None:
        optimizer = self.recipe.optimizer
        if not 0 <= rate < np.inf:
            raise ArgumentError(f"A callback set the learning rate to {rate!r}. It must be finite and not below 0.")
        if not self.rate_log():
            raise ArgumentError(
                f"A callback set the learning rate, and {type(optimizer).__name__} has no single number for it. "
                "Compile with a leadline optimizer whose learning_rate is a number."
            )
        changed = optimizer.replace(learning_rate=jnp.asarray(rate, default_float()))
        self.recipe = self.recipe.replace(optimizer=changed)

    def rate_log(self) -> dict[str, float]:
        """The learning rate, where the optimizer has one number for it."""
        rate = getattr(self.recipe.optimizer, "learning_rate", None)
        return {} if rate is None or isinstance(rate, Schedule) else {"learning_rate": float(rate)}

    def non_finite(self, epoch: int, step: int) -> NonFiniteError:
        plan, rows = self.plan, np.arange(self.data.rows, dtype=np.int32)
        order = epoch_order(rows, len(rows), plan.batch_size, seed=plan.seed, epoch=epoch, shuffle=plan.shuffle)
        key = seeds.stream(plan.seed, "training")
        found = broken_in(epoch, self.recipe, self.state, self.data, order, len(rows), key)
        step, what = (found.step, found.tensor) if found.step >= 0 else (step, "the cost or a weight")
        message = (
            f"Training stopped: in epoch {epoch + 1}, step {step + 1}, {what} became NaN or infinite. "
            "The weights are those after the last epoch that ended well. "
            "Usual causes: a learning rate that is too large, inputs that are not scaled, a NaN in the data."
        )
        return NonFiniteError(message, self.state, self.history)

    def result(self) -> TrainState:
        if self.restores and self.kept is not None:
            return self.state._replace(params=self.kept[0], state=self.kept[1])
        return self.state
