"""The order of each optimizer's arrays is held against Keras in tests/parity."""

import numpy as np
import pytest

from leadline.errors import DataError
from leadline.files.keras_memory import memory_of, numbered
from leadline.files.keras_things import MODULES
from leadline.layers import Dense, Input
from leadline.models import Sequential
from leadline.optimizers import SGD, Adam
from leadline.schedules import ExponentialDecay

NETWORK = Sequential([Input((4,)), Dense(3, trainable=False), Dense(2)]).network


@pytest.mark.parametrize("name", [name for name, made in MODULES["keras.optimizers"].items() if name == made.__name__])
def test_what_every_optimizer_starts_from_comes_back(name):
    optimizer = MODULES["keras.optimizers"][name]()
    arrays = [array + array.dtype.type(1) for array in numbered(optimizer, NETWORK, None)]
    again = numbered(optimizer, NETWORK, memory_of(optimizer, NETWORK, arrays))
    assert [one.shape for one in again] == [one.shape for one in arrays]
    assert again[0] == 1


def test_the_steps_the_rate_and_then_array_after_array():
    arrays = numbered(Adam(0.5), NETWORK, None)
    assert [one.shape for one in arrays] == [(), (), (3, 2), (3, 2), (2,), (2,)]  # what is frozen has none
    assert arrays[1] == 0.5
    assert [one.shape for one in numbered(SGD(ExponentialDecay(0.1, 9, 0.5)), NETWORK, None)] == [()]


def test_before_the_first_step_keras_has_none_of_the_others():
    assert memory_of(Adam(), NETWORK, [np.zeros((), np.int32), np.float32(0.001)]) is None
    assert memory_of(Adam(), NETWORK, []) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda arrays: arrays[:-1], "keeps 6 arrays for this network, and the file has 5"),
        (lambda arrays: [arrays[0] + np.int32(3), arrays[1]], "keeps 6 arrays for this network, and the file has 2"),
        (lambda arrays: [*arrays[:2], arrays[2].T, *arrays[3:]], r"Array 2 .*momentum\) is float32 \(3, 2\), and .* \(2, 3\)"),
        (lambda arrays: [arrays[0].astype(np.int64), *arrays[1:]], r"Array 0 .*step\) is int32 \(\), and in the file int64"),
    ],
)
def test_arrays_that_do_not_fit(change, message):
    with pytest.raises(DataError, match=message):
        memory_of(Adam(), NETWORK, change(numbered(Adam(), NETWORK, None)))
