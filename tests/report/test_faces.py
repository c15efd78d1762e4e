import re

import pytest

import leadline as ll
from leadline.develop.shown import Shown
from leadline.errors import ArgumentError, DataError
from leadline.record import Record
from leadline.report.faces import Pages, save_run


def test_a_diagnosis_saves_itself(found, tmp_path):
    found.save(tmp_path / "out.html", title="Houses", command="leadline diagnose houses.csv")
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert '<h1 dir="auto">Houses</h1>' in text
    assert "leadline diagnose houses.csv" in text
    assert [path.name for path in tmp_path.iterdir()] == ["out.html"]


def test_a_place_that_cannot_be_written_is_said(found, tmp_path):
    with pytest.raises(DataError, match="cannot be written"):
        found.save(tmp_path / "missing" / "out.html")


def test_a_notebook_shows_it_in_a_frame_of_its_own(found):
    text = found._repr_html_()
    assert text.startswith("<iframe")
    assert text.endswith("</iframe>")
    assert 'sandbox="allow-scripts"' in text
    assert re.search('srcdoc="[^"]*"></iframe>$', text)


def test_print_says_what_the_command_line_says(found):
    text = str(found)
    assert text.startswith("leadline diagnose · ")
    assert f"\nVerdict: {found.verdict}\n" in text
    assert "[bold]" not in text


def test_its_charts_are_a_figure(found):
    figure = found.plot()
    assert len(figure.axes) == 3  # no remedies were run
    assert figure.axes[0].get_xlabel() == "share misclassified"


def test_who_draws_is_joined_by_the_package():
    assert isinstance(Shown.face, Pages)


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    from tests.report.conftest import X

    data = ll.split(X, X[:, 0])
    record = tmp_path_factory.mktemp("walked") / "turns.db"
    return ll.develop(data, budget="1s", layers=(), epochs=1, seeds=2, folds=0, record=record), record


def test_a_story_is_told_from_its_turns(walked, tmp_path):
    story, record = walked
    story.save(tmp_path / "story.html")
    with Record.open(record) as book:
        save_run(tmp_path / "run.html", book.run(1), book.turns(1))
    story_text, run_text = ((tmp_path / name).read_text(encoding="utf-8") for name in ("story.html", "run.html"))
    assert str(story).startswith("leadline develop · y\n")
    for text in (story_text, run_text):
        assert ">The loop</h2>" in text
        assert f'<h1 dir="auto">Run {story.run.number}: y</h1>' in text
    assert story.stopped in story_text
    assert story.plot().axes


def test_a_run_without_a_finished_turn_has_no_report(walked, tmp_path):
    with Record.open(walked[1]) as book, pytest.raises(ArgumentError, match="no finished turn"):
        save_run(tmp_path / "run.html", book.run(1), [])
    assert not list(tmp_path.iterdir())
