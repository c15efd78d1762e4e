"""A population: many trainings of one structure as one compiled program.

The members differ in traced values (λ, learning rate, dropout rate), in their seed and in the examples they see. They are trained
side by side under `vmap`, and spread over the devices of the machine with `shard_map`.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec

from leadline import seeds
from leadline.data.batches import epoch_order, padded
from leadline.errors import ArgumentError
from leadline.runtime import device_memory
from leadline.training import program
from leadline.training.program import Epochs
from leadline.training.state import Examples, Recipe, TrainState, begin, finalised, numeric
from leadline.types import Key, NumpyArray

__all__ = ["Member", "Population", "Watch", "train_population"]

_ORDER_BYTES = 64 * 1024 * 1024
"""The most memory that the orders of one call may take, over all members."""
_PREDICTION_ROWS = 2048
_BRIEFLY = {"xla_backend_optimization_level": 1}
"""For a program that runs once: first weights take seconds to optimise and milliseconds to draw. The bits are the same.

Whoever has switched JAX's optimisations off is not given these either.
"""
_SPREAD = PartitionSpec("members")  # type: ignore[no-untyped-call]
_EVERYWHERE = PartitionSpec()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Member:
    """One training of a population.

    Args:
        recipe: What is trained, and how; of the same structure for all members.
        seed: Decides the first weights, the order of examples and what layers draw, as a model's seed does.
        rows: Which rows of the data it sees, `(m,)` integers.
    """

    recipe: Recipe
    seed: int
    rows: NumpyArray


@dataclass(frozen=True)
class Population:
    """Trained members, their arrays stacked along a first axis.

    Attributes:
        recipes: The members' recipes, one structure with stacked leaves.
        states: Their last states.
        records: Names to `(members, epochs)`: the running cost, penalty, loss and metrics of each epoch; NaN from the epoch on
            in which a member stopped being finite.
        size: How many members (the arrays may have more rows, to fill the devices).
        finite: Which members kept finite weights to the end, `(members,)` booleans.
    """

    recipes: Recipe
    states: TrainState
    records: dict[str, NumpyArray]
    size: int
    finite: NumpyArray

    def taken(self, places: Sequence[int]) -> Population:
        """Some of the members, as a population of their own."""
        at = np.asarray(places)
        recipes, states = jax.tree.map(lambda array: np.asarray(array)[at], (self.recipes, self.states))
        return Population(recipes, states, {name: own[at] for name, own in self.records.items()}, len(at), self.finite[at])

    def predict(self, X: NumpyArray) -> NumpyArray:
        """Every member's outputs for the same inputs: `(members, m, outputs…)`."""
        count = len(X)
        batch = min(_PREDICTION_ROWS, count)
        outputs = _predict(self.recipes, self.states.params, self.states.state, padded(np.asarray(X), batch))
        flat = np.asarray(outputs)
        return flat.reshape(flat.shape[0], -1, *flat.shape[3:])[: self.size, :count]


@dataclass(frozen=True)
class Watch:
    """When a population is looked at while it trains, and by whom.

    Args:
        epochs: After how many epochs; 0 is before the first step. Those beyond the last epoch never come.
        see: Called with the number of epochs done, the recipes and the states, their arrays stacked along a first axis as in
            `Population`. Training goes on in the memory of the states: what is to last must be computed or copied from them.
    """

    epochs: tuple[int, ...]
    see: Callable[[int, Recipe, TrainState], None]


