"""One seed, many independent named streams of random numbers.

The stream "weights" of seed 3 has nothing to do with its stream "order" or with seed 4, and asking for one never moves another:
a random number depends on (seed, name, index) alone, not on what was drawn before.
"""

from __future__ import annotations

import zlib

import jax
import numpy as np

from leadline.types import Key

__all__ = ["generator", "stream"]


def stream(seed: int | jax.Array, name: str) -> Key:
    """The key of a named stream, for random numbers drawn by JAX.

    Args:
        seed: The seed; may be traced.
        name: What the numbers are for ("weights", "dropout").

    Examples:
        >>> bool((jax.random.key_data(stream(0, "weights")) == jax.random.key_data(stream(0, "dropout"))).all())
        False
    """
    return jax.random.fold_in(jax.random.key(seed), zlib.crc32(name.encode()))


def generator(seed: int, name: str, index: int = 0) -> np.random.Generator:
    """The NumPy generator of a named stream, for random numbers drawn on the host (splits, orders, bootstrap).

    Args:
        seed: The seed, not negative.
        name: What the numbers are for.
        index: A further number, such as the epoch.

    Examples:
        >>> first = generator(0, "order", 5).permutation(4)
        >>> bool((first == generator(0, "order", 5).permutation(4)).all())
        True
    """
    return np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, zlib.crc32(name.encode()), index])))
