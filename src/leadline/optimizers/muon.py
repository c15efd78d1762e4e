"""Muon: matrices are updated along the nearest orthogonal matrix, everything else as by AdamW."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

import jax.numpy as jnp

from leadline.errors import ArgumentError
from leadline.optimizer import Moments, Numbers, Rule, zeros
from leadline.optimizers.adam import count
from leadline.structure import traced
from leadline.types import Array

__all__ = ["Muon"]


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


@dataclass(frozen=True, repr=False)
class Muon(Rule):
    """Steps along the orthogonal part of the momentum of a matrix (Jordan et al., 2024; Liu et al., 2025).

    With `m ← μm + g`, G is `g + μm` (Nesterov) or m, and `X = G/‖G‖`. Then `ns_steps` times, with `A = XXᵀ`:
    `X ← aX + (bA + cA²)X`, which draws all singular values towards 1. The update of an (n, k) matrix is
    `−η · √max(n, k) · rms_rate · X`. Arrays that are no matrices, embeddings and layers named in `exclude_layers` are updated
    by Adam with decay instead.

    Attributes:
        learning_rate: η, a number or a schedule.
        adam_beta_1: β₁ of Adam in [0, 1).
        adam_beta_2: β₂ of Adam in [0, 1).
        adam_weight_decay: The weight decay of what Adam updates; None for none.
        epsilon: ε of Adam, beside the root.
        weight_decay: The weight decay of the matrices; None for none.
        exclude_layers: Regular expressions; Adam updates the arrays in whose path, as "dense/kernel", one is found.
        exclude_embeddings: Whether Adam updates the arrays with "embedding" in their path.
        muon_a: a.
        muon_b: b.
        muon_c: c.
        adam_lr_ratio: What η is multiplied by for Adam.
        momentum: μ in [0, 1).
        ns_steps: How often X is drawn to orthogonality, at least 1.
        nesterov: Whether to look ahead along the momentum.
        rms_rate: The root mean square of an update with η = 1; None for updates `−ηX`.
        Others: Those of every `Rule`.

    Examples:
        >>> optimizer, w = Muon(0.1, weight_decay=0.0, rms_rate=None), jnp.eye(2)
        >>> updates, _ = optimizer.update(jnp.array([[2.0, 0.0], [0.0, 2.0]]), optimizer.init(w), w)
        >>> print(updates.round(2))
        [[-0.11 -0.  ]
         [-0.   -0.11]]
    """

    adam_beta_1: float = traced(default=0.9)
    adam_beta_2: float = traced(default=0.999)
    adam_weight_decay: float | None = traced(default=0.004)
    epsilon: float = traced(default=1e-7)
    _: KW_ONLY
    weight_decay: float | None = traced(default=0.004)
    exclude_layers: tuple[str, ...] | None = None
    exclude_embeddings: bool = True
    muon_a: float = traced(default=3.4445)
    muon_b: float = traced(default=-4.7750)
    muon_c: float = traced(default=2.0315)
    adam_lr_ratio: float = traced(default=1.0)
    momentum: float = traced(default=0.95)
    ns_steps: int = 5
    nesterov: bool = True
    rms_rate: float | None = traced(default=0.2)

    ranges: ClassVar[Mapping[str, str]] = dict.fromkeys(("adam_beta_1", "adam_beta_2", "momentum"), "[0, 1)") | dict.fromkeys(
        ("muon_a", "muon_b", "muon_c"), "(-inf, inf)"
    )
    optional: ClassVar[frozenset[str]] = Rule.optional | {"adam_weight_decay", "rms_rate"}
    reads_whole_arrays: ClassVar[bool] = True

    def __post_init__(self) -> None:
        super().__post_init__()
        names = () if self.exclude_layers is None else self.exclude_layers
        if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and _compiles(name) for name in names):
            raise ArgumentError(f"Muon needs exclude_layers to be a list of regular expressions, as ['output']; got {names!r}.")
        object.__setattr__(self, "exclude_layers", tuple(names) or None)
        if not isinstance(self.ns_steps, int) or self.ns_steps < 1:
            raise ArgumentError(f"Muon needs ns_steps to be a whole number of at least 1; got {self.ns_steps!r}.")

    def start(self, array: Array, path: str, /) -> Moments:
        """Zeros; a velocity only for what Adam updates."""
        embedding = self.exclude_embeddings and "embedding" in path.lower()
        adam = array.ndim != 2 or embedding or any(re.search(name, path) for name in self.exclude_layers or ())
        return zeros(array, "momentum", *(["velocity"] if adam else []))

    def decay_of(self, s: Moments, /) -> Any:
        """Adam's weight decay, or that of the matrices."""
        return self.adam_weight_decay if "velocity" in s else self.weight_decay

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """The numbers of both ways."""
        t = count(done)
        alpha = self.adam_lr_ratio * rate * jnp.sqrt(1 - self.adam_beta_2**t) / (1 - self.adam_beta_1**t)
        adam = {"alpha": alpha, "take_1": 1 - self.adam_beta_1, "take_2": 1 - self.adam_beta_2, "epsilon": self.epsilon}
        size = rate if self.rms_rate is None else rate * self.rms_rate
        return adam | {"size": size, "keep": self.momentum, "a": self.muon_a, "b": self.muon_b, "c": self.muon_c}

    def formula(self, g: Array, _w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """One step of Adam or of Muon."""
        m = s["momentum"]
        if "velocity" in s:
            m, v = m + n["take_1"] * (g - m), s["velocity"] + n["take_2"] * (g * g - s["velocity"])
            return -n["alpha"] * m / (jnp.sqrt(v) + n["epsilon"]), {"momentum": m, "velocity": v}
        m = n["keep"] * m + g
        way = self._orthogonal(g + n["keep"] * m if self.nesterov else m, n)
        scale = 1.0 if self.rms_rate is None else math.sqrt(max(g.shape))
        return -n["size"] * scale * way, {"momentum": m}

    def _orthogonal(self, matrix: Array, n: Numbers) -> Array:
        """The matrix with its singular values drawn towards 1."""
        wide = matrix.shape[0] <= matrix.shape[1]
        x = matrix if wide else matrix.T
        x = x / (jnp.sqrt(jnp.sum(x * x)) + 1e-7)
        for _ in range(self.ns_steps):
            square = x @ x.T
            x = n["a"] * x + (n["b"] * square + n["c"] * square @ square) @ x
        return x if wide else x.T
