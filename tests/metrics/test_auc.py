"""Areas under curves: the limit of many thresholds, the perfect and the worst, a curve for each label."""

import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ArgumentError, ShapeError

RANDOM = np.random.default_rng(0)
SIZE = 40
YES_NO = RANDOM.integers(0, 2, (SIZE, 1)).astype(float)
CHANCES = np.clip(0.3 * YES_NO + 0.7 * RANDOM.uniform(size=(SIZE, 1)), 0, 1)
WEIGHTS = RANDOM.uniform(0.1, 2, SIZE)


def test_precision_recall_area_tends_to_that_of_davis_and_goadrich():
    metric = metrics.AUC(num_thresholds=20_000, curve="PR")
    y, p = YES_NO[:, 0], CHANCES[:, 0]
    order = np.argsort(-p)
    tp, fp = np.cumsum(y[order]), np.cumsum(1 - y[order])
    area, last = 0.0, (0.0, 0.0)
    for now in zip(tp, fp, strict=True):
        gained, seen = now[0] - last[0], sum(now) - sum(last)
        slope = gained / seen
        intercept = last[0] - slope * sum(last)
        area += slope * (gained + (intercept * np.log(sum(now) / sum(last)) if sum(last) else 0)) / y.sum()
        last = now
    np.testing.assert_allclose(metric(y, p), area, rtol=1e-5)


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_area_of_the_perfect_and_of_the_ends(curve):
    y = np.array([0, 0, 1, 1])
    assert metrics.AUC(curve=curve)(y, y) == 1
    assert metrics.AUC(curve=curve, from_logits=True)(y, np.array([-1e4, -1e4, 1e4, 1e4])) == 1
    assert metrics.AUC(curve="ROC")(y, 1 - y) == 0


def test_a_curve_for_each_label():
    y, f = RANDOM.integers(0, 2, (SIZE, 3)), RANDOM.uniform(size=(SIZE, 3))
    single = [metrics.AUC()(y[:, i], f[:, i], WEIGHTS) for i in range(3)]
    np.testing.assert_allclose(metrics.AUC(multi_label=True)(y, f, WEIGHTS), np.mean(single), rtol=1e-6)
    weighted = metrics.AUC(multi_label=True, num_labels=3, label_weights=[1, 2, 3])(y, f, WEIGHTS)
    np.testing.assert_allclose(weighted, np.average(single, weights=[1, 2, 3]), rtol=1e-6)


@pytest.mark.parametrize("curve", ["ROC", "PR", "PRGAIN"])
def test_areas_below_between_and_above(curve):
    options = {"curve": curve, "num_thresholds": 9}
    below, between, above = (
        metrics.AUC(summation_method=method, **options)(YES_NO, CHANCES) for method in ("minoring", "interpolation", "majoring")
    )
    assert below < between < above


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.AUC(num_thresholds=1), ArgumentError, "2 or more; got 1"),
        (lambda: metrics.AUC(curve="pr"), ArgumentError, "Unknown curve 'pr'"),
        (lambda: metrics.AUC(summation_method="mean"), ArgumentError, "Unknown summation_method 'mean'"),
        (lambda: metrics.AUC(thresholds=[0.5, 1.5]), ArgumentError, "thresholds between 0 and 1"),
        (lambda: metrics.AUC(num_labels=3), ArgumentError, "only with multi_label=True; got num_labels=3"),
        (lambda: metrics.AUC(multi_label=True, num_labels=2)(np.eye(3), np.eye(3)), ShapeError, "AUC with 2 labels"),
        (lambda: metrics.AUC(label_weights=[1, 2])(np.eye(3), np.eye(3)), ShapeError, r"label_weights \(1, 2\)"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
