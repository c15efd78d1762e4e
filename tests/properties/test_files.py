"""Files: what is saved loads to the same network, the same arrays and the same predictions, to the bit."""

import functools
import json

import jax
import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import leadline as ll
from leadline.data.features import Preparation, fit_preparation
from leadline.data.table import from_frame
from leadline.data.target import Target
from leadline.errors import ShapeError
from leadline.files import hdf5, npy, safetensors, weights
from leadline.files.keras_things import NOT_IN_KERAS
from leadline.files.settings import described_settings
from leadline.layers.weights import Weights
from leadline.models.predictor import Predictor
from leadline.network import Call, Network, arrays_wanted
from leadline.training.checkpoint import Checkpoint, Snapshot, read, written
from leadline.training.history import History
from leadline.training.state import TrainState

of = ll.layers
KINDS = (
    *(of.Dense(3, "relu", kernel_regularizer="l2", bias_initializer="ones"), of.Dense(2, "softmax", use_bias=False)),
    *(of.Dense(1, kernel_constraint=ll.constraints.MaxNorm(0.5), trainable=False), of.Activation("gelu"), of.ELU(0.7)),
    *(of.LeakyReLU(0.2), of.PReLU("ones"), of.ReLU(max_value=2.0, negative_slope=0.1), of.Softmax()),
    *(of.BatchNormalization(momentum=0.9), of.BatchNormalization(trainable=False), of.GroupNormalization(1)),
    *(of.LayerNormalization(), of.RMSNormalization(), of.UnitNormalization(), of.Normalization(), of.Dropout(0.5)),
    *(of.AlphaDropout(0.1), of.GaussianDropout(0.3), of.GaussianNoise(0.5), of.Flatten(), of.RepeatVector(2)),
    *(of.Rescaling(2.0, offset=-1.0), of.Discretization([-0.5, 0.5]), of.Reshape((-1, 1)), of.Permute((2, 1))),
    *(of.Conv1D(2, 2, padding="causal", activation="tanh"), of.Conv1D(2, 1, data_format="channels_first")),
    *(of.Conv1DTranspose(2, 2, strides=2), of.DepthwiseConv1D(2, padding="same"), of.SeparableConv1D(2, 2, padding="same")),
    *(of.LocallyConnected1D(1, 1), of.AveragePooling1D(1), of.MaxPooling1D(1), of.GlobalAveragePooling1D()),
    *(of.GlobalMaxPooling1D(keepdims=True), of.SpatialDropout1D(0.5), of.ZeroPadding1D((0, 1)), of.UpSampling1D(2)),
    *(of.Cropping1D((0, 1)), of.Add(), of.Average(), of.Multiply(), of.Maximum(), of.Minimum(), of.Concatenate(), of.Dot(1)),
    of.Subtract(),
)
INPUTS, FEW = ((3,), (2, 2), (3, 2)), 40  # shapes of an example, and the most numbers of what a layer gives
POLICIES = ("float32", "bfloat16", "float16", "mixed_bfloat16", "mixed_float16", "float64")
ODD = (None, None, np.nan, np.inf, -np.inf, -0.0, 1e-40)
NAMES = st.text(min_size=1, max_size=6)
NAMES |= st.sampled_from(["a.b", "a/b", "..", "\0", "é\u2028", "kernel", "__metadata__", "\ud800"])
COMPILED = (
    {"optimizer": ll.optimizers.SGD(0.1, momentum=0.9), "loss": "mse", "metrics": ["mae"]},
    {"optimizer": ll.optimizers.Adam(ll.schedules.CosineDecay(0.1, 9), clipnorm=1.0, use_ema=True), "loss": ll.losses.Huber(0.3)},
    {"optimizer": "rmsprop", "loss": ll.losses.LogCosh(), "metrics": [ll.metrics.RootMeanSquaredError(), "mae"]},
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@functools.cache
def structures():
    """Networks without names and arrays, in which each kind of layer occurs, and each precision; as many as there is time for."""
    random, found = np.random.default_rng(0), []
    left = list(KINDS)
    while left or len(found) < settings.default.max_examples // 40:
        policy, shape = POLICIES[len(found) % len(POLICIES)], INPUTS[random.integers(len(INPUTS))]
        values, layers, calls = [shape], [], []
        others = [KINDS[place] for place in random.integers(len(KINDS), size=4)]
        for layer in (*left[:2], *others):
            read = (len(values) - 1, int(random.integers(len(values))))[: 1 + layer.takes_many]
            try:
                shape = layer.output_shape(tuple(values[one] for one in read) if layer.takes_many else values[-1])
            except ShapeError:
                continue
            if np.prod(shape) <= FEW and len(layers) < 4:
                calls.append(Call(len(layers), read))
                layers.append(layer.replace(dtype=policy))
                values.append(shape)
                left = [one for one in left if one != layer]
        random.shuffle(left)
        if layers:
            found.append(Network(tuple(layers), tuple(map(str, range(len(layers)))), values[0], tuple(calls)))
    return tuple(found)


@functools.cache
def _wanted(network):
    with _precision(network):
        return [(arrays_wanted(name, layer, shape), shape) for name, layer, shape in network]


def _precision(network):
    return jax.enable_x64(network.layers[0].dtype == "float64")


@st.composite
def networks(draw, names=NAMES, without=frozenset()):
    """One of the structures, its layers under odd names, with arrays of their own."""
    fitting = [one for one in structures() if not without.intersection(type(layer).__name__ for layer in one.layers)]
    network = draw(st.sampled_from(fitting))
    called = draw(st.lists(names, min_size=len(network.names), max_size=len(network.names), unique=True))
    random, odd = np.random.default_rng(draw(st.integers(0, 2**32))), draw(st.sampled_from(ODD))
    of_layers = called if draw(st.booleans()) else [None] * len(called)
    return _holding(network, random, odd, of_layers).replace(names=tuple(called))


def _holding(network, random, odd=None, names=(None,)):
    """The network with arrays of its own, and layers that have names of their own."""
    layers = []
    for layer, name, (wanted, shape) in zip(network.layers, names, _wanted(network)):
        layers.append(layer.replace(name=name))
        params, state = ({one: _filled(own[one], random, odd) for one in own} for own in wanted)
        object.__setattr__(layers[-1], "weights_", Weights(params, state, shape))
    return network.replace(layers=tuple(layers))


def _filled(wanted, random, odd):
    """Positive numbers, as variances are, of some shape and dtype; one of them odd."""
    array = np.abs(random.normal(size=wanted.shape)).astype(wanted.dtype)
    if odd is not None and array.size:
        array.flat[random.integers(array.size)] = odd
    return array


def _arrays(network):
    return {name: (layer.weights.params, layer.weights.state) for name, layer in zip(network.names, network.layers)}


def _bits(network):
    """All arrays by layer and name: dtype, shape, bytes."""
    return {
        (name, one): (np.dtype(array.dtype), array.shape, np.asarray(array).tobytes())
        for name, both in _arrays(network).items()
        for own in both
        for one, array in own.items()
    }


@jax.jit
def _forward(network, params, state, X):
    return network.apply(params, state, X)[0]


def _predicted(network):
    """What it gives for four examples; its names are taken off, so that one program serves all of a structure."""
    X = np.random.default_rng(0).normal(size=(4, *network.input_shape)).astype(np.float32)
    plain = network.mapped(lambda layer: layer.replace(name=None)).replace(names=tuple(map(str, range(len(network.names)))))
    params, state = plain.gathered(dict(zip(plain.names, _arrays(network).values())))
    return np.asarray(_forward(plain, params, state, X)).tobytes()


# --- models and weights ---------------------------------------------------------------------------------------------------------


def _same(network, again):
    """Whether two networks have the same layers under the same names, the same arrays, and predict the same."""
    layers, others = dict(zip(network.names, network.layers)), dict(zip(again.names, again.layers))
    assert {name: layer.replace(name=None) for name, layer in others.items()} == {
        name: layer.replace(name=None) for name, layer in layers.items()
    }
    assert _bits(again) == _bits(network)
    assert _predicted(again) == _predicted(network)


SEEDS = st.integers(0, 2**63 - 1)


def _model(network, called, seed):
    """A Sequential where that can be, else a graph."""
    if network.layers[0].name and not any(layer.takes_many for layer in network.layers):
        return ll.Sequential([ll.Input(network.input_shape), *network.layers], name=called, seed=seed)
    return ll.Model.of(network, name=called, seed=seed)


@given(network=networks(), called=NAMES, seed=SEEDS, how=st.none() | st.sampled_from(COMPILED))
def test_a_model_comes_back(folder, network, called, seed, how):
    with _precision(network):
        model = _model(network, called, seed)
        if how:
            model.compile(**how)
        model.save(folder / "model.leadline")
        again = ll.load(folder / "model.leadline")
        assert (type(again), again.name, again.seed, again.network) == (type(model), called, seed, model.network)
        _same(network, again.network)
        if how:
            kept, came = model.saved().settings, again.saved().settings
            assert described_settings(came) == described_settings(kept)


IN_KERAS = NAMES.filter(lambda name: "/" not in name)


@given(network=networks(IN_KERAS, NOT_IN_KERAS), called=IN_KERAS, seed=SEEDS, how=st.none() | st.sampled_from(COMPILED))
def test_a_model_in_the_format_of_keras_comes_back(folder, network, called, seed, how):
    with _precision(network):
        model = _model(network, called, seed)
        if how:
            model.compile(**how)
        model.save(folder / "model.keras")
        again = ll.load(folder / "model.keras")
        assert (again.name, again.seed, again.saved().settings is None) == (called, seed, how is None)
        assert isinstance(again, type(model))
        _same(network, again.network)


@pytest.mark.parametrize("ending", ["weights.h5", "safetensors"])
@given(network=networks())
def test_weights_alone_come_back(folder, ending, network):
    with _precision(network):
        weights.write(network, folder / f"model.{ending}")
        empty = network.mapped(lambda layer: layer.replace())
        _same(network, weights.read(empty, folder / f"model.{ending}"))


OF_JAX = [np.dtype(name) for name in ("bool", "i1", "i2", "i4", "u1", "u2", "u4", "f2", "f4", jax.numpy.bfloat16)]
DTYPES = [*OF_JAX, *map(np.dtype, ("i8", "u8", "f8"))]
SHAPES = st.lists(st.integers(0, 4), max_size=5)


@st.composite
def arrays(draw, dtypes=DTYPES):
    """An array of any dtype and shape, of any bits."""
    dtype, shape = draw(st.sampled_from(dtypes)), draw(SHAPES)
    content = np.random.default_rng(draw(st.integers(0, 2**32))).bytes(int(np.prod(shape)) * dtype.itemsize)
    plain = np.frombuffer(content, np.uint8)
    return (plain % 2 if dtype.kind == "b" else plain).view(dtype).reshape(shape)


def _raw(named):
    return {name: (array.dtype, array.shape, np.asarray(array).tobytes()) for name, array in named}


OF_SAFETENSORS = st.dictionaries(NAMES.filter(lambda name: name != "__metadata__"), arrays(), max_size=4)


@given(named=OF_SAFETENSORS, said=st.dictionaries(NAMES, NAMES, max_size=2))
def test_arrays_come_back_as_safetensors(named, said):
    again, metadata = safetensors.read(safetensors.safetensors(named, said), "it")
    assert _raw(again.items()) == _raw(named.items())
    assert metadata == said


@given(named=st.lists(arrays(), max_size=4))
def test_arrays_come_back_as_hdf5_and_as_npy(named):
    named = {f"layers/{place}/vars/0": array for place, array in enumerate(named)}
    assert _raw(hdf5.read(hdf5.hdf5(named), "it").items()) == _raw(named.items())
    for array in named.values():
        again = npy.array_of(npy.npy(array), "it").view(array.dtype)
        assert (again.shape, again.tobytes()) == (array.shape, array.tobytes())


# --- checkpoints ----------------------------------------------------------------------------------------------------------------

FLOATS = st.floats()
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | FLOATS | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.just("float"), inner, max_size=2),
    max_leaves=6,
)
TREES = st.dictionaries(NAMES, st.dictionaries(NAMES, arrays(OF_JAX), max_size=2), max_size=2)


