"""Policies of precision: in what arrays are kept, in what is computed, and what a layer takes by default."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leadline as ll
from leadline import dtypes
from leadline.errors import ArgumentError
from leadline.layers import Activation, BatchNormalization, Dense, Embedding, Input

X = np.linspace(-1, 1, 12, dtype=np.float32).reshape(4, 3)


@pytest.fixture(autouse=True)
def the_usual_policy():
    yield
    dtypes.set_dtype_policy(None)


@pytest.mark.parametrize(
    ("name", "variable", "compute"),
    [
        ("float32", "float32", "float32"),
        ("bfloat16", "bfloat16", "bfloat16"),
        ("float16", "float16", "float16"),
        ("mixed_bfloat16", "float32", "bfloat16"),
        ("mixed_float16", "float32", "float16"),
    ],
)
def test_policies(name, variable, compute):
    policy = dtypes.get(name)
    assert (policy.name, policy.variable, policy.compute) == (name, variable, compute)
    layer = Dense(2, dtype=name)
    assert layer(X).dtype == compute
    assert {array.dtype.name for array in layer.get_weights()} == {variable}


def test_double_precision_where_it_is_allowed():
    with jax.enable_x64(True):
        assert Dense(2, dtype="float64")(X).dtype == np.float64
        assert Dense(2, dtype="float32")(X).dtype == np.float32
        assert Dense(2)(X).dtype == np.float64
    with pytest.raises(ArgumentError, match="'float64' needs JAX to allow 64 bits. Work inside `with jax.enable_x64"):
        dtypes.get("float64")


@pytest.mark.parametrize("name", ["float", "mixed", "", 32, None, np.float32, ["float32"]])
def test_unknown_policies(name):
    with pytest.raises(ArgumentError, match="Unknown dtype policy .* Known: bfloat16, float16, float32"):
        dtypes.get(name)


def test_only_floating_arrays_are_cast():
    tree = {"x": jnp.ones(2), "count": jnp.ones(2, jnp.int32), "is": jnp.array([True])}
    cast = dtypes.get("mixed_bfloat16").cast(tree)
    assert {name: array.dtype.name for name, array in cast.items()} == {"x": "bfloat16", "count": "int32", "is": "bool"}
    assert Embedding(3, 2, dtype="mixed_bfloat16")(np.array([[0, 2]])).dtype == jnp.bfloat16


def test_the_default_is_of_layers_made_from_then_on():
    before = Dense(2)
    dtypes.set_dtype_policy("mixed_bfloat16")
    assert dtypes.dtype_policy() == "mixed_bfloat16"
    assert (before.dtype, Dense(2).dtype, Dense(2, dtype="float32").dtype) == (None, "mixed_bfloat16", "float32")
    with pytest.raises(ArgumentError, match="Unknown dtype policy 'half'"):
        dtypes.set_dtype_policy("half")
    assert dtypes.dtype_policy() == "mixed_bfloat16"
    dtypes.set_dtype_policy(None)
    assert Dense(2).dtype is dtypes.dtype_policy() is None


def test_half_precision_keeps_small_steps():
    """A step of a thousandth of a weight is lost in bfloat16 itself, and not where the weights are kept in float32."""
    ends = []
    for policy in ("mixed_bfloat16", "bfloat16"):
        model = ll.Sequential([Input((1,)), Dense(1, use_bias=False, kernel_initializer="ones", dtype=policy)])
        model.compile(ll.optimizers.SGD(1e-3), "mae")
        model.fit(np.ones((4, 1)), np.full(4, 100.0), batch_size=1, epochs=1, verbose=0)
        (kernel,) = model.get_weights()
        assert kernel.dtype.name == ("float32" if policy == "mixed_bfloat16" else "bfloat16")
        ends.append(float(kernel[0, 0]))
    assert ends == [pytest.approx(1.004, abs=1e-5), 1.0]


def test_a_network_of_several_precisions():
    norm, end = BatchNormalization(dtype="mixed_bfloat16"), Activation("softmax", dtype="float32")
    model = ll.Sequential([Input((3,)), Dense(4, dtype="mixed_bfloat16"), norm, end])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(X, [0, 1, 2, 3], batch_size=3, epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    assert {array.dtype.name for array in model.get_weights()} == {"float32"}
    outputs = model.predict(X)
    assert outputs.dtype == np.float32
    np.testing.assert_allclose(outputs.sum(axis=1), 1, rtol=1e-6)
