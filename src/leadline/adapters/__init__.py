"""The door: networks of other frameworks, trained, swept and diagnosed like one's own."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from leadline.adapters.foreign import Adapter, Foreign
from leadline.adapters.pure import Pure
from leadline.errors import ArgumentError
from leadline.layers.symbol import Input
from leadline.models import Model, Sequential
from leadline.types import Shape

__all__ = ["ADAPTERS", "Adapter", "Foreign", "unwrap", "wrap"]

ADAPTERS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "keras": ("Model", "keras", "KerasModel"),
        "flax.nnx": ("Module", "nnx", "NnxModule"),
        "flax.linen": ("Module", "linen", "LinenModule"),
        "equinox": ("Module", "equinox", "EquinoxModule"),
    }
)
"""A framework, the class of its networks, and the file and class here that know it; none is imported before it is used."""


def wrap(
    network: Any,
    input_shape: Shape | None = None,
    *,
    make: Callable[[Any], Any] | None = None,
    pretrained: bool = False,
    name: str = "wrapped",
    seed: int = 0,
) -> Sequential:
    """A network of another framework as a model: `compile`, `fit`, `diagnose` and the curves work with it.

    `fit` begins with the arrays that the network has. Where many trainings are compared, each begins anew: a Keras model is
    cloned, a linen module or a pair of functions drawn again; an nnx or Equinox module needs `make` for that, and without it all
    begin alike and differ in the order of the examples only.

    Args:
        network: A Keras 3 model on its JAX backend, a Flax nnx or linen module, an Equinox module, or a pair of pure functions
            `init(key, x) -> params` and `apply(params, x) -> output`.
        input_shape: The shape of one example; a Keras model knows it.
        make: A new network of the same structure: from a seed for Keras, from `nnx.Rngs` for nnx, from a key for Equinox.
        pretrained: Whether every training begins with the arrays that the network has.
        name: What the summary calls the model.
        seed: As for `Model`.

    Raises:
        ArgumentError: It is none of these, or the shape of its input is not known.
        NotBuiltError: The Keras model has no weights yet.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> model = wrap((lambda key, x: jax.random.normal(key, (x.shape[1], 1)), lambda kernel, x: x @ kernel), (3,))
        >>> model.predict(jnp.ones((5, 3))).shape
        (5, 1)
    """
    adapter = _adapter(network, make)
    if pretrained and adapter.own() is None:
        raise ArgumentError(
            f"pretrained=True needs a network that has arrays, and a {type(network).__name__} has none. "
            "Bind a linen module to its variables, module.bind(variables); of a pair of functions, let init give the arrays."
        )
    shape = Input(shape=_example_shape(network) if input_shape is None else input_shape)
    return Sequential([shape, Foreign(adapter, pretrained)], name=name, seed=seed)


def unwrap(model: Model) -> Any:
    """The network that was wrapped, with the model's arrays: the Keras model and the nnx module themselves, changed; a new
    Equinox module; of linen the variables, of a pair of functions the params.

    Raises:
        ArgumentError: The model wraps nothing.

    Examples:
        >>> import jax, jax.numpy as jnp
        >>> unwrap(wrap((lambda key, x: jnp.ones((x.shape[1], 1)), lambda kernel, x: x @ kernel), (3,))).shape
        (3, 1)
    """
    for layer in model.layers:
        if isinstance(layer, Foreign):
            return layer.unwrapped()
    raise ArgumentError(f"Model {model.name!r} holds no wrapped network. Only what wrap(…) gave can be unwrapped.")


def _example_shape(network: Any) -> Shape:
    """The shape of one example, as a Keras model says it."""
    known = getattr(network, "input_shape", None)
    if isinstance(known, list | dict):
        raise ArgumentError(
            f"The Keras model {network.name!r} has {len(known)} inputs. Only a network of one input can be wrapped."
        )
    if not isinstance(known, tuple) or None in known[1:]:
        raise ArgumentError(f"The shape of one example is not known. Write wrap(…, input_shape=(…)). Got {known!r}.")
    return known[1:]


def _adapter(network: Any, make: Callable[[Any], Any] | None) -> Adapter:
    is_pair = isinstance(network, tuple) and len(network) == 2 and all(map(callable, network))
    kind = Pure if is_pair else _kind(network)
    made = {} if make is None else {"make": make}
    if made and "make" not in inspect.signature(kind).parameters:
        raise ArgumentError(
            "make is for Keras, nnx and Equinox: a linen module or a pair of functions has an init. Leave it out."
        )
    adapter: Adapter = kind(*(network if is_pair else (network,)), **made)
    return adapter


def _kind(network: Any) -> Any:
    for home, (base, file, name) in ADAPTERS.items():
        if isinstance(network, getattr(sys.modules.get(home), base, ())):
            return getattr(importlib.import_module(f"leadline.adapters.{file}"), name)
    raise ArgumentError(
        f"wrap takes a Keras model, a Flax nnx or linen module, an Equinox module, or a pair of functions (init, apply). "
        f"Got a {type(network).__module__.partition('.')[0]} {type(network).__name__}."
    )
