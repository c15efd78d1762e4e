"""Windows: the zeros that a mode means, how often a window fits, and what it sees."""

import jax.numpy as jnp
import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.ops.windows import padding_amounts, patches, positions


@pytest.mark.parametrize(
    ("mode", "size", "window", "stride", "dilation", "amounts", "places"),
    [
        ("valid", 7, 3, 1, 1, (0, 0), 5),
        ("valid", 7, 3, 2, 1, (0, 0), 3),
        ("valid", 2, 3, 1, 1, (0, 0), 0),
        ("valid", 1, 3, 2, 2, (0, 0), -1),
        ("same", 7, 3, 1, 1, (1, 1), 7),
        ("same", 7, 4, 1, 1, (1, 2), 7),
        ("same", 7, 3, 2, 1, (1, 1), 4),
        ("same", 8, 3, 2, 1, (0, 1), 4),
        ("same", 8, 1, 3, 1, (0, 0), 3),
        ("same", 5, 3, 1, 3, (3, 3), 5),
        ("same", 1, 6, 1, 1, (2, 3), 1),
        ("causal", 7, 3, 1, 2, (4, 0), 7),
        ("causal", 7, 3, 2, 1, (2, 0), 4),
    ],
)
def test_amounts_and_positions(mode, size, window, stride, dilation, amounts, places):
    found = padding_amounts(mode, (size,), (window,), (stride,), (dilation,))
    assert found == (amounts,)
    assert positions((size,), (window,), (stride,), (dilation,), found) == (places,)


def test_unknown_padding():
    with pytest.raises(ArgumentError, match="Unknown padding 'sam'. Did you mean 'same'"):
        padding_amounts("sam", (3,), (2,), (1,), (1,))


@pytest.mark.parametrize("padding", [((0, 0), (0, 0)), ((1, 2), (0, 1)), ((-1, 0), (1, -1))])
def test_patches_hold_what_the_window_sees(padding):
    x = np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype(np.float32)
    window, strides, dilation = (2, 3), (2, 1), (1, 2)
    found = patches(jnp.asarray(x), window, strides, dilation, padding)
    wide = np.pad(x, [(0, 0), *((max(a, 0), max(b, 0)) for a, b in padding), (0, 0)])
    (top, bottom), (left, right) = [(max(-a, 0), max(-b, 0)) for a, b in padding]
    wide = wide[:, top : wide.shape[1] - bottom, left : wide.shape[2] - right]
    assert found.shape[1:3] == positions((5, 6), window, strides, dilation, padding)
    for row, column in np.ndindex(*found.shape[1:3]):
        seen = wide[:, 2 * row : 2 * row + 2, column : column + 5 : 2]
        np.testing.assert_array_equal(found[:, row, column], seen.reshape(2, -1))


def test_a_window_of_one_entry_sees_the_input():
    x = jnp.arange(24.0).reshape(2, 4, 3)
    np.testing.assert_array_equal(patches(x, (1,), (1,), (1,), ((0, 0),)), x)
    np.testing.assert_array_equal(patches(x, (1,), (2,), (1,), ((0, 0),)), x[:, ::2])
