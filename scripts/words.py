"""The message catalogues: reads the messages off the source, and brings `src/leadline/locale` up to date.

Run it after a sentence was added or changed (`make words`): a new message stands in the catalogue without a translation. Write it
there, and run this again. The tests refuse a catalogue that is not complete.
"""

from __future__ import annotations

import ast
import io
import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "leadline"
LOCALE = SOURCE / "locale"
HEAD = "# Chinese. The messages come from the source: scripts/words.py, `make words`. {0!t} is a part that is translated too."


class Plain(Catalog):
    """A catalogue without dates, addresses and versions, so that the same messages are the same bytes."""

    mime_headers = (("Language", "zh"), ("Plural-Forms", "nplurals=1; plural=0;"), ("Content-Type", "text/plain; charset=utf-8"))


def found_in_python(path: Path) -> Iterator[str | tuple[str, str]]:
    """The messages of a Python file: of calls of `_`, `plural` and `english`, and the help of its commands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "help" and isinstance(node.value, ast.Constant):
            yield node.value.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "_":
                yield ast.literal_eval(node.args[0])
            elif node.func.id == "plural":
                yield ast.literal_eval(node.args[0]), ast.literal_eval(node.args[1])
            elif node.func.id == "english":
                yield from english(node.args[0])
        elif isinstance(node, ast.FunctionDef) and any(map(_is_command, node.decorator_list)):
            yield (ast.get_docstring(node) or "").strip()


def _is_command(decorator: ast.expr) -> bool:
    return ast.unparse(decorator).startswith(("command(", "app."))


def english(node: ast.expr) -> list[str]:
    """The messages that an expression can become, with `{0}`, `{1}` … for what varies.

    Examples:
        >>> english(ast.parse("f'{count} {turn if one else turns}' if count else 'no turns'", mode="eval").body)
        ['{0} {1}', 'no turns']
    """
    found = []
    for pieces in _variants(node):
        count = itertools.count()
        found.append("".join(f"{{{next(count)}}}" if piece is None else piece for piece in pieces))
    return found


def _variants(node: ast.expr) -> list[list[str | None]]:
    """The same in pieces: fixed words, and None for what varies."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [[node.value]]
    if isinstance(node, ast.IfExp):
        return [*_variants(node.body), *_variants(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.FormattedValue) and one.conversion < 0 else one for one in node.values]
    elif isinstance(node, ast.BinOp) and any(isinstance(side, ast.JoinedStr) for side in (node.left, node.right)):
        parts = [node.left, node.right]
    else:
        return [[None]]
    return [[*itertools.chain(*pieces)] for pieces in itertools.product(*map(_variants, parts))]


def messages() -> dict[str | tuple[str, str], list[str]]:
    """Every message of the source, with the files that say it."""
    found: dict[str | tuple[str, str], list[str]] = {}
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        if path.suffix == ".py":
            each = list(found_in_python(path))
        else:
            each = [
                message for _, message, _, _ in extract_from_file("jinja2.ext:babel_extract", path, {"_": None, "plural": (1, 2)})
            ]
        for message in each:
            files = found.setdefault(message, [])
            if (name := path.relative_to(ROOT).as_posix()) not in files:
                files.append(name)
    return found


def updated(catalogue: Catalog) -> Catalog:
    """The catalogue with the source's messages and no others; translations stay."""
    fresh = Plain(catalogue.locale, header_comment=HEAD, fuzzy=False)
    for message, files in messages().items():
        known = catalogue.get(message)
        comments = {} if known is None else {"user_comments": known.user_comments}
        fresh.add(message, None if known is None else known.string, locations=[(file, None) for file in files], **comments)
    return fresh


def written(catalogue: Catalog) -> tuple[bytes, bytes]:
    """The catalogue as people read it, and as the program does."""
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalogue, width=130)
    write_mo(mo, catalogue)
    return po.getvalue(), mo.getvalue()


def missing(catalogue: Catalog) -> list[Message]:
    """The messages without a translation."""
    return [message for message in catalogue if message.id and not (message.string and all(message.string))]


def read(path: Path) -> Catalog:
    """A catalogue's file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def main() -> int:
    """Brings every catalogue up to date; the number of messages that are still to be translated."""
    left = 0
    for path in sorted(LOCALE.rglob("*.po")):
        catalogue = updated(read(path))
        for file, content in zip((path, path.with_suffix(".mo")), written(catalogue), strict=True):
            file.write_bytes(content)
        for message in missing(catalogue):
            print(f"{path.relative_to(ROOT)}: to be translated: {message.id!r}")
            left += 1
    return left


if __name__ == "__main__":
    sys.exit(bool(main()))
