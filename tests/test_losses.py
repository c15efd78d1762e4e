"""Losses: values against double-precision formulas, gradients against differences, extremes, alignment, checks."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from leadline import losses
from leadline.errors import ArgumentError, DataError, ShapeError

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(6, 4)) * 3
PROBABILITIES = special.softmax(LOGITS, axis=-1)
LABELS = RANDOM.integers(0, 4, 6)
ONE_HOT = np.eye(4)[LABELS]
YES_NO = RANDOM.integers(0, 2, (6, 4)).astype(float)
NUMBERS = RANDOM.normal(size=(6, 4))


def log_loss(y, p):
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)).mean(-1)


def picked(log_p):
    return -log_p[np.arange(6), LABELS]


def huber(e, d):
    return np.where(abs(e) <= d, e**2 / 2, d * (abs(e) - d / 2)).mean(-1)


# loss, targets, predictions, losses per example in double precision
CASES = [
    (losses.BinaryCrossentropy(), YES_NO, PROBABILITIES, log_loss(YES_NO, PROBABILITIES)),
    (losses.BinaryCrossentropy(from_logits=True), YES_NO, LOGITS, log_loss(YES_NO, special.expit(LOGITS))),
    (losses.BinaryCrossentropy(True, 0.2), YES_NO, LOGITS, log_loss(YES_NO * 0.8 + 0.1, special.expit(LOGITS))),
    (losses.CategoricalCrossentropy(), ONE_HOT, PROBABILITIES, picked(np.log(PROBABILITIES))),
    (losses.CategoricalCrossentropy(), ONE_HOT, 7 * PROBABILITIES, picked(np.log(PROBABILITIES))),
    (losses.CategoricalCrossentropy(from_logits=True), ONE_HOT, LOGITS, picked(special.log_softmax(LOGITS, -1))),
    (
        losses.CategoricalCrossentropy(True, 0.2),
        ONE_HOT,
        LOGITS,
        -((ONE_HOT * 0.8 + 0.05) * special.log_softmax(LOGITS, -1)).sum(-1),
    ),
    (losses.SparseCategoricalCrossentropy(), LABELS, PROBABILITIES, picked(np.log(PROBABILITIES))),
    (losses.SparseCategoricalCrossentropy(from_logits=True), LABELS, LOGITS, picked(special.log_softmax(LOGITS, -1))),
    (losses.MeanSquaredError(), NUMBERS, LOGITS, ((NUMBERS - LOGITS) ** 2).mean(-1)),
    (losses.MeanAbsoluteError(), NUMBERS, LOGITS, abs(NUMBERS - LOGITS).mean(-1)),
    (losses.Huber(), NUMBERS, LOGITS, huber(NUMBERS - LOGITS, 1)),
    (losses.Huber(2.5), NUMBERS, LOGITS, huber(NUMBERS - LOGITS, 2.5)),
]
WEIGHTS = RANDOM.uniform(0.1, 2, 6)


@pytest.mark.parametrize(("loss", "y", "f", "expected"), CASES)
def test_per_example(loss, y, f, expected):
    values = loss.per_example(jnp.asarray(y), jnp.asarray(f, jnp.float32))
    assert (values.dtype, values.shape) == (jnp.float32, (6,))
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    with jax.enable_x64(True):
        np.testing.assert_allclose(loss.per_example(y, f), expected, rtol=1e-11)


@pytest.mark.parametrize(("loss", "y", "f", "expected"), CASES)
def test_gradient_equals_differences(loss, y, f, expected):
    with jax.enable_x64(True):
        total = jax.jit(jax.value_and_grad(lambda f: loss.replace(reduction="sum")(y, f)))
        direction = RANDOM.normal(size=f.shape)
        difference = (total(f + 1e-6 * direction)[0] - total(f - 1e-6 * direction)[0]) / 2e-6
        np.testing.assert_allclose((total(f)[1] * direction).sum(), difference, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    ("reduction", "expected"),
    [
        ("sum_over_batch_size", lambda v, w: (v * w).mean()),
        ("mean", lambda v, w: (v * w).mean()),
        ("sum", lambda v, w: (v * w).sum()),
        ("mean_with_sample_weight", lambda v, w: (v * w).sum() / w.sum()),
        ("none", lambda v, w: v * w),
        (None, lambda v, w: v * w),
    ],
)
def test_reductions(reduction, expected):
    loss = losses.MeanSquaredError(reduction=reduction)
    values = ((NUMBERS - LOGITS) ** 2).mean(-1)
    for weights in (None, WEIGHTS, WEIGHTS[:, None], 0.5):
        w = np.ones(6) if weights is None else np.broadcast_to(np.ravel(weights), 6)
        np.testing.assert_allclose(loss(NUMBERS, LOGITS, weights), expected(values, w), rtol=1e-5)


@pytest.mark.parametrize("reduction", ["mean", "mean_with_sample_weight"])
def test_nothing_to_count_is_a_loss_of_zero(reduction):
    loss = losses.MeanSquaredError(reduction=reduction)
    assert loss(NUMBERS, LOGITS, np.zeros(6)) == 0
    assert loss(NUMBERS[:0], LOGITS[:0]) == 0


def test_weights_of_steps_and_of_examples():
    y, f = RANDOM.normal(size=(2, 6, 3, 4))
    loss, values = losses.MeanSquaredError(reduction="none"), ((y - f) ** 2).mean(-1)
    np.testing.assert_allclose(loss(y, f, WEIGHTS), values * WEIGHTS[:, None], rtol=1e-5)
    np.testing.assert_allclose(loss(y, f, values), values**2, rtol=1e-5)


EXTREME_LOGITS = [-1e38, -1e4, -50.0, -0.0, 0.0, 50.0, 1e4, 1e38]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("z", EXTREME_LOGITS)
@pytest.mark.parametrize("y", [0.0, 1.0])
def test_binary_logits_at_extremes(y, z, dtype):
    with jax.enable_x64(dtype == "float64"):
        loss = losses.BinaryCrossentropy(from_logits=True)
        value, slope = jax.value_and_grad(lambda z: loss(jnp.full((1, 1), y), z))(jnp.full((1, 1), z, dtype))
        np.testing.assert_allclose(value, np.logaddexp(0, -z if y else z), rtol=1e-6)
        np.testing.assert_allclose(slope, -special.expit(-z) if y else special.expit(z), rtol=1e-6)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("z", EXTREME_LOGITS)
@pytest.mark.parametrize("y", [0, 1])
def test_class_logits_at_extremes(y, z, dtype):
    with jax.enable_x64(dtype == "float64"):
        logits = jnp.array([[z, 0.0]], dtype)
        expected = -special.log_softmax([z, 0.0])[y]
        slopes = special.softmax([z, 0.0]) - np.eye(2)[y]
        for loss, target in (
            (losses.SparseCategoricalCrossentropy(from_logits=True), jnp.array([y])),
            (losses.CategoricalCrossentropy(from_logits=True), jnp.eye(2)[jnp.array([y])]),
        ):
            value, gradient = jax.value_and_grad(loss, argnums=1)(target.astype(dtype), logits)
            np.testing.assert_allclose(value, expected, rtol=1e-6, atol=1e-12)
            np.testing.assert_allclose(gradient[0], slopes, rtol=1e-6, atol=2e-7 if dtype == "float32" else 1e-15)


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_certain_probabilities_have_a_finite_loss(p):
    y, f = jnp.array([[0.0], [1.0]]), jnp.full((2, 1), p)
    assert jnp.isfinite(losses.BinaryCrossentropy().per_example(y, f)).all()
    rows = jnp.array([[p, 1 - p]])
    assert jnp.isfinite(losses.CategoricalCrossentropy().per_example(jnp.array([[0.0, 1.0]]), rows)).all()
    assert jnp.isfinite(losses.SparseCategoricalCrossentropy().per_example(jnp.array([1]), rows)).all()


@pytest.mark.parametrize("error", [0.0, -0.0, 1e4, -1e4, 1e38, -1e38])
def test_residual_losses_at_extremes(error):
    y, f = jnp.zeros((1, 1)), jnp.full((1, 1), error, jnp.float32)
    with np.errstate(over="ignore"):
        square = np.float32(error) ** 2  # 1e76 is more than single precision holds
    for loss, value, slope in (
        (losses.MeanSquaredError(), square, 2 * error),
        (losses.MeanAbsoluteError(), abs(error), np.sign(error)),
        (losses.Huber(), huber(np.array([error]), 1), np.clip(error, -1, 1)),
    ):
        got, gradient = jax.value_and_grad(loss, argnums=1)(y, f)
        np.testing.assert_allclose(got, value, rtol=1e-6)
        np.testing.assert_allclose(gradient, [[slope]], rtol=1e-6)


ALIGNED = [((6,), (6,)), ((6, 1), (6,)), ((6,), (6, 1)), ((6, 1), (6, 1))]
BINARY_OR_RESIDUAL = [losses.BinaryCrossentropy(True), losses.MeanSquaredError(), losses.MeanAbsoluteError(), losses.Huber()]


@pytest.mark.parametrize(("y_shape", "f_shape"), ALIGNED)
@pytest.mark.parametrize("loss", BINARY_OR_RESIDUAL)
def test_a_vector_is_a_column(loss, y_shape, f_shape):
    y, f = YES_NO[:, 0], LOGITS[:, 0]
    expected = loss.per_example(y[:, None], f[:, None])
    np.testing.assert_array_equal(loss.per_example(y.reshape(y_shape), f.reshape(f_shape)), expected)
    assert expected.shape == (6,)


@pytest.mark.parametrize(
    ("y_shape", "f_shape"),
    [((6,), (6, 4)), ((6, 1), (6, 4)), ((6, 4), (6, 1)), ((6, 4), (4,)), ((1, 4), (6, 4)), ((), (6,)), ((), ())],
)
@pytest.mark.parametrize("loss", [*BINARY_OR_RESIDUAL, losses.CategoricalCrossentropy()])
def test_nothing_is_broadcast(loss, y_shape, f_shape):
    with pytest.raises(ShapeError):
        loss(jnp.zeros(y_shape), jnp.ones(f_shape))


@pytest.mark.parametrize(
    ("y_shape", "f_shape"), [((6, 4), (6, 4)), ((5,), (6, 4)), ((6, 2), (6, 4)), ((6,), (6,)), ((6, 1), (6, 1))]
)
def test_class_numbers_that_do_not_fit(y_shape, f_shape):
    with pytest.raises(ShapeError):
        losses.SparseCategoricalCrossentropy()(jnp.zeros(y_shape, int), jnp.ones(f_shape))


@pytest.mark.parametrize("weights", [(5,), (1,), (6, 4), (1, 1), (6, 1, 1)])
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ShapeError, match="Give one per example"):
        losses.MeanSquaredError()(NUMBERS, LOGITS, np.ones(weights))


def test_labels_with_a_last_axis_of_one_and_of_sequences():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True)
    np.testing.assert_array_equal(loss.per_example(LABELS[:, None], LOGITS), loss.per_example(LABELS, LOGITS))
    steps = loss.per_example(LABELS.reshape(2, 3), LOGITS.reshape(2, 3, 4))
    np.testing.assert_array_equal(steps.ravel(), loss.per_example(LABELS, LOGITS))


@pytest.mark.parametrize("from_logits", [True, False])
def test_an_ignored_class_leaves_no_trace(from_logits):
    loss = losses.SparseCategoricalCrossentropy(from_logits, ignore_class=-1)
    labels = np.where(np.arange(6) < 2, -1, LABELS)
    spoiled = np.where(np.arange(6)[:, None] < 2, np.nan, PROBABILITIES).astype(np.float32)
    value, gradient = jax.value_and_grad(loss, argnums=1)(labels, spoiled)
    kept, slopes = jax.value_and_grad(loss, argnums=1)(LABELS[2:], PROBABILITIES[2:].astype(np.float32))
    np.testing.assert_allclose(value, kept, rtol=1e-6)
    np.testing.assert_array_equal(gradient[:2], 0)
    np.testing.assert_allclose(gradient[2:], slopes, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(("loss", "y", "f", "expected"), CASES)
def test_half_precision_is_computed_in_single(loss, y, f, expected, dtype):
    assert loss.per_example(y, jnp.asarray(f, dtype)).dtype == jnp.float32


def test_a_population_of_smoothings_is_one_program():
    compiled = jax.jit(lambda loss: loss(ONE_HOT, LOGITS))
    single = [compiled(losses.CategoricalCrossentropy(True, s)) for s in (0.1, 0.2)]
    assert compiled._cache_size() == 1
    many = jax.vmap(lambda s: losses.CategoricalCrossentropy(True, s)(ONE_HOT, LOGITS))(jnp.array([0.1, 0.2]))
    np.testing.assert_allclose(many, single, rtol=1e-6)


NAN, INF = float("nan"), float("inf")
CHECKS = [
    (losses.BinaryCrossentropy(), [0, 1, 1], 1, None),
    (losses.BinaryCrossentropy(), [[0.3], [True]], 1, None),
    (losses.BinaryCrossentropy(), [1, 2, 1, 2], 1, r"0 or 1.*got 2 in row 1 \(2 such rows of 4\)"),
    (losses.BinaryCrossentropy(), [[1], [-1]], 1, r"got \[-1\] in row 1"),
    (losses.BinaryCrossentropy(), [0, NAN], 1, "finite; got nan in row 1"),
    (losses.BinaryCrossentropy(), [[0, 1, 1]], 2, "needs 2 numbers per example"),
    (losses.CategoricalCrossentropy(), [[0, 1], [1, 0]], 2, None),
    (losses.CategoricalCrossentropy(), [[0.25, 0.75]], 2, None),
    (losses.CategoricalCrossentropy(), [[0, 1], [1, 1]], 2, r"sum to 1; got \[1.0, 1.0\] in row 1"),
    (losses.CategoricalCrossentropy(), [[-1, 2]], 2, "not negative"),
    (losses.CategoricalCrossentropy(), [0, 1], 2, "take SparseCategoricalCrossentropy"),
    (losses.CategoricalCrossentropy(), [[0, 1, 0]], 2, "one-hot rows of 2 classes"),
    (losses.SparseCategoricalCrossentropy(), [0, 1, 2], 3, None),
    (losses.SparseCategoricalCrossentropy(), [[0.0], [2.0]], 3, None),
    (losses.SparseCategoricalCrossentropy(), [0, 1, 3, 3], 3, r"from 0 to 2; got 3.0 in row 2 \(2 such rows of 4\)"),
    (losses.SparseCategoricalCrossentropy(), [0, -1], 3, "got -1.0 in row 1"),
    (losses.SparseCategoricalCrossentropy(), [0.5, 1], 3, "whole class numbers"),
    (losses.SparseCategoricalCrossentropy(ignore_class=-1), [0, -1], 3, None),
    (losses.SparseCategoricalCrossentropy(), ["cat", "dog"], 2, "Targets must be numbers.*dtype <U3"),
    (losses.MeanSquaredError(), [1.5, -2], 1, None),
    (losses.MeanSquaredError(), [[1.5, -2]], 2, None),
    (losses.MeanSquaredError(), [1.5, INF], 1, "finite; got inf in row 1"),
    (losses.MeanSquaredError(), [1.5, -2], 2, "needs 2 numbers per example"),
    (losses.Huber(), [[1.0], [NAN]], 1, r"got \[nan\] in row 1"),
    (losses.MeanAbsoluteError(), 3.0, 1, "Targets must be numbers"),
    (losses.get(lambda y, f: y), [[1, 2, 3]], 7, None),
    (losses.get(lambda y, f: y), [NAN], 1, "finite"),
]


@pytest.mark.parametrize(("loss", "y", "outputs", "message"), CHECKS)
def test_check(loss, y, outputs, message):
    if message is None:
        assert loss.check(np.asarray(y), outputs) is None
    else:
        with pytest.raises((DataError, ShapeError), match=message):
            loss.check(np.asarray(y), outputs)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: losses.BinaryCrossentropy(label_smoothing=1.5), "between 0 and 1; got 1.5"),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=np.float32(-1)), "between 0 and 1"),
        (lambda: losses.Huber(0.0), "delta above 0; got 0.0"),
        (lambda: losses.MeanSquaredError(reduction="average"), "Unknown reduction 'average'"),
        (lambda: losses.get("binary_crossentrop"), "Did you mean 'binary_crossentropy'"),
        (lambda: losses.get(None), "got None of type NoneType"),
        (lambda: losses.get(int), "must be a name"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_every_name(name):
    made = losses.get(name)
    assert type(made) is losses.LOSSES[name]
    assert losses.get(type(made)) == made
    assert losses.get(made) is made


def test_a_function_is_a_loss():
    def cubed(y_true, y_pred):
        return jnp.mean(jnp.abs(y_pred - y_true) ** 3, axis=-1)

    loss = losses.get(cubed)
    assert loss.name == "cubed"
    expected = (abs(NUMBERS - LOGITS) ** 3).mean(-1)
    np.testing.assert_allclose(loss(NUMBERS, LOGITS, WEIGHTS), (expected * WEIGHTS).mean(), rtol=1e-5)
