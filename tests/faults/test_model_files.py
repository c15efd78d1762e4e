"""Files of models that are damaged, or made by an enemy: refused, with nothing executed and no memory taken; a test a line."""

import base64
import copy
import hashlib
import io
import json
import marshal
import pickle
import random
import stat
import struct
import sys
import tracemalloc
import zipfile

import h5py
import jax
import numpy as np
import pytest

import leadline as ll
from leadline.errors import DataError
from leadline.layers import BatchNormalization, Dense, Input
from leadline.models import Sequential

CONFIG, METADATA, WEIGHTS, MANIFEST = "config.json", "metadata.json", "model.weights.h5", "manifest.json"
X = np.ones((4, 4), np.float32)


@pytest.fixture(scope="module")
def model():
    made = Sequential([Input((4,)), Dense(3, "relu"), BatchNormalization(), Dense(2)])
    made.compile("adam", "mse")
    made.fit(X, np.ones((4, 2)), verbose=0)
    return made


@pytest.fixture
def path(tmp_path, model):
    model.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in (METADATA, CONFIG, WEIGHTS)}


def as_keras_wrote(path, members):
    """A file with these members and no manifest, as Keras writes one."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def reconfigured(path, change):
    """The file with its config changed, as an enemy would change it: without the manifest that would tell."""
    members = members_of(path)
    config = json.loads(members[CONFIG])
    change(config)
    as_keras_wrote(path, members | {CONFIG: json.dumps(config).encode()})


def refused(path, message):
    with pytest.raises(DataError, match=message):
        ll.load_model(path)
    with pytest.raises(DataError, match=message):
        ll.load(path)


def first_layer(config):
    return config["config"]["layers"][1]


# --- what a config may name ---------------------------------------------------------------------------------------------------


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module that leaves a mark when it is imported."""
    (tmp_path / "trapped.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w').close()\nclass Dense: pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "sprung"
    assert not (tmp_path / "sprung").exists()
    assert "trapped" not in sys.modules


@pytest.mark.parametrize("module", ["trapped", "os", "keras.src.utils.file_utils", "keras", None, 3, ["trapped"]])
def test_a_module_outside_the_list_is_not_imported(path, trap, module):
    reconfigured(path, lambda config: first_layer(config).update(module=module))
    refused(path, "is nothing that leadline has in keras.layers; no code was looked for")


@pytest.mark.parametrize(
    ("where", "module", "name"),
    [
        ("layer", "keras.layers", "TFSMLayer"),
        ("layer", "keras.layers", "TorchModuleWrapper"),
        ("layer", "keras.layers", "Dense.__init__"),
        ("layer", "builtins", "eval"),
        ("kernel_initializer", "builtins", "eval"),
        ("kernel_initializer", "trapped", "Dense"),
        ("kernel_regularizer", "keras.layers", "Dense"),
        ("activation", "builtins", "print"),
        ("bias_constraint", "__lambda__", "Lambda"),
        ("model", "trapped", "Sequential"),
        ("model", "keras", "Model"),
        ("optimizer", "trapped", "Adam"),
        ("loss", "trapped", "MeanSquaredError"),
    ],
)
def test_a_class_outside_the_list_is_not_made(path, trap, where, module, name):
    thing = {"module": module, "class_name": name, "config": {}, "registered_name": None}

    def change(config):
        if where == "model":
            config.update(module=module, class_name=name)
        elif where == "layer":
            first_layer(config).update(thing, config={"name": "dense"})
        elif where in ("optimizer", "loss"):
            config["compile_config"][where] = thing
        else:
            first_layer(config)["config"][where] = thing

    reconfigured(path, change)
    refused(path, "no code was looked for|cannot stand there|only keras.Sequential and functional models are read")


def test_a_registered_name_does_not_stand_for_a_class(path, trap):
    reconfigured(path, lambda config: first_layer(config).update(registered_name="trapped>Dense"))
    refused(path, "nothing that leadline has")


def test_a_lambda_with_bytecode_is_not_run(path, trap):
    code = compile(f"open({str(trap)!r}, 'w').close()", "x", "exec")
    body = {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None, "closure": None}
    function = {"class_name": "__lambda__", "config": body, "module": "builtins"}
    lambda_layer = {"module": "keras.layers", "class_name": "Lambda", "registered_name": None}
    reconfigured(path, lambda config: first_layer(config).update(lambda_layer, config={"function": function, "name": "evil"}))
    refused(path, "'dense': keras.layers.Lambda is nothing that leadline has|'evil'")
    reconfigured(path, lambda config: first_layer(config).update(class_name="Dense", config={"units": 3, "activation": function}))
    refused(path, "cannot stand there|must have a name")


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("keras.utils", "get_file", {"fname": "x", "origin": "file:///etc/hostname"}),
        ("keras.config", "enable_unsafe_deserialization", {}),
        ("keras.src.config", "enable_unsafe_deserialization", {}),
        ("keras.saving", "load_model", {"filepath": "other.keras"}),
    ],
)
def test_gadgets_are_not_called(path, trap, model, module, name, arguments):
    call = {"module": module, "class_name": name, "config": arguments, "registered_name": name}
    as_function = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    for where in ("kernel_initializer", "activation", "kernel_regularizer"):
        for thing in (call, as_function):
            reconfigured(path, lambda config, where=where, thing=thing: first_layer(config)["config"].update({where: thing}))
            refused(path, "no code was looked for|Unknown activation")
            model.save(path)
    reconfigured(path, lambda config: config["compile_config"].update(loss=as_function))
    refused(path, "Unknown loss")


