"""An Equinox module."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import equinox
import jax
import jax.numpy as jnp

from leadline.adapters.foreign import Adapter
from leadline.errors import ArgumentError
from leadline.types import Array, Key

__all__ = ["EquinoxModule"]


class EquinoxModule(Adapter):
    """An Equinox module, which reads one example, mapped over the batch: its floating arrays are trained.

    Args:
        module: The module. Where its `__call__` has `key`, each example gets one of its own.
        make: A new module from a key; without it a population begins with the arrays that the module has.

    Raises:
        ArgumentError: The module keeps state (`eqx.nn.BatchNorm`), which is not supported.
    """

    mixes_examples = False

    def __init__(self, module: Any, make: Callable[[Key], Any] | None = None) -> None:
        is_index = lambda leaf: isinstance(leaf, equinox.nn.StateIndex)  # noqa: E731
        if any(map(is_index, jax.tree.leaves(module, is_leaf=is_index))):
            raise ArgumentError(
                f"{type(module).__name__} takes and gives a state, which the adapter does not carry. "
                "Use a layer without state, such as eqx.nn.LayerNorm, or write init and apply: wrap((init, apply), input_shape)."
            )
        self.module, self._make = module, make
        self.is_random = "key" in inspect.signature(type(module).__call__).parameters

    def init(self, key: Key, x: Array) -> tuple[Any, Any]:
        """The arrays of a new module, or those of this one."""
        del x
        return self.own() if self._make is None else (equinox.filter(self._make(key), equinox.is_inexact_array), {})

    def own(self) -> tuple[Any, Any]:
        """The arrays of the module."""
        return jax.tree.map(jnp.array, equinox.filter(self.module, equinox.is_inexact_array)), {}

    def apply(self, params: Any, state: Any, x: Any, training: bool, key: Key | None) -> tuple[Any, Any]:
        """The module's output for each example."""
        module = equinox.nn.inference_mode(self.restore(params, state), not training)
        if not self.is_random:
            return jax.vmap(module)(x), state
        keys = jax.random.split(jax.random.key(0) if key is None else key, len(x))  # in prediction nothing depends on it
        return jax.vmap(lambda one, own: module(one, key=own))(x, keys), state

    def restore(self, params: Any, state: Any) -> Any:
        """A module of the same structure, with these arrays."""
        del state
        return equinox.combine(params, equinox.filter(self.module, equinox.is_inexact_array, inverse=True))
