"""Means of losses: steps, what a loss leaves out, a loss of a whole batch."""

import numpy as np
import pytest

from leadline import losses, metrics
from leadline.errors import ShapeError

RANDOM = np.random.default_rng(0)
LABELS = np.array([0, 1, 2, 1, 0, 2])
SCORES = RANDOM.dirichlet(np.ones(3), 6)


def test_steps_count_as_their_mean():
    y, f = RANDOM.normal(size=(2, 6, 5, 3))
    weights = RANDOM.uniform(0.1, 2, 6)
    expected = np.average(((y - f) ** 2).mean((1, 2)), weights=weights)
    np.testing.assert_allclose(metrics.MeanSquaredError()(y, f, weights), expected, rtol=1e-6)


@pytest.mark.parametrize("weights", [None, np.arange(1.0, 7.0)])
@pytest.mark.parametrize("metric", [metrics.MeanLoss, lambda loss: metrics.SparseCategoricalCrossentropy(ignore_class=1)])
def test_what_a_loss_leaves_out_does_not_count(metric, weights):
    kept = LABELS != 1
    expected = np.average(-np.log(SCORES[kept, LABELS[kept]]), weights=None if weights is None else weights[kept])
    made = metric(losses.SparseCategoricalCrossentropy(ignore_class=1))
    np.testing.assert_allclose(made(LABELS, SCORES, weights), expected, rtol=1e-6)


@pytest.mark.parametrize(
    "loss", [losses.Dice(), losses.FunctionLoss(lambda y, f: f.mean()), losses.FunctionLoss(lambda y, f: f[0])]
)
def test_there_is_a_value_for_each_example(loss):
    with pytest.raises(ShapeError, match="Give a value for each example"):
        metrics.MeanLoss(loss)(SCORES, SCORES)
