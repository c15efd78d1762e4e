"""Waiting for a number to get better."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from leadline.callbacks.callback import Callback, Logs
from leadline.errors import ArgumentError

__all__ = ["Plateau"]


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
