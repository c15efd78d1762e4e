"""The running mean and the running sum of any values: not of targets and predictions, so that no training takes them."""

from __future__ import annotations

from dataclasses import dataclass, field

import jax.numpy as jnp

from leadline.loss import align_weights
from leadline.metric import Sums, averaged, ratio
from leadline.structure import Structure
from leadline.types import Array, ArrayLike, default_float

__all__ = ["Mean", "Sum"]


@dataclass(frozen=True)
class Mean(Structure):
    """The weighted mean of values.

    Attributes:
        name: What it is called.

    Examples:
        >>> mean = Mean()
        >>> state = mean.update(mean.init(), jnp.array([1.0, 3.0]), jnp.array([1.0, 0.0]))
        >>> float(mean.result(mean.update(state, 7.0)))
        4.0
    """

    name: str = field(default="mean", kw_only=True)

    def init(self) -> Sums:
        """Sums of zero."""
        return Sums(jnp.zeros((), default_float()), jnp.zeros((), default_float()))

    def update(self, state: Sums, values: ArrayLike, sample_weight: ArrayLike | None = None) -> Sums:
        """Adds values `(batch, …)`, of which those of one row count as their mean, by a weight for each row or value."""
        return averaged(state, jnp.atleast_1d(jnp.asarray(values, default_float())), sample_weight)

    def result(self, state: Sums) -> Array:
        """The mean; 0 before the first value."""
        return ratio(*state)

    def __call__(self, values: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """The mean of these values alone."""
        return self.result(self.update(self.init(), values, sample_weight))


@dataclass(frozen=True)
class Sum(Structure):
    """The weighted sum of values.

    Attributes:
        name: What it is called.

    Examples:
        >>> float(Sum()(jnp.array([1.0, 3.0]), jnp.array([1.0, 0.5])))
        2.5
    """

    name: str = field(default="sum", kw_only=True)

    def init(self) -> Array:
        """Zero."""
        return jnp.zeros((), default_float())

    def update(self, state: Array, values: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """Adds values `(batch, …)`, by a weight for each row or value."""
        terms = jnp.atleast_1d(jnp.asarray(values, default_float()))
        return state + jnp.sum(terms if sample_weight is None else terms * align_weights(sample_weight, terms))

    def result(self, state: Array) -> Array:
        """The sum."""
        return state

    def __call__(self, values: ArrayLike, sample_weight: ArrayLike | None = None) -> Array:
        """The sum of these values alone."""
        return self.result(self.update(self.init(), values, sample_weight))
