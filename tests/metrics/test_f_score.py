"""F scores: nothing positive, weights by output, steps, refusals."""

import numpy as np
import pytest
import sklearn.metrics

from leadline import metrics
from leadline.errors import ArgumentError

RANDOM = np.random.default_rng(0)
Y, F = RANDOM.integers(0, 2, (30, 3)), RANDOM.uniform(size=(30, 3))
WEIGHTS = RANDOM.uniform(0.1, 2, 30)


@pytest.mark.parametrize("beta", [0.5, 1.0, 3.0])
def test_a_number_for_each_output(beta):
    expected = sklearn.metrics.fbeta_score(Y, F > 0.4, beta=beta, average=None, sample_weight=WEIGHTS)
    np.testing.assert_allclose(metrics.FBetaScore(None, beta, 0.4)(Y, F, WEIGHTS), expected, rtol=1e-6)


def test_where_nothing_is_positive_it_is_zero():
    assert metrics.F1Score("macro", 0.5)(np.zeros((4, 2)), np.zeros((4, 2))) == 0


def test_steps_are_rows():
    metric = metrics.F1Score("macro", 0.5)
    np.testing.assert_allclose(metric(Y.reshape(10, 3, 3), F.reshape(10, 3, 3)), metric(Y, F), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.F1Score("mean"), "Unknown average 'mean'. Known: macro, micro, weighted"),
        (lambda: metrics.FBetaScore(beta=0.0), "FBetaScore needs a beta above 0; got 0.0"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
