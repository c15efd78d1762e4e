"""Files of Keras 3 (`.keras`): a model written so that Keras loads it, and read as Keras wrote it; nothing in one is executed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leadline import optimizers
from leadline.errors import DataError, LeadlineError
from leadline.files import archive, hdf5
from leadline.files.keras_arrays import arrays_of, left_over, places, restored, variables
from leadline.files.keras_config import in_keras_order, model_config
from leadline.files.keras_graph import flattened
from leadline.files.keras_memory import memory_of, numbered
from leadline.files.keras_settings import compile_config, settings_in
from leadline.files.networks import network_of
from leadline.files.plain import decoded, encoded
from leadline.files.saved import Saved
from leadline.files.settings import described_settings, settings_of

__all__ = ["ENDING", "KERAS", "OWN", "read", "write"]

ENDING = ".keras"
KERAS = "3.15.1"
"""The version of Keras whose way of writing is followed."""
OWN = "leadline.json"
"""What leadline keeps beside Keras's members: the seed, and what makes a predictor of the model."""


def write(saved: Saved, path: str | Path) -> None:
    """Writes a model as Keras does: `metadata.json`, `config.json` and `model.weights.h5` in an uncompressed zip.

    Beside them stand `leadline.json` and `manifest.json`, the SHA-256 of every member; Keras reads past both.

    Raises:
        ArgumentError: The model has a layer, loss, metric or optimizer that Keras does not have, or that is code.
        DataError: The file cannot be written.
    """
    network = saved.network if saved.kind == "Sequential" else in_keras_order(saved.network)
    config = model_config(network, saved.kind, saved.name)
    where = places(type(layer).__name__ for layer in network.layers)
    arrays = variables(network, where)
    if saved.settings is not None:
        config["compile_config"] = compile_config(described_settings(saved.settings))
        memory = numbered(saved.settings["optimizer"], network, saved.memory)
        arrays |= {f"optimizer/vars/{number}": array for number, array in enumerate(memory)}
    own = {"seed": saved.seed, "predictor": saved.predictor}
    texts = {"metadata.json": {"keras_version": KERAS}, "config.json": config, OWN: own}
    members = [(name, encoded(text, name)) for name, text in texts.items()]
    archive.write(path, [*members, (archive.WEIGHTS, hdf5.hdf5(arrays))])


def read(members: Mapping[str, bytes], compile: bool = True) -> Saved:  # noqa: A002 - Keras's name
    """The model in the members of a file of Keras's format.

    Args:
        members: As `archive.read` gives them.
        compile: Whether to read what `compile` was given, and what the optimizer remembers.

    Raises:
        DataError: A member is missing or damaged, the file is of another version of Keras, names what leadline does not have, or
            its arrays are not those of its network.
    """
    texts = {name: decoded(members[name], name) for name in ("metadata.json", "config.json", OWN) if name in members}
    _check_version(texts.get("metadata.json"))
    if "config.json" not in texts or archive.WEIGHTS not in members:
        raise DataError(f"The file must have config.json and {archive.WEIGHTS}. It has {', '.join(members):.200}.")
    given, own = texts["config.json"], texts.get(OWN, {"seed": 0, "predictor": None})
    found = hdf5.read(members[archive.WEIGHTS], archive.WEIGHTS)
    kind, plain, where = flattened(given)
    network = restored(network_of(plain), where, found)
    settings = memory = None
    try:
        if compile and (told := settings_in(given.get("compile_config"))) is not None:
            settings = settings_of(told)
            settings["optimizer"] = optimizers.get(settings["optimizer"])
            memory = memory_of(settings["optimizer"], network, arrays_of("optimizer", found))
    except LeadlineError as error:
        raise DataError(f"{error} Or load the model alone, with load_model(path, compile=False).") from None
    if extra := [path for path in left_over(found, where) if not path.startswith("optimizer/")]:
        raise DataError(
            f"The file has an array {extra[0]!r:.100} {found[extra[0]].shape}, and the network in its config has no place for it."
        )
    fits = (
        isinstance(own, dict) and own.keys() == {"seed", "predictor"} and type(own["seed"]) is int and 0 <= own["seed"] < 1 << 63
    )
    if not fits or not isinstance(own["predictor"], dict | None):
        raise DataError(f"{OWN} must have a seed and a predictor. Got {own!r:.80}.")
    name = given["config"].get("name")
    if not isinstance(name, str):
        raise DataError(f"A model must have a name. Got {name!r:.80}.")
    if kind != "Sequential":  # so that layers draw what they drew before the model was saved
        network = in_keras_order(network)
    return Saved(kind, name, own["seed"], network, settings, own["predictor"], memory)


def _check_version(metadata: Any) -> None:
    version = metadata.get("keras_version") if isinstance(metadata, dict) else None
    if not isinstance(version, str) or not re.fullmatch(r"3\.\d+\.\d+\S{0,40}", version):
        raise DataError(
            f"The file is of Keras {version!r:.40}, and this leadline reads files of Keras 3 (as of {KERAS}). "
            "Load it with a Keras that fits, and save it with Keras 3."
        )
