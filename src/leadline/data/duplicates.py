"""Examples that occur more than once."""

from __future__ import annotations

from collections.abc import Mapping

from leadline.types import NumpyArray

__all__ = ["again", "keys"]


def again(parts: Mapping[str, tuple[NumpyArray, NumpyArray]]) -> dict[str, list[bool]]:
    """Of each part but train, which of its examples stand in train too, with equal features and target.

    Args:
        parts: For "train", "cv", … its X, shape (m, features…), and y, shape (m,).

    Examples:
        >>> import numpy as np
        >>> X = np.array([[1.0], [2.0]])
        >>> again({"train": (X, np.array([0, 1])), "cv": (X, np.array([0, 0]))})
        {'cv': [True, False]}
    """
    pairs = {name: list(zip(keys(X), y.tolist())) for name, (X, y) in parts.items()}
    known = set(pairs["train"])
    return {name: [pair in known for pair in own] for name, own in pairs.items() if name != "train"}


def keys(X: NumpyArray) -> list[int]:
    """A number for each example, equal for equal features.

    Examples:
        >>> import numpy as np
        >>> first, second, third = keys(np.array([[1.0], [2.0], [1.0]]))
        >>> first == third, first == second
        (True, False)
    """
    return [hash(x.tobytes()) for x in X]
