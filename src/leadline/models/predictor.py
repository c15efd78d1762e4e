"""A model with the preparation of its table and the meaning of its outputs: from a person's rows to a person's answers."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from leadline.data.derived import table_of
from leadline.data.features import Preparation
from leadline.data.table import Finding, Table, from_frame
from leadline.data.target import Kind, Target
from leadline.errors import ArgumentError, DataError, LeadlineError, NotBuiltError, ShapeError
from leadline.files.onnx import writing as onnx
from leadline.files.writing import write
from leadline.models.inputs import inputs
from leadline.models.model import Model
from leadline.types import NumpyArray

__all__ = ["Predictor", "Prepared"]


@dataclass(frozen=True, eq=False)
class Prepared:
    """Rows made ready for a network.

    Attributes:
        X: The inputs, `(m, …)`.
        notes: What was noticed on the way: columns that were not used, cells never seen in training.
    """

    X: NumpyArray
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, eq=False)
class Predictor:
    """A network, the preparation of its table, and its target: what is needed to answer for new rows.

    Args:
        model: The network; for classes it gives probabilities, for numbers the target in its own unit.
        target: What is predicted.
        features: Names of the model's inputs, in their order; none for inputs that are no columns, such as images.
        preparation: What turns a table into the inputs; None for a model of arrays.
        origin: Where it comes from, as plain data: a digest of the data, a record's run and turn.

    Raises:
        ShapeError: The model's inputs or outputs do not fit the features or the target.
        ArgumentError: The model's loss reads logits, so that its outputs are no probabilities.

    Examples:
        >>> from leadline.data.features import fit_preparation
        >>> from leadline.layers import Dense, Input
        >>> from leadline.models import Sequential
        >>> rows = from_frame({"size": [1.0, 2.0, 3.0]})
        >>> preparation = fit_preparation(rows, ("size",))
        >>> model = Sequential([Input((1,)), Dense(1, kernel_initializer="ones")])
        >>> target = Target("price", "regression", (), "numbers")
        >>> Predictor(model, target, preparation.feature_names, preparation).predict({"size": [2.0]}).tolist()
        [0.0]
    """

    model: Model
    target: Target
    features: tuple[str, ...] = ()
    preparation: Preparation | None = None
    origin: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        network, target = self.model.network, self.target
        fitting: list[Any] = {"regression": [(1,)], "binary": [(1,), (2,)]}.get(target.kind, [(len(target.classes),)])
        if network.output_shape not in fitting:
            raise ShapeError(
                f"The target {target.name!r} ({target.kind}) wants outputs of shape {' or '.join(map(str, fitting))}. "
                f"The model gives {network.output_shape}."
            )
        if (self.features or self.preparation) and network.input_shape != (len(self.features),):
            raise ShapeError(
                f"The model takes examples of shape {network.input_shape}, and there are {len(self.features)} features."
            )
        if self.preparation is not None and self.preparation.feature_names != self.features:
            raise ArgumentError("The features are not those that the preparation gives. Pass preparation.feature_names.")
        if getattr(self._loss, "from_logits", False):
            raise ArgumentError(
                f"The model's loss {self._loss.name!r} reads logits, so its outputs are no probabilities. End the model in "
                "Activation('softmax'), or 'sigmoid' for one output, and compile it with from_logits=False; a committee does so."
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of a table that are read."""
        if self.preparation is None:
            return self.features
        return (*(one.name for one in self.preparation.numeric), *(one.name for one in self.preparation.category))

    @property
    def gives_probabilities(self) -> bool:
        """Whether the model's outputs are those of classes: its loss is a cross-entropy, or it has none."""
        return self.target.kind != "regression" and (self._loss is None or hasattr(self._loss, "from_logits"))

    def prepare(self, rows: Any) -> Prepared:
        """The rows as the network reads them, and what was noticed.

        Columns are found by name, in any order; others are left out, with a note. Categories never seen in training count as
        "(other)", and how many they were is noted.

        Args:
            rows: A `Table`, a polars, pandas or pyarrow frame, or names to columns; for a model of arrays, an array `(m, …)`
                too, as it was before any of its columns were left out or multiplied.

        Raises:
            DataError: A column is missing or holds what it did not in training.
            ShapeError: An array of another shape than the model's inputs.
            ArgumentError: An array, for a model of a table.
        """
        if not _is_table(rows) and self.preparation is None:
            return Prepared(inputs(rows, self.model.network))
        rows = rows if _is_table(rows) else self._columns_of(rows)
        table = from_frame(rows)
        X = self._numbers(table) if self.preparation is None else self.preparation.apply(table)
        said = [_unseen(table, name, count) for name, count in self._unknown(table).items()]
        used = {*self.columns, self.target.name}
        others = [Finding(name, "is not used by the model; left out.") for name in table.columns if name not in used]
        return Prepared(X, (*(found for found in table.findings if found.column in self.columns), *said, *others))

    def predict(self, rows: Any) -> NumpyArray:
        """The answer for each row, `(m,)`: the name of its class, or a number in the target's unit.

        Args:
            rows: As `prepare` takes them, or what it gave.

        Raises:
            LeadlineError: As `prepare`.
        """
        outputs = self._outputs(rows)
        if self.target.kind == "regression":
            return outputs[:, 0]
        places = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(int)
        named: NumpyArray = np.array(self.target.classes)[places]
        return named

    def probabilities(self, rows: Any) -> NumpyArray:
        """The probability of each class, `(m, classes)` in the order of `target.classes`.

        Args:
            rows: As `predict` takes them.

        Raises:
            ArgumentError: The target is a number, or the model's loss is not one of probabilities.
        """
        if not self.gives_probabilities:
            raise ArgumentError(
                f"The outputs for {self.target.name!r} ({self.target.kind}) are no probabilities. Use predict, or "
                "train classes with a cross-entropy."
            )
        outputs = self._outputs(rows)
        return outputs if outputs.shape[1] > 1 else np.concatenate([1 - outputs, outputs], axis=1)

    def save(self, path: str | Path) -> None:
        """Writes the predictor into one file, as plain data and arrays; `leadline.files.loading.load` brings it back.

        Raises:
            ArgumentError, DataError: As `Model.save`.
        """
        write(replace(self.model.saved(), predictor=self.to_dict()), path)

    def export(self, path: str | Path, format: str = "onnx") -> None:  # noqa: A002 - as Model.export
        """Writes the predictor as an ONNX file that takes the columns of a table as they are, one input `(batch,)` each.

        Numbers are doubles, NaN where one is missing, and dates the days since 1970-01-01; categories are text without space
        around it, empty where one is missing. The outputs are "prediction", as `predict` gives it, and where the model gives them
        "probabilities". Without a preparation the inputs are the features, and of arrays that are no columns those of the model.

        Args:
            path: The file.
            format: "onnx".

        Raises:
            ArgumentError, DataError: As `Model.export`.
        """
        answering = onnx.Answering(self.target, self.features, self.preparation, self.gives_probabilities)
        onnx.write(self.model.network, path, format, answering)

    def to_dict(self) -> dict[str, Any]:
        """All but the model as plain data; `from_dict` reads it back exactly."""
        preparation = None if self.preparation is None else self.preparation.to_dict()
        return {
            "target": asdict(self.target),
            "features": list(self.features),
            "preparation": preparation,
            "origin": dict(self.origin),
        }

    @classmethod
    def from_dict(cls, model: Model, plain: Any) -> Predictor:
        """The predictor of a model and what `to_dict` gave.

        Raises:
            DataError: It lacks an entry, has one too many or one of another type, or does not fit the model.
        """
        wanted = ("target", "features", "preparation", "origin")
        if not isinstance(plain, Mapping) or set(plain) != set(wanted):
            got = ", ".join(map(str, plain)) if isinstance(plain, Mapping) else repr(plain)[:80]
            raise DataError(f"A predictor has the entries {', '.join(wanted)}. Got {got}.")
        features, origin, kept = plain["features"], plain["origin"], plain["preparation"]
        if not _are_texts(features) or not isinstance(origin, Mapping):
            raise DataError(
                f"The features of a predictor are texts, and its origin names and values. Got {features!r:.60}, {origin!r:.60}."
            )
        try:
            preparation = None if kept is None else Preparation.from_dict(kept)
            return cls(model, _target_of(plain["target"]), tuple(features), preparation, dict(origin))
        except LeadlineError as error:
            raise DataError(f"The predictor does not fit together: {error}") from None

    @property
    def _loss(self) -> Any:
        """The loss, or None where the model has none yet."""
        try:
            return self.model.compiled.loss_for(self.model.network)
        except NotBuiltError:
            return None

    def _outputs(self, rows: Any) -> NumpyArray:
        prepared = rows if isinstance(rows, Prepared) else self.prepare(rows)
        outputs: NumpyArray = self.model.predict(prepared.X)
        return outputs

    def _unknown(self, table: Table) -> dict[str, int]:
        return {} if self.preparation is None else self.preparation.unseen(table)

    def _columns_of(self, rows: Any) -> Table:
        """An array as the columns that the preparation of a model of arrays reads."""
        if self.preparation is None or not self.preparation.raw:
            named = ", ".join([*self.columns[:8], *["…"][: len(self.columns) > 8]])
            got = f"Got a {type(rows).__name__}. Give a data frame, or names to columns."
            raise ArgumentError(f"The predictor reads tables with the columns {named}. {got}")
        array = inputs(rows)
        if array.shape[1:] != (len(self.columns),):
            raise ShapeError(f"The model takes an array (m, {len(self.columns)}). Got {array.shape}.")
        return table_of(array, self.columns)

    def _numbers(self, table: Table) -> NumpyArray:
        """The columns of the features' names, for a model of arrays."""
        if not self.features:
            raise ArgumentError("The model reads arrays that are no columns of a table. Give an array.")
        for name in self.features:
            if table.kind(name) == "category" or table.column(name).null_count():
                raise DataError(f"{table.source}: column {name!r} must hold numbers, none missing. Fill or correct it first.")
        return np.stack([table.column(name).cast(float).to_numpy() for name in self.features], axis=1)


