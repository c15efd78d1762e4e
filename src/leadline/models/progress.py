"""What `fit` shows while it trains."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from leadline.callbacks import Callback, Decision
from leadline.errors import ArgumentError

__all__ = ["Progress"]


@dataclass(frozen=True)
class Progress(Callback):
    """A bar, or a line an epoch, on standard error.

    It remembers how many epochs were done when it began.

    Args:
        epochs: The number of the last epoch.
        lines: A line an epoch instead of the bar.
        initial_epoch: Epochs that were taken as done.
    """

    epochs: int
    lines: bool = False
    initial_epoch: int = 0
    began: float = field(default_factory=time.perf_counter)

    decides: ClassVar[bool] = False

    @classmethod
    def for_verbosity(cls, verbose: str | int, epochs: int, initial_epoch: int) -> tuple[Progress, ...]:
        """The progress for Keras's `verbose`: nothing for 0, a bar for 1, lines for 2; "auto" is a bar on a terminal only.

        Raises:
            ArgumentError: It is none of these.
        """
        if verbose not in (0, 1, 2, "auto"):
            raise ArgumentError(f"'verbose' must be 0, 1, 2 or 'auto'. Got {verbose!r}.")
        level = int(sys.stderr.isatty()) if verbose == "auto" else verbose
        return (cls(epochs, level == 2, initial_epoch),) if level else ()

    def on_train_begin(self, epochs: int) -> Decision:
        """Begins at the beginning."""
        del epochs
        return Decision(memory=self.initial_epoch)

    def on_resume(self, epoch: int, memory: Any) -> Decision:
        """Begins where training goes on."""
        del memory
        return Decision(memory=epoch)

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float], memory: Any) -> None:
        """Shows the epoch."""
        numbers = "  ".join(
            f"{name} {value:.4g}" for name, value in logs.items() if name not in ("cost", "penalty", "learning_rate")
        )
        if self.lines:
            print(f"Epoch {epoch + 1}/{self.epochs}  {numbers}", file=sys.stderr)
            return
        done, total = epoch + 1 - memory, self.epochs - memory
        left = (time.perf_counter() - self.began) / done * (total - done)
        bar = "━" * round(20 * done / total)
        print(
            f"\r\033[KEpoch {epoch + 1}/{self.epochs} {bar:<20} {left:.0f} s left  {numbers}", end="", file=sys.stderr, flush=True
        )

    def on_train_end(self, logs: Mapping[str, float], memory: Any) -> None:
        """Ends the bar's line."""
        del logs, memory
        if not self.lines:
            print(file=sys.stderr)
