import json
from dataclasses import replace

import numpy as np
import pytest

from leadline.data.datasets import diabetes, digits, wine
from leadline.data.derived import keeping, table_of, with_powers
from leadline.data.features import Preparation
from leadline.data.split import split
from leadline.data.table import from_frame
from leadline.errors import ArgumentError, ShapeError


def _houses(m=200):
    random = np.random.default_rng(0)
    size = random.normal(100, 20, m)
    return {
        "size": np.where(random.random(m) < 0.1, np.nan, size).tolist(),
        "age": random.integers(0, 60, m).tolist(),
        "zone": random.choice(["north", "south", "east"], m).tolist(),
        "new": (np.arange(m) % 2 == 0).tolist(),
        "price": (3 * size + random.normal(0, 9, m)).tolist(),
    }


HOUSES, WINE = from_frame(_houses()), wine()
TABLE, ARRAYS = split(HOUSES, target="price"), split(WINE.X, WINE.y, features=WINE.feature_names)


def _parts(data):
    return {"train": data.train, "cv": data.cv, "test": data.test.open()}


def _raw(data, name):
    """What was split, for the rows of a part."""
    rows = _parts(data)[name].rows
    return HOUSES.take(rows) if data.target.name == "price" else table_of(WINE.X[rows], WINE.feature_names)


def _again(preparation):
    return Preparation.from_dict(json.loads(json.dumps(preparation.to_dict(), allow_nan=False)))


@pytest.mark.parametrize("degree", [2, 3])
def test_powers_of_a_table_are_those_of_its_split(degree):
    derived, made = with_powers(TABLE, degree), split(HOUSES, target="price", polynomial=degree)
    assert derived.feature_names == made.feature_names == derived.preparation.feature_names
    assert derived.preparation.numeric == made.preparation.numeric
    for own, other in zip(derived.preparation.terms, made.preparation.terms, strict=True):
        assert own.factors == other.factors
        np.testing.assert_allclose([own.mean, own.scale], [other.mean, other.scale], rtol=1e-5, atol=1e-6)
    for name, part in _parts(made).items():
        np.testing.assert_allclose(_parts(derived)[name].X, part.X, rtol=1e-4, atol=1e-4)


