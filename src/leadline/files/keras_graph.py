"""The config of a Keras model as a network: a chain, or a graph of calls; models inside models become their layers."""

from __future__ import annotations

import graphlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from leadline.errors import DataError
from leadline.files.keras_arrays import places
from leadline.files.keras_things import DOOR, from_keras
from leadline.files.networks import MOST_CALLS, MOST_LAYERS

__all__ = ["flattened"]

DEEPEST = 20

_MODELS: Mapping[str, tuple[str, ...]] = {
    "Sequential": ("keras", "keras.models"),
    "Functional": ("keras.src.models.functional", "keras.models", "keras"),
}


class _Reference(NamedTuple):
    """What a config calls a tensor: the output `tensor` of the use `node` of the layer `name`."""

    name: str
    node: int
    tensor: int


@dataclass
class _Part:
    """A model as its config has it; an entry is a layer's place, a model, or None for an input."""

    is_chain: bool
    shapes: list[Any]
    names: list[str]
    entries: dict[str, Any]
    nodes: dict[tuple[str, int], list[_Reference]] = field(default_factory=dict)
    inputs: list[_Reference] = field(default_factory=list)
    outputs: list[_Reference] = field(default_factory=list)


@dataclass
class _Flat:
    """A Keras model with the layers of all models in it side by side.

    Attributes:
        layers: The layers' descriptions, as leadline writes them.
        names: A name for each.
        where: For each the place of its arrays in Keras's file.
        calls: Which layer reads which values, as in a `Network`.
        inputs: How many inputs the outermost model has.
    """

    layers: list[dict[str, Any]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    where: list[str] = field(default_factory=list)
    calls: list[list[Any]] = field(default_factory=list)
    inputs: int = 1


def flattened(given: Any) -> tuple[str, dict[str, Any], list[str]]:
    """A Keras model's config as a kind of model, a network as `networks.network_of` reads it, and its layers' places.

    Raises:
        DataError: It is no such config, names a thing that leadline does not have, or has a graph that makes no sense.

    Examples:
        >>> shape, layer = {"batch_shape": [None, 4]}, {"name": "d", "units": 3}
        >>> layers = [{"class_name": "InputLayer", "config": shape | {"name": "i"}}, {"class_name": "Dense", "config": layer}]
        >>> layers = [{"module": "keras.layers", **one} for one in layers]
        >>> kind, plain, where = flattened({"module": "keras", "class_name": "Sequential", "config": {"layers": layers}})
        >>> kind, plain["names"], plain["input_shape"], where
        ('Sequential', ['d'], [4], ['layers/dense'])
    """
    flat = _Flat()
    top = _part(given, "", flat, 0, True)
    flat.inputs = len(top.shapes)
    values = _outputs(top, list(range(flat.inputs)), flat)
    chain = [[place, [place]] for place in range(len(flat.layers))]
    is_chain = top.is_chain and flat.calls == chain
    plain = {
        "layers": flat.layers,
        "names": flat.names,
        "input_shape": top.shapes[0] if len(top.shapes) == 1 else top.shapes,
        "calls": flat.calls,
        "outputs": -1 if is_chain else values[0] if len(values) == 1 else values,
        "input_names": [] if is_chain else top.names,
    }
    return "Sequential" if is_chain else "Model", plain, flat.where


def _part(given: Any, within: str, flat: _Flat, depth: int, trainable: bool) -> _Part:
    """A model's config, its layers added to those there are."""
    kind, own = _entries_of(given, "A model")
    modules = _MODELS.get(kind)
    if modules is None or given.get("module") not in modules or given.get("registered_name") not in (None, kind):
        said = f"{given.get('module')}.{kind} ({given.get('registered_name')})"
        raise DataError(f"The model is a {said:.120}, and only keras.Sequential and functional models are read. {DOOR}")
    listed = own.get("layers")
    if not isinstance(listed, list) or not listed or depth > DEEPEST:
        raise DataError(f"A model must have a list of layers, and models stand at most {DEEPEST} deep in each other.")
    part = _Part(kind == "Sequential", [], [], {})
    kinds = [_entries_of(one, "A layer")[0] for one in listed]
    stored = [one for one in kinds if one != "InputLayer" or not part.is_chain]
    where = iter(places(stored, within))
    trainable = trainable and own.get("trainable", True) is True
    shapes = {}
    for one, each in zip(listed, kinds, strict=True):
        name = _name(one, part)
        if each == "InputLayer":
            shapes[name] = _input_shape(one)
            part.entries[name] = None
            _ = None if part.is_chain else next(where)
        else:
            part.entries[name] = _entry(one, name, next(where), flat, depth, trainable)
    _connect(part, own, listed, shapes)
    return part


def _entry(given: Mapping[str, Any], name: str, place: str, flat: _Flat, depth: int, trainable: bool) -> Any:
    """The place of a layer among all, or the model that it is."""
    if given["class_name"] in _MODELS:
        return _part(given, f"{place}/", flat, depth + 1, trainable)
    try:
        layer = from_keras(given, "keras.layers")
    except DataError as error:
        raise DataError(f"Layer {name!r:.100}: {error}") from None
    unique, count = name, 1
    while unique in flat.names:  # of a layer in another model
        unique, count = f"{name}_{count}", count + 1
    layer["config"] |= {"name": unique} | ({} if trainable else {"trainable": False})
    flat.layers.append(layer)
    flat.names.append(unique)
    flat.where.append(place)
    if len(flat.layers) > MOST_LAYERS:
        raise DataError(f"The model has more than {MOST_LAYERS:,} layers, and no more are read.")
    return len(flat.layers) - 1


def _connect(part: _Part, own: Mapping[str, Any], listed: list[Any], shapes: dict[str, Any]) -> None:
    """Finds what the model's inputs and outputs are, and what each of its layers reads."""
    if part.is_chain:
        inner = next((one.shapes for one in part.entries.values() if isinstance(one, _Part)), None)
        first = [*shapes.values()] or ([_shape(own["build_input_shape"])] if own.get("build_input_shape") else inner)
        if not first or len(first) > 1 or (shapes and next(iter(part.entries)) not in shapes):
            raise DataError("A Sequential must say the shape of its one input. Build the model in Keras, and save it then.")
        part.shapes = first
        return
    part.inputs, part.outputs = (_references(own.get(entry), entry) for entry in ("input_layers", "output_layers"))
    graphs = {name for name, entry in part.entries.items() if isinstance(entry, _Part) and not entry.is_chain}
    part.outputs = [  # where, and only where, Keras counts the use that a graph has of itself
        one._replace(node=one.node - 1) if one.name in graphs else one for one in part.outputs
    ]
    if unknown := [one.name for one in part.inputs if one.name not in shapes]:
        raise DataError(f"The model's input {unknown[0]!r:.80} is no InputLayer.")
    part.shapes, part.names = [shapes[one.name] for one in part.inputs], [one.name for one in part.inputs]
    for one, name in zip(listed, part.entries, strict=True):
        uses, entry = one.get("inbound_nodes"), part.entries[name]
        if not isinstance(uses, list) or (entry is None and uses):
            raise DataError(f"Layer {name!r:.100} must say by inbound_nodes what it reads. Got {uses!r:.80}.")
        part.nodes |= {(name, number): _read(use, name) for number, use in enumerate(uses)}


def _outputs(part: _Part, values: list[int], flat: _Flat) -> list[int]:
    """The calls of a model on some values, added to those there are; its outputs."""
    if len(values) != len(part.shapes):
        raise DataError(f"A model of {len(part.shapes)} inputs is called on {len(values)}.")
    if part.is_chain:
        for entry in part.entries.values():
            values = values if entry is None else _use(entry, values, flat)
        return values
    known = {(one.name, one.node): [value] for one, value in zip(part.inputs, values, strict=True)}
    before = {node: [(one.name, one.node) for one in reads] for node, reads in part.nodes.items()}
    try:
        order = list(graphlib.TopologicalSorter(before).static_order())
    except graphlib.CycleError:
        raise DataError("The layers of the model read each other in a circle.") from None
    for node in order:
        if node not in known:
            if node not in part.nodes:
                raise DataError(f"A layer reads use {node[1]} of {node[0]!r:.80}, and there is none.")
            known[node] = _use(part.entries[node[0]], [_value(known, one) for one in part.nodes[node]], flat)
    return [_value(known, one) for one in part.outputs]


def _use(entry: Any, values: list[int], flat: _Flat) -> list[int]:
    if isinstance(entry, _Part):
        return _outputs(entry, values, flat)
    flat.calls.append([entry, values])
    if len(flat.calls) > MOST_CALLS:
        raise DataError(f"The model calls layers more than {MOST_CALLS:,} times, and no more are read.")
    return [flat.inputs + len(flat.calls) - 1]


def _value(known: Mapping[tuple[str, int], list[int]], one: _Reference) -> int:
    values = known.get((one.name, one.node), [])
    if not 0 <= one.tensor < len(values):
        raise DataError(f"Use {one.node} of layer {one.name!r:.80} has {len(values)} outputs. Output {one.tensor} is read.")
    return values[one.tensor]


def _read(use: Any, name: str) -> list[_Reference]:
    """What one use of a layer reads."""
    arguments, named = (use.get("args"), use.get("kwargs")) if isinstance(use, Mapping) else (None, None)
    if not isinstance(arguments, list) or not arguments or not isinstance(named, Mapping):
        raise DataError(f"Layer {name!r:.100} is used in a way that Keras 3 does not write: {use!r:.120}.")
    further = [*enumerate(arguments[1:], 1), *named.items()]  # Keras's fit and predict set "training" themselves
    if told := [key for key, value in further if key != "training" and not _is_nothing(value)]:
        raise DataError(f"Layer {name!r:.100} is called with a further argument {told[0]!r}, and leadline's take none. {DOOR}")
    listed = arguments[0] if isinstance(arguments[0], list) else arguments[:1]
    tensors = [_entries_of(one, f"What layer {name!r:.100} reads") for one in listed]
    if any(kind != "__keras_tensor__" for kind, _ in tensors) or not tensors:
        raise DataError(f"Layer {name!r:.100} reads something that is no tensor, and leadline's layers read none such. {DOOR}")
    return [_reference(own.get("keras_history")) for _, own in tensors]


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(one is None for one in value))


