"""Neural networks in Keras's names on JAX, and the development of a machine-learning system, measured."""

from leadline import (
    activations,
    callbacks,
    errors,
    initializers,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    reference,
    regularizers,
    runtime,
    schedules,
)

__version__ = "0.1.0"

__all__ = ["__version__", "activations", "callbacks", "errors", "initializers", "layers", "losses", "metrics", "models", "optimizers", "reference", "regularizers", "schedules"]

runtime.prepare()
