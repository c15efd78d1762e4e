import dataclasses
import json
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import leadline as ll
from leadline.data.split import SealedPart, split
from leadline.data.table import from_frame
from leadline.develop import moves
from leadline.develop.evidence import gather
from leadline.develop.folds import folds_of
from leadline.develop.importance import Importance
from leadline.develop.intervals import Estimate
from leadline.develop.moves import MOVES
from leadline.develop.plan import start
from leadline.errors import ArgumentError, ShapeError
from leadline.layers import Add, Conv2D, Dense, Dropout, Flatten, Normalization
from leadline.optimizers import SGD
from leadline.regularizers import L1, L2
from leadline.schedules import ExponentialDecay

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3))
NUMBERS = split(X, X[:, 0], features=["a", "b", "c"])
FAR = split(1e4 + 1e3 * X, X[:, 0], features=["a", "b", "c"])
IMAGES = split(RANDOM.normal(size=(60, 6, 4, 1)), np.arange(60.0))
BY_NAME = {move.name: move for move in MOVES}
LAMBDAS = (0.0, 0.5, 1.0, 2.0, 4.0)


def _model(layers, optimizer="adam"):
    model = ll.Sequential(layers)
    model.compile(optimizer=optimizer, loss="mse")
    return model


def _plan(data=NUMBERS, model=None, **options):
    return start(data, model, data.train.size, **({"epochs": 30, "seeds": 2} | options))


def _evidence(plan, costs=(5.0, 3.0, 2.0, 4.0, 1.0), needed=(True, False, True)):
    """What a move reads of the evidence: the plan, the λ curve, the learning rates that were tried, and which columns matter."""
    rate = getattr(plan.problem.recipe.optimizer, "learning_rate", None)
    rates = () if rate is None or callable(rate) else (float(rate) * 3.0, float(rate) / 3.0)
    curve = SimpleNamespace(values=LAMBDAS, cv=[Estimate(cost, cost, cost) for cost in costs])
    tried = {("l2", value): range(2) for value in LAMBDAS} | {("learning_rate", one): range(2) for one in rates}
    folds = folds_of(plan.data)
    return SimpleNamespace(plan=plan, lambdas=curve, tried=tried, folds=folds, needed=np.array(needed))


@pytest.fixture(autouse=True)
def importance(monkeypatch):
    """Which columns matter, as the evidence says, one feature each."""

    def found(evidence):
        count = len(evidence.needed)
        rise = evidence.needed.astype(float)
        return Importance(tuple("abcdef"[:count]), tuple((place,) for place in range(count)), rise, np.full(count, 0.5))

    monkeypatch.setattr(moves, "permutation_importance", found)


def _widths(plan):
    return [layer.units for layer in plan.problem.recipe.network.layers if isinstance(layer, Dense)]


def _aspects(plan):
    """Everything that a plan is, by parts: for telling what a move changed."""
    recipe = plan.problem.recipe
    return {
        "layers": [(type(layer).__name__, repr(layer)) for layer in recipe.network.layers],
        "inputs": recipe.network.input_shape,
        "optimizer": repr(recipe.optimizer),
        "loss": repr(recipe.loss),
        "lambda": plan.lambda_,
        "budget": plan.budget,
        "data": plan.data,
        "target": (plan.problem.target, plan.problem.metric, plan.problem.location, plan.problem.scale),
    }