@given(trees=st.tuples(TREES, TREES), memory=st.lists(arrays(OF_JAX), max_size=3), epochs=st.integers(0, 4), data=st.data())
def test_a_checkpoint_comes_back(folder, trees, memory, epochs, data):
    params, state = trees
    now = TrainState(params, state, tuple(memory), np.int32(epochs))
    records = data.draw(st.dictionaries(NAMES, st.lists(FLOATS, min_size=epochs, max_size=epochs), max_size=3))
    history = History(list(range(epochs)), records, data.draw(st.lists(NAMES, max_size=2)))
    memories = data.draw(st.dictionaries(st.integers(0, 9), st.tuples(NAMES, PLAIN), max_size=2))
    logs, rate = data.draw(st.dictionaries(NAMES, FLOATS, max_size=2)), data.draw(st.none() | FLOATS)
    kept = data.draw(st.none() | st.just((params, state)))
    snapshot = Snapshot(epochs, now, kept, history, memories, logs, rate, data.draw(st.booleans()))
    identity = {"data": data.draw(NAMES)}
    path = written(snapshot, Checkpoint(folder / "run"), identity)
    again = read(path, identity, now)
    assert jax.tree.structure((again.state, again.kept)) == jax.tree.structure((now, kept))
    assert _raw(enumerate(jax.tree.leaves((again.state, again.kept)))) == _raw(enumerate(jax.tree.leaves((now, kept))))
    told = ("epoch", "history", "memories", "logs", "learning_rate", "stopped")
    assert repr([getattr(again, name) for name in told]) == repr([getattr(snapshot, name) for name in told])  # so that NaN is NaN


