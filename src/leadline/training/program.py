"""The compiled program: many epochs of training, with their validation, in one call.

Data, hyperparameters and the order of the examples are arguments. The number of epochs is traced too, so one compiled program
serves a fit of any length, and `vmap` makes it train a population.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from leadline.errors import ShapeError
from leadline.loss import Loss
from leadline.native import epoch as native
from leadline.training.outputs import Joint
from leadline.training.state import Examples, Recipe, TrainState, packed
from leadline.types import Array, Key, Params, State, default_float

__all__ = ["Epochs", "Report", "evaluate", "inexact", "per_example", "predict", "run_epochs", "train"]


class Epochs(NamedTuple):
    """The epochs of one call.

    Attributes:
        order: Which example stands where, `(most epochs of a call, steps, batch)` int32.
        count: How many of these epochs to run, a scalar int32.
    """

    order: Any
    count: Any


class Report(NamedTuple):
    """What comes back to the host from one call.

    Attributes:
        records: Names to one number an epoch, `(most epochs of a call,)`; those from `done` on are NaN.
        done: How many epochs ended with finite arrays.
        bad_step: The step, counted within its epoch, at which the cost or an array stopped being finite; -1 if none did.
    """

    records: dict[str, Array]
    done: Array
    bad_step: Array


def train(
    recipe: Recipe, start: TrainState, data: Examples, epochs: Epochs, positions: int, key: Key, validation: Examples | None
) -> tuple[TrainState, Report]:
    """Runs epochs of training from a state; pure, to be compiled.

    Each step minimises `cost + penalty`, where `cost = Σᵢ wᵢ ℓᵢ / batch` over the examples of the batch and `penalty` is what the
    network's regularizers give. The last batch of an epoch counts only its own examples. An epoch that ends with a cost,
    weights or other arrays that are not finite is undone, and no further one is begun.

    Args:
        recipe: What is trained, and how.
        start: Where training stands.
        data: The training examples.
        epochs: How many epochs, and their order of examples.
        positions: How many examples make an epoch.
        key: The stream of random numbers for layers that draw them.
        validation: Examples to evaluate after each epoch, in batches `(steps, batch, …)`, with weight NaN where a row is padding.

    Returns:
        The new state, and the records: `cost`, `penalty`, `loss` (their sum), with several outputs the loss of each, and the
        metrics, as running means over the epoch, and with `val_` the same of the validation examples at the end of the epoch.
    """
    steps, batch = epochs.order.shape[1:]
    present = (jnp.arange(steps * batch) < positions).astype(default_float()).reshape(steps, batch)

    def one_epoch(carry: tuple[TrainState, dict[str, Array], Array, Array]) -> tuple[TrainState, dict[str, Array], Array, Array]:
        before, records, done, _ = carry
        order = jax.lax.dynamic_index_in_dim(epochs.order, done, keepdims=False)
        after, record, bad_step = _epoch(recipe, before, data, order, present, positions, key)
        if validation is not None:
            measured = evaluate(recipe, after.params, after.state, validation)
            record |= {f"val_{name}": value for name, value in measured.items()}
        kept = jax.tree.map(lambda new, old: jnp.where(bad_step < 0, new, old), after, before)
        good = {name: jnp.where(bad_step < 0, value, jnp.nan) for name, value in record.items()}
        records = {name: records[name].at[done].set(value) for name, value in good.items()}
        return kept, records, done + (bad_step < 0), bad_step

    names = ["cost", "penalty", "loss", *_of_outputs(recipe), *(metric.name for metric in recipe.metrics)]
    names += [f"val_{name}" for name in names] if validation is not None else []
    blank = {name: jnp.full(len(epochs.order), jnp.nan, default_float()) for name in names}
    carry = (start, blank, jnp.int32(0), jnp.int32(-1))
    end, records, done, bad_step = jax.lax.while_loop(lambda c: (c[2] < epochs.count) & (c[3] < 0), one_epoch, carry)
    return end, Report(records, done, bad_step)


def _epoch(
    recipe: Recipe, start: TrainState, data: Examples, order: Array, present: Array, positions: int, key: Key
) -> tuple[TrainState, dict[str, Array], Array]:
    """One epoch: the state after it, its record, and the first step whose loss was not finite (or -1)."""
    values, unpack = packed(recipe, start.params)
    counts = jnp.sum(present, axis=1)
    batches = (order, present, counts)
    is_vector = values is not start.params
    chain = native.chain_of(recipe, start.params, data, order.shape[1]) if is_vector else None
    start = start._replace(params=values)
    if chain is not None:
        end, totals, measured = _in_one(recipe, chain, start, data, batches, positions)
    else:
        end, totals, measured = _in_steps(recipe, unpack, start, data, batches, positions, key)
    weights_finite = jnp.isfinite(sum(jnp.sum(leaf) for leaf in inexact((end.params, end.state))))
    good, steps = totals[0].astype(jnp.int32), len(order)
    bad_step = jnp.where(good < steps, good, jnp.where(weights_finite, -1, steps - 1))
    penalty, *costs = totals[1:] / jnp.sum(counts)
    record = _record(costs, penalty, recipe, measured)
    return end._replace(params=unpack(end.params)), record, bad_step


def _in_one(
    recipe: Recipe, chain: native.Chain, start: TrainState, data: Examples, batches: tuple[Array, Array, Array], positions: int
) -> tuple[TrainState, Array, Any]:
    """The steps of an epoch as one operation, from weights in one vector; what comes back is that of `_in_steps`."""
    order, present, counts = batches
    end, steps = native.run(chain, recipe, start, data, order, positions, with_outputs=bool(recipe.metrics))
    fine = jnp.cumprod(jnp.isfinite(steps.costs + steps.penalties).astype(counts.dtype))
    totals = jnp.stack([jnp.sum(fine), jnp.sum(counts * steps.penalties), jnp.sum(counts * steps.costs)])

    def measure(measured: Any, batch: tuple[Array, Array, Array]) -> tuple[Any, None]:
        rows, present, output = batch
        return tuple(m.update(s, data.y[rows], output, present) for m, s in zip(recipe.metrics, measured, strict=True)), None

    measured: Any = tuple(metric.init() for metric in recipe.metrics)
    if recipe.metrics:
        measured, _ = jax.lax.scan(measure, measured, (order, present, steps.outputs))
    return end, totals, measured


def _in_steps(
    recipe: Recipe,
    unpack: Any,
    start: TrainState,
    data: Examples,
    batches: tuple[Array, Array, Array],
    positions: int,
    key: Key,
) -> tuple[TrainState, Array, Any]:
    """The steps of an epoch, one after the other.

    Returns:
        The state after them; steps before the first whose cost was not finite, and the sums of penalty and costs over the
        examples; and the states of the metrics.
    """
    network, optimizer, metrics = recipe.network, recipe.optimizer, recipe.metrics

    def objective(values: Any, state: State, batch: Examples, present: Array, count: Array, key: Key | None) -> tuple[Array, Any]:
        params = unpack(values)
        output, state = network.apply(params, state, batch.X, training=True, key=key)
        costs = _batch_costs(recipe, batch, output, present, count)
        penalty = network.penalty(params)
        return costs[0] + penalty, (costs, penalty, state, output)

    def step(
        carry: tuple[TrainState, Array, Any], batch: tuple[Array, Array, Array]
    ) -> tuple[tuple[TrainState, Array, Any], None]:
        now, totals, measured = carry
        rows, present, count = batch
        examples = jax.tree.map(lambda array: array[rows], data)
        own_key = jax.random.fold_in(key, now.step) if network.is_random else None
        given = (now.params, now.state, examples, present, count, own_key)
        (total, (costs, penalty, state, output)), gradients = jax.value_and_grad(objective, has_aux=True)(*given)
        updates, optimizer_state = optimizer.update(gradients, now.optimizer, now.params)
        values = jax.tree.map(jnp.add, now.params, updates)
        values = network.constrain(values) if network.is_constrained else values
        # The first counts the steps before the first whose cost was not finite: after it, the third stays so.
        fine = jnp.isfinite(totals[2] + total).astype(totals.dtype)
        totals = totals + jnp.stack([fine, count * penalty, *(count * cost for cost in costs)])
        measured = tuple(m.update(s, examples.y, output, present) for m, s in zip(metrics, measured, strict=True))
        return (TrainState(values, state, optimizer_state, now.step + 1), totals, measured), None

    totals = jnp.zeros(3 + len(_of_outputs(recipe)), default_float())
    carry = (start, totals, tuple(metric.init() for metric in metrics))
    (order, present, counts), rest = batches, positions % batches[0].shape[1]
    if network.mixes_examples and rest:  # rows that only fill the last batch would change what its own rows see
        carry, _ = jax.lax.scan(step, carry, jax.tree.map(lambda array: array[:-1], batches))
        (end, totals, measured), _ = step(carry, (order[-1, :rest], present[-1, :rest], counts[-1]))
    else:
        (end, totals, measured), _ = jax.lax.scan(step, carry, batches)
    return end, totals, measured


def evaluate(recipe: Recipe, params: Params, state: State, data: Examples) -> dict[str, Array]:
    """Cost, penalty, loss and metrics of fixed weights over batches; pure, to be compiled.

    Args:
        recipe: The network, its loss and metrics.
        params: The weights.
        state: The network's other arrays.
        data: Batches `(steps, batch, …)`, with weight NaN where a row is padding.
    """

    def step(carry: tuple[Any, Any], batch: Examples) -> tuple[tuple[Any, Any], None]:
        totals, measured = carry
        present = jnp.where(jnp.isnan(batch.weight), 0.0, 1.0).astype(default_float())
        output, _ = recipe.network.apply(params, state, batch.X)
        rows = jnp.sum(present)
        costs = _batch_costs(recipe, batch._replace(weight=jnp.nan_to_num(batch.weight)), output, present, rows)
        measured = tuple(m.update(s, batch.y, output, present) for m, s in zip(recipe.metrics, measured, strict=True))
        return (totals + jnp.stack([rows, *(rows * cost for cost in costs)]), measured), None

    carry = (jnp.zeros(2 + len(_of_outputs(recipe)), default_float()), tuple(metric.init() for metric in recipe.metrics))
    (totals, measured), _ = jax.lax.scan(step, carry, data)
    return _record(list(totals[1:] / totals[0]), recipe.network.penalty(params), recipe, measured)


def inexact(tree: Any) -> list[Any]:
    """The arrays of a tree that can hold a NaN, those of whole numbers and of keys left out."""
    return [leaf for leaf in jax.tree.leaves(tree) if jnp.issubdtype(leaf.dtype, jnp.inexact)]


def predict(recipe: Recipe, params: Params, state: State, X: Array) -> Array:
    """The network's output for batches `(steps, batch, …)`: `(steps, batch, …)`; pure, to be compiled."""
    outputs: Array = jax.lax.map(lambda x: recipe.network.apply(params, state, x)[0], X)
    return outputs


