"""Data sets that are made, for workloads whose speed does not depend on what the numbers are."""

from __future__ import annotations

import math

import numpy as np
from tasks import Data

__all__ = ["classes"]


def classes(rows: int, shape: tuple[int, ...], count: int, seed: int = 0) -> Data:
    """Normal numbers, float32, and the class that a random linear function gives each example, so that there is much to learn."""
    random = np.random.default_rng(seed)
    X = random.standard_normal((rows, *shape), np.float32)
    directions = random.standard_normal((math.prod(shape), count), np.float32)
    return {"X": X, "y": (X.reshape(rows, -1) @ directions).argmax(axis=1).astype(np.int32)}
