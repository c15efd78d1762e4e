"""The outputs of a network, block by block."""

import jax
import numpy as np
import pytest

import leadline as ll
from leadline.models.outputs import outputs


@pytest.mark.parametrize("block", [1, 3, 4, 100])
def test_blocks_make_no_difference(block):
    network = ll.Sequential([ll.Input((2,)), ll.layers.Dense(3, "tanh")]).network
    params, state = network.init(jax.random.key(0))
    X = np.random.default_rng(0).normal(size=(7, 2)).astype(np.float32)
    whole = np.tanh(X @ np.asarray(params["dense"]["kernel"]))
    np.testing.assert_allclose(outputs(network, params, state, X, block), whole, rtol=1e-5)
