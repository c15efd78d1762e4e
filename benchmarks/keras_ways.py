"""The ways of Keras, whatever its backend; `peers/keras_jax.py` and `peers/keras_tf.py` set that before they import this."""

from __future__ import annotations

from typing import Any

import keras
import networks
import numpy as np
from loops import of_both, of_lambdas, of_sizes
from tasks import Data, Diagnosis, Fit, Learning, Predict, Sweep, Task, spread

__all__ = ["builds", "diagnosis", "fit_way", "learning", "model_of", "predict", "sweep", "versions"]

STEPS = 32
"""Steps in one call of Keras's compiled function, where it is tuned: more brought nothing on any workload."""


def versions() -> dict[str, str]:
    """Of what takes part."""
    import jax
    import tensorflow

    module = {"jax": jax, "tensorflow": tensorflow}[keras.backend.backend()]
    return {"keras": keras.__version__, module.__name__: module.__version__}


def layer_of(layer: networks.Layer, regularizer: Any = None) -> Any:
    """The layer in Keras; none is locally connected there since Keras 3."""
    own = keras.layers
    match layer:
        case networks.Dense():
            return own.Dense(layer.units, layer.activation, kernel_regularizer=regularizer)
        case networks.Conv():
            kind = own.Conv1D if len(layer.size) == 1 else own.Conv2D
            return kind(layer.filters, layer.size, padding="same", activation=layer.activation)
        case networks.SeparableConv():
            return own.SeparableConv2D(layer.filters, layer.size, padding="same", activation=layer.activation)
        case networks.LSTM():
            return own.LSTM(layer.units)
        case networks.Pool():
            return (own.MaxPooling1D if len(layer.size) == 1 else own.MaxPooling2D)(layer.size)
        case networks.BatchNormalization():
            return own.BatchNormalization(momentum=layer.momentum, epsilon=layer.epsilon)
        case networks.Flatten():
            return own.Flatten()
    raise KeyError(layer)


def builds(network: networks.Network) -> bool:
    """Whether Keras has all of the layers."""
    return not any(isinstance(layer, networks.LocallyConnected) for layer in network.layers)


def model_of(task: Task, regularizer: Any = None, first: tuple[Any, ...] = (), **settings: Any) -> Any:
    """The compiled model, with the first weights that all have."""
    layers = [layer_of(layer, regularizer) for layer in task.network.layers]
    model = keras.Sequential([keras.Input(task.network.shape), *first, *layers])
    own = [layer for layer in model.layers if layer not in first]
    given = networks.weights(task.network)
    for layer in own:
        count = len(layer.weights)
        layer.set_weights(given[:count])
        given = given[count:]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(task.learning_rate), loss, **settings)
    return model


def fit_way(task: Fit, data: Data, **settings: Any) -> Any:
    """What makes a run of `fit` with such settings of `compile`."""

    def make() -> Any:
        model = model_of(task, **settings)

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            return model.fit(data["X"], data["y"], batch_size=task.batch, epochs=epochs, shuffle=shuffle, verbose=0).history[
                "loss"
            ]

        return run

    return make


class Strength(keras.layers.Layer):
    """Gives what it gets, and holds the factor of the penalty, so that another factor needs no new program."""

    def build(self, shape: Any) -> None:
        """The factor."""
        del shape
        self.factor = self.add_weight(shape=(), initializer="zeros", trainable=False)

    def call(self, inputs: Any) -> Any:
        """The same."""
        return inputs


class Traced(keras.regularizers.Regularizer):
    """`factor · Σw²` with the factor of a `Strength`."""

    def __init__(self, strength: Strength) -> None:
        self.strength = strength

    def __call__(self, x: Any) -> Any:
        """The penalty."""
        return self.strength.factor * keras.ops.sum(keras.ops.square(x))


def anew(task: Task, data: Data) -> Any:
    """What trains once: a new model, as another λ or another data set suggests, at the best known setting; gives J on cv."""

    def train(lambda_: float, rows: int, epochs: int, seed: int) -> float:
        keras.utils.set_random_seed(seed)
        model = model_of(task, keras.regularizers.L2(lambda_ / (2 * rows)), steps_per_execution=STEPS)
        redraw(model)
        fit_rows(model, task, data, rows, epochs)
        return cost(model, data)

    return train


def once(task: Task, data: Data) -> Any:
    """What trains once with one model, made to begin again: compiled once; gives J on cv."""
    strength = Strength()
    model = model_of(task, Traced(strength), (strength,), steps_per_execution=STEPS)

    def train(lambda_: float, rows: int, epochs: int, seed: int) -> float:
        keras.utils.set_random_seed(seed)
        redraw(model)
        for variable in model.optimizer.variables:
            if variable is not model.optimizer.learning_rate:
                variable.assign(np.zeros(variable.shape, variable.dtype))
        strength.factor.assign(lambda_ / (2 * rows))
        fit_rows(model, task, data, rows, epochs)
        strength.factor.assign(0.0)
        return cost(model, data)

    return train


def redraw(model: Any) -> None:
    """Draws the weights of the dense layers anew."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.Dense):
            layer.kernel.assign(keras.initializers.GlorotUniform()(layer.kernel.shape))
            layer.bias.assign(np.zeros(layer.bias.shape, np.float32))


def fit_rows(model: Any, task: Task, data: Data, rows: int, epochs: int) -> None:
    """Trains on the first rows."""
    model.fit(data["X_train"][:rows], data["y_train"][:rows], batch_size=task.batch, epochs=epochs, verbose=0)


def cost(model: Any, data: Data) -> float:
    """J on cv, without a penalty."""
    logits = model.predict(data["X_cv"], batch_size=len(data["X_cv"]), verbose=0)
    return float(np.mean(keras.losses.sparse_categorical_crossentropy(data["y_cv"], logits, from_logits=True)))


def sweep(task: Sweep, data: Data) -> dict[str, Any]:
    """A loop over λ and seeds; J on cv, the mean over the seeds."""
    return {name: of_lambdas(way, task, data) for name, way in CURVES.items()}


def learning(task: Learning, data: Data) -> dict[str, Any]:
    """A loop over sizes and seeds; J on cv, the mean over the seeds."""
    return {name: of_sizes(way, task, data) for name, way in CURVES.items()}


def diagnosis(task: Diagnosis, data: Data) -> dict[str, Any]:
    """Both loops."""
    return {name: of_both(way, task, data) for name, way in CURVES.items()}


CURVES = {"a model for each fit": anew, "one model, compiled once": once}


def predict(task: Predict, data: Data) -> dict[str, Any]:
    """`predict` as it is and in large batches, and the model called as a function, whose outputs are copied to NumPy."""
    X = data["X"]

    def way(give: Any) -> Any:
        def make() -> Any:
            model = model_of(task)

            def run(calls: int, shuffle: bool = True) -> list[float]:
                del shuffle
                for _ in range(calls):
                    outputs = give(model)
                return [spread(outputs)]

            return run

        return make

    return {
        "predict": way(lambda model: model.predict(X, verbose=0)),
        "predict, batch_size=8192": way(lambda model: model.predict(X, batch_size=8192, verbose=0)),
        "predict_on_batch": way(lambda model: model.predict_on_batch(X)),
        "called": way(lambda model: keras.ops.convert_to_numpy(model(X, training=False))),
    }
