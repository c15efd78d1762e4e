"""The fully connected layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp

from leadline.layers.arguments import count
from leadline.layers.layer import Layer
from leadline.structure import traced
from leadline.types import Array, Key, Params, Shape, State

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
        kernel_constraint: What `W` is brought back to after each step.
        bias_constraint: Likewise for `b`.

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
    kernel_constraint: Any = traced(default=None)
    bias_constraint: Any = traced(default=None)

    weight_names: ClassVar[tuple[str, ...]] = ("kernel", "bias")
    kernel_names: ClassVar[tuple[str, ...]] = ("kernel",)

    def __post_init__(self) -> None:
        count(self, units=1)
        super().__post_init__()

    def output_shape(self, input_shape: Shape) -> Shape:
        """`(…, n)` becomes `(…, units)`."""
        if not input_shape:
            self.refuse(input_shape, "(…, features)", "Reshape the input to (batch, 1).")
        return (*input_shape[:-1], self.units)

    def shapes(self, input_shape: Shape) -> dict[str, Shape]:
        """`W` and, with `use_bias`, `b`."""
        shapes: dict[str, Shape] = {"kernel": (input_shape[-1], self.units)}
        return shapes | {"bias": (self.units,)} if self.use_bias else shapes

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """`g(x · W + b)` for a batch."""
        del training, key
        z = jnp.matmul(x, params["kernel"])  # (batch, …, units)
        if self.use_bias:
            z = z + params["bias"]
        return self.activation(z), state  # type: ignore[operator,misc]
