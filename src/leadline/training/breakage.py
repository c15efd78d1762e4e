"""Where a training stopped being finite: the steps of the epoch that was undone are taken again, and the first tensor named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leadline.network import Network
from leadline.training.program import Epochs, inexact, per_example, run_epochs
from leadline.training.state import Examples, Recipe, TrainState, packed
from leadline.types import Array, Key, NumpyArray, Params, State
from leadline.words import english

__all__ = ["Breakage", "broken_in", "values_of"]


@dataclass(frozen=True)
class Breakage:
    """Where a training stopped being finite.

    Attributes:
        epoch: In which epoch, from 0.
        step: In which of its steps, from 0; -1 where none was found when its steps were taken again.
        tensor: What was first not finite, in the order in which a step computes it.
    """

    epoch: int
    step: int
    tensor: str


def broken_in(
    epoch: int, recipe: Recipe, last: TrainState, data: Examples, order: NumpyArray, positions: int, key: Key
) -> Breakage:
    """Takes the steps of an epoch that broke once more, one by one, and names the first tensor that is not finite.

    So the compiled epoch need not say it, and no step pays for the question.

    Args:
        epoch: Which epoch that is, from 0.
        recipe: What is trained, and how.
        last: The last finite state, before the epoch.
        data: The training examples.
        order: Which example stands where in that epoch, `(steps, batch)`.
        positions: How many examples make an epoch.
        key: The stream of random numbers that training was given.
    """
    now = last
    for step, rows in enumerate(order):
        own = rows[: positions - step * order.shape[1]]
        once = Epochs(own[None, None], np.int32(1))
        after, report = run_epochs(recipe, jax.tree.map(jnp.array, now), data, once, len(own), key, None)
        if int(report.bad_step) >= 0:
            batch = jax.tree.map(lambda array, own=own: jnp.asarray(array[own]), data)
            return Breakage(epoch, step, _first_broken(recipe, now, batch, key))
        now = jax.device_get(after)
    return Breakage(epoch, -1, "not found again")


def values_of(
    network: Network, params: Params, state: State, X: Any, training: bool, key: Key | None
) -> tuple[tuple[Any, ...], Any, State]:
    """All values of a network's graph, the inputs first; the output among them; and the other arrays afterwards."""
    every = network.replace(outputs=tuple(range(len(network.input_shapes) + len(network.calls))))
    values, state = every.apply(params, state, X, training=training, key=key)
    places = network.outputs
    output = values[places] if isinstance(places, int) else tuple(values[place] for place in places)
    return values, output, state


def _first_broken(recipe: Recipe, now: TrainState, batch: Examples, key: Key) -> str:
    """What is first not finite, of all that a step computes."""
    network, own_key = recipe.network, jax.random.fold_in(key, now.step) if recipe.network.is_random else None

    def cost_of(params: Params) -> tuple[Array, tuple[Any, Array, State]]:
        values, output, state = values_of(network, params, now.state, batch.X, True, own_key)
        cost = jnp.mean(per_example(recipe.loss, batch.y, output))
        return cost + network.penalty(params), (values[len(network.input_shapes) :], cost, state)

    (total, (values, cost, state)), gradients = jax.value_and_grad(cost_of, has_aux=True)(now.params)
    weights, unpack = packed(recipe, now.params)
    updates, _ = recipe.optimizer.update(packed(recipe, gradients)[0], now.optimizer, weights)
    after = unpack(jax.tree.map(jnp.add, weights, updates))
    named: list[tuple[str, Any]] = [(english("the inputs"), batch.X), (english("the targets"), batch.y)]
    named += [(english("the weights of the rows"), batch.weight)]
    named += [(english(f"what {network.names[call.layer]!r} gives"), y) for call, y in zip(network.calls, values, strict=True)]
    named += [(english("the cost"), cost), (english("the cost with its penalty"), total)]
    named += [(english(f"{name} after the forward pass"), leaf) for name, leaf in _arrays(network, state)]
    named += [(english(f"the gradient of {name}"), leaf) for name, leaf in reversed(_arrays(network, gradients))]
    named += [(english(f"{name} after the step"), leaf) for name, leaf in _arrays(network, after)]
    broken = (name for name, tree in named if not all(bool(jnp.isfinite(leaf).all()) for leaf in inexact(tree)))
    return next(broken, english("a weight"))


def _arrays(network: Network, tree: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The arrays of a network's layers with their names, such as `'dense.kernel'`, in the network's order."""
    return [
        (repr(f"{name}.{jax.tree_util.keystr(path, simple=True, separator='.')}"), leaf)
        for name in network.names
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree.get(name, {}))
    ]
