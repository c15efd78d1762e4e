"""A network from the single unit up, in NumPy: read it first, for the rest of the package does this and only does it faster.

Everything is float64 and nothing is hidden: a unit, a layer as a loop over its units, the same as one matrix product, the costs,
their gradients by the chain rule, and Adam. The tests hold the engine against these functions.

Symbols: `m` examples; `a` the activations of one example, `(n,)`; `A` those of a batch, `(m, n)`; `W` weights `(n, units)`, one
column a unit; `b` biases `(units,)`; `z = W·a + b`; `g` an activation; `a = g(z)`; `f` the output of the last layer; `y` what it
should be; `J` a cost *without* penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from leadline.errors import ShapeError

__all__ = [
    "ACTIVATION_PULLBACKS",
    "COST_SLOPES",
    "AdamMemory",
    "Layer",
    "adam",
    "backward",
    "binary_crossentropy",
    "binary_crossentropy_from_logits",
    "dense",
    "dense_matrix",
    "linear",
    "neuron",
    "penalty",
    "regularized_cost",
    "relu",
    "sequential",
    "sequential_matrix",
    "sigmoid",
    "softmax",
    "sparse_categorical_crossentropy",
    "sparse_categorical_crossentropy_from_logits",
    "squared_error",
]

Floats: TypeAlias = npt.NDArray[np.float64]
Activation: TypeAlias = Callable[[Floats], Floats]
Cost: TypeAlias = Callable[[npt.ArrayLike, Floats], float]

EPSILON = 1e-7
"""Keras's small number: how far probabilities stay from 0 and 1 under a logarithm, and what keeps Adam from dividing by 0."""


class Layer(NamedTuple):
    """One dense layer: weights `W` `(n, units)` and biases `b` `(units,)`, float64, and the activation `g`."""

    W: Floats
    b: Floats
    g: Activation


def linear(z: Floats) -> Floats:
    """`g(z) = z`.

    Examples:
        >>> linear(np.array([-2.0, 3.0])).tolist()
        [-2.0, 3.0]
    """
    return z


def relu(z: Floats) -> Floats:
    """`g(z) = max(0, z)`.

    Examples:
        >>> relu(np.array([-2.0, 3.0])).tolist()
        [0.0, 3.0]
    """
    return np.maximum(z, 0.0)


def sigmoid(z: Floats) -> Floats:
    """`g(z) = 1 / (1 + e⁻ᶻ)`, without overflow for any z.

    Examples:
        >>> sigmoid(np.array([-1e4, 0.0, 1e4])).tolist()
        [0.0, 0.5, 1.0]
    """
    e = np.exp(-np.abs(z))  # at most 1; e⁻ᶻ itself overflows where z is large and negative
    return np.where(np.asarray(z) >= 0, 1.0, e) / (1.0 + e)


def softmax(z: Floats) -> Floats:
    """`g(z)ⱼ = e^{zⱼ} / Σₖ e^{zₖ}` along the last axis, without overflow for any z.

    Examples:
        >>> softmax(np.array([1e4, 1e4, -1e4])).tolist()
        [0.5, 0.5, 0.0]
    """
    e = np.exp(z - np.max(z, axis=-1, keepdims=True))  # a common factor cancels, so the largest exponent may be 0
    return np.asarray(e / np.sum(e, axis=-1, keepdims=True))


def neuron(a_in: Floats, w: Floats, b: float) -> float:
    """What one unit adds up before its activation, `z = w · a + b`; `a_in` and the unit's weights `w` are `(n,)`.

    Examples:
        >>> neuron(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 5.0)
        16.0
    """
    return float(w @ a_in + b)


def dense(a_in: Floats, W: Floats, b: Floats, g: Activation) -> Floats:
    """The activations `(units,)` of a layer for one example `(n,)`, unit by unit: `aⱼ = g(wⱼ · a_in + bⱼ)`.

    `g` is handed all z of the layer at once, because softmax needs them together.

    Examples:
        >>> dense(np.array([1.0, 2.0]), np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([0.5, 0.5]), relu).tolist()
        [3.5, 0.0]
    """
    units = W.shape[1]
    z = [neuron(a_in, W[:, j], b[j]) for j in range(units)]
    return g(np.array(z))


def sequential(x: Floats, layers: Sequence[Layer]) -> Floats:
    """The output of a stack of layers for one example `(n,)`: each layer reads what the one before it gave.

    Examples:
        >>> layer = Layer(np.array([[2.0]]), np.array([1.0]), linear)
        >>> sequential(np.array([3.0]), [layer, layer]).tolist()
        [15.0]
    """
    a = x
    for layer in layers:
        a = dense(a, *layer)
    return a


def dense_matrix(A_in: Floats, W: Floats, B: Floats, g: Activation) -> Floats:
    """The activations `(m, units)` of a layer for a batch `(m, n)`: `A = g(A_in · W + B)`, all the loops as one product.

    The same biases, `(units,)` or `(1, units)`, are added for every example.

    Examples:
        >>> dense_matrix(np.array([[1.0, 2.0]]), np.array([[1.0, -1.0], [1.0, -1.0]]), np.array([[0.5, 0.5]]), relu).tolist()
        [[3.5, 0.0]]
    """
    return g(A_in @ W + B)


