from dataclasses import replace

import numpy as np
import pytest
from tests.develop.test_alarms import HEALTHY, look


def test_the_first_and_the_last_look_are_told_by_their_epochs():
    looks = {50: look(cost=0.1), 0: look(cost=1.1), 25: look(cost=0.5)}
    signs = replace(HEALTHY, looks=looks)
    assert signs.first is looks[0]
    assert signs.last is looks[50]


@pytest.mark.parametrize(
    ("ends", "trivial", "left"),
    [
        ([0.2, 0.4, 0.6], 1.0, 0.4),
        ([0.2, 0.4, 0.6], 0.5, 0.8),
        ([0.2, np.inf, 0.6], 1.0, 0.6),
        ([0.2, 0.4, np.nan], 1.0, 0.4),  # a training broke
        ([np.nan, 0.4, np.nan], 1.0, np.nan),
    ],
)
def test_what_is_left_is_the_median_seeds_last_cost_by_the_constants(ends, trivial, left):
    cost = np.ones((3, 4))
    cost[:, -1] = ends
    assert replace(HEALTHY, cost=cost, trivial=trivial).left == pytest.approx(left, nan_ok=True)
