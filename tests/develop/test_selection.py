import numpy as np
import pytest

from leadline.develop.selection import ties
from leadline.errors import NonFiniteError


def _paid(levels, noise=0.1, seeds=5, examples=300, seed=0):
    """Settings of known mean on examples that are hard or easy for all of them."""
    random = np.random.default_rng(seed)
    hard = random.exponential(1.0, (1, 1, examples))
    return hard + np.array(levels)[:, None, None] + noise * random.normal(size=(len(levels), seeds, examples))


def test_a_setting_ties_up_to_one_standard_error_of_the_paired_difference():
    paid = _paid([0.0, 0.001, 0.002, 0.004, 0.006, 0.01, 0.02], noise=0.2)
    best, tied = ties(paid)
    expected = []
    for setting in paid:
        difference = setting - paid[best]
        examples = np.std([difference[:, j].mean() for j in range(300)]) / np.sqrt(300)
        seeds = np.std([run.mean() for run in difference], ddof=1) / np.sqrt(5)
        expected.append(difference.mean() <= np.sqrt(examples**2 + seeds**2))
    assert tied.tolist() == expected
    assert True in expected
    assert False in expected


def test_what_is_hard_for_all_settings_does_not_make_them_tie():
    random = np.random.default_rng(0)
    shared = random.exponential(100.0, (1, 1, 50)) + random.exponential(100.0, (1, 3, 1))
    best, tied = ties(shared + np.array([0.0, 0.01])[:, None, None] + 1e-4 * random.normal(size=(2, 3, 50)))
    assert best == 0
    assert tied.tolist() == [True, False]


def test_equal_settings_all_tie():
    best, tied = ties(np.repeat(_paid([0.0]), 4, axis=0))
    assert best == 0
    assert tied.all()


def test_seeds_that_differ_widen_the_set():
    """The same means; once every seed agrees about them, once only their mean does."""
    steady = np.stack([np.full((4, 200), 1.0), np.full((4, 200), 1.1)])
    unsteady = steady + np.array([0, 1])[:, None, None] * np.array([-0.6, -0.2, 0.2, 0.6])[None, :, None]
    assert ties(steady)[1].tolist() == [True, False]
    assert ties(unsteady)[1].tolist() == [True, True]


def test_one_seed_is_judged_by_its_examples():
    best, tied = ties(_paid([0.0, 0.0, 1.0], seeds=1))
    assert tied[best]
    assert tied[:2].any()
    assert not tied[2]


# (name, what the second of three settings pays, whether it counts)
NEITHER_WINS_NOR_TIES = [
    ("stopped at weights that pay least", -5.0, False),
    ("stopped at weights that pay as much", 0.0, False),
    ("pays nan", np.nan, True),
    ("pays inf", np.inf, True),
    ("pays nan and stopped", np.nan, False),
]


@pytest.mark.parametrize(
    ("level", "finite"), [case[1:] for case in NEITHER_WINS_NOR_TIES], ids=[c[0] for c in NEITHER_WINS_NOR_TIES]
)
def test_a_setting_that_is_not_finite_neither_wins_nor_ties(level, finite):
    paid = _paid([0.0, 0.0, 1.0])
    paid[1, 2] += level
    best, tied = ties(paid, np.array([True, finite, True]))
    assert best == 0
    assert tied.tolist() == [True, False, False]


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_where_no_setting_is_finite_there_is_no_best(value):
    with pytest.raises(NonFiniteError, match="No setting trained to finite"):
        ties(np.full((3, 2, 9), value), np.zeros(3, bool))
