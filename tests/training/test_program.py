"""The compiled program against loops in NumPy, in float64, and its promises: padding, undone epochs, many epochs a call."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses, metrics, optimizers, reference
from leadline.data.batches import epoch_order
from leadline.errors import ShapeError
from leadline.layers import Dense, Dropout
from leadline.network import Network, layer_names
from leadline.regularizers import L2
from leadline.training import program, state
from leadline.training.program import Epochs
from leadline.training.state import Examples, Recipe, begin, numeric

pytestmark = pytest.mark.usefixtures("optimised")

RNG = np.random.default_rng(0)
ROWS, BATCH, EPOCHS = 7, 3, 4
X = RNG.normal(size=(ROWS, 2))
NUMBERS, BITS, CLASSES = RNG.normal(size=(ROWS, 1)), np.array([[0, 1, 1, 0, 1, 0, 0]]).T, np.array([0, 2, 1, 1, 0, 2, 2])
KEY = jax.random.key(0)
FUNCTIONS = {"relu": reference.relu, "sigmoid": reference.sigmoid, "softmax": reference.softmax, "linear": reference.linear}


def recipe(*layers, loss="mse", optimizer=None, metrics=(), features=2):
    network = Network(layers, layer_names(layers), (features,))
    return numeric(Recipe(network, losses.get(loss), optimizer or optimizers.SGD(0.1), tuple(metrics)))


def orders(epochs=EPOCHS, rows=ROWS, batch=BATCH, **options):
    own = np.arange(rows)
    return np.stack([epoch_order(own, rows, batch, seed=1, epoch=epoch, **options) for epoch in range(epochs)])


def run(made, start, data, order, count=None, positions=ROWS, validation=None):
    """`run_epochs` on a copy of the state."""
    count = len(order) if count is None else count
    given = jax.tree.map(jnp.copy, start)
    epochs = Epochs(order, np.int32(count))
    end, report = program.run_epochs(made, given, jax.tree.map(jnp.asarray, data), epochs, positions, KEY, validation)
    return jax.device_get(end), jax.device_get(report)


def by_hand(params, data, cost, scale, strength, optimizer):
    """The same training with the functions of the reference: weights, and the running means of cost and penalty."""
    layers = [reference.Layer(p["kernel"], p["bias"], FUNCTIONS[name]) for p, name in params]
    memory, records = None, []
    for order in orders():
        totals = np.zeros(2)
        for rows in (order.ravel()[first : min(first + BATCH, ROWS)] for first in range(0, ROWS, BATCH)):
            x, y, n = X[rows], data[rows], len(rows)
            totals += n * np.array([scale * cost(y, reference.sequential_matrix(x, layers)), 0.0])
            totals[1] += n * reference.penalty(layers, n, 2 * n * strength)
            slopes = reference.backward(x, y, layers, cost, 2 * n * strength / scale)
            gradients = [scale * part for pair in slopes for part in pair]
            weights = [part for layer in layers for part in layer[:2]]
            if optimizer == "adam":
                weights, memory = reference.adam(weights, gradients, memory, learning_rate=0.1)
            else:
                weights = [w - 0.1 * g for w, g in zip(weights, gradients, strict=True)]
            layers = [reference.Layer(*weights[2 * i : 2 * i + 2], layer.g) for i, layer in enumerate(layers)]
        records.append(totals / ROWS)
    return layers, np.array(records)


# loss, targets, units and activation of the last layer, the reference's cost, how many times it the loss is, L2, optimizer
@pytest.mark.parametrize(
    ("loss", "y", "units", "activation", "cost", "scale", "strength", "optimizer"),
    [
        ("mse", NUMBERS, 1, "linear", reference.squared_error, 2, 0.0, "sgd"),
        ("mse", NUMBERS, 1, "linear", reference.squared_error, 2, 0.05, "adam"),
        ("bce", BITS, 1, "sigmoid", reference.binary_crossentropy, 1, 0.05, "sgd"),
        (
            losses.BinaryCrossentropy(from_logits=True),
            BITS,
            1,
            "linear",
            reference.binary_crossentropy_from_logits,
            1,
            0.0,
            "adam",
        ),
        ("sparse_categorical_crossentropy", CLASSES, 3, "softmax", reference.sparse_categorical_crossentropy, 1, 0.0, "sgd"),
        (
            losses.SparseCategoricalCrossentropy(from_logits=True),
            CLASSES,
            3,
            "linear",
            reference.sparse_categorical_crossentropy_from_logits,
            1,
            0.05,
            "adam",
        ),
    ],
)
def test_training_is_the_loop_of_the_reference(loss, y, units, activation, cost, scale, strength, optimizer):
    with jax.enable_x64(True):
        chosen = optimizers.Adam(0.1) if optimizer == "adam" else optimizers.SGD(0.1)
        layers = (Dense(5, "sigmoid", kernel_regularizer=L2(strength)), Dense(units, activation, kernel_regularizer=L2(strength)))
        made = recipe(*layers, loss=loss, optimizer=chosen)
        start = begin(made, jax.random.key(1))
        end, report = run(made, start, Examples(X, y, np.ones(ROWS)), orders())
        params = zip(jax.device_get(start.params).values(), ("sigmoid", activation), strict=True)
        expected, records = by_hand(list(params), y, cost, scale, strength, optimizer)
    for own, layer in zip(end.params.values(), expected, strict=True):
        np.testing.assert_allclose(own["kernel"], layer.W, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(own["bias"], layer.b, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(report.records["cost"], records[:, 0], rtol=1e-9)
    np.testing.assert_allclose(report.records["penalty"], records[:, 1], rtol=1e-9)
    np.testing.assert_allclose(report.records["loss"], records.sum(axis=1), rtol=1e-9)
    assert int(end.step) == EPOCHS * 3


# what the weighted losses of a batch are divided by: of n examples with weights w
REDUCTIONS = {
    "sum_over_batch_size": len,
    "mean": len,
    "sum": lambda w: 1.0,
    "mean_with_sample_weight": lambda w: np.sum(w) or 1.0,
}


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_weights_and_reductions_by_hand(reduction):
    weights = np.array([0.0, 0.0, 0.0, 2.0, 1.0, 0.5, 3.0])  # the first batch has none that counts
    divisor, order = REDUCTIONS[reduction], orders(2, shuffle=False)
    with jax.enable_x64(True):
        made = recipe(Dense(1, use_bias=False), loss=losses.MeanSquaredError(reduction=reduction))
        start = begin(made, jax.random.key(1))
        end, report = run(made, start, Examples(X, NUMBERS, weights), order)
        kernel, costs = np.asarray(start.params["dense"]["kernel"]), []
    for _ in range(2):
        total = 0.0
        for rows in (slice(0, 3), slice(3, 6), slice(6, 7)):
            x, w = X[rows], weights[rows, None]
            error = x @ kernel - NUMBERS[rows]
            total += len(x) * np.sum(w * error**2) / divisor(w)
            kernel = kernel - 0.1 * 2 * x.T @ (w * error) / divisor(w)
        costs.append(total / ROWS)
    np.testing.assert_allclose(end.params["dense"]["kernel"], kernel, rtol=1e-10)
    np.testing.assert_allclose(report.records["cost"], costs, rtol=1e-10)


def test_an_ignored_class_does_not_count():
    loss = losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2)
    counted = np.flatnonzero(CLASSES != 2)
    with jax.enable_x64(True):
        made = recipe(Dense(3), loss=loss)
        start = begin(made, jax.random.key(1))
        all_of_them = run(made, start, Examples(X, CLASSES, np.ones(ROWS)), orders(1, batch=ROWS, shuffle=False))
        rest = Examples(X[counted], CLASSES[counted], np.ones(len(counted)))
        those = run(made, start, rest, orders(1, len(counted), len(counted), shuffle=False), positions=len(counted))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), all_of_them[0].params, those[0].params)
    np.testing.assert_allclose(all_of_them[1].records["cost"], those[1].records["cost"], rtol=1e-12)


@pytest.fixture(scope="module")
def small():
    """A recipe with all that a step can have, its first state, and data with a ninth row that no epoch counts."""
    made = recipe(Dense(4, "relu"), Dropout(0.3), Dense(1), optimizer=optimizers.Adam(0.1), metrics=[metrics.MeanAbsoluteError()])
    x = np.concatenate([X, [[1e6, -1e6]]]).astype(np.float32)
    y = np.concatenate([NUMBERS, [[1e6]]]).astype(np.float32)
    return made, begin(made, jax.random.key(1)), Examples(x, y, np.ones(ROWS + 1, np.float32))


def test_what_fills_the_last_batch_leaves_no_trace(small):
    order = orders()
    poisoned = order.copy().reshape(EPOCHS, -1)
    poisoned[:, ROWS:] = ROWS
    ends = [run(*small, these) for these in (order, poisoned.reshape(order.shape))]
    jax.tree.map(np.testing.assert_array_equal, *ends)


def test_many_epochs_a_call_are_as_many_calls(small):
    made, start, data = small
    order = orders()
    once, report = run(made, start, data, order)
    step_by_step, records = start, []
    for epoch in range(EPOCHS):
        one = np.roll(order, -epoch, axis=0)
        step_by_step, part = run(made, step_by_step, data, one, count=1)
        records.append(part.records["loss"][0])
        assert np.isnan(part.records["loss"][1:]).all()
    jax.tree.map(np.testing.assert_array_equal, once, step_by_step)
    np.testing.assert_array_equal(report.records["loss"], records)
    assert (report.done, report.bad_step) == (EPOCHS, -1)


def test_every_step_draws_its_own_numbers():
    made = recipe(Dropout(0.5), Dense(1), optimizer=optimizers.SGD(0.0), features=20)
    rows = np.ones((ROWS, 20), np.float32)  # all alike, and the weights stay: only what is dropped differs
    data = Examples(rows, np.zeros((ROWS, 1), np.float32), None)
    costs = run(made, begin(made, jax.random.key(1)), data, orders(batch=ROWS))[1].records["cost"]
    assert len(set(costs.tolist())) == EPOCHS


def test_the_state_that_is_given_is_used_up(small):
    made, start, data = small
    given = jax.tree.map(jnp.copy, start)
    program.run_epochs(made, given, jax.tree.map(jnp.asarray, data), Epochs(orders(), np.int32(1)), ROWS, KEY, None)
    assert all(leaf.is_deleted() for leaf in jax.tree.leaves(given.params))


def test_an_epoch_that_is_not_finite_is_undone(small):
    made, start, data = small
    y = data.y.copy()
    y[5] = np.inf
    order = np.tile([[0, 1, 2], [3, 4, 6], [0, 1, 2]], (EPOCHS, 1, 1)).astype(np.int32)
    order[2, 1, 0] = 5  # the third epoch meets it in its second step
    end, report = run(made, start, data._replace(y=y), order)
    until, before = run(made, start, data._replace(y=y), order, count=2)
    assert (report.done, report.bad_step) == (2, 1)
    jax.tree.map(np.testing.assert_array_equal, end, until)
    for name, values in report.records.items():
        np.testing.assert_array_equal(values[:2], before.records[name][:2])
        assert np.isfinite(values[:2]).all()
        assert np.isnan(values[2:]).all()


def test_weights_that_overflow_in_the_last_step_are_seen():
    made = recipe(Dense(1), loss="mae", optimizer=optimizers.SGD(3e38))
    data = Examples(np.full((2, 2), 100, np.float32), np.ones((2, 1), np.float32), np.ones(2, np.float32))
    start = begin(made, jax.random.key(1))
    end, report = run(made, start, data, np.array([[[0, 1]]], np.int32), positions=2)
    assert (report.done, report.bad_step) == (0, 0)
    jax.tree.map(np.testing.assert_array_equal, end, jax.device_get(start))


def test_packing_is_only_a_matter_of_speed(small, monkeypatch):
    monkeypatch.setattr(state, "_FEW", 0)
    made, start, data = small
    arrays = start._replace(optimizer=made.optimizer.init(start.params))
    apart = jax.jit(lambda *given: program.train(*given, ROWS, KEY, None))
    end, _ = apart(made, arrays, data, Epochs(orders(), np.int32(EPOCHS)))
    together, _ = run(*small, orders())
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), end.params, together.params)


@pytest.mark.parametrize("batch", [1, 2, 3, 7, 8])
def test_evaluation_counts_every_example_once(small, batch):
    made, start, data = small
    steps = -(-ROWS // batch)
    fill = lambda array: np.concatenate([array[:ROWS], np.full((steps * batch - ROWS, *array.shape[1:]), 1e6, np.float32)])  # noqa: E731
    weights = np.array([1, 2, 0, 1, 1, 3, 0.5], np.float32)
    padded = np.concatenate([weights, np.full(steps * batch - ROWS, np.nan, np.float32)])
    cut = lambda array: array.reshape(steps, batch, *array.shape[1:])  # noqa: E731
    batches = Examples(cut(fill(data.X)), cut(fill(data.y)), cut(padded))
    measured = jax.device_get(jax.jit(program.evaluate)(made, start.params, start.state, batches))
    outputs = np.asarray(made.network.apply(start.params, start.state, data.X[:ROWS])[0])
    errors = (outputs - data.y[:ROWS])[:, 0]
    assert measured["cost"] == pytest.approx((weights * errors**2).sum() / ROWS, rel=1e-5)
    assert measured["loss"] == measured["cost"] + measured["penalty"]
    assert measured["mean_absolute_error"] == pytest.approx(np.abs(errors).mean(), rel=1e-5)


def test_validation_is_the_evaluation_after_the_epoch(small):
    made, start, data = small
    batches = jax.tree.map(lambda array: jnp.asarray(array[None, :5]), data)
    end, report = run(made, start, data, orders(2), validation=batches)
    measured = jax.device_get(program.evaluate(made, end.params, end.state, batches))
    assert {name for name in report.records if name.startswith("val_")} == {f"val_{name}" for name in measured}
    for name, value in measured.items():
        assert report.records[f"val_{name}"][-1] == pytest.approx(value, rel=1e-6)
    without, _ = run(made, start, data, orders(2))
    jax.tree.map(np.testing.assert_array_equal, end, without)


def test_predict_is_apply(small):
    made, start, data = small
    batches = data.X[:6].reshape(2, 3, 2)
    outputs = program.predict(made, start.params, start.state, batches)
    expected = made.network.apply(start.params, start.state, data.X[:6])[0]
    np.testing.assert_allclose(outputs.reshape(6, 1), expected, rtol=1e-6)


def test_the_loss_of_an_example_with_many_outputs_is_their_mean():
    made = recipe(Dense(3))
    y, f = RNG.normal(size=(2, 5, 4, 3))
    np.testing.assert_allclose(program.per_example(made.loss, y, f), ((y - f) ** 2).mean(axis=(1, 2)), rtol=1e-5)


@pytest.mark.parametrize("function", [lambda y, f: jnp.mean((y - f) ** 2), lambda y, f: jnp.mean((y - f) ** 2, axis=0)])
def test_a_loss_that_is_not_of_examples(function):
    with pytest.raises(ShapeError, match=r"gives an array of shape \(.*\) for a batch of 5 examples. Give one number for each"):
        program.per_example(recipe(Dense(1), loss=function).loss, np.zeros((5, 1)), np.zeros((5, 1)))
