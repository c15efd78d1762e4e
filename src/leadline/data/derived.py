"""Data sets derived from a split: the same rows with more inputs, or fewer; fitted on train alone, the test still sealed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from leadline.data.features import Preparation, fit_preparation
from leadline.data.split import Split
from leadline.data.table import Table, from_frame
from leadline.errors import ArgumentError, ShapeError
from leadline.types import NumpyArray
from leadline.words import english

__all__ = ["keeping", "table_of", "with_powers"]


def with_powers(data: Split, degree: int = 2) -> Split:
    """The same rows with powers and products of the numeric features beside them, x_i x_j … of `degree` factors at most.

    A term is the product of standardised numbers, and is standardised again, each by its mean and deviation over train. Of a
    table it is what `split(table, …, polynomial=degree)` gives, to float32's rounding. Of arrays all columns are numbers: they
    stay as they are, the terms come after them, and `preparation` turns `table_of(X, names)` into the same inputs.

    Args:
        data: The split.
        degree: The largest number of factors, from 2 on.

    Raises:
        ArgumentError: A degree that is none, more than 10,000 terms, no numbers, terms that are there already, or features that
            were left out before (form powers first, then leave out).
        ShapeError: Examples of more than one axis.

    Examples:
        >>> from leadline.data.split import split
        >>> parts = with_powers(split(np.arange(40.0).reshape(20, 2) ** 2, [0, 1] * 10, features=["a", "b"]))
        >>> parts.feature_names, parts.train.X.shape
        (('a', 'b', 'a^2', 'a*b', 'b^2'), (12, 5))
    """
    if isinstance(degree, bool) or not isinstance(degree, (int, np.integer)) or degree < 2:
        raise ArgumentError(f"degree must be a whole number from 2 on. Got {degree!r} instead.")
    own = _preparation(data)
    if own.terms or own.kept:
        done = english("has powers already") if own.terms else english("had features left out")
        raise ArgumentError(
            english(f"The data {done}; powers are formed of a split as it was made, and features left out after that.")
        )
    if not own.numeric:
        raise ArgumentError(english("There are no numbers to form powers of: all features are categories."))
    width = len(own.numeric)
    places = [str(place) for place in range(width)]
    fitted = fit_preparation(table_of(data.train.X[:, :width], places), places, polynomial=int(degree))

    def change(X: NumpyArray) -> NumpyArray:
        terms = fitted.apply(table_of(X[:, :width], places))[:, width:]
        return np.hstack([X[:, :width], terms, X[:, width:]])

    preparation = replace(own, terms=fitted.terms)
    return data.with_inputs(change, preparation.feature_names, preparation)


def keeping(data: Split, features: Sequence[int]) -> Split:
    """The same rows with some of their features alone, in the order that they have in X.

    Args:
        data: The split.
        features: Their positions in X, from 0 on, in any order.

    Raises:
        ArgumentError: None, one twice, or one that X does not have.
        ShapeError: Examples of more than one axis.

    Examples:
        >>> from leadline.data.split import split
        >>> parts = keeping(split(np.arange(60.0).reshape(20, 3), [0, 1] * 10), [2, 0])
        >>> parts.feature_names, parts.preparation.feature_names, parts.train.X.shape
        (('x0', 'x2'), ('x0', 'x2'), (12, 2))
    """
    own = _preparation(data)
    chosen = _positions(features, len(data.feature_names))
    before = own.kept or tuple(range(len(data.feature_names)))
    preparation = replace(own, kept=tuple(before[place] for place in chosen))
    return data.with_inputs(lambda X: X[:, chosen], [data.feature_names[place] for place in chosen], preparation)


def table_of(X: NumpyArray, names: Sequence[str]) -> Table:
    """Columns of numbers as a table, for the preparation that `with_powers` and `keeping` give arrays.

    Args:
        X: Numbers, shape (m, features).
        names: The features' names, all different.

    Raises:
        ArgumentError: Names that repeat, or that are not as many as the features.

    Examples:
        >>> table_of(np.eye(2), ("a", "b")).column("b").to_list()
        [0.0, 1.0]
    """
    if len(set(names)) != len(names) or len(names) != X.shape[1]:
        raise ArgumentError(f"The {X.shape[1]} features need as many names, all different. Got {', '.join(names)} instead.")
    return from_frame({name: np.asarray(column, np.float64) for name, column in zip(names, X.T)})


def _preparation(data: Split) -> Preparation:
    """The split's own, or for arrays one that leaves their columns as they are."""
    if data.train.X.ndim != 2:
        raise ShapeError(
            english(f"An example has the shape {data.train.X.shape[1:]}; features are chosen and multiplied along one axis only.")
        )
    if data.preparation is not None:
        return data.preparation
    return replace(fit_preparation(table_of(data.train.X, data.feature_names), data.feature_names), raw=True)


def _positions(features: Sequence[int], width: int) -> list[int]:
    whole = [isinstance(place, (int, np.integer)) and not isinstance(place, bool) for place in features]
    chosen = sorted(int(place) for place in features) if all(whole) else []
    if not chosen or len(set(chosen)) != len(chosen) or not 0 <= chosen[0] <= chosen[-1] < width:
        raise ArgumentError(
            f"The features must be different positions from 0 to {width - 1}, one at least. Got {features!r} instead."
        )
    return chosen
