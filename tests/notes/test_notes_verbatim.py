"""The programs of the notes, run as they stand there: only their import lines and their data are changed.

The notes lie beside the checkout, in `shared/notes`. Nothing of them is copied here: a program is known by the line of its fence,
and the table says what each is handed because it does not bring it itself. A program that is not in the table fails the count.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import leadline
from leadline import reference
from leadline.errors import LeadlineError
from leadline.layers import Dense
from leadline.regularizers import L2

NOTES = Path(__file__).resolve().parents[2].parent / "shared" / "notes"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```\s*$", re.MULTILINE | re.DOTALL)
PROGRAMS_IN_THE_NOTES = 11
LANGUAGES = {"python", "pyhon"}

pytestmark = pytest.mark.skipif(not NOTES.is_dir(), reason="the notes are not beside this checkout (shared/notes)")

random = np.random.default_rng(0)
GROUPS = random.integers(0, 10, 240)
X = random.normal(size=(240, 16)) + 2 * random.normal(size=(10, 16))[GROUPS]  # ten clouds of points
KERNELS = [random.normal(size=shape) for shape in ((2, 4), (4, 3), (3, 3), (3, 1))]
BIASES = [random.normal(size=W.shape[1]) for W in KERNELS]
Names = dict[str, Any]


def programs() -> dict[int, str]:
    """Each fenced program, by the line on which its fence opens (the notes' files taken as one, in order of their names)."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(NOTES.glob("*.txt")))
    assert len(re.findall("^ *```", text, re.MULTILINE)) == 2 * PROGRAMS_IN_THE_NOTES  # each fence opens and closes
    found = {text.count("\n", 0, match.start()) + 1: match for match in FENCE.finditer(text)}
    assert {match[1] for match in found.values()} <= LANGUAGES
    return {line: match[2] for line, match in found.items()}


def on_leadline(program: str) -> str:
    """The program with leadline for TensorFlow in its import lines, and for `tf.keras` where it is written out."""
    program = re.sub(r"^import tensorflow(?: as tf)?$", "import leadline", program, flags=re.MULTILINE)
    program = re.sub(r"^from tensorflow\.keras(\.\w+)? import", r"from leadline\1 import", program, flags=re.MULTILINE)
    program = program.replace("tf.keras.", "leadline.")
    assert "tensorflow" not in program
    assert "tf." not in program
    return program


def close(got: Any, expected: Any, tolerance: float = 1e-6) -> None:
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(expected, float), rtol=tolerance, atol=tolerance)


def as_reference(layers: list[Dense], *activations: reference.Activation) -> list[reference.Layer]:
    return [reference.Layer(*layer.get_weights(), g) for layer, g in zip(layers, activations, strict=True)]


# --- what must hold after each program ----------------------------------------------------------------------------------------


def two_layers_called(names: Names) -> None:
    stack = as_reference([names["layer_1"], names["layer_2"]], reference.sigmoid, reference.sigmoid)
    assert names["a1"].shape == (1, 3)
    assert names["a2"].shape == (1, 1)
    close(names["a1"][0], reference.dense(names["x"][0], *stack[0]), 1e-5)
    close(names["a2"][0], reference.sequential(names["x"][0], stack), 1e-5)


def ready_layers_trained(names: Names) -> None:
    model = names["model"]
    assert model.layers == [names["layer_1"], names["layer_2"]]
    by_hand = names["layer_2"](names["layer_1"](names["x_new"]))
    assert model.predict(names["x_new"]).shape == (2, 1)
    close(model.predict(names["x_new"]), by_hand)
    assert not np.array_equal(by_hand, names["before"])


def naive_forward(names: Names) -> None:
    first = [names[f"w1_{unit}"] for unit in (1, 2, 3)], [names[f"b1_{unit}"] for unit in (1, 2, 3)]
    weights = [np.stack(first[0], axis=1), np.concatenate(first[1]), names["w2_1"][:, None], names["b2_1"]]
    stack = [reference.Layer(*weights[:2], reference.sigmoid), reference.Layer(*weights[2:], reference.sigmoid)]
    close(names["a2_1"], reference.sequential(names["x"], stack), 1e-12)
    model = leadline.Sequential([leadline.Input(shape=(2,)), Dense(3, "sigmoid"), Dense(1, "sigmoid")])
    model.set_weights(weights)
    close(model.predict(names["x"][None, :])[0], names["a2_1"])


def general_forward(names: Names) -> None:
    x = np.array([0.3, -0.8])
    with pytest.raises(TypeError, match="'g'"):  # as it stands there, `sequential` leaves out the activation …
        names["sequential"](x)
    written = names["dense"]
    names["dense"] = partial(written, g=reference.sigmoid)  # … so it is handed in
    stack = [reference.Layer(W, b, reference.sigmoid) for W, b in zip(KERNELS, BIASES, strict=True)]
    close(names["sequential"](x), reference.sequential(x, stack), 1e-12)
    close(written(x, *stack[0]), reference.dense(x, *stack[0]), 1e-12)


def matrix_forward(names: Names) -> None:
    batch = X[:5, :2]
    layer = reference.Layer(KERNELS[0], BIASES[0], reference.sigmoid)
    written = names["dense"](batch, layer.W, layer.b[None, :], layer.g)
    close(written, reference.dense_matrix(batch, *layer), 1e-12)
    close(written, [reference.dense(row, *layer) for row in batch], 1e-12)


