"""The model: weights, and what is done with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from leadline import callbacks as callback_table
from leadline import optimizers
from leadline.callbacks import Callback
from leadline.data import sources
from leadline.errors import ArgumentError, NonFiniteError, NotBuiltError
from leadline.files.saved import KINDS, Saved
from leadline.files.writing import write
from leadline.models.compiled import Compiled
from leadline.models.inputs import batched, check_values, examples, hold_out, inputs, validation_parts, whole
from leadline.models.progress import Progress
from leadline.models.weighted import Weighted
from leadline.network import Network, between
from leadline.optimizers import OptimizerState
from leadline.training import program
from leadline.training.checkpoint import Checkpoint, best
from leadline.training.history import History
from leadline.training.loop import Plan, fit
from leadline.training.outputs import Joint
from leadline.training.state import Examples, Recipe, TrainState, by_array, in_packs, numeric, packed
from leadline.types import ArrayLike

__all__ = ["Model"]

_EVALUATION_BATCH = 1024
_PREDICTION_BATCH = 8192
_evaluate = jax.jit(program.evaluate)


class Model(Weighted):
    """A network from some inputs to some outputs, its weights, and what is done with them.

    The layers are called on an `Input`, then on what other layers gave. A layer that is called twice is the same in both places.

    Args:
        inputs: An `Input`, or a list of them.
        outputs: What a layer gave, or a list of that.
        name: What the summary calls it.
        seed: Decides the first weights, the order of the examples and what layers draw. The same seed on the same machine gives
            the same bits; another one, another training.

    Raises:
        ArgumentError: The outputs do not depend on the inputs, or two layers have one name.

    Examples:
        >>> import numpy as np
        >>> from leadline.layers import Dense, Input
        >>> x = Input(shape=(4,))
        >>> hidden = Dense(3, "relu")(x)
        >>> model = Model(x, [Dense(1, name="price")(hidden), Dense(2, name="kind")(hidden)])
        >>> [output.shape for output in model.predict(np.ones((5, 4)))]
        [(5, 1), (5, 2)]
    """

    def __init__(self, inputs: Any = None, outputs: Any = None, *, name: str = "model", seed: int = 0) -> None:
        super().__init__(name=name, seed=seed)
        self._compiled: Compiled | None = None
        if inputs is not None or outputs is not None:
            self._adopt(between(inputs, outputs))

    @staticmethod
    def of(network: Network, *, name: str = "model", seed: int = 0) -> Model:
        """A model of a network as it stands; layers that hold weights keep them.

        Args:
            network: The network.
            name: What the summary calls it.
            seed: As for `Model`.

        Examples:
            >>> from leadline.layers import Dense
            >>> Model.of(Network((Dense(2),), ("dense",), (3,))).count_params()
            8
        """
        model = Model(name=name, seed=seed)
        model._adopt(network)
        return model

    @property
    def compiled(self) -> Compiled:
        """What `compile` was given.

        Raises:
            NotBuiltError: `compile` was not called, or without a loss.
        """
        if self._compiled is None:
            raise NotBuiltError(f"Model {self.name!r} has no loss yet. Call compile(loss=…) first.")
        return self._compiled

    def compile(
        self, optimizer: Any = "rmsprop", loss: Any = None, loss_weights: Any = None, metrics: Sequence[Any] | Any = None
    ) -> None:
        """Chooses how the model is trained.

        Args:
            optimizer: A name, a leadline optimizer, or any Optax transformation.
            loss: A name, a leadline loss, or a function of (y_true, y_pred) that gives one number an example. With several
                outputs: one for all, a list, or names of outputs (of their layers) to losses.
            loss_weights: With several outputs: how much each one's loss counts, as a list or by name; 1 each by default.
            metrics: Names, metrics, or functions like a loss's. With several outputs: a list of lists, or names to lists.

        Raises:
            ArgumentError: An unknown name, a metric twice, or a loss that gives no single number to minimise.
        """
        how = optimizers.get(optimizer)
        self._compiled = None if loss is None else Compiled(how, loss, loss_weights, metrics)
        self._progress = None

    def recipe(self, y_shape: Any = None) -> Recipe:
        """What the engine trains: network, loss, optimizer, metrics.

        Args:
            y_shape: The shape of the targets, by which "accuracy" is known to be binary or of classes; with several outputs a
                tuple of shapes.
        """
        made, network = self.compiled, self.network
        shapes = y_shape if y_shape is None or isinstance(y_shape[0], tuple) else (y_shape,)
        loss = made.loss_for(network)
        return numeric(Recipe(network, loss, made.optimizer, made.metrics_for(network, loss, shapes)))

    # --- fit, evaluate, predict ---------------------------------------------------------------------------------------------

    def fit(
        self,
        x: Any,
        y: Any = None,
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
        steps_per_epoch: int | None = None,
        checkpoint: Checkpoint | str | Path | None = None,
        resume: str | Path | None = None,
    ) -> History:
        """Trains the weights; a second call goes on where the first ended.

        Args:
            x: Inputs, `(m, …)`; with several, a list of them, or names of inputs to them. Or a source of batches, such as a
                PyTorch DataLoader, a tf.data, Grain or Hugging Face data set, a generator: see `leadline.data.sources`.
            y: Targets, `(m,)` or `(m, outputs)`; for sparse cross-entropies the number of the class, from 0. With several
                outputs a list of them, or names of outputs to them.
            batch_size: Examples a step; 32 by default. The last batch of an epoch may be smaller, and counts as what it is.
            epochs: The number of the last epoch.
            verbose: 0 says nothing, 1 shows a progress bar, 2 a line an epoch; "auto" is 1 on a terminal and 0 elsewhere.
            callbacks: Callbacks, or functions of (epoch, logs).
            validation_split: The share of the last rows that is held out for validation.
            validation_data: `(x, y)` or `(x, y, sample_weight)`, or a source, instead.
            shuffle: Whether each epoch has an order of its own.
            class_weight: Labels to weights.
            sample_weight: A weight for each example, `(m,)`.
            initial_epoch: Epochs taken as done already.
            steps_per_epoch: How many batches of a source to read, once; every epoch sees these. All by default.
            checkpoint: A folder to keep in how far training is, every half minute, or a `Checkpoint` that says when.
            resume: A folder of checkpoints to go on from, and to keep more in: a training that was killed ends with the same
                weights and records, to the bit, as one that was not. Without any there, it begins at the start.

        Returns:
            The records of the epochs, those before a checkpoint among them.

        Raises:
            NotBuiltError: The model was not compiled with a loss.
            DataError, ShapeError, ArgumentError: The data or a setting cannot be used, or the checkpoint is of another training;
                nothing was trained.
            NonFiniteError: The cost or an array became NaN or infinite, and is named; the model has the last finite weights.
        """
        plan = self._plan(batch_size, epochs, shuffle, initial_epoch)
        data, held_out = self._examples(x, y, sample_weight, class_weight, steps_per_epoch), None
        if validation_data is not None:
            held_out = self._examples(*validation_parts(validation_data))
        elif validation_split:
            data, held_out = hold_out(data, validation_split)
            held_out = held_out._replace(weight=None) if class_weight is not None else held_out  # classes weigh in training only
        validation = None if held_out is None else batched(held_out, plan.batch_size)
        given = [callbacks] if callable(callbacks) or isinstance(callbacks, Callback) else list(callbacks or ())
        watchers = [*map(callback_table.get, given), *Progress.for_verbosity(verbose, plan.epochs, initial_epoch)]
        recipe = self.recipe(_shapes(data.y))
        data, validation = jax.tree.map(jnp.asarray, (data, validation))
        disk = resume if checkpoint is None else checkpoint
        try:
            state, history = fit(
                recipe, self._state(recipe), data, plan, callbacks=watchers, validation=validation, checkpoint=disk, resume=resume
            )
        except NonFiniteError as error:
            self._take(error.state)
            raise
        self._take(state)
        return history

    def evaluate(
        self,
        x: Any,
        y: Any = None,
        batch_size: int | None = None,
        sample_weight: ArrayLike | None = None,
        return_dict: bool = False,
        steps: int | None = None,
    ) -> Any:
        """Loss and metrics of the weights as they are.

        Args:
            x: Inputs, `(m, …)`, or a source of batches, as `fit` takes it.
            y: Targets.
            batch_size: Examples a step; a matter of memory, not of the result, where the loss is a plain mean.
            sample_weight: A weight for each example.
            return_dict: Names to numbers, with `cost` and `penalty` apart, instead of Keras's list.
            steps: How many batches of a source to read.

        Returns:
            The loss; with metrics or several outputs, the list of the loss, those of the outputs, and the metrics; or the
            dictionary.
        """
        data = self._examples(x, y, sample_weight, steps=steps)
        recipe, (params, state) = self.recipe(_shapes(data.y)), self._arrays()
        size = whole("batch_size", _EVALUATION_BATCH if batch_size is None else batch_size, 1)
        batches = batched(data, min(size, data.rows))
        measured = {name: float(value) for name, value in jax.device_get(_evaluate(recipe, params, state, batches)).items()}
        if return_dict:
            return measured
        parts = recipe.loss.records if isinstance(recipe.loss, Joint) else ()
        values = [measured[name] for name in ("loss", *parts, *(metric.name for metric in recipe.metrics))]
        return values if len(values) > 1 else values[0]

    def predict(self, x: Any, batch_size: int | None = None) -> Any:
        """The network's outputs, `(m, …)`; with several, a list of them.

        Args:
            x: Inputs, `(m, …)`, or a source of batches, as `fit` takes it.
            batch_size: Examples at once; a matter of memory, not of the result.
        """
        X = self._inputs(sources.read(x)[0])
        block = whole("batch_size", _PREDICTION_BATCH if batch_size is None else batch_size, 1)
        joined = self._forward()(X, block)
        return list(joined) if isinstance(joined, tuple) else joined

    # --- files --------------------------------------------------------------------------------------------------------------

    def save(self, path: str | Path) -> None:
        """Writes the model into one file: its layers, weights and settings of `compile`, as plain data and arrays.

        `leadline.load_model(path)` brings it back, and it predicts the same to the bit. A name that ends in `.keras` makes it a
        file of Keras 3, which Keras loads too, and keeps what the optimizer remembers. A file that was there stays until the new
        one is whole.

        Args:
            path: The file.

        Raises:
            NotBuiltError: The model has no weights yet.
            ArgumentError: A layer, the loss, a metric or the optimizer is code, or of a class that is not
                leadline's, or for a `.keras` file not Keras's.
            DataError: The file cannot be written.
        """
        write(self.saved(), path)

    def restore(self, folder: str | Path) -> None:
        """Takes the weights, and what the optimizer remembers, of the best epoch in a folder of checkpoints.

        Args:
            folder: What `fit` was given as `checkpoint`.

        Raises:
            NotBuiltError: The model has no weights or no loss yet.
            DataError: There is no checkpoint, it is damaged, or it is of another network.
        """
        recipe = self.recipe()
        self._take(best(folder, self._state(recipe)).state)

    def saved(self) -> Saved:
        """The model as what a file says of it."""
        own = next(cls.__name__ for cls in type(self).__mro__ if cls.__name__ in KINDS)
        settings = memory = None
        if (made := self._compiled) is not None:
            settings = {field.name: getattr(made, field.name) for field in fields(made)}
            if self._progress is not None and isinstance(self._progress[0], OptimizerState):
                memory = by_array(self.recipe(), self._arrays()[0], self._progress[0])
        return Saved(own, self.name, self.seed, self.network, settings, memory=memory)

    def remember(self, memory: OptimizerState) -> None:
        """Lets training go on with what an optimizer remembered.

        Args:
            memory: Its state, by layer and array.
        """
        self._progress = (in_packs(self.recipe(), self._arrays()[0], memory), memory.step)

    def _state(self, recipe: Recipe) -> TrainState:
        params, state = self._arrays()
        memory, step = self._progress or (recipe.optimizer.init(packed(recipe, params)[0]), jnp.zeros((), jnp.int32))
        return TrainState(params, state, memory, step)

    def _take(self, state: TrainState) -> None:
        self._keep(state.params, state.state)
        self._progress = (state.optimizer, state.step)

    def _inputs(self, x: Any) -> Any:
        X = inputs(x, self._network)
        self.ensure_built(() if isinstance(X, tuple) else X.shape[1:])
        check_values(X, self.network)
        return X

    def _examples(
        self,
        x: Any,
        y: Any,
        sample_weight: Any = None,
        class_weight: Mapping[int, float] | None = None,
        steps: int | None = None,
    ) -> Examples:
        x, y, sample_weight = sources.read(x, y, sample_weight, steps=steps)
        if y is None:
            raise ArgumentError("The targets y are missing. Pass them beside x.")
        X, made = self._inputs(x), self.compiled
        loss = made.loss_for(self.network)
        return examples(X, y, loss, self.network, sample_weight=sample_weight, class_weight=class_weight)

    def _plan(self, batch_size: int | None, epochs: int, shuffle: bool, initial_epoch: int) -> Plan:
        size = whole("batch_size", 32 if batch_size is None else batch_size, 1)
        return Plan(whole("epochs", epochs, 1), size, self.seed, bool(shuffle), whole("initial_epoch", initial_epoch, 0))


def _shapes(y: Any) -> Any:
    return tuple(array.shape for array in y) if isinstance(y, tuple) else y.shape