# --- predictors -----------------------------------------------------------------------------------------------------------------

CELLS = {
    "number": st.none() | st.floats(-1e30, 1e30),
    "category": st.none() | st.sampled_from(["a", "b"]) | NAMES.filter(lambda text: "\ud800" not in text),
    "date": st.none() | st.dates(),
}
TITLES = st.text(min_size=1, max_size=5) | st.sampled_from(["a=b", "a*b", " ", "(other)", "(missing)", "\0", '"', "=1+1", "价"])
SCHEMA = {"number": pl.Float64, "category": pl.String, "date": pl.Date}
PRICE = Target("price", "regression", (), "", 3.0, 2.0)


@st.composite
def tables(draw):
    """Two tables of the same columns, of some kinds, under odd names."""
    names, sizes = draw(st.lists(TITLES, min_size=1, max_size=3, unique=True)), (draw(st.integers(4, 8)), 4)
    kinds = [draw(st.sampled_from(sorted(CELLS))) for _ in names]
    columns = [[draw(st.lists(CELLS[kind], min_size=size, max_size=size)) for kind in kinds] for size in sizes]
    schema = {name: SCHEMA[kind] for name, kind in zip(names, kinds)}
    return [from_frame(pl.DataFrame(dict(zip(names, each)), schema=schema)) for each in columns]


