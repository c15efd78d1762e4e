import dataclasses
import json

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import leadline as ll
from leadline.data.split import split
from leadline.develop import remedies as under_test
from leadline.develop.costs import reading
from leadline.develop.curves import LearningCurve
from leadline.develop.evidence import gather
from leadline.develop.folds import folds_of
from leadline.develop.forecast import forecast
from leadline.develop.intervals import Estimate, estimate
from leadline.develop.moves import MOVES, Move
from leadline.develop.plan import start
from leadline.develop.problem import problem_of
from leadline.develop.remedies import Remedy, mean_output, measure_remedies, ranked
from leadline.errors import ArgumentError
from leadline.layers import Dense
from leadline.losses import SparseCategoricalCrossentropy
from leadline.optimizers import SGD, Adam

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(200, 3))
LINE = split(X, 2 * X[:, 0] - X[:, 1])
TWO = split(X, (X[:, 0] + 0.5 * RANDOM.normal(size=200) > 0).astype(int))
BY_NAME = {move.name: move for move in MOVES}


def _model(layers, optimizer):
    model = ll.Sequential(layers)
    model.compile(optimizer=optimizer, loss="mse")
    return model


def _evidence(data, model=None, count=0, seeds=4, **options):
    folds = folds_of(data, count)
    return gather(start(data, model, folds.rows, seeds=seeds, **options), folds)


