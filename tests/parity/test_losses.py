"""Every loss against Keras on its JAX backend: values in both precisions, gradients, reductions, weights, names, arguments."""

import inspect
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses

keras = pytest.importorskip("keras")

RANDOM = np.random.default_rng(0)
EXAMPLES = 6
WEIGHTS = RANDOM.uniform(0.1, 2, EXAMPLES)

# Targets and predictions of six examples, by what they are
ROWS = RANDOM.normal(size=(EXAMPLES, 4)) * 3
LABELS = np.array([0, 3, 1, 1, 2, 0])
SHARES = np.exp(ROWS) / np.exp(ROWS).sum(-1, keepdims=True)
CHANCES = 1 / (1 + np.exp(-ROWS))
DATA = {
    "numbers": (RANDOM.normal(size=(EXAMPLES, 4)), ROWS),
    "a number": (RANDOM.normal(size=EXAMPLES), ROWS[:, :1]),
    "a column and a vector": (RANDOM.normal(size=(EXAMPLES, 1)), ROWS[:, 0]),
    "positive": (RANDOM.uniform(0.5, 9, (EXAMPLES, 4)), RANDOM.uniform(0.1, 9, (EXAMPLES, 4))),
    "steps": (RANDOM.normal(size=(EXAMPLES, 3, 4)), RANDOM.normal(size=(EXAMPLES, 3, 4))),
    "yes or no": ((ROWS[::-1] > 0) * 1.0, CHANCES),
    "yes or no, logits": ((ROWS[::-1] > 0) * 1.0, ROWS),
    "yes or no, certain": ((ROWS[::-1] > 0) * 1.0, np.round(CHANCES)),
    "one yes or no": ((ROWS[::-1, 0] > 0) * 1.0, CHANCES[:, :1]),
    "signs": (np.sign(ROWS[::-1]), ROWS),
    "one-hot": (np.eye(4)[LABELS], SHARES),
    "one-hot, logits": (np.eye(4)[LABELS], ROWS),
    "one-hot, not normalised": (np.eye(4)[LABELS], 7 * SHARES),
    "one-hot, certain": (np.eye(4)[LABELS], np.eye(4)[LABELS[::-1]]),
    "classes": (LABELS, SHARES),
    "classes, logits": (LABELS, ROWS),
    "classes of steps": (RANDOM.integers(0, 4, (EXAMPLES, 3)), RANDOM.dirichlet(np.ones(4), (EXAMPLES, 3))),
    "distributions": (RANDOM.dirichlet(np.ones(4), EXAMPLES), SHARES),
    "images": (RANDOM.integers(0, 2, (EXAMPLES, 4, 5, 1)) * 1.0, RANDOM.uniform(size=(EXAMPLES, 4, 5, 1))),
}

LOGITS = {"from_logits": True}
SMOOTH = {"label_smoothing": 0.1}
CASES = [
    ("BinaryCrossentropy", {}, "yes or no"),
    ("BinaryCrossentropy", {}, "one yes or no"),
    ("BinaryCrossentropy", {}, "yes or no, certain"),
    ("BinaryCrossentropy", SMOOTH, "yes or no"),
    ("BinaryCrossentropy", LOGITS, "yes or no, logits"),
    ("BinaryCrossentropy", LOGITS | SMOOTH, "yes or no, logits"),
    ("BinaryCrossentropy", {"axis": 1}, "images"),
    ("BinaryFocalCrossentropy", {}, "yes or no"),
    ("BinaryFocalCrossentropy", {"gamma": 1.5}, "one yes or no"),
    ("BinaryFocalCrossentropy", SMOOTH, "yes or no"),
    ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "alpha": 0.3}, "yes or no"),
    ("BinaryFocalCrossentropy", LOGITS | SMOOTH | {"gamma": 3.0}, "yes or no, logits"),
    ("CategoricalCrossentropy", {}, "one-hot"),
    ("CategoricalCrossentropy", {}, "one-hot, not normalised"),
    ("CategoricalCrossentropy", {}, "one-hot, certain"),
    ("CategoricalCrossentropy", SMOOTH, "one-hot"),
    ("CategoricalCrossentropy", LOGITS, "one-hot, logits"),
    ("CategoricalCrossentropy", LOGITS | SMOOTH, "one-hot, logits"),
    ("CategoricalFocalCrossentropy", {}, "one-hot"),
    ("CategoricalFocalCrossentropy", {}, "one-hot, not normalised"),
    ("CategoricalFocalCrossentropy", SMOOTH, "one-hot"),
    ("CategoricalFocalCrossentropy", {"alpha": [0.1, 0.2, 0.3, 0.4], "gamma": 1.5}, "one-hot"),
    ("CategoricalFocalCrossentropy", LOGITS | SMOOTH, "one-hot, logits"),
    ("SparseCategoricalCrossentropy", {}, "classes"),
    ("SparseCategoricalCrossentropy", LOGITS, "classes, logits"),
    ("SparseCategoricalCrossentropy", {}, "classes of steps"),
    ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "classes"),
    ("CategoricalGeneralizedCrossEntropy", {}, "classes"),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.9}, "classes of steps"),
    ("KLDivergence", {}, "distributions"),
    ("KLDivergence", {}, "one-hot"),
    ("Poisson", {}, "positive"),
    ("MeanSquaredError", {}, "numbers"),
    ("MeanSquaredError", {}, "a number"),
    ("MeanSquaredError", {}, "a column and a vector"),
    ("MeanSquaredError", {}, "steps"),
    ("MeanAbsoluteError", {}, "numbers"),
    ("MeanAbsolutePercentageError", {}, "numbers"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("LogCosh", {}, "numbers"),
    ("LogCosh", {}, "steps"),
    ("Huber", {}, "numbers"),
    ("Huber", {"delta": 2.5}, "steps"),
    ("CosineSimilarity", {}, "numbers"),
    ("CosineSimilarity", {"axis": 1}, "steps"),
    ("Hinge", {}, "signs"),
    ("Hinge", {}, "yes or no, logits"),
    ("SquaredHinge", {}, "signs"),
    ("SquaredHinge", {}, "yes or no, logits"),
    ("CategoricalHinge", {}, "one-hot, logits"),
    ("Dice", {}, "images"),
    ("Dice", {"axis": (1, 2, 3)}, "images"),
    ("Dice", {"axis": -1}, "one-hot"),
    ("Tversky", {}, "images"),
    ("Tversky", {"alpha": 0.3, "beta": 0.7, "axis": (1, 2, 3)}, "images"),
    ("Tversky", {"alpha": 0.8, "axis": [1]}, "one-hot"),
]


