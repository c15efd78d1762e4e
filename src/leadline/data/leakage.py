"""What in the data may make J look better, or worse, than the model will be: looked for before anything is trained.

A thing is told only where it is both beyond chance and large enough to matter. Nothing is changed or blocked: a person judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import chdtrc, ndtr

from leadline.data.duplicates import again, keys
from leadline.data.target import Target
from leadline.discoveries import discoveries
from leadline.types import NumpyArray

if TYPE_CHECKING:
    from leadline.data.table import Table

__all__ = ["SUSPICIONS", "Columns", "Suspicion", "columns_of", "inspect", "repeated"]

Severity = Literal["leak", "warning", "note"]
Columns = Mapping[str, NumpyArray]
"""Float arrays of numbers (NaN: missing), integer arrays of categories (−1: missing), each of shape (m,)."""

KNOWN_LATER = "Make sure that it is known when you predict; leave it out if it was measured after the target, or from it."
SUSPICIONS: dict[str, tuple[Severity, str]] = {
    "target copy": ("leak", KNOWN_LATER),
    "target gaps": ("leak", KNOWN_LATER),
    "numbering": ("warning", "Leave it out if somebody gave these numbers; if they stand for time, split with times=."),
    "copies": ("warning", "If they are copies of one example, J is flattered: drop them, or keep them together with groups=."),
    "row order": ("warning", "If neighbours belong together (a person, a day), J is flattered: split with groups= or times=."),
    "drift": ("warning", "J_cv measures the difference too: meant so after a split by groups or times, else change the seed."),
    "missing mark": ("warning", "Leave these cells empty if it means that there is no value; keep it if it is an amount."),
    "conflicts": ("note", "Look whether their targets are right, or which feature would tell them apart."),
    "telling gaps": ("note", "Make sure that values will be missing for the same reason when you predict."),
    "sorted rows": ("note", "The rows seem to be sorted by it: harmless as long as no feature counts them."),
    "rare class": ("note", "Read precision, recall and J beside the error."),
    "constant": ("note", "It tells nothing and can be left out."),
}
"""How grave each kind is ("leak": a feature seems to know the target; "warning": J may be wrong), and what to do about it."""

NEARLY_NOTHING, SAME_ORDER = {True: 0.02, False: 0.03}, 0.999
"""A column tells the target if it leaves less disorder than this (True: of classes), or has this rank correlation with it."""
ENOUGH, MOST_CELLS = 20, 2_000_000
"""No test is made of fewer rows, or of fewer neighbours that chance would have differ; of more cells some rows are left out."""
NUMBERING = 1e-4
"""Whole numbers were given by somebody if, drawn from their range, they would all differ with less than this chance."""
MARKS, MARK_DISTANCE, MARK_GAP = (0, -1, -9, -99, -999, -9999, 99, 999, 9999, 99999), 3.5, 0.2
"""What is written for "missing": so many robust deviations off the median of the rest, no other at this share of that."""
RARE, SORTED = 0.2, 0.1
"""A class is rare below this share of what equal classes would have; rows are sorted below this disorder of classes."""
BY_CHANCE, DISCOVERIES, EFFECT = 5e-5, 0.01, 0.1
"""The level of each test of the order; the false-discovery rate over columns; the least effect worth a word."""


@dataclass(frozen=True)
class Suspicion:
    """Something that a person should look at before a model is trusted.

    Attributes:
        kind: What it is, a key of `SUSPICIONS`.
        columns: The columns it is about, the worst first; none where it is about rows or the target.
        rows: The first few of the rows it is about, by their numbers in the original.
        figure: What decided; the sentence says what it is.
        sentence: What was found.

    Examples:
        >>> print(Suspicion("constant", ("x3",), (), 1.0, "the same value in every training row"))
        Column 'x3': the same value in every training row. It tells nothing and can be left out.
    """

    kind: str
    columns: tuple[str, ...]
    rows: tuple[int, ...]
    figure: float
    sentence: str

    @property
    def severity(self) -> Severity:
        """How grave it is."""
        return SUSPICIONS[self.kind][0]

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return SUSPICIONS[self.kind][1]

    def __str__(self) -> str:
        more = f", … {len(self.columns) - 5} more" if len(self.columns) > 5 else ""
        many = f"{len(self.columns)} columns ({', '.join(self.columns[:5])}{more}): "
        head = "" if not self.columns else f"Column {self.columns[0]!r}: " if len(self.columns) == 1 else many
        return f"{head}{self.sentence}. {self.remedy}"


def columns_of(table: Table, names: Sequence[str]) -> dict[str, NumpyArray]:
    """Columns of a table as `inspect` takes them.

    Examples:
        >>> from leadline.data.table import from_frame
        >>> columns_of(from_frame({"age": [1.5, None], "sex": ["m", "f"]}), ("age", "sex"))
        {'age': array([1.5, nan]), 'sex': array([1, 0])}
    """
    codes = {
        name: table.column(name).rank("dense").cast(int).fill_null(0) - 1 for name in names if table.kind(name) == "category"
    }
    return {name: (codes[name] if name in codes else table.column(name).cast(float)).to_numpy() for name in names}


def inspect(columns: Columns, y: NumpyArray, rows: NumpyArray, target: Target, *, shuffled: bool = True) -> tuple[Suspicion, ...]:
    """All that is suspicious in columns, classes and the order of the rows, the gravest first.

    - target copy: a column that by itself all but determines the target. In its order (of a category: within each value) the
      targets of neighbours differ by less than 2 % (classes) or 3 % (numbers, by rank: 1 − ξ) of what chance gives; or its rank
      correlation with them is ±0.999.
    - target gaps, telling gaps: whether a value is missing depends on the target (an effect above 0.8, or from 0.1 on).
    - numbering: distinct whole numbers that, drawn from their range, would have repeated (chance exp(−n²/2 range) < 0.0001).
    - missing mark: 0, −1, 999, … in 3 rows to half of all, at the end of a column, far from the rest.
    - drift: a column (numbers in tenths) differs between train and cv.
    - row order, sorted rows: neighbours in the table have alike (or unlike) targets, or these a trend; each at p < 0.00005.
    - rare class: a class with less than a fifth of an equal share.

    Tests are χ² for classes (effect: Cramér's V) and Kruskal–Wallis for numbers (η); gaps and drift are tested over all columns
    at a false-discovery rate of 1 % (Benjamini–Hochberg), with an effect of 0.1 at least.

    Args:
        columns: The features of the training rows, in their original order, and after them of the cv rows.
        y: The encoded target of the training rows, shape (train,).
        rows: The numbers of all these rows in the original, shape (m,).
        target: What is to be predicted.
        shuffled: Whether rows were dealt out at random; by groups or times, their order is not suspicious.

    Source:
        Chatterjee, "A new coefficient of correlation" (JASA 2021): ξ, and its variance 2/5 under independence.

    Examples:
        >>> y, x = np.random.default_rng(0).normal(size=100), np.random.default_rng(1).normal(size=(2, 120))
        >>> leaky = {"x0": x[0], "x1": np.append(np.exp(y), np.exp(x[1, :20]))}
        >>> [(found.kind, found.columns) for found in inspect(leaky, y, np.arange(120), Target("y", "regression", (), ""))]
        [('target copy', ('x1',))]
    """
    classes = target.kind != "regression"
    coded = np.asarray if classes else _ranks
    found = [*_rare(y, target), *(_row_order(coded(y), classes, target.name) if shuffled else ())]
    constant = tuple(name for name, values in columns.items() if (values[: len(y)] == values[0]).all())
    kept = np.random.default_rng(0).random(len(rows)) < MOST_CELLS / max(1, len(columns) * len(y))
    if not kept.all():
        columns, y, rows = {name: values[kept] for name, values in columns.items()}, y[kept[: len(y)]], rows[kept]
    y = coded(y)
    train = {name: values[: len(y)] for name, values in columns.items() if name not in constant}
    found += [Suspicion("constant", constant, (), 1.0, "the same value in every training row")] if constant else []
    found += [*_copies(train, y, classes, target.name), *_gaps(train, y, classes, target.name)]
    found += [*_numberings(train), *_marks(train, rows), *_drift(columns, len(y))]
    return tuple(sorted(found, key=lambda each: ("leak", "warning", "note").index(each.severity)))


def repeated(parts: Mapping[str, tuple[NumpyArray, NumpyArray, NumpyArray]], target: Target) -> tuple[Suspicion, ...]:
    """Examples of train that stand in another part again, and those with equal features but different targets.

    Args:
        parts: For "train", "cv", … its X (m, features…), y (m,) and the rows' numbers in the original (m,).
        target: What is to be predicted.

    Examples:
        >>> part = (np.zeros((2, 1), np.float32), np.array([0, 1]), np.arange(2))
        >>> [each.kind for each in repeated({"train": part, "cv": part}, Target("y", "binary", ("a", "b"), ""))]
        ['copies', 'conflicts']
    """
    others = again({name: (X, y) for name, (X, y, _) in parts.items()})
    counts = " and ".join(f"{sum(twins):,} of {len(twins):,} {name} rows" for name, twins in others.items() if any(twins))
    copied = [row for name, twins in others.items() for row, twin in zip(parts[name][2].tolist(), twins) if twin]
    sentence = f"{counts} stand in train too, with equal features and target"
    copies = Suspicion("copies", (), tuple(copied[:5]), len(copied) / max(1, sum(map(len, others.values()))), sentence)
    return (*([copies] if counts else ()), *_conflicts(np.array(keys(parts["train"][0])), *parts["train"][1:], target))


def _conflicts(keys: NumpyArray, y: NumpyArray, rows: NumpyArray, target: Target) -> Iterator[Suspicion]:
    (_, twin), (labels, label) = (np.unique(each, return_inverse=True) for each in (keys, y))
    pairs, counts = np.unique(twin * len(labels) + label, return_counts=True)
    starts = np.flatnonzero(np.diff(pairs // len(labels), prepend=-1))
    mixed = (np.diff(starts, append=len(pairs)) > 1)[twin]
    if mixed.any():
        least = len(y) - int(np.maximum.reduceat(counts, starts).sum())
        floor = f"; no model of these features can avoid {least:,} errors ({least / len(y):.1%})" if target.classes else ""
        sentence = f"{mixed.sum():,} of {len(y):,} training rows have equal features but another {target.name!r}{floor}"
        yield Suspicion("conflicts", (), tuple(rows[mixed][:5].tolist()), float(mixed.mean()), sentence)


def _copies(train: Columns, y: NumpyArray, classes: bool, name: str) -> Iterator[Suspicion]:
    left = {column: _disorder(values, y, classes) for column, values in train.items()}
    told = sorted((column for column in left if left[column] <= NEARLY_NOTHING[classes]), key=left.__getitem__)
    if told:
        sentence = f"all but determines the target {name!r} by itself ({left[told[0]]:.1%} of the disorder of chance is left)"
        yield Suspicion("target copy", tuple(told), (), left[told[0]], sentence)


def _disorder(values: NumpyArray, y: NumpyArray, classes: bool) -> float:
    """How much the targets of neighbours in a column differ, as a share of what chance gives: 0 if it determines them."""
    there, category = ~_missing(values), values.dtype.kind == "i"
    values, y = values[there], y[there]
    if len(y) < ENOUGH:
        return 1.0
    mixed = np.random.default_rng(0).permutation(len(y))  # rows of one value stand in no order
    order = mixed[np.argsort(values[mixed], kind="stable")]
    jumps, chance = _jumps(y[order], classes), _jump_law(y, classes)[0]
    jumps = jumps[values[order][1:] == values[order][:-1]] if category else jumps
    if chance == 0 or len(jumps) * (chance if classes else 1) < ENOUGH:
        return 1.0
    needed = 2 * (len(np.unique(y)) - 1) if classes and not category else 0  # jumps from class to class
    share = max(0.0, float(jumps.sum()) - needed) / (len(jumps) * chance)
    in_order = not classes and not category and share < 0.2 and abs(np.corrcoef(_ranks(values), y)[0, 1]) >= SAME_ORDER
    return min(share, NEARLY_NOTHING[classes]) if in_order else share


def _gaps(train: Columns, y: NumpyArray, classes: bool, name: str) -> Iterator[Suspicion]:
    gone = {column: _missing(values).astype(np.int64) for column, values in train.items()}
    tests = {column: _association(each, y, classes) for column, each in gone.items() if 10 <= each.sum() <= len(y) - 10}
    for kind, low, high in (("target gaps", 0.8, np.inf), ("telling gaps", 0, 0.8)):
        told = tuple(column for column in _discovered(tests) if low < tests[column][1] <= high)
        if told:
            measure = f"{'Cramér’s V' if classes else 'η'} {'up to ' * (len(told) > 1)}{tests[told[0]][1]:.2f}"
            sentence = f"whether a value is missing depends on the target {name!r} ({measure})"
            yield Suspicion(kind, told, (), tests[told[0]][1], sentence)


def _numberings(train: Columns) -> Iterator[Suspicion]:
    numbers = {name: np.unique(values) for name, values in train.items() if values.dtype.kind == "f" and len(values) >= ENOUGH}
    whole = {name: each for name, each in numbers.items() if len(each) == len(train[name]) and (each == np.round(each)).all()}
    chances = {name: np.exp(-(len(each) ** 2) / 2 / (float(each[-1]) - float(each[0]) + 1)) for name, each in whole.items()}
    told = tuple(name for name, chance in chances.items() if chance < NUMBERING)
    if told:
        sentence = "whole numbers without a repetition, as if they numbered the rows or ranked them"
        yield Suspicion("numbering", told, (), float(max(chances[name] for name in told)), sentence)


def _marks(train: Columns, rows: NumpyArray) -> Iterator[Suspicion]:
    for name, values in train.items():
        numbers = values[~_missing(values)] if values.dtype.kind == "f" else values[:0]
        for mark in {float(end) for end in (numbers.min(), numbers.max()) if end in MARKS} if len(numbers) else ():
            rest, marked = numbers[numbers != mark], values == mark
            if not 3 <= marked.sum() <= len(rest) or mark < 0 > rest.min():
                continue
            nearest, low, middle, high = np.quantile(np.abs(rest - mark), (0, 0.25, 0.5, 0.75))
            apart = middle >= MARK_DISTANCE * (high - low) / 1.349 and nearest >= MARK_GAP * middle
            if apart and len(np.unique(rest)) >= 10:
                among = f"{mark:g} in {marked.sum():,} of {len(values):,} training rows"
                sentence = f"{among}, all others being from {rest.min():g} to {rest.max():g}: it seems to mean something else"
                where = tuple(rows[: len(values)][marked][:5].tolist())
                yield Suspicion("missing mark", (name,), where, float(marked.mean()), sentence)


def _drift(columns: Columns, train: int) -> Iterator[Suspicion]:
    part = (np.arange(max(map(len, columns.values()), default=0)) >= train).astype(np.int64)
    tests = {name: _association(part, _tenths(values), True) for name, values in columns.items() if part.sum() >= ENOUGH}
    told = _discovered(tests)
    if told:
        sentence = f"train and cv differ beyond chance (Cramér’s V {'up to ' * (len(told) > 1)}{tests[told[0]][1]:.2f})"
        yield Suspicion("drift", told, (), tests[told[0]][1], sentence)


def _tenths(values: NumpyArray) -> NumpyArray:
    """Categories as they are; numbers by which tenth of all they are in, the missing below all."""
    if values.dtype.kind == "i":
        return values + 1
    return (_ranks(np.where(np.isnan(values), -np.inf, values)) * 10 // (len(values) + 1)).astype(np.int64)


def _rare(y: NumpyArray, target: Target) -> Iterator[Suspicion]:
    counts = np.bincount(y, minlength=len(target.classes)) if target.classes else np.ones(1, int)
    share, name = float(counts.min() / counts.sum()), target.classes[counts.argmin()] if target.classes else ""
    if share < RARE / len(counts):
        sentence = f"{target.name!r} is {name!r} in {share:.1%} of the training rows: a model that never says so errs only there"
        yield Suspicion("rare class", (), (), share, sentence)


def _row_order(y: NumpyArray, classes: bool, name: str) -> Iterator[Suspicion]:
    jumps, (chance, variance) = _jumps(y, classes), _jump_law(y, classes)
    if len(y) < ENOUGH or variance <= 0:
        return
    alike = float(jumps.mean() / chance)
    runs = 2 * float(ndtr(-abs(jumps.mean() - chance) / np.sqrt(variance / len(jumps))))
    trend, strength = _association(np.arange(len(y)) * min(10, len(y) // 10) // len(y), y, classes)
    if (runs < BY_CHANCE and abs(1 - alike) >= EFFECT) or (trend < BY_CHANCE and strength >= EFFECT):
        ordered = alike <= SORTED if classes else abs(np.diff(y).sum()) == np.abs(np.diff(y)).sum()
        measures = f"neighbours differ {alike:.2f} times as much as chance, p = {runs:.1g}; trend {strength:.2f}, p = {trend:.1g}"
        sentence = f"The target {name!r} depends on the place in the table ({measures})"
        yield Suspicion("sorted rows" if ordered else "row order", (), (), alike, sentence)


def _missing(values: NumpyArray) -> NumpyArray:
    return values < 0 if values.dtype.kind == "i" else np.isnan(values)


def _ranks(values: NumpyArray) -> NumpyArray:
    """Ranks from 1 on, equal values sharing their mean."""
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[at])


def _jumps(y: NumpyArray, classes: bool) -> NumpyArray:
    """How much neighbours differ: whether their classes do, or by how many ranks."""
    return np.asarray(y[1:] != y[:-1], np.float64) if classes else np.abs(np.diff(y))


def _jump_law(y: NumpyArray, classes: bool) -> tuple[float, float]:
    """The mean of a jump where all orders are as likely, and the variance of the mean of many jumps, times their number.

    With g(y) the mean jump from y, it is Var(jump) − 2 Var(g): neighbouring jumps share a value, and every value comes once.
    """
    order, share = np.sort(y), np.bincount(y) / len(y) if classes else y
    if classes:
        return float(1 - share @ share), float((share @ share) * (1 + share @ share) - 2 * share @ share**2)
    total = np.cumsum(order)
    each = (order * (2 * np.arange(len(y)) + 2 - len(y)) + total[-1] - 2 * total) / (len(y) - 1)
    return float(each.mean()), float(2 * np.var(y) - each.mean() ** 2 - 2 * np.var(each))


def _association(groups: NumpyArray, y: NumpyArray, classes: bool) -> tuple[float, float]:
    """What chance gives, and the effect: χ² and Cramér's V for classes, Kruskal–Wallis and η for ranks; small groups pooled."""
    groups = _pooled(groups)
    sizes = np.bincount(groups)
    if not classes:
        between = sizes @ (np.bincount(groups, y) / sizes - y.mean()) ** 2 / len(y) / max(np.var(y), 1e-300)
        return float(chdtrc(max(len(sizes) - 1, 1), (len(y) - 1) * between)), float(np.sqrt(between))
    y = _pooled(y)
    expected = np.outer(sizes, np.bincount(y)) / len(y)
    seen = np.bincount(groups * expected.shape[1] + y, minlength=expected.size).reshape(expected.shape)
    square, free = float(((seen - expected) ** 2 / expected).sum()), min(expected.shape) - 1
    return (
        (float(chdtrc(free * (max(expected.shape) - 1), square)), float(np.sqrt(square / len(y) / free))) if free else (1.0, 0.0)
    )


def _pooled(codes: NumpyArray) -> NumpyArray:
    """Codes from 0 on, those of fewer than ten rows in one, and with them as many of the next as make it ten."""
    counts = np.bincount(codes)
    before = np.cumsum(np.sort(counts))[np.argsort(np.argsort(counts, kind="stable"))] - counts
    pooled = (before < 10) | (counts < 10)
    return np.unique(np.where(pooled[codes], -1, codes), return_inverse=True)[1]


def _discovered(tests: Mapping[str, tuple[float, float]]) -> tuple[str, ...]:
    """The columns beyond chance (Benjamini and Hochberg) and large enough, the largest effect first."""
    adjusted = discoveries([chance for chance, _ in tests.values()]).tolist()
    told = [name for name, q in zip(tests, adjusted) if q <= DISCOVERIES and tests[name][1] >= EFFECT]
    return tuple(sorted(told, key=lambda name: -tests[name][1]))
