import json
import string
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.data.features import Preparation, fit_preparation
from leadline.data.table import from_frame
from leadline.errors import ArgumentError, DataError

PETS = {
    "age": [1.0, 2.0, None, 5.0, 4.0, 4.0, 8.0, 8.0],
    "tame": [True, False, True, True, None, True, True, True],
    "born": ["2020-01-01", "2020-01-03", None, "2020-01-05", "2020-01-01", "2020-01-03", "2020-01-05", "2020-01-05"],
    "kind": ["cat", "dog", "cat", "dog", "cat", "dog", "cat", "emu"],
    "coat": ["long", None, "long", "short", "short", None, "short", "long"],
}
TRAIN = from_frame(PETS)
PREPARED = fit_preparation(TRAIN, tuple(PETS))


def test_the_names_of_the_features_are_in_order():
    assert PREPARED.feature_names == (
        *("age", "tame", "born", "age=(missing)", "tame=(missing)", "born=(missing)"),
        *("kind=cat", "kind=dog", "kind=(other)", "coat=long", "coat=short", "coat=(missing)"),
    )


def test_numbers_are_filled_with_the_median_and_standardised():
    age = PREPARED.numeric[0]
    filled = np.array([1, 2, 4, 5, 4, 4, 8, 8.0])  # the median of the known is 4
    assert (age.median, age.mean) == (4.0, filled.mean())
    assert age.scale == pytest.approx(filled.std(), rel=1e-15)
    X = PREPARED.apply(TRAIN)
    np.testing.assert_allclose(X[:, 0], (filled - filled.mean()) / filled.std(), rtol=1e-6)
    np.testing.assert_allclose(X[:, :3].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(X[:, :3].std(axis=0), 1, rtol=1e-6)
    assert X[:, 3].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]


def test_categories_are_one_hot_with_rare_and_missing_apart():
    kind, coat = PREPARED.category
    assert (kind.categories, kind.pooled, kind.missing) == (("cat", "dog"), ("emu",), False)
    assert (coat.categories, coat.pooled, coat.missing) == (("long", "short"), (), True)
    X = PREPARED.apply(TRAIN)
    assert X[[0, 1, 7], 6:9].tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    assert X[[0, 1, 3], 9:].tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]


def test_frequent_categories_come_first_and_equals_by_name():
    values = ["b"] * 3 + ["c"] * 5 + ["a"] * 3
    assert fit_preparation(from_frame({"k": values}), ("k",)).category[0].categories == ("c", "a", "b")


def test_one_row_in_five_hundred_is_enough_and_less_is_rare():
    values = ["often"] * 1992 + ["four"] * 4 + ["rare"] * 3 + ["once"]
    column = fit_preparation(from_frame({"k": values}), ("k",)).category[0]
    assert (column.categories, column.pooled) == (("often", "four"), ("rare", "once"))


# (column, value at predict, the features of that column that are 1)
AT_PREDICT = [
    ("kind", "emu", ["kind=(other)"]),
    ("kind", "yak", ["kind=(other)"]),
    ("kind", None, ["kind=(other)"]),
    ("coat", None, ["coat=(missing)"]),
    ("coat", "curly", []),
    ("age", None, ["age=(missing)"]),
    ("age", 3.0, []),
]


@pytest.mark.parametrize(("column", "value", "expected"), AT_PREDICT)
def test_each_value_has_its_bucket(column, value, expected):
    row = {name: values[:1] for name, values in PETS.items()} | {column: [value]}
    X = PREPARED.apply(from_frame(row))
    ones = [name for name, x in zip(PREPARED.feature_names, X[0]) if name.startswith(f"{column}=") and x == 1]
    assert ones == expected


def test_columns_are_found_by_name_and_others_ignored():
    shuffled = {name: PETS[name] for name in reversed(PETS)} | {"extra": list(range(8))}
    assert (PREPARED.apply(from_frame(shuffled)) == PREPARED.apply(TRAIN)).all()


def test_unseen_categories_are_counted_and_rare_ones_are_not_unseen():
    table = from_frame(PETS | {"kind": ["emu", "yak", "yak", "cat", None, "cat", "dog", "elk"]})
    assert PREPARED.unseen(table) == {"kind": 3}
    assert PREPARED.unseen(TRAIN) == {}


