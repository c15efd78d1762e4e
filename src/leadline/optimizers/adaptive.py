"""A learning rate for each number, from the gradients that it has had.

In the formulas g is a gradient, w a parameter and η the learning rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp

from leadline.optimizer import Moments, Numbers, Rule, zeros
from leadline.optimizers.descent import WithMomentum
from leadline.structure import traced
from leadline.types import Array

__all__ = ["Adadelta", "Adagrad", "Ftrl", "RMSprop"]


@dataclass(frozen=True, repr=False)
class RMSprop(WithMomentum):
    """Gradients divided by the root of their mean square (Hinton, 2012, lecture 6e).

    `v ← ρv + (1 − ρ)g²`, the increment `ηg / √(v + ε)`; centered, `a ← ρa + (1 − ρ)g` and the root is `√(v − a² + ε)`. With
    momentum μ: `b ← μb + increment`, and the update is `−b`.

    Attributes:
        learning_rate: η, a number or a schedule.
        rho: ρ in [0, 1).
        momentum: μ in [0, 1).
        epsilon: ε, inside the root.
        centered: Whether to divide by the standard deviation rather than by the root mean square.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = RMSprop(0.1, rho=0.75)
        >>> updates, _ = optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))
        >>> round(float(updates[0]), 5)
        -0.2
    """

    rho: float = traced(default=0.9)
    momentum: float = traced(default=0.0)
    epsilon: float = traced(default=1e-7)
    centered: bool = False

    ranges: ClassVar[Mapping[str, str]] = {"rho": "[0, 1)", "momentum": "[0, 1)"}

    def start(self, array: Array, _path: str, /) -> Moments:
        """Averages of zeros."""
        return self.remembered(array) | zeros(array, "velocity", *(["average_gradient"] if self.centered else []))

    def numbers(self, rate: Array, _done: Array, /) -> Numbers:
        """η, ρ and what it leaves, ε and μ."""
        numbers = {"rate": rate, "keep": self.rho, "take": 1 - self.rho, "epsilon": self.epsilon}
        return numbers | ({"momentum": self.momentum} if self.has_momentum else {})

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step down the normalised gradient."""
        spread = n["keep"] * s["velocity"] + n["take"] * g * g
        after = {"velocity": spread}
        if self.centered:
            center = after["average_gradient"] = n["keep"] * s["average_gradient"] + n["take"] * g
            spread = spread - center * center
        increment = n["rate"] * g / jnp.sqrt(spread + n["epsilon"])
        if self.has_momentum:
            increment = after["momentum"] = n["momentum"] * s["momentum"] + increment
        return -increment, after


@dataclass(frozen=True, repr=False)
class Adagrad(Rule):
    """Gradients divided by the root of the sum of their squares (Duchi et al., 2011).

    `n ← n + g²`, and the update is `−ηg / √(n + ε)`.

    Attributes:
        learning_rate: η, a number or a schedule; 1.0 is the paper's form.
        initial_accumulator_value: n before the first update, not negative.
        epsilon: ε, inside the root.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = Adagrad(0.5, initial_accumulator_value=5.0)
        >>> print(optimizer.update(jnp.array([2.0]), optimizer.init(jnp.ones(1)))[0].round(4))
        [-0.3333]
    """

    initial_accumulator_value: float = traced(default=0.1)
    epsilon: float = traced(default=1e-7)

    def start(self, array: Array, _path: str, /) -> Moments:
        """The sums as they begin."""
        return {"accumulator": jnp.full_like(array, self.initial_accumulator_value)}

    def numbers(self, rate: Array, _done: Array, /) -> Numbers:
        """η and ε."""
        return {"rate": rate, "epsilon": self.epsilon}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step down the normalised gradient."""
        total = s["accumulator"] + g * g
        return -n["rate"] * g / jnp.sqrt(total + n["epsilon"]), {"accumulator": total}


@dataclass(frozen=True, repr=False)
class Adadelta(Rule):
    """Gradients scaled so that updates have the unit of the parameters (Zeiler, 2012, algorithm 1).

    `v ← ρv + (1 − ρ)g²`, `δ = −g · √(d + ε) / √(v + ε)`, `d ← ρd + (1 − ρ)δ²`, and the update is `ηδ`.

    Attributes:
        learning_rate: η, a number or a schedule; 1.0 is the paper's form.
        rho: ρ in [0, 1).
        epsilon: ε, inside both roots.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = Adadelta(1.0, rho=0.75, epsilon=1.0)
        >>> print(optimizer.update(jnp.array([2.0]), optimizer.init(jnp.ones(1)))[0].round(4))
        [-1.4142]
    """

    rho: float = traced(default=0.95)
    epsilon: float = traced(default=1e-7)

    ranges: ClassVar[Mapping[str, str]] = {"rho": "[0, 1)"}

    def start(self, array: Array, _path: str, /) -> Moments:
        """Averages of zeros."""
        return zeros(array, "accumulated_grad", "accumulated_delta_var")

    def numbers(self, rate: Array, _done: Array, /) -> Numbers:
        """η, ρ and what it leaves, and ε."""
        return {"rate": rate, "keep": self.rho, "take": 1 - self.rho, "epsilon": self.epsilon}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step down the gradient in the unit of the parameter."""
        squares = n["keep"] * s["accumulated_grad"] + n["take"] * g * g
        delta = -jnp.sqrt(s["accumulated_delta_var"] + n["epsilon"]) * g / jnp.sqrt(squares + n["epsilon"])
        deltas = n["keep"] * s["accumulated_delta_var"] + n["take"] * delta * delta
        return n["rate"] * delta, {"accumulated_grad": squares, "accumulated_delta_var": deltas}


