"""Keras on TensorFlow: as it is set up, with several steps in one call, and with those compiled by XLA."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from typing import Any

from keras_ways import STEPS, builds, diagnosis, fit_way, learning, predict, sweep, versions
from tasks import Data, Fit

__all__ = ["diagnosis", "fit", "learning", "predict", "sweep", "versions"]


def fit(task: Fit, data: Data) -> dict[str, Any]:
    """`fit`."""
    if not builds(task.network):
        return {}
    return {
        "default": fit_way(task, data),
        f"steps_per_execution={STEPS}": fit_way(task, data, steps_per_execution=STEPS),
        f"steps_per_execution={STEPS}, jit_compile": fit_way(task, data, steps_per_execution=STEPS, jit_compile=True),
    }
