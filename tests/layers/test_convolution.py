"""Convolution layers: by hand, in groups, in time; what only they refuse. Keras is their oracle in the tests of parity."""

import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.convolution import Conv1D, Conv2D

RANDOM = np.random.default_rng(0)


def with_weights(layer, shape, *weights):
    layer.build(shape)
    layer.set_weights([np.asarray(w, float).reshape(own.shape) for w, own in zip(weights, layer.get_weights(), strict=True)])
    return layer


def test_by_hand():
    layer = with_weights(Conv1D(1, 3, strides=2, activation="relu"), (7, 1), [1, 0, -2], [10])
    x = np.array([1, 5, 2, 0, 3, 7, 6.0])[None, :, None]
    assert layer(x).ravel().tolist() == [1 - 4 + 10, 2 - 6 + 10, 3 - 12 + 10]


def test_an_edge_in_an_image():
    layer = with_weights(Conv2D(1, (1, 2), use_bias=False), (3, 4, 1), [-1, 1])
    image = np.array([[0, 0, 1, 1]] * 3, float)
    assert layer(image[None, ..., None])[0, ..., 0].tolist() == [[0, 1, 0]] * 3


def test_one_dense_neuron_at_every_position():
    kernel, bias, x = RANDOM.normal(size=(3, 2, 4)), RANDOM.normal(size=4), RANDOM.normal(size=(2, 6, 2))
    layer = with_weights(Conv1D(4, 3), (6, 2), kernel, bias)
    wanted = [[example[p : p + 3].ravel() @ kernel.reshape(6, 4) + bias for p in range(4)] for example in x]
    np.testing.assert_allclose(layer(x), wanted, rtol=1e-5, atol=1e-5)


def test_causal_outputs_do_not_see_what_is_later():
    layer, x = Conv1D(3, 3, padding="causal", dilation_rate=2), RANDOM.normal(size=(1, 9, 2))
    before = layer(x)
    x[:, 6] += 1
    changed = np.abs(layer(x) - before).max(axis=(0, 2)) > 0
    assert changed.tolist() == [False] * 6 + [True, False, True]


def test_groups_do_not_see_each_other():
    layer, x = Conv2D(4, 2, groups=2), RANDOM.normal(size=(1, 4, 4, 6))
    before = layer(x)
    x[..., 3:] += 1
    changed = np.abs(layer(x) - before).max(axis=(0, 1, 2)) > 0
    assert changed.tolist() == [False, False, True, True]
    assert layer.get_weights()[0].shape == (2, 2, 3, 4)


def test_weights_fit_images_of_every_size():
    layer = Conv2D(2, 3)
    assert layer(np.ones((1, 5, 5, 1))).shape == (1, 3, 3, 2)
    assert layer(np.ones((1, 9, 7, 1))).shape == (1, 7, 5, 2)
    with pytest.raises(ShapeError, match="was built for inputs of shape"):
        layer(np.ones((1, 5, 5, 2)))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"groups": 0}, "'groups' of Conv2D must be a positive whole number"),
        ({"groups": 3}, "'filters' of Conv2D must be a multiple of its 'groups'. Got filters=4 and groups=3"),
        ({"padding": "causal"}, "Unknown padding of Conv2D 'causal'"),
        ({"dilation_rate": 0}, "'dilation_rate' of Conv2D must be a whole number of at least 1, or 2 of them"),
    ],
)
def test_arguments_that_are_refused(options, message):
    with pytest.raises(ArgumentError, match=message):
        Conv2D(4, 3, **options)


def test_channels_that_are_no_multiple_of_the_groups():
    with pytest.raises(ShapeError, match=r"Conv2D got examples of shape \(5, 5, 3\).*multiple of its 2 groups, not 3"):
        Conv2D(4, 3, groups=2).build((5, 5, 3))


def test_padding_is_read_in_any_case():
    assert Conv2D(1, 3, padding="SAME") == Conv2D(1, 3, padding="same")
