"""The epoch as one operation against the same epoch step by step, and who takes which way."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import constraints, losses, metrics, optimizers, schedules
from leadline.data.batches import epoch_order
from leadline.layers import Dense, Dropout
from leadline.native import chain, library
from leadline.native import epoch as native
from leadline.network import Network, layer_names
from leadline.regularizers import L1, L2
from leadline.training import program
from leadline.training.program import Epochs
from leadline.training.state import Examples, Recipe, begin, numeric

compiled = pytest.mark.skipif(not library.is_there(), reason="leadline was installed without a C++ compiler")

RNG = np.random.default_rng(0)
ROWS, FEATURES, CLASSES, EPOCHS = 45, 5, 3, 3
X = RNG.normal(size=(ROWS, FEATURES)).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, ROWS).astype(np.int32)
NUMBERS = RNG.normal(size=(ROWS, 1)).astype(np.float32)
BITS = (NUMBERS > 0).astype(np.float32)
KEY = jax.random.key(3)
SPARSE = losses.SparseCategoricalCrossentropy(from_logits=True)
BINARY = losses.BinaryCrossentropy(from_logits=True)


def recipe(*layers, loss=SPARSE, optimizer=None, measured=()):
    layers = layers or (Dense(17, "relu"), Dense(CLASSES))
    return numeric(Recipe(Network(layers, layer_names(layers), (FEATURES,)), loss, optimizer or optimizers.Adam(0.01), measured))


def orders(batch):
    return np.stack([epoch_order(np.arange(ROWS), ROWS, batch, seed=1, epoch=epoch) for epoch in range(EPOCHS)])


def chain_of(made, data=None, batch=8):
    data = Examples(X, LABELS, None) if data is None else data
    return native.chain_of(made, begin(made, KEY).params, jax.tree.map(jnp.asarray, data), batch)


def trained(monkeypatch, made, data, batch, in_one, start=None):
    """The end of a training and its report, by the operation or step by step."""
    with monkeypatch.context() as patch:
        if not in_one:
            patch.setattr(chain, "is_there", lambda: False)
        run = jax.jit(lambda *given: program.train(*given, ROWS, KEY, None))  # a new function, so that it is traced anew
        order = orders(batch)
        end, report = run(made, begin(made, KEY) if start is None else start, data, Epochs(order, np.int32(EPOCHS)))
    return jax.device_get((end._replace(state=()), report))


def same(one, other, tolerance=2e-5):
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance), one, other)


@compiled
@pytest.mark.parametrize(("hidden", "batch"), [("linear", 1), ("relu", 8), ("sigmoid", 13), ("tanh", 64)])
def test_it_gives_what_the_steps_give(monkeypatch, hidden, batch):
    made = recipe(Dense(16, hidden), Dense(33, hidden, use_bias=False), Dense(CLASSES))
    data = Examples(X, LABELS, None)
    assert chain_of(made, batch=batch) is not None
    same(*(trained(monkeypatch, made, data, batch, in_one) for in_one in (True, False)))


@compiled
@pytest.mark.parametrize(
    ("loss", "y", "units", "last", "weighted"),
    [
        (SPARSE, LABELS, CLASSES, "linear", True),
        (SPARSE, LABELS[:, None].astype(np.float32), CLASSES, "sigmoid", False),
        (BINARY, BITS, 1, "linear", True),
        (BINARY, BITS[:, 0].astype(np.int32), 1, "tanh", False),
        (losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2), np.hstack([BITS, 1 - BITS]), 2, "linear", True),
        (losses.MeanSquaredError(), NUMBERS, 1, "sigmoid", True),
        (losses.MeanSquaredError(), NUMBERS * np.arange(20, dtype=np.float32), 20, "relu", False),
    ],
)
def test_every_cost_and_penalty(monkeypatch, loss, y, units, last, weighted):
    made = recipe(
        Dense(9, "tanh", kernel_regularizer=L2(0.1)),
        Dense(units, last, kernel_regularizer=L2(0.02), bias_regularizer=L2(0.5)),
        loss=loss,
    )
    data = Examples(X, y, np.linspace(0, 2, ROWS, dtype=np.float32) if weighted else None)
    assert chain_of(made, data) is not None
    same(*(trained(monkeypatch, made, data, 8, in_one) for in_one in (True, False)))


@compiled
def test_metrics_and_a_schedule(monkeypatch):
    rate = schedules.ExponentialDecay(0.05, decay_steps=3, decay_rate=0.7)
    made = recipe(optimizer=optimizers.Adam(rate), measured=(metrics.SparseCategoricalAccuracy(),))
    one, other = (trained(monkeypatch, made, Examples(X, LABELS, None), 8, in_one) for in_one in (True, False))
    same(one, other)
    assert set(one[1].records) == {"cost", "penalty", "loss", "sparse_categorical_accuracy"}


@compiled
def test_a_population_trains_as_its_members_do(monkeypatch):
    strengths = (0.0, 0.01, 1.0)
    made = [recipe(Dense(6, "relu", kernel_regularizer=L2(one)), Dense(CLASSES)) for one in strengths]
    data = Examples(jnp.asarray(X), jnp.asarray(LABELS), None)
    each = [trained(monkeypatch, one, data, 8, in_one=True) for one in made]
    many = jax.tree.map(lambda *leaves: jnp.stack(leaves), *made)
    starts = jax.tree.map(lambda *leaves: jnp.stack(leaves), *(begin(one, KEY) for one in made))
    order = jnp.stack([jnp.asarray(orders(8))] * 3)

    def one(recipe, start, order):
        return program.train(recipe, start, data, Epochs(order, np.int32(EPOCHS)), ROWS, KEY, None)

    def twice(*given):
        return jax.vmap(jax.vmap(one))(*(jax.tree.map(lambda leaf: leaf[None], part) for part in given))

    for how in (jax.vmap(one), twice):
        end, report = jax.jit(how)(many, starts, order)
        for place, (alone, told) in enumerate(each):
            own = jax.tree.map(lambda leaf, place=place: leaf.reshape(3, -1)[place], (end._replace(state=()), report))
            jax.tree.map(lambda a, b: np.testing.assert_array_equal(a, np.ravel(b)), own, (alone, told))


@compiled
def test_a_training_in_two_calls_is_that_in_one(monkeypatch):
    made, data = recipe(), Examples(jnp.asarray(X), jnp.asarray(LABELS), None)
    run = jax.jit(lambda start, order, count: program.train(made, start, data, Epochs(order, count), ROWS, KEY, None))
    order = orders(8)
    whole, _ = run(begin(made, KEY), order, np.int32(3))
    part, _ = run(begin(made, KEY), order, np.int32(1))
    part, _ = run(part, np.roll(order, -1, axis=0), np.int32(2))
    jax.tree.map(np.testing.assert_array_equal, whole, part)


@compiled
@pytest.mark.parametrize(
    ("loss", "y", "units", "hidden", "place"),
    [
        (SPARSE, LABELS, CLASSES, "relu", "X"),
        (SPARSE, LABELS, CLASSES, "tanh", "params"),
        (BINARY, BITS, 1, "sigmoid", "X"),
        (BINARY, BITS, 1, "relu", "y"),
        (losses.MeanSquaredError(), NUMBERS, 1, "tanh", "weight"),
        (losses.MeanSquaredError(), NUMBERS, 1, "relu", "params"),
    ],
)
def test_what_is_not_finite_is_found_at_the_same_step(monkeypatch, loss, y, units, hidden, place):
    made = recipe(Dense(6, hidden), Dense(units), loss=loss)
    start, values = begin(made, KEY), {"X": X.copy(), "y": y.copy(), "weight": np.ones(ROWS, np.float32)}
    if place == "params":
        start.params["dense"]["kernel"] = start.params["dense"]["kernel"].at[0, 0].set(np.nan)
    else:
        values[place][orders(8)[0, 2, 1]] = np.nan
    data = Examples(**values)
    one, other = (trained(monkeypatch, made, data, 8, in_one, start) for in_one in (True, False))
    assert one[1].bad_step == other[1].bad_step == (0 if place == "params" else 2)
    assert one[1].done == 0
    same(one, other)  # the epoch is undone


@compiled
def test_a_weight_that_no_gradient_reaches_stays_without_epsilon_too(monkeypatch):
    made = recipe(Dense(6, "relu"), Dense(CLASSES), optimizer=optimizers.Adam(0.01, epsilon=0.0))
    still = X.copy()
    still[:, 0] = 0  # its weights see no slope
    end, report = trained(monkeypatch, made, Examples(still, LABELS, None), 8, in_one=True)
    assert report.done == EPOCHS
    np.testing.assert_array_equal(end.params["dense"]["kernel"][0], begin(made, KEY).params["dense"]["kernel"][0])


@compiled
def test_a_label_that_is_no_class_costs_nothing_and_moves_nothing(monkeypatch):
    labels = LABELS.copy()
    labels[::3] = [-1, 7, 2**31 - 1] * 5
    same(*(trained(monkeypatch, recipe(), Examples(X, labels, None), 8, in_one) for in_one in (True, False)))


@compiled
@pytest.mark.parametrize("name", ["sigmoid", "tanh"])
def test_its_activations_are_right_everywhere(name):
    at = [0.0, 1e-30, 1e-3, -0.24, 0.26, 3.0, -20.0, 90.0, -1e4, np.inf, -np.inf]
    made = recipe(Dense(len(at), name, kernel_initializer="zeros"), loss=losses.MeanSquaredError())
    start = begin(made, KEY)
    start.params["dense"]["bias"] = jnp.asarray(at, jnp.float32)
    data = Examples(jnp.asarray(X), jnp.zeros((ROWS, len(at))), None)
    chain = native.chain_of(made, start.params, data, 1)
    vector, _ = jax.flatten_util.ravel_pytree(start.params)
    order = jnp.zeros((1, 1), jnp.int32)
    _, steps = native.run(chain, made, start._replace(params=vector), data, order, 1, with_outputs=True)
    with np.errstate(over="ignore"):
        exact = np.tanh(np.float64(at)) if name == "tanh" else 1 / (1 + np.exp(-np.float64(at)))
    np.testing.assert_allclose(steps.outputs[0, 0], exact, rtol=3e-7, atol=1e-37)


def test_without_the_library_there_is_no_such_way(monkeypatch):
    monkeypatch.setattr(chain, "is_there", lambda: False)
    assert chain_of(recipe()) is None


@compiled
@pytest.mark.parametrize(
    "made",
    [
        lambda: recipe(Dense(4, "gelu"), Dense(CLASSES)),
        lambda: recipe(Dense(4, "relu"), Dropout(0.5), Dense(CLASSES)),
        lambda: recipe(Dense(4, kernel_regularizer=L1(0.1)), Dense(CLASSES)),
        lambda: recipe(Dense(4, kernel_constraint=constraints.NonNeg()), Dense(CLASSES)),
        lambda: recipe(Dense(4, trainable=False), Dense(CLASSES)),
        lambda: recipe(Dense(4, dtype="mixed_bfloat16"), Dense(CLASSES)),
        lambda: recipe(Dense(150_000), Dense(CLASSES)),
        lambda: recipe(loss=losses.SparseCategoricalCrossentropy()),
        lambda: recipe(loss=losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=1)),
        lambda: recipe(loss=losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")),
        lambda: recipe(loss=losses.get("mae")),
        lambda: recipe(optimizer=optimizers.SGD(0.1)),
        lambda: recipe(optimizer=optimizers.AdamW(0.1)),
        lambda: recipe(optimizer=optimizers.Adam(amsgrad=True)),
        lambda: recipe(optimizer=optimizers.Adam(clipnorm=1.0)),
        lambda: recipe(optimizer=optimizers.Adam(weight_decay=0.1)),
        lambda: recipe(optimizer=optimizers.Adam(use_ema=True)),
        lambda: recipe(optimizer=optimizers.Adam(gradient_accumulation_steps=2)),
    ],
)
def test_what_it_cannot_do_goes_step_by_step(made):
    assert chain_of(recipe()) is not None
    assert chain_of(made()) is None


@compiled
def test_other_precisions_and_shapes_go_step_by_step():
    assert chain_of(recipe(), Examples(X.astype(np.float16), LABELS, None)) is None
    assert chain_of(recipe(), batch=1 << 20) is None
    assert chain_of(recipe(loss=losses.MeanSquaredError()), Examples(X, NUMBERS, None)) is None  # broadcast to all outputs
    with jax.enable_x64(True):
        assert chain_of(recipe(), Examples(X.astype(np.float64), LABELS, None)) is None
