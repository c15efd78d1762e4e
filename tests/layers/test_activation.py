"""An activation as a layer gives what the function gives."""

import numpy as np
import pytest

from leadline import activations
from leadline.errors import ArgumentError
from leadline.layers import Activation

X = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


@pytest.mark.parametrize(
    "name", ["linear", "relu", "sigmoid", "softmax", "tanh", "softplus", "gelu", "silu", "elu", "leaky_relu"]
)
def test_by_name(name):
    np.testing.assert_array_equal(Activation(name)(X), activations.get(name)(X))
    assert Activation(name) == Activation(activations.get(name))


def test_by_function():
    np.testing.assert_allclose(Activation(lambda z: z**2)(X), X**2, rtol=1e-6)


def test_an_unknown_name():
    with pytest.raises(ArgumentError, match="Unknown activation 'sigmod'. Did you mean 'sigmoid'"):
        Activation("sigmod")
