"""Callbacks that end a training."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, ClassVar

from leadline.callbacks.callback import Callback, Decision, Logs
from leadline.callbacks.plateau import Plateau

__all__ = ["EarlyStopping", "TerminateOnNaN"]


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
class TerminateOnNaN(Callback):
    """Ends training when the loss is NaN or infinite, which `fit` does without it too.

    `fit` stops within the epoch, at the first step whose cost or weights are not finite, and raises `NonFiniteError` with the
    records and the weights of the last good epoch. Keras, without `raise_error`, returns with the broken weights instead. So in
    `fit` this callback has nothing left to do, and is there for programs that pass it.

    Args:
        raise_error: As Keras has it; here an error is raised in either case.

    Examples:
        >>> TerminateOnNaN().on_epoch_end(4, {"loss": math.nan}, None).stop
        True
    """

    raise_error: bool = False

    decides: ClassVar[bool] = False

    def on_epoch_end(self, epoch: int, logs: Logs, memory: Any) -> Decision:
        """Stops if the loss is not finite."""
        del memory
        loss = logs.get("loss", 0.0)
        if math.isfinite(loss):
            return Decision()
        return Decision(stop=True, message=f"Epoch {epoch + 1}: the loss is {loss}; training ends.")
