"""The examples of the door: that they run, on fewer digits and for fewer epochs, and say what they promise."""

import dataclasses
import importlib.util
import os
import re
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import pytest

from leadline.data.datasets import digits

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
VERDICT = r"(high \w+( and high variance)?|done|undetermined(, leaning to high \w+)?)\. Next: \S.*"

# Keras hands its variables to NumPy in a way that NumPy 2 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def few():
    data = digits()
    return dataclasses.replace(data, X=data.X[:107], y=data.y[:107])  # 64 of them train, in two batches


@pytest.mark.parametrize(
    ("name", "needs", "lines"),
    [
        ("door_keras", "keras", [f"Verdict: {VERDICT}", r"Keras gets \S+% of the cv digits right\."]),
        ("door_flax", "flax", [rf"{kind}{what}" for kind in ("linen", "nnx") for what in (f": {VERDICT}", r" gets \S+% of .*")]),
        ("door_equinox", "equinox", [f"Verdict: {VERDICT}", r"Equinox gets \S+% of the cv digits right\."]),
    ],
)
def test_it_runs(name, needs, lines, capsys, monkeypatch):
    pytest.importorskip(needs)
    described = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    monkeypatch.setattr(module, "digits", few)
    module.main(epochs=4)
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(lines)
    for line, expected in zip(printed, lines, strict=True):
        assert re.fullmatch(expected, line)
