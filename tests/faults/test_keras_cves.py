"""What was found in Keras's own loader: each as a file that would do its harm there, refused here by everything that reads files.

The harm is to make a file, `sprung`, in the folder of the test. No file here was had from elsewhere: each is made by its test,
after the public description of the fault.
"""

import importlib
import importlib.util
import io
import json
import os
import socket
import subprocess
import sys
import tracemalloc
import zipfile

import h5py
import numpy as np
import pytest
from typer.testing import CliRunner

import leadline as ll
from leadline.cli import app
from leadline.errors import LeadlineError

CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def plain():
    """A model that any of the files could be taken for."""
    return ll.Sequential([ll.Input((2,)), ll.layers.Dense(3, name="dense")])


def graph():
    """The same as a functional model, whose config says what each layer is called on."""
    start = ll.Input((2,), name="x")
    return ll.Model(start, ll.layers.Dense(3, name="dense")(start))


def changed(path, change=lambda config: None, weights=None, model=plain):
    """A `.keras` file as Keras writes it, with another config or other weights."""
    model().save(path)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in ("metadata.json", CONFIG, WEIGHTS)}
    config = json.loads(members[CONFIG])
    change(config)
    members |= {CONFIG: json.dumps(config).encode()} | ({} if weights is None else {WEIGHTS: weights})
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def dense(config):
    return config["config"]["layers"][1]


def calling(path, *functions):
    """A file in which functions stand among the layers: of a module, by a name, called with some arguments."""

    def change(config):
        for module, name, args, kwargs in functions:
            own = {"module": module, "class_name": "function", "registered_name": "function", "config": name, "name": name}
            config["config"]["layers"].append(own | {"inbound_nodes": [{"args": args, "kwargs": kwargs}]})

    return changed(path, change, model=graph)


def with_a_lambda(folder):
    """Keras's own model with a layer of bytecode, and its config."""
    keras = pytest.importorskip("keras")
    function = eval(f"lambda x: (open({str(folder / 'sprung')!r}, 'w').close(), x)[1]")
    model = keras.Sequential([keras.layers.Input((2,)), keras.layers.Lambda(function)])
    (folder / "sprung").unlink(missing_ok=True)  # building the model called it
    return model


def bytecode(folder):
    """CVE-2024-3660: a Lambda layer holds bytecode, which loading ran."""
    with_a_lambda(folder).save(folder / "model.keras")
    return folder / "model.keras"


def bytecode_in_hdf5(folder):
    """CVE-2025-9905: the same in a legacy file, for which the safe mode did not hold."""
    with_a_lambda(folder).save(folder / "model.h5")
    return folder / "model.h5"


def a_function_by_name(folder):
    """CVE-2025-1550: a config names any module and any function in it, and what to call it on."""
    return calling(folder / "model.keras", ("os", "system", [f"touch {folder / 'sprung'}"], {}))


def a_download(folder):
    """CVE-2025-8747: a function of Keras's own is a tool for the enemy: `get_file` writes where it is told."""
    (folder / "payload").write_text("x")
    told = {"fname": "sprung", "origin": (folder / "payload").as_uri(), "cache_dir": str(folder), "cache_subdir": str(folder)}
    return calling(folder / "model.keras", ("keras.utils", "get_file", [], told))


def the_switch(folder):
    """CVE-2025-9906: the config first calls what switches the safe mode off, and then has bytecode to build."""
    inner = json.loads(zipfile.ZipFile(bytecode(folder)).read(CONFIG)) | {"module": "keras"}
    switch = ("keras.config", "enable_unsafe_deserialization", [], {})
    return calling(folder / "switched.keras", switch, ("builtins", "id", [inner], {}))


def a_vocabulary(folder):
    """CVE-2025-12058: a layer takes its vocabulary from a file of this machine, or from an address."""
    (folder / "secret").write_text("a\nb\n")
    lookup = {"module": "keras.layers", "class_name": "StringLookup", "registered_name": None}
    own = {"name": "dense", "vocabulary": str(folder / "secret")}
    return changed(folder / "model.keras", lambda config: dense(config).update(lookup, config=own))


