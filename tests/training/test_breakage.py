"""Where a training stopped being finite: the epoch, the step, and the first of all that the step computes."""

import numpy as np
import pytest

import leadline as ll
from leadline import optimizers, schedules
from leadline.errors import NonFiniteError
from leadline.initializers import Constant
from leadline.layers import BatchNormalization, Dense, Dropout, Input

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)).astype(np.float32), RNG.normal(size=(20, 1)).astype(np.float32)
TWO = [Dense(4, "relu"), Dropout(0.3), Dense(1)]
# layers, optimizer, loss, what X is multiplied with; epoch, step, the tensor
BROKEN = [
    (TWO, optimizers.SGD(1e30), "mse", 1.0, "step 2, what 'dense_1' gives"),
    ([Dense(1, kernel_initializer=Constant(100.0))], optimizers.SGD(), "mse", 1e38, "step 1, what 'dense' gives"),
    ([Dense(1)], optimizers.SGD(), "mse", 1e25, "step 1, the cost"),
    ([Dense(1, kernel_regularizer="l2")], optimizers.SGD(1e21), "mae", 1.0, "step 2, the cost with its penalty"),
    (
        [Dense(1, kernel_initializer="zeros"), Dense(1, kernel_initializer=Constant(100.0))],
        optimizers.SGD(),
        "mae",
        1e38,
        "step 1, the gradient of 'dense.kernel'",
    ),
    ([Dense(1)], optimizers.SGD(3e38), "mae", 100.0, "step 1, 'dense.kernel' after the step"),
    (
        [BatchNormalization(name="norm"), Dense(1)],
        optimizers.SGD(),
        "mse",
        1e25,
        "step 1, 'norm.moving_variance' after the forward pass",
    ),
]


@pytest.mark.parametrize(("layers", "optimizer", "loss", "scale", "expected"), BROKEN)
def test_the_first_tensor_is_named_with_its_step(layers, optimizer, loss, scale, expected):
    model = ll.Sequential([Input((3,)), *layers])
    model.compile(optimizer, loss)
    model.predict(X)
    before = model.get_weights()
    with pytest.raises(NonFiniteError, match=f"in epoch 1, {expected} became") as caught:
        model.fit(scale * X, Y, 8, 3, 0)
    assert "NaN or infinite. The weights are those after the last epoch that ended well." in str(caught.value)
    for own, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(own, old)


def test_of_many_epochs_in_one_call_it_is_the_one_that_broke():
    """A scheduler raises the rate in the fourth epoch, in whatever order its examples come."""
    model = ll.Sequential([Input((3,)), Dense(1)])
    model.compile(optimizers.SGD(schedules.PiecewiseConstantDecay([9], [0.01, 1e30])), "mse")
    with pytest.raises(NonFiniteError, match="epoch 4, step 3, the cost became") as caught:
        model.fit(X, Y, 8, 20, 0)
    assert caught.value.history.epoch == [0, 1, 2]
