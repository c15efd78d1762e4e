"""Both forms of pooling against each other and against NumPy, over geometry drawn at random; gradients where entries tie too."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads

from leadline.errors import ArgumentError, ShapeError
from leadline.ops.pooling import average_pool, default_form, max_pool

POOLS = {"max": max_pool, "average": average_pool}
pools = pytest.mark.parametrize("pool", POOLS.values(), ids=POOLS)


@st.composite
def geometries(draw):
    """The sizes of an array, the axes pooled, and window, strides and padding that fit."""
    many = draw(st.integers(1, 3))
    sizes = draw(st.lists(st.integers(1, 6), min_size=many, max_size=many))
    size = tuple(draw(st.integers(1, n)) for n in sizes)
    strides = draw(st.one_of(st.just(size), st.tuples(*(st.integers(1, 4) for _ in sizes))))
    first = draw(st.integers(0, 2))
    return (2,) * first + tuple(sizes) + (2,) * (2 - first), tuple(range(first, first + many)), size, strides


def numbers(shape, seed, most):
    """Whole numbers as floating ones: the fewer there are, the more tie."""
    return jnp.asarray(np.random.default_rng(seed).integers(0, most + 1, shape).astype(np.float32))


@pools
@settings(deadline=None, max_examples=15, derandomize=True)
@given(
    geometry=geometries(), padding=st.sampled_from(["valid", "same"]), seed=st.integers(0, 9), most=st.sampled_from([1, 3, 1000])
)
def test_the_forms_are_one(pool, geometry, padding, seed, most):
    shape, axes, size, strides = geometry

    def value_and_slope(form):
        @jax.jit
        def both(x):
            y, back = jax.vjp(lambda x: pool(x, size, strides, padding, axes, form), x)
            return y, back(jnp.arange(1.0, y.size + 1).reshape(y.shape))

        return both(numbers(shape, seed, most))

    for one, other in zip(value_and_slope("slices"), value_and_slope("lax"), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def windows(x, size, strides, padding):
    """What each window of an image sees, in NumPy; outside is NaN."""
    rows, columns = x.shape
    if padding == "same":
        zeros = [max((-(-n // s) - 1) * s + k - n, 0) for n, k, s in zip(x.shape, size, strides, strict=True)]
        x = np.pad(x, [(z // 2, z - z // 2) for z in zeros], constant_values=np.nan)
        rows, columns = x.shape
    for i, j in itertools.product(range(0, rows - size[0] + 1, strides[0]), range(0, columns - size[1] + 1, strides[1])):
        yield x[i : i + size[0], j : j + size[1]]


@pytest.mark.parametrize("form", ["slices", "lax"])
@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("size", "strides"), [((2, 2), (2, 2)), ((3, 2), (1, 2)), ((2, 3), (3, 1)), ((1, 1), (2, 2)), ((5, 4), (5, 4))]
)
def test_against_numpy(size, strides, padding, form):
    x = np.random.default_rng(0).normal(size=(5, 7)).astype(np.float32)
    seen = list(windows(x, size, strides, padding))
    for pool, oracle in ((max_pool, np.nanmax), (average_pool, np.nanmean)):
        output = pool(jnp.asarray(x), size, strides, padding, (0, 1), form)
        np.testing.assert_allclose(output.ravel(), [oracle(window) for window in seen], rtol=1e-6)


@pytest.mark.parametrize("form", ["slices", "lax"])
def test_of_equals_the_first_has_the_gradient(form):
    slope = jax.grad(lambda x: max_pool(x, (2, 2), (1, 1), "valid", (0, 1), form).sum())(jnp.zeros((3, 3)))
    np.testing.assert_array_equal(slope, [[1, 1, 0], [1, 1, 0], [0, 0, 0]])


@pytest.mark.parametrize(
    ("pool", "form", "size", "strides", "padding"),
    [
        (max_pool, "slices", (2, 2), (2, 2), "valid"),
        (max_pool, "slices", (3, 2), (1, 2), "same"),
        (max_pool, "lax", (3, 2), (1, 2), "same"),
        (average_pool, "slices", (3, 2), (1, 2), "same"),
    ],
)
def test_gradients_of_two_orders(pool, form, size, strides, padding):
    with jax.enable_x64(True):
        x = jnp.asarray(np.random.default_rng(0).permutation(12).reshape(4, 3) / 3.0)
        run = jax.jit(lambda x: pool(jnp.sin(x), size, strides, padding, (0, 1), form) ** 2)
        check_grads(run, (x,), order=2, modes=("fwd", "rev"), atol=1e-5, rtol=1e-5, eps=1e-4)


@pytest.mark.parametrize("form", ["slices", "lax"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_nan_stays_and_infinities_count(form, place):
    x = np.zeros(4, np.float32)
    x[place] = np.nan
    assert np.isnan(max_pool(jnp.asarray(x), (2,), (2,), "valid", (0,), form)).tolist() == [True, False]
    x = jnp.asarray([-jnp.inf, -jnp.inf, 1.0, jnp.inf])
    assert max_pool(x, (2,), (2,), "same", (0,), form).tolist() == [-jnp.inf, jnp.inf]


@pytest.mark.parametrize("form", ["slices", "lax"])
@pytest.mark.parametrize("dtype", ["int32", "uint8", "bfloat16", "float16"])
def test_dtypes(form, dtype):
    x = jnp.asarray([3, 5, 1], dtype)
    largest = max_pool(x, (2,), (2,), "same", (0,), form)
    assert largest.dtype == x.dtype
    assert largest.tolist() == [5, 1]
    assert average_pool(x, (2,), (2,), "same", (0,), form).tolist() == [4, 1]


@pytest.mark.parametrize(("device", "size", "form"), [("cpu", (2, 3), "slices"), ("cpu", (2, 50), "lax"), ("gpu", (2, 3), "lax")])
def test_the_form_suits_the_device(monkeypatch, device, size, form):
    monkeypatch.setattr(jax, "default_backend", lambda: device)
    assert default_form(size) == form


@pools
def test_refusals(pool):
    with pytest.raises(ShapeError, match=r"A window of \(4,\) does not fit into axes \(1,\) of an array of shape \(2, 3\)"):
        pool(jnp.zeros((2, 3)), (4,), (1,), "valid", (1,))
    with pytest.raises(ArgumentError, match="Unknown padding 'sane'. Did you mean 'same'"):
        pool(jnp.zeros((2, 3)), (2,), (1,), "sane", (1,))
