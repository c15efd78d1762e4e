"""Numbers at their extremes, and what must not depend on how examples are batched: the lines that no other file looks at.

Activations at ±0 … ±∞ are in tests/activations, each layer's gradients, jit against eager and vmap against a loop in
tests/layers/test_conformance.py, the rows that fill the last batch in tests/training/test_program.py.
"""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import layers, losses, optimizers
from leadline.layers import Dense
from leadline.network import Network, layer_names
from leadline.training.program import Epochs, train
from leadline.training.state import Examples, Recipe, begin, numeric

RANDOM = np.random.default_rng(0)
ANY = (-1e38, -1e4, -0.0, 0.0, 1e4, 1e38)
SHARES = (-0.0, 0.0, 1e-5, 0.5, 1.0)
AMOUNTS = (-0.0, 0.0, 1e4, 1e38)
LABELS, ONE_HOT, BITS = np.array([2]), np.eye(4)[[2]], np.array([[1.0, 0.0, 1.0, 0.0]])
NUMBERS, COUNTS, ROWS = np.array([[0.5, -1.0, 3.0, 0.0]]), np.array([[2.0, 0.0, 1.0, 3.0]]), np.array([[0.1, 0.2, 0.3, 0.4]])
# what is predicted, which values it may be, and the losses that read it, each with targets
READ = {
    "logits": (
        ANY,
        [
            (losses.BinaryCrossentropy(from_logits=True), BITS),
            (losses.CategoricalCrossentropy(from_logits=True), ONE_HOT),
            (losses.SparseCategoricalCrossentropy(from_logits=True), LABELS),
            (losses.BinaryFocalCrossentropy(from_logits=True), BITS),
            (losses.CategoricalFocalCrossentropy(from_logits=True), ONE_HOT),
        ],
    ),
    "numbers": (
        ANY,
        [
            (losses.MeanSquaredError(), NUMBERS),
            (losses.MeanAbsoluteError(), NUMBERS),
            (losses.MeanAbsolutePercentageError(), NUMBERS + 0.25),
            (losses.LogCosh(), NUMBERS),
            (losses.Huber(), NUMBERS),
            (losses.Hinge(), 2 * BITS - 1),
            (losses.SquaredHinge(), 2 * BITS - 1),
            (losses.CategoricalHinge(), ONE_HOT),
        ],
    ),
    "probabilities": (
        SHARES,
        [
            (losses.BinaryCrossentropy(), BITS),
            (losses.CategoricalCrossentropy(), ONE_HOT),
            (losses.SparseCategoricalCrossentropy(), LABELS),
            (losses.BinaryFocalCrossentropy(), BITS),
            (losses.CategoricalFocalCrossentropy(), ONE_HOT),
            (losses.CategoricalGeneralizedCrossEntropy(), LABELS),
            (losses.KLDivergence(), ROWS),
            (losses.Dice(axis=-1), BITS),
            (losses.Tversky(axis=[-1]), BITS),
        ],
    ),
    "amounts": (AMOUNTS, [(losses.Poisson(), COUNTS), (losses.MeanSquaredLogarithmicError(), COUNTS)]),
}
AT_EXTREMES = [
    pytest.param(loss, y, value, place, id=f"{type(loss).__name__}-{kind}-{value}-{place}")
    for kind, (values, each) in READ.items()
    for loss, y in each
    for value in values
    for place in (0, 2)
]


def value_and_slope(loss, y, f, dtype):
    """The loss of one example and its gradient, in single or double precision, as double."""
    with jax.enable_x64(dtype == np.float64):
        targets = jnp.asarray(y, np.int32 if y.dtype.kind == "i" else dtype)
        value, slope = jax.value_and_grad(lambda f: loss.per_example(targets, f)[0])(jnp.asarray(f, dtype))
        return np.asarray(value), np.asarray(slope)


