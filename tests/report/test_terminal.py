import dataclasses
import functools
import io

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

import leadline as ll
from leadline.data.split import split
from leadline.develop.baselines import given
from leadline.develop.diagnosis import diagnose
from leadline.develop.gaps import Gap
from leadline.develop.intervals import Estimate
from leadline.develop.problem import METRICS, number, problem_of
from leadline.develop.remedies import Remedy
from leadline.layers import Dense, Dropout, Flatten
from leadline.report.numbers import alike
from leadline.report.terminal import render

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(150, 3))
TARGETS = {
    "regression": 7 + 2 * X[:, 0] - X[:, 1],
    "binary": (X[:, 0] > 0).astype(int),
    "multiclass": np.argmax(X, axis=1),
}
QUICK = {"epochs": 2, "seeds": 2, "layers": (), "remedies": False}


@functools.cache
def _found(kind="regression", **options):
    return diagnose(None, split(X, TARGETS[kind]), **(QUICK | options))


def _lines(found, title="houses.csv"):
    """What a person sees."""
    return Text.from_markup(render(found, title), emoji=False).plain.split("\n")


def _check_width(lines):
    assert max(cell_len(line) for line in lines) <= 80, max(lines, key=cell_len)


@pytest.mark.parametrize("kind", TARGETS)
def test_a_report_says_what_was_measured(kind):
    found = _found(kind)
    lines = _lines(found)
    shown, show = "\n".join(lines), number(found.problem.metric)
    _check_width(lines)
    assert "houses.csv" in lines[0]
    assert found.data.test.digest[:12] in shown
    assert "sealed" in shown
    assert f"train {found.data.train.size}" in shown
    assert METRICS[found.problem.metric] in shown
    for estimate in (found.score.J_train, found.score.J_cv, *(b.value for b in found.baselines.measured)):
        assert show(estimate.value) in shown
    for gap in (found.bias, found.variance, found.distance):
        assert alike(gap.size, show)(gap.size.low) in shown
        assert alike(gap.size, show)(gap.size.high) in shown
        assert gap.judgement in shown
    assert f"Verdict: {found.verdict}" in lines
    flat = " ".join(shown.split())
    assert found.next_step.action in flat
    assert all(reason in flat for reason in found.next_step.reasons)
    assert not any(line != line.rstrip() for line in lines)


def _named(found, name, notes=()):
    target = dataclasses.replace(found.data.target, name=name, reason=f"numbers in {name}")
    data = dataclasses.replace(found.data, target=target, notes=notes)
    return dataclasses.replace(found, plan=dataclasses.replace(found.plan, data=data))


HOSTILE = [
    "[red]",
    "[/]",
    "[/bold red] and [link=https://example.org]x[/link]",
    "a[/b c]d" * 20,
    "[bold " + "very " * 40 + "long]",
    "[@click=app.bell]x",
    "back\\slash\\",
    "[" * 90,
    "]" * 90 + "[/]",
    "unbroken" * 40,
    "emoji 🐟🐠🐡 :fish: 👩\u200d👩\u200d👧",
    "🐟" * 60,
    "広い文字" * 30,
    "tab\tnew\nline\r\n",
    "\x1b[2J\x1b]0;title\x07 bell",
    "right\u202eleft",
    "",
    "   ",
    "日本[red]語" * 15,
]


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_and_titles_are_only_text(name):
    found = _named(_found(), name, notes=(f"Column {name!r}: left out.", name))
    for shown in (render(found, name), render(found, "x" * 70 + name)):
        text = Text.from_markup(shown, emoji=False)
        lines = text.plain.split("\n")
        _check_width(lines)
        assert all(letter == "\n" or letter.isprintable() for letter in text.plain)
        assert any(line == f"Verdict: {found.verdict}" for line in lines)
        plain = "".join(text.plain.split())
        visible = "".join(letter for letter in name if letter.isprintable() and not letter.isspace())
        assert sum(plain.count(letter) >= visible.count(letter) for letter in set(visible)) == len(set(visible))
        # Nothing of the name became a style or a link.
        styles = {str(span.style) for span in text.spans}
        assert styles <= {"bold", "cyan", "yellow", "dim", "green", "bold red", "bold green", "bold yellow"}


@pytest.mark.parametrize("name", ["[red]", "[/b c]", "🐟 :fish:"])
def test_what_looks_like_markup_is_shown_as_it_stands(name):
    console = Console(file=io.StringIO(), highlight=False, soft_wrap=True, emoji=False, width=80)
    console.print(render(_named(_found(), name), name))
    assert f"leadline diagnose · {name}\n" in console.file.getvalue()
    assert f"target {name}" in " ".join(console.file.getvalue().split())


@pytest.mark.parametrize("scale", [1e-12, 1e-4, 1.0, 1e5, 1e15, 1e30])
def test_numbers_of_any_size_keep_to_the_width(scale):
    found = diagnose(None, split(X, TARGETS["regression"] * scale), **QUICK)
    _check_width(_lines(found))


