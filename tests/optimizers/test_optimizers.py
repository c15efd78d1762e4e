"""Every optimizer: its formula in double precision, dtypes, jit, vmap, packing, names."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.flatten_util import ravel_pytree

from leadline import optimizers, schedules
from leadline.errors import ArgumentError

KINDS = [
    optimizers.SGD(0.1),
    optimizers.SGD(0.1, momentum=0.9),
    optimizers.SGD(0.1, momentum=0.9, nesterov=True),
    optimizers.Lion(0.01, beta_1=0.8, beta_2=0.9),
    optimizers.RMSprop(0.1),
    optimizers.RMSprop(0.1, momentum=0.8),
    optimizers.RMSprop(0.1, rho=0.7, momentum=0.5, centered=True),
    optimizers.Adagrad(0.3),
    optimizers.Adadelta(1.0, epsilon=1e-3),
    optimizers.Ftrl(0.1, l1_regularization_strength=0.5, l2_shrinkage_regularization_strength=0.1, beta=0.2),
    optimizers.Adam(0.1),
    optimizers.Adam(0.1, beta_1=0.8, beta_2=0.9, epsilon=1e-3, amsgrad=True),
    optimizers.AdamW(0.1),
    optimizers.AdamW(0.1, weight_decay=0.3, amsgrad=True),
    optimizers.Adamax(0.1),
    optimizers.Nadam(0.1),
    optimizers.ScheduleFreeAdamW(0.1, warmup_steps=5),
    optimizers.Lamb(0.1),
    optimizers.Adafactor(0.1),
    optimizers.Muon(0.1),
]
RATE = schedules.ExponentialDecay(0.1, 3, 0.5)
CASES = [*KINDS, *(kind.replace(learning_rate=RATE) for kind in KINDS)]
ALL_ON = {"weight_decay": 0.1, "clipnorm": 2.0, "use_ema": True, "ema_overwrite_frequency": 2, "gradient_accumulation_steps": 2}
LAST_OF_EACH = list({type(kind): kind for kind in KINDS}.values())
WITH_ALL_ON = [type(kind)(0.1, **ALL_ON) for kind in LAST_OF_EACH]

PARAMS = {"kernel": np.array([[1.0, -2.0, 0.3], [0.5, 3.0, -0.7]]), "bias": (np.array([0.0, 1.0]), np.array(-1.0))}
TARGET = {"kernel": np.array([[0.0, 1.0, 0.2], [2.0, 3.5, -0.1]]), "bias": (np.array([0.5, 1.0]), np.array(1.0))}


def gradients(params):
    """Of a quartic valley: large at first, small later, so that averages matter."""
    return jax.tree.map(lambda w, t: (w - t.astype(w.dtype)) + (w - t.astype(w.dtype)) ** 3, params, TARGET)


def sgd(o, eta, t, w, g, s):
    s["v"] = o.momentum * s["v"] - eta * g
    return w + (o.momentum * s["v"] - eta * g if o.nesterov else s["v"])


def lion(o, eta, t, w, g, s):
    w = w - eta * np.sign(o.beta_1 * s["m"] + (1 - o.beta_1) * g)
    s["m"] = o.beta_2 * s["m"] + (1 - o.beta_2) * g
    return w


def rmsprop(o, eta, t, w, g, s):
    s["v"] = o.rho * s["v"] + (1 - o.rho) * g**2
    s["a"] = o.rho * s["a"] + (1 - o.rho) * g
    s["b"] = o.momentum * s["b"] + eta * g / np.sqrt(s["v"] - o.centered * s["a"] ** 2 + o.epsilon)
    return w - s["b"]


def adagrad(o, eta, t, w, g, s):
    s["v"] = s["v"] + g**2
    return w - eta * g / np.sqrt(o.initial_accumulator_value + s["v"] + o.epsilon)


def adadelta(o, eta, t, w, g, s):
    s["v"] = o.rho * s["v"] + (1 - o.rho) * g**2
    delta = g * np.sqrt((s["a"] + o.epsilon) / (s["v"] + o.epsilon))
    s["a"] = o.rho * s["a"] + (1 - o.rho) * delta**2
    return w - eta * delta


def ftrl(o, eta, t, w, g, s):
    old = (o.initial_accumulator_value + s["v"]) ** -o.learning_rate_power
    s["v"] = s["v"] + g**2
    new = (o.initial_accumulator_value + s["v"]) ** -o.learning_rate_power
    s["m"] = s["m"] + g + 2 * o.l2_shrinkage_regularization_strength * w - (new - old) / eta * w
    l1 = o.l1_regularization_strength
    ridge = (o.beta + new) / eta + 2 * o.l2_regularization_strength
    return np.where(np.abs(s["m"]) <= l1, 0, (np.sign(s["m"]) * l1 - s["m"]) / ridge)


def smooth(o, g, s):
    s["m"] = o.beta_1 * s["m"] + (1 - o.beta_1) * g
    s["v"] = o.beta_2 * s["v"] + (1 - o.beta_2) * g**2


def adam(o, eta, t, w, g, s):
    smooth(o, g, s)
    s["b"] = np.maximum(s["b"], s["v"]) if o.amsgrad else s["v"]
    decayed = w - eta * (o.weight_decay or 0) * w
    alpha = eta * np.sqrt(1 - o.beta_2**t) / (1 - o.beta_1**t)
    return decayed - alpha * s["m"] / (np.sqrt(s["b"]) + o.epsilon)


def adamax(o, eta, t, w, g, s):
    smooth(o, g, s)
    s["a"] = np.maximum(o.beta_2 * s["a"], np.abs(g))
    return w - eta / (1 - o.beta_1**t) * s["m"] / (s["a"] + o.epsilon)


def nadam(o, eta, t, w, g, s):
    smooth(o, g, s)
    u = [o.beta_1 * (1 - 0.96**i / 2) for i in range(1, t + 2)]
    ahead = u[t] * s["m"] / (1 - np.prod(u)) + (1 - u[t - 1]) * g / (1 - np.prod(u[:t]))
    return w - eta * ahead / (np.sqrt(s["v"] / (1 - o.beta_2**t)) + o.epsilon)


def schedule_free(o, eta, t, w, g, s):
    if t == 1:
        s["a"], s["b"] = w, w  # the fast point, and the mean of all fast points
    smooth(o, g, s)
    s["a"] = s["a"] - eta * min(1, t / o.warmup_steps) * g / (np.sqrt(s["v"] / (1 - o.beta_2**t)) + o.epsilon)
    s["b"] = s["a"] if t == 1 else s["b"] + (s["a"] - s["b"]) / t
    return (1 - o.beta_1) * s["a"] + o.beta_1 * s["b"]


def lamb(o, eta, t, w, g, s):
    smooth(o, g, s)
    r = s["m"] / (1 - o.beta_1**t) / (np.sqrt(s["v"] / (1 - o.beta_2**t)) + o.epsilon)
    own, other = np.linalg.norm(w), np.linalg.norm(r)
    return w - eta * (own / other if own and other else 1) * r


def adafactor(o, eta, t, w, g, s):
    keep = 1 - t**o.beta_2_decay
    s["v"] = keep * s["v"] + (1 - keep) * (g**2 + o.epsilon_1)
    v = s["v"] if g.ndim < 2 else np.outer(s["v"].mean(1), s["v"].mean(0)) / s["v"].mean()
    u = g / np.sqrt(v)
    u = u / max(1, np.sqrt(np.mean(u**2)) / o.clip_threshold)
    return w - max(o.epsilon_2, np.sqrt(np.mean(w**2))) * min(eta, t**-0.5) * u


def muon(o, eta, t, w, g, s):
    w = w - eta * 0.004 * w
    if w.ndim != 2:
        return adam(optimizers.Adam(epsilon=o.epsilon), eta, t, w, g, s)
    s["m"] = o.momentum * s["m"] + g
    left, size, right = np.linalg.svd(g + o.momentum * s["m"], full_matrices=False)
    size = size / np.linalg.norm(size)
    for _ in range(o.ns_steps):
        size = o.muon_a * size + o.muon_b * size**3 + o.muon_c * size**5
    return w - eta * o.rms_rate * np.sqrt(max(w.shape)) * (left * size) @ right


RULES = {
    "SGD": sgd,
    "Lion": lion,
    "RMSprop": rmsprop,
    "Adagrad": adagrad,
    "Adadelta": adadelta,
    "Ftrl": ftrl,
    "Adam": adam,
    "AdamW": adam,
    "Adamax": adamax,
    "Nadam": nadam,
    "ScheduleFreeAdamW": schedule_free,
    "Lamb": lamb,
    "Adafactor": adafactor,
    "Muon": muon,
}


def by_hand(optimizer, steps):
    """The parameters after some updates, one leaf after another, in NumPy."""
    leaves, shape = jax.tree.flatten(PARAMS)
    results = []
    for w, target in zip(leaves, jax.tree.leaves(TARGET), strict=True):
        memory = {name: np.zeros_like(w) for name in "vabm"}
        for t in range(1, steps + 1):
            rate = 0.1 * 0.5 ** ((t - 1) / 3) if optimizer.learning_rate is RATE else optimizer.learning_rate
            g = (w - target) + (w - target) ** 3
            w = RULES[type(optimizer).__name__](optimizer, rate, t, w, g, memory)
        results.append(w)
    return jax.tree.unflatten(shape, results)


def run(optimizer, params, steps, pack=False):
    """The parameters and the state after some updates, as a scan; packed into one vector where asked."""
    start, unpack = ravel_pytree(params) if pack else (params, lambda same: same)

    def body(carry, _):
        params, state = carry
        slope = gradients(unpack(params))
        updates, state = optimizer.update(ravel_pytree(slope)[0] if pack else slope, state, params)
        return (jax.tree.map(jnp.add, params, updates), state), None

    params, state = jax.lax.scan(body, (start, optimizer.init(start)), length=steps)[0]
    return unpack(params), state


compiled = jax.jit(run, static_argnums=(2, 3))
SINGLE = jax.tree.map(lambda w: jnp.asarray(w, jnp.float32), PARAMS)


def assert_close(actual, expected, **tolerance):
    jax.tree.map(functools.partial(np.testing.assert_allclose, **tolerance), actual, expected)


@pytest.mark.parametrize("optimizer", CASES, ids=str)
def test_formula(optimizer):
    expected = by_hand(optimizer, 20)
    with jax.enable_x64(True):
        reached, state = compiled(optimizer, jax.tree.map(jnp.asarray, PARAMS), 20)
        assert (state.step.dtype, int(state.step)) == (jnp.int32, 20)
        assert {leaf.dtype for leaf in jax.tree.leaves(reached)} == {np.dtype("float64")}
        assert_close(reached, expected, rtol=1e-6 if isinstance(optimizer, optimizers.Muon) else 1e-9, atol=1e-10)


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("optimizer", KINDS + WITH_ALL_ON, ids=str)
def test_dtypes_and_shapes_stay(optimizer, dtype, x64):
    with jax.enable_x64(x64):
        params = {"w": jnp.ones((2, 3), dtype), "b": jnp.ones((), dtype)}
        population = jax.tree.map(jnp.asarray, optimizer)  # strongly typed numbers, as a population has them
        for one in (optimizer, population):
            state = one.init(params)
            updates, after = jax.eval_shape(one.update, params, state, params)
            assert jax.tree.map(lambda a: (a.shape, a.dtype), updates) == jax.tree.map(lambda a: (a.shape, a.dtype), params)
            assert jax.tree.map(lambda a: (a.shape, a.dtype), after) == jax.tree.map(lambda a: (a.shape, a.dtype), state)


@pytest.mark.parametrize("optimizer", LAST_OF_EACH, ids=str)
def test_steps_in_bfloat16_go_where_those_in_single_precision_go(optimizer):
    low, _ = compiled(optimizer, jax.tree.map(lambda w: jnp.asarray(w, jnp.bfloat16), PARAMS), 4)
    high, _ = compiled(optimizer, SINGLE, 4)
    assert_close(jax.tree.map(lambda w: w.astype(jnp.float32), low), high, rtol=0.05, atol=0.05)


@pytest.mark.parametrize("optimizer", WITH_ALL_ON, ids=str)
def test_a_population_of_rates_is_one_program_and_equals_a_loop(optimizer):
    many, _ = jax.jit(jax.vmap(lambda rate: run(optimizer.replace(learning_rate=rate), SINGLE, 4)))(jnp.array([0.01, 0.1]))
    program = jax.jit(lambda optimizer: run(optimizer, SINGLE, 4))
    for member, rate in enumerate([0.01, 0.1]):
        alone, _ = program(optimizer.replace(learning_rate=rate))
        assert_close(jax.tree.map(lambda leaf, i=member: leaf[i], many), alone, rtol=1e-5, atol=1e-5)
    assert program._cache_size() == 1


@pytest.mark.parametrize("optimizer", LAST_OF_EACH, ids=str)
def test_compiled_equals_eager(optimizer):
    params, state = SINGLE, optimizer.init(SINGLE)
    for _ in range(4):
        updates, state = optimizer.update(gradients(params), state, params)
        params = jax.tree.map(jnp.add, params, updates)
    reached, after = compiled(optimizer, SINGLE, 4)
    assert jax.tree.structure(state) == jax.tree.structure(after)
    assert_close(reached, params, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("optimizer", KINDS, ids=str)
def test_packed_equals_unpacked_where_it_says_so(optimizer):
    options = optimizer.replace(global_clipnorm=2.0, use_ema=True, ema_overwrite_frequency=2)
    reached, packed = (compiled(options, SINGLE, 4, pack)[0] for pack in (False, True))
    if options.is_elementwise:
        assert_close(packed, reached, rtol=1e-5, atol=1e-6)
    else:
        assert not np.allclose(packed["kernel"], reached["kernel"], rtol=1e-3)


@pytest.mark.parametrize("name", sorted(optimizers.OPTIMIZERS))
def test_every_name(name):
    made = optimizers.get(name)
    assert type(made) is optimizers.OPTIMIZERS[name]
    assert optimizers.get(type(made)) == made
    assert optimizers.get(made) is made
    assert type(made).__name__.lower() == name.lower()


@pytest.mark.parametrize(
    ("identifier", "message"), [("adamm", "Did you mean 'adam'"), (0.1, "got 0.1 of type float"), (None, "got None")]
)
def test_what_is_no_optimizer_is_refused(identifier, message):
    with pytest.raises(ArgumentError, match=message):
        optimizers.get(identifier)


def test_the_schedules_are_at_hand():
    assert optimizers.schedules is schedules
