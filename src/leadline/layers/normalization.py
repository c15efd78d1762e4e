"""Scaling of the inputs by statistics that were taken before training."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np

from leadline.errors import ArgumentError, DataError, ShapeError
from leadline.layers.layer import Layer
from leadline.layers.weights import Weights
from leadline.types import Array, ArrayLike, Key, Params, Shape, State, default_float

__all__ = ["Normalization"]


@dataclass(frozen=True)
class Normalization(Layer):
    """Shifts and scales its input to mean 0 and variance 1: `(x − mean) / max(√variance, 1e-7)`.

    The statistics come from `adapt(data)`, or are given. Until then they are 0 and 1, so the layer is the identity. Training
    leaves them as they are.

    Args:
        axis: The axis, or axes, that keep statistics of their own, counted with the batch axis as 0; the last by default; None
            for one mean and one variance of everything.
        mean: The mean, instead of `adapt`; with `variance`; broadcast to the kept axes.
        variance: The variance.
        invert: Whether to undo the normalisation instead: `x · max(√variance, 1e-7) + mean`.

    Raises:
        ArgumentError: Only one of `mean` and `variance` was given, or a negative variance; `axis` names the batch axis.
        ShapeError: At build: the statistics given do not fit the kept axes.

    Examples:
        >>> layer = Normalization()
        >>> layer.adapt([[200.0, 17.0], [100.0, 15.0]])
        >>> layer([[200.0, 17.0]]).tolist()
        [[1.0, 1.0]]
    """

    axis: int | tuple[int, ...] | None = -1
    mean: Any = None
    variance: Any = None
    invert: bool = False

    weight_names: ClassVar[tuple[str, ...]] = ("mean", "variance")

    def __post_init__(self) -> None:
        if (self.mean is None) != (self.variance is None):
            raise ArgumentError("Normalization takes 'mean' and 'variance' together. Got only one of them.")
        axes = () if self.axis is None else (self.axis,) if isinstance(self.axis, int) else tuple(self.axis)
        if 0 in axes:
            raise ArgumentError("The 'axis' of Normalization cannot be 0, the batch axis. Use -1 for the features.")
        object.__setattr__(self, "axis", None if self.axis is None else axes)
        for statistic in ("mean", "variance"):
            if (value := getattr(self, statistic)) is not None:  # kept as nested tuples: a description can be hashed
                object.__setattr__(self, statistic, _nested_tuple(np.asarray(value, float).tolist()))
        if self.variance is not None and not (np.asarray(self.variance) >= 0).all():
            raise ArgumentError(f"The 'variance' of Normalization must not be negative. Got {self.variance!r}.")
        super().__post_init__()

    def init(self, key: Key, input_shape: Shape) -> tuple[Params, State]:
        """The statistics given, or 0 and 1."""
        del key
        shape = self._kept_shape(input_shape)
        for statistic in (self.mean, self.variance):
            own = np.shape(0.0 if statistic is None else statistic)
            if len(own) > len(shape) or any(a not in (1, b) for a, b in zip(own[::-1], shape[::-1], strict=False)):
                raise ShapeError(f"Layer {self.label} was given statistics of shape {own}, and its input needs {shape}.")
        mean = np.broadcast_to(0.0 if self.mean is None else np.asarray(self.mean), shape)
        variance = np.broadcast_to(1.0 if self.variance is None else np.asarray(self.variance), shape)
        return {}, {"mean": jnp.asarray(mean, default_float()), "variance": jnp.asarray(variance, default_float())}

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, normalised."""
        del params, training, key
        # The floor under the deviation keeps a constant feature finite: it becomes 0.
        deviation = jnp.maximum(jnp.sqrt(state["variance"]), 1e-7)
        new = x * deviation + state["mean"] if self.invert else (x - state["mean"]) / deviation
        return new.astype(state["mean"].dtype), state

    def adapt(self, data: ArrayLike) -> None:
        """Takes mean and variance of `data`, computed in float64, one example a row.

        Raises:
            ArgumentError: The statistics were given to the constructor.
            DataError: `data` is empty, has values that are not finite, or statistics too large for its dtype.
        """
        if self.mean is not None:
            raise ArgumentError(f"Layer {self.label} was given its mean and variance, so it cannot adapt. Leave them out.")
        values = np.asarray(data, np.float64)
        values = values[:, None] if values.ndim == 1 else values
        if not values.size or not np.isfinite(values).all():
            raise DataError(f"Layer {self.label} adapts to finite numbers, and got {_complaint(values)}.")
        shape = values.shape[1:]
        others = tuple(i for i in range(values.ndim) if i not in self._kept(shape))
        with np.errstate(over="ignore"):
            mean, variance = values.mean(others, keepdims=True)[0], values.var(others, keepdims=True)[0]
        if not (np.maximum(np.abs(mean), variance) <= np.finfo(default_float()).max).all():
            raise DataError(
                f"Layer {self.label} got values up to {np.abs(values).max():g}, whose mean or variance is too large for "
                f"{default_float()}. Measure them in a larger unit."
            )
        state = {"mean": jnp.asarray(mean, default_float()), "variance": jnp.asarray(variance, default_float())}
        object.__setattr__(self, "weights_", Weights({}, state, shape))

    def _kept(self, input_shape: Shape) -> tuple[int, ...]:
        """The kept axes, counted from 0 with the batch axis as 0."""
        rank = len(input_shape) + 1
        kept = tuple(a % rank if -rank <= a < rank else a for a in (self.axis or ()))  # type: ignore[union-attr]
        if any(not 0 < a < rank for a in kept):
            raise ShapeError(
                f"Layer {self.label} keeps axis {self.axis}, and its input has only {rank} axes, the batch included."
            )
        return kept

    def _kept_shape(self, input_shape: Shape) -> Shape:
        kept = self._kept(input_shape)
        return tuple(size if axis in kept else 1 for axis, size in enumerate(input_shape, start=1))


def _nested_tuple(value: Any) -> Any:
    return tuple(_nested_tuple(v) for v in value) if isinstance(value, list) else value


def _complaint(values: np.ndarray[Any, Any]) -> str:
    count = int(np.size(values) - np.isfinite(values).sum())
    return f"{count:,} of {math.prod(values.shape):,} that are NaN or infinite" if values.size else "none"