def sequential_matrix(X: Floats, layers: Sequence[Layer]) -> Floats:
    """The output of a stack of layers for a batch, `(m, n)` to `(m, units of the last layer)`.

    Examples:
        >>> layer = Layer(np.array([[2.0]]), np.array([1.0]), linear)
        >>> sequential_matrix(np.array([[3.0], [0.0]]), [layer, layer]).tolist()
        [[15.0], [3.0]]
    """
    A = X
    for layer in layers:
        A = dense_matrix(A, *layer)
    return A


def _fitted(y: npt.ArrayLike, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """The targets, refused where NumPy would broadcast them against the outputs."""
    targets = np.asarray(y)
    if targets.shape != shape:
        raise ShapeError(f"These outputs go with targets of shape {shape}. Got targets of shape {targets.shape}. Reshape them.")
    return targets


def squared_error(y: npt.ArrayLike, f: Floats) -> float:
    """`J = 1/(2m) Σᵢ (fᵢ − yᵢ)²`, half the mean squared error; y and f `(m, 1)`, or `(m, outputs)` for the mean over all.

    Examples:
        >>> squared_error([[1.0], [2.0]], np.array([[1.0], [4.0]]))
        1.0
    """
    return float(np.mean((f - _fitted(y, f.shape)) ** 2) / 2)


def binary_crossentropy(y: npt.ArrayLike, f: Floats) -> float:
    """`J = −1/m Σᵢ [yᵢ ln fᵢ + (1 − yᵢ) ln(1 − fᵢ)]`; y of 0 and 1 and probabilities f, both `(m, 1)` or `(m, outputs)`.

    Examples:
        >>> round(binary_crossentropy([[1.0]], np.array([[0.25]])), 6)
        1.386294
    """
    y, p = _fitted(y, f.shape), np.clip(f, EPSILON, 1 - EPSILON)
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def binary_crossentropy_from_logits(y: npt.ArrayLike, f: Floats) -> float:
    """`binary_crossentropy` of `sigmoid(f)`, exact for any logit: `1/m Σᵢ [yᵢ ln(1 + e^{−fᵢ}) + (1 − yᵢ) ln(1 + e^{fᵢ})]`.

    Examples:
        >>> binary_crossentropy_from_logits([[1.0], [0.0]], np.array([[-1e4], [-1e4]]))
        5000.0
    """
    y = _fitted(y, f.shape)
    return float(np.mean(y * np.logaddexp(0.0, -f) + (1 - y) * np.logaddexp(0.0, f)))


def sparse_categorical_crossentropy(y: npt.ArrayLike, f: Floats) -> float:
    """`J = −1/m Σᵢ ln f[i, yᵢ]`; y the number of each example's class, `(m,)`, and probabilities f `(m, classes)`.

    Examples:
        >>> round(sparse_categorical_crossentropy([1], np.array([[0.75, 0.25]])), 6)
        1.386294
    """
    of_the_class = f[np.arange(len(f)), _fitted(y, f.shape[:1])]
    return float(-np.mean(np.log(np.clip(of_the_class, EPSILON, 1 - EPSILON))))


def sparse_categorical_crossentropy_from_logits(y: npt.ArrayLike, f: Floats) -> float:
    """`sparse_categorical_crossentropy` of `softmax(f)`, exact for any logit: `1/m Σᵢ [ln Σₖ e^{f[i, k]} − f[i, yᵢ]]`.

    Examples:
        >>> sparse_categorical_crossentropy_from_logits([1, 0], np.array([[1e4, 0.0], [1e4, 0.0]]))
        5000.0
    """
    of_the_class = f[np.arange(len(f)), _fitted(y, f.shape[:1])]
    return float(np.mean(np.logaddexp.reduce(f, axis=1) - of_the_class))


def penalty(layers: Sequence[Layer], m: int, lambda_: float) -> float:
    """`λ/(2m) Σ w²` over the weights of all layers; biases are free. An `L2(c)` on every kernel is `λ = 2mc`.

    Examples:
        >>> penalty([Layer(np.array([[3.0, 1.0]]), np.array([9.0, 9.0]), relu)], m=5, lambda_=2.0)
        2.0
    """
    return float(lambda_ / (2 * m) * sum(np.sum(layer.W**2) for layer in layers))


def regularized_cost(X: Floats, y: npt.ArrayLike, layers: Sequence[Layer], cost: Cost, lambda_: float = 0.0) -> float:
    """What training minimises: `J + λ/(2m) Σ w²`, `J` the given cost of the stack's output for the batch.

    Examples:
        >>> layer = Layer(np.array([[2.0]]), np.array([0.0]), linear)
        >>> regularized_cost(np.array([[1.0], [3.0]]), [[1.0], [5.0]], [layer], squared_error, lambda_=1.0)
        1.5
    """
    return cost(y, sequential_matrix(X, layers)) + penalty(layers, len(X), lambda_)


def _difference(y: npt.ArrayLike, f: Floats) -> Floats:
    return np.asarray((f - _fitted(y, f.shape)) / f.size)


def _one_hot(y: npt.ArrayLike, f: Floats) -> Floats:
    return np.asarray(np.eye(f.shape[1])[_fitted(y, f.shape[:1])] / len(f))


def _over(numerator: Floats, f: Floats, denominator: Floats) -> Floats:
    """The quotient, 0 where f is clipped: there the cost is flat and nothing is learnt, which logits avoid."""
    return np.divide(numerator, denominator, out=np.zeros_like(f), where=(f > EPSILON) & (f < 1 - EPSILON))


COST_SLOPES: Mapping[Cost, Callable[[npt.ArrayLike, Floats], Floats]] = MappingProxyType(
    {
        squared_error: _difference,
        binary_crossentropy: lambda y, f: _over(_difference(y, f), f, f * (1 - f)),
        binary_crossentropy_from_logits: lambda y, f: _difference(y, sigmoid(f)),
        sparse_categorical_crossentropy: lambda y, f: _over(-_one_hot(y, f), f, f),
        sparse_categorical_crossentropy_from_logits: lambda y, f: softmax(f) / len(f) - _one_hot(y, f),
    }
)
"""For each cost `∂J/∂f`, as a function of `(y, f)`."""

ACTIVATION_PULLBACKS: Mapping[Activation, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {
        linear: lambda _, dA: dA,
        relu: lambda A, dA: dA * (A > 0),
        sigmoid: lambda A, dA: dA * A * (1 - A),
        softmax: lambda A, dA: A * (dA - np.sum(dA * A, axis=-1, keepdims=True)),
    }
)
"""For each activation `∂J/∂Z` from `A = g(Z)` and `dA = ∂J/∂A`."""


def backward(
    X: Floats, y: npt.ArrayLike, layers: Sequence[Layer], cost: Cost, lambda_: float = 0.0
) -> list[tuple[Floats, Floats]]:
    """The gradient of `regularized_cost`, a pair `(∂/∂W, ∂/∂b)` for each layer, by the chain rule from the last to the first.

    A layer that is told `∂J/∂A` finds `∂J/∂Z` (`ACTIVATION_PULLBACKS`), from it `∂J/∂W = A_inᵀ · ∂J/∂Z + (λ/m) W` and
    `∂J/∂b = Σᵢ ∂J/∂Zᵢ`, and tells the layer below `∂J/∂A_in = ∂J/∂Z · Wᵀ`. The cost is a key of `COST_SLOPES`.

    Examples:
        >>> layer = Layer(np.array([[2.0]]), np.array([0.0]), linear)
        >>> backward(np.array([[1.0], [3.0]]), [[1.0], [5.0]], [layer], squared_error)
        [(array([[2.]]), array([1.]))]
    """
    activations = [X]
    for layer in layers:
        activations.append(dense_matrix(activations[-1], *layer))
    dA = COST_SLOPES[cost](y, activations[-1])
    gradients = []
    for layer, A_in, A in zip(reversed(layers), activations[-2::-1], activations[:0:-1], strict=True):
        dZ = ACTIVATION_PULLBACKS[layer.g](A, dA)
        gradients.append((A_in.T @ dZ + lambda_ / len(X) * layer.W, dZ.sum(axis=0)))
        dA = dZ @ layer.W.T
    return gradients[::-1]


class AdamMemory(NamedTuple):
    """What Adam keeps between steps: running means of each gradient and of its square, and how many steps were taken."""

    means: list[Floats]
    squares: list[Floats]
    steps: int


def adam(
    weights: Sequence[Floats],
    gradients: Sequence[Floats],
    memory: AdamMemory | None = None,
    learning_rate: float = 0.001,
    beta_1: float = 0.9,
    beta_2: float = 0.999,
) -> tuple[list[Floats], AdamMemory]:
    """The weights after one step of Adam, and the memory for the next; the first step has none.

    `w ← w − αₜ μ / (√ν + 1e-7)` with `αₜ = learning_rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ)`, `μ ← β₁ μ + (1 − β₁) ∂` and
    `ν ← β₂ ν + (1 − β₂) ∂²`, both from 0, and t counting steps from 1. A weight whose gradient keeps its sign moves by about the
    learning rate in each step, one whose gradient flips by less.

    Source:
        Kingma & Ba, Adam, ICLR 2015, end of section 2; the place and size of epsilon are Keras's.

    Examples:
        >>> (w,), memory = adam([np.array([1.0])], [np.array([50.0])])
        >>> w.round(6).tolist(), memory.steps
        ([0.999], 1)
    """
    means, squares, steps = memory or AdamMemory([np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights], 0)
    t = steps + 1
    alpha = learning_rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    means = [beta_1 * mean + (1 - beta_1) * d for mean, d in zip(means, gradients, strict=True)]
    squares = [beta_2 * square + (1 - beta_2) * d**2 for square, d in zip(squares, gradients, strict=True)]
    moved = [w - alpha * mu / (np.sqrt(nu) + EPSILON) for w, mu, nu in zip(weights, means, squares, strict=True)]
    return moved, AdamMemory(means, squares, t)
