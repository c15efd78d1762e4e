"""Several inputs, one output: against NumPy, with broadcasting; what does not fit is refused."""

import functools

import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.merging import Add, Average, Concatenate, Dot, Maximum, Minimum, Multiply, Subtract
from leadline.layers.symbol import Input

ORACLES = {
    Add: np.add,
    Subtract: np.subtract,
    Multiply: np.multiply,
    Maximum: np.maximum,
    Minimum: np.minimum,
    Average: np.add,
}
SHAPES = [[(4,), (4,)], [(2, 3), (1, 3)], [(2, 3), (3,)], [(3,), (5, 2, 3)], [(2, 1), (1, 3)], [(2, 3), (3,), (1, 1)]]


def batches(shapes, rows=4):
    return tuple(np.random.default_rng(i).normal(size=(rows, *shape)).astype(np.float32) for i, shape in enumerate(shapes))


@pytest.mark.parametrize("kind", ORACLES)
@pytest.mark.parametrize("shapes", SHAPES)
def test_entry_by_entry(kind, shapes):
    shapes = shapes[:2] if kind is Subtract else shapes
    x = batches(shapes)
    expected = np.stack([functools.reduce(ORACLES[kind], row) for row in zip(*x, strict=True)])
    expected = expected / len(x) if kind is Average else expected
    np.testing.assert_allclose(kind()(x), expected, rtol=1e-6)
    assert kind().output_shape(tuple(shapes)) == expected.shape[1:]


@pytest.mark.parametrize(
    ("axis", "shapes"), [(-1, [(2, 3), (2, 1)]), (1, [(2, 3), (4, 3), (1, 3)]), (-2, [(2, 3), (4, 3)]), (1, [(2,), (3,)])]
)
def test_concatenate(axis, shapes):
    x = batches(shapes)
    np.testing.assert_array_equal(Concatenate(axis)(x), np.concatenate(x, axis))
    assert Concatenate(axis).output_shape(tuple(shapes)) == np.concatenate(x, axis).shape[1:]


@pytest.mark.parametrize(
    ("axes", "shapes", "letters"),
    [
        (1, [(3,), (3,)], "a,a->"),
        (1, [(3, 4), (3, 5)], "ab,ac->bc"),
        (2, [(3, 4), (5, 4)], "ab,cb->ac"),
        (-1, [(4,), (5, 4)], "a,ba->b"),
        ((1, 2), [(3, 4), (5, 3)], "ab,ca->bc"),
        ((-1, 1), [(2, 3, 4), (4, 5)], "abc,cd->abd"),
    ],
)
def test_dot(axes, shapes, letters):
    x = batches(shapes)
    expected = np.stack([np.atleast_1d(np.einsum(letters, *row)) for row in zip(*x, strict=True)])
    np.testing.assert_allclose(Dot(axes)(x), expected, rtol=1e-5, atol=1e-6)
    assert Dot(axes).output_shape(tuple(shapes)) == expected.shape[1:]


def test_a_cosine():
    x = np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)
    np.testing.assert_allclose(Dot(1, normalize=True)([x, 10 * x]), [[1.0], [0.0]], rtol=1e-6)


def test_symbols_are_merged():
    merged = Add()([Input((2, 3)), Input((3,))])
    assert merged.shape == (2, 3)
    assert len(merged.inputs) == 2


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: Add(name="sum")(batches([(2,), (3,)])),
            ShapeError,
            r"'sum' got examples of shape \(\(2,\), \(3,\)\), and wants shapes that broadcast",
        ),
        (lambda: Subtract()(batches([(2,)] * 3)), ShapeError, "Subtract reads exactly 2 inputs, and got 3"),
        (lambda: Dot(1)(batches([(2,)])), ShapeError, "Dot reads exactly 2 inputs, and got 1"),
        (lambda: Add().output_shape(()), ShapeError, "at least one input, and got 0"),
        (lambda: Concatenate(0)(batches([(2,), (2,)])), ArgumentError, "cannot be 0, the batch axis"),
        (lambda: Concatenate("x"), ArgumentError, "'axis' of Concatenate must be a whole number. Got 'x'"),
        (lambda: Concatenate(2)(batches([(2,), (2,)])), ShapeError, "has axis 2"),
        (lambda: Concatenate()(batches([(2, 3), (1, 3)])), ShapeError, "wants shapes that are equal but for axis -1"),
        (lambda: Concatenate()(batches([(2, 3), (3,)])), ShapeError, "equal but for axis -1"),
        (lambda: Dot(1)(batches([(2,), (3,)])), ShapeError, r"wants equal sizes along axes \(1, 1\)"),
        (lambda: Dot((1, 0))(batches([(2,), (2,)])), ArgumentError, "cannot be 0, the batch axis"),
        (lambda: Dot((1, 2, 3)), ArgumentError, "'axes' of Dot must be a whole number, or 2 of them"),
        (lambda: Add()(Input((2,))), ArgumentError, "reads a list of inputs, and was called on one"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("layer", [Add(), Concatenate(), Dot(1)])
def test_batches_of_several_lengths(layer):
    with pytest.raises(ShapeError, match=r"got batches of \[1, 4\] examples. Give as many of each input"):
        layer.apply({}, {}, (jnp.ones((4, 2)), jnp.ones((1, 2))))
