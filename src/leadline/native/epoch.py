"""The epoch of a small network as one operation: what it can do, and how it is called.

A step of a small network is mostly the starting of XLA's operations. Where a network is a chain of fully connected layers that
Adam trains in float32 on a CPU, `epoch.cpp` runs an epoch as one operation instead; everything else, and every machine without
the compiled library, takes the way through XLA. Both give the same numbers up to rounding.
"""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np

from leadline.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from leadline.losses.crossentropy import smoothed
from leadline.native.chain import Layers, layers_of
from leadline.network import Network
from leadline.optimizers import Adam, OptimizerState
from leadline.regularizers import L2
from leadline.schedules import Schedule
from leadline.training.state import Examples, Recipe, TrainState
from leadline.types import Array, Params

__all__ = ["Chain", "Steps", "chain_of", "run"]

TARGET = "leadline_epoch"
MOST_PRODUCTS = 1 << 23
"""Up to so many products a step the starting of operations counts; beyond, XLA's products use all cores."""
SPARSE, BINARY, SQUARED = range(3)


class Chain(NamedTuple):
    """What the operation is told of a network, and what does not change while it trains.

    Attributes:
        layers: As `layers_of` gives them.
        kind: What the cost is.
    """

    layers: Layers
    kind: int


class Steps(NamedTuple):
    """What an epoch gave, step by step.

    Attributes:
        costs: The cost of each step, `(steps,)`.
        penalties: What was added to it, `(steps,)`.
        outputs: The outputs of each step, `(steps, batch, units)`; empty where nobody asked for them.
    """

    costs: Array
    penalties: Array
    outputs: Array


def chain_of(recipe: Recipe, params: Params, data: Examples, batch: int) -> Chain | None:
    """How the operation would train this, its weights in one vector, or None where it cannot; asked while a program is traced."""
    layers, kind = layers_of(recipe.network, params), _kind(recipe, data)
    if layers is None or kind is None or not (_is_plain(recipe.optimizer) and _are_plain(recipe.network)):
        return None
    inputs_fit = isinstance(data.X, jax.Array) and data.X.ndim == 2 and data.X.dtype == jnp.float32
    weights_fit = data.weight is None or (data.weight.ndim == 1 and data.weight.dtype == jnp.float32)
    size = sum(leaf.size for leaf in jax.tree.leaves(params))
    return Chain(layers, kind) if inputs_fit and weights_fit and size * batch <= MOST_PRODUCTS else None


def _is_plain(optimizer: Any) -> bool:
    """Whether it is Adam, with nothing else switched on."""
    extras = ("weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "gradient_accumulation_steps")
    return type(optimizer) is Adam and not (
        optimizer.amsgrad or optimizer.use_ema or any(getattr(optimizer, name) is not None for name in extras)
    )


def _are_plain(network: Network) -> bool:
    """Whether its layers pay and keep nothing that the operation does not know."""
    penalties = [getattr(layer, name, None) for layer in network.layers for name in ("kernel_regularizer", "bias_regularizer")]
    return not network.is_constrained and all(one is None or type(one) is L2 for one in penalties)


def _kind(recipe: Recipe, data: Examples) -> int | None:
    """Which cost the operation knows this as, or None."""
    loss, outputs = recipe.loss, recipe.network.output_shape
    if loss.reduction != "sum_over_batch_size" or not isinstance(data.y, jax.Array) or len(outputs) != 1:
        return None
    rows, (units,) = data.y.shape[0], outputs
    if type(loss) is SparseCategoricalCrossentropy:
        return SPARSE if loss.from_logits and loss.ignore_class is None and units > 1 and data.y.size == rows else None
    if data.y.size != rows * units:
        return None
    if type(loss) is BinaryCrossentropy:
        return BINARY if loss.from_logits and loss.axis == -1 else None
    return SQUARED if type(loss) is MeanSquaredError else None


def run(
    chain: Chain, recipe: Recipe, start: TrainState, data: Examples, order: Array, positions: int, *, with_outputs: bool
) -> tuple[TrainState, Steps]:
    """One epoch.

    Args:
        chain: As `chain_of` gives it.
        recipe: What is trained, and how.
        start: Where training stands, its weights as one vector.
        data: The examples.
        order: Which example stands where, `(steps, batch)` int32.
        positions: How many examples make an epoch.
        with_outputs: Whether the outputs of the steps are wanted.
    """
    optimizer, memory = cast(Adam, recipe.optimizer), start.optimizer
    values: Any = start.params
    steps, batch = order.shape
    done = memory.step + jnp.arange(steps)
    rates = jax.vmap(optimizer.learning_rate)(done) if isinstance(optimizer.learning_rate, Schedule) else optimizer.learning_rate
    rates = jnp.broadcast_to(jnp.asarray(rates, jnp.float32), (steps,))
    alphas = jax.vmap(lambda rate, done: optimizer.numbers(rate, done)["alpha"])(rates, done)
    shares = optimizer.shares()
    strengths = [
        0.0 if one is None else one.l2
        for layer in recipe.network.layers
        for one in (layer.kernel_regularizer, layer.bias_regularizer)  # type: ignore[attr-defined]
    ]
    numbers = [shares["take_1"], shares["take_2"], shares["epsilon"], *strengths]
    settings = jnp.stack([jnp.asarray(number, jnp.float32) for number in numbers])
    units, nothing = chain.layers[-1][1], jnp.zeros((0,), jnp.float32)
    is_sparse = chain.kind == SPARSE
    labels = data.y.reshape(-1).astype(jnp.int32) if is_sparse else jnp.zeros((0,), jnp.int32)
    targets = nothing if is_sparse else data.y.reshape(-1, units).astype(jnp.float32)
    if isinstance(recipe.loss, BinaryCrossentropy):
        targets = smoothed(targets, recipe.loss.label_smoothing, 2)
    shapes = (*[values.shape] * 3, (steps,), (steps,), (steps if with_outputs else 0, batch, units))
    results = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]  # type: ignore[no-untyped-call]
    operation = jax.ffi.ffi_call(TARGET, results, vmap_method="expand_dims")
    after: Any
    after, mean, square, costs, penalties, outputs = operation(
        *(data.X, labels, targets, nothing if data.weight is None else data.weight, order, alphas, settings),
        *(values, memory.moments["momentum"], memory.moments["velocity"]),
        chain=np.asarray(chain.layers, np.int64).reshape(-1),
        kind=np.int64(chain.kind),
        positions=np.int64(positions),
    )
    memory = OptimizerState(memory.step + steps, {"momentum": mean, "velocity": square})
    return start._replace(params=after, optimizer=memory, step=start.step + steps), Steps(costs, penalties, outputs)
