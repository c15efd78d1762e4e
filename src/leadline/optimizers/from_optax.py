"""Any transformation of Optax as an optimizer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from leadline.errors import ArgumentError
from leadline.optimizer import Optimizer

__all__ = ["FromOptax"]


@dataclass(frozen=True)
class FromOptax(Optimizer):
    """Any transformation of Optax as an optimizer; it is part of the program, its learning rate too.

    Attributes:
        transformation: Anything with `init(params)` and `update(gradients, state, params)`.

    Raises:
        ArgumentError: It has no such functions.

    Examples:
        >>> import jax.numpy as jnp
        >>> import optax
        >>> optimizer = FromOptax(optax.sgd(0.5))
        >>> optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))[0].tolist()
        [-1.0]
    """

    transformation: Any

    def __post_init__(self) -> None:
        if not all(callable(getattr(self.transformation, name, None)) for name in ("init", "update")):
            got = f"{self.transformation!r} of type {type(self.transformation).__name__}"
            raise ArgumentError(f"An optimizer is a name such as 'adam', an Optimizer, or an Optax transformation; got {got}.")

    @property
    def is_elementwise(self) -> bool:
        """No: what a transformation does with whole arrays is not known."""
        return False

    def init(self, params: Any) -> Any:
        """The transformation's own state."""
        return self.transformation.init(params)

    def update(self, gradients: Any, opt_state: Any, params: Any = None) -> tuple[Any, Any]:
        """What the transformation makes of the gradients."""
        return self.transformation.update(gradients, opt_state, params)  # type: ignore[no-any-return]
