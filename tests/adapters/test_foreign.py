import jax
import jax.numpy as jnp
import numpy as np
import pytest

from leadline import Input, Model, layers, losses, optimizers
from leadline.adapters.foreign import Adapter, Foreign, keywords
from leadline.develop.population import penalised
from leadline.errors import ArgumentError, NotBuiltError, ShapeError
from leadline.models import Sequential
from leadline.regularizers import L2
from leadline.training.state import numeric

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(20, 3)).astype(np.float32), RNG.integers(0, 2, 20)


class Counting(Adapter):
    """A product with a kernel and a bias of two axes, that doubles in training and counts its steps."""

    is_random = False

    def __init__(self, own=True, penalised=False):
        self.has_own, self.is_penalised = own, penalised

    def init(self, key, x):
        kernel = jax.random.normal(key, (x.shape[1], 2))
        return {"inner": {"kernel": kernel, "bias": jnp.ones((1, 2))}}, {"steps": jnp.zeros(())}

    def own(self):
        return self.init(jax.random.key(9), jnp.ones((1, 3))) if self.has_own else None

    def apply(self, params, state, x, training, key):
        output = x @ params["inner"]["kernel"] + params["inner"]["bias"]
        return output * (2 if training else 1), {"steps": state["steps"] + training}

    def penalty(self, params):
        return jnp.sum(params["inner"]["bias"]) if self.is_penalised else 0.0

    def restore(self, params, state):
        return params, state


class Held(Counting):
    """The same with a constraint."""

    is_constrained = True

    def constrain(self, params):
        return jax.tree.map(lambda leaf: jnp.clip(leaf, -0.1, 0.1), params)


def model_of(layer):
    model = Sequential([Input((3,)), layer])
    model.compile(optimizers.SGD(0.1), losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def leaves(tree):
    return [np.array(leaf) for leaf in jax.tree.leaves(tree)]


def same(first, second):
    return all((a == b).all() for a, b in zip(leaves(first), leaves(second), strict=True))


def test_it_begins_with_what_the_network_has_and_a_population_anew():
    layer = Foreign(Counting())
    own = layer.adapter.own()[0]
    assert same(layer.build((3,)).params["network"], own)
    assert not same(layer.init(jax.random.key(0), (3,))[0]["network"], own)
    assert same(Foreign(Counting(), pretrained=True).init(jax.random.key(0), (3,))[0]["network"], own)


def test_a_network_without_arrays_begins_as_every_layer():
    keys = jax.random.split(jax.random.key(0))
    first, second = (Foreign(Counting(own=False)).build((3,), key).params for key in keys)
    assert not same(first, second)
    assert same(first["network"], Counting().init(keys[0], X[:1])[0])


def test_training_changes_both_kinds_of_arrays():
    model = model_of(Foreign(Counting()))
    before = model.get_weights()
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    bias, kernel, steps = model.get_weights()
    assert steps == 6
    assert (kernel != before[1]).any()
    assert same(model.layers[0].unwrapped(), ({"inner": {"bias": bias, "kernel": kernel}}, {"steps": steps}))


def test_frozen_it_stays_and_works_as_in_prediction():
    layer = Foreign(Counting(), name="stranger")
    model = model_of(layer)
    model.add(layers.Dense(2))
    before, outputs = model.get_weights(), layer(X)
    model.freeze("stranger")
    model.fit(X, Y, verbose=0)
    after = model.get_weights()
    assert same(before[:3], after[:3])
    assert not same(before[3:], after[3:])
    frozen = layer.with_trainable(False)
    output, _ = frozen.run(frozen.weights.params, frozen.weights.state, X, training=True)
    np.testing.assert_allclose(output, outputs)


def test_a_constraint_holds_after_every_step():
    model = model_of(Foreign(Held()))
    model.fit(X, Y, epochs=2, verbose=0)
    bias, kernel, _ = model.get_weights()
    assert max(np.abs(bias).max(), np.abs(kernel).max()) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Foreign(Counting()), lambda bias, kernel: 0.0),
        (Foreign(Counting(penalised=True)), lambda bias, kernel: bias.sum()),
        (Foreign(Counting(penalised=True), kernel_regularizer=L2(0.5)), lambda bias, kernel: 0.5 * (kernel**2).sum()),
    ],
    ids=["none", "its own", "another instead"],
)
def test_what_it_pays(layer, expected):
    bias, kernel = leaves(layer.build((3,)).params)
    np.testing.assert_allclose(layer.penalty(layer.weights.params), expected(bias, kernel), rtol=1e-6)


