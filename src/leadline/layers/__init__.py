"""Layers, under Keras's names: one concept a file, every layer a frozen dataclass with `init` and `apply`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from leadline import config
from leadline.errors import ArgumentError
from leadline.layers.activation import Activation
from leadline.layers.advanced_activations import ELU, LeakyReLU, PReLU, ReLU, Softmax
from leadline.layers.augmentation import RandomBrightness, RandomContrast, RandomCrop, RandomFlip
from leadline.layers.batch_normalization import BatchNormalization
from leadline.layers.convolution import Conv1D, Conv2D, Conv3D
from leadline.layers.dense import Dense
from leadline.layers.depthwise import DepthwiseConv1D, DepthwiseConv2D, SeparableConv1D, SeparableConv2D
from leadline.layers.dropout import AlphaDropout, Dropout, SpatialDropout1D, SpatialDropout2D, SpatialDropout3D
from leadline.layers.embedding import Embedding
from leadline.layers.layer import Layer
from leadline.layers.layer_normalization import GroupNormalization, LayerNormalization, RMSNormalization, UnitNormalization
from leadline.layers.locally_connected import LocallyConnected1D, LocallyConnected2D
from leadline.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from leadline.layers.noise import GaussianDropout, GaussianNoise
from leadline.layers.normalization import Normalization
from leadline.layers.padding import Cropping1D, Cropping2D, Cropping3D, ZeroPadding1D, ZeroPadding2D, ZeroPadding3D
from leadline.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from leadline.layers.preprocessing import CategoryEncoding, Discretization, Rescaling
from leadline.layers.resizing import CenterCrop, Resizing, UpSampling1D, UpSampling2D, UpSampling3D
from leadline.layers.shaping import Flatten, Permute, RepeatVector, Reshape
from leadline.layers.symbol import Input
from leadline.layers.transposed import Conv1DTranspose, Conv2DTranspose, Conv3DTranspose
from leadline.layers.warping import RandomRotation, RandomTranslation, RandomZoom

__all__ = ["LAYERS", "Input", "Layer", "get"]
__all__ += ["Activation", "Add", "AlphaDropout", "Average", "AveragePooling1D", "AveragePooling2D", "AveragePooling3D"]
__all__ += ["BatchNormalization", "CategoryEncoding", "CenterCrop", "Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D"]
__all__ += ["Conv2DTranspose", "Conv3D", "Conv3DTranspose", "Cropping1D", "Cropping2D", "Cropping3D", "Dense"]
__all__ += ["ELU", "DepthwiseConv1D", "DepthwiseConv2D", "Discretization", "Dot", "Dropout", "Embedding", "Flatten"]
__all__ += ["GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalAveragePooling3D"]
__all__ += ["GlobalMaxPooling1D", "GlobalMaxPooling2D", "GlobalMaxPooling3D", "GroupNormalization", "LayerNormalization"]
__all__ += ["LeakyReLU", "LocallyConnected1D", "LocallyConnected2D", "MaxPooling1D", "MaxPooling2D", "MaxPooling3D", "Maximum"]
__all__ += ["Minimum", "Multiply", "Normalization", "PReLU", "Permute", "RMSNormalization", "RandomBrightness"]
__all__ += ["RandomContrast", "RandomCrop", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "ReLU"]
__all__ += ["RepeatVector", "Rescaling", "Reshape", "Resizing", "SeparableConv1D", "SeparableConv2D", "Softmax"]
__all__ += ["SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "Subtract", "UnitNormalization", "UpSampling1D"]
__all__ += ["UpSampling2D", "UpSampling3D", "ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"]

LAYERS: Mapping[str, type[Layer]] = MappingProxyType(
    {name: globals()[name] for name in __all__ if name not in ("LAYERS", "Input", "Layer", "get")}
)
"""Every layer that a description can name."""


def get(identifier: Layer | type[Layer] | Mapping[str, Any]) -> Layer:
    """The layer meant by a description `{"class_name": …, "config": …}`, as `config.described` gives it, a class, or a layer.

    Raises:
        ArgumentError: The class is unknown, or its arguments are.

    Examples:
        >>> get(config.described(Dense(3, "relu"))) == Dense(3, "relu")
        True
    """
    made = identifier() if isinstance(identifier, type) else config.built(identifier, LAYERS)
    if not isinstance(made, Layer):
        raise ArgumentError(f"A layer must be a Layer, its class, or a description of one. Got {identifier!r}.")
    return made
