"""A network's outputs for many rows, block by block, with few compiled programs."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np

from leadline.network import Network
from leadline.types import Params, State

__all__ = ["outputs"]

_apply = jax.jit(lambda network, params, state, X: network.apply(params, state, X)[0])


def outputs(network: Network, params: Params, state: State, X: Any, block: int) -> Any:
    """What the network gives for every row, on the host: `(m, …)`, or a tuple of them.

    Args:
        network: The network.
        params: Its trained arrays.
        state: Its other arrays.
        X: Inputs, `(m, …)`; a tuple of them where it has several.
        block: Rows at once.

    Examples:
        >>> import leadline as ll
        >>> network = ll.Sequential([ll.Input((2,)), ll.layers.Dense(3)]).network
        >>> params, state = network.init(jax.random.key(0))
        >>> outputs(network, params, state, np.ones((5, 2), np.float32), 2).shape
        (5, 3)
    """
    rows = len(jax.tree.leaves(X)[0])
    each = [
        _of_block(network, params, state, jax.tree.map(lambda array, i=i: array[i : i + block], X)) for i in range(0, rows, block)
    ]
    return each[0] if len(each) == 1 else jax.tree.map(lambda *arrays: np.concatenate(arrays), *each)


def _of_block(network: Network, params: Params, state: State, X: Any) -> Any:
    # Filled up to a power of two, so that a few compiled programs serve inputs of any length.
    count = len(jax.tree.leaves(X)[0])
    rows = 1 << (count - 1).bit_length()
    fill = lambda a: a if rows == count else np.concatenate([a, np.zeros((rows - count, *a.shape[1:]), a.dtype)])  # noqa: E731
    given = _apply(network, params, state, jax.tree.map(fill, X))
    return jax.tree.map(lambda array: np.asarray(array)[:count], given)
