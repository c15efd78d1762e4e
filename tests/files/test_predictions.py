"""Predictions for a table, as CSV."""

import csv
import io
import os

import numpy as np
import polars as pl
import pytest

from leadline.data.features import fit_preparation
from leadline.data.table import from_frame
from leadline.data.target import Target
from leadline.errors import ArgumentError, DataError
from leadline.files.predictions import as_csv, predict_table
from leadline.layers import Dense, Input
from leadline.models import Sequential
from leadline.models.predictor import Predictor

ROWS = {"size": [50.0, 70.0, 90.0, 20.0], "zone": ["a", "b", "a", "b"]}
CLASSES = ("=cmd()", "-1", "a,b")


@pytest.fixture
def saved(tmp_path):
    preparation = fit_preparation(from_frame(ROWS), ("size", "zone"))
    model = Sequential([Input((len(preparation.feature_names),)), Dense(3, "softmax")], seed=2)
    made = Predictor(model, Target("@kind", "multiclass", CLASSES, ""), preparation.feature_names, preparation)
    made.save(tmp_path / "model")
    pl.DataFrame({**ROWS, "zone": ["a", "b", "c", "a"], "other": [1, 2, 3, 4]}).write_csv(tmp_path / "table.csv")
    return made


def test_to_stdout_with_notes_on_stderr(tmp_path, saved, capsys):
    predict_table(tmp_path / "model", tmp_path / "table.csv")
    said = capsys.readouterr()
    header, *lines = csv.reader(io.StringIO(said.out))
    rows = {**ROWS, "zone": ["a", "b", "c", "a"]}
    assert header == ["'@kind", "P(=cmd())", "P(-1)", "P(a,b)"]
    assert [line[0] for line in lines] == [f"'{name}" if name == "=cmd()" else name for name in saved.predict(rows)]
    chances = np.array([[float(cell) for cell in line[1:]] for line in lines], np.float32)
    np.testing.assert_array_equal(chances, saved.probabilities(rows))
    assert said.err.splitlines() == [
        "Column 'zone': 1 of 4 cells were never seen in training; taken as (other).",
        "Column 'other': is not used by the model; left out.",
    ]


def test_to_a_file_whole(tmp_path, saved, capsys):
    predict_table(tmp_path / "model", tmp_path / "table.csv", tmp_path / "out.csv")
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines()[-1] == f"4 predictions in {tmp_path / 'out.csv'}"
    predict_table(tmp_path / "model", tmp_path / "table.csv")
    assert (tmp_path / "out.csv").read_text() == capsys.readouterr().out
    assert len(os.listdir(tmp_path)) == 3


def test_numbers_are_written_in_full(tmp_path, capsys):
    preparation = fit_preparation(from_frame(ROWS), ("size",))
    model = Sequential([Input((1,)), Dense(1)])
    made = Predictor(model, Target("price", "regression", (), ""), preparation.feature_names, preparation)
    made.save(tmp_path / "model")
    pl.DataFrame(ROWS).write_parquet(tmp_path / "table")
    predict_table(tmp_path / "model", tmp_path / "table")
    header, *lines = capsys.readouterr().out.splitlines()
    assert header == "price"
    np.testing.assert_array_equal(np.array(lines, np.float32), made.predict(ROWS))
    assert any(line.startswith("-") for line in lines)


def test_what_is_refused(tmp_path, saved):
    with pytest.raises(DataError, match="There is no file"):
        predict_table(tmp_path / "model", tmp_path / "none.csv")
    with pytest.raises(DataError, match="There is no file"):
        predict_table(tmp_path / "none", tmp_path / "table.csv")
    with pytest.raises(DataError, match="it is a file that begins with"):
        predict_table(tmp_path / "table.csv", tmp_path / "table.csv")
    saved.model.save(tmp_path / "network")
    with pytest.raises(ArgumentError, match="holds a network alone"):
        predict_table(tmp_path / "network", tmp_path / "table.csv")
    (tmp_path / "short.csv").write_text("size\n3\n")
    with pytest.raises(DataError, match=r"short.csv: Unknown column 'zone'"):
        predict_table(tmp_path / "model", tmp_path / "short.csv", tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1", "'=1"),
        ("+a", "'+a"),
        ("-a", "'-a"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("-1", "-1"),
        ("+2.5e3", "+2.5e3"),
        ("a=b", "a=b"),
    ],
)
def test_cells_that_a_spreadsheet_would_run(cell, written):
    assert list(as_csv(["x"], [np.array([cell])])) == ["x\n", f"{written}\n"]
    assert next(csv.reader(as_csv([cell], [np.array(['"', "a\nb"])]))) == [written]
