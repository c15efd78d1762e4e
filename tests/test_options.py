"""The language of a command: before its name, after it, or by the variable; its help too. And the version."""

import pytest

import leadline


@pytest.fixture
def record(tmp_path):
    from leadline.record import Record

    with Record.open(tmp_path / "turns.db"):
        return str(tmp_path / "turns.db")


@pytest.mark.parametrize("place", ["before", "after", "variable"])
def test_a_command_speaks_the_language_that_is_asked_for(run, record, monkeypatch, place):
    arguments = ["runs", "--record", record]
    if place == "variable":
        monkeypatch.setenv("LEADLINE_LANG", "zh")
    else:
        arguments = ["--lang", "zh", *arguments] if place == "before" else [*arguments, "--lang", "zh"]
    assert run(*arguments) == (0, "记录里还没有运行。\n", "")
    monkeypatch.delenv("LEADLINE_LANG", raising=False)
    assert run("runs", "--record", record)[1] == "The record has no runs yet.\n"


def test_the_option_goes_before_the_variable(run, record, monkeypatch):
    monkeypatch.setenv("LEADLINE_LANG", "zh")
    assert run("runs", "--record", record, "--lang", "en")[1] == "The record has no runs yet.\n"


@pytest.mark.parametrize("arguments", [["--lang", "fr", "runs"], ["runs", "--lang", "fr"]])
def test_an_unknown_language_is_refused_with_those_that_are_known(run, arguments):
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert "Unknown language 'fr'. Known: en, zh" in err


@pytest.mark.parametrize("arguments", [["--lang", "zh", "runs", "--help"], ["runs", "--lang", "zh", "--help"]])
def test_help_is_in_the_language(run, arguments):
    assert "列出一份记录里的各次运行" in run(*arguments)[1]
    assert "Lists the runs of a record" in run("runs", "--help")[1]


def test_the_help_of_all_lists_the_commands_in_the_language(run):
    assert "预测一张表的各行" in run("--lang", "zh", "--help")[1]


@pytest.mark.parametrize("arguments", [["--version"], ["--lang", "zh", "--version"]])
def test_it_says_which_leadline_it_is(run, arguments):
    assert run(*arguments) == (0, f"leadline {leadline.__version__}\n", "")
