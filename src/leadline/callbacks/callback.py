"""What a callback is: it sees the record of an epoch and answers with a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

__all__ = ["Callback", "Decision", "LambdaCallback", "Logs"]

Logs = Mapping[str, float]
"""Names to the numbers of an epoch."""


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

    def on_resume(self, epoch: int, memory: Any) -> Decision | None:
        """Before training goes on from a checkpoint, after `epoch` epochs, with what it remembered then."""

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