def test_codes_are_the_same_as_text_and_as_numbers():
    prepared = fit_preparation(from_frame({"code": ["1", "2", "10"] * 4}), ("code",))
    text, numbers = (prepared.apply(from_frame({"code": values})) for values in (["10", "1"], [10, 1]))
    assert (text == numbers).all()
    assert text.sum() == 2


FAULTS = [
    ("missing column", {name: values for name, values in PETS.items() if name != "age"}, "Unknown column 'age'"),
    ("words", PETS | {"age": ["old", "new"] * 4}, r"'age' held numbers .* 8 of 8 rows \(rows 0, 1"),
    ("numbers for dates", PETS | {"born": list(range(8))}, "'born' held dates"),
    ("dates for numbers", PETS | {"age": PETS["born"]}, "'age' held numbers .* dates"),
]


@pytest.mark.parametrize(("columns", "message"), [case[1:] for case in FAULTS], ids=[case[0] for case in FAULTS])
def test_a_table_that_does_not_fit_is_refused(columns, message):
    with pytest.raises(DataError, match=message):
        PREPARED.apply(from_frame(columns))


def test_a_column_all_missing_at_predict_is_filled():
    X = PREPARED.apply(from_frame(PETS | {name: [None] * 8 for name in PETS}))
    assert (X[:1] == X).all()
    assert np.isfinite(X).all()


DEGENERATE = [
    ("constant", [5.0] * 6),
    ("all missing", [None] * 6),
    ("constant but for rounding", [1e15, 1e15, 1e15, 1e15 + 0.125, 1e15, 1e15]),
    ("tiny", [1e-300, 2e-300, 3e-300] * 2),
    ("huge", [3e38, -3e38, 0.0] * 2),
]


@pytest.mark.parametrize("values", [case[1] for case in DEGENERATE], ids=[case[0] for case in DEGENERATE])
@pytest.mark.parametrize("polynomial", [1, 3])
def test_no_column_makes_the_features_infinite(values, polynomial):
    table = (
        from_frame({"a": values, "b": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]})
        if values != [None] * 6
        else from_frame(pl.DataFrame({"a": pl.Series(values, dtype=pl.Float64), "b": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]}))
    )
    prepared = fit_preparation(table, ("a", "b"), polynomial=polynomial)
    assert all(column.scale > 0 for column in prepared.numeric)
    assert np.isfinite(prepared.apply(table)).all()
    assert np.isfinite(prepared.apply(from_frame({"a": [3e38, -3e38], "b": [3e38, None]}))).all()


def test_powers_and_products_are_of_standardised_values_and_standardised_again():
    random = np.random.default_rng(0)
    a, b = random.normal(50, 9, 40), random.normal(-3, 0.1, 40)
    table = from_frame({"a": a, "b": b})
    prepared = fit_preparation(table, ("a", "b"), polynomial=3)
    assert prepared.feature_names == ("a", "b", "a^2", "a*b", "b^2", "a^3", "a^2*b", "a*b^2", "b^3")
    X = prepared.apply(table)
    u, v = ((z - z.mean()) / z.std() for z in (a, b))
    for at, term in ((2, u * u), (3, u * v), (6, u * u * v)):
        np.testing.assert_allclose(X[:, at], (term - term.mean()) / term.std(), rtol=1e-5, atol=1e-5)


def test_some_of_the_features_can_be_kept():
    whole = fit_preparation(TRAIN, tuple(PETS), polynomial=2)
    some = replace(whole, kept=(1, 4, 10, 17))
    assert some.feature_names == tuple(whole.feature_names[place] for place in some.kept)
    assert (some.apply(TRAIN) == whole.apply(TRAIN)[:, list(some.kept)]).all()
    assert Preparation.from_dict(json.loads(json.dumps(some.to_dict()))) == some


def test_raw_numbers_go_through_and_their_terms_do_not():
    table = from_frame({"a": [1e8, 3.0, 5.0], "b": [2.0, 7.0, 1.0]})
    prepared = fit_preparation(table, ("a", "b"), polynomial=2)
    X, raw = prepared.apply(table), replace(prepared, raw=True).apply(table)
    assert raw[:, :2].tolist() == [[1e8, 2], [3, 7], [5, 1]]
    assert (raw[:, 2:] == X[:, 2:]).all()
    assert replace(prepared, raw=True).apply(from_frame({"a": [None, 7], "b": [3.0, 4.0]}))[:, 0].tolist() == [5, 7]  # the median


