"""The alarms about a training: what each looks for, where it is raised, and what it suggests.

Each reads figures that were measured while the network trained, of the median seed, and gives a sentence with the numbers or
nothing. Their limits were chosen on some of the trainings of `calibration/alarms.py`, and measured on others.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from leadline import losses
from leadline.develop.signs import Signs
from leadline.training.health import Probe
from leadline.types import NumpyArray
from leadline.words import english, percent

__all__ = ["ALARMS", "FAULTS", "OF_CLASSES", "OF_NUMBERS", "Rule"]

OF_CLASSES = (
    *(losses.BinaryCrossentropy, losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy),
    *(losses.BinaryFocalCrossentropy, losses.CategoricalFocalCrossentropy),
    *(losses.Hinge, losses.SquaredHinge, losses.CategoricalHinge),
)
"""Losses that are meant for classes."""
OF_NUMBERS = (
    *(losses.MeanSquaredError, losses.MeanAbsoluteError, losses.MeanAbsolutePercentageError),
    *(losses.MeanSquaredLogarithmicError, losses.Huber, losses.LogCosh, losses.CosineSimilarity),
)
"""Losses that are meant for numbers."""
_OVER_CLASSES = (losses.CategoricalCrossentropy, losses.SparseCategoricalCrossentropy)


Found = tuple[float, str] | None
"""By how much a limit is passed (1 is just so), and the evidence in a sentence; None below the limit."""


@dataclass(frozen=True)
class Rule:
    """One alarm.

    Attributes:
        find: Reads the evidence.
        level: 0 for what can be read off the data, the loss and the first weights; 1 for what is seen inside the network; 2 for
            what came of the training. Alarms of a level explain those of higher ones.
        suggests: Which of `FAULTS` it may come from, the likelier first.
    """

    find: Callable[[Signs], Found]
    level: int
    suggests: tuple[str, ...]


def _middle(values: NumpyArray) -> NumpyArray:
    """The median over the members; NaN where a figure is not measured, infinite where it overflowed."""
    return np.asarray(np.median(np.nan_to_num(np.asarray(values, np.float64), nan=np.nan, posinf=1e300, neginf=-1e300), axis=0))


def _share(value: float) -> str:
    return percent(value) if value < 10 else english(f"{value:,.3g} times")


def _when(epoch: int) -> str:
    return english(f"After epoch {epoch}") if epoch else english("Before the first step")


def _past(value: float, limit: float, sentence: str) -> Found:
    return (value / limit, sentence) if value > limit else None


def initial_cost(e: Signs) -> Found:
    """The cost before the first step, against that of a network that knows nothing."""
    cost, limit = float(_middle(e.first.cost)), 8.0 if e.kind == "regression" else 3.0
    what = english("the target's variance is") if e.kind == "regression" else english("equal probabilities would pay")
    value = cost / e.start if e.start else math.nan
    return _past(value, limit, english(f"The cost before the first step is {cost:.3g}; {what} {e.start:.3g}."))


def cannot_overfit(e: Signs) -> Found:
    """What is left of the cost of 16 examples after many steps on them alone."""
    if e.sixteen is None or e.steps < 300:
        return None
    value = float(np.median(e.sixteen[:, -1])) / e.trivial
    said = english(f"After {e.steps:,} steps on 16 examples alone, {_share(value)} of the best constant's cost is left.")
    return _past(value, 0.3, said)


def dead_units(e: Signs) -> Found:
    """Units behind a ReLU that give 0 for every example that was looked at."""
    share, layer = _worst(e, "dead", e.last.stuck)
    return _past(
        share, 0.6, english(f"{_share(share)} of the units of {layer!r} give 0 for all examples at the end of training.")
    )


def saturated(e: Signs) -> Found:
    """Values at the flat ends of a sigmoid or tanh, before the first step or at the end."""
    for shares, limit, first in ((e.first.flat, 0.4, True), (e.last.flat, 0.8, False)):
        share, layer = _worst(e, "saturated", shares)
        when = english("before the first step") if first else english("at the end")
        if share > limit:
            return share / limit, english(f"{_share(share)} of what {layer!r} gives lies where it is flat, {when}.")
    return None


def _worst(e: Signs, kind: str, shares: NumpyArray) -> tuple[float, str]:
    """The worst hidden layer with flat ends of a kind."""
    named = [(share, name) for share, (name, ends) in zip(_middle(shares)[:-1], e.layers, strict=False) if ends == kind]
    share, layer = max(named, default=(0.0, ""))
    return float(share), layer


def vanishing(e: Signs) -> Found:
    """The first layer's gradient against the last one's, in the first epoch."""
    for look in (e.looks[epoch] for epoch in sorted(e.looks)[:2]):
        first, last = _middle(look.gradient)[[0, -1]] if look.gradient.shape[1] > 1 else (1.0, 1.0)
        if 0 < first < 1e-3 * last and first < 1e-3:
            return 1e-3 * last / first, english(
                f"The gradient of {e.kernels[0]!r} has norm {first:.1e}, that of {e.kernels[-1]!r} {last:.1e}, "
                f"{last / first:,.0f} times as much."
            )
    return None


def exploding(e: Signs) -> Found:
    """The largest gradient of a layer, in units of its weights."""
    if not e.kernels or _alike(e.first).any():
        return None
    ratios = {epoch: _middle(look.gradient / np.maximum(look.weight, 1e-12)) for epoch, look in e.looks.items()}
    epoch, place = max(((epoch, int(np.argmax(each))) for epoch, each in ratios.items()), key=lambda at: ratios[at[0]][at[1]])
    value = float(ratios[epoch][place])
    said = english(f"{_when(epoch)} the gradient of {e.kernels[place]!r} is {value:.3g} times as large as its weights.")
    return _past(value, 10.0, said)


def _ratios(look: Probe) -> NumpyArray:
    """What a step changes of each layer's weights, as a share."""
    return _middle(look.update / np.maximum(look.weight, 1e-12))


