"""Numbers and categories made ready."""

import numpy as np
import pytest

from leadline.errors import ArgumentError, ShapeError
from leadline.layers.preprocessing import CategoryEncoding, Discretization, Rescaling

X = np.random.default_rng(0).normal(size=(4, 2, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("scale", "offset"), [(2, 0.0), (0.5, -1), ([1, 2, 3], 1.0), (2.0, (1.0, 2.0, 3.0)), (np.float32(2), np.ones(3))]
)
def test_rescaling(scale, offset):
    np.testing.assert_allclose(Rescaling(scale, offset)(X), X * np.asarray(scale) + np.asarray(offset), rtol=1e-6, atol=1e-6)
    assert hash(Rescaling(scale, offset)) == hash(Rescaling(scale, offset))
    assert Rescaling.from_config(Rescaling(scale, offset).get_config()) == Rescaling(scale, offset)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "bool"])
def test_pixels_become_floating_numbers(dtype):
    output = Rescaling(0.5, 1.0)(np.ones((1, 2), dtype))
    assert output.dtype == np.float32
    assert output.tolist() == [[1.5, 1.5]]


@pytest.mark.parametrize(
    ("mode", "x", "expected"),
    [
        ("multi_hot", [[0, 2, 2]], [[1, 0, 1]]),
        ("count", [[0, 2, 2]], [[1, 0, 2]]),
        ("one_hot", [[1]], [[0, 1, 0]]),
        ("one_hot", [[1, 0]], [[[0, 1, 0], [1, 0, 0]]]),
        ("one_hot", [[[2], [0]]], [[[0, 0, 1], [1, 0, 0]]]),
        ("multi_hot", [[3, -1]], [[0, 0, 0]]),
        ("multi_hot", [[0.0, 1.0]], [[1, 1, 0]]),
    ],
)
def test_categories(mode, x, expected):
    layer = CategoryEncoding(3, mode)
    assert layer(x).tolist() == expected
    assert layer.output_shape(np.shape(x)[1:]) == np.shape(expected)[1:]


def test_bins():
    x = [[-9.0, 0.0, 0.5, 1.0, 9.0]]
    assert Discretization([0, 1])(x).tolist() == [[0, 1, 1, 2, 2]] == np.digitize(x, [0, 1]).tolist()
    assert Discretization((0, 1), output_mode="count")(x).tolist() == [[1, 2, 2]]
    layer = Discretization((0, 1), output_mode="one_hot")
    assert layer(x).shape == (1, *layer.output_shape((5,))) == (1, 5, 3)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Rescaling("x"), ArgumentError, "'scale' of Rescaling must be a finite number, or one for each feature. Got 'x'"),
        (lambda: Rescaling(1, float("nan")), ArgumentError, "'offset' of Rescaling .* Got nan"),
        (lambda: Rescaling(np.ones((2, 2))), ArgumentError, "'scale' of Rescaling"),
        (lambda: Rescaling([1, 2])(X), ShapeError, "wants 2 features, as many as 'scale' has"),
        (lambda: CategoryEncoding(0), ArgumentError, "'num_tokens' of CategoryEncoding must be a positive whole number. Got 0"),
        (lambda: CategoryEncoding(2, "binary"), ArgumentError, "Unknown output_mode of CategoryEncoding 'binary'"),
        (
            lambda: CategoryEncoding(2)(np.ones((1, 2, 2))),
            ShapeError,
            r"wants \(n,\), of which 'multi_hot' makes one row. Flatten them",
        ),
        (lambda: Discretization([1, 0]), ArgumentError, r"must be ascending numbers. Got \[1, 0\]"),
        (lambda: Discretization([]), ArgumentError, "must be ascending numbers"),
        (lambda: Discretization([0.0, float("nan")]), ArgumentError, "must be ascending numbers"),
        (lambda: Discretization([0.0], output_mode="ints"), ArgumentError, "Did you mean 'int'"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
