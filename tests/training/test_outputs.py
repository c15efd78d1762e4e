"""Several outputs: their losses as one, their records, and metrics that look at one of them."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses, metrics, optimizers
from leadline.errors import DataError, ShapeError
from leadline.layers import Dense, Input
from leadline.models.inputs import batched
from leadline.network import between
from leadline.training import program
from leadline.training.outputs import Joint, OfOutput
from leadline.training.program import Epochs
from leadline.training.state import Examples, Recipe, begin, numeric

RNG = np.random.default_rng(0)
ROWS = 7
X = RNG.normal(size=(ROWS, 3)).astype(np.float32)
NUMBERS, BITS = RNG.normal(size=(ROWS, 1)).astype(np.float32), RNG.integers(0, 2, (ROWS, 1)).astype(np.float32)
OUTPUTS = RNG.normal(size=(ROWS, 1)).astype(np.float32), RNG.uniform(0.1, 0.9, (ROWS, 1)).astype(np.float32)
WEIGHTS = RNG.uniform(0, 2, ROWS).astype(np.float32)
PARTS = losses.MeanSquaredError(), losses.BinaryCrossentropy()
JOINT = Joint(PARTS, (1.0, 0.25), ("price", "flag"))
Y = NUMBERS, BITS


def test_it_is_the_weighted_sum():
    alone = [float(part(y, f)) for part, y, f in zip(PARTS, Y, OUTPUTS, strict=True)]
    assert float(JOINT(Y, OUTPUTS)) == pytest.approx(alone[0] + 0.25 * alone[1], rel=1e-6)
    rows = JOINT.per_example(Y, OUTPUTS)
    assert rows.shape == (ROWS,)
    assert float(rows.mean()) == pytest.approx(float(JOINT(Y, OUTPUTS)), rel=1e-6)
    weighted = [float(part(y, f, WEIGHTS)) for part, y, f in zip(PARTS, Y, OUTPUTS, strict=True)]
    assert float(JOINT(Y, OUTPUTS, WEIGHTS)) == pytest.approx(weighted[0] + 0.25 * weighted[1], rel=1e-6)


def test_each_part_keeps_its_reduction():
    summed = Joint((PARTS[0].replace(reduction="sum"), PARTS[1]), (1.0, 0.25), JOINT.names)
    alone = [float(part(y, f)) for part, y, f in zip(PARTS, Y, OUTPUTS, strict=True)]
    assert float(summed(Y, OUTPUTS)) == pytest.approx(ROWS * alone[0] + 0.25 * alone[1], rel=1e-6)


def test_what_each_counts_is_a_number_of_the_program():
    other = Joint(PARTS, (0.5, 7.0), JOINT.names)
    assert jax.tree.structure(JOINT) == jax.tree.structure(other)
    assert jax.tree.structure(JOINT) != jax.tree.structure(Joint(PARTS, (1.0, 0.25), ("price", "other")))
    assert JOINT.records == ("price_loss", "flag_loss")


@pytest.mark.parametrize(
    ("y", "error", "message"),
    [
        (NUMBERS, ShapeError, "has the outputs price, flag, and wants targets for each. Got one array"),
        ((NUMBERS,), ShapeError, "wants targets for each. Got 1 of them"),
        ((NUMBERS, BITS, BITS), ShapeError, "Got 3 of them"),
        ((NUMBERS, BITS + 1), DataError, "0 or 1"),
        ((NUMBERS * np.nan, BITS), DataError, "must be finite"),
    ],
)
def test_targets_that_do_not_fit(y, error, message):
    JOINT.check(Y, (1, 1))
    with pytest.raises(error, match=message):
        JOINT.check(y, (1, 1))


def test_a_metric_of_one_output():
    for place, metric in ((0, metrics.get("mae")), (1, metrics.BinaryAccuracy())):
        own = OfOutput(place, metric, name="any")
        state = own.update(own.init(), Y, OUTPUTS, WEIGHTS)
        assert float(own.result(state)) == pytest.approx(float(metric(Y[place], OUTPUTS[place], WEIGHTS)), rel=1e-6)
    assert len(jax.tree.leaves(OfOutput(1, metrics.BinaryAccuracy()))) == 1


def recipe(shares, weight_first=None):
    x = Input((3,))
    network = between(x, [Dense(1, name="price")(x), Dense(1, "sigmoid", name="flag")(x)])
    first = PARTS[0] if weight_first is None else PARTS[0].replace(reduction=weight_first)
    loss = Joint((first, PARTS[1]), shares, ("price", "flag"))
    return numeric(Recipe(network, loss, optimizers.SGD(0.0), (OfOutput(0, metrics.get("mae"), name="price_mae"),)))


def trained(made, data, batch):
    steps = -(-ROWS // batch)
    order = np.zeros((1, steps * batch), np.int32)
    order[0, :ROWS] = np.arange(ROWS)
    start = begin(made, jax.random.key(0))
    params = jax.tree.map(jnp.copy, start.params)
    epochs = Epochs(order.reshape(1, steps, batch), np.int32(1))
    _, report = program.run_epochs(
        made, start, jax.tree.map(jnp.asarray, data), epochs, ROWS, jax.random.key(1), batched(data, batch)
    )
    return params, {name: float(values[0]) for name, values in report.records.items()}


@pytest.mark.parametrize("weight", [None, WEIGHTS])
def test_records_are_the_losses_as_they_are_reduced(weight):
    """The rate is 0, so all batches see the same weights; what counts more is recorded as if it counted 1, as in Keras."""
    made = recipe((2.0, 0.5))
    params, records = trained(made, Examples(X, Y, weight), 3)
    outputs, _ = made.network.apply(params, {}, X)
    alone = [float(part(y, f, weight)) for part, y, f in zip(PARTS, Y, outputs, strict=True)]
    for before in ("", "val_"):
        assert records[f"{before}price_loss"] == pytest.approx(alone[0], rel=1e-5)
        assert records[f"{before}flag_loss"] == pytest.approx(alone[1], rel=1e-5)
        assert records[f"{before}loss"] == pytest.approx(2 * alone[0] + 0.5 * alone[1], rel=1e-5)
        assert records[f"{before}price_mae"] == pytest.approx(float(abs(Y[0] - outputs[0]).mean()), rel=1e-5)


def test_a_sum_is_recorded_as_the_sum_of_a_batch():
    made = recipe((1.0, 1.0), "sum")
    params, records = trained(made, Examples(X, Y, None), ROWS)
    outputs, _ = made.network.apply(params, {}, X)
    assert records["price_loss"] == pytest.approx(float(((Y[0] - outputs[0]) ** 2).sum()), rel=1e-5)
