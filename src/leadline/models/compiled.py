"""What `compile` was given, and what it means once the network and the targets are known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from leadline import activations, losses, metrics
from leadline.errors import ArgumentError, unknown_name
from leadline.loss import Loss
from leadline.metric import Metric
from leadline.network import Network
from leadline.optimizers import Optimizer
from leadline.training.outputs import Joint, OfOutput

__all__ = ["Compiled"]

_SQUASHING = {activations.get(name): name for name in ("sigmoid", "softmax")}


@dataclass(frozen=True)
class Compiled:
    """How a model is trained, in the words of `compile`.

    Args:
        optimizer: How the weights are changed.
        loss: What is minimised, beside the penalty: a loss, or for several outputs a list, or names of outputs to losses.
        loss_weights: How much each output's loss counts, likewise.
        metrics: What else is measured; for several outputs a list of lists, or names of outputs to lists.

    Raises:
        ArgumentError: An unknown name, or a loss that gives no single number to minimise.
    """

    optimizer: Optimizer
    loss: Any
    loss_weights: Any = None
    metrics: Any = None

    def __post_init__(self) -> None:
        for loss in _every(self.loss):
            if losses.get(loss).reduction in (None, "none"):
                raise ArgumentError("A model minimises one number, and the loss has reduction 'none'. Leave the reduction out.")
        if self.metrics is not None and not isinstance(self.metrics, (list, tuple, Mapping)):
            raise ArgumentError(f"'metrics' must be a list, such as ['accuracy']. Got {self.metrics!r}.")
        for metric in (one for group in _every(self.metrics) for one in _every(group)):
            if not (isinstance(metric, str) and metric.lower() in ("accuracy", "acc")):
                metrics.get(metric)

    def loss_for(self, network: Network) -> Loss:
        """The loss of this network.

        Raises:
            ArgumentError: The outputs and the losses do not match, or a loss reads logits from a layer that gives probabilities.
        """
        names = network.output_names
        if isinstance(network.outputs, int):
            if isinstance(self.loss, (list, tuple, Mapping)) or self.loss_weights is not None:
                got = f"the loss {self.loss!r} and loss_weights={self.loss_weights!r}"
                raise ArgumentError(f"The model has one output, {names[0]!r}, and got {got}. Give one loss, and no weights.")
            parts: tuple[Loss, ...] = (losses.get(self.loss),)
        else:
            several = isinstance(self.loss, (list, tuple, Mapping))
            each = _by_output(self.loss, names, "loss") if several else [self.loss] * len(names)
            parts = tuple(losses.get(one) for one in each)
        for name, part in zip(names, parts, strict=True):
            _refuse_squashed(network, name, part)
        if isinstance(network.outputs, int):
            return parts[0]
        shares = [1.0] * len(names) if self.loss_weights is None else _by_output(self.loss_weights, names, "loss weight")
        if not all(isinstance(share, Real) and math.isfinite(share) for share in shares):
            raise ArgumentError(f"'loss_weights' must be finite numbers. Got {self.loss_weights!r}.")
        return Joint(parts, tuple(map(float, shares)), names)

    def metrics_for(self, network: Network, loss: Loss, y_shapes: Sequence[tuple[int, ...]] | None) -> tuple[Metric, ...]:
        """The metrics of this network, by the shapes of batches of targets; of several outputs in the order of their names.

        Raises:
            ArgumentError: Two would have the same name.
        """
        shapes = [(1, *shape) for shape in ([network.output_shape] if isinstance(network.outputs, int) else network.output_shape)]
        targets = list(y_shapes or shapes)
        if isinstance(loss, Joint):
            given = [()] * len(shapes) if self.metrics is None else _by_output(self.metrics, loss.names, "list of metrics")
            found: list[Metric] = []
            for place, (part, own) in enumerate(zip(loss.parts, given, strict=True)):
                for one in _every(own):
                    metric = metrics.resolve(one, part, targets[place], shapes[place])
                    found.append(OfOutput(place, metric, name=f"{loss.names[place]}_{metric.name}"))
            found.sort(key=lambda metric: metric.name)  # in which Keras's `evaluate` gives them
        else:
            found = [metrics.resolve(metric, loss, targets[0], shapes[0]) for metric in _every(self.metrics)]
        names = ["loss", "cost", "penalty", *(loss.records if isinstance(loss, Joint) else ()), *(one.name for one in found)]
        if clash := [name for name in names if names.count(name) > 1]:
            raise ArgumentError(f"Two records would be called {clash[0]!r}. Give the metric, or the layer, a name of its own.")
        return tuple(found)


def _every(given: Any) -> list[Any]:
    """The things given: one, a list, or those that names are given for."""
    if given is None:
        return []
    return list(given.values()) if isinstance(given, Mapping) else list(given) if isinstance(given, (list, tuple)) else [given]


def _by_output(given: Any, names: tuple[str, ...], what: str) -> list[Any]:
    """One for each output, from a list in their order or from their names; None where a name has none."""
    if isinstance(given, Mapping):
        if unknown := [name for name in given if name not in names]:
            raise unknown_name("output", str(unknown[0]), names)
        if what != "list of metrics" and (missing := [name for name in names if name not in given]):
            raise ArgumentError(f"Output {missing[0]!r} has no {what}. Name one for each of: {', '.join(names)}.")
        return [given.get(name, ()) for name in names]
    if not isinstance(given, (list, tuple)) or len(given) != len(names):
        raise ArgumentError(f"The model has the outputs {', '.join(names)}, and wants a {what} for each. Got {given!r}.")
    return list(given)


def _refuse_squashed(network: Network, name: str, loss: Loss) -> None:
    activation = getattr(network.layers[network.names.index(name)], "activation", None)
    if getattr(loss, "from_logits", False) and activation in _SQUASHING:
        raise ArgumentError(
            f"The loss {loss.name!r} reads logits (from_logits=True), and layer {name!r} gives what {_SQUASHING[activation]} "
            "makes of them, so it would be applied twice. Make the layer's activation linear, or leave from_logits out."
        )