def _unseen(table: Table, name: str, count: int) -> Finding:
    """What is told of cells that are no category of training; they are, too, where text like 01 was now read as a number."""
    kind = table.kind(name)
    why = "" if kind == "category" else f" The column held text in training, and was now read as {kind}: is it written as then?"
    return Finding(name, f"{count:,} of {table.size:,} cells were never seen in training; taken as (other).{why}")


def _is_table(rows: Any) -> bool:
    frame = any(hasattr(rows, one) for one in ("collect_schema", "columns", "column_names", "__arrow_c_stream__"))
    return isinstance(rows, Mapping | Table) or frame


def _are_texts(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _target_of(plain: Any) -> Target:
    names = [one.name for one in fields(Target)]
    if not isinstance(plain, Mapping) or set(plain) != set(names):
        raise DataError(f"A target has the entries {', '.join(names)}. Got {plain!r:.80}.")
    numbers = all(
        isinstance(plain[name], float | int) and abs(plain[name]) <= sys.float_info.max for name in ("location", "scale")
    )
    known = (
        plain["kind"] in get_args(Kind)
        and _are_texts(plain["classes"])
        and numbers
        and _are_texts([plain["name"], plain["reason"]])
    )
    if not known or bool(plain["classes"]) == (plain["kind"] == "regression"):
        raise DataError(f"The target makes no sense: {plain!r:.200}.")
    exact = {name: float(plain[name]) for name in ("location", "scale")}  # JSON's whole numbers have no bound
    return Target(**{**plain, **exact, "classes": tuple(plain["classes"])})
