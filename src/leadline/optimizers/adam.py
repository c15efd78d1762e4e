"""Adam and its kin: gradients smoothed and divided by a measure of their size.

In the formulas g is a gradient, w a parameter, η the learning rate, t the number of updates with this one;
`m ← m + (1 − β₁)(g − m)` is the smoothed gradient and `v ← v + (1 − β₂)(g² − v)` the smoothed square.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.optimizer import Moments, Numbers, Rule, zeros
from leadline.schedules import Schedule
from leadline.structure import traced
from leadline.types import Array, default_float

__all__ = ["Adam", "AdamW", "Adamax", "Nadam", "ScheduleFreeAdamW", "Smoothed", "count"]


def count(done: Array) -> Array:
    """t, the number of updates with this one, of the default float.

    Args:
        done: Updates done before, an integer.

    Examples:
        >>> float(count(jnp.int32(2)))
        3.0
    """
    return (done + 1).astype(default_float())


@dataclass(frozen=True, repr=False)
class Smoothed(Rule):
    """Base of the rules that smooth the gradient and its square.

    Attributes:
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε, kept from 0 below a fraction.
    """

    beta_1: float = traced(default=0.9)
    beta_2: float = traced(default=0.999)
    epsilon: float = traced(default=1e-7)

    ranges: ClassVar[Mapping[str, str]] = {"beta_1": "[0, 1)", "beta_2": "[0, 1)"}

    def start(self, array: Array, _path: str, /) -> Moments:
        """Averages of zeros."""
        return zeros(array, "momentum", "velocity")

    def shares(self) -> Numbers:
        """What the averages take of what is new, and ε."""
        return {"take_1": 1 - self.beta_1, "take_2": 1 - self.beta_2, "epsilon": self.epsilon}

    def smoothed(self, g: Array, s: Moments, n: Numbers) -> Moments:
        """The averages m and v with this gradient."""
        m, v = s["momentum"], s["velocity"]
        return {"momentum": m + n["take_1"] * (g - m), "velocity": v + n["take_2"] * (g * g - v)}


@dataclass(frozen=True, repr=False)
class Adam(Smoothed):
    """Gradients smoothed and divided by the root of their mean square (Kingma & Ba, 2015, the form before section 2.1).

    With `α = η · √(1 − β₂ᵗ) / (1 − β₁ᵗ)` the update is `−α · m / (√v + ε)`. With AMSGrad (Reddi et al., 2018) the largest v so
    far stands in the root.

    Attributes:
        learning_rate: η, a number or a schedule.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε, beside the root and not bias-corrected: ε̂ of the paper.
        amsgrad: Whether to keep the largest v.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = Adam(0.1)
        >>> updates, _ = optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))
        >>> round(float(updates[0]), 4)
        -0.1
    """

    amsgrad: bool = False

    def start(self, array: Array, _path: str, /) -> Moments:
        """Averages of zeros."""
        return zeros(array, "momentum", "velocity", *(["velocity_hat"] if self.amsgrad else []))

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """α, the shares and ε."""
        t = count(done)
        return {"alpha": rate * jnp.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t), **self.shares()}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step along the smoothed, normalised gradient."""
        after = self.smoothed(g, s, n)
        root = after["velocity"]
        if self.amsgrad:
            root = after["velocity_hat"] = jnp.maximum(s["velocity_hat"], root)
        return -n["alpha"] * after["momentum"] / (jnp.sqrt(root) + n["epsilon"]), after


@dataclass(frozen=True, repr=False)
class AdamW(Adam):
    """Adam with decoupled weight decay: each parameter loses `η · weight_decay · w` first (Loshchilov & Hutter, 2019, alg. 2).

    Every parameter decays, biases too.

    Attributes:
        weight_decay: The share of a weight lost per unit of η, not negative. The others are those of `Adam`.

    Examples:
        >>> optimizer = AdamW(0.5, weight_decay=0.5)
        >>> w = jnp.array([8.0])
        >>> optimizer.update(jnp.array([0.0]), optimizer.init(w), w)[0].tolist()
        [-2.0]
    """

    weight_decay: float | None = traced(default=0.004)

    optional: ClassVar[frozenset[str]] = Rule.optional - {"weight_decay"}


