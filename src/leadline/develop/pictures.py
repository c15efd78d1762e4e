"""Examples as something to look at: rows that are images, and rows that are signals."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from leadline.data.split import Split
from leadline.types import NumpyArray

__all__ = ["MANY_COLUMNS", "described", "drawable"]

MANY_COLUMNS = 200
"""Numbers in so many columns or more, without names that mean something, are a signal rather than a table's row."""
_PIXEL = re.compile(r"pixel_(\d+)_(\d+)")
_MOST_CHANNELS = 12
_MOST_PIXELS, _MOST_STEPS = 64, 1000


def drawable(data: Split) -> NumpyArray | None:
    """The cv rows as images or as signals, if that is what they are.

    Images are inputs of a height and a width, with 1, 3 or 4 channels or none, and columns that are named `pixel_0_0` and so on.
    Signals are inputs of a time and a few channels, and arrays of very many columns.

    Returns:
        Images `(m, height, width, channels)`, signals `(m, steps, channels)`, or None.

    Examples:
        >>> from leadline.data.datasets import digits
        >>> from leadline.data.split import split
        >>> ink = digits()
        >>> drawable(split(ink.X, ink.y, features=ink.feature_names)).shape
        (359, 8, 8, 1)
        >>> drawable(split(np.zeros((20, 3)), [0, 1] * 10)) is None
        True
    """
    X, names = data.cv.X, data.feature_names
    if X.ndim == 4 and X.shape[-1] in (1, 3, 4):
        return X
    if X.ndim == 3:
        return X if X.shape[2] <= _MOST_CHANNELS and X.shape[1] >= 4 * X.shape[2] else X[..., None]
    if X.ndim != 2:
        return None
    if (grid := _grid(names)) is not None:
        return X.reshape(len(X), *grid, 1)
    return X[..., None] if data.preparation is None and len(names) >= MANY_COLUMNS else None


def _grid(names: tuple[str, ...]) -> tuple[int, int] | None:
    """Height and width of columns that are the pixels of an image, row after row."""
    found = [_PIXEL.fullmatch(name) for name in names]
    places = [(int(one[1]), int(one[2])) for one in found if one]
    if len(places) < max(len(names), 4):
        return None
    height, width = places[-1][0] + 1, places[-1][1] + 1
    return (height, width) if places == [divmod(place, width) for place in range(height * width)] else None


def described(drawn: NumpyArray) -> dict[str, Any]:
    """A few such examples as plain data: an image's values from 0 to 255 between the least and the largest of all.

    Args:
        drawn: Images `(examples, height, width, channels)`, or signals `(examples, steps, channels)`. Large ones are thinned.

    Examples:
        >>> described(np.array([[[[0.0], [0.5]], [[1.0], [0.25]]]]))
        {'kind': 'image', 'low': 0.0, 'high': 1.0, 'values': [[[[0], [127]], [[255], [63]]]]}
    """
    low, high = float(drawn.min(initial=0.0)), float(drawn.max(initial=0.0))
    if drawn.ndim == 3:
        thin = drawn[:, :: -(-drawn.shape[1] // _MOST_STEPS)]
        return {"kind": "signal", "low": low, "high": high, "values": _rounded(thin).tolist()}
    step = -(-max(drawn.shape[1:3]) // _MOST_PIXELS)
    levels = 255 * (np.asarray(drawn[:, ::step, ::step], np.float64) - low) / ((high - low) or 1.0)
    return {"kind": "image", "low": low, "high": high, "values": levels.astype(int).tolist()}


def _rounded(values: NumpyArray) -> NumpyArray:
    """To a thousandth of their range or finer, so that they are short as text."""
    spread = float(np.ptp(values)) or 1.0
    return np.asarray(np.round(values.astype(np.float64), int(4 - np.ceil(np.log10(spread)))))
