"""leadline as its users call it: `fit`, `predict`, `validation_curve`, `learning_curve`, all else by default."""

from __future__ import annotations

import os
from typing import Any

import networks
import numpy as np
from tasks import Data, Diagnosis, Fit, Learning, Predict, Sweep, Task, spread

import leadline as ll

__all__ = ["diagnosis", "fit", "learning", "model_of", "predict", "sweep", "versions"]


def versions() -> dict[str, str]:
    """Of what takes part."""
    import jax

    return {"leadline": ll.__version__, "jax": jax.__version__}


def layer_of(layer: networks.Layer) -> Any:
    """The layer here."""
    match layer:
        case networks.Dense():
            return ll.layers.Dense(layer.units, layer.activation)
        case networks.Conv():
            kind = ll.layers.Conv1D if len(layer.size) == 1 else ll.layers.Conv2D
            return kind(layer.filters, layer.size, padding="same", activation=layer.activation)
        case networks.SeparableConv():
            return ll.layers.SeparableConv2D(layer.filters, layer.size, padding="same", activation=layer.activation)
        case networks.LocallyConnected():
            return ll.layers.LocallyConnected1D(layer.filters, layer.size, layer.stride, activation=layer.activation)
        case networks.Pool():
            return (ll.layers.MaxPooling1D if len(layer.size) == 1 else ll.layers.MaxPooling2D)(layer.size)
        case networks.BatchNormalization():
            return ll.layers.BatchNormalization(momentum=layer.momentum, epsilon=layer.epsilon)
        case networks.Flatten():
            return ll.layers.Flatten()
    raise KeyError(layer)


def wrapped(task: Fit) -> ll.Model:
    """Another library's network through the door, with the first weights that all have."""
    if task.door == "keras":
        os.environ["KERAS_BACKEND"] = "jax"
        import keras_ways

        return ll.wrap(keras_ways.model_of(task), task.network.shape)
    from peers.optax import module_of, variables_of

    model = ll.wrap(module_of(task.network), task.network.shape)
    model.set_weights([np.asarray(array) for array in _leaves(variables_of(task.network))])
    return model


def _leaves(tree: Any) -> list[Any]:
    import jax

    return jax.tree.leaves(tree)


def model_of(task: Task) -> ll.Model:
    """The compiled model, with the first weights that all have."""
    if isinstance(task, Fit) and task.door:
        model = wrapped(task)
    else:
        model = ll.Sequential([ll.Input(task.network.shape), *map(layer_of, task.network.layers)])
        model.set_weights(networks.weights(task.network))
    model.compile(ll.optimizers.Adam(task.learning_rate), ll.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def fit(task: Fit, data: Data) -> dict[str, Any]:
    """`fit`."""

    def make() -> Any:
        model = model_of(task)

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            history = model.fit(data["X"], data["y"], batch_size=task.batch, epochs=epochs, shuffle=shuffle, verbose=0)
            return history.history["loss"]

        return run

    return {"fit": make}


def sweep(task: Sweep, data: Data) -> dict[str, Any]:
    """`validation_curve`."""

    def make() -> Any:
        model, parts = model_of(task), ll.split(data["X"], data["y"])

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            del shuffle
            curve = ll.validation_curve(model, parts, "l2", task.values, epochs=epochs, seeds=task.seeds)
            return list(curve.J_cv.mean(axis=1))

        return run

    return {"validation_curve": make}


def learning(task: Learning, data: Data) -> dict[str, Any]:
    """`learning_curve`."""

    def make() -> Any:
        model, parts = model_of(task), ll.split(data["X"], data["y"])
        sizes = [int(size) for size in task.values]

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            del shuffle
            return list(ll.learning_curve(model, parts, sizes, epochs=epochs, seeds=task.seeds).J_cv.mean(axis=1))

        return run

    return {"learning_curve": make}


def diagnosis(task: Diagnosis, data: Data) -> dict[str, Any]:
    """Both curves."""

    def make() -> Any:
        model, parts = model_of(task), ll.split(data["X"], data["y"])

        def run(epochs: int, shuffle: bool = True) -> list[float]:
            del shuffle
            by_lambda = ll.validation_curve(model, parts, "l2", task.values, epochs=epochs, seeds=task.seeds)
            by_size = ll.learning_curve(model, parts, task.sizes, epochs=epochs, seeds=task.seeds)
            return [*by_lambda.J_cv.mean(axis=1), *by_size.J_cv.mean(axis=1)]

        return run

    return {"validation_curve, learning_curve": make}


def predict(task: Predict, data: Data) -> dict[str, Any]:
    """`predict`."""

    def make() -> Any:
        model = model_of(task)

        def run(calls: int, shuffle: bool = True) -> list[float]:
            del shuffle
            for _ in range(calls):
                outputs = model.predict(data["X"])
            return [spread(outputs)]

        return run

    return {"predict": make}