def _measured(evidence, moves, **options):
    """The remedies by name, of these moves alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(under_test, "MOVES", tuple(moves))
        found = measure_remedies(evidence, **options)
    return {remedy.name: remedy for remedy in found}


# --- planted problems -----------------------------------------------------------------------------------------------------------

WIDE = RANDOM.normal(size=(300, 80))
PLANTED = {
    "smaller λ": (LINE, None, {"lambda_": 200.0, "layers": (8,), "epochs": 60}),
    "more units": (split(X, abs(X).sum(axis=1)), [Dense(3, "relu"), Dense(1)], {"epochs": 40}),
    "fewer features": (split(WIDE, 2 * WIDE[:, 0] + 0.5 * RANDOM.normal(size=300)), [Dense(1)], {"epochs": 40}),
    "polynomial features": (split(X, X[:, 0] ** 2), [Dense(1)], {"epochs": 15}),
    "longer training": (LINE, [Dense(8, "relu"), Dense(1)], {"epochs": 2}),
    "standardised features": (split(100 + 5 * X, 2 * X[:, 0] - X[:, 1]), [Dense(4, "tanh"), Dense(1)], {"epochs": 10}),
}


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_to_help_surely(name):
    data, layers, options = PLANTED[name]
    evidence = _evidence(data, layers and _model(layers, Adam(0.03)), **options)
    found = _measured(evidence, [BY_NAME[name]])[name]
    assert found.reason == ""
    assert found.helps
    assert found.gain.high < 0
    assert found.J_cv.value == pytest.approx(evidence.learning.cv[-1].value + found.gain.value)
    assert found.seconds > 0


def test_where_the_network_is_at_the_noise_nothing_surely_helps():
    random = np.random.default_rng(1)
    inputs = random.normal(size=(600, 3))
    data = split(inputs, 2 * inputs[:, 0] - inputs[:, 1] + 0.5 * random.normal(size=600))
    found = _measured(_evidence(data, _model([Dense(1)], Adam(0.05)), epochs=30), MOVES)
    assert [name for name, remedy in found.items() if remedy.helps] == []
    assert sum(remedy.gain is not None for remedy in found.values()) >= 6
    assert all(remedy.gain is not None or remedy.reason for remedy in found.values())


def test_what_surely_helps_is_ranked_before_what_may_bring_more():
    named = {
        "refused": None,
        "worse": Estimate(0.2, 0.1, 0.3),
        "may be more": Estimate(-0.9, -2.0, 0.1),
        "surely less": Estimate(-0.1, -0.15, -0.05),
        "sure alone, not among a dozen": Estimate(-0.2, -0.35, -0.05),
        "surely": Estimate(-0.3, -0.4, -0.2),
    }
    order = ["surely", "surely less", "may be more", "sure alone, not among a dozen", "worse", "refused"]
    given = [Remedy(name, "both", gain=gain, reason="" if gain else "none") for name, gain in named.items()]
    for one in (given, given[::-1]):
        assert [remedy.name for remedy in ranked(one)] == order


SURE, OPEN, RISE = Estimate(-0.3, -0.4, -0.2), Estimate(-0.1, -0.4, 0.2), Estimate(0.01, -0.2, 0.2)


@pytest.mark.parametrize(
    ("gain", "error", "helps"),
    [(SURE, None, True), (OPEN, None, False), (SURE, OPEN, True), (OPEN, SURE, True), (SURE, RISE, False), (RISE, SURE, False),
     (OPEN, OPEN, False), (None, None, False)],
)  # fmt: skip
def test_of_J_and_the_error_one_must_surely_fall_and_the_other_not_rise(gain, error, helps):
    assert Remedy("a", "both", gain=gain, error=error).helps is helps


# --- what is compared with what -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small():
    return _evidence(TWO, count=3, seeds=3, layers=(4,), epochs=3)


@pytest.fixture(scope="module")
def all_of_them(small):
    return _measured(small, MOVES)


def test_a_remedy_is_paired_with_the_network_example_by_example(small, all_of_them):
    """Most of what makes one example cost more than another is the same on both sides, and cancels."""
    longer = all_of_them["lower learning rate"]
    entries = small.tried["learning_rate", longer.value]
    new, old = (small.measured.of(entry, "cost").cv for entry in (entries, small.own))
    assert longer.gain == estimate(lambda new, old: new - old, new, old)
    unpaired = np.hypot(*(np.std(part.by_examples) for part in (new, old)))
    assert longer.gain.spread_examples < 0.3 * unpaired
    paid = small.measured.cv["cost"]
    assert longer.gain.value == pytest.approx(paid[list(entries)].mean() - paid[list(small.own)].mean())


def test_every_remedy_is_measured_or_has_a_reason_and_the_ranking_is_by_what_is_sure(all_of_them):
    assert set(all_of_them) == {move.name for move in MOVES} | {"average of trainings", "more data"}
    order = list(all_of_them.values())
    assert list(ranked(order)) == order
    places = [(remedy.gain is None, not remedy.helps, remedy.gain.value if remedy.gain else 0.0) for remedy in order]
    assert places == sorted(places)
    assert all((remedy.gain is None) == bool(remedy.reason) for remedy in order)
    assert all(remedy.change for remedy in order if remedy.gain)


def test_a_longer_training_is_measured_at_its_own_length(small, all_of_them):
    assert all_of_them["longer training"].value == 8
    assert all_of_them["longer training"].change == "8 epochs instead of 3"
    assert all_of_them["longer training"].gain.value < 0
    assert all_of_them["shorter training"].gain.value > 0


def test_what_came_back_from_a_file_says_the_same(all_of_them):
    for remedy in all_of_them.values():
        plain = json.loads(json.dumps(remedy.to_dict(), allow_nan=False))
        again = Remedy.from_dict(plain)
        assert again.to_dict() == remedy.to_dict()
        assert again.helps == remedy.helps
        assert (again.name, again.value, again.reason) == (remedy.name, remedy.value, remedy.reason)
        for name in ("gain", "error", "J_cv"):
            assert isinstance(getattr(again, name), Estimate) == (getattr(remedy, name) is not None)


def test_what_is_known_is_not_measured_again_and_what_is_measured_is_told(small):
    known, told = Remedy("more units", "bias", "wide", 2.0, Estimate(-9.0, -10.0, -8.0)), []
    moves = [BY_NAME["more units"], BY_NAME["larger λ"]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(under_test, "train_and_score", lambda *args: pytest.fail("a training began"))
        found = _measured(small, moves, known=[known, Remedy("others", "bias")], tell=told.append)
    assert found["more units"] is known
    assert next(iter(found)) == "more units"
    assert [remedy.name for remedy in told] == ["larger λ"]
    assert told[0].gain is not None
    assert "others" not in found


def test_when_the_time_is_spent_what_was_measured_already_is_read_and_the_rest_is_not_trained(small, monkeypatch):
    trained, asked = [], []
    run = under_test.train_and_score
    monkeypatch.setattr(under_test, "train_and_score", lambda *args: trained.append(1) or run(*args))

    def out_of_time():
        asked.append(1)
        return len(asked) > 1

    moves = [BY_NAME[name] for name in ("larger λ", "fewer units", "more units", "another layer")]
    found = _measured(small, moves, out_of_time=out_of_time)
    assert found["larger λ"].gain is not None
    assert found["fewer units"].gain is not None
    assert (len(trained), len(asked)) == (1, 3)
    for name in ("more units", "another layer"):
        assert found[name].reason == "the time was spent"
        assert found[name].gain is None
        assert found[name].change
    assert found["average of trainings"].gain is not None


def _refusing(*args):
    raise ArgumentError("there is a reason.")


# (what goes wrong, the move, the reason)
FAILURES = [
    ("no value", Move("broken", "bias", _refusing, lambda plan, value: plan, lambda plan, value: ""), "there is a reason"),
    ("no plan", Move("broken", "bias", lambda evidence: 1, _refusing, lambda plan, value: ""), "there is a reason"),
    (
        "it diverges",
        Move(
            "broken",
            "bias",
            lambda evidence: 1e30,
            lambda plan, rate: plan.with_recipe(plan.problem.recipe.replace(optimizer=SGD(np.float32(rate)))),
            lambda plan, value: "a rate beyond all",
        ),
        "a training did not stay finite",
    ),
]


@pytest.mark.parametrize(("move", "reason"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES])
def test_a_move_that_cannot_be_run_says_why_and_the_others_are_measured(small, move, reason):
    found = _measured(small, [move, BY_NAME["larger λ"]])
    assert found["broken"].reason == reason
    assert found["broken"].gain is None
    assert not found["broken"].helps
    assert found["larger λ"].gain is not None
    assert list(found)[-1] in ("broken", "more data")


def test_a_remedy_with_other_inputs_is_measured_on_the_same_rows(small):
    """Powers, on the folds of the network."""
    seen, run = [], under_test.train_and_score
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            under_test, "train_and_score", lambda problem, folds, *rest: seen.append(folds) or run(problem, folds, *rest)
        )
        found = _measured(small, [BY_NAME["polynomial features"]])["polynomial features"]
    assert found.gain is not None
    assert seen[0].parts is small.folds.parts
    assert seen[0].X.shape == (160, 9)
    assert (seen[0].X[:, :3] == small.folds.X).all()


# --- the average and more data --------------------------------------------------------------------------------------------------


def test_the_average_of_trainings_pays_for_the_mean_probability(small, all_of_them):
    """By hand: the mean over the seeds of each row's probability, against the mean cost of one training."""
    z, y = small.outputs().astype(float)[..., 0], small.folds.y[small.folds.held]
    p = (1 / (1 + np.exp(-z))).mean(axis=0)
    alone = np.where(y, np.logaddexp(0, -z), np.logaddexp(0, z)).mean()
    found = all_of_them["average of trainings"]
    paid = -np.log(np.where(y, p, 1 - p)).mean()
    assert found.gain.value == pytest.approx(paid - alone, rel=1e-3)
    assert found.J_cv.value == pytest.approx(paid, rel=1e-3)
    assert found.error.value == pytest.approx(((p > 0.5) != y).mean() - ((z > 0) != y).mean())
    assert found.gain.value < 0
    assert "3 trainings" in found.change


