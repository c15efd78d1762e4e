"""The descriptions of networks agree with what leadline builds from them."""

import networks
import pytest
from peers.leadline import layer_of
from tasks import files, load

import leadline as ll

TASKS = {name: task for file in files() for name, task in getattr(load(file), "TASKS", {}).items()}
OWN = {name: task.network for name, task in TASKS.items() if not getattr(task, "door", None) and "growth" not in name}


@pytest.mark.parametrize("name", OWN)
def test_the_first_weights_fit_the_model(name):
    network = OWN[name]
    model = ll.Sequential([ll.Input(network.shape), *map(layer_of, network.layers)])
    model.set_weights(networks.weights(network))
    assert model.count_params() == networks.parameters(network)


def test_another_seed_is_another_draw_within_glorots_limit():
    network = networks.Network((3,), (networks.Dense(5),))
    (kernel, bias), (other, _) = networks.weights(network, 0), networks.weights(network, 1)
    limit = (6 / 8) ** 0.5
    assert (abs(kernel) < limit).all()
    assert abs(kernel).max() > limit / 2
    assert (kernel != other).all()
    assert (bias == 0).all()


def test_operations_and_bytes_of_two_dense_layers():
    network = networks.Network((4,), (networks.Dense(3, "relu"), networks.Dense(2)))
    assert networks.prediction_operations(network) == 2 * (4 * 3 + 3 * 2)
    assert networks.operations_a_step(network, 10) == 10 * (3 * 36 - 24)  # no gradient for the inputs
    assert networks.bytes_a_step(network, 10) == 4 * (10 * 23 + 10 * (4 * 5 + 2 * 4))


def test_operations_of_a_convolution_and_what_follows_it():
    image = networks.Network((4, 4, 2), (networks.Conv(3, (3, 3)), networks.Pool((2, 2)), networks.Flatten(), networks.Dense(1)))
    assert [after for _, _, after in networks.placed(image)] == [(4, 4, 3), (2, 2, 3), (12,), (1,)]
    assert networks.prediction_operations(image) == 2 * (16 * 9 * 2 * 3 + 12)
