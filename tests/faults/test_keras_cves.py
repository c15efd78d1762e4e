"""What was found in Keras's own loader: each as a file that would do its harm there, refused here by everything that reads files.

The harm is to make a file, `sprung`, in the folder of the test. No file here was had from elsewhere: each is made by its test,
after the public description of the fault.
"""

import io
import json
import os
import socket
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


def changed(path, change=lambda config: None, weights=None):
    """A `.keras` file as Keras writes it, with another config or other weights."""
    plain().save(path)
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
    """CVE-2025-1550: a config names any module and any function in it, with its arguments."""

    def change(config):
        dense(config).update(module="os", class_name="function", registered_name="system", config="system")
        dense(config)["inbound_nodes"] = [{"args": [f"touch {folder / 'sprung'}"], "kwargs": {}}]

    return changed(folder / "model.keras", change)


def a_download(folder):
    """CVE-2025-8747: a function of Keras's own is a tool for the enemy: `get_file` writes where it is told."""
    (folder / "payload").write_text("x")
    given = {"fname": str(folder / "sprung"), "origin": f"file://{folder / 'payload'}", "cache_dir": str(folder)}
    gadget = {"module": "keras.utils", "class_name": "get_file", "registered_name": "get_file", "config": given}
    return changed(folder / "model.keras", lambda config: dense(config).update(gadget))


def the_switch(folder):
    """CVE-2025-9906: the config first switches the safe mode off, and then has bytecode."""
    evil = json.loads(zipfile.ZipFile(bytecode(folder)).read(CONFIG))["config"]["layers"][1]
    switch = {"module": "keras.config", "class_name": "enable_unsafe_deserialization", "config": {}}

    def change(config):
        dense(config)["config"]["kernel_initializer"] = switch | {"registered_name": "enable_unsafe_deserialization"}
        config["config"]["layers"].append(evil)

    return changed(folder / "switched.keras", change)


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
    return changed(folder / "outer.keras", lambda config: config["config"]["layers"].append(inner))


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


@pytest.mark.parametrize("cve", ["CVE-2024-3660", "CVE-2025-9905"])
def test_the_file_is_alive(tmp_path, cve):
    keras = pytest.importorskip("keras")
    path = FILES[cve](tmp_path)
    assert not (tmp_path / "sprung").exists()
    keras.saving.load_model(path, safe_mode=False)
    assert (tmp_path / "sprung").exists()


def test_a_layer_of_bytecode_is_no_layer_here(tmp_path):
    path = bytecode(tmp_path)
    evil = json.loads(zipfile.ZipFile(path).read(CONFIG))["config"]["layers"][1]
    for make in (ll.layers.Dense.from_config, ll.layers.Activation.from_config):
        with pytest.raises(LeadlineError):
            make(evil["config"])
    assert not (tmp_path / "sprung").exists()
    assert "keras" in sys.modules  # it was there to be misused
