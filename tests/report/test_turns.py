import dataclasses
import re

import numpy as np
import pytest
from rich.console import Console

from leadline.data.split import split
from leadline.develop import remedies
from leadline.develop.cycle import develop
from leadline.develop.opening import open_test
from leadline.record import Record, compare
from leadline.report.turns import compared, opened_test, run_shown, runs_listed, story_told, turn_told

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(90, 3))
DATA = split(X, X[:, 0] + 0.5 * X[:, 1] + 0.1 * RANDOM.normal(size=90))


def _plain(markup):
    """As a terminal of 80 columns shows it."""
    console = Console(width=80, highlight=False, soft_wrap=True, emoji=False, force_terminal=False)
    with console.capture() as capture:
        console.print(markup)
    return capture.get()


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    record = tmp_path_factory.mktemp("record") / "leadline.db"
    source = {"table": "[red]houses.csv", "target": "price"}
    cheap = ("larger λ", "higher learning rate", "lower learning rate")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(remedies, "MOVES", tuple(move for move in remedies.MOVES if move.name in cheap))
        story = develop(DATA, budget="1h", record=record, layers=(), epochs=60, folds=0, seeds=6, source=source)
    return story, record


def test_a_story_tells_every_turn_what_was_promised_and_what_came(walked):
    story, _ = walked
    text = _plain(story_told(story, "houses [bold].csv"))
    assert text.startswith("leadline develop · houses [bold].csv\n")
    assert max(map(len, text.splitlines())) <= 80
    for turn in story.turns:
        assert re.search(rf"^[▲ ] *{turn.number} .*{turn.J_cv.value:.4g}", text, flags=re.MULTILINE)
        assert turn.change.split(":")[0] in text
    assert f"▲  {story.chosen}" in text
    assert "Stopped after" in text
    assert story.stopped in " ".join(text.split())
    assert f"Of {story.advice.predicted} promised gain" in text
    assert f"{story.turns[0].baseline.value:.4g}" in text


@pytest.mark.parametrize(
    ("taken", "said"), [((), "; cv "), (("λ = 1 instead of 0",), ", with λ = 1 instead of 0; cv before that ")]
)
def test_the_cost_of_a_turn_is_not_taken_for_that_of_what_was_changed_after_it(walked, taken, said):
    text = _plain(story_told(dataclasses.replace(walked[0], taken=taken), "houses"))
    assert f"Chosen: turn {walked[0].chosen}{said}" in " ".join(text.split())


def test_a_turn_is_told_in_lines_of_80_columns(walked):
    story, _ = walked
    text = _plain(turn_told(story.turns[1]))
    assert max(map(len, text.splitlines())) <= 80
    assert "promised −" in text
    assert ", came " in " ".join(text.split())
    assert "promised" not in _plain(turn_told(story.turns[0]))


def test_runs_are_listed_with_their_data_and_best_figure(walked):
    story, record = walked
    with Record.open(record) as book:
        text = _plain(runs_listed(book.runs(), [book.turns(run.number) for run in book.runs()]))
    assert "[red]houses.csv" in text
    assert re.search(rf"^ +1 .*done +{len(story.turns)} ", text, flags=re.MULTILINE)
    assert f"{min(turn.J_cv.value for turn in story.turns):.4g}" in text
    assert _plain(runs_listed([], [])).strip() == "The record has no runs yet."


def test_a_run_is_shown_with_the_looks_at_its_test(walked):
    story, record = walked
    with Record.open(record) as book:
        parts = (book.run(1), book.turns(1), book.openings(DATA.digest), book.advice_score())
    assert "The test part is sealed: nobody has looked at it." in _plain(run_shown(*parts))
    left = dataclasses.replace(parts[0], state="running", alive=False)
    assert _plain(run_shown(left, *parts[1:])).startswith("run 1 · develop · stopped · begun ")
    found = open_test(story.data, story.model, record=record)
    assert f"{found.J_test.value:.4g}" in _plain(opened_test(found))
    with Record.open(record) as book:
        shown = _plain(run_shown(*parts[:2], book.openings(DATA.digest), parts[3]))
    assert "Test opened at" in shown
    assert f"{found.J_test.value:.4g}" in shown
    again = open_test(story.data, story.model, record=record, again=True)
    assert "was looked at before (1 look)" in " ".join(_plain(opened_test(again)).split())


def test_two_turns_are_compared_line_by_line(walked):
    story, _ = walked
    one, other = story.turns[:2]
    text = _plain(compared((one, other), compare(one, other)))
    assert re.search(rf"^cv +{one.J_cv.value:.4g} \[.*\] +{other.J_cv.value:.4g} \[", text, flags=re.MULTILINE)
    assert re.search(r"^hyperparameters\.\S+ ", text, flags=re.MULTILINE)
    assert f"{other.run}.{other.number}     {other.change.split(':')[0]}" in text
    assert "J_cv.value" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert _plain(compared((one, one), ())).strip() == "The two do not differ."
