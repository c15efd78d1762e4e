"""Activations as layers: they are the functions, their numbers traced where that is said, and PReLU's are trained."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import activations
from leadline.errors import ArgumentError, ShapeError
from leadline.layers.advanced_activations import ELU, LeakyReLU, PReLU, ReLU, Softmax

X = np.random.default_rng(0).normal(size=(3, 4, 5)).astype(np.float32) * 3


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (ReLU(), activations.relu),
        (ReLU(2.0, 0.1, 0.5), lambda x: activations.relu(x, 0.1, 2.0, 0.5)),
        (LeakyReLU(), lambda x: np.where(x >= 0, x, 0.3 * x)),
        (LeakyReLU(0.0), activations.relu),
        (ELU(0.5), lambda x: np.where(x > 0, x, 0.5 * np.expm1(x))),
        (Softmax(), activations.softmax),
        (Softmax(1), lambda x: activations.softmax(x, 1)),
        (Softmax((1, 2)), lambda x: np.exp(x) / np.exp(x).sum((1, 2), keepdims=True)),
        (PReLU(), activations.relu),
        (PReLU("ones"), activations.linear),
    ],
)
def test_functions(layer, function):
    np.testing.assert_allclose(layer(X), function(X), rtol=1e-5, atol=1e-6)


def test_softmax_of_whole_numbers_and_of_infinity():
    np.testing.assert_allclose(Softmax()([[0, 0]]), [[0.5, 0.5]])
    np.testing.assert_allclose(Softmax()([[np.inf, 0.0]]), [[1.0, 0.0]])


@pytest.mark.parametrize(("shared", "shape"), [(None, (4, 5)), (1, (1, 5)), ((1,), (1, 5)), ([1, 2], (1, 1)), (-1, (4, 1))])
def test_slopes_that_are_shared(shared, shape):
    layer = PReLU(shared_axes=shared)
    layer.build((4, 5))
    slopes = np.random.default_rng(1).uniform(size=shape).astype(np.float32)
    layer.set_weights([slopes])
    np.testing.assert_allclose(layer(X), np.where(X >= 0, X, slopes * X), rtol=1e-6)


@pytest.mark.parametrize("kind", [LeakyReLU, ELU])
def test_one_program_for_every_slope(kind):
    run = jax.jit(lambda layer: layer.apply({}, {}, jnp.asarray(X))[0])
    first, second = run(kind(0.25)), run(kind(0.5))
    np.testing.assert_allclose(np.where(X < 0, 2 * first, first), second, rtol=1e-6)
    assert run._cache_size() == 1


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: ReLU(-1.0), ArgumentError, "'max_value' of ReLU must be at least 0, and finite. Got -1.0"),
        (lambda: ReLU(threshold=None), ArgumentError, "'threshold' of ReLU"),
        (lambda: LeakyReLU(-0.1), ArgumentError, "'negative_slope' of LeakyReLU must be at least 0"),
        (lambda: PReLU(shared_axes=(0,))(X), ArgumentError, "cannot be 0, the batch axis"),
        (lambda: PReLU(shared_axes=(3,))(X), ShapeError, r"has axis \(3,\), and its input has only 3 axes"),
        (lambda: Softmax(0)(X), ArgumentError, "cannot be 0, the batch axis"),
        (lambda: Softmax(3)(X), ShapeError, "has axis 3"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
