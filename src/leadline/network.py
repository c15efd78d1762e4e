"""A network: an immutable graph of layers, with `init` and `apply` as pure functions."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.layer import Layer
from leadline.layers.symbol import Symbol
from leadline.layers.weights import Weights
from leadline.structure import Structure, traced
from leadline.types import Array, Key, Params, Shape, State, default_float

__all__ = ["Call", "Network", "arrays_wanted", "between", "layer_names"]


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
    taken, counts = set(given), Counter[str]()
    for layer in layers:
        plain = re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()
        name = layer.name or ""
        while not name or (not layer.name and name in taken):
            name = f"{plain}_{counts[plain]}" if counts[plain] else plain
            counts[plain] += 1
        taken.add(name)
        names.append(name)
    return tuple(names)


class Call(NamedTuple):
    """One use of a layer.

    Attributes:
        layer: Which layer, by its place among the network's.
        inputs: Which values it reads: the network's inputs are 0, 1, …; what the calls give follows, in their order.
    """

    layer: int
    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Network(Structure):
    """Layers, and which of them reads what.

    As a pytree its leaves are the traced values of its layers (λ, dropout rates), so that networks which differ in these alone
    share one compiled program. Arrays of layers that are not trainable stand in the state, where no gradient reaches them.

    Args:
        layers: The layers, each once, however often it is used.
        names: A name for each, as `layer_names` gives them.
        input_shape: The shape of one example; a tuple of shapes where there are several inputs.
        calls: The uses of the layers, each after those it reads; by default the layers one after the other.
        outputs: Which value is the output, as in `Call.inputs`, or which several are; by default the last.
        input_names: What the inputs are called, where they have names.

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
    input_shape: Any = ()
    calls: tuple[Call, ...] = ()
    outputs: int | tuple[int, ...] = -1
    input_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.calls:
            object.__setattr__(self, "calls", tuple(Call(place, (place,)) for place in range(len(self.layers))))

    def mapped(self, change: Callable[[Layer], Layer]) -> Network:
        """The same graph of changed layers."""
        return self.replace(layers=tuple(map(change, self.layers)))

    @property
    def input_shapes(self) -> tuple[Shape, ...]:
        """The shape of one example of each input."""
        many = bool(self.input_shape) and isinstance(self.input_shape[0], tuple)
        return self.input_shape if many else (self.input_shape,)

    @property
    def has_many_inputs(self) -> bool:
        """Whether `apply` takes a tuple of batches."""
        return self.input_shapes is self.input_shape

    def _shapes(self) -> tuple[list[Any], list[Shape]]:
        """The shape of one input of each call, and the shapes of all values."""
        given: list[Any] = []
        values = list(self.input_shapes)
        for call in self.calls:
            layer = self.layers[call.layer]
            given.append(tuple(values[i] for i in call.inputs) if layer.takes_many else values[call.inputs[0]])
            values.append(layer.output_shape(given[-1]))
        return given, values

    def __iter__(self) -> Iterator[tuple[str, Layer, Any]]:
        """Each layer's name, the layer, and the shape of one of its inputs, where it is used first."""
        first: dict[int, Any] = {}
        for call, shape in zip(self.calls, self._shapes()[0], strict=True):
            first.setdefault(call.layer, shape)
        for place, (name, layer) in enumerate(zip(self.names, self.layers, strict=True)):
            yield name, layer, first[place]

    @property
    def output_shape(self) -> Any:
        """The shape of one output; a tuple of shapes where there are several outputs."""
        return self._outputs(self._shapes()[1])

    def _outputs(self, values: list[Any]) -> Any:
        return values[self.outputs] if isinstance(self.outputs, int) else tuple(values[place] for place in self.outputs)

    @property
    def output_names(self) -> tuple[str, ...]:
        """The names of the layers that give the outputs."""
        places = (self.outputs,) if isinstance(self.outputs, int) else self.outputs
        first = len(self.input_shapes)
        calls = [place - first if place >= 0 else place for place in places]
        return tuple(self.names[self.calls[call].layer] for call in calls)

    @property
    def is_random(self) -> bool:
        """Whether `apply` needs a key in training."""
        return any(layer.is_random for layer in self.layers)

    @property
    def mixes_examples(self) -> bool:
        """Whether in training the output for one example depends on the others of its batch."""
        return any(layer.mixes_examples for layer in self.layers)

    @property
    def draws_on_host(self) -> bool:
        """Whether `init` cannot stand in a compiled program."""
        return any(layer.draws_on_host for layer in self.layers)

    @property
    def is_constrained(self) -> bool:
        """Whether a trained array is held to a constraint."""
        return any(layer.is_constrained and layer.trainable for layer in self.layers)

    def layer_key(self, key: Key, name: str) -> Key:
        """The key from which the layer of that name is initialised, given the network's."""
        return jax.random.fold_in(key, self.names.index(name))

    def init(self, key: Key) -> tuple[Params, State]:
        """New arrays for all layers: `params[layer][array]` and `state[layer][array]`, without the layers that have none."""
        return self.gathered({name: layer.init(self.layer_key(key, name), shape) for name, layer, shape in self})

    def gathered(self, arrays: dict[str, tuple[Params, State]]) -> tuple[Params, State]:
        """The layers' own params and state as the network's: what is not trained is state."""
        params: Params = {}
        state: State = {}
        for name, layer in zip(self.names, self.layers, strict=True):
            own, other = arrays[name]
            params[name], state[name] = (own, other) if layer.trainable else ({}, {**own, **other})
        return _filled(params), _filled(state)

    def holding(self, arrays: Mapping[str, Mapping[str, Any]]) -> Network:
        """The same graph of copies of its layers that hold these arrays as their own weights.

        Args:
            arrays: All arrays of each layer that has any, trained or not, by the layer's name and the array's.

        Raises:
            ArgumentError: An array is missing, is one too many, or has another dtype than the layer's.
            ShapeError: An array has another shape than the layer's.
        """
        copies = []
        for name, layer, shape in self:
            own = arrays.get(name, {})
            wanted = arrays_wanted(name, layer, shape)
            _refuse_others(name, {**wanted[0], **wanted[1]}, own)
            params, state = ({one: jax.tree.map(jnp.array, own[one]) for one in part} for part in wanted)
            copies.append(layer.replace())
            object.__setattr__(copies[-1], "weights_", Weights(params, state, shape))
        return self.replace(layers=tuple(copies))

    def apply(self, params: Params, state: State, x: Any, *, training: bool = False, key: Key | None = None) -> tuple[Any, State]:
        """The output for a batch `(batch, *input_shape)`, and the new state.

        Args:
            params: As `init` gives them.
            state: Likewise.
            x: The batch; a tuple of them where there are several inputs.
            training: Whether this is a step of training.
            key: Random numbers of this step; needed in training if `is_random`.

        Returns:
            The output, `(batch, *output_shape)`, or a tuple of them where there are several; and the state.
        """
        values = list(x) if self.has_many_inputs else [x]
        new_state = dict(state)
        for place, (which, inputs) in enumerate(self.calls):
            name, layer = self.names[which], self.layers[which]
            own_key = jax.random.fold_in(key, place) if key is not None and layer.is_random else None
            own_x = tuple(values[i] for i in inputs) if layer.takes_many else values[inputs[0]]
            own_state = new_state.get(name, {})
            own_params = params.get(name, {}) if layer.trainable else own_state
            y, changed = layer.run(own_params, own_state, own_x, training=training, key=own_key)
            new_state[name] = changed if layer.trainable else own_state
            values.append(y)
        return self._outputs(values), _filled(new_state)

    def penalty(self, params: Params) -> Array:
        """What all regularizers of trained arrays add to the cost that is minimised: a scalar."""
        named = zip(self.names, self.layers, strict=True)
        return sum((layer.penalty(params[name]) for name, layer in named if name in params), jnp.zeros((), default_float()))

    def constrain(self, params: Params) -> Params:
        """The trained arrays, brought back to what their constraints ask."""
        return {name: self.layers[self.names.index(name)].constrain(own) for name, own in params.items()}


