"""The model: weights, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from leadline import callbacks as callback_table
from leadline import losses, metrics, optimizers, seeds
from leadline.callbacks import Callback
from leadline.errors import ArgumentError, NonFiniteError, NotBuiltError
from leadline.layers.layer import Layer
from leadline.loss import Loss
from leadline.metric import Metric
from leadline.models.inputs import batched, examples, hold_out, inputs, validation_parts, whole
from leadline.models.progress import Progress
from leadline.models.summary import summary_text
from leadline.network import Network
from leadline.optimizers import Optimizer
from leadline.training import program
from leadline.training.history import History
from leadline.training.loop import Plan, fit
from leadline.training.state import Examples, Recipe, TrainState, numeric, packed
from leadline.types import Array, ArrayLike, NumpyArray, Params, Shape, State

__all__ = ["Compiled", "Model"]

_EVALUATION_BATCH = 1024
_PREDICTION_BATCH = 8192
_evaluate = jax.jit(program.evaluate)
_apply = jax.jit(lambda network, params, state, X: network.apply(params, state, X)[0])


@dataclass(frozen=True)
class Compiled:
    """What `compile` was given, with names resolved to things.

    Attributes:
        optimizer: How the weights are changed.
        loss: What is minimised, beside the penalty.
        metrics: What else is measured: metrics, or names that wait for the shapes to be known.
    """

    optimizer: Optimizer
    loss: Loss
    metrics: tuple[Any, ...]


class Model:
    """A network with its weights. `Sequential` makes one.

    The weights belong to the layers, as in Keras: a layer that stands in two models is the same in both.

    Args:
        name: What the summary calls it.
        seed: Decides the first weights, the order of the examples and what layers draw. The same seed on the same machine gives
            the same bits; another one, another training.
    """

    def __init__(self, *, name: str = "model", seed: int = 0) -> None:
        self.name = name
        self.seed = whole("seed", seed, 0)
        self._network: Network | None = None
        self._compiled: Compiled | None = None
        self._progress: tuple[Any, Array] | None = None  # what the optimizer remembers, and its steps

    @property
    def network(self) -> Network:
        """The network as an immutable description.

        Raises:
            NotBuiltError: The shape of its input is not known yet.
        """
        if self._network is None:
            raise NotBuiltError(
                f"Model {self.name!r} does not know the shape of its input yet. "
                "Begin with Input(shape=…), call build((None, features)), or fit it."
            )
        return self._network

    @property
    def compiled(self) -> Compiled:
        """What `compile` was given.

        Raises:
            NotBuiltError: `compile` was not called, or without a loss.
        """
        if self._compiled is None:
            raise NotBuiltError(f"Model {self.name!r} has no loss yet. Call compile(loss=…) first.")
        return self._compiled

    @property
    def built(self) -> bool:
        """Whether the model has weights."""
        return self._network is not None

    def ensure_built(self, input_shape: Shape) -> None:
        """Makes the weights for inputs of this shape, if that was not done."""
        del input_shape
        _ = self.network

    def _adopt(self, network: Network) -> None:
        """Takes a network as its own, and makes the weights of the layers that have none."""
        key = seeds.stream(self.seed, "weights")
        for name, layer, shape in network:
            layer.build(shape, network.layer_key(key, name))
        self._network, self._progress = network, None

    # --- compile ------------------------------------------------------------------------------------------------------------

    def compile(self, optimizer: Any = "rmsprop", loss: Any = None, metrics: Sequence[Any] | None = None) -> None:
        """Chooses how the model is trained.

        Args:
            optimizer: A name, a leadline optimizer, or any Optax transformation.
            loss: A name, a leadline loss, or a function of (y_true, y_pred) that gives one number an example.
            metrics: Names, metrics, or functions like a loss's.

        Raises:
            ArgumentError: An unknown name, a metric twice, or a loss that gives no single number to minimise.
        """
        chosen = None if loss is None else losses.get(loss)
        if chosen is not None and chosen.reduction in (None, "none"):
            raise ArgumentError("A model minimises one number, and the loss has reduction 'none'. Leave the reduction out.")
        how = optimizers.get(optimizer)
        self._compiled = None if chosen is None else Compiled(how, chosen, _listed(metrics or ()))
        self._progress = None

    def recipe(self, y_shape: Shape | None = None) -> Recipe:
        """What the engine trains: network, loss, optimizer, metrics.

        Args:
            y_shape: The shape of the targets, by which "accuracy" is known to be binary or of classes.
        """
        made, shape = self.compiled, (1, *self.network.output_shape)
        resolved: list[Metric] = [metrics.resolve(metric, made.loss, y_shape or shape, shape) for metric in made.metrics]
        names = [metric.name for metric in resolved]
        if clash := [name for name in names if names.count(name) > 1 or name in ("loss", "cost", "penalty")]:
            raise ArgumentError(f"Two records would be called {clash[0]!r}. Give the metric a name of its own.")
        return numeric(Recipe(self.network, made.loss, made.optimizer, tuple(resolved)))

    # --- fit, evaluate, predict ---------------------------------------------------------------------------------------------

    def fit(
        self,
        x: ArrayLike,
        y: ArrayLike,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: str | int = "auto",
        callbacks: Sequence[Callback] | Callback | None = None,
        validation_split: float = 0.0,
        validation_data: tuple[Any, ...] | None = None,
        shuffle: bool = True,
        class_weight: Mapping[int, float] | None = None,
        sample_weight: ArrayLike | None = None,
        initial_epoch: int = 0,
    ) -> History:
        """Trains the weights; a second call goes on where the first ended.

        Args:
            x: Inputs, `(m, …)`.
            y: Targets, `(m,)` or `(m, outputs)`; for sparse cross-entropies the number of the class, from 0.
            batch_size: Examples a step; 32 by default. The last batch of an epoch may be smaller, and counts as what it is.
            epochs: The number of the last epoch.
            verbose: 0 says nothing, 1 shows a progress bar, 2 a line an epoch; "auto" is 1 on a terminal and 0 elsewhere.
            callbacks: Callbacks, or functions of (epoch, logs).
            validation_split: The share of the last rows that is held out for validation.
            validation_data: `(x, y)` or `(x, y, sample_weight)`, instead.
            shuffle: Whether each epoch has an order of its own.
            class_weight: Labels to weights.
            sample_weight: A weight for each example, `(m,)`.
            initial_epoch: Epochs taken as done already.

        Returns:
            The records of the epochs.

        Raises:
            NotBuiltError: The model was not compiled with a loss.
            DataError, ShapeError, ArgumentError: The data or a setting cannot be used; nothing was trained.
            NonFiniteError: The cost or a weight became NaN; the model has the last finite weights.
        """
        plan = self._plan(batch_size, epochs, shuffle, initial_epoch)
        if validation_data is None and validation_split:
            (x, y, sample_weight), validation_data = hold_out(x, y, sample_weight, validation_split)
        data = self._examples(x, y, sample_weight, class_weight)
        held_out = None if validation_data is None else self._examples(*validation_parts(validation_data))
        validation = None if held_out is None else batched(held_out, plan.batch_size)
        given = [callbacks] if callable(callbacks) or isinstance(callbacks, Callback) else list(callbacks or ())
        watchers = [*map(callback_table.get, given), *Progress.for_verbosity(verbose, initial_epoch)]
        recipe = self.recipe(data.y.shape)
        data, validation = jax.tree.map(jnp.asarray, (data, validation))
        try:
            state, history = fit(recipe, self._state(recipe), data, plan, callbacks=watchers, validation=validation)
        except NonFiniteError as error:
            self._keep(error.state)
            raise
        self._keep(state)
        return history

    def evaluate(
        self,
        x: ArrayLike,
        y: ArrayLike,
        batch_size: int | None = None,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
    ) -> Any:
        """Loss and metrics of the weights as they are.

        Args:
            x: Inputs, `(m, …)`.
            y: Targets.
            batch_size: Examples a step; a matter of memory, not of the result, where the loss is a plain mean.
            sample_weight: A weight for each example.
            return_dict: Names to numbers, with `cost` and `penalty` apart, instead of Keras's list.

        Returns:
            The loss; with metrics, the list of loss and metrics; or the dictionary.
        """
        data = self._examples(x, y, sample_weight)
        recipe, (params, state) = self.recipe(data.y.shape), self._arrays()
        size = whole("batch_size", _EVALUATION_BATCH if batch_size is None else batch_size, 1)
        batches = batched(data, min(size, len(data.y)))
        measured = {name: float(value) for name, value in jax.device_get(_evaluate(recipe, params, state, batches)).items()}
        if return_dict:
            return measured
        values = [measured["loss"], *(measured[metric.name] for metric in recipe.metrics)]
        return values if recipe.metrics else values[0]

    def predict(self, x: ArrayLike, batch_size: int | None = None) -> NumpyArray:
        """The network's outputs, `(m, …)`.

        Args:
            x: Inputs, `(m, …)`.
            batch_size: Examples at once; a matter of memory, not of the result.
        """
        X, (params, state) = self._inputs(x), self._arrays()
        block = whole("batch_size", _PREDICTION_BATCH if batch_size is None else batch_size, 1)
        parts = [self._outputs(params, state, X[i : i + block]) for i in range(0, len(X), block)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def __call__(self, x: ArrayLike, training: bool = False) -> Array:
        """The output for a batch, computed at once; as `predict`, but an array of JAX."""
        batch = jnp.asarray(x)
        self.ensure_built(batch.shape[1:])
        for _, layer, _ in self.network:
            batch = layer(batch, training=training)
        return batch

    def _outputs(self, params: Params, state: State, X: NumpyArray) -> NumpyArray:
        # Filled up to a power of two, so that a few compiled programs serve inputs of any length.
        rows = 1 << (len(X) - 1).bit_length()
        filled = X if rows == len(X) else np.concatenate([X, np.zeros((rows - len(X), *X.shape[1:]), X.dtype)])
        return np.asarray(_apply(self.network, params, state, filled))[: len(X)]

    # --- weights ------------------------------------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers, first to last."""
        return list(self.network.layers)

    def get_layer(self, name: str) -> Layer:
        """The layer of that name.

        Raises:
            ArgumentError: There is none.
        """
        for own, layer, _ in self.network:
            if own == name:
                return layer
        raise ArgumentError(f"Model {self.name!r} has no layer {name!r}. It has: {', '.join(self.network.names)}.")

    def get_weights(self) -> list[NumpyArray]:
        """Copies of all arrays, layer by layer, within a layer as `Layer.get_weights`."""
        return [array for _, layer, _ in self.network for array in layer.get_weights()]

    def set_weights(self, weights: Sequence[ArrayLike]) -> None:
        """Puts arrays in the order of `get_weights` into the layers.

        Raises:
            ArgumentError: Another number of arrays than the model has.
            ShapeError: An array has another shape than its place.
        """
        counts = [len(layer.get_weights()) for _, layer, _ in self.network]
        if len(weights) != sum(counts):
            raise ArgumentError(f"Model {self.name!r} has {sum(counts)} arrays, and got {len(weights)}.")
        ends = np.cumsum(counts)
        parts = [weights[end - count : end] for end, count in zip(ends, counts, strict=True)]
        for (_, layer, _), part in zip(self.network, parts, strict=True):
            layer.arranged(part)  # all are checked before the first is changed
        for (_, layer, _), part in zip(self.network, parts, strict=True):
            layer.set_weights(part)

    def count_params(self) -> int:
        """How many numbers the arrays hold."""
        return sum(array.size for array in self.get_weights())

    def summary(self) -> None:
        """Prints the layers, their output shapes and how many numbers they hold."""
        print(summary_text(self.name, self.network, [sum(a.size for a in layer.get_weights()) for layer in self.layers]))

    def _arrays(self) -> tuple[Params, State]:
        params: Params = {}
        state: State = {}
        for name, layer, shape in self.network:
            own = layer.build(shape)
            params |= {name: own.params} if own.params else {}
            state |= {name: own.state} if own.state else {}
        return params, state

    def _state(self, recipe: Recipe) -> TrainState:
        params, state = self._arrays()
        memory, step = self._progress or (recipe.optimizer.init(packed(recipe, params)[0]), jnp.zeros((), jnp.int32))
        return TrainState(params, state, memory, step)

    def _keep(self, state: TrainState) -> None:
        for name, layer, shape in self.network:
            own = layer.build(shape)
            own.params, own.state = state.params.get(name, {}), state.state.get(name, {})
        self._progress = (state.optimizer, state.step)

    def _inputs(self, x: Any) -> NumpyArray:
        X = inputs(x, self.network.input_shape if self.built else None)
        self.ensure_built(X.shape[1:])
        return X

    def _examples(self, x: Any, y: Any, sample_weight: Any = None, class_weight: Mapping[int, float] | None = None) -> Examples:
        X, loss = self._inputs(x), self.compiled.loss
        return examples(X, y, loss, self.network.output_shape, sample_weight=sample_weight, class_weight=class_weight)

    def _plan(self, batch_size: int | None, epochs: int, shuffle: bool, initial_epoch: int) -> Plan:
        size = whole("batch_size", 32 if batch_size is None else batch_size, 1)
        return Plan(whole("epochs", epochs, 1), size, self.seed, bool(shuffle), whole("initial_epoch", initial_epoch, 0))


def _listed(given: Any) -> tuple[Any, ...]:
    """The metrics of `compile` as a tuple, their names looked up; "accuracy" waits for the shapes to be known."""
    if not isinstance(given, (list, tuple)):
        raise ArgumentError(f"'metrics' must be a list, such as ['accuracy']. Got {given!r}.")
    for metric in given:
        if not (isinstance(metric, str) and metric.lower() in ("accuracy", "acc")):
            metrics.get(metric)
    return tuple(given)
