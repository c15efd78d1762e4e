"""Where in a file of Keras's weights the arrays of each layer stand, and in what order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import jax
import numpy as np

from leadline.errors import DataError
from leadline.layers import Layer, Normalization
from leadline.network import Network, arrays_wanted
from leadline.types import NumpyArray

__all__ = ["arrays_of", "left_over", "places", "restored", "variables"]

_OTHERS = re.compile(r"(.*/)?(seed_generator|seed_generators|metrics|_metrics|_compile_metrics|_loss_tracker)/.*")
"""What else Keras may keep: seeds and running metrics, which here begin anew."""


def places(class_names: Iterable[str], within: str = "") -> list[str]:
    """Where the layers of a model stand: by class, numbered in their order.

    Examples:
        >>> places(["Dense", "LeakyReLU", "Dense"])
        ['layers/dense', 'layers/leaky_re_lu', 'layers/dense_1']
    """
    counts: Counter[str] = Counter()
    found = []
    for name in class_names:
        plain = re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", name).lower()
        found.append(f"{within}layers/{plain}" + (f"_{counts[plain]}" if counts[plain] else ""))
        counts[plain] += 1
    return found


def variables(network: Network, where: Iterable[str]) -> dict[str, NumpyArray]:
    """The arrays of a network whose layers hold them, by their paths in Keras's file.

    Args:
        network: The network.
        where: The place of each of its layers, as `places` gives them.
    """
    found: dict[str, NumpyArray] = {}
    for (_, layer, shape), place in zip(network, where, strict=True):
        own = layer.build(shape)
        arrays = {name: np.asarray(array) for name, array in {**own.params, **own.state}.items()}
        found |= {f"{place}/vars/{number}": array for number, array in enumerate(_as_in_keras(layer, shape, arrays))}
    return found


def restored(network: Network, where: Iterable[str], found: Mapping[str, NumpyArray]) -> Network:
    """The network with the arrays that Keras's file has for its layers.

    Args:
        network: The network.
        where: The place of each of its layers.
        found: All arrays of the file by their paths.

    Raises:
        DataError: An array is missing or one too many, or has another shape or dtype than the layer's.
    """
    held = {}
    for (name, layer, shape), place in zip(network, where, strict=True):
        wanted = arrays_wanted(name, layer, shape)
        given = arrays_of(place, found)
        if isinstance(layer, Normalization):
            given = _statistics(layer, shape, given)
        held[name] = _as_here(name, layer, {**wanted[0], **wanted[1]}, given)
    return network.holding(held)


def arrays_of(place: str, found: Mapping[str, NumpyArray]) -> list[NumpyArray]:
    """The arrays that stand at a place, in their order.

    Raises:
        DataError: They are not numbered from 0 on.
    """
    start = f"{place}/vars/"
    names = [path.removeprefix(start) for path in found if path.startswith(start)]
    if sorted(names) != sorted(map(str, range(len(names)))):
        raise DataError(f"The arrays at {place!r:.100} must be numbered from 0 on. Got {', '.join(sorted(names)):.80}.")
    return [found[f"{start}{number}"] for number in range(len(names))]


def left_over(found: Iterable[str], where: Iterable[str]) -> list[str]:
    """Paths of arrays that belong to none of these places, and are more than seeds or running metrics.

    Examples:
        >>> left_over(["layers/dense/vars/0", "layers/dropout/seed_generator/vars/0", "layers/lstm/vars/0"], ["layers/dense"])
        ['layers/lstm/vars/0']
    """
    known = set(where)
    return [path for path in found if path.rpartition("/vars/")[0] not in known and not _OTHERS.fullmatch(path)]


def _names(layer: Layer, arrays: Iterable[str]) -> list[str]:
    have = set(arrays)
    return [name for name in layer.weight_names if name in have]


def _as_in_keras(layer: Layer, shape: Any, arrays: Mapping[str, NumpyArray]) -> list[NumpyArray]:
    listed = [arrays[name] for name in _names(layer, arrays)]
    if not isinstance(layer, Normalization):
        return listed
    axes = sorted(axis % (len(shape) + 1) for axis in layer.axis or ())  # type: ignore[union-attr]
    kept = [shape[axis - 1] for axis in axes]
    return [*(array.reshape(kept) for array in listed), np.zeros((), np.int32)]  # Keras counts batches too


def _statistics(layer: Normalization, shape: Any, given: list[NumpyArray]) -> list[NumpyArray]:
    """Mean and variance with the axes that Keras leaves out, and without its count of batches."""
    own = [np.asarray(array) for array in layer.init(jax.random.key(0), shape)[1].values()]
    if layer.mean is not None:  # which Keras keeps in its config alone
        return [*own, *given]
    if len(given) != len(own) + 1:
        return given
    return [array.reshape(one.shape) if array.size == one.size else array for one, array in zip(own, given, strict=False)]


def _as_here(name: str, layer: Layer, wanted: Mapping[str, Any], given: list[NumpyArray]) -> dict[str, NumpyArray]:
    """The arrays given by name, if there are as many as the layer has and each has its shape."""
    names = _names(layer, wanted)
    if len(given) != len(names):
        has, got = ", ".join(f"{one} {wanted[one].shape}" for one in names), ", ".join(str(array.shape) for array in given)
        raise DataError(
            f"Layer {name!r} has {len(names)} arrays ({has or 'none'}), and the file has {len(given)} ({got or 'none'})."
        )
    for one, array in zip(names, given, strict=True):
        if array.shape != wanted[one].shape or array.dtype != wanted[one].dtype:
            raise DataError(
                f"{one!r} of layer {name!r} is {wanted[one].dtype} {wanted[one].shape}, "
                f"and in the file {array.dtype} {array.shape}."
            )
    return dict(zip(names, given, strict=True))
