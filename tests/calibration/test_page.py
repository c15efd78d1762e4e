"""docs/calibration.md is what the script writes from the results that lie there."""

import importlib.util
import json
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "calibration.py"
SPEC = importlib.util.spec_from_file_location("calibration_page", SCRIPT)
page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(page)


def test_the_page_is_what_the_script_gives():
    assert page.PAGE.read_text(encoding="utf-8") == page.generated(), f"run python scripts/{SCRIPT.name}"


@pytest.mark.parametrize("name", page.SECTIONS)
def test_without_results_there_is_no_section(name, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "RESULTS", tmp_path)
    assert page.generated().strip() == page.OPENING.strip()


@pytest.mark.parametrize("path", sorted(page.RESULTS.glob("*.json")), ids=lambda path: path.name)
def test_all_results_have_a_section_and_are_plain(path):
    assert path.stem in page.SECTIONS
    json.dumps(json.loads(path.read_text(encoding="utf-8")), allow_nan=False)


WITH = {"measured with": {"leadline": "1.0", "machine": "2 cores, x"}}


def _share(count, of):
    return {"count": count, "of": of, "share": count / of if of else None, "interval": [0.1, 0.9]}


def _advice(count):
    first = {name: _share(1, 4) for name in ("all", "nothing said")}
    return (
        WITH
        | first
        | {"tables": 3, "splits": 1, "chosen": _share(count, 10), "by remedy": {"more data": _share(0, 0)}, "shrunk to": 0.5}
    )


def _results(mlp, boosting):
    won = {"mlp": mlp, "boosting": boosting}
    against = {who: {"better": _share(n, 20), "equal": 1, "better by cross-entropy": _share(0, 0)} for who, n in won.items()}
    costs = {"leadline": {"error": 0.12345}, "mlp": {"error": 0.2}, "boosting": {"error": 0.3}}
    return (
        WITH
        | against
        | {
            "tables": 20,
            "tables at once": 1,
            "splits": 3,
            "each": [{"table": "iris", "kind": "multiclass", "rows": 120, **costs}],
        }
    )


def _verdicts(right, open_, wrong):
    counts = dict(zip(("right", "in part", "open", "wrong"), (right, 0, open_, wrong)))
    of = sum(counts.values())
    grades = {word: _share(count, of) for word, count in counts.items()}
    gap = {word: _share(1, 2) for word in ("right", "open", "wrong", "covered")}
    arm = {"problems": 4, "problems with a wrong one": 1, "all": grades, "by truth": {"done": grades}}
    arm |= {"gaps": {"bias": gap}, "leaning": {"verdicts": 2, "right": 1}}
    drawn = {"none": {"drawn": 5, "kept": 3}, "both": {"drawn": 4, "kept": 1}}
    return WITH | {"drawn": drawn, "tables": {"reported: as split": arm, "tuned: as split": arm}}


# (section, summary, what it says)
SAID = [
    ("advice", _advice(7), "What fell short: 70 % of the first remedies came true."),
    ("advice", _advice(9), "Nothing fell short."),
    ("advice", _advice(9), "| the remedy put first | 10 | 90.0 % [10.0, 90.0] |"),
    ("results", _results(18, 11), "Nothing fell short."),
    ("results", _results(15, 9), "better than multilayer perceptron on 75 %, wanted 85 %; better than gradient boosting on 45 %"),
    ("results", _results(18, 11), "| iris | multiclass | 120 | 0.1235 | 0.2 | 0.3 |"),
    ("verdicts", _verdicts(8, 2, 0), "Nothing fell short."),
    ("verdicts", _verdicts(5, 4, 1), "What fell short: as split: 10 % wrong, wanted at most 5 %; as split: 40 % open"),
    ("verdicts", _verdicts(8, 2, 0), "| all | 9 | 4 |"),
    ("verdicts", _verdicts(8, 2, 0), "Measured with leadline 1.0, on 2 cores, x."),
]


@pytest.mark.parametrize(("section", "summary", "said"), SAID)
def test_a_section_says_what_was_found_and_what_fell_short(section, summary, said):
    assert said in page.SECTIONS[section](summary)


def test_a_table_has_as_many_columns_as_its_head():
    assert page.table(("", "a"), [["x", "1"]]) == "|  | a |\n| --- | ---: |\n| x | 1 |"


@pytest.mark.parametrize(("share", "expected"), [(None, "–"), (0.0, "0 %"), (0.854, "85 %"), (1.0, "100 %")])
def test_a_share_in_words(share, expected):
    assert page.percent(share) == expected
