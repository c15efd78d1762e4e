"""What the nodes of each activation are."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from leadline import activations
from leadline.errors import ArgumentError
from leadline.files.onnx.use import Use, integers

__all__ = ["ACTIVATIONS", "activated"]

Writing = Callable[[Use, str], str]


def activated(use: Use, z: str) -> str:
    """What the layer's activation makes of a value.

    Raises:
        ArgumentError: The activation is a function of one's own, which no file can bring along.
    """
    function = use.layer.activation
    if function not in ACTIVATIONS:
        said = getattr(function, "__name__", repr(function))
        raise ArgumentError(
            f"Layer {use.name!r} has the activation {said}, which is code and cannot be exported. Take one of "
            f"leadline.activations, such as {', '.join(sorted(activations.ACTIVATIONS)[:3])}."
        )
    return ACTIVATIONS[function](use, z)


def _clipped(use: Use, x: str, low: float, high: float) -> str:
    return use.node("Clip", x, np.float32(low), np.float32(high))


def _sparse_plus(use: Use, x: str) -> str:
    half = use.node("Add", _clipped(use, x, -1, 1), np.float32(1))
    curve = use.node("Mul", use.node("Mul", half, half), np.float32(0.25))
    return use.node("Where", use.node("GreaterOrEqual", x, np.float32(1)), x, curve)


def _log_sigmoid(use: Use, x: str) -> str:
    return use.node("Neg", use.node("Softplus", use.node("Neg", x)))


def _tanh_shrink(use: Use, x: str) -> str:
    return use.node("Sub", x, use.node("Tanh", x))


def _squareplus(use: Use, x: str) -> str:
    """In the form that does not cancel below zero: `b / (√(x² + b) − x)` is `√(x² + b) + x`."""
    root = use.node("Sqrt", use.node("Add", use.node("Mul", x, x), np.float32(4)))
    total = use.node("Add", root, use.node("Abs", x))
    above = use.node("Greater", x, np.float32(0))
    return use.node("Mul", use.node("Where", above, total, use.node("Div", np.float32(4), total)), np.float32(0.5))


def _silu(use: Use, x: str) -> str:
    return use.node("Mul", x, use.node("Sigmoid", x))


def _mish(use: Use, x: str) -> str:
    return use.node("Mul", x, use.node("Tanh", use.node("Softplus", x)))


def _gelu(use: Use, x: str) -> str:
    error = use.node("Erf", use.node("Mul", x, np.float32(math.sqrt(0.5))))
    return use.node("Mul", use.node("Mul", x, np.float32(0.5)), use.node("Add", error, np.float32(1)))


def _sparsemax(use: Use, x: str) -> str:
    """The entries that get something are the largest ones `z₁ ≥ … ≥ z_k` with `1 + k · z_k > Σ z`, sorted."""
    z = use.node("Sub", x, use.reduced("Max", x, [-1]))
    count = use.layer.output_shape(use.shape)[-1]
    falling = use.node("TopK", z, integers(count), axis=-1)
    ranks = np.arange(1, count + 1, dtype=np.float32)
    seen = use.node("Add", use.node("Mul", falling, ranks), np.float32(1))
    gets = use.floats(use.node("Greater", seen, use.node("CumSum", falling, integers(-1)[0])))
    share = use.node("Sub", use.reduced("Sum", use.node("Mul", falling, gets), [-1]), np.float32(1))
    return use.node("Relu", use.node("Sub", z, use.node("Div", share, use.reduced("Sum", gets, [-1]))))


def _op(name: str, **attributes: Any) -> Writing:
    return lambda use, x: use.node(name, x, **attributes)


ACTIVATIONS: Mapping[Any, Writing] = MappingProxyType(
    {
        activations.linear: lambda _, x: x,
        activations.relu: _op("Relu"),
        activations.relu6: functools.partial(_clipped, low=0, high=6),
        activations.leaky_relu: _op("LeakyRelu", alpha=0.2),
        activations.hard_sigmoid: _op("HardSigmoid", alpha=1 / 6, beta=0.5),
        activations.hard_silu: _op("HardSwish"),
        activations.hard_tanh: functools.partial(_clipped, low=-1, high=1),
        activations.hard_shrink: _op("Shrink", lambd=0.5, bias=0.0),
        activations.soft_shrink: _op("Shrink", lambd=0.5, bias=0.5),
        activations.sparse_plus: _sparse_plus,
        activations.sparse_sigmoid: _op("HardSigmoid", alpha=0.5, beta=0.5),
        activations.exponential: _op("Exp"),
        activations.elu: _op("Elu", alpha=1.0),
        activations.selu: _op("Selu"),
        activations.celu: _op("Celu", alpha=1.0),
        activations.sigmoid: _op("Sigmoid"),
        activations.log_sigmoid: _log_sigmoid,
        activations.tanh: _op("Tanh"),
        activations.tanh_shrink: _tanh_shrink,
        activations.softplus: _op("Softplus"),
        activations.softsign: _op("Softsign"),
        activations.squareplus: _squareplus,
        activations.silu: _silu,
        activations.mish: _mish,
        activations.gelu: _gelu,
        activations.softmax: _op("Softmax", axis=-1),
        activations.log_softmax: _op("LogSoftmax", axis=-1),
        activations.sparsemax: _sparsemax,
    }
)
"""Each function that a layer can name as its activation, and what writes its nodes."""
