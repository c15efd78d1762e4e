"""Losses: permuting a batch, splitting it, or filling it up with rows of weight 0 changes nothing."""

import functools

import jax
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from leadline import losses

CLASSES, MOST = 3, 5
SIZES = (1, 4, MOST)  # of batches, their parts and filled ones: each size is a program of its own for each loss
RESULT = st.floats(-20, 20, width=32)
WEIGHT = st.just(0.0) | st.floats(2**-6, 4, width=32)

# what targets and predictions of a loss look like, of labels and results
NUMBERS = (lambda labels, f: np.eye(CLASSES)[labels] * 2 + np.sin(labels)[:, None], lambda f: f)
COUNTS = (lambda labels, f: np.eye(CLASSES)[labels] * 2 + labels[:, None], lambda f: np.abs(f) + 0.01)
ONE_HOT = (lambda labels, f: np.eye(CLASSES)[labels], lambda f: f)
SIGNS = (lambda labels, f: np.eye(CLASSES)[labels] * 2 - 1, lambda f: f)
LABELS = (lambda labels, f: labels, lambda f: f)


def _likely(f):
    shifted = np.exp((f - f.max(axis=-1, keepdims=True)).astype(np.float64))
    return shifted / shifted.sum(axis=-1, keepdims=True)


LIKELY, LIKELY_LABELS = (ONE_HOT[0], _likely), (LABELS[0], _likely)
CASES = {
    "BinaryCrossentropy of logits": (losses.BinaryCrossentropy(from_logits=True), ONE_HOT),
    "BinaryCrossentropy": (losses.BinaryCrossentropy(), LIKELY),
    "BinaryFocalCrossentropy": (losses.BinaryFocalCrossentropy(), LIKELY),
    "CategoricalCrossentropy of logits": (losses.CategoricalCrossentropy(from_logits=True), ONE_HOT),
    "CategoricalCrossentropy": (losses.CategoricalCrossentropy(label_smoothing=0.1), LIKELY),
    "CategoricalFocalCrossentropy": (losses.CategoricalFocalCrossentropy(), LIKELY),
    "CategoricalGeneralizedCrossEntropy": (losses.CategoricalGeneralizedCrossEntropy(), LIKELY_LABELS),
    "SparseCategoricalCrossentropy of logits": (losses.SparseCategoricalCrossentropy(from_logits=True), LABELS),
    "SparseCategoricalCrossentropy, a class ignored": (losses.SparseCategoricalCrossentropy(True, ignore_class=1), LABELS),
    "SparseCategoricalCrossentropy": (losses.SparseCategoricalCrossentropy(), LIKELY_LABELS),
    "KLDivergence": (losses.KLDivergence(), LIKELY),
    "Poisson": (losses.Poisson(), COUNTS),
    "MeanSquaredError": (losses.MeanSquaredError(), NUMBERS),
    "MeanAbsoluteError": (losses.MeanAbsoluteError(), NUMBERS),
    "MeanAbsolutePercentageError": (losses.MeanAbsolutePercentageError(), NUMBERS),
    "MeanSquaredLogarithmicError": (losses.MeanSquaredLogarithmicError(), COUNTS),
    "CosineSimilarity": (losses.CosineSimilarity(), NUMBERS),
    "LogCosh": (losses.LogCosh(), NUMBERS),
    "Huber": (losses.Huber(), NUMBERS),
    "Hinge": (losses.Hinge(), SIGNS),
    "SquaredHinge": (losses.SquaredHinge(), SIGNS),
    "CategoricalHinge": (losses.CategoricalHinge(), ONE_HOT),
    "Dice of an example": (losses.Dice(axis=-1), LIKELY),
    "Tversky of an example": (losses.Tversky(axis=-1), LIKELY),
}


@functools.cache
def _compiled(name, reduction):
    loss = CASES[name][0].replace(reduction=reduction)
    return jax.jit(lambda y, f, w: jax.value_and_grad(lambda f: loss(y, f, w))(f))


