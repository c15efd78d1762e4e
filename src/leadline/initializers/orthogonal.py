"""The initializer of orthogonal matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax.typing import DTypeLike

from leadline.errors import ShapeError
from leadline.initializers.initializer import Initializer
from leadline.structure import traced
from leadline.types import Array, Key

__all__ = ["Orthogonal"]


@dataclass(frozen=True)
class Orthogonal(Initializer):
    """A random orthogonal matrix times `gain`, uniform among them: lengths of signals are kept (Saxe et al., 2014, section 3).

    An array `(…, n)` is taken as a matrix of n columns. Where it has more rows than columns, the columns are orthonormal,
    else the rows are.

    Attributes:
        gain: What the orthonormal matrix is multiplied with.

    Raises:
        ShapeError: In drawing: the array has fewer than two axes.

    Examples:
        >>> kernel = Orthogonal()(jax.random.key(0), (5, 3))
        >>> bool(jnp.allclose(kernel.T @ kernel, jnp.eye(3), atol=1e-6))
        True
    """

    gain: float = traced(default=1.0)

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """An orthogonal matrix in this shape."""
        if len(shape) < 2:
            raise ShapeError(f"Orthogonal makes arrays of two axes and more; got the shape {shape}. Take another initializer.")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        # Factors are not computed in half precision.
        wide = jnp.promote_types(dtype, jnp.float32)
        q, r = jnp.linalg.qr(jax.random.normal(key, (max(rows, columns), min(rows, columns)), wide))
        # A factorisation is free in the signs of r: positive ones make q uniform.
        q = q * jnp.where(jnp.diagonal(r) < 0, -1, 1)
        return self.gain * jnp.reshape(q.T if rows < columns else q, shape)
