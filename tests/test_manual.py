"""The help of every command: of one style, in both languages, with examples that can be typed."""

import shlex

import pytest
import typer
from rich.cells import cell_len

from leadline.cli import app
from leadline.words import LANGUAGES

GROUP = typer.main.get_command(app)
COMMANDS = ["", *GROUP.commands]
PARAMS = [
    pytest.param(param, id=f"{name} {param.name}")
    for name, command in GROUP.commands.items()
    for param in command.params
    if not getattr(param, "hidden", False)
]


NOTHING = ("groups", "report", "target", "times")
"""Without these there is nothing in their place."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_whole_and_80_columns_wide(command, language, run):
    status, out, err = run("--lang", language, *command.split(), "--help")
    assert (status, err) == (0, "")
    assert "…" not in out
    assert max(map(cell_len, out.splitlines())) <= 80


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_translated_but_for_what_is_typed(command, run):
    english, chinese = (run("--lang", language, *command.split(), "--help")[1] for language in ("en", "zh"))
    sentences = [line[26:] for line in english.split("For example")[0].splitlines() if line.startswith("  ")]
    assert [words for words in sentences if len(words) > 12 and words in chinese] == []
    assert "用法：leadline" in chinese
    assert "例如" in chinese


@pytest.mark.parametrize("command", COMMANDS)
def test_its_examples_can_be_typed(command):
    lines = (GROUP.commands[command] if command else GROUP).epilog.splitlines()
    assert lines
    for line in lines:
        program, name, *arguments = shlex.split(line)
        assert program == "leadline"
        own = GROUP.commands[name]
        if arguments != ["--help"]:
            with own.make_context(name, arguments) as context:
                assert context.params


@pytest.mark.parametrize("param", PARAMS)
def test_an_option_is_a_sentence_of_the_house(param):
    assert param.help.endswith(".")
    assert param.help[0].isupper()
    assert "\n" not in param.help
    takes = param.param_type_name == "argument" or not param.is_flag
    assert param.help.startswith(("The ", "A ")) == takes, "a value is named, a flag is an order"
    assert (param.metavar or "").isupper() == takes
    varies = param.default is None and not param.required and param.name not in NOTHING
    assert ("by default" in param.help or "without one" in param.help) == varies, "a default that varies is said in words"


def test_a_default_that_is_always_the_same_is_shown(run):
    out = " ".join(run("diagnose", "--help")[1].split())
    assert "'' for none. [default: 25,15]" in out
    assert "[default: --remedies]" in out
    assert "--json" in out
    assert "[default: False]" not in out


def test_what_a_command_takes_is_in_its_usage(run):
    assert "Usage: leadline next [OPTIONS] RUN [REMEDY]\n" in run("next", "--help")[1]
    status, out, err = run("show")
    assert (status, out) == (2, "")
    assert "Usage: leadline show [OPTIONS] RUN\n" in err
    assert "Missing argument 'RUN'" in err


def test_without_a_command_the_help_is_shown(run):
    status, out, err = run()
    assert status == 2
    assert "Says where a network stands" in out + err
