"""A saved predictor's answers for the rows of a table, as CSV."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from leadline.data.table import read_table
from leadline.errors import ArgumentError
from leadline.files.atomic import replacing
from leadline.files.loading import load
from leadline.models.predictor import Predictor
from leadline.types import NumpyArray

__all__ = ["as_csv", "predict_table"]


def predict_table(model: str | Path, table: str | Path, out: str | Path | None = None) -> None:
    """Writes what a saved predictor says of each row of a table, one line a row, in the table's order.

    The first column is the answer under the target's name; for classes, the probability of each follows. What was noticed
    (columns that were not used, cells never seen in training) goes to stderr.

    Args:
        model: The predictor's file.
        table: A CSV, TSV or Parquet file.
        out: The file to write, whole or not at all; stdout by default.

    Raises:
        ArgumentError: The file holds a model alone.
        DataError: A file cannot be read or written, or the table lacks a column.
    """
    predictor = load(model)
    if not isinstance(predictor, Predictor):
        raise ArgumentError(
            f"{model} holds a network alone, without the preparation of a table. Read it with load_model in Python, and give its "
            "predict an array; or save a Predictor."
        )
    words = () if predictor.preparation is None else [column.name for column in predictor.preparation.category]
    prepared = predictor.prepare(read_table(table, text=words))
    for note in prepared.notes:
        print(note, file=sys.stderr)
    names, answers = [predictor.target.name], [predictor.predict(prepared)]
    if predictor.gives_probabilities:
        names += [f"P({name})" for name in predictor.target.classes]
        answers += list(predictor.probabilities(prepared).T)
    lines = as_csv(names, answers)
    if out is None:
        sys.stdout.writelines(lines)
        return
    with replacing(out) as file:
        file.writelines(line.encode() for line in lines)
    print(f"{len(prepared.X):,} predictions in {out}", file=sys.stderr)


def as_csv(names: Iterable[str], columns: Iterable[NumpyArray]) -> Iterator[str]:
    r"""The lines of a CSV file: a header, and a line for each row.

    Text that a spreadsheet would take for a formula has an apostrophe put before it; text that is a number stays as it is.

    Args:
        names: The columns' names.
        columns: Their cells, `(m,)` each, numbers or text.

    Examples:
        >>> import numpy as np
        >>> list(as_csv(["class", "p"], [np.array(["=1+2", "-1"]), np.array([0.5, 0.25])]))
        ['class,p\n', "'=1+2,0.5\n", '-1,0.25\n']
    """
    yield _line(map(_inert, names))
    for row in zip(*columns, strict=True):
        yield _line(_inert(cell) if isinstance(cell, str) else str(cell) for cell in row)


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    if not text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return text
    try:
        float(text)
    except ValueError:
        return f"'{text}"
    return text


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
