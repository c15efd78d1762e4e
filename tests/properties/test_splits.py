"""Splits: what is dealt is dealt once, by the target and the seed alone, and nothing of cv and test is in what is fitted."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from leadline.data.batches import epoch_order, padded
from leadline.data.split import split

SEEDS = st.integers(0, 2**31)
MEMBERS = st.lists(st.integers(3, 15), min_size=2, max_size=4).filter(lambda members: sum(members) >= 10)
SHARES = st.tuples(st.floats(0.05, 0.45), st.floats(0.05, 0.45))
LABELS = np.array(["bark", "kiwi", "lime", "plum"])


def _rows(parts):
    return parts.train.rows, parts.cv.rows, parts.test.rows


def _same(first, other):
    return all(map(np.array_equal, _rows(first), _rows(other)))


def _classes(members, seed):
    return np.random.default_rng(seed).permutation(np.repeat(np.arange(len(members)), members))


@given(members=MEMBERS, shares=SHARES, seed=SEEDS)
def test_each_row_is_in_one_part_and_each_class_in_all(members, shares, seed):
    y = _classes(members, seed)
    X = np.random.default_rng(seed).normal(size=(len(y), 2))
    parts = split(X, LABELS[y], cv=shares[0], test=shares[1], seed=seed)
    assert np.array_equal(np.sort(np.concatenate(_rows(parts))), np.arange(len(y)))
    for part in (parts.train, parts.cv, parts.test.open()):
        assert part.X.tobytes() == X[part.rows].astype(np.float32).tobytes()
        assert (part.y == y[part.rows]).all()
        assert set(part.y) == set(range(len(members)))


@given(members=MEMBERS, seed=SEEDS, other=SEEDS)
def test_neither_the_inputs_nor_the_names_of_the_classes_decide_where_a_row_goes(members, seed, other):
    y = _classes(members, other)
    X = np.random.default_rng(other).normal(size=(len(y), 2))
    first = split(X, LABELS[y], seed=seed)
    assert _same(first, split(X, LABELS[y], seed=seed))
    assert _same(first, split(-3 * X[:, :1], LABELS[y], seed=seed))
    assert _same(first, split(X, y, seed=seed, kind=first.target.kind))


@given(size=st.integers(10, 40), seed=SEEDS, data=st.data())
def test_other_targets_and_inputs_of_cv_and_test_leave_what_is_measured_on_train(size, seed, data):
    X, y = np.random.default_rng(seed).normal(size=(2, size))
    clean = split(X[:, None], y, seed=seed)
    rows = np.concatenate([clean.cv.rows, clean.test.rows])
    poison = st.lists(st.floats(-1e30, 1e30), min_size=len(rows), max_size=len(rows))
    X[rows], y[rows] = data.draw(poison), data.draw(poison)
    parts = split(X[:, None], y, seed=seed, kind="regression")
    assert _same(parts, clean)
    assert (parts.target.location, parts.target.scale) == (clean.target.location, clean.target.scale)
    assert parts.train.X.tobytes() == clean.train.X.tobytes()
    assert parts.train.y.tobytes() == clean.train.y.tobytes()


def _enough(days):
    """Whether each part gets a time of its own, and train more than one row, which is refused."""
    return len(set(days)) > 2 and days.count(min(days)) > 1


@given(days=st.lists(st.integers(0, 30), min_size=10, max_size=60).filter(_enough), seed=SEEDS)
def test_by_times_no_part_begins_before_the_one_before_it_has_ended(days, seed):
    times = np.array(days)
    y = np.random.default_rng(seed).normal(size=len(days))
    parts = split(y[:, None], y, times=times, seed=seed)
    train, cv, test = (times[rows] for rows in _rows(parts))
    assert len(train) + len(cv) + len(test) == len(days)
    assert train.max() < cv.min() <= cv.max() < test.min()


@given(members=MEMBERS, k=st.integers(2, 5), seed=SEEDS)
def test_each_row_is_judged_in_one_fold(members, k, seed):
    y = _classes(members, seed)
    parts = split(np.random.default_rng(seed).normal(size=(len(y), 2)), LABELS[y], seed=seed)
    count = parts.train.size + parts.cv.size
    pairs = parts.folds(k, seed)
    assert len(pairs) == k
    for train, cv in pairs:
        assert np.array_equal(np.sort(np.concatenate([train, cv])), np.arange(count))
    assert np.array_equal(np.sort(np.concatenate([cv for _, cv in pairs])), np.arange(count))


@given(rows=st.integers(1, 40), extra=st.integers(0, 50), batch=st.integers(1, 17), seed=SEEDS, epoch=st.integers(0, 1000))
def test_an_epoch_has_each_row_once_before_any_comes_again(rows, extra, batch, seed, epoch):
    positions = rows + extra
    order = epoch_order(np.arange(rows), positions, batch, seed=seed, epoch=epoch)
    assert order.shape == (-(-positions // batch), batch)
    counts = np.bincount(order.ravel()[:positions], minlength=rows)
    assert counts.max() - counts.min() <= 1
    assert order.tobytes() == epoch_order(np.arange(rows), positions, batch, seed=seed, epoch=epoch).tobytes()
    array = np.arange(3 * positions).reshape(positions, 3)
    assert padded(array, batch).reshape(-1, 3)[:positions].tobytes() == array.tobytes()
