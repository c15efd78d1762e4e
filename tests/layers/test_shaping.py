"""Layers that change shapes alone."""

import numpy as np
import pytest

from leadline.layers import Flatten


@pytest.mark.parametrize(("shape", "flat"), [((), 1), ((4,), 4), ((2, 3), 6), ((2, 1, 3), 6)])
def test_flatten_keeps_the_order(shape, flat):
    x = np.arange(5 * flat, dtype=np.float32).reshape(5, *shape)
    output, _ = Flatten().apply({}, {}, x)
    np.testing.assert_array_equal(output, x.reshape(5, flat))
    assert Flatten().output_shape(shape) == (flat,)


def test_an_empty_batch_stays_empty():
    assert Flatten().apply({}, {}, np.zeros((0, 2, 3)))[0].shape == (0, 6)
