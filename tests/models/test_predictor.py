"""A model, the preparation of its table and the meaning of its outputs."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from leadline.data.derived import keeping, with_powers
from leadline.data.features import fit_preparation
from leadline.data.split import split
from leadline.data.table import from_frame
from leadline.data.target import Target
from leadline.errors import ArgumentError, DataError, ShapeError
from leadline.files.loading import load, load_model
from leadline.layers import Activation, Dense, Input
from leadline.models import Sequential
from leadline.models.predictor import Predictor

ROWS = {
    "size": [50.0, 70.0, None, 90.0, 120.0, 65.0],
    "zone": ["a", "b", "a", "b", "a", "b"],
    "built": ["1990-01-01", "2000-05-17", "2010-01-01", "1995-01-01", "2005-01-01", "1999-09-09"],
    "lift": [True, False, True, True, False, None],
}
TABLE = from_frame(ROWS)
PREPARATION = fit_preparation(TABLE, ("size", "zone", "built", "lift"), polynomial=2)
NUMBER = Target("price", "regression", (), "numbers", 3.0, 2.0)
TWO = Target("sold", "binary", ("no", "yes"), "two")
THREE = Target("kind", "multiclass", ("barn", "flat", "house"), "three")


def model_of(features, outputs, activation=None, loss=None):
    model = Sequential([Input((features,)), Dense(4, "relu"), Dense(outputs, activation)], seed=4)
    if loss is not None:
        model.compile(loss=loss)
    return model


def predictor(target=NUMBER, outputs=1, activation=None, loss=None):
    names = PREPARATION.feature_names
    origin = {"data": TABLE.digest, "record": "runs.sqlite", "turn": 3}
    return Predictor(model_of(len(names), outputs, activation, loss), target, names, PREPARATION, origin)


CASES = {
    "numbers": (NUMBER, 1, None, "mse"),
    "two": (TWO, 1, "sigmoid", "binary_crossentropy"),
    "two, two outputs": (TWO, 2, "softmax", "sparse_categorical_crossentropy"),
    "three": (THREE, 3, "softmax", "sparse_categorical_crossentropy"),
    "not compiled": (THREE, 3, "softmax", None),
}


@pytest.mark.parametrize("case", CASES)
def test_answers_are_those_of_the_network_in_the_words_of_the_target_and_survive_a_file(tmp_path, case):
    target, outputs, activation, loss = CASES[case]
    made = predictor(target, outputs, activation, loss)
    raw = made.model.predict(PREPARATION.apply(TABLE))
    answers = made.predict(ROWS)
    assert answers.shape == (6,)
    if target is NUMBER:
        np.testing.assert_array_equal(answers, raw[:, 0])
        assert answers.dtype == np.float32
        with pytest.raises(ArgumentError, match=r"The outputs for 'price' \(regression\) are no probabilities"):
            made.probabilities(ROWS)
    else:
        chances = made.probabilities(ROWS)
        assert chances.shape == (6, len(target.classes))
        np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-6)
        assert answers.tolist() == [target.classes[place] for place in chances.argmax(axis=1)]
        np.testing.assert_array_equal(chances[:, -1], raw[:, -1])
    made.save(tmp_path / "predictor")
    again = load(tmp_path / "predictor")
    assert isinstance(again, Predictor)
    assert (again.target, again.features, again.preparation) == (made.target, made.features, made.preparation)
    assert again.origin == made.origin
    np.testing.assert_array_equal(again.predict(ROWS), answers)
    np.testing.assert_array_equal(load_model(tmp_path / "predictor").predict(PREPARATION.apply(TABLE)), raw)


FRAMES = {
    "names to columns": lambda rows: rows,
    "polars": pl.DataFrame,
    "lazy": lambda rows: pl.DataFrame(rows).lazy(),
    "pandas": pd.DataFrame,
    "pyarrow": pa.table,
    "Table": from_frame,
}


@pytest.mark.parametrize("frame", FRAMES)
def test_any_frame_in_any_order(frame):
    made = predictor()
    turned = dict(reversed(ROWS.items()))
    np.testing.assert_array_equal(made.predict(FRAMES[frame](turned)), made.predict(ROWS))


def test_rows_are_answered_alone_as_among_others():
    made = predictor()
    together = made.predict(ROWS)
    alone = [made.predict({name: cells[row : row + 1] for name, cells in ROWS.items()})[0] for row in range(6)]
    np.testing.assert_allclose(alone, together, rtol=1e-6)


def test_what_is_noticed_is_told():
    made = predictor()
    assert made.columns == ("size", "built", "lift", "zone")
    prepared = made.prepare(TABLE)
    assert [str(note) for note in prepared.notes if note.column != "built"] == []
    rows = {**ROWS, "zone": ["a", "c", "d", None, "a", "b"], "price": [1.0] * 6}
    prepared = made.prepare(rows)
    assert [str(note) for note in prepared.notes if note.column != "built"] == [
        "Column 'zone': 2 of 6 cells were never seen in training; taken as (other).",
    ]
    np.testing.assert_array_equal(made.predict(prepared), made.predict(rows))


def test_a_category_that_is_read_as_a_number_is_pointed_out():
    (note,) = (one for one in predictor().prepare({**ROWS, "zone": [1.0] * 6}).notes if one.column == "zone")
    assert note.message.endswith("The column held text in training, and was now read as numeric: is it written as then?")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({name: cells for name, cells in ROWS.items() if name != "size"}, "Unknown column 'size'"),
        ({**ROWS, "size": ["large"] * 6}, "column 'size' held numbers in training and now holds text in 6"),
        ({**ROWS, "built": [1.0] * 6}, "held dates in training and now holds other values"),
        ({name: [] for name in ROWS}, "0 rows"),
    ],
)
def test_tables_that_do_not_fit(rows, message):
    with pytest.raises(DataError, match=message):
        predictor().predict(rows)


def test_arrays():
    target = Target("kind", "multiclass", ("0", "1", "2"), "three")
    made = Predictor(model_of(2, 3, "softmax"), target, ("a", "b"))
    X = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(made.predict(X), made.predict({"b": [2, 4], "c": [0, 0], "a": [1, 3]}))
    assert [note.column for note in made.prepare({"b": [2, 4], "c": [0, 0], "a": [1, 3]}).notes] == ["c"]
    with pytest.raises(ShapeError, match=r"examples of shape \(2,\). Got X of shape \(2, 1\)"):
        made.predict(X[:, :1])
    with pytest.raises(DataError, match="X has 1 value that is NaN"):
        made.predict([[1.0, np.nan]])
    with pytest.raises(ShapeError, match=r"Got shape \(2,\)"):
        made.predict(X[0])
    with pytest.raises(DataError, match="column 'b' must hold numbers, none missing"):
        made.predict({"a": [1, 2], "b": [1, None]})
    with pytest.raises(DataError, match="Unknown column 'b'"):
        made.predict({"a": [1, 2]})
    nameless = Predictor(made.model, target)
    np.testing.assert_array_equal(nameless.predict(X), made.predict(X))
    with pytest.raises(ArgumentError, match="arrays that are no columns"):
        nameless.predict({"a": [1, 2]})
    with pytest.raises(ArgumentError, match="reads tables with the columns size, built, lift, zone. Got a ndarray"):
        predictor().predict(X)


def test_arrays_whose_columns_were_multiplied_or_left_out(tmp_path):
    X = np.random.default_rng(0).normal(size=(40, 3))
    data = keeping(with_powers(split(X, X[:, 0], features=["a", "b", "c"])), [0, 2, 5])
    made = Predictor(model_of(3, 1), data.target, tuple(data.feature_names), data.preparation)
    assert made.features == ("a", "c", "a*c")
    assert made.columns == ("a", "b", "c")
    np.testing.assert_allclose(made.prepare(X[:5]).X[:, :2], X[:5, [0, 2]], rtol=1e-6)
    np.testing.assert_array_equal(
        made.prepare(X[:5]).X, made.prepare(pd.DataFrame(X[:5].astype(np.float32), columns=["a", "b", "c"])).X
    )
    made.save(tmp_path / "model")
    np.testing.assert_array_equal(load(tmp_path / "model").predict(X), made.predict(X))
    with pytest.raises(ShapeError, match=r"takes an array \(m, 3\). Got \(40, 2\)"):
        made.predict(X[:, :2])
    with pytest.raises(DataError, match="NaN"):
        made.predict(np.full((2, 3), np.nan))


@pytest.mark.parametrize(
    ("act", "error", "message"),
    [
        (lambda: Predictor(model_of(2, 2), NUMBER), ShapeError, r"'price' \(regression\) wants outputs of shape \(1,\)"),
        (
            lambda: Predictor(model_of(2, 2, "softmax"), THREE),
            ShapeError,
            r"wants outputs of shape \(3,\). The model gives \(2,\)",
        ),
        (lambda: Predictor(model_of(2, 3), TWO), ShapeError, r"shape \(1,\) or \(2,\)"),
        (lambda: Predictor(model_of(2, 1), NUMBER, ("a",)), ShapeError, r"shape \(2,\), and there are 1 features"),
        (lambda: Predictor(model_of(2, 1), NUMBER, ("a", "b"), PREPARATION), ArgumentError, "not those that the preparation"),
    ],
)
def test_parts_that_do_not_fit(act, error, message):
    with pytest.raises(error, match=message):
        act()


def test_logits_are_no_probabilities():
    from leadline.losses import SparseCategoricalCrossentropy

    model = model_of(2, 3, loss=SparseCategoricalCrossentropy(from_logits=True))
    with pytest.raises(ArgumentError, match=r"reads logits, .* End the model in Activation\('softmax'\)"):
        Predictor(model, THREE)
    model.add(Activation("softmax"))
    model.compile(loss=SparseCategoricalCrossentropy())
    assert Predictor(model, THREE).gives_probabilities


def test_a_loss_that_makes_no_probabilities():
    made = Predictor(model_of(2, 1, "tanh", "hinge"), TWO)
    assert set(made.predict(np.ones((3, 2)))) <= {"no", "yes"}
    with pytest.raises(ArgumentError, match="are no probabilities"):
        made.probabilities(np.ones((3, 2)))


def changed(**entries):
    return {**json.loads(json.dumps(predictor().to_dict())), **entries}


def aim(**entries):
    return {**changed()["target"], **entries}


@pytest.mark.parametrize(
    ("plain", "message"),
    [
        ([], "A predictor has the entries target"),
        (changed(code=""), "A predictor has the entries"),
        (changed(features=[1]), "features of a predictor are texts"),
        (changed(origin=[]), "its origin names and values"),
        (changed(target={}), "A target has the entries name, kind"),
        (changed(target=aim(kind="three")), "The target makes no sense"),
        (changed(target=aim(classes=["a", "b"])), "The target makes no sense"),
        (changed(target=aim(kind="binary")), "The target makes no sense"),
        (changed(target=aim(scale="1")), "The target makes no sense"),
        (changed(target=aim(scale=10**400)), "The target makes no sense"),
        (changed(target=aim(location=float("nan"))), "The target makes no sense"),
        (changed(target=aim(name=None)), "The target makes no sense"),
        (changed(target=aim(kind="multiclass", classes=["a", "b", "c"])), "does not fit together: .*wants outputs of shape"),
        (changed(preparation={}), "does not fit together"),
        (changed(preparation=None, features=["a"]), "there are 1 features"),
        (changed(features=changed()["features"][::-1]), "not those that the preparation gives"),
    ],
)
def test_what_is_refused_in_a_file(plain, message):
    with pytest.raises(DataError, match=message):
        Predictor.from_dict(predictor().model, plain)


def test_a_whole_number_of_any_size_is_a_number():
    again = Predictor.from_dict(predictor().model, changed(target=aim(location=10**20, scale=2)))
    assert (again.target.location, type(again.target.scale)) == (1e20, float)
