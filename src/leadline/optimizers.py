"""Optimizers: gradients to updates of the parameters, with Keras's names, defaults and numbers.

An optimizer is a pair of pure functions, as Optax has them: `init(params)` gives a state, `update(gradients, state, params)`
gives `(updates, state)`, and the new parameters are `params + updates`. It works on any pytree of floating arrays, keeps their
dtypes, and its numbers are traced: a population that differs in learning rate shares one program. Below, g is a gradient, w a
parameter, η the learning rate (of a schedule: at the number of updates done before this one), t the number of updates with this.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from leadline import schedules
from leadline.errors import ArgumentError, unknown_name
from leadline.schedules import Schedule
from leadline.structure import Structure, traced
from leadline.types import Array, default_float

__all__ = ["OPTIMIZERS", "SGD", "Adam", "AdamW", "FromOptax", "Moments", "Optimizer", "RMSprop", "get", "schedules"]


class Moments(NamedTuple):
    """What an optimizer remembers: a count, and averages in the shapes and dtypes of the parameters, None where it needs none.

    `step` is the number of updates done, int32 (); `momentum` of SGD the velocity v, of RMSprop b, of Adam m; `velocity` the mean
    squared gradient v; `extra` the mean gradient a of centered RMSprop, or the largest v of AMSGrad.
    """

    step: Array
    momentum: Any = None
    velocity: Any = None
    extra: Any = None


class Optimizer(Structure):
    """Base of the optimizers; a constructor raises ArgumentError for a number out of range."""

    is_elementwise: ClassVar[bool] = True
    """Whether each number of the parameters is updated by itself, whatever array it stands in."""

    def init(self, params: Any) -> Any:
        """The state before the first update: a NamedTuple of arrays, zeros in the shapes and dtypes of the parameters."""
        raise NotImplementedError

    def update(self, gradients: Any, opt_state: Any, params: Any = None) -> tuple[Any, Any]:
        """The updates to be added to the parameters, in their shapes and dtypes, and the state after them.

        Only weight decay and some transformations of Optax need the parameters.
        """
        raise NotImplementedError


def _check(optimizer: Optimizer, *below_one: str) -> None:
    """Refuses a learning rate that is none, numbers below 0 or not finite, and those named that are not below 1; arrays pass."""
    for one in fields(optimizer):  # type: ignore[arg-type]
        value, high = getattr(optimizer, one.name), 1.0 if one.name in below_one else math.inf
        if isinstance(value, (int, float, np.floating, np.integer)) and not 0 <= value < high:
            raise ArgumentError(f"{type(optimizer).__name__} needs {one.name} in [0, {high}); got {value}.")
    rate = optimizer.learning_rate  # type: ignore[attr-defined]
    if isinstance(rate, str) or rate is None or (callable(rate) and not isinstance(rate, Schedule)):
        raise ArgumentError(f"{type(optimizer).__name__} needs a learning_rate that is a number or a Schedule; got {rate!r}.")


def _rate(learning_rate: float | Schedule, step: Array) -> Array:
    """The learning rate after `step` updates."""
    return jnp.asarray(learning_rate(step) if isinstance(learning_rate, Schedule) else learning_rate).astype(default_float())


def _possible(momentum: Any) -> bool:
    """Whether there is momentum: not if it is known to be 0. (Traced, or of a population, it may be anything.)"""
    return isinstance(momentum, jax.core.Tracer) or np.ndim(momentum) > 0 or float(momentum) != 0


def _kept(optimizer: SGD | RMSprop) -> bool:
    """Whether the state holds momentum; one put by `replace` in the place of none would do nothing and is refused."""
    if not optimizer.has_momentum and not isinstance(optimizer.momentum, jax.core.Tracer) and np.any(optimizer.momentum != 0):
        raise ArgumentError(f"{optimizer!r} was made without momentum. Make a new one instead of replacing it.")
    return optimizer.has_momentum


def _start(params: Any, momentum: bool = False, velocity: bool = False, extra: bool = False) -> Moments:
    """Zeros in the shapes of the parameters, where they are wanted."""
    averages = (jax.tree.map(jnp.zeros_like, params) if wanted else None for wanted in (momentum, velocity, extra))
    return Moments(jnp.zeros((), jnp.int32), *averages)


def _each(function: Callable[..., Array], *trees: Any, **numbers: Array | float) -> Any:
    """A formula over the leaves of trees, its numbers in the dtype of the last tree's leaf."""

    def leaf(*arrays: Array) -> Array:
        dtype = arrays[-1].dtype
        return function(*arrays, **{name: jnp.asarray(number).astype(dtype) for name, number in numbers.items()}).astype(dtype)

    return jax.tree.map(leaf, *trees)


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent, with or without momentum (Sutskever et al., 2013, eqs. 3 and 4).

    Without momentum the update is `−ηg`. With momentum μ: `v ← μv − ηg`, and the update is `v`, or `μv − ηg` with Nesterov. The
    velocity holds the learning rate: of a schedule, past gradients keep the rate they came with.

    Attributes:
        learning_rate: η, a number or a schedule.
        momentum: μ in [0, 1).
        nesterov: Whether to look ahead along the velocity.

    Examples:
        >>> optimizer = SGD(0.5)
        >>> updates, state = optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))
        >>> updates.tolist(), int(state.step)
        ([-1.0], 1)
    """

    learning_rate: float | Schedule = traced(default=0.01)
    momentum: float = traced(default=0.0)
    nesterov: bool = False
    has_momentum: bool = field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        _check(self, "momentum")
        # Part of the structure, so that a compiled program, in which the momentum is traced, knows it too.
        object.__setattr__(self, "has_momentum", _possible(self.momentum))

    def init(self, params: Any) -> Moments:
        """A velocity of zeros, or none."""
        return _start(params, momentum=_kept(self))

    def update(self, gradients: Any, opt_state: Moments, params: Any = None) -> tuple[Any, Moments]:
        """One step down the gradient."""
        del params
        rate, step = _rate(self.learning_rate, opt_state.step), opt_state.step + 1
        if not self.has_momentum:
            return _each(lambda g, rate: -rate * g, gradients, rate=rate), Moments(step)
        numbers: dict[str, Any] = {"rate": rate, "keep": self.momentum}
        velocity = _each(lambda g, v, rate, keep: keep * v - rate * g, gradients, opt_state.momentum, **numbers)
        ahead = _each(lambda g, v, rate, keep: keep * v - rate * g, gradients, velocity, **numbers) if self.nesterov else velocity
        return ahead, Moments(step, velocity)


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """Gradients divided by the root of their mean square (Hinton, 2012, lecture 6e).

    `v ← ρv + (1 − ρ)g²`, the increment `ηg / √(v + ε)`; centered, `a ← ρa + (1 − ρ)g` and the root is `√(v − a² + ε)`. With
    momentum μ: `b ← μb + increment`, and the update is `−b`.

    Attributes:
        learning_rate: η, a number or a schedule.
        rho: ρ in [0, 1).
        momentum: μ in [0, 1).
        epsilon: ε, inside the root.
        centered: Whether to divide by the standard deviation rather than by the root mean square.

    Examples:
        >>> optimizer = RMSprop(0.1, rho=0.75)
        >>> updates, _ = optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))
        >>> round(float(updates[0]), 5)
        -0.2
    """

    learning_rate: float | Schedule = traced(default=0.001)
    rho: float = traced(default=0.9)
    momentum: float = traced(default=0.0)
    epsilon: float = traced(default=1e-7)
    centered: bool = False
    has_momentum: bool = field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        _check(self, "rho", "momentum")
        object.__setattr__(self, "has_momentum", _possible(self.momentum))

    def init(self, params: Any) -> Moments:
        """Averages of zeros."""
        return _start(params, _kept(self), velocity=True, extra=self.centered)

    def update(self, gradients: Any, opt_state: Moments, params: Any = None) -> tuple[Any, Moments]:
        """One step down the normalised gradient."""
        del params
        step, momentum, velocity, center = opt_state
        rho: dict[str, Any] = {"keep": self.rho, "take": 1 - self.rho}
        velocity = _each(lambda g, v, keep, take: keep * v + take * g * g, gradients, velocity, **rho)
        spread = velocity
        if self.centered:
            center = _each(lambda g, a, keep, take: keep * a + take * g, gradients, center, **rho)
            spread = _each(lambda v, a: v - a * a, velocity, center)
        rates: dict[str, Any] = {"rate": _rate(self.learning_rate, step), "epsilon": self.epsilon}
        updates = _each(lambda g, v, rate, epsilon: -rate * g / jnp.sqrt(v + epsilon), gradients, spread, **rates)
        if self.has_momentum:
            updates = momentum = _each(lambda u, b, keep: keep * b + u, updates, momentum, keep=self.momentum)
        return updates, Moments(step + 1, momentum, velocity, center)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Gradients smoothed and divided by the root of their mean square (Kingma & Ba, 2015, the form before section 2.1).

    `m ← m + (1 − β₁)(g − m)`, `v ← v + (1 − β₂)(g² − v)`, and with `α = η · √(1 − β₂ᵗ) / (1 − β₁ᵗ)` the update is
    `−α · m / (√v + ε)`. With AMSGrad (Reddi et al., 2018) the largest v so far stands in the root.

    Attributes:
        learning_rate: η, a number or a schedule.
        beta_1: β₁ in [0, 1).
        beta_2: β₂ in [0, 1).
        epsilon: ε, beside the root and not bias-corrected: ε̂ of the paper.
        amsgrad: Whether to keep the largest v.

    Examples:
        >>> optimizer = Adam(0.1)
        >>> updates, _ = optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))
        >>> round(float(updates[0]), 4)
        -0.1
    """

    learning_rate: float | Schedule = traced(default=0.001)
    beta_1: float = traced(default=0.9)
    beta_2: float = traced(default=0.999)
    epsilon: float = traced(default=1e-7)
    amsgrad: bool = False

    def __post_init__(self) -> None:
        _check(self, "beta_1", "beta_2")

    def init(self, params: Any) -> Moments:
        """Averages of zeros."""
        return _start(params, momentum=True, velocity=True, extra=self.amsgrad)

    def update(self, gradients: Any, opt_state: Moments, params: Any = None) -> tuple[Any, Moments]:
        """One step along the smoothed, normalised gradient."""
        del params
        step, m, v, largest = opt_state
        t = (step + 1).astype(default_float())
        alpha = _rate(self.learning_rate, step) * jnp.sqrt(1 - self.beta_2**t) / (1 - self.beta_1**t)
        m = _each(lambda g, m, take: m + take * (g - m), gradients, m, take=1 - self.beta_1)
        v = _each(lambda g, v, take: v + take * (g * g - v), gradients, v, take=1 - self.beta_2)
        largest = _each(jnp.maximum, largest, v) if self.amsgrad else None
        scales: dict[str, Any] = {"alpha": alpha, "epsilon": self.epsilon}
        root = largest if self.amsgrad else v
        updates = _each(lambda m, v, alpha, epsilon: -alpha * m / (jnp.sqrt(v) + epsilon), m, root, **scales)
        return updates, Moments(step + 1, m, v, largest)


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam with decoupled weight decay: the update of `Adam` less `η · weight_decay · w` (Loshchilov & Hutter, 2019, alg. 2).

    Every parameter decays, biases too.

    Attributes:
        weight_decay: The share of a weight lost per unit of η, not negative. The others are those of `Adam`.

    Examples:
        >>> optimizer = AdamW(0.5, weight_decay=0.5)
        >>> w = jnp.array([8.0])
        >>> optimizer.update(jnp.array([0.0]), optimizer.init(w), w)[0].tolist()
        [-2.0]
    """

    learning_rate: float | Schedule = traced(default=0.001)
    weight_decay: float = traced(default=0.004)
    beta_1: float = traced(default=0.9)
    beta_2: float = traced(default=0.999)
    epsilon: float = traced(default=1e-7)
    amsgrad: bool = False

    def __post_init__(self) -> None:
        _check(self, "beta_1", "beta_2")

    def _adam(self) -> Adam:
        return Adam(self.learning_rate, self.beta_1, self.beta_2, self.epsilon, self.amsgrad)

    def init(self, params: Any) -> Moments:
        """The state of Adam."""
        return self._adam().init(params)

    def update(self, gradients: Any, opt_state: Moments, params: Any = None) -> tuple[Any, Moments]:
        """One step of Adam, and the decay of the parameters as they were before it."""
        if params is None:
            raise ArgumentError("AdamW needs the parameters to decay them: update(gradients, opt_state, params).")
        updates, state = self._adam().update(gradients, opt_state)
        decay = _rate(self.learning_rate, opt_state.step) * self.weight_decay
        return _each(lambda w, u, decay: u - decay * w, params, updates, decay=decay), state


@dataclass(frozen=True)
class FromOptax(Optimizer):
    """Any transformation of Optax as an optimizer; it is part of the program, its learning rate too.

    Attributes:
        transformation: Anything with `init(params)` and `update(gradients, state, params)`.

    Examples:
        >>> import optax
        >>> optimizer = FromOptax(optax.sgd(0.5))
        >>> optimizer.update(jnp.array([2.0]), optimizer.init(jnp.array([1.0])))[0].tolist()
        [-1.0]
    """

    transformation: Any

    is_elementwise: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if not all(callable(getattr(self.transformation, name, None)) for name in ("init", "update")):
            got = f"{self.transformation!r} of type {type(self.transformation).__name__}"
            raise ArgumentError(f"An optimizer is a name such as 'adam', an Optimizer, or an Optax transformation; got {got}.")

    def init(self, params: Any) -> Any:
        """The transformation's own state."""
        return self.transformation.init(params)

    def update(self, gradients: Any, opt_state: Any, params: Any = None) -> tuple[Any, Any]:
        """What the transformation makes of the gradients."""
        return self.transformation.update(gradients, opt_state, params)  # type: ignore[no-any-return]


OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType(
    {"Adam": Adam, "AdamW": AdamW, "RMSprop": RMSprop, "SGD": SGD, "adam": Adam, "adamw": AdamW, "rmsprop": RMSprop, "sgd": SGD}
)


def get(identifier: Any) -> Optimizer:
    """The optimizer meant by a name, a class, an instance, or a transformation of Optax.

    Raises:
        ArgumentError: The name is unknown, or the identifier is something else.

    Examples:
        >>> get("sgd")
        SGD(learning_rate=0.01, momentum=0.0, nesterov=False)
    """
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, str):
        if identifier not in OPTIMIZERS:
            raise unknown_name("optimizer", identifier, OPTIMIZERS)
        return OPTIMIZERS[identifier]()
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()
    return FromOptax(identifier)
