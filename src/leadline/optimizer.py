"""What an optimizer is, and what all with Keras's common arguments share: accumulation, clipping, weight decay, averages.

An optimizer is a pair of pure functions, as Optax has them: `init(params)` gives a state, `update(gradients, state, params)`
gives `(updates, state)`, and the new parameters are `params + updates`. It works on any pytree of floating arrays, keeps their
dtypes, and its numbers are traced: a population that differs in learning rate shares one program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Any, ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError
from leadline.schedules import Schedule
from leadline.structure import Structure, traced
from leadline.types import Array, default_float

__all__ = ["Moments", "Numbers", "Optimizer", "OptimizerState", "Rule", "possible", "zeros"]

Moments = dict[str, Array]
"""What a rule remembers of one array: names, mostly those of Keras's variables, to arrays."""
Numbers = dict[str, Any]
"""Names to scalars."""


class OptimizerState(NamedTuple):
    """What a rule remembers between updates.

    Attributes:
        step: How often `update` was called, int32 ().
        moments: For each parameter the rule's own `Moments`, in a tree like the parameters.
        accumulated: The sum of the gradients since the last true update, like the parameters; None without accumulation.
        average: The moving average of the parameters, like them; None without one.
    """

    step: Array
    moments: Any
    accumulated: Any = None
    average: Any = None


class Optimizer(Structure):
    """Base of the optimizers; a constructor raises ArgumentError for a number out of range."""

    @property
    def is_elementwise(self) -> bool:
        """Whether the numbers come out the same when all the arrays are packed into one vector."""
        return True

    @property
    def keeps_average(self) -> bool:
        """Whether `finalize` gives something else than the parameters."""
        return False

    def init(self, params: Any) -> Any:
        """The state before the first update: a NamedTuple of arrays in the shapes and dtypes of the parameters."""
        raise NotImplementedError

    def update(self, gradients: Any, opt_state: Any, params: Any = None) -> tuple[Any, Any]:
        """The updates to be added to the parameters, in their shapes and dtypes, and the state after them."""
        raise NotImplementedError

    def finalize(self, opt_state: Any, params: Any) -> Any:
        """The parameters to be kept when training ends, given those after the last update, as `update` saw them."""
        del opt_state
        return params


def zeros(array: Array, *names: str) -> Moments:
    """Moments of zeros in the shape and dtype of an array.

    Examples:
        >>> zeros(jnp.ones(2), "momentum")["momentum"].tolist()
        [0.0, 0.0]
    """
    return {name: jnp.zeros_like(array) for name in names}


def possible(number: Any) -> bool:
    """Whether a number may be other than 0: not if it is known to be. (Traced, or of a population, it may be anything.)

    Examples:
        >>> possible(0.0), possible(0.9), possible(jnp.zeros(3))
        (False, True, True)
    """
    return isinstance(number, jax.core.Tracer) or np.ndim(number) > 0 or float(number) != 0


def _is_within(value: float, interval: str) -> bool:
    low, high = (float(bound) for bound in interval[1:-1].split(","))
    return low < value < high or (value == low and interval[0] == "[") or (value == high and interval[-1] == "]")


def _shortened(array: Array, most: Array) -> Array:
    """An array with a norm of at most so much."""
    return array * most / jnp.maximum(jnp.sqrt(jnp.sum(array * array)), most)


