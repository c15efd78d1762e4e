"""The ground of the notes in programs of our own: layers by hand, the networks, logits, Adam, L2, the loops."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import leadline
from leadline import reference
from leadline.layers import Dense, Input
from leadline.losses import BinaryCrossentropy, MeanSquaredError, SparseCategoricalCrossentropy
from leadline.optimizers import Adam
from leadline.regularizers import L2

COFFEE = np.array([[200.0, 17.0]])  # degrees, minutes
NUMPY_FORM = {"linear": reference.linear, "relu": reference.relu, "sigmoid": reference.sigmoid, "softmax": reference.softmax}


def clouds(classes: int, m: int = 240, features: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Points in clouds far enough apart to be learnt, and the number of each one's cloud."""
    random = np.random.default_rng(classes)
    labels = np.arange(m) % classes
    return random.normal(size=(m, features)) + 1.5 * random.normal(size=(classes, features))[labels], labels


def stack_of(model: leadline.Sequential) -> list[reference.Layer]:
    """The layers of a model as the reference reads them, in float64."""
    return [
        reference.Layer(*(array.astype(np.float64) for array in layer.get_weights()), NUMPY_FORM[layer.activation.__name__])
        for layer in model.layers
    ]


def network(outputs: int, hidden: str, last: str, seed: int = 0, **options: object) -> leadline.Sequential:
    return leadline.Sequential(
        [Dense(25, hidden, **options), Dense(15, hidden, **options), Dense(outputs, last, **options)], seed=seed
    )


# --- layers by hand -----------------------------------------------------------------------------------------------------------


def test_two_layers_called_by_hand():
    layer_1, layer_2 = Dense(units=3, activation="sigmoid"), Dense(units=1, activation="sigmoid")
    a1 = layer_1(COFFEE)
    a2 = layer_2(a1)
    assert (a1.shape, a2.shape) == ((1, 3), (1, 1))
    (W1, b1), (W2, b2) = layer_1.get_weights(), layer_2.get_weights()
    assert (W1.shape, b1.shape, W2.shape, b2.shape) == ((2, 3), (3,), (3, 1), (1,))
    np.testing.assert_allclose(a1[0], reference.dense(COFFEE[0], W1, b1, reference.sigmoid), rtol=2e-5, atol=1e-30)
    np.testing.assert_allclose(a2[0], reference.dense(np.asarray(a1[0]), W2, b2, reference.sigmoid), rtol=2e-6)


def test_a_model_of_ready_layers_is_the_same_layers():
    layers = [Dense(3, "sigmoid"), Dense(1, "sigmoid")]
    by_hand = np.asarray(layers[1](layers[0](COFFEE)))
    model = leadline.Sequential(layers)
    assert model.layers == layers
    np.testing.assert_allclose(model.predict(COFFEE), by_hand, rtol=1e-6)

    before = [array for layer in layers for array in layer.get_weights()]
    model.compile(loss="binary_crossentropy")
    model.fit(COFFEE, np.array([[1.0]]), epochs=20)
    after = [array for layer in layers for array in layer.get_weights()]
    assert not np.array_equal(before[2], after[2])
    assert all(np.array_equal(own, models) for own, models in zip(after, model.get_weights(), strict=True))
    trained = np.asarray(layers[1](layers[0](COFFEE)))
    np.testing.assert_allclose(model.predict(COFFEE), trained, rtol=1e-6)
    assert trained[0, 0] > by_hand[0, 0]


# --- the networks -------------------------------------------------------------------------------------------------------------

NETWORKS = [
    pytest.param(2, 1, "sigmoid", "sigmoid", BinaryCrossentropy(), id="25-15-1 sigmoid"),
    pytest.param(10, 10, "relu", "softmax", SparseCategoricalCrossentropy(), id="25-15-10 softmax"),
    pytest.param(10, 10, "relu", "linear", SparseCategoricalCrossentropy(from_logits=True), id="25-15-10 logits"),
]


@pytest.mark.parametrize(("classes", "outputs", "hidden", "last", "loss"), NETWORKS)
@pytest.mark.parametrize("optimizer", ["rmsprop", Adam(learning_rate=1e-3)], ids=["default", "Adam"])
def test_a_network_learns(classes, outputs, hidden, last, loss, optimizer):
    X, y = clouds(classes)
    model = network(outputs, hidden, last)
    model.compile(optimizer=optimizer, loss=loss)
    history = model.fit(X, y, epochs=100)
    assert history.epoch == list(range(100))
    assert np.isfinite(history.history["loss"]).all()
    assert history.history["loss"][-1] < 0.5 * history.history["loss"][0]
    output = model.predict(X)
    chosen = output[:, 0] > 0.5 if outputs == 1 else output.argmax(axis=1)
    assert np.mean(chosen == y) > 0.9
    assert output.shape == (len(X), outputs)
    np.testing.assert_allclose(output, reference.sequential_matrix(X, stack_of(model)), rtol=1e-4, atol=1e-5)