def test_every_loss_is_looked_at_but_the_cosine():
    """Which says of itself that it is 0 where squares overflow, and is tested so in tests/losses/test_regression.py."""
    looked_at = {type(loss).__name__ for _, each in READ.values() for loss, _ in each}
    kinds = {kind.__name__ for kind in (*losses.KINDS, losses.CategoricalGeneralizedCrossEntropy)}
    assert looked_at == kinds - {"CosineSimilarity"}


@pytest.mark.parametrize(("loss", "y", "value", "place"), AT_EXTREMES)
def test_losses_and_their_slopes_are_those_of_double_precision(loss, y, value, place):
    """What double precision gives, as single precision can hold it: an infinity only where the number is beyond it, no NaN."""
    f = np.array([[0.3, 0.2, 0.4, 0.1]])
    f[0, place] = value
    with np.errstate(over="ignore"):
        expected = [np.asarray(each, np.float32) for each in value_and_slope(loss, y, f, np.float64)]
    found = value_and_slope(loss, y, f, np.float32)
    for single, double in zip(found, expected, strict=True):
        assert not np.isnan(double).any()
        np.testing.assert_allclose(single, double, rtol=2e-4, atol=1e-6)


NORMALISING = [
    layers.BatchNormalization(),
    layers.LayerNormalization(),
    layers.GroupNormalization(2),
    layers.RMSNormalization(),
    layers.UnitNormalization(),
]


@pytest.mark.parametrize("layer", NORMALISING, ids=lambda layer: type(layer).__name__)
@pytest.mark.parametrize("constant", [0.0, -3.0, 1e4])
def test_without_any_variance_values_and_slopes_are_finite(layer, constant):
    x = jnp.full((5, 4), constant)
    params, state = layer.init(jax.random.key(0), (4,))

    def total(params, x):
        y, after = layer.apply(params, state, x, training=True)
        return jnp.sum(y**2), (y, after)

    slopes, seen = jax.grad(total, argnums=(0, 1), has_aux=True)(params, x)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((slopes, seen)))


NETWORK = Network(each := (Dense(5, "tanh"), Dense(1)), layer_names(each), (3,))
RECIPE = numeric(Recipe(NETWORK, losses.MeanSquaredError(), optimizers.SGD(0.1)))
START = begin(RECIPE, jax.random.key(0))
X, Y = (jnp.asarray(RANDOM.normal(size=(8, width)), jnp.float32) for width in (3, 1))


def stepped(order, weight=None):
    """The weights after one epoch of batches of these rows."""
    order = jnp.asarray(order, jnp.int32)
    state, _ = train(RECIPE, START, Examples(X, Y, weight), Epochs(order[None], np.int32(1)), order.size, jax.random.key(1), None)
    return state.params


def close(one, other, tolerance=1e-6):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), one, other)


def test_the_order_within_a_batch_makes_no_difference():
    close(stepped([[0, 1, 2, 3, 4, 5, 6, 7]]), stepped([[5, 0, 7, 2, 6, 4, 1, 3]]))


def test_the_step_of_a_batch_is_the_mean_of_the_steps_of_its_parts():
    whole, parts = stepped([[0, 1, 2, 3, 4, 5, 6, 7]]), [stepped([[0, 1, 2, 3]]), stepped([[4, 5, 6, 7]])]
    close(whole, jax.tree.map(lambda a, b: (a + b) / 2, *parts))
    uneven = [stepped([[0, 1, 2, 3, 4, 5]]), stepped([[6, 7]])]
    close(whole, jax.tree.map(lambda a, b: (6 * a + 2 * b) / 8, *uneven))


def test_a_row_of_weight_two_is_the_row_twice():
    twice = jnp.array([2.0, 1, 1, 1, 0, 0, 0, 0])
    weighted, doubled = stepped([[0, 1, 2, 3]], twice), stepped([[0, 0, 1, 2, 3]])
    change = lambda params: jax.tree.map(lambda a, b: a - b, params, START.params)  # noqa: E731
    close(jax.tree.map(lambda a: 4 * a / 5, change(weighted)), change(doubled))
