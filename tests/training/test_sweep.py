"""A population is a loop over models, only faster."""

import re

import jax
import numpy as np
import pytest
from jax.sharding import Mesh

import leadline as ll
from leadline import layers, losses, optimizers
from leadline.data.batches import epoch_order
from leadline.errors import ArgumentError
from leadline.network import Network, layer_names
from leadline.regularizers import L2
from leadline.training import sweep
from leadline.training.state import Examples, Recipe
from leadline.training.sweep import Member, Watch, train_population

RNG = np.random.default_rng(0)
ROWS = 11
X, Y = RNG.normal(size=(ROWS, 3)).astype(np.float32), RNG.integers(0, 2, (ROWS, 1)).astype(np.float32)
DATA = Examples(X, Y, np.ones(ROWS, np.float32))
ALL = np.arange(ROWS, dtype=np.int32)
EPOCHS = 5


def stack(strength, rate, units=4):
    return [layers.Dense(units, "relu", kernel_regularizer=L2(strength)), layers.Dropout(rate), layers.Dense(1)]


def recipe(strength=0.01, rate=0.2, learning_rate=0.1, **options):
    made = tuple(stack(strength, rate, **options))
    network = Network(made, layer_names(made), (3,))
    return Recipe(network, losses.BinaryCrossentropy(from_logits=True), optimizers.Adam(learning_rate))


def alone(seed, rows, strength=0.01, rate=0.2, learning_rate=0.1, epochs=EPOCHS):
    """The model that a member stands for, and its history."""
    model = ll.Sequential([ll.Input((3,)), *stack(strength, rate)], seed=seed)
    model.compile(optimizers.Adam(learning_rate), losses.BinaryCrossentropy(from_logits=True))
    return model, model.fit(X[rows], Y[rows], batch_size=4, epochs=epochs, verbose=0).history


def weights(population, member):
    return [np.asarray(arrays[name])[member] for arrays in population.states.params.values() for name in ("kernel", "bias")]


def close(population, member, model):
    for own, theirs in zip(weights(population, member), model.get_weights(), strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-5, atol=1e-6)


def same(first, second):
    jax.tree.map(np.testing.assert_array_equal, first, second)


# seed, rows, λ, dropout rate, learning rate
MEMBERS = [
    (0, ALL, 0.01, 0.2, 0.1),
    (7, ALL, 0.0, 0.0, 0.1),
    (2**32 - 1, ALL, 0.5, 0.5, 0.01),
    (0, ALL[::-1].copy(), 0.01, 0.2, 0.1),
    (3, RNG.permutation(ROWS).astype(np.int32), 0.0, 0.2, 0.0),
]


def train(chosen, data=DATA, **options):
    members = [Member(recipe(*numbers), seed, rows) for seed, rows, *numbers in chosen]
    return train_population(members, data, epochs=EPOCHS, batch_size=4, **options)


def programs():
    """How many are kept that train: for how many devices and numbers of positions, and for those of all rows."""
    own = sweep._program(Mesh(np.array(jax.devices()), ("members",)), ROWS)
    return sweep._program.cache_info().currsize, own._cache_size()


@pytest.fixture(scope="module")
def three():
    return train(MEMBERS[:3])


@pytest.mark.parametrize("size", [1, 3, 5])
def test_a_member_is_the_model_of_its_seed_numbers_and_rows(size):
    """The sizes are no multiples of two devices, so some places are filled with members that are not reported."""
    population = train(MEMBERS[:size])
    assert population.size == len(population.finite) == size
    assert population.finite.all()
    outputs = population.predict(X)
    assert outputs.shape == (size, ROWS, 1)
    for member, (seed, rows, *numbers) in enumerate(MEMBERS[:size]):
        model, history = alone(seed, rows, *numbers)
        close(population, member, model)
        np.testing.assert_allclose(outputs[member], model.predict(X), rtol=1e-5, atol=1e-5)
        for name, values in population.records.items():
            np.testing.assert_allclose(values[member], history[name], rtol=1e-5, atol=1e-6)


def test_smaller_members_take_as_many_steps():
    few = np.array([8, 2, 5, 0], np.int32)
    members = [(1, ALL, 0.01), (1, few, 0.01), (1, few[:1], 0.01)]
    population = train(members)
    assert np.asarray(population.states.step)[:3].tolist() == [EPOCHS * 3] * 3
    elsewhere = DATA._replace(X=np.where(np.isin(ALL, few)[:, None], X, 1e3).astype(np.float32))
    same(weights(population, 1), weights(train(members, elsewhere), 1))  # it saw none of the other rows


def test_a_member_that_blows_up_touches_no_other():
    members = [(seed, ALL, 0.01, 0.2, rate) for seed, rate in enumerate([0.1, 1e30, 0.01])]
    population = train(members)
    assert population.finite.tolist() == [True, False, True]
    for member, rate in ((0, 0.1), (2, 0.01)):
        close(population, member, alone(member, ALL, learning_rate=rate)[0])
        assert np.isfinite(population.records["loss"][member]).all()
    assert np.isnan(population.records["loss"][1]).all()
    close(population, 1, alone(1, ALL, learning_rate=0.0)[0])
    assert np.asarray(population.states.step)[1] == 0