def a_shape_that_lies(folder):
    """CVE-2026-0897: a small file of weights declares 40 GB."""
    stored = io.BytesIO()
    with h5py.File(stored, "w") as file:
        file.create_dataset("layers/dense/vars/0", (100_000, 100_000), "f4", chunks=(100, 100), compression="gzip")
        file["layers/dense/vars/1"] = np.zeros(3, np.float32)
    return changed(folder / "model.keras", weights=stored.getvalue())


def weights_elsewhere(folder):
    """CVE-2026-1669: the bytes of the weights stand in another file of this machine."""
    (folder / "secret").write_bytes(np.arange(6, dtype=np.float32).tobytes())
    with h5py.File(folder / "weights.h5", "w") as file:
        file.create_dataset("layers/dense/vars/0", (2, 3), "f4", external=[(str(folder / "secret"), 0, 24)])
        file["layers/dense/vars/1"] = np.zeros(3, np.float32)
    return changed(folder / "model.keras", weights=(folder / "weights.h5").read_bytes())


def bytecode_in_a_config(folder):
    """CVE-2026-12481: no scope says that the mode is safe, so bytecode in a layer's config ran; here within another model."""
    evil = json.loads(zipfile.ZipFile(bytecode(folder)).read(CONFIG))
    inner = {"module": "keras", "class_name": "Sequential", "registered_name": None, "config": evil["config"] | {"name": "inner"}}
    return changed(folder / "outer.keras", lambda config: dense(config).update(inner))


FILES = {
    "CVE-2024-3660": bytecode,
    "CVE-2025-1550": a_function_by_name,
    "CVE-2025-8747": a_download,
    "CVE-2025-9905": bytecode_in_hdf5,
    "CVE-2025-9906": the_switch,
    "CVE-2025-12058": a_vocabulary,
    "CVE-2026-0897": a_shape_that_lies,
    "CVE-2026-1669": weights_elsewhere,
    "CVE-2026-12481": bytecode_in_a_config,
}
IN_THE_WEIGHTS = ("CVE-2025-9905", "CVE-2026-0897", "CVE-2026-1669")


@pytest.fixture
def cut_off(monkeypatch):
    """No way out of this process: who connects to anything fails the test."""
    asked = []

    def refuse(*arguments, **_):
        asked.append(arguments)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert not asked


def readers(path, cve):
    """Everything that reads such a file."""
    weights = path.with_name("copy.weights.h5")
    with zipfile.ZipFile(path) if path.suffix == ".keras" else open(path, "rb") as file:
        weights.write_bytes(file.read(WEIGHTS) if path.suffix == ".keras" else file.read())
    table = path.with_name("rows.csv")
    table.write_text("a,b\n1,2\n")
    calls = {
        "load": lambda: ll.load(path),
        "load, not compiled": lambda: ll.load(path, compile=False),
        "load_model": lambda: ll.load_model(path),
        "predict": lambda: CliRunner().invoke(app, ["predict", str(path), str(table)]),
        "export": lambda: CliRunner().invoke(app, ["export", str(path), "--to", "onnx"]),
    }
    return calls | ({"load_weights": lambda: plain().load_weights(weights)} if cve in IN_THE_WEIGHTS else {})


def refused_by(read):
    """How a reader refuses; else what it gave. A command says it in a line and ends with a status of its own."""
    try:
        result = read()
    except LeadlineError as refusal:
        return refusal
    if getattr(result, "exit_code", 0) and isinstance(result.exception, SystemExit):
        return LeadlineError(result.output)
    return getattr(result, "exception", None) or result


@pytest.mark.parametrize("cve", FILES)
def test_it_is_refused_and_nothing_happens(tmp_path, cut_off, cve, tally):
    path = FILES[cve](tmp_path)
    before = {name for name in os.listdir(tmp_path) if name != "sprung"}
    (tmp_path / "sprung").unlink(missing_ok=True)
    for reader, read in readers(path, cve).items():
        tracemalloc.start()
        refusal = refused_by(read)
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert isinstance(refusal, LeadlineError), f"{reader} made {refusal!r} of the file of {cve}"
        assert path.name in str(refusal) or "weights" in str(refusal), reader
        assert taken < 50_000_000, f"{reader} took {taken:,} bytes"
    made = set(os.listdir(tmp_path)) - before
    assert made <= {"copy.weights.h5", "rows.csv"}, f"{cve} made {made}"
    tally("A file after one of the published faults of Keras's loader: refused, and nothing run, fetched or written", 1, 1)


