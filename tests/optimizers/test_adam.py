"""Adam's kin: what each remembers, and what sets it apart from Adam."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from leadline.errors import ArgumentError
from leadline.optimizers import Adam, Adamax, AdamW, FromOptax, Nadam, ScheduleFreeAdamW


def walk(optimizer, gradients):
    """A parameter that begins at 1, after each update."""
    w, path = jnp.ones(()), []
    state = optimizer.init(w)
    for gradient in gradients:
        updates, state = optimizer.update(jnp.float32(gradient), state, w)
        w = w + updates
        path.append(float(w))
    return path


@pytest.mark.parametrize(
    ("optimizer", "names"),
    [
        (Adam(), {"momentum", "velocity"}),
        (Adam(amsgrad=True), {"momentum", "velocity", "velocity_hat"}),
        (AdamW(amsgrad=True), {"momentum", "velocity", "velocity_hat"}),
        (Adamax(), {"momentum", "norm"}),
        (Nadam(), {"momentum", "velocity", "u_product"}),
        (ScheduleFreeAdamW(), {"momentum", "velocity"}),
    ],
)
def test_what_is_remembered(optimizer, names):
    assert set(optimizer.init(jnp.ones(3)).moments) == names


def test_amsgrad_does_not_forget_a_large_gradient():
    gradients = [100.0] + [0.1] * 30
    plain, largest = (np.diff(walk(Adam(0.1, beta_1=0.0, beta_2=0.5, amsgrad=amsgrad), gradients)) for amsgrad in (False, True))
    assert abs(plain[-1]) > 10 * abs(largest[-1])


def test_adamw_is_adam_with_decay():
    gradients = np.random.default_rng(1).normal(size=10)
    assert walk(AdamW(0.1, 0.5), gradients) == walk(Adam(0.1, weight_decay=0.5), gradients)
    assert walk(AdamW(0.1, 0.0), gradients) == walk(Adam(0.1), gradients)
    assert isinstance(AdamW(), Adam)


def test_without_epsilon_adam_is_that_of_optax():
    gradients = np.random.default_rng(2).normal(size=10)
    np.testing.assert_allclose(
        walk(Adam(0.1, epsilon=0.0), gradients), walk(FromOptax(optax.adam(0.1, eps=0.0)), gradients), 1e-5
    )


def test_the_schedule_free_mean_is_the_mean_of_the_fast_points():
    optimizer, w = ScheduleFreeAdamW(0.1, beta_1=0.75), jnp.array([2.0])
    state, points = optimizer.init(w), []
    for gradient in (1.0, -3.0, 2.0, 0.5):
        updates, state = optimizer.update(jnp.array([gradient]), state, w)
        w = w + updates
        points.append(state.moments["momentum"])
        np.testing.assert_allclose(w, 0.25 * points[-1] + 0.75 * sum(points) / len(points), rtol=1e-5)


def test_a_warm_up_rises_in_equal_steps():
    cold, warm = (np.diff([1, *walk(ScheduleFreeAdamW(0.1, 0.5, 0.0, warmup_steps=steps), [1.0, 1.0])]) for steps in (0, 4))
    np.testing.assert_allclose(warm[0] / cold[0], 0.25, rtol=1e-4)


def test_the_fast_point_is_a_copy():
    w = jnp.ones(2)
    state = ScheduleFreeAdamW().init(w)
    jax.jit(lambda w: w + 1, donate_argnums=0)(w)
    assert state.moments["momentum"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Adam(beta_1=1.0), "beta_1"),
        (lambda: AdamW(epsilon=-1.0), "epsilon"),
        (lambda: AdamW(weight_decay=None), r"weight_decay in \[0, inf\); got None"),
        (lambda: AdamW().update(jnp.ones(2), AdamW().init(jnp.ones(2))), "AdamW needs the parameters"),
        (lambda: ScheduleFreeAdamW(beta_1=0.0), r"beta_1 in \(0, 1\)"),
        (lambda: ScheduleFreeAdamW(warmup_steps=-1), "a whole number from 0; got -1"),
        (lambda: ScheduleFreeAdamW(warmup_steps=0.5), "got 0.5"),
    ],
)
def test_refusals(make, message):
    with pytest.raises(ArgumentError, match=message):
        make()
