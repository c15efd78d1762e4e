import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses, optimizers
from leadline.adapters import unwrap, wrap
from leadline.adapters.pure import Pure
from leadline.data.datasets import digits

X, Y = digits().X[:100], digits().y[:100]


def init(key, x):
    return jax.random.normal(key, (x.shape[1], 10))


def plain(kernel, x):
    return x @ kernel


def random(kernel, x, key):
    return x @ kernel if key is None else jax.random.bernoulli(key, 0.5, x.shape) * x @ kernel


def told(kernel, x, *, deterministic, training=True):
    return x @ kernel * (1 if deterministic else 2) * (3 if training else 5)


@pytest.mark.parametrize(("apply", "training", "factor"), [(plain, True, 1), (told, True, 6), (told, False, 5)])
def test_a_function_is_told_what_it_asks_for(apply, training, factor):
    adapter = Pure(init, apply)
    params, state = adapter.init(jax.random.key(0), X[:1])
    output, after = adapter.apply(params, state, X, training, None)
    np.testing.assert_allclose(output, factor * (X @ params), rtol=1e-5)
    assert after == state
    assert not adapter.is_random
    assert adapter.own() is None


def test_a_function_with_a_key_draws_in_training_alone():
    adapter = Pure(init, random)
    params, state = adapter.init(jax.random.key(0), X[:1])
    draws = [adapter.apply(params, state, X, True, jax.random.key(seed))[0] for seed in (1, 1, 2)]
    assert adapter.is_random
    assert (draws[0] == draws[1]).all()
    assert (draws[0] != draws[2]).any()
    model = wrap((init, random), (64,))
    np.testing.assert_allclose(model.predict(X), X @ unwrap(model), rtol=1e-4, atol=1e-5)


def test_it_is_trained_and_its_params_come_back():
    model = wrap((init, random), (64,))
    before = np.array(unwrap(model))
    model.compile(optimizers.Adam(0.01), losses.SparseCategoricalCrossentropy(from_logits=True))
    costs = model.fit(X, Y, epochs=3, verbose=0).history["loss"]
    assert costs[-1] < costs[0]
    assert (np.array(unwrap(model)) != before).any()
    np.testing.assert_allclose(model.predict(X), X @ unwrap(model), rtol=1e-4, atol=1e-5)


def test_init_sees_a_batch_of_one_example():
    seen = []
    wrap((lambda key, x: seen.append((x.shape, x.dtype)) or jnp.ones((3, 2)), plain), (3,))
    assert set(seen) == {((1, 3), np.dtype("float32"))}
