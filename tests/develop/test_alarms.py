"""Each alarm is raised by what it looks for, and by nothing else."""

from dataclasses import replace

import numpy as np
import pytest

from leadline import losses
from leadline.develop.alarms import ALARMS, FAULTS
from leadline.develop.signs import Signs
from leadline.training.breakage import Breakage
from leadline.training.health import Probe

SEEDS, EPOCHS = 3, 50


def look(**changes):
    """A healthy look at a network of two hidden layers and one of output."""
    usual = {
        "cost": np.full(SEEDS, 1.1),
        "output": np.tile([-1.0, 1.0, 2.0], (SEEDS, 1)),
        "entry": np.ones((SEEDS, 4)),
        "signal": np.ones((SEEDS, 3)),
        "zeros": np.tile([0.5, 0.0, 0.0], (SEEDS, 1)),
        "flat": np.tile([0.5, 0.01, np.nan], (SEEDS, 1)),
        "stuck": np.tile([0.05, 0.0, np.nan], (SEEDS, 1)),
        "gradient": np.full((SEEDS, 3), 0.3),
        "weight": np.full((SEEDS, 3), 5.0),
        "spread": np.full((SEEDS, 3), 4.8),
        "update": np.full((SEEDS, 3), 0.02),
    }
    arrays = {name: np.broadcast_to(np.asarray(value, float), usual[name].shape) for name, value in changes.items()}
    return Probe(**usual | arrays)


FALL = np.tile(0.05 + np.exp(-np.arange(EPOCHS) / 5), (SEEDS, 1))
HEALTHY = Signs(
    kind="multiclass",
    loss=losses.SparseCategoricalCrossentropy(from_logits=True),
    looks={0: look(), 1: look(), 25: look(), 50: look()},
    layers=(("first", "dead"), ("second", "saturated"), ("last", "")),
    kernels=("first", "second", "last"),
    cost=FALL,
    steps=500,
    start=np.log(3),
    trivial=1.0,
    centre=1.0,
    scale=0.8,
    sixteen=FALL[:1],
    errors=(0.05, 0.1, 0.6),
)
NUMBERS = {"kind": "regression", "loss": losses.MeanSquaredError(), "centre": 0.0, "scale": 1.0, "start": 1.0}
PROBABILITIES = [1e-9, 1.0, 1e-6]
DOWN_AND_UP = FALL + 0.3 * (np.arange(EPOCHS) % 2)


def first(**changes):
    return {"looks": HEALTHY.looks | {0: look(**changes)}}


def last(**changes):
    return {"looks": HEALTHY.looks | {50: look(**changes)}}


def always(**changes):
    return {"looks": dict.fromkeys(HEALTHY.looks, look(**changes))}


# the alarm, what is changed, words of the evidence
RAISED = [
    ("initial cost", first(cost=4.0), "before the first step is 4; equal probabilities would pay 1.1"),
    ("initial cost", NUMBERS | first(cost=9.0), "the target's variance is 1"),
    ("initial cost", first(cost=np.inf), "before the first step"),
    ("cannot overfit 16 examples", {"sixteen": np.full((1, EPOCHS), 0.6)}, "500 steps on 16 examples alone, 60 %"),
    ("cannot overfit 16 examples", {"sixteen": np.full((1, EPOCHS), 600.0)}, "600 times"),
    ("dead units", last(stuck=[0.9, 0.0, np.nan]), "90 % of the units of 'first' give 0"),
    ("saturated units", first(flat=[0.5, 0.7, np.nan]), "70 % of what 'second' gives lies where it is flat, before"),
    ("saturated units", last(flat=[0.5, 0.95, np.nan]), "95 % of what 'second' gives lies where it is flat, at the end"),
    ("vanishing gradients", always(gradient=[1e-8, 1e-3, 0.5]), "'first' has norm 1.0e-08, that of 'last' 5.0e-01"),
    ("exploding gradients", last(gradient=[1e3, 1.0, 1.0]), "After epoch 50 the gradient of 'first' is 200 times"),
    ("exploding gradients", first(gradient=[1e3, 1.0, 1.0]), "Before the first step the gradient"),
    ("large updates", last(update=2.0), "After epoch 50 a step changes the weights by 0.4"),
    ("small updates", always(update=1e-5) | {"cost": np.full((SEEDS, EPOCHS), 0.9)}, "by 2.0e-06 of themselves at most"),
    ("still falling", {"cost": np.tile(np.linspace(1, 0.3, EPOCHS), (SEEDS, 1))}, "still fell by 0.0714, to 0.329"),
    ("still falling", {"cost": np.ones((SEEDS, 1))}, "1 epochs cannot show"),
    ("oscillation", {"cost": DOWN_AND_UP}, "50 % of the epochs raised the cost"),
    (
        "not finite",
        {"broken": (Breakage(3, 1, "the cost"), Breakage(0, 4, "the gradient of 'first'"))},
        "epoch 1, step 5: the gr",
    ),
    ("not finite", {"broken": (Breakage(3, -1, "not found again"),)}, "1 of 3 trainings stopped being finite, first in epoch 4."),
    ("squashed twice", always(output=PROBABILITIES), "between 1e-09 and 1, as probabilities do"),
    ("squashed twice", {"loss": losses.BinaryCrossentropy(from_logits=True)} | always(output=[0.1, 0.9, 0.9]), "between 0.1"),
    ("logits as probabilities", {"loss": losses.SparseCategoricalCrossentropy()}, "between -1 and 1, which are no probabilities"),
    ("logits as probabilities", {"loss": losses.CategoricalCrossentropy()} | always(output=[0, 1, 0.5]), "from_logits=False"),
    ("inputs not scaled", first(entry=[1.0, 1.0, 1.0, 800.0]), "'first' reads has a root mean square of 800"),
    ("inputs not scaled", first(entry=1e-3), "of 0.001"),
    ("inputs not scaled", first(entry=np.inf), "'first'"),
    ("target not scaled", NUMBERS | {"centre": 150.0, "scale": 9.0}, "has mean 150 and standard deviation 9"),
    ("target not scaled", NUMBERS | {"scale": 1e-3}, "deviation 0.001"),
    ("no better than a constant on cv", {"errors": (0.1, 0.61, 0.6)}, "is 0.1 on train and 0.61 on cv"),
    ("unfit loss", {"loss": losses.MeanSquaredError()}, "are classes, and the loss is MeanSquaredError"),
    ("unfit loss", NUMBERS | {"loss": losses.Hinge()}, "are numbers, and the loss is Hinge"),
    ("units alike", first(spread=[1e-9, 4.0, 4.0]), "All units of 'first' begin with the same weights"),
    ("units alike", first(spread=0.0, weight=0.0), "'first'"),
    ("nothing learned", {"cost": np.full((SEEDS, EPOCHS), 0.99)}, "the cost is 99 % of the best constant's"),
]

