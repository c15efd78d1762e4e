"""A report in Chinese of evidence in English, as a record gives it back: wholly Chinese, names and symbols apart."""

import dataclasses
import functools
import html
import importlib.util
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from rich.cells import cell_len
from rich.text import Text

from leadline.data.split import split
from leadline.develop.cycle import develop
from leadline.develop.diagnosis import diagnose
from leadline.errors import ArgumentError
from leadline.record import Record, compare
from leadline.report import drawing
from leadline.report.document import document
from leadline.report.faces import save_run
from leadline.report.page import page
from leadline.report.terminal import render, wrapped
from leadline.report.turns import compared, run_shown, runs_listed, story_told, turn_told
from leadline.words import speaking

RANDOM = np.random.default_rng(0)
SYMBOLS = {"leadline", "cv", "epoch", "train", "sha", "jax", "python", "dense", "http", "other", "none", "trace"}
SYMBOLS |= {"Adam", "Dense", "RMSE", "ROC", "AUC", "Linux", "cores", "Normalization", "diagnose", "develop"}
NAMES = {"income", "age", "rooms", "place", "price", "inland", "bay", "ocean", "copy", "sold", "yes", "no"}
NAMES |= {"houses", "csv", "missing"}


def english_left(text):
    """Words of letters that are neither symbols nor names of the data."""
    return sorted(set(re.findall(r"[A-Za-z]{2,}", text)) - SYMBOLS - NAMES)


def seen(text):
    """What a person reads of a page: its text, the words for a pointer and for a reader who sees no charts."""
    text = re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)
    told = re.findall(r'(?:aria-label|alt)="([^"]*)"', text)
    text = re.sub(r"<code>.*?</code>|sha256-?\s*\w+|x86_64|[0-9a-f]{12}", "", re.sub(r"<[^>]+>", "\n", text))
    return html.unescape("\n".join([text, *told]))


@functools.cache
def table(kind):
    X = RANDOM.normal(size=(240, 3))
    price = 7 + 2 * X[:, 0] - X[:, 1]
    columns = {"income": X[:, 0], "age": X[:, 1], "rooms": [None if x > 1 else x for x in X[:, 2].round(3).tolist()]}
    columns |= {"place": np.array(["inland", "bay", "ocean"])[RANDOM.integers(0, 3, 240)], "copy": X[:, 0], "sold": ["yes"] * 240}
    columns["price"] = price if kind == "regression" else np.where(price > 7, "yes", "no")
    return split(pl.DataFrame(columns, strict=False), target="price")


@functools.cache
def found(kind):
    return diagnose(None, table(kind), epochs=3, seeds=2, layers=(4,))


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """A loop that was walked in English, and its record."""
    file = tmp_path_factory.mktemp("record") / "turns.db"
    return develop(table("regression"), budget=20, epochs=3, folds=0, seeds=2, layers=(4,), record=file), file


@pytest.mark.parametrize("kind", ["regression", "binary"])
def test_a_page_is_wholly_chinese(kind):
    evidence = found(kind).to_dict()
    with speaking("zh"):
        text = page(document(evidence, "houses.csv"))
    assert '<html lang="zh">' in text
    assert english_left(seen(text)) == []
    assert "交叉验证集" in text
    assert "学习曲线" in text


