"""What in the data may make J look better, or worse, than the model will be: looked for before anything is trained.

A thing is told only where it is both beyond chance and large enough to matter. Nothing is changed or blocked: a person judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from scipy.special import chdtrc, ndtr

from leadline.data.duplicates import again, keys
from leadline.data.screening import Columns, odd_columns
from leadline.data.suspicions import Suspicion
from leadline.data.target import Target
from leadline.discoveries import discoveries
from leadline.types import NumpyArray
from leadline.words import english, percent

__all__ = ["inspect", "repeated"]

NEARLY_NOTHING, SAME_ORDER = {True: 0.02, False: 0.03}, 0.999
"""A column tells the target if it leaves less disorder than this (True: of classes), or has this rank correlation with it."""
ENOUGH, MOST_CELLS = 20, 2_000_000
"""No test is made of fewer rows, or of fewer neighbours that chance would have differ; of more cells some rows are left out."""
RARE, MIXED = 0.2, {True: 0.01, False: 0.05}
"""A class is rare below this share of what equal classes would have; conflicts are told from this share of (True) errors on."""
SORTED, IN_TURN = 0.1, 0.98
"""Rows are sorted below this disorder; classes take turns if this share of neighbours differ."""
HIDDEN, RIDGES, MOST_ROWS, MOST_PAIRS = 200, (1e-3, 1e-2, 1e-1), 12_000, 50_000_000
"""The quick fit's hidden units, its penalties, the best of which counts, and its rows; the cells compared for copies."""
BY_CHANCE, DISCOVERIES, EFFECT = 5e-5, 0.01, 0.1
"""The level of each test of the order; the false-discovery rate over columns; the least effect worth a word."""


