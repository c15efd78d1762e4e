"""Both forms of convolution are the same: in value, gradient and further derivatives, over geometry drawn at random."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import ShapeError
from leadline.ops import convolution
from leadline.ops.convolution import convolve, default_form, transposed
from leadline.ops.windows import positions

FORMS = ("patches", "lax")  # "native" is like "patches" in tests/native/test_convolution.py
QUICKLY_COMPILED = {"xla_backend_optimization_level": 0, "xla_llvm_disable_expensive_passes": True}


def by_loops(x, kernel, strides, padding, dilation, groups=1):
    """The definition, entry by entry."""
    x = np.pad(x, [(0, 0), *padding, (0, 0)])
    window, (own, outputs) = kernel.shape[:-2], kernel.shape[-2:]
    places = positions(x.shape[1:-1], window, strides, dilation, ((0, 0),) * len(window))
    y = np.zeros((x.shape[0], *places, outputs))
    for place, entry in itertools.product(np.ndindex(*places), np.ndindex(*window)):
        at = tuple(p * s + k * d for p, s, k, d in zip(place, strides, entry, dilation, strict=True))
        for o in range(outputs):
            first = o // (outputs // groups) * own
            y[(slice(None), *place, o)] += x[(slice(None), *at)][:, first : first + own] @ kernel[entry][:, o]
    return y


@st.composite
def geometries(draw):
    """Axes of 1 to 5 entries, kernels that fit, every stride, dilation and padding, a few groups: small, and all unlike."""
    axes = draw(st.sampled_from([1, 1, 2, 2, 3]))
    window = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    strides = tuple(draw(st.integers(1, 3)) for _ in range(axes))
    dilation = tuple(draw(st.integers(1, 2)) for _ in range(axes))
    padding = tuple((draw(st.integers(0, 2)), draw(st.integers(0, 2))) for _ in range(axes))
    spans = [(k - 1) * d + 1 - sum(p) for k, d, p in zip(window, dilation, padding, strict=True)]
    sizes = tuple(max(span, 1) + draw(st.integers(0, 3)) for span in spans)
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    own, each = draw(st.integers(1, 2)), draw(st.integers(1, 2))
    shapes = ((2, *sizes, own * groups), (*window, own, each * groups))
    return shapes, {"strides": strides, "padding": padding, "dilation": dilation, "groups": groups}


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(geometry=geometries(), seed=st.integers(0, 1000))
def test_both_forms_are_the_definition(geometry, seed):
    shapes, options = geometry
    random = np.random.default_rng(seed)
    x, kernel = (random.normal(size=shape) for shape in shapes)
    wanted = by_loops(x, kernel, **options)
    weights = random.normal(size=wanted.shape)  # of the outputs: the gradient of their weighted sum is the transpose

    def value_and_slopes(x, kernel, weights, form):
        y, pull = jax.vjp(functools.partial(convolve, form=form, **options), x, kernel)
        return y, *pull(weights)

    both = jax.jit(lambda *arrays: [value_and_slopes(*arrays, form) for form in FORMS], compiler_options=QUICKLY_COMPILED)
    with jax.enable_x64(True):
        patched, by_lax = both(x, kernel, weights)
    for ours, theirs in zip(patched, by_lax, strict=True):
        assert ours.dtype == np.float64
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(patched[0], wanted, rtol=1e-10, atol=1e-10)


CASES = [  # sizes, channels, window, outputs, options
    ((7,), 3, (3,), 4, {"strides": (2,), "padding": ((1, 2),), "dilation": (1,)}),
    ((7,), 3, (2,), 4, {"strides": (1,), "padding": ((-1, 1),), "dilation": (2,)}),
    ((5, 6), 4, (3, 2), 6, {"strides": (2, 1), "padding": ((1, 1), (0, 1)), "dilation": (1, 1), "groups": 2}),
    ((5, 6), 3, (3, 2), 6, {"strides": (1, 2), "padding": ((1, 1), (0, 1)), "dilation": (2, 1), "groups": 3}),
    ((3, 4, 3), 2, (2, 2, 1), 2, {"strides": (1, 2, 1), "padding": ((0, 0), (1, 0), (0, 0)), "dilation": (1, 1, 1)}),
]


def arrays(sizes, channels, window, outputs, options, dtype=jnp.float64):
    random = np.random.default_rng(0)
    kernel = random.normal(size=(*window, channels // options.get("groups", 1), outputs))
    return jnp.asarray(random.normal(size=(2, *sizes, channels)), dtype), jnp.asarray(kernel, dtype)


@pytest.mark.parametrize("case", CASES)
def test_derivatives_forward_and_twice(case):
    with jax.enable_x64(True):
        x, kernel = arrays(*case)
        found = []
        for form in FORMS:
            cost = lambda k, form=form: jnp.sum(jnp.sin(convolve(x, k, form=form, **case[-1])))  # noqa: E731
            twice = jax.jit(lambda k, cost=cost: jax.jvp(jax.grad(cost), (k,), (jnp.cos(k),)))
            back = jax.jit(jax.grad(lambda k, cost=cost: jnp.vdot(jax.grad(cost)(k), jnp.cos(kernel))))
            found.append((*twice(kernel), back(kernel)))
        for ours, theirs in zip(*found, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(found[0][1], found[0][2], rtol=1e-9, atol=1e-10)  # forward and backward agree


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("dtype", "tolerance"), [("bfloat16", 3e-2), ("float16", 3e-3), ("float32", 1e-5)])
@pytest.mark.parametrize("case", CASES[2:4])
def test_precisions(case, dtype, tolerance, form):
    x, kernel = arrays(*case, dtype=dtype)
    y = convolve(x, kernel, form=form, **case[-1])
    assert y.dtype == dtype
    wanted = by_loops(np.asarray(x, float), np.asarray(kernel, float), **case[-1])
    assert np.abs(np.asarray(y, float) - wanted).max() < tolerance * np.abs(wanted).max()


def test_whole_numbers_become_floats():
    x = jnp.arange(12, dtype=jnp.uint8).reshape(1, 6, 2)
    kernel = jnp.full((2, 2, 1), 0.5)
    options = {"strides": (2,), "padding": ((0, 0),), "dilation": (1,)}
    for form in FORMS:
        np.testing.assert_array_equal(convolve(x, kernel, form=form, **options).ravel(), [3, 11, 19])


@pytest.mark.parametrize("form", FORMS)
def test_a_population_of_kernels(form):
    case = CASES[0]
    x, kernel = arrays(*case, dtype=jnp.float32)
    kernels = jnp.stack([kernel, 2 * kernel])
    found = jax.vmap(lambda k: convolve(x, k, form=form, **case[-1]))(kernels)
    np.testing.assert_allclose(found[1], convolve(x, 2 * kernel, form=form, **case[-1]), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("device", "form"), [("cpu", "native"), ("gpu", "lax"), ("tpu", "lax")])
def test_the_form_is_the_devices(monkeypatch, device, form):
    monkeypatch.setattr(jax, "default_backend", lambda: device)
    assert default_form() == form
    seen = []
    monkeypatch.setattr(convolution, "_convolve", lambda *arguments: seen.append(arguments[-1]))
    convolve(jnp.ones((1, 3, 1)), jnp.ones((2, 1, 1)), strides=(1,), padding=((0, 0),), dilation=(1,))
    assert seen == [form]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", [case for case in CASES if "groups" not in case[-1]])
def test_the_transpose_is_one(case, form):
    """⟨convolve(z), x⟩ = ⟨z, transposed(x)⟩ for all z and x."""
    with jax.enable_x64(True):
        z, kernel = arrays(*case)
        options = {**case[-1], "form": form}
        y = convolve(z, kernel, **options)
        x = jnp.asarray(np.random.default_rng(1).normal(size=y.shape))
        back = transposed(x, kernel, sizes=case[0], **options)
        assert back.shape == z.shape
        assert float(jnp.vdot(y, x)) == pytest.approx(float(jnp.vdot(z, back)), rel=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_the_transpose_has_slopes(form):
    random = np.random.default_rng(0)
    with jax.enable_x64(True):
        x, kernel = jnp.asarray(random.normal(size=(1, 3, 2))), jnp.asarray(random.normal(size=(3, 4, 2)))
        options = {"sizes": (7,), "strides": (2,), "padding": ((1, 0),), "dilation": (1,), "form": form}
        cost = lambda k: jnp.sum(jnp.sin(transposed(x, k, **options)))  # noqa: E731
        step = 1e-6 * jnp.cos(kernel)
        slope = float(jnp.vdot(jax.grad(cost)(kernel), step))
        assert slope == pytest.approx(float(cost(kernel + step) - cost(kernel - step)) / 2, rel=1e-6)


@pytest.mark.parametrize(
    ("x", "kernel", "groups"), [((1, 5, 3), (2, 2, 4), 1), ((1, 5, 4), (2, 2, 3), 2), ((1, 5, 5, 3), (2, 3, 4), 1)]
)
def test_kernels_that_do_not_fit(x, kernel, groups):
    with pytest.raises(ShapeError, match="cannot slide over a batch"):
        convolve(jnp.ones(x), jnp.ones(kernel), strides=(1,), padding=((0, 0),), dilation=(1,), groups=groups)


def test_sizes_that_are_not_the_transposes():
    with pytest.raises(ShapeError, match=r"over sizes \(9,\).* gives \(batch, \*\(4, 2\)\), .*cannot read .*\(1, 3, 2\)"):
        transposed(jnp.ones((1, 3, 2)), jnp.ones((3, 4, 2)), sizes=(9,), strides=(2,), padding=((0, 0),), dilation=(1,))
