"""Keras on JAX: as it is set up, and with several steps in one call of its compiled function.

In a curve JAX keeps its programs on disk, which it does only if told to: a loop that builds a model for each fit need not compile
it again for each seed.
"""

from __future__ import annotations

import os
import tempfile

os.environ["KERAS_BACKEND"] = "jax"

from typing import Any

import jax
import keras_ways
from keras_ways import STEPS, builds, fit_way, predict, versions
from tasks import Data, Diagnosis, Fit, Learning, Sweep

__all__ = ["diagnosis", "fit", "learning", "predict", "sweep", "versions"]


def fit(task: Fit, data: Data) -> dict[str, Any]:
    """`fit`."""
    if not builds(task.network):
        return {}
    tuned = {f"steps_per_execution={steps}": fit_way(task, data, steps_per_execution=steps) for steps in (8, STEPS)}
    return {"default": fit_way(task, data)} | tuned


def keep_programs() -> None:
    """Has JAX keep its programs, for as long as the process runs."""
    if jax.config.jax_compilation_cache_dir is None:
        folder = tempfile.TemporaryDirectory()
        jax.config.update("jax_compilation_cache_dir", folder.name)
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
        HELD.append(folder)


HELD: list[tempfile.TemporaryDirectory[str]] = []


def sweep(task: Sweep, data: Data) -> dict[str, Any]:
    """A loop over λ and seeds."""
    keep_programs()
    return keras_ways.sweep(task, data)


def learning(task: Learning, data: Data) -> dict[str, Any]:
    """A loop over sizes and seeds."""
    keep_programs()
    return keras_ways.learning(task, data)


def diagnosis(task: Diagnosis, data: Data) -> dict[str, Any]:
    """Both loops."""
    keep_programs()
    return keras_ways.diagnosis(task, data)
