"""Things of a vocabulary as Keras writes them into a config, and as leadline does: one made of the other, by name alone.

Nothing that a config names is looked up in Python, imported or called: a class is in leadline's tables, or the file is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from leadline import constraints, initializers, layers, regularizers
from leadline.errors import ArgumentError, DataError
from leadline.files.settings import TABLES
from leadline.types import default_float

__all__ = ["DOOR", "MODULES", "NOT_IN_KERAS", "from_keras", "from_keras_value", "to_keras", "to_keras_value"]

DOOR = "Load the file with Keras, and give the model to leadline.wrap."

MODULES: Mapping[str, Mapping[str, type[Any]]] = MappingProxyType(
    {
        "keras.layers": layers.LAYERS,
        "keras.initializers": initializers.INITIALIZERS,
        "keras.regularizers": regularizers.REGULARIZERS,
        "keras.constraints": constraints.CONSTRAINTS,
        "keras.optimizers": TABLES["optimizer"][0],
        "keras.optimizers.schedules": TABLES["optimizer"][1],
        "keras.losses": TABLES["loss"][0],
        "keras.metrics": TABLES["metrics"][0],
    }
)
"""For each of Keras's modules the classes that leadline has under the same name: all that a file can name."""

NOT_IN_KERAS = frozenset({"LocallyConnected1D", "LocallyConnected2D", "MeanLoss"})
"""Classes of leadline's that Keras 3 does not have."""

_INSIDE = {"initializer": "keras.initializers", "regularizer": "keras.regularizers", "constraint": "keras.constraints"}
_INSIDE |= {"rate": "keras.optimizers.schedules"}

_ANY = object()
_WITHOUT_EFFECT: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "": {"activity_regularizer": None, "quantization_config": None, "lora_rank": None, "seed": _ANY, "sparse": False}
        | {"input_axes": None, "output_axes": None, "loss_scale_factor": None},
        "BatchNormalization": {"synchronized": False, "renorm": False, "renorm_clipping": None, "renorm_momentum": _ANY},
        "LayerNormalization": {"rms_scaling": False},
        "Discretization": {"num_bins": _ANY, "epsilon": _ANY},
        "Embedding": {"mask_zero": False},
        "Resizing": {"fill_mode": "constant"},
        "SparseCategoricalCrossentropy": {"axis": -1},
    }
)
"""Arguments that Keras has and leadline has not: at this value they change nothing that is computed."""

_GIVE_WHOLE_NUMBERS = ("CategoryEncoding", "Discretization")
"""Layers for which Keras may note a dtype of whole numbers."""

_NOT_TAKEN: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(("SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Discretization"), frozenset({"trainable"}))
)
"""Arguments that leadline has and Keras has not; these layers have no arrays to train."""


def to_keras(plain: Mapping[str, Any], module: str) -> dict[str, Any]:
    """The description of a thing, as `config.described` gives it, as Keras writes it.

    Args:
        plain: Its class and its config.
        module: Which of Keras's modules has the class.

    Raises:
        ArgumentError: Keras has no such class.

    Examples:
        >>> to_keras({"class_name": "L2", "config": {"l2": 0.5}}, "keras.regularizers")["config"]
        {'l2': 0.5}
    """
    name = plain["class_name"]
    if name in NOT_IN_KERAS or name not in MODULES[module]:
        raise ArgumentError(f"Keras has no {name}, so it cannot stand in a .keras file. Save under a name that ends otherwise.")
    config = {key: to_keras_value(key, value) for key, value in plain["config"].items() if key not in _NOT_TAKEN.get(name, ())}
    if module == "keras.layers":
        config["dtype"] = config["dtype"] or default_float().name
    elif config.get("seed", 0) is None or config.get("name", "") is None:  # which Keras gives of itself
        config = {key: value for key, value in config.items() if key not in ("seed", "name") or value is not None}
    if name == "UpSampling1D":
        config["size"] = config["size"][0]
    elif name == "Normalization":  # whose statistics stand among the arrays, given or adapted
        config |= {"mean": None, "variance": None}
    return {"module": module, "class_name": name, "config": config, "registered_name": None}


def to_keras_value(key: str, value: Any) -> Any:
    """The value of an argument of that name, with the things that stand in it as Keras writes them."""
    module = _INSIDE.get(key.rpartition("_")[2])
    return to_keras(value, module) if module and isinstance(value, Mapping) else value


def from_keras(given: Any, module: str) -> dict[str, Any]:
    """What Keras wrote of a thing, as `config.described` would.

    Args:
        given: Keras's description.
        module: The only module that its class may be of.

    Raises:
        DataError: It is no such description, of a class that leadline does not have, or has an argument that leadline does not
            have and that changes what is computed.

    Examples:
        >>> from_keras({"module": "keras.regularizers", "class_name": "L2", "config": {"l2": 0.5}}, "keras.regularizers")
        {'class_name': 'L2', 'config': {'l2': 0.5}}
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("class_name"), str):
        raise DataError(f"A thing of {module} must have a class_name and a config. Got {given!r:.80}.")
    name, own = given["class_name"], given.get("config")
    said = f"{given.get('module')}.{name}" + (f" ({given['registered_name']})" if given.get("registered_name") else "")
    if given.get("module") != module or given.get("registered_name") not in (None, name) or name not in MODULES[module]:
        raise DataError(f"{said:.120} is nothing that leadline has in {module}; no code was looked for. {DOOR}")
    if not isinstance(own, Mapping):
        raise DataError(f"The config of {said} must be names and values. Got {own!r:.80}.")
    known = {one.name for one in fields(MODULES[module][name]) if one.init}
    neutral = {**_WITHOUT_EFFECT[""], **_WITHOUT_EFFECT.get(name, {})}
    if module != "keras.layers":
        neutral |= {"dtype": _ANY, "name": _ANY}
    for key, value in own.items():
        if key not in known and (key not in neutral or (neutral[key] is not _ANY and value != neutral[key])):
            raise DataError(f"leadline's {name} has no {key!r}, and the file gives it the value {value!r:.60}. {DOOR}")
    config = {key: from_keras_value(key, value) for key, value in own.items() if key in known}
    if name in _GIVE_WHOLE_NUMBERS and str(config.get("dtype")).startswith("int"):
        del config["dtype"]  # in leadline a matter of the mode alone
    return {"class_name": name, "config": config}


def from_keras_value(key: str, value: Any) -> Any:
    """The value of an argument of that name, with the things that stand in it as leadline writes them.

    Raises:
        DataError: A thing that does not belong there.
    """
    if isinstance(value, list):
        return [from_keras_value(key, one) for one in value]
    if not isinstance(value, Mapping):
        return value
    kind, own, last = value.get("class_name"), value.get("config"), key.rpartition("_")[2]
    if last in _INSIDE:
        return from_keras(value, _INSIDE[last])
    if last == "activation" and kind == "function" and isinstance(own, str):
        return own
    if isinstance(own, Mapping):
        if key == "dtype" and kind == "DTypePolicy" and value.get("module") == "keras" and isinstance(own.get("name"), str):
            return own["name"]
        if kind in ("__numpy__", "__tensor__") and isinstance(own.get("value"), list):
            return own["value"]
    raise DataError(f"{key!r} is {value.get('module')}.{kind}, which cannot stand there; no code was looked for. {DOOR}")
