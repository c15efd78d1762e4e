"""The short examples and the notebook: that they run, shorter than a person would run them, and find what they are about."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NOTEBOOK = EXAMPLES / "digits.ipynb"


@pytest.fixture
def said(capsys, monkeypatch):
    """What an example prints."""

    def run(name, *arguments, **settings):
        described = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(described)
        monkeypatch.setitem(sys.modules, name, module)  # where a dataclass looks up its annotations
        described.loader.exec_module(module)
        module.main(*arguments, **settings)
        return capsys.readouterr().out

    return run


def test_digits(said, tmp_path):
    text = said("digits", [str(tmp_path / "digits.html")], epochs=10)
    assert float(re.match(r"(\S+)% of the cv digits are right\.", text)[1]) > 80
    assert re.search(r"^variance: \S+%, from \S+% to \S+%: (high|fine|undetermined)$", text, re.MULTILINE)
    assert re.search(r"^Verdict: \w.*\. Next: \w", text, re.MULTILINE)
    assert '<h1 dir="auto">Handwritten digits</h1>' in (tmp_path / "digits.html").read_text(encoding="utf-8")


def test_a_table(said, tmp_path):
    table = tmp_path / "squares.csv"
    table.write_text("row,side,area\n" + "".join(f"{row},{row % 7}.5,{(row % 7 + 0.5) ** 2}\n" for row in range(60)))
    text = said("table", [str(table), "area"], budget="1s", epochs=60)
    assert "Column 'row': a counter of the rows; left out." in text
    assert "leadline develop · area" in text
    predicted = [float(one) for one in re.search(r"The first rows: (.*)", text)[1].split()]
    assert predicted == sorted(predicted)
    assert predicted[4] > predicted[0] + 5  # 20.25 and 0.25
    assert table.with_suffix(".leadline").exists()


def test_choose_lambda(said):
    lines = said("choose_lambda", epochs=10, lambdas=(0.0, 1.0, 1000.0)).splitlines()
    train = [float(line.split()[1]) for line in lines[1:]]
    assert len(lines) == 4
    assert sum("chosen" in line for line in lines) == 1
    assert train[2] > 2 * train[0]  # λ = 1000 leaves no weights
    assert "chosen" not in lines[3]


def test_a_learning_curve(said):
    lines = said("learning_curve", epochs=10, sizes=(100, 200, 400, 700, 1079)).splitlines()
    wrong = [float(line.split()[2].rstrip("%")) for line in lines[1:6]]
    assert wrong[4] < 0.8 * wrong[0]
    assert any(line.startswith("forecast for 2,158: ") for line in lines) != bool(lines[-1])


def test_an_own_layer(said):
    first, *others = said("own_layer", epochs=60).splitlines()
    assert float(first.removeprefix("largest difference from the formula: ")) < 1e-6
    found = {line.split(":")[0]: float(re.search(r": (\S+)% wrong", line)[1]) for line in others}
    assert set(found) == {"radial basis", "ReLU"}
    assert max(found.values()) < 20  # always the largest class: 60


def test_the_notebook():
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    programs = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in programs)
    namespace = {}
    for cell in programs:
        exec(compile("".join(cell["source"]), f"{NOTEBOOK.name}: {cell['id']}", "exec"), namespace)
    assert namespace["report"]._repr_html_().startswith("<iframe")
    assert namespace["model"].evaluate(namespace["parts"].cv.X, namespace["parts"].cv.y)[1] > 0.85
