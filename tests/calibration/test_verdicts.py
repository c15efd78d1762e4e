"""Verdicts are graded as a reader would, and the summary counts them."""

import pytest
import verdicts
from verdicts import ARMS, GRADES, cases, grade, judged, ought, summary, true_gaps

HIGH, FINE, OPEN = "high", "fine", "undetermined"


def _words(bias, variance, distance):
    return {"bias": bias, "variance": variance, "distance": distance}


BIAS, VARIANCE = _words(HIGH, FINE, HIGH), _words(FINE, HIGH, HIGH)
BOTH, DONE, MADE_UP_FOR = _words(HIGH, HIGH, HIGH), _words(FINE, FINE, FINE), _words(FINE, HIGH, FINE)
SUM = _words(FINE, FINE, HIGH)
# (what is true, what the verdict ought to be)
OUGHT = [
    (BIAS, "high bias"),
    (VARIANCE, "high variance"),
    (BOTH, "high bias and high variance"),
    (DONE, "done"),
    (MADE_UP_FOR, "done"),
    (SUM, "done"),
]


@pytest.mark.parametrize(("true", "expected"), OUGHT)
def test_what_a_verdict_ought_to_be(true, expected):
    assert ought(true) == expected


# (what is true, verdict, how the bias and the variance gap were judged, the grade); the distance is open
GRADED = [
    (BIAS, "high bias", (HIGH, FINE), "right"),
    (BIAS, "high bias", (HIGH, OPEN), "right"),
    (BIAS, "undetermined", (OPEN, OPEN), "open"),
    (BIAS, "undetermined, leaning to high variance", (OPEN, OPEN), "open"),
    (BIAS, "high variance", (FINE, HIGH), "wrong"),
    (BIAS, "high bias and high variance", (HIGH, HIGH), "wrong"),
    (BIAS, "done", (FINE, FINE), "wrong"),
    (BOTH, "high bias", (HIGH, OPEN), "in part"),
    (BOTH, "high variance", (OPEN, HIGH), "in part"),
    (BOTH, "high bias", (HIGH, FINE), "wrong"),
    (BOTH, "high bias and high variance", (HIGH, HIGH), "right"),
    (BOTH, "done", (OPEN, OPEN), "wrong"),
    (DONE, "done", (FINE, FINE), "right"),
    (DONE, "high bias", (HIGH, OPEN), "wrong"),
    (DONE, "undetermined", (FINE, OPEN), "open"),
    (VARIANCE, "high variance", (FINE, HIGH), "right"),
    (VARIANCE, "high variance", (OPEN, HIGH), "right"),
    (MADE_UP_FOR, "high variance", (FINE, HIGH), "in part"),
    (MADE_UP_FOR, "high bias", (HIGH, OPEN), "wrong"),
]


@pytest.mark.parametrize(("true", "verdict", "gaps", "expected"), GRADED)
def test_a_verdict_is_graded(true, verdict, gaps, expected):
    found = {"verdict": verdict, "gaps": _words(*gaps, OPEN)}
    assert grade(true, found) == expected


def test_a_measured_baseline_has_gaps_of_its_own():
    truth = {"J_train": 0.2, "J_cv": 0.3, "trivial": 1.0, "errors": dict.fromkeys(("bias", "variance", "distance"), 0.001)}
    gaps, words = true_gaps(truth, {"level": 0.4, "error": 0.001})
    assert gaps == pytest.approx({"bias": -0.2, "variance": 0.1, "distance": -0.1})
    assert words == _words(FINE, HIGH, FINE)
    assert true_gaps(truth, {"level": 0.1, "error": 0.001})[1] == BOTH
    assert true_gaps(truth, {"level": 0.4, "error": 0.1})[1] == {}, "the level is not known well enough"
    assert true_gaps(truth, {"level": 0.18, "error": 0.001})[1] == {}, "0.02 is 1.1 times the tolerance of 0.018"


@pytest.fixture
def truths():
    one = {
        "best": 0.1,
        "delta": 0.01,
        "gaps": {"bias": 20.0, "variance": 0.1, "distance": 20.1},
        "J_train": 0.3,
        "J_cv": 0.301,
        "trivial": 0.5,
        "words": BIAS,
        "decided": True,
    }
    one |= {"errors": dict.fromkeys(("bias", "variance", "distance"), 0.001)}
    names = list(verdicts.candidates())
    return {name: one if place % 5 else one | {"words": {}, "decided": False} for place, name in enumerate(names)}


def test_all_kept_problems_are_judged_and_a_sixth_in_all_ways(truths):
    judging, sixth = cases(truths)
    kept = sum(true["decided"] for true in truths.values())
    by_arm = [sum(case.startswith(f"{arm}: ") for case in judging) for arm in ARMS]
    assert by_arm == [5 * kept, 5 * len(sixth), 5 * len(sixth)]
    assert kept / 9 < len(sixth) < kept / 4
    assert set(judging) == set(cases(dict(reversed(truths.items())))[0]), "however the truths came"


def test_the_summary_counts_every_verdict_once(truths):
    judging, sixth = cases(truths)
    sizes = {"bias": [0.15, 0.2, 0.25], "variance": [0.0, 0.02, 0.03], "distance": [0.22, 0.25, 0.3]}
    found = {"verdict": "high bias", "gaps": _words(HIGH, OPEN, HIGH), "sizes": sizes}
    wrong = {"verdict": "done", "gaps": _words(FINE, FINE, FINE), "sizes": sizes}
    levels = {name: {"level": 0.1, "error": 0.0} for name in sixth}
    judgements = {case: wrong if case.endswith("#0") else found for case in judging}
    whole = summary(truths, levels, judgements)
    assert sum(table["all"]["right"]["of"] for table in whole["tables"].values()) == len(judging)
    for table in whole["tables"].values():
        counts = {word: table["all"][word]["count"] for word in GRADES}
        assert counts == {"right": 4 * table["problems"], "wrong": table["problems"], "in part": 0, "open": 0}
        assert table["problems with a wrong one"] == table["problems"]
        assert list(table["by truth"]) == ["high bias"]
        assert table["gaps"]["variance"]["open"]["share"] == 0.8
        assert {name: table["gaps"][name]["covered"]["share"] for name in sizes} == {"bias": 1, "variance": 1, "distance": 0}
        assert table["leaning"] == {"verdicts": 0, "right": 0}
    assert sum(one["drawn"] for one in whole["drawn"].values()) == len(truths)
    assert sum(one["kept"] for one in whole["drawn"].values()) == len(whole["problems"])


@pytest.mark.parametrize("arm", [pytest.param(arm, id=arm) for arm in ARMS])
def test_a_network_without_enough_units_is_found_out(arm, monkeypatch):
    monkeypatch.setattr(verdicts, "SEEDS", 2)
    process = {"kind": "numbers", "signal": "waves", "features": 5, "noise": 0.1, "classes": 2, "draw": 0}
    found = judged({"process": process, "rows": 300, "layers": [1], "lambda_": 0.0}, 0, 0.1, arm)
    assert found["gaps"]["bias"] == "high"
    assert found["verdict"].startswith("high bias")
    low, value, high = found["sizes"]["bias"]
    assert 0.01 < low < value < high
