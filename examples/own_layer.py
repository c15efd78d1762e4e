"""A layer that leadline does not have: radial basis functions, each largest where the input is nearest to its centre.

`h_j = exp(−γ |x − c_j|²)`, with centres c that are learned. γ is `traced()`, so that another γ needs no new compilation.
Run `python examples/own_layer.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

import leadline as ll
from leadline.data.datasets import wine
from leadline.structure import traced


@dataclass(frozen=True)
class RadialBasis(ll.layers.Layer):
    """`(m, features)` to `(m, units)`, each between 0 and 1."""

    units: int
    gamma: float = traced(default=0.1)
    centre_initializer: Any = "random_normal"
    weight_names = ("centre",)

    def output_shape(self, input_shape: Any) -> tuple[int, ...]:
        """One number for each unit."""
        del input_shape
        return (self.units,)

    def shapes(self, input_shape: Any) -> dict[str, tuple[int, ...]]:
        """A centre for each unit; `centre_initializer` says where they begin."""
        return {"centre": (self.units, input_shape[-1])}

    def apply(self, params: Any, state: Any, x: Any, *, training: bool = False, key: Any = None) -> tuple[Any, Any]:
        """The same in training as otherwise."""
        del training, key
        squares = jnp.square(x[:, None] - params["centre"])  # (batch, units, features)
        return jnp.exp(-self.gamma * squares.sum(axis=-1)), state


def main(epochs: int = 200) -> None:
    """Prints how far the layer is from its formula in a loop, and how a network of it does beside one of ReLUs."""
    layer, x = RadialBasis(4, gamma=0.5), np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    got, (centre,) = np.asarray(layer(x)), layer.get_weights()
    formula = [[np.exp(-0.5 * ((row - c) ** 2).sum()) for c in centre] for row in x]
    print(f"largest difference from the formula: {np.abs(got - formula).max():.1e}")

    data = wine()
    parts = ll.split((data.X - data.X.mean(axis=0)) / data.X.std(axis=0), data.y)
    models = {}
    for name, hidden in {"radial basis": RadialBasis(16), "ReLU": ll.layers.Dense(16, "relu")}.items():
        models[name] = ll.Sequential([ll.Input((13,)), hidden, ll.layers.Dense(3)])
        models[name].compile(ll.optimizers.Adam(0.01), ll.losses.SparseCategoricalCrossentropy(from_logits=True))
    for one in ll.select(models, parts, epochs=epochs, seeds=3, folds=3).candidates:
        print(f"{one.name}: {one.J_cv:.1%} wrong, {one.params} weights")


if __name__ == "__main__":
    main()
