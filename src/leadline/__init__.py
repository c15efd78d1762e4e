"""Neural networks in Keras's names on JAX, and the development of a machine-learning system, measured."""

from leadline import (
    errors,
    reference,
    runtime,
)

__version__ = "0.1.0"

__all__ = ["__version__", "errors", "reference"]

runtime.prepare()
