"""SGD and Lion: momentum or none, and steps of one size."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline.errors import ArgumentError
from leadline.optimizers import SGD, FromOptax, Lion, RMSprop

GRADIENTS = jnp.asarray(np.random.default_rng(0).normal(size=(6, 4)), jnp.float32)


def trained(optimizer, start=None):
    def body(carry, gradient):
        params, state = carry
        updates, state = optimizer.update(gradient, state, params)
        return (params + updates, state), None

    params = jnp.ones(4) if start is None else start
    return jax.lax.scan(body, (params, optimizer.init(params)), GRADIENTS)[0][0]


@pytest.mark.parametrize("make", [SGD, RMSprop])
def test_a_population_of_momenta_holds_zero_too(make):
    many = jax.vmap(lambda momentum: trained(make(0.1, momentum=momentum)))(jnp.array([0.0, 0.9]))
    for member, momentum in enumerate([0.0, 0.9]):
        np.testing.assert_allclose(many[member], trained(make(0.1, momentum=momentum)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [SGD, RMSprop])
def test_momentum_in_place_of_none_is_refused(make):
    with pytest.raises(ArgumentError, match="made without momentum"):
        make(0.1).replace(momentum=0.9).init(jnp.ones(2))
    assert "momentum" in make(0.1, momentum=0.9).replace(momentum=0.0).init(jnp.ones(2)).moments


def test_without_momentum_nothing_is_remembered():
    assert SGD().init(jnp.ones(2)).moments == {}
    prepared = jax.tree.map(jnp.asarray, SGD(0.1))
    assert jax.tree.structure(prepared.replace(learning_rate=jnp.array(0.2))) == jax.tree.structure(SGD(0.1))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(SGD(0.1), optax.sgd(0.1)), (Lion(0.1, 0.8, 0.9, weight_decay=0.3), optax.lion(0.1, 0.8, 0.9, weight_decay=0.3))],
)
def test_equal_to_optax_where_optax_has_the_same_formula(ours, theirs):
    np.testing.assert_allclose(trained(ours), trained(FromOptax(theirs)), rtol=1e-5)


def test_every_step_of_lion_is_of_one_size():
    updates, _ = Lion(0.25).update(jnp.array([3.0, -1e-6, 0.0]), Lion().init(jnp.ones(3)))
    assert updates.tolist() == [-0.25, 0.25, 0.0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(momentum=1.0), r"needs momentum in \[0, 1\); got 1.0"),
        (lambda: SGD(momentum="much"), "got 'much'"),
        (lambda: Lion(beta_1=0.0), r"beta_1 in \(0, 1\]"),
        (lambda: Lion(beta_2=1.0), r"beta_2 in \[0, 1\)"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
