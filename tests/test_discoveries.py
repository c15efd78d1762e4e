import numpy as np
from scipy.stats import false_discovery_control

from leadline.discoveries import discoveries


def test_false_discoveries_are_adjusted_as_scipy_does():
    p = np.random.default_rng(6).random(50) ** 3
    np.testing.assert_allclose(discoveries(p), false_discovery_control(p))
    assert discoveries([]).tolist() == []
