import numpy as np
import pytest

from leadline.data.screening import columns_of, in_words, odd_columns, screen, without_keys
from leadline.data.table import Finding, from_frame
from leadline.data.target import read_target
from leadline.errors import ArgumentError, DataError

M = 60
RANDOM = np.random.default_rng(0)
CLASS = RANDOM.permutation([0, 1, 2] * (M // 3))
PRICE = RANDOM.normal(size=M)
NOISE = RANDOM.normal(size=M)


def _screen(y, features=None, **columns):
    table = from_frame({"y": y, **columns})
    return screen(table, *read_target(table.column("y"), "y"), features)


def _some_repeat(values):
    return [values[i - i % 20] if i % 20 == 1 else value for i, value in enumerate(values)]


# (name, column name, target, values, what the finding says)
LEFT_OUT = [
    ("all missing", "a", CLASS, [None] * M, "no value"),
    ("constant number", "a", CLASS, [4] * M, "the same value"),
    ("constant text", "a", CLASS, ["x"] * M, "the same value"),
    ("counter from 0", "a", CLASS, list(range(M)), "a counter of the rows"),
    ("counter, sampled", "a", PRICE, np.sort(RANDOM.choice(100, M, replace=False)).tolist(), "a counter of the rows"),
    ("id by name", "id", CLASS, RANDOM.permutation(10**6)[:M].tolist(), "identifier by its name"),
    ("Id at the end", "HouseId", CLASS, RANDOM.permutation(10**6)[:M].tolist(), "identifier by its name"),
    ("id with repeats", "order_id", CLASS, _some_repeat(list(RANDOM.permutation(10**6)[:M])), r"seen twice: 3\)"),
    ("names", "a", CLASS, [f"name {i}" for i in range(M)], "60 distinct values in 60 cells"),
    ("sparse names", "a", CLASS, [f"cabin {i}" if i % 2 else None for i in range(M)], "30 distinct values in 30 cells"),
    ("somebody's split", "a", CLASS, ["Train", "test"] * (M // 2), "split the rows"),
    ("the classes again", "a", CLASS, CLASS.tolist(), "the target 'y' under another name"),
    ("the classes renamed", "a", CLASS, np.array(["u", "v", "w"])[CLASS].tolist(), "the target 'y' under another name"),
    ("the number again", "a", PRICE, PRICE.tolist(), "the target 'y' under another name"),
    ("a copy", "a", CLASS, NOISE.tolist(), "equal to the column 'noise'"),
]


@pytest.mark.parametrize(("name", "y", "values", "message"), [case[1:] for case in LEFT_OUT], ids=[case[0] for case in LEFT_OUT])
def test_what_can_be_no_feature_is_left_out(name, y, values, message):
    found = _screen(y, noise=NOISE, **{name: values})
    assert found.columns == ("noise",)
    (finding,) = found.findings
    assert finding.column == name
    assert message.replace("\\", "") in finding.message
    assert finding.message.endswith("; left out.")


KEPT = [
    ("whole numbers", "a", CLASS, RANDOM.permutation(10**6)[:M].tolist()),
    ("id of few things", "id", CLASS, [i % 7 for i in RANDOM.permutation(M)]),
    ("years in order", "year", CLASS, list(range(1950, 1950 + M))),
    ("words", "a", CLASS, [f"w{i % 9}" for i in RANDOM.permutation(M)]),
    ("one value or missing", "a", CLASS, ["pool" if i % 5 == 0 else None for i in range(M)]),
    ("nearly the classes", "a", CLASS, [*CLASS[:-1].tolist(), (CLASS[-1] + 1) % 3]),
    ("nearly the number", "a", PRICE, (PRICE + 0.5 * NOISE).tolist()),
    ("a name ending in index", "price_index", CLASS, RANDOM.permutation(10**6)[:M].tolist()),
    ("a name ending in id", "humid", CLASS, RANDOM.permutation(10**6)[:M].tolist()),
]


@pytest.mark.parametrize(("name", "y", "values"), [case[1:] for case in KEPT], ids=[case[0] for case in KEPT])
def test_what_can_be_a_feature_is_kept_without_a_word(name, y, values):
    found = _screen(y, noise=NOISE, **{name: values})
    assert found.columns == ("noise", name)
    assert found.findings == ()


@pytest.mark.parametrize("values", [1 / (PRICE + 10), np.exp(PRICE), 3 * PRICE + 7])
def test_the_target_in_another_unit_is_a_finding_but_kept(values):
    found = _screen(PRICE, noise=NOISE, a=values)
    assert found.columns == ("noise", "a")
    assert "follows the target 'y' almost exactly (rank correlation " in found.findings[0].message
    assert "kept" in found.findings[0].message


def test_columns_asked_for_are_kept_with_their_finding():
    ids = list(range(M))
    found = _screen(CLASS, ["id", "noise", "void"], id=ids, noise=NOISE, void=[None] * M, other=NOISE[::-1])
    assert found.columns == ("id", "noise")
    assert [finding.message.split("; ")[-1] for finding in found.findings] == ["kept, as it was asked for.", "left out."]


def test_no_column_left_is_refused_and_says_why():
    with pytest.raises(DataError, match=r"no column is left to predict 'y'.*Column 'a': the same value"):
        _screen(CLASS, a=[1] * M)


@pytest.mark.parametrize(("features", "message"), [(["nois"], "Did you mean 'noise'"), (["y"], "cannot be a feature")])
def test_features_must_be_columns_and_not_the_target(features, message):
    with pytest.raises(DataError, match=message):
        _screen(CLASS, features, noise=NOISE)


def test_the_columns_that_rows_are_dealt_out_by_are_no_features():
    table = from_frame({"day": [1, 2], "who": ["a", "b"], "x": [1, 3], "y": [0, 1]})
    assert without_keys(table, "y", None, "who", None).columns == ("day", "x", "y")
    assert without_keys(table, "y", None, None, "day").kinds == ("category", "numeric", "numeric")
    assert without_keys(table, "y", ["x", "day"], None, "day").columns == table.columns
    for groups, times, features in (("y", None, None), (None, "y", None), ("who", None, ["who"])):
        with pytest.raises(ArgumentError, match="neither target nor feature"):
            without_keys(table, "y", features, groups, times)


def test_the_same_words_on_many_columns_are_one_note():
    findings = [Finding("a", "empty."), Finding(None, "short."), Finding("b", "empty.")]
    assert in_words(findings) == ("2 columns (a, b): empty.", "short.")


def test_numberings_and_marks_are_read_off_the_columns_alone():
    columns = columns_of(from_frame({"key": list(range(40)), "level": [0] * 4 + list(range(200, 236))}), ("key", "level"))
    assert [(odd.kind, odd.columns) for odd in odd_columns(columns, np.arange(40))] == [
        ("numbering", ("key",)),
        ("missing mark", ("level",)),
    ]
