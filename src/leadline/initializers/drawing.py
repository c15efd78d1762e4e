"""Drawing the arrays of a layer."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping

import jax
from jax.typing import DTypeLike

from leadline.initializers.initializer import Initializer
from leadline.runtime import COMPILED_BRIEFLY
from leadline.types import Array, Key, Params, Shape

__all__ = ["drawn"]

Draw = Callable[[Key, Shape, DTypeLike], Array]

_MANY = 1 << 20
"""So many numbers take longer to draw by a program that was compiled briefly than a better one takes to compile."""


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
    is_large = sum(map(math.prod, shapes.values())) >= _MANY
    briefly = plan and not is_large and not isinstance(key, jax.core.Tracer) and all(map(_is_kept_for, draws.values()))
    found = (_soon if briefly else _drawn)(key, plan, dtype)
    return {name: found[name] for name in shapes}  # a program sorts them


def _is_kept_for(draw: Draw) -> bool:
    """Whether a program can be kept for it: it is pure by what it is, and holds no array."""
    try:
        hash(draw)
    except TypeError:
        return False
    return isinstance(draw, Initializer)


def _drawn(key: Key, plan: tuple[tuple[str, Draw, Shape], ...], dtype: DTypeLike) -> Params:
    keys = jax.random.split(key, max(2, len(plan)))
    return {name: draw(own, shape, dtype) for own, (name, draw, shape) in zip(keys, plan, strict=False)}


_soon = functools.partial(jax.jit, static_argnums=(1, 2), compiler_options=COMPILED_BRIEFLY)(_drawn)
