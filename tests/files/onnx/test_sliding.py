"""Windows with arguments beyond those that tests/layers/test_conformance.py has for every layer."""

import itertools

import pytest

from leadline.layers import (
    AveragePooling1D,
    AveragePooling2D,
    Conv1D,
    Conv1DTranspose,
    Conv2D,
    Conv2DTranspose,
    Conv3D,
    DepthwiseConv1D,
    DepthwiseConv2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LocallyConnected1D,
    LocallyConnected2D,
    MaxPooling2D,
    SeparableConv2D,
)

PADDINGS = ("valid", "same")
BOTH = ("channels_last", "channels_first")


@pytest.mark.parametrize("order", BOTH)
def test_convolutions(agree_all, order):
    layers = [
        Conv2D(6, kernel, strides=stride, padding=padding, data_format=order, activation="softmax")
        for kernel, stride, padding in itertools.product([(1, 1), (2, 3), (3, 3)], [1, 2, (3, 2)], PADDINGS)
    ]
    layers += [Conv2D(4, 2, dilation_rate=(2, 1), padding=padding, data_format=order, groups=2) for padding in PADDINGS]
    agree_all([*layers, Conv2D(2, 2, use_bias=False, data_format=order)], (6, 7, 6))


def test_convolutions_along_one_axis_and_three(agree_all):
    causal = [Conv1D(2, 3, padding="causal", dilation_rate=apart) for apart in (1, 2)]
    agree_all([*causal, Conv1D(3, 4, strides=3, padding="same"), Conv1D(3, 4, strides=5)], (11, 2))
    agree_all([Conv3D(2, (1, 2, 3), strides=(1, 2, 1), padding=padding) for padding in PADDINGS], (3, 4, 5, 2))


@pytest.mark.parametrize("order", BOTH)
def test_convolutions_of_each_channel(agree_all, order):
    layers = [
        kind(strides=stride, padding=padding, data_format=order, depth_multiplier=2, activation="tanh")
        for kind in (lambda **given: DepthwiseConv2D((2, 3), **given), lambda **given: SeparableConv2D(3, 2, **given))
        for stride, padding in itertools.product([1, 2], PADDINGS)
    ]
    agree_all([*layers, DepthwiseConv2D(2, dilation_rate=2, data_format=order, use_bias=False)], (6, 5, 6))
    agree_all([DepthwiseConv1D(3, strides=2, padding="same", data_format=order)], (7, 7))


@pytest.mark.parametrize("order", BOTH)
def test_transposed_convolutions(agree_all, order):
    layers = [
        Conv2DTranspose(2, kernel, strides=stride, padding=padding, data_format=order, activation="softmax")
        for kernel, stride, padding in itertools.product([1, 2, (3, 4)], [1, 2, 3], PADDINGS)
    ]
    layers += [
        Conv2DTranspose(2, kernel, strides=3, padding=padding, output_padding=more, data_format=order)
        for kernel, padding, more in itertools.product([2, 3, 5], PADDINGS, [0, 1, 2])
    ]
    layers += [Conv2DTranspose(2, 3, dilation_rate=2, padding=padding, data_format=order) for padding in PADDINGS]
    agree_all(layers, (4, 3, 4))
    agree_all([Conv1DTranspose(2, 2, strides=4, padding=padding, data_format=order) for padding in PADDINGS], (3, 3))


@pytest.mark.parametrize("order", BOTH)
def test_neurons_with_weights_of_their_own(agree_all, order):
    layers = [LocallyConnected2D(3, (2, 3), strides=stride, data_format=order, activation="softmax") for stride in (1, (2, 1))]
    agree_all([*layers, LocallyConnected2D(2, 1, data_format=order, use_bias=False)], (5, 4, 5))
    agree_all([LocallyConnected1D(2, 3, strides=2, data_format=order)], (7, 6))


@pytest.mark.parametrize("order", BOTH)
def test_pooling(agree_all, order):
    layers = [
        kind(pool, strides=stride, padding=padding, data_format=order)
        for kind, pool, stride, padding in itertools.product(
            (AveragePooling2D, MaxPooling2D), (2, (3, 4)), (None, 1, 3), PADDINGS
        )
    ]
    whole = [kind(order, keep) for kind in (GlobalAveragePooling2D, GlobalMaxPooling2D) for keep in (False, True)]
    agree_all(layers + whole, (6, 5, 6))
    agree_all([AveragePooling1D(4, strides=3, padding="same", data_format=order)], (7, 7))