# --- alive: each file does its harm where nothing stands in its way -------------------------------------------------------------


@pytest.fixture
def alive(tally):
    what = "A file after one of these faults, read by h5py or by Keras with what now stops it taken away: it does its harm"
    return lambda: tally(what, 1, 1)


@pytest.mark.parametrize("cve", ["CVE-2024-3660", "CVE-2025-9905", "CVE-2026-12481"])
def test_the_bytecode_runs_where_the_safe_mode_is_off(tmp_path, alive, cve):
    keras = pytest.importorskip("keras")
    path = FILES[cve](tmp_path)
    (tmp_path / "sprung").unlink(missing_ok=True)
    keras.saving.load_model(path, safe_mode=False)
    assert (tmp_path / "sprung").exists()
    alive()


@pytest.mark.parametrize("cve", ["CVE-2025-1550", "CVE-2025-8747", "CVE-2025-9906"])
def test_the_function_runs_where_any_name_is_followed(tmp_path, monkeypatch, alive, cve):
    """Today's Keras with what it mended taken away: it follows each name, and calls what is no layer."""
    keras = pytest.importorskip("keras")
    from keras.src.backend.common import global_state
    from keras.src.models import functional
    from keras.src.saving import serialization_lib

    def follow(name, registered_name, module, obj_type, full_config, custom_objects=None):
        return getattr(importlib.import_module(module), name)

    path = FILES[cve](tmp_path)
    (tmp_path / "sprung").unlink(missing_ok=True)
    with pytest.raises((ValueError, TypeError)):
        keras.saving.load_model(path)
    assert not (tmp_path / "sprung").exists()
    monkeypatch.setattr(serialization_lib, "_retrieve_class_or_fn", follow)
    monkeypatch.setattr(functional, "Operation", object)
    try:
        keras.saving.load_model(path)
    finally:
        global_state.set_global_attribute("safe_mode_saving", None)
    assert (tmp_path / "sprung").exists()
    alive()


def test_the_shape_that_lies_would_be_believed(tmp_path, alive):
    path = a_shape_that_lies(tmp_path)
    with zipfile.ZipFile(path) as archive, h5py.File(io.BytesIO(archive.read(WEIGHTS))) as file:
        assert file["layers/dense/vars/0"].nbytes == 40_000_000_000
    assert path.stat().st_size < 20_000
    alive()


def test_the_weights_elsewhere_would_be_read(tmp_path, alive):
    with zipfile.ZipFile(weights_elsewhere(tmp_path)) as archive, h5py.File(io.BytesIO(archive.read(WEIGHTS))) as file:
        assert file["layers/dense/vars/0"][()].tobytes() == (tmp_path / "secret").read_bytes()
    alive()


VOCABULARY = """
import sys, keras
model = keras.saving.load_model(sys.argv[1], safe_mode=False)
print(*model.layers[-1].get_vocabulary())
"""


@pytest.mark.skipif(importlib.util.find_spec("tensorflow") is None, reason="this layer of Keras needs TensorFlow")
def test_the_vocabulary_would_be_read(tmp_path, alive):
    command = [sys.executable, "-c", VOCABULARY, str(a_vocabulary(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout == "[UNK] a b\n", done.stderr[-2000:]
    alive()


def test_a_layer_of_bytecode_is_no_layer_here(tmp_path):
    path = bytecode(tmp_path)
    evil = json.loads(zipfile.ZipFile(path).read(CONFIG))["config"]["layers"][1]
    for make in (ll.layers.Dense.from_config, ll.layers.Activation.from_config):
        with pytest.raises(LeadlineError):
            make(evil["config"])
    assert not (tmp_path / "sprung").exists()
    assert "keras" in sys.modules  # it was there to be misused
