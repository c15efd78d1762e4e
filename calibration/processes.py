"""Processes that generate data, whose best possible predictor is known.

Numbers: `y = f(x) + noise · ε` with ε normal and f scaled to a standard deviation of 1, so that the least RMSE is `noise`.
Classes: probabilities p(x), from which y is drawn. No classifier errs less often than the one that names the likeliest class; its
error is `E[1 − max p(x)]`, taken over 400,000 draws of x. `noise` says how much the classes overlap:
- "flips": the sign of f, wrong with probability `noise`;
- "logits": softmax of independent f's times `1 / noise`;
- "gaussians": normal clouds, two for each class, whose centres lie `1 / noise` from the origin; p by Bayes's rule.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["KINDS", "SIGNALS", "Drawn", "Process"]

Array = np.ndarray[Any, Any]
KINDS = ("numbers", "flips", "logits", "gaussians")
MANY = 400_000


@dataclass(frozen=True)
class Drawn:
    """Some examples.

    Attributes:
        X: `(m, features)`, each feature of mean 0 and standard deviation about 1.
        y: `(m,)`: numbers, or whole numbers from 0.
        best: What the best predictor says for each, in the unit of y.
    """

    X: Array
    y: Array
    best: Array


def _linear(random: np.random.Generator, features: int) -> Callable[[Array], Array]:
    weights = random.normal(size=features)
    return lambda X: X @ weights


def _quadratic(random: np.random.Generator, features: int) -> Callable[[Array], Array]:
    pairs, weights = random.permuted(np.tile(np.arange(features), (4, 1)), axis=1)[:, :2], random.choice([-1.0, 1.0], 4)
    return lambda X: X[:, 0] + sum(w * X[:, i] * X[:, j] for w, (i, j) in zip(weights, pairs, strict=True))


def _cubic(random: np.random.Generator, features: int) -> Callable[[Array], Array]:
    own = random.permutation(features)[:3]
    return lambda X: X[:, own[0]] * X[:, own[1]] - X[:, own[2]] ** 2 + 0.4 * X[:, own[0]] ** 3


def _friedman(random: np.random.Generator, features: int) -> Callable[[Array], Array]:
    """Friedman's first function, of five features; the others do not matter."""
    a, b, c, d, e = random.permutation(features)[:5]

    def f(X: Array) -> Array:
        U = X / np.sqrt(12) + 0.5
        return 10 * np.sin(np.pi * U[:, a] * U[:, b]) + 20 * (U[:, c] - 0.5) ** 2 + 10 * U[:, d] + 5 * U[:, e]

    return f


def _teacher(random: np.random.Generator, features: int) -> Callable[[Array], Array]:
    """A network of six tanh units."""
    inner, outer = 2 * random.normal(size=(features, 6)) / np.sqrt(features), random.choice([-1.0, 1.0], 6)
    shift = random.normal(size=6)
    return lambda X: np.tanh(X @ inner + shift) @ outer


def _waves(random: np.random.Generator, features: int) -> Callable[[Array], Array]:
    own, phase = random.permutation(features)[:4], random.uniform(0, 2 * np.pi, 4)
    return lambda X: np.sin(2 * X[:, own] + phase).sum(axis=1)


SIGNALS: dict[str, Callable[[np.random.Generator, int], Callable[[Array], Array]]] = {
    "linear": _linear,
    "quadratic": _quadratic,
    "cubic": _cubic,
    "friedman": _friedman,
    "teacher": _teacher,
    "waves": _waves,
}
"""Functions of the features, drawn once for a process."""


class Process:
    """A source of examples.

    Args:
        kind: One of `KINDS`.
        signal: One of `SIGNALS`; what "gaussians" have instead does not depend on it.
        features: How many features.
        noise: As the module says.
        classes: How many classes; "flips" have 2.
        draw: Which of the processes that answer to all this.
    """

    def __init__(self, kind: str, signal: str, features: int, noise: float, classes: int = 2, draw: int = 0) -> None:
        self.kind, self.features, self.noise, self.classes = kind, features, noise, classes
        self._is_uniform = signal in ("friedman", "waves")
        random = np.random.default_rng([draw, features, classes, KINDS.index(kind), list(SIGNALS).index(signal)])
        functions = [SIGNALS[signal](random, features) for _ in range(classes if kind == "logits" else 1)]
        X = self._inputs(random, MANY // 10)
        values = np.stack([f(X) for f in functions], axis=1)
        self._functions, self._centre, self._spread = functions, np.median(values, axis=0), values.std(axis=0)
        if kind == "gaussians":
            towards = random.normal(size=(classes, 2, features))
            self._clouds = towards / np.linalg.norm(towards, axis=2, keepdims=True) / noise
        self.best = self.noise
        if kind != "numbers":
            x, _ = self._located(random, MANY)
            self.best = float(np.mean(1 - self._probabilities(x).max(axis=1)))

    def examples(self, random: np.random.Generator, count: int) -> Drawn:
        """Draws examples."""
        X, own = self._located(random, count)
        if self.kind == "numbers":
            f = self._signals(X)[:, 0]
            return Drawn(X, f + self.noise * random.normal(size=count), f)
        p = self._probabilities(X)
        y = own if own is not None else (p.cumsum(axis=1) < random.uniform(size=(count, 1))).sum(axis=1)
        return Drawn(X, np.minimum(y, p.shape[1] - 1), p.argmax(axis=1))

    def _inputs(self, random: np.random.Generator, count: int) -> Array:
        shape, edge = (count, self.features), np.sqrt(3)
        return random.uniform(-edge, edge, shape) if self._is_uniform else random.normal(size=shape)

    def _located(self, random: np.random.Generator, count: int) -> tuple[Array, Array | None]:
        """Inputs, and where the inputs come from the class, the class."""
        if self.kind != "gaussians":
            return self._inputs(random, count), None
        y, cloud = random.integers(0, len(self._clouds), count), random.integers(0, 2, count)
        return self._clouds[y, cloud] + random.normal(size=(count, self.features)), y

    def _signals(self, X: Array) -> Array:
        values = np.stack([f(X) for f in self._functions], axis=1)
        return (values - self._centre) / self._spread

    def _probabilities(self, X: Array) -> Array:
        """p(x), `(m, classes)`."""
        if self.kind == "flips":
            positive = np.where(self._signals(X)[:, 0] > 0, 1 - self.noise, self.noise)
            return np.stack([1 - positive, positive], axis=1)
        if self.kind == "logits":
            scores = self._signals(X) / self.noise
        else:
            # ln of the density up to what all clouds share; all centres are equally far from the origin.
            scores = np.logaddexp.reduce(np.einsum("md,kcd->mkc", X, self._clouds), axis=2)
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)
