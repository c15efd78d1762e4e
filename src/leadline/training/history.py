"""What a training leaves behind: one record an epoch."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["History"]


@dataclass(frozen=True)
class History:
    """The records of a fit.

    Attributes:
        epoch: The numbers of the epochs, from 0 (or from `initial_epoch`).
        history: Names to one number an epoch. `loss` is the data's cost plus the penalty, as in Keras; `cost` and `penalty` are
            its two parts; beside them the metrics, all as running means over the epoch. With `val_` before the name: the same of
            the validation data at the end of the epoch.
        messages: What callbacks had to say.
    """

    epoch: list[int] = field(default_factory=list)
    history: dict[str, list[float]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)

    def add(self, epoch: int, record: dict[str, float]) -> None:
        """Appends the record of an epoch."""
        self.epoch.append(epoch)
        for name, value in record.items():
            self.history.setdefault(name, []).append(value)

    def __repr__(self) -> str:
        """How many epochs, and the last one: a prompt shows what `fit` gives, and all of its numbers would flood it."""
        last = (f"{name}={values[-1]:.4g}" for name, values in self.history.items() if values)
        return f"History({', '.join([f'epochs={len(self.epoch)}', *last])})"