def _references(given: Any, entry: str) -> list[_Reference]:
    if isinstance(given, list) and given and isinstance(given[0], str):
        return [_reference(given)]
    listed = list(given.values()) if isinstance(given, Mapping) and entry == "input_layers" else given
    if not isinstance(listed, list) or not listed:
        raise DataError(f"The {entry} of the model must be a list, as leadline gives outputs. Got {given!r:.80}. {DOOR}")
    return [_reference(one) for one in listed]


def _reference(given: Any) -> _Reference:
    if isinstance(given, list) and len(given) == 3 and isinstance(given[0], str) and all(type(one) is int for one in given[1:]):
        return _Reference(*given)
    raise DataError(f"A tensor must be named as [layer, use, output]. Got {given!r:.80}.")


def _entries_of(given: Any, what: str) -> tuple[str, Mapping[str, Any]]:
    if (
        not isinstance(given, Mapping)
        or not isinstance(given.get("class_name"), str)
        or not isinstance(given.get("config"), Mapping)
    ):
        raise DataError(f"{what} must have a class_name and a config, as Keras 3 writes it. Got {given!r:.80}.")
    return given["class_name"], given["config"]


def _name(given: Mapping[str, Any], part: _Part) -> str:
    name = given.get("name", given["config"].get("name"))
    if not isinstance(name, str) or name in part.entries:
        raise DataError(f"Each layer must have a name of its own. Got {name!r:.80}.")
    return name


def _input_shape(given: Mapping[str, Any]) -> list[int]:
    own = given["config"]
    if given.get("module") != "keras.layers" or own.get("sparse") or own.get("ragged") or own.get("optional"):
        raise DataError(f"An input must be a keras.layers.InputLayer of plain arrays. Got {given!r:.200}. {DOOR}")
    return _shape(own.get("batch_shape"))


def _shape(given: Any) -> list[int]:
    if not isinstance(given, list) or not given or not all(type(size) is int for size in given[1:]):
        raise DataError(f"The shape of an input must be fixed but for the batch, as [null, 64]. Got {given!r:.80}. {DOOR}")
    return given[1:]
