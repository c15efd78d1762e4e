import json

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from leadline.develop.confusion import Confusion

NAMES = ("a", "b", "c")


def _drawn(random, rows=120, runs=3):
    y = random.choice(3, rows, p=[0.6, 0.3, 0.1])
    return y, np.where(random.random((runs, rows)) < 0.7, y, random.integers(0, 3, (runs, rows)))


def test_all_figures_are_scikit_learns_over_all_seeds_together():
    y, predicted = _drawn(np.random.default_rng(0))
    found = Confusion.of(y, predicted, NAMES)
    told, true = predicted.ravel(), np.tile(y, 3)
    np.testing.assert_allclose(found.counts, confusion_matrix(true, told) / 3)
    np.testing.assert_allclose(found.shares, confusion_matrix(true, told, normalize="true"))
    expected = precision_recall_fscore_support(true, told)[:3]
    for figures, by_sklearn in zip((found.precision, found.recall, found.f1), expected):
        assert [each.value for each in figures] == pytest.approx(by_sklearn)
        assert all(each.low < each.value < each.high for each in figures)


def test_the_pairs_most_confused_come_first():
    y, predicted = _drawn(np.random.default_rng(1))
    found = Confusion.of(y, predicted, NAMES)
    off = found.counts - np.diag(np.diag(found.counts))
    assert [pair.count for pair in found.pairs] == pytest.approx(sorted(off[off > 0], reverse=True))
    first = found.pairs[0]
    i, j = NAMES.index(first.true), NAMES.index(first.predicted)
    assert first.count == pytest.approx(off.max()) == pytest.approx(off[i, j])
    assert first.share.value == pytest.approx(found.shares[i, j])
    assert sum(pair.share_of_errors for pair in found.pairs) == pytest.approx(1)


# (rows, share of the second class, its recall, share of the first taken for it, seeds, how far these agree)
CASES = [(60, 0.3, 0.7, 0.1, 1, 1.0), (60, 0.3, 0.7, 0.1, 5, 1.0), (200, 0.1, 0.6, 0.03, 5, 0.3), (1000, 0.02, 0.5, 0.01, 5, 1.0)]


@pytest.mark.parametrize(("rows", "share", "recall", "false", "runs", "agreement"), CASES)
def test_nine_of_ten_intervals_hold_the_truth(rows, share, recall, false, runs, agreement):
    random, held = np.random.default_rng(2), np.zeros(3)
    precision = share * recall / (share * recall + (1 - share) * false)
    truths = (precision, recall, 2 * precision * recall / (precision + recall))
    for _ in range(300):
        y = (random.random(rows) < share).astype(int)
        told = np.where(y == 1, recall, false)
        predicted = random.random((runs, rows)) < random.beta(told * agreement, (1 - told) * agreement)
        found = Confusion.of(y, predicted.astype(int), NAMES[:2])
        figures = (found.precision[1], found.recall[1], found.f1[1])
        held += [each.low <= truth <= each.high for each, truth in zip(figures, truths)]
    assert (held / 300 >= 0.86).all()
    assert (held / 300 <= 0.98).all()


def test_seeds_that_differ_widen_the_interval():
    y = np.zeros(100, int)
    alike, apart = (np.stack([np.arange(100) < wrong for wrong in counts]).astype(int) for counts in ((20, 20), (5, 35)))
    narrow, wide = (Confusion.of(y, predicted, NAMES[:2]).recall[0] for predicted in (alike, apart))
    assert narrow.value == wide.value == 0.8
    assert wide.low < narrow.low < narrow.high < wide.high


def test_what_is_not_defined_is_said_to_be_so():
    found = Confusion.of(np.array([0, 0, 1, 1]), np.array([[0, 0, 0, 0]]), NAMES)
    assert np.isnan([found.precision[1].value, found.recall[2].value, found.f1[2].value]).all()
    assert (found.recall[1].value, found.f1[1].value) == (0, 0)
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["recall"][2] == {"value": None, "low": 0.0, "high": 1.0}
    assert plain["shares"][2] == [None, None, None]
    words = " ".join(found.words)
    assert "No cv row is of 'c'" in words
    assert "Never predicted: 'b'." in words


@pytest.mark.parametrize(("large", "warns"), [(79, False), (81, True)])
def test_skewed_classes_are_warned_of(large, warns):
    y = (np.arange(100) >= large).astype(int)
    words = " ".join(Confusion.of(y, y[None], NAMES[:2]).words)
    assert ("wrong in 19.0 % only. Judge by precision and recall" in words) == warns


def test_without_an_error_no_pair_is_confused():
    y = np.arange(30) % 3
    found = Confusion.of(y, y[None], NAMES)
    assert found.pairs == found.words == ()
    assert all(each.value == 1 and each.low < 0.9 for each in found.recall)
