"""Several trained members as one model, which gives the mean of what they give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import numpy as np

from leadline.errors import ArgumentError
from leadline.layers import Activation, Average, Input, Rescaling
from leadline.layers.symbol import Symbol
from leadline.loss import Loss
from leadline.losses import BinaryCrossentropy, BinaryFocalCrossentropy
from leadline.models.model import Model
from leadline.network import Network
from leadline.training.state import Recipe
from leadline.training.sweep import Population
from leadline.types import Params, State

__all__ = ["committee"]


def committee(
    population: Population,
    members: Sequence[int] | None = None,
    *,
    location: float = 0.0,
    scale: float = 1.0,
    name: str = "committee",
    seed: int = 0,
) -> Model:
    """The model that gives the mean of what some members of a population give.

    All members read one `Input`. Where the loss reads logits, each member's become probabilities before their mean is taken; the
    model is compiled with that loss, reading probabilities. One member alone is its network, with what the loss or scale adds.

    Args:
        population: The trained members, of networks with one output.
        members: Which of them, by number; by default all that kept finite weights.
        location: What is added to the mean, after the scale: back into the unit of a target that was scaled for training.
        scale: What the mean is multiplied by.
        name: The model's name.
        seed: Its seed.

    Returns:
        The compiled model, of copies of the members' layers, which hold their weights. Of several members each layer is called
        `member_<number>_<its name>`.

    Raises:
        ArgumentError: No member, one that there is not or whose weights are not finite, or a network of several outputs.
    """
    chosen = _chosen(population, members)
    network = population.recipes.network
    if not isinstance(network.outputs, int):
        raise ArgumentError(f"A committee is of networks with one output. Got the outputs {', '.join(network.output_names)}.")
    recipes, params, state = jax.device_get((population.recipes, population.states.params, population.states.state))
    names = network.input_names or (None,) * len(network.input_shapes)
    inputs = [Input(shape, name=one) for shape, one in zip(network.input_shapes, names, strict=True)]
    own: Recipe = _member(recipes, chosen[0])
    outputs = []
    for place in chosen:
        prefix = f"member_{place}_" if len(chosen) > 1 else ""
        own_params, own_state = jax.tree.map(lambda leaf, place=place: leaf[place], (params, state))
        held = _held(_member(recipes.network, place), own_params, own_state, prefix)
        output = Model.of(held)(inputs if network.has_many_inputs else inputs[0])
        outputs.append(_activated(output, own.loss))
    whole = outputs[0] if len(outputs) == 1 else Average()(outputs)
    whole = whole if (location, scale) == (0.0, 1.0) else Rescaling(scale, location)(whole)
    model = Model(inputs, whole, name=name, seed=seed)
    loss = own.loss.replace(from_logits=False) if _reads_logits(own.loss) else own.loss
    model.compile(own.optimizer, loss, metrics=list(own.metrics) or None)
    return model


def _chosen(population: Population, members: Sequence[int] | None) -> list[int]:
    finite = np.flatnonzero(population.finite).tolist()
    chosen = finite if members is None else list(members)
    if odd := [place for place in chosen if place not in finite]:
        why = "its weights are not finite" if odd[0] in range(population.size) else f"there are {population.size}, from 0 on"
        raise ArgumentError(f"Member {odd[0]!r} cannot stand in a committee: {why}. Finite ones: {finite}.")
    if not chosen or len(set(chosen)) < len(chosen):
        raise ArgumentError(f"A committee needs at least one member, each once. Got {chosen}; finite ones: {finite}.")
    return chosen


def _member(stacked: Any, place: int) -> Any:
    """One member's hyperparameters, scalars as Python's floats, in the fewest digits that say the same."""
    return jax.tree.map(lambda leaf: float(str(leaf[place])) if leaf.ndim == 1 else leaf[place], stacked)


def _held(network: Network, params: Params, state: State, prefix: str) -> Network:
    """A member's network, whose layers hold its arrays under their new names."""
    names = tuple(prefix + name for name in network.names)
    layers = tuple(layer.replace(name=name) for layer, name in zip(network.layers, names)) if prefix else network.layers
    arrays = {new: {**params.get(old, {}), **state.get(old, {})} for old, new in zip(network.names, names)}
    return network.replace(layers=layers, names=names).holding(arrays)


def _activated(output: Symbol, loss: Loss) -> Symbol:
    """What a member gives as probabilities, where its loss reads logits."""
    if not _reads_logits(loss):
        return output
    symbol: Symbol = Activation("sigmoid" if isinstance(loss, BinaryCrossentropy | BinaryFocalCrossentropy) else "softmax")(
        output
    )
    return symbol


def _reads_logits(loss: Loss) -> bool:
    return bool(getattr(loss, "from_logits", False))
