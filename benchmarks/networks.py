"""The networks of the suite as plain descriptions: shapes, first weights, operations. Every peer builds its own from them.

Arrays lie as in Keras: images `(batch, height, width, channels)`, kernels `(*window, channels, filters)`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

__all__ = ["LSTM", "BatchNormalization", "Conv", "Dense", "Flatten", "LocallyConnected", "Network", "Pool", "SeparableConv"]
__all__ += ["bytes_a_step", "operations_a_step", "parameters", "placed", "prediction_operations", "weight_shapes", "weights"]

Shape = tuple[int, ...]


class Dense(NamedTuple):
    """Every input to every unit."""

    units: int
    activation: str | None = None


class Conv(NamedTuple):
    """A convolution over one or two axes, as many as `size` has numbers; what it gives is as large as what it gets."""

    filters: int
    size: Shape
    activation: str | None = None


class SeparableConv(NamedTuple):
    """A convolution over images in two parts: each channel by itself, then over the channels."""

    filters: int
    size: Shape
    activation: str | None = None


class LocallyConnected(NamedTuple):
    """Neurons along one axis that look at a window each and share no weights; only where a window fits."""

    filters: int
    size: int
    stride: int
    activation: str | None = None


class LSTM(NamedTuple):
    """A long short-term memory; only its last output goes on."""

    units: int


class Pool(NamedTuple):
    """The largest value of each window; windows do not overlap, and what is left over at the end is dropped."""

    size: Shape


class BatchNormalization(NamedTuple):
    """Over the last axis."""

    momentum: float = 0.99
    epsilon: float = 1e-3


class Flatten(NamedTuple):
    """All axes but the batch's in one."""


Layer = Dense | Conv | SeparableConv | LocallyConnected | LSTM | Pool | BatchNormalization | Flatten


class Network(NamedTuple):
    """Layers one after the other, and the shape of one example."""

    shape: Shape
    layers: tuple[Layer, ...]


def output_shape(layer: Layer, shape: Shape) -> Shape:
    """The shape of one example after the layer."""
    match layer:
        case Dense(units=count) | LSTM(units=count):
            return (count,)
        case Conv() | SeparableConv():
            return (*shape[:-1], layer.filters)
        case LocallyConnected():
            return ((shape[0] - layer.size) // layer.stride + 1, layer.filters)
        case Pool():
            return (*(n // by for n, by in zip(shape, layer.size)), shape[-1])
        case Flatten():
            return (math.prod(shape),)
    return shape


def placed(network: Network) -> Iterator[tuple[Layer, Shape, Shape]]:
    """Each layer with the shape of one example before and after it."""
    shape = network.shape
    for layer in network.layers:
        after = output_shape(layer, shape)
        yield layer, shape, after
        shape = after


def weight_shapes(layer: Layer, before: Shape, after: Shape) -> list[Shape]:
    """The shapes of a layer's arrays, in Keras's order."""
    channels = before[-1]
    match layer:
        case Dense():
            return [(channels, layer.units), after]
        case Conv():
            return [(*layer.size, channels, layer.filters), (layer.filters,)]
        case SeparableConv():
            return [(*layer.size, channels, 1), (1, 1, channels, layer.filters), (layer.filters,)]
        case LocallyConnected():
            return [(after[0], layer.size * channels, layer.filters), after]
        case LSTM():
            return [(channels, 4 * layer.units), (layer.units, 4 * layer.units), (4 * layer.units,)]
        case BatchNormalization():
            return [(channels,)] * 4
    return []


def weights(network: Network, seed: int = 0) -> list[np.ndarray]:
    """First weights, float32, in Keras's order: kernels uniform as Glorot and Bengio say, biases 0, variances and scales 1."""
    random, drawn = np.random.default_rng(seed), []
    for layer, before, after in placed(network):
        shapes = weight_shapes(layer, before, after)
        if isinstance(layer, BatchNormalization):
            drawn += [np.full(shape, value, np.float32) for shape, value in zip(shapes, (1, 0, 0, 1))]
            continue
        for shape in shapes[:-1]:
            window = math.prod(shape[:-2]) if not isinstance(layer, LocallyConnected) else 1
            limit = math.sqrt(6 / (window * (shape[-2] + shape[-1])))
            drawn.append(random.uniform(-limit, limit, shape).astype(np.float32))
        drawn += [np.zeros(shape, np.float32) for shape in shapes[-1:]]
    return drawn


def parameters(network: Network) -> int:
    """How many numbers the network's arrays have."""
    return sum(math.prod(shape) for place in placed(network) for shape in weight_shapes(*place))


def forward_operations(layer: Layer, before: Shape, after: Shape) -> int:
    """Multiplications and additions of the layer's products, for one example."""
    places, channels = math.prod(after[:-1]), before[-1]
    match layer:
        case Dense():
            return 2 * math.prod(before) * layer.units
        case Conv():
            return 2 * places * math.prod(layer.size) * channels * layer.filters
        case SeparableConv():
            return 2 * places * channels * (math.prod(layer.size) + layer.filters)
        case LocallyConnected():
            return 2 * places * layer.size * channels * layer.filters
        case LSTM():
            return 2 * before[0] * (channels + layer.units) * 4 * layer.units
    return 0


def prediction_operations(network: Network) -> int:
    """Multiplications and additions of the products, for one example forward."""
    return sum(forward_operations(*place) for place in placed(network))


def operations_a_step(network: Network, batch: int) -> int:
    """Of a step of training: forward, and twice as many backward, less the first layer's gradient for its input."""
    each = [count for place in placed(network) if (count := forward_operations(*place))]
    return batch * (3 * sum(each) - each[0])


def bytes_a_step(network: Network, batch: int) -> int:
    """What a step must move if nothing stays in a cache, float32.

    The numbers of the arrays 10 times: read forward and backward; their gradient written and read; Adam reads and writes them and
    two moments. What layers with weights give 4 times: written and read forward and backward. The input 2 times.
    """
    given = sum(math.prod(after) for layer, before, after in placed(network) if weight_shapes(layer, before, after))
    return 4 * (10 * parameters(network) + batch * (4 * given + 2 * math.prod(network.shape)))
