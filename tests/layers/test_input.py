"""The shape of one example."""

import pytest

from leadline.errors import ArgumentError
from leadline.layers import Input


@pytest.mark.parametrize(("shape", "expected"), [((64,), (64,)), (64, (64,)), ([8, 8], (8, 8)), ((), ())])
def test_shape(shape, expected):
    assert Input(shape).shape == expected
    assert Input(shape, name="own") == Input(expected, "own")


@pytest.mark.parametrize("shape", [0, (0,), (-1,), (None, 3), 2.5, (2.5,), True, (True,), None, "3", ("3",), {}])
def test_shapes_that_are_none(shape):
    with pytest.raises(ArgumentError, match="'shape' of Input must be positive whole numbers, without the batch axis. Got "):
        Input(shape)
