import numpy as np
import pytest

from leadline.errors import DataError
from leadline.files.keras_arrays import arrays_of, left_over, places, restored, variables
from leadline.layers import BatchNormalization, Dense, Dropout, Input, Normalization
from leadline.models import Sequential

X = np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)


def model():
    made = Sequential([Input((4,)), Normalization(), Dense(3), BatchNormalization(), Dropout(0.5), Dense(2)])
    made.layers[0].adapt(X)
    return made


def where(network):
    return places(type(layer).__name__ for layer in network.layers)


def test_every_array_has_its_place():
    network = model().network
    found = variables(network, where(network))
    shapes = {path: array.shape for path, array in found.items()}
    assert shapes["layers/dense_1/vars/0"] == (3, 2)
    assert [shapes[f"layers/normalization/vars/{n}"] for n in range(3)] == [(4,), (4,), ()]
    assert len(found) == 3 + 2 + 4 + 2
    again = restored(network, where(network), found)
    for one, other in zip(network.layers, again.layers, strict=True):
        for mine, its in zip(one.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_array_equal(mine, its)


@pytest.mark.parametrize("axis", [None, -1, (1, 2), (2, 1), 1])
def test_statistics_of_other_axes(axis):
    made = Sequential([Input((3, 2)), Normalization(axis=axis)])
    made.layers[0].adapt(np.random.default_rng(0).normal(size=(5, 3, 2)))
    network = made.network
    found = variables(network, where(network))
    np.testing.assert_array_equal(restored(network, where(network), found).layers[0].get_weights()[0], made.get_weights()[0])


def test_statistics_that_keras_keeps_in_its_config():
    network = Sequential([Input((2,)), Normalization(mean=[1.0, 2.0], variance=[4.0, 1.0])]).network
    assert restored(network, where(network), {}).layers[0].get_weights()[0].tolist() == [1.0, 2.0]


def test_arrays_that_do_not_fit():
    network = model().network
    found = variables(network, where(network))
    with pytest.raises(DataError, match=r"'normalization' has 2 arrays \(mean \(4,\), variance \(4,\)\), and the file has 0"):
        restored(network, where(network), {path: array for path, array in found.items() if "normalization/" not in path})
    with pytest.raises(DataError, match=r"'mean' of layer 'normalization' is float32 \(4,\), and in the file float32 \(5,\)"):
        restored(network, where(network), found | {"layers/normalization/vars/0": np.zeros(5, np.float32)})
    with pytest.raises(DataError, match="must be numbered from 0 on. Got 01"):
        arrays_of("layers/dense", {"layers/dense/vars/01": X})


def test_seeds_and_running_metrics_are_let_be():
    paths = ["layers/dropout/seed_generator/vars/0", "_metrics/mean/vars/1", "layers/dense/vars/0", "other/0"]
    assert left_over(paths, ["layers/dense"]) == ["other/0"]