def trained(names: Names, outputs: int, activation: str, accuracy: float) -> None:
    model, labels = names["model"], names["Y"]
    assert [layer.units for layer in model.layers] == [25, 15, outputs]
    prediction = model.predict(names["X"])
    assert prediction.shape == (len(labels), outputs)
    assert np.isfinite(prediction).all()
    share = np.bincount(labels.ravel()) / len(labels)
    of_a_constant = -np.sum(share * np.log(share))  # the cost of always saying how frequent each class is
    assert model.evaluate(names["X"], labels) < of_a_constant
    chosen = prediction[:, 0] > 0.5 if outputs == 1 else prediction.argmax(axis=1)
    assert np.mean(chosen == labels.ravel()) > accuracy
    if activation == "softmax":
        close(prediction.sum(axis=1), np.ones(len(labels)), 1e-5)
    if activation == "sigmoid":
        assert ((prediction > 0) & (prediction < 1)).all()
    if activation == "linear":
        assert prediction.min() < 0
        assert prediction.max() > 1


def adam_trained(names: Names) -> None:
    trained(names, 10, "linear", 0.8)
    assert float(names["model"].compiled.optimizer.learning_rate) == pytest.approx(1e-3)


def penalized(names: Names, strength: float) -> None:
    model, labels = names["model"], (GROUPS > 4).astype(int)
    assert model.layers == [names["layer_1"], names["layer_2"], names["layer_3"]]
    model.compile(loss="binary_crossentropy")
    history = model.fit(X, labels, epochs=5).history
    assert history["loss"][-1] < history["loss"][0]
    measured = model.evaluate(X, labels, return_dict=True)
    assert measured["penalty"] == pytest.approx(strength * sum(np.sum(W**2) for W in model.get_weights()[::2]), rel=1e-5)
    assert measured["loss"] == pytest.approx(measured["cost"] + measured["penalty"], rel=1e-6)


# --- the table ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Case:
    """A program of the notes.

    Args:
        title: What it is about.
        holds: What must hold of its names when it has run.
        supplied: Names that it uses and does not make.
        filled: What is written for an argument that the notes leave open; its data.
        after: The line of the program whose names it goes on with.
    """

    title: str
    holds: Callable[[Names], None]
    supplied: Names = field(default_factory=dict)
    filled: dict[str, str] = field(default_factory=dict)
    after: int | None = None


LAYERS = {"Dense": Dense, "Sequential": leadline.Sequential}
TWO_CLASSES = {"X": X, "Y": (GROUPS > 4).astype(int)[:, None]}
TEN_CLASSES = {"X": X, "Y": GROUPS}

CASES = {
    47: Case("two layers called by hand", two_layers_called, {"Dense": Dense}),
    61: Case(
        "a model of these two layers",
        ready_layers_trained,
        {"Sequential": leadline.Sequential, "y": np.array([[1.0]]), "x_new": np.array([[180.0, 13.0], [1.0, 2.0]])},
        filled={"(...)": "(loss='binary_crossentropy')"},
        after=47,
    ),
    76: Case("the forward pass, a unit at a time", naive_forward, {"np": np, "sigmoid": reference.sigmoid}),
    106: Case(
        "a layer as a loop over units, called without its activation",
        general_forward,
        {"np": np} | {f"W{i}": W for i, W in enumerate(KERNELS, 1)} | {f"b{i}": b for i, b in enumerate(BIASES, 1)},
    ),
    129: Case("a layer as one product, misspelt", matrix_forward, {"np": SimpleNamespace(matual=np.matmul)}),
    142: Case("two classes", lambda names: trained(names, 1, "sigmoid", 0.8), TWO_CLASSES),
    252: Case("ten classes, softmax", lambda names: trained(names, 10, "softmax", 0.9), TEN_CLASSES),
    271: Case("ten classes, logits", lambda names: trained(names, 10, "linear", 0.9), TEN_CLASSES),
    300: Case("Adam", adam_trained, {"Sequential": leadline.Sequential, "leadline": leadline} | TEN_CLASSES),
    479: Case("a model without regularisation", lambda names: penalized(names, 0.0), LAYERS),
    488: Case("the same, regularised", lambda names: penalized(names, 0.01), LAYERS | {"L2": L2}),
}


def run(line: int) -> Names:
    """The names that the program leaves behind."""
    case = CASES[line]
    names = run(case.after) if case.after is not None else {}
    names |= case.supplied
    if "x_new" in names:
        names["before"] = np.asarray(names["layer_2"](names["layer_1"](names["x_new"])))
    program = on_leadline(programs()[line])
    for left_open, argument in case.filled.items():
        assert program.count(left_open) == 1
        program = program.replace(left_open, argument)
    exec(compile(program, f"the notes, line {line}", "exec"), names)
    return names


def test_every_program_of_the_notes_is_in_the_table():
    assert len(programs()) == PROGRAMS_IN_THE_NOTES
    assert list(programs()) == list(CASES)


@pytest.mark.parametrize("line", CASES, ids=[f"line {line}: {case.title}" for line, case in CASES.items()])
def test_a_program_of_the_notes_runs(line):
    CASES[line].holds(run(line))


def test_the_argument_left_open_is_refused_when_taken_literally():
    names = run(47) | CASES[61].supplied
    with pytest.raises(LeadlineError, match=r"loss|optimizer"):
        exec(on_leadline(programs()[61]), names)
