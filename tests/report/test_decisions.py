from leadline.develop.problem import number
from leadline.report import decisions


def test_where_it_stands_has_the_gaps_judged(evidence):
    section = decisions.standing(evidence)
    (judged,) = section.tables
    gaps = evidence["gaps"]
    assert [row[0] for row in judged.rows] == ["bias", "variance", "distance"]
    assert [row[1] for row in judged.rows] == [gaps[row[0]]["judgement"] for row in judged.rows]
    assert len(section.points) == sum(bool(gap["would_settle"]) for gap in gaps.values())
    (chart,) = section.charts
    show = number(evidence["metric"])
    for found in evidence["baselines"]["all"].values():
        assert show(found["value"]) in chart.says
        assert any(show(found["value"]) in row for row in chart.tables[0].rows)


def test_the_order_of_gaps_is_not_that_of_the_file(evidence):
    evidence["gaps"] = dict(sorted(evidence["gaps"].items()))
    assert [row[0] for row in decisions.standing(evidence).tables[0].rows] == ["bias", "variance", "distance"]


def test_the_learning_curve_says_its_forecast_or_why_there_is_none(evidence):
    evidence["forecast"] |= {"points": [], "refusal": "the curve says too little."}
    assert "the curve says too little" in decisions.learning_curve(evidence).words[0]
    point = {"size": 999, "J_cv": {"value": 0.5, "low": 0.25, "high": 0.75}}
    evidence["forecast"] |= {"points": [point], "refusal": ""}
    section = decisions.learning_curve(evidence)
    assert "999" in section.words[0]
    assert section.charts[0].tables[0].rows[-1][0] == "999 (forecast)"
    assert len(section.charts[0].tables[0].rows) == len(evidence["learning_curve"]["sizes"]) + 1


def test_the_chosen_lambda_is_named(evidence):
    curve = evidence["lambda_curve"]
    curve["tied"], curve["chosen"] = [False, True, True] + [False] * 9, 2
    section = decisions.lambda_curve(evidence)
    assert section.words[0].startswith("λ = 0.02 is the largest of the 2 values")
    assert [row[-1] for row in section.charts[0].tables[0].rows[:4]] == ["", "ties", "chosen", ""]
    curve["tied"] = [False, False, True] + [False] * 9
    assert "alone" not in decisions.lambda_curve(evidence).words[0]
    assert decisions.lambda_curve(evidence).words[0].startswith("λ = 0.02 is the best")


def test_a_best_lambda_at_the_end_of_the_curve_is_said_to_be_there(evidence):
    curve = evidence["lambda_curve"]
    for best, said in ((len(curve["values"]) - 1, True), (len(curve["values"]) - 2, False)):
        curve["best"] = best
        assert ("a larger λ may be better still" in decisions.lambda_curve(evidence).words[0]) == said


def test_remedies_are_ranked_and_what_was_not_run_says_why(evidence):
    section = decisions.remedies(evidence)
    assert section.words[0].startswith("1 of 3 surely helps")
    (table,) = section.charts[0].tables
    assert [row[0] for row in table.rows] == ["more units", "larger λ", "more data"]
    assert list(table.tones) == ["good", "", ""]
    assert section.points == ["smaller λ was not run: there is no smaller λ than 0."]


def test_without_remedies_there_is_no_such_section(evidence):
    assert decisions.remedies(evidence | {"remedies": []}) is None


def test_where_nothing_could_be_run_only_reasons_are_given(evidence):
    section = decisions.remedies(evidence | {"remedies": evidence["remedies"][-1:]})
    assert not section.charts
    assert len(section.points) == 1
