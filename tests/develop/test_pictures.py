from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from leadline.data.split import split
from leadline.develop.pictures import described, drawable

ROWS = 40
Y = np.arange(ROWS) % 2


def _shape(X, features=None):
    """Of a split's cv part alone, since what is suspicious in wide data takes long to find."""
    names = tuple(features or map(str, range(X.shape[-1])))
    drawn = drawable(SimpleNamespace(cv=SimpleNamespace(X=X), feature_names=names, preparation=None))
    return None if drawn is None else drawn.shape[1:]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((28, 28), (28, 28, 1)),
        ((8, 6, 3), (8, 6, 3)),
        ((8, 6, 2), None),
        ((100, 1), (100, 1)),
        ((100, 12), (100, 12)),
        ((20, 8), (20, 8, 1)),
        ((5,), None),
        ((200,), (200, 1)),
        ((2, 2, 2, 2), None),
    ],
)
def test_shapes_say_what_rows_are(shape, expected):
    assert _shape(np.random.default_rng(0).normal(size=(ROWS, *shape))) == expected


def test_columns_named_as_pixels_are_an_image():
    X = np.random.default_rng(0).random((ROWS, 6))
    names = [f"pixel_{row}_{column}" for row in range(2) for column in range(3)]
    assert _shape(X, features=names) == (2, 3, 1)
    assert np.array_equal(drawable(split(X, Y, features=names))[0, 1, :, 0], split(X, Y).cv.X[0, 3:])
    for wrong in (names[::-1], [*names[:5], "age"], [*names[:5], "pixel_1_3"]):
        assert _shape(X, features=wrong) is None


def test_a_table_of_many_columns_is_no_signal():
    X = np.random.default_rng(0).normal(size=(ROWS, 250))
    table = pl.DataFrame({f"column {place}": X[:, place] for place in range(250)}).with_columns(y=pl.Series(Y))
    assert drawable(split(table, target="y")) is None


def test_images_are_told_in_levels():
    drawn = np.linspace(-1, 1, 2 * 4 * 4).reshape(2, 4, 4, 1)
    told = described(drawn)
    assert (told["kind"], told["low"], told["high"]) == ("image", -1.0, 1.0)
    levels = np.array(told["values"])
    assert levels.shape == drawn.shape
    assert (levels.min(), levels.max()) == (0, 255)
    assert (np.diff(levels.ravel()) > 0).all()


def test_a_flat_image_is_no_error():
    assert np.array(described(np.zeros((1, 2, 2, 1)))["values"]).max() == 0


def test_large_examples_are_thinned():
    assert np.shape(described(np.zeros((1, 300, 200, 3)))["values"]) == (1, 60, 40, 3)
    assert np.shape(described(np.zeros((2, 2500, 1)))["values"]) == (2, 834, 1)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_signal_keeps_a_thousandth_of_its_range(scale):
    values = scale * np.random.default_rng(0).normal(size=(2, 50, 1))
    told = described(values)
    assert told["kind"] == "signal"
    assert np.abs(np.array(told["values"]) - values).max() <= 1e-3 * np.ptp(values)
