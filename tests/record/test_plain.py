import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.errors import ArgumentError, DataError
from leadline.record.plain import decode, finite, jsons, texts

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_plain_data_come_back_as_they_were(value):
    text = jsons(value=value)["value"]
    assert decode("value", text) == value
    assert text is None or text.isascii()


@pytest.mark.parametrize(
    ("value", "back"),
    [
        (math.nan, None),
        ([1.5, math.inf, -math.inf], [1.5, None, None]),
        ((1, (2, 3)), [1, [2, 3]]),
        (np.float64(0.25), 0.25),
        ({"cost": np.float64(math.nan)}, {"cost": None}),
    ],
)
def test_what_comes_back_otherwise(value, back):
    assert decode("value", jsons(value=value)["value"]) == back


def test_equal_values_have_equal_texts():
    assert jsons(a={"x": 1, "y": 2}) == jsons(a={"y": 2, "x": 1})


def circle():
    value = []
    value.append(value)
    return value


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": [1, {2}]}, r"settings\.a\[1\] is a set"),
        ({"a": np.ones(3)}, r"settings\.a is a ndarray"),
        (np.float32(1), "settings is a float32"),
        (b"bytes", "settings is a bytes"),
        (object(), "settings is a object"),
        ({1: "a"}, "settings has the key 1"),
        (circle(), "in a circle"),
        (nested(100_000), "nested too deeply"),
        (10**5000, "settings cannot be kept as JSON"),
    ],
    ids=range(9),
)
def test_what_is_not_plain_is_refused_by_its_place(value, words):
    with pytest.raises(DataError, match=words):
        jsons(settings=value)


@pytest.mark.parametrize("text", ["", "{", "[1", "[" * 100_000, "nul", b"\xff"])
def test_a_damaged_column_is_named(text):
    with pytest.raises(DataError, match="column evidence holds no JSON"):
        decode("evidence", text)


@pytest.mark.parametrize("text", ["", "'\"; DROP TABLE runs --", "a\0b", "größe 🌊", "x" * 1_000_000])
def test_a_text_passes(text):
    assert texts(unit=text) == {"unit": text}


def test_half_a_character_is_refused():
    with pytest.raises(DataError, match=r"change holds '\\udc80' at place 2"):
        texts(unit="m", change="ab\udc80")


@pytest.mark.parametrize("value", [None, 3, b"m"])
def test_what_is_no_text_is_refused(value):
    with pytest.raises(ArgumentError, match="unit must be a text"):
        texts(unit=value)


@pytest.mark.parametrize("value", [math.nan, math.inf, None, "1", 10**400])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ArgumentError, match="seconds must be a finite number"):
        finite("seconds", value)