def arrays_wanted(name: str, layer: Layer, input_shape: Any) -> tuple[Params, State]:
    """What `layer.init` would give for inputs of a shape, as shapes and dtypes alone.

    Raises:
        ArgumentError: The layer cannot make its arrays; the message has its name.
    """
    try:
        wanted: tuple[Params, State] = jax.eval_shape(functools.partial(layer.init, input_shape=input_shape), jax.random.key(0))
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"Layer {name!r} cannot make its arrays: {error!s:.200}") from None
    return wanted


def between(inputs: Symbol | Sequence[Symbol], outputs: Symbol | Sequence[Symbol]) -> Network:
    """The network that leads from some symbols to others.

    Layers stand in the order of their distance from the outputs, as in Keras, so that lists of weights have its order too.

    Args:
        inputs: An `Input`, or a list of them; a list of one is that one.
        outputs: What a layer gave, or a list of that.

    Raises:
        ArgumentError: Something is no symbol, an output depends on an `Input` that is not among the inputs, an input on none of
            the outputs, an input is given twice or is an output, or two have one name.

    Examples:
        >>> from leadline.layers import Dense, Input
        >>> x = Input((4,))
        >>> between(x, Dense(2)(Dense(3)(x))).names
        ('dense', 'dense_1')
    """
    starts, ends = _symbols(inputs, "inputs"), _symbols(outputs, "outputs")
    order, layers = _needed(ends, starts)
    depths, farthest = dict.fromkeys(ends, 0), dict.fromkeys(map(id, layers), 0)
    for symbol in reversed(order):  # whatever reads a symbol stands before it here
        if symbol not in starts:  # a use of a layer counts as no nearer than its other uses met so far
            depths[symbol] = farthest[id(symbol.layer)] = max(depths[symbol], farthest[id(symbol.layer)])
            depths.update({one: max(depths.get(one, 0), depths[symbol] + 1) for one in symbol.inputs})
    if unused := [start for start in starts if start not in depths]:
        raise ArgumentError(f"The network is not connected: no output depends on {unused[0]!r}. Leave that input out, or use it.")
    steps = sorted((symbol for symbol in order if symbol not in starts), key=lambda symbol: -depths[symbol])
    layers.sort(key=lambda layer: -farthest[id(layer)])
    place_of = {symbol: place for place, symbol in enumerate([*starts, *steps])}
    where = {id(layer): place for place, layer in enumerate(layers)}
    calls = tuple(Call(where[id(step.layer)], tuple(place_of[one] for one in step.inputs)) for step in steps)
    shape: Any = starts[0].shape if len(starts) == 1 else tuple(start.shape for start in starts)
    last: Any = place_of[ends[0]] if len(ends) == 1 else tuple(place_of[end] for end in ends)
    names = tuple(getattr(start, "name", None) or f"input_{place}" for place, start in enumerate(starts))
    _refuse_doubles(starts, ends, names)
    return Network(tuple(layers), layer_names(layers), shape, calls, last, names)


