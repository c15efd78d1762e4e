"""A Flax linen module."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from leadline.adapters.foreign import Adapter, keywords
from leadline.types import Array, Key

__all__ = ["LinenModule"]


class LinenModule(Adapter):
    """A linen module through `init` and `apply`: `params` are trained, other collections are state.

    Args:
        module: The module; `module.bind(variables)` for one that has arrays already. Where its `__call__` has `train`,
            `training` or `deterministic`, it is told which it is. It draws from the streams "dropout" and "noise".
    """

    def __init__(self, module: Any) -> None:
        self.module, variables = (module, None) if module.scope is None else module.unbind()
        self._own = None if variables is None else _parted(variables)

    def init(self, key: Key, x: Array) -> tuple[Any, Any]:
        """The module's variables."""
        told = keywords(type(self.module).__call__, training=False)
        return _parted(self.module.init(_streams(key), x, **told))

    def own(self) -> tuple[Any, Any] | None:
        """The variables that the module is bound to, if it is."""
        copied: tuple[Any, Any] | None = jax.tree.map(jnp.array, self._own)
        return copied

    def apply(self, params: Any, state: Any, x: Any, training: bool, key: Key | None) -> tuple[Any, Any]:
        """The module's output; in training its other collections change."""
        told = keywords(type(self.module).__call__, training)
        variables, rngs = {"params": params, **state}, _streams(key) if key is not None else {}
        if not training or not state:
            return self.module.apply(variables, x, rngs=rngs, **told), state
        output, changed = self.module.apply(variables, x, rngs=rngs, mutable=list(state), **told)
        return output, {**state, **changed}

    def restore(self, params: Any, state: Any) -> Any:
        """The variables, as `module.apply` takes them."""
        return {"params": params, **state}


def _parted(variables: Any) -> tuple[Any, Any]:
    others = dict(variables)
    return others.pop("params", {}), others


def _streams(key: Key) -> dict[str, Key]:
    names = ("params", "dropout", "noise")
    return {name: jax.random.fold_in(key, place) for place, name in enumerate(names)}
