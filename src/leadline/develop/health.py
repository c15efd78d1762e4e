"""The health of a training: what each layer did, and which alarms that raises, ranked; each suggests causes and asserts none."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

import jax
import numpy as np

from leadline import activations
from leadline.develop.alarms import ALARMS
from leadline.develop.problem import Problem
from leadline.develop.signs import Signs
from leadline.layers import ReLU
from leadline.layers.layer import Layer
from leadline.losses import BinaryCrossentropy, CategoricalCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from leadline.training.health import Looks, slope_of
from leadline.training.program import per_example
from leadline.types import NumpyArray

__all__ = ["MEASURED", "Alarm", "Figures", "Health", "causes_of", "examine", "raised", "signs_of"]

MEASURED: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "initial cost": (1.0, 0.231),
        "cannot overfit 16 examples": (math.nan, 0.0),
        "dead units": (0.882, 0.6),
        "saturated units": (1.0, 0.364),
        "vanishing gradients": (1.0, 1.0),
        "exploding gradients": (math.nan, 0.0),
        "large updates": (1.0, 0.1),
        "small updates": (1.0, 0.6),
        "still falling": (1.0, 0.36),
        "oscillation": (math.nan, 0.0),
        "not finite": (1.0, 0.083),
        "squashed twice": (1.0, 1.0),
        "logits as probabilities": (1.0, 1.0),
        "inputs not scaled": (1.0, 1.0),
        "target not scaled": (1.0, 1.0),
        "no better than a constant on cv": (1.0, 0.8),
        "unfit loss": (1.0, 1.0),
        "units alike": (1.0, 1.0),
        "nothing learned": (1.0, 0.012),
    }
)
"""Precision and recall of each alarm, as `calibration/alarms.py` measured them; see `Alarm`."""


@dataclass(frozen=True)
class Alarm:
    """Something that healthy trainings seldom show.

    Attributes:
        name: A key of `leadline.develop.alarms.ALARMS`.
        evidence: The numbers, in a sentence.
        suggests: What it may come from, the likelier first.
        strength: By how much its limit is passed; 1 is just so.
        precision: On the calibration's planted faults and healthy networks: of the trainings that raised it, the share that had
            a fault it suggests; NaN where none raised it.
        recall: Of the trainings there with a fault that it suggests, the share that raised it; NaN where none had one.
    """

    name: str
    evidence: str
    suggests: tuple[str, ...]
    strength: float
    precision: float
    recall: float


@dataclass(frozen=True)
class Figures:
    """One layer at one look; of the median seed, NaN where something does not apply.

    Attributes:
        epoch: After how many epochs.
        layer: Its name.
        signal: The root mean square of what it gives.
        zeros: The share of that which is 0.
        flat: The share of it where the activation passes on next to no gradient.
        stuck: The share of units for which that holds for every example looked at: for ReLU, the dead ones.
        gradient: The norm of the cost's gradient by its kernels.
        weight: The norm of its kernels.
        update: What the optimizer's next step would change of the kernels, as a share of their norm.
    """

    epoch: int
    layer: str
    signal: float
    zeros: float
    flat: float
    stuck: float
    gradient: float
    weight: float
    update: float


@dataclass(frozen=True)
class Health:
    """What went on inside a network while it trained.

    Attributes:
        figures: Each layer with a kernel or an activation, at each look, in the order of the looks.
        alarms: What was raised and no other alarm explains, the weightiest first: by measured precision, then by strength.
        explained: What was raised beside them, and may be no more than their consequence, likewise.
        causes: What the alarms suggest, and how much of their weight falls on each: an alarm's precision, shared among what it
            suggests. The weightiest first; none is asserted.
    """

    figures: tuple[Figures, ...]
    alarms: tuple[Alarm, ...]
    explained: tuple[Alarm, ...]
    causes: tuple[tuple[str, float], ...]

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers and words, for JSON; None for what does not apply."""
        plain: dict[str, Any] = _plain({"figures": [asdict(one) for one in self.figures]})
        for name in ("alarms", "explained"):
            plain[name] = [_plain(asdict(alarm)) for alarm in getattr(self, name)]
        return plain | {"causes": [{"suggests": cause, "weight": weight} for cause, weight in self.causes]}


def examine(
    problem: Problem,
    looks: Looks,
    cost: NumpyArray,
    *,
    J_train: Sequence[float] = (),
    J_cv: Sequence[float] = (),
    sixteen: NumpyArray | None = None,
) -> Health:
    """Reads the looks at some trainings that differ in the seed only, and raises alarms.

    Args:
        problem: What they were trained for.
        looks: What was seen of them.
        cost: Their running cost of each epoch, without the penalty, `(trainings, epochs)`.
        J_train: The share misclassified, or the RMSE in the target's unit, of each on train; empty to leave out what needs it.
        J_cv: The same on cv.
        sixteen: The running cost of trainings of the same recipe on 16 examples each, for as many steps; None to leave it out.

    Returns:
        The layers' figures, the alarms and what they suggest.
    """
    found = signs_of(problem, looks, cost, J_train=J_train, J_cv=J_cv, sixteen=sixteen)
    alarms, explained = raised(found)
    return Health(_figures(looks, found), alarms, explained, causes_of(alarms))


