"""The room of words, and its catalogues: complete, and the same as the source says."""

import string
import sys
import threading
from pathlib import Path

import pytest

from leadline.errors import ArgumentError
from leadline.words import LANGUAGES, _, checked, english, language, plural, speaking, told

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "scripts"))

import words as script  # noqa: E402

FILES = sorted(script.LOCALE.rglob("*.po"))
CATALOGUES = {path.parents[1].name: script.read(path) for path in FILES}
MESSAGES = [
    pytest.param(name, message, id=f"{name}-{message.id if isinstance(message.id, str) else message.id[0]:.60}")
    for name, catalogue in CATALOGUES.items()
    for message in catalogue
    if message.id
]


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv("LEADLINE_LANG", raising=False)


def parts(text):
    return {name for _fixed, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


def test_every_language_but_english_has_a_catalogue():
    assert set(LANGUAGES) == {"en", *CATALOGUES}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parents[1].name)
def test_a_catalogue_is_what_the_source_says_and_what_is_compiled(path):
    po, mo = script.written(script.updated(script.read(path)))
    assert path.read_bytes() == po, "run make words"
    assert path.with_suffix(".mo").read_bytes() == mo, "run make words"


@pytest.mark.parametrize(("name", "message"), MESSAGES)
def test_every_message_is_translated_with_its_parts(name, message):
    ids = (message.id,) if isinstance(message.id, str) else message.id
    said = (message.string,) if isinstance(message.string, str) else message.string
    assert all(said), f"not in {name} yet"
    assert not message.fuzzy
    # One plural of a language without a singular may leave its count out, where the other says it in words.
    assert {part for text in said for part in parts(text)} == {part for text in ids for part in parts(text)}


@pytest.mark.parametrize(
    ("name", "message"), [case for case in MESSAGES if isinstance(case.values[1].id, str) and "{0" in case.values[1].id]
)
def test_a_sentence_of_evidence_is_found_again_by_its_fixed_words(name, message):
    values = {f"{place}": f"<{place}>" for place in range(10)}
    expected = message.string.replace("!t", "").format(*values.values())
    with speaking(name):
        assert told(message.id.format(*values.values())) == expected


def test_what_no_catalogue_knows_stays_as_it_is():
    with speaking("zh"):
        assert told("A sentence of the user's own") == "A sentence of the user's own"
        assert told("") == ""


def test_parts_that_are_words_are_told_and_names_are_not():
    with speaking("zh"):
        assert told("Take larger λ: λ = 1.28 instead of 0.") == "采用“增大 λ”：λ 由 0 改为 1.28。"
        assert told("Column 'high bias': the same value in every training row; left out.") == (
            "列 'high bias'：所有训练行的值都相同；已舍去。"
        )


def test_english_stays_as_it_is():
    assert english("high bias") == told("high bias") == "high bias"


def test_the_language_is_that_of_the_call():
    assert _("Next step") == "Next step"
    with speaking("zh"):
        assert _("Next step") == "下一步"
        with speaking("en"):
            assert _("Next step") == "Next step"
        with speaking(None):
            assert language() == "zh"
        assert plural("{count} of {tried} surely helps (green)", "{count} of {tried} surely help (green)", 2, tried=3) == (
            "3 种办法中有 2 种有把握带来改进（绿色）"
        )
    assert language() == "en"


def test_another_thread_speaks_its_own(monkeypatch):
    heard = []
    with speaking("zh"):
        thread = threading.Thread(target=lambda: heard.append(language()))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_the_variable_is_read_at_the_call(monkeypatch):
    monkeypatch.setenv("LEADLINE_LANG", "zh")
    assert language() == "zh"
    with speaking("en"):
        assert language() == "en"
    monkeypatch.setenv("LEADLINE_LANG", "")
    assert language() == "en"
    monkeypatch.setenv("LEADLINE_LANG", "klingon")
    with pytest.raises(ArgumentError, match="Unknown language 'klingon'. Known: en, zh"):
        language()


def test_an_unknown_language_is_refused():
    with pytest.raises(ArgumentError, match="Known: en, zh"):
        checked("fr")
    with pytest.raises(ArgumentError, match="Known: en, zh"), speaking("zz"):
        pass


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('english(f"{a} {b!r} of {c:,}")', ["{0} {1} of {2}"]),
        ("english(f\"{n} {'epoch' if n == 1 else 'epochs'} instead\")", ["{0} epoch instead", "{0} epochs instead"]),
        ('english("one" if x else f"{n} more")', ["one", "{0} more"]),
        ('english(f"in {epoch + 1}")', ["in {0}"]),
        ('_("a {b}", b=1)', ["a {b}"]),
        ('plural("{count} a", "{count} as", n)', [("{count} a", "{count} as")]),
        ('Option(help="Say it.")', ["Say it."]),
        ('other("Not a message.")', []),
    ],
)
def test_messages_are_read_off_the_source(tmp_path, source, found):
    file = tmp_path / "said.py"
    file.write_text(source, encoding="utf-8")
    assert list(script.found_in_python(file)) == found


def test_messages_are_read_off_templates_too(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "SOURCE", tmp_path)
    (tmp_path / "page.html").write_text('{{ _("Runs") }} {{ plural("{count} turn", "{count} turns", 2) }}', encoding="utf-8")
    assert script.messages() == {"Runs": ["page.html"], ("{count} turn", "{count} turns"): ["page.html"]}
