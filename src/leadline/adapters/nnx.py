"""A Flax nnx module."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from leadline.adapters.foreign import Adapter, keywords
from leadline.types import Array, Key

__all__ = ["NnxModule"]


class NnxModule(Adapter):
    """An nnx module, taken apart into its graph and its arrays: `nnx.Param` are trained, the others are state.

    In training it is as after `module.train()`, in prediction as after `module.eval()`; the module itself is left as it is.

    Args:
        module: The module.
        make: A new module from `nnx.Rngs`; without it a population begins with the arrays that the module has.
    """

    def __init__(self, module: Any, make: Callable[[nnx.Rngs], Any] | None = None) -> None:
        self.module, self._make = module, make
        self._graphs: dict[bool, Any] = {}
        for training in (True, False):
            copy = nnx.clone(module)
            (copy.train if training else copy.eval)()
            self._graphs[training], params, self._rngs, state = _parts(copy)
        self._forms = (params, state)
        self.is_random = bool(jax.tree.leaves(self._rngs))

    def init(self, key: Key, x: Array) -> tuple[Any, Any]:
        """The arrays of a new module, or those of this one."""
        del x
        if self._make is None:
            return self.own()
        _, params, _, state = _parts(self._make(nnx.Rngs(key)))
        return nnx.to_pure_dict(params), nnx.to_pure_dict(state)

    def own(self) -> tuple[Any, Any]:
        """The arrays of the module."""
        params, state = (jax.tree.map(jnp.copy, nnx.to_pure_dict(form)) for form in self._forms)
        return params, state

    def apply(self, params: Any, state: Any, x: Any, training: bool, key: Key | None) -> tuple[Any, Any]:
        """The module's output; what it draws comes from the key."""
        rngs = self._rngs if key is None else _reseeded(self._rngs, key)
        params, state = self._filled(params, state)
        module = nnx.merge(self._graphs[training], params, rngs, state)
        output = module(x, **keywords(type(self.module).__call__, training))
        return output, nnx.to_pure_dict(_parts(module)[3])

    def restore(self, params: Any, state: Any) -> Any:
        """The module, with these arrays put into it."""
        nnx.update(self.module, *self._filled(params, state))
        return self.module

    def _filled(self, params: Any, state: Any) -> list[Any]:
        filled = [jax.tree.map(lambda leaf: leaf, form) for form in self._forms]  # a copy of the tree, not of its arrays
        for form, values in zip(filled, (params, state), strict=True):
            nnx.replace_by_pure_dict(form, values)
        return filled


def _parts(module: Any) -> Any:
    """The graph, the trained arrays, the streams of random numbers, and the other arrays."""
    return nnx.split(module, nnx.Param, nnx.RngState, ...)


def _reseeded(rngs: Any, key: Key) -> Any:
    """The same streams, each begun anew from a key of its own."""
    leaves, tree = jax.tree.flatten(rngs)
    fresh = [
        jax.random.fold_in(key, place) if jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key) else jnp.zeros_like(leaf)
        for place, leaf in enumerate(leaves)
    ]
    return jax.tree.unflatten(tree, fresh)