def test_powers_of_arrays_stand_beside_them_standardised():
    derived = with_powers(ARRAYS)
    width = 13 + 13 * 14 // 2
    assert derived.train.X.shape[1] == len(derived.feature_names) == width
    assert derived.feature_names[13:15] == ("alcohol^2", "alcohol*malic_acid")
    for name, part in _parts(ARRAYS).items():
        assert (_parts(derived)[name].X[:, :13] == part.X).all()
    np.testing.assert_allclose(derived.train.X[:, 13:].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(derived.train.X[:, 13:].std(axis=0), 1, rtol=1e-5)
    u, v = (ARRAYS.train.X[:, :2].astype(float) - ARRAYS.train.X[:, :2].mean(axis=0)).T
    product = (u / u.std()) * (v / v.std())
    np.testing.assert_allclose(derived.train.X[:, 14], (product - product.mean()) / product.std(), rtol=1e-4, atol=1e-4)


# (name, how a split is changed); the last has lost its indicator and a category between others
CHANGES = [
    ("powers", lambda data: with_powers(data)),
    ("some", lambda data: keeping(data, [2, 0])),
    ("some of some", lambda data: keeping(keeping(data, [4, 1, 3, 0]), [3, 1])),
    ("powers, then some", lambda data: keeping(with_powers(data), [*range(0, 12, 3), 1, 5])),
]


@pytest.mark.parametrize("data", [TABLE, ARRAYS], ids=["table", "arrays"])
@pytest.mark.parametrize("change", [case[1] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_the_preparation_brings_raw_rows_to_the_same_inputs(data, change):
    derived = change(data)
    prepared = _again(derived.preparation)
    assert prepared == derived.preparation
    assert prepared.feature_names == derived.feature_names
    for name, part in _parts(derived).items():
        np.testing.assert_allclose(prepared.apply(_raw(data, name)), part.X, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("data", [TABLE, ARRAYS], ids=["table", "arrays"])
@pytest.mark.parametrize("change", [case[1] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_rows_and_seal_stay(data, change):
    derived = change(data)
    for name, part in _parts(data).items():
        own = _parts(derived)[name]
        assert own.rows is part.rows
        assert own.y is part.y
        assert own.X.dtype == np.float32
        assert own.X.flags.c_contiguous
        assert not own.X.flags.writeable
    assert not hasattr(derived.test, "X")
    assert derived.test.digest == data.test.digest
    kept = ("digest", "target", "seed", "notes", "suspicions")
    assert [getattr(derived, name) for name in kept] == [getattr(data, name) for name in kept]


def test_kept_features_stand_in_their_order():
    derived = keeping(TABLE, [5, 0, 4])
    assert derived.feature_names == tuple(TABLE.feature_names[place] for place in (0, 4, 5))
    assert (TABLE.cv.X[:, [0, 4, 5]] == derived.cv.X).all()
    twice = keeping(derived, np.array([2, 1]))
    assert twice.preparation.kept == (4, 5)
    assert (TABLE.cv.X[:, [4, 5]] == twice.cv.X).all()


@pytest.mark.parametrize("change", [with_powers, lambda data: keeping(with_powers(data), range(3, 30))], ids=["powers", "some"])
def test_only_train_is_fitted(change):
    data = diabetes()
    parts = split(data.X, data.y)
    poisoned = data.X.copy()
    poisoned[np.concatenate([parts.cv.rows, parts.test.rows])] = 1e9
    first, second = (change(split(X, data.y)) for X in (data.X, poisoned))
    assert first.preparation == second.preparation
    assert first.train.X.tobytes() == second.train.X.tobytes()
    assert np.isfinite(second.test.open().X).all()


def test_a_half_and_half_column_has_a_square_without_noise():
    table = from_frame({"new": [True, False] * 50, "x": np.arange(100) ** 2, "y": np.arange(100) % 5 + 0.5})
    halves = (split(table, target="y", seed=seed) for seed in range(99))
    data = next(each for each in halves if (each.train.rows % 2).mean() == 0.5)
    square = with_powers(data).train.X[:, with_powers(data).feature_names.index("new^2")]
    assert np.abs(square).max() < 1e-5  # (±1)² is 1 in each row


IMAGES = split(digits().X[:100].reshape(-1, 8, 8), digits().y[:100])
WORDS = split({"word": ["a", "b", "c"] * 20, "y": [0, 1] * 30}, target="y")

# (name, what is asked for, error, what it says)
REFUSED = [
    ("powers of images", lambda: with_powers(IMAGES), ShapeError, r"the shape \(8, 8\)"),
    ("some pixels of images", lambda: keeping(IMAGES, [0]), ShapeError, "one axis only"),
    ("degree 1", lambda: with_powers(ARRAYS, 1), ArgumentError, "from 2 on. Got 1"),
    ("half a degree", lambda: with_powers(ARRAYS, 2.5), ArgumentError, "Got 2.5"),
    ("too many terms", lambda: with_powers(ARRAYS, 8), ArgumentError, "terms; at most 10,000"),
    ("powers of words", lambda: with_powers(WORDS), ArgumentError, "no numbers to form powers of"),
    ("powers of powers", lambda: with_powers(with_powers(TABLE)), ArgumentError, "has powers already"),
    ("powers of some", lambda: with_powers(keeping(ARRAYS, [0])), ArgumentError, "had features left out"),
    ("nothing kept", lambda: keeping(ARRAYS, []), ArgumentError, "one at least"),
    ("one twice", lambda: keeping(ARRAYS, [1, 1]), ArgumentError, "different positions from 0 to 12"),
    ("beyond", lambda: keeping(ARRAYS, [13]), ArgumentError, "from 0 to 12"),
    ("before", lambda: keeping(ARRAYS, [-1]), ArgumentError, "from 0 to 12"),
    ("by name", lambda: keeping(ARRAYS, ["alcohol"]), ArgumentError, "Got .'alcohol'. instead"),
    ("marks", lambda: keeping(ARRAYS, [True, False]), ArgumentError, "different positions"),
    ("equal names", lambda: keeping(replace(ARRAYS, feature_names=("a",) * 13), [0]), ArgumentError, "all different"),
]


@pytest.mark.parametrize(("ask", "error", "message"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_cannot_be_derived_is_refused(ask, error, message):
    with pytest.raises(error, match=message):
        ask()
