"""The page that accounts for every public name of Keras is what the script says now."""

import importlib.util
from pathlib import Path

import pytest

keras = pytest.importorskip("keras")

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "keras_symbols.py"
SPEC = importlib.util.spec_from_file_location("keras_symbols", SCRIPT)
keras_symbols = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(keras_symbols)


def test_the_page_is_what_the_script_gives():
    assert keras_symbols.PAGE.read_text(encoding="utf-8") == keras_symbols.generated(), f"run python scripts/{SCRIPT.name}"


def test_no_reason_is_dead():
    assert keras_symbols.dead() == [], "Keras has no such name, or it is native by now: take it out of DOOR or NOT_HERE"


@pytest.mark.parametrize("module", keras_symbols.MODULES)
def test_no_name_has_two_reasons(module):
    door = keras_symbols.DOOR if module == "layers" else {}
    names = " ".join([*door.values(), *keras_symbols.NOT_HERE[module].values()]).split()
    assert len(names) == len(set(names))


def test_only_layers_come_through_the_door():
    for name in " ".join(keras_symbols.DOOR.values()).split():
        assert issubclass(getattr(keras.layers, name), keras.layers.Layer), name


def test_a_new_name_of_keras_makes_the_script_fail(monkeypatch):
    monkeypatch.setattr(keras.constraints, "BrandNew", type("BrandNew", (), {}), raising=False)
    with pytest.raises(SystemExit, match=r"constraints\.BrandNew"):
        keras_symbols.generated()


def test_a_module_of_that_name_is_no_counterpart():
    # `leadline.losses.hinge` is a file; Keras's `losses.hinge` is a function.
    assert dict(keras_symbols.rows("losses"))["hinge"].startswith("*not here*")


@pytest.mark.parametrize(
    ("module", "name", "said"),
    [
        ("constraints", "MaxNorm", "**native**"),
        ("constraints", "max_norm", "**native**, `MaxNorm`"),
        ("initializers", "OrthogonalInitializer", "**native**, `Orthogonal`"),
        ("activations", "hard_swish", "**native**"),
        ("layers", "LSTM", "**door**: recurrent"),
        ("callbacks", "ProgbarLogger", "*not here*: `fit(verbose=…)` shows progress"),
    ],
)
def test_rows(module, name, said):
    assert dict(keras_symbols.rows(module))[name] == said