@dataclass(frozen=True, repr=False)
class Ftrl(Rule):
    """Follow the regularised leader: with an L1 penalty, weights that are exactly 0 (McMahan et al., 2013, algorithm 1).

    With p = −`learning_rate_power`, `n' = n + g²` and `g' = g + 2 · shrinkage · w`: `z ← z + g' − (n'ᵖ − nᵖ)/η · w`, and the
    parameter becomes `(clip(z, ±λ₁) − z) / (n'ᵖ/η + 2λ₂ + β/η)`.

    Attributes:
        learning_rate: η, a number or a schedule, above 0.
        learning_rate_power: −p, 0 or below; 0 keeps the rate as it is.
        initial_accumulator_value: n before the first update, not negative.
        l1_regularization_strength: λ₁, not negative.
        l2_regularization_strength: λ₂, not negative.
        l2_shrinkage_regularization_strength: The strength of a penalty on the weights themselves, not negative.
        beta: β, not negative.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer, w = Ftrl(0.5, l1_regularization_strength=9.0), jnp.array([1.0])
        >>> (w + optimizer.update(jnp.array([2.0]), optimizer.init(w), w)[0]).tolist()
        [0.0]
    """

    learning_rate_power: float = traced(default=-0.5)
    initial_accumulator_value: float = traced(default=0.1)
    l1_regularization_strength: float = traced(default=0.0)
    l2_regularization_strength: float = traced(default=0.0)
    l2_shrinkage_regularization_strength: float = traced(default=0.0)
    beta: float = traced(default=0.0)

    ranges: ClassVar[Mapping[str, str]] = {"learning_rate": "(0, inf)", "learning_rate_power": "(-inf, 0]"}
    reads_params: ClassVar[bool] = True

    def start(self, array: Array, _path: str, /) -> Moments:
        """The sums as they begin."""
        return {"accumulator": jnp.full_like(array, self.initial_accumulator_value), "linear": jnp.zeros_like(array)}

    def numbers(self, rate: Array, _done: Array, /) -> Numbers:
        """η, p, the bound of z, twice the shrinkage, and what is added to the divisor."""
        ridge = 2 * self.l2_regularization_strength + self.beta / rate
        shrink = 2 * self.l2_shrinkage_regularization_strength
        bound = self.l1_regularization_strength
        return {"rate": rate, "power": -self.learning_rate_power, "bound": bound, "shrink": shrink, "ridge": ridge}

    def formula(self, g: Array, w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """The way from the parameter to the leader."""
        total = s["accumulator"] + g * g
        before, after = (jnp.power(sum_of, n["power"]) / n["rate"] for sum_of in (s["accumulator"], total))
        linear = s["linear"] + g + n["shrink"] * w - (after - before) * w
        leader = (jnp.clip(linear, -n["bound"], n["bound"]) - linear) / (after + n["ridge"])
        return leader - w, {"accumulator": total, "linear": linear}
