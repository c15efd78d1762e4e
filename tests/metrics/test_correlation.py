"""Correlations: what does not vary, single outputs, the axis of the batch."""

import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ShapeError

KINDS = [metrics.PearsonCorrelation, metrics.ConcordanceCorrelation]
Y = np.array([[1.0, 2.0, 3.0], [2.0, 0.0, 1.0]])


@pytest.mark.parametrize("kind", KINDS)
def test_what_does_not_vary_is_not_correlated(kind):
    assert kind()(Y, np.ones((2, 3))) == 0
    assert kind()(np.zeros((2, 3)), np.zeros((2, 3))) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_ends(kind):
    np.testing.assert_allclose(
        [kind()(Y, Y), kind()(Y - Y.mean(1, keepdims=True), Y.mean(1, keepdims=True) - Y)], [1, -1], rtol=1e-6
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("axis", "shape"), [(-1, (4, 1)), (-1, (4,)), (0, (4, 3)), (-2, (4, 3))])
def test_refusals(kind, axis, shape):
    with pytest.raises(ShapeError, match="needs two or more|Give a value for each example"):
        kind(axis=axis)(np.ones(shape), np.ones(shape))