def updates_large(e: Signs) -> Found:
    """What a step changes of the weights after the first epoch: too much."""
    if not e.kernels or _alike(e.first).any():
        return None
    later = {epoch: float(np.median(_ratios(look))) for epoch, look in e.looks.items() if epoch}
    epoch = max(later, key=lambda at: later[at])
    said = english(f"{_when(epoch)} a step changes the weights by {later[epoch]:.2g} of themselves; 1e-4 to 1e-1 is usual.")
    return _past(later[epoch], 0.1, said)


def updates_small(e: Signs) -> Found:
    """What a step changes of the weights at the start: too little, and the cost has hardly fallen at the end."""
    value = max((float(ratio) for epoch in sorted(e.looks)[:2] for ratio in _ratios(e.looks[epoch])), default=0.0)
    if not 0 < value < 1e-4 or e.left < 0.5:
        return None
    said = english(f"At the start a step changes the weights by {value:.1e} of themselves at most; 1e-4 to 1e-1 is usual.")
    return 1e-4 / value, said


def still_falling(e: Signs) -> Found:
    """How fast the cost still falls at the end, in units of what the best constant pays."""
    if e.cost.shape[1] < 3:
        return 1.0, english(f"{e.cost.shape[1]} epochs cannot show where the cost ends.")
    tenth = max(e.cost.shape[1] // 10, 1)
    late, before = e.cost[:, -tenth:].mean(axis=1), e.cost[:, -2 * tenth : -tenth].mean(axis=1)
    fall, level = float(np.median(before - late)), float(np.median(late))
    said = english(f"From the next-to-last tenth of the epochs to the last the cost still fell by {fall:.3g}, to {level:.3g}.")
    return _past(fall / e.trivial, 0.03, said) if fall > 0.04 * level else None


def oscillation(e: Signs) -> Found:
    """How much the cost goes up and down in the second half of the epochs, in units of what the best constant pays."""
    changes = np.diff(e.cost[:, e.cost.shape[1] // 2 :], axis=1)
    if changes.shape[1] < 4:
        return None
    up = float(np.median(np.mean(changes > 0, axis=1)))
    size = float(np.median(np.mean(np.abs(changes), axis=1))) / e.trivial
    said = english(
        f"In the second half {_share(up)} of the epochs raised the cost, and each changed it by {_share(size)} of the best "
        "constant's."
    )
    return _past(size, 0.05, said) if up > 0.25 else None


def not_finite(e: Signs) -> Found:
    """Trainings that met a NaN or an infinity: when, and in which tensor first."""
    if not e.broken:
        return None
    at = min(e.broken, key=lambda one: (one.epoch, one.step))
    when = english(f"first in epoch {at.epoch + 1}{f', step {at.step + 1}: {at.tensor}' if at.step >= 0 else ''}")
    return 1e3, english(f"{len(e.broken)} of {len(e.cost)} trainings stopped being finite, {when}.")


def squashed_twice(e: Signs) -> Found:
    """Outputs that are probabilities already, while the loss takes them for logits."""
    if not getattr(e.loss, "from_logits", False):
        return None
    least, most, off = _over_looks(e)
    if least < 0 or most > 1 or least == most or (isinstance(e.loss, _OVER_CLASSES) and off > 1e-3):
        return None
    return 1e2, english(
        f"All outputs lie between {least:.2g} and {most:.2g}, as probabilities do, and the loss has from_logits=True."
    )


def logits_taken(e: Signs) -> Found:
    """Outputs that are no probabilities, while the loss takes them for such."""
    if getattr(e.loss, "from_logits", True) or not isinstance(e.loss, OF_CLASSES):
        return None
    least, most, off = _over_looks(e)
    if least >= -1e-6 and most <= 1 + 1e-6 and (off < 1e-3 or not isinstance(e.loss, _OVER_CLASSES)):
        return None
    return 1e2, english(
        f"Outputs lie between {least:.2g} and {most:.2g}, which are no probabilities, and the loss has from_logits=False."
    )


def _over_looks(e: Signs) -> tuple[float, float, float]:
    every = np.concatenate([look.output for look in e.looks.values()])
    return float(every[:, 0].min()), float(every[:, 1].max()), float(every[:, 2].max())


def inputs_unscaled(e: Signs) -> Found:
    """The size of the largest and of all features that the first kernel reads."""
    sizes = _middle(e.first.entry)
    if not sizes.size:
        return None
    most = float(np.nan_to_num(sizes, nan=1e300).max())
    said = english(f"The largest feature that {e.kernels[0]!r} reads has a root mean square of {most:.3g}; 1 is usual.")
    return _past(most, 20.0, said) or _past(1 / max(most, 1e-300), 50.0, said)


def target_unscaled(e: Signs) -> Found:
    """Mean and standard deviation of a numeric target as training takes it."""
    if e.kind != "regression":
        return None
    value = max(e.scale / 10, 0.1 / max(e.scale, 1e-300), abs(e.centre) / max(5 * e.scale, 1e-300))
    return _past(
        value, 1.0, english(f"The target, as training takes it, has mean {e.centre:.3g} and standard deviation {e.scale:.3g}.")
    )


def labels_shuffled(e: Signs) -> Found:
    """A network that learned its own examples and knows no more of others than a constant does."""
    if e.errors is None:
        return None
    train, cv, constant = e.errors
    if train > 0.6 * constant or cv < 0.9 * constant:
        return None
    return cv / constant / 0.9, english(
        f"The error is {train:.3g} on train and {cv:.3g} on cv, where a constant has {constant:.3g}."
    )


def wrong_loss(e: Signs) -> Found:
    """A loss of numbers for classes, or one of classes for numbers."""
    unfit = OF_CLASSES if e.kind == "regression" else OF_NUMBERS
    wanted = english("numbers" if e.kind == "regression" else "classes")
    said = english(f"The target are {wanted}, and the loss is {type(e.loss).__name__}.")
    return (1e2, said) if isinstance(e.loss, unfit) else None


def _alike(look: Probe) -> NumpyArray:
    """Which hidden layers' units all have the same kernel."""
    return np.asarray(_middle(look.spread)[:-1] <= 1e-6 * np.maximum(_middle(look.weight)[:-1], 1e-6))


def units_alike(e: Signs) -> Found:
    """Hidden layers whose units begin with the same weights."""
    alike = [name for name, same in zip(e.kernels, _alike(e.first), strict=False) if same]
    return (1e2, english(f"All units of {alike[0]!r} begin with the same weights, and so learn the same.")) if alike else None


def nothing_learned(e: Signs) -> Found:
    """The cost at the end, against that of the best constant."""
    return _past(e.left, 0.9, english(f"At the end the cost is {_share(e.left)} of the best constant's."))


DEAD, SATURATED, VANISHING = english("dead units"), english("saturated units"), english("vanishing gradients")
FAST, SLOW, SHORT = english("learning rate too large"), english("learning rate too small"), english("too few epochs")
TWICE, MIRROR = english("softmax or sigmoid twice"), english("logits taken for probabilities")
INPUTS, TARGET, HUGE = english("inputs not scaled"), english("target not scaled"), english("NaN or too large values")
LOSS, LABELS = english("a loss that does not fit the target"), english("labels without relation")
ALIKE = english("units that begin alike")
BIAS, WEIGHTS = english("output bias far off"), english("initial weights too large")
FAULTS = (
    *(DEAD, SATURATED, VANISHING, ALIKE, FAST, SLOW, SHORT, TWICE, MIRROR, LOSS),
    *(INPUTS, TARGET, HUGE, LABELS, BIAS, WEIGHTS),
)
"""What an alarm may suggest."""

ALARMS: Mapping[str, Rule] = MappingProxyType(
    {
        english("initial cost"): Rule(initial_cost, 1, (BIAS, INPUTS, TARGET, WEIGHTS, HUGE)),
        english("cannot overfit 16 examples"): Rule(cannot_overfit, 2, (SLOW, VANISHING, DEAD, ALIKE, FAST, TWICE)),
        english("dead units"): Rule(dead_units, 1, (DEAD, FAST)),
        english("saturated units"): Rule(saturated, 1, (SATURATED, WEIGHTS, INPUTS, FAST)),
        english("vanishing gradients"): Rule(vanishing, 1, (VANISHING, SATURATED)),
        english("exploding gradients"): Rule(exploding, 2, (INPUTS, TARGET, WEIGHTS, FAST, HUGE)),
        english("large updates"): Rule(updates_large, 1, (FAST, INPUTS, TARGET)),
        english("small updates"): Rule(updates_small, 1, (SLOW, VANISHING)),
        english("still falling"): Rule(still_falling, 2, (SHORT, SLOW)),
        english("oscillation"): Rule(oscillation, 2, (FAST, INPUTS)),
        english("not finite"): Rule(not_finite, 1, (HUGE, FAST, INPUTS, TARGET)),
        english("squashed twice"): Rule(squashed_twice, 0, (TWICE,)),
        english("logits as probabilities"): Rule(logits_taken, 0, (MIRROR,)),
        english("inputs not scaled"): Rule(inputs_unscaled, 0, (INPUTS, HUGE)),
        english("target not scaled"): Rule(target_unscaled, 0, (TARGET,)),
        english("no better than a constant on cv"): Rule(labels_shuffled, 2, (LABELS,)),
        english("unfit loss"): Rule(wrong_loss, 0, (LOSS,)),
        english("units alike"): Rule(units_alike, 0, (ALIKE,)),
        english("nothing learned"): Rule(
            nothing_learned,
            2,
            (SLOW, VANISHING, ALIKE, DEAD, FAST, LABELS, SHORT),
        ),
    }
)
"""All alarms by name."""
