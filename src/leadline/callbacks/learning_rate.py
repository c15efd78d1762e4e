"""Callbacks that set the learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from leadline.callbacks.callback import Callback, Decision, Logs
from leadline.callbacks.plateau import Plateau
from leadline.errors import ArgumentError

__all__ = ["LearningRateScheduler", "ReduceLROnPlateau"]


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
