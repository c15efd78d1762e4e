"""Overlaps of classes: labels that are no class, classes that do not occur, images, refusals."""

import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ArgumentError, ShapeError

Y, F = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0])


def test_labels_that_are_no_class_do_not_count():
    expected = metrics.MeanIoU(3)(Y, F)
    assert metrics.MeanIoU(3)(np.append(Y, [-1, 3, 1]), np.append(F, [1, 1, 9])) == expected
    assert metrics.MeanIoU(3, ignore_class=1)(Y, F) == metrics.MeanIoU(3)(Y[Y != 1], F[Y != 1])


def test_classes_that_do_not_occur_are_left_out():
    np.testing.assert_allclose(metrics.MeanIoU(9)(Y, F), metrics.MeanIoU(3)(Y, F), rtol=1e-6)


def test_images_by_the_weights_of_examples():
    y, f = np.stack([Y, Y[::-1]]).reshape(2, 5, 1), np.stack([F, F]).reshape(2, 5, 1)
    assert metrics.MeanIoU(3)(y, f, np.array([1.0, 0.0])) == metrics.MeanIoU(3)(Y, F)


def test_scores_on_another_axis():
    scores = np.random.default_rng(0).normal(size=(5, 3))
    metric = metrics.MeanIoU(3, sparse_y_pred=False, axis=1)
    assert metric(Y[:, None], scores[:, :, None]) == metrics.MeanIoU(3)(Y, scores.argmax(1))


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.MeanIoU(1), ArgumentError, "MeanIoU needs num_classes of 2 or more; got 1"),
        (lambda: metrics.IoU(3, [3]), ArgumentError, r"target_class_ids between 0 and 2; got \(3,\)"),
        (lambda: metrics.BinaryIoU([]), ArgumentError, "BinaryIoU needs target_class_ids"),
        (lambda: metrics.MeanIoU(3)(Y, F[:3]), ShapeError, "do not fit"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