CLASSES = st.none() | st.lists(NAMES, min_size=3, max_size=3, unique=True)


@given(given=tables(), classes=CLASSES, degree=st.integers(1, 2), data=st.data())
def test_a_predictor_comes_back(folder, given, classes, degree, data):
    train, new = given
    preparation = fit_preparation(train, train.columns, polynomial=degree)
    X = preparation.apply(new)
    assert Preparation.from_dict(json.loads(json.dumps(preparation.to_dict()))).apply(new).tobytes() == X.tobytes()
    assume(X.shape[1] > 0)
    target = Target("kind", "multiclass", tuple(classes), "said") if classes else PRICE
    layer = of.Dense(3 if classes else 1, "softmax" if classes else None)
    random = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    network = _holding(Network((layer,), ("dense",), X.shape[1:]), random)
    origin = data.draw(st.dictionaries(NAMES, st.integers() | NAMES, max_size=2))
    predictor = Predictor(ll.Model.of(network), target, preparation.feature_names, preparation, origin)
    predictor.save(folder / "predictor.leadline")
    again = ll.load(folder / "predictor.leadline")
    assert again.to_dict() == predictor.to_dict()
    assert again.predict(new).tolist() == predictor.predict(new).tolist()
    assert again.prepare(new).X.tobytes() == X.tobytes()
