"""The reference against itself in another form: loop and matrix, chain rule and finite differences, formula and hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from leadline import reference
from leadline.errors import ShapeError
from leadline.reference import Layer, linear, relu, sigmoid, softmax

STACKS = {
    "one linear unit": ([1], [linear]),
    "sigmoid": ([5, 3, 1], [sigmoid, sigmoid, sigmoid]),
    "relu, then classes": ([5, 4, 3], [relu, relu, softmax]),
    "relu, then logits": ([5, 4, 3], [relu, relu, linear]),
    "softmax inside": ([4, 2], [softmax, linear]),
}

GRADIENTS = [
    ("squared_error", [5, 1], [relu, linear]),
    ("squared_error", [4, 3], [softmax, linear]),
    ("binary_crossentropy", [5, 3, 1], [sigmoid, relu, sigmoid]),
    ("binary_crossentropy", [5, 2], [relu, sigmoid]),
    ("binary_crossentropy_from_logits", [5, 3, 1], [sigmoid, relu, linear]),
    ("sparse_categorical_crossentropy", [5, 3], [relu, softmax]),
    ("sparse_categorical_crossentropy_from_logits", [5, 3], [relu, linear]),
]


def stack_of(units: list[int], activations: list[reference.Activation], features: int = 4) -> list[Layer]:
    random = np.random.default_rng(1)
    sizes = [features, *units]
    return [
        Layer(random.normal(size=(sizes[i], n)), random.normal(size=n), g)
        for i, (n, g) in enumerate(zip(units, activations, strict=True))
    ]


def targets_for(cost: str, outputs: int, m: int) -> np.ndarray:
    random = np.random.default_rng(2)
    if cost.startswith("sparse"):
        return random.integers(0, outputs, m)
    return random.normal(size=(m, outputs)) if cost == "squared_error" else random.integers(0, 2, (m, outputs))


@pytest.mark.parametrize("name", STACKS)
def test_one_example_at_a_time_is_the_matrix_form(name):
    stack = stack_of(*STACKS[name])
    X = np.random.default_rng(3).normal(size=(6, 4))
    one_by_one = np.array([reference.sequential(x, stack) for x in X])
    np.testing.assert_allclose(reference.sequential_matrix(X, stack), one_by_one, rtol=1e-13, atol=1e-15)


def test_a_layer_is_its_units():
    layer = stack_of([3], [sigmoid])[0]
    x = np.array([1.0, -2.0, 0.5, 3.0])
    by_hand = [1 / (1 + math.exp(-(sum(w * v for w, v in zip(layer.W[:, j], x)) + layer.b[j]))) for j in range(3)]
    np.testing.assert_allclose(reference.dense(x, *layer), by_hand, rtol=1e-13)


def test_biases_may_stand_as_a_row():
    layer = stack_of([3], [relu])[0]
    X = np.ones((2, 4))
    assert np.array_equal(reference.dense_matrix(X, layer.W, layer.b[None, :], relu), reference.dense_matrix(X, *layer))


@pytest.mark.parametrize(
    ("function", "z", "expected"),
    [
        (sigmoid, [-1e4, -800.0, 0.0, 800.0, 1e4], [0.0, 0.0, 0.5, 1.0, 1.0]),
        (softmax, [1e4, -1e4], [1.0, 0.0]),
        (softmax, [-1e4, -1e4], [0.5, 0.5]),
        (softmax, [1e4, 1e4, 1e4, 1e4], [0.25, 0.25, 0.25, 0.25]),
        (relu, [-1e4, -0.0, 1e4], [0.0, 0.0, 1e4]),
        (linear, [-1e4, 1e4], [-1e4, 1e4]),
    ],
)
def test_activations_far_out(function, z, expected):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert function(np.array(z)).tolist() == expected


@pytest.mark.parametrize("z", [-30.0, -1.0, 0.0, 2.5, 30.0])
def test_the_sigmoid_is_the_softmax_of_two(z):
    assert sigmoid(np.array(z)) == pytest.approx(softmax(np.array([z, 0.0]))[0], rel=1e-14)


COSTS_BY_HAND = [
    ("squared_error", [[1.0], [3.0], [0.0]], [[2.0], [1.0], [0.0]], (1 + 4) / 6),
    ("binary_crossentropy", [[1], [0]], [[0.9], [0.2]], -(math.log(0.9) + math.log(0.8)) / 2),
    ("binary_crossentropy", [[1], [0]], [[0.0], [0.0]], -(math.log(1e-7) + math.log(1 - 1e-7)) / 2),
    ("binary_crossentropy_from_logits", [[1], [0]], [[0.0], [math.log(3)]], (math.log(2) + math.log(4)) / 2),
    ("binary_crossentropy_from_logits", [[1], [0]], [[1e4], [-1e4]], 0.0),
    ("sparse_categorical_crossentropy", [2, 0], [[0.2, 0.3, 0.5], [0.7, 0.2, 0.1]], -(math.log(0.5) + math.log(0.7)) / 2),
    ("sparse_categorical_crossentropy", [1], [[1.0, 0.0]], -math.log(1e-7)),
    ("sparse_categorical_crossentropy_from_logits", [1], [[0.0, math.log(3.0), 0.0]], math.log(5 / 3)),
    ("sparse_categorical_crossentropy_from_logits", [1, 0], [[-1e4, 1e4], [-1e4, 1e4]], 1e4),
]


@pytest.mark.parametrize(("cost", "y", "f", "expected"), COSTS_BY_HAND)
def test_costs_by_hand(cost, y, f, expected):
    assert getattr(reference, cost)(y, np.array(f)) == pytest.approx(expected, rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("cost", "activation", "shape"),
    [("binary_crossentropy", sigmoid, (7, 1)), ("sparse_categorical_crossentropy", softmax, (7, 3))],
)
def test_logits_and_probabilities_are_one_cost(cost, activation, shape):
    z = np.random.default_rng(5).normal(0, 3, shape)
    y = targets_for(cost, shape[1], shape[0])
    from_logits = getattr(reference, f"{cost}_from_logits")(y, z)
    assert getattr(reference, cost)(y, activation(z)) == pytest.approx(from_logits, rel=1e-12)


@pytest.mark.parametrize("lambda_", [0.0, 0.7])
@pytest.mark.parametrize(("cost", "units", "activations"), GRADIENTS)
def test_backward_is_the_slope_of_the_cost(cost, units, activations, lambda_):
    stack, m, step = stack_of(units, activations), 6, 1e-5
    X, y = np.random.default_rng(4).normal(size=(m, 4)), targets_for(cost, units[-1], m)
    function = getattr(reference, cost)
    for layer, gradients in zip(stack, reference.backward(X, y, stack, function, lambda_), strict=True):
        for array, gradient in zip(layer[:2], gradients, strict=True):
            slopes = np.zeros_like(array)
            for place in np.ndindex(array.shape):
                middle = array[place]
                around = []
                for array[place] in (middle + step, middle - step):
                    around.append(reference.regularized_cost(X, y, stack, function, lambda_))
                array[place] = middle
                slopes[place] = (around[0] - around[1]) / (2 * step)
            assert np.abs(slopes).max() > 1e-3  # a gradient that is zero throughout would prove nothing
            np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("cost", ["binary_crossentropy", "sparse_categorical_crossentropy"])
def test_only_logits_still_teach_where_a_unit_is_saturated(cost):
    outputs, activation, y = (1, sigmoid, [[0]]) if cost == "binary_crossentropy" else (2, softmax, [1])
    W, x = np.array([[1e4] + [0.0] * (outputs - 1)]), np.array([[1.0]])
    probabilities = [Layer(W, np.zeros(outputs), activation)]
    logits = [Layer(W, np.zeros(outputs), linear)]
    (lost, _) = reference.backward(x, y, probabilities, getattr(reference, cost))[0]
    (kept, _) = reference.backward(x, y, logits, getattr(reference, f"{cost}_from_logits"))[0]
    assert not lost.any()
    assert kept[0, 0] == 1.0


def test_the_penalty_leaves_biases_alone():
    layers = [
        Layer(np.array([[1.0, 2.0]]), np.array([100.0, 100.0]), relu),
        Layer(np.array([[3.0], [0.0]]), np.array([50.0]), linear),
    ]
    assert reference.penalty(layers, m=7, lambda_=0.5) == pytest.approx(0.5 / 14 * 14)
    X, y = np.ones((7, 1)), np.zeros((7, 1))
    without = reference.backward(X, y, layers, reference.squared_error)
    with_it = reference.backward(X, y, layers, reference.squared_error, lambda_=0.5)
    for (dW, db), (dW_0, db_0), layer in zip(with_it, without, layers, strict=True):
        np.testing.assert_allclose(dW - dW_0, 0.5 / 7 * layer.W, atol=1e-9)
        assert np.array_equal(db, db_0)


@pytest.mark.parametrize(
    ("cost", "y", "f"),
    [
        ("squared_error", [1.0, 2.0], [[1.0], [2.0]]),
        ("binary_crossentropy", [1, 0], [[0.5], [0.5]]),
        ("binary_crossentropy_from_logits", [[1]], [[0.5], [0.5]]),
        ("sparse_categorical_crossentropy", [[1], [0]], [[0.5, 0.5], [0.5, 0.5]]),
        ("sparse_categorical_crossentropy_from_logits", [1], [[0.5, 0.5], [0.5, 0.5]]),
    ],
)
def test_targets_are_never_broadcast(cost, y, f):
    function = getattr(reference, cost)
    with pytest.raises(ShapeError, match="targets of shape"):
        function(y, np.array(f))
    with pytest.raises(ShapeError, match="targets of shape"):
        reference.COST_SLOPES[function](y, np.array(f))


def test_the_first_step_of_adam_by_hand():
    w, d = np.array([1.0, -2.0, 3.0]), np.array([4.0, -0.5, 0.0])
    # The two means are corrected to d and d², so the step is 0.1 · d / (|d| + 1e-7 / √(1 − 0.999)).
    moved, memory = reference.adam([w], [d], learning_rate=0.1)
    np.testing.assert_allclose(moved[0], w - 0.1 * d / (np.abs(d) + 1e-7 / math.sqrt(0.001)), rtol=1e-14)
    np.testing.assert_allclose(memory.means[0], 0.1 * d, rtol=1e-14)
    np.testing.assert_allclose(memory.squares[0], 0.001 * d**2, rtol=1e-13)
    assert memory.steps == 1
    assert w.tolist() == [1.0, -2.0, 3.0]


def test_the_second_step_of_adam_by_hand():
    first, memory = reference.adam([np.array([1.0])], [np.array([2.0])], learning_rate=0.1)
    second, memory = reference.adam(first, [np.array([-1.0])], memory, learning_rate=0.1)
    mean, square = 0.9 * 0.2 + 0.1 * -1.0, 0.999 * 0.004 + 0.001 * 1.0
    alpha = 0.1 * math.sqrt(1 - 0.999**2) / (1 - 0.9**2)
    assert second[0][0] == pytest.approx(first[0][0] - alpha * mean / (math.sqrt(square) + 1e-7), rel=1e-14)
    assert memory.steps == 2


def test_adam_goes_to_the_bottom():
    w, memory = [np.array([3.0, -1.0])], None
    for _ in range(1500):
        w, memory = reference.adam(w, [2 * (w[0] - np.array([1.0, 2.0]))], memory, learning_rate=0.05)
    np.testing.assert_allclose(w[0], [1.0, 2.0], atol=1e-6)