def test_no_entry_point_is_less_careful(path, trap, model):
    reconfigured(path, lambda config: first_layer(config).update(module="trapped"))
    for load in (ll.load, ll.load_model):
        for compiled in (True, False):
            with pytest.raises(DataError, match="no code was looked for"):
                load(path, compile=compiled)
        assert set(load.__annotations__) == {"path", "compile", "return"}  # nothing to switch off
    with pytest.raises(DataError, match="is no HDF5 file"):
        model.load_weights(path.rename(path.with_name("model.weights.h5")))


# --- what is no such file -----------------------------------------------------------------------------------------------------


def test_an_hdf5_file_or_a_pickle_under_the_name(path, trap):
    class Evil:
        def __reduce__(self):
            return (__import__("pathlib").Path.touch, (trap,))

    path.write_bytes(members_of(path)[WEIGHTS])
    refused(path, "it is an HDF5 file. It was not read further")
    path.write_bytes(pickle.dumps(Evil()))
    refused(path, "it is a pickle. It was not read further")


# --- HDF5 ---------------------------------------------------------------------------------------------------------------------


def with_weights(path, change):
    members, stream = members_of(path), io.BytesIO()
    stream.write(members[WEIGHTS])
    with h5py.File(stream, "r+") as file:
        change(file)
    as_keras_wrote(path, members | {WEIGHTS: stream.getvalue()})


KERNEL = "layers/dense/vars/0"


def replaced(make):
    def change(file):
        del file[KERNEL]
        make(file)

    return change


def external_link(file):
    file[KERNEL] = h5py.ExternalLink("/etc/passwd", "/x")


def soft_link(file):
    file[KERNEL] = h5py.SoftLink("/layers/dense/vars/1")


def soft_link_to_a_group(file):
    file["layers/dense_2"] = h5py.SoftLink("/layers/dense")


def second_hard_link(file):
    file[KERNEL] = file["layers/dense/vars/1"]


def circle(file):
    file["layers/dense/vars/layers"] = file["layers"]


def virtual(file):
    layout = h5py.VirtualLayout(shape=(4, 3), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(4, 3))
    file.create_virtual_dataset(KERNEL, layout)