def test_the_page_of_a_loop_walked_in_english_is_wholly_chinese(walked, tmp_path):
    story, file = walked
    with Record.open(file) as book, speaking("zh"):
        save_run(tmp_path / "loop.html", book.run(story.run.number), book.turns(story.run.number))
    assert english_left(seen((tmp_path / "loop.html").read_text(encoding="utf-8"))) == []
    story.save(tmp_path / "story.html", lang="zh")
    assert english_left(seen((tmp_path / "story.html").read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize("kind", ["regression", "binary"])
def test_a_terminal_is_wholly_chinese_and_eighty_columns_wide(kind):
    english = Text.from_markup(render(found(kind), "houses.csv"), emoji=False).plain
    with speaking("zh"):
        text = Text.from_markup(render(found(kind), "houses.csv"), emoji=False).plain
    # Intervals of many digits may be wider than their column, in any language.
    assert max(map(cell_len, text.split("\n"))) <= max(80, *map(cell_len, english.split("\n")))
    assert english_left(re.sub(r"sha256\s+\w+|--baseline", "", text)) == []


def test_the_turns_are_told_in_chinese(walked):
    story, file = walked
    with Record.open(file) as book, speaking("zh"):
        run, turns = book.run(story.run.number), book.turns(story.run.number)
        told = [story_told(story, "houses.csv"), run_shown(run, turns, (), book.advice_score()), runs_listed([run], [turns])]
        told += [
            *map(turn_told, turns),
            compared((turns[0], turns[0]), ()),
            compared((turns[0], turns[-1]), compare(turns[0], turns[-1])),
        ]
    for text in told:
        plain = Text.from_markup(text, emoji=False).plain
        assert max(map(cell_len, plain.split("\n"))) <= 80
        assert english_left(re.sub(r"x86_64|[0-9a-f]{12}|UTC", "", plain)) == []


def test_one_process_writes_both_languages(tmp_path):
    for name in ("en", "zh", "en"):
        found("binary").save(tmp_path / f"{name}.html", lang=name)
    english, chinese = ((tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in ("en", "zh"))
    assert "Learning curve" in english
    assert "学习曲线" not in english
    assert "Learning curve" not in chinese


def test_an_unknown_language_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ArgumentError, match="Known: en, zh"):
        found("binary").save(tmp_path / "report.html", lang="fr")
    assert not (tmp_path / "report.html").exists()


def test_text_of_charts_stays_text_and_is_measured_as_wide_as_it_is():
    with drawing.style():
        figure = drawing.blank(400, 100)
        axes = figure.subplots()
        texts = [axes.text(0, 0, words, fontsize=10) for words in ("测试集误差", "abcde")]
        renderer = FigureCanvasAgg(figure).get_renderer()
        widths = [text.get_window_extent(renderer).width for text in texts]
    assert 50 <= widths[0] <= 56  # five letters as wide as they are high, each rounded up to whole points
    assert widths[1] < 40
    with speaking("zh"):
        text = page(document(found("regression").to_dict(), "houses.csv"))
    assert re.search(r"<text[^>]*>(<tspan[^>]*>)?交叉验证集", text)


def test_the_font_that_measures_is_what_its_script_writes(tmp_path):
    path = Path(__file__).resolve().parents[2] / "scripts" / "wide_font.py"
    spec = importlib.util.spec_from_file_location("wide_font", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path / "wide.ttf")
    assert (tmp_path / "wide.ttf").read_bytes() == Path(drawing.__file__).with_name("wide.ttf").read_bytes()


def test_a_figure_without_a_font_for_it_is_refused(monkeypatch):
    monkeypatch.setattr(drawing, "_CHINESE", ("No Such Font",))
    with pytest.raises(ArgumentError, match="Install one of No Such Font, or pass lang='en'"):
        found("binary").plot(lang="zh")
    assert found("binary").plot(lang="en").axes[0].get_xlabel() == "share misclassified"


def test_a_figure_with_a_font_for_it_says_its_words_in_it(monkeypatch):
    monkeypatch.setattr(drawing, "_CHINESE", ("DejaVu Serif",))
    figure = found("binary").plot(lang="zh")
    assert figure.axes[0].get_xlabel() == "误分类率"
    assert figure.axes[0].xaxis.label.get_fontfamily() == ["DejaVu Sans", "DejaVu Serif"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("交叉验证集误差，训练集", ["交叉验证", "集误差，", "训练集"]),
        ("交叉验，证", ["交叉", "验，证"]),
        ("λ 由 0 改为 1.28", ["λ 由 0", "改为", "1.28"]),
        ("（训练）集", ["（训练）", "集"]),
        ("变化 [1, 2]。", ["变化", "[1, 2]。"]),
        ("误差变化 5 %。", ["误差变化", "5 %。"]),
        ("by [−1, 2], 1 % up", ["by", "[−1, 2],", "1 % up"]),
    ],
)
def test_lines_end_between_chinese_letters_and_not_before_a_mark_that_closes(text, lines):
    width = 7 if text.startswith("交叉验，") else 8
    assert wrapped(text, width) == lines


def test_a_health_without_alarms_and_one_with_are_told():
    health = found("binary").health
    assert health is not None
    quiet = dataclasses.replace(found("binary"), health=dataclasses.replace(health, alarms=(), explained=()))
    with speaking("zh"):
        assert "激活、梯度和更新都没有异常" in render(quiet, "")
