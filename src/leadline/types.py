"""The types that every floor speaks of."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Array", "ArrayLike", "Key", "NumpyArray", "Params", "Shape", "State", "default_float"]

Array = jax.Array
NumpyArray = np.ndarray[Any, np.dtype[Any]]
Key = jax.Array
"""A typed key of `jax.random`."""
Shape = tuple[int, ...]
"""The shape of one example, without the batch axis."""
Params = dict[str, Any]
"""Names to trained arrays: of a layer flat, of a network one level deeper."""
State = dict[str, Any]
"""Names to arrays that training changes but no gradient does (moving statistics, counts)."""

_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def default_float() -> np.dtype[Any]:
    """The dtype of weights: float32, or float64 inside `jax.enable_x64(True)`.

    Examples:
        >>> default_float().name
        'float32'
    """
    return _DOUBLE if jax.config.jax_enable_x64 else _SINGLE  # type: ignore[attr-defined]
