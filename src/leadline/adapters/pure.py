"""A network that is a pair of pure functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from leadline.adapters.foreign import Adapter, keywords
from leadline.types import Array, Key

__all__ = ["Pure"]


class Pure(Adapter):
    """`init(key, x) -> params` and `apply(params, x) -> output`, both pure.

    `apply` is given `key=` and one of `training=`, `train=`, `deterministic=` where its signature has them; the key is None in
    prediction.

    Args:
        init: Trained arrays, from a key and a batch of one example.
        apply: The output for a batch.

    Examples:
        >>> import jax
        >>> adapter = Pure(lambda key, x: jax.random.normal(key, (x.shape[1], 3)), lambda kernel, x: x @ kernel)
        >>> params, state = adapter.init(jax.random.key(0), jax.numpy.ones((1, 4)))
        >>> adapter.apply(params, state, jax.numpy.ones((5, 4)), False, None)[0].shape
        (5, 3)
    """

    def __init__(self, init: Callable[..., Any], apply: Callable[..., Any]) -> None:
        self._init, self._apply = init, apply
        self.is_random = "key" in inspect.signature(apply).parameters

    def init(self, key: Key, x: Array) -> tuple[Any, Any]:
        """What the function gives."""
        return self._init(key, x), {}

    def apply(self, params: Any, state: Any, x: Any, training: bool, key: Key | None) -> tuple[Any, Any]:
        """What the function gives."""
        told = keywords(self._apply, training) | ({"key": key} if self.is_random else {})
        return self._apply(params, x, **told), state

    def restore(self, params: Any, state: Any) -> Any:
        """The trained arrays."""
        del state
        return params
