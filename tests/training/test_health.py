"""What a look finds is what NumPy finds, for any network; and what broke first is named."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import layers, losses, optimizers
from leadline.constraints import NonNeg
from leadline.network import Call, Network, between, layer_names
from leadline.regularizers import L2
from leadline.training import health
from leadline.training.health import Looks, probe, shown, slope_of, weighted
from leadline.training.state import Examples, Recipe, begin, numeric
from leadline.training.sweep import Member, train_population

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3)).astype(np.float32)
Y = RNG.normal(size=(40, 1)).astype(np.float32)
ALL = np.arange(40, dtype=np.int32)


def recipe(stack, shape=(3,), loss=None, optimizer=None):
    network = stack if isinstance(stack, Network) else Network(tuple(stack), layer_names(stack), shape)
    return numeric(Recipe(network, loss or losses.MeanSquaredError(), optimizer or optimizers.SGD(0.1)))


def looked(own, data=None, seed=0):
    """A look at the start of one training, and its state."""
    start = begin(own, jax.random.key(seed))
    one = jax.tree.map(lambda leaf: np.asarray(leaf)[None], (own, start))
    return probe(*one, data or Examples(X, Y, None)), jax.device_get(start)


def test_the_figures_are_those_of_numpy():
    own = recipe([layers.Dense(5, "relu"), layers.Dense(4, "sigmoid"), layers.Dense(1)])
    found, start = looked(own)
    kernels = [start.params[name]["kernel"].astype(np.float64) for name in ("dense", "dense_1", "dense_2")]
    hidden = np.maximum(X @ kernels[0], 0)
    squashed = 1 / (1 + np.exp(-hidden @ kernels[1]))
    output = squashed @ kernels[2]
    slopes = [hidden > 0, 4 * squashed * (1 - squashed)]
    np.testing.assert_allclose(found.cost, [np.mean((output - Y) ** 2)], rtol=1e-5)
    np.testing.assert_allclose(found.entry[0], np.sqrt(np.mean(X**2, axis=0)), rtol=1e-5)
    np.testing.assert_allclose(found.output[0], [output.min(), output.max(), np.abs(output - 1).max()], rtol=1e-4)
    np.testing.assert_allclose(found.signal[0], [np.sqrt(np.mean(a**2)) for a in (hidden, squashed, output)], rtol=1e-5)
    np.testing.assert_allclose(found.zeros[0], [np.mean(hidden == 0), 0, 0])
    np.testing.assert_allclose(found.flat[0], [*(np.mean(slope < 0.02) for slope in slopes), np.nan])
    np.testing.assert_allclose(found.stuck[0], [*(np.mean((slope < 0.02).all(axis=0)) for slope in slopes), np.nan])
    np.testing.assert_allclose(found.weight[0], [np.linalg.norm(kernel) for kernel in kernels], rtol=1e-5)
    centred = [np.linalg.norm(kernel - kernel.mean(axis=1, keepdims=True)) for kernel in kernels[:2]]
    np.testing.assert_allclose(found.spread[0], [*centred, np.linalg.norm(kernels[2])], rtol=1e-5)
    gradient = squashed.T @ (2 * (output - Y) / 40)
    np.testing.assert_allclose(found.gradient[0, 2], np.linalg.norm(gradient), rtol=1e-4)
    np.testing.assert_allclose(found.update, 0.1 * found.gradient, rtol=1e-5)


def test_a_penalty_moves_the_weights_and_is_not_in_the_gradient_of_the_cost():
    plain, start = looked(recipe([layers.Dense(1)]))
    priced, _ = looked(recipe([layers.Dense(1, kernel_regularizer=L2(5.0))]))
    np.testing.assert_allclose(priced.gradient, plain.gradient, rtol=1e-6)
    f = X @ start.params["dense"]["kernel"]
    whole = X.T @ (2 * (f - Y) / 40) + 10 * start.params["dense"]["kernel"]
    np.testing.assert_allclose(priced.update[0, 0], 0.1 * np.linalg.norm(whole), rtol=1e-5)


def test_large_and_constrained_weights_are_read_as_packed_ones():
    """Arrays that are held to constraints are no one vector."""
    stack = [layers.Dense(4, "tanh", kernel_initializer="ones"), layers.Dense(1, kernel_initializer="ones")]
    held = [layers.Dense(4, "tanh", kernel_initializer="ones", kernel_constraint=NonNeg()), stack[1]]
    first, second = (looked(recipe(own, optimizer=optimizers.Adam(0.01)))[0] for own in (stack, held))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5), first, second)


def test_each_member_is_itself():
    own = recipe([layers.Dense(4, "relu"), layers.Dense(1)])
    starts = [begin(own, jax.random.key(seed)) for seed in range(3)]
    together = jax.tree.map(lambda *leaves: np.stack(leaves), *[(own, start) for start in starts])
    found = probe(*together, Examples(X, Y, None))
    for member in range(3):
        alone, _ = looked(own, seed=member)
        jax.tree.map(lambda a, b, i=member: np.testing.assert_allclose(a[i], b[0], rtol=1e-5), found, alone)


def shared():
    x = layers.Input((3,))
    one = layers.Dense(3, "tanh")
    first = one(x)
    return between(x, layers.Dense(1)(layers.Add()([first, one(first)])))


IMAGE = (8, 8, 2)
NETWORKS = [
    ("one layer", [layers.Dense(1)], (3,), ["dense"], ["dense"]),
    (
        "convolution",
        [layers.Conv2D(3, 3, activation="relu"), layers.MaxPooling2D(), layers.Flatten(), layers.Dense(1)],
        IMAGE,
        ["conv2d", "dense"],
        ["conv2d", "dense"],
    ),
    (
        "normalised",
        [layers.Dense(4), layers.BatchNormalization(), layers.ReLU(), layers.Dropout(0.5), layers.Dense(1)],
        (3,),
        ["dense", "re_lu", "dense_1"],
        ["dense", "dense_1"],
    ),
    ("a graph", shared(), (3,), ["dense", "dense", "dense_1"], ["dense", "dense_1"]),
    ("frozen", [layers.Dense(4, "relu", trainable=False), layers.Dense(1)], (3,), ["dense", "dense_1"], ["dense_1"]),
    ("no kernel", [layers.Activation("tanh"), layers.Dense(1)], (3,), ["activation", "dense"], ["dense"]),
]


@pytest.mark.parametrize(("stack", "shape", "calls", "kernels"), [case[1:] for case in NETWORKS], ids=[c[0] for c in NETWORKS])
def test_any_network_can_be_looked_at(stack, shape, calls, kernels):
    own = recipe(stack, shape)
    found, start = looked(own, Examples(RNG.normal(size=(12, *shape)).astype(np.float32), Y[:12], None))
    named = [own.network.names[own.network.calls[place].layer] for place in shown(own.network, start.params)]
    assert named == calls
    assert list(weighted(own.network, start.params)) == kernels
    assert found.signal.shape == (1, len(calls))
    assert found.update.shape == (1, len(kernels))
    assert np.isfinite(found.update).all()
    assert (found.update > 0).all()


def test_a_network_of_several_inputs_and_outputs_can_be_looked_at():
    from leadline.training.outputs import Joint

    hidden, first, second = layers.Concatenate(), layers.Dense(1), layers.Dense(2)
    calls = (Call(0, (0, 1)), Call(1, (2,)), Call(2, (2,)))
    network = Network((hidden, first, second), layer_names((hidden, first, second)), ((3,), (3,)), calls, (3, 4))
    loss = Joint((losses.MeanSquaredError(), losses.MeanSquaredError()), (1.0, 0.5), ("a", "b"))
    found, _ = looked(recipe(network, loss=loss), Examples((X, X), (Y, np.zeros((40, 2), np.float32)), None))
    assert found.gradient.shape == (1, 2)
    assert found.entry.shape == (1, 6)


def test_a_wrapped_network_is_one_opaque_layer():
    import equinox as eqx

    from leadline.adapters import wrap

    foreign = wrap(eqx.nn.MLP(3, 1, 4, 1, key=jax.random.key(0)), input_shape=(3,))
    own = recipe([foreign.network.layers[0]] if hasattr(foreign, "network") else [foreign])
    found, start = looked(own)
    assert len(weighted(own.network, start.params)) == 1
    assert found.entry.shape == (1, 0)
    assert found.update.shape == (1, 1)


@pytest.mark.parametrize(
    ("layer", "values", "flat"),
    [
        (layers.Dense(1, "relu"), [-1.0, 2.0], [True, False]),
        (layers.ReLU(), [-1.0, 2.0], [True, False]),
        (layers.Activation("relu6"), [-1.0, 2.0, 7.0], [True, False, True]),
        (layers.Dense(1, "sigmoid"), [-7.0, 0.0, 7.0], [True, False, True]),
        (layers.Dense(1, "tanh"), [-4.0, 0.0, 1.5], [True, False, False]),
        (layers.Dense(1, "softsign"), [-9.0, 0.0], [True, False]),
        (layers.Dense(1, "hard_sigmoid"), [-4.0, 0.0, 4.0], [True, False, True]),
        (layers.Dense(1, "hard_tanh"), [-2.0, 0.0], [True, False]),
    ],
)
def test_flat_ends(layer, values, flat):
    function = layer.activation if hasattr(layer, "activation") else jax.nn.relu
    assert (slope_of(layer)(np.asarray(function(jnp.array(values)))) < health.FLAT).tolist() == flat


@pytest.mark.parametrize(
    "layer", [layers.Dense(1), layers.Dense(1, "gelu"), layers.ReLU(negative_slope=0.1), layers.Dropout(0.1)]
)
def test_no_flat_ends(layer):
    assert slope_of(layer) is None


def test_positions_of_an_image_are_thinned_and_still_tell_dead_units():
    bias = np.array([-50.0, 0.0, 50.0], np.float32)
    own = recipe([layers.Conv2D(3, 1, activation="relu"), layers.Flatten(), layers.Dense(1)], (32, 32, 1))
    images = RNG.normal(size=(5, 32, 32, 1)).astype(np.float32)
    start = begin(own, jax.random.key(0))
    start.params["conv2d"]["bias"] = jnp.asarray(bias)
    one = jax.tree.map(lambda leaf: np.asarray(leaf)[None], (own, start))
    found = probe(*one, Examples(images, Y[:5], None))
    np.testing.assert_allclose(found.stuck[0, 0], 1 / 3)
    assert 1 / 3 < found.zeros[0, 0] < 0.6


def trained(own, data=None, epochs=4, seeds=(0, 1, 2), places=(0, 2)):
    members = [Member(own, seed, ALL) for seed in seeds]
    data = data or Examples(X, Y, None)
    looks = Looks(members, places, data, epochs, 16)
    population = train_population(members, data, epochs=epochs, batch_size=16, watch=looks.watch)
    return looks, population


def test_looks_at_some_members_while_they_train():
    own = recipe([layers.Dense(4, "tanh"), layers.Dense(1)])
    looks, population = trained(own)
    assert list(looks.seen) == [0, 1, 2, 4]
    assert looks.names == {"calls": ("dense", "dense_1"), "kernels": ("dense", "dense_1")}
    assert not looks.broken
    assert all(look.cost.shape == (2,) for look in looks.seen.values())
    weights = np.asarray(population.states.params["dense"]["kernel"])[[0, 2]]
    np.testing.assert_allclose(looks.seen[4].weight[:, 0], np.linalg.norm(weights.reshape(2, -1), axis=1), rtol=1e-5)
    assert len(looks.batch.X) == 40


def test_a_look_reads_no_more_rows_than_it_says():
    own, rows = recipe([layers.Dense(1)]), np.arange(5, 900, dtype=np.int32)
    data = Examples(np.arange(900, dtype=np.float32)[:, None], np.zeros((900, 1), np.float32), None)
    batch = Looks([Member(own, 0, rows)], (0,), data, 1, 32).batch
    assert len(set(batch.X[:, 0])) == health.MOST_ROWS
    assert batch.X.min() >= 5


def poisoned(what):
    x, y = X.copy(), Y.copy()
    if what == "the targets":
        y[7] = np.inf
    elif what == "the inputs":
        x[7] = np.nan
    elif what == "what 'dense' gives":
        x[7] = 3e38
    elif what == "the cost":
        y[7] = 1e30
    return Examples(x, y, None)


@pytest.mark.parametrize("what", ["the inputs", "the targets", "what 'dense' gives", "the cost"])
def test_what_broke_first_is_named_with_its_step(what):
    own = recipe([layers.Dense(4, kernel_initializer="ones"), layers.Dense(1)])
    looks, population = trained(own, poisoned(what), seeds=(0,), places=(0,))
    assert not population.finite[0]
    at = looks.broken[0]
    order = health.epoch_order(ALL, 40, 16, seed=0, epoch=0)
    assert (at.epoch, at.tensor) == (0, what)
    assert 7 in order[at.step]


def test_a_rate_that_blows_up_is_found_where_the_population_broke():
    own = recipe([layers.Dense(4, "relu"), layers.Dense(1)], optimizer=optimizers.SGD(2.0))
    looks, population = trained(own, epochs=30, seeds=(0, 1), places=(0, 1))
    assert not population.finite.any()
    for place, at in looks.broken.items():
        assert at.epoch == int(np.isfinite(population.records["cost"][place]).sum())
        assert 0 <= at.step < 3
        assert at.tensor != "not found again"
