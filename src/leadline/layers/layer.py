"""What a layer is: a frozen description with `init` and `apply`, callable on an array as it stands."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from leadline import seeds
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.structure import Structure
from leadline.types import Array, ArrayLike, Key, NumpyArray, Params, Shape, State, default_float

__all__ = ["Layer", "Weights"]

_EAGER_LAYERS = itertools.count()


class Weights:
    """The arrays of one layer object: the only thing about a layer that changes.

    A layer called on an array and every model that holds the layer read and write the same `Weights`, as in Keras.

    Attributes:
        params: Names to trained arrays.
        state: Names to arrays that training updates without a gradient.
        input_shape: The shape of one example that the arrays were made for.
    """

    def __init__(self, params: Params, state: State, input_shape: Shape) -> None:
        self.params = params
        self.state = state
        self.input_shape = input_shape


@dataclass(frozen=True)
class Layer(Structure):
    """A step of a network, as a frozen description.

    A new layer is a frozen dataclass with its fields, `output_shape`, `apply` and, if it has weights, `init` and `weight_names`.

    Args:
        name: The name in summaries and of its weights; a network numbers those that have none (`dense`, `dense_1`, …).

    Examples:
        >>> @dataclass(frozen=True)
        ... class Double(Layer):
        ...     def apply(self, params, state, x, *, training=False, key=None):
        ...         return 2 * x, state
        >>> Double()(np.array([[1.0, 2.0]])).tolist()
        [[2.0, 4.0]]
    """

    name: str | None = field(default=None, kw_only=True)

    weight_names: ClassVar[tuple[str, ...]] = ()
    """Names of its arrays in the order of `get_weights`."""
    is_random: ClassVar[bool] = False
    """Whether `apply` draws random numbers in training."""

    def output_shape(self, input_shape: Shape) -> Shape:
        """The shape of one output for one input of `input_shape`; the same unless a layer says otherwise."""
        return input_shape

    def init(self, key: Key, input_shape: Shape) -> tuple[Params, State]:
        """New arrays for inputs of `input_shape`: trained ones and state; none unless a layer says otherwise."""
        del key, input_shape
        return {}, {}

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The output for a batch, and the new state; a pure function.

        Args:
            params: What `init` gave, or training made of it.
            state: Likewise.
            x: A batch, `(batch, *input_shape)`.
            training: Whether this is a step of training.
            key: Random numbers for this step; needed in training where `is_random`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `apply`.")

    def penalty(self, params: Params) -> Array:
        """What the layer's regularizers add to the cost that is minimised; 0 without any."""
        del params
        return jnp.zeros((), default_float())

    @property
    def weights(self) -> Weights | None:
        """The arrays of this object, or None before it was called or built."""
        return self.__dict__.get("weights_")

    def build(self, input_shape: Shape, key: Key | None = None) -> Weights:
        """Makes the arrays of this object once; later calls give the same and check that the shape still fits.

        Args:
            input_shape: The shape of one example.
            key: Where the random numbers come from; by default a stream of its own for each object, by order of building.

        Raises:
            ShapeError: The layer was built for inputs of another shape.
        """
        if (built := self.weights) is None:
            if key is None:
                key = jax.random.fold_in(seeds.stream(0, "eager layers"), next(_EAGER_LAYERS))
            built = Weights(*self.init(key, input_shape), input_shape)
            object.__setattr__(self, "weights_", built)
        elif built.input_shape != input_shape and (built.params or built.state):
            raise ShapeError(
                f"Layer {self.label} was built for inputs of shape {built.input_shape}, and got {input_shape}. "
                "Make a new layer for the other shape."
            )
        return built

    def __call__(self, x: ArrayLike, training: bool = False) -> Array:
        """The layer's output for a batch, computed at once; the first call makes the weights.

        Args:
            x: A batch `(batch, …)`.
            training: Whether to behave as in training.
        """
        batch = jnp.asarray(x)
        if jnp.issubdtype(batch.dtype, jnp.floating):
            batch = batch.astype(default_float())
        if batch.ndim < 2:
            raise ShapeError(
                f"Layer {self.label} got an array of shape {batch.shape}, and wants a batch: one row per example. "
                "Write x[None, :] (or [[…]]) for a single example."
            )
        own = self.build(batch.shape[1:])
        key = seeds.stream(next(_EAGER_LAYERS), "eager call") if training and self.is_random else None
        output, own.state = self.apply(own.params, own.state, batch, training=training, key=key)
        return output

    def get_weights(self) -> list[NumpyArray]:
        """Copies of the layer's arrays, in the order of `weight_names`; trained and untrained.

        Raises:
            NotBuiltError: The layer has not been called or built yet.
        """
        own = self._built()
        return [np.array({**own.params, **own.state}[name]) for name in self._present(own)]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Puts arrays in the order of `get_weights` into the layer.

        Raises:
            NotBuiltError: The layer has no weights yet, so their shapes are unknown.
            ArgumentError: Another number of arrays than the layer has.
            ShapeError: An array has another shape than the layer's.
        """
        own = self._built()
        own.params, own.state = self.arranged(weights)

    def arranged(self, weights: Sequence[Any]) -> tuple[Params, State]:
        """Arrays in the order of `get_weights` as params and state for this layer, which they leave as it is.

        Raises:
            NotBuiltError, ArgumentError, ShapeError: As `set_weights`.
        """
        own = self._built()
        names = self._present(own)
        if len(weights) != len(names):
            raise ArgumentError(f"Layer {self.label} has {len(names)} arrays ({', '.join(names)}), and got {len(weights)}.")
        arrays = {**own.params, **own.state}
        for name, value in zip(names, weights, strict=True):
            if np.shape(value) != arrays[name].shape:
                raise ShapeError(
                    f"{name!r} of layer {self.label} has shape {arrays[name].shape}, and the new array has {np.shape(value)}."
                )
            arrays[name] = jnp.asarray(value, arrays[name].dtype)
        return {name: arrays[name] for name in own.params}, {name: arrays[name] for name in own.state}

    @property
    def label(self) -> str:
        """How a message calls the layer: its name, or its class."""
        return repr(self.name) if self.name else type(self).__name__

    def _present(self, own: Weights) -> list[str]:
        return [name for name in self.weight_names if name in own.params or name in own.state]

    def _built(self) -> Weights:
        if self.weights is None:
            raise NotBuiltError(
                f"Layer {self.label} has no weights yet. Call it on a batch, or build the model that holds it, first."
            )
        return self.weights
