"""What a training is made of: the recipe, which stays, and the state, which every step replaces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from leadline.loss import Loss
from leadline.metric import Metric
from leadline.network import Network
from leadline.optimizers import Optimizer, OptimizerState
from leadline.structure import Structure, traced
from leadline.types import Array, Key, Params, State, default_float

__all__ = ["FEW", "Examples", "Recipe", "TrainState", "begin", "by_array", "finalised", "in_packs", "numeric", "packed"]

FEW = 1 << 16
"""Up to this many numbers are trained as one vector."""


class Examples(NamedTuple):
    """The data of a training or an evaluation, as arguments of the program.

    Attributes:
        X: Inputs, `(m, …)`; a tuple of them where the network has several.
        y: Targets, `(m,)` or `(m, …)`, as the loss takes them; a tuple of them where the network has several outputs.
        weight: How much each example counts, `(m,)` float; None where all count alike.
    """

    X: Any
    y: Any
    weight: Any

    @property
    def rows(self) -> int:
        """How many examples these are (or batches, where they stand in batches)."""
        return len(jax.tree.leaves(self.y)[0])


class TrainState(NamedTuple):
    """Everything that a step of training changes.

    Attributes:
        params: The network's trained arrays.
        state: Its other arrays.
        optimizer: What the optimizer remembers of the arrays as `packed` gives them.
        step: Steps taken, int32.
    """

    params: Params
    state: State
    optimizer: Any
    step: Array


@dataclass(frozen=True)
class Recipe(Structure):
    """What is trained and how: as a pytree, its leaves are all the continuous hyperparameters.

    Args:
        network: The network.
        loss: What is minimised, beside the network's penalty.
        optimizer: How.
        metrics: What else is measured in each epoch.
    """

    network: Network = traced()
    loss: Loss = traced()
    optimizer: Optimizer = traced()
    metrics: tuple[Metric, ...] = traced(default=())


def numeric(recipe: Recipe) -> Recipe:
    """The recipe with every leaf an array of the default float, so that `1` and `1.0` make the same program."""
    arrays: Recipe = jax.tree.map(lambda leaf: jnp.asarray(leaf, default_float()), recipe)
    return arrays


def packed(recipe: Recipe, params: Params) -> tuple[Any, Callable[[Any], Params]]:
    """The trained arrays as the optimizer sees them, and the way back.

    Where the optimizer treats every number alike and there are few of them, they are one vector: a step of a small network is
    mostly the starting of operations, and Adam's then are three instead of three an array. Large arrays stay as they are, since
    packing would copy them, and so do arrays that are held to constraints each by its own shape.
    """
    few = sum(leaf.size for leaf in jax.tree.leaves(params)) <= FEW
    alike = len({leaf.dtype for leaf in jax.tree.leaves(params)}) == 1
    if recipe.optimizer.is_elementwise and few and alike and not recipe.network.is_constrained:
        return ravel_pytree(params)
    return params, lambda same: same


def by_array(recipe: Recipe, params: Params, memory: OptimizerState) -> OptimizerState:
    """What the optimizer remembers of the arrays as `packed` gives them, by layer and array."""
    values, unpack = packed(recipe, params)
    if values is params:
        return memory
    parts = {name: unpack(moment) for name, moment in memory.moments.items() if jnp.ndim(moment)}
    whole = {name: moment for name, moment in memory.moments.items() if not jnp.ndim(moment)}
    moments = {
        layer: {one: whole | {name: part[layer][one] for name, part in parts.items()} for one in own}
        for layer, own in params.items()
    }
    accumulated, average = (None if one is None else unpack(one) for one in (memory.accumulated, memory.average))
    return OptimizerState(memory.step, moments, accumulated, average)


def in_packs(recipe: Recipe, params: Params, memory: OptimizerState) -> OptimizerState:
    """What the optimizer remembers by layer and array, of the arrays as `packed` gives them."""
    values, _ = packed(recipe, params)
    if values is params:
        return memory
    moments = {}
    for name, packed_moment in recipe.optimizer.init(values).moments.items():
        each = jax.tree.map(lambda _, own, name=name: own[name], params, memory.moments)
        moments[name] = ravel_pytree(each)[0] if packed_moment.ndim else jax.tree.leaves(each)[0]  # one number for all
    accumulated, average = (None if one is None else ravel_pytree(one)[0] for one in (memory.accumulated, memory.average))
    return OptimizerState(memory.step, moments, accumulated, average)


def begin(recipe: Recipe, key: Key) -> TrainState:
    """The state before the first step, with new weights."""
    params, state = recipe.network.init(key)
    return TrainState(params, state, recipe.optimizer.init(packed(recipe, params)[0]), jnp.zeros((), jnp.int32))


def finalised(recipe: Recipe, state: TrainState) -> TrainState:
    """The state when training ends: with the average of the weights in their place, where the optimizer keeps one."""
    if not recipe.optimizer.keeps_average:
        return state
    values, unpack = packed(recipe, state.params)
    return state._replace(params=unpack(recipe.optimizer.finalize(state.optimizer, values)))
