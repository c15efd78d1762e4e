"""A document as one file of HTML that needs nothing else: its style and its script are in it, and their digests are allowed."""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from typing import TYPE_CHECKING, Any

from leadline.record.provenance import versions
from leadline.report.content import Document
from leadline.report.drawing import seen
from leadline.words import _, language, plural

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["environment", "page", "plain"]

_TOGETHER = re.compile(r"\[[^\[\]]{1,40}\]| %|\bJ (?=[\d−])")


def page(document: Document) -> str:
    """The whole page.

    Every word is escaped by the template engine, names of columns and classes as any other. What a browser may do is said by a
    Content-Security-Policy: nothing is fetched, and of scripts and styles only those run whose digest is named.
    """
    templates = environment("leadline.report")
    style, script = (templates.get_template(f"report.{kind}").render() for kind in ("css", "js"))
    return templates.get_template("report.html").render(
        document=document,
        language=language(),
        style=_trusted(style),
        style_hash=_trusted(_digest(style)),
        script=_trusted(script),
        script_hash=_trusted(_digest(script)),
        version=versions()["leadline"],
    )


def plain(words: Any) -> Any:
    r"""Words without what is not seen and yet acts: control characters, and those that turn the direction of what follows.

    A number and its per cent, an interval, and J with its number stay on one line.

    Examples:
        >>> plain("right\u202eleft"), plain("two\nlines")
        ('right�left', 'two\nlines')
    """
    if type(words) is not str:  # what the engine trusts is a subclass
        return words
    return _TOGETHER.sub(lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), seen(words))


@functools.cache
def environment(*packages: str) -> Environment:
    """The template engine over the templates of packages: it escapes every word, and refuses a name that is not given."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    loader = ChoiceLoader([PackageLoader(package) for package in packages])
    found = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=plain
    )
    found.globals |= {"_": _, "plural": plural}
    # SVG that ElementTree wrote has its words escaped already.
    found.filters["drawn"] = _trusted
    return found


def _trusted(text: str) -> str:
    from markupsafe import Markup

    return Markup(text)


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
