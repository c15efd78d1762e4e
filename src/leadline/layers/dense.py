"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp

from leadline import activations, initializers, regularizers
from leadline.errors import ArgumentError, ShapeError
from leadline.layers.layer import Layer
from leadline.structure import traced
from leadline.types import Array, Key, Params, Shape, State, default_float

__all__ = ["Dense"]


@dataclass(frozen=True)
class Dense(Layer):
    """Every unit reads every input: `a = g(x · W + b)`.

    With `x` of shape `(batch, …, n)` the output has `(batch, …, units)`; `W` is the array "kernel" `(n, units)`, one column a
    unit, `b` the array "bias" `(units,)`, and `g` the activation.

    Args:
        units: How many units, at least 1.
        activation: A name, a function of an array, or None for linear.
        use_bias: Whether there is a `b`.
        kernel_initializer: How `W` begins.
        bias_initializer: How `b` begins.
        kernel_regularizer: A penalty on `W`, in Keras's meaning: `L2(0.01)` adds `0.01 ΣW²` to the cost that is minimised.
        bias_regularizer: A penalty on `b`.
        name: The layer's name.

    Raises:
        ArgumentError: `units` is not a positive whole number, or a name is unknown.
        ShapeError: At build: the input has no axis of features.

    Source:
        Ng, Advanced Learning Algorithms, week 1 (`a_j = g(w_j · x + b_j)`).

    Examples:
        >>> layer = Dense(units=3, activation="sigmoid")
        >>> layer([[200.0, 17.0]]).shape
        (1, 3)
        >>> [w.shape for w in layer.get_weights()]
        [(2, 3), (3,)]
    """

    units: int
    activation: str | Callable[[Array], Array] | None = None
    use_bias: bool = True
    kernel_initializer: Any = "glorot_uniform"
    bias_initializer: Any = "zeros"
    kernel_regularizer: Any = traced(default=None)
    bias_regularizer: Any = traced(default=None)

    weight_names: ClassVar[tuple[str, ...]] = ("kernel", "bias")

    def __post_init__(self) -> None:
        if isinstance(self.units, bool) or not hasattr(self.units, "__index__") or int(self.units) < 1:
            raise ArgumentError(f"The 'units' of Dense must be a positive whole number. Got {self.units!r}.")
        object.__setattr__(self, "units", int(self.units))
        object.__setattr__(self, "activation", activations.get(self.activation))
        object.__setattr__(self, "kernel_initializer", initializers.get(self.kernel_initializer))
        object.__setattr__(self, "bias_initializer", initializers.get(self.bias_initializer))
        object.__setattr__(self, "kernel_regularizer", regularizers.get(self.kernel_regularizer))
        object.__setattr__(self, "bias_regularizer", regularizers.get(self.bias_regularizer))

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(…, n)` becomes `(…, units)`."""
        if not input_shape:
            raise ShapeError(
                f"Layer {self.label} got examples that are single numbers, shape (), and wants (…, features). "
                "Reshape the input to (batch, 1)."
            )
        return (*input_shape[:-1], self.units)

    def init(self, key: Key, input_shape: Shape) -> tuple[Params, State]:
        """Draws `W` and `b`."""
        self.output_shape(input_shape)
        kernel_key, bias_key = jax.random.split(key)
        params = {"kernel": self.kernel_initializer(kernel_key, (input_shape[-1], self.units), default_float())}
        if self.use_bias:
            params["bias"] = self.bias_initializer(bias_key, (self.units,), default_float())
        return params, {}

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """`g(x · W + b)` for a batch."""
        del training, key
        z = jnp.matmul(x, params["kernel"])  # (batch, …, units)
        if self.use_bias:
            z = z + params["bias"]
        return self.activation(z), state  # type: ignore[operator,misc]

    def penalty(self, params: Params) -> Array:
        """What the regularizers of `W` and `b` give."""
        total = super().penalty(params)
        if self.kernel_regularizer is not None:
            total = total + self.kernel_regularizer(params["kernel"])
        if self.use_bias and self.bias_regularizer is not None:
            total = total + self.bias_regularizer(params["bias"])
        return total