def _of(name, labels, f):
    y, shaped = CASES[name][1]
    return np.asarray(y(labels, f), np.int32 if y is LABELS[0] else np.float32), np.asarray(shaped(f), np.float32)


@st.composite
def batches(draw, sizes=SIZES):
    """A loss, and labels, results and weights of some examples."""
    size = draw(st.sampled_from(sizes))
    labels = np.array(draw(st.lists(st.integers(0, CLASSES - 1), min_size=size, max_size=size)))
    f = draw(arrays.arrays(np.float32, (size, CLASSES), elements=RESULT))
    weights = np.array(draw(st.lists(WEIGHT, min_size=size, max_size=size)), np.float32)
    return draw(st.sampled_from(sorted(CASES))), labels, f, weights


def _close(a, b):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-5 * max(1.0, float(np.abs(b).max(initial=0))))


def test_every_loss_is_here():
    assert {type(loss) for loss, _ in CASES.values()} == {*losses.LOSSES.values(), losses.CategoricalGeneralizedCrossEntropy}


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
@given(batch=batches(), data=st.data())
def test_a_batch_in_another_order_costs_the_same(reduction, batch, data):
    name, labels, f, weights = batch
    y, f = _of(name, labels, f)
    order = np.array(data.draw(st.permutations(range(len(y)))))
    value, gradient = _compiled(name, reduction)(y, f, weights)
    other, moved = _compiled(name, reduction)(y[order], f[order], weights[order])
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    _close(other, value)
    _close(moved, np.asarray(gradient)[order])


@pytest.mark.parametrize("reduction", ["sum", "mean_with_sample_weight"])
@given(batch=batches(SIZES[:-1]), data=st.data())
def test_rows_of_weight_0_that_fill_up_a_batch_cost_nothing(reduction, batch, data):
    name, labels, f, weights = batch
    fill = data.draw(st.sampled_from([size - len(f) for size in SIZES if size > len(f)]))
    y, f = _of(name, labels, f)
    value, gradient = _compiled(name, reduction)(y, f, weights)
    longer = [np.concatenate([part, np.repeat(part[:1], fill, axis=0)]) for part in (y, f)]
    other, filled = _compiled(name, reduction)(*longer, np.concatenate([weights, np.zeros(fill, np.float32)]))
    _close(other, value)
    _close(filled[: len(y)], gradient)
    assert not np.asarray(filled[len(y) :]).any()


@given(batch=batches((MOST,)), data=st.data())
def test_the_parts_of_a_batch_cost_what_the_whole_does(batch, data):
    name, labels, f, weights = batch
    y, f = _of(name, labels, f)
    cut = data.draw(st.sampled_from(SIZES[:-1]))
    value, gradient = _compiled(name, "sum")(y, f, weights)
    parts = [_compiled(name, "sum")(y[part], f[part], weights[part]) for part in (slice(cut), slice(cut, None))]
    _close(sum(float(part) for part, _ in parts), value)
    _close(np.concatenate([part for _, part in parts]), gradient)


@given(
    labels=st.lists(st.integers(0, CLASSES - 1), min_size=MOST, max_size=MOST),
    f=arrays.arrays(np.float32, (MOST, CLASSES), elements=st.floats(-7, 7, width=32)),  # no probability is clipped
)
def test_labels_or_rows_and_logits_or_probabilities_are_one_thing(labels, f):
    labels, weights = np.array(labels), np.ones(MOST, np.float32)
    sparse, rows = "SparseCategoricalCrossentropy", "KLDivergence"
    value, gradient = _compiled(f"{sparse} of logits", "sum")(*_of(f"{sparse} of logits", labels, f), weights)
    y, likely = _of(rows, labels, f)
    other, same = _compiled("CategoricalCrossentropy of logits", "sum")(y, f, weights)
    _close(other, value)
    _close(same, gradient)
    _close(_compiled(sparse, "sum")(labels.astype(np.int32), likely, weights)[0], value)
    _close(_compiled(rows, "sum")(y, likely, weights)[0], value)
