"""Schedules: the learning rate as a function of the number of updates done, with Keras's names and Keras's numbers.

A schedule is pure and its numbers are traced, so one compiled program serves any rate and decay, and under `jax.vmap` many.
`s` below is the step, the number of updates done before this one: 0, 1, 2, ….
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, unknown_name
from leadline.structure import Structure, traced
from leadline.types import Array, ArrayLike, default_float

__all__ = [
    "SCHEDULES",
    "CosineDecay",
    "CosineDecayRestarts",
    "ExponentialDecay",
    "InverseTimeDecay",
    "PiecewiseConstantDecay",
    "PolynomialDecay",
    "Schedule",
    "get",
]


class Schedule(Structure):
    """Base of the schedules: a step to a learning rate."""

    def __call__(self, step: ArrayLike) -> Array:
        """The learning rate of the update after `step` updates, a scalar of the default float; the step may be traced."""
        raise NotImplementedError


def _check_positive(schedule: Schedule, name: str) -> None:
    value = getattr(schedule, name)
    if isinstance(value, (int, float, np.floating, np.integer)) and not value > 0:
        raise ArgumentError(f"{type(schedule).__name__} needs {name} above 0; got {value}.")


def _floats(*values: ArrayLike) -> list[Array]:
    """Numbers as scalars of the default float. (Whole turns are counted with `//`: compiled, the floor of `/` may be one off.)"""
    dtype = default_float()
    return [jnp.asarray(value).astype(dtype) for value in values]


@dataclass(frozen=True)
class ExponentialDecay(Schedule):
    """A constant factor every so many steps, `initial_learning_rate · decay_rate^(s / decay_steps)`.

    Attributes:
        initial_learning_rate: The rate at step 0.
        decay_steps: The steps of one factor, above 0.
        decay_rate: The factor.
        staircase: Whether the exponent is rounded down, so that the rate falls in steps.

    Raises:
        ArgumentError: `decay_steps` is not above 0.

    Examples:
        >>> float(ExponentialDecay(0.5, decay_steps=10, decay_rate=0.5)(20))
        0.125
    """

    initial_learning_rate: float = traced()
    decay_steps: float = traced()
    decay_rate: float = traced()
    staircase: bool = False

    def __post_init__(self) -> None:
        _check_positive(self, "decay_steps")

    def __call__(self, step: ArrayLike) -> Array:
        """The rate after `step` updates."""
        s, rate, steps, factor = _floats(step, self.initial_learning_rate, self.decay_steps, self.decay_rate)
        return rate * factor ** (s // steps if self.staircase else s / steps)


@dataclass(frozen=True)
class InverseTimeDecay(Schedule):
    """A rate that falls as one over time, `initial_learning_rate / (1 + decay_rate · s / decay_steps)`.

    Attributes:
        initial_learning_rate: The rate at step 0.
        decay_steps: The unit of time, in steps, above 0.
        decay_rate: How fast, per unit of time.
        staircase: Whether time is rounded down to whole units.

    Raises:
        ArgumentError: `decay_steps` is not above 0.

    Examples:
        >>> float(InverseTimeDecay(0.5, decay_steps=10, decay_rate=1.0)(10))
        0.25
    """

    initial_learning_rate: float = traced()
    decay_steps: float = traced()
    decay_rate: float = traced()
    staircase: bool = False

    def __post_init__(self) -> None:
        _check_positive(self, "decay_steps")

    def __call__(self, step: ArrayLike) -> Array:
        """The rate after `step` updates."""
        s, rate, steps, decay = _floats(step, self.initial_learning_rate, self.decay_steps, self.decay_rate)
        return rate / (1 + decay * (s // steps if self.staircase else s / steps))


@dataclass(frozen=True)
class PolynomialDecay(Schedule):
    """A polynomial from one rate to another, `(initial − end) · (1 − min(s, n)/n)^power + end`, n being `decay_steps`.

    Attributes:
        initial_learning_rate: The rate at step 0.
        decay_steps: How many steps the decay takes, above 0.
        end_learning_rate: The rate after them.
        power: 1 for a straight line.
        cycle: Whether to begin again from the initial rate: n is then the first multiple of `decay_steps` not below s.

    Raises:
        ArgumentError: `decay_steps` is not above 0.

    Examples:
        >>> float(PolynomialDecay(0.5, decay_steps=10, end_learning_rate=0.0)(5))
        0.25
    """

    initial_learning_rate: float = traced()
    decay_steps: float = traced()
    end_learning_rate: float = traced(default=0.0001)
    power: float = traced(default=1.0)
    cycle: bool = False

    def __post_init__(self) -> None:
        _check_positive(self, "decay_steps")

    def __call__(self, step: ArrayLike) -> Array:
        """The rate after `step` updates."""
        s, n, initial, end = _floats(step, self.decay_steps, self.initial_learning_rate, self.end_learning_rate)
        if self.cycle:
            n = n * jnp.maximum(-(-s // n), 1)
        else:
            s = jnp.minimum(s, n)
        (power,) = _floats(self.power)
        return (initial - end) * (1 - s / n) ** power + end


@dataclass(frozen=True)
class PiecewiseConstantDecay(Schedule):
    """One rate after another: `values[i]` up to and including the step `boundaries[i]`, the last value beyond.

    Attributes:
        boundaries: Rising steps.
        values: The rates, one more than the boundaries.

    Raises:
        ArgumentError: The lengths do not fit.

    Examples:
        >>> schedule = PiecewiseConstantDecay([10], [0.5, 0.25])
        >>> float(schedule(10)), float(schedule(11))
        (0.5, 0.25)
    """

    boundaries: Sequence[float] = traced()
    values: Sequence[float] = traced()

    def __post_init__(self) -> None:
        if len(self.values) != len(self.boundaries) + 1:
            raise ArgumentError(
                f"PiecewiseConstantDecay needs one value more than boundaries; got {len(self.values)} values and "
                f"{len(self.boundaries)} boundaries."
            )

    def __call__(self, step: ArrayLike) -> Array:
        """The rate after `step` updates."""
        (s, *edges), values = _floats(step, *self.boundaries), _floats(*self.values)
        rate = values[0]
        for edge, value in zip(edges, values[1:], strict=True):
            rate = jnp.where(s > edge, value, rate)
        return rate


def _cosine(fraction: Array, alpha: Array) -> Array:
    """Half a cosine from 1 down to alpha."""
    return (1 - alpha) * 0.5 * (1 + jnp.cos(math.pi * fraction)) + alpha


@dataclass(frozen=True)
class CosineDecay(Schedule):
    """Half a cosine, after a linear warmup if there is one (Loshchilov & Hutter, 2017, eq. 5, without restarts).

    Without warmup: `initial_learning_rate · [(1 − alpha) · ½(1 + cos(π · min(s, decay_steps) / decay_steps)) + alpha]`. With
    it: a straight line to `warmup_target` in `warmup_steps`, then the same from there.

    Attributes:
        initial_learning_rate: The rate at step 0.
        decay_steps: How many steps the decay takes, above 0, not counting the warmup.
        alpha: The rate at the end, as a share of the highest.
        warmup_target: The rate after the warmup; None for no warmup.
        warmup_steps: How many steps the warmup takes.

    Raises:
        ArgumentError: `decay_steps` is not above 0.

    Examples:
        >>> schedule = CosineDecay(0.0, decay_steps=10, warmup_target=1.0, warmup_steps=4)
        >>> [round(float(schedule(s)), 4) for s in (0, 2, 4, 9, 14, 99)]
        [0.0, 0.5, 1.0, 0.5, 0.0, 0.0]
    """

    initial_learning_rate: float = traced()
    decay_steps: float = traced()
    alpha: float = traced(default=0.0)
    warmup_target: float | None = traced(default=None)
    warmup_steps: float = traced(default=0)

    def __post_init__(self) -> None:
        _check_positive(self, "decay_steps")

    def __call__(self, step: ArrayLike) -> Array:
        """The rate after `step` updates."""
        s, initial, steps, alpha = _floats(step, self.initial_learning_rate, self.decay_steps, self.alpha)
        if self.warmup_target is None:
            return initial * _cosine(jnp.minimum(s, steps) / steps, alpha)
        target, warmup = _floats(self.warmup_target, self.warmup_steps)
        rising = (target - initial) * (s / jnp.where(warmup > 0, warmup, 1)) + initial
        falling = target * _cosine(jnp.clip(s - warmup, 0, steps) / steps, alpha)
        return jnp.where(s < warmup, rising, falling)


@dataclass(frozen=True)
class CosineDecayRestarts(Schedule):
    """Half cosines one after another, each `t_mul` times longer and `m_mul` times lower (Loshchilov & Hutter, 2017, eq. 5).

    In the i-th period, of which a fraction c is done: `initial_learning_rate · [(1 − alpha) · m_mulⁱ · ½(1 + cos(πc)) + alpha]`.

    Attributes:
        initial_learning_rate: The rate at step 0.
        first_decay_steps: The steps of the first period, above 0.
        t_mul: How many times longer each period is than the last, 1 or more.
        m_mul: How many times the height of the last it begins with.
        alpha: The lowest rate, as a share of the initial one.

    Raises:
        ArgumentError: `first_decay_steps` or `t_mul` is not above 0.

    Examples:
        >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10, m_mul=0.5)
        >>> [round(float(schedule(s)), 4) for s in (0, 5, 10, 20, 30)]
        [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    initial_learning_rate: float = traced()
    first_decay_steps: float = traced()
    t_mul: float = traced(default=2.0)
    m_mul: float = traced(default=1.0)
    alpha: float = traced(default=0.0)

    def __post_init__(self) -> None:
        _check_positive(self, "first_decay_steps")
        _check_positive(self, "t_mul")

    def __call__(self, step: ArrayLike) -> Array:
        """The rate after `step` updates."""
        s, first, growth, initial, alpha = _floats(
            step, self.first_decay_steps, self.t_mul, self.initial_learning_rate, self.alpha
        )
        geometric = jnp.where(growth == 1, 2.0, growth)

        def begin(index: Array) -> Array:
            return first * (1 - geometric**index) / (1 - geometric)

        # The logarithm may round across the step at which a period begins, so its period is compared with the next.
        guess = jnp.floor(jnp.log(1 - s / first * (1 - geometric)) / jnp.log(geometric))
        close = s * (1 + 4 * float(np.finfo(s.dtype).eps))
        guess = guess + (begin(guess + 1) <= close) - (begin(guess) > close)
        index = jnp.where(growth == 1, s // first, guess)
        start, length = (jnp.where(growth == 1, a, b) for a, b in ((index * first, begin(index)), (first, first * growth**index)))
        (height,) = _floats(self.m_mul)
        return initial * ((1 - alpha) * height**index * 0.5 * (1 + jnp.cos(math.pi * (s - start) / length)) + alpha)


SCHEDULES: Mapping[str, type[Schedule]] = MappingProxyType(
    {
        "CosineDecay": CosineDecay,
        "CosineDecayRestarts": CosineDecayRestarts,
        "ExponentialDecay": ExponentialDecay,
        "InverseTimeDecay": InverseTimeDecay,
        "PiecewiseConstantDecay": PiecewiseConstantDecay,
        "PolynomialDecay": PolynomialDecay,
    }
)


def get(identifier: str | Schedule | type[Schedule]) -> Schedule | type[Schedule]:
    """The class meant by a name, for its numbers to be given to it; a schedule or a class is given back.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> float(get("ExponentialDecay")(0.5, decay_steps=10, decay_rate=0.5)(0))
        0.5
    """
    if isinstance(identifier, str):
        if identifier not in SCHEDULES:
            raise unknown_name("schedule", identifier, SCHEDULES)
        return SCHEDULES[identifier]
    if isinstance(identifier, Schedule) or (isinstance(identifier, type) and issubclass(identifier, Schedule)):
        return identifier
    raise ArgumentError(
        f"A schedule must be a Schedule such as ExponentialDecay(0.1, 1000, 0.9), or the name of one; got {identifier!r} of type "
        f"{type(identifier).__name__}."
    )