# (move, data, λ of the plan, the value it takes, the aspects that it changes, words)
CHANGES = [
    ("larger λ", NUMBERS, 1.0, 4.0, {"lambda"}, "λ = 4 instead of 1"),
    ("smaller λ", NUMBERS, 4.0, 1.0, {"lambda"}, "λ = 1 instead of 4"),
    ("higher learning rate", NUMBERS, 0.0, 0.003, {"optimizer"}, "learning rate 0.003 instead of 0.001"),
    ("lower learning rate", NUMBERS, 0.0, 0.001 / 3, {"optimizer"}, "learning rate 0.00033 instead of 0.001"),
    ("standardised features", FAR, 0.0, True, {"layers"}, "each of the 3 features less its mean"),
    ("more units", NUMBERS, 0.0, 2.0, {"layers"}, "3 → 10 → 6 → 1 instead of 3 → 5 → 3 → 1"),
    ("another layer", NUMBERS, 0.0, 1, {"layers"}, "3 → 5 → 3 → 3 → 1 instead of 3 → 5 → 3 → 1"),
    ("fewer features", NUMBERS, 0.0, [0, 2], {"inputs", "data"}, "2 of 3 features"),
    ("fewer units", NUMBERS, 0.0, 0.5, {"layers"}, "3 → 2 → 2 → 1 instead of 3 → 5 → 3 → 1"),
    ("shorter training", NUMBERS, 0.0, 10, {"budget"}, "10 epochs instead of 30"),
    ("polynomial features", NUMBERS, 0.0, 2, {"inputs", "data"}, "6 squares and products of the features beside the 3"),
    ("longer training", NUMBERS, 0.0, 75, {"budget"}, "75 epochs instead of 30"),
]


def test_every_move_is_among_the_cases():
    assert [case[0] for case in CHANGES] == [move.name for move in MOVES]
    assert {move.acts_on for move in MOVES} == {"bias", "variance", "both"}


@pytest.mark.parametrize(("name", "data", "lambda_", "value", "changed", "words"), CHANGES, ids=[case[0] for case in CHANGES])
def test_a_move_changes_what_it_says_and_nothing_else(name, data, lambda_, value, changed, words):
    plan, move = _plan(data, layers=(5, 3), lambda_=lambda_), BY_NAME[name]
    before = _aspects(plan)
    taken = move.value(_evidence(plan))
    assert taken == pytest.approx(value, rel=1e-6)
    assert json.loads(json.dumps(taken)) == taken
    after = move.change(plan, taken)
    assert move.words(plan, taken).startswith(words)
    assert _aspects(plan) == before
    assert {part for part, own in _aspects(after).items() if own != before[part]} == changed
    # What was read back from a file gives the same.
    again = move.change(plan, json.loads(json.dumps(taken)))
    assert again.described() == after.described()
    assert after.described() != plan.described()


@pytest.mark.parametrize("name", ["more units", "another layer", "fewer units", "polynomial features", "fewer features"])
def test_a_changed_network_can_be_trained_with_its_lambda(name):
    """Every kernel has a place for λ, and λ counts on all of them."""
    plan, move = _plan(layers=(5, 3), lambda_=6.0), BY_NAME[name]
    recipe = move.change(plan, move.value(_evidence(plan))).recipe(60)
    strengths = [float(layer.kernel_regularizer.l2) for layer in recipe.network.layers if layer.kernel_names]
    assert strengths == pytest.approx([0.1] * len(strengths))
    params, _ = recipe.network.init(jax.random.key(0))
    assert params["dense"]["kernel"].shape[0] == recipe.network.input_shape[0]


def test_the_value_of_lambda_is_the_best_on_its_side_of_the_curve_that_is_finite():
    value = BY_NAME["larger λ"].value
    assert value(_evidence(_plan(lambda_=0.5), (9, 9, 3.0, 2.0, 4.0))) == 2.0
    assert value(_evidence(_plan(lambda_=0.5), (9, 9, np.nan, 3.0, 4.0))) == 2.0
    with pytest.raises(ArgumentError, match="no larger λ than 0.5"):
        value(_evidence(_plan(lambda_=0.5), (9, 9, np.nan, np.inf, np.nan)))
    assert value(_evidence(_plan(lambda_=0.5), (0.1, 9, 3.0, 3.5, 4.0))) == 1.0
    assert BY_NAME["smaller λ"].value(_evidence(_plan(lambda_=2.0), (4, 3.0, 3.5, 1, 0.5))) == 0.5


