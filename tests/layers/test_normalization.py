"""Normalization against its formula in NumPy, for every way to keep axes."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, DataError, ShapeError
from leadline.layers import Dense, Flatten, Normalization

RNG = np.random.default_rng(0)


# axis, shape of the data, axes over which the statistics are taken
@pytest.mark.parametrize(
    ("axis", "shape", "others"),
    [
        (-1, (50, 3), (0,)),
        (1, (50, 3), (0,)),
        (None, (50, 3), (0, 1)),
        ((), (50, 3), (0, 1)),
        (-1, (50, 4, 3), (0, 1)),
        (1, (50, 4, 3), (0, 2)),
        ((1, 2), (50, 4, 3), (0,)),
        ((-1, 1), (50, 4, 3), (0,)),
        (-2, (50, 4, 3), (0, 2)),
        (None, (50, 4, 3), (0, 1, 2)),
        ((1, 3), (20, 2, 4, 3), (0, 2)),
    ],
)
def test_adapted(axis, shape, others):
    data = RNG.normal(5, 3, shape)
    layer = Normalization(axis)
    layer.adapt(data)
    mean, variance = data.mean(others, keepdims=True), data.var(others, keepdims=True)
    np.testing.assert_allclose(layer(data), (data - mean) / np.sqrt(variance), rtol=1e-5, atol=1e-5)
    given = Normalization(axis, mean=mean[0], variance=variance[0])
    np.testing.assert_allclose(given(data), layer(data), rtol=1e-5, atol=1e-5)
    assert layer.get_weights()[0].shape == mean[0].shape


def test_it_begins_as_the_identity():
    x = RNG.normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_array_equal(Normalization()(x), x)


def test_a_vector_is_one_feature():
    layer = Normalization()
    layer.adapt([1.0, 3.0])
    assert layer([[1.0], [3.0], [2.0]]).tolist() == [[-1.0], [1.0], [0.0]]


@pytest.mark.parametrize("constant", [0.0, 0.1, 7.0, -1e30])
def test_a_constant_feature_becomes_0(constant):
    layer = Normalization()
    layer.adapt(np.full((10, 1), constant))
    assert layer(np.full((2, 1), constant)).tolist() == [[0.0], [0.0]]


def test_statistics_of_large_numbers_are_exact():
    layer = Normalization()
    layer.adapt(1e8 + np.arange(4.0)[:, None])
    mean, variance = layer.get_weights()
    assert float(mean[0]) == 1e8
    assert float(variance[0]) == 1.25


def test_integers_and_booleans_are_numbers():
    layer = Normalization()
    layer.adapt([[0, 2], [4, 2]])
    assert layer(jnp.array([[0, 3]])).dtype == jnp.float32
    assert layer([[0, 2]]).tolist() == [[-1.0, 0.0]]
    layer = Normalization()
    layer.adapt([[True], [False]])
    assert layer([[True]]).tolist() == [[1.0]]


def test_adapting_anew_replaces_the_statistics():
    layer = Normalization()
    layer.adapt([[0.0], [2.0]])
    layer.adapt([[10.0, 0.0], [20.0, 1.0]])
    assert layer([[15.0, 0.5]]).tolist() == [[0.0, 0.0]]


def test_a_description_with_statistics_can_be_looked_up():
    first, second = (Normalization(mean=np.ones(2), variance=[2.0, 3.0]) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)
    assert jax.tree.structure(first) == jax.tree.structure(second)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Normalization(mean=1.0), ArgumentError, "'mean' and 'variance' together. Got only one"),
        (lambda: Normalization(variance=1.0), ArgumentError, "together"),
        (lambda: Normalization(mean=0.0, variance=-1.0), ArgumentError, "must not be negative. Got -1.0"),
        (lambda: Normalization(mean=0.0, variance=np.nan), ArgumentError, "must not be negative. Got nan"),
        (lambda: Normalization(axis=0), ArgumentError, "cannot be 0, the batch axis. Use -1"),
        (lambda: Normalization(axis=(0, 1)), ArgumentError, "cannot be 0"),
        (lambda: Normalization(axis=2)([[1.0]]), ShapeError, r"keeps axis \(2,\), and its input has only 2 axes"),
        (lambda: Normalization(axis=-2)([[1.0]]), ShapeError, "keeps axis"),
        (
            lambda: Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 1.0, 1.0])([[1.0, 2.0]]),
            ShapeError,
            r"statistics of shape \(3,\), and its input needs \(2,\)",
        ),
        (lambda: Normalization(mean=0.0, variance=1.0).adapt([[1.0]]), ArgumentError, "was given its mean and variance"),
        (lambda: Normalization().adapt(np.zeros((0, 3))), DataError, "adapts to finite numbers, and got none"),
        (lambda: Normalization(name="scale").adapt([[1.0, np.nan]]), DataError, "'scale' adapts .* got 1 of 2 that are NaN"),
        (lambda: Normalization().adapt([[1e300], [2e300]]), DataError, r"values up to 2e\+300.* too large for float32"),
        (lambda: Normalization().adapt([[1e30], [2e30]]), DataError, "too large for float32. Measure them in a larger unit"),
        (lambda: Normalization().adapt(np.full((3, 1), 1e200)), DataError, "too large for float32"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_in_front_of_other_layers():
    layer, flat, dense = Normalization(), Flatten(), Dense(2)
    data = RNG.normal(3, 2, (20, 2, 2))
    layer.adapt(data)
    assert dense(flat(layer(data))).shape == (20, 2)


def test_inverted_it_undoes_itself():
    data = RNG.normal(5, 3, (20, 3))
    layer, back = Normalization(), Normalization(invert=True)
    layer.adapt(data)
    back.adapt(data)
    np.testing.assert_allclose(back(layer(data)), data, rtol=1e-5)
