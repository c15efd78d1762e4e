"""The example of shared and own weights: its drawing, its counts, and that it runs."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import leadline as ll

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "ecg.py"


@pytest.fixture(scope="module")
def ecg():
    described = importlib.util.spec_from_file_location("ecg", EXAMPLE)
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("layer", "parameters"),
    [("Conv1D", (20 + 1) + (5 + 1) + (3 + 1)), ("LocallyConnected1D", 9 * (20 + 1) + 3 * (5 + 1) + (3 + 1))],
)
def test_the_drawing(ecg, layer, parameters):
    model = ecg.network(getattr(ll.layers, layer), seed=0)
    assert [tuple(one.output_shape((100, 1))) for one in model.layers[:1]] == [(9, 1)]
    assert model.layers[1].output_shape((9, 1)) == (3, 1)
    assert model.count_params() == parameters


def test_it_learns_from_generated_signals(ecg):
    X, y = ecg.generated(90)
    table = ecg.compared(ecg.steepness(X), y, epochs=40, splits=1)
    assert [parameters for parameters, _ in table.values()] == [31, 211]
    for _, found in table.values():
        assert found.shape == (1, 3)
        assert ((found >= 0) & (found <= 1)).all()
    assert table["own"][1][0, 0] > 0.8  # what it was trained on; it knows 60 signals with 211 weights


def test_a_file_is_read_and_the_table_printed(ecg, tmp_path, capsys, monkeypatch):
    X, y = ecg.generated(30)
    np.savez(tmp_path / "records.npz", X=(1000 * X).astype(np.int16), y=y)
    monkeypatch.setattr(ecg, "accuracies", lambda layer, X, y, epochs, splits: np.array([[0.9, 0.75, 0.5], [0.8, 0.65, 0.4]]))
    ecg.main([str(tmp_path / "records.npz")])
    shown = capsys.readouterr().out
    for line in (
        "30 records of records.npz",
        r"shared +31 +85%  70.0% ± 5.0%",
        r"own +211 +85%  70.0% ± 5.0%",
        r"majority +45.0%",
    ):
        assert re.search(line, shown), line