def test_features_are_kept_by_their_columns_and_the_test_part_stays_sealed():
    data = dataclasses.replace(NUMBERS)
    plan = _plan(data)
    after = BY_NAME["fewer features"].change(plan, [0, 2])
    assert after.data.feature_names == ("a", "c")
    assert (data.train.X[:, [0, 2]] == after.data.train.X).all()
    assert (data.cv.X[:, [0, 2]] == after.data.cv.X).all()
    assert (after.data.cv.y == data.cv.y).all()
    assert isinstance(after.data.test, SealedPart)
    assert after.data.test.digest == data.test.digest


def test_powers_are_standardised_products_fitted_on_train():
    plan = _plan()
    after = BY_NAME["polynomial features"].change(plan, 2).data
    train, cv = (part.X.astype(float) for part in (NUMBERS.train, NUMBERS.cv))
    mean, scale = train.mean(axis=0), train.std(axis=0)
    products = {name: ("abc".index(name[0]), "abc".index(name[-1])) if "*" in name else ("abc".index(name[0]),) * 2
                for name in after.feature_names[3:]}  # fmt: skip
    assert len(products) == 6
    for place, (first, second) in enumerate(products.values(), 3):
        own, new = ((part[:, first] - mean[first]) * (part[:, second] - mean[second]) for part in (train, cv))
        own, new = own / (scale[first] * scale[second]), new / (scale[first] * scale[second])
        np.testing.assert_allclose(after.cv.X[:, place], (new - own.mean()) / own.std(), rtol=1e-4, atol=1e-5)
    assert (after.cv.X[:, :3] == NUMBERS.cv.X).all()


def test_features_are_standardised_inside_the_network_by_the_mean_and_deviation_of_train():
    network = BY_NAME["standardised features"].change(_plan(FAR, layers=()), True).problem.recipe.network
    params, state = network.init(jax.random.key(0))
    train, cv = (part.X.astype(float) for part in (FAR.train, FAR.cv))
    given, _ = network.apply(params, state, FAR.cv.X)
    (layer,) = params.values()
    expected = (cv - train.mean(axis=0)) / train.std(axis=0) @ np.asarray(layer["kernel"], float) + np.asarray(layer["bias"])
    np.testing.assert_allclose(given, expected, rtol=1e-3, atol=1e-4)


# (what the columns are, whether there is something to standardise)
SCALES = [
    ("usual", X, False),
    ("far from 0", X + 100, True),
    ("wide", 50 * X, True),
    ("narrow", X / 50, True),
    ("one of them wide", X * [1, 1, 50], True),
    ("one of them the same in all rows", np.hstack([X, np.full((80, 1), 3.0)]), False),
]


@pytest.mark.parametrize(("data", "wanted"), [case[1:] for case in SCALES], ids=[case[0] for case in SCALES])
def test_features_are_standardised_where_one_that_varies_is_far_from_the_usual_scale(data, wanted):
    evidence = _evidence(_plan(split(data, X[:, 0])))
    if wanted:
        assert BY_NAME["standardised features"].value(evidence) is True
        return
    with pytest.raises(ArgumentError, match="suit a network"):
        BY_NAME["standardised features"].value(evidence)


