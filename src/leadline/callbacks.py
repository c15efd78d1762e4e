"""What may decide during training: callbacks see the record of an epoch and answer with a decision.

A callback never holds the model. What it has to remember from one epoch to the next it returns as plain data, so that one
callback object serves any number of trainings, and a training that is resumed finds its callbacks where they were.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from leadline.errors import ArgumentError

__all__ = ["Callback", "Decision", "EarlyStopping", "LambdaCallback", "LearningRateScheduler", "ReduceLROnPlateau", "get"]

Logs = Mapping[str, float]


@dataclass(frozen=True)
class Decision:
    """What a callback answers.

    Args:
        memory: What it wants to be handed at the next call; None keeps what it had.
        stop: End training after this epoch.
        learning_rate: The rate from now on.
        keep: Remember the weights as they are now, as the best so far.
        restore: When training ends, put the kept weights back.
        message: A line for the reader.
    """

    memory: Any = None
    stop: bool = False
    learning_rate: float | None = None
    keep: bool = False
    restore: bool = False
    message: str | None = None


class Callback:
    """Base of all callbacks; each method may return a `Decision` or None.

    Examples:
        >>> class StopBelow(Callback):
        ...     def on_epoch_end(self, epoch, logs, memory):
        ...         return Decision(stop=logs["loss"] < 0.1)
    """

    decides: ClassVar[bool] = True
    """Whether the next epoch must wait for it. One that only watches may be called for several finished epochs at once."""
    sets_learning_rate: ClassVar[bool] = False
    """Whether the history shows the learning rate because of it."""

    def on_train_begin(self, epochs: int) -> Decision | None:
        """Before the first epoch; `epochs` is the number of the last one."""

    def on_epoch_begin(self, epoch: int, logs: Logs, memory: Any) -> Decision | None:
        """Before an epoch; `logs` has the learning rate, where the optimizer has one number for it."""

    def on_epoch_end(self, epoch: int, logs: Logs, memory: Any) -> Decision | None:
        """After an epoch; `logs` has its record and the learning rate."""

    def on_train_end(self, logs: Logs, memory: Any) -> Decision | None:
        """After the last epoch; `logs` has its record."""


class LambdaCallback(Callback):
    """A callback made of functions; each may return a `Decision`, and anything else is ignored.

    Args:
        on_epoch_begin: Called with (epoch, logs).
        on_epoch_end: Called with (epoch, logs).
        on_train_begin: Called with (logs), empty.
        on_train_end: Called with (logs).
    """

    def __init__(
        self,
        on_epoch_begin: Callable[[int, Logs], Any] | None = None,
        on_epoch_end: Callable[[int, Logs], Any] | None = None,
        on_train_begin: Callable[[Logs], Any] | None = None,
        on_train_end: Callable[[Logs], Any] | None = None,
    ) -> None:
        self.functions = (on_epoch_begin, on_epoch_end, on_train_begin, on_train_end)

    def on_epoch_begin(self, epoch: int, logs: Logs, memory: Any) -> Decision | None:
        """Calls its function."""
        del memory
        return _decision(self.functions[0], epoch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs, memory: Any) -> Decision | None:
        """Calls its function."""
        del memory
        return _decision(self.functions[1], epoch, logs)

    def on_train_begin(self, epochs: int) -> Decision | None:
        """Calls its function."""
        del epochs
        return _decision(self.functions[2], {})

    def on_train_end(self, logs: Logs, memory: Any) -> Decision | None:
        """Calls its function."""
        del memory
        return _decision(self.functions[3], logs)


def _decision(function: Callable[..., Any] | None, *arguments: Any) -> Decision | None:
    answer = function(*arguments) if function is not None else None
    return answer if isinstance(answer, Decision) else None


@dataclass(frozen=True)
class Plateau(Callback):
    """A callback that waits for a number to get better, and does something when it has waited long enough.

    Args:
        monitor: The record watched.
        min_delta: How much better counts as better.
        patience: How many epochs without it are waited for.
        mode: "min", "max", or "auto": more is better for accuracy, precision, recall and AUC, less for the rest.
        verbose: 1 to say what it did.
    """

    monitor: str = "val_loss"
    min_delta: float = field(default=0.0, kw_only=True)
    patience: int = field(default=0, kw_only=True)
    mode: str = field(default="auto", kw_only=True)
    verbose: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        if self.mode not in ("auto", "min", "max"):
            raise ArgumentError(f"The 'mode' of {type(self).__name__} must be 'auto', 'min' or 'max'. Got {self.mode!r}.")
        if self.patience < 0:
            raise ArgumentError(f"The 'patience' of {type(self).__name__} must not be negative. Got {self.patience!r}.")

    def better(self, value: float, best: float) -> bool:
        """Whether a value is better than the best so far by more than `min_delta`."""
        more = self.mode == "max" or (
            self.mode == "auto" and self.monitor.endswith(("acc", "accuracy", "auc", "precision", "recall"))
        )
        gain = value - best if more else best - value
        return not math.isfinite(best) or gain > abs(self.min_delta)

    def watched(self, logs: Logs) -> float:
        """The monitored number of an epoch.

        Raises:
            ArgumentError: The record has no such number.
        """
        if self.monitor not in logs:
            raise ArgumentError(
                f"{type(self).__name__} monitors {self.monitor!r}, which this training does not record. "
                f"It records: {', '.join(sorted(logs))}. Monitor one of these, or pass validation data to fit."
            )
        return logs[self.monitor]


@dataclass(frozen=True)
class EarlyStopping(Plateau):
    """Ends training when a number has not become better for `patience` epochs.

    Args:
        monitor: The record watched.
        min_delta: How much better counts as better.
        patience: How many epochs without it are waited for.
        mode: "min", "max" or "auto".
        verbose: 1 to say what it did.
        baseline: A value that must be bettered too before patience begins anew.
        restore_best_weights: Whether the model ends with the weights of its best epoch.
        start_from_epoch: Epochs at the beginning that are not watched.
    """

    baseline: float | None = field(default=None, kw_only=True)
    restore_best_weights: bool = field(default=False, kw_only=True)
    start_from_epoch: int = field(default=0, kw_only=True)

    def on_train_begin(self, epochs: int) -> Decision:
        """Forgets any former training."""
        del epochs
        return Decision(memory={"best": math.nan, "wait": 0, "best_epoch": -1})

    def on_epoch_end(self, epoch: int, logs: Logs, memory: Any) -> Decision:
        """Counts the epochs since the best one."""
        value, waited = self.watched(logs), memory["wait"] + 1
        if epoch < self.start_from_epoch:
            return Decision()
        if self.better(value, memory["best"]):
            begins_anew = self.baseline is None or self.better(value, self.baseline)
            best = {"best": value, "wait": 0 if begins_anew else waited, "best_epoch": epoch}
            return Decision(memory=best, keep=self.restore_best_weights)
        stop = waited >= self.patience and epoch > 0
        message = f"Epoch {epoch + 1}: early stopping; {self.monitor} was best in epoch {memory['best_epoch'] + 1}."
        return Decision(memory={**memory, "wait": waited}, stop=stop, message=message if stop and self.verbose else None)

    def on_train_end(self, logs: Logs, memory: Any) -> Decision:
        """Asks for the best weights back, where that was wanted."""
        del logs, memory
        return Decision(restore=self.restore_best_weights)


@dataclass(frozen=True)
class ReduceLROnPlateau(Plateau):
    """Multiplies the learning rate by `factor` when a number has not become better for `patience` epochs.

    Args:
        monitor: The record watched.
        min_delta: How much better counts as better.
        patience: How many epochs without it are waited for.
        mode: "min", "max" or "auto".
        verbose: 1 to say what it did.
        factor: What the rate is multiplied with, below 1.
        cooldown: Epochs after a reduction in which none is counted.
        min_lr: The rate does not go below this.

    Raises:
        ArgumentError: `factor` is not below 1.
    """

    min_delta: float = field(default=1e-4, kw_only=True)
    patience: int = field(default=10, kw_only=True)
    factor: float = field(default=0.1, kw_only=True)
    cooldown: int = field(default=0, kw_only=True)
    min_lr: float = field(default=0.0, kw_only=True)

    sets_learning_rate: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.factor < 1:
            raise ArgumentError(f"The 'factor' of ReduceLROnPlateau must be below 1. Got {self.factor!r}.")

    def on_train_begin(self, epochs: int) -> Decision:
        """Forgets any former training."""
        del epochs
        return Decision(memory={"best": math.nan, "wait": 0, "cooldown": 0})

    def on_epoch_end(self, epoch: int, logs: Logs, memory: Any) -> Decision:
        """Counts the epochs since the best one, and lowers the rate when they are enough."""
        value, cooldown = self.watched(logs), max(memory["cooldown"] - 1, 0)
        waited = 0 if memory["cooldown"] else memory["wait"]
        if self.better(value, memory["best"]):
            return Decision(memory={"best": value, "wait": 0, "cooldown": cooldown})
        waited += not cooldown
        rate = _rate(self, logs)
        # The rate is read back from float32, in which the least rate may lie a little above its own number.
        if cooldown or waited < self.patience or rate <= self.min_lr * (1 + 1e-6):
            return Decision(memory={**memory, "wait": waited, "cooldown": cooldown})
        rate = max(rate * self.factor, self.min_lr)
        message = f"Epoch {epoch + 1}: learning rate {rate:g}, as {self.monitor} no longer improves." if self.verbose else None
        return Decision(memory={**memory, "wait": 0, "cooldown": self.cooldown}, learning_rate=rate, message=message)


@dataclass(frozen=True)
class LearningRateScheduler(Callback):
    """Sets the learning rate before each epoch.

    Args:
        schedule: Called with (epoch, learning rate), gives the new rate.

    Raises:
        ArgumentError: In training: the schedule gives no number, or the optimizer has no single number for its rate.
    """

    schedule: Callable[[int, float], float] = field()

    sets_learning_rate: ClassVar[bool] = True

    def on_epoch_begin(self, epoch: int, logs: Logs, memory: Any) -> Decision:
        """Asks the schedule."""
        del memory
        rate = self.schedule(epoch, _rate(self, logs))
        try:
            return Decision(learning_rate=float(rate))
        except TypeError:
            raise ArgumentError(f"The schedule of LearningRateScheduler must give a number. Got {rate!r}.") from None


def _rate(callback: Callback, logs: Logs) -> float:
    """The learning rate of an epoch."""
    if "learning_rate" not in logs:
        raise ArgumentError(
            f"{type(callback).__name__} changes the learning rate, and this optimizer has no single number for it. "
            "Compile with a leadline optimizer whose learning_rate is a number."
        )
    return logs["learning_rate"]


def get(identifier: Any) -> Callback:
    """A callback from a callback, or from a function of (epoch, logs) that is called after each epoch.

    Raises:
        ArgumentError: It is neither.
    """
    if isinstance(identifier, Callback):
        return identifier
    if callable(identifier) and not isinstance(identifier, type):
        return LambdaCallback(on_epoch_end=identifier)
    raise ArgumentError(f"A callback is a leadline.callbacks.Callback or a function of (epoch, logs). Got {identifier!r}.")
