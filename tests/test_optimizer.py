"""What all optimizers share: each common argument by hand, their order, what they cost, populations of them, refusals."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline import schedules
from leadline.errors import ArgumentError
from leadline.optimizer import Optimizer, OptimizerState
from leadline.optimizers import SGD, Adam, AdamW, FromOptax, Ftrl, Lamb

RANDOM = np.random.default_rng(3)
PARAMS = {"bias": np.array([0.5, -1.0]), "kernel": RANDOM.normal(size=(2, 3))}
GRADIENTS = [{"bias": RANDOM.normal(size=2), "kernel": 3 * RANDOM.normal(size=(2, 3))} for _ in range(7)]
RATE = 0.25


def run(optimizer, params=PARAMS, gradients=GRADIENTS, dtype=jnp.float32):
    """The parameters after each update, and the last state."""
    params = jax.tree.map(lambda w: jnp.asarray(w, dtype), params)
    state, path = optimizer.init(params), []
    update = jax.jit(lambda *arguments: optimizer.update(*arguments))
    for g in gradients:
        updates, state = update(jax.tree.map(lambda a: jnp.asarray(a, dtype), g), state, params)
        params = jax.tree.map(jnp.add, params, updates)
        path.append(params)
    return path, state


def norm(*arrays):
    return np.sqrt(sum(np.sum(array**2) for array in arrays))


CLIPS = [
    ({"clipvalue": 0.5}, lambda g: {name: np.clip(a, -0.5, 0.5) for name, a in g.items()}),
    ({"clipnorm": 1.5}, lambda g: {name: a * min(1, 1.5 / norm(a)) for name, a in g.items()}),
    ({"global_clipnorm": 2.0}, lambda g: {name: a * min(1, 2 / norm(*g.values())) for name, a in g.items()}),
    ({"global_clipnorm": 200.0}, lambda g: g),
    ({}, lambda g: g),
]


def by_hand(clip, every, decay, momentum, overwrite):
    """Accumulation, clipping, decay, a step of gradient descent, the average: in this order, in double precision."""
    w = {name: array.copy() for name, array in PARAMS.items()}
    total, average, path = {name: 0 * array for name, array in w.items()}, None, []
    for step, gradient in enumerate(GRADIENTS):
        total = {name: total[name] + gradient[name] for name in w}
        if (step + 1) % every == 0:
            mean = clip({name: total[name] / every for name in w})
            w = {name: w[name] - RATE * decay * w[name] - RATE * mean[name] for name in w}
            total = {name: 0 * array for name, array in w.items()}
        done = step // every
        average = w if done == 0 else {name: momentum * average[name] + (1 - momentum) * w[name] for name in w}
        if overwrite and (done + 1) % overwrite == 0:
            w = average
        path.append(w)
    return path, average


@pytest.mark.parametrize("overwrite", [None, 2])
@pytest.mark.parametrize("every", [None, 3])
@pytest.mark.parametrize(("options", "clip"), CLIPS)
def test_the_order_of_one_update(options, clip, every, overwrite):
    common = {"weight_decay": 0.5, "use_ema": True, "ema_momentum": 0.75, "gradient_accumulation_steps": every}
    optimizer = SGD(RATE, **options, **common, ema_overwrite_frequency=overwrite)
    expected, average = by_hand(clip, every or 1, 0.5, 0.75, overwrite)
    path, state = run(optimizer)
    for reached, other in zip(path, expected, strict=True):
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), reached, other)
    final = optimizer.finalize(state, path[-1])
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6), final, average)
    assert int(state.step) == len(GRADIENTS)


def test_without_an_average_the_parameters_remain():
    for optimizer in (SGD(), FromOptax(optax.sgd(0.1))):
        assert optimizer.finalize(optimizer.init(jnp.ones(2)), "these") == "these"
    before = SGD(use_ema=True).init(jnp.ones(2))
    assert SGD(use_ema=True).finalize(before, jnp.ones(2)).tolist() == [1, 1]


def test_a_schedule_counts_calls_and_a_formula_counts_updates():
    rates = schedules.PiecewiseConstantDecay([3], [1.0, 10.0])
    path, _ = run(SGD(rates, gradient_accumulation_steps=2), jnp.zeros(()), [np.float64(1)] * 6)
    assert [float(w) for w in path] == [0, -1, -1, -2, -2, -12]
    ones = [np.float64(1)] * 6
    accumulated, _ = run(Adam(0.1, gradient_accumulation_steps=2), jnp.zeros(()), ones)
    single, _ = run(Adam(0.1), jnp.zeros(()), ones)
    np.testing.assert_allclose(accumulated[1::2], single[:3], rtol=1e-6)


def test_a_gradient_of_zeros_is_clipped_to_zeros_and_an_infinite_one_does_not_pass():
    for option in ("clipnorm", "clipvalue", "global_clipnorm"):
        (w,), _ = run(SGD(1.0, **{option: 1.0}), jnp.ones(2), [np.zeros(2)])
        assert w.tolist() == [1, 1]
    for option in ("clipnorm", "global_clipnorm"):
        (w,), _ = run(SGD(1.0, **{option: 1.0}), jnp.ones(2), [np.array([np.inf, 1])])
        assert np.isnan(w[0])
        assert np.isnan(w[1]) == (option == "global_clipnorm")


def equations(function, *arguments):
    """How many operations a function is traced to, those of inner functions too."""

    def count(jaxpr):
        inner = [value.jaxpr for e in jaxpr.eqns for value in e.params.values() if hasattr(value, "jaxpr")]
        return len(jaxpr.eqns) + sum(count(one) for one in inner)

    return count(jax.make_jaxpr(function)(*arguments).jaxpr)


def plain_adam(numbers, g, state):
    """Adam and nothing else."""
    rate, beta_1, beta_2, epsilon = numbers
    step, m, v = state
    t = (step + 1).astype(jnp.float32)
    alpha = rate * jnp.sqrt(1 - beta_2**t) / (1 - beta_1**t)
    m = m + (1 - beta_1) * (g - m)
    v = v + (1 - beta_2) * (g * g - v)
    return -alpha * m / (jnp.sqrt(v) + epsilon), (step + 1, m, v)


def test_what_is_not_switched_on_costs_nothing():
    w = jnp.ones(5)
    optimizer = jax.tree.map(jnp.float32, Adam())
    state = optimizer.init(w)
    assert len(jax.tree.leaves(state)) == 3
    assert state.accumulated is state.average is None
    ours = equations(lambda o, g, s: o.update(g, s, w), optimizer, w, state)
    numbers = tuple(jnp.float32(number) for number in (0.001, 0.9, 0.999, 1e-7))
    assert ours == equations(plain_adam, numbers, w, (jnp.int32(0), w, w))
    assert equations(lambda g, s: SGD().update(g, s, w), w, SGD().init(w)) == 3  # the sign of η, the product, the count


@pytest.mark.parametrize(
    ("optimizer", "elementwise"),
    [
        (Adam(), True),
        (Adam(clipnorm=1.0), False),
        (Adam(clipvalue=1.0), True),
        (Adam(global_clipnorm=1.0), True),
        (AdamW(use_ema=True, gradient_accumulation_steps=2), True),
        (Lamb(), False),
        (FromOptax(optax.sgd(0.1)), False),
        (Optimizer(), True),
    ],
)
def test_what_may_be_packed(optimizer, elementwise):
    assert optimizer.is_elementwise is elementwise


VARIED = ["learning_rate", "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "ema_momentum"]


@pytest.mark.parametrize("name", VARIED)
def test_a_population_of_a_common_number_is_one_program(name):
    params = jax.tree.map(lambda w: jnp.asarray(w, jnp.float32), PARAMS)
    gradients = jax.tree.map(lambda *g: jnp.asarray(np.stack(g), jnp.float32), *GRADIENTS)
    optimizer = SGD(**{"learning_rate": 0.1, name: 0.5}, use_ema=True, ema_overwrite_frequency=3)

    def trained(value):
        changed = dataclasses.replace(optimizer, **{name: value})  # as populations are made
        body = lambda carry, g: (step(changed, *carry, g), None)  # noqa: E731
        return jax.lax.scan(body, (params, changed.init(params)), gradients)[0][0]

    values = jnp.array([0.25, 0.75])
    many, program = jax.jit(jax.vmap(trained))(values), jax.jit(trained)
    assert not np.allclose(many["kernel"][0], many["kernel"][1])
    for member, value in enumerate(values):
        jax.tree.map(lambda a, b, i=member: np.testing.assert_allclose(a[i], b, rtol=1e-5, atol=1e-6), many, program(value))
    assert program._cache_size() == 1


def step(optimizer, params, state, gradients):
    updates, state = optimizer.update(gradients, state, params)
    return jax.tree.map(jnp.add, params, updates), state


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(-0.1), r"SGD needs learning_rate in \[0, inf\); got -0.1"),
        (lambda: SGD(float("nan")), "learning_rate"),
        (lambda: SGD("fast"), "a number or a Schedule; got 'fast'"),
        (lambda: Adam(None), "a number or a Schedule; got None"),
        (lambda: Adam(optax.constant_schedule(0.1)), "a number or a Schedule; got <function"),
        (lambda: Adam(beta_1=None), r"beta_1 in \[0, 1\); got None"),
        (lambda: Adam(beta_1="0.9"), r"beta_1 in \[0, 1\); got '0.9'"),
        (lambda: Adam(beta_2=np.float32(2)), "beta_2"),
        (lambda: Adam(weight_decay=-1.0), "weight_decay"),
        (lambda: Adam(clipnorm=0.0), r"clipnorm in \(0, inf\); got 0.0"),
        (lambda: Adam(clipvalue=-1.0), "clipvalue"),
        (lambda: Adam(global_clipnorm=float("inf")), "global_clipnorm"),
        (lambda: Adam(clipnorm=1.0, clipvalue=1.0), "clips in one way"),
        (lambda: Adam(clipnorm=1.0, global_clipnorm=1.0), "clipnorm=1.0, clipvalue=None, global_clipnorm=1.0"),
        (lambda: Adam(ema_momentum=1.0), r"ema_momentum in \[0, 1\)"),
        (lambda: Adam(ema_overwrite_frequency=0), "a whole number of at least 1; got 0"),
        (lambda: Adam(ema_overwrite_frequency=True), "got True"),
        (lambda: Adam(gradient_accumulation_steps=1), "a whole number of at least 2; got 1"),
        (lambda: Adam(gradient_accumulation_steps=2.5), "got 2.5"),
        (lambda: SGD(weight_decay=0.1).update(jnp.ones(2), SGD().init(jnp.ones(2))), "SGD needs the parameters"),
        (lambda: SGD(use_ema=True).update(jnp.ones(2), SGD().init(jnp.ones(2))), "SGD needs the parameters"),
        (lambda: Ftrl().update(jnp.ones(2), Ftrl().init(jnp.ones(2))), "Ftrl needs the parameters"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


def test_a_representation_shows_the_rule_and_what_is_switched_on():
    assert repr(SGD(0.1)) == "SGD(learning_rate=0.1, momentum=0.0, nesterov=False)"
    assert repr(SGD(0.1, clipnorm=2.0, name="mine")) == (
        "SGD(learning_rate=0.1, clipnorm=2.0, name='mine', momentum=0.0, nesterov=False)"
    )


def test_the_state_is_a_named_tuple():
    state = Adam(use_ema=True, gradient_accumulation_steps=2).init({"kernel": jnp.ones(2)})
    assert isinstance(state, OptimizerState)
    assert sorted(state.moments["kernel"]) == ["momentum", "velocity"]
    assert (state.step.dtype, state.average["kernel"].tolist(), state.accumulated["kernel"].tolist()) == ("int32", [1, 1], [0, 0])
