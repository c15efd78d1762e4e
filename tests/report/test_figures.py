import itertools

import pytest

from leadline.develop.intervals import Estimate
from leadline.develop.problem import number
from leadline.report import figures
from leadline.report.drawing import COLOURS, TIP, blank

DRAWS = [figures.standing, figures.learning_curve, figures.lambda_curve, figures.remedies]


def _axes(draw, evidence, **more):
    axes = blank(340 if more.get("narrow") else 720, 300).subplots()
    draw(evidence, axes, **more)
    return axes


def _tips(axes):
    return [patch.get_gid().removeprefix(TIP) for patch in axes.patches if str(patch.get_gid()).startswith(TIP)]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("draw", DRAWS)
def test_every_chart_is_drawn_of_every_kind_of_target(evidence, draw, narrow):
    axes = _axes(draw, evidence, narrow=narrow)
    axes.figure.canvas.draw()
    assert axes.lines
    assert all(_tips(axes))


def test_where_it_stands_says_every_number_with_its_interval(evidence):
    tips, show = _tips(_axes(figures.standing, evidence)), number(evidence["metric"])
    rows = figures.standing_rows(evidence)
    assert [name for name, _ in rows][:2] == ["train", "cv"]
    assert len(rows) == 5
    assert tips == [f"{name}: {figures.ranges(found, show)}" for name, found in rows]


def test_a_baseline_far_away_does_not_press_the_rest_together(evidence):
    evidence["baselines"]["all"]["always wrong"] = {"value": 1e6, "low": 1e6, "high": 1e6}
    axes = _axes(figures.standing, evidence)
    assert axes.get_xlim()[1] < 1e5
    assert any(text.get_text().endswith("→") for text in axes.texts)


def test_the_learning_curve_goes_on_where_there_is_a_forecast(evidence):
    sizes = evidence["learning_curve"]["sizes"]
    evidence["forecast"] = {"points": [], "refusal": "too short"}
    assert len(_tips(_axes(figures.learning_curve, evidence))) == len(sizes)
    point = {"size": 2 * sizes[-1], "J_cv": {"value": 0.5, "low": 0.25, "high": 0.75}}
    evidence["forecast"] = {"points": [point], "refusal": ""}
    tips = _tips(_axes(figures.learning_curve, evidence))
    assert tips[-1].startswith(f"forecast with {2 * sizes[-1]:,} examples")
    assert figures.ranges(Estimate(0.5, 0.25, 0.75), number(evidence["metric"])) in tips[-1]


def test_a_curve_needs_no_diagnosis_around_it(evidence):
    alone = {"learning_curve": evidence["learning_curve"]}
    axes = _axes(figures.learning_curve, alone)
    assert [line.get_label() for line in axes.lines] == ["cv", "train"]  # no baseline, no forecast
    assert len(_tips(axes)) == len(evidence["learning_curve"]["sizes"])
    assert _axes(figures.lambda_curve, {"lambda_curve": evidence["lambda_curve"]}).lines


def test_the_values_of_lambda_that_tie_are_shaded(evidence):
    curve = evidence["lambda_curve"]
    axes = _axes(figures.lambda_curve, evidence)
    shaded = [patch for patch in axes.patches if patch.get_alpha() == 0.4]
    assert len(shaded) == sum(curve["tied"])
    tips = _tips(axes)
    assert [("ties with the best" in tip) for tip in tips] == curve["tied"]
    assert "chosen" in tips[curve["chosen"]]


def test_remedies_that_surely_help_are_told_from_those_that_do_not(evidence):
    axes = _axes(figures.remedies, evidence)
    tips = _tips(axes)
    assert [tip.split(":")[0] for tip in tips] == ["more units", "larger λ", "more data"]  # ranked; what was not run is no bar
    assert "−0.300 [−0.400, −0.200]" in tips[0]
    dots = [line.get_color() for line in axes.lines if line.get_marker() == "o"]
    assert dots == [COLOURS["good"], COLOURS["bad"], COLOURS["muted"]]


def test_a_remedy_that_makes_it_far_worse_presses_nothing_together(evidence):
    usual = _axes(figures.remedies, evidence).get_xlim()
    far = evidence["remedies"][1] | {"name": "standardised features", "gain": {"value": 1500.0, "low": 0.0, "high": 3700.0}}
    evidence["remedies"].append(far)
    axes = _axes(figures.remedies, evidence)
    assert axes.get_xlim() == usual
    assert [text.get_text() for text in axes.texts] == ["+1,500 →"]
    assert _tips(axes)[-1].startswith("standardised features: +1,500 [0, +3,700]")


def test_remedies_that_all_make_it_worse_are_drawn(evidence):
    for place, one in enumerate(evidence["remedies"][:3]):
        one["gain"] = {"value": 2.0 + place, "low": 1.0, "high": 3.0 + place}
    axes = _axes(figures.remedies, evidence)
    assert not axes.texts
    assert axes.get_xlim()[0] <= 0 < 5 <= axes.get_xlim()[1]


@pytest.mark.parametrize("narrow", [False, True])
def test_labels_of_sizes_keep_apart(evidence, narrow):
    axes = _axes(figures.learning_curve, evidence, narrow=narrow)
    axes.figure.canvas.draw()
    boxes = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
    assert len(boxes) >= 3
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_an_axis_begins_at_zero_unless_that_hides_the_curve(evidence):
    assert _axes(figures.lambda_curve, evidence).get_ylim()[0] >= 0
    for part in ("train", "cv"):
        evidence["lambda_curve"][part] = [{"value": 100.0 + i, "low": 99.0, "high": 115.0} for i in range(12)]
    assert _axes(figures.lambda_curve, evidence).get_ylim()[0] > 90


def test_what_did_not_stay_finite_leaves_a_gap(evidence):
    blank_point = {"value": None, "low": None, "high": None}
    evidence["lambda_curve"]["cv"][0] = evidence["learning_curve"]["cv"][1] = blank_point
    for draw in (figures.lambda_curve, figures.learning_curve):
        axes = _axes(draw, evidence)
        axes.figure.canvas.draw()
        assert sum("cv not finite" in tip for tip in _tips(axes)) == 1
