"""The log of epochs as a file: its columns, its numbers, going on in it, and what is refused."""

import csv

import numpy as np
import pytest

import leadline as ll
from leadline.callbacks import CSVLogger
from leadline.errors import ArgumentError

RECORDS = [{"val_loss": 0.1 + 0.2, "loss": 1 / 3}, {"loss": -1e-30, "val_loss": float("nan")}]


def log(logger, records):
    memory = logger.on_train_begin(len(records)).memory
    for epoch, record in enumerate(records):
        memory = logger.on_epoch_end(epoch, record, memory).memory


def rows(path, separator=","):
    with path.open(newline="") as file:
        return list(csv.reader(file, delimiter=separator))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_row_an_epoch(tmp_path, separator):
    path = tmp_path / "log.csv"
    path.write_text("what was there")
    log(CSVLogger(path, separator), RECORDS)
    written = rows(path, separator)
    assert written[0] == ["epoch", "loss", "val_loss"]
    assert [[float(cell) for cell in row] for row in written[1:]] == [
        [0, 1 / 3, 0.1 + 0.2],
        [1, -1e-30, pytest.approx(float("nan"), nan_ok=True)],
    ]


def test_the_file_is_whole_after_every_epoch(tmp_path):
    path, logger = tmp_path / "log.csv", CSVLogger(tmp_path / "log.csv")
    memory = logger.on_train_begin(2).memory
    assert path.read_text() == ""
    memory = logger.on_epoch_end(0, RECORDS[0], memory).memory
    assert len(rows(path)) == 2
    logger.on_epoch_end(1, RECORDS[1], memory)
    assert len(rows(path)) == 3


def test_one_logger_serves_two_trainings_in_turn(tmp_path):
    path, logger = tmp_path / "log.csv", CSVLogger(str(tmp_path / "log.csv"))
    log(logger, RECORDS)
    log(logger, [{"accuracy": 0.5}])
    assert rows(path) == [["epoch", "accuracy"], ["0", "0.5"]]


@pytest.mark.parametrize("before", [None, ""], ids=["no file", "empty file"])
def test_appending_to_nothing_begins_a_file(tmp_path, before):
    path = tmp_path / "log.csv"
    if before is not None:
        path.write_text(before)
    log(CSVLogger(path, append=True), RECORDS)
    assert [row[0] for row in rows(path)] == ["epoch", "0", "1"]


def test_appending_goes_on_under_the_columns_that_are_there(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,val_loss,accuracy,loss\r\n0,3,1,2\r\n")
    log(CSVLogger(path, append=True), [{"loss": 5.0, "val_loss": 6.0}])
    assert rows(path)[1:] == [["0", "3", "1", "2"], ["0", "6.0", "NA", "5.0"]]


def test_appending_to_other_columns_is_refused_and_leaves_the_file(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("epoch,loss\r\n0,2\r\n")
    with pytest.raises(ArgumentError, match=r"it has the columns epoch, loss, and this training records epoch, loss, val_loss"):
        log(CSVLogger(path, append=True), RECORDS)
    assert rows(path) == [["epoch", "loss"], ["0", "2"]]


@pytest.mark.parametrize("name", ["=1+1", "+x", "-x", "@x"])
def test_a_name_is_no_formula(tmp_path, name):
    path = tmp_path / "log.csv"
    log(CSVLogger(path), [{name: -1.5}])
    log(CSVLogger(path, append=True), [{name: -2.5}])
    assert rows(path) == [["epoch", "'" + name], ["0", "-1.5"], ["0", "-2.5"]]


@pytest.mark.parametrize("separator", ["", ",,", '"', "\n", None])
def test_a_separator_is_one_character(separator):
    with pytest.raises(ArgumentError, match="'separator' of CSVLogger must be one character"):
        CSVLogger("log.csv", separator)


def test_a_file_that_cannot_be_written(tmp_path):
    with pytest.raises(ArgumentError, match=r"CSVLogger cannot write .*log.csv: No such file or directory\. Give a file"):
        CSVLogger(tmp_path / "missing" / "log.csv").on_train_begin(1)
    with pytest.raises(ArgumentError, match="cannot write"):
        CSVLogger(tmp_path).on_train_begin(1)
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(ArgumentError, match="it is no text in UTF-8"):
        CSVLogger(picture, append=True).on_train_begin(1)
    assert picture.read_bytes() == b"\x89PNG\xff\xfe"


def test_in_fit_the_rows_are_the_history(tmp_path):
    path = tmp_path / "log.csv"
    model = ll.Sequential([ll.Input(shape=(2,)), ll.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    X = np.random.default_rng(0).normal(size=(8, 2)).astype(np.float32)
    history = model.fit(X, X[:, :1], epochs=5, validation_data=(X, X[:, :1]), callbacks=[CSVLogger(path)], verbose=0)
    header, *written = rows(path)
    assert header[0] == "epoch"
    assert "learning_rate" in header
    for name, numbers in history.history.items():
        assert [float(row[header.index(name)]) for row in written] == numbers
