"""Initializers: the weights that training begins with, as pure functions of a key and a shape.

The two sides of a weight array are its last two axes: a kernel is `(…, inputs, outputs)`, whatever receptive field stands before.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import DTypeLike

from leadline.errors import ArgumentError, unknown_name
from leadline.seeds import stream
from leadline.structure import Structure, traced
from leadline.types import Array, Key, default_float

__all__ = ["INITIALIZERS", "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "Initializer", "LecunNormal"]
__all__ += ["LecunUniform", "Ones", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "fans", "get"]

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


@dataclass(frozen=True)
class Initializer(Structure):
    """Base of the initializers: a subclass says how to `draw`.

    Attributes:
        seed: None to draw from the key of the call; a number to draw from that seed alone, whatever the key.
    """

    seed: int | None = field(default=None, kw_only=True)

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """An array of this shape and dtype from this key."""
        raise NotImplementedError

    def __call__(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> Array:
        """The first values of a weight array.

        Args:
            key: A key of `jax.random`; not looked at if the initializer has its own seed.
            shape: The shape of the array.
            dtype: Its floating dtype; None for the default one.

        Returns:
            The array, the same for the same arguments.
        """
        key = key if self.seed is None else stream(self.seed, "initializer")
        dtype = default_float() if dtype is None else dtype
        # The numbers of a population of initializers may be wider than the dtype asked for.
        return self.draw(key, tuple(shape), dtype).astype(dtype)


@dataclass(frozen=True)
class Constant(Initializer):
    """One number, `value`, everywhere.

    Examples:
        >>> Constant(0.5)(jax.random.key(0), (2,)).tolist()
        [0.5, 0.5]
    """

    value: float = traced(default=0.0)

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """The value in this shape."""
        del key
        return jnp.full(shape, self.value, dtype)


@dataclass(frozen=True)
class Zeros(Constant):
    """All zeros.

    Examples:
        >>> Zeros()(jax.random.key(0), (2,)).tolist()
        [0.0, 0.0]
    """

    value: float = traced(default=0.0, init=False)


@dataclass(frozen=True)
class Ones(Constant):
    """All ones.

    Examples:
        >>> Ones()(jax.random.key(0), (2,)).tolist()
        [1.0, 1.0]
    """

    value: float = traced(default=1.0, init=False)


@dataclass(frozen=True)
class RandomUniform(Initializer):
    """Uniform on `[minval, maxval)`; the ends in the wrong order raise ArgumentError.

    Examples:
        >>> values = RandomUniform(-1.0, 3.0)(jax.random.key(0), (1000,))
        >>> bool((values >= -1).all() and (values < 3).all())
        True
    """

    minval: float = traced(default=-0.05)
    maxval: float = traced(default=0.05)

    def __post_init__(self) -> None:
        numbers = isinstance(self.minval, (int, float, np.floating, np.integer)) and isinstance(
            self.maxval, (int, float, np.floating, np.integer)
        )
        if numbers and not self.minval <= self.maxval:
            raise ArgumentError(f"RandomUniform needs minval ≤ maxval; got minval={self.minval}, maxval={self.maxval}.")

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Uniform numbers of this shape."""
        return self.minval + (self.maxval - self.minval) * jax.random.uniform(key, shape, dtype)


@dataclass(frozen=True)
class RandomNormal(Initializer):
    """Normal with a mean and a standard deviation, not negative.

    Examples:
        >>> RandomNormal(3.0, 0.0)(jax.random.key(0), (2,)).tolist()
        [3.0, 3.0]
    """

    mean: float = traced(default=0.0)
    stddev: float = traced(default=0.05)

    def __post_init__(self) -> None:
        if isinstance(self.stddev, (int, float, np.floating, np.integer)) and not self.stddev >= 0:
            raise ArgumentError(f"{type(self).__name__} needs a stddev of 0 or more; got {self.stddev}.")

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Normal numbers of this shape."""
        return self.mean + self.stddev * jax.random.normal(key, shape, dtype)


@dataclass(frozen=True)
class TruncatedNormal(RandomNormal):
    """Normal, drawn again where it falls further than two standard deviations from the mean; what is left has 0.88 of `stddev`.

    Examples:
        >>> bool((abs(TruncatedNormal(0.0, 1.0)(jax.random.key(0), (1000,))) <= 2).all())
        True
    """

    def draw(self, key: Key, shape: tuple[int, ...], dtype: DTypeLike) -> Array:
        """Truncated normal numbers of this shape."""
        return self.mean + self.stddev * jax.random.truncated_normal(key, -2.0, 2.0, shape, dtype)


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


KINDS: tuple[type[Initializer], ...] = (
    *(Zeros, Ones, Constant, RandomUniform, RandomNormal, TruncatedNormal, VarianceScaling),
    *(GlorotUniform, GlorotNormal, HeUniform, HeNormal, LecunUniform, LecunNormal),
)

INITIALIZERS: Mapping[str, type[Initializer]] = MappingProxyType(
    {kind.__name__: kind for kind in KINDS}
    | {re.sub("(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in KINDS}
    | {"one": Ones, "zero": Zeros, "normal": RandomNormal, "uniform": RandomUniform}
)
"""As in Keras: "GlorotUniform" and "glorot_uniform"."""


def get(identifier: str | Initializer | type[Initializer] | Callable[..., Array]) -> Callable[..., Array]:
    """The initializer meant by a name, a class, an instance, or a function of `(key, shape, dtype)`.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("he_normal")
        HeNormal(seed=None, scale=2.0, mode='fan_in', distribution='truncated_normal')
    """
    if isinstance(identifier, str):
        if identifier not in INITIALIZERS:
            raise unknown_name("initializer", identifier, INITIALIZERS)
        return INITIALIZERS[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Initializer):
        return identifier()
    if callable(identifier) and not isinstance(identifier, type):
        return identifier
    raise ArgumentError(
        f"An initializer must be a name such as 'glorot_uniform', an Initializer, or a function of (key, shape, dtype); "
        f"got {identifier!r} of type {type(identifier).__name__}."
    )
