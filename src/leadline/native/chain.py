"""Which networks are chains that the operations in C++ know."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from leadline.activations import linear, relu, sigmoid, tanh
from leadline.layers import Dense
from leadline.native.library import is_there
from leadline.network import Network
from leadline.types import Array, Params

__all__ = ["Layers", "layers_of"]

ACTIVATIONS: tuple[Callable[[Array], Array], ...] = (linear, relu, sigmoid, tanh)
Layers = tuple[tuple[int, int, int, int, int], ...]
"""For each layer: inputs, units, where its kernel and its bias (-1: none) stand in the vector of weights, and which of
`ACTIVATIONS` it has."""


def layers_of(network: Network, params: Params) -> Layers | None:
    """The layers of a chain of `Dense` that is trained in float32, all of it, or None.

    Args:
        network: The network.
        params: Its trained arrays; the vector of weights is these, one after the other as JAX orders them.
    """
    chained = all(call.inputs == (place,) and call.layer == place for place, call in enumerate(network.calls))
    if not chained or network.outputs not in (-1, len(network.layers)) or not params or not is_there():
        return None
    starts, place = {}, 0
    for path, leaf in jax.tree_util.tree_flatten_with_path(params)[0]:
        starts[jax.tree_util.keystr(path, simple=True, separator="/")], place = place, place + leaf.size
    layers = []
    for name, layer in zip(network.names, network.layers, strict=True):
        if not (
            type(layer) is Dense
            and layer.trainable
            and layer.activation in ACTIVATIONS
            and layer.dtype in (None, "float32")
            and params[name]["kernel"].dtype == jnp.float32
        ):
            return None
        inputs, units = params[name]["kernel"].shape
        bias = starts.get(f"{name}/bias", -1)
        layers.append((inputs, units, starts[f"{name}/kernel"], bias, ACTIVATIONS.index(layer.activation)))
    return tuple(layers)
