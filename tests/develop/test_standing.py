import json

import numpy as np
import pytest

import leadline as ll
from leadline.data.split import split
from leadline.develop import standing as under_test
from leadline.develop.baselines import Baseline, Baselines, given
from leadline.develop.costs import Scores
from leadline.develop.folds import folds_of
from leadline.develop.gaps import judge
from leadline.develop.intervals import Estimate, Resampling
from leadline.develop.plan import start
from leadline.develop.population import members_of, train_and_score
from leadline.develop.standing import stand, standing
from leadline.errors import NonFiniteError
from leadline.layers import Dense
from leadline.optimizers import SGD

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
NUMBERS = split(X, 7 + 2 * X[:, 0] - X[:, 1])

# Judgements of bias, variance and distance, and the verdict.
VERDICTS = [
    ("fine", "fine", "fine", "done"),
    ("fine", "fine", "undetermined", "done"),
    ("fine", "fine", "high", "done"),
    ("fine", "high", "fine", "done"),
    ("undetermined", "high", "fine", "done"),
    ("undetermined", "undetermined", "fine", "done"),
    ("high", "fine", "fine", "high bias"),
    ("high", "fine", "high", "high bias"),
    ("high", "undetermined", "high", "high bias"),
    ("fine", "high", "high", "high variance"),
    ("undetermined", "high", "undetermined", "high variance"),
    ("high", "high", "high", "high bias and high variance"),
    ("undetermined", "undetermined", "undetermined", "undetermined"),
    ("fine", "undetermined", "undetermined", "undetermined"),
    ("undetermined", "fine", "undetermined", "undetermined"),
    ("undetermined", "undetermined", "high", "undetermined, leaning to high bias"),
    ("undetermined", "fine", "high", "undetermined, leaning to high bias"),
    ("fine", "undetermined", "high", "undetermined, leaning to high variance"),
]


@pytest.mark.parametrize(("bias", "variance", "distance", "verdict"), VERDICTS)
def test_the_verdict_follows_from_the_three_judgements(bias, variance, distance, verdict):
    sizes = {"high": (0.2, 0.1, 0.3), "fine": (0.0, -0.01, 0.01), "undetermined": (0.06, -0.1, 0.22)}
    gaps = [judge("bias", Estimate(*sizes[bias]), 0.05, 9, 5, ""), judge("variance", Estimate(*sizes[variance]), 0.05, 9, 5, "")]
    assert under_test._verdict(*gaps, judge("distance", Estimate(*sizes[distance]), 0.05, 9, 5, "")) == verdict


def _stand(train, cv, base, folds, delta=None, finite=True):
    """How a network stands whose seeds pay these absolute errors, against a baseline that pays those; trivial is 10."""
    scores = Scores(
        {name: tuple(power(train)) for name, power in POWERS.items()},
        {name: power(cv) for name, power in POWERS.items()},
        np.broadcast_to(finite, len(cv)),
        np.ones((len(cv), 1)),
        folds,
    )
    trivial = given(10.0, "mae")
    level = (
        given(base, "mae") if np.isscalar(base) else Baseline("linear", "mae", Resampling.of(base, "cv", stretch=folds.stretch))
    )
    return stand(scores, range(len(cv)), Baselines((level,), level, trivial), folds, "mae", delta)


POWERS = {"cost": lambda miss: miss**2 / 2, "squared": lambda miss: miss**2, "absolute": np.asarray}
PAID = np.random.default_rng(1).exponential(1, (3, 120))


def test_the_gaps_are_those_of_the_means_and_delta_is_a_tenth_of_the_baseline_or_a_hundredth_of_trivial():
    found = _stand(PAID + 1, PAID + 3, PAID[:1] + 0.5, folds_of(NUMBERS, 4))
    train, cv, base = (part.mean() for part in (PAID + 1, PAID + 3, PAID[:1] + 0.5))
    sizes = {name: gap.size.value for name, gap in found.gaps.items()}
    assert sizes == pytest.approx({"bias": train - base, "variance": cv - train, "distance": cv - base})
    assert found.bias.tolerance == pytest.approx(max(0.1 * base, 0.1))
    assert _stand(PAID, PAID, 0.2, folds_of(NUMBERS)).bias.tolerance == pytest.approx(0.1)
    assert _stand(PAID, PAID, 0.2, folds_of(NUMBERS), delta=0.7).bias.tolerance == 0.7
    assert found.cost.J_cv.value == pytest.approx(((PAID + 3) ** 2).mean() / 2)
    json.dumps(found.to_dict(), allow_nan=False)


def test_with_folds_what_train_and_cv_and_the_baseline_share_cancels():
    """The same rows everywhere: a gap that is the same for every row is known exactly. On a split of two parts it is not."""
    aligned = _stand(PAID + 1, PAID + 3, PAID.mean(axis=0)[None] + 0.5, folds_of(NUMBERS, 4))
    for gap, size in ((aligned.bias, 0.5), (aligned.variance, 2), (aligned.distance, 2.5)):
        assert gap.size.value == pytest.approx(size)
        assert gap.size.spread_examples == pytest.approx(0, abs=1e-6)
    apart = _stand(PAID + 1, PAID + 3, PAID.mean(axis=0)[None] + 0.5, folds_of(NUMBERS))
    assert apart.variance.size.spread_examples > 0.05
    assert apart.distance.size.spread_examples == pytest.approx(0, abs=1e-6)


def test_a_training_that_broke_is_said():
    with pytest.raises(NonFiniteError, match="Lower the learning rate"):
        _stand(PAID, PAID, 1.0, folds_of(NUMBERS), finite=np.array([True, False, True]))


@pytest.mark.parametrize("count", [0, 3])
def test_a_standing_is_that_of_the_plans_own_trainings(count):
    """Nothing but the network and the baselines is trained, and the numbers are those of its members alone."""
    folds, steps = folds_of(NUMBERS, count), []
    plan = start(NUMBERS, None, folds.rows, layers=(4,), lambda_=3.0, epochs=2, seeds=2)
    found = standing(plan, folds, baseline=0.4, progress=steps.append)
    alone = train_and_score(plan.problem, folds, members_of(plan.recipe, folds, plan.budget), plan.budget)
    assert found.score.J_cv == alone.of([0, 1], "rmse").J_cv
    assert found.score.J_train == alone.of([0, 1], "rmse").J_train
    assert found.baselines.is_given
    assert found.bias.size.value == pytest.approx(found.score.J_train.value - 0.4)
    assert sum(steps) == (2 + 12) * folds.count * 2 * -(-folds.rows // 32)
    assert (
        found.distance.would_settle == ""
        or "cv examples" in found.distance.would_settle
        or "seeds" in found.distance.would_settle
    )


def test_a_standing_of_what_diverges_is_refused():
    model = ll.Sequential([Dense(1)])
    model.compile(optimizer=SGD(1e30), loss="mse")
    with pytest.raises(NonFiniteError, match="did not stay finite"):
        standing(start(NUMBERS, model, 90, epochs=2, seeds=2), folds_of(NUMBERS))