def test_a_column_of_targets_is_a_vector_of_targets():
    X, y = clouds(2)
    trained = []
    for targets in (y, y[:, None], y.astype(float)):
        model = network(1, "sigmoid", "sigmoid")
        model.compile(loss=BinaryCrossentropy())
        trained.append(model.fit(X, targets, epochs=3).history["loss"])
    assert trained[0] == trained[1] == trained[2]


# --- probabilities and logits -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outputs", "hidden", "last", "loss"),
    [(1, "sigmoid", "sigmoid", BinaryCrossentropy), (10, "relu", "softmax", SparseCategoricalCrossentropy)],
)
def test_logits_give_the_loss_of_probabilities(outputs, hidden, last, loss):
    X, y = clouds(max(outputs, 2))
    models = [network(outputs, hidden, last), network(outputs, hidden, "linear")]
    models[0].compile(optimizer=Adam(learning_rate=1e-3), loss=loss())
    models[1].compile(optimizer=Adam(learning_rate=1e-3), loss=loss(from_logits=True))
    costs, logits = [model.fit(X, y, epochs=20).history["loss"] for model in models]
    np.testing.assert_allclose(logits, costs, rtol=1e-4)  # trainings of one start, apart by rounding alone

    models[0].set_weights(models[1].get_weights())
    assert models[0].evaluate(X, y) == pytest.approx(models[1].evaluate(X, y), rel=1e-5)
    form = NUMPY_FORM[last]
    np.testing.assert_allclose(form(models[1].predict(X).astype(float)), models[0].predict(X), rtol=1e-4, atol=1e-6)


WRONG_BY_FAR = [
    pytest.param("sigmoid", BinaryCrossentropy, [[0], [1]], [[1e4], [-1e4]], 1e4, [[0.5], [-0.5]], id="two classes"),
    pytest.param(
        "softmax",
        SparseCategoricalCrossentropy,
        [1, 2],
        [[1e4, -1e4, 0.0], [1e4, -1e4, 0.0]],
        1.5e4,
        [[0.5, -0.5, 0.0], [0.5, 0.0, -0.5]],
        id="three classes",
    ),
]


@pytest.mark.parametrize(("last", "loss", "y", "logits", "cost", "slope"), WRONG_BY_FAR)
def test_logits_stay_exact_where_probabilities_saturate(last, loss, y, logits, cost, slope):
    """A network that is wrong with logits of ±10⁴: only the form that is told so knows how wrong, and can learn from it."""
    x, y, outputs = np.eye(2, dtype=np.float32), np.array(y), len(logits[0])
    costs, slopes = {}, {}
    for activation, chosen in ((last, loss()), ("linear", loss(from_logits=True))):
        layer = Dense(outputs, activation)
        model = leadline.Sequential([Input(shape=(2,)), layer])
        model.set_weights([np.array(logits), np.zeros(outputs)])
        model.compile(loss=chosen)
        costs[activation] = model.evaluate(x, y)

        def objective(params, layer=layer, chosen=chosen):
            return chosen(y, layer.apply(params, {}, jnp.asarray(x))[0])

        slopes[activation] = jax.grad(objective)(layer.weights.params)["kernel"]
    assert costs["linear"] == cost
    assert costs[last] < 20  # −ln 1e-7 = 16.1 is all that clipped probabilities can say
    assert not np.any(slopes[last])
    assert slopes["linear"].tolist() == slope


@pytest.mark.parametrize("sign", [1, -1])
def test_logits_far_out_on_the_right_side_cost_nothing(sign):
    z, y = jnp.array([[sign * 1e4]]), jnp.array([[(1 + sign) / 2]])
    value, slope = jax.value_and_grad(lambda f: BinaryCrossentropy(from_logits=True)(y, f))(z)
    assert (float(value), float(slope[0, 0])) == (0.0, 0.0)


# --- regularisation -----------------------------------------------------------------------------------------------------------


def test_the_penalty_is_that_of_the_three_kernels():
    X, y = clouds(2)
    model = network(1, "relu", "sigmoid", kernel_regularizer=L2(0.01))
    model.build((None, X.shape[1]))
    model.compile(optimizer=Adam(learning_rate=1e-3), loss=BinaryCrossentropy())
    start = stack_of(model)
    history = model.fit(X, y, batch_size=len(X), epochs=40).history

    # An epoch of one step measures the weights that it starts from.
    m = len(X)
    assert history["penalty"][0] == pytest.approx(0.01 * sum(np.sum(layer.W**2) for layer in start), rel=1e-5)
    assert history["penalty"][0] == pytest.approx(reference.penalty(start, m, lambda_=2 * m * 0.01), rel=1e-5)
    predicted = reference.sequential_matrix(X, start)
    assert history["cost"][0] == pytest.approx(reference.binary_crossentropy(y[:, None], predicted), rel=1e-5)
    np.testing.assert_allclose(history["loss"], np.add(history["cost"], history["penalty"]), rtol=1e-6)
    assert history["loss"][-1] < history["loss"][0]

    now = model.evaluate(X, y, return_dict=True)
    assert now["penalty"] == pytest.approx(0.01 * sum(np.sum(layer.W**2) for layer in stack_of(model)), rel=1e-5)
    assert model.evaluate(X, y) == pytest.approx(now["cost"] + now["penalty"], rel=1e-6)


