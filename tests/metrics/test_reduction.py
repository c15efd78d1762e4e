"""Running means and sums of values."""

import jax
import numpy as np
import pytest

from leadline import metrics
from leadline.errors import ShapeError

VALUES = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
WEIGHTS = np.arange(6.0)


@pytest.mark.parametrize(
    ("kind", "weights", "expected"),
    [
        (metrics.Mean, None, VALUES.mean()),
        (metrics.Mean, WEIGHTS, np.average(VALUES.mean(1), weights=WEIGHTS)),
        (metrics.Sum, None, VALUES.sum()),
        (metrics.Sum, WEIGHTS, (VALUES.sum(1) * WEIGHTS).sum()),
    ],
)
def test_over_batches_in_a_scan(kind, weights, expected):
    reduction = kind()
    w = None if weights is None else weights.reshape(2, 3).astype(np.float32)
    state, _ = jax.lax.scan(lambda s, b: (reduction.update(s, *b), None), reduction.init(), (VALUES.reshape(2, 3, 4), w))
    np.testing.assert_allclose(reduction.result(state), expected, rtol=1e-5)
    np.testing.assert_allclose(reduction(VALUES, weights), expected, rtol=1e-5)


def test_single_numbers():
    assert metrics.Mean()(3.0) == metrics.Sum()(3.0) == 3
    assert metrics.Mean().result(metrics.Mean().init()) == 0


@pytest.mark.parametrize("kind", [metrics.Mean, metrics.Sum])
def test_weights_that_do_not_fit(kind):
    with pytest.raises(ShapeError, match="Sample weights"):
        kind()(VALUES, np.ones(5))