def test_a_gap_that_nothing_settles_keeps_to_the_width():
    found = _found()
    for value in (0.0, -1.234567e-7, 123456.789, -0.00123456):
        size = Estimate(value, value - 1.23456e-6, value + 98765.4321)
        gap = Gap("bias", size, 0.01, "undetermined", "it would take " + "very " * 30 + "many examples")
        _check_width(_lines(dataclasses.replace(found, bias=gap)))


def test_the_given_baseline_is_marked_and_said_to_be_given():
    found = _found()
    level = given(1.25, "rmse")
    measures = dataclasses.replace(found.baselines, measured=(level, *found.baselines.measured), chosen=level)
    lines = _lines(dataclasses.replace(found, baselines=measures))
    assert next(line.split()[:3] for line in lines if " * " in line and "given" in line) == ["given", "*", "1.25"]
    assert any("* what gaps are measured from: given" in line for line in lines)


def test_a_diagnosis_with_a_given_baseline_marks_it():
    lines = _lines(_found(baseline=1.25))
    assert sum(line.strip().startswith("given *") for line in lines) == 1


def test_one_baseline_is_marked():
    found = _found()
    marked = [line for line in _lines(found) if f"{found.baselines.chosen.name} *" in line]
    assert len(marked) == 1


def test_a_baseline_far_away_does_not_press_the_rest_together():
    found = _found()
    far = given(1e6 * found.score.J_cv.value, "rmse")
    measures = dataclasses.replace(found.baselines, measured=(far, *found.baselines.measured))
    cv = next(line for line in _lines(dataclasses.replace(found, baselines=measures)) if line.startswith("  cv "))
    assert cv.index("●") > 40


def test_the_lambdas_that_tie_are_marked_in_their_columns():
    found = _found()
    tied = np.zeros(12, bool)
    tied[[2, 5, 9]] = True
    lines = _lines(dataclasses.replace(found, lambdas=dataclasses.replace(found.lambdas, tied=tied, chosen=9)))
    marks = next(i for i, line in enumerate(lines) if "▲" in line)
    labels, columns = lines[marks - 1], [i for i, letter in enumerate(lines[marks]) if letter in "=▲"]
    assert len(columns) == 3
    for column, value in zip(columns, (0.02, 0.16, 2.56), strict=True):
        start = labels.index(f" {value:g} ") + 1
        assert start <= column < start + len(f"{value:g}")
    assert lines[marks][columns[2]] == "▲"
    assert any("λ = 2.56" in line for line in lines)


@pytest.mark.parametrize(("best", "said"), [(11, True), (10, False)])
def test_a_best_lambda_at_the_end_of_the_curve_is_said_to_be_there(best, said):
    found = _found()
    lines = _lines(dataclasses.replace(found, lambdas=dataclasses.replace(found.lambdas, best=best)))
    assert any("a larger λ may be better still" in line for line in lines) == said


@pytest.mark.parametrize("verdict", ["high bias", "high variance", "high bias and high variance", "done", "undetermined"])
def test_every_verdict_is_said(verdict):
    assert f"Verdict: {verdict}" in _lines(dataclasses.replace(_found(), verdict=verdict))


def test_a_models_own_layers_are_shown():
    images = split(RANDOM.normal(size=(60, 4, 2)), np.arange(60.0))
    model = ll.Sequential([Flatten(), Dense(3, "relu"), Dropout(0.1), Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    plan = dataclasses.replace(_found().plan, data=images, problem=problem_of(images, model))
    lines = _lines(dataclasses.replace(_found(), plan=plan))
    _check_width(lines)
    assert any("4 × 2 → 8 → 3 → 3 → 1" in line for line in lines)
    assert any("SGD" in line for line in lines)


@pytest.mark.parametrize(
    ("gain", "written"),
    [
        (Estimate(-0.052216, -0.0818, -0.0266), "−0.0522 [−0.0818, −0.0266]"),
        (Estimate(0.05972, -0.008436, 0.1266), "+0.060 [−0.008, 0.127]"),
        (Estimate(-1482.2, -2200.4, 60.7), "−1,482 [−2,200, 61]"),
        (Estimate(-210.2, -340.6, 60.7), "−210 [−341, 61]"),
        (Estimate(-21482.2, -34200.4, 607.7), "−21,482 [−34,200, 608]"),
        (Estimate(0.0, 0.0, 0.0), "0 [0, 0]"),
    ],
)
def test_a_remedy_is_a_line_whose_columns_stay_apart(gain, written):
    remedies = (
        Remedy("standardised features", "variance", gain=gain, error=Estimate(-0.124, -0.2, -0.1), seconds=12.3),
        Remedy("more data", "variance", gain=gain),
    )
    lines = _lines(dataclasses.replace(_found("multiclass"), remedies=remedies))
    measured, forecast = (next(line for line in lines if line.startswith(f"  {one.name}")) for one in remedies)
    assert measured.split()[2:] == [*written.split(), "−12.4", "%", "variance", "12.3"]
    assert forecast.split()[2:] == [*written.split(), "variance", "forecast"]
    _check_width(lines)
