"""What a process says is the least error is what its best predictor pays, and nothing pays less."""

import numpy as np
import processes
import pytest
from processes import KINDS, SIGNALS, Process
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

NOISE = {"numbers": 0.5, "flips": 0.1, "logits": 0.4, "gaussians": 0.4}
CLASSES = {"numbers": 2, "flips": 2, "logits": 3, "gaussians": 3}
EVERY = [(kind, signal) for kind in KINDS[:3] for signal in SIGNALS] + [("gaussians", "linear")]


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch):
    """The least error to half a per cent of itself is enough here."""
    monkeypatch.setattr(processes, "MANY", 50_000)


def _process(kind, signal, features=6, draw=0):
    return Process(kind, signal, features, NOISE[kind], CLASSES[kind], draw)


def _paid(kind, drawn, said):
    return np.sqrt(np.mean((drawn.y - said) ** 2)) if kind == "numbers" else np.mean(drawn.y != said)


@pytest.mark.parametrize(("kind", "signal"), EVERY)
def test_the_best_predictor_pays_the_least_error(kind, signal):
    process, count = _process(kind, signal), 40_000
    drawn = process.examples(np.random.default_rng(7), count)
    error = process.best / np.sqrt(2 * count) if kind == "numbers" else np.sqrt(process.best / count)
    assert _paid(kind, drawn, drawn.best) == pytest.approx(process.best, abs=4 * error)


@pytest.mark.parametrize(("kind", "signal"), EVERY)
def test_inputs_are_centred_and_targets_are_of_every_class(kind, signal):
    drawn = _process(kind, signal).examples(np.random.default_rng(3), 10_000)
    assert drawn.X.shape == (10_000, 6)
    assert np.abs(drawn.X.mean(axis=0)).max() < (0.05 if kind != "gaussians" else 2.5)
    if kind == "numbers":
        assert drawn.best.std() == pytest.approx(1, abs=0.1)
    else:
        assert set(np.unique(drawn.y)) == set(range(CLASSES[kind]))
        assert np.bincount(drawn.y).min() > 500


@pytest.mark.parametrize(("kind", "signal"), [("numbers", "friedman"), ("flips", "cubic"), ("gaussians", "linear")])
def test_a_strong_learner_comes_near_it_and_not_below(kind, signal):
    process, random = _process(kind, signal, features=5), np.random.default_rng(1)
    seen, fresh = process.examples(random, 20_000), process.examples(random, 20_000)
    learner = HistGradientBoostingRegressor if kind == "numbers" else HistGradientBoostingClassifier
    with threadpool_limits(1, user_api="openmp"):
        paid = _paid(kind, fresh, learner(max_iter=60, random_state=0).fit(seen.X, seen.y).predict(fresh.X))
    assert paid > _paid(kind, fresh, fresh.best)
    assert paid < 1.35 * process.best


def test_a_line_is_all_there_is_to_linear_logits():
    """Two classes whose ln odds are linear: logistic regression is the best there is."""
    process, random = Process("logits", "linear", 4, 0.5, 2), np.random.default_rng(2)
    seen, fresh = process.examples(random, 20_000), process.examples(random, 50_000)
    paid = np.mean(LogisticRegression().fit(seen.X, seen.y).predict(fresh.X) != fresh.y)
    assert paid == pytest.approx(process.best, abs=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_a_process_is_its_settings(kind):
    one, same, other = (_process(kind, "teacher", draw=draw) for draw in (0, 0, 1))
    drawn = [process.examples(np.random.default_rng(5), 50).best for process in (one, same, other)]
    assert one.best == same.best
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])
