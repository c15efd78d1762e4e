"""Any function of targets and predictions as a loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import jax.numpy as jnp

from leadline.loss import Loss, finite_targets
from leadline.types import Array, ArrayLike, NumpyArray

__all__ = ["FunctionLoss"]


@dataclass(frozen=True)
class FunctionLoss(Loss):
    """Any function as a loss; it is part of the program, and gives the loss its name.

    Attributes:
        function: Targets and predictions, as they are given, to one loss per example.

    Examples:
        >>> FunctionLoss(lambda y, f: jnp.abs(f - y) ** 3, name="cubed")(jnp.array([1.0]), jnp.array([3.0])).tolist()
        8.0
    """

    function: Callable[[Array, Array], Array]
    name: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "name", self.name or getattr(self.function, "__name__", "loss"))

    def per_example(self, y_true: ArrayLike, y_pred: ArrayLike) -> Array:
        """What the function gives."""
        return self.function(jnp.asarray(y_true), jnp.asarray(y_pred))

    def check(self, y: NumpyArray, outputs: int) -> None:
        """Refuses targets that are not finite numbers."""
        finite_targets(y, outputs)
