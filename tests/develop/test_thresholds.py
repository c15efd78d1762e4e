import json
import tracemalloc

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, balanced_accuracy_score, precision_recall_fscore_support, roc_auc_score

from leadline.develop.thresholds import Thresholds, ranking

NAMES = ("no", "yes")
RUNS = 60
"""Simulated tables of each case."""


def _drawn(random, rows, prevalence=0.3, apart=1.5, runs=1, noise=0.0, digits=None):
    """Two normal distributions; with digits, many scores are equal."""
    y = (random.random(rows) < prevalence).astype(int)
    y[:2] = (0, 1)
    z = apart * (y - 0.5) + random.normal(size=rows) + noise * random.normal(size=(runs, rows))
    scores = expit(z + np.log(prevalence / (1 - prevalence)))
    return y, scores if digits is None else scores.round(digits)


@pytest.mark.parametrize(
    ("rows", "runs", "digits"), [(100, 1, None), (100, 3, 1), (3000, 2, None), (3000, 2, 2), (7000, 2, None)]
)
def test_the_curve_is_scikit_learns_at_every_threshold(rows, runs, digits):
    """Also where there are more scores than thresholds are kept, and more rows than blocks."""
    y, scores = _drawn(np.random.default_rng(0), rows, runs=runs, noise=0.3, digits=digits)
    found, true = Thresholds.of(y, scores, NAMES), np.tile(y, runs)
    assert found.thresholds[found.in_use] == 0.5
    for place in np.linspace(0, len(found.thresholds) - 1, 7).astype(int):
        told = (scores > found.thresholds[place]).ravel().astype(int)
        expected = precision_recall_fscore_support(true, told, average="binary", zero_division=np.nan)[:3]
        np.testing.assert_allclose([found.precision[place], found.recall[place], found.f1[place]], expected)
        assert found.balanced_accuracy[place] == pytest.approx(balanced_accuracy_score(true, told))
        assert found.counts[place].sum() == rows
    assert found.f1[found.best] == np.max(found.f1) == pytest.approx(found.best_f1.value)


def test_of_few_scores_the_best_threshold_is_the_best_of_all():
    y, scores = _drawn(np.random.default_rng(1), 120)
    tried = [precision_recall_fscore_support(y, scores[0] >= t, average="binary")[2] for t in scores[0]]
    assert Thresholds.of(y, scores, NAMES).best_f1.value == pytest.approx(max(tried))


@pytest.mark.parametrize("digits", [None, 1])
def test_average_precision_and_auc_are_the_means_of_scikit_learns(digits):
    y, scores = _drawn(np.random.default_rng(2), 300, runs=3, noise=0.5, digits=digits)
    precision, auc = ranking(y, scores)
    assert precision.value == pytest.approx(np.mean([average_precision_score(y, own) for own in scores]))
    assert auc.value == pytest.approx(np.mean([roc_auc_score(y, own) for own in scores]))


# (rows, share of the second class, distance of the two, seeds, their noise)
CASES = [(60, 0.3, 1.5, 1, 0.0), (200, 0.1, 2.0, 5, 0.3), (200, 0.4, 3.5, 3, 0.3), (500, 0.04, 2.0, 3, 0.3)]


@pytest.mark.parametrize("case", CASES)
def test_nine_of_ten_intervals_hold_the_truth_and_the_optimism_is_that_of_choosing(case):
    rows, prevalence, apart, runs, noise = case
    y, scores = _drawn(np.random.default_rng(9), 100_000, prevalence, apart, 1, noise)
    grid = np.quantile(scores, np.linspace(0, 1, 2000))
    f1 = _f1(y, scores[0], grid)
    truths = (grid[np.argmax(f1)], average_precision_score(y, scores[0]), roc_auc_score(y, scores[0]))
    random, held, optimism, luck = np.random.default_rng(3), np.zeros(3), [], []
    for repetition in range(RUNS):
        found = Thresholds.of(*_drawn(random, rows, prevalence, apart, runs, noise), NAMES, seed=repetition)
        intervals = (found.best_threshold, found.average_precision, found.roc_auc)
        held += [each.low <= truth <= each.high for each, truth in zip(intervals, truths)]
        optimism.append(found.optimism)
        luck.append(found.best_f1.value - _f1(y, scores[0], found.best_threshold.value))
    assert (held / RUNS >= 0.9 - 2.5 * np.sqrt(0.09 / RUNS)).all()
    assert abs(np.mean(optimism) - np.mean(luck)) <= 0.3 * np.mean(luck) + 2.5 * np.std(luck) / np.sqrt(RUNS)
    assert np.mean(optimism) > 0


def _f1(y, scores, thresholds):
    positive, everything = np.sort(scores[y == 1]), np.sort(scores)
    true = len(positive) - np.searchsorted(positive, thresholds, "right")
    return 2 * true / (len(positive) + len(everything) - np.searchsorted(everything, thresholds, "right"))


def test_a_threshold_that_is_surely_better_is_called_so_and_one_of_luck_is_not():
    random = np.random.default_rng(4)
    rare = _drawn(random, 2000, 0.05, 2.0)
    assert Thresholds.of(*rare, NAMES).gain.low > 0
    assert "surely better than now" in Thresholds.of(*rare, NAMES).words[0]
    small = Thresholds.of(*_drawn(random, 60, 0.5, 1.5), NAMES)
    assert small.gain.low < 0
    assert "not surely better than now" in small.words[0]


# (targets, scores, average precision, AUC): little to see, or all
EDGES = {
    "all right": ([0, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.8, 0.9], 1, 1),
    "all wrong": ([1, 1, 0, 0, 0], [0.1, 0.2, 0.7, 0.8, 0.9], None, 0),
    "all alike": ([0, 1, 0, 1], [0.3] * 4, 0.5, 0.5),
    "two rows": ([0, 1], [0.2, 0.6], 1, 1),
    "one of the class": ([0] * 9 + [1], np.arange(10) / 10, 1, 1),
    "all at the threshold": ([0, 1, 1], [0.5] * 3, 2 / 3, 0.5),
}


@pytest.mark.parametrize("case", EDGES)
def test_the_edges_have_sensible_figures(case):
    y, scores, precision, auc = EDGES[case]
    found = Thresholds.of(np.array(y), np.array([scores, scores]), NAMES)
    assert found.roc_auc.value == auc
    assert precision is None or found.average_precision.value == pytest.approx(precision)
    for each in (found.roc_auc, found.average_precision, found.best_f1, found.best_threshold):
        assert each.low <= each.value <= each.high
    assert found.roc_auc.low < 0.75  # of so few rows nothing is sure
    json.dumps(found.to_dict(), allow_nan=False)
    assert all("nan" not in sentence for sentence in found.words)


def test_the_draws_do_not_take_memory_for_every_row():
    y, scores = _drawn(np.random.default_rng(5), 200_000, runs=2, noise=0.3)
    tracemalloc.start()
    Thresholds.of(y, scores, NAMES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6  # a thousand draws of all rows would take 200 MB in single bytes