def _refuse_doubles(starts: list[Symbol], ends: list[Symbol], names: tuple[str, ...]) -> None:
    if carried := [start for start in starts if start in ends]:
        raise ArgumentError(f"{carried[0]!r} is an input and an output. Put a layer between, such as Activation('linear').")
    if twice := [name for start, name in zip(starts, names, strict=True) if names.count(name) + starts.count(start) > 2]:
        raise ArgumentError(f"Two inputs are called {twice[0]!r}, or are the same. Give each once, with a name of its own.")


def _symbols(given: Any, what: str) -> list[Symbol]:
    listed = [given] if isinstance(given, Symbol) else list(given) if isinstance(given, (list, tuple)) else []
    if not listed or not all(isinstance(one, Symbol) for one in listed):
        raise ArgumentError(f"The {what} of a model are what Input(…) and layers called on it give. Got {given!r}.")
    return listed


def _needed(ends: list[Symbol], starts: list[Symbol]) -> tuple[list[Symbol], list[Layer]]:
    """What the outputs need, each symbol after those it reads; and the layers, in the order they are met from the outputs."""
    order: dict[Symbol, None] = {}
    layers: dict[int, Layer] = {}
    waiting = [(end, False) for end in reversed(ends)]
    while waiting:
        symbol, is_read = waiting.pop()
        if is_read or symbol in order:
            order.setdefault(symbol)
        elif symbol in starts:
            order[symbol] = None
        elif symbol.layer is None:
            raise ArgumentError(f"The network is not connected: an output depends on {symbol!r}, which is not an input. Add it.")
        else:
            layers.setdefault(id(symbol.layer), symbol.layer)
            waiting += [(symbol, True), *((one, False) for one in reversed(symbol.inputs))]
    return list(order), list(layers.values())


def _refuse_others(name: str, wanted: Mapping[str, Any], given: Mapping[str, Any]) -> None:
    """Raises where the arrays given for a layer are not those it has."""
    if wanted.keys() != given.keys():
        has, got = (", ".join(sorted(arrays)) or "none" for arrays in (wanted, given))
        raise ArgumentError(f"Layer {name!r} has the arrays: {has}. Got: {got}. Give each once.")
    for one in wanted:
        for own, new in zip(jax.tree.leaves(wanted[one]), jax.tree.leaves(given[one]), strict=True):
            if own.shape != new.shape:
                raise ShapeError(f"{one!r} of layer {name!r} has shape {own.shape}, and the array given has {new.shape}.")
            if own.dtype != new.dtype:
                raise ArgumentError(
                    f"{one!r} of layer {name!r} is {own.dtype}, and the array given is {new.dtype}. "
                    "Give it in that precision; float64 needs jax.enable_x64(True)."
                )


def _filled(arrays: dict[str, Params]) -> dict[str, Params]:
    return {name: own for name, own in arrays.items() if own}
