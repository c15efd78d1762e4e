"""Layers, under Keras's names: one concept a file, every layer a frozen dataclass with `init` and `apply`."""

from leadline.layers.activation import Activation
from leadline.layers.dense import Dense
from leadline.layers.dropout import Dropout
from leadline.layers.input import Input
from leadline.layers.layer import Layer
from leadline.layers.normalization import Normalization
from leadline.layers.shaping import Flatten

__all__ = ["Activation", "Dense", "Dropout", "Flatten", "Input", "Layer", "Normalization"]
