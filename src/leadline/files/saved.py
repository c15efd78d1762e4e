"""What a file of a model says, whatever its format, and leadline's own format for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np

from leadline.errors import DataError
from leadline.files import archive
from leadline.files.networks import described_network, network_of
from leadline.files.npy import array_of, npy
from leadline.files.plain import decoded, encoded
from leadline.files.settings import described_settings, settings_of
from leadline.network import Network
from leadline.optimizers import OptimizerState
from leadline.types import NumpyArray

__all__ = ["CONFIG", "KINDS", "PREDICTOR", "Saved", "read", "write"]

CONFIG = "config.json"
PREDICTOR = "predictor.json"
KINDS = ("Model", "Sequential")

_WEIGHT = re.compile(r"weights/(0|[1-9]\d{0,4})/([a-z0-9_]+)(\.bfloat16)?\.npy")


@dataclass(frozen=True)
class Saved:
    """A model between memory and file.

    Attributes:
        kind: One of `KINDS`.
        name: The model's name.
        seed: Its seed.
        network: Its network, whose layers hold their weights.
        settings: The arguments of its `compile`; None where it was not compiled with a loss.
        predictor: What makes a predictor of it, as plain data; None for a model alone.
        memory: What the optimizer remembers, by layer and array; None where it made no step yet or was not kept.
    """

    kind: str
    name: str
    seed: int
    network: Network
    settings: Mapping[str, Any] | None = None
    predictor: Mapping[str, Any] | None = None
    memory: OptimizerState | None = None


def write(saved: Saved, path: str | Path) -> None:
    """Writes a model into a file of leadline's own format.

    The file is an uncompressed zip of JSON (`config.json`, `predictor.json`, `manifest.json`) and of arrays in NumPy's format
    (`weights/<layer's place>/<array>.npy`), so that `numpy.load` opens it too. The old file stays until the new one is whole.

    Raises:
        ArgumentError: The model holds code, or a class that is not leadline's.
        DataError: The file cannot be written.
    """
    config = {"kind": saved.kind, "name": saved.name, "seed": saved.seed, "network": described_network(saved.network)}
    config["settings"] = None if saved.settings is None else described_settings(saved.settings)
    texts = {CONFIG: encoded(config, "The model")}
    if saved.predictor is not None:
        texts[PREDICTOR] = encoded(saved.predictor, "The predictor")
    archive.write(path, _members(texts, saved.network))


def read(members: Mapping[str, bytes]) -> Saved:
    """The model in the members of a file that `write` wrote; nothing in it is executed.

    Args:
        members: As `archive.read` gives them, verified.

    Raises:
        DataError: A member is missing or makes no sense, or they do not fit together.
    """
    members = dict(members)
    texts = {name: members.pop(name) for name in (CONFIG, PREDICTOR) if name in members}
    if CONFIG not in texts:
        raise DataError(f"It has no {CONFIG}, so there is no network in it. Restore the file from a copy.")
    config = _config(decoded(texts[CONFIG], CONFIG))
    network = network_of(config["network"])
    held = network.holding(_weights(members, network))
    settings = None if config["settings"] is None else settings_of(config["settings"])
    predictor = decoded(texts[PREDICTOR], PREDICTOR) if PREDICTOR in texts else None
    return Saved(config["kind"], config["name"], config["seed"], held, settings, predictor)


def _members(texts: Mapping[str, bytes], network: Network) -> Iterator[tuple[str, bytes]]:
    yield from texts.items()
    for place, (_, layer, shape) in enumerate(network):
        own = layer.build(shape)
        for name, array in sorted({**own.params, **own.state}.items()):
            bits = ".bfloat16" if array.dtype == jnp.bfloat16 else ""  # which NumPy has no name for
            yield f"weights/{place}/{name}{bits}.npy", npy(np.asarray(array))


def _weights(members: Mapping[str, bytes], network: Network) -> dict[str, dict[str, NumpyArray]]:
    """The arrays by layer and name."""
    arrays: dict[str, dict[str, NumpyArray]] = {name: {} for name in network.names}
    for member, content in members.items():
        found = _WEIGHT.fullmatch(member)
        if found is None or int(found[1]) >= len(network.names):
            raise DataError(f"Member {member!r} belongs to no layer of the network. It was not written by leadline.")
        array = array_of(content, member)
        arrays[network.names[int(found[1])]][found[2]] = array.view(jnp.bfloat16) if found[3] else array
    return arrays


def _config(plain: Any) -> dict[str, Any]:
    wanted = {"kind": str, "name": str, "seed": int, "network": dict, "settings": (dict, type(None))}
    if not isinstance(plain, dict) or plain.keys() != wanted.keys():
        raise DataError(f"{CONFIG} must have the entries {', '.join(wanted)}. Got {repr(plain)[:80]}.")
    for entry, kind in wanted.items():
        if not isinstance(plain[entry], kind) or isinstance(plain[entry], bool):  # type: ignore[arg-type]
            raise DataError(f"{CONFIG}: {entry!r} has a value that it cannot have: {plain[entry]!r:.80}.")
    if plain["kind"] not in KINDS or not 0 <= plain["seed"] < 1 << 63:
        raise DataError(
            f"{CONFIG}: a model is a {' or a '.join(KINDS)} with a seed from 0 to 2**63. "
            f"Got {plain['kind']!r:.40} and {plain['seed']!r:.40}."
        )
    return plain
