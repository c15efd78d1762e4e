"""Locally connected layers against the loop over their neurons, in float64."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.convolution import Conv2D
from leadline.layers.locally_connected import LocallyConnected1D, LocallyConnected2D

CASES = [  # layer, sizes, channels, arguments, options
    (LocallyConnected1D, (7,), 2, (3, 3), {}),
    (LocallyConnected1D, (8,), 3, (2, 4), {"strides": 2, "activation": "tanh"}),
    (LocallyConnected1D, (100,), 1, (1, 20), {"strides": 10}),
    (LocallyConnected1D, (7,), 2, (3, 1), {"use_bias": False}),
    (LocallyConnected1D, (7,), 2, (3, 3), {"data_format": "channels_first", "strides": 3}),
    (LocallyConnected2D, (5, 4), 2, (3, (2, 3)), {}),
    (LocallyConnected2D, (7, 6), 2, (3, 3), {"strides": (2, 1), "activation": "sigmoid"}),
    (LocallyConnected2D, (5, 6), 1, (2, 2), {"strides": 2, "use_bias": False}),
    (LocallyConnected2D, (5, 4), 3, (2, (3, 2)), {"data_format": "channels_first"}),
    (LocallyConnected2D, (5, 4), 3, (2, (5, 4)), {"data_format": "channels_first"}),
]
ACTIVATIONS = {"tanh": np.tanh, "sigmoid": lambda z: 1 / (1 + np.exp(-z)), None: lambda z: z}


def by_loops(x, kernel, bias, window, strides, first):
    """Each neuron by itself, in the order of axes of the layer."""
    sizes = x.shape[2:] if first else x.shape[1:-1]
    places = [range(0, size - k + 1, s) for size, k, s in zip(sizes, window, strides, strict=True)]
    y = np.zeros((len(x), kernel.shape[0], kernel.shape[-1]))
    for neuron, starts in enumerate(itertools.product(*places)):
        seen = tuple(slice(start, start + k) for start, k in zip(starts, window, strict=True))
        y[:, neuron] = (
            x[(slice(None), slice(None), *seen) if first else (slice(None), *seen)].reshape(len(x), -1) @ kernel[neuron]
        )
    y = y.reshape(len(x), *map(len, places), -1) + bias
    return np.moveaxis(y, -1, 1) if first else y


@pytest.mark.parametrize(("layer", "sizes", "channels", "arguments", "options"), CASES)
def test_every_neuron_by_itself(layer, sizes, channels, arguments, options):
    own = layer(*arguments, **options, kernel_initializer="zeros")
    first = own.data_format == "channels_first"
    shape = (channels, *sizes) if first else (*sizes, channels)
    random = np.random.default_rng(0)
    with jax.enable_x64(True):
        own.build(shape)
        own.set_weights(weights := [random.normal(size=w.shape) for w in own.get_weights()])
        x = random.normal(size=(2, *shape))
        bias = weights[1] if own.use_bias else 0
        wanted = by_loops(x, weights[0], bias, own.kernel_size, own.strides, first)
        np.testing.assert_allclose(own(x), ACTIVATIONS[options.get("activation")](wanted), rtol=1e-12, atol=1e-12)


def test_arrays_are_those_of_keras_2():
    layer = LocallyConnected2D(5, (2, 3), strides=(2, 1))
    assert layer.shapes((7, 6, 4)) == {"kernel": (3 * 4, 2 * 3 * 4, 5), "bias": (3, 4, 5)}
    assert LocallyConnected1D(1, 20, strides=10).shapes((100, 1)) == {"kernel": (9, 20, 1), "bias": (9, 1)}


def test_with_the_same_weights_everywhere_it_is_a_convolution():
    shared, own = Conv2D(3, 2), LocallyConnected2D(3, 2)
    x = np.random.default_rng(0).normal(size=(2, 4, 5, 2))
    wanted = shared(x)
    kernel, bias = shared.get_weights()
    own.build((4, 5, 2))
    own.set_weights([np.tile(kernel.reshape(1, 8, 3), (12, 1, 1)), np.tile(bias, (3, 4, 1))])
    np.testing.assert_allclose(own(x), wanted, rtol=1e-5, atol=1e-6)


def test_a_neuron_learns_from_its_own_window():
    layer = LocallyConnected1D(1, 2, strides=2)
    params, _ = layer.init(jax.random.key(0), (6, 1))
    cost = lambda p: layer.apply(p, {}, jnp.ones((1, 6, 1)))[0][0, 1, 0]  # noqa: E731
    moved = jnp.abs(jax.grad(cost)(params)["kernel"]).sum(axis=(1, 2)) > 0
    assert moved.tolist() == [False, True, False]


def test_weights_fit_one_size():
    layer = LocallyConnected1D(1, 2)
    layer.build((6, 1))
    with pytest.raises(ShapeError, match=r"was built for inputs of shape \(6, 1\), and got \(7, 1\)"):
        layer.build((7, 1))


@pytest.mark.parametrize("padding", ["same", "causal"])
def test_paddings_that_it_does_not_know(padding):
    with pytest.raises(ArgumentError, match=f"Unknown padding of LocallyConnected1D '{padding}'.* Known: valid"):
        LocallyConnected1D(1, 2, padding=padding)
