"""The preparation of a table, and what a network's outputs mean: before and after its nodes.

Cells are prepared in double precision, as leadline does, and become float32 where the network reads them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadline.data.columns import MISSING_MARKS
from leadline.data.features import FURTHEST, CategoryColumn, NumericColumn, Preparation, Term
from leadline.data.target import Target
from leadline.files.onnx.graph import ML, Graph

__all__ = ["add_answers", "add_columns", "add_preparation"]

_WHERE = "preparation"


def add_columns(graph: Graph, names: Sequence[str]) -> str:
    """Columns of numbers as inputs, and what puts them side by side for a network that reads them as they are."""
    return graph.node(_WHERE, "Cast", _beside(graph, _numbers(graph, names)), to=np.dtype(np.float32))


def add_preparation(graph: Graph, preparation: Preparation) -> str:
    """The columns of a table as inputs, `(batch,)` each, and what makes a network's inputs of them.

    Numbers are doubles, NaN where one is missing, dates among them as days since 1970-01-01; categories are text, missing where
    it is empty or another mark of leadline's tables.
    """
    parts: list[str] = []
    if numeric := preparation.numeric:
        raw = _beside(graph, _numbers(graph, [column.name for column in numeric]))
        infinite = graph.node(_WHERE, "IsInf", raw)
        missing = graph.node(_WHERE, "Or", graph.node(_WHERE, "IsNaN", raw), infinite)
        filled = graph.node(_WHERE, "Where", missing, np.array([column.median for column in numeric]), raw)
        standard = _standard(graph, filled, numeric)
        parts.append(filled if preparation.raw else standard)
        if preparation.terms:
            parts.append(_terms(graph, standard, len(numeric), preparation.terms))
        if told := [place for place, column in enumerate(numeric) if column.indicator]:
            parts.append(_doubles(graph, graph.node(_WHERE, "Gather", missing, np.array(told), axis=1)))
    parts += [_categories(graph, column) for column in preparation.category]
    features = graph.node(_WHERE, "Concat", *parts, axis=1)
    if preparation.kept:
        features = graph.node(_WHERE, "Gather", features, np.array(preparation.kept), axis=1)
    return graph.node(_WHERE, "Cast", features, to=np.dtype(np.float32))


def add_answers(graph: Graph, output: str, width: int, target: Target, probable: bool) -> None:
    """The outputs of a predictor: "prediction" `(batch,)`, and with `probable` "probabilities" `(batch, classes)`."""
    if target.kind == "regression":
        graph.output(graph.node("answer", "Squeeze", output, np.array([1])), "prediction", np.float32, ())
        return
    if width == 1:
        is_second = graph.node("answer", "Greater", graph.node("answer", "Squeeze", output, np.array([1])), np.float32(0.5))
        place = graph.node("answer", "Cast", is_second, to=np.dtype(np.int64))
        output = graph.node("answer", "Concat", graph.node("answer", "Sub", np.float32(1), output), output, axis=1)
    else:
        place = graph.node("answer", "ArgMax", output, axis=1, keepdims=0)
    named = graph.node("answer", "Gather", np.array(target.classes, object), place, axis=0)
    graph.output(named, "prediction", object, ())
    if probable:
        graph.output(output, "probabilities", np.float32, (len(target.classes),))


def _numbers(graph: Graph, names: Sequence[str]) -> list[str]:
    return [graph.input(name, np.float64, ()) for name in names]


def _beside(graph: Graph, columns: Sequence[str]) -> str:
    """Columns `(batch,)` as one matrix."""
    tall = [graph.node(_WHERE, "Unsqueeze", column, np.array([1])) for column in columns]
    return graph.node(_WHERE, "Concat", *tall, axis=1)


def _standard(graph: Graph, values: str, columns: Sequence[NumericColumn | Term]) -> str:
    centred = graph.node(_WHERE, "Sub", values, np.array([column.mean for column in columns]))
    scaled = graph.node(_WHERE, "Div", centred, np.array([column.scale for column in columns]))
    return graph.node(_WHERE, "Clip", scaled, np.float64(-FURTHEST), np.float64(FURTHEST))


def _terms(graph: Graph, standard: str, width: int, terms: Sequence[Term]) -> str:
    """All products at once: the first factor of each, the second, …; a column of ones stands where one has fewer."""
    ones = graph.node(_WHERE, "Pad", standard, np.array([0, 0, 0, 1]), np.float64(1))
    product = ""
    for turn in range(max(len(term.factors) for term in terms)):
        which = np.array([term.factors[turn] if turn < len(term.factors) else width for term in terms])
        factor = graph.node(_WHERE, "Gather", ones, which, axis=1)
        product = graph.node(_WHERE, "Mul", product, factor) if product else factor
    return _standard(graph, product, terms)


def _categories(graph: Graph, column: CategoryColumn) -> str:
    """The indicators of a column's categories: a text to the place of its feature, and -1, which is that of none."""
    other = len(column.categories) if column.pooled else -1
    missing = len(column.categories) + bool(column.pooled) if column.missing else other
    codes = {value: place for place, value in enumerate(column.categories)} | dict.fromkeys(MISSING_MARKS, missing)
    text = graph.input(column.name, object, ())
    place = graph.node(
        _WHERE,
        "LabelEncoder",
        text,
        domain=ML,
        keys_strings=list(codes),
        values_int64s=list(codes.values()),
        default_int64=other,
    )
    tall = graph.node(_WHERE, "Unsqueeze", place, np.array([1]))
    return _doubles(graph, graph.node(_WHERE, "Equal", tall, np.arange(len(column.feature_names))))


def _doubles(graph: Graph, flags: str) -> str:
    return graph.node(_WHERE, "Cast", flags, to=np.dtype(np.float64))
