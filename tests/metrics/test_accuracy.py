"""The class among the best k: ties, sorted numbers of classes, refusals."""

import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ArgumentError

KINDS = [metrics.TopKCategoricalAccuracy, metrics.SparseTopKCategoricalAccuracy]


@pytest.mark.parametrize(("k", "expected"), [(1, 1 / 3), (2, 2 / 3), (3, 1), (7, 1)])
def test_equal_predictions_share_the_better_place(k, expected):
    labels, f = np.array([0, 1, 2]), np.array([[0.5, 0.5, 0.1], [0.4, 0.2, 0.2], [0.2, 0.3, 0.1]])
    np.testing.assert_allclose(metrics.SparseTopKCategoricalAccuracy(k)(labels, f), expected, rtol=1e-6)
    np.testing.assert_allclose(metrics.TopKCategoricalAccuracy(k)(np.eye(3)[labels], f), expected, rtol=1e-6)


def test_sorted_numbers_of_classes():
    f = np.random.default_rng(0).normal(size=(20, 6))
    labels = np.arange(20) % 6
    by_number = metrics.SparseTopKCategoricalAccuracy(2, from_sorted_ids=True)(labels, np.argsort(-f, axis=-1))
    assert by_number == metrics.SparseTopKCategoricalAccuracy(2)(labels, f)


@pytest.mark.parametrize("kind", KINDS)
def test_refusals(kind):
    with pytest.raises(ArgumentError, match="k of 1 or more; got 0"):
        kind(0)
