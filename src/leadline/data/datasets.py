"""The small data sets that scikit-learn carries, for a first look and for tests: nothing is fetched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from leadline.types import NumpyArray

__all__ = ["Dataset", "breast_cancer", "diabetes", "digits", "wine"]


@dataclass(frozen=True, eq=False)
class Dataset:
    """Examples and their target.

    Attributes:
        X: float32, shape (m, features).
        y: Shape (m,): int32 class indices, or float64 for regression.
        feature_names: Names of the features.
        target_name: What y is.
        class_names: Names of the classes; empty for regression.
        image_shape: Height and width where an example is an image, row after row in X; else None.
        source: Where the data come from and under which licence.
    """

    X: NumpyArray
    y: NumpyArray
    feature_names: tuple[str, ...]
    target_name: str
    class_names: tuple[str, ...]
    image_shape: tuple[int, int] | None
    source: str

    def __repr__(self) -> str:
        """What it is, without its numbers."""
        return f"Dataset(X={self.X.shape}, y={self.y.shape}, target_name={self.target_name!r}, source={self.source!r})"


def digits() -> Dataset:
    """1,797 handwritten digits of 8×8 pixels, ink from 0 to 1, and which digit it is.

    Examples:
        >>> data = digits()
        >>> data.X.shape, data.X.dtype.name, float(data.X.max()), data.image_shape
        ((1797, 64), 'float32', 1.0, (8, 8))
    """
    from sklearn.datasets import load_digits

    source = "UCI, Optical Recognition of Handwritten Digits (E. Alpaydin, C. Kaynak, 1998), CC BY 4.0; in scikit-learn"
    return _dataset(load_digits(), "digit", source, ink=16.0, image_shape=(8, 8))


def wine() -> Dataset:
    """178 wines of three growers by 13 chemical measurements, each in its own unit.

    Examples:
        >>> wine().X.shape, wine().class_names
        ((178, 13), ('class_0', 'class_1', 'class_2'))
    """
    from sklearn.datasets import load_wine

    return _dataset(load_wine(), "grower", "UCI, Wine (S. Aeberhard, M. Forina, 1991), CC BY 4.0; in scikit-learn")


def breast_cancer() -> Dataset:
    """569 tumours, malignant or benign, by 30 measurements of cell nuclei, each in its own unit.

    Examples:
        >>> breast_cancer().X.shape, breast_cancer().class_names
        ((569, 30), ('malignant', 'benign'))
    """
    from sklearn.datasets import load_breast_cancer

    source = "UCI, Breast Cancer Wisconsin (Diagnostic) (W. Wolberg and others, 1993), CC BY 4.0; in scikit-learn"
    return _dataset(load_breast_cancer(), "diagnosis", source)


def diabetes() -> Dataset:
    """442 patients by 10 measurements, and how far their diabetes had progressed a year later, from 25 to 346.

    The measurements come centred, each column with a sum of squares of 1.

    Examples:
        >>> diabetes().X.shape, diabetes().y.dtype.name
        ((442, 10), 'float64')
    """
    from sklearn.datasets import load_diabetes

    source = "B. Efron, T. Hastie, I. Johnstone, R. Tibshirani, Least Angle Regression, 2004; in scikit-learn (BSD-3-Clause)"
    return _dataset(load_diabetes(), "progression", source)


def _dataset(bunch: Any, target_name: str, source: str, ink: float = 1.0, image_shape: tuple[int, int] | None = None) -> Dataset:
    """A data set of scikit-learn's, its X divided by `ink`."""
    classes = tuple(str(name) for name in getattr(bunch, "target_names", ()))
    return Dataset(
        X=(bunch.data / ink).astype(np.float32),
        y=bunch.target.astype(np.int32 if classes else np.float64),
        feature_names=tuple(str(name) for name in bunch.feature_names),
        target_name=target_name,
        class_names=classes,
        image_shape=image_shape,
        source=source,
    )
