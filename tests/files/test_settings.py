"""What compile was given, as plain data and back."""

import inspect
import json

import jax.numpy as jnp
import optax
import pytest

from leadline import losses, metrics, optimizers, schedules
from leadline.errors import ArgumentError, DataError
from leadline.files.settings import described_settings, settings_of

OWN = {
    "IoU": {"num_classes": 3, "target_class_ids": (0,)},
    "MeanIoU": {"num_classes": 3},
    "OneHotIoU": {"num_classes": 3, "target_class_ids": (0,)},
    "OneHotMeanIoU": {"num_classes": 3},
    "PrecisionAtRecall": {"recall": 0.8},
    "RecallAtPrecision": {"precision": 0.8},
    "SensitivityAtSpecificity": {"specificity": 0.8},
    "SpecificityAtSensitivity": {"sensitivity": 0.8},
    "MeanLoss": {"loss": losses.Huber(0.25)},
}
CODE = {"FromOptax", "FunctionLoss", "Loss", "Optimizer"}
SETTINGS = {"optimizer": (optimizers, optimizers.Optimizer), "loss": (losses, losses.Loss), "metrics": (metrics, metrics.Metric)}
THINGS = [
    (setting, getattr(module, name)(**OWN.get(name, {})))
    for setting, (module, base) in SETTINGS.items()
    for name in module.__all__
    if inspect.isclass(cls := getattr(module, name)) and issubclass(cls, base) and name not in CODE
]


def through_text(settings):
    return settings_of(json.loads(json.dumps(described_settings(settings))))


@pytest.mark.parametrize(("setting", "thing"), THINGS, ids=[f"{setting}-{type(thing).__name__}" for setting, thing in THINGS])
def test_every_class_comes_back(setting, thing):
    given = [thing] if setting == "metrics" else thing
    assert through_text({setting: given}) == {setting: given}


@pytest.mark.parametrize("name", schedules.SCHEDULES)
def test_every_schedule_comes_back_inside_an_optimizer(name):
    own = {
        "PiecewiseConstantDecay": {"boundaries": (10, 20), "values": (0.3, 0.2, 0.1)},
        "CosineDecayRestarts": {"initial_learning_rate": 0.1, "first_decay_steps": 10},
        "ExponentialDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
        "InverseTimeDecay": {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5},
    }
    schedule = schedules.SCHEDULES[name](**own.get(name, {"initial_learning_rate": 0.1, "decay_steps": 10}))
    optimizer = optimizers.SGD(schedule, momentum=0.9)
    assert through_text({"optimizer": optimizer}) == {"optimizer": optimizer}


def test_names_lists_names_of_outputs_and_classes():
    given = {
        "loss": {"price": "mse", "kind": losses.SparseCategoricalCrossentropy(from_logits=True)},
        "loss_weights": {"price": 0.1, "kind": 1},
        "metrics": {"price": ["mae", metrics.RootMeanSquaredError(name="own")], "kind": ["accuracy"]},
    }
    assert through_text(given) == given
    assert through_text({"loss": losses.Huber, "metrics": None}) == {"loss": losses.Huber(), "metrics": None}
    assert through_text({"metrics": [losses.Huber(0.5)]}) == {"metrics": [metrics.MeanLoss(losses.Huber(0.5))]}


class Mine(losses.MeanSquaredError):
    pass


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": lambda y, f: jnp.abs(y - f)}, "The loss that compile was given cannot be saved"),
        ({"loss": losses.FunctionLoss(lambda y, f: y)}, "Unknown class 'FunctionLoss'"),
        ({"loss": Mine()}, "Unknown class 'Mine'.*call compile\\(\\) without a loss"),
        ({"optimizer": optimizers.get(optax.sgd(0.1))}, "The optimizer that compile was given cannot be saved"),
        ({"metrics": [lambda y, f: y]}, "The metrics that compile was given cannot be saved"),
    ],
)
def test_code_is_refused(settings, message):
    with pytest.raises(ArgumentError, match=message):
        described_settings(settings)


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ([], "The settings of a compile are optimizer, loss"),
        ({"callbacks": []}, "Got callbacks"),
        ({"loss": {"class_name": "Hubr", "config": {}}}, "Unknown class 'Hubr'. Did you mean 'Huber'"),
        ({"loss": {"class_name": "os.system", "config": {"command": "true"}}}, "Unknown class 'os.system'"),
        ({"loss": {"class_name": "FunctionLoss", "config": {"function": "os.system"}}}, "Unknown class 'FunctionLoss'"),
        ({"loss": {"class_name": "Huber", "config": {"reduction": "most"}}}, "Unknown reduction 'most'"),
        ({"loss": {"class_name": "Huber", "config": []}}, "config of 'Huber' must be names and values"),
        ({"optimizer": {"class_name": "Adam", "config": {"learning_rate": "fast"}}}, "cannot be made"),
        (
            {"optimizer": {"class_name": "Adam", "config": {"learning_rate": {"class_name": "Adam", "config": {}}}}},
            "Unknown class",
        ),
    ],
)
def test_what_is_refused_in_a_file(plain, message):
    with pytest.raises(DataError, match=message):
        settings_of(plain)
