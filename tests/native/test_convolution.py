"""Convolution as one operation against the product of patches: value, slopes, populations, and who takes which way."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.native import convolution as native
from leadline.native import library
from leadline.ops.convolution import convolve

compiled = pytest.mark.skipif(not library.is_there(), reason="leadline was installed without a C++ compiler")


@st.composite
def geometries(draw):
    """Shapes around what the operation treats as one: vectors of 4 to 16 numbers, 1 to 4 of them, 5 to 8 places or entries."""
    axes = draw(st.sampled_from([1, 2, 2]))
    window, dilation = ([draw(st.integers(1, most)) for _ in range(axes)] for most in (4, 2))
    padding = [tuple(draw(st.integers(0, (k - 1) * d)) for _ in range(2)) for k, d in zip(window, dilation, strict=True)]
    spans = [(k - 1) * d + 1 - sum(p) for k, d, p in zip(window, dilation, padding, strict=True)]
    sizes = [max(span, 1) + draw(st.integers(0, 6)) for span in spans]
    channels, outputs = draw(st.integers(1, 5)), draw(st.integers(1, 3) | st.sampled_from([16, 17, 32, 40, 64, 70, 130]))
    if draw(st.booleans()):
        channels, outputs = outputs, channels
    images = draw(st.integers(1, 3) | st.just(35))
    shapes = ((images, *sizes, channels), (*window, channels, outputs))
    return shapes, {"strides": (1,) * axes, "padding": tuple(padding), "dilation": tuple(dilation)}


@compiled
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(geometry=geometries(), seed=st.integers(0, 1000))
def test_value_and_slopes_are_those_of_patches(geometry, seed):
    shapes, options = geometry
    random = np.random.default_rng(seed)
    x, kernel = (jnp.asarray(random.normal(size=shape), jnp.float32) for shape in shapes)
    assert native.fits(x, kernel, **options)
    y = convolve(x, kernel, form="native", **options)
    slopes = random.normal(size=y.shape).astype(np.float32)

    def value_and_slopes(x, kernel, slopes, form):
        y, pull = jax.vjp(functools.partial(convolve, form=form, **options), x, kernel)
        return y, *pull(slopes)

    both = jax.jit(lambda *arrays: [value_and_slopes(*arrays, form) for form in ("native", "patches")])
    for ours, theirs in zip(*both(x, kernel, slopes), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 * float(jnp.abs(theirs).max()))


X = jnp.asarray(np.random.default_rng(0).normal(size=(3, 6, 7, 2)), jnp.float32)
KERNEL = jnp.asarray(np.random.default_rng(1).normal(size=(3, 2, 2, 5)), jnp.float32)
OPTIONS = {"strides": (1, 1), "padding": ((1, 1), (0, 1)), "dilation": (1, 1)}


def cost(x, kernel, form):
    return jnp.sum(jnp.sin(convolve(x, kernel, form=form, **OPTIONS)))


DERIVATIVES = {
    "forward": lambda cost: jax.jacfwd(cost, (0, 1)),
    "backward twice": lambda cost: jax.hessian(cost, 1),
    "of both": lambda cost: jax.jacfwd(jax.grad(cost, 0), 1),
    "thrice": lambda cost: jax.grad(lambda x, k: jnp.sum(jnp.cos(jax.grad(lambda x: jnp.sum(jax.grad(cost, 1)(x, k) ** 2))(x)))),
}


@compiled
@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives(name):
    ours, theirs = (jax.jit(DERIVATIVES[name](functools.partial(cost, form=form)))(X, KERNEL) for form in ("native", "patches"))
    for one, other in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4 * float(jnp.abs(other).max()))


@compiled
@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0), (3, 1)])
def test_populations_are_one_after_the_other(axes):
    random = np.random.default_rng(2)
    many = [
        one if axis is None else jnp.asarray(random.normal(size=np.insert(one.shape, axis, 4)), jnp.float32)
        for one, axis in zip((X, KERNEL), axes, strict=True)
    ]
    slopes = jax.value_and_grad(functools.partial(cost, form="native"), (0, 1))
    together = jax.jit(jax.vmap(slopes, axes))(*many)
    for member in range(4):
        own = [one if axis is None else jnp.take(one, member, axis) for one, axis in zip(many, axes, strict=True)]
        for one, alone in zip(jax.tree.leaves(together), jax.tree.leaves(jax.jit(slopes)(*own)), strict=True):
            np.testing.assert_allclose(one[member], alone, rtol=1e-5, atol=1e-5)


@compiled
def test_populations_of_populations():
    kernels = jnp.stack([KERNEL, -KERNEL])
    convolved = functools.partial(convolve, form="native", **OPTIONS)
    found = jax.vmap(lambda x: jax.vmap(lambda kernel: convolved(x, kernel))(kernels))(jnp.stack([X, 2 * X, 3 * X]))
    np.testing.assert_allclose(found[2, 1], -3 * convolved(X, KERNEL), rtol=1e-5, atol=1e-5)


@compiled
def test_nan_stays_where_it_is_seen():
    y = convolve(X.at[1, 5, 6, 0].set(jnp.nan), KERNEL, form="native", **OPTIONS)
    assert np.isnan(y[1, 4:, 5:]).all()
    assert np.isfinite(y[0]).all()
    assert np.isfinite(y[1, :4]).all()


@pytest.mark.parametrize(
    "other",
    [
        {"strides": (2, 1)},
        {"padding": ((3, 0), (0, 0))},
        {"padding": ((0, -1), (0, 0))},
        {"x": X.astype(jnp.bfloat16)},
        {"x": X.astype(jnp.float16)},
    ],
)
def test_what_it_does_not_know_is_done_by_patches(other):
    options = OPTIONS | other
    x = options.pop("x", X)
    kernel = KERNEL.astype(x.dtype)
    assert not native.fits(x, kernel, **options)
    np.testing.assert_array_equal(*(convolve(x, kernel, form=form, **options) for form in ("native", "patches")), strict=True)


@compiled
def test_no_images_are_no_outputs_and_move_nothing():
    y, pull = jax.vjp(functools.partial(convolve, form="native", **OPTIONS), X[:0], KERNEL)
    assert y.shape == (0, 6, 7, 5)
    x, kernel = pull(y)
    assert x.shape == (0, 6, 7, 2)
    assert not kernel.any()


@compiled
def test_a_window_that_fits_nowhere_is_none_of_its():
    assert native.fits(X[:, :3], KERNEL, **OPTIONS | {"padding": ((0, 0), (0, 0))})
    assert not native.fits(X[:, :2], KERNEL, **OPTIONS | {"padding": ((0, 0), (0, 0))})


def test_without_the_library_there_is_no_such_way(monkeypatch):
    monkeypatch.setattr(native, "is_there", lambda: False)
    assert not native.fits(X, KERNEL, **OPTIONS)