def raised(found: Signs) -> tuple[tuple[Alarm, ...], tuple[Alarm, ...]]:
    """The alarms that evidence raises, the weightiest first: those of the lowest level, and the others, which they explain."""
    nothing = (math.nan, math.nan)
    alarms = [
        Alarm(name, result[1], rule.suggests, float(min(result[0], 1e6)), *MEASURED.get(name, nothing))
        for name, rule in ALARMS.items()
        if (result := rule.find(found)) is not None
    ]
    alarms.sort(key=lambda alarm: (-_weight(alarm), -alarm.strength))
    least = min((ALARMS[alarm.name].level for alarm in alarms), default=0)
    plain, explained = (tuple(a for a in alarms if (ALARMS[a.name].level > least) is above) for above in (False, True))
    return plain, explained


def causes_of(alarms: Sequence[Alarm]) -> tuple[tuple[str, float], ...]:
    """What alarms suggest, and how much of their weight falls on each, the weightiest first.

    Examples:
        >>> causes_of([Alarm("dead units", "", ("dead units", "learning rate too large"), 1.5, 0.9, 0.6)])
        (('dead units', 0.45), ('learning rate too large', 0.45))
    """
    weights: dict[str, float] = {}
    for alarm in alarms:
        for cause in alarm.suggests:
            weights[cause] = weights.get(cause, 0.0) + _weight(alarm) / len(alarm.suggests)
    return tuple((cause, round(weight, 3)) for cause, weight in sorted(weights.items(), key=lambda item: -item[1]))


def _weight(alarm: Alarm) -> float:
    """An alarm's precision; a half where it was never measured."""
    return 0.5 if math.isnan(alarm.precision) else alarm.precision


def signs_of(
    problem: Problem,
    looks: Looks,
    cost: NumpyArray,
    *,
    J_train: Sequence[float] = (),
    J_cv: Sequence[float] = (),
    sixteen: NumpyArray | None = None,
) -> Signs:
    """What alarms read, of the arguments of `examine`."""
    member, recipe = looks.members[looks.places[0]], problem.recipe
    layers = [recipe.network.names.index(name) for name in looks.names["calls"]]
    y = np.asarray(jax.tree.leaves(looks.data.y)[0])[member.rows]
    start, trivial = _constants(problem, y)
    errors = None
    if len(J_train) and len(J_cv):
        errors = float(np.median(J_train)), float(np.median(J_cv)), _constant_error(problem, y)
    return Signs(
        kind=problem.target.kind,
        loss=recipe.loss,
        looks=looks.seen,
        layers=tuple((recipe.network.names[layer], _ends(recipe.network.layers[layer])) for layer in layers),
        kernels=looks.names["kernels"],
        cost=np.asarray(cost),
        steps=looks.epochs * -(-looks.positions // looks.batch_size),
        start=start,
        trivial=max(trivial, 1e-12),
        centre=float(np.mean(y)),
        scale=float(np.std(y)),
        broken=tuple(looks.broken.values()),
        sixteen=sixteen,
        errors=errors,
    )


def _ends(layer: Layer) -> str:
    """What the flat ends of a layer's activation are called."""
    if slope_of(layer) is None:
        return ""
    rests = isinstance(layer, ReLU) or getattr(layer, "activation", None) in (activations.relu, activations.relu6)
    return "dead" if rests else "saturated"


def _constants(problem: Problem, y: NumpyArray) -> tuple[float, float]:
    """What a network that knows nothing should pay at first, and what the best constant pays, in the loss's unit."""
    loss, outputs = problem.recipe.loss, problem.recipe.network.output_shape[-1]
    if isinstance(loss, (BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy)):
        if isinstance(loss, SparseCategoricalCrossentropy):
            shares = np.bincount(y.reshape(-1).astype(int), minlength=outputs) / y.size
        else:
            shares = y.mean(axis=0) if y.shape[-1] > 1 else np.array([1 - y.mean(), y.mean()])
        return math.log(len(shares)), float(-np.sum(shares * np.log(np.maximum(shares, 1e-12))))
    if isinstance(loss, MeanSquaredError):
        return float(np.var(y)), float(np.var(y))
    constants = (np.mean(y), np.median(y))
    paid = min(float(np.mean(per_example(loss, y, np.full(y.shape, value, np.float32)))) for value in constants)
    return (paid if problem.target.kind == "regression" else math.nan), paid


def _constant_error(problem: Problem, y: NumpyArray) -> float:
    """The share that the largest class does not have, or the standard deviation in the target's unit."""
    if problem.target.kind == "regression":
        return float(np.std(y)) * problem.scale
    labels = y.argmax(axis=-1) if y.ndim > 1 and y.shape[-1] > 1 else y.reshape(-1).astype(int)
    return 1 - float(np.bincount(labels).max()) / len(labels)


def _figures(looks: Looks, found: Signs) -> tuple[Figures, ...]:
    rows = []
    for epoch, look in sorted(looks.seen.items()):
        middle = {name: np.median(np.asarray(values, np.float64), axis=0) for name, values in look._asdict().items()}
        middle["update"] = middle["update"] / np.maximum(middle["weight"], 1e-12)
        for place, (layer, _) in enumerate(found.layers):
            own = {name: float(middle[name][place]) for name in ("signal", "zeros", "flat", "stuck")}
            at = found.kernels.index(layer) if layer in found.kernels else -1
            own |= {name: float(middle[name][at]) if at >= 0 else math.nan for name in ("gradient", "weight", "update")}
            rows.append(Figures(epoch, layer, **own))
    return tuple(rows)


def _plain(value: Any) -> Any:
    """Numbers that JSON has; None for the others."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
