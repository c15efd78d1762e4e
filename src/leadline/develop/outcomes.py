"""What trained members say of the cv rows, and what it costs: all that an error analysis reads."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import expit

from leadline.data.split import Split
from leadline.data.target import Target
from leadline.develop.pictures import drawable
from leadline.develop.problem import Problem
from leadline.errors import NonFiniteError, ShapeError
from leadline.types import NumpyArray

__all__ = ["Outcomes", "columns_of"]


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What trained members say of the cv rows, and what it costs: all that an error analysis reads.

    Attributes:
        target: What is predicted.
        metric: What decides: a key of `METRICS`.
        rows: The rows' numbers in the original, `(m,)`.
        y: The targets, `(m,)`: indices of classes, or numbers in the target's unit.
        predicted: What each seed predicts, likewise, `(seeds, m)`.
        values: What each seed pays for each row, `(seeds, m)`, by name, as `Problem.values` gives it.
        scores: For two classes: each seed's score of the second, `(seeds, m)`, above 0.5 where it is predicted; else None.
        columns: Names to the rows' values, `(m,)` each, by which they are sliced and shown.
        drawn: The rows as images `(m, height, width, channels)` or signals `(m, steps, channels)`; None where they are neither.
    """

    target: Target
    metric: str
    rows: NumpyArray
    y: NumpyArray
    predicted: NumpyArray
    values: Mapping[str, NumpyArray]
    scores: NumpyArray | None = None
    columns: Mapping[str, NumpyArray] = field(default_factory=dict)
    drawn: NumpyArray | None = None

    @classmethod
    def of(cls, problem: Problem, data: Split, outputs: NumpyArray) -> Outcomes:
        """Reads the members' outputs on cv.

        Args:
            problem: What they were trained for.
            data: The split data; its test part is not read.
            outputs: `(members, m, outputs)`, as the networks give them.
        """
        y, target = data.cv.y, problem.target
        values = problem.values(outputs, y)
        columns, drawn = columns_of(data), drawable(data)
        if target.kind == "regression":
            numbers = np.asarray(outputs, np.float64)[..., 0] * problem.scale + problem.location
            return cls(target, problem.metric, data.cv.rows, y, numbers, values, None, columns, drawn)
        scores = None
        if outputs.shape[-1] > 1:
            predicted = np.argmax(outputs, axis=-1)
        if target.kind == "binary":
            scores = _scores(outputs, bool(getattr(problem.recipe.loss, "from_logits", False)))
            predicted = (scores > 0.5).astype(np.int64)
        return cls(target, problem.metric, data.cv.rows, y, predicted, values, scores, columns, drawn)

    def sorted(self) -> Outcomes:
        """The same in the order of the rows' numbers, so that no result depends on the order they came in.

        Raises:
            ShapeError: Arrays that do not fit each other, or no rows.
            NonFiniteError: Something predicted or paid is not finite.
        """
        arrays = {"predicted": self.predicted, **self.values} | ({} if self.scores is None else {"scores": self.scores})
        shape = (len(self.predicted), len(self.y))
        if 0 in shape or self.rows.shape != shape[1:] or any(array.shape != shape for array in arrays.values()):
            got = ", ".join(f"{name} {array.shape}" for name, array in ({"rows": self.rows, "y": self.y} | arrays).items())
            raise ShapeError(f"An error analysis wants rows and y of (m,), and (seeds, m) of all else. Got {got}.")
        if not all(np.isfinite(array).all() for array in arrays.values()):
            raise NonFiniteError("Some predictions or costs on cv are not finite. Leave out the trainings that diverged.")
        order = np.argsort(self.rows, kind="stable")
        return replace(
            self,
            rows=self.rows[order],
            y=self.y[order],
            predicted=self.predicted[:, order],
            values={name: each[:, order] for name, each in self.values.items()},
            scores=None if self.scores is None else self.scores[:, order],
            columns={name: np.asarray(column)[order] for name, column in self.columns.items()},
            drawn=None if self.drawn is None else self.drawn[order],
        )


def columns_of(data: Split) -> dict[str, NumpyArray]:
    """The cv rows' columns as the network sees them, in their own units: numbers, dates, and categories as text.

    Of a table they are read back from X: rare categories are "(other)"; missing numbers are NaN where training had some missing,
    else the median that stands for them. Arrays' columns are themselves; examples of more than one axis have none.

    Examples:
        >>> import polars as pl
        >>> from leadline.data.split import split
        >>> table = pl.DataFrame({"size": [x % 7 for x in range(40)], "colour": ["red", "blue"] * 20})
        >>> columns = columns_of(split(table.with_columns(price=pl.int_range(40) * 1.5), target="price"))
        >>> sorted(set(columns["colour"])), sorted(set(columns["size"].tolist()))
        (['blue', 'red'], [1.0, 2.0, 3.0, 5.0])
    """
    X, names, prepared = data.cv.X, data.feature_names, data.preparation
    if prepared is None:
        return {name: X[:, place].astype(np.float64) for place, name in enumerate(names)}
    at = {name: place for place, name in reversed(list(enumerate(names)))}
    columns: dict[str, NumpyArray] = {}
    for number in (one for one in prepared.numeric if one.name in at):
        value = X[:, at[number.name]].astype(np.float64)
        value = value if prepared.raw else _unscaled(value, number.mean, number.scale)
        if (missing := f"{number.name}=(missing)") in at and number.indicator:
            value[X[:, at[missing]] == 1] = np.nan
        columns[number.name] = np.round(value).astype("datetime64[D]") if number.date else value
    for category in prepared.category:
        places = [at[name] for name in category.feature_names if name in at]
        if not places and category.feature_names:
            continue
        left_out = len(places) < len(category.feature_names)
        own_parts = [names[place].removeprefix(f"{category.name}=") for place in places]
        parts = np.array([*own_parts, "(of no feature)" if left_out else "(never seen in training)"], object)
        own = X[:, places]
        columns[category.name] = parts[np.where(own.any(axis=1), own.argmax(axis=1) if places else 0, len(places))]
    return columns


def _unscaled(standard: NumpyArray, mean: float, scale: float) -> NumpyArray:
    """Numbers in their own unit, without the digits that float32 does not have."""
    resolution = 2e-7 * scale * max(1.0, float(np.abs(standard).max(initial=0)))
    return np.asarray(np.round(standard * scale + mean, math.floor(-math.log10(resolution))) + 0.0)


def _scores(outputs: NumpyArray, logits: bool) -> NumpyArray:
    """The score of the second of two classes, of one output or two."""
    outputs = np.asarray(outputs, np.float64)
    if outputs.shape[-1] == 1:
        return np.asarray(expit(outputs[..., 0])) if logits else outputs[..., 0]
    apart = outputs[..., 1] - outputs[..., 0]
    return np.asarray(expit(apart)) if logits else (1 + apart) / 2
