import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses, optimizers
from leadline.adapters import unwrap, wrap
from leadline.data.datasets import digits

nn = pytest.importorskip("flax.linen")
LinenModule = pytest.importorskip("leadline.adapters.linen").LinenModule

X, Y = digits().X[:100], digits().y[:100]
KEY = jax.random.key(0)


class Told(nn.Module):
    """What it is told, and what it keeps count of."""

    rate: float = 0.5

    @nn.compact
    def __call__(self, x, training):
        count = self.variable("counts", "steps", lambda: jnp.zeros(()))
        if training and not self.is_initializing():
            count.value += 1
        x = nn.Dropout(self.rate, deterministic=not training)(x)
        x = x + (0.1 * jax.random.normal(self.make_rng("noise"), x.shape) if training else 0)
        return nn.Dense(10)(x)


class Words(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(10)(nn.Embed(20, 4)(x).mean(axis=1))


class Plain(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(10)(x)


def compiled(model):
    model.compile(optimizers.Adam(0.01), losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_it_draws_in_training_from_the_key_alone():
    adapter = LinenModule(Told())
    params, state = adapter.init(KEY, X[:1])
    draws = [adapter.apply(params, state, X, True, jax.random.key(seed))[0] for seed in (1, 1, 2)]
    assert (draws[0] == draws[1]).all()
    assert (draws[0] != draws[2]).any()
    predicted, after = adapter.apply(params, state, X, False, None)
    np.testing.assert_allclose(predicted, X @ params["Dense_0"]["kernel"], rtol=1e-4, atol=1e-5)
    assert after["counts"]["steps"] == 0


def test_its_other_collections_change_in_training():
    model = compiled(wrap(Told(rate=0.1), (64,)))
    model.fit(X, Y, epochs=3, batch_size=32, verbose=0)
    variables = unwrap(model)
    assert set(variables) == {"params", "counts"}
    assert variables["counts"]["steps"] == 12
    np.testing.assert_allclose(model.predict(X), Told().apply(variables, X, training=False), rtol=1e-5, atol=1e-6)


def test_a_module_bound_to_variables_begins_with_them():
    variables = Plain().init(KEY, X[:1])
    model = compiled(wrap(Plain().bind(variables), (64,), pretrained=True))
    np.testing.assert_allclose(model.predict(X), Plain().apply(variables, X), rtol=1e-5, atol=1e-6)
    (layer,) = model.layers
    for seed in (0, 1):
        got, _ = layer.init(jax.random.key(seed), (64,))
        np.testing.assert_array_equal(got["network"]["Dense_0"]["kernel"], variables["params"]["Dense_0"]["kernel"])
    model.fit(X, Y, verbose=0)
    kernels = [tree["params"]["Dense_0"]["kernel"] for tree in (unwrap(model), variables)]
    assert (kernels[0] != kernels[1]).any()
    assert list(unwrap(model)) == ["params"]


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_an_embedding_reads_whole_numbers_however_they_come(dtype):
    words = np.random.default_rng(0).integers(0, 20, (30, 5))
    model = compiled(wrap(Words(), (5,)))
    model.fit(words.astype(dtype), words[:, 0] % 10, verbose=0)
    np.testing.assert_allclose(model.predict(words.astype(dtype)), Words().apply(unwrap(model), words), rtol=1e-5, atol=1e-6)


def test_a_lambda_penalises_kernels_of_attention_and_none_of_its_biases():
    class Attention(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.MultiHeadDotProductAttention(2, bias_init=nn.initializers.ones)(x)

    adapter = LinenModule(Attention())
    params, _ = adapter.init(KEY, X[:1].reshape(1, 8, 8))
    shapes = {leaf.shape for leaf in jax.tree.leaves(params)}
    assert (2, 4) in shapes
    assert sorted(kernel.shape for kernel in adapter.kernels(params)) == [(2, 4, 8), *[(8, 2, 4)] * 3]
