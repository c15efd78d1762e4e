"""Updates whose size depends on the whole array: Lamb and Adafactor.

In the formulas g is a gradient, w a parameter, η the learning rate, t the number of updates with this one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp

from leadline.optimizer import Moments, Numbers, Rule
from leadline.optimizers.adam import Smoothed, count
from leadline.structure import traced
from leadline.types import Array

__all__ = ["Adafactor", "Lamb"]


@dataclass(frozen=True, repr=False)
class Lamb(Smoothed):
    """Adam whose update of an array is as large as the array, times η (You et al., 2020, algorithm 2).

    `r = m/(1 − β₁ᵗ) / (√(v/(1 − β₂ᵗ)) + ε)`, m and v as in Adam, and the update is `−η · ‖w‖/‖r‖ · r`; `−ηr` where a norm is 0.

    Attributes:
        learning_rate: η, a number or a schedule.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε, beside the root.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer, w = Lamb(0.1), jnp.array([3.0, 4.0])
        >>> print(optimizer.update(jnp.array([2.0, 0.0]), optimizer.init(w), w)[0].round(4))
        [-0.5 -0. ]
    """

    reads_params: ClassVar[bool] = True
    reads_whole_arrays: ClassVar[bool] = True

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """η, what m and v lack, the shares and ε."""
        t = count(done)
        return {"rate": rate, "correct_1": 1 - self.beta_1**t, "correct_2": 1 - self.beta_2**t, **self.shares()}

    def formula(self, g: Array, w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step in proportion to the array."""
        after = self.smoothed(g, s, n)
        way = after["momentum"] / n["correct_1"] / (jnp.sqrt(after["velocity"] / n["correct_2"]) + n["epsilon"])
        own, other = (jnp.sqrt(jnp.sum(array * array)) for array in (w, way))
        ratio = jnp.where((own > 0) & (other > 0), own / jnp.where(other > 0, other, 1), 1)
        return -ratio * n["rate"] * way, after


def _root_mean_square(array: Array) -> Array:
    return jnp.sqrt(jnp.mean(array * array))


@dataclass(frozen=True, repr=False)
class Adafactor(Rule):
    """Adam without momentum that remembers of a matrix only means of its rows and columns (Shazeer & Stern, 2018, algorithm 4).

    With `β = 1 − t^beta_2_decay` and `q = g² + ε₁`, a vector has `v ← βv + (1 − β)q`; of the last two axes the means `r` over
    columns and `c` over rows are smoothed so, and `v = r/mean(r) · c`. With `u = g/√v` the update is
    `−max(ε₂, rms(w)) · min(η, 1/√t) · u / max(1, rms(u)/clip_threshold)`.

    Attributes:
        learning_rate: η, a number or a schedule.
        beta_2_decay: How fast the averages forget, 0 or below.
        epsilon_1: ε₁, beside the squared gradient.
        epsilon_2: ε₂, the least size of an array that counts.
        clip_threshold: The most that the root mean square of u may be, above 0.
        relative_step: Whether a learning rate that is no schedule is at most 1/√t. As in Keras it changes nothing, since every
            rate is.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer, w = Adafactor(0.1), jnp.array([3.0, -3.0])
        >>> print((w + optimizer.update(jnp.array([2.0, 5.0]), optimizer.init(w), w)[0]).round(4))
        [ 2.7 -3.3]
    """

    beta_2_decay: float = traced(default=-0.8)
    epsilon_1: float = traced(default=1e-30)
    epsilon_2: float = traced(default=1e-3)
    clip_threshold: float = traced(default=1.0)
    relative_step: bool = True

    ranges: ClassVar[Mapping[str, str]] = {"beta_2_decay": "(-inf, 0]", "clip_threshold": "(0, inf)"}
    reads_params: ClassVar[bool] = True
    reads_whole_arrays: ClassVar[bool] = True

    def start(self, array: Array, _path: str, /) -> Moments:
        """Means of zeros: of a matrix those of its rows and columns, otherwise each number's."""
        if array.ndim < 2:
            return {"velocity": jnp.zeros_like(array)}
        columns = array.shape[:-2] + array.shape[-1:]
        return {"rows": jnp.zeros(array.shape[:-1], array.dtype), "columns": jnp.zeros(columns, array.dtype)}

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """The bounded η, what the averages keep, and the ε."""
        t = count(done)
        taken = t**self.beta_2_decay
        numbers = {"rate": jnp.minimum(rate, 1 / jnp.sqrt(t)), "keep": 1 - taken, "take": taken}
        return numbers | {"epsilon_1": self.epsilon_1, "epsilon_2": self.epsilon_2, "most": self.clip_threshold}

    def formula(self, g: Array, w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step in proportion to the array."""
        square = g * g + n["epsilon_1"]
        axes = {"velocity": (), "rows": (-1,), "columns": (-2,)}
        after = {name: n["keep"] * old + n["take"] * jnp.mean(square, axis=axes[name]) for name, old in s.items()}
        if g.ndim < 2:
            v = after["velocity"]
        else:
            rows, columns = after["rows"], after["columns"]
            v = (rows / jnp.mean(rows, axis=-1, keepdims=True))[..., :, None] * columns[..., None, :]
        u = g / jnp.sqrt(v)
        u = u / jnp.maximum(1, _root_mean_square(u) / n["most"])
        return -jnp.maximum(n["epsilon_2"], _root_mean_square(w)) * n["rate"] * u, after
