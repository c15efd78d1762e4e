"""Functions as losses."""

import jax.numpy as jnp
import numpy as np

from leadline import losses

NUMBERS, PREDICTIONS = np.random.default_rng(0).normal(size=(2, 6, 4))
WEIGHTS = np.arange(1.0, 7.0)


def test_a_function_is_a_loss():
    def cubed(y_true, y_pred):
        return jnp.mean(jnp.abs(y_pred - y_true) ** 3, axis=-1)

    loss = losses.get(cubed)
    assert loss.name == "cubed"
    expected = (abs(NUMBERS - PREDICTIONS) ** 3).mean(-1)
    np.testing.assert_allclose(loss(NUMBERS, PREDICTIONS, WEIGHTS), (expected * WEIGHTS).mean(), rtol=1e-5)


def test_a_function_without_a_name_may_be_given_one():
    assert losses.FunctionLoss(lambda y, f: f, name="plain").name == "plain"
    assert losses.FunctionLoss(lambda y, f: f).name == "<lambda>"
