import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import losses, optimizers
from leadline.adapters import unwrap, wrap
from leadline.data.datasets import digits
from leadline.errors import ArgumentError

eqx = pytest.importorskip("equinox")
EquinoxModule = pytest.importorskip("leadline.adapters.equinox").EquinoxModule

X, Y = digits().X[:100], digits().y[:100]
KEY = jax.random.key(0)


class Net(eqx.Module):
    """With a key that must be given, a number that is not trained, and a function of its own."""

    first: eqx.nn.Linear
    second: eqx.nn.Linear
    dropout: eqx.nn.Dropout
    shift: jax.Array
    squash: object

    def __init__(self, key):
        one, two = jax.random.split(key)
        self.first, self.second = eqx.nn.Linear(64, 8, key=one), eqx.nn.Linear(8, 10, key=two)
        self.dropout, self.shift, self.squash = eqx.nn.Dropout(0.5), jnp.arange(8), lambda x: jnp.tanh(x)

    def __call__(self, x, key):
        return self.second(self.dropout(self.squash(self.first(x)) + 0 * self.shift, key=key))


def compiled(model):
    model.compile(optimizers.Adam(0.01), losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def test_it_draws_in_training_for_each_example_from_the_key_alone():
    adapter = EquinoxModule(Net(KEY))
    params, state = adapter.own()
    alike = np.repeat(X[:1], 20, axis=0)
    draws = [np.array(adapter.apply(params, state, alike, True, jax.random.key(seed))[0]) for seed in (1, 1, 2)]
    np.testing.assert_array_equal(draws[0], draws[1])
    assert (draws[0] != draws[2]).any()
    assert len(np.unique(draws[0], axis=0)) > 10


def test_what_is_no_floating_array_stays_and_the_module_too():
    module = Net(KEY)
    model = compiled(wrap(module, (64,), make=Net))
    model.fit(X, Y, epochs=2, verbose=0)
    trained = unwrap(model)
    assert isinstance(trained, Net)
    assert trained is not module
    assert (trained.first.weight != module.first.weight).any()
    assert (trained.shift == jnp.arange(8)).all()
    own = jax.vmap(lambda x: eqx.nn.inference_mode(trained)(x, key=None))
    np.testing.assert_allclose(model.predict(X), own(X), rtol=1e-4, atol=1e-5)


def test_a_make_whose_functions_are_other_objects_fits_the_wrapped_tree():
    (layer,) = wrap(Net(KEY), (64,), make=Net).layers
    first, second = (layer.init(jax.random.key(seed), (64,))[0] for seed in (0, 1))
    assert jax.tree.structure(first) == jax.tree.structure(second) == jax.tree.structure(layer.weights.params)
    assert (first["network"].first.weight != second["network"].first.weight).any()
    with pytest.raises(ArgumentError, match="other arrays"):
        wrap(Net(KEY), (64,), make=lambda key: eqx.nn.MLP(64, 10, 9, 1, key=key)).layers[0].init(KEY, (64,))


def test_without_make_all_begin_alike():
    (layer,) = wrap(Net(KEY), (64,)).layers
    first, second = (layer.init(jax.random.key(seed), (64,)) for seed in (0, 1))
    assert all((a == b).all() for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(second), strict=True))


def test_a_last_batch_is_filled_since_no_example_sees_another():
    assert not wrap(Net(KEY), (64,)).network.mixes_examples


@pytest.mark.parametrize(
    "make",
    [
        lambda: eqx.nn.make_with_state(eqx.nn.BatchNorm)(8, axis_name="batch", mode="batch")[0],
        lambda: eqx.nn.Sequential([eqx.nn.make_with_state(eqx.nn.BatchNorm)(8, axis_name="batch", mode="batch")[0]]),
    ],
    ids=["BatchNorm", "within Sequential"],
)
def test_a_module_with_state_is_refused(make):
    with pytest.raises(ArgumentError, match=r"takes and gives a state.*LayerNorm, or write init and apply"):
        wrap(make(), (8,))
