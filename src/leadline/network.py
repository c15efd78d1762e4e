"""A network: an immutable chain of layers, with `init` and `apply` as pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.layers.layer import Layer
from leadline.structure import Structure, traced
from leadline.types import Array, Key, Params, Shape, State, default_float

__all__ = ["Network", "layer_names"]


def layer_names(layers: Sequence[Layer]) -> tuple[str, ...]:
    """A name for each layer: its own, or its class in lower case, numbered within this network.

    Raises:
        ArgumentError: Two layers were given the same name.

    Examples:
        >>> from leadline.layers import Dense, Flatten
        >>> layer_names([Flatten(), Dense(3), Dense(2, name="scores"), Dense(1)])
        ('flatten', 'dense', 'scores', 'dense_1')
    """
    given = [layer.name for layer in layers if layer.name is not None]
    if len(set(given)) < len(given):
        twice = next(name for name in given if given.count(name) > 1)
        raise ArgumentError(f"Two layers are called {twice!r}. Give each layer of a network a name of its own, or none.")
    names: list[str] = []
    for layer in layers:
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type(layer).__name__).lower()
        numbered = (plain if i == 0 else f"{plain}_{i}" for i in range(len(layers) + 1))
        names.append(layer.name or next(n for n in numbered if n not in names and n not in given))
    return tuple(names)


@dataclass(frozen=True)
class Network(Structure):
    """Layers one after the other, and the shape of one input.

    As a pytree its leaves are the traced values of its layers (λ, dropout rates), so that networks which differ in these alone
    share one compiled program.

    Args:
        layers: The layers, first to last.
        names: A name for each, as `layer_names` gives them.
        input_shape: The shape of one example.

    Examples:
        >>> from leadline.layers import Dense
        >>> layers = (Dense(3, "relu"), Dense(1))
        >>> network = Network(layers, layer_names(layers), (2,))
        >>> params, state = network.init(jax.random.key(0))
        >>> output, state = network.apply(params, state, jnp.ones((5, 2)))
        >>> output.shape, network.output_shape
        ((5, 1), (1,))
    """

    layers: tuple[Layer, ...] = traced()
    names: tuple[str, ...] = ()
    input_shape: Shape = ()

    def __iter__(self) -> Iterator[tuple[str, Layer, Shape]]:
        """Each layer's name, the layer, and the shape of one of its inputs."""
        shape = self.input_shape
        for name, layer in zip(self.names, self.layers, strict=True):
            yield name, layer, shape
            shape = layer.output_shape(shape)

    @property
    def output_shape(self) -> Shape:
        """The shape of one output."""
        shape = self.input_shape
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    @property
    def is_random(self) -> bool:
        """Whether `apply` needs a key in training."""
        return any(layer.is_random for layer in self.layers)

    def layer_key(self, key: Key, name: str) -> Key:
        """The key from which the layer of that name is initialised, given the network's."""
        return jax.random.fold_in(key, self.names.index(name))

    def init(self, key: Key) -> tuple[Params, State]:
        """New arrays for all layers: `params[layer][array]` and `state[layer][array]`, without the layers that have none."""
        params, state = {}, {}
        for name, layer, shape in self:
            params[name], state[name] = layer.init(self.layer_key(key, name), shape)
        return _filled(params), _filled(state)

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The output for a batch `(batch, *input_shape)`, and the new state.

        Args:
            params: As `init` gives them.
            state: Likewise.
            x: The batch.
            training: Whether this is a step of training.
            key: Random numbers of this step; needed in training if `is_random`.
        """
        new_state = {}
        for index, (name, layer) in enumerate(zip(self.names, self.layers, strict=True)):
            own_key = jax.random.fold_in(key, index) if key is not None and layer.is_random else None
            x, new_state[name] = layer.apply(params.get(name, {}), state.get(name, {}), x, training=training, key=own_key)
        return x, _filled(new_state)

    def penalty(self, params: Params) -> Array:
        """What all regularizers add to the cost that is minimised: a scalar."""
        parts = [layer.penalty(params.get(name, {})) for name, layer in zip(self.names, self.layers, strict=True)]
        return sum(parts, jnp.zeros((), default_float()))


def _filled(arrays: dict[str, Params]) -> dict[str, Params]:
    return {name: own for name, own in arrays.items() if own}