def _of_outputs(recipe: Recipe) -> tuple[str, ...]:
    """The names under which the losses of several outputs are recorded."""
    return recipe.loss.records if isinstance(recipe.loss, Joint) else ()


def _record(costs: list[Array], penalty: Array, recipe: Recipe, measured: Any) -> dict[str, Array]:
    cost, *parts = costs
    results = {m.name: m.result(s) for m, s in zip(recipe.metrics, measured, strict=True)}
    own = dict(zip(_of_outputs(recipe), parts, strict=True))
    return {"cost": cost, "penalty": penalty, "loss": cost + penalty, **own, **results}


def per_example(loss: Loss, y: Any, output: Any) -> Array:
    """The loss of each example, `(batch,)`: the mean over what other axes an output has.

    Raises:
        ShapeError: The loss gives something else than one or more numbers for each example.
    """
    values, rows = loss.per_example(y, output), len(jax.tree.leaves(output)[0])
    if values.shape[:1] != (rows,):
        raise ShapeError(
            f"The loss {loss.name!r} gives an array of shape {values.shape} for a batch of {rows} examples. "
            "Give one number for each example, and leave the mean over the examples to the training."
        )
    return jnp.mean(values.reshape(values.shape[0], -1), axis=1)


def _batch_costs(recipe: Recipe, batch: Examples, output: Any, present: Array, count: Array) -> list[Array]:
    """The cost of a batch as the loss reduces it, over the `count` examples that are present (1) and not padding (0).

    With several outputs it is followed by the cost of each, before it is multiplied by its share.
    """
    weight = present if batch.weight is None else batch.weight * present
    if not isinstance(recipe.loss, Joint):
        return [_reduced(recipe.loss, batch.y, output, weight, present, count)]
    each = zip(recipe.loss.parts, batch.y, output, strict=True)
    costs = [_reduced(part, y, f, weight, present, count) for part, y, f in each]
    shared = [share * cost for share, cost in zip(recipe.loss.weights, costs, strict=True)]
    return [jnp.sum(jnp.stack(shared)), *costs]


def _reduced(loss: Loss, y: Array, output: Array, weight: Array, present: Array, count: Array) -> Array:
    mask = loss.mask(y, output)
    if mask is not None:  # a loss that counts only some of its values divides by how many it counted
        share = jnp.mean(mask.reshape(mask.shape[0], -1).astype(present.dtype), axis=1)
        weight, count = weight * jnp.sign(share), jnp.sum(present * share)
    total = jnp.sum(per_example(loss, y, output) * weight)
    if loss.reduction == "sum":
        return total
    if loss.reduction == "mean_with_sample_weight":
        count = jnp.sum(weight)
    return total / jnp.where(count == 0, 1, count)


run_epochs = jax.jit(train, static_argnames="positions", donate_argnames="start")
"""`train`, compiled once for each structure of its arguments; the state given is used up."""
