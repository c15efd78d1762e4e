"""Gradient descent, and descent along the sign of a smoothed gradient.

In the formulas g is a gradient, w a parameter and η the learning rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError
from leadline.optimizer import Moments, Numbers, Rule, possible, zeros
from leadline.schedules import Schedule
from leadline.structure import traced
from leadline.types import Array

__all__ = ["SGD", "Lion", "WithMomentum"]


@dataclass(frozen=True, repr=False)
class WithMomentum(Rule):
    """Base of the rules that may have momentum: whether one has is part of its structure, so that a compiled program, in which
    the momentum is traced, knows it too.

    Attributes:
        has_momentum: Whether there is momentum; derived.
    """

    has_momentum: bool = field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "has_momentum", possible(self.momentum))  # type: ignore[attr-defined]

    def remembered(self, array: Array) -> Moments:
        """A momentum of zeros, or none; one put by `replace` in the place of none would do nothing and is refused.

        Raises:
            ArgumentError: There is momentum now, and was none when the rule was made.
        """
        momentum = self.momentum  # type: ignore[attr-defined]
        if not self.has_momentum and not isinstance(momentum, jax.core.Tracer) and np.any(momentum != 0):
            raise ArgumentError(f"{self!r} was made without momentum. Make a new one instead of replacing it.")
        return zeros(array, "momentum") if self.has_momentum else {}


@dataclass(frozen=True, repr=False)
class SGD(WithMomentum):
    """Gradient descent, with or without momentum (Sutskever et al., 2013, eqs. 3 and 4).

    Without momentum the update is `−ηg`. With momentum μ: `v ← μv − ηg`, and the update is `v`, or `μv − ηg` with Nesterov. The
    velocity holds the learning rate: of a schedule, past gradients keep the rate they came with.

    Attributes:
        learning_rate: η, a number or a schedule.
        momentum: μ in [0, 1).
        nesterov: Whether to look ahead along the velocity.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = SGD(0.5)
        >>> updates, state = optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))
        >>> updates.tolist(), int(state.step)
        ([-1.0], 1)
    """

    learning_rate: float | Schedule = traced(default=0.01)
    momentum: float = traced(default=0.0)
    nesterov: bool = False

    ranges: ClassVar[Mapping[str, str]] = {"momentum": "[0, 1)"}

    def start(self, array: Array, _path: str, /) -> Moments:
        """A velocity of zeros, or nothing."""
        return self.remembered(array)

    def numbers(self, rate: Array, _done: Array, /) -> Numbers:
        """η and μ."""
        return {"rate": rate, "keep": self.momentum} if self.has_momentum else {"rate": rate}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step down the gradient."""
        if not self.has_momentum:
            return -n["rate"] * g, {}
        velocity = n["keep"] * s["momentum"] - n["rate"] * g
        return n["keep"] * velocity - n["rate"] * g if self.nesterov else velocity, {"momentum": velocity}


@dataclass(frozen=True, repr=False)
class Lion(Rule):
    """Steps of one size, along the sign of a smoothed gradient (Chen et al., 2023, algorithm 2).

    The update is `−η sign(β₁m + (1 − β₁)g)`, and then `m ← β₂m + (1 − β₂)g`.

    Attributes:
        learning_rate: η, a number or a schedule; 3 to 10 times smaller than Adam's.
        beta_1: β₁ in (0, 1].
        beta_2: β₂ in [0, 1).
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = Lion(0.5)
        >>> optimizer.update(jnp.array([2.0, -0.1]), optimizer.init(jnp.ones(2)))[0].tolist()
        [-0.5, 0.5]
    """

    beta_1: float = traced(default=0.9)
    beta_2: float = traced(default=0.99)

    ranges: ClassVar[Mapping[str, str]] = {"beta_1": "(0, 1]", "beta_2": "[0, 1)"}

    def start(self, array: Array, _path: str, /) -> Moments:
        """A mean of zeros."""
        return zeros(array, "momentum")

    def numbers(self, rate: Array, _done: Array, /) -> Numbers:
        """η, the two β and what they leave."""
        return {"rate": rate, "keep_1": self.beta_1, "take_1": 1 - self.beta_1, "keep_2": self.beta_2, "take_2": 1 - self.beta_2}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step along the sign."""
        m = s["momentum"]
        update = -n["rate"] * jnp.sign(n["keep_1"] * m + n["take_1"] * g)
        return update, {"momentum": n["keep_2"] * m + n["take_2"] * g}
