"""Predictors: ONNX Runtime takes the raw columns and gives what `predict` gives."""

import datetime
from dataclasses import replace

import numpy as np
import onnxruntime
import pytest

from leadline.data.derived import with_powers
from leadline.data.features import fit_preparation
from leadline.data.split import split
from leadline.data.table import from_frame
from leadline.data.target import Target
from leadline.layers import Dense, Flatten, Input
from leadline.models import Sequential
from leadline.models.predictor import Predictor

ROWS = 40
DRAWS = np.random.default_rng(0)
TOWNS = [None if i % 9 == 0 else ["Ulm", "Köln", "Bonn", f"rare {i}"][min(i % 5, 3)] for i in range(ROWS)]
FRAME = {
    "size": [None if i % 7 == 0 else float(v) for i, v in enumerate(DRAWS.normal(1e6, 30, ROWS))],
    "town": TOWNS,
    "rooms": DRAWS.integers(1, 6, ROWS).tolist(),
    "sold": [datetime.date(2020, 1, 1) + datetime.timedelta(days=int(days)) for days in DRAWS.integers(0, 900, ROWS)],
    "new": [bool(value) for value in DRAWS.integers(0, 2, ROWS)],
    "code": [f"only {i}" for i in range(ROWS)],
    "kind": ["a", "b"] * (ROWS // 2),
}
TARGETS = [
    (Target("price", "regression", (), ""), 1, None),
    (Target("bought", "binary", ("no", "yes"), ""), 1, "sigmoid"),
    (Target("bought", "binary", ("no", "yes"), ""), 2, "softmax"),
    (Target("form", "multiclass", ("flat", "house", "Gartenhäuschen"), ""), 3, "softmax"),
]


def predictor(preparation, target=TARGETS[3]):
    target, units, activation = target
    network = Sequential([Input((len(preparation.feature_names),)), Dense(6, "tanh"), Dense(units, activation)], seed=4)
    return Predictor(network, target, preparation.feature_names, preparation)


def fed(session, frame):
    """The columns of a frame as the file wants them; the dates counted in days, as leadline's tables have them."""
    table = from_frame(frame)
    feed = {}
    for port in session.get_inputs():
        if port.type == "tensor(string)":
            feed[port.name] = np.array(["" if cell is None else cell for cell in frame[port.name]], object)
        else:
            cells = table.column(port.name).to_list()
            feed[port.name] = np.array([np.nan if cell is None else float(cell) for cell in cells])
    return feed


def agrees(made, frame, tmp_path):
    made.export(tmp_path / "p.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "p.onnx")
    outputs = dict(zip([port.name for port in session.get_outputs()], session.run(None, fed(session, frame)), strict=True))
    expected = made.predict(frame)
    if made.target.kind == "regression":
        assert np.abs(outputs["prediction"] - expected).max() <= 1e-5
    else:
        assert outputs["prediction"].tolist() == expected.tolist()
        assert len(set(expected.tolist())) > 1
    assert ("probabilities" in outputs) == made.gives_probabilities
    if made.gives_probabilities:
        assert np.abs(outputs["probabilities"] - made.probabilities(frame)).max() <= 1e-5
    return session


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: f"{target[0].kind}-{target[1]}")
def test_raw_columns_in_and_answers_out(target, tmp_path):
    made = predictor(fit_preparation(from_frame(FRAME), tuple(FRAME)), target)
    session = agrees(made, FRAME, tmp_path)
    kinds = {port.name: port.type for port in session.get_inputs()}
    assert set(kinds) == set(FRAME)
    assert all(port.shape == ["batch"] for port in session.get_inputs())
    assert {name for name, kind in kinds.items() if kind == "tensor(string)"} == {"town", "code", "kind"}
    assert {kinds[name] for name in ("size", "rooms", "sold", "new")} == {"tensor(double)"}


def test_cells_that_training_never_saw(tmp_path):
    frame = FRAME | {
        "town": ["elsewhere", "?", "NA", " ", "rare 3", "Ulm", *TOWNS[6:]],
        "size": [np.inf, -np.inf, None, 1e30, -1e30, 1e6, *FRAME["size"][6:]],
        "kind": ["c", None, *FRAME["kind"][2:]],
    }
    stripped = frame | {"town": ["" if town == " " else town for town in frame["town"]]}
    agrees(predictor(fit_preparation(from_frame(FRAME), tuple(FRAME))), stripped, tmp_path)


@pytest.mark.parametrize("degree", [2, 3])
@pytest.mark.parametrize("kept", [(), (0, 3, 6, 9)])
def test_powers_and_features_left_out(degree, kept, tmp_path):
    made = fit_preparation(from_frame(FRAME), ("size", "rooms", "town"), polynomial=degree)
    agrees(predictor(replace(made, kept=kept)), FRAME, tmp_path)


def test_columns_that_training_saw_nothing_in(tmp_path):
    frame = {"empty": [None, None, None, 1.0] * 10, "town": [None] * 39 + ["x"], "size": FRAME["rooms"]}
    blank = frame | {"empty": [np.nan] * ROWS}
    agrees(predictor(fit_preparation(from_frame(blank), tuple(frame))), frame, tmp_path)


def test_arrays_with_powers(tmp_path):
    parts = with_powers(split(np.abs(DRAWS.normal(3.0, 2.0, (60, 2))), [0, 1] * 30, features=["a", "b"]))
    frame = {"a": FRAME["rooms"], "b": [float(value) for value in range(ROWS)]}
    agrees(predictor(parts.preparation, TARGETS[0]), frame, tmp_path)


def test_numbers_as_they_are(tmp_path):
    network = Sequential([Input((2,)), Dense(1)])
    network.compile("sgd", "mse")
    made = Predictor(network, TARGETS[0][0], ("rooms", "new"))
    session = agrees(made, {"rooms": FRAME["rooms"], "new": FRAME["new"], "other": FRAME["kind"]}, tmp_path)
    assert [port.name for port in session.get_inputs()] == ["rooms", "new"]


def test_inputs_that_are_no_columns(tmp_path):
    made = Predictor(Sequential([Input((3, 2)), Flatten(), Dense(3, "softmax")]), TARGETS[3][0])
    made.export(tmp_path / "p.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "p.onnx")
    images = DRAWS.normal(size=(9, 3, 2)).astype(np.float32)
    answers, probabilities = session.run(None, {"x": images})
    assert answers.tolist() == made.predict(images).tolist()
    assert np.abs(probabilities - made.probabilities(images)).max() <= 1e-5


def test_classes_without_probabilities_have_answers_alone(tmp_path):
    made = predictor(fit_preparation(from_frame(FRAME), ("rooms",)))
    made.model.compile("sgd", "mse")
    assert not made.gives_probabilities
    agrees(made, FRAME, tmp_path)


def test_a_column_may_be_called_as_an_output(tmp_path):
    frame = {"prediction": FRAME["rooms"]}
    made = predictor(fit_preparation(from_frame(frame), ("prediction",)), TARGETS[0])
    made.export(tmp_path / "p.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "p.onnx")
    assert [port.name for port in (*session.get_inputs(), *session.get_outputs())] == ["prediction", "prediction_1"]