def test_a_category_keeps_or_loses_all_its_features(monkeypatch):
    colours = RANDOM.choice(["red", "green"], 80)
    data = split(from_frame({"a": X[:, 0], "colour": colours, "target": X[:, 1]}), target="target")
    plan = _plan(data)
    places = {
        own: tuple(at for at, feature in enumerate(data.feature_names) if feature.split("=")[0] == own) for own in ("a", "colour")
    }
    found = Importance(("a", "colour"), tuple(places.values()), np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    monkeypatch.setattr(moves, "permutation_importance", lambda evidence: found)
    assert BY_NAME["fewer features"].value(_evidence(plan)) == list(places["colour"])
    assert len(places["colour"]) == 2


def test_filters_are_units_and_the_output_is_no_hidden_layer():
    plan = _plan(IMAGES, _model([Conv2D(4, 3), Flatten(), Dense(6, "relu"), Dropout(0.1), Dense(1)]))
    wide = BY_NAME["more units"].change(plan, 2.0).problem.recipe.network
    assert [getattr(layer, "filters", getattr(layer, "units", None)) for layer in wide.layers] == [8, None, 12, None, 1]
    assert BY_NAME["fewer units"].change(plan, 0.5).units == "6 × 4 × 1 → 4 × 2 × 2 → 16 → 3 → 3 → 1"


def test_a_layer_is_put_before_the_last_dense_one_and_is_like_the_one_before_it():
    plan = _plan(model=_model([Dense(5, "tanh", kernel_regularizer=L1(0.5), name="own"), Dropout(0.1), Dense(1)]))
    network = BY_NAME["another layer"].change(plan, 1).problem.recipe.network
    assert [type(layer) for layer in network.layers] == [Dense, Dropout, Dense, Dense]
    first, _, new, last = network.layers
    assert (new.units, new.activation, last.units) == (5, first.activation, 1)
    assert float(new.kernel_regularizer.l1) == 0.5
    assert len(set(network.names)) == 4
    assert network.names[0] == "own"
    params, _ = network.init(jax.random.key(0))
    assert [params[name]["kernel"].shape for name in network.names if name in params] == [(3, 5), (5, 5), (5, 1)]
    alone = BY_NAME["another layer"].change(_plan(layers=()), 1)
    assert alone.units == "3 → 25 → 1"
    assert isinstance(alone.problem.recipe.network.layers[0].kernel_regularizer, L2)


def test_of_a_graph_all_hidden_layers_are_widened_together():
    inputs = ll.Input(shape=(3,))
    one, other = Dense(4, "relu")(inputs), Dense(4)(inputs)
    model = ll.Model(inputs, Dense(1)(Add()([one, other])))
    model.compile(optimizer="adam", loss="mse")
    assert _widths(BY_NAME["more units"].change(_plan(model=model), 2.0)) == [8, 8, 1]


def _residual():
    """A graph in which a hidden layer has the width of the inputs, and can have no other."""
    inputs = ll.Input(shape=(3,))
    model = ll.Model(inputs, Dense(1)(Add()([inputs, Dense(3, "relu")(inputs)])))
    model.compile(optimizer="adam", loss="mse")
    return model


def _adapted():
    layer = Normalization()
    layer.adapt(NUMBERS.train.X)
    return _model([layer, Dense(4, "relu"), Dense(1)])


def _optax():
    import optax

    return _model([Dense(4), Dense(1)], optax.sgd(0.1))


SCHEDULE = lambda: _model([Dense(4), Dense(1)], SGD(ExponentialDecay(0.1, 10, 0.9)))  # noqa: E731
OWN = lambda: _model([Dense(4, kernel_regularizer=L2(0.1)), Dense(1)])  # noqa: E731
FLAT = lambda: _model([Flatten(), Dense(4), Dense(1)])  # noqa: E731
NONE, MANY = (False,) * 3, split(RANDOM.normal(size=(40, 25)), X[:40, 0])

# (what is wrong, move, data, model, options of the plan, which columns matter, what it says)
REFUSED = [
    ("λ of the model's own", "larger λ", NUMBERS, OWN, {}, NONE, "keeps the regularizers"),
    ("λ of the model's own", "smaller λ", NUMBERS, OWN, {}, NONE, "keeps the regularizers"),
    ("no λ above", "larger λ", NUMBERS, None, {"lambda_": 4.0}, NONE, "no larger λ than 4 on the curve"),
    ("no λ below", "smaller λ", NUMBERS, None, {}, NONE, "no smaller λ than 0 on the curve"),
    ("a schedule", "higher learning rate", NUMBERS, SCHEDULE, {}, NONE, "is a schedule"),
    ("a schedule", "lower learning rate", NUMBERS, SCHEDULE, {}, NONE, "is a schedule"),
    ("a transformation", "higher learning rate", NUMBERS, _optax, {}, NONE, "inside a transformation"),
    ("no hidden layer", "more units", NUMBERS, None, {"layers": ()}, NONE, "no hidden layer"),
    ("no hidden layer", "fewer units", NUMBERS, None, {"layers": ()}, NONE, "no hidden layer"),
    ("one unit each", "fewer units", NUMBERS, None, {"layers": (1, 1)}, NONE, "one unit each"),
    ("a graph", "another layer", NUMBERS, _residual, {}, NONE, "no chain"),
    ("no dense layer", "another layer", IMAGES, lambda: _model([Conv2D(1, (6, 4)), Flatten()]), {}, NONE, "no dense layer"),
    ("one epoch", "shorter training", NUMBERS, None, {"epochs": 1}, NONE, "no shorter training than 1 epoch"),
    ("images", "polynomial features", IMAGES, FLAT, {}, NONE, "no rows of features"),
    ("images", "fewer features", IMAGES, FLAT, {}, NONE, "no rows of features"),
    ("adapted to the features", "polynomial features", NUMBERS, _adapted, {}, NONE, "Normalization was adapted"),
    ("adapted to the features", "fewer features", NUMBERS, _adapted, {}, NONE, "Normalization was adapted"),
    ("images", "standardised features", IMAGES, FLAT, {}, NONE, "no rows of features"),
    ("adapted to the features", "standardised features", FAR, _adapted, {}, NONE, "Normalization was adapted"),
    ("all matter", "fewer features", NUMBERS, None, {}, (True,) * 3, "rises with every column"),
    ("none matters", "fewer features", NUMBERS, None, {}, NONE, "rises with no column"),
    ("many terms", "polynomial features", MANY, None, {}, NONE, "325 squares and products of the numbers are more"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "make", "options", "needed", "message"),
    [case[1:] for case in REFUSED],
    ids=[f"{c[1]}, {c[0]}" for c in REFUSED],
)
def test_where_there_is_nothing_to_try_the_reason_is_said(name, data, make, options, needed, message):
    with pytest.raises(ArgumentError, match=message):
        BY_NAME[name].value(_evidence(_plan(data, make and make(), **options), needed=needed))


def test_in_front_of_a_graph_nothing_is_standardised():
    plan = _plan(FAR, _residual())
    with pytest.raises(ArgumentError, match="no chain"):
        BY_NAME["standardised features"].change(plan, BY_NAME["standardised features"].value(_evidence(plan)))


def test_a_residual_layer_cannot_be_widened():
    plan = _plan(model=_residual())
    factor = BY_NAME["more units"].value(_evidence(plan))
    with pytest.raises((ShapeError, ArgumentError)):
        BY_NAME["more units"].change(plan, factor)


def test_one_epoch_can_be_made_longer_and_one_layer_of_one_unit_wider():
    assert BY_NAME["longer training"].value(_evidence(_plan(epochs=1))) == 2
    assert BY_NAME["more units"].change(_plan(layers=(1,)), 2.0).units == "3 → 2 → 1"
    assert BY_NAME["fewer units"].change(_plan(layers=(1, 2)), 0.5).units == "3 → 1 → 1 → 1"


def test_what_a_move_reads_is_what_is_measured(monkeypatch):
    """The evidence above is a stand-in; the real one gives every move the same kinds of values."""
    monkeypatch.undo()
    folds = folds_of(NUMBERS)
    plan = _plan(layers=(3,), lambda_=0.01, epochs=2)
    before, evidence = plan.described(), gather(plan, folds)
    for move in MOVES:
        if move.name == "standardised features":
            with pytest.raises(ArgumentError, match="suit a network"):
                move.value(evidence)
            continue
        value = move.value(evidence)
        assert move.words(plan, value)
        if move.setting:
            assert (move.setting, value) in evidence.tried
    assert plan.described() == before
