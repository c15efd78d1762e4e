"""The weights of a model alone: `.weights.h5` as Keras writes it, and safetensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from leadline.errors import ArgumentError, DataError, LeadlineError
from leadline.files import hdf5, safetensors
from leadline.files.atomic import replacing
from leadline.files.keras_arrays import left_over, places, restored, variables
from leadline.files.keras_config import in_keras_order
from leadline.network import Network
from leadline.types import NumpyArray

__all__ = ["read", "write"]

H5, SAFE = ".weights.h5", ".safetensors"
_DIGEST = "leadline/sha256"


def write(network: Network, path: str | Path) -> None:
    """Writes the arrays of a network into a file, with their SHA-256.

    In a `.weights.h5` they stand where Keras has them; in a `.safetensors` each is called `layer.array`.

    Args:
        network: The network, whose layers hold their arrays.
        path: The file; its name ends in `.weights.h5` or `.safetensors`.

    Raises:
        ArgumentError: The name ends otherwise.
        DataError: The file cannot be written.
    """
    if _is_h5(path):
        network = in_keras_order(network)
        arrays = variables(network, _where(network))
        content = hdf5.hdf5({**arrays, _DIGEST: np.frombuffer(hdf5.digest(arrays), np.uint8)})
    else:
        named = _named(network)
        content = safetensors.safetensors(named, {"format": "leadline", "sha256": hdf5.digest(named).hex()})
    with replacing(path) as file:
        file.write(content)


def read(network: Network, path: str | Path) -> Network:
    """The network with the arrays of a file; one that leadline wrote is verified against its digest.

    Args:
        network: The network.
        path: A file that `write` or Keras's `save_weights` wrote.

    Raises:
        ArgumentError: The file's name ends in neither of the endings.
        DataError: The file cannot be read, is damaged, or has other arrays than the network.
    """
    is_h5 = _is_h5(path)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}. Check the path.") from None
    try:
        return _from_h5(network, content) if is_h5 else _from_safetensors(network, content)
    except LeadlineError as error:
        raise DataError(f"{path}: {error}") from None


def _is_h5(path: str | Path) -> bool:
    name = Path(path).name
    if not name.endswith((H5, SAFE)):
        raise ArgumentError(f"Weights stand in a file whose name ends in {H5} or {SAFE}. Got {name!r}.")
    return name.endswith(H5)


def _where(network: Network) -> list[str]:
    return places(type(layer).__name__ for layer in network.layers)


def _from_h5(network: Network, content: bytes) -> Network:
    arrays = hdf5.read(content, "the file")
    if (written := arrays.pop(_DIGEST, None)) is not None:
        _verify(written.tobytes().hex(), arrays)
    ordered = in_keras_order(network)
    if extra := [path for path in left_over(arrays, _where(ordered)) if not path.startswith("optimizer/")]:
        raise DataError(f"It has an array {extra[0]!r:.100} {arrays[extra[0]].shape}, and the network has no place for it.")
    held = restored(ordered, _where(ordered), arrays)
    by_name = dict(zip(held.names, held.layers, strict=True))
    return network.replace(layers=tuple(by_name[name] for name in network.names))


def _from_safetensors(network: Network, content: bytes) -> Network:
    arrays, metadata = safetensors.read(content, "the file")
    if metadata.get("format") == "leadline":
        _verify(metadata.get("sha256", ""), arrays)
    held: dict[str, dict[str, NumpyArray]] = {name: {} for name in network.names}
    for name, array in arrays.items():
        layer, _, own = name.rpartition(".")
        if layer not in held:
            raise DataError(f"It has an array {name!r:.100} {array.shape}, and the network has no layer of that name.")
        held[layer][own] = array
    return network.holding(held)


def _verify(written: str, arrays: Mapping[str, NumpyArray]) -> None:
    if written != hdf5.digest(arrays).hex():
        raise DataError("The arrays are not those that were written (their SHA-256 differs). Restore the file from a copy.")


def _named(network: Network) -> dict[str, NumpyArray]:
    return {
        f"{name}.{one}": np.asarray(array)
        for name, layer, shape in network
        for own in [layer.build(shape)]
        for one, array in {**own.params, **own.state}.items()
    }
