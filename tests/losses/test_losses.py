"""Every loss: values against double-precision formulas, gradients against differences, reductions, alignment, names."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from leadline import losses
from leadline.errors import ArgumentError, ShapeError

RANDOM = np.random.default_rng(0)
LOGITS = RANDOM.normal(size=(6, 4)) * 3
PROBABILITIES = special.softmax(LOGITS, axis=-1)
LABELS = RANDOM.integers(0, 4, 6)
ONE_HOT = np.eye(4)[LABELS]
YES_NO = RANDOM.integers(0, 2, (6, 4)).astype(float)
NUMBERS = RANDOM.normal(size=(6, 4))
COUNTS, RATES = RANDOM.uniform(0, 9, (6, 4)), RANDOM.uniform(0.1, 9, (6, 4))
SIGNS = np.sign(NUMBERS)
ROWS = RANDOM.dirichlet(np.ones(4), 6)


def log_loss(y, p):
    return -(y * np.log(p) + (1 - y) * np.log1p(-p)).mean(-1)


def picked(log_p):
    return -log_p[np.arange(6), LABELS]


def focal(y, p, gamma):
    return ((1 - (y * p + (1 - y) * (1 - p))) ** gamma) * -(y * np.log(p) + (1 - y) * np.log1p(-p))


def cosine(y, f):
    return (y * f).sum(-1) / np.linalg.norm(y, axis=-1) / np.linalg.norm(f, axis=-1)


def shortfall(y, f):
    return np.maximum(1 - y * f, 0)


def overlap(y, f, missed, wrong, nothing=1e-7):
    both = (y * f).sum(-1)
    return 1 - both / (both + missed * (y * (1 - f)).sum(-1) + wrong * ((1 - y) * f).sum(-1) + nothing)


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
    (losses.BinaryFocalCrossentropy(), YES_NO, PROBABILITIES, focal(YES_NO, PROBABILITIES, 2).mean(-1)),
    (
        losses.BinaryFocalCrossentropy(True, alpha=0.4, gamma=1.5, from_logits=True),
        YES_NO,
        LOGITS,
        (np.where(YES_NO, 0.4, 0.6) * focal(YES_NO, special.expit(LOGITS), 1.5)).mean(-1),
    ),
    (losses.CategoricalFocalCrossentropy(1.0), ONE_HOT, PROBABILITIES, picked((1 - PROBABILITIES) ** 2 * np.log(PROBABILITIES))),
    (losses.CategoricalFocalCrossentropy(0.5, 0.0, True), ONE_HOT, LOGITS, picked(special.log_softmax(LOGITS, -1)) / 2),
    (losses.CategoricalGeneralizedCrossEntropy(0.7), LABELS, PROBABILITIES, (1 + picked(PROBABILITIES**0.7)) / 0.7),
    (losses.KLDivergence(), ROWS, PROBABILITIES, (ROWS * np.log(ROWS / PROBABILITIES)).sum(-1)),
    (losses.Poisson(), COUNTS, RATES, (RATES - COUNTS * np.log(RATES + 1e-7)).mean(-1)),
    (losses.MeanAbsolutePercentageError(), NUMBERS, LOGITS, 100 * abs((NUMBERS - LOGITS) / NUMBERS).mean(-1)),
    (losses.MeanSquaredLogarithmicError(), COUNTS, RATES, ((np.log1p(COUNTS) - np.log1p(RATES)) ** 2).mean(-1)),
    (losses.LogCosh(), NUMBERS, LOGITS, np.log(np.cosh(NUMBERS - LOGITS)).mean(-1)),
    (losses.CosineSimilarity(), NUMBERS, LOGITS, -cosine(NUMBERS, LOGITS)),
    (losses.Hinge(), SIGNS, LOGITS, shortfall(SIGNS, LOGITS).mean(-1)),
    (losses.Hinge(), YES_NO, LOGITS, shortfall(2 * YES_NO - 1, LOGITS).mean(-1)),
    (losses.SquaredHinge(), SIGNS, LOGITS, (shortfall(SIGNS, LOGITS) ** 2).mean(-1)),
    (
        losses.CategoricalHinge(),
        ONE_HOT,
        LOGITS,
        np.maximum(((1 - ONE_HOT) * LOGITS).max(-1) + picked(LOGITS) + 1, 0),
    ),
    (losses.Dice(axis=-1), YES_NO, PROBABILITIES, overlap(YES_NO, PROBABILITIES, 0.5, 0.5, 5e-8)),
    (losses.Tversky(0.3, 0.7, axis=[-1]), YES_NO, PROBABILITIES, overlap(YES_NO, PROBABILITIES, 0.3, 0.7)),
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


ALIGNED = [((6,), (6,)), ((6, 1), (6,)), ((6,), (6, 1)), ((6, 1), (6, 1))]
BINARY_OR_RESIDUAL = [losses.BinaryCrossentropy(True), losses.MeanSquaredError(), losses.MeanAbsoluteError(), losses.Huber()]
BINARY_OR_RESIDUAL += [losses.BinaryFocalCrossentropy(), losses.Hinge(), losses.LogCosh(), losses.Dice(axis=1)]


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


@pytest.mark.parametrize("weights", [(5,), (1,), (6, 4), (1, 1), (6, 1, 1)])
def test_weights_that_do_not_fit(weights):
    with pytest.raises(ShapeError, match="Give one per example"):
        losses.MeanSquaredError()(NUMBERS, LOGITS, np.ones(weights))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize(("loss", "y", "f", "expected"), CASES)
def test_half_precision_is_computed_in_single(loss, y, f, expected, dtype):
    assert loss.per_example(y, jnp.asarray(f, dtype)).dtype == jnp.float32


POPULATIONS = [
    (lambda s: losses.CategoricalCrossentropy(True, s), ONE_HOT, LOGITS),
    (lambda s: losses.CategoricalFocalCrossentropy(gamma=s), ONE_HOT, PROBABILITIES),
    (lambda s: losses.BinaryFocalCrossentropy(gamma=s), YES_NO, PROBABILITIES),
    (lambda s: losses.CategoricalGeneralizedCrossEntropy(s), LABELS, PROBABILITIES),
    (lambda s: losses.Huber(s), NUMBERS, LOGITS),
    (lambda s: losses.Tversky(s, axis=-1), YES_NO, PROBABILITIES),
]


@pytest.mark.parametrize(("make", "y", "f"), POPULATIONS)
def test_a_population_of_numbers_is_one_program(make, y, f):
    compiled = jax.jit(lambda loss: loss(y, f))
    single = [compiled(make(s)) for s in (0.1, 0.2)]
    assert compiled._cache_size() == 1
    many = jax.vmap(lambda s: make(s)(y, f))(jnp.array([0.1, 0.2]))
    np.testing.assert_allclose(many, single, rtol=1e-6)
    assert single[0] != single[1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: losses.BinaryCrossentropy(label_smoothing=1.5), "between 0 and 1; got 1.5"),
        (lambda: losses.CategoricalCrossentropy(label_smoothing=np.float32(-1)), "between 0 and 1"),
        (lambda: losses.BinaryFocalCrossentropy(label_smoothing=2), "BinaryFocalCrossentropy needs a label_smoothing"),
        (lambda: losses.Huber(0.0), "delta above 0; got 0.0"),
        (lambda: losses.CategoricalGeneralizedCrossEntropy(1.0), "q between 0 and 1; got 1.0"),
        (lambda: losses.MeanSquaredError(reduction="average"), "Unknown reduction 'average'"),
        (lambda: losses.get("binary_crossentrop"), "Did you mean 'binary_crossentropy'"),
        (lambda: losses.get(None), "got None of type NoneType"),
        (lambda: losses.get(int), "must be a name"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_loss_of_a_whole_batch_counts_once_for_each_weight():
    whole, each = losses.Dice(), losses.Dice(axis=-1)(YES_NO, PROBABILITIES)
    assert whole(YES_NO, PROBABILITIES).shape == ()
    assert whole(YES_NO, PROBABILITIES) != each
    np.testing.assert_allclose(whole(YES_NO, PROBABILITIES, WEIGHTS), whole(YES_NO, PROBABILITIES) * WEIGHTS.mean(), rtol=1e-6)


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_every_name(name):
    made = losses.get(name)
    assert type(made) is losses.LOSSES[name]
    assert losses.get(type(made)) == made
    assert losses.get(made) is made
