"""The words that people read, in their language: English as it stands in the source, or what a catalogue has for it.

The language is that of the call: what `speaking` says, else `LEADLINE_LANG`, else English. Nothing is chosen at import, so one
process can write a report in each. Numbers, symbols and names of columns are the same in all.

Evidence and the record keep English sentences, made with `english`. Who shows one to a person passes it to `told`, which finds
the message of the catalogue that it was made from by its fixed words, as those of an older record too.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import gettext
import os
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from leadline.errors import unknown_name

__all__ = ["LANGUAGES", "_", "checked", "english", "language", "percent", "plural", "speaking", "told"]

LANGUAGES = ("en", "zh")
VARIABLE = "LEADLINE_LANG"
_FOLDER = Path(__file__).parent / "locale"
_chosen: contextvars.ContextVar[str | None] = contextvars.ContextVar("language", default=None)
Text = TypeVar("Text", bound=str)


def language() -> str:
    """The language that is spoken now.

    Raises:
        ArgumentError: `LEADLINE_LANG` names none of `LANGUAGES`.
    """
    return _chosen.get() or checked(os.environ.get(VARIABLE) or "en")


def checked(name: str) -> str:
    """The name of a language, if it is one.

    Raises:
        ArgumentError: It is none of `LANGUAGES`.
    """
    if name not in LANGUAGES:
        raise unknown_name("language", name, LANGUAGES)
    return name


@contextlib.contextmanager
def speaking(name: str | None) -> Iterator[None]:
    """Speaks a language meanwhile; None leaves it as it is.

    Raises:
        ArgumentError: It is none of `LANGUAGES`.

    Examples:
        >>> with speaking("zh"):
        ...     print(_("Next step"))
        下一步
    """
    before = _chosen.set(_chosen.get() if name is None else checked(name))
    try:
        yield
    finally:
        _chosen.reset(before)


def _(message: str, **parts: object) -> str:
    """A message in the language that is spoken, with its parts put in.

    Args:
        message: In English, with `{name}` for each part; it stands in the catalogues.
        parts: By their names; numbers as they are to be read.

    Examples:
        >>> _("λ = {value} is the best.", value=0.1)
        'λ = 0.1 is the best.'
    """
    return _catalogue(language()).gettext(message).format(**parts)


def plural(one: str, many: str, count: int, **parts: object) -> str:
    """A message that depends on a count, in the language that is spoken.

    Args:
        one: For a count of 1, in English.
        many: For any other.
        count: The count; both messages may have it as `{count}`.
        parts: As for `_`.

    Examples:
        >>> plural("{count} turn", "{count} turns", 1), plural("{count} turn", "{count} turns", 2000)
        ('1 turn', '2,000 turns')
    """
    return _catalogue(language()).ngettext(one, many, count).format(count=f"{count:,}", **parts)


def percent(share: float, decimals: int = 0) -> str:
    """A share in per cent.

    Examples:
        >>> percent(0.27), percent(-0.0429, 1)
        ('27 %', '−4.3 %')
    """
    return f"{100 * share:.{decimals}f} %".replace("-", "−")


def english(text: Text) -> Text:
    """The text as it is: English that evidence keeps, and that stands in the catalogues with `{0}`, `{1}` … for what varies.

    `scripts/words.py` reads the messages off the calls, so what varies must be seen there: an f-string, with a choice between
    two texts where its words differ.

    Examples:
        >>> count = 3
        >>> english(f"{count} {'seed' if count == 1 else 'seeds'} instead of one")
        '3 seeds instead of one'
    """
    return text


def told(text: str) -> str:
    """A text that `english` made, in the language that is spoken; one that no catalogue knows stays as it is.

    A part of a message is told as well where the catalogue marks it so, as `{0!t}`.

    Examples:
        >>> with speaking("zh"):
        ...     print(told("λ = 1.28 instead of 0"))
        λ 由 0 改为 1.28
    """
    return text if language() == "en" else _told(text, language())[0]


@functools.cache
def _catalogue(name: str) -> gettext.NullTranslations:
    return gettext.NullTranslations() if name == "en" else gettext.translation("leadline", _FOLDER, [name])


@functools.lru_cache(maxsize=4096)
def _told(text: str, name: str) -> tuple[str, int]:
    """The text in a language, and how many letters of it stayed as they were: of messages that fit, the one that leaves least."""
    known = _catalogue(name).gettext(text) if text else text
    if known != text or not text:
        return known, 0
    found = []
    for pieces, message in _messages(name):
        if (parts := _parts(text, pieces)) is not None:
            teller = _Teller(name)
            found.append((teller.vformat(_catalogue(name).gettext(message), (), parts), teller.left))
    if not text.endswith("."):  # a sentence that was put into another one, without its full stop
        said, left = _told(text + ".", name)
        found += [(said.rstrip("。"), left)] if left < len(text) else []
    return min(found, key=lambda one: one[1], default=(text, len(text)))


class _Teller(string.Formatter):
    """Fills a message in; a part that is marked so is told."""

    def __init__(self, name: str) -> None:
        self.name, self.left = name, 0

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:  # noqa: ARG002
        return kwargs[str(key)]

    def convert_field(self, value: Any, conversion: Any) -> Any:
        said, left = _told(value, self.name) if conversion == "t" else (value, len(value))
        self.left += left
        return said


Pieces = tuple[tuple[str, str], ...]
"""A message in pieces: fixed words, and the name of the part after them, or "" after the last."""


@functools.cache
def _messages(name: str) -> list[tuple[Pieces, str]]:
    """The messages with parts, those with the most fixed words first."""
    known: Mapping[Any, str] = _catalogue(name)._catalog  # type: ignore[attr-defined]
    found = []
    for message in known:
        if isinstance(message, str) and "{0" in message:
            pieces = tuple((fixed, part or "") for fixed, part, _, _ in string.Formatter().parse(message))
            found.append((pieces if pieces[-1][1] == "" else (*pieces, ("", "")), message))
    return sorted(found, key=lambda one: -sum(len(fixed) for fixed, _ in one[0]))


def _parts(text: str, pieces: Pieces) -> dict[str, str] | None:
    """What stands between the fixed words of a message, if the text has them in this order; each part as short as can be."""
    (start, name), *rest = pieces
    if not text.startswith(start):
        return None
    place, parts = len(start), {}
    for fixed, following in rest:
        least = place + 1  # a part has a letter at least
        end = text.find(fixed, least) if following else len(text) - len(fixed)
        if end < least or not text.startswith(fixed, end):
            return None
        parts[name], place, name = text[place:end], end + len(fixed), following
    return parts
