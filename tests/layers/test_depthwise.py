"""Depthwise and separable convolution: channels apart, then mixed."""

import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.layers.convolution import Conv1D, Conv2D
from leadline.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D

RANDOM = np.random.default_rng(0)


@pytest.mark.parametrize(("layer", "shape"), [(DepthwiseConv1D, (8, 3)), (DepthwiseConv2D, (5, 6, 3))])
def test_channels_are_not_mixed(layer, shape):
    own, x = layer(2, depth_multiplier=2), RANDOM.normal(size=(1, *shape))
    before = own(x)
    x[..., 1] += 1
    changed = np.abs(own(x) - before).max(axis=tuple(range(len(shape)))) > 0
    assert changed.tolist() == [False, False, True, True, False, False]


def test_it_is_the_convolution_with_a_group_a_channel():
    depthwise, groups = DepthwiseConv2D(3, depth_multiplier=2), Conv2D(6, 3, groups=3)
    x = RANDOM.normal(size=(2, 5, 6, 3))
    wanted = groups(x)
    depthwise.build((5, 6, 3))
    kernel, bias = groups.get_weights()
    depthwise.set_weights([kernel.reshape(3, 3, 3, 2), bias])
    np.testing.assert_allclose(depthwise(x), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("layer", "conv", "shape"), [(SeparableConv1D, Conv1D, (8, 3)), (SeparableConv2D, Conv2D, (5, 6, 3))])
def test_a_separable_one_is_a_convolution_whose_kernel_is_a_product(layer, conv, shape):
    own, x = layer(4, 2, depth_multiplier=2, padding="same", activation="tanh"), RANDOM.normal(size=(2, *shape))
    wanted = own(x)
    depthwise, pointwise, bias = own.get_weights()
    kernel = np.einsum("...cj,cjo->...co", depthwise, pointwise.reshape(3, 2, 4))
    whole = conv(4, 2, padding="same", activation="tanh")
    whole.build(shape)
    whole.set_weights([kernel, bias])
    np.testing.assert_allclose(whole(x), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", [lambda **o: DepthwiseConv1D(3, **o), lambda **o: SeparableConv1D(2, 3, **o)])
@pytest.mark.parametrize("depth", [0, -2, 1.5, None])
def test_depths_that_are_none(layer, depth):
    with pytest.raises(ArgumentError, match="'depth_multiplier' of .*Conv1D must be a positive whole number"):
        layer(depth_multiplier=depth)


def test_strides_may_stand_beside_dilation():
    assert DepthwiseConv1D(3, strides=2, dilation_rate=2)(np.ones((1, 9, 2))).shape == (1, 3, 2)
