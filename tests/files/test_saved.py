"""Models to a file and back: exact, whole, and nothing else."""

import hashlib
import importlib.util
import io
import json
import pickletools
import zipfile
from pathlib import Path

import jax
import numpy as np
import pytest

from leadline import layers, losses, metrics
from leadline.errors import ArgumentError, DataError, LeadlineError, NotBuiltError
from leadline.files import atomic
from leadline.files.archive import MANIFEST, read
from leadline.files.loading import load, load_model
from leadline.layers import Activation, BatchNormalization, Concatenate, Dense, Dropout, Input, Normalization
from leadline.models import Model, Sequential
from leadline.optimizers import SGD
from leadline.schedules import ExponentialDecay

CONFORMANCE = Path(__file__).parents[1] / "layers" / "test_conformance.py"
SPEC = importlib.util.spec_from_file_location("conformance_of_layers", CONFORMANCE)
conformance = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(conformance)

X = np.random.default_rng(0).normal(size=(32, 4)).astype(np.float32)
Y = (X[:, :1] > 0).astype(np.float32)


def chain():
    """Trained, with states of every sort: adapted, moving, frozen."""
    normal = Normalization()
    normal.adapt(X * 3 + 1)
    model = Sequential(
        [
            Input((4,)),
            normal,
            Dense(5, "relu", kernel_regularizer="l2"),
            BatchNormalization(),
            Dense(3, trainable=False, name="fixed"),
            Dropout(0.3),
            Dense(1, "sigmoid"),
        ],
        name="chain",
        seed=3,
    )
    model.compile(SGD(ExponentialDecay(0.1, 100, 0.5)), losses.BinaryCrossentropy(label_smoothing=0.1), metrics=["accuracy"])
    model.fit(X, Y, epochs=2)
    return model


def graph():
    """Two inputs, two outputs, a layer used twice, a model inside."""
    first, second = Input((4,), name="first"), Input((4,), name="second")
    inside = Sequential([Dense(3, "tanh"), Dense(2)])
    shared = Dense(3, "relu", name="shared")
    both = Concatenate()([shared(first), shared(second), inside(first)])
    model = Model([first, second], [Dense(1, name="price")(both), Dense(2, "softmax", name="kind")(inside(second))], seed=5)
    model.compile(
        "adam",
        {"price": "mse", "kind": losses.SparseCategoricalCrossentropy()},
        {"price": 0.5, "kind": 1.0},
        {"price": [metrics.RootMeanSquaredError()], "kind": ["accuracy"]},
    )
    return model


def nested():
    """A model within a model within a model."""
    inner = Sequential([Input((4,)), Dense(3, "relu"), Dense(4)])
    x = Input((4,))
    return Model(x, Dense(1)(Model(x, inner(inner(x)))(x)))


def half():
    return Sequential([Input((4,)), Dense(3, "relu", dtype="bfloat16"), Dense(1, dtype="mixed_bfloat16")])


MODELS = {make.__name__: make for make in (chain, graph, nested, half)}


def inputs_of(model):
    return [X, X[::-1]] if model.network.has_many_inputs else X


def same(one, other):
    pairs = list(zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True))
    assert all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)
    assert pairs


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a model.leadline"


@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_exactly(path, name):
    model = MODELS[name]()
    model.save(path)
    again = load(path)
    assert type(again) is type(model)
    assert (again.name, again.seed, again.layer_names) == (model.name, model.seed, model.layer_names)
    assert again.network == model.network
    assert [layer.trainable for layer in again.layers] == [layer.trainable for layer in model.layers]
    same(model.get_weights(), again.get_weights())
    same(model.predict(inputs_of(model)), again.predict(inputs_of(model)))
    again.save(path.with_suffix(".again"))
    assert path.read_bytes() == path.with_suffix(".again").read_bytes()


