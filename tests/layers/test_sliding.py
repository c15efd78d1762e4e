"""What every layer with a sliding window does alike: its arguments, the order of axes, what it refuses, and its description."""

import jax
import numpy as np
import pytest

from leadline import regularizers
from leadline.errors import ArgumentError, ShapeError
from leadline.layers.convolution import Conv1D, Conv2D, Conv3D
from leadline.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from leadline.layers.locally_connected import LocallyConnected1D, LocallyConnected2D
from leadline.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose

SIZES = (7, 6, 5)
LAYERS = [Conv1D, Conv2D, Conv3D, SeparableConv1D, SeparableConv2D, LocallyConnected1D, LocallyConnected2D, Conv1DTranspose]
LAYERS += [Conv2DTranspose, Conv3DTranspose, DepthwiseConv1D, DepthwiseConv2D]
SHRINKING = [layer for layer in LAYERS if "Transpose" not in layer.__name__]
KEY = jax.random.key(0)


def drawn(key, shape, dtype):
    """Random numbers as NumPy draws them, which compiles nothing."""
    return np.random.default_rng(0).normal(size=shape).astype(dtype)


def made(layer, *, filters=4, **options):
    options = {"kernel_size": 3, **{f"{kernel}_initializer": drawn for kernel in layer.kernel_names}, **options}
    return layer(**options) if "Depthwise" in layer.__name__ else layer(filters, **options)


def example(layer, channels=3):
    return (*SIZES[: layer.rank], channels)


@pytest.mark.parametrize("layer", LAYERS)
def test_shapes_that_are_told_are_those_that_come(layer):
    own, shape = made(layer, strides=2), example(layer)
    assert own(np.ones((2, *shape))).shape == (2, *own.output_shape(shape))
    assert own.shapes(shape) == {name: array.shape for name, array in own.weights.params.items()}
    assert [w.shape for w in own.get_weights()] == [own.shapes(shape)[name] for name in own.weight_names]
    assert "bias" not in made(layer, use_bias=False).shapes(shape)


@pytest.mark.parametrize("layer", LAYERS)
def test_channels_first_is_the_same_with_another_order_of_axes(layer):
    last, first = made(layer, activation="relu"), made(layer, activation="relu", data_format="channels_first")
    x = np.random.default_rng(0).normal(size=(2, *example(layer)))
    wanted = last(x)
    first.build((x.shape[-1], *x.shape[1:-1]))
    weights = last.get_weights()
    if "Locally" in layer.__name__:  # whose kernel has the entries of a channel together
        places, entries, filters = weights[0].shape
        weights[0] = weights[0].reshape(places, -1, x.shape[-1], filters).swapaxes(1, 2).reshape(places, entries, filters)
    first.set_weights(weights)
    np.testing.assert_allclose(np.moveaxis(first(np.moveaxis(x, -1, 1)), 1, -1), wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", LAYERS)
def test_its_description_makes_it_again(layer):
    plain = {f"{kernel}_initializer": "he_normal" for kernel in layer.kernel_names}
    own = made(layer, strides=2, data_format="channels_first", activation="tanh", **plain)
    assert layer.from_config(own.get_config()) == own
    assert own.kernel_size == (3,) * layer.rank


@pytest.mark.parametrize("layer", LAYERS)
def test_it_survives_as_a_pytree(layer):
    own = made(layer, bias_regularizer=regularizers.L2(0.5))
    params, _ = own.init(KEY, example(layer))
    doubled = jax.tree.map(lambda leaf: 2 * leaf, own)
    assert jax.tree.leaves(doubled) == [1.0]
    x = np.ones((1, *example(layer)), np.float32)
    np.testing.assert_array_equal(doubled.apply(params, {}, x)[0], own.apply(params, {}, x)[0])


@pytest.mark.parametrize("layer", LAYERS)
def test_each_array_has_its_penalty_and_its_constraint(layer):
    for name in layer.weight_names:
        own = made(layer, **{f"{name}_initializer": "ones", f"{name}_regularizer": regularizers.L1(2.0)})
        params, _ = own.init(KEY, example(layer))
        assert float(own.penalty(params)) == 2 * params[name].size
        held = made(layer, **{f"{name}_constraint": lambda w: 0 * w})
        assert not held.constrain(params)[name].any()
    assert set(layer.weight_names) == {*layer.kernel_names, "bias"}


@pytest.mark.parametrize("policy", ["bfloat16", "mixed_bfloat16", "float16", "float32"])
@pytest.mark.parametrize("layer", [Conv2D, SeparableConv1D, Conv1DTranspose, LocallyConnected1D])
def test_precision(layer, policy):
    own = made(layer, dtype=policy)
    assert own(np.ones((1, *example(layer)))).dtype == policy.removeprefix("mixed_")
    kernel = own.weights.params[layer.kernel_names[0]]
    assert kernel.dtype == ("float32" if policy.startswith("mixed") else policy)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kernel_size": 0}, "'kernel_size' of {name} must be a whole number of at least 1.* Got 0"),
        ({"kernel_size": (3, 3, 3, 3)}, "'kernel_size' of {name} must be"),
        ({"kernel_size": 2.5}, "'kernel_size' of {name} must be"),
        ({"kernel_size": "3"}, "'kernel_size' of {name} must be"),
        ({"strides": -1}, "'strides' of {name} must be"),
        ({"strides": True}, "'strides' of {name} must be"),
        ({"padding": "vald"}, "Unknown padding of {name} 'vald'. Did you mean 'valid'"),
        ({"padding": 3}, "Unknown padding of {name} 3"),
        ({"data_format": "channel_last"}, "Unknown data_format of {name} 'channel_last'. Did you mean 'channels_last'"),
        ({"activation": "rleu"}, "Unknown activation 'rleu'"),
    ],
)
def test_arguments_that_are_refused(layer, options, message):
    with pytest.raises(ArgumentError, match=message.format(name=layer.__name__, rank=layer.rank)):
        made(layer, **options)


@pytest.mark.parametrize("layer", [layer for layer in LAYERS if "Depthwise" not in layer.__name__])
@pytest.mark.parametrize("filters", [0, -1, 2.5, None, True])
def test_filters_that_are_none(layer, filters):
    with pytest.raises(ArgumentError, match=f"'filters' of {layer.__name__} must be a positive whole number"):
        made(layer, filters=filters)


@pytest.mark.parametrize("layer", LAYERS)
def test_another_number_of_axes(layer):
    with pytest.raises(ShapeError, match=rf"{layer.__name__} got examples of shape .* wants \(.*channels\).*x\[\.\.\., None\]"):
        made(layer).output_shape(SIZES[: layer.rank])
    with pytest.raises(ShapeError, match=r"wants \(channels, .*Reshape it"):
        made(layer, data_format="channels_first").output_shape((3, *SIZES, 2))


@pytest.mark.parametrize("layer", SHRINKING)
def test_no_room_for_the_window(layer):
    with pytest.raises(
        ShapeError, match=r"'small' got examples of shape .*the output would have sizes \(-?\d.*Enlarge the examples"
    ):
        made(layer, kernel_size=8, name="small").build(example(layer))


@pytest.mark.parametrize("layer", [Conv1D, Conv2D, Conv3D, Conv1DTranspose, Conv2DTranspose, Conv3DTranspose])
def test_strides_and_dilation_together(layer):
    with pytest.raises(ArgumentError, match=f"{layer.__name__} takes strides above 1 or a dilation_rate above 1, not both"):
        made(layer, strides=2, dilation_rate=2)