def train_population(
    members: Sequence[Member],
    data: Examples,
    *,
    epochs: int,
    batch_size: int = 32,
    progress: Callable[[int], None] | None = None,
    watch: Watch | None = None,
) -> Population:
    """Trains all members for the same number of steps.

    An epoch has as many positions as the largest member has rows; smaller members see their rows more often, so that all take the
    same number of steps. A member whose cost stops being finite stays at its last finite epoch.

    Args:
        members: The trainings; at least one.
        data: The examples that all choose their rows from.
        epochs: Epochs, counted in the largest member's rows.
        batch_size: Examples a step.
        progress: Called with the number of member-steps done since the last call.
        watch: Who looks at the states, and when; no number changes by it.

    Returns:
        The trained population.

    Raises:
        ArgumentError: No members, members of different structure, a member with rows that are not in the data, or none, or more
            than there is memory for.
    """
    _check_rows(members, data.rows)
    mesh = Mesh(np.array(jax.devices()), ("members",))
    size, filled = len(members), [*members, *[members[-1]] * (-len(members) % mesh.size)] if members else []
    recipes = _stacked([numeric(member.recipe) for member in filled])
    spread, everywhere = NamedSharding(mesh, _SPREAD), NamedSharding(mesh, _EVERYWHERE)
    own = jnp.array([member.seed for member in filled], jnp.uint32)
    keys, draws = (jax.vmap(lambda seed, name=name: seeds.stream(seed, name))(own) for name in ("weights", "training"))
    recipes, keys, draws = jax.device_put((recipes, keys, draws), spread)
    if filled[0].recipe.network.draws_on_host:
        each = [begin(numeric(member.recipe), key) for member, key in zip(filled, keys, strict=True)]
        states = jax.device_put(jax.tree.map(lambda *leaves: jnp.stack(leaves), *each), spread)
    else:
        _check_memory(filled, keys)
        plainly = jax.config.read("jax_disable_most_optimizations")  # type: ignore[no-untyped-call]
        states = _first(spread, plainly)(recipes, keys)
    data = jax.device_put(data, everywhere)
    positions = max(len(member.rows) for member in filled)
    steps = -(-positions // batch_size)
    most = max(1, min(64, _ORDER_BYTES // (4 * len(filled) * steps * batch_size)))
    run, records, finite = _program(mesh, positions), [], np.ones(len(filled), bool)
    stops = sorted({*range(0, epochs, most), epochs, *(e for e in (watch.epochs if watch else ()) if 0 <= e <= epochs)})
    for first, end in itertools.pairwise(stops):
        if watch is not None and first in watch.epochs:
            watch.see(first, recipes, states)
        count = end - first
        order = _orders(filled, positions, batch_size, range(first, first + count), most)
        counts = np.where(finite, count, 0).astype(np.int32)  # who has stopped stays where it is
        calls = Epochs(jax.device_put(order, spread), jax.device_put(counts, spread))
        states, report = run(recipes, states, data, calls, draws)
        records.append({name: np.asarray(values)[:, :count] for name, values in report.records.items()})
        finite &= np.asarray(report.bad_step) < 0
        if progress is not None:
            progress(count * steps * size)
    if watch is not None and epochs in watch.epochs:
        watch.see(epochs, recipes, states)
    states = jax.vmap(finalised)(recipes, states)
    history = {name: np.concatenate([part[name] for part in records], axis=1)[:size] for name in records[0]}
    return Population(recipes, states, history, size, finite[:size])


def _check_rows(members: Sequence[Member], rows: int) -> None:
    for place, member in enumerate(members):
        if not len(member.rows) or member.rows.min() < 0 or member.rows.max() >= rows:
            got = f"rows from {member.rows.min()} to {member.rows.max()}" if len(member.rows) else "none"
            raise ArgumentError(f"Member {place} must see some of the rows 0 to {rows - 1}. Got {got}.")


def _check_memory(members: Sequence[Member], keys: Key) -> None:
    """Refuses what could not even hold its states and one gradient for each member at a time."""
    state = jax.eval_shape(begin, numeric(members[0].recipe), keys[0])
    size = len(members) * sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves((state, state.params)))
    if size > (there := device_memory()):
        raise ArgumentError(
            f"{len(members)} trainings of this network side by side would take {size / 1e9:,.1f} GB, and there are "
            f"{there / 1e9:,.1f} GB of memory. Take fewer units, seeds or folds."
        )


def _stacked(recipes: Sequence[Recipe]) -> Recipe:
    """One recipe whose leaves have an axis of members in front."""
    if not recipes:
        raise ArgumentError("A population needs at least one member. Got none.")
    shapes = {jax.tree.structure(recipe) for recipe in recipes}
    if len(shapes) > 1:
        raise ArgumentError(
            "All members of a population must have the same structure: the same layers, units, loss and optimizer. "
            f"Got {len(shapes)} different ones. Train each structure as a population of its own."
        )
    stacked: Recipe = jax.tree.map(lambda *leaves: jnp.stack(leaves), *recipes)
    return stacked


def _orders(members: Sequence[Member], positions: int, batch_size: int, epochs: range, most: int) -> NumpyArray:
    """The members' orders of some epochs, `(members, most, steps, batch)`; members that share rows and seed share them."""
    steps = -(-positions // batch_size)
    orders = np.zeros((len(members), most, steps, batch_size), np.int32)
    known: dict[tuple[int, int], NumpyArray] = {}
    for place, member in enumerate(members):
        same = (member.seed, id(member.rows))
        if same not in known:
            drawn = [epoch_order(member.rows, positions, batch_size, seed=member.seed, epoch=epoch) for epoch in epochs]
            known[same] = np.stack(drawn)
        orders[place, : len(epochs)] = known[same]
    return orders


@functools.cache
def _first(spread: NamedSharding, plainly: bool) -> Any:
    """`begin` for a population, compiled once for each structure and number of members."""
    return jax.jit(jax.vmap(begin), out_shardings=spread, compiler_options={} if plainly else _BRIEFLY)


@functools.cache
def _program(mesh: Mesh, positions: int) -> Any:
    """`program.train` for a population on these devices, compiled once for each structure."""
    one = lambda recipe, state, data, epochs, key: program.train(recipe, state, data, epochs, positions, key, None)  # noqa: E731
    many = jax.vmap(one, in_axes=(0, 0, None, 0, 0))
    specs = (_SPREAD, _SPREAD, _EVERYWHERE, _SPREAD, _SPREAD)
    # Nothing is exchanged between members, so there is nothing for the check of varying values to find.
    spread = jax.shard_map(many, mesh=mesh, in_specs=specs, out_specs=_SPREAD, check_vma=False)
    return jax.jit(spread, donate_argnums=1)


_predict = jax.jit(jax.vmap(program.predict, in_axes=(0, 0, 0, None)))
