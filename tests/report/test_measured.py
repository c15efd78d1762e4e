import dataclasses

from leadline.record import Cost, Difference, Turn
from leadline.report.measured import cost_told, costs_told, figures_told, others
from leadline.words import speaking


def _turn(**values):
    blank = dict.fromkeys(field.name for field in dataclasses.fields(Turn))
    return Turn(**blank | {"metric": "error", "J_cv": Cost(0.25, 0.2, 0.3), "baseline": Cost(0.1)} | values)


def test_what_was_not_measured_is_left_out():
    assert costs_told(_turn()) == {"cv": "25.0 % [20.0 %, 30.0 %]", "baseline": "10.0 %"}
    assert cost_told(None, "cost") == ""


def test_changes_are_of_what_decides_and_have_signs():
    figures = figures_told(_turn(predicted=Cost(-0.012, -0.03, 0.006), actual=Cost(0.01, 0.0, 0.02)))
    assert figures["Δ J promised"] == "−0.0120 [−0.0300, +0.0060]"
    assert figures["Δ J came"] == "+0.0100 [0.0000, +0.0200]"


def test_names_are_told_in_the_language_that_is_spoken():
    with speaking("zh"):
        assert list(figures_told(_turn(predicted=Cost(-0.1)))) == ["交叉验证集", "基准", "Δ J 预期"]


def test_others_are_what_figures_and_changes_do_not_say():
    found = [
        Difference("J_cv.value", 0.25, 0.2, -0.05),
        Difference("change", "the start", "more units", None),
        Difference("seconds", 105.4, None, None),
        Difference("bias", "high", "fine", None),
        Difference("architecture[0].output[0]", 25, 50, 25),
    ]
    assert others(found) == [
        ("seconds", "105.4", "", ""),
        ("bias", "high", "fine", ""),
        ("architecture[0].output[0]", "25", "50", "25"),
    ]
    with speaking("zh"):
        assert others(found)[1] == ("偏差", "高", "正常", "")
