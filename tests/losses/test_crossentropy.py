"""Cross-entropies: extremes, labels of every shape, the ignored class."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from leadline import losses
from leadline.errors import ShapeError

RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 4, 6)
LOGITS = RANDOM.normal(size=(6, 4)) * 3
PROBABILITIES = special.softmax(LOGITS, axis=-1)
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


@pytest.mark.parametrize(
    ("y_shape", "f_shape"), [((6, 4), (6, 4)), ((5,), (6, 4)), ((6, 2), (6, 4)), ((6,), (6,)), ((6, 1), (6, 1))]
)
def test_class_numbers_that_do_not_fit(y_shape, f_shape):
    with pytest.raises(ShapeError):
        losses.SparseCategoricalCrossentropy()(jnp.zeros(y_shape, int), jnp.ones(f_shape))


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


@pytest.mark.parametrize("p", [0.0, 1e-30, 0.5, 1.0])
def test_a_generalized_cross_entropy_has_a_finite_slope(p):
    loss, rows = losses.CategoricalGeneralizedCrossEntropy(), jnp.array([[p, 1 - p]])
    value, slope = jax.value_and_grad(loss, argnums=1)(jnp.array([0]), rows)
    np.testing.assert_allclose(value, (1 - np.sqrt(p)) / 0.5, rtol=1e-6)
    assert jnp.isfinite(slope).all()


@pytest.mark.parametrize("kind", [losses.CategoricalCrossentropy, losses.CategoricalFocalCrossentropy])
@pytest.mark.parametrize("from_logits", [True, False])
def test_one_class_is_none(kind, from_logits):
    with pytest.raises(ShapeError, match="have one class"):
        kind(from_logits=from_logits)(jnp.ones((3, 1)), jnp.ones((3, 1)))
