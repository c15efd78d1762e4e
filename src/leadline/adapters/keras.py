"""A Keras 3 model on its JAX backend."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import keras

from leadline.adapters.foreign import Adapter, keywords
from leadline.errors import ArgumentError, NotBuiltError
from leadline.types import Array, Key

__all__ = ["KerasModel"]


class KerasModel(Adapter):
    """A Keras model through `stateless_call`, with the regularizers and constraints of its variables.

    Args:
        model: The model, built.
        make: A new model of the same structure from a seed; by default what `keras.models.clone_model` gives.

    Raises:
        ArgumentError: Keras runs on another backend than JAX.
        NotBuiltError: The model has no weights yet.
    """

    is_traceable = False

    def __init__(self, model: Any, make: Callable[[int], Any] | None = None) -> None:
        if keras.backend.backend() != "jax":
            raise ArgumentError(
                f"Keras runs on the backend {keras.backend.backend()!r}, and a wrapped model needs 'jax'. "
                "Set KERAS_BACKEND=jax in the environment before Python starts."
            )
        if not model.built:
            raise NotBuiltError(
                f"The Keras model {model.name!r} has no weights yet. Call build((None, …)), or begin with an Input."
            )
        self.model, self._make = model, make or (lambda _: keras.models.clone_model(model))
        self._seeds = {id(variable) for variable in model.non_trainable_variables if "seed_generator" in variable.path}
        self.is_random = bool(self._seeds)
        self._regularizers = sum(variable.regularizer is not None for variable in model.trainable_variables)
        self.is_penalised = bool(self._regularizers)
        self.is_constrained = any(variable.constraint is not None for variable in model.trainable_variables)

    def init(self, key: Key, x: Array) -> tuple[Any, Any]:
        """The arrays of a new model, whose initializers draw from this key."""
        seed, before = int(jax.random.randint(key, (), 0, 2**31 - 1)), random.getstate()
        try:  # Keras draws the seeds of its initializers from this generator
            random.seed(seed)
            made = self._make(seed)
            if not made.built:
                made.build((None, *x.shape[1:]))
        finally:
            random.setstate(before)
        return _values(made)

    def own(self) -> tuple[Any, Any]:
        """The arrays of the model."""
        return _values(self.model)

    def apply(self, params: Any, state: Any, x: Any, training: bool, key: Key | None) -> tuple[Any, Any]:
        """The model's output; what it draws comes from the key, whatever its seed generators hold.

        Raises:
            ArgumentError: A layer of the model adds a loss of its own.
        """
        if key is not None:
            state = [self._drawn(place, key, value) for place, value in enumerate(state)]
        told = keywords(self.model.call, training)
        output, after, losses = self.model.stateless_call(params, state, x, return_losses=True, **told)
        if len(losses) > self._regularizers:
            raise ArgumentError(
                f"A layer of the Keras model {self.model.name!r} adds a loss of its own (activity_regularizer or add_loss), "
                "which the adapter does not carry. Leave it out, or regularize kernels."
            )
        return output, after

    def kernels(self, params: Any) -> list[Array]:
        """The arrays of two axes or more that are not called `bias`."""
        pairs = zip(self.model.trainable_variables, params, strict=True)
        return [value for variable, value in pairs if value.ndim > 1 and variable.name != "bias"]

    def penalty(self, params: Any) -> Any:
        """What the regularizers of the model's trained variables give."""
        pairs = zip(self.model.trainable_variables, params, strict=True)
        return sum(variable.regularizer(value) for variable, value in pairs if variable.regularizer is not None)

    def constrain(self, params: Any) -> Any:
        """The trained arrays, each brought back to what its variable's constraint asks."""
        pairs = zip(self.model.trainable_variables, params, strict=True)
        return [value if variable.constraint is None else variable.constraint(value) for variable, value in pairs]

    def restore(self, params: Any, state: Any) -> Any:
        """The model, with these arrays put into it."""
        for variables, values in ((self.model.trainable_variables, params), (self.model.non_trainable_variables, state)):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        return self.model

    def _drawn(self, place: int, key: Key, value: Any) -> Any:
        if id(self.model.non_trainable_variables[place]) not in self._seeds:
            return value
        return jax.random.key_data(jax.random.fold_in(key, place)).reshape(-1)[:2].astype(value.dtype)


def _values(model: Any) -> tuple[list[Any], list[Any]]:
    """Copies, since training uses its arrays up."""
    groups = model.trainable_variables, model.non_trainable_variables
    trained, other = ([jnp.array(variable.value) for variable in group] for group in groups)
    return trained, other
