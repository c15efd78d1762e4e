"""What the TAB key offers, by the protocols of the shells, and in a bash."""

import os
import subprocess
import sys

import numpy as np
import pytest

from leadline.completions import brief
from leadline.data.split import split
from leadline.develop.cycle import develop
from leadline.words import speaking

SHELLS = ("bash", "zsh", "fish")
HOSTILE = {"$(touch found)": 1, "a\\$(touch found)": 2, "`touch found`": 3, "x;touch found": 4, "-rf": 5, "*": 6, "'": 7}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a table and the record of a run on it."""
    folder = tmp_path_factory.mktemp("completed")
    names = ["size", "two words", "größe", *HOSTILE, "price"]
    (folder / "houses.csv").write_text(",".join(names) + "\n" + ",".join("1234567890123"[: len(names)]) + "\n", encoding="utf-8")
    X = np.random.default_rng(0).normal(size=(60, 2))
    how = {"budget": 0.01, "layers": (), "epochs": 2, "folds": 0, "seeds": 2, "source": {"table": "houses.csv"}}
    develop(split(X, X[:, 0]), record=folder / "leadline.db", **how)
    return folder


@pytest.fixture
def tab(folder, run, monkeypatch):
    """Presses the TAB key at the end of a line: what is offered, by its value, with the help that the shell is given."""
    monkeypatch.chdir(folder)

    def tab(line, shell="fish"):
        words = line.split(" ")
        monkeypatch.setenv("_LEADLINE_COMPLETE", f"complete_{shell}")
        monkeypatch.setenv("COMP_WORDS", "\n".join(words))
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        _, out, err = run()
        assert err == ""
        if shell == "zsh":
            out = out.strip().removeprefix("_files").removeprefix("_arguments '*: :((").removesuffix("))'")
            pairs = [item.removesuffix('"').split('":"') for item in out.splitlines()]
            return {value.removeprefix('"'): "".join(words) for value, *words in pairs}
        return {value: "".join(words) for value, *words in (item.split("\t") for item in out.splitlines() if item)}

    return tab


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("leadline sh", {"show"}),
        ("leadline open", {"open-test"}),
        ("leadline --la", {"--lang"}),
        ("leadline --lang ", {"en", "zh"}),
        ("leadline diagnose --me", {"--metric"}),
        ("leadline diagnose --metric ", {"error", "cost", "rmse", "mae"}),
        ("leadline diagnose --metric r", {"rmse"}),
        ("leadline develop --task m", {"multiclass"}),
        ("leadline develop --budget 5", {"5m"}),
        ("leadline export model.leadline --to ", {"onnx"}),
        ("leadline diagnose houses.csv --target s", {"size"}),
        ("leadline diagnose houses.csv --groups g", {"größe"}),
        ("leadline show ", {"1"}),
        ("leadline compare 1.", {"1.1"}),
        ("leadline open-test --record leadline.db ", {"1"}),
        ("leadline predict ", set()),  # files, which the shell itself offers
        ("leadline diagnose none.csv --target ", set()),
        ("leadline diagnose --target ", set()),
        ("leadline show --record none.db ", set()),
        ("leadline next 9 ", set()),
    ],
)
def test_it_offers(line, offered, shell, tab, folder):
    before = set(folder.iterdir())
    assert set(tab(line, shell)) == offered
    assert set(folder.iterdir()) == before


@pytest.mark.parametrize("shell", SHELLS)
def test_remedies_are_offered_as_they_must_stand_on_the_line(shell, tab):
    space = r"\ " if shell == "bash" else " "
    assert f"lower{space}learning{space}rate" in tab("leadline next 1 ", shell)
    assert f"lower{space}learning{space}rate" in tab("leadline next 1 low", shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_a_column_that_a_shell_would_execute_is_not_offered(shell, tab):
    space = r"\ " if shell == "bash" else " "
    assert set(tab("leadline diagnose houses.csv --target ", shell)) == {"size", f"two{space}words", "größe", "price"}


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_each_has_a_line_of_help_in_the_language_that_is_spoken(shell, tab, monkeypatch):
    assert tab("leadline ", shell)["runs"] == "Lists the runs of a record."
    assert tab("leadline show ", shell)["1"] == "houses.csv"
    assert tab("leadline runs --h", shell)["--help"] == "Show this help and leave."
    monkeypatch.setenv("LEADLINE_LANG", "zh")
    assert tab("leadline ", shell)["runs"] == "列出一份记录里的各次运行。"
    assert tab("leadline diagnose --target", shell)["--target"] == "要预测的列；给了表就必须写明。"
    assert tab("leadline next 1 lower", shell)["lower learning rate"].startswith("学习率由")


def test_help_is_one_line_without_what_acts():
    assert "\n" not in brief("word " * 100)
    assert "\\" not in brief(r"a\$(b)")
    with speaking("zh"):
        assert brief("Lists the runs of a record.") == "列出一份记录里的各次运行。"


def test_a_bash_completes_after_it_was_installed(folder, tmp_path):
    program = tmp_path / "leadline"
    start = "import sys; sys.argv[0] = 'leadline'; from leadline.cli import main; main()"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -c "{start}" "$@"\n')
    program.chmod(0o755)
    typed = """
    leadline --install-completion
    source ~/.bashrc
    COMP_WORDS=(leadline diagnose houses.csv --target tw) COMP_CWORD=4
    _leadline_completion leadline
    echo "offered: ${COMPREPLY[*]}"
    """
    places = {"HOME": str(tmp_path), "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    how = {"capture_output": True, "encoding": "utf-8", "timeout": 300, "check": True}
    shown = subprocess.run(["bash", "--norc", "-c", typed], cwd=folder, env=os.environ | places, **how).stdout
    assert "bash completion installed in" in shown
    assert r"offered: two\ words" in shown
