"""Transformations of Optax as optimizers."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline import optimizers
from leadline.errors import ArgumentError

PARAMS = {"bias": jnp.array([0.5, -1.0]), "kernel": jnp.array([[1.0, -2.0], [0.5, 3.0]])}


@pytest.mark.parametrize(
    "transformation",
    [
        optax.adam(0.1),
        optax.sgd(0.1, momentum=0.9),
        optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(0.1)),
        optax.MultiSteps(optax.sgd(0.1), 2),
    ],
)
def test_updates_are_those_of_the_transformation(transformation):
    optimizer = optimizers.get(transformation)
    assert optimizers.get(optimizer) is optimizer
    params, ours = PARAMS, PARAMS
    state, own = transformation.init(params), optimizer.init(params)
    update = jax.jit(lambda optimizer, *arguments: optimizer.update(*arguments))
    for _ in range(4):
        updates, state = transformation.update(params, state, params)
        params = optax.apply_updates(params, updates)
        mine, own = update(optimizer, ours, own, ours)
        ours = jax.tree.map(jnp.add, ours, mine)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6), ours, params)
    assert jax.tree.structure(optimizer) == jax.tree.structure(optimizers.FromOptax(transformation))


def test_it_is_not_packed_and_has_no_learning_rate():
    optimizer = optimizers.FromOptax(optax.sgd(0.1))
    assert not optimizer.is_elementwise
    assert not hasattr(optimizer, "learning_rate")


def test_what_is_no_transformation_is_refused():
    with pytest.raises(ArgumentError, match="or an Optax transformation; got 3"):
        optimizers.FromOptax(3)
