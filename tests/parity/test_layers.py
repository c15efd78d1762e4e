"""Layers without convolutions against Keras on its JAX backend: the same weights, the same numbers, the same gradients."""

import inspect
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leadline.layers.advanced_activations
import leadline.layers.augmentation
import leadline.layers.batch_normalization
import leadline.layers.dropout
import leadline.layers.embedding
import leadline.layers.layer_normalization
import leadline.layers.merging
import leadline.layers.noise
import leadline.layers.normalization
import leadline.layers.padding
import leadline.layers.pooling
import leadline.layers.preprocessing
import leadline.layers.resizing
import leadline.layers.shaping
import leadline.layers.warping

keras = pytest.importorskip("keras")

CLASSES = {
    name: getattr(module, name)
    for module in vars(leadline.layers).values()
    if inspect.ismodule(module)
    for name in getattr(module, "__all__", ())
    if inspect.isclass(getattr(module, name)) and getattr(module, name).__module__ == module.__name__
}
FIRST = {"data_format": "channels_first"}
STEPS, IMAGE, VOLUME = (7, 3), (7, 6, 3), (4, 5, 4, 2)

# the class, its arguments, the shape of one input (a list of shapes where it takes many)
CASES = [
    ("MaxPooling1D", {}, STEPS),
    ("MaxPooling1D", {"pool_size": 3}, STEPS),
    ("MaxPooling1D", {"pool_size": 3, "strides": 2}, STEPS),
    ("MaxPooling1D", {"pool_size": 2, "strides": 3}, STEPS),
    ("MaxPooling1D", {"pool_size": 3, "strides": 1, "padding": "same"}, STEPS),
    ("MaxPooling1D", {"padding": "same"}, STEPS),
    ("MaxPooling1D", {"pool_size": 4, "padding": "same", **FIRST}, (3, 7)),
    ("MaxPooling2D", {}, IMAGE),
    ("MaxPooling2D", {"pool_size": (3, 2)}, IMAGE),
    ("MaxPooling2D", {"padding": "same"}, IMAGE),
    ("MaxPooling2D", {"pool_size": 3, "strides": 1}, IMAGE),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2, "padding": "same"}, IMAGE),
    ("MaxPooling2D", {"pool_size": (1, 2), "strides": (3, 1)}, IMAGE),
    ("MaxPooling2D", {"pool_size": (2, 3), "padding": "same", **FIRST}, (2, 7, 6)),
    ("MaxPooling2D", {**FIRST}, (2, 7, 6)),
    ("MaxPooling3D", {}, VOLUME),
    ("MaxPooling3D", {"pool_size": (1, 2, 3), "strides": 2, "padding": "same"}, VOLUME),
    ("MaxPooling3D", {"pool_size": 2, "strides": 1, **FIRST}, (2, 4, 5, 4)),
    ("AveragePooling1D", {"pool_size": 2}, STEPS),
    ("AveragePooling1D", {"pool_size": 2, "padding": "same"}, STEPS),
    ("AveragePooling1D", {"pool_size": 4, "strides": 1, "padding": "same"}, STEPS),
    ("AveragePooling1D", {"pool_size": 3, "strides": 2, **FIRST}, (3, 7)),
    ("AveragePooling2D", {"pool_size": 2}, IMAGE),
    ("AveragePooling2D", {"pool_size": 3, "padding": "same"}, IMAGE),
    ("AveragePooling2D", {"pool_size": (3, 2), "strides": (1, 2)}, IMAGE),
    ("AveragePooling2D", {"pool_size": (5, 2), "strides": (2, 1), "padding": "same"}, IMAGE),
    ("AveragePooling2D", {"pool_size": 2, "padding": "same", **FIRST}, (2, 7, 5)),
    ("AveragePooling3D", {"pool_size": 2}, VOLUME),
    ("AveragePooling3D", {"pool_size": (2, 3, 1), "strides": 1, "padding": "same"}, VOLUME),
    ("AveragePooling3D", {"pool_size": 3, "padding": "same", **FIRST}, (2, 4, 5, 4)),
    *((f"Global{kind}Pooling1D", {}, STEPS) for kind in ("Max", "Average")),
    *((f"Global{kind}Pooling1D", {"keepdims": True, **FIRST}, STEPS) for kind in ("Max", "Average")),
    *((f"Global{kind}Pooling2D", {}, IMAGE) for kind in ("Max", "Average")),
    *((f"Global{kind}Pooling2D", {"keepdims": True}, IMAGE) for kind in ("Max", "Average")),
    *((f"Global{kind}Pooling2D", {**FIRST}, IMAGE) for kind in ("Max", "Average")),
    *((f"Global{kind}Pooling3D", {}, VOLUME) for kind in ("Max", "Average")),
    *((f"Global{kind}Pooling3D", {"keepdims": True, **FIRST}, VOLUME) for kind in ("Max", "Average")),
    ("Flatten", {}, IMAGE),
    ("Flatten", {**FIRST}, IMAGE),
    ("Flatten", {**FIRST}, (4,)),
    ("Reshape", {"target_shape": (3, 14)}, (3, 7, 2)),
    ("Reshape", {"target_shape": (-1, 3, 7)}, IMAGE),
    ("Reshape", {"target_shape": (-1,)}, IMAGE),
    ("Permute", {"dims": (2, 1)}, STEPS),
    ("Permute", {"dims": (3, 1, 2)}, IMAGE),
    ("RepeatVector", {"n": 3}, (4,)),
    ("ZeroPadding1D", {}, STEPS),
    ("ZeroPadding1D", {"padding": (0, 2)}, STEPS),
    ("ZeroPadding1D", {"padding": 2, **FIRST}, STEPS),
    ("ZeroPadding2D", {}, IMAGE),
    ("ZeroPadding2D", {"padding": 2}, IMAGE),
    ("ZeroPadding2D", {"padding": ((0, 1), (2, 3))}, IMAGE),
    ("ZeroPadding2D", {"padding": (1, 2), **FIRST}, IMAGE),
    ("ZeroPadding3D", {}, VOLUME),
    ("ZeroPadding3D", {"padding": ((0, 1), (2, 0), (1, 1)), **FIRST}, VOLUME),
    ("Cropping1D", {}, STEPS),
    ("Cropping1D", {"cropping": (0, 3)}, STEPS),
    ("Cropping2D", {}, IMAGE),
    ("Cropping2D", {"cropping": 2}, IMAGE),
    ("Cropping2D", {"cropping": ((0, 1), (2, 3))}, IMAGE),
    ("Cropping2D", {"cropping": (1, 0), **FIRST}, IMAGE),
    ("Cropping3D", {}, VOLUME),
    ("Cropping3D", {"cropping": ((0, 1), (2, 0), (1, 1)), **FIRST}, (2, 4, 5, 4)),
    ("UpSampling1D", {}, STEPS),
    ("UpSampling1D", {"size": 3}, STEPS),
    ("UpSampling2D", {}, IMAGE),
    ("UpSampling2D", {"size": (1, 3), **FIRST}, IMAGE),
    ("UpSampling2D", {"interpolation": "bilinear"}, IMAGE),
    ("UpSampling2D", {"size": (3, 2), "interpolation": "bicubic"}, IMAGE),
    ("UpSampling2D", {"size": 2, "interpolation": "bilinear", **FIRST}, IMAGE),
    ("UpSampling2D", {"size": 2, "interpolation": "lanczos3"}, IMAGE),
    ("UpSampling3D", {}, VOLUME),
    ("UpSampling3D", {"size": (1, 2, 3), **FIRST}, VOLUME),
    ("Resizing", {"height": 4, "width": 9}, IMAGE),
    ("Resizing", {"height": 4, "width": 3, "antialias": True}, IMAGE),
    ("Resizing", {"height": 9, "width": 9, "interpolation": "nearest"}, IMAGE),
    ("Resizing", {"height": 9, "width": 8, "interpolation": "bicubic", **FIRST}, (3, 7, 6)),
    ("Resizing", {"height": 3, "width": 5, "crop_to_aspect_ratio": True}, IMAGE),
    ("Resizing", {"height": 5, "width": 2, "crop_to_aspect_ratio": True}, IMAGE),
    ("Resizing", {"height": 3, "width": 5, "pad_to_aspect_ratio": True, "fill_value": 2.0}, IMAGE),
    ("Resizing", {"height": 9, "width": 3, "pad_to_aspect_ratio": True}, IMAGE),
    ("CenterCrop", {"height": 3, "width": 3}, IMAGE),
    ("CenterCrop", {"height": 4, "width": 2, **FIRST}, (3, 7, 6)),
    ("CenterCrop", {"height": 9, "width": 3}, IMAGE),
    *((name, {}, [(4,), (4,), (4,)]) for name in ("Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")),
    *((name, {}, [(4, 3), (1, 3)]) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")),
    *((name, {}, [(2, 4, 3), (3,)]) for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")),
    ("Add", {}, [(4,)]),
    ("Concatenate", {"axis": 1}, [(2, 3), (4, 3)]),
    ("Concatenate", {"axis": -2}, [(2, 3), (4, 3), (1, 3)]),
    ("Concatenate", {"axis": 3}, [(2, 2, 3), (2, 2, 1)]),
    ("Dot", {"axes": 1}, [(4,), (4,)]),
    ("Dot", {"axes": -1, "normalize": True}, [(4,), (4,)]),
    ("Dot", {"axes": 1}, [(4, 3), (4, 5)]),
    ("Dot", {"axes": 2, "normalize": True}, [(4, 3), (5, 3)]),
    ("Dot", {"axes": (1, 2)}, [(3, 4), (5, 3)]),
    ("Dot", {"axes": (-1, 1)}, [(2, 4, 3), (3, 5)]),
    ("Dot", {"axes": (2, 1)}, [(4, 3), (3,)]),
    ("Dot", {"axes": (1, 2)}, [(3,), (4, 3)]),
    ("BatchNormalization", {}, (4,)),
    ("BatchNormalization", {}, IMAGE),
    ("BatchNormalization", {"axis": 1}, IMAGE),
    ("BatchNormalization", {"center": False}, (4,)),
    ("BatchNormalization", {"scale": False, "epsilon": 0.1, "momentum": 0.5}, STEPS),
    ("BatchNormalization", {"center": False, "scale": False, "axis": -2}, STEPS),
    ("LayerNormalization", {}, (4,)),
    ("LayerNormalization", {}, IMAGE),
    ("LayerNormalization", {"axis": 1, "epsilon": 0.1}, IMAGE),
    ("LayerNormalization", {"axis": (1, 3)}, IMAGE),
    ("LayerNormalization", {"axis": (-1, -2), "center": False}, IMAGE),
    ("LayerNormalization", {"scale": False}, STEPS),
    ("GroupNormalization", {"groups": 2}, (4,)),
    ("GroupNormalization", {"groups": 3}, (5, 4, 6)),
    ("GroupNormalization", {"groups": 1, "epsilon": 0.1}, IMAGE),
    ("GroupNormalization", {"groups": -1}, IMAGE),
    ("GroupNormalization", {"groups": 2, "axis": 1}, (4, 5, 3)),
    ("GroupNormalization", {"groups": 2, "axis": 2, "center": False}, (5, 4, 3)),
    ("GroupNormalization", {"groups": 2, "scale": False}, (5, 4)),
    ("RMSNormalization", {}, (4,)),
    ("RMSNormalization", {"axis": -1, "epsilon": 0.1}, IMAGE),
    ("UnitNormalization", {}, (4,)),
    ("UnitNormalization", {"axis": 1}, IMAGE),
    ("UnitNormalization", {"axis": (1, 2)}, IMAGE),
    *((name, {"rate": 0.5}, (4, 3)) for name in ("Dropout", "AlphaDropout", "GaussianDropout", "SpatialDropout1D")),
    ("GaussianNoise", {"stddev": 0.5}, (4,)),
    ("ReLU", {}, (4, 3)),
    ("ReLU", {"max_value": 1.0, "negative_slope": 0.1, "threshold": 0.2}, (4, 3)),
    ("LeakyReLU", {}, (4, 3)),
    ("LeakyReLU", {"negative_slope": 0.1}, (4, 3)),
    ("PReLU", {}, (4, 3)),
    ("PReLU", {"shared_axes": (1, 2)}, IMAGE),
    ("PReLU", {"shared_axes": 1}, STEPS),
    ("ELU", {}, (4, 3)),
    ("ELU", {"alpha": 0.5}, (4, 3)),
    ("Softmax", {}, (4, 3)),
    ("Softmax", {"axis": 1}, (4, 3)),
    ("Softmax", {"axis": (1, 2)}, (4, 3)),
    ("Rescaling", {"scale": 0.5}, (4, 3)),
    ("Rescaling", {"scale": 1 / 127.5, "offset": -1.0}, IMAGE),
    ("Rescaling", {"scale": (1.0, 2.0, 3.0), "offset": (0.1, 0.2, 0.3)}, IMAGE),
    ("Normalization", {"mean": 0.5, "variance": 4.0}, (3,)),
    ("Normalization", {"mean": (1.0, 2.0, 3.0), "variance": (1.0, 0.0, 4.0)}, (4, 3)),
    ("Normalization", {"mean": (1.0, 2.0, 3.0), "variance": (1.0, 0.5, 4.0), "invert": True}, (4, 3)),
]
# the class, its arguments, how many categories the numbers have, the shape of one input
NUMBERS = [
    ("Embedding", {"input_dim": 9, "output_dim": 4}, 9, (3,)),
    ("Embedding", {"input_dim": 9, "output_dim": 2}, 9, (3, 2)),
    ("Embedding", {"input_dim": 5, "output_dim": 2}, 9, (3,)),
    ("CategoryEncoding", {"num_tokens": 9}, 9, (3,)),
    ("CategoryEncoding", {"num_tokens": 9, "output_mode": "count"}, 9, (5,)),
    ("CategoryEncoding", {"num_tokens": 9, "output_mode": "one_hot"}, 9, (1,)),
    ("CategoryEncoding", {"num_tokens": 9, "output_mode": "one_hot"}, 9, (4,)),
    ("CategoryEncoding", {"num_tokens": 5, "output_mode": "one_hot"}, 9, (4, 1)),
    ("Discretization", {"bin_boundaries": (1.0, 2.5, 7.0)}, 9, (4,)),
    ("Discretization", {"bin_boundaries": (1.0, 2.5, 7.0), "output_mode": "one_hot"}, 9, (4,)),
    ("Discretization", {"bin_boundaries": (3.0,), "output_mode": "multi_hot"}, 9, (2,)),
    ("Discretization", {"bin_boundaries": (3.0,), "output_mode": "count"}, 9, (3,)),
]
SIDES = {"fill_mode": "constant", "fill_value": 2.0}
# the class, its arguments: so narrow a range that chance has no choice
CERTAIN = [
    ("RandomRotation", {"factor": (0.1, 0.1)}),
    ("RandomRotation", {"factor": (-0.3, -0.3), "fill_mode": "nearest"}),
    ("RandomRotation", {"factor": (0.25, 0.25), "fill_mode": "wrap"}),
    ("RandomRotation", {"factor": (0.2, 0.2), "interpolation": "nearest", **SIDES}),
    ("RandomRotation", {"factor": (0.05, 0.05), **SIDES}),
    ("RandomZoom", {"height_factor": (0.3, 0.3)}),
    ("RandomZoom", {"height_factor": (-0.4, -0.4), "width_factor": (0.2, 0.2)}),
    ("RandomZoom", {"height_factor": (0.5, 0.5), "fill_mode": "nearest"}),
    ("RandomZoom", {"height_factor": (0.25, 0.25), "width_factor": (0.0, 0.0), **SIDES}),
    ("RandomZoom", {"height_factor": (0.3, 0.3), "interpolation": "nearest", "fill_mode": "wrap"}),
    ("RandomTranslation", {"height_factor": (0.2, 0.2), "width_factor": (-0.3, -0.3)}),
    ("RandomTranslation", {"height_factor": (-0.5, -0.5), "width_factor": 0.0, "fill_mode": "wrap"}),
    ("RandomTranslation", {"height_factor": (0.31, 0.31), "width_factor": (0.7, 0.7), **SIDES}),
    ("RandomTranslation", {"height_factor": (0.31, 0.31), "width_factor": (0.1, 0.1), "interpolation": "nearest"}),
    ("RandomTranslation", {"height_factor": 0.0, "width_factor": (0.4, 0.4), "fill_mode": "nearest"}),
    ("RandomContrast", {"factor": (0.0, 0.0)}),
    ("RandomContrast", {"factor": (0.0, 0.0), "value_range": (-1.0, 0.5)}),
    ("RandomBrightness", {"factor": (0.3, 0.3), "value_range": (-2.0, 2.0)}),
    ("RandomBrightness", {"factor": (-0.9, -0.9), "value_range": (0, 1)}),
]
# arguments of Keras's that are not taken: of this kind there is nothing here, or it comes from elsewhere
NOT_TAKEN = {"seed", "bounding_box_format", "synchronized", "renorm", "renorm_clipping", "renorm_momentum", "sparse", "mask_zero"}
NOT_TAKEN |= {"weights", "lora_rank", "lora_alpha", "quantization_config", "num_bins", "name", "dtype", "kwargs"}
BY_LAYER = {
    "Resizing": {"fill_mode"},
    "Discretization": {"epsilon"},
}  # borders have one mode; no `adapt`, hence no precision of it


def batch(shape, seed=0):
    return np.random.default_rng(seed).normal(size=(3, *shape)).astype(np.float32)


def pair(name, options, x):
    """Ours and Keras's for inputs like `x`, and the same random weights as our params and state and in Keras's layer."""
    ours, theirs = CLASSES[name](**options), getattr(keras.layers, name)(**options)
    theirs.build([one.shape for one in x] if isinstance(x, tuple) else x.shape)
    shape = tuple(one.shape[1:] for one in x) if isinstance(x, tuple) else x.shape[1:]
    if name == "Normalization":
        return ours, theirs, *ours.init(jax.random.key(0), shape)
    trees = jax.eval_shape(lambda key: ours.init(key, shape), jax.random.key(0))
    shapes = {name: tree[name].shape for name in ours.weight_names for tree in trees if name in tree}
    assert list(shapes.values()) == [weight.shape for weight in theirs.weights]
    random = np.random.default_rng(1)
    weights = {name: random.uniform(0.5, 1.5, shape).astype(np.float32) for name, shape in shapes.items()}
    for variable, weight in zip(theirs.weights, weights.values(), strict=True):
        variable.assign(weight)
    return ours, theirs, *({name: weights[name] for name in tree} for tree in trees)


def named(cases):
    return pytest.mark.parametrize("case", cases, ids=[f"{one[0]}-{i}" for i, one in enumerate(cases)])


def with_slopes(function, x):
    """What a function gives, and the gradient of the sum of its sine, in one program."""
    return jax.jit(lambda x: (function(x), jax.grad(lambda x: jnp.sum(jnp.sin(function(x))))(x)))(x)


@named(CASES)
def test_floating_inputs(case):
    name, options, shape = case
    x = tuple(batch(one, i) for i, one in enumerate(shape)) if isinstance(shape, list) else batch(shape)
    ours, theirs, params, state = pair(name, options, x)
    expected, their_slopes = with_slopes(lambda x: theirs(list(x) if isinstance(x, tuple) else x), x)
    output, slopes = with_slopes(lambda x: ours.run(params, state, x)[0], x)
    np.testing.assert_allclose(output, expected, rtol=1e-5, atol=1e-6)
    assert output.shape == (3, *ours.output_shape(tuple(shape) if isinstance(shape, list) else shape))
    for one, other in zip(*map(jax.tree.leaves, (slopes, their_slopes)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


@named(NUMBERS)
def test_whole_numbers(case):
    name, options, many, shape = case
    x = np.random.default_rng(0).integers(0, many, (3, *shape)).astype(np.int32)
    ours, theirs, params, state = pair(name, options, x)
    output = jax.jit(lambda x: ours.run(params, state, x)[0])(x)
    np.testing.assert_allclose(output, theirs(x), rtol=1e-5)
    assert output.shape == (3, *ours.output_shape(shape))


@named([case for case in CASES if case[0] == "BatchNormalization"])
def test_batches_in_training(case):
    name, options, shape = case
    x = batch(shape) * 3 + 1
    ours, theirs, params, state = pair(name, options, x)
    for _ in range(2):
        output, state = ours.run(params, state, x, training=True)
        np.testing.assert_allclose(output, theirs(x, training=True), rtol=1e-5, atol=2e-6)
        for one, other in zip(state.values(), theirs.non_trainable_variables, strict=True):
            np.testing.assert_allclose(one, other.value, rtol=1e-5)


@named(CERTAIN)
@pytest.mark.parametrize("order", ["channels_last", "channels_first"])
def test_images_in_training(case, order):
    name, options = case
    x = batch((5, 8, 2) if order == "channels_last" else (2, 5, 8))
    ours, theirs = CLASSES[name](**options, data_format=order), getattr(keras.layers, name)(**options, data_format=order)
    output = jax.jit(lambda x: ours.run({}, {}, x, training=True, key=jax.random.key(0))[0])(x)
    np.testing.assert_allclose(output, theirs(x, training=True), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES + NUMBERS + CERTAIN}))
def test_arguments(name):
    theirs, ours = (inspect.signature(one).parameters for one in (getattr(keras.layers, name).__init__, CLASSES[name]))
    known = [one for one in theirs if one not in {"self", *NOT_TAKEN, *BY_LAYER.get(name, ())}]
    # Some that Keras refuses to do without it declares with a default of None.
    missing = {inspect.Parameter.empty: None}
    for one in set(known).intersection(ours):
        default, own = (missing.get(side[one].default, side[one].default) for side in (theirs, ours))
        assert np.array_equal(np.broadcast_to(own, np.shape(default)), default), one
    by_place = [one for one in ours if ours[one].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD]
    assert by_place == list(theirs)[1 : len(by_place) + 1]
    assert set(known) <= set(ours)
