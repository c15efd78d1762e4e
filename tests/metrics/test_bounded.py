"""The best of one share where another reaches a bound: nothing that reaches it, one threshold, refusals."""

import jax
import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ArgumentError, ShapeError

Y, F = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.5, 0.9])
KINDS = [metrics.PrecisionAtRecall, metrics.RecallAtPrecision, metrics.SensitivityAtSpecificity, metrics.SpecificityAtSensitivity]


def test_where_nothing_reaches_the_bound_it_is_zero():
    assert metrics.RecallAtPrecision(0.5)(np.zeros(4), F) == 0
    assert metrics.RecallAtPrecision(0.9)(1 - Y, F) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_one_threshold_is_a_half(kind):
    assert kind(0.0, num_thresholds=1)(Y, F) == 0.5
    assert kind(0.6, num_thresholds=1)(Y, F) == 0


def test_bounds_are_a_population():
    many = jax.vmap(lambda bound: metrics.PrecisionAtRecall(bound)(Y, F))(np.array([0.4, 0.9]))
    np.testing.assert_allclose(many, [1.0, 2 / 3], rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.PrecisionAtRecall(1.2), ArgumentError, "PrecisionAtRecall needs a recall between 0 and 1; got 1.2"),
        (lambda: metrics.SensitivityAtSpecificity(-1), ArgumentError, "a specificity between 0 and 1; got -1"),
        (lambda: metrics.RecallAtPrecision(0.5, num_thresholds=0), ArgumentError, "num_thresholds of 1 or more; got 0"),
        (lambda: metrics.RecallAtPrecision(0.5, class_id=2)(np.eye(2), np.eye(2)), ShapeError, "class_id=2"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
