"""A layer's first arrays by a program that is compiled briefly: as one after the other, to rounding, and who takes it."""

import jax
import numpy as np
import pytest

from leadline import initializers
from leadline.initializers import drawing
from leadline.initializers.drawing import drawn

KEY = jax.random.key(7)
SHAPES = {"kernel": (3, 4), "bias": (4,)}


@pytest.fixture
def briefly(monkeypatch):
    """What was drawn by a program that is compiled briefly."""
    plans, own = [], drawing._soon
    monkeypatch.setattr(drawing, "_soon", lambda key, plan, dtype: plans.append(plan) or own(key, plan, dtype))
    return plans


@pytest.mark.parametrize("name", sorted({kind.__name__ for kind in initializers.KINDS} - {"Constant"}))
def test_they_are_those_that_are_drawn_alone(name, briefly):
    draws = {"kernel": initializers.get(name), "bias": initializers.get("random_normal")}
    shapes = SHAPES | ({"kernel": (4, 4)} if name == "Identity" else {})
    found = drawn(KEY, draws, shapes, np.dtype("float32"))
    first, second = jax.random.split(KEY, 2)
    for array, alone in (
        (found["kernel"], draws["kernel"](first, shapes["kernel"], "float32")),
        (found["bias"], draws["bias"](second, shapes["bias"], "float32")),
    ):
        np.testing.assert_allclose(array, alone, rtol=3e-7, strict=True)
    assert list(found) == ["kernel", "bias"]
    assert len(briefly) == 1


def test_a_program_serves_all_layers_that_are_alike():
    draws = {"kernel": initializers.GlorotUniform(), "bias": initializers.Zeros()}
    drawn(KEY, draws, SHAPES, np.dtype("float32"))
    before = drawing._soon._cache_size()
    other = drawn(jax.random.key(8), dict(draws), dict(SHAPES), np.dtype("float32"))
    assert drawing._soon._cache_size() == before
    assert not np.array_equal(other["kernel"], drawn(KEY, draws, SHAPES, np.dtype("float32"))["kernel"])


def test_a_function_of_ones_own_is_called_each_time(briefly):
    host = np.random.default_rng(0)
    draws = {"kernel": lambda key, shape, dtype: host.normal(size=shape).astype(dtype), "bias": initializers.Zeros()}
    one, other = (drawn(KEY, draws, SHAPES, np.dtype("float32"))["kernel"] for _ in range(2))
    assert not np.array_equal(one, other)
    assert briefly == []


def test_many_numbers_are_drawn_by_a_better_program(monkeypatch, briefly):
    monkeypatch.setattr(drawing, "_MANY", 16)
    drawn(KEY, {"kernel": initializers.Zeros(), "bias": initializers.Zeros()}, SHAPES, np.dtype("float32"))
    assert briefly == []


def test_within_a_program_it_is_part_of_it(briefly):
    draws = {"kernel": initializers.HeNormal(), "bias": initializers.Zeros()}
    each = jax.vmap(lambda key: drawn(key, draws, SHAPES, np.dtype("float32")))(jax.random.split(KEY, 3))
    assert each["kernel"].shape == (3, 3, 4)
    assert briefly == []


def test_an_initializer_that_holds_an_array():
    draws = {"kernel": initializers.Constant(np.float32([1, 2, 3, 4])), "bias": initializers.Zeros()}
    assert drawn(KEY, draws, SHAPES, np.dtype("float32"))["kernel"][2].tolist() == [1, 2, 3, 4]
