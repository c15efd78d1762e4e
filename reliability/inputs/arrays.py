"""Bad inputs: arrays for training, their targets and their weights."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from inputs.bad import CLASSES, NUMBERS, TWO, Bad, X, both, fit, learn

__all__ = ["BAD"]

OWN_LABELS = "names its classes itself"
OWN_OUTPUTS = "makes as many outputs as the targets have"
NOT_FINITE = "nan|finite|missing|infinity"


def with_one(array: Any, value: Any) -> Any:
    """The array as floats, its eighth row spoilt."""
    changed = np.array(array, float)
    changed[7] = value
    return changed


def of_inputs(what: str, names: str, given: Any) -> Bad:
    """Inputs that no library should train on."""
    return both(what, names, lambda nn: fit(nn, given), lambda: learn(given))


def of_numbers(what: str, names: str, given: Any) -> Bad:
    """Targets of a regression."""
    return both(what, names, lambda nn: fit(nn, X, given), lambda: learn(X, given))


def of_classes(what: str, names: str, given: Any, loss: str, outputs: int, sklearn: Any = OWN_LABELS) -> Bad:
    """Targets of a classification."""

    def train(nn: Any) -> Any:
        last = nn.layers.Dense(outputs, "sigmoid" if outputs == 1 else "softmax")
        return fit(nn, X, given, nn.layers.Dense(4, "relu"), last, model={"loss": loss})

    return both(what, names, train, sklearn)


def weighted(what: str, names: str, given: Any) -> Bad:
    """Weights of the rows."""
    act = lambda nn: fit(nn, X, NUMBERS, sample_weight=given)  # noqa: E731
    return both(what, names, act, lambda: learn(how={"sample_weight": given}))


def by_class(what: str, names: str, given: Any) -> Bad:
    """Weights of the classes."""

    def train(nn: Any) -> Any:
        last = nn.layers.Dense(1, "sigmoid")
        return fit(nn, X, TWO, last, model={"loss": "binary_crossentropy"}, class_weight=given)

    return both(what, names, train, "its networks take no class_weight")


SPARSE, ONE_HOT, BINARY = "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"
UNEQUAL = r"(?=.*\b40\b)(?=.*\b39\b)"

BAD = (
    of_inputs("NaN among the inputs", NOT_FINITE, with_one(X, np.nan)),
    of_inputs("an infinity among the inputs", NOT_FINITE, with_one(X, np.inf)),
    of_inputs("inputs of 1e300, beyond float32", "float32|finite|large|infinity|overflow", with_one(X, 1e300)),
    of_inputs("inputs of text", r"<U|str|text|unicode", np.full((40, 3), "red")),
    of_inputs("None among the inputs", "None|missing|object|nan", np.where(X > 2, None, X)),
    replace(
        of_inputs("rows of different lengths", "length|inhomogeneous|ragged", [[1.0, 2.0, 3.0]] * 39 + [[1.0]]),
        keras="takes no lists",
    ),
    of_inputs("inputs of one axis", r"\(\d+,\)|1D|ndim=1|one axis|reshape", X[:, 0]),
    of_inputs("a single number as inputs", r"\(\)|scalar|0D|ndim=0|type.*float", 3.0),
    both(
        "no rows",
        r"no rows|0 sample|empty|at least one|shape=?\(0",
        lambda nn: fit(nn, X[:0], NUMBERS[:0]),
        lambda: learn(X[:0], NUMBERS[:0]),
    ),
    of_inputs("no columns", r"\(\d+, 0\)|0 feature|no (columns|features)", X[:, :0]),
    of_inputs("complex inputs", "complex", X + 1j),
    of_inputs("dates as inputs", "date|time|M8", np.full((40, 3), np.datetime64("2024-01-01"))),
    of_inputs(
        "inputs of three axes for a network of one", r"\(40, 3, 1\)|\(None, 3, 1\)|\(8, 3, 1\)|dim 3|ndim=3", X[:, :, None]
    ),
    of_inputs("fewer rows of inputs than targets", UNEQUAL, X[:39]),
    of_inputs("None as inputs", "None", None),
    of_numbers("NaN among the targets", NOT_FINITE, with_one(NUMBERS, np.nan)),
    of_numbers("an infinity among the targets", NOT_FINITE, with_one(NUMBERS, np.inf)),
    of_numbers("targets of 1e300, beyond float32", "float32|finite|large|infinity|overflow", with_one(NUMBERS, 1e300)),
    of_numbers("text as targets of a regression", r"<U|str|text|unicode", np.full(40, "red")),
    of_numbers("fewer targets than rows", UNEQUAL, NUMBERS[:39]),
    of_numbers("a single number as targets", r"\(\)|scalar|0D|iterable|len\(\)|array", 3.0),
    of_numbers("None as targets", r"\by\b|target|None", None),
    both(
        "targets (40, 2) for one output",
        r"\(40, 2\)|\(8, 2\)|\(None, 2\)",
        lambda nn: fit(nn, X, np.stack([NUMBERS, NUMBERS], 1)),
        OWN_OUTPUTS,
    ),
    both(
        "targets (40,) for three outputs under MSE",
        r"\(40,\)|\(8,\)|\(8, 1\)|\(None, 1\)|\(40, 1\)",
        lambda nn: fit(nn, X, NUMBERS, nn.layers.Dense(3)),
        OWN_OUTPUTS,
    ),
    of_classes("labels 1 and 2 for a sigmoid", r"0 (or|and|to) 1|\[0, 1\]|between 0", TWO + 1, BINARY, 1),
    of_classes("labels −1 and 1 for a sigmoid", r"0 (or|and|to) 1|\[0, 1\]|between 0", 2 * TWO - 1, BINARY, 1),
    of_classes(
        "a label 3 for three classes",
        r"\b3\b.*(label|class|range|valid)|(label|class|range|valid).*\b3\b",
        CLASSES + 1,
        SPARSE,
        3,
    ),
    of_classes("a label −1", "-1", np.where(CLASSES == 2, -1, CLASSES), SPARSE, 3),
    of_classes(
        "fractional labels",
        r"1\.5|whole|integer|continuous",
        with_one(CLASSES, 1.5),
        SPARSE,
        3,
        lambda: learn(X, with_one(CLASSES, 1.5), "MLPClassifier"),
    ),
    of_classes("one-hot rows where labels are wanted", r"\(40, 3\)|\(8, 3\)|\(None, 3\)", np.eye(3)[CLASSES], SPARSE, 3),
    of_classes("labels where one-hot rows are wanted", r"\(40,\)|\(8,\)|\(8, 1\)|\(None, 1\)|\(40, 1\)", CLASSES, ONE_HOT, 3),
    of_classes("one-hot rows that sum to 3", r"\bsum", np.ones((40, 3)), ONE_HOT, 3),
    of_classes(
        "NaN among the labels",
        NOT_FINITE,
        with_one(CLASSES, np.nan),
        SPARSE,
        3,
        lambda: learn(X, with_one(CLASSES, np.nan), "MLPClassifier"),
    ),
    weighted("a negative weight", r"weight.*(negative|≥|>= ?0|below)|negative.*weight", with_one(np.ones(40), -1.0)),
    weighted("weights that are all 0", r"weight.*(zero|\b0\b)|(zero|all 0).*weight", np.zeros(40)),
    weighted("a weight that is NaN", f"({NOT_FINITE}).*weight|weight.*({NOT_FINITE})", with_one(np.ones(40), np.nan)),
    weighted("fewer weights than rows", UNEQUAL, np.ones(39)),
    by_class("a class weight for a class that is not there", r"\b7\b", {0: 1.0, 1: 1.0, 7: 5.0}),
    by_class("a negative class weight", "weight.*(negative|-1)|negative.*weight", {0: -1.0, 1: 1.0}),
    both(
        "class weights and row weights together",
        "class_weight.*sample_weight|sample_weight.*class_weight",
        lambda nn: fit(
            nn,
            X,
            TWO,
            nn.layers.Dense(1, "sigmoid"),
            model={"loss": BINARY},
            class_weight={0: 1.0, 1: 2.0},
            sample_weight=np.ones(40),
        ),
        "its networks take no class_weight",
    ),
)
