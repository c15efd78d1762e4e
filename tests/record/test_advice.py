import pytest
from scipy.stats import binomtest

from leadline.errors import ArgumentError
from leadline.record import AdviceScore


@pytest.mark.parametrize(("predicted", "came_true"), [(1, 0), (1, 1), (2, 1), (10, 8), (40, 0), (40, 40), (1000, 813)])
def test_the_interval_is_wilsons(predicted, came_true):
    score = AdviceScore(predicted, came_true)
    known = binomtest(came_true, predicted).proportion_ci(0.90, method="wilson")
    assert (score.low, score.high) == pytest.approx((known.low, known.high), abs=1e-12)
    assert score.share == came_true / predicted


def test_of_no_prediction_nothing_is_known():
    score = AdviceScore(0, 0)
    assert (score.share, score.low, score.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(("predicted", "came_true"), [(1, 2), (1, -1), (-1, 0)])
def test_counts_that_cannot_be(predicted, came_true):
    with pytest.raises(ArgumentError, match="cannot have come true"):
        AdviceScore(predicted, came_true)
