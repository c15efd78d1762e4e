"""Transposed convolution: stamps that overlap, sizes that come back, and what it refuses."""

import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.convolution import Conv1D
from leadline.layers.transposed import Conv1DTranspose, Conv2DTranspose


def test_every_input_stamps_the_kernel():
    layer = Conv1DTranspose(1, 3, strides=2)
    layer.build((2, 1))
    layer.set_weights([np.array([1, 10, 100.0]).reshape(3, 1, 1), np.array([0.5])])
    assert layer(np.array([1, 2.0]).reshape(1, 2, 1)).ravel().tolist() == [1.5, 10.5, 102.5, 20.5, 200.5]


@pytest.mark.parametrize("size", [6, 7, 9])
@pytest.mark.parametrize("options", [{"strides": 2}, {"strides": 3}, {"dilation_rate": 2}])
def test_output_padding_leads_back_to_every_size(size, options):
    """Of several sizes that a convolution maps to one, `output_padding` chooses."""
    stride = options.get("strides", 1)
    span = 2 * options.get("dilation_rate", 1) + 1
    small = Conv1D(1, 3, **options).output_shape((size, 1))
    back = Conv1DTranspose(1, 3, output_padding=(size - span) % stride, **options)
    assert back.output_shape(small) == (size, 1)


@pytest.mark.parametrize("own", [2, (0, 3), (1, -1), 1.0])
def test_output_padding_that_is_refused(own):
    with pytest.raises(ArgumentError, match="'output_padding' of Conv2DTranspose must be"):
        Conv2DTranspose(1, 3, strides=(2, 3), output_padding=own)


def test_output_padding_is_kept_as_it_is_or_none():
    assert Conv2DTranspose(1, 3, strides=2).output_padding is None
    assert Conv2DTranspose(1, 3, strides=2, output_padding=0).output_padding == (0, 0)


def test_nothing_would_come_out():
    with pytest.raises(ShapeError, match=r"the output would have sizes \(0,\)"):
        Conv1DTranspose(1, 2, padding="same", strides=2, output_padding=0).build((1, 3))
