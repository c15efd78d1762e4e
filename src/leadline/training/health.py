"""What goes on inside a network while it trains: signals, gradients and updates of every layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from leadline import activations, seeds
from leadline.data.batches import epoch_order
from leadline.layers import ReLU
from leadline.layers.layer import Layer
from leadline.network import Network
from leadline.runtime import COMPILED_BRIEFLY
from leadline.training.breakage import Breakage, broken_in, values_of
from leadline.training.program import per_example
from leadline.training.state import Examples, Recipe, TrainState, packed
from leadline.training.sweep import Member, Watch
from leadline.types import Array, NumpyArray, Params

__all__ = ["FLAT", "MOST_ROWS", "SLOPES", "Looks", "Probe", "breakage", "probe", "shown", "slope_of", "weighted"]

MOST_ROWS = 256
"""A look reads no more examples than this."""
_MOST_POSITIONS = 64
"""Of an image or a series it reads no more positions of each example than this."""
FLAT = 0.02
"""A unit whose slope is below this share of the steepest passes on next to no gradient."""

SLOPES: Mapping[Any, Callable[[NumpyArray], NumpyArray]] = MappingProxyType(
    {
        activations.relu: lambda a: a != 0,
        activations.relu6: lambda a: (a > 0) & (a < 6),
        activations.hard_sigmoid: lambda a: (a > 0) & (a < 1),
        activations.hard_tanh: lambda a: np.abs(a) < 1,
        activations.sigmoid: lambda a: 4 * a * (1 - a),
        activations.tanh: lambda a: 1 - a**2,
        activations.softsign: lambda a: (1 - np.abs(a)) ** 2,
    }
)
"""The slope of an activation as a share of the steepest, read off its value; of those that have flat ends."""


class Probe(NamedTuple):
    """What one look at some members finds; each array has an axis of members in front.

    Attributes:
        cost: The mean of the loss over the examples, without the penalty, `(members,)`.
        output: The least and the largest output, and by how much an example's outputs miss the sum of 1 at most, `(members, 3)`.
        entry: The root mean square of each feature that the first layer with a kernel reads, `(members, features)`; no features
            where that is no array of them, as with an embedding or somebody else's network.
        signal: The root mean square of what each layer gives, `(members, calls)`, for the calls that `shown` names.
        zeros: The share of it that is 0, likewise.
        flat: The share of it where the activation's slope is below `FLAT`; NaN without an activation of `SLOPES`.
        stuck: The share of units of which that holds for every example: for ReLU, the dead ones; NaN likewise.
        gradient: The norm of the cost's gradient by each layer's kernels, `(members, layers)`, for those that `weighted` names.
        weight: The norm of these kernels, likewise.
        spread: The norm of what distinguishes their units, that is, after the mean over the last axis is taken off; likewise.
        update: The norm of the change that the optimizer's next step would make to them, likewise.
    """

    cost: NumpyArray
    output: NumpyArray
    entry: NumpyArray
    signal: NumpyArray
    zeros: NumpyArray
    flat: NumpyArray
    stuck: NumpyArray
    gradient: NumpyArray
    weight: NumpyArray
    spread: NumpyArray
    update: NumpyArray


def slope_of(layer: Layer) -> Callable[[NumpyArray], NumpyArray] | None:
    """The function of `SLOPES` for what a layer gives; None where it has no activation with flat ends.

    Examples:
        >>> slope_of(ReLU())(np.array([0.0, 2.0])).tolist()
        [False, True]
    """
    if isinstance(layer, ReLU):
        plain = layer.negative_slope == 0 and layer.threshold == 0 and layer.max_value is None
        return SLOPES[activations.relu] if plain else None
    return SLOPES.get(getattr(layer, "activation", None))


def weighted(network: Network, params: Params) -> tuple[str, ...]:
    """The names of the layers that train a kernel, an array of two axes or more, in the network's order."""
    return tuple(name for name in network.names if _kernels(params.get(name, {})))


def shown(network: Network, params: Params) -> tuple[int, ...]:
    """Which of the network's calls are of a layer that trains a kernel or has an activation."""
    kernels = weighted(network, params)
    active = [isinstance(layer, ReLU) or hasattr(layer, "activation") for layer in network.layers]
    return tuple(i for i, (layer, _) in enumerate(network.calls) if active[layer] or network.names[layer] in kernels)


