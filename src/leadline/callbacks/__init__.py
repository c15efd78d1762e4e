"""What may decide during training: callbacks see the record of an epoch and answer with a decision.

A callback never holds the model. What it has to remember from one epoch to the next it returns as plain data, so that one
callback object serves any number of trainings, and a training that is resumed finds its callbacks where they were.
"""

from __future__ import annotations

from typing import Any

from leadline.callbacks.callback import Callback, Decision, LambdaCallback
from leadline.callbacks.csv_logger import CSVLogger
from leadline.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from leadline.callbacks.stopping import EarlyStopping, TerminateOnNaN
from leadline.errors import ArgumentError

__all__ = ["CSVLogger", "Callback", "Decision", "EarlyStopping", "LambdaCallback", "LearningRateScheduler", "ReduceLROnPlateau"]
__all__ += ["TerminateOnNaN", "get"]


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
