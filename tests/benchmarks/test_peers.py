"""Every peer that is installed computes what leadline computes, whatever the layers."""

import importlib

import numpy as np
import pytest
from made import classes
from networks import BatchNormalization, Conv, Dense, Flatten, LocallyConnected, Network, Pool, SeparableConv
from tasks import Diagnosis, Fit, Learning, Predict, Sweep
from workloads.curves import parted

pytestmark = [
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Stochastic Optimizer:sklearn.exceptions.ConvergenceWarning"),
]

PEERS = ("keras_jax", "optax", "sklearn", "torch")
CONVOLUTIONAL = (
    Conv(4, (3, 3), "relu"),
    BatchNormalization(),
    Pool((2, 2)),
    SeparableConv(5, (3, 3), "relu"),
    Flatten(),
    Dense(3),
)
NETWORKS = {
    "dense": Network((6,), (Dense(5, "relu"), Dense(3))),
    "images": Network((6, 6, 2), CONVOLUTIONAL),
    "a signal": Network((20, 1), (Conv(3, (5,), "relu"), Pool((2,)), Flatten(), Dense(4, "relu"), Dense(3))),
    "unshared": Network((20, 1), (LocallyConnected(2, 5, 3, "relu"), Flatten(), Dense(3))),
}


def peer(name):
    if name == "torch":
        pytest.importorskip("torch")
    return importlib.import_module(f"peers.{name}")


def made(kind, network=NETWORKS["dense"], **more):
    """A small task and its arrays; 64 rows are whole batches of 16."""
    data = classes(64, network.shape, 3)
    parts = data if kind in (Fit, Predict) else parted(data)
    return kind(what="a test", network=network, data=lambda: parts, amount=1, **more), parts


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("network", NETWORKS)
def test_a_fit_has_leadlines_losses(name, network):
    other = peer(name)
    task, data = made(Fit, NETWORKS[network], batch=16)
    expected = peer("leadline").fit(task, data)["fit"]()(2, shuffle=False)
    ways = {way: make for way, make in other.fit(task, data).items() if "compiled" not in way}
    for way, make in ways.items():
        run = make()
        np.testing.assert_allclose(run(2, shuffle=False), expected, rtol=1e-4, err_msg=way)
        assert run(1)[0] < expected[0]  # goes on from there
    assert ways or (name, network) in {(name, network) for name in ("keras_jax", "sklearn") for network in NETWORKS}


@pytest.mark.parametrize("name", ["leadline", *PEERS])
def test_a_last_batch_that_is_smaller_counts_as_what_it_is(name):
    task, data = made(Fit, batch=24)
    expected = peer("leadline").fit(task, data)["fit"]()(2, shuffle=False)
    make = next(iter(peer(name).fit(task, data).values()))
    np.testing.assert_allclose(make()(2, shuffle=False), expected, rtol=1e-4)


@pytest.mark.parametrize("name", ["leadline", *PEERS])
def test_a_strong_penalty_is_felt_in_a_sweep(name):
    task, data = made(Sweep, values=(0.0, 300.0), seeds=2, batch=32, learning_rate=0.05)
    for way, make in peer(name).sweep(task, data).items():
        free, bound = make()(30)
        assert free < 0.95 * bound, way
        assert 1.0 < bound < 1.2, way  # hardly more than the logarithm of 3 classes


@pytest.mark.parametrize("name", ["leadline", *PEERS])
def test_more_examples_teach_more(name):
    task, data = made(Learning, values=(8, 38), seeds=2, batch=32, learning_rate=0.05)
    for way, make in peer(name).learning(task, data).items():
        few, many = make()(40)
        assert many < few, way


@pytest.mark.parametrize("name", ["leadline", "keras_jax", "sklearn"])
def test_a_diagnosis_is_both_curves(name):
    task, data = made(Diagnosis, values=(0.0, 300.0), sizes=(8, 38), seeds=1, batch=8, learning_rate=0.05)
    for way, make in peer(name).diagnosis(task, data).items():
        costs = make()(30)
        assert len(costs) == 4, way
        assert costs[0] < costs[1], way


@pytest.mark.parametrize("name", PEERS)
def test_predictions_are_leadlines(name):
    task, data = made(Predict)
    expected = peer("leadline").predict(task, data)["predict"]()(1)
    for way, make in peer(name).predict(task, data).items():
        np.testing.assert_allclose(make()(2), expected, rtol=1e-4, err_msg=way)
