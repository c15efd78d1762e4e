"""JSON in and out, strictly."""

import pytest

from leadline.errors import DataError
from leadline.files import plain
from leadline.files.plain import decoded, encoded


@pytest.mark.parametrize("value", [None, {"λ": [0.1, 1e-300, True]}, "\ud800", {"": {"a": []}}, 12345678901234567890])
def test_there_and_back(value):
    assert decoded(encoded(value, "it"), "it") == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, {(1,): 2}, object()])
def test_what_json_cannot_say_is_refused(value):
    with pytest.raises(DataError, match="The model cannot be written as JSON"):
        encoded(value, "The model")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": 1, "a": 2}', "'a' stands twice in one object"),
        (b"[NaN]", "NaN is not a finite number"),
        (b"[-Infinity]", "-Infinity is not a finite number"),
        (b"{", "no JSON that can be read"),
        (b"", "no JSON"),
        (b"\xff\xfe\x00", "no JSON"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"9" * 5000, "no JSON that can be read"),
    ],
)
def test_what_is_refused(text, message):
    with pytest.raises(DataError, match=message):
        decoded(text, "config.json")


def test_length_is_limited_both_ways(monkeypatch):
    monkeypatch.setattr(plain, "MOST_TEXT", 10)
    with pytest.raises(DataError, match="takes 14 bytes of JSON, and at most 10 are read back"):
        encoded("a" * 12, "The model")
    with pytest.raises(DataError, match="takes 14 bytes of JSON, and at most 10 are read"):
        decoded(b'"aaaaaaaaaaaa"', "config.json")