def probe(recipes: Recipe, states: TrainState, batch: Examples) -> Probe:
    """Looks at networks on some examples: one pass forward, one backward, and one step of the optimizer that is not taken.

    Layers behave as in prediction, but where the output for an example depends on the others of its batch, as in training.

    Args:
        recipes: The members' networks, losses and optimizers, their leaves stacked along a first axis.
        states: Where their training stands, likewise.
        batch: Some examples, the same for all.

    Examples:
        >>> from leadline.layers import Dense
        >>> from leadline.losses import MeanSquaredError
        >>> from leadline.optimizers import SGD
        >>> from leadline.training.state import begin
        >>> network = Network((Dense(3, "relu"), Dense(1)), ("hidden", "out"), (2,))
        >>> recipe = Recipe(network, MeanSquaredError(), SGD(0.1))
        >>> one = jax.tree.map(lambda leaf: np.asarray(leaf)[None], (recipe, begin(recipe, jax.random.key(0))))
        >>> found = probe(*one, Examples(np.ones((4, 2)), np.ones((4, 1)), None))
        >>> found.signal.shape, found.update.shape, bool(np.allclose(found.update, 0.1 * found.gradient))
        ((1, 2), (1, 2), True)
    """
    network, params = recipes.network, jax.tree.map(np.asarray, states.params)
    one = jax.tree.map(lambda leaf: leaf[0], params)
    cost, entry, output, values, gradients, updates = jax.device_get(_passes(recipes, states, batch))
    layers = [network.layers[network.calls[place].layer] for place in shown(network, one)]
    signals = np.array([_signal(layer, value) for layer, value in zip(layers, values, strict=True)]).reshape(len(layers), 4, -1)
    kernels = {name: _kernels(params[name], 2) for name in weighted(network, one)}
    centred = {name: [_centred(array) for array in own] for name, own in kernels.items()}
    changes = [_like(params, tree) for tree in (gradients, updates)]
    trees = [{name: _kernels(tree[name], 2) for name in kernels} for tree in changes]
    gradient, weight, spread, update = (_norms(tree, len(cost)) for tree in (trees[0], kernels, centred, trees[1]))
    signal, zeros, flat, stuck = signals.transpose(1, 2, 0)
    return Probe(cost, output, entry, signal, zeros, flat, stuck, gradient, weight, spread, update)


def _pass(recipe: Recipe, now: TrainState, batch: Examples) -> tuple[Any, ...]:
    """What a look reads of one member: as little as can be in the program, which is compiled for a few calls only."""
    network, (start, unpack) = recipe.network, packed(recipe, now.params)
    training = network.mixes_examples
    key = jax.random.key(0) if training and network.is_random else None

    def cost_of(values: Any) -> tuple[Array, tuple[Any, Any]]:
        values, output, _ = values_of(network, unpack(values), now.state, batch.X, training, key)
        return jnp.mean(per_example(recipe.loss, batch.y, output)), (values, output)

    (cost, (values, output)), gradients = jax.value_and_grad(cost_of, has_aux=True)(start)
    steps = gradients
    if any(regularizer is not None for layer in network.layers for regularizer in layer.kernel_regularizers.values()):
        priced = jax.grad(lambda values: network.penalty(unpack(values)))(start)
        steps = jax.tree.map(jnp.add, gradients, priced)
    updates, _ = recipe.optimizer.update(steps, now.optimizer, start)
    inputs = len(network.input_shapes)
    given = [_thinned(values[inputs + place]) for place in shown(network, now.params)]
    first = jax.tree.leaves(output)[0]
    outputs = jnp.array([jnp.min(first), jnp.max(first), jnp.max(jnp.abs(jnp.sum(first, axis=-1) - 1))])
    return cost, _entry(network, now.params, values), outputs, given, gradients, updates


_passes = jax.jit(
    jax.vmap(_pass, in_axes=(0, 0, None)),
    compiler_options=COMPILED_BRIEFLY,
)


