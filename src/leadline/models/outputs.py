"""A network's outputs for many rows, block by block, with few compiled programs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from leadline.native import forward as native
from leadline.network import Network
from leadline.types import Params, State

__all__ = ["Forward"]


class Forward:
    """A network and its arrays as one function of inputs.

    They are taken apart once here, not at every call: of a small network that is most of what one row costs.

    Args:
        network: The network.
        params: Its trained arrays.
        state: Its other arrays.

    Examples:
        >>> import leadline as ll
        >>> network = ll.Sequential([ll.Input((2,)), ll.layers.Dense(3)]).network
        >>> forward = Forward(network, *network.init(jax.random.key(0)))
        >>> forward(np.ones((5, 2), np.float32), block=2).shape
        (5, 3)
    """

    def __init__(self, network: Network, params: Params, state: State) -> None:
        leaves, form = jax.tree.flatten((network, params, state))
        self._program, self._leaves = _program(form), tuple(leaves)

    def __call__(self, X: Any, block: int) -> Any:
        """What the network gives for every row, on the host: `(m, …)`, or a tuple of them.

        Args:
            X: Inputs, `(m, …)`; a tuple of them where it has several.
            block: Rows at once.
        """
        rows = len(X[0] if isinstance(X, tuple) else X)
        if rows <= block:
            return self._of_block(X, rows)
        starts = range(0, rows, block)
        each = [self._of_block(jax.tree.map(lambda a, i=i: a[i : i + block], X), min(block, rows - i)) for i in starts]
        return jax.tree.map(lambda *arrays: np.concatenate(arrays), *each)

    def _of_block(self, X: Any, count: int) -> Any:
        # Filled up to a power of two, so that a few compiled programs serve inputs of any length.
        rows = 1 << (count - 1).bit_length()
        if rows > count:
            X = jax.tree.map(lambda a: np.concatenate([a, np.zeros((rows - count, *a.shape[1:]), a.dtype)]), X)
        given = self._program(self._leaves, X)
        if isinstance(given, tuple):
            return tuple(np.asarray(one)[:count] for one in given)
        return np.asarray(given)[:count]


@functools.lru_cache(maxsize=256)
def _program(form: Any) -> Callable[[tuple[Any, ...], Any], Any]:
    """The compiled network of that form: one program for all networks whose numbers alone differ."""

    def apply(leaves: tuple[Any, ...], X: Any) -> Any:
        network, params, state = form.unflatten(leaves)
        in_one = native.outputs(network, params, X)
        return network.apply(params, state, X)[0] if in_one is None else in_one

    return jax.jit(apply)
