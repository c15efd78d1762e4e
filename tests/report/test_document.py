import dataclasses

import pytest

from leadline.record import Cost, Turn
from leadline.report.document import document

STORY = ["standing", "learning", "lambda", "remedies", "network", "errors", "data", "computed"]


def test_the_story_is_told_in_the_order_of_a_decision(evidence):
    found = document(evidence, "houses.csv", command="leadline diagnose")
    assert [section.key for section in found.sections] == STORY
    assert found.title == "houses.csv"
    assert found.action == evidence["next_step"]["action"]
    assert len(found.grounds) == 3


@pytest.mark.parametrize(
    ("verdict", "tone", "gap"),
    [
        ("high bias", "bad", "bias"),
        ("high variance", "bad", "variance"),
        ("done", "good", "distance"),
        ("undetermined", "open", "distance"),
        ("undetermined, leaning to high bias", "open", "bias"),
    ],
)
def test_the_verdict_is_one_sentence_with_its_reason(classes, verdict, tone, gap):
    found = document(classes | {"verdict": verdict}, "")
    (ground,) = (words for words in classes["grounds"] if words.startswith(gap))
    assert found.tone == tone
    assert found.verdict.lower() == f"{verdict}: {ground.partition(': ')[2]}.".lower()


def test_evidence_from_before_grounds_were_kept_has_a_verdict_too(classes):
    del classes["grounds"]
    assert document(classes | {"verdict": "high bias"}, "").verdict == "High bias."


def _turn(number, evidence, change):
    values = dict.fromkeys(field.name for field in dataclasses.fields(Turn))
    told = {"run": 1, "number": number, "metric": "error", "change": change, "hypothesis": "why", "evidence": evidence}
    costs = {"J_cv": Cost(0.5, 0.4, 0.6), "J_train": Cost(0.1), "predicted": Cost(-0.1, -0.2, 0.1)}
    return Turn(**values | told | costs)


def test_a_loop_begins_with_its_turns(classes):
    turns = [_turn(1, {"verdict": "high bias"}, "the start"), _turn(2, classes, "more units")]
    found = document(classes, "", turns=turns, words=["Stopped."])
    assert [section.key for section in found.sections] == ["loop", *STORY]
    loop = found.sections[0]
    assert loop.words == ["Stopped."]
    rows = loop.charts[0].tables[0].rows
    assert [row[0] for row in rows] == ["1", "2 (chosen)"]
    assert rows[1][3:6] == ("50.0 % [40.0 %, 60.0 %]", "−0.100 [−0.200, +0.100]", "")
    assert loop.tables[0].rows[1] == ("2", "more units", "why")


def test_a_deep_network_is_told_in_a_line(classes):
    classes["network"] = [{"layer": "Dense", "output": [8]}] * 30
    assert document(classes, "").about.endswith("network 3 → 8")
