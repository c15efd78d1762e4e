import time
from collections import Counter

import numpy as np
import polars as pl
import pytest
from scipy import stats

from leadline.data.leakage import inspect, repeated
from leadline.data.screening import columns_of
from leadline.data.table import from_frame
from leadline.data.target import Target

KINDS = {
    "regression": Target("y", "regression", (), ""),
    "binary": Target("y", "binary", ("no", "yes"), ""),
    "multiclass": Target("y", "multiclass", ("a", "b", "c", "d"), ""),
}
DRAWS = [
    lambda random, m: random.normal(size=m),
    lambda random, m: random.normal(size=m).astype(np.float32),
    lambda random, m: random.lognormal(0, 1, m),
    lambda random, m: random.poisson(3, m) * 1.0,
    lambda random, m: random.integers(0, 2, m) * 1.0,
    lambda random, m: random.integers(0, 1000, m) * 1.0,
    lambda random, m: np.where(random.random(m) < 0.7, 0, random.exponential(1, m)),
    lambda random, m: random.integers(0, 5, m),
    lambda random, m: random.integers(0, m // 3, m),
]


def _clean(seed, kind=None, m=None, width=None):
    """Columns, of all kinds and some with gaps by chance; a target that depends on four of them, with noise; rows."""
    random = np.random.default_rng(seed)
    m, width = m or int(random.choice([60, 150, 500, 2000])), width or int(random.choice([2, 8, 25]))
    columns = {f"c{i}": DRAWS[random.integers(len(DRAWS))](random, m) for i in range(width)}
    score = sum(stats.zscore(column) * random.normal() for column in list(columns.values())[:4])
    score = score / score.std() + 0.5 * random.normal(size=m)
    for name, column in columns.items():
        if random.random() < 0.3:
            columns[name] = np.where(random.random(m) < 0.1, -1 if column.dtype.kind == "i" else np.nan, column)
    kind = kind or random.choice(sorted(KINDS))
    cuts = {"regression": None, "binary": [0.7], "multiclass": [0.3, 0.6, 0.8]}[kind]
    y = score if cuts is None else np.digitize(score, np.quantile(score, cuts)).astype(np.int32)
    return columns, y[: 3 * m // 4], np.arange(m), KINDS[kind]


def test_at_most_one_clean_table_in_twenty_is_suspected():
    found = [inspect(*_clean(seed), shuffled=seed % 2 == 0) for seed in range(300)]
    kinds = Counter(each.kind for table in found for each in table)
    assert sum(map(bool, found)) <= 0.05 * 300, kinds
    assert not any(each.severity == "leak" for table in found for each in table), kinds


def _after(y, random, m, change):
    """A column that follows from the training rows' target; the cv rows repeat some of these, as another draw would."""
    return change(np.concatenate([y, y[random.integers(0, len(y), m - len(y))]]))


def _gone(column, where):
    return np.where(where, np.nan, column)


def _above(y, random, m):
    return _after(y, random, m, lambda v: v + 0.9 * random.random(m))


def _root(y, random, m):
    return _after(y, random, m, lambda v: np.sqrt(v - v.min()) * random.choice([-1, 1], m))


def _lost(y, random, m, share):
    return _gone(random.normal(size=m), _after(y, random, m, lambda v: random.random(m) < share(v)))


# (name, the target's kinds, what column x is planted, from (y, random, m), what is found of it)
ALL, CLASSES = ("regression", "binary", "multiclass"), ("binary", "multiclass")
PLANTED = [
    ("the target", ALL, lambda y, r, m: _after(y, r, m, lambda v: v * 1.0), "target copy"),
    ("its negative", ALL, lambda y, r, m: _after(y, r, m, lambda v: 7.0 - 2 * v), "target copy"),
    ("its exponential", ("regression",), lambda y, r, m: _after(y, r, m, np.exp), "target copy"),
    ("it rounded", ("regression",), lambda y, r, m: _after(y, r, m, lambda v: np.round(v, 2)), "target copy"),
    (
        "it with a little noise",
        ("regression",),
        lambda y, r, m: _after(y, r, m, lambda v: v) + 0.01 * r.normal(size=m),
        "target copy",
    ),
    ("what it is a parabola of", ("regression",), _root, "target copy"),
    ("its names", CLASSES, lambda y, r, m: _after(y, r, m, lambda v: (v + 2) % 4), "target copy"),
    ("finer categories", CLASSES, lambda y, r, m: _after(y, r, m, lambda v: 5 * v + r.integers(0, 5, m)), "target copy"),
    ("a number beyond a threshold", CLASSES, lambda y, r, m: _above(y, r, m), "target copy"),
    ("that, where it is there", CLASSES, lambda y, r, m: _gone(_above(y, r, m), r.random(m) < 0.4), "target copy"),
    ("that, but for one in 400", CLASSES, lambda y, r, m: _above(y, r, m) + (r.random(m) < 1 / 400), "target copy"),
    ("a gap for each of one class", ("binary",), lambda y, r, m: _lost(y, r, m, lambda v: v), "target gaps"),
    ("more gaps in one class", CLASSES, lambda y, r, m: _lost(y, r, m, lambda v: 0.1 + 0.4 * (v > 0)), "telling gaps"),
    ("more gaps the higher it is", ("regression",), lambda y, r, m: _lost(y, r, m, lambda v: 0.4 * (v > 0)), "telling gaps"),
    ("the numbers of the rows", ALL, lambda y, r, m: np.arange(m) + 1000.0, "numbering"),
    ("numbers in no order", ALL, lambda y, r, m: r.permutation(2 * m)[:m] * 1.0, "numbering"),
    ("one value", ALL, lambda y, r, m: np.full(m, 3.5), "constant"),
    ("one category", ALL, lambda y, r, m: np.zeros(m, int), "constant"),
    ("zeros for missing", ALL, lambda y, r, m: np.where(r.random(m) < 0.1, 0, r.normal(230, 45, m)), "missing mark"),
    ("999 for missing", ALL, lambda y, r, m: np.where(r.random(m) < 0.1, 999, r.normal(0, 45, m)), "missing mark"),
    ("−1 for missing", ALL, lambda y, r, m: np.where(r.random(m) < 0.1, -1, r.integers(18, 30, m)) * 1.0, "missing mark"),
    ("a shift in cv", ALL, lambda y, r, m: r.normal(size=m) + (np.arange(m) >= len(y)), "drift"),
    ("other categories in cv", ALL, lambda y, r, m: r.integers(0, 4, m) + (np.arange(m) >= len(y)), "drift"),
    (
        "gaps in cv",
        ALL,
        lambda y, r, m: _gone(r.normal(size=m), r.random(m) < np.where(np.arange(m) < len(y), 0.1, 0.4)),
        "drift",
    ),
]


@pytest.mark.parametrize(("kinds", "plant", "kind"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED])
def test_what_is_planted_in_a_column_is_found(kinds, plant, kind):
    found = {}
    for seed in range(12):
        columns, y, rows, target = _clean(seed, kinds[seed % len(kinds)], m=500, width=8)
        columns["x"] = plant(y, np.random.default_rng([seed, 1]), len(rows))
        found[seed] = [e.kind for e in inspect(columns, y, rows, target, shuffled=kind != "drift") if "x" in e.columns]
    assert sum(kind in each for each in found.values()) == 12, found


# (name, the target's kinds, column x, from (y, random, m)): strong, odd or ordinary, but no fault
FINE = [
    (
        "a feature that predicts 97 %",
        CLASSES,
        lambda y, r, m: _after(y, r, m, lambda v: np.where(r.random(m) < 0.06, r.permutation(v), v) * 1.0),
    ),
    ("a correlation of 0.99", ("regression",), lambda y, r, m: _after(y, r, m, lambda v: v + 0.14 * v.std() * r.normal(size=m))),
    ("a category for each row", ALL, lambda y, r, m: np.arange(m)),
    ("two rows for each category", ALL, lambda y, r, m: r.permutation(m) // 2),
    ("amounts without repetition", ALL, lambda y, r, m: r.integers(0, 10**9, m) * 1.0),
    ("counts that begin at 0", ALL, lambda y, r, m: r.poisson(6, m) * 1.0),
    ("mostly no rain", ALL, lambda y, r, m: np.where(r.random(m) < 0.8, 0, r.gamma(2, 5, m))),
    ("marks from 0 to 100", ALL, lambda y, r, m: np.round(100 * r.beta(5, 2, m))),
    ("−1 to 1", ALL, lambda y, r, m: np.clip(r.normal(0.6, 0.5, m), -1, 1)),
    ("−1 as an end", ALL, lambda y, r, m: np.select([r.random(m) < 0.1, r.random(m) < 0.1], [-1, -0.2], r.normal(0.8, 0.1, m))),
    (
        "0 and near it",
        ALL,
        lambda y, r, m: np.select([r.random(m) < 0.1, r.random(m) < 0.1], [0, 99 * r.beta(1, 2, m)], r.normal(100, 8, m)),
    ),
    ("names in the order of the target", ALL, lambda y, r, m: _after(np.argsort(np.argsort(y)), r, m, lambda v: v)),
    ("a loss for one in ten", ALL, lambda y, r, m: np.where(r.random(m) < 0.9, 0, r.normal(1900, 300, m))),
    ("gaps by chance", ALL, lambda y, r, m: _gone(r.normal(size=m), r.random(m) < 0.3)),
    ("hardly a value", ALL, lambda y, r, m: _gone(r.normal(size=m), r.random(m) < 0.99)),
    ("no value", ALL, lambda y, r, m: np.full(m, np.nan)),
    ("one row unlike all", ALL, lambda y, r, m: np.where(np.arange(m) == 7, 1e30, 0.0)),
]


@pytest.mark.parametrize(("kinds", "plant"), [case[1:] for case in FINE], ids=[case[0] for case in FINE])
def test_what_is_no_fault_is_not_told(kinds, plant):
    found = []
    for seed in range(12):
        columns, y, rows, target = _clean(seed, kinds[seed % len(kinds)], m=500, width=2)
        columns["x"] = plant(y, np.random.default_rng([seed, 1]), len(rows))
        found += [str(each) for each in inspect(columns, y, rows, target) if "x" in each.columns]
    assert found == []


def test_what_is_beyond_chance_but_small_is_not_told():
    random = np.random.default_rng(0)
    y, rows = random.integers(0, 2, 30_000), np.arange(40_000)
    y[15_000:] |= random.random(15_000) < 0.1  # a trend
    gaps = random.random(40_000) < 0.1 + 0.03 * np.append(y, y[:10_000])
    columns = {"gaps": _gone(random.normal(size=40_000), gaps), "shift": random.normal(size=40_000) + 0.1 * (rows >= 30_000)}
    assert stats.chi2_contingency(stats.contingency.crosstab(gaps[:30_000], y)[1]).pvalue < 1e-6
    assert stats.ks_2samp(columns["shift"][:30_000], columns["shift"][30_000:]).pvalue < 1e-6
    assert stats.chi2_contingency(stats.contingency.crosstab(rows[:30_000] >= 15_000, y)[1]).pvalue < 1e-6
    assert inspect(columns, y, rows, KINDS["binary"]) == inspect(columns, y, rows, KINDS["binary"], shuffled=False) == ()


def test_small_classes_and_few_gaps_make_no_alarm():
    told = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        y, gone = (random.permutation(np.repeat(np.arange(4), counts)) for counts in ((370, 24, 4, 2), (388, 12, 0, 0)))
        found = inspect({"x": _gone(random.normal(size=400), gone == 1)}, y, np.arange(400), KINDS["multiclass"])
        told += any(each.kind == "telling gaps" for each in found)
    assert told <= 0.03 * 300


@pytest.mark.parametrize("kind", ["regression", "binary"])
def test_sorted_rows_make_no_feature_a_copy(kind):
    random = np.random.default_rng(0)
    y = np.sort(random.normal(size=300) if kind == "regression" else random.integers(0, 2, 300))
    columns = {"x": random.integers(0, 2, 300) * 1.0, "c": random.integers(0, 5, 300)}
    assert [each.kind for each in inspect(columns, y, np.arange(300), KINDS[kind])] == ["sorted rows"]


def _walk(random, m):
    return np.cumsum(random.normal(size=m))


# (name, the kind of target, the targets in the order of the rows, what is found)
ORDERS = [
    ("chance", "regression", lambda r: r.normal(size=300), []),
    ("chance of classes", "multiclass", lambda r: r.integers(0, 4, 300), []),
    ("ties", "regression", lambda r: np.floor(r.exponential(1, 300)), []),
    ("a walk", "regression", lambda r: _walk(r, 300), ["row order"]),
    ("a slow rise", "regression", lambda r: r.normal(size=300) + np.linspace(0, 2, 300), ["row order"]),
    ("a rise of a class", "binary", lambda r: r.random(300) < np.linspace(0, 1, 300), ["row order"]),
    ("people of six rows", "binary", lambda r: np.repeat(r.integers(0, 2, 50), 6), ["row order"]),
    ("days of three rows", "regression", lambda r: np.repeat(r.normal(size=100), 3) + 0.3 * r.normal(size=300), ["row order"]),
    ("in turn", "binary", lambda r: np.arange(300) % 2, ["sorted rows"]),
    ("in turn, many", "multiclass", lambda r: np.arange(300) % 4, ["sorted rows"]),
    ("sorted twice", "regression", lambda r: np.sort(r.normal(size=(2, 150)), axis=1).ravel(), ["sorted rows"]),
    ("sorted", "regression", lambda r: np.sort(r.normal(size=300)), ["sorted rows"]),
    ("sorted down", "regression", lambda r: -np.sort(r.normal(size=300)), ["sorted rows"]),
    ("sorted classes", "multiclass", lambda r: np.sort(r.integers(0, 4, 300)), ["sorted rows"]),
]


@pytest.mark.parametrize(("kind", "draw", "expected"), [case[1:] for case in ORDERS], ids=[case[0] for case in ORDERS])
def test_targets_that_depend_on_the_order_of_the_rows_are_found(kind, draw, expected):
    for seed in range(10):
        y = draw(np.random.default_rng(seed)).astype(float if kind == "regression" else int)
        assert [each.kind for each in inspect({}, y, np.arange(300), KINDS[kind])] == expected
        assert inspect({}, y, np.arange(300), KINDS[kind], shuffled=False) == ()


def test_the_chance_of_an_order_is_the_runs_test_of_wald_and_wolfowitz():
    y = np.repeat(np.random.default_rng(0).integers(0, 2, 60), 2)  # n₁ ones and n₂ zeros
    ones, zeros = y.sum(), len(y) - y.sum()
    runs, mean = 1 + (np.diff(y) != 0).sum(), 1 + 2 * ones * zeros / len(y)
    z = (runs - mean) / np.sqrt((mean - 1) * (mean - 2) / (len(y) - 1))
    (found,) = inspect({}, y, np.arange(120), KINDS["binary"])
    said = float(found.sentence.split("p = ")[1].strip(")"))
    assert np.log(said) == pytest.approx(np.log(2 * stats.norm.sf(abs(z))), rel=0.1)


def test_the_disorder_that_is_left_is_one_minus_xi():
    random = np.random.default_rng(0)
    y = random.normal(size=1000)
    x = y + 0.004 * random.normal(size=1000)
    (found,) = inspect({"x": x}, y, np.arange(1000), KINDS["regression"])
    assert found.figure == pytest.approx(1 - stats.chatterjeexi(x, y).statistic, rel=1e-9)


def test_effects_are_cramers_v_and_the_eta_of_kruskal_and_wallis():
    random = np.random.default_rng(0)
    classes = random.integers(0, 4, 400)
    gone = random.random(400) < 0.1 + 0.2 * classes
    (found,) = inspect({"x": _gone(random.normal(size=400), gone)}, classes, np.arange(400), KINDS["multiclass"])
    assert found.figure == pytest.approx(stats.contingency.association(stats.contingency.crosstab(gone, classes)[1]))
    y = random.normal(size=400) + gone
    (found,) = inspect({"x": _gone(random.normal(size=400), gone)}, y, np.arange(400), KINDS["regression"])
    assert found.figure == pytest.approx(np.sqrt(stats.kruskal(y[gone], y[~gone]).statistic / 399))


def test_one_column_in_many_that_drifts_is_found_alone():
    random = np.random.default_rng(0)
    columns = {f"x{i}": random.normal(size=800) for i in range(200)}
    columns["x77"] += 0.7 * (np.arange(800) >= 600)
    y = random.normal(size=600)
    (found,) = inspect(columns, y, np.arange(800), KINDS["regression"], shuffled=False)
    assert (found.kind, found.columns) == ("drift", ("x77",))
    assert inspect(columns, y, np.arange(800), KINDS["regression"]) == ()  # dealt out at random, it is chance


@pytest.mark.parametrize(
    ("counts", "rare"), [((500, 500), False), ((880, 120), False), ((960, 40), True), ((400, 300, 280, 20), True)]
)
def test_a_rare_class_is_told_with_its_share(counts, rare):
    y = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    found = inspect({}, y, np.arange(1000), KINDS["binary" if len(counts) == 2 else "multiclass"])
    assert [(each.kind, each.figure) for each in found] == ([("rare class", min(counts) / 1000)] if rare else [])


def test_the_rows_of_a_finding_are_those_of_the_original():
    random = np.random.default_rng(0)
    values = random.normal(70, 9, 100)
    values[[3, 8, 50]] = 0
    (found,) = inspect({"pressure": values}, random.normal(size=100), np.arange(100) * 2 + 1, KINDS["regression"])
    assert found.rows == (7, 17, 101)
    assert str(found).startswith("Column 'pressure': 0 in 3 of 100 training rows, far from all other values. Leave")


def test_columns_with_the_same_mark_share_a_finding():
    random = np.random.default_rng(0)
    columns = {name: random.normal(70, 9, 100) for name in "abc"}
    columns["a"][:3], columns["b"][:7], columns["c"][:4] = 0, 0, 999
    found = inspect(columns, random.normal(size=100), np.arange(100), KINDS["regression"])
    assert [(each.kind, each.columns) for each in found] == [("missing mark", ("a", "b")), ("missing mark", ("c",))]
    assert found[0].sentence.startswith("0 in 3 to 7 of 100 training rows")


def test_a_count_of_none_is_no_missing_mark():
    random = np.random.default_rng(0)
    rooms = np.append(np.zeros(5), random.integers(1, 13, 95))
    assert inspect({"rooms": rooms}, random.normal(size=100), np.arange(100), KINDS["regression"]) == ()


# (name, the target's kinds, a feature of m rows and what is added to it, what is found with the features and without)
EXPLAINED = [
    ("a feature has the trend", ("regression", "binary"), lambda r, m: (np.linspace(0, 3, m), 0.0), [], ["row order"]),
    ("a feature bends with it", ("regression",), lambda r, m: _bend(np.linspace(-1, 2, m)), [], ["row order"]),
    ("no feature has it", ("regression", "binary"), lambda r, m: (r.normal(size=m), _days(r, m)), ["row order"], ["row order"]),
    ("a strong one hides it", ("regression",), lambda r, m: (9 * r.normal(size=m), _days(r, m)), ["row order"], []),
]


def _bend(x):
    return x, x**2


def _days(random, m):
    return np.repeat(random.normal(size=m // 6), 6)


@pytest.mark.parametrize(
    ("kinds", "draw", "told", "alone"), [case[1:] for case in EXPLAINED], ids=[case[0] for case in EXPLAINED]
)
def test_order_is_told_where_the_features_do_not_explain_it(kinds, draw, told, alone):
    for seed in range(6):
        random, kind = np.random.default_rng(seed), kinds[seed % len(kinds)]
        x, more = draw(random, 600)
        X, y = np.column_stack([x, random.normal(size=(600, 3))]).astype(np.float32), x + more + 0.5 * random.normal(size=600)
        y = y if kind == "regression" else (y > np.median(y)).astype(int)
        assert [each.kind for each in inspect({}, y, np.arange(600), KINDS[kind], X=X)] == told
        assert [each.kind for each in inspect({}, y, np.arange(600), KINDS[kind])] == alone


def test_order_is_looked_at_quickly():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(20_000, 40)).astype(np.float32), random.integers(0, 2, 20_000)
    begin = time.process_time()
    assert inspect({}, y, np.arange(20_000), KINDS["binary"], X=X) == ()
    assert time.process_time() - begin < 3  # 0.3 s on one free core


def test_features_whose_squares_overflow_are_looked_at_like_others():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(200, 3)).astype(np.float32), random.integers(0, 2, 200)
    assert inspect({}, y, np.arange(200), KINDS["binary"], X=1e30 * X) == ()


def test_the_gravest_comes_first():
    columns, y, rows, target = _clean(0, "binary", m=500, width=2)
    random = np.random.default_rng(0)
    columns |= {"same": np.ones(500), "leak": _after(y, random, 500, np.float64), "row": random.permutation(500) * 1.0}
    found = inspect(columns, y, rows, target)
    assert [each.severity for each in found] == ["leak", "warning", "note"]


def test_large_data_are_looked_at_in_part():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(30_000, 300)).astype(np.float32), random.normal(size=20_000)
    X[:20_000, 7] = y
    found = inspect(dict(zip(map(str, range(300)), X.T)), y, np.arange(30_000), KINDS["regression"])
    assert [(each.kind, each.columns) for each in found if each.kind == "target copy"] == [("target copy", ("7",))]


def test_a_table_becomes_columns():
    frame = {"n": [1.5, None], "b": [True, None], "c": ["u", None], "d": pl.Series([1, 2]).cast(pl.Date), "x": [0, 1]}
    columns = columns_of(from_frame(pl.DataFrame(frame)), ("n", "b", "c", "d"))
    assert {name: values.tolist()[0] for name, values in columns.items()} == {"n": 1.5, "b": 1.0, "c": 0, "d": 1.0}
    assert np.isnan([columns["n"][1], columns["b"][1]]).all()
    assert (columns["c"].dtype.kind, columns["c"][1]) == ("i", -1)


def _part(X, y, start=0):
    return np.array(X, np.float32)[:, None], np.array(y), np.arange(len(y)) + start


def test_rows_of_train_that_stand_in_other_parts_are_counted():
    parts = {"train": _part([1, 2, 3], [0, 0, 1]), "cv": _part([3, 2, 9], [1, 1, 0], 10), "test": _part([1, 1], [0, 0], 20)}
    (found,) = repeated(parts, KINDS["binary"])
    assert (found.kind, found.rows, found.figure) == ("copies", (10, 20, 21), 0.6)
    assert found.sentence.startswith("1 of 3 cv rows and 2 of 2 test rows stand in train too")
    assert repeated(parts | {"cv": _part([4], [1]), "test": _part([5], [1])}, KINDS["binary"]) == ()


def _halves(values, y):
    """Two thirds for train and a third for cv, as `repeated` takes them, and their columns."""
    cut = 2 * len(y) // 3
    parts = {"train": (values[:cut], y[:cut], np.arange(cut)), "cv": (values[cut:], y[cut:], np.arange(cut, len(y)))}
    return parts, {str(place): column for place, column in enumerate(values.T)}


COARSE = [
    ("few values", lambda r: r.integers(0, 3, (600, 6)) * 1.0),
    ("one value mostly", lambda r: (r.random((600, 12)) < 0.1) * 1.0),
    ("values that go together", lambda r: (np.round(2 * r.normal(size=(600, 1)) + 0.6 * r.normal(size=(600, 5)))) * 1.0),
]


@pytest.mark.parametrize("draw", [case[1] for case in COARSE], ids=[case[0] for case in COARSE])
def test_copies_in_coarse_tables_are_told_where_they_are_more_than_chance_makes(draw):
    for seed in range(5):
        random = np.random.default_rng(seed)
        values = draw(random)
        y = (values[:, 0] > random.normal(size=600)).astype(int)
        parts, columns = _halves(values, y)
        assert not any(each.kind == "copies" for each in repeated(parts, KINDS["binary"], columns))
        assert any(each.kind == "copies" for each in repeated(parts, KINDS["binary"]))  # there are equal ones
        fine = np.column_stack([values, random.normal(size=600)])
        copied = np.where(random.random(600) < 0.1, random.integers(0, 400, 600), np.arange(600))
        parts, columns = _halves(fine[copied], y[copied])
        assert any(each.kind == "copies" for each in repeated(parts, KINDS["binary"], columns))


def test_equal_features_with_other_targets_are_counted_and_what_they_cost():
    train = _part([1, 1, 1, 2, 2, 3, 4, 4], [0, 0, 1, 1, 0, 1, 1, 1])
    (found,) = repeated({"train": train}, KINDS["binary"])
    assert (found.kind, found.rows, found.figure) == ("conflicts", (0, 1, 2, 3, 4), 5 / 8)
    assert "can avoid 2 errors (25.0 %)" in found.sentence
    (found,) = repeated({"train": train}, KINDS["regression"])
    assert "5 of 8 training rows have equal features but another 'y'" in found.sentence
    assert "errors" not in found.sentence


def test_a_conflict_in_a_thousand_rows_is_not_told():
    x, y = np.arange(1000), np.arange(1000) % 2
    x[1] = x[0]
    assert repeated({"train": _part(x, y)}, KINDS["binary"]) == repeated({"train": _part(x, y)}, KINDS["regression"]) == ()


def test_the_errors_that_cannot_be_avoided_are_those_of_the_best_table_of_answers():
    random = np.random.default_rng(0)
    x, y = random.integers(0, 40, 300), random.integers(0, 4, 300)
    (found,) = repeated({"train": _part(x, y)}, KINDS["multiclass"])
    least = sum((x == value).sum() - np.bincount(y[x == value]).max() for value in np.unique(x))
    assert f"can avoid {least} errors" in found.sentence