def external_storage(file):
    file.create_dataset(KERNEL, shape=(4, 3), dtype="f4", external=[("/etc/passwd", 0, 48)])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (external_link, r"is a link \(ExternalLink\), and links are not followed"),
        (soft_link, r"is a link \(SoftLink\), and links are not followed"),
        (soft_link_to_a_group, r"is a link \(SoftLink\), and links are not followed"),
        (second_hard_link, "is reached twice"),
        (circle, "is reached twice"),
        (virtual, "lies in another file"),
        (external_storage, "lies in another file"),
    ],
)
def test_hdf5_that_leads_elsewhere(path, model, make, message):
    with_weights(path, replaced(make))
    refused(path, message)
    alone = path.with_name("m.weights.h5")
    alone.write_bytes(members_of(path)[WEIGHTS])
    with pytest.raises(DataError, match=message):
        model.load_weights(alone)


@pytest.mark.parametrize("options", [{}, {"chunks": (1024, 1024)}, {"chunks": (1024, 1024), "compression": "gzip"}])
def test_a_small_hdf5_that_declares_40_gb_takes_no_memory(path, options):
    def change(file):
        file.create_dataset(KERNEL, shape=(100_000, 100_000), dtype="f4", **options)

    with_weights(path, replaced(change))
    assert path.stat().st_size < 40_000
    tracemalloc.start()
    try:
        refused(path, "of them are in the file|is stored in chunks")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_hdf5_in_chunks(path):
    with_weights(path, replaced(lambda file: file.create_dataset(KERNEL, data=np.ones((4, 3), np.float32), chunks=(4, 3))))
    refused(path, "is stored in chunks")


@pytest.mark.parametrize(
    "value", [np.array(["text"] * 3, "S4"), h5py.Empty("f4"), np.array([(1, 2.0)], [("a", "i4"), ("b", "f4")]), np.ones(3, "c8")]
)
def test_hdf5_of_other_things_than_numbers(path, value):
    with_weights(path, replaced(lambda file: file.create_dataset(KERNEL, data=value)))
    refused(path, "only numbers are read|not at all")


# --- the container ------------------------------------------------------------------------------------------------------------


