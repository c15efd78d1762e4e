"""What an optimizer remembers, as the numbered arrays of a Keras file, and back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np

from leadline.errors import DataError
from leadline.network import Network
from leadline.optimizers import Adafactor, Optimizer, OptimizerState
from leadline.schedules import Schedule
from leadline.types import NumpyArray, default_float

__all__ = ["memory_of", "numbered"]

_ORDERS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "SGD": (("momentum",),),
        "Lion": (("momentum",),),
        "RMSprop": (("velocity",), ("momentum",), ("average_gradient",)),
        "Adagrad": (("accumulator",),),
        "Adadelta": (("accumulated_grad", "accumulated_delta_var"),),
        "Ftrl": (("accumulator", "linear"),),
        "Adamax": (("momentum", "norm"),),
        "Adafactor": (("rows", "columns", "velocity"),),
    }
    | dict.fromkeys(("Adam", "AdamW"), (("momentum", "velocity"), ("velocity_hat",)))
    | dict.fromkeys(("Nadam", "ScheduleFreeAdamW", "Lamb", "Muon"), (("momentum", "velocity"),))
)
"""In what order Keras keeps the moments: group after group, within a group array after array, of each array name after name."""


class _Slot(NamedTuple):
    """The place of one array of Keras's file in what the optimizer remembers.

    Attributes:
        where: "step", "rate", "average", "accumulated", "moments", "product", or "" for what Keras keeps and never reads.
        path: Layer, array and, of a moment, its name.
        shape: Its shape.
        dtype: Its dtype.
    """

    where: str
    path: tuple[str, ...]
    shape: tuple[int, ...]
    dtype: Any


def numbered(optimizer: Optimizer, network: Network, memory: OptimizerState | None) -> list[NumpyArray]:
    """What an optimizer remembers of a network's trained arrays, in Keras's order.

    Args:
        optimizer: The optimizer.
        network: The network, whose layers hold their arrays, in Keras's order.
        memory: What it remembers, by layer and array; None before the first step.

    Examples:
        >>> from leadline.layers import Dense
        >>> from leadline.optimizers import SGD
        >>> [array.shape for array in numbered(SGD(momentum=0.5), Network((Dense(3),), ("dense",), (4,)), None)]
        [(), (), (4, 3), (3,)]
    """
    memory = _start(optimizer, network) if memory is None else memory
    rate = np.asarray(0.0 if isinstance(optimizer.learning_rate, Schedule) else optimizer.learning_rate)  # type: ignore[attr-defined]
    return [_taken(slot, memory, rate) for slot in _slots(optimizer, network, memory)]


def memory_of(optimizer: Optimizer, network: Network, given: list[NumpyArray]) -> OptimizerState | None:
    """What the optimizer remembers, by layer and array, from the arrays of a Keras file; None where it made no step yet.

    Raises:
        DataError: There are too few or too many arrays, or one has another shape.
    """
    memory = _start(optimizer, network)
    slots = list(_slots(optimizer, network, memory))
    if len(given) <= sum(slot.where in ("step", "rate") for slot in slots) < len(slots) and not any(
        np.any(one) for one in given[:1]
    ):
        return None  # Keras makes the others at the first step
    if len(given) != len(slots):
        raise DataError(
            f"The optimizer {type(optimizer).__name__} keeps {len(slots)} arrays for this network, and the file has {len(given)}."
        )
    for number, (slot, array) in enumerate(zip(slots, given, strict=True)):
        if array.shape != slot.shape or array.dtype != slot.dtype:
            raise DataError(
                f"Array {number} of the optimizer ({'/'.join(slot.path) or slot.where}) is {slot.dtype} {slot.shape}, "
                f"and in the file {array.dtype} {array.shape}."
            )
        memory = _put(slot, memory, jnp.asarray(array))
    return memory


def _trained(network: Network) -> dict[str, dict[str, Any]]:
    arrays = {name: (own.params, own.state) for name, layer, shape in network for own in [layer.build(shape)]}
    return network.gathered(arrays)[0]


def _start(optimizer: Optimizer, network: Network) -> OptimizerState:
    memory: OptimizerState = optimizer.init(_trained(network))
    return memory


def _slots(optimizer: Optimizer, network: Network, memory: OptimizerState) -> Iterator[_Slot]:
    """The places of Keras's arrays, in its order."""
    trained = _trained(network)
    arrays = [
        (name, one, trained[name][one])
        for name, layer in zip(network.names, network.layers, strict=True)
        for one in layer.weight_names
        if one in trained.get(name, {})
    ]
    yield _Slot("step", (), (), np.dtype(np.int32))
    if not isinstance(optimizer.learning_rate, Schedule):  # type: ignore[attr-defined]
        yield _Slot("rate", (), (), default_float())
    for where in ("average", "accumulated"):
        if getattr(memory, where) is not None:
            yield from (_Slot(where, (name, one), array.shape, array.dtype) for name, one, array in arrays)
    for group in _ORDERS[type(optimizer).__name__]:
        for name, one, array in arrays:
            moments = memory.moments[name][one]
            for moment in group:
                if moment in moments:
                    yield _Slot("moments", (name, one, moment), moments[moment].shape, moments[moment].dtype)
                elif isinstance(optimizer, Adafactor):
                    vector = moment == "velocity"
                    yield _Slot("", (), array.shape if vector else (), array.dtype if vector else np.dtype(np.int32))
    if arrays and "u_product" in memory.moments[arrays[0][0]][arrays[0][1]]:
        yield _Slot("product", (), (), default_float())


def _taken(slot: _Slot, memory: OptimizerState, rate: NumpyArray) -> NumpyArray:
    if slot.where == "moments":
        name, one, moment = slot.path
        return np.asarray(memory.moments[name][one][moment])
    if slot.where in ("average", "accumulated"):
        return np.asarray(getattr(memory, slot.where)[slot.path[0]][slot.path[1]])
    if slot.where == "product":
        first = next(iter(next(iter(memory.moments.values())).values()))
        return np.asarray(first["u_product"])
    given = {"step": memory.step, "rate": rate}.get(slot.where, np.zeros(slot.shape))
    return np.asarray(given).astype(slot.dtype)


def _put(slot: _Slot, memory: OptimizerState, array: Any) -> OptimizerState:
    if slot.where == "step":
        return memory._replace(step=array)
    if slot.where == "moments":
        name, one, moment = slot.path
        memory.moments[name][one][moment] = array
    elif slot.where in ("average", "accumulated"):
        getattr(memory, slot.where)[slot.path[0]][slot.path[1]] = array
    elif slot.where == "product":
        for own in memory.moments.values():
            for moments in own.values():
                moments["u_product"] = array
    return memory
