import base64
import dataclasses
import hashlib
import itertools
import re
from html.parser import HTMLParser

import pytest

from leadline.report.content import Picture, Section, Table
from leadline.report.document import document
from leadline.report.page import page, plain

HOSTILE = {
    "markup": [
        "</script><script>x()</script>",
        "<img src=x onerror=x()>",
        '"><svg onload=x()>',
        "' onmouseover='x()",
        "</title></style><script>x()</script>",
        "]]> <!-- -->",
        "javascript:x()",
        "&lt;b&gt; &amp;",
    ],
    "templates and formulas": ["{{ 7 * 7 }} {% raw %} {# #}", "$\\frac{a}{b}$", "a" * 400],
    "letters": ["\u202egnp.exe", "שלום العربية", "🐟 👩\u200d👩\u200d👧", "\x00\x07\x1b[31m", "a\nb\tc"],
}
PAGE = """html head meta title style script body a header main nav footer section div p h1 h2 h3 ul ol li strong figure
figcaption details summary table caption thead tbody tr th td img pre code"""
CHART = "svg g path use defs clippath rect text tspan pattern"
ELEMENTS = {*PAGE.split(), *CHART.split()}


class Elements(HTMLParser):
    """What a browser would build: names of elements with their attributes, and all the text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.text, self.void = [], [], {"meta", "img"}
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text.append(data)


def _hostile(evidence, words):
    """Evidence in which whatever a user names is called so."""
    evidence["data"] |= {"notes": [words, f"Column {words!r}: left out."], "features": [words] * 3}
    evidence["data"]["target"] |= {"name": words, "reason": words, "classes": [words] * 3}
    evidence["errors"]["slices"]["tested"][0] |= {"column": words, "part": f"= {words}", "flagged": True}
    if confusion := evidence["errors"]["confusion"]:
        confusion |= {"classes": [words + str(place) for place in range(3)], "words": [f"{words!r} is taken for {words!r}"]}
    for one in evidence["errors"]["worst"]["examples"]:
        one |= {"y": words, "predicted": words, "features": {words: words}}
    evidence["next_step"] |= {"action": words, "reasons": [words]}
    evidence["grounds"] = [f"bias high: {words}"]
    for one in evidence["remedies"]:
        one["change"] = words
    evidence["baselines"]["all"][words] = evidence["J_cv"]
    return evidence


@pytest.mark.parametrize("kind", HOSTILE)
def test_names_are_only_text(classes, kind):
    words = " ".join(HOSTILE[kind])
    text = page(document(_hostile(classes, words), words, command=words))
    found = Elements(text)
    assert {name for name, _ in found.elements} <= ELEMENTS
    attributes = {name for _, own in found.elements for name in own}
    assert not {name for name in attributes if name.startswith("on") or name == "style"}
    assert [name for name, _ in found.elements].count("script") == 1
    addresses = [own[key] for _, own in found.elements for key in ("src", "href", "xlink:href") if key in own]
    assert all(address.startswith(("#", "data:image/png;base64,")) for address in addresses)
    # It is all there, as it stands.
    assert "".join(found.text).count(plain(words)) > 10
    assert not any(letter in text for letter in "\u202e\x00\x07\x1b")


def test_an_attack_is_seen_by_the_test():
    with pytest.raises(AssertionError):
        assert {name for name, _ in Elements("<p><iframe></iframe></p>").elements} <= ELEMENTS


def test_only_its_own_style_and_script_may_run(report):
    _, text = report
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    for name in ("script", "style"):
        (content,) = re.findall(f"<{name}>(.*?)</{name}>", text, flags=re.DOTALL)
        assert f"{name}-src 'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy
    assert text.index("Content-Security-Policy") < text.index("<title>")


def test_it_needs_nothing_from_elsewhere(report):
    _, text = report
    assert "http:" not in text
    assert "https:" not in text
    assert "url(http" not in text
    assert len(text.encode()) < 2_000_000
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(names)
    assert set(re.findall(r'aria-labelledby="([^"]+)"', text)) <= set(names)


def test_every_chart_has_words_and_a_table_behind_a_toggle(report):
    told, text = report
    charts = [chart for section in told.sections for chart in section.charts]
    assert len(charts) >= 5
    assert text.count('role="img"') == 2 * len(charts)
    assert text.count("<figure>") == len(charts)
    assert len(re.findall(r"</div>\s*<details>\s*<summary>", text)) >= len(charts)
    assert all(chart.says and chart.tables for chart in charts)
    assert text.count('class="tip"') > 50


def test_headings_go_down_one_step_at_a_time(report):
    levels = [int(name[1]) for name, _ in Elements(report[1]).elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in itertools.pairwise(levels))


def test_pictures_are_named(report):
    told, _ = report
    own = (Picture("data:image/png;base64,AA==", "", "3, taken for 5", "row 1"), Picture("", "<svg></svg>", "AF", "row 2"))
    more = Section("more", "More", pictures=own, tables=(Table("A table", ("a", "b"), [("1", "2")], tones=["bad"]),))
    text = page(dataclasses.replace(told, sections=[more]))
    assert 'alt="3, taken for 5"' in text
    assert 'aria-label="AF"' in text
    assert '<tr class="bad">' in text


def test_the_same_evidence_gives_the_same_page(report):
    told, text = report
    assert page(told) == text


@pytest.mark.parametrize(
    ("words", "expected"),
    [(5, 5), ("1 %", "1\u00a0%"), ("J 2.5; 3", "J\u00a02.5; 3"), ("[1 %, 2 %]", "[1\u00a0%,\u00a02\u00a0%]"), ("a\x00b", "a�b")],
)
def test_words_are_made_plain(words, expected):
    assert plain(words) == expected
