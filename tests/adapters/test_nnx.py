import jax
import numpy as np
import pytest

from leadline import losses, optimizers
from leadline.adapters import unwrap, wrap
from leadline.data.datasets import digits
from leadline.errors import ArgumentError

nnx = pytest.importorskip("flax.nnx")
NnxModule = pytest.importorskip("leadline.adapters.nnx").NnxModule

X, Y = digits().X[:100], digits().y[:100]


class Net(nnx.Module):
    def __init__(self, rngs, rate=0.5, units=6):
        self.layers = nnx.List([nnx.Linear(64, units, rngs=rngs), nnx.Linear(units, 10, rngs=rngs)])
        self.normalisation = nnx.BatchNorm(units, rngs=rngs)
        self.dropout = nnx.Dropout(rate, rngs=rngs)

    def __call__(self, x):
        return self.layers[1](self.dropout(self.normalisation(self.layers[0](x))))


class Told(nnx.Module):
    def __init__(self, rngs):
        self.scores = nnx.Linear(64, 10, rngs=rngs)

    def __call__(self, x, train):
        return self.scores(x) * (2 if train else 1)


def compiled(model):
    model.compile(optimizers.Adam(0.01), losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def leaves(module):
    return [np.array(leaf) for leaf in jax.tree.leaves(nnx.state(module, nnx.Param))]


def test_it_draws_in_training_from_the_key_alone():
    adapter = NnxModule(Net(nnx.Rngs(0)))
    params, state = adapter.own()
    draws = [adapter.apply(params, state, X, True, jax.random.key(seed))[0] for seed in (1, 1, 2)]
    assert (draws[0] == draws[1]).all()
    assert (draws[0] != draws[2]).any()
    assert adapter.is_random
    assert not NnxModule(Told(nnx.Rngs(0))).is_random


def test_the_module_is_left_as_it_is_until_it_is_unwrapped():
    module = Net(nnx.Rngs(0))
    before = leaves(module)
    model = compiled(wrap(module, (64,)))
    model.fit(X, Y, epochs=2, verbose=0)
    assert not module.dropout.deterministic
    assert all((a == b).all() for a, b in zip(before, leaves(module), strict=True))
    assert (np.array(module.normalisation.mean[...]) == 0).all()
    assert unwrap(model) is module
    assert any((a != b).any() for a, b in zip(before, leaves(module), strict=True))
    assert not module.dropout.deterministic
    module.eval()
    np.testing.assert_allclose(model.predict(X), module(X), rtol=1e-4, atol=1e-5)


def test_the_module_may_be_trained_on_in_its_own_way():
    module = Net(nnx.Rngs(0), rate=0.0)
    model = compiled(wrap(module, (64,)))
    unwrap(model)
    before = model.predict(X)

    @nnx.jit
    def step(module):
        gradients = nnx.grad(lambda module: (module(X) ** 2).mean())(module)
        nnx.update(module, jax.tree.map(lambda w, g: w - g, nnx.state(module, nnx.Param), gradients))

    step(module)
    np.testing.assert_array_equal(model.predict(X), before)
    module.eval()
    assert np.abs(module(X) - before).max() > 0.01


def test_a_module_that_wants_to_be_told_is_told():
    adapter = NnxModule(Told(nnx.Rngs(0)))
    params, state = adapter.own()
    outputs = [adapter.apply(params, state, X, training, None)[0] for training in (True, False)]
    np.testing.assert_allclose(outputs[0], 2 * outputs[1], rtol=1e-6)


def test_without_make_all_begin_alike_and_with_another_structure_none():
    first, second = (wrap(Net(nnx.Rngs(0)), (64,)).layers[0].init(jax.random.key(seed), (64,)) for seed in (0, 1))
    assert all((a == b).all() for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True))
    (layer,) = wrap(Net(nnx.Rngs(0)), (64,), make=lambda rngs: Net(rngs, units=7)).layers
    with pytest.raises(ArgumentError, match="other arrays"):
        layer.init(jax.random.key(0), (64,))