def two_epochs_a_call(monkeypatch, members):
    places = -(-members // jax.device_count()) * jax.device_count()
    monkeypatch.setattr(sweep, "_ORDER_BYTES", 2 * 4 * places * 3 * 4)


def test_calls_of_few_epochs_give_the_same_bits(monkeypatch, three):
    two_epochs_a_call(monkeypatch, 3)
    parts = train(MEMBERS[:3])
    same(jax.device_get(parts.states), jax.device_get(three.states))
    same(parts.records, three.records)


def test_a_member_that_has_stopped_is_not_begun_anew(monkeypatch):
    """Only in its first epoch does the second member see a row whose cost is infinite; its later calls would go well."""

    def order(rows, positions, batch_size, *, seed, epoch):
        drawn = epoch_order(rows, positions, batch_size, seed=seed, epoch=epoch)
        return np.where((drawn == 5) & ((seed, epoch) != (1, 0)), 0, drawn)

    monkeypatch.setattr(sweep, "epoch_order", order)
    two_epochs_a_call(monkeypatch, 3)
    population = train([(seed, ALL) for seed in range(3)], DATA._replace(y=np.where(ALL[:, None] == 5, np.inf, Y)))
    assert population.finite.tolist() == [True, False, True]
    assert np.asarray(population.states.step)[:3].tolist() == [EPOCHS * 3, 0, EPOCHS * 3]
    assert np.isnan(population.records["loss"][1]).all()


def test_a_second_population_of_the_structure_compiles_nothing(three, caplog):
    before = programs()
    with jax.log_compiles():
        train([(5, ALL, 0.3, 0.4, 0.5), (6, ALL[:9], 0.0), (9, ALL)])
        jax.jit(lambda: ROWS)()  # this one is heard of
    assert programs() == before
    assert re.findall(r"^Compiling (\S+)", "\n".join(caplog.messages), flags=re.MULTILINE) == ["jit(<lambda>)"]


def test_examples_of_weight_0_leave_no_trace():
    counted = DATA._replace(weight=(ALL < 6).astype(np.float32))
    poisoned = counted._replace(X=np.where(ALL[:, None] < 6, X, 1e3).astype(np.float32))
    same(*(weights(train(MEMBERS[:1], data), 0) for data in (counted, poisoned)))


def test_progress_counts_the_steps_of_all_members():
    done = []
    train(MEMBERS[:3], progress=done.append)
    assert sum(done) == 3 * EPOCHS * 3


@pytest.mark.parametrize("rows", [1, 2049])
def test_predictions_of_any_number_of_rows(three, rows):
    inputs = RNG.normal(size=(rows, 3)).astype(np.float32)
    outputs = three.predict(inputs)
    assert outputs.shape == (3, rows, 1)
    np.testing.assert_allclose(outputs[:, -1:], three.predict(inputs[-1:]), rtol=1e-5, atol=1e-6)


def test_the_members_are_spread_over_the_devices(three):
    leaf = three.states.params["dense"]["kernel"]
    assert len(leaf.sharding.device_set) == jax.device_count()
    assert len(leaf) % jax.device_count() == 0


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "at least one member. Got none"),
        ([Member(recipe(), 0, ALL), Member(recipe(units=5), 0, ALL)], "must have the same structure.*Got 2 different ones"),
        ([Member(recipe(), 0, ALL[:0])], "Member 0 must see some of the rows 0 to 10. Got none"),
        ([Member(recipe(), 0, ALL), Member(recipe(), 0, ALL + 1)], "Member 1 must see .* Got rows from 1 to 11"),
        ([Member(recipe(), 0, ALL - 1)], "Got rows from -1 to 9"),
    ],
)
def test_refusals(members, message):
    with pytest.raises(ArgumentError, match=message):
        train_population(members, DATA, epochs=1)


def test_more_than_there_is_memory_for_is_refused_before_any_is_taken(monkeypatch):
    monkeypatch.setattr("leadline.training.sweep.device_memory", lambda: 100)
    with pytest.raises(ArgumentError, match=r"\d trainings of this network side by side would take 0.0 GB, and there are 0.0 GB"):
        train_population([Member(recipe(), seed, ALL) for seed in (0, 1)], DATA, epochs=1)


@pytest.mark.parametrize("epochs", [(0, 1, 3, EPOCHS), (2,), (-1, EPOCHS + 4)])
def test_who_watches_changes_no_bit_and_compiles_nothing(three, epochs):
    seen = {}
    before = programs()
    watched = train(MEMBERS[:3], watch=Watch(epochs, lambda epoch, _, states: seen.update({epoch: np.array(states.step)[:3]})))
    assert programs() == before
    assert {epoch: steps.tolist() for epoch, steps in seen.items()} == {e: [3 * e] * 3 for e in epochs if 0 <= e <= EPOCHS}
    same(jax.device_get(watched.states), jax.device_get(three.states))
    same(watched.records, three.records)


def test_who_watches_sees_the_states_of_that_epoch():
    seen = {}
    watch = Watch((2,), lambda epoch, recipes, states: seen.update(jax.device_get(states.params)))
    train(MEMBERS[:1], watch=watch)
    model, _ = alone(*MEMBERS[0], epochs=2)
    arrays = [seen[layer][name][0] for layer in ("dense", "dense_1") for name in ("kernel", "bias")]
    for own, theirs in zip(arrays, model.get_weights(), strict=True):
        np.testing.assert_allclose(own, theirs, rtol=1e-5, atol=1e-6)
