"""The outputs of a small network as one operation: what it can do, and how it is called."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree

from leadline.native.chain import layers_of
from leadline.network import Network
from leadline.types import Array, Params

__all__ = ["outputs"]

MOST_WEIGHTS = 1 << 16
"""Up to so many weights they stay in the caches; beyond, XLA's products are as fast."""


def outputs(network: Network, params: Params, X: Any) -> Array | None:
    """What a chain of `Dense` gives for rows, or None where the operation does not know it; asked while a program is traced.

    Args:
        network: The network.
        params: Its arrays.
        X: `(m, features)` float32.
    """
    fits = isinstance(X, jax.Array) and X.ndim == 2 and X.dtype == jnp.float32
    layers = layers_of(network, params) if fits else None
    if layers is None:
        return None
    values, _ = ravel_pytree(params)
    if values.size > MOST_WEIGHTS:
        return None
    shape = jax.ShapeDtypeStruct((X.shape[0], layers[-1][1]), jnp.float32)  # type: ignore[no-untyped-call]
    y: Array = jax.ffi.ffi_call("leadline_forward", shape)(X, values, chain=np.asarray(layers, np.int64).reshape(-1))
    return y
