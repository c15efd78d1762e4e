"""A network as plain data, and back: layers by the names of their classes, and which of them reads what."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from leadline import config, layers
from leadline.errors import ArgumentError, DataError
from leadline.layers import LAYERS, Layer
from leadline.network import Call, Network

__all__ = ["MOST_CALLS", "MOST_LAYERS", "MOST_NUMBERS", "described_network", "network_of"]

MOST_LAYERS = 10_000
MOST_CALLS = 100_000
MOST_NUMBERS = 1 << 28
"""Numbers that a layer gives for an example at most: a gigabyte in float32."""

_ENTRIES = ("layers", "names", "input_shape", "calls", "outputs", "input_names")


def described_network(network: Network) -> dict[str, Any]:
    """A network, without its weights, as plain data that `network_of` reads back.

    Each layer is `{"class_name": …, "config": …}`, as in Keras; each call is which layer, and which values it reads.

    Raises:
        ArgumentError: A layer is not one of leadline's own, or holds something that plain data cannot say.

    Examples:
        >>> from leadline.layers import Flatten
        >>> described = described_network(Network((Flatten(),), ("flatten",), (2, 3)))
        >>> described["input_shape"], described["calls"], described["layers"][0]["class_name"]
        ([2, 3], [[0, [0]]], 'Flatten')
    """
    for name, layer in zip(network.names, network.layers, strict=True):
        if LAYERS.get(type(layer).__name__) is not type(layer):
            raise ArgumentError(
                f"Layer {name!r} is a {type(layer).__name__}, which is none of leadline's own layers, so a file could not bring "
                "it back. Keep its class in your program, and its numbers with get_weights()."
            )
    plain = config.described_fields(network)
    if described := _differing(plain, config.described_fields(network_of(plain))):
        raise ArgumentError(f"The network's {described} do not come back from plain data as they are. Use known classes only.")
    return plain


def network_of(plain: Any) -> Network:
    """The network that `described_network` described; its layers have no weights yet.

    Raises:
        DataError: The description lacks an entry, has one too many or one that makes no sense; a class is unknown or refuses its
            config; shapes do not fit together.

    Examples:
        >>> from leadline.layers import Dense
        >>> network = Network((Dense(3), Dense(1)), ("hidden", "output"), (2,))
        >>> network_of(described_network(network)) == network
        True
    """
    if not isinstance(plain, Mapping) or set(plain) != set(_ENTRIES):
        got = ", ".join(map(str, plain)) if isinstance(plain, Mapping) else repr(plain)[:80]
        raise DataError(f"A network must have the entries {', '.join(_ENTRIES)}. Got {got}.")
    names, input_names = (_texts(plain[entry], entry) for entry in ("names", "input_names"))
    made = _layers(plain["layers"], names)
    input_shape = _input_shape(plain["input_shape"])
    inputs = len(input_shape) if input_shape and isinstance(input_shape[0], tuple) else 1
    calls = _calls(plain["calls"], made, inputs)
    outputs = _outputs(plain["outputs"], inputs, len(calls))
    network = Network(made, names, input_shape, calls, outputs, input_names)
    try:
        sizes = {name: math.prod(layer.output_shape(shape)) for name, layer, shape in network}
    except ArgumentError as error:
        raise DataError(f"The network's layers do not fit together: {error}") from None
    if large := [name for name, size in sizes.items() if size > MOST_NUMBERS]:
        raise DataError(
            f"Layer {large[0]!r} gives {min(sizes[large[0]], 10**18):,} numbers an example, and at most "
            f"{MOST_NUMBERS:,} are taken for sense."
        )
    return network


def _layers(given: Any, names: tuple[str, ...]) -> tuple[Layer, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST_LAYERS or len(given) != len(names):
        got = f"{len(given):,} layers" if isinstance(given, list) else repr(given)[:80]
        raise DataError(f"A network has 1 to {MOST_LAYERS:,} layers, and a name for each. Got {got} and {len(names):,} names.")
    made = []
    for name, one in zip(names, given, strict=True):
        if not isinstance(one, Mapping) or set(one) != {"class_name", "config"} or not isinstance(one["config"], Mapping):
            raise DataError(f"Layer {name!r} must have a class_name, and a config of names and values. Got {one!r:.80}.")
        try:
            made.append(layers.get(one))
        except (ArgumentError, TypeError, ValueError, OverflowError, AttributeError, KeyError, IndexError) as error:
            raise DataError(f"Layer {name!r} cannot be made: {error}") from None
        if made[-1].name not in (None, name):
            raise DataError(f"Layer {name!r} is called {made[-1].name!r} in its config. The two must be the same.")
    return tuple(made)


def _calls(given: Any, made: tuple[Layer, ...], inputs: int) -> tuple[Call, ...]:
    if not isinstance(given, list) or not 0 < len(given) <= MOST_CALLS:
        raise DataError(f"The calls of a network must be a list of 1 to {MOST_CALLS:,}. Got {given!r:.80}.")
    calls = []
    for place, one in enumerate(given):
        fits = isinstance(one, list) and len(one) == 2 and isinstance(one[1], list) and bool(one[1])
        if not fits or not _is_place(one[0], len(made)) or not all(_is_place(value, inputs + place) for value in one[1]):
            raise DataError(f"Call {place} must be a layer's place, and the places of values before it. Got {one!r:.80}.")
        if len(one[1]) > 1 and not made[one[0]].takes_many:
            raise DataError(f"Call {place} gives layer {one[0]} several inputs, and it reads one. Got {one!r:.80}.")
        calls.append(Call(one[0], tuple(one[1])))
    if unused := set(range(len(made))).difference(call.layer for call in calls):
        raise DataError(f"Layer {min(unused)} of the network is never called.")
    return tuple(calls)


def _outputs(given: Any, inputs: int, calls: int) -> int | tuple[int, ...]:
    if given == -1 and not isinstance(given, bool):
        return -1
    places = given if isinstance(given, list) else [given]
    if not places or not all(_is_place(place, inputs + calls) and place >= inputs for place in places):
        raise DataError(f"The outputs of a network must be places of what calls give. Got {given!r:.80}.")
    return tuple(places) if isinstance(given, list) else places[0]


def _input_shape(given: Any) -> Any:
    many = isinstance(given, list) and bool(given) and isinstance(given[0], list)
    return tuple(map(_one_shape, given)) if many else _one_shape(given)


def _one_shape(given: Any) -> tuple[int, ...]:
    if not isinstance(given, list) or not all(_is_place(size, None) and size > 0 for size in given):
        raise DataError(f"An input shape must be a list of positive whole numbers. Got {given!r:.80}.")
    return tuple(given)


def _texts(given: Any, entry: str) -> tuple[str, ...]:
    texts = given if isinstance(given, list) and all(isinstance(one, str) for one in given) else None
    if texts is None or len(set(texts)) < len(texts):
        raise DataError(f"The {entry} of a network must be a list of different texts. Got {given!r:.80}.")
    return tuple(texts)


def _is_place(value: Any, below: int | None) -> bool:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return whole and value >= 0 and (below is None or value < below)


def _differing(one: Mapping[str, Any], other: Mapping[str, Any]) -> str | None:
    return next((entry for entry in one if one[entry] != other[entry]), None)