def test_more_data_is_the_forecast_at_twice_the_examples(small, all_of_them):
    ahead, found = forecast(small.deciding), all_of_them["more data"]
    assert ahead.metric == "cost"
    assert f"{2 * ahead.present:,} training examples instead of {ahead.present:,}" in found.change
    if ahead.refusal:
        assert found.reason == ahead.refusal.rstrip(".")
        return
    gain = ahead.points[0].gain
    assert (found.gain.low, found.gain.value, found.gain.high) == (-gain.high, -gain.value, -gain.low)
    assert found.J_cv == ahead.points[0].J_cv


def test_more_data_has_the_sign_of_a_remedy_or_the_reason_of_a_refusal():
    sizes = np.array([20, 40, 80, 160, 320])
    J = (0.05 + 20 / sizes[:, None]) * (1 + 0.001 * np.random.default_rng(0).normal(size=(5, 4)))
    means = tuple(Estimate(value, value, 0.001 * value) for value in J.mean(axis=1))
    curve = LearningCurve(tuple(sizes.tolist()), "rmse", J, J, means, means)
    found = under_test._more_data(forecast(curve))
    fall = 20 / 320 - 20 / 640
    assert found.gain.low < -fall < found.gain.high < 0
    assert found.gain.value == pytest.approx(-fall, rel=0.3)
    assert found.helps
    refused = under_test._more_data(forecast(dataclasses.replace(curve, sizes=curve.sizes[:2], J_cv=J[:2], cv=means[:2])))
    assert "needs at least" in refused.reason
    assert not refused.helps


