"""Drawing the arrays of a layer."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping

import jax
from jax.typing import DTypeLike

from leadline.initializers.initializer import Initializer
from leadline.types import Array, Key, Params, Shape

__all__ = ["drawn"]

Draw = Callable[[Key, Shape, DTypeLike], Array]

_SOON = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}
"""A program that runs once: compiled in a quarter of the time, with the same numbers."""
_MANY = 1 << 20
"""So many numbers take longer to draw by such a program than a better one takes to compile."""


def drawn(key: Key, draws: Mapping[str, Draw], shapes: Mapping[str, Shape], dtype: DTypeLike) -> Params:
    """The first values of a layer's arrays, each from a key of its own.

    Args:
        key: A key of `jax.random`.
        draws: The arrays' initializers, by name.
        shapes: Their shapes.
        dtype: Their dtype.

    Examples:
        >>> from leadline.initializers.fixed import Zeros
        >>> drawn(jax.random.key(0), {"bias": Zeros()}, {"bias": (2,)}, "float32")["bias"].tolist()
        [0.0, 0.0]
    """
    plan = tuple((name, draws[name], tuple(shape)) for name, shape in shapes.items())
    is_pure = all(isinstance(draw, Initializer) for draw in draws.values())
    if plan and is_pure and not isinstance(key, jax.core.Tracer) and sum(map(math.prod, shapes.values())) < _MANY:
        try:
            return _soon(key, plan, dtype)
        except TypeError:  # an initializer that holds an array, which no program can be kept for
            pass
    return _drawn(key, plan, dtype)


def _drawn(key: Key, plan: tuple[tuple[str, Draw, Shape], ...], dtype: DTypeLike) -> Params:
    keys = jax.random.split(key, max(2, len(plan)))
    return {name: draw(own, shape, dtype) for own, (name, draw, shape) in zip(keys, plan, strict=False)}


_soon = functools.partial(jax.jit, static_argnums=(1, 2), compiler_options=_SOON)(_drawn)