def test_zip_bombs(path):
    members = members_of(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (members | {WEIGHTS: b"\x89HDF\r\n\x1a\n" + bytes(100_000_000)}).items():
            archive.writestr(name, content)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    try:
        refused(path, "is compressed or encrypted")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


NAMES = ["../evil.json", "/evil.json", "assets/../../evil.json", "C:/evil.json", "assets\\..\\evil", "evil.py"]


@pytest.mark.parametrize("name", NAMES)
def test_names_of_members(path, tmp_path, name):
    as_keras_wrote(path, members_of(path) | {name: b"{}"})
    refused(path, "has a name that is not allowed|is a zip without manifest.json|that keeps a vocabulary")
    assert [one.name for one in tmp_path.iterdir()] == ["model.keras"]


def test_a_member_that_is_a_link(path):
    members = members_of(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = (stat.S_IFLNK | 0o777) << 16 if name == WEIGHTS else 0
            archive.writestr(entry, content)
    refused(path, "is a link")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_member_that_stands_there_twice(path):
    members = members_of(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in [*members.items(), (CONFIG, members[CONFIG])]:
            archive.writestr(name, content)
    refused(path, "stands there twice")


# --- damage -------------------------------------------------------------------------------------------------------------------


def everything(loaded):
    saved = loaded.saved()
    arrays = [*loaded.get_weights(), *map(np.asarray, jax.tree.leaves(saved.memory))]
    return [saved.network, saved.settings, saved.name, saved.seed, *(array.tobytes() for array in arrays)]


def outcome(read, expected):
    try:
        return "same" if read() == expected else "silently wrong"
    except DataError:
        return "refused"


ENDINGS = ["keras", "weights.h5", "safetensors", "without a manifest"]


@pytest.fixture(params=ENDINGS)
def saved_file(request, tmp_path, model):
    """A file, and a function that says all of what is read from it."""
    path = tmp_path / f"file.{request.param}"
    if request.param in ("keras", "without a manifest"):
        path = path.with_suffix(".keras")
        model.save(path)
        if request.param != "keras":
            as_keras_wrote(path, members_of(path))
        return path, lambda: everything(ll.load_model(path))
    model.save_weights(path)
    empty = Sequential([Input((4,)), Dense(3, "relu"), BatchNormalization(), Dense(2)])

    def read():
        empty.load_weights(path)
        return [array.tobytes() for array in empty.get_weights()]

    return path, read


def test_bit_flips(saved_file, tally):
    path, read = saved_file
    whole, expected, draw = path.read_bytes(), read(), random.Random(1)
    results = []
    for _ in range(120):
        damaged = bytearray(whole)
        damaged[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        results.append(outcome(read, expected))
    assert set(results) <= {"refused", "same"}
    assert "refused" in results
    tally("A saved file with one bit turned, anywhere: refused, or read as it was", len(results), len(results))


def test_truncation(saved_file, tally):
    path, read = saved_file
    whole, expected, draw = path.read_bytes(), read(), random.Random(1)
    lengths = [0, 1, len(whole) - 1, *(draw.randrange(len(whole)) for _ in range(200))]
    for length in lengths:
        path.write_bytes(whole[:length])
        assert outcome(read, expected) == "refused"
    tally("A saved file that ends anywhere: refused", len(lengths), len(lengths))


def test_a_member_that_is_not_what_was_written(path):
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    assert json.loads(members[MANIFEST])["sha256"][CONFIG] == hashlib.sha256(members[CONFIG]).hexdigest()
    as_keras_wrote(path, members | {CONFIG: members[CONFIG].replace(b'"units":3', b'"units":2')})
    refused(path, "'config.json' is not what was written")


# --- a config and weights that do not fit ------------------------------------------------------------------------------------


def missing(file):
    del file["layers/dense_1/vars/1"]


def surplus(file):
    file["layers/dense_1/vars/2"] = np.zeros(2, np.float32)


def another_layer(file):
    file["layers/lstm/vars/0"] = np.zeros((2, 5), np.float32)


def misshapen(file):
    del file[KERNEL]
    file[KERNEL] = np.zeros((4, 5), np.float32)


def of_another_dtype(file):
    del file[KERNEL]
    file[KERNEL] = np.zeros((4, 3), np.float64)


def misnumbered(file):
    file.move(KERNEL, "layers/dense/vars/7")


def optimizer_misshapen(file):
    del file["optimizer/vars/2"]
    file["optimizer/vars/2"] = np.zeros((3, 4), np.float32)


def optimizer_missing(file):
    del file["optimizer/vars/13"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (missing, r"'dense_1' has 2 arrays \(kernel \(3, 2\), bias \(2,\)\), and the file has 1 \(\(3, 2\)\)"),
        (surplus, r"'dense_1' has 2 arrays .*, and the file has 3 \(\(3, 2\), \(2,\), \(2,\)\)"),
        (another_layer, r"has an array 'layers/lstm/vars/0' \(2, 5\), and the network in its config has no place for it"),
        (misshapen, r"'kernel' of layer 'dense' is float32 \(4, 3\), and in the file float32 \(4, 5\)"),
        (of_another_dtype, r"'kernel' of layer 'dense' is float32 \(4, 3\), and in the file float64 \(4, 3\)"),
        (misnumbered, "must be numbered from 0 on"),
        (
            optimizer_misshapen,
            r"\(dense/kernel/momentum\) is float32 \(4, 3\), and in the file float32 \(3, 4\)",
        ),
        (optimizer_missing, "keeps 14 arrays for this network, and the file has 13"),
    ],
)
def test_weights_that_do_not_fit_the_config(path, change, message):
    with_weights(path, change)
    refused(path, message)


def test_a_layer_of_a_billion_units_takes_no_memory(path):
    reconfigured(path, lambda config: first_layer(config)["config"].update(units=10**9))
    tracemalloc.start()
    try:
        refused(path, "Layer 'dense' gives 1,000,000,000 numbers an example, and at most 268,435,456 are taken for sense")
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("units", [-3, 0, 1.5, "3", None, True, 10**400])
def test_numbers_that_make_no_sense(path, units):
    reconfigured(path, lambda config: first_layer(config)["config"].update(units=units))
    refused(path, "'dense' cannot be made|are taken for sense")


def test_json_nested_100_000_deep(path):
    members = members_of(path)
    deep = b"[" * 100_000 + b"]" * 100_000
    as_keras_wrote(path, members | {CONFIG: deep})
    refused(path, "is nested too deeply")
    config = json.loads(members[CONFIG])
    for depth in (100, 900, 5_000):
        text = json.dumps(config).replace('"relu"', "[" * depth + '"relu"' + "]" * depth)
        as_keras_wrote(path, members | {CONFIG: text.encode()})
        refused(path, "nested too deeply|'dense' cannot be made")


def test_models_nested_too_deep(path):
    config = json.loads(members_of(path)[CONFIG])
    config["config"]["layers"] = config["config"]["layers"][:2]
    deepest = copy.deepcopy(config)
    for place in range(30):
        outer = copy.deepcopy(config)
        outer["config"]["layers"][1] = deepest
        outer["config"]["name"] = f"model_{place}"
        deepest = outer
    as_keras_wrote(path, members_of(path) | {CONFIG: json.dumps(deepest).encode()})
    refused(path, "at most 20 deep")


@pytest.mark.parametrize("version", ["4.0.0", "2.15.0", "3", 3, None])
def test_a_version_that_is_not_known(path, version):
    as_keras_wrote(path, members_of(path) | {METADATA: json.dumps({"keras_version": version}).encode()})
    refused(path, rf"is of Keras {version!r}, and this leadline reads files of Keras 3 \(as of 3\.")


# --- safetensors --------------------------------------------------------------------------------------------------------------


def safetensors(header, values=bytes(8), size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if size is None else size) + text + values


def array(dtype="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


DOUBLE = b'{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "its header would take None bytes"),
        (safetensors({"a": array()}, size=10**9), "its header would take 1000000000 bytes"),
        (safetensors({"a": array()}, size=2**64 - 1), "its header would take 18446744073709551615 bytes"),
        (safetensors(b" " * (17 * 1024 * 1024)), "at most 16,777,216 are read"),
        (safetensors({"a": array(offsets=(0, 16), shape=(4,))}), "its arrays end at byte 16, and the file has 8"),
        (safetensors({"a": array(offsets=(4, 8), shape=(1,))}), "begins at byte 4, and the one before ends at 0"),
        (safetensors({"a": array(offsets=(0, 4), shape=(1,))}), "its arrays end at byte 4, and the file has 8"),
        (safetensors({"a": array(), "b": array()}), "begins at byte 0, and the one before ends at 8"),
        (safetensors(DOUBLE), "'a' stands twice in one object"),
        (safetensors({"a": array("Q9")}), "has the dtype 'Q9', and those known are"),
        (safetensors({"a": array(dtype=["F32"])}), "has the dtype"),
        (safetensors({"a": array(shape=(10**12, 10**12))}), r"has the shape .* and takes 8"),
        (safetensors({"a": array(shape=(-1, -2))}), "of whole numbers"),
        (safetensors({"a": array(shape=(2.0,))}), "of whole numbers"),
        (safetensors({"a": array(offsets=(8, 0))}), "and takes -8"),
        (safetensors({"a": array(offsets=(0, 8, 9))}), "two offsets"),
        (safetensors({"a": 3}), "must have dtype, shape and data_offsets"),
        (safetensors({"a": array(), "__metadata__": {"a": 1}}), "names and texts"),
        (safetensors([]), "must be names and values"),
        (safetensors(b"[" * 100_000), "nested too deeply"),
        (safetensors({"a": array()}), "the network has no layer of that name"),
        (safetensors({"dense.kernel": array()}), r"has the arrays: bias, kernel\. Got: kernel"),
    ],
)
def test_safetensors(tmp_path, model, content, message):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    before = model.get_weights()
    with pytest.raises(DataError, match=message):
        model.load_weights(path)
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
