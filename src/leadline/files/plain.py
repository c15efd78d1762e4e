"""JSON in and out of a file, strictly."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from leadline.errors import ArgumentError, DataError

__all__ = ["MOST_TEXT", "decoded", "encoded", "finite", "with_infinities"]

MOST_TEXT = 16 * 1024 * 1024
"""Bytes of JSON that are read at most: a description of a network, not its weights."""


def encoded(value: Any, what: str) -> bytes:
    """Plain data as JSON in ASCII, every float with all its digits.

    Args:
        value: Dictionaries with texts as keys, lists, texts, finite numbers, booleans, None.
        what: What a message calls it.

    Raises:
        DataError: Something else in it, a number that is not finite, or more than `MOST_TEXT` bytes.

    Examples:
        >>> encoded({"units": [25, 15]}, "the settings")
        b'{"units":[25,15]}'
    """
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":")).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(f"{what} cannot be written as JSON: {error}. Keep to plain data and finite numbers.") from None
    if len(text) > MOST_TEXT:
        raise DataError(f"{what} takes {len(text):,} bytes of JSON, and at most {MOST_TEXT:,} are read back. Make it smaller.")
    return text


def decoded(text: bytes, what: str) -> Any:
    """The plain data of a JSON text.

    Raises:
        DataError: No JSON, a name twice in one object, NaN or an infinity, nested too deeply, or too long.

    Examples:
        >>> decoded(b'{"units": 3}', "the settings")
        {'units': 3}
    """
    if len(text) > MOST_TEXT:
        raise DataError(f"{what} takes {len(text):,} bytes of JSON, and at most {MOST_TEXT:,} are read.")
    try:
        return json.loads(text, object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except RecursionError:
        raise DataError(f"{what} is nested too deeply to be read. It was not written by leadline.") from None
    except ValueError as error:
        raise DataError(f"{what} is no JSON that can be read: {error}. Restore the file from a copy.") from None


def finite(value: Any) -> Any:
    """Plain data in which an object stands for each number that JSON has none for.

    Examples:
        >>> finite([1.5, float("inf")])
        [1.5, {'float': 'inf'}]
    """
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if isinstance(value, Mapping):
        named = {str(name): finite(one) for name, one in value.items()}
        return {"float": [named["float"]]} if named.keys() == {"float"} else named  # so that it is not taken for such a number
    return [finite(one) for one in value] if isinstance(value, (list, tuple)) else value


def with_infinities(value: Any) -> Any:
    """The way back from `finite`.

    Examples:
        >>> with_infinities([1.5, {"float": "inf"}])
        [1.5, inf]
    """
    if isinstance(value, dict) and value.keys() == {"float"}:
        (inner,) = value.values()
        return float(inner) if isinstance(inner, str) else {"float": with_infinities(inner[0])}
    if isinstance(value, dict):
        return {name: with_infinities(one) for name, one in value.items()}
    return [with_infinities(one) for one in value] if isinstance(value, list) else value


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    named = dict(pairs)
    if len(named) < len(pairs):
        names = [name for name, _ in pairs]
        raise ArgumentError(f"{next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return named


def _refuse_constant(text: str) -> NoReturn:
    raise ArgumentError(f"{text} is not a finite number")
