"""The share of variance explained: far from 0, one output, too many regressors."""

import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ArgumentError

RANDOM = np.random.default_rng(0)
Y, F = RANDOM.normal(size=(2, 30)).astype(np.float32)


def test_variance_far_from_zero_keeps_its_digits():
    metric, shift = metrics.R2Score(), np.float32(2**14)
    state = metric.init()
    y, f = np.round(Y * 64) / 64, np.round(F * 64) / 64
    for rows in (slice(0, 7), slice(7, 30)):
        state = metric.update(state, y[rows] + shift, f[rows] + shift)
    np.testing.assert_allclose(metric.result(state), metric(y, f), rtol=1e-3)


def test_what_does_not_vary_has_a_score_of_zero():
    assert metrics.R2Score()(np.ones(5), np.arange(5)) == 0
    assert metrics.R2Score()(np.ones(5), np.ones(5)) == 0


def test_with_too_many_regressors_the_score_is_the_plain_one():
    plain = metrics.R2Score()(Y, F)
    assert metrics.R2Score(num_regressors=29)(Y, F) == metrics.R2Score(num_regressors=40)(Y, F) == plain
    assert metrics.R2Score(num_regressors=3)(Y, F) < plain


def test_a_row_without_weight_is_no_row():
    weights = np.arange(30) < 20
    adjusted = metrics.R2Score(num_regressors=3)
    np.testing.assert_allclose(adjusted(Y, F, weights), adjusted(Y[:20], F[:20]), rtol=1e-5)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: metrics.R2Score("mean"), "Unknown class_aggregation 'mean'"),
        (lambda: metrics.R2Score(num_regressors=-1), "num_regressors of 0 or more; got -1"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
