"""Dense against the loops of the reference, its penalties, and what it refuses."""

import jax
import numpy as np
import pytest

from leadline import initializers, reference, regularizers
from leadline.errors import ArgumentError, ShapeError
from leadline.layers import Dense

KEY = jax.random.key(0)
RNG = np.random.default_rng(0)
W, B, X = RNG.normal(size=(4, 3)), RNG.normal(size=3), RNG.normal(size=(5, 4))


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        (None, reference.linear),
        ("linear", reference.linear),
        ("relu", reference.relu),
        ("sigmoid", reference.sigmoid),
        ("softmax", reference.softmax),
        (lambda z: z**3, lambda z: z**3),
    ],
)
def test_every_unit_of_every_example(activation, function):
    layer = Dense(3, activation)
    layer.build((4,))
    layer.set_weights([W, B])
    np.testing.assert_allclose(layer(X), [reference.dense(x, W, B, function) for x in X], rtol=2e-6, atol=1e-6)


def test_without_bias():
    layer = Dense(3, use_bias=False)
    layer.build((4,))
    layer.set_weights([W])
    np.testing.assert_allclose(layer(X), X @ W, rtol=2e-6, atol=1e-6)


def test_further_axes_are_examples_of_their_own():
    layer = Dense(3)
    layer.build((2, 4))
    layer.set_weights([W, B])
    x = RNG.normal(size=(5, 2, 4))
    np.testing.assert_allclose(layer(x), x @ W + B, rtol=2e-6, atol=1e-6)


def test_how_the_arrays_begin():
    layer = Dense(3, kernel_initializer=initializers.Constant(2.0), bias_initializer="ones")
    params, state = layer.init(KEY, (4,))
    assert state == {}
    assert (params["kernel"] == 2).all()
    assert (params["bias"] == 1).all()
    kernel = Dense(300).init(KEY, (200,))[0]["kernel"]  # Glorot's uniform, by default
    assert np.abs(kernel).max() == pytest.approx(np.sqrt(6 / 500), rel=1e-3)
    assert not Dense(3).init(KEY, (4,))[0]["bias"].any()


@pytest.mark.parametrize(
    ("options", "penalty"),
    [
        ({}, 0.0),
        ({"kernel_regularizer": regularizers.L2(0.5)}, 0.5 * (W**2).sum()),
        ({"kernel_regularizer": "l1"}, 0.01 * np.abs(W).sum()),
        ({"bias_regularizer": regularizers.L2(0.5)}, 0.5 * (B**2).sum()),
        (
            {"kernel_regularizer": regularizers.L1L2(0.1, 0.2), "bias_regularizer": "l2"},
            0.1 * np.abs(W).sum() + 0.2 * (W**2).sum() + 0.01 * (B**2).sum(),
        ),
    ],
)
def test_penalty(options, penalty):
    with jax.enable_x64(True):
        assert float(Dense(3, **options).penalty({"kernel": W, "bias": B})) == pytest.approx(penalty, rel=1e-12)


def test_strengths_are_traced():
    structure = jax.tree.structure(Dense(3, kernel_regularizer=regularizers.L2(0.1)))
    assert structure == jax.tree.structure(Dense(3, kernel_regularizer=regularizers.L2(0.7)))
    assert structure != jax.tree.structure(Dense(3))


@pytest.mark.parametrize("units", [0, -1, 2.5, "3", None, True, np.float32(2)])
def test_units_that_are_none(units):
    with pytest.raises(ArgumentError, match=f"'units' of Dense must be a positive whole number. Got .*{units}"):
        Dense(units)


@pytest.mark.parametrize("units", [3, np.int64(3)])
def test_units(units):
    assert type(Dense(units).units) is int


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"activation": "rleu"}, "Unknown activation 'rleu'. Did you mean 'relu'"),
        ({"kernel_initializer": "he_norml"}, "Unknown initializer 'he_norml'. Did you mean 'he_normal'"),
        ({"bias_initializer": "zeroes"}, "Unknown initializer 'zeroes'. Did you mean 'zeros'"),
        ({"kernel_regularizer": "L3"}, "Unknown regularizer 'L3'. Did you mean"),
        ({"bias_regularizer": 0.01}, "got 0.01"),
    ],
)
def test_unknown_names(options, message):
    with pytest.raises(ArgumentError, match=message):
        Dense(3, **options)


def test_examples_without_an_axis():
    with pytest.raises(ShapeError, match=r"got examples of shape \(\), and wants .*Reshape the input to \(batch, 1\)"):
        Dense(3).init(KEY, ())