@dataclass(frozen=True, repr=False)
class Adamax(Smoothed):
    """Adam with the largest gradient in the place of the root of the mean square (Kingma & Ba, 2015, section 7.1).

    `u ← max(β₂u, |g|)`, and the update is `−η · m / ((1 − β₁ᵗ)(u + ε))`.

    Attributes:
        learning_rate: η, a number or a schedule.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε, beside the largest gradient.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = Adamax(0.5)
        >>> print(optimizer.update(jnp.array([2.0, -8.0]), optimizer.init(jnp.ones(2)))[0].round(4))
        [-0.5  0.5]
    """

    def start(self, array: Array, _path: str, /) -> Moments:
        """Zeros."""
        return zeros(array, "momentum", "norm")

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """η over what m lacks, the share of m, β₂ and ε."""
        alpha = rate / (1 - self.beta_1 ** count(done))
        return {"alpha": alpha, "take": 1 - self.beta_1, "keep": self.beta_2, "epsilon": self.epsilon}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step along the smoothed gradient, over the largest."""
        m = s["momentum"] + n["take"] * (g - s["momentum"])
        u = jnp.maximum(n["keep"] * s["norm"], jnp.abs(g))
        return -n["alpha"] * m / (u + n["epsilon"]), {"momentum": m, "norm": u}


@dataclass(frozen=True, repr=False)
class Nadam(Smoothed):
    """Adam with Nesterov's momentum, which warms up (Dozat, 2015).

    With `uₜ = β₁(1 − ½ · 0.96ᵗ)` and `Uₜ = u₁u₂⋯uₜ`, the update is `−η · m̂ / (√(v / (1 − β₂ᵗ)) + ε)`, where
    `m̂ = uₜ₊₁m / (1 − Uₜ₊₁) + (1 − uₜ)g / (1 − Uₜ)`.

    Attributes:
        learning_rate: η, a number or a schedule.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε, beside the root.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer = Nadam(0.1)
        >>> print(optimizer.update(jnp.array([2.0]), optimizer.init(jnp.ones(1)))[0].round(4))
        [-0.1063]
    """

    def start(self, array: Array, _path: str, /) -> Moments:
        """Averages of zeros, and the empty product 1."""
        return zeros(array, "momentum", "velocity") | {"u_product": jnp.ones((), default_float())}

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """η, uₜ, uₜ₊₁, what v lacks, the shares and ε."""
        t = count(done)
        now, after = (self.beta_1 * (1 - 0.5 * 0.96**when) for when in (t, t + 1))
        return {"rate": rate, "now": now, "after": after, "correct": 1 - self.beta_2**t, **self.shares()}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step along the gradient as it will be smoothed next."""
        new = self.smoothed(g, s, n)
        product = s["u_product"] * n["now"]
        ahead = n["after"] * new["momentum"] / (1 - product * n["after"]) + (1 - n["now"]) * g / (1 - product)
        root = jnp.sqrt(new["velocity"] / n["correct"])
        return -n["rate"] * ahead / (root + n["epsilon"]), new | {"u_product": product}


@dataclass(frozen=True, repr=False)
class ScheduleFreeAdamW(Smoothed):
    """Adam that averages instead of lowering its rate, so that it need not know when training ends (Defazio et al., 2024).

    The parameters w lie between a fast point z and the mean x of those, `w = (1 − β₁)z + β₁x`. With the bias-corrected
    `v̂ = v / (1 − β₂ᵗ)`: `z ← z − ηg / (√v̂ + ε)`, then `x ← (1 − 1/t)x + z/t`.

    Attributes:
        learning_rate: η, a number or a schedule.
        beta_1: β₁ in (0, 1), how near the parameters are to the mean.
        beta_2: β₂ in [0, 1).
        epsilon: ε, beside the root.
        warmup_steps: Updates over which η rises from 0 in equal steps; 0 for none.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer, w = ScheduleFreeAdamW(0.1), jnp.array([1.0])
        >>> print((w + optimizer.update(jnp.array([2.0]), optimizer.init(w), w)[0]).round(4))
        [0.9]
    """

    learning_rate: float | Schedule = traced(default=0.0025)
    epsilon: float = traced(default=1e-8)
    warmup_steps: int = 0

    ranges: ClassVar[Mapping[str, str]] = {"beta_1": "(0, 1)", "beta_2": "[0, 1)"}
    reads_params: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.warmup_steps, int) or self.warmup_steps < 0:
            raise ArgumentError(f"ScheduleFreeAdamW needs warmup_steps to be a whole number from 0; got {self.warmup_steps!r}.")

    def start(self, array: Array, _path: str, /) -> Moments:
        """The fast point where the parameter is."""
        return {"momentum": jnp.copy(array), "velocity": jnp.zeros_like(array)}

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """The warm η, 1/t, what v lacks, and the shares."""
        t = count(done)
        warm = rate * jnp.minimum(t / self.warmup_steps, 1) if self.warmup_steps else rate
        return {"rate": warm, "weight": 1 / t, "correct": 1 - self.beta_2**t, "keep": self.beta_1, **self.shares()}

    def formula(self, g: Array, w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step of the fast point, and the parameters after it."""
        v = s["velocity"] + n["take_2"] * (g * g - s["velocity"])
        fast = s["momentum"] - n["rate"] * g / (jnp.sqrt(v / n["correct"]) + n["epsilon"])
        mean = (w - n["take_1"] * s["momentum"]) / n["keep"]
        mean = (1 - n["weight"]) * mean + n["weight"] * fast
        return n["take_1"] * fast + n["keep"] * mean - w, {"momentum": fast, "velocity": v}
