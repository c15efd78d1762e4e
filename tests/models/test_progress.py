"""What is shown during a fit: on standard error, and nothing where nobody looks."""

import sys

import pytest

import leadline as ll
from leadline.errors import ArgumentError
from leadline.models.progress import Progress

X, Y = [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]


def fitted(capsys, **options):
    model = ll.Sequential([ll.Input((1,)), ll.layers.Dense(1)])
    model.compile(loss="mse")
    model.fit(X, Y, **options)
    captured = capsys.readouterr()
    assert captured.out == ""  # standard output belongs to results
    return captured.err


@pytest.mark.parametrize("verbose", [0, "auto", False])
def test_nothing_is_said(capsys, verbose):
    assert fitted(capsys, epochs=3, verbose=verbose) == ""


def test_a_line_an_epoch(capsys):
    lines = fitted(capsys, epochs=3, verbose=2).splitlines()
    assert [line.split("  ")[0] for line in lines] == ["Epoch 1/3", "Epoch 2/3", "Epoch 3/3"]
    assert all("loss " in line and "penalty" not in line for line in lines)


def test_a_bar(capsys):
    shown = fitted(capsys, epochs=3, verbose=1)
    last = shown.split("\r")[-1]
    assert "Epoch 3/3 " + "━" * 20 in last
    assert shown.endswith("\n")
    assert shown.count("\n") == 1


def test_a_bar_begins_where_the_training_begins(capsys):
    shown = fitted(capsys, epochs=4, initial_epoch=2, verbose=1).split("\r")[1:]
    assert ["Epoch 3/4" in shown[0], shown[0].count("━"), shown[1].count("━")] == [True, 10, 20]


def test_auto_is_a_bar_on_a_terminal(monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    (bar,) = Progress.for_verbosity("auto", 1, 0)
    assert not bar.lines
    monkeypatch.setattr(sys.stderr, "isatty", lambda: False, raising=False)
    assert Progress.for_verbosity("auto", 1, 0) == ()


def test_it_only_watches():
    assert not Progress.decides


@pytest.mark.parametrize("verbose", [3, -1, "yes", None])
def test_refusals(verbose):
    with pytest.raises(ArgumentError, match="'verbose' must be 0, 1, 2 or 'auto'. Got "):
        Progress.for_verbosity(verbose, 1, 0)