SILENT = [
    ("cannot overfit 16 examples", {"sixteen": None}),
    ("cannot overfit 16 examples", {"sixteen": np.ones((1, EPOCHS)), "steps": 100}),
    ("saturated units", last(flat=[0.5, 0.01, 1.0])),  # the output may be
    ("vanishing gradients", always(gradient=[0.0, 0.0, 0.5])),  # dead, or of units that are alike
    ("vanishing gradients", {"kernels": ("last",), "looks": {0: look(), 50: look()}}),
    ("small updates", last(update=1e-6)),  # a training that has come to its end
    ("squashed twice", first(output=PROBABILITIES)),
    ("squashed twice", always(output=[0.2, 0.7, 0.9])),
    ("logits as probabilities", {"loss": losses.SparseCategoricalCrossentropy()} | always(output=PROBABILITIES)),
    ("logits as probabilities", {"loss": losses.BinaryCrossentropy()} | always(output=[0.1, 0.9, 0.9])),
    ("logits as probabilities", NUMBERS),
    ("inputs not scaled", {"looks": {0: look()._replace(entry=np.zeros((SEEDS, 0)))}}),
    ("no better than a constant on cv", {"errors": None}),
    ("no better than a constant on cv", {"errors": (0.55, 0.61, 0.6)}),  # it has not learned its own examples
    ("units alike", first(spread=[4.0, 4.0, 0.0])),  # an output layer may begin with zeros
    ("nothing learned", {"cost": np.where(np.arange(EPOCHS) < 20, 0.5, np.nan) * np.ones((SEEDS, 1))}),
]


@pytest.mark.parametrize("name", ALARMS)
def test_a_healthy_training_raises_nothing(name):
    assert ALARMS[name].find(HEALTHY) is None


@pytest.mark.parametrize("name", ALARMS)
def test_healthy_numbers_raise_nothing(name):
    assert ALARMS[name].find(replace(HEALTHY, **NUMBERS)) is None


@pytest.mark.parametrize(("name", "changes", "words"), RAISED)
def test_an_alarm_is_raised(name, changes, words):
    strength, sentence = ALARMS[name].find(replace(HEALTHY, **changes))
    assert strength >= 1
    assert words in sentence


@pytest.mark.parametrize(("name", "changes"), SILENT)
def test_an_alarm_stays_silent(name, changes):
    assert ALARMS[name].find(replace(HEALTHY, **changes)) is None


def test_every_alarm_has_a_case():
    assert {name for name, *_ in RAISED} == set(ALARMS)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_does_without_kernels(name):
    bare = {field: np.zeros((SEEDS, 0)) for field in ("entry", "gradient", "weight", "spread", "update")}
    looks = {epoch: one._replace(**bare) for epoch, one in HEALTHY.looks.items()}
    assert ALARMS[name].find(replace(HEALTHY, looks=looks, kernels=())) is None


def test_what_is_suggested_is_a_known_fault():
    suggested = {fault for rule in ALARMS.values() for fault in rule.suggests}
    assert suggested == set(FAULTS)
    assert {rule.level for rule in ALARMS.values()} == {0, 1, 2}
