"""Activations, initializers, regularizers, constraints and callbacks against Keras on its JAX backend.

`test_vocabulary.py` holds the cases on ordinary numbers of what it names; here stand the others, and the extremes of all.
"""

import functools
import inspect
import os
from types import SimpleNamespace

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

from leadline import activations, callbacks, constraints, initializers, regularizers

keras = pytest.importorskip("keras")

if keras.backend.backend() != "jax":
    pytest.skip("Keras was loaded on another backend", allow_module_level=True)

RANDOM = np.random.default_rng(0)
# Every eighth, and so every kink; and what is far from all of them.
GRID = np.concatenate([np.linspace(-7, 7, 113), [-0.0], [s * x for s in (-1, 1) for x in (30.0, 1e4, 1e38)]]).astype(np.float32)
ELEMENTWISE = [
    *((name, {}) for name in ("celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish")),
    *((name, {}) for name in ("hard_tanh", "leaky_relu", "linear", "log_sigmoid", "mish", "relu", "relu6", "selu", "sigmoid")),
    *((name, {}) for name in ("silu", "soft_shrink", "softplus", "softsign", "sparse_plus", "sparse_sigmoid", "squareplus")),
    *((name, {}) for name in ("swish", "tanh", "tanh_shrink")),
    ("celu", {"alpha": 0.3}),
    ("elu", {"alpha": 0.3}),
    ("hard_shrink", {"threshold": 1.25}),
    ("leaky_relu", {"negative_slope": 0.3}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.0, "threshold": 0.5}),
    ("soft_shrink", {"threshold": 1.25}),
    ("squareplus", {"b": 1.5}),
    ("threshold", {"threshold": 0.5, "default_value": -3.0}),
]


@pytest.mark.parametrize(("name", "options"), ELEMENTWISE)
def test_activations(name, options):
    """Value and slope in single precision against those of Keras in double precision, where neither overflows nor cancels."""

    def value_and_slope(module, x):
        return jax.jit(jax.vmap(jax.value_and_grad(lambda x: getattr(module, name)(x, **options))))(x)

    ours, theirs = (value_and_slope(module, jnp.asarray(GRID)) for module in (activations, keras.activations))
    with jax.enable_x64(True):
        exact = value_and_slope(keras.activations, jnp.asarray(GRID, jnp.float64))
    for mine, single, double in zip(ours, theirs, exact, strict=True):
        np.testing.assert_allclose(mine, double, rtol=1e-5, atol=1e-6)
        assert np.isfinite(mine)[np.isfinite(single)].all()


LOGITS = (RANDOM.normal(size=(7, 4)) * 3).astype(np.float32)
HUGE = np.array([[1e4, -1e4, 0.0, -0.0], [1e38, -1e38, 1e38, 1.0], [-1e38, -1e38, 1e4, -1e38]], np.float32)
ALONG_AXIS = [
    ("glu", {}, LOGITS),
    ("glu", {}, HUGE),
    ("glu", {"axis": -2}, LOGITS[:6]),
    ("log_softmax", {}, LOGITS),
    ("log_softmax", {}, HUGE),
    ("log_softmax", {"axis": 0}, LOGITS),
    ("softmax", {}, HUGE),
]


@pytest.mark.parametrize(("name", "options", "x"), ALONG_AXIS)
def test_activations_along_an_axis(name, options, x):
    results = []
    for module in (activations, keras.activations):
        apply = functools.partial(getattr(module, name), **options)
        results.append(jax.jit(lambda x, f=apply: (f(x), jax.jacobian(f)(x)))(x))
    for ours, theirs in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


def test_sparsemax_where_that_of_keras_is_one():
    # Keras to 3.15 sums cumulative sums where two entries or more get something: keras-team/keras#23425.
    x = np.concatenate([LOGITS, [[2.0, 1.0, 0.0, -4.0], [5.0, 3.0, 3.0, 3.0]]]).astype(np.float32)
    ours, theirs = activations.sparsemax(x), np.asarray(keras.activations.sparsemax(x))
    right = np.isclose(theirs.sum(-1), 1)
    assert right[-2:].all()
    np.testing.assert_allclose(ours[right], theirs[right], rtol=1e-5)


