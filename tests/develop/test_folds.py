import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from leadline.data.split import SealedPart, split
from leadline.develop.folds import Folds, folds_of
from leadline.develop.intervals import Resampling, estimate
from leadline.errors import ArgumentError, DataError

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(123, 2))
Y = 3 * X[:, 0] - X[:, 1] ** 2
NUMBERS = split(X, Y)
CLASSES = split(X, np.digitize(X[:, 0], [-0.5, 1.0]))
GROUPS, TIMES = RANDOM.permutation(np.arange(123) // 5), RANDOM.permutation(123) / 10
GROUPED, TIMED = split(X, Y, groups=GROUPS), split(X, Y, times=TIMES)


def _originals(data, rows):
    return np.concatenate([data.train.rows, data.cv.rows])[rows]


def test_without_folds_train_is_trained_on_and_cv_is_held_out():
    folds = folds_of(NUMBERS)
    ((train, held),) = folds.parts
    for part, rows in ((NUMBERS.train, train), (NUMBERS.cv, held)):
        assert (folds.X[rows] == part.X).all()
        assert (folds.y[rows] == part.y).all()
    assert (folds.count, folds.rows, folds.stretch) == (1, NUMBERS.train.size, 1.0)
    assert folds.held.tolist() == held.tolist()
    assert not folds.is_aligned
    assert folds.measured is NUMBERS


@pytest.mark.parametrize("data", [NUMBERS, CLASSES, GROUPED], ids=["numbers", "classes", "groups"])
@pytest.mark.parametrize("count", [2, 3, 5])
def test_each_row_of_train_and_cv_is_held_out_once_and_trained_on_otherwise(data, count):
    folds = folds_of(data, count, seed=1)
    m = data.train.size + data.cv.size
    assert folds.count == count
    assert sorted(np.concatenate([held for _, held in folds.parts])) == list(range(m)) == folds.held.tolist()
    for train, held in folds.parts:
        assert (np.diff(train) > 0).all()
        assert sorted([*train, *held]) == list(range(m))
    assert folds.is_aligned
    assert folds.rows == min(len(train) for train, _ in folds.parts)
    assert set(_originals(data, folds.held)).isdisjoint(data.test.rows)


def test_no_group_is_trained_on_and_held_out():
    for train, held in folds_of(GROUPED, 4).parts:
        assert set(GROUPS[_originals(GROUPED, train)]).isdisjoint(GROUPS[_originals(GROUPED, held)])


def test_in_time_the_past_is_trained_on_and_the_next_stretch_held_out():
    folds = folds_of(TIMED, 4)
    for train, held in folds.parts:
        assert TIMES[_originals(TIMED, train)].max() < TIMES[_originals(TIMED, held)].min()
    assert folds.rows == len(folds.parts[0][0]) < len(folds.parts[1][0])
    assert not folds.is_aligned
    assert len(folds.held) < len(folds.y)
    assert folds.seen([0]).tolist() == folds.parts[0][0].tolist()
    assert folds.seen([0, 1]).tolist() == sorted({*folds.parts[0][0], *folds.parts[1][0]})


def test_rows_that_no_pair_trains_on_have_nothing_to_be_compared_with():
    """All rows are held out, but the first one is trained on by none."""
    data = folds_of(NUMBERS, 2)
    parts = tuple((train[train > 0], held) for train, held in data.parts)
    assert data.is_aligned
    assert not replace(data, parts=parts).is_aligned


def test_the_seed_decides_who_is_held_out_with_whom():
    first, again, other = (folds_of(NUMBERS, 3, seed) for seed in (0, 0, 1))
    assert all((one[1] == two[1]).all() for one, two in zip(first.parts, again.parts, strict=True))
    assert any(set(one[1]) != set(two[1]) for one, two in itertools.product(first.parts, other.parts))


@pytest.mark.parametrize("data", [NUMBERS, TIMED], ids=["at random", "in time"])
@pytest.mark.parametrize("count", [2, 5, 10])
def test_the_stretch_is_that_of_nadeau_and_bengio(data, count):
    folds = folds_of(data, count)
    shares = [len(held) / len(train) for train, held in folds.parts]
    assert folds.stretch == pytest.approx(math.sqrt(1 + sum(shares)), rel=1e-9)


def test_what_is_assembled_stands_in_the_order_of_what_is_held():
    folds = folds_of(NUMBERS, 4)
    marks = [10.0 * np.stack([held, held + 1000]) for _, held in folds.parts]
    assert folds.assembled(marks).tolist() == [(10.0 * folds.held).tolist(), (10.0 * (folds.held + 1000)).tolist()]
    upright = [mark.T[None] for mark in marks]
    assert folds.assembled(upright, axis=1).tolist() == [folds.assembled(marks).T.tolist()]
    alone = np.arange(3.0)
    assert folds_of(NUMBERS).assembled([alone]) is alone


def test_what_is_measured_is_all_that_is_held_out():
    folds = folds_of(CLASSES, 3)
    assert folds.measured.cv.X.tolist() == folds.X.tolist()
    assert folds.measured.cv.y.tolist() == folds.y.tolist()
    assert X[folds.measured.cv.rows].astype(np.float32).tolist() == folds.X.tolist()
    timed = folds_of(TIMED, 3)
    assert timed.measured.cv.size == len(timed.held)
    assert Y[timed.measured.cv.rows].tolist() == timed.y[timed.held].tolist()


def test_other_inputs_keep_the_pairs():
    folds = folds_of(NUMBERS, 3)
    doubled = folds.over(NUMBERS.with_inputs(lambda own: 2 * own, NUMBERS.feature_names, None))
    assert (doubled.X == 2 * folds.X).all()
    assert doubled.parts is folds.parts
    assert (doubled.y == folds.y).all()


def test_what_is_fitted_pays_for_the_rows_that_it_did_not_see():
    """The mean over each pair's train, against a loop over rows."""
    folds = folds_of(NUMBERS, 5)
    paid = folds.fitted(lambda train, held: {"squared": (held.y - train.y.mean())[None] ** 2, "X": held.X[:, 0][None]})
    expected = np.empty(len(folds.y))
    for row in range(len(folds.y)):
        others = next(train for train, held in folds.parts if row in held)
        expected[row] = (folds.y[row] - sum(folds.y[other] for other in others) / len(others)) ** 2
    np.testing.assert_allclose(paid["squared"], expected[None], rtol=1e-12)
    assert (paid["X"] == folds.X[:, 0]).all()


def test_the_test_part_is_not_read():
    sealed = replace(NUMBERS, test=SealedPart(NUMBERS.test.rows, NUMBERS.test.digest, None))
    assert folds_of(sealed, 3).measured.test is sealed.test


def _covered(stretched, repetitions=300, m=60, features=20, count=10):
    """How often the interval of the mean over k folds holds the expected squared error of least squares on its training rows.

    With standard normal inputs and noise that is 1 + p / (n − p − 1), for n rows and p features.
    """
    random, hits = np.random.default_rng(7), 0
    truth = 1 + features / (m * (count - 1) // count - features - 1)
    for _ in range(repetitions):
        inputs, noise = random.normal(size=(m, features)), random.normal(size=m)
        order = random.permutation(m).reshape(count, -1)
        parts = tuple((np.setdiff1d(np.arange(m), held), np.sort(held)) for held in order)
        folds = Folds(NUMBERS, inputs, noise, parts)
        paid = folds.fitted(lambda train, held: {"paid": (held.y - held.X @ np.linalg.lstsq(train.X, train.y)[0])[None] ** 2})
        drawn = Resampling.of(paid["paid"], "cv", stretch=folds.stretch if stretched else 1.0)
        found = estimate(lambda mean: mean, drawn, least=0.0)
        hits += found.low <= truth <= found.high
    return hits / repetitions


def test_the_stretched_interval_of_a_mean_over_folds_holds_the_truth_where_the_plain_one_is_too_narrow():
    plain, stretched = _covered(False), _covered(True)
    assert stretched >= 0.85
    assert plain < 0.8


# (count, error, what it says)
REFUSED = [
    (1, ArgumentError, "number from 2 on. Got 1"),
    (-1, ArgumentError, "Got -1"),
    (2.5, ArgumentError, "Got 2.5"),
    (True, ArgumentError, "Got True"),
    (False, ArgumentError, "Got False"),
    (99, DataError, "Choose a smaller k"),
]


@pytest.mark.parametrize(("count", "error", "message"), REFUSED)
def test_folds_that_make_no_sense_are_refused(count, error, message):
    with pytest.raises(error, match=message):
        folds_of(NUMBERS, count)
