"""The health of whole trainings, from the first look to the page."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from leadline import layers, losses, optimizers
from leadline.data.split import split
from leadline.develop import health
from leadline.develop.alarms import ALARMS
from leadline.develop.health import MEASURED, Alarm, causes_of, examine, signs_of
from leadline.develop.population import subset
from leadline.develop.problem import Problem
from leadline.network import Network, layer_names
from leadline.training.health import Looks
from leadline.training.state import Examples, Recipe, numeric
from leadline.training.sweep import Member, train_population

RNG = np.random.default_rng(3)
ROWS, EPOCHS = 120, 40
LABELS = np.arange(ROWS) % 3
CLOUDS = RNG.normal(size=(ROWS, 4)) + 2.5 * np.eye(4)[LABELS]
NUMBERS = CLOUDS @ np.array([0.5, -0.4, 0.3, 0.2]) + 0.05 * RNG.normal(size=ROWS)


def trained(X, y, loss, *, last=None, outputs=3, kernel="glorot_uniform", rate=0.02, epochs=EPOCHS, times=1.0):
    """Two trainings and one on 16 examples; what `examine` is given."""
    data = split(X, y, seed=1)
    stack = (layers.Dense(8, "relu", kernel_initializer=kernel), layers.Dense(outputs, last))
    recipe = numeric(Recipe(Network(stack, layer_names(stack), (4,)), loss, optimizers.Adam(rate)))
    problem = Problem(recipe, data.target, "error" if outputs > 1 else "rmse")
    rows = np.arange(data.train.size, dtype=np.int32)
    members = [Member(recipe, 0, rows), Member(recipe, 1, rows), Member(recipe, 0, subset(len(rows), 16, 0))]
    examples = Examples(data.train.X * np.float32(times), problem.encode(data.train.y), None)
    looks = Looks(members, (0, 1), examples, epochs, 8)
    cost = train_population(members, examples, epochs=epochs, batch_size=8, watch=looks.watch).records["cost"]
    return problem, looks, cost[:2], cost[2:]


def examined(*arguments, **options):
    problem, looks, cost, sixteen = trained(*arguments, **options)
    return examine(problem, looks, cost, J_train=(0.1, 0.1), J_cv=(0.1, 0.2), sixteen=sixteen)


LOGITS = losses.SparseCategoricalCrossentropy(from_logits=True)


@pytest.fixture(scope="module")
def well():
    return examined(CLOUDS, LABELS, LOGITS)


def test_a_healthy_training_raises_nothing(well):
    assert well.alarms == well.explained == well.causes == ()


def test_healthy_numbers_raise_nothing():
    y = (NUMBERS - NUMBERS.mean()) / NUMBERS.std()
    assert examined(CLOUDS, y, losses.MeanSquaredError(), outputs=1).alarms == ()


def test_the_figures_are_those_of_every_layer_at_every_look(well):
    assert [(one.epoch, one.layer) for one in well.figures] == [(e, n) for e in (0, 1, 10, 20, 40) for n in ("dense", "dense_1")]
    hidden, output = well.figures[:2]
    assert 0 < hidden.zeros == hidden.flat < 1
    assert math.isnan(output.flat)
    assert 1e-4 < output.update < 1e-1


def test_as_plain_data(well):
    plain = json.loads(json.dumps(well.to_dict(), allow_nan=False))
    assert plain["figures"][1]["flat"] is None
    assert plain["figures"][0]["layer"] == "dense"
    assert plain["alarms"] == []


# what is planted, the alarms that must be raised, one that they must explain, the first cause
SICK = [
    ({"kernel": "zeros"}, ["units alike"], "nothing learned", "units that begin alike"),
    ({"last": "softmax"}, ["squashed twice"], "", "softmax or sigmoid twice"),
    ({"rate": 1e-7}, ["small updates"], "nothing learned", "learning rate too small"),
    ({"times": 1e4}, ["inputs not scaled"], "initial cost", "inputs not scaled"),
    ({"times": 1e37}, ["inputs not scaled"], "not finite", "inputs not scaled"),
    ({"epochs": 4, "rate": 5e-3}, ["still falling"], "", "too few epochs"),
]


@pytest.mark.parametrize(("planted", "names", "explained", "cause"), SICK)
def test_a_planted_fault_is_suggested_first(planted, names, explained, cause):
    found = examined(CLOUDS, LABELS, LOGITS, **planted)
    assert [alarm.name for alarm in found.alarms if alarm.name in names] == names
    assert not explained or explained in [alarm.name for alarm in found.explained]
    assert found.causes[0][0] == cause
    assert json.dumps(found.to_dict(), allow_nan=False)
    levels = {ALARMS[alarm.name].level for alarm in found.alarms}
    assert len(levels) == 1
    assert all(ALARMS[alarm.name].level > max(levels) for alarm in found.explained)


def test_without_errors_and_the_16_examples_their_alarms_stay_away():
    problem, looks, cost, _ = trained(CLOUDS, LABELS, LOGITS, kernel="zeros", epochs=1)
    found = signs_of(problem, looks, cost)
    assert found.errors is None
    assert found.sixteen is None
    assert examine(problem, looks, cost).alarms


@pytest.mark.parametrize(
    ("loss", "y", "start", "constant"),
    [
        (losses.MeanSquaredError(), [0.0, 4.0], 4.0, 4.0),
        (losses.MeanAbsoluteError(), [0.0, 0.0, 3.0], 1.0, 1.0),
        (losses.Huber(), [-0.5, 0.5], 0.125, 0.125),
        (losses.BinaryCrossentropy(from_logits=True), [0, 0, 0, 1], math.log(2), -0.75 * math.log(0.75) - 0.25 * math.log(0.25)),
        (losses.SparseCategoricalCrossentropy(), [0, 0, 1, 2], math.log(3), 1.5 * math.log(2)),
        (losses.CategoricalCrossentropy(), [0, 0, 1, 2], math.log(3), 1.5 * math.log(2)),
    ],
)
def test_what_a_network_pays_that_knows_nothing(loss, y, start, constant):
    problem = trained(CLOUDS, LABELS, LOGITS, epochs=1)[0]
    target = np.array(y)
    if isinstance(loss, losses.CategoricalCrossentropy):
        target = np.eye(3, dtype=np.float32)[target]
    elif not isinstance(loss, losses.SparseCategoricalCrossentropy):
        target = target.astype(np.float32)[:, None]
    kind = "regression" if isinstance(loss, (losses.MeanSquaredError, losses.MeanAbsoluteError, losses.Huber)) else "multiclass"
    other = replace(problem, recipe=problem.recipe.replace(loss=loss), target=replace(problem.target, kind=kind))
    assert health._constants(other, target) == pytest.approx((start, constant), rel=1e-6)


def test_the_weight_of_an_alarm_is_shared_among_what_it_suggests():
    alarms = [Alarm("a", "", ("x", "y"), 1.0, 0.8, 0.5), Alarm("b", "", ("y",), 2.0, math.nan, math.nan)]
    assert causes_of(alarms) == (("y", 0.9), ("x", 0.4))


def test_precision_and_recall_are_those_that_the_calibration_measured():
    path = Path(__file__).resolve().parents[2] / "calibration" / "alarms.json"
    reported = json.loads(path.read_text(encoding="utf-8"))["reported"]
    measured = {name: (one["precision"], one["recall"]) for name, one in reported["alarms"].items()}
    assert {name: tuple(None if math.isnan(x) else x for x in own) for name, own in MEASURED.items()} == measured
    assert list(MEASURED) == list(ALARMS)
    assert reported["overall"]["precision"] >= 0.9
    assert reported["overall"]["recall"] >= 0.8