def _thinned(y: Array) -> Array:
    """A layer's values as `(examples, positions, units)`, with some of the positions."""
    places = y.reshape(len(y), -1, y.shape[-1])
    return places[:, :: -(-places.shape[1] // _MOST_POSITIONS)]


def _signal(layer: Layer, y: NumpyArray) -> list[NumpyArray]:
    """Root mean square, share of zeros, share of flat values, share of units that are flat for every example; per member."""
    y, slope = y.astype(np.float32), slope_of(layer)
    axes = tuple(range(1, y.ndim))
    plain = [np.sqrt(np.mean(np.square(y, dtype=np.float64), axis=axes)), np.mean(y == 0, axis=axes)]
    if slope is None:
        return [*plain, np.full(len(y), np.nan), np.full(len(y), np.nan)]
    flat = slope(y) < FLAT
    return [*plain, np.mean(flat, axis=axes), np.mean(np.all(flat, axis=axes[:-1]), axis=-1)]


def _entry(network: Network, params: Params, values: tuple[Any, ...]) -> Array:
    """How large the features are that the first layer with a kernel reads."""
    for call in network.calls:
        layer, own = network.layers[call.layer], params.get(network.names[call.layer], {})
        if _kernels(own):
            x = values[call.inputs[0]]
            if x.ndim > 1 and all(name in own for name in layer.kernel_names) and "embeddings" not in own:
                return jnp.sqrt(jnp.mean(x.reshape(-1, x.shape[-1]).astype(jnp.float32) ** 2, axis=0))
            break
    return jnp.zeros(0)


def _kernels(own: Any, least: int = 1) -> list[Any]:
    return [leaf for leaf in jax.tree.leaves(own) if leaf.ndim > least]


def _like(params: Params, values: Any) -> Any:
    """Changes of the weights as a tree like theirs, where they came as one vector for each member."""
    if isinstance(values, dict):
        return values
    leaves = jax.tree.leaves(params)
    ends = np.cumsum([leaf[0].size for leaf in leaves])[:-1]
    parts = np.split(values, ends, axis=1)
    return jax.tree.unflatten(
        jax.tree.structure(params), [part.reshape(leaf.shape) for part, leaf in zip(parts, leaves, strict=True)]
    )


def _centred(kernel: NumpyArray) -> NumpyArray:
    """What distinguishes the units of a layer; a single one is itself."""
    return np.asarray(kernel - kernel.mean(axis=-1, keepdims=True)) if kernel.shape[-1] > 1 else kernel


def _norms(kernels: dict[str, list[NumpyArray]], members: int) -> NumpyArray:
    """The norm over each layer's arrays, `(members, layers)`."""
    squares = [
        sum(np.sum(np.square(array.reshape(members, -1), dtype=np.float64), axis=1) for array in own) for own in kernels.values()
    ]
    return np.asarray(np.sqrt(np.array(squares).reshape(len(kernels), members).T))


@dataclass(frozen=True)
class Looks:
    """Looks at some members of a population while it trains; its attributes are filled by then.

    Args:
        members: All members of the population.
        places: Which of them are looked at; they are of one recipe's structure, as all are.
        data: The examples that all choose their rows from.
        epochs: How many epochs are trained.
        batch_size: Examples a step.

    Attributes:
        seen: What was found after so many epochs, its arrays with an axis of `places` in front.
        broken: Where those members broke that did not stay finite, by their place.
        names: The layers of the looks' figures: of "calls", one for each that is `shown`, and with "kernels".
    """

    members: Sequence[Member]
    places: tuple[int, ...]
    data: Examples
    epochs: int
    batch_size: int
    seen: dict[int, Probe] = field(default_factory=dict)
    broken: dict[int, Breakage] = field(default_factory=dict)
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def watch(self) -> Watch:
        """What `train_population` is given: looks at the start, after 1 epoch, a quarter, a half, and at the end."""
        return Watch(tuple(sorted({0, 1, self.epochs // 4, self.epochs // 2, self.epochs})), self.see)

    @property
    def positions(self) -> int:
        """How many examples make an epoch."""
        return max(len(member.rows) for member in self.members)

    @property
    def batch(self) -> Examples:
        """The examples that are looked at: up to `MOST_ROWS` of those that the first of the places sees."""
        rows = self.members[self.places[0]].rows
        some = seeds.generator(0, "health").permutation(rows)[:MOST_ROWS]
        batch: Examples = jax.tree.map(lambda array: np.asarray(array)[some], self.data)
        return batch

    def see(self, epoch: int, recipes: Recipe, states: TrainState) -> None:
        """Looks at the members' states."""
        at = np.array(self.places)
        own, chosen = jax.tree.map(lambda leaf: np.asarray(leaf)[at], (recipes, states))
        self.seen[epoch] = probe(own, chosen, self.batch)
        network, params = own.network, jax.tree.map(lambda leaf: leaf[0], chosen.params)
        calls = tuple(network.names[network.calls[place].layer] for place in shown(network, params))
        self.names.update(calls=calls, kernels=weighted(network, params))
        if epoch == self.epochs:
            steps = np.asarray(states.step)
            for place in self.places:
                if steps[place] < epoch * -(-self.positions // self.batch_size):
                    own = jax.tree.map(lambda leaf, place=place: np.asarray(leaf)[place], states)
                    self.broken[place] = breakage(self.members[place], own, self.data, self.positions, self.batch_size)


def breakage(member: Member, last: TrainState, data: Examples, positions: int, batch_size: int) -> Breakage:
    """Where a member of a population stopped being finite.

    Args:
        member: The training.
        last: Its last finite state, that of the end of an epoch.
        data: The examples that it chose its rows from.
        positions: Examples an epoch.
        batch_size: Examples a step.
    """
    epoch = int(last.step) // -(-positions // batch_size)
    order = epoch_order(member.rows, positions, batch_size, seed=member.seed, epoch=epoch)
    return broken_in(epoch, member.recipe, last, data, order, positions, seeds.stream(member.seed, "training"))