@pytest.mark.parametrize("degree", [0, -1, 1.5, True, "2"])
def test_the_degree_is_a_whole_number(degree):
    with pytest.raises(ArgumentError, match="polynomial must be"):
        fit_preparation(TRAIN, ("age",), polynomial=degree)


def test_too_many_terms_are_refused_before_they_are_formed():
    table = from_frame({f"c{i}": [1.0, 2.0] for i in range(60)})
    with pytest.raises(ArgumentError, match="635,315 terms"):
        fit_preparation(table, table.columns, polynomial=4)


def test_json_gives_the_same_preparation():
    for polynomial in (1, 2):
        prepared = fit_preparation(TRAIN, tuple(PETS), polynomial=polynomial)
        again = Preparation.from_dict(json.loads(json.dumps(prepared.to_dict(), allow_nan=False)))
        assert again == prepared
        assert again.apply(TRAIN).tobytes() == prepared.apply(TRAIN).tobytes()


def _changed(path, value):
    data = json.loads(json.dumps(fit_preparation(TRAIN, tuple(PETS), polynomial=2).to_dict()))
    *way, last = path
    at = data
    for step in way:
        at = at[step]
    if value is KeyError:
        del at[last]
    else:
        at[last] = value
    return data


STRICT = [
    (["version"], 1, "version 1 cannot be read"),
    (["version"], KeyError, "version None"),
    (["terms"], KeyError, "must have the entries"),
    (["surplus"], 1, "must have the entries"),
    (["numeric"], {}, "numeric must be a list"),
    (["numeric", 0], 3, r"numeric\[0\] must have the entries"),
    (["numeric", 0, "mean"], 10**400, r"numeric\[0\].mean must be a finite number"),
    (["numeric", 0, "mean"], "1", r"numeric\[0\].mean must be a finite number"),
    (["numeric", 0, "mean"], float("nan"), "finite number"),
    (["numeric", 0, "mean"], True, "finite number"),
    (["numeric", 0, "scale"], 0, "above 0"),
    (["numeric", 0, "indicator"], 1, "must be a bool"),
    (["category", 0, "categories"], "abc", "must be a list"),
    (["category", 0, "categories", 1], 5, r"categories\[1\] must be a str"),
    (["terms", 0, "factors"], [7, 0], "positions of numeric columns"),
    (["terms", 0, "factors"], [], "positions of numeric columns"),
    (["terms", 0, "factors", 0], 0.0, "must be a int"),
    (["terms", 0, "scale"], -1.0, "above 0"),
    (["kept"], [0, 99], "positions of features, ascending"),
    (["kept"], [3, 1], "positions of features, ascending"),
    (["kept"], [-1], "positions of features, ascending"),
    (["raw"], 0, "must be a bool"),
]


@pytest.mark.parametrize(("path", "value", "message"), STRICT)
def test_reading_json_is_strict(path, value, message):
    with pytest.raises(DataError, match=message):
        Preparation.from_dict(_changed(path, value))


@pytest.mark.parametrize("data", [None, [], "text", {}])
def test_what_is_no_preparation_is_refused(data):
    with pytest.raises(DataError, match="version None"):
        Preparation.from_dict(data)


NUMBERS = st.lists(st.none() | st.floats(-3e38, 3e38), min_size=2, max_size=12)
WORDS = st.lists(st.none() | st.sampled_from(string.ascii_lowercase[:4]), min_size=2, max_size=12)


@given(numbers=NUMBERS, words=WORDS, later_numbers=NUMBERS, later_words=WORDS, polynomial=st.integers(1, 3))
def test_features_are_finite_float32_of_one_width(numbers, words, later_numbers, later_words, polynomial):
    def table(first, second):
        size = min(len(first), len(second))
        return from_frame(
            pl.DataFrame({"n": pl.Series(first[:size], dtype=pl.Float64), "w": pl.Series(second[:size], dtype=pl.String)})
        )

    train, later = table(numbers, words), table(later_numbers, later_words)
    columns = [name for name in ("n", "w") if name == "n" or train.kind(name) == "category"]
    prepared = fit_preparation(train, columns, polynomial=polynomial)
    again = Preparation.from_dict(json.loads(json.dumps(prepared.to_dict(), allow_nan=False)))
    for each in (train, later):
        X = prepared.apply(each)
        assert X.dtype == np.float32
        assert X.shape == (each.size, len(prepared.feature_names))
        assert np.isfinite(X).all()
        assert again.apply(each).tobytes() == X.tobytes()
