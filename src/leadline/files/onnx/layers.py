"""The layers that can be exported, each with what writes its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from leadline import layers
from leadline.files.onnx import categories, merging, normalizing, resizing, shaping, sliding
from leadline.files.onnx.activations import activated
from leadline.files.onnx.use import Use, Writer
from leadline.layers import Layer

__all__ = ["NAMES", "READ_WHOLE", "WRITERS"]


def _dense(use: Use) -> str:
    z = use.node("MatMul", use.x, use.arrays["kernel"])
    return activated(use, use.node("Add", z, use.arrays["bias"]) if use.layer.use_bias else z)


def _activation(use: Use) -> str:
    return activated(use, use.x)


def _relu(use: Use) -> str:
    """`min(x, max_value)` above the threshold, `negative_slope · (x − threshold)` below."""
    layer = use.layer
    above = use.x if layer.max_value is None else use.node("Clip", use.x, np.float32(0), np.float32(layer.max_value))
    shifted = use.node("Sub", use.x, np.float32(layer.threshold))
    below = use.node("Mul", use.node("Min", shifted, np.float32(0)), np.float32(layer.negative_slope))
    return use.node("Where", use.node("Greater", shifted, np.float32(0)), above, below)


def _leaky_relu(use: Use) -> str:
    return use.node("LeakyRelu", use.x, alpha=float(use.layer.negative_slope))


def _prelu(use: Use) -> str:
    return use.node("PRelu", use.x, use.arrays["alpha"])


def _elu(use: Use) -> str:
    return use.node("Elu", use.x, alpha=float(use.layer.alpha))


def _softmax(use: Use) -> str:
    """Along one axis ONNX's own; along several the exponentials of what lies below the largest, by their sum."""
    axes = use.layer.axes(use.shape)
    if len(axes) == 1:
        return use.node("Softmax", use.x, axis=axes[0])
    raised = use.node("Exp", use.node("Sub", use.x, use.reduced("Max", use.x, axes)))
    return use.node("Div", raised, use.reduced("Sum", raised, axes))


def _same(use: Use) -> str:
    """What works in training alone."""
    return use.x


WRITERS: Mapping[type[Layer], Writer] = MappingProxyType(
    {
        layers.Activation: _activation,
        layers.Add: merging.entrywise("Add"),
        layers.AlphaDropout: _same,
        layers.Average: merging.average,
        layers.AveragePooling1D: sliding.pooling("AveragePool"),
        layers.AveragePooling2D: sliding.pooling("AveragePool"),
        layers.AveragePooling3D: sliding.pooling("AveragePool"),
        layers.BatchNormalization: normalizing.batch_normalization,
        layers.CategoryEncoding: categories.category_encoding,
        layers.CenterCrop: resizing.middle,
        layers.Concatenate: merging.concatenate,
        layers.Conv1D: sliding.convolution,
        layers.Conv1DTranspose: sliding.transposed,
        layers.Conv2D: sliding.convolution,
        layers.Conv2DTranspose: sliding.transposed,
        layers.Conv3D: sliding.convolution,
        layers.Conv3DTranspose: sliding.transposed,
        layers.Cropping1D: shaping.cropping,
        layers.Cropping2D: shaping.cropping,
        layers.Cropping3D: shaping.cropping,
        layers.Dense: _dense,
        layers.DepthwiseConv1D: sliding.depthwise,
        layers.DepthwiseConv2D: sliding.depthwise,
        layers.Discretization: categories.discretization,
        layers.Dot: merging.dot,
        layers.Dropout: _same,
        layers.ELU: _elu,
        layers.Embedding: categories.embedding,
        layers.Flatten: shaping.flatten,
        layers.GaussianDropout: _same,
        layers.GaussianNoise: _same,
        layers.GlobalAveragePooling1D: sliding.global_pooling("Mean"),
        layers.GlobalAveragePooling2D: sliding.global_pooling("Mean"),
        layers.GlobalAveragePooling3D: sliding.global_pooling("Mean"),
        layers.GlobalMaxPooling1D: sliding.global_pooling("Max"),
        layers.GlobalMaxPooling2D: sliding.global_pooling("Max"),
        layers.GlobalMaxPooling3D: sliding.global_pooling("Max"),
        layers.GroupNormalization: normalizing.group_normalization,
        layers.LayerNormalization: normalizing.layer_normalization,
        layers.LeakyReLU: _leaky_relu,
        layers.LocallyConnected1D: sliding.locally_connected,
        layers.LocallyConnected2D: sliding.locally_connected,
        layers.MaxPooling1D: sliding.pooling("MaxPool"),
        layers.MaxPooling2D: sliding.pooling("MaxPool"),
        layers.MaxPooling3D: sliding.pooling("MaxPool"),
        layers.Maximum: merging.entrywise("Max"),
        layers.Minimum: merging.entrywise("Min"),
        layers.Multiply: merging.entrywise("Mul"),
        layers.Normalization: normalizing.normalization,
        layers.PReLU: _prelu,
        layers.Permute: shaping.permute,
        layers.RMSNormalization: normalizing.rms_normalization,
        layers.RandomBrightness: _same,
        layers.RandomContrast: _same,
        layers.RandomCrop: resizing.middle,
        layers.RandomFlip: _same,
        layers.RandomRotation: _same,
        layers.RandomTranslation: _same,
        layers.RandomZoom: _same,
        layers.ReLU: _relu,
        layers.RepeatVector: shaping.repeat_vector,
        layers.Rescaling: categories.rescaling,
        layers.Reshape: shaping.reshape,
        layers.Resizing: resizing.resizing,
        layers.SeparableConv1D: sliding.separable,
        layers.SeparableConv2D: sliding.separable,
        layers.Softmax: _softmax,
        layers.SpatialDropout1D: _same,
        layers.SpatialDropout2D: _same,
        layers.SpatialDropout3D: _same,
        layers.Subtract: merging.entrywise("Sub"),
        layers.UnitNormalization: normalizing.unit_normalization,
        layers.UpSampling1D: resizing.upsampling,
        layers.UpSampling2D: resizing.upsampling,
        layers.UpSampling3D: resizing.upsampling,
        layers.ZeroPadding1D: shaping.zero_padding,
        layers.ZeroPadding2D: shaping.zero_padding,
        layers.ZeroPadding3D: shaping.zero_padding,
    }
)

NAMES = tuple(sorted(kind.__name__ for kind in WRITERS))
"""The names of the layers that can be exported."""

READ_WHOLE: tuple[type[Layer], ...] = (layers.Embedding, layers.CategoryEncoding)
"""The layers that read whole numbers: an input which these alone read is one of whole numbers."""
