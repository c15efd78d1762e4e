"""Convolutions and max-poolings in their other form beside XLA's: values and gradients."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from leadline.adapters.windows import suited
from leadline.ops import convolution

RNG = np.random.default_rng(0)
FLAT, IMAGE = (RNG.normal(size=shape).astype(np.float32) for shape in [(2, 9, 4), (2, 4, 7, 6)])
TIED = np.round(IMAGE)
VOLUME = RNG.normal(size=(2, 5, 4, 6, 3)).astype(np.float32)


def kernel(*shape):
    return RNG.normal(size=shape).astype(np.float32)


def conv(numbers, *, strides=(1, 1), padding="SAME", **options):
    return partial(lax.conv_general_dilated, window_strides=strides, padding=padding, dimension_numbers=numbers, **options)


def largest(size, strides, padding, start=-jnp.inf, **options):
    def pooled(x, kernel):
        return lax.reduce_window(x, np.asarray(start, x.dtype), lax.max, size, strides, padding, **options) * kernel

    return pooled


NHWC, NCHW = ("NHWC", "HWIO", "NHWC"), ("NCHW", "OIHW", "NCHW")
CASES = {
    "one axis, strides": (conv(("NWC", "WIO", "NWC"), strides=(2,), padding="VALID"), FLAT, kernel(3, 4, 5)),
    "channels last": (conv(NHWC), IMAGE, kernel(3, 2, 6, 5)),
    "channels first": (conv(NCHW, strides=(2, 1)), IMAGE, kernel(5, 4, 3, 3)),
    "axes in any order": (
        conv(("CNHW", "IWHO", "HWNC"), padding=((1, 2), (0, 1))),
        IMAGE.transpose(1, 0, 2, 3),
        kernel(4, 2, 3, 5),
    ),
    "dilation": (conv(NCHW, rhs_dilation=(2, 1)), IMAGE, kernel(5, 4, 3, 3)),
    "groups": (conv(NCHW, feature_group_count=2), IMAGE, kernel(6, 2, 3, 3)),
    "depthwise": (conv(NCHW, feature_group_count=4), IMAGE, kernel(8, 1, 3, 3)),
    "negative padding": (conv(NCHW, padding=((-1, 0), (0, -2))), IMAGE, kernel(5, 4, 3, 3)),
    "three axes": (conv(("NDHWC", "DHWIO", "NDHWC"), strides=(1, 2, 1)), VOLUME, kernel(2, 3, 2, 3, 4)),
    "transposed": (conv(NCHW, lhs_dilation=(2, 2), padding=((1, 1), (1, 1))), IMAGE, kernel(5, 4, 3, 3)),
    "groups of the batch": (conv(NCHW, batch_group_count=2), IMAGE, kernel(4, 4, 3, 3)),
    "pooling": (largest((1, 1, 2, 2), (1, 1, 2, 2), "VALID"), TIED, kernel(1)),
    "overlapping": (largest((1, 1, 3, 2), (1, 1, 2, 1), "SAME"), TIED, kernel(1)),
    "skipping": (largest((1, 1, 1, 2), (1, 1, 3, 3), ((0, 0), (0, 0), (1, 2), (0, 1))), TIED, kernel(1)),
}
every_case = pytest.mark.parametrize(("function", "x", "weights"), CASES.values(), ids=CASES)


@every_case
def test_the_numbers_and_gradients_are_those_of_xla(function, x, weights):
    outcome = jax.eval_shape(function, x, weights)
    cotangent = RNG.normal(size=outcome.shape).astype(np.float32)

    def both(how):
        output, back = jax.vjp(how, x, weights)
        return [output, *back(cotangent)]

    other = jax.jit(partial(suited, function))
    for got, expected in zip(both(other), both(function), strict=True):
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def primitives(function, *arguments):
    return str(jax.make_jaxpr(partial(suited, function))(*arguments))


@every_case
def test_xlas_own_form_is_left_where_there_is_a_better_one(function, x, weights, request):
    stays = any(name in request.node.name for name in ("transposed", "groups of the batch"))
    found = primitives(function, x, weights)
    assert ("conv_general_dilated" in found or "reduce_window" in found) == stays


@pytest.mark.parametrize(
    ("function", "x"),
    [
        (largest((1, 1, 2, 2), (1, 1, 1, 1), "VALID", window_dilation=(1, 1, 2, 1)), IMAGE),
        (largest((1, 1, 2, 2), (1, 1, 1, 1), "VALID", start=np.iinfo(np.int32).min), TIED.astype(np.int32)),
    ],
    ids=["with gaps", "whole numbers"],
)
def test_other_poolings_stay(function, x):
    assert "reduce_window" in primitives(function, x, 1)
    np.testing.assert_array_equal(suited(function, x, 1), function(x, 1))


def test_on_other_devices_all_stays(monkeypatch):
    function, x, weights = CASES["channels first"]
    monkeypatch.setattr(convolution, "default_form", lambda: "lax")
    assert "conv_general_dilated" in primitives(function, x, weights)


def test_what_is_compiled_inside_is_exchanged_and_loops_are_not():
    function, x, weights = CASES["channels first"]
    inside = jax.jit(lambda x, weights: jnp.tanh(function(x, weights)))
    assert "conv_general_dilated" not in primitives(inside, x, weights)
    np.testing.assert_allclose(suited(inside, x, weights), inside(x, weights), rtol=1e-4, atol=1e-5)
    loop = lambda x, weights: lax.map(lambda one: function(one[None], weights), x)  # noqa: E731
    assert "conv_general_dilated" in primitives(loop, x, weights)


def test_it_works_for_many_at_once_and_with_what_the_function_holds():
    function, x, weights = CASES["channels first"]
    scale, several = jnp.float32(3), jnp.stack([weights, 2 * weights])

    def of_tree(tree):
        y = jax.nn.relu(function(tree["x"], tree["weights"]) * scale)
        return {"sum": y.sum(), "rows": [len(tree["x"]) * y.mean(axis=(1, 2, 3)), tree["x"]]}

    got = jax.jit(jax.vmap(lambda weights: suited(of_tree, {"x": x, "weights": weights})))(several)
    expected = jax.vmap(lambda weights: of_tree({"x": x, "weights": weights}))(several)
    assert jax.tree.structure(got) == jax.tree.structure(expected)
    for a, b in zip(jax.tree.leaves(got), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_a_function_without_windows_is_called_as_it_is():
    calls = []
    assert suited(lambda x: calls.append(x) or x, 3) == 3
    assert calls[-1] == 3
