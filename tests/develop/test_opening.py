import json

import numpy as np
import pytest

import leadline as ll
from leadline.data.split import SealedPart, split
from leadline.develop.cycle import develop
from leadline.develop.opening import open_run, open_test
from leadline.errors import ArgumentError, ShapeError
from leadline.layers import Dense
from leadline.record import Record

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(60, 2))
DATA = split(X, X[:, 0] + X[:, 1] ** 2)


def _model(data=DATA):
    model = ll.Sequential([ll.Input(data.train.X.shape[1:]), Dense(3, "tanh"), Dense(1)])
    model.compile("adam", "mse")
    return model


def test_the_figure_is_that_of_the_test_rows_and_is_recorded(tmp_path):
    model, path = _model(), tmp_path / "leadline.db"
    found = open_test(DATA, model, record=path)
    part = DATA.test.open()
    misses = model.predict(part.X)[:, 0].astype(np.float64) - part.y
    assert found.J_test.value == pytest.approx(np.sqrt((misses**2).mean()))
    assert found.cost.value == pytest.approx((misses**2).mean() / 2)
    assert found.J_test.low < found.J_test.value < found.J_test.high
    with Record.open(path) as book:
        (opening,) = book.openings(DATA.test.digest)
    assert (opening.figure.value, opening.metric) == (found.J_test.value, "rmse")
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_second_look_is_refused_with_the_first_ones_figure_unless_it_is_asked_for(tmp_path):
    path = tmp_path / "leadline.db"
    first = open_test(DATA, _model(), record=path)
    with pytest.raises(ArgumentError, match=f"opened before, .* with rmse {first.J_test.value:.4g}.*again=True"):
        open_test(DATA, _model(), record=path)
    assert len(open_test(DATA, _model(), record=path, again=True).earlier) == 1
    with Record.open(path) as book:
        assert len(book.openings(DATA.digest)) == 2


def test_the_look_is_recorded_before_anything_is_read(tmp_path, monkeypatch):
    path = tmp_path / "leadline.db"

    def fails(self):
        with Record.open(path) as book:
            assert len(book.openings(DATA.digest)) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(SealedPart, "open", fails)
    with pytest.raises(KeyboardInterrupt):
        open_test(DATA, _model(), record=path)
    monkeypatch.undo()
    with pytest.raises(ArgumentError, match="without a figure"):
        open_test(DATA, _model(), record=path)


def test_a_model_that_does_not_fit_is_refused_before_the_look(tmp_path):
    path = tmp_path / "leadline.db"
    other = split(np.ones((20, 5)) * np.arange(20)[:, None], np.arange(20.0))
    with pytest.raises(ShapeError):
        open_test(DATA, _model(other), record=path)
    assert not path.exists() or not Record.open(path).openings(DATA.digest)


def test_of_a_run_the_saved_model_is_measured_on_data_as_it_reads_them(tmp_path):
    record, file = tmp_path / "leadline.db", tmp_path / "model.leadline"
    story = develop(DATA, budget=0.01, epochs=2, folds=0, seeds=2, record=record)
    story.predictor.save(file)
    found = open_run(record, 1, DATA, file)
    part = DATA.test.open()
    misses = story.model.predict(part.X)[:, 0].astype(np.float64) - part.y
    assert found.J_test.value == pytest.approx(np.sqrt((misses**2).mean()))
    assert (found.opening.run, found.opening.turn) == (1, 1)
    with pytest.raises(ArgumentError, match="have changed since, or were split in another way"):
        open_run(record, 1, split(X, X[:, 0] + X[:, 1] ** 2, seed=1), file)
    develop(DATA, budget=0.01, epochs=3, folds=0, seeds=2, record=record)
    with pytest.raises(ArgumentError, match="does not hold the model of run 2"):
        open_run(record, 2, DATA, file)
    _model().save(tmp_path / "alone.leadline")
    with pytest.raises(ArgumentError, match="does not hold the model of run 1"):
        open_run(record, 1, DATA, tmp_path / "alone.leadline", again=True)
