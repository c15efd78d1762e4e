from datetime import date, datetime
from itertools import product

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from leadline.data.dealing import Dealing, folds, read_groups, read_times
from leadline.errors import ArgumentError, DataError

SHARES = [(0.2, 0.2), (0.1, 0.3), (0.45, 0.5), (0.05, 0.05)]


def _groups(sizes):
    return np.repeat(np.arange(len(sizes)), sizes)


def _covers(dealt, m):
    return np.array_equal(np.sort(np.concatenate(dealt)), np.arange(m)) and all((np.diff(part) > 0).all() for part in dealt)


@pytest.mark.parametrize("members", [1, 2])
def test_a_class_too_small_for_three_parts_is_all_train(members):
    classes = np.array([0] * 30 + [1] * members)
    train, cv, test = Dealing(0.2, 0.2, 0).deal(classes)
    assert _covers((train, cv, test), len(classes))
    assert (classes[train] == 1).sum() == members


@given(
    sizes=st.lists(st.integers(1, 60), min_size=3, max_size=25),
    shares=st.sampled_from(SHARES),
    seed=st.integers(0, 99),
    width=st.integers(1, 4),
)
def test_groups_stay_whole_and_no_part_is_empty(sizes, shares, seed, width):
    groups = _groups(sizes)
    classes = np.random.default_rng(seed).integers(0, width, len(groups))
    dealt = Dealing(*shares, seed, groups=groups).deal(classes)
    assert _covers(dealt, len(groups))
    held = [set(groups[part]) for part in dealt]
    assert sum(map(len, held)) == len(sizes)
    assert all(held)