NAMES = {
    "activations": set(dir(keras.activations)) - {"deserialize", "get", "serialize"},
    "callbacks": {"CSVLogger", "TerminateOnNaN"},
    "constraints": {"MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm"},
    "initializers": {"Identity", "Orthogonal"},
    "regularizers": {"OrthogonalRegularizer"},
}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in NAMES for name in sorted(NAMES[module]) if not name.startswith("_")]
)
def test_arguments_and_defaults(module, name):
    ours, theirs = (
        list(inspect.signature(getattr(where, name)).parameters.values()) for where in (globals()[module], getattr(keras, module))
    )
    found = [(one.name, one.default) for one in ours if one.name != "seed"]
    assert found == [(one.name, one.default) for one in theirs if one.name != "seed"]


@pytest.mark.parametrize(
    ("table", "known", "without"),
    [
        (activations.ACTIVATIONS, keras.src.activations.ALL_OBJECTS_DICT, {"glu", "threshold"}),
        (constraints.CONSTRAINTS, keras.src.constraints.ALL_OBJECTS_DICT, {"Constraint", "constraint"}),
        (
            initializers.INITIALIZERS,
            keras.src.initializers.ALL_OBJECTS_DICT,
            {"Initializer", "STFT", "STFTInitializer", "initializer", "stft"},
        ),
        (regularizers.REGULARIZERS, keras.src.regularizers.ALL_OBJECTS_DICT, {"Regularizer", "regularizer"}),
    ],
)
def test_every_name_of_keras(table, known, without):
    assert set(table) == set(known) - without
    assert [name for name in table if table[name].__name__ != known[name].__name__] == []


KERNEL = RANDOM.normal(size=(3, 3, 4, 5)).astype(np.float32) * 2
MATRIX = (RANDOM.normal(size=(6, 4)) * RANDOM.uniform(0, 3, (6, 1))).astype(np.float32)
MATRIX[:, 2] = 0, -0.0, 0, 0, 0, 0
MATRIX[0, 3] = 1e4
CONSTRAINTS = [
    ("NonNeg", {}, MATRIX),
    ("MaxNorm", {}, MATRIX),
    ("MaxNorm", {"max_value": 0.7, "axis": 1}, MATRIX),
    ("MaxNorm", {"max_value": 3, "axis": [0, 1, 2]}, KERNEL),
    ("UnitNorm", {}, MATRIX),
    ("UnitNorm", {"axis": (0, 1, 2)}, KERNEL),
    ("UnitNorm", {"axis": None}, MATRIX),
    ("MinMaxNorm", {}, MATRIX),
    ("MinMaxNorm", {"min_value": 0.5, "max_value": 1.5, "rate": 0.3, "axis": -1}, KERNEL),
    ("MinMaxNorm", {"min_value": 2.0, "max_value": 2.0, "axis": 1}, MATRIX),
]


@pytest.mark.parametrize(("name", "options", "w"), CONSTRAINTS)
def test_constraints(name, options, w):
    ours, theirs = (getattr(module, name)(**options)(jnp.asarray(w)) for module in (constraints, keras.constraints))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


@pytest.mark.parametrize("w", [MATRIX, LOGITS, LOGITS.T, np.eye(3, dtype=np.float32)])
@pytest.mark.parametrize("options", [{}, {"factor": 0.3, "mode": "columns"}])
def test_orthogonal_regularizer(options, w):
    made = [module.OrthogonalRegularizer(**options) for module in (regularizers, keras.regularizers)]
    (ours, slope), (theirs, their_slope) = (jax.jit(jax.value_and_grad(lambda w, r=r: r(w)))(w) for r in made)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    if w is LOGITS:  # elsewhere cosines are 0, where |x| has any slope from -1 to 1
        np.testing.assert_allclose(slope, their_slope, rtol=1e-4, atol=1e-7)


