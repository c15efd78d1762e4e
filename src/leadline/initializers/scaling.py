"""Initializers whose width follows from the shape: signals neither grow nor fade from layer to layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

from leadline.errors import ArgumentError, unknown_name
from leadline.initializers.initializer import Initializer
from leadline.structure import traced
from leadline.types import Array, Key

__all__ = ["GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "VarianceScaling", "fans"]

TRUNCATED_STDDEV = 0.87962566103423978
"""The standard deviation of a standard normal cut at ±2."""


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """Fan in and fan out: how many inputs one output sees, and how many outputs one input reaches.

    Args:
        shape: Of a kernel `(…, inputs, outputs)`: what stands before the last two axes is a receptive field. Of a vector, both
            fans are its length.

    Examples:
        >>> fans((64, 25)), fans((3, 3, 16, 32)), fans((7,)), fans(())
        ((64, 25), (144, 288), (7, 7), (1, 1))
    """
    if len(shape) < 2:
        size = math.prod(shape)
        return size, size
    field_size = math.prod(shape[:-2])
    return field_size * shape[-2], field_size * shape[-1]


FAN_SHARES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"fan_in": (1.0, 0.0), "fan_out": (0.0, 1.0), "fan_avg": (0.5, 0.5)}
)
"""How much of fan in and of fan out the variance of the weights is divided by."""

UNIT_VARIANCE: Mapping[str, Callable[[Key, tuple[int, ...], DTypeLike], Array]] = MappingProxyType(
    {
        "truncated_normal": lambda key, shape, dtype: (
            jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype) / TRUNCATED_STDDEV
        ),
        "untruncated_normal": jax.random.normal,
        "uniform": lambda key, shape, dtype: jax.random.uniform(key, shape, dtype, -math.sqrt(3), math.sqrt(3)),
    }
)
"""Distributions of mean 0 and variance 1."""


@dataclass(frozen=True)
class VarianceScaling(Initializer):
    """Mean 0 and variance `scale / max(1, fan)`, so that signals neither grow nor fade from layer to layer.

    Attributes:
        scale: The variance times the fan, above 0.
        mode: The fan: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".

    Examples:
        >>> VarianceScaling(2.0, "fan_avg", "uniform")(jax.random.key(0), (64, 25)).shape
        (64, 25)
    """

    scale: float = traced(default=1.0)
    mode: str = "fan_in"
    distribution: str = "truncated_normal"

    def __post_init__(self) -> None:
        if isinstance(self.scale, (int, float, np.floating, np.integer)) and not self.scale > 0:
            raise ArgumentError(f"{type(self).__name__} needs a scale above 0; got scale={self.scale}.")
        if self.mode not in FAN_SHARES:
            raise unknown_name("mode of VarianceScaling", self.mode, FAN_SHARES)
        if self.distribution not in UNIT_VARIANCE:
            raise unknown_name("distribution of VarianceScaling", self.distribution, UNIT_VARIANCE)

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Numbers of this shape with the variance of its fans."""
        fan = sum(share * fan for share, fan in zip(FAN_SHARES[self.mode], fans(shape), strict=True))
        stddev = jnp.sqrt(jnp.asarray(self.scale / max(1.0, fan), dtype))
        return stddev * UNIT_VARIANCE[self.distribution](key, shape, dtype)


@dataclass(frozen=True)
class GlorotUniform(VarianceScaling):
    """Uniform on ±√(6 / (fan in + fan out)) (Glorot & Bengio, 2010, eq. 16): for tanh and sigmoid.

    Examples:
        >>> bool(abs(GlorotUniform()(jax.random.key(0), (64, 25))).max() <= (6 / (64 + 25)) ** 0.5)
        True
    """

    scale: float = traced(default=1.0, init=False)
    mode: str = field(default="fan_avg", init=False)
    distribution: str = field(default="uniform", init=False)


@dataclass(frozen=True)
class GlorotNormal(VarianceScaling):
    """Truncated normal of variance 2 / (fan in + fan out) (Glorot & Bengio, 2010, eq. 12).

    Examples:
        >>> bool(abs(GlorotNormal()(jax.random.key(0), (64, 25)).var() / (2 / (64 + 25)) - 1) < 0.1)
        True
    """

    scale: float = traced(default=1.0, init=False)
    mode: str = field(default="fan_avg", init=False)
    distribution: str = field(default="truncated_normal", init=False)


@dataclass(frozen=True)
class HeUniform(VarianceScaling):
    """Uniform on ±√(6 / fan in) (He et al., 2015): for ReLU.

    Examples:
        >>> bool(abs(HeUniform()(jax.random.key(0), (64, 25))).max() <= (6 / 64) ** 0.5)
        True
    """

    scale: float = traced(default=2.0, init=False)
    mode: str = field(default="fan_in", init=False)
    distribution: str = field(default="uniform", init=False)


@dataclass(frozen=True)
class HeNormal(VarianceScaling):
    """Truncated normal of variance 2 / fan in (He et al., 2015, eq. 10): for ReLU.

    Examples:
        >>> bool(abs(HeNormal()(jax.random.key(0), (64, 25)).var() / (2 / 64) - 1) < 0.1)
        True
    """

    scale: float = traced(default=2.0, init=False)
    mode: str = field(default="fan_in", init=False)
    distribution: str = field(default="truncated_normal", init=False)


@dataclass(frozen=True)
class LecunUniform(VarianceScaling):
    """Uniform on ±√(3 / fan in) (LeCun et al., 1998).

    Examples:
        >>> bool(abs(LecunUniform()(jax.random.key(0), (64, 25))).max() <= (3 / 64) ** 0.5)
        True
    """

    scale: float = traced(default=1.0, init=False)
    mode: str = field(default="fan_in", init=False)
    distribution: str = field(default="uniform", init=False)


@dataclass(frozen=True)
class LecunNormal(VarianceScaling):
    """Truncated normal of variance 1 / fan in (LeCun et al., 1998).

    Examples:
        >>> bool(abs(LecunNormal()(jax.random.key(0), (64, 25)).var() / (1 / 64) - 1) < 0.1)
        True
    """

    scale: float = traced(default=1.0, init=False)
    mode: str = field(default="fan_in", init=False)
    distribution: str = field(default="truncated_normal", init=False)
