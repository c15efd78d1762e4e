"""How a target becomes outputs, a loss, and errors that a person reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import jax
import jax.numpy as jnp
import numpy as np

from leadline.data.split import Split
from leadline.data.target import Target
from leadline.errors import ArgumentError, ShapeError, unknown_name
from leadline.layers import Dense, Flatten, Normalization
from leadline.layers.layer import Layer
from leadline.losses import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    Loss,
    MeanSquaredError,
    SparseCategoricalCrossentropy,
)
from leadline.models import Model
from leadline.network import Network, layer_names
from leadline.optimizers import Adam
from leadline.training.program import per_example
from leadline.training.state import Recipe, numeric
from leadline.types import NumpyArray
from leadline.words import english, percent

__all__ = ["METRICS", "SHORT", "Problem", "decisive", "default_metric", "number", "problem_of", "signed"]

METRICS = {
    "error": english("share misclassified"),
    "rmse": english("root mean squared error"),
    "mae": english("mean absolute error"),
    "cost": english("J (cost without the penalty)"),
}
"""What can decide, and what it is called."""

SHORT = {"error": english("error"), "rmse": "RMSE", "mae": "MAE", "cost": "J"}
"""The same in a word."""


def number(metric: str) -> Callable[[float], str]:
    """How a metric's values are written for a person: shares as per cent, all else with four digits.

    Examples:
        >>> number("error")(0.0429), number("rmse")(48310.7), number("cost")(1.4822e9), number("cost")(-0.17212)
        ('4.3 %', '48,311', '1.482e9', '−0.1721')
    """
    if metric == "error":
        return lambda value: percent(value, 1)

    def show(value: float) -> str:
        plain = f"{value:,.0f}" if 1000 <= abs(value) < 1e6 else f"{value:.4g}"
        return plain.replace("e+0", "e").replace("e+", "e").replace("e-0", "e-").replace("-", "−")

    return show


def signed(value: float, show: Callable[[float], str]) -> str:
    """A change with its sign, a plus too.

    Examples:
        >>> signed(0.5, str), signed(-0.5, str)
        ('+0.5', '-0.5')
    """
    return f"{'+' if value > 0 else ''}{show(value)}"


def default_metric(target: Target) -> str:
    """The error that a person reads: the share misclassified, or for numbers the RMSE in the target's unit."""
    return "rmse" if target.kind == "regression" else "error"


def decisive(metric: str) -> str:
    """By what networks are compared where this metric is read: shares misclassified are too coarse for it, so by J.

    A share of a few hundred examples hides what a change brings behind a handful of them; J, the cross-entropy, counts how sure
    the network was of each.

    Examples:
        >>> decisive("error"), decisive("rmse")
        ('cost', 'rmse')
    """
    return "cost" if metric == "error" else metric


@dataclass(frozen=True)
class Problem:
    """A recipe and a target that belong together.

    Attributes:
        recipe: What is trained, and how.
        target: What is predicted.
        metric: What is read and judged: a key of `METRICS`.
        location: What is taken off a numeric target before training.
        scale: What it is then divided by; outputs are put back into the target's unit before anything is measured.
    """

    recipe: Recipe
    target: Target
    metric: str
    location: float = 0.0
    scale: float = 1.0

    def encode(self, y: NumpyArray) -> NumpyArray:
        """Targets as training takes them: `(m,)` class numbers, `(m, classes)` one-hot rows, or `(m, 1)` scaled numbers."""
        outputs = self.recipe.network.output_shape[-1]
        if self.target.kind == "regression":
            return ((np.asarray(y, np.float64) - self.location) / self.scale).astype(np.float32)[:, None]
        if self.target.kind == "binary" and outputs == 1:
            return np.asarray(y, np.float32)[:, None]
        if isinstance(self.recipe.loss, CategoricalCrossentropy):
            return np.eye(outputs, dtype=np.float32)[y]
        return np.asarray(y, np.int32)

    def values(self, outputs: NumpyArray, y: NumpyArray) -> dict[str, NumpyArray]:
        """What every member pays for every example.

        Args:
            outputs: `(members, m, outputs)`, as the network gives them.
            y: Targets `(m,)`, in their own unit.

        Returns:
            "cost": J's terms, in natural log or as half the squared error in the target's unit; "error": 0 or 1; for numbers
            "squared" and "absolute" errors. Each `(members, m)` float64.
        """
        if self.target.kind != "regression":
            wrong = self._labels(outputs) != np.asarray(y)[None]
            return {"cost": self._costs(outputs, y), "error": wrong.astype(np.float64)}
        misses = np.asarray(outputs, np.float64)[..., 0] * self.scale + self.location - np.asarray(y, np.float64)[None]
        squared = misses**2
        cost = squared / 2 if isinstance(self.recipe.loss, MeanSquaredError) else self._costs(outputs, y)
        return {"cost": cost, "squared": squared, "absolute": np.abs(misses)}

    def _costs(self, outputs: NumpyArray, y: NumpyArray) -> NumpyArray:
        return np.asarray(_member_costs(self.recipe, self.encode(y), outputs), np.float64)

    def _labels(self, outputs: NumpyArray) -> NumpyArray:
        if outputs.shape[-1] > 1:
            return np.asarray(np.argmax(outputs, axis=-1))
        positive: NumpyArray = outputs[..., 0] > (0.0 if getattr(self.recipe.loss, "from_logits", False) else 0.5)
        return positive.astype(np.int64)