@dataclass(frozen=True, repr=False)
class Rule(Optimizer):
    """Base of the optimizers that are a formula for one array, with the arguments that Keras gives to every optimizer.

    One update, in this order: the gradients are accumulated, and every `gradient_accumulation_steps`-th call goes on with their
    mean (the others change nothing but the sum); they are clipped; each parameter w loses `η · weight_decay · w`; the rule's own
    formula is applied to what is left; the moving average of the parameters follows, `a ← βa + (1 − β)w`, `a = w` at the first
    update, and every so many updates the parameters are set to it. What is not switched on costs neither state nor operations.

    A subclass gives `start`, `numbers` and `formula`. Keras's `loss_scale_factor` is left out: it is for training in float16;
    in float32 and bfloat16, whose range is the same, scaling a loss and unscaling its gradients changes nothing.

    Attributes:
        learning_rate: η, a number, or a schedule of the number of calls of `update` before this one.
        weight_decay: The share of a parameter lost per unit of η, not negative; None for none. Every one decays, biases too.
        clipnorm: The most that the norm of each array's gradient may be, above 0; a larger one is scaled down. Only one of
            the three may be given.
        clipvalue: The most that each number of a gradient may be, in absolute value, above 0.
        global_clipnorm: The most that the norm of all gradients together may be, above 0.
        use_ema: Whether to keep a moving average of the parameters, which `finalize` gives in their place.
        ema_momentum: β in [0, 1).
        ema_overwrite_frequency: After how many updates the parameters are set to their average, again and again; None for only
            at the end.
        gradient_accumulation_steps: Over how many calls gradients are averaged, at least 2; None for no accumulation.
        name: A name, for whoever reads it.

    Raises:
        ArgumentError: A number is out of its range, more than one way of clipping is given, or the learning rate is neither a
            number nor a schedule.
    """

    learning_rate: float | Schedule = traced(default=0.001)
    _: KW_ONLY
    weight_decay: float | None = traced(default=None)
    clipnorm: float | None = traced(default=None)
    clipvalue: float | None = traced(default=None)
    global_clipnorm: float | None = traced(default=None)
    use_ema: bool = False
    ema_momentum: float = traced(default=0.99)
    ema_overwrite_frequency: int | None = None
    gradient_accumulation_steps: int | None = None
    name: str | None = None

    ranges: ClassVar[Mapping[str, str]] = {}
    """Intervals of the rule's own numbers; one not named is not negative and finite."""
    optional: ClassVar[frozenset[str]] = frozenset({"weight_decay", "clipnorm", "clipvalue", "global_clipnorm"})
    """Names of the traced fields that may be None."""
    reads_params: ClassVar[bool] = False
    """Whether `formula` uses the parameter."""
    reads_whole_arrays: ClassVar[bool] = False
    """Whether `formula` uses more of an array than the one number that it updates."""

    def __post_init__(self) -> None:
        self._check_numbers()
        kind = type(self).__name__
        for name, least in {"gradient_accumulation_steps": 2, "ema_overwrite_frequency": 1}.items():
            count = getattr(self, name)
            if count is not None and not (isinstance(count, int) and not isinstance(count, bool) and count >= least):
                raise ArgumentError(f"{kind} needs {name} to be None or a whole number of at least {least}; got {count!r}.")
        if sum(clip is not None for clip in (self.clipnorm, self.clipvalue, self.global_clipnorm)) > 1:
            raise ArgumentError(
                f"{kind} clips in one way: give clipnorm, clipvalue or global_clipnorm, not more than one of them. Got "
                f"clipnorm={self.clipnorm}, clipvalue={self.clipvalue}, global_clipnorm={self.global_clipnorm}."
            )

    def _check_numbers(self) -> None:
        """Refuses numbers out of range, and what is no number; arrays and tracers pass."""
        kind, rate = type(self).__name__, self.learning_rate
        if isinstance(rate, str) or rate is None or (callable(rate) and not isinstance(rate, Schedule)):
            raise ArgumentError(f"{kind} needs a learning_rate that is a number or a Schedule; got {rate!r}.")
        ranges = {"clipnorm": "(0, inf)", "clipvalue": "(0, inf)", "global_clipnorm": "(0, inf)", "ema_momentum": "[0, 1)"}
        ranges |= self.ranges
        for one in fields(self):
            value, interval = getattr(self, one.name), ranges.get(one.name, "[0, inf)")
            if not one.metadata.get("traced") or (value is None and one.name in self.optional):
                continue
            number = isinstance(value, (int, float, np.floating, np.integer))
            if value is None or isinstance(value, str) or (number and not _is_within(value, interval)):
                raise ArgumentError(f"{kind} needs {one.name} in {interval}; got {value!r}.")

    def __repr__(self) -> str:
        def is_shown(one: Any, value: Any) -> bool:
            plain = value is None or isinstance(value, (bool, int, float, str, tuple))
            return one.repr and not (one.kw_only and plain and value == one.default)

        values = ((one, getattr(self, one.name)) for one in fields(self))
        return f"{type(self).__name__}({', '.join(f'{one.name}={value!r}' for one, value in values if is_shown(one, value))})"

    @property
    def is_elementwise(self) -> bool:
        """Whether packing changes nothing: not where a norm of each array is needed."""
        return self.clipnorm is None and not self.reads_whole_arrays

    @property
    def keeps_average(self) -> bool:
        """Whether there is a moving average of the parameters."""
        return self.use_ema

    def start(self, array: Array, path: str, /) -> Moments:
        """What is remembered of a parameter before the first update.

        Args:
            array: The parameter.
            path: Where it stands in the tree, as "dense/kernel".
        """
        raise NotImplementedError

    def numbers(self, rate: Array, done: Array, /) -> Numbers:
        """The scalars of one update, the same for every array.

        Args:
            rate: η, of the default float.
            done: Updates done before this one, int32: t − 1.
        """
        raise NotImplementedError

    def formula(self, g: Array, w: Array, s: Moments, n: Numbers, /) -> tuple[Array, Moments]:
        """The update of one array, to be added to it, and what is remembered of it then.

        Args:
            g: The gradient.
            w: The parameter after its decay; None where nobody gave it.
            s: What is remembered of it.
            n: The scalars of `numbers`, in the dtype of the gradient.
        """
        raise NotImplementedError

    def decay_of(self, s: Moments, /) -> Any:
        """The weight decay of the parameter of which this is remembered, or None."""
        del s
        return self.weight_decay

    def init(self, params: Any) -> OptimizerState:
        """The state before the first update."""

        def start(path: Any, array: Array) -> Moments:
            return self.start(array, jax.tree_util.keystr(path, simple=True, separator="/"))

        accumulated = jax.tree.map(jnp.zeros_like, params) if self.gradient_accumulation_steps else None
        average = jax.tree.map(jnp.copy, params) if self.use_ema else None
        moments = jax.tree_util.tree_map_with_path(start, params)
        return OptimizerState(jnp.zeros((), jnp.int32), moments, accumulated, average)

    def update(self, gradients: Any, opt_state: OptimizerState, params: Any = None) -> tuple[Any, OptimizerState]:
        """The updates to be added to the parameters, in their shapes and dtypes, and the state after them.

        Args:
            gradients: A tree of arrays like the parameters.
            opt_state: The state before.
            params: The parameters; only for weight decay, averages and formulas that read them.

        Raises:
            ArgumentError: The parameters are needed and not given.
        """
        if params is None and (self.reads_params or self.use_ema or self.weight_decay is not None):
            raise ArgumentError(f"{type(self).__name__} needs the parameters: update(gradients, opt_state, params).")
        step, moments, accumulated, average = opt_state
        every = self.gradient_accumulation_steps
        done = step // every if every else step
        rate = self.learning_rate(step) if isinstance(self.learning_rate, Schedule) else self.learning_rate
        rate = jnp.asarray(rate).astype(default_float())
        if every is None:
            updates, moments = self._stepped(gradients, moments, params, rate, done)
        else:
            total = jax.tree.map(jnp.add, accumulated, gradients)
            nothing = jax.tree.map(jnp.zeros_like, total)
            mean = jax.tree.map(lambda array: array / every, total)
            updates, moments, accumulated = jax.lax.cond(
                (step + 1) % every == 0,
                lambda: (*self._stepped(mean, moments, params, rate, done), nothing),
                lambda: (nothing, moments, total),
            )
        if self.use_ema:
            updates, average = self._averaged(updates, average, params, done)
        return updates, OptimizerState(step + 1, moments, accumulated, average)

    def finalize(self, opt_state: OptimizerState, params: Any) -> Any:
        """The moving average of the parameters, where one is kept; otherwise the parameters."""
        return jax.tree.map(jnp.copy, opt_state.average) if self.use_ema else params

    def _stepped(self, gradients: Any, moments: Any, params: Any, rate: Array, done: Array) -> tuple[Any, Any]:
        """The updates and moments of one true update."""
        numbers, trees = self.numbers(rate, done), (moments,) if params is None else (moments, params)
        results = jax.tree.map(lambda g, s, w=None: self._one(g, w, s, numbers, rate), self._clipped(gradients), *trees)
        updates, moments = (jax.tree.map(lambda _, result, i=i: result[i], gradients, results) for i in (0, 1))
        return updates, moments

    def _one(self, g: Array, w: Any, s: Moments, numbers: Numbers, rate: Array) -> tuple[Array, Moments]:
        """Decay and formula of one array; the scalars take its dtype."""
        own = {name: jnp.asarray(number).astype(g.dtype) for name, number in numbers.items()}
        decay, lost = self.decay_of(s), None
        if decay is not None:
            lost = (rate * decay).astype(g.dtype) * w
            w = w - lost if self.reads_params else w
        update, after = self.formula(g, w, s, own)
        update = update if lost is None else update - lost
        return update.astype(g.dtype), after

    def _clipped(self, gradients: Any) -> Any:
        """The gradients within their bounds."""
        if self.clipvalue is not None:
            most = jnp.asarray(self.clipvalue)
            return jax.tree.map(lambda g: jnp.clip(g, -most.astype(g.dtype), most.astype(g.dtype)), gradients)
        if self.clipnorm is not None:
            return jax.tree.map(lambda g: _shortened(g, jnp.asarray(self.clipnorm).astype(g.dtype)), gradients)
        if self.global_clipnorm is not None:
            norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradients)))
            scale = self.global_clipnorm * jnp.minimum(1 / norm, 1 / self.global_clipnorm) + (norm - norm)  # NaN if infinite
            return jax.tree.map(lambda g: g * scale.astype(g.dtype), gradients)
        return gradients

    def _averaged(self, updates: Any, average: Any, params: Any, done: Array) -> tuple[Any, Any]:
        """The moving average after the updates, and the updates, which may lead to it."""
        keep = jnp.where(done == 0, 0, self.ema_momentum).astype(default_float())

        def follow(a: Array, w: Array, u: Array) -> Array:
            return keep.astype(a.dtype) * a + (1 - keep).astype(a.dtype) * (w + u)

        average = jax.tree.map(follow, average, params, updates)
        if self.ema_overwrite_frequency is not None:
            due = (done + 1) % self.ema_overwrite_frequency == 0
            updates = jax.tree.map(lambda a, w, u: jnp.where(due, a - w, u), average, params, updates)
        return updates, average
