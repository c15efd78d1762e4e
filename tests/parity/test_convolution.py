"""Every convolution layer against Keras on its JAX backend, the weights moved over as they are."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.layers import convolution, depthwise, transposed

keras = pytest.importorskip("keras")
if keras.backend.backend() != "jax":
    pytest.skip("Keras was loaded on another backend", allow_module_level=True)

# Keras hands its variables to NumPy in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

LAYERS = {
    name: getattr(module, name) for module in (convolution, depthwise, transposed) for name in module.__all__ if "Conv" in name
}
LAYERS = {name: layer for name, layer in LAYERS.items() if hasattr(keras.layers, name)}
FIRST = {"data_format": "channels_first"}
SAME = {"padding": "same"}

CASES = [  # layer, shape of one example, arguments
    ("Conv1D", (7, 3), (4, 3), {}),
    ("Conv1D", (7, 3), (4, 1), {"activation": "relu"}),
    ("Conv1D", (8, 3), (4, 3), {"strides": 2}),
    ("Conv1D", (8, 3), (4, 2), {"strides": 3}),
    ("Conv1D", (7, 3), (4, 3), SAME),
    ("Conv1D", (7, 3), (4, 4), SAME),
    ("Conv1D", (8, 3), (4, 3), {**SAME, "strides": 2}),
    ("Conv1D", (7, 3), (4, 2), {**SAME, "strides": 3}),
    ("Conv1D", (9, 3), (4, 2), {**SAME, "dilation_rate": 3}),
    ("Conv1D", (2, 3), (4, 5), SAME),
    ("Conv1D", (7, 3), (4, 3), {"padding": "causal"}),
    ("Conv1D", (7, 3), (4, 3), {"padding": "causal", "strides": 2}),
    ("Conv1D", (7, 3), (4, 3), {"padding": "causal", "dilation_rate": 2}),
    ("Conv1D", (3, 2), (4, 3), {"padding": "causal", "dilation_rate": 4}),
    ("Conv1D", (3, 7), (4, 3), {"padding": "causal", **FIRST}),
    ("Conv1D", (9, 3), (4, 3), {"dilation_rate": 2}),
    ("Conv1D", (7, 4), (6, 3), {"groups": 2}),
    ("Conv1D", (7, 4), (4, 3), {"groups": 4}),
    ("Conv1D", (7, 4), (8, 3), {"groups": 4, "padding": "causal"}),
    ("Conv1D", (7, 3), (4, 3), {"use_bias": False}),
    ("Conv1D", (3, 7), (4, 3), FIRST),
    ("Conv1D", (3, 7), (4, 3), {**FIRST, "activation": "softmax"}),
    ("Conv1D", (4, 7), (6, 3), {**FIRST, **SAME, "groups": 2, "strides": 2}),
    ("Conv1D", (7, 1), (1, 7), {"activation": "sigmoid"}),
    ("Conv2D", (5, 6, 3), (4, 3), {}),
    ("Conv2D", (5, 6, 3), (4, 1), {}),
    ("Conv2D", (5, 6, 3), (4, (2, 3)), {"activation": "relu"}),
    ("Conv2D", (7, 8, 3), (4, 3), {"strides": 2}),
    ("Conv2D", (7, 8, 3), (4, (3, 2)), {"strides": (1, 3)}),
    ("Conv2D", (5, 6, 3), (4, 3), SAME),
    ("Conv2D", (5, 6, 3), (4, 2), SAME),
    ("Conv2D", (7, 8, 3), (4, 3), {**SAME, "strides": 2}),
    ("Conv2D", (7, 8, 3), (4, (4, 2)), {**SAME, "strides": (3, 2)}),
    ("Conv2D", (7, 8, 3), (4, 1), {**SAME, "strides": 2}),
    ("Conv2D", (7, 8, 2), (3, (2, 3)), {**SAME, "dilation_rate": (3, 2)}),
    ("Conv2D", (7, 8, 2), (3, 3), {"dilation_rate": 2}),
    ("Conv2D", (7, 8, 2), (3, (1, 3)), {"dilation_rate": (1, 3)}),
    ("Conv2D", (5, 6, 4), (6, 3), {"groups": 2}),
    ("Conv2D", (5, 6, 4), (4, 3), {"groups": 4}),
    ("Conv2D", (5, 6, 4), (8, (2, 3)), {"groups": 4, **SAME, "strides": 2}),
    ("Conv2D", (5, 6, 4), (2, 2), {"groups": 2, "dilation_rate": 2}),
    ("Conv2D", (5, 6, 3), (4, 3), {"use_bias": False}),
    ("Conv2D", (3, 5, 6), (4, 3), FIRST),
    ("Conv2D", (4, 5, 6), (4, 2), {**FIRST, **SAME, "strides": 2, "groups": 2, "activation": "tanh"}),
    ("Conv2D", (3, 7, 6), (2, 2), {**FIRST, "dilation_rate": 2}),
    ("Conv2D", (3, 5, 6), (4, 3), {"padding": "SAME", **FIRST}),
    ("Conv3D", (4, 5, 3, 2), (3, 2), {}),
    ("Conv3D", (4, 5, 3, 2), (3, 3), SAME),
    ("Conv3D", (5, 4, 5, 2), (3, (1, 2, 3)), {**SAME, "strides": (1, 2, 2)}),
    ("Conv3D", (5, 4, 5, 2), (3, (1, 2, 2)), {"dilation_rate": (1, 2, 3)}),
    ("Conv3D", (4, 5, 3, 4), (2, 2), {"groups": 2, "strides": 2}),
    ("Conv3D", (2, 4, 5, 3), (3, 2), {**FIRST, "activation": "relu"}),
    ("DepthwiseConv1D", (7, 3), (3,), {}),
    ("DepthwiseConv1D", (7, 3), (3,), {"depth_multiplier": 2}),
    ("DepthwiseConv1D", (8, 3), (2,), {**SAME, "strides": 3, "depth_multiplier": 3}),
    ("DepthwiseConv1D", (9, 3), (3,), {"dilation_rate": 2, "use_bias": False}),
    ("DepthwiseConv1D", (9, 3), (3,), {"dilation_rate": 2, "strides": 2}),
    ("DepthwiseConv1D", (3, 8), (4,), {**FIRST, **SAME, "depth_multiplier": 2, "activation": "relu"}),
    ("DepthwiseConv1D", (7, 1), (3,), {"depth_multiplier": 4}),
    ("DepthwiseConv2D", (5, 6, 3), (3,), {}),
    ("DepthwiseConv2D", (5, 6, 3), ((2, 3),), {"depth_multiplier": 2}),
    ("DepthwiseConv2D", (7, 8, 3), (3,), {**SAME, "strides": 2}),
    ("DepthwiseConv2D", (7, 8, 3), (2,), {**SAME, "strides": 2, "depth_multiplier": 3, "activation": "relu"}),
    ("DepthwiseConv2D", (7, 8, 3), (3,), {"dilation_rate": 2}),
    ("DepthwiseConv2D", (7, 8, 3), ((2, 3),), {"dilation_rate": (3, 2), **SAME, "use_bias": False}),
    ("DepthwiseConv2D", (3, 5, 6), (2,), {**FIRST, "depth_multiplier": 2, "strides": 2}),
    ("SeparableConv1D", (7, 3), (4, 3), {}),
    ("SeparableConv1D", (8, 3), (4, 2), {**SAME, "strides": 2, "depth_multiplier": 2}),
    ("SeparableConv1D", (9, 3), (4, 3), {"dilation_rate": 3, "activation": "relu"}),
    ("SeparableConv1D", (3, 8), (4, 3), {**FIRST, "use_bias": False}),
    ("SeparableConv2D", (5, 6, 3), (4, 3), {}),
    ("SeparableConv2D", (7, 6, 3), (4, (2, 3)), {**SAME, "strides": 2, "depth_multiplier": 2}),
    ("SeparableConv2D", (7, 8, 3), (4, 2), {"dilation_rate": (2, 3), **SAME}),
    ("SeparableConv2D", (3, 7, 8), (4, 2), {**FIRST, "activation": "softmax", "depth_multiplier": 2}),
    ("Conv1DTranspose", (5, 3), (4, 3), {}),
    ("Conv1DTranspose", (5, 3), (4, 2), {"strides": 3}),
    ("Conv1DTranspose", (5, 3), (4, 4), {"strides": 2, "use_bias": False}),
    ("Conv1DTranspose", (5, 3), (4, 3), SAME),
    ("Conv1DTranspose", (5, 3), (4, 4), {**SAME, "strides": 2}),
    ("Conv1DTranspose", (5, 3), (4, 1), {**SAME, "strides": 3}),
    ("Conv1DTranspose", (5, 3), (4, 5), {**SAME, "strides": 2, "output_padding": 1}),
    ("Conv1DTranspose", (5, 3), (4, 2), {**SAME, "strides": 3, "output_padding": 2}),
    ("Conv1DTranspose", (5, 3), (4, 3), {"strides": 3, "output_padding": 0}),
    ("Conv1DTranspose", (5, 3), (4, 3), {"strides": 3, "output_padding": 2, "activation": "relu"}),
    ("Conv1DTranspose", (5, 3), (4, 3), {"dilation_rate": 2}),
    ("Conv1DTranspose", (3, 5), (4, 3), {**FIRST, **SAME, "dilation_rate": 3}),
    ("Conv2DTranspose", (3, 4, 2), (3, 3), {}),
    ("Conv2DTranspose", (3, 4, 2), (3, (2, 4)), {"strides": 2}),
    ("Conv2DTranspose", (3, 4, 2), (3, (1, 3)), {"strides": (3, 2)}),
    ("Conv2DTranspose", (3, 4, 2), (3, 3), {**SAME, "strides": 2}),
    ("Conv2DTranspose", (3, 4, 2), (3, (4, 2)), {**SAME, "strides": (1, 3), "activation": "relu"}),
    ("Conv2DTranspose", (3, 4, 2), (3, 3), {**SAME, "strides": 2, "output_padding": 1}),
    ("Conv2DTranspose", (3, 4, 2), (3, 3), {**SAME, "strides": (2, 3), "output_padding": (0, 2)}),
    ("Conv2DTranspose", (3, 4, 2), (3, 2), {"strides": 3, "output_padding": (1, 0)}),
    ("Conv2DTranspose", (3, 4, 2), (3, (2, 3)), {"dilation_rate": (2, 3), "use_bias": False}),
    ("Conv2DTranspose", (3, 4, 2), (3, 2), {"dilation_rate": 3, **SAME}),
    ("Conv2DTranspose", (2, 3, 4), (3, 3), {**FIRST, **SAME, "strides": 2}),
    ("Conv3DTranspose", (2, 3, 2, 2), (3, 2), {"strides": 2}),
    ("Conv3DTranspose", (2, 3, 2, 2), (3, (1, 3, 2)), {**SAME, "strides": (1, 2, 3), "output_padding": (0, 1, 2)}),
]


def named(value):
    """A readable name of a test."""
    return ",".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else str(value)


@pytest.mark.parametrize(("name", "shape", "arguments", "options"), CASES, ids=named)
def test_output(name, shape, arguments, options):
    quick = {f"{kernel}_initializer": "zeros" for kernel in LAYERS[name].kernel_names}  # drawn ones compile for every shape
    ours, theirs = (layer(*arguments, **options, **quick) for layer in (LAYERS[name], getattr(keras.layers, name)))
    random = np.random.default_rng(0)
    x = random.normal(size=(2, *shape)).astype(np.float32)
    theirs.build(x.shape)
    weights = [random.normal(size=w.shape).astype(np.float32) for w in theirs.weights]
    theirs.set_weights(weights)
    ours.build(shape)
    assert [w.shape for w in ours.get_weights()] == [w.shape for w in weights]
    ours.set_weights(weights)
    got, wanted = np.asarray(ours(x)), np.asarray(theirs(x))
    assert (2, *ours.output_shape(shape)) == got.shape == wanted.shape == tuple(theirs.compute_output_shape(x.shape))
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())


DIRECTIONS = [
    ("Conv2D", (6, 5, 4), (4, 3), {"groups": 2, **SAME, "strides": 2}),
    ("Conv1D", (8, 2), (3, 3), {"padding": "causal"}),
]
DIRECTIONS += [("DepthwiseConv2D", (6, 5, 2), (2,), {"depth_multiplier": 2}), ("SeparableConv1D", (8, 3), (4, 3), SAME)]
DIRECTIONS += [("Conv2DTranspose", (3, 4, 2), (3, 3), {"strides": 2, **SAME}), ("Conv3D", (3, 4, 3, 2), (2, 2), {})]


@pytest.mark.parametrize(("name", "shape", "arguments", "options"), DIRECTIONS, ids=named)
def test_slopes_in_the_weights(name, shape, arguments, options):
    ours, theirs = LAYERS[name](*arguments, **options), getattr(keras.layers, name)(*arguments, **options)
    random = np.random.default_rng(1)
    x = jnp.asarray(random.normal(size=(2, *shape)), jnp.float32)
    theirs.build(x.shape)
    params, _ = ours.init(jax.random.key(0), shape)
    names = [n for n in ours.weight_names if n in params]

    def keras_cost(weights):
        return jnp.sum(jnp.sin(theirs.stateless_call(weights, [], x)[0]))

    def own_cost(weights):
        return jnp.sum(jnp.sin(ours.apply(dict(zip(names, weights, strict=True)), {}, x)[0]))

    weights = [params[n] for n in names]
    for got, wanted in zip(jax.jit(jax.grad(own_cost))(weights), jax.jit(jax.grad(keras_cost))(weights), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5 * float(np.abs(wanted).max()))


@pytest.mark.parametrize("name", LAYERS)
def test_arguments_stand_in_the_same_order(name):
    theirs = [p for p in inspect.signature(getattr(keras.layers, name)).parameters if p not in {"kwargs", "activity_regularizer"}]
    own = list(inspect.signature(LAYERS[name]).parameters)
    if name == "Conv3DTranspose":  # there Keras has `data_format` first
        theirs[4:6] = ["output_padding", "data_format"]
    assert own[: len(theirs)] == theirs
    assert own[len(theirs) :] == ["name", "trainable", "dtype"]