@pytest.mark.parametrize("own", [False, True])
def test_a_penalty_of_its_own_is_kept_where_a_lambda_is_not_asked_for(own):
    recipe = penalised(numeric(model_of(Foreign(Counting(penalised=own))).recipe()))
    assert (recipe.network.layers[0].kernel_regularizer is None) == own


def test_its_arrays_are_checked_before_they_are_set():
    layer = Foreign(Counting(), name="stranger")
    with pytest.raises(NotBuiltError, match="'stranger' has no weights yet"):
        layer.get_weights()
    layer.build((3,))
    with pytest.raises(ArgumentError, match="'stranger' has 3 arrays, and got 1"):
        layer.set_weights([1.0])
    with pytest.raises(ShapeError, match=r"'stranger' has shape \(1, 2\), and the new one has \(2,\)"):
        layer.set_weights([np.ones(2), np.ones((3, 2)), 0.0])
    layer.set_weights([np.zeros((1, 2)), np.ones((3, 2)), 4])
    assert layer.weights.state["other"]["steps"] == 4


@pytest.mark.parametrize("layer", [Foreign(Counting()), Foreign(Counting(own=False))], ids=["own", "none of its own"])
def test_another_shape_is_refused(layer):
    layer(X)
    with pytest.raises(ShapeError, match=r"was built for inputs of shape \(3,\), and got \(4,\)"):
        layer(np.ones((2, 4)))
    with pytest.raises(ShapeError, match="Foreign got examples of shape"):
        Foreign(Counting())(Input((4,)))


def test_it_is_called_on_a_symbol_and_shared():
    x, layer = Input((3,)), Foreign(Counting())
    model = Model(x, layers.Add()([layer(x), layer(x)]))
    np.testing.assert_allclose(model.predict(X), 2 * layer(X), rtol=1e-6)
    assert len(model.layers) == 2


class Looking(Counting):
    """Looks rows up by number."""

    def init(self, key, x):
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise KeyError("only whole numbers")
        return jnp.arange(8.0), {}

    def own(self):
        return None

    def apply(self, params, state, x, training, key):
        if not jnp.issubdtype(x.dtype, jnp.integer):
            raise KeyError("only whole numbers")
        return params[x], state


def test_a_network_that_reads_whole_numbers_gets_them():
    layer = Foreign(Looking())
    assert layer.output_shape((3,)) == (3,)
    np.testing.assert_array_equal(layer([[1.0, 2.0, 5.0]]), [[1.0, 2.0, 5.0]])


class Refusing(Counting):
    def apply(self, params, state, x, training, key):
        raise RuntimeError("\x1b[1mCannot.\x1b[0m\n\n  Really not.\nNever.")


def test_the_message_of_a_network_is_passed_on():
    with pytest.raises(
        ShapeError, match=r"got examples of shape \(3,\).* It says: RuntimeError: Cannot. Really not.$"
    ) as refused:
        Foreign(Refusing()).output_shape((3,))
    assert isinstance(refused.value.__cause__ or refused.value.__context__, RuntimeError)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda x: x, {}),
        (lambda x, train: x, {"train": True}),
        (lambda x, *, deterministic=None, is_training=None: x, {"deterministic": False, "is_training": True}),
        (max, {}),
    ],
)
def test_the_words_for_training(function, expected):
    assert keywords(function, training=True) == expected