_member_costs = jax.jit(
    jax.vmap(lambda recipe, y, outputs: per_example(recipe.loss, jnp.asarray(y), outputs), in_axes=(None, None, 0))
)


def problem_of(
    data: Split, model: Model | None = None, *, layers: tuple[int, ...] = (25, 15), metric: str | None = None
) -> Problem:
    """The problem that a model, or a sensible start, makes of the data.

    Args:
        data: The split data.
        model: A compiled model, whose structure, loss and optimizer are taken; its weights are not.
        layers: Without a model: the units of the hidden ReLU layers, trained by Adam(1e-3) on logits; numeric targets are scaled.
        metric: What decides; by default what a person reads.

    Raises:
        ArgumentError: Data that are not split; an unknown metric, or one that does not fit the target.
        ShapeError: The model's inputs or outputs do not fit the data.
        DataError: The model's loss cannot take the target.
    """
    if not isinstance(data, Split):
        raise ArgumentError(f"The data must be split first: leadline.split(X, y). Got a {type(data).__name__}.")
    target, metric = data.target, metric or default_metric(data.target)
    fitting = ("rmse", "mae", "cost") if target.kind == "regression" else ("error", "cost")
    if metric not in fitting:
        raise unknown_name(f"metric for {target.kind}", metric, fitting)
    if model is not None:
        recipe = _recipe_of(model, data)
        problem = Problem(recipe, target, metric)
        _check_outputs(problem)
        recipe.loss.check(problem.encode(data.train.y), recipe.network.output_shape[-1])
        return problem
    if any(units < 1 for units in layers):
        raise ArgumentError(f"Hidden layers need at least one unit each. Got {layers}.")
    loss: Loss = {"regression": MeanSquaredError(), "binary": BinaryCrossentropy(from_logits=True)}.get(
        target.kind, SparseCategoricalCrossentropy(from_logits=True)
    )
    outputs = len(target.classes) if target.kind == "multiclass" else 1
    stack: list[Layer] = [*(Dense(units, "relu") for units in layers), Dense(outputs)]
    if data.train.X.ndim > 2:
        stack.insert(0, Flatten())
    network = Network(tuple(stack), layer_names(stack), data.train.X.shape[1:])
    recipe = numeric(Recipe(network, loss, Adam(1e-3)))
    return Problem(recipe, target, metric, target.location, target.scale)


def _recipe_of(model: Model, data: Split) -> Recipe:
    """The model's recipe, without what is only shown; statistics that a Normalization was adapted to become part of it."""
    model.ensure_built(data.train.X.shape[1:])
    recipe, network = model.recipe().replace(metrics=()), model.network
    if network.input_shape != data.train.X.shape[1:]:
        raise ShapeError(f"The model takes examples of shape {network.input_shape}. Got a split of {data.train.X.shape[1:]}.")
    return numeric(recipe.replace(network=network.mapped(_with_statistics)))


def _with_statistics(layer: Layer) -> Layer:
    own = layer.weights
    if not isinstance(layer, Normalization) or own is None or layer.mean is not None:
        return layer
    return replace(layer, mean=np.asarray(own.state["mean"]), variance=np.asarray(own.state["variance"]))


def _check_outputs(problem: Problem) -> None:
    outputs, classes = problem.recipe.network.output_shape, len(problem.target.classes)
    fitting = {"regression": (1,), "binary": (1, 2), "multiclass": (classes,)}[problem.target.kind]
    if len(outputs) != 1 or outputs[0] not in fitting:
        raise ShapeError(
            f"The target {problem.target.name!r} ({problem.target.kind}) wants a last layer of {fitting[0]} units. "
            f"Got outputs of shape {outputs}."
        )
