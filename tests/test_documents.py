"""Every program of the documents runs, from top to bottom of its document; cells of a page of the site, when it is built."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md") if "_build" not in path.parts)
DOCUMENTS = [ROOT / "README.md", *PAGES]
CHINESE = ROOT / "README.zh.md"  # has the programs of README.md, as a test below says


def each(*documents):
    return pytest.mark.parametrize("document", documents, ids=lambda path: str(path.relative_to(ROOT)))


# Keras's own saving meets it.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@each(*DOCUMENTS)
def test_its_programs_run(document, tmp_path, monkeypatch):
    text = document.read_text(encoding="utf-8")
    programs = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    if text.startswith("---\nfile_format: mystnb\n"):
        assert programs == []  # nobody would run them
        assert "```{code-cell} python\n" in text
    monkeypatch.chdir(tmp_path)  # what a program leaves where it runs
    namespace = {}
    for program in programs:
        exec(compile(program, str(document), "exec"), namespace)


@each(*DOCUMENTS, CHINESE)
def test_its_links_lead_somewhere(document):
    prose = re.sub(r"```.*?```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", prose)
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


def test_the_readme_has_programs_and_figures():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("```python") >= 3
    assert "Verdict:" in text.split("<!-- demo -->")[1].split("<!-- /demo -->")[0]
    assert "ratio" in text.split("<!-- benchmark -->")[1].split("<!-- /benchmark -->")[0]


def outline(text):
    """What two languages share: headings by their depth, programs and commands, tables by their size, links, marks."""
    return {
        "headings": re.findall(r"^(#+) ", re.sub(r"```.*?```", "", text, flags=re.DOTALL), flags=re.MULTILINE),
        "code": [code for kind, code in re.findall(r"```(\w+)\n(.*?)```", text, flags=re.DOTALL) if kind != "text"],
        "tables": [row.count("|") for row in re.findall(r"^\|.*\|$", text, flags=re.MULTILINE)],
        "links": sorted(link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")),
        "marks": re.findall(r"<!-- [^>]+ -->", text),
    }


def test_the_chinese_readme_has_what_the_english_one_has():
    english, chinese = (path.read_text(encoding="utf-8") for path in (ROOT / "README.md", CHINESE))
    assert outline(chinese) == outline(english)
    assert "结论：" in chinese.split("<!-- demo -->")[1].split("<!-- /demo -->")[0]
    assert (
        chinese.split("<!-- benchmark -->")[1].split("<!-- /benchmark -->")[0]
        == (english.split("<!-- benchmark -->")[1].split("<!-- /benchmark -->")[0])
    )