INITIALIZERS = [
    *((name, {}) for name in ("RandomUniform", "RandomNormal", "TruncatedNormal", "VarianceScaling", "GlorotUniform")),
    *((name, {}) for name in ("GlorotNormal", "HeUniform", "HeNormal", "LecunUniform", "LecunNormal")),
    ("RandomUniform", {"minval": -1.0, "maxval": 3.0}),
    ("TruncatedNormal", {"mean": 1.0, "stddev": 2.0}),
    ("VarianceScaling", {"scale": 3.0, "mode": "fan_out", "distribution": "untruncated_normal"}),
    ("VarianceScaling", {"scale": 0.5, "mode": "fan_avg", "distribution": "uniform"}),
]


@pytest.mark.parametrize("shape", [(3, 3, 20, 30), (4000,)], ids=str)
@pytest.mark.parametrize(("name", "options"), INITIALIZERS)
def test_distributions_of_initializers(name, options, shape):
    ours = np.asarray(getattr(initializers, name)(**options)(jax.random.key(1), shape)).ravel()
    theirs = np.asarray(getattr(keras.initializers, name)(**options, seed=1)(shape)).ravel()
    assert stats.ks_2samp(ours, theirs, method="asymp").pvalue > 1e-3
    np.testing.assert_allclose(ours.std(), theirs.std(), rtol=5 / len(ours) ** 0.5)
    if "normal" not in name.lower() + str(options) and name != "VarianceScaling":  # ends of a uniform distribution
        np.testing.assert_allclose([ours.min(), ours.max()], [theirs.min(), theirs.max()], rtol=0.01)


@pytest.mark.parametrize("gain", [1.0, 0.3])
@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (3, 3, 2, 4)], ids=str)
def test_orthogonal(shape, gain):
    ours = initializers.Orthogonal(gain)(jax.random.key(1), shape)
    theirs = np.asarray(keras.initializers.Orthogonal(gain, seed=1)(shape))
    for side in (lambda m: m @ m.T, lambda m: m.T @ m):
        gram, wanted = (side(np.asarray(m).reshape(-1, shape[-1])) for m in (ours, theirs))
        np.testing.assert_allclose(gram.trace(), wanted.trace(), rtol=1e-5)
        np.testing.assert_allclose(np.linalg.eigvalsh(gram), np.linalg.eigvalsh(wanted), atol=1e-5)


@pytest.mark.parametrize("shape", [(3, 3), (2, 4), (4, 2)], ids=str)
def test_identity(shape):
    ours, theirs = initializers.Identity(0.3)(jax.random.key(1), shape), keras.initializers.Identity(0.3)(shape)
    np.testing.assert_array_equal(ours, theirs)


RECORDS = [{"loss": 1 / 3, "val_loss": 0.1 + 0.2, "accuracy": 1.0, "val_accuracy": float("nan")}, dict.fromkeys(["loss"], 1e-30)]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("append", [False, True])
@pytest.mark.parametrize("before", [None, "epoch,accuracy,loss,val_accuracy,val_loss\r\n"], ids=["new", "old"])
def test_csv_logger(tmp_path, before, append, separator):
    written = []
    for module in (callbacks, keras.callbacks):
        path = tmp_path / f"{module.__name__}.csv"
        if before is not None:
            path.write_bytes(before.replace(",", separator).encode())
        logger = module.CSVLogger(str(path), separator, append)
        if module is callbacks:
            memory = logger.on_train_begin(2).memory
            for epoch, record in enumerate(RECORDS):
                memory = logger.on_epoch_end(epoch, record, memory).memory
        else:
            logger.on_train_begin()
            for epoch, record in enumerate(RECORDS):
                logger.on_epoch_end(epoch, record)
            logger.on_train_end()
        written.append(path.read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("loss", [0.5, -1e30, float("nan"), float("inf"), -float("inf")])
def test_terminate_on_nan(loss):
    theirs = keras.callbacks.TerminateOnNaN()
    theirs.set_model(SimpleNamespace(stop_training=False))
    theirs.on_batch_end(0, {"loss": loss})
    assert callbacks.TerminateOnNaN().on_epoch_end(0, {"loss": loss}, None).stop == theirs.model.stop_training
