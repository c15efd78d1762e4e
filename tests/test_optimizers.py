"""Optimizers: their formulas in double precision, dtypes, jit, vmap and scan, Optax beside them, refusals."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline import optimizers, schedules
from leadline.errors import ArgumentError

RATE = schedules.ExponentialDecay(0.1, 3, 0.5)
KINDS = [
    optimizers.SGD(0.1),
    optimizers.SGD(0.1, momentum=0.9),
    optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    optimizers.RMSprop(0.1),
    optimizers.RMSprop(0.1, momentum=0.8),
    optimizers.RMSprop(0.1, rho=0.7, momentum=0.5, centered=True),
    optimizers.Adam(0.1),
    optimizers.Adam(0.1, beta_1=0.8, beta_2=0.9, epsilon=1e-3, amsgrad=True),
    optimizers.AdamW(0.1),
    optimizers.AdamW(0.1, weight_decay=0.3, amsgrad=True),
]
OPTIMIZERS = [kind.replace(learning_rate=rate) for kind in KINDS for rate in (0.1, RATE)]
PARAMS = {"kernel": np.array([[1.0, -2.0], [0.5, 3.0]]), "bias": (np.array([0.0, 1.0]), np.array(-1.0))}
TARGET = {"kernel": np.array([[0.0, 1.0], [2.0, 3.5]]), "bias": (np.array([0.5, 1.0]), np.array(1.0))}


def gradients(params):
    """Of a quartic valley: large at first, small later, so that averages matter."""
    return jax.tree.map(lambda w, t: (w - t.astype(w.dtype)) + (w - t.astype(w.dtype)) ** 3, params, TARGET)


def rate_at(optimizer, step):
    return 0.1 * 0.5 ** (step / 3) if isinstance(optimizer.learning_rate, schedules.Schedule) else 0.1


def sgd(o, eta, t, w, g, s):
    s["v"] = o.momentum * s["v"] - eta * g
    return w + (o.momentum * s["v"] - eta * g if o.nesterov else s["v"])


def rmsprop(o, eta, t, w, g, s):
    s["v"] = o.rho * s["v"] + (1 - o.rho) * g**2
    s["a"] = o.rho * s["a"] + (1 - o.rho) * g
    s["b"] = o.momentum * s["b"] + eta * g / np.sqrt(s["v"] - o.centered * s["a"] ** 2 + o.epsilon)
    return w - s["b"]


def adam(o, eta, t, w, g, s):
    s["m"] = o.beta_1 * s["m"] + (1 - o.beta_1) * g
    s["v"] = o.beta_2 * s["v"] + (1 - o.beta_2) * g**2
    s["b"] = np.maximum(s["b"], s["v"]) if o.amsgrad else s["v"]
    decayed = w - eta * getattr(o, "weight_decay", 0.0) * w
    alpha = eta * np.sqrt(1 - o.beta_2**t) / (1 - o.beta_1**t)
    return decayed - alpha * s["m"] / (np.sqrt(s["b"]) + o.epsilon)


RULES = {optimizers.SGD: sgd, optimizers.RMSprop: rmsprop, optimizers.Adam: adam, optimizers.AdamW: adam}


def by_hand(optimizer, steps):
    """The parameters after some updates, one leaf after another, in NumPy."""
    leaves, shape = jax.tree.flatten(PARAMS)
    results = []
    for w, target in zip(leaves, jax.tree.leaves(TARGET), strict=True):
        memory = {name: np.zeros_like(w) for name in "vabm"}
        for t in range(1, steps + 1):
            g = (w - target) + (w - target) ** 3
            w = RULES[type(optimizer)](optimizer, rate_at(optimizer, t - 1), t, w, g, memory)
        results.append(w)
    return jax.tree.unflatten(shape, results)


def run(optimizer, params, steps):
    """The parameters and the state after some updates, as one compiled scan."""

    def body(carry, _):
        params, state = carry
        updates, state = optimizer.update(gradients(params), state, params)
        return (jax.tree.map(jnp.add, params, updates), state), None

    return jax.lax.scan(body, (params, optimizer.init(params)), length=steps)[0]


compiled = jax.jit(run, static_argnums=2)


def assert_close(actual, expected, **tolerance):
    jax.tree.map(functools.partial(np.testing.assert_allclose, **tolerance), actual, expected)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_formula(optimizer):
    expected = by_hand(optimizer, 20)
    with jax.enable_x64(True):
        reached, state = compiled(optimizer, jax.tree.map(jnp.asarray, PARAMS), 20)
        assert (state.step.dtype, int(state.step)) == (jnp.int32, 20)
        assert {leaf.dtype for leaf in jax.tree.leaves(reached)} == {np.dtype("float64")}
        assert_close(reached, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=str)
def test_dtypes_and_shapes_stay(optimizer, dtype, x64):
    with jax.enable_x64(x64):
        params = {"w": jnp.ones((2, 3), dtype), "b": jnp.ones((), dtype)}
        population = jax.tree.map(jnp.asarray, optimizer)  # strongly typed numbers, as a population has them
        for one in (optimizer, population):
            state = one.init(params)
            updates, after = jax.eval_shape(one.update, params, state, params)
            assert jax.tree.map(lambda a: (a.shape, a.dtype), updates) == jax.tree.map(lambda a: (a.shape, a.dtype), params)
            assert jax.tree.map(lambda a: (a.shape, a.dtype), after) == jax.tree.map(lambda a: (a.shape, a.dtype), state)


@pytest.mark.parametrize("optimizer", KINDS, ids=str)
def test_a_population_of_rates_is_one_program(optimizer):
    params = jax.tree.map(lambda w: jnp.asarray(w, jnp.float32), PARAMS)
    rates = jnp.array([0.01, 0.1])
    many, _ = jax.jit(jax.vmap(lambda rate: run(optimizer.replace(learning_rate=rate), params, 5)))(rates)
    program = jax.jit(lambda optimizer: run(optimizer, params, 5))
    for member, rate in enumerate([0.01, 0.1]):
        alone, _ = program(optimizer.replace(learning_rate=rate))
        assert_close(jax.tree.map(lambda leaf, i=member: leaf[i], many), alone, rtol=1e-5, atol=1e-6)
    assert program._cache_size() == 1


@pytest.mark.parametrize("make", [optimizers.SGD, optimizers.RMSprop])
def test_a_population_of_momenta_holds_zero_too(make):
    params = jax.tree.map(lambda w: jnp.asarray(w, jnp.float32), PARAMS)
    many, _ = jax.vmap(lambda momentum: run(make(0.1, momentum=momentum), params, 5))(jnp.array([0.0, 0.9]))
    for member, momentum in enumerate([0.0, 0.9]):
        alone, _ = run(make(0.1, momentum=momentum), params, 5)
        assert_close(jax.tree.map(lambda leaf, i=member: leaf[i], many), alone, rtol=1e-5, atol=1e-6)


def test_what_is_not_needed_is_not_kept():
    leaves = {type(o).__name__ + str(o.replace(learning_rate=0.1)): len(jax.tree.leaves(o.init(jnp.zeros(3)))) for o in KINDS}
    assert list(leaves.values()) == [1, 2, 2, 2, 3, 4, 3, 4, 3, 4]


def test_no_momentum_stays_none_when_its_zero_is_an_array():
    prepared = jax.tree.map(jnp.asarray, optimizers.SGD(0.1))
    assert jax.tree.structure(prepared.replace(learning_rate=jnp.array(0.2))) == jax.tree.structure(optimizers.SGD(0.1))


@pytest.mark.parametrize("make", [optimizers.SGD, optimizers.RMSprop])
def test_momentum_in_place_of_none_is_refused(make):
    with pytest.raises(ArgumentError, match="made without momentum"):
        make(0.1).replace(momentum=0.9).init(jnp.ones(2))
    assert make(0.1, momentum=0.9).replace(momentum=0.0).init(jnp.ones(2)).momentum is not None


@pytest.mark.parametrize(
    "transformation",
    [
        optax.adam(0.1),
        optax.sgd(0.1, momentum=0.9),
        optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(0.1)),
        optax.MultiSteps(optax.sgd(0.1), 2),
    ],
)
def test_from_optax(transformation):
    optimizer = optimizers.get(transformation)
    assert optimizers.get(optimizer) is optimizer
    params = jax.tree.map(lambda w: jnp.asarray(w, jnp.float32), PARAMS)
    reached, _ = compiled(optimizer, params, 4)
    state = transformation.init(params)
    for _ in range(4):
        updates, state = transformation.update(gradients(params), state, params)
        params = optax.apply_updates(params, updates)
    assert_close(reached, params, rtol=1e-6, atol=1e-6)
    assert jax.tree.structure(optimizer) == jax.tree.structure(optimizers.FromOptax(transformation))


@pytest.mark.parametrize("optimizer", [optimizers.SGD(0.1), optimizers.RMSprop(0.1), optimizers.RMSprop(0.1, momentum=0.8)])
def test_equal_to_optax_where_optax_has_the_same_formula(optimizer):
    params = jax.tree.map(lambda w: jnp.asarray(w, jnp.float32), PARAMS)
    if isinstance(optimizer, optimizers.SGD):
        other = optax.sgd(0.1)
    else:
        other = optax.rmsprop(0.1, decay=0.9, eps=1e-7, momentum=optimizer.momentum)
    assert_close(compiled(optimizer, params, 10)[0], compiled(optimizers.FromOptax(other), params, 10)[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(-0.1), "learning_rate"),
        (lambda: optimizers.SGD(float("nan")), "learning_rate"),
        (lambda: optimizers.SGD("fast"), "a number or a Schedule; got 'fast'"),
        (lambda: optimizers.Adam(None), "a number or a Schedule; got None"),
        (lambda: optimizers.Adam(optax.constant_schedule(0.1)), "a number or a Schedule; got <function"),
        (lambda: optimizers.SGD(momentum=1.0), r"needs momentum in \[0, 1.0\); got 1.0"),
        (lambda: optimizers.RMSprop(rho=-0.1), "rho"),
        (lambda: optimizers.RMSprop(momentum=-0.1), "momentum"),
        (lambda: optimizers.Adam(beta_1=1.0), "beta_1"),
        (lambda: optimizers.Adam(beta_2=np.float32(2)), "beta_2"),
        (lambda: optimizers.AdamW(epsilon=-1.0), "epsilon"),
        (lambda: optimizers.AdamW(weight_decay=-1.0), "weight_decay"),
        (lambda: optimizers.FromOptax(3), "or an Optax transformation; got 3"),
        (lambda: optimizers.get("adamm"), "Did you mean 'adam'"),
        (lambda: optimizers.get(0.1), "got 0.1 of type float"),
        (lambda: optimizers.get(None), "got None"),
        (lambda: optimizers.AdamW().update(jnp.ones(2), optimizers.AdamW().init(jnp.ones(2))), "needs the parameters"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()


@pytest.mark.parametrize("name", sorted(optimizers.OPTIMIZERS))
def test_every_name(name):
    made = optimizers.get(name)
    assert type(made) is optimizers.OPTIMIZERS[name]
    assert optimizers.get(type(made)) == made
    assert optimizers.get(made) is made


def test_the_schedules_are_at_hand():
    assert optimizers.schedules is schedules