def test_the_penalty_makes_smaller_weights_and_fits_less():
    X, y = clouds(2)
    weights, costs = [], []
    for regularizer in (None, L2(0.01)):
        model = network(1, "sigmoid", "sigmoid", kernel_regularizer=regularizer)
        model.compile(optimizer=Adam(learning_rate=1e-2), loss=BinaryCrossentropy())
        model.fit(X, y, epochs=60)
        weights.append(sum(np.sum(layer.W**2) for layer in stack_of(model)))
        costs.append(model.evaluate(X, y, return_dict=True)["cost"])
    assert weights[1] < 0.5 * weights[0]
    assert costs[1] > costs[0]


# --- the loops ----------------------------------------------------------------------------------------------------------------


def test_the_naive_forward_pass_is_the_model():
    with jax.enable_x64(True):
        weights = [
            np.array([[1.0, -3.0, 0.5], [2.0, 4.0, -6.0]]),
            np.array([-1.0, 1.0, 2.0]),
            np.array([[-7.0], [8.0], [3.0]]),
            np.array([3.0]),
        ]
        model = leadline.Sequential([Input(shape=(2,)), Dense(3, "sigmoid"), Dense(1, "sigmoid")])
        model.set_weights(weights)
        stack = stack_of(model)
        for x in (COFFEE[0], np.array([0.2, 0.1]), np.array([-0.5, 0.3])):
            prediction = model.predict(x[None, :])
            assert prediction.dtype == np.float64
            np.testing.assert_allclose(prediction[0], reference.sequential(x, stack), rtol=1e-13)
            np.testing.assert_allclose(prediction, reference.sequential_matrix(x[None, :], stack), rtol=1e-13)


ENGINE = [
    ([4, 1], ["relu", "linear"], MeanSquaredError(), "squared_error", 11),
    ([4, 1], ["sigmoid", "sigmoid"], BinaryCrossentropy(), "binary_crossentropy", 11),
    ([4, 1], ["relu", "linear"], BinaryCrossentropy(from_logits=True), "binary_crossentropy_from_logits", 11),
    ([4, 3], ["relu", "softmax"], SparseCategoricalCrossentropy(), "sparse_categorical_crossentropy", 11),
    (
        [4, 3],
        ["relu", "linear"],
        SparseCategoricalCrossentropy(from_logits=True),
        "sparse_categorical_crossentropy_from_logits",
        11,
    ),
    ([4, 3], ["sigmoid", "softmax"], SparseCategoricalCrossentropy(), "sparse_categorical_crossentropy", 4),  # 4, 4 and 3 rows
]


@pytest.mark.parametrize("strength", [0.0, 0.03])
@pytest.mark.parametrize(
    ("units", "activations", "loss", "oracle", "batch_size"), ENGINE, ids=[f"{case[3]}, batches of {case[4]}" for case in ENGINE]
)
def test_the_engine_takes_the_steps_of_the_reference(units, activations, loss, oracle, batch_size, strength):
    """Twenty and more steps of Adam in float64."""
    cost, scale = getattr(reference, oracle), 2 if oracle == "squared_error" else 1  # Keras's squared error lacks the half
    random = np.random.default_rng(7)
    X = random.normal(size=(11, 3))
    y = random.integers(0, units[-1], 11) if units[-1] > 1 else random.integers(0, 2, (11, 1))
    steps_an_epoch = -(-11 // batch_size)
    with jax.enable_x64(True):
        layers = [Dense(n, g, kernel_regularizer=L2(strength)) for n, g in zip(units, activations, strict=True)]
        model = leadline.Sequential([Input(shape=(3,)), *layers])
        model.compile(optimizer=Adam(learning_rate=0.01), loss=loss)
        start = stack_of(model)
        history = model.fit(X, y, batch_size=batch_size, epochs=-(-20 // steps_an_epoch), shuffle=False).history
        engine = model.get_weights()

    weights, memory, first_losses = [array for layer in start for array in layer[:2]], None, []
    for step in range(steps_an_epoch * len(history["loss"])):
        rows = slice(step % steps_an_epoch * batch_size, (step % steps_an_epoch + 1) * batch_size)
        stack = [reference.Layer(*weights[2 * i : 2 * i + 2], layer.g) for i, layer in enumerate(start)]
        lambda_ = 2 * len(X[rows]) * strength / scale  # so that λ/(2m) Σw², times the scale, is the strength times Σw²
        if step < steps_an_epoch:
            first_losses += [scale * reference.regularized_cost(X[rows], y[rows], stack, cost, lambda_)] * len(X[rows])
        gradients = [scale * d for pair in reference.backward(X[rows], y[rows], stack, cost, lambda_) for d in pair]
        weights, memory = reference.adam(weights, gradients, memory, learning_rate=0.01)

    assert memory.steps >= 20
    assert history["loss"][0] == pytest.approx(np.mean(first_losses), rel=1e-12)
    for own, expected in zip(engine, weights, strict=True):
        assert own.dtype == np.float64
        np.testing.assert_allclose(own, expected, rtol=0, atol=1e-10)
