"""Operators that have more than one form: each is computed in the one that suits the device, with the same numbers."""

from leadline.ops.convolution import convolve, transposed
from leadline.ops.windows import padding_amounts, patches, positions

__all__ = ["convolve", "padding_amounts", "patches", "positions", "transposed"]