def both(name, options, **more):
    """The loss of leadline and that of Keras."""
    return (getattr(module, name)(**options, **more) for module in (losses, keras.losses))


def data(kind, dtype="float32"):
    y, f = DATA[kind]
    return (y if y.dtype.kind == "i" else y.astype(dtype)), f.astype(dtype)


FIRST = {name: (name, options, kind) for name, options, kind in reversed(CASES)}


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("reduction", losses.REDUCTIONS)
@pytest.mark.parametrize(("name", "options", "kind"), FIRST.values())
def test_reductions(name, options, kind, reduction, weights):
    ours, theirs = both(name, options, reduction=reduction)
    y, f = data(kind)
    np.testing.assert_allclose(ours(y, f, weights), theirs(y, f, sample_weight=weights), rtol=1e-5, atol=1e-7)
    assert ours.name == theirs.name


@pytest.mark.parametrize("reduction", ["none", "mean_with_sample_weight"])
@pytest.mark.parametrize(("name", "options", "kind"), [case for case in CASES if case not in FIRST.values()])
def test_values(name, options, kind, reduction):
    ours, theirs = both(name, options, reduction=reduction)
    y, f = data(kind)
    values = ours.per_example(y, f)
    # Keras broadcasts weights from the last axis on: several losses of one example must each be given its weight.
    given = jnp.broadcast_to(WEIGHTS.reshape((-1,) + (1,) * (values.ndim - 1)), values.shape) if values.ndim > 1 else WEIGHTS
    np.testing.assert_allclose(ours(y, f, WEIGHTS), theirs(y, f, sample_weight=given), rtol=1e-5, atol=1e-7)


@pytest.fixture
def double_precision(monkeypatch):
    """On JAX, Keras cuts what it computes to single precision, by a table that must say otherwise."""
    monkeypatch.setitem(keras.src.backend.common.dtypes.BIT64_TO_BIT32_DTYPE, "float64", "float64")
    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    with jax.enable_x64(True):
        yield
    keras.config.set_floatx(before)


@pytest.mark.usefixtures("double_precision")
@pytest.mark.parametrize(("name", "options", "kind"), CASES)
def test_values_in_double_precision(name, options, kind):
    ours, theirs = both(name, options, reduction="none")
    values, expected = (loss(*data(kind, "float64")) for loss in (ours, theirs))
    assert values.dtype == expected.dtype == jnp.float64
    np.testing.assert_allclose(values, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize(("name", "options", "kind"), CASES)
def test_gradients(name, options, kind):
    ours, theirs = both(name, options, reduction="sum")
    y, f = data(kind)
    slopes = [jax.jit(jax.grad(lambda f, loss=loss: loss(y, f)))(f) for loss in (ours, theirs)]
    np.testing.assert_allclose(*slopes, rtol=2e-5, atol=1e-6)


EXTREMES = np.array([-1e38, -1e4, -1.0, 0.0, 1.0, 1e4, 1e38], np.float32)


@pytest.mark.parametrize("name", [name for name in FIRST if name not in ("SparseCategoricalCrossentropy", "Dice", "Tversky")])
def test_extremes_are_finite_where_those_of_keras_are(name):
    """Ours may be finite where Keras's are not, and nowhere else."""
    y, f = jnp.tile(jnp.array([1.0, 0.0]), (len(EXTREMES), 1)), jnp.stack([EXTREMES, EXTREMES / 2], axis=-1)
    y = y[:, 1] if name == "CategoricalGeneralizedCrossEntropy" else y
    found = []
    for loss in both(name, {}, reduction="none"):
        values, back = jax.jit(lambda f, loss=loss: jax.vjp(lambda f: loss(y, f), f))(f)
        found.append((values, back(jnp.ones_like(values))[0]))
    for mine, expected in zip(*found, strict=True):
        finite = np.isfinite(expected)
        assert finite.any()
        assert np.isfinite(mine)[finite].all()


def test_every_loss_of_keras_is_here_or_named():
    theirs = {name for name, thing in vars(keras.losses).items() if inspect.isclass(thing)}
    assert theirs - set(losses.__all__) == {"CTC", "Circle"}  # one is of sequences, one of pairs of examples
    assert {name for name, *_ in CASES} == theirs - {"CTC", "Circle", "Loss"}


def test_names_are_those_of_keras():
    theirs = set(keras.src.losses.ALL_OBJECTS_DICT) - {"CTC", "ctc", "Circle", "circle", "Loss", "LossFunctionWrapper"}
    assert set(losses.LOSSES) == theirs


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES}))
def test_arguments_and_defaults_are_those_of_keras(name):
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (losses, keras.losses))
    missing = {"dtype", "axis"} if name == "SparseCategoricalCrossentropy" else {"dtype"}
    assert set(ours) == set(theirs) - missing
    assert {key: value.default for key, value in ours.items()} == {key: theirs[key].default for key in ours}
