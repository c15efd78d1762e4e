"""Normalisation of each channel over a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax
from jax import lax

from leadline.layers.layer_normalization import Affine
from leadline.precision import narrowed, widened
from leadline.structure import traced
from leadline.types import Array, Key, Params, Shape, State

__all__ = ["BatchNormalization"]


@dataclass(frozen=True)
class BatchNormalization(Affine):
    """Brings each channel to mean 0 and variance 1: `(x − mean) / √(variance + ε) · γ + β`.

    In training mean and variance are those of the batch, over all axes but the channels' (the variance divided by the number of
    entries), and the moving ones follow them: `moving · momentum + batch's · (1 − momentum)`. Outside training, and where the
    layer is frozen (`trainable=False`), the moving ones are used and stay. All four arrays have one number a channel: "gamma" γ
    and "beta" β are trained, "moving_mean" and "moving_variance" are state. Means and variances are computed in float32 at least.

    Args:
        axis: The axis of the channels, counted with the batch as axis 0.
        momentum: How much of the moving statistics stays in each step.
        epsilon: ε.
        center: Whether there is a β.
        scale: Whether there is a γ.
        beta_initializer: How β begins.
        gamma_initializer: How γ begins.
        moving_mean_initializer: How the moving mean begins.
        moving_variance_initializer: How the moving variance begins.
        beta_regularizer: A penalty on β.
        gamma_regularizer: A penalty on γ.
        beta_constraint: What β is brought back to after each step.
        gamma_constraint: Likewise for γ.

    Raises:
        ArgumentError: `axis` is no whole number, or the batch's; or an unknown name.
        ShapeError: At build: the input has no such axis.

    Source:
        Ioffe & Szegedy 2015, algorithms 1 and 2.

    Examples:
        >>> layer = BatchNormalization(epsilon=0.0, momentum=0.5)
        >>> layer([[1.0], [3.0]], training=True).tolist()
        [[-1.0], [1.0]]
        >>> [array.tolist() for array in layer.get_weights()]
        [[1.0], [0.0], [1.0], [1.0]]
    """

    axis: int = -1
    momentum: float = traced(default=0.99)
    epsilon: float = traced(default=1e-3)
    center: bool = True
    scale: bool = True
    beta_initializer: Any = "zeros"
    gamma_initializer: Any = "ones"
    moving_mean_initializer: Any = "zeros"
    moving_variance_initializer: Any = "ones"
    beta_regularizer: Any = traced(default=None)
    gamma_regularizer: Any = traced(default=None)
    beta_constraint: Any = traced(default=None)
    gamma_constraint: Any = traced(default=None)

    weight_names: ClassVar[tuple[str, ...]] = ("gamma", "beta", "moving_mean", "moving_variance")
    mixes_examples: ClassVar[bool] = True
    takes_axes: ClassVar[bool] = False

    def init(self, key: Key, input_shape: Shape) -> tuple[Params, State]:
        """γ and β, and the moving statistics."""
        trained, *keys = jax.random.split(key, 3)
        params, _ = super().init(trained, input_shape)
        begin = (("moving_mean", self.moving_mean_initializer), ("moving_variance", self.moving_variance_initializer))
        shape, dtype = self.sizes(input_shape), self.variable_dtype
        return params, {name: draw(own, shape, dtype) for own, (name, draw) in zip(keys, begin, strict=True)}

    def apply(
        self, params: Params, state: State, x: Array, *, training: bool = False, key: Key | None = None
    ) -> tuple[Array, State]:
        """The batch, normalised; in training the moving statistics have moved."""
        del key
        (axis,) = self.axes(x.shape[1:])
        wide = widened(x)
        mean, variance = state["moving_mean"], state["moving_variance"]
        if training and self.trainable:
            others = tuple(other for other in range(x.ndim) if other != axis)
            mean, variance = wide.mean(others), wide.var(others)
            state = {name: self._moved(state[name], to) for name, to in (("moving_mean", mean), ("moving_variance", variance))}
        shape = [size if other == axis else 1 for other, size in enumerate(x.shape)]
        inverse = lax.rsqrt(variance.astype(wide.dtype) + self.epsilon).reshape(shape)
        normal = (wide - mean.astype(wide.dtype).reshape(shape)) * inverse
        return narrowed(self.stretched(params, normal), x), state

    def _moved(self, moving: Array, batch: Array) -> Array:
        return (moving * self.momentum + batch * (1 - self.momentum)).astype(moving.dtype)