EXTREME = np.array([[[800.0, -800.0, 0.0]], [[-900.0, 2.0, 1.0]], [[30.0, 31.0, -5.0]]])


def test_the_mean_of_probabilities_is_exact_at_extreme_logits():
    problem = problem_of(split(X, np.argmax(X, axis=1)))
    given = mean_output(problem, EXTREME)
    np.testing.assert_allclose(softmax(given, axis=-1), softmax(EXTREME, axis=-1).mean(axis=0, keepdims=True), rtol=1e-12)
    # Where all say no, the logarithm is still that of the mean.
    both = np.array([[[0.0, -1000.0]], [[0.0, -1001.0]]])
    assert np.diff(mean_output(problem, both)).item() == pytest.approx(np.log((1 + np.exp(-1)) / 2) - 1000, rel=1e-12)
    assert (log_softmax(given, axis=-1) > -1000).all()


@pytest.mark.parametrize("logits", [(3.0, -1.0), (40.0, 38.0), (-700.0, -701.0), (1000.0, -1000.0), (800.0, 801.0)])
def test_the_mean_of_two_probabilities_of_yes_is_exact_at_extreme_logits(logits):
    """ln p − ln(1 − p) in numbers of 1,100 digits."""
    from decimal import Decimal, getcontext

    getcontext().prec = 1100
    yes = sum(1 / (1 + (-Decimal(z)).exp()) for z in logits) / 2
    expected = float(yes.ln() - (1 - yes).ln())
    found = mean_output(problem_of(TWO), np.array(logits)[:, None, None])
    assert found.shape == (1, 1, 1)
    assert found.item() == pytest.approx(expected, rel=1e-12)


def test_numbers_and_probabilities_are_averaged_as_they_are():
    outputs = RANDOM.uniform(size=(3, 5, 3))
    model = ll.Sequential([Dense(3, "softmax")])
    model.compile(optimizer="adam", loss=SparseCategoricalCrossentropy())
    for problem, own in (
        (problem_of(LINE), outputs[..., :1]),
        (problem_of(split(X, np.argmax(X, axis=1)), model), outputs),
    ):
        np.testing.assert_allclose(mean_output(problem, own), own.mean(axis=0, keepdims=True), rtol=1e-12)


def test_J_and_the_error_are_both_compared(small, all_of_them):
    higher = all_of_them["higher learning rate"]
    entries = small.tried["learning_rate", higher.value]
    for metric, found in (("error", higher.error), ("cost", higher.gain)):
        values = small.measured.cv[reading(metric)[0]]
        assert found.value == pytest.approx(values[list(entries)].mean() - values[list(small.own)].mean())
