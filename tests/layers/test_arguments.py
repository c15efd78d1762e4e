"""What arguments may be."""

import jax
import numpy as np
import pytest

from leadline.errors import ArgumentError
from leadline.layers.arguments import number, one_of, per_axis
from leadline.layers.noise import GaussianDropout, GaussianNoise


@pytest.mark.parametrize(
    ("value", "many", "expected"),
    [(2, 3, (2, 2, 2)), ([1, 2], 2, (1, 2)), ((np.int64(3),), 1, (3,)), (np.int32(3), 2, (3, 3)), ((), 0, ())],
)
def test_per_axis(value, many, expected):
    assert per_axis(GaussianNoise(0.0), "size", value, many) == expected


@pytest.mark.parametrize("value", [0, -1, 1.5, True, "2", None, (1,), (1, 2, 3), (1, 0), (1, True), (1, 2.5)])
def test_per_axis_refuses(value):
    with pytest.raises(ArgumentError, match="'size' of GaussianNoise must be a whole number of at least 1, or 2 of them. Got "):
        per_axis(GaussianNoise(0.0), "size", value, 2)


def test_numbers_without_a_least_one():
    assert per_axis(GaussianNoise(0.0), "axis", -5, 1, None) == (-5,)
    with pytest.raises(ArgumentError, match=r"must be a whole number. Got 1.5."):
        per_axis(GaussianNoise(0.0), "axis", 1.5, 1, None)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "1", None])
def test_a_number_out_of_range(value):
    with pytest.raises(ArgumentError, match="'stddev' of GaussianNoise must be at least 0, and finite. Got "):
        GaussianNoise(value)
    with pytest.raises(ArgumentError, match="'rate' of GaussianDropout must be at least 0 and below 1. Got "):
        GaussianDropout(value)


def test_a_traced_number_is_taken():
    assert jax.jit(lambda rate: number(GaussianNoise(rate), "stddev") or rate)(0.5) == 0.5


def test_one_of():
    assert one_of(GaussianNoise(0.0), "mode", "a", ("a", "b")) == "a"
    with pytest.raises(ArgumentError, match=r"Unknown mode of GaussianNoise 'c'.* Known: a, b"):
        one_of(GaussianNoise(0.0), "mode", "c", ("a", "b"))