# (name, sizes of the groups, how far a share may be off)
SIZES = [
    ("equal", [10] * 20, 0.001),
    ("pairs", [2] * 500, 0.001),
    ("two sizes", [30] * 10 + [1] * 50, 0.003),
    ("harmonic", [max(1, 300 // (i + 1)) for i in range(60)], 0.003),
    ("one of half", [200, *[10] * 20], 0.001),
    ("a few", [9, 8, 7, 6, 5, 4, 3, 2, 1, 1], 0.03),
]


@pytest.mark.parametrize(("sizes", "off"), [case[1:] for case in SIZES], ids=[case[0] for case in SIZES])
@pytest.mark.parametrize("seed", range(5))
def test_the_shares_of_groups_are_near(sizes, off, seed):
    groups = np.random.default_rng(seed).permutation(_groups(sizes))
    dealt = Dealing(0.2, 0.2, seed, groups=groups).deal(np.zeros(len(groups), int))
    assert np.abs(np.array([len(part) for part in dealt]) / len(groups) - (0.6, 0.2, 0.2)).max() <= off


def test_the_shares_of_groups_are_about_the_nearest_that_there_are():
    random, shares = np.random.default_rng(0), np.array((0.6, 0.2, 0.2))
    ways = np.array([way for way in product(range(3), repeat=7) if len(set(way)) == 3])

    def cost(held, sizes):
        return ((held / sizes.sum() - shares) ** 2 / shares).sum(axis=-1)

    excess = []
    for seed in range(40):
        sizes = random.integers(5, 30, 7)
        best = cost(np.stack([(ways == part) @ sizes for part in range(3)], axis=-1), sizes).min()
        dealt = Dealing(0.2, 0.2, seed, groups=_groups(sizes)).deal(np.zeros(sizes.sum(), int))
        excess.append(cost(np.array([len(part) for part in dealt]), sizes) - best)
    assert np.median(excess) <= 0.01
    assert max(excess) <= 0.05


def test_classes_are_balanced_as_far_as_groups_allow():
    random = np.random.default_rng(0)
    groups = _groups([12] * 60)
    classes = (random.random(60)[groups] > random.random(720)).astype(int)  # some groups are nearly of one class
    rate = classes.mean()

    def off(dealt):
        return max(abs(classes[part].mean() - rate) for part in dealt)

    by_chance = [off(Dealing(0.2, 0.2, seed, groups=groups).deal(np.zeros(720, int))) for seed in range(30)]
    balanced = [off(Dealing(0.2, 0.2, seed, groups=groups).deal(classes)) for seed in range(30)]
    assert np.median(balanced) < np.median(by_chance) / 3
    assert max(balanced) < 0.05


def test_the_seed_decides_among_groups_of_like_size():
    groups = _groups([7] * 30)
    first, again, other = (Dealing(0.2, 0.2, seed, groups=groups).deal(np.zeros(210, int)) for seed in (3, 3, 4))
    assert all(map(np.array_equal, first, again))
    assert not np.array_equal(first[1], other[1])


def test_a_group_is_as_often_in_cv_as_the_share_says():
    groups = _groups([4] * 20)
    seen = np.bincount(
        np.concatenate([groups[Dealing(0.2, 0.2, s, groups=groups).deal(np.zeros(80, int))[1]] for s in range(400)])
    )
    assert np.abs(seen / 4 / 400 - 0.2).max() < 0.08  # four standard deviations


def test_many_groups_are_dealt_as_near():
    groups = np.random.default_rng(0).integers(0, 6000, 20_000)
    dealt = Dealing(0.2, 0.2, 0, groups=groups).deal(groups % 2)
    assert np.abs(np.array([len(part) for part in dealt]) / 20_000 - (0.6, 0.2, 0.2)).max() < 1e-3


@pytest.mark.parametrize("shares", SHARES)
@pytest.mark.parametrize("distinct", [3, 4, 11, 400])
def test_train_is_the_past_and_no_time_is_parted(shares, distinct):
    times = np.random.default_rng(distinct).integers(0, distinct, 400) * 2.5
    times[:3] = 0, 2.5, 5
    train, cv, test = Dealing(*shares, 0, times=times).deal(np.zeros(400, int))
    assert _covers((train, cv, test), 400)
    assert times[train].max() < times[cv].min() <= times[cv].max() < times[test].min()
    if distinct == 400:
        assert np.abs(np.array([len(cv), len(test)]) / 400 - shares).max() < 0.01


def test_the_cuts_are_the_nearest_to_the_shares():
    times = _groups([50, 8, 9, 10, 3, 20])  # 60 is nearest to 58, 80 nearest to 80
    assert [len(part) for part in Dealing(0.2, 0.2, 0, times=times * 1.0).deal(np.zeros(100, int))] == [58, 22, 20]


@pytest.mark.parametrize("y", [np.arange(41) % 3, np.array([0] * 35 + [1] * 4 + [2] * 2), np.linspace(0, 1, 41)])
@pytest.mark.parametrize("k", [2, 5, 41])
def test_folds_hold_each_row_once_and_the_classes_evenly(y, k):
    pairs = folds(y, k, seed=1)
    assert len(pairs) == k
    assert _covers([cv for _, cv in pairs], 41)
    assert all(np.array_equal(np.sort(np.concatenate(pair)), np.arange(41)) for pair in pairs)
    assert np.ptp([len(cv) for _, cv in pairs]) <= 1
    for each in np.unique(y) if y.dtype.kind == "i" else ():
        assert np.ptp([(y[cv] == each).sum() for _, cv in pairs]) <= 1


def test_folds_of_groups_keep_them_whole_and_balanced():
    groups = _groups([5, 9, 3, 8, 6, 7, 4, 8] * 5)
    y = np.random.default_rng(0).integers(0, 2, len(groups))
    pairs = folds(y, 4, groups=groups)
    assert _covers([cv for _, cv in pairs], len(groups))
    for train, cv in pairs:
        assert not set(groups[train]) & set(groups[cv])
        assert abs(len(cv) / len(groups) - 0.25) < 0.02
        assert abs(y[cv].mean() - y.mean()) < 0.05


def test_folds_in_time_are_an_expanding_window():
    times = np.random.default_rng(0).permutation(60).astype(float)
    order = np.argsort(times)
    expected = TimeSeriesSplit(5).split(times[:, None])
    for (train, cv), (train_at, cv_at) in zip(folds(np.zeros(60), 5, times=times), expected, strict=True):
        assert np.array_equal(train, np.sort(order[train_at]))
        assert np.array_equal(cv, np.sort(order[cv_at]))


def test_the_seed_alone_decides_the_folds():
    first, again, other = (folds(np.arange(30) % 2, 3, seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a[1], b[1]) for a, b in zip(first, again))
    assert not np.array_equal(first[0][1], other[0][1])


# (name, labels)
LABELS = [
    ("text", ["b", "a", "b", "c"]),
    ("numbers", np.array([7, -1, 7, 3])),
    ("floats", [0.5, 0.25, 0.5, 9.0]),
    ("mixed", np.array(["a", 1, "a", 2.5], object)),
    ("one column", np.array([[2], [1], [2], [3]])),
    ("a pandas series", pd.Series(["x", "y", "x", "z"])),
    ("a polars series", pl.Series([date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 1), date(2024, 1, 3)])),
]


@pytest.mark.parametrize("labels", [case[1] for case in LABELS], ids=[case[0] for case in LABELS])
def test_labels_of_any_kind_become_numbers(labels):
    codes = read_groups(labels, 4)
    assert codes.dtype == np.int64
    assert codes.tolist() == [0, 1, 0, 2]


# (name, times, what they are read as)
TIMES = [
    ("numbers", [3, 1, 2], [3, 1, 2]),
    ("text of numbers", ["3", "1", "2.5"], [3, 1, 2.5]),
    ("text of dates", ["1970-01-04", "1970-01-02", "1970-01-03"], [3, 1, 2]),
    ("German dates", ["04.01.1970", "02.01.1970", "03.01.1970"], [3, 1, 2]),
    ("dates and times", ["1970-01-02T12:00:00", "1970-01-01T00:00:00", "1970-01-02T00:00:00"], [1.5, 0, 1]),
    ("date objects", [date(1970, 1, 4), date(1970, 1, 2), date(1970, 1, 3)], [3, 1, 2]),
    ("datetime objects", [datetime(1970, 1, 1, 6), datetime(1970, 1, 1), datetime(1970, 1, 2)], [0.25, 0, 1]),
    ("datetime64 of days", np.array(["1970-01-04", "1970-01-02", "1970-01-03"], "datetime64[D]"), [3, 1, 2]),
    ("pandas", pd.Series(pd.to_datetime(["1970-01-04", "1970-01-02", "1970-01-03"])), [3, 1, 2]),
    ("polars", pl.Series([date(1970, 1, 4), date(1970, 1, 2), date(1970, 1, 3)]), [3, 1, 2]),
]


@pytest.mark.parametrize(("times", "expected"), [case[1:] for case in TIMES], ids=[case[0] for case in TIMES])
def test_times_of_any_kind_become_numbers(times, expected):
    read = read_times(times, 3)
    assert read.dtype == np.float64
    assert read.tolist() == expected


Y9 = np.zeros(9, int)
# (name, what is done, error, what it says)
REFUSED = [
    ("both", lambda: Dealing(0.2, 0.2, 0).by([1], [1], 1), ArgumentError, "by groups or by times, not by both"),
    ("both in folds", lambda: folds(Y9, 3, groups=Y9, times=Y9), ArgumentError, "not by both"),
    ("share 0", lambda: Dealing(0, 0.2, 0), ArgumentError, "cv must be between 0 and 1"),
    ("shares of 1", lambda: Dealing(0.6, 0.4, 0), ArgumentError, "nothing to train on"),
    ("seed", lambda: Dealing(0.2, 0.2, -1), ArgumentError, "seed must be a whole number of at least 0"),
    ("seed of folds", lambda: folds(Y9, 3, seed=1.5), ArgumentError, "seed must be a whole number"),
    ("two groups", lambda: Dealing(0.2, 0.2, 0, groups=np.arange(9) % 2).deal(Y9), DataError, "There are 2 groups; at least 3"),
    ("one group", lambda: Dealing(0.2, 0.2, 0, groups=Y9).deal(Y9), DataError, "There is 1 group; at least 3"),
    ("two times", lambda: Dealing(0.2, 0.2, 0, times=np.arange(9) % 2.0).deal(Y9), DataError, "2 distinct times; at least 3"),
    ("one fold", lambda: folds(Y9, 1), ArgumentError, "k must be a whole number from 2 on. Got 1"),
    ("half a fold", lambda: folds(Y9, 2.5), ArgumentError, "Got 2.5"),
    ("more folds than rows", lambda: folds(Y9, 10), DataError, "9 rows cannot be dealt out to 10 folds"),
    ("more folds than groups", lambda: folds(Y9, 4, groups=np.arange(9) % 3), DataError, "There are 3 groups; at least 4"),
    ("more folds than times", lambda: folds(Y9, 3, times=np.arange(9) % 3), DataError, "3 distinct times; at least 4"),
    ("labels missing", lambda: read_groups(["a", None, "b"], 3), DataError, r"missing in 1 of 3 rows \(row 1\)"),
    (
        "labels NaN",
        lambda: read_groups([1.0, 2.0, np.nan], 3, "house"),
        DataError,
        r"'house' are missing in 1 of 3 rows \(row 2\)",
    ),
    ("labels too few", lambda: read_groups([1, 2], 3), DataError, r"shape \(2,\); one label for each of the 3 rows"),
    ("labels of two columns", lambda: read_groups(np.zeros((3, 2)), 3), DataError, r"shape \(3, 2\)"),
    ("labels by name", lambda: read_groups("house", 3), ArgumentError, "names a column, but X is an array"),
    ("times missing", lambda: read_times([1.0, np.nan, 2.0], 3), DataError, r"in 1 of 3 rows \(row 1\)"),
    ("times infinite", lambda: read_times([1.0, np.inf, 2.0], 3), DataError, r"infinite .* in 1 of 3 rows \(row 1\)"),
    ("times in words", lambda: read_times(["soon", "late", "now"], 3), DataError, "neither numbers nor dates .* 'soon'"),
    ("times of two formats", lambda: read_times(["2024-01-31", "31.01.2024", "now"], 3), DataError, "neither numbers nor dates"),
    ("times of truth", lambda: read_times([True, False, True], 3), DataError, "neither numbers nor dates"),
]


@pytest.mark.parametrize(("do", "error", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_dealt_out_is_refused(do, error, message):
    with pytest.raises(error, match=message):
        do()
