"""Counts above thresholds: several thresholds, the largest of a row, one column."""

import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ArgumentError, ShapeError

RANDOM = np.random.default_rng(0)
SIZE = 40
YES_NO = RANDOM.integers(0, 2, (SIZE, 1)).astype(float)
CHANCES = np.clip(0.3 * YES_NO + 0.7 * RANDOM.uniform(size=(SIZE, 1)), 0, 1)
WEIGHTS = RANDOM.uniform(0.1, 2, SIZE)


@pytest.mark.parametrize(
    "metric", [metrics.Precision([0.2, 0.5, 0.9]), metrics.Recall((0.2, 0.5, 0.9)), metrics.FalseNegatives([0.2, 0.5, 0.9])]
)
def test_several_thresholds(metric):
    single = [type(metric)(t)(YES_NO, CHANCES, WEIGHTS) for t in (0.2, 0.5, 0.9)]
    np.testing.assert_allclose(metric(YES_NO, CHANCES, WEIGHTS), single, rtol=1e-6)


def test_the_four_counts_are_all_examples():
    counts = [
        getattr(metrics, name)([0.2, 0.5]) for name in ("TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives")
    ]
    np.testing.assert_allclose(sum(count(YES_NO, CHANCES, WEIGHTS) for count in counts), WEIGHTS.sum(), rtol=1e-6)


def test_only_the_largest_of_a_row_are_positive():
    y, f = np.array([[1, 0, 1], [0, 0, 1]]), np.array([[-5.0, 3.0, 2.0], [0.1, 0.2, 0.3]])
    assert metrics.Precision(top_k=2)(y, f) == 0.5
    assert metrics.Precision(top_k=2, thresholds=0.25)(y, f) == pytest.approx(2 / 3)
    assert metrics.Recall(top_k=2)(y, f) == pytest.approx(2 / 3)
    assert metrics.Recall(top_k=2, class_id=0)(y, f) == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.Precision(class_id=3)(np.eye(3), np.eye(3)), ShapeError, "class_id=3"),
        (lambda: metrics.Recall(class_id=0)(np.ones(3), np.ones(3)), ShapeError, "class_id=0"),
        (lambda: metrics.Precision(top_k=0), ArgumentError, "Precision needs a top_k of 1 or more; got 0"),
        (lambda: metrics.Recall(top_k=4)(np.eye(3), np.eye(3)), ShapeError, "top_k=4 needs predictions of as many outputs"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