def inspect(
    columns: Columns, y: NumpyArray, rows: NumpyArray, target: Target, *, X: NumpyArray | None = None, shuffled: bool = True
) -> tuple[Suspicion, ...]:
    """All that is suspicious in columns, classes and the order of the rows, the gravest first.

    - target copy: a column that by itself all but determines the target. In its order (of a category: within each value) the
      targets of neighbours differ by less than 2 % (classes) or 3 % (numbers, by rank: 1 − ξ) of what chance gives; or its rank
      correlation with them is ±0.999.
    - target gaps, telling gaps: whether a value is missing depends on the target (an effect above 0.8, or from 0.1 on).
    - numbering: distinct whole numbers that, drawn from their range, would have repeated (chance exp(−n²/2 range) < 0.0001).
    - missing mark: 0, −1, 999, … in 3 rows to half of all, at the end of a column, far from the rest.
    - drift: a column (numbers in tenths) differs between train and cv, where these were not dealt out at random.
    - row order: what a quick fit on the features leaves of the targets is alike in neighbouring rows (correlation ±0.1 at least),
      or its means over tenths of the table differ (a tenth of its variance at least); each at p < 0.00005.
    - sorted rows: the same of the targets themselves, where the rows are but sorted by them, or classes take turns.
    - rare class: a class with less than a fifth of an equal share.

    Tests are χ² for classes (effect: Cramér's V) and Kruskal–Wallis for numbers (η); gaps and drift are tested over all columns
    at a false-discovery rate of 1 % (Benjamini–Hochberg), with an effect of 0.1 at least.

    Args:
        columns: The features of the training rows, in their original order, and after them of the cv rows.
        y: The encoded target of the training rows, shape (train,).
        rows: The numbers of all these rows in the original, shape (m,).
        target: What is to be predicted.
        X: The training rows' inputs, shape (train, features…), for the quick fit; None for none.
        shuffled: Whether rows were dealt out at random: then columns drift by chance alone; else their order is not suspicious.

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
    found = [*_rare(y, target), *(_row_order(coded(y), X, classes, target.name) if shuffled else ())]
    constant = tuple(name for name, values in columns.items() if (values[: len(y)] == values[0]).all())
    kept = np.random.default_rng(0).random(len(rows)) < MOST_CELLS / max(1, len(columns) * len(y))
    if not kept.all():
        columns, y, rows = {name: values[kept] for name, values in columns.items()}, y[kept[: len(y)]], rows[kept]
    y = coded(y)
    train = {name: values[: len(y)] for name, values in columns.items() if name not in constant}
    found += [Suspicion("constant", constant, (), 1.0, english("the same value in every training row"))] if constant else []
    found += [*_copies(train, y, classes, target.name), *_gaps(train, y, classes, target.name)]
    found += [*odd_columns(train, rows), *(() if shuffled else _drift(columns, len(y)))]
    return tuple(sorted(found, key=lambda each: ("leak", "warning", "note").index(each.severity)))


def repeated(
    parts: Mapping[str, tuple[NumpyArray, NumpyArray, NumpyArray]], target: Target, columns: Columns | None = None
) -> tuple[Suspicion, ...]:
    """Examples of train that stand in another part again, and those with equal features but different targets.

    Args:
        parts: For "train", "cv", … its X (m, features…), y (m,) and the rows' numbers in the original (m,).
        target: What is to be predicted.
        columns: The features of train and, after it, cv, as `inspect` takes them, for what chance makes equal; equal examples are
            told where there are three times as many; without columns always.

    Examples:
        >>> part = (np.zeros((2, 1), np.float32), np.array([0, 1]), np.arange(2))
        >>> [each.kind for each in repeated({"train": part, "cv": part}, Target("y", "binary", ("a", "b"), ""))]
        ['copies', 'conflicts']
    """
    seen = {name: np.array(keys(X)) for name, (X, _, _) in parts.items()}  # once for both: numbers in place of examples
    others = again({name: (seen[name], y) for name, (_, y, _) in parts.items()})
    counts = " and ".join(
        english(f"{sum(twins):,} of {len(twins):,} {name} rows") for name, twins in others.items() if any(twins)
    )
    found = [*_conflicts(seen["train"], *parts["train"][1:], target)]
    if counts and (not columns or _surely(columns, parts["train"][1], parts["cv"][1])):
        copied = [row for name, twins in others.items() for row, twin in zip(parts[name][2].tolist(), twins) if twin]
        sentence = english(f"{counts} stand in train too, with equal features and target")
        share = len(copied) / max(1, sum(map(len, others.values())))
        found.insert(0, Suspicion("copies", (), tuple(copied[:5]), share, sentence))
    return tuple(found)


def _surely(columns: Columns, train: NumpyArray, cv: NumpyArray) -> bool:
    """Whether more pairs of a train and a cv row are equal in all columns and the target than chance makes so.

    Where column j agrees by chance with odds 1 : o_j, pairs that differ in none, one and two are as 1, Σ o_j, Σ_{j<k} o_j o_k.
    So the n_j that differ in j alone and the n₂ that differ in two, of which copies are none, tell what chance makes equal:
    ((Σ n_j)² − Σ n_j²) / 2 n₂. Three times as many are more than that.
    """
    values = (*columns.values(), np.concatenate([train, cv]))
    codes = np.stack([np.unique(each, return_inverse=True)[1] for each in values]).astype(np.int32)
    known, others = codes[:, : len(train)], codes[:, len(train) :]
    some = min(len(cv), max(ENOUGH, MOST_PAIRS // known.size))
    others = others[:, np.random.default_rng(0).permutation(len(cv))[:some]]
    apart = np.zeros((some, len(train)), np.int16)
    for own, other in zip(known, others):
        apart += other[:, None] != own
    i, j = np.nonzero(apart == 1)
    alone = np.bincount((others[:, i] != known[:, j]).argmax(axis=0), minlength=len(codes)).astype(float)
    chance = (alone.sum() ** 2 - alone @ alone) / 2 / max(1, np.count_nonzero(apart == 2))
    return bool(np.count_nonzero(apart == 0) >= 3 + 3 * chance)


def _conflicts(keys: NumpyArray, y: NumpyArray, rows: NumpyArray, target: Target) -> Iterator[Suspicion]:
    (_, twin), (labels, label) = (np.unique(each, return_inverse=True) for each in (keys, y))
    pairs, counts = np.unique(twin * len(labels) + label, return_counts=True)
    starts = np.flatnonzero(np.diff(pairs // len(labels), prepend=-1))
    mixed = (np.diff(starts, append=len(pairs)) > 1)[twin]
    least = len(y) - int(np.maximum.reduceat(counts, starts).sum())
    if (least if target.classes else mixed.sum()) >= MIXED[bool(target.classes)] * len(y):
        sentence = english(f"{mixed.sum():,} of {len(y):,} training rows have equal features but another {target.name!r}")
        floor = f"{least:,} errors ({percent(least / len(y), 1)})"
        sentence = english(f"{sentence}; no model of these features can avoid {floor}") if target.classes else sentence
        yield Suspicion("conflicts", (), tuple(rows[mixed][:5].tolist()), float(mixed.mean()), sentence)


def _copies(train: Columns, y: NumpyArray, classes: bool, name: str) -> Iterator[Suspicion]:
    left = {column: _disorder(values, y, classes) for column, values in train.items()}
    told = sorted((column for column in left if left[column] <= NEARLY_NOTHING[classes]), key=left.__getitem__)
    if told:
        sentence = english(
            f"all but determines the target {name!r} by itself ({percent(left[told[0]], 1)} of the disorder of chance is left)"
        )
        yield Suspicion("target copy", tuple(told), (), left[told[0]], sentence)


def _disorder(values: NumpyArray, y: NumpyArray, classes: bool) -> float:
    """How much the targets of neighbours in a column differ, as a share of what chance gives: 0 if it determines them."""
    there, category = ~_missing(values), values.dtype.kind == "i"
    values, y = values[there], y[there]
    if len(y) < ENOUGH:
        return 1.0
    mixed = np.random.default_rng(0).permutation(len(y))  # rows of one value stand in no order
    order = mixed[np.argsort(values[mixed], kind="stable")]
    jumps, chance = _jumps(y[order], classes), _mean_jump(y, classes)
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
            measure = english(f"{'Cramér’s V' if classes else 'η'} {'up to ' if len(told) > 1 else ''}{tests[told[0]][1]:.2f}")
            sentence = english(f"whether a value is missing depends on the target {name!r} ({measure})")
            yield Suspicion(kind, told, (), tests[told[0]][1], sentence)


def _drift(columns: Columns, train: int) -> Iterator[Suspicion]:
    part = (np.arange(max(map(len, columns.values()), default=0)) >= train).astype(np.int64)
    tests = {name: _association(part, _tenths(values), True) for name, values in columns.items() if part.sum() >= ENOUGH}
    told = _discovered(tests)
    if told:
        sentence = english(
            f"train and cv differ beyond chance (Cramér’s V {'up to ' if len(told) > 1 else ''}{tests[told[0]][1]:.2f})"
        )
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
        sentence = english(
            f"{target.name!r} is {name!r} in {percent(share, 1)} of the training rows: a model that never says so errs only there"
        )
        yield Suspicion("rare class", (), (), share, sentence)


def _row_order(y: NumpyArray, X: NumpyArray | None, classes: bool, name: str) -> Iterator[Suspicion]:
    kept = np.arange(len(y)) * 10 / len(y) % 1 < MOST_ROWS / len(y)  # the first rows of each tenth
    y = y[kept]
    if len(y) < ENOUGH:
        return
    Y = (np.eye(y.max() + 1)[y] if classes else y[:, None]) - 0.0
    Y -= Y.mean(axis=0)
    alike, steps = _jumps(y, classes).mean() / max(_mean_jump(y, classes), 1e-300), np.sign(np.diff(y))
    ordered = alike <= SORTED if classes else abs(steps.sum()) >= (1 - SORTED) * np.count_nonzero(steps)
    in_turn = classes and (y[1:] != y[:-1]).mean() >= IN_TURN
    if (ordered or in_turn) and _by_order(Y):
        yield Suspicion(
            "sorted rows", (), (), float(alike), english(f"The rows {'take turns' if in_turn else 'are sorted'} by {name!r}")
        )
    elif measures := _by_order(Y if X is None else _unexplained(X[kept], Y)):
        sentence = english(f"What the features do not tell of {name!r} depends on the place in the table ({measures})")
        yield Suspicion("row order", (), (), float(alike), sentence)


def _by_order(left: NumpyArray) -> str:
    """Words on neighbours that are alike, or else a trend over tenths, beyond chance and large; "" for neither.

    Args:
        left: Residuals, shape (m, k), each column of mean 0; those of k classes have no correlation below −1 / (k − 1).

    In random order, C being their covariance, the mean product of neighbours has the variance tr C² / m, and b tenths differ as
    tr C² / tr C times χ² of (b − 1) tr² C / tr C² degrees of freedom does (Satterthwaite).
    """
    size, covariance = len(left), left.T @ left / len(left)
    whole, squares = float(np.trace(covariance)), float((covariance**2).sum())
    if whole <= 0:
        return ""
    alike = float((left[1:] * left[:-1]).sum() / whole / (size - 1))
    chance = 2 * float(ndtr(-abs(alike + 1 / size) * whole * np.sqrt((size - 1) / squares)))
    tenths = np.arange(size) * min(10, size // 10) // size
    sums = np.stack([np.bincount(tenths, column) for column in left.T])
    between = float((sums**2 / np.bincount(tenths)).sum())
    trend = float(chdtrc(max(tenths[-1], 1) * whole**2 / squares, between * whole / squares))
    if chance < BY_CHANCE and (alike >= EFFECT or alike * max(1, left.shape[1] - 1) <= -EFFECT):
        return english(f"correlation of neighbours {alike:.2f}, p = {max(chance, 1e-300):.1g}")
    if trend < BY_CHANCE and between >= EFFECT * size * whole:
        return english(f"tenths of the table explain {percent(between / size / whole)} of it, p = {max(trend, 1e-300):.1g}")
    return ""


def _unexplained(X: NumpyArray, Y: NumpyArray) -> NumpyArray:
    """What ridge regression on X and on random ReLU features of it leaves of Y, each fifth by a fit on the others.

    Source:
        Huang, Zhu & Siew 2006 (random hidden units, of which the output alone is fitted).
    """
    random = np.random.default_rng(0)
    X = X.reshape(len(X), -1)
    X = X.astype(np.float64)  # squares of large float32 numbers are none
    X = np.clip((X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-6), -5, 5).astype(np.float32)
    X = X @ _weights(random, X.shape[1], HIDDEN) if X.shape[1] > HIDDEN else X
    hidden = np.maximum(1.5 * X @ _weights(random, X.shape[1], HIDDEN) + random.normal(size=HIDDEN).astype(np.float32), 0)
    F, fold = np.hstack([X, hidden, np.ones((len(X), 1), np.float32)]), random.permutation(len(X)) % 5
    parts = [(F[fold == i].T @ F[fold == i], F[fold == i].T @ Y[fold == i]) for i in range(5)]
    gram, moments = sum(each for each, _ in parts), sum(each for _, each in parts)
    fits = [Y.copy() for _ in RIDGES]
    for left, ridge in zip(fits, RIDGES):
        for i, (own, own_moments) in enumerate(parts):
            penalised = gram - own + ridge * len(X) * np.eye(len(own))
            left[fold == i] -= F[fold == i] @ np.linalg.solve(penalised, moments - own_moments)
    best = min(fits, key=lambda left: float((left**2).sum()))
    return np.asarray(best - best.mean(axis=0))


def _weights(random: np.random.Generator, fan_in: int, units: int) -> NumpyArray:
    return np.asarray(random.normal(size=(fan_in, units)) / np.sqrt(fan_in), np.float32)


def _missing(values: NumpyArray) -> NumpyArray:
    return values < 0 if values.dtype.kind == "i" else np.isnan(values)


def _ranks(values: NumpyArray) -> NumpyArray:
    """Ranks from 1 on, equal values sharing their mean."""
    _, at, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2)[at])


def _jumps(y: NumpyArray, classes: bool) -> NumpyArray:
    """How much neighbours differ: whether their classes do, or by how many ranks."""
    return np.asarray(y[1:] != y[:-1], np.float64) if classes else np.abs(np.diff(y))


def _mean_jump(y: NumpyArray, classes: bool) -> float:
    """The mean of a jump where all orders are as likely."""
    if classes:
        return float(1 - np.sum((np.bincount(y) / len(y)) ** 2))
    order, place = np.sort(y), np.arange(len(y))
    return float(2 * order @ (2 * place + 1 - len(y)) / (len(y) * (len(y) - 1)))


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
