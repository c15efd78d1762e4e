"""The order in which training sees the examples: a pure function of (seed, epoch)."""

from __future__ import annotations

import numpy as np

from leadline import seeds
from leadline.types import NumpyArray

__all__ = ["epoch_order", "padded"]


def epoch_order(rows: NumpyArray, positions: int, batch_size: int, *, seed: int, epoch: int, shuffle: bool = True) -> NumpyArray:
    """Which row stands at each place of each batch of one epoch.

    The rows come in a random order, each once before any comes again. With fewer rows than positions they come again, in a new
    order, so that trainings on different numbers of rows take the same number of steps.

    Args:
        rows: The rows to train on, `(m,)` integers.
        positions: How many examples make an epoch; `m` for an ordinary one.
        batch_size: Examples a step.
        seed: The seed of the order.
        epoch: Which epoch, from 0.
        shuffle: False for the rows as they stand, each epoch the same.

    Returns:
        `(steps, batch_size)` int32; the places after `positions` in the last batch hold a row that is not to be counted.

    Examples:
        >>> epoch_order(np.arange(5), 5, 2, seed=0, epoch=0, shuffle=False).tolist()
        [[0, 1], [2, 3], [4, 0]]
    """
    steps = -(-positions // batch_size)
    passes = -(-positions // len(rows))
    generator = seeds.generator(seed, "order", epoch)
    once = [generator.permutation(rows) if shuffle else rows for _ in range(passes)]
    order = np.zeros(steps * batch_size, np.int32)
    order[:positions] = np.concatenate(once)[:positions] if passes > 1 else once[0][:positions]
    if positions < len(order):
        order[positions:] = order[0]
    return order.reshape(steps, batch_size)


def padded(array: NumpyArray, batch_size: int) -> NumpyArray:
    """The array cut into batches, the last filled up with its first row: `(steps, batch_size, …)`.

    Args:
        array: `(m, …)`, `m` at least 1.
        batch_size: Examples a batch.

    Examples:
        >>> padded(np.arange(3), 2).tolist()
        [[0, 1], [2, 0]]
    """
    missing = -len(array) % batch_size
    whole = np.concatenate([array, np.repeat(array[:1], missing, axis=0)]) if missing else array
    return whole.reshape(-1, batch_size, *array.shape[1:])
