"""Values on their way into a row, and out: texts, numbers and plain data; all else is refused by name."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from leadline.errors import ArgumentError, DataError

__all__ = ["decode", "finite", "jsons", "texts"]


def texts(**named: str) -> dict[str, str]:
    """The texts, checked: any Unicode is kept as it is, quotes and NUL included.

    Raises:
        ArgumentError: A value that is no text.
        DataError: A text that holds half a surrogate pair, which no file of Unicode can.

    Examples:
        >>> texts(unit="m²")
        {'unit': 'm²'}
    """
    for name, value in named.items():
        if not isinstance(value, str):
            raise ArgumentError(f"{name} must be a text. Got {value!r:.80}.")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise DataError(
                f"{name} holds {value[error.start]!a} at place {error.start}, half a character, which cannot be kept as text. "
                "Replace it: text.encode(errors='replace').decode()."
            ) from None
    return named


def finite(name: str, value: Any) -> float:
    """The number as a float.

    Raises:
        ArgumentError: No number, or NaN or an infinity.

    Examples:
        >>> finite("seconds", 3)
        3.0
    """
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or isinstance(value, str):
        raise ArgumentError(f"{name} must be a finite number; what is not known is left out (None). Got {value!r:.80}.")
    return number


def jsons(**named: Any) -> dict[str, str | None]:
    r"""The values as JSON in ASCII, the keys sorted, so that equal values have equal texts; None stays None.

    Plain data are dictionaries with texts as keys, lists, tuples (which come back as lists), texts (any, half surrogate pairs
    included), whole numbers of any size, floats, booleans and None. A float that is not finite has no JSON; it is written as
    null, "not known", since evidence may well hold the cost of a member that diverged, and must not be lost for it.

    Raises:
        DataError: A value that is not plain, by its place; or data nested too deeply or in a circle.

    Examples:
        >>> jsons(evidence={"λ": (0.01, float("nan"))}, checkpoint=None)
        {'evidence': '{"\\u03bb": [0.01, null]}', 'checkpoint': None}
        >>> jsons(settings={"layers": {25, 15}})
        Traceback (most recent call last):
        ...
        leadline.errors.DataError: settings.layers is a set; a record keeps plain data ... Give it as list, float or text.
    """
    return {name: None if value is None else _encode(name, value) for name, value in named.items()}


def _encode(name: str, value: Any) -> str:
    try:
        plain = _plain(name, value)
        return json.dumps(plain, sort_keys=True, allow_nan=False)
    except DataError:
        raise
    except RecursionError:
        raise DataError(f"{name} is nested too deeply, or in a circle, to be kept. Make it flatter.") from None
    except ValueError as error:
        raise DataError(f"{name} cannot be kept as JSON: {error}.") from None


def _plain(place: str, value: Any) -> Any:
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise DataError(f"{place} has the key {key!r:.80}; the keys of what a record keeps are texts. Give it as str.")
        return {key: _plain(f"{place}.{key}", item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(f"{place}[{number}]", item) for number, item in enumerate(value)]
    raise DataError(
        f"{place} is a {type(value).__name__}; a record keeps plain data (dictionaries, lists, numbers, texts). "
        "Give it as list, float or text."
    )


def decode(name: str, text: str | None) -> Any:
    """The value that `jsons` wrote.

    Raises:
        DataError: The text is no JSON.

    Examples:
        >>> decode("evidence", '{"λ": [0.01, null]}')
        {'λ': [0.01, None]}
    """
    try:
        return None if text is None else json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise DataError(
            f"The record's column {name} holds no JSON that can be read: {text!r:.60}. It was changed from outside, or is "
            "damaged; restore the file from a copy."
        ) from None