@pytest.mark.parametrize("number", conformance.NUMBERS)
def test_every_layer_predicts_the_same_to_the_bit(path, number):
    case = conformance.CASES[number]
    symbols = conformance.inputs(case)
    model = Model(symbols, case.layer.replace()(symbols))
    x = conformance.batch(case)
    if isinstance(case.layer, Normalization) and case.layer.mean is None:
        model.layers[0].adapt(x)
    model.set_weights([array + 0.25 for array in model.get_weights()])
    model.save(path)
    again = load(path)
    assert again.network == model.network
    for mine, its in zip(model.get_weights(), again.get_weights(), strict=True):
        same(mine, its)
    given = list(x) if case.layer.takes_many else x
    same(model(given), again(given))


def test_settings_come_back_and_training_goes_on(path):
    model = chain()
    model.save(path)
    again = load_model(path)
    assert again.compiled == model.compiled
    assert again.evaluate(X, Y) == model.evaluate(X, Y)
    moved = again.get_weights()
    again.fit(X, Y, epochs=1)
    changed = [(a != b).any() for a, b in zip(moved, again.get_weights(), strict=True)]
    assert changed == [False, False, *[True] * 6, False, False, True, True]  # neither what was adapted nor what is frozen
    plain = nested()
    plain.save(path)
    with pytest.raises(NotBuiltError, match="has no loss yet"):
        _ = load_model(path).compiled


def test_numpy_opens_the_file_and_there_is_no_pickle(path):
    model = chain()
    model.save(path)
    with np.load(path, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["weights/1/kernel"], model.layers[1].get_weights()[0])
    for content in read(path).values():
        with pytest.raises(Exception):  # noqa: B017
            pickletools.dis(content, io.StringIO())


def test_nothing_is_saved_of_what_a_file_cannot_say(path):
    path.write_bytes(b"old")
    x = Input((4,))
    mine = Model(x, Activation(lambda z: 2 * z)(x))
    coded = nested()
    coded.compile("adam", lambda y, f: (y - f) ** 2)
    for model, error in [(mine, ArgumentError), (coded, ArgumentError), (Sequential([Dense(3)]), NotBuiltError)]:
        with pytest.raises(error):
            model.save(path)
    assert path.read_bytes() == b"old"
    coded.compile()
    coded.save(path)
    assert isinstance(load(path), Model)


# --- damage -------------------------------------------------------------------------------------------------------------------


def outcome(path, content, whole):
    """Whether a file is refused; if it is read, its weights and network must be the whole one's."""
    path.write_bytes(content)
    try:
        again = load(path)
    except DataError:
        return "refused"
    assert again.network == whole.network
    assert again.seed == whole.seed
    same(again.get_weights(), whole.get_weights())
    return "the same"


def test_bits_flipped_anywhere_are_never_silently_wrong(path):
    model = nested()
    model.save(path)
    content, draws = path.read_bytes(), np.random.default_rng(1)
    outcomes = []
    for place in draws.integers(0, 8 * len(content), 200):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << (place % 8)
        outcomes.append(outcome(path, bytes(changed), model))
    assert outcomes.count("refused") > 100  # the others are of dates and attributes, which nobody reads


def test_a_bit_flipped_in_a_member_with_its_checksum_mended_is_refused_by_its_digest(path):
    model = nested()
    model.save(path)
    for name, content in read(path).items():
        with zipfile.ZipFile(path) as old:
            members = {one: old.read(one) for one in old.namelist()}
        members[name] = content[:-1] + bytes([content[-1] ^ 1])
        other = path.with_suffix(".changed")
        with zipfile.ZipFile(other, "w") as new:
            for one, own in members.items():
                new.writestr(one, own)
        with pytest.raises(DataError, match="SHA-256 differs"):
            load(other)


def test_truncated_at_any_place_it_is_refused(path):
    model = nested()
    model.save(path)
    content, draws = path.read_bytes(), np.random.default_rng(2)
    cuts = [0, 1, 4, 30, len(content) - 1, *draws.integers(0, len(content), 100)]
    assert [outcome(path, content[:cut], model) for cut in cuts] == ["refused"] * len(cuts)


