"""RMSprop, Adagrad, Adadelta and Ftrl: what each remembers and does with it."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline.errors import ArgumentError
from leadline.optimizers import Adadelta, Adagrad, FromOptax, Ftrl, RMSprop

GRADIENTS = jnp.asarray(np.random.default_rng(0).normal(size=(10, 4)), jnp.float32)


def trained(optimizer):
    def body(carry, gradient):
        params, state = carry
        updates, state = optimizer.update(gradient, state, params)
        return (params + updates, state), updates

    (params, _), updates = jax.lax.scan(body, (jnp.ones(4), optimizer.init(jnp.ones(4))), GRADIENTS)
    return params, updates


@pytest.mark.parametrize(
    ("optimizer", "names"),
    [
        (RMSprop(), {"velocity"}),
        (RMSprop(momentum=0.5), {"velocity", "momentum"}),
        (RMSprop(centered=True, momentum=0.5), {"velocity", "average_gradient", "momentum"}),
        (Adagrad(), {"accumulator"}),
        (Adadelta(), {"accumulated_grad", "accumulated_delta_var"}),
        (Ftrl(), {"accumulator", "linear"}),
    ],
)
def test_what_is_remembered(optimizer, names):
    assert set(optimizer.init(jnp.ones(3)).moments) == names


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RMSprop(0.1), optax.rmsprop(0.1, decay=0.9, eps=1e-7)),
        (RMSprop(0.1, momentum=0.8), optax.rmsprop(0.1, decay=0.9, eps=1e-7, momentum=0.8)),
        (Adagrad(0.1), optax.adagrad(0.1)),
        (Adadelta(0.1), optax.adadelta(0.1, rho=0.95, eps=1e-7)),
    ],
)
def test_equal_to_optax_where_optax_has_the_same_formula(ours, theirs):
    np.testing.assert_allclose(trained(ours)[0], trained(FromOptax(theirs))[0], rtol=1e-5)


@pytest.mark.parametrize("make", [Adagrad, Ftrl])
def test_a_population_of_first_values(make):
    values = jnp.array([0.1, 2.0])
    many = jax.vmap(lambda value: trained(make(0.1, initial_accumulator_value=value))[0])(values)
    for member, value in enumerate(values):
        np.testing.assert_allclose(many[member], trained(make(0.1, initial_accumulator_value=float(value)))[0], rtol=1e-5)


def test_the_steps_of_adagrad_become_smaller():
    state, sizes = Adagrad(0.1).init(jnp.ones(1)), []
    for _ in range(5):
        updates, state = Adagrad(0.1).update(jnp.ones(1), state)
        sizes.append(-float(updates[0]))
    np.testing.assert_allclose(sizes, [0.1 / np.sqrt(0.1 + n) for n in range(1, 6)], rtol=1e-5)


def test_ftrl_sets_weights_to_exactly_zero():
    penalised, free = (trained(Ftrl(0.1, l1_regularization_strength=strength))[0] for strength in (100.0, 0.0))
    assert np.count_nonzero(penalised) == 0
    assert np.count_nonzero(free) == 4


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RMSprop(rho=-0.1), "rho"),
        (lambda: RMSprop(momentum=-0.1), "momentum"),
        (lambda: Adadelta(rho=1.0), "rho"),
        (lambda: Adagrad(initial_accumulator_value=-1.0), "initial_accumulator_value"),
        (lambda: Ftrl(0.0), r"learning_rate in \(0, inf\); got 0.0"),
        (lambda: Ftrl(learning_rate_power=0.5), r"learning_rate_power in \(-inf, 0\]; got 0.5"),
        (lambda: Ftrl(l1_regularization_strength=-1.0), "l1_regularization_strength"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