def test_where_saving_fails_the_old_model_is_still_there(path, monkeypatch):
    old, new = nested(), chain()
    old.save(path)
    for step in ("fsync", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(atomic.os, step, lambda *a, **o: (_ for _ in ()).throw(OSError(5, "Input/output error")))
            with pytest.raises(DataError, match="Input/output error"):
                new.save(path)
        same(load(path).get_weights(), old.get_weights())
    assert [one.name for one in path.parent.iterdir()] == [path.name]


# --- files that somebody made -------------------------------------------------------------------------------------------------


def forged(path, change):
    """The file with its members changed and its digests mended, as only an enemy would."""
    members = {**read(path)}
    config = json.loads(members["config.json"])
    change(config, members)
    members["config.json"] = json.dumps(config).encode() if config is not None else members["config.json"]
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    manifest = {"format": "leadline model", "version": 1, "sha256": digests}
    with zipfile.ZipFile(path, "w") as new:
        for name, content in [*members.items(), (MANIFEST, json.dumps(manifest).encode())]:
            new.writestr(name, content)


def enlarged(config, members):
    config["network"]["layers"][0]["config"]["units"] = 10**9


def swapped(config, members):
    members["weights/0/kernel.npy"] = members["weights/1/kernel.npy"]


def doubled(config, members):
    members["weights/0/kernel.npy"] = npy_of(np.zeros((4, 3)))


def npy_of(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


FORGERIES = {
    "a layer of 10⁹ units": (enlarged, "Layer .dense. gives 1,000,000,000 numbers an example, and at most 268,435,456"),
    "weights of another layer": (swapped, r"has shape \(4, 3\), and the array given has \(3, 4\)"),
    "weights in double precision": (doubled, "'kernel' of layer 'dense' is float32, and the array given is float64"),
    "weights missing": (lambda config, members: members.pop("weights/0/bias.npy"), "arrays: bias, kernel. Got: kernel"),
    "weights too many": (
        lambda c, members: members.update({"weights/0/more.npy": npy_of(np.zeros(1))}),
        "Got: bias, kernel, more",
    ),
    "weights of no layer": (lambda c, members: members.update({"weights/9/kernel.npy": b""}), "belongs to no layer"),
    "something else": (lambda c, members: members.update({"code.json": b"{}"}), "'code.json' belongs to no layer"),
    "no network": (lambda config, members: config.pop("network"), "config.json must have the entries kind, name"),
    "a network of text": (lambda config, members: config.update(network="x"), "'network' has a value that it cannot have"),
    "another kind": (lambda config, members: config.update(kind="Lambda"), "is a Model or a Sequential .*Got 'Lambda'"),
    "a seed below 0": (lambda config, members: config.update(seed=-1), "seed from 0 to"),
    "a truth for a seed": (lambda config, members: config.update(seed=True), "'seed' has a value"),
    "no chain": (lambda config, members: config["network"].update(calls=[[0, [0]], [0, [1]]]), "."),
    "an unknown class": (lambda config, m: config["network"]["layers"][0].update(class_name="Dens"), "Did you mean 'Dense'"),
    "a predictor of nothing": (lambda c, members: members.update({"predictor.json": b"{}"}), "A predictor has the entries"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_somebody_made_is_refused(path, forgery):
    change, message = FORGERIES[forgery]
    Sequential([Input((4,)), Dense(3), Dense(4)]).save(path)
    forged(path, lambda config, members: None)
    assert isinstance(load(path), Sequential)
    forged(path, change)
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert isinstance(caught.value, LeadlineError)


def test_double_precision_needs_it_to_be_allowed(path):
    with jax.enable_x64(True):
        model = Sequential([Input((4,)), Dense(1)])
        model.save(path)
        same(load(path).get_weights(), model.get_weights())
    with pytest.raises(DataError, match="is float32, and the array given is float64.*needs jax.enable_x64"):
        load(path)


def test_every_layer_of_the_table_is_tried():
    assert {type(case.layer).__name__ for case in conformance.CASES} == set(layers.LAYERS)
