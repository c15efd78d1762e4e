"""Metrics: against scikit-learn and plain NumPy, over batches, weights, scan and vmap; names, resolution, refusals."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sklearn.metrics

from leadline import losses, metrics
from leadline.errors import ArgumentError, ShapeError

RANDOM = np.random.default_rng(0)
SIZE = 40
LABELS = RANDOM.integers(0, 3, SIZE)
ONE_HOT = np.eye(3)[LABELS]
SCORES = RANDOM.dirichlet(np.ones(3), SIZE)
YES_NO = RANDOM.integers(0, 2, (SIZE, 1)).astype(float)
CHANCES = np.clip(0.3 * YES_NO + 0.7 * RANDOM.uniform(size=(SIZE, 1)), 0, 1)
LOGITS = np.log(CHANCES / (1 - CHANCES))
NUMBERS = RANDOM.normal(size=(2, SIZE, 3))
WEIGHTS = RANDOM.uniform(0.1, 2, SIZE)


def mean(values):
    return lambda w: np.average(np.reshape(values, (SIZE, -1)).mean(-1), weights=w)


def positives(score, threshold=0.5):
    return lambda w: score(YES_NO[:, 0], CHANCES[:, 0] > threshold, sample_weight=w)


def roc(w):
    return sklearn.metrics.roc_auc_score(YES_NO[:, 0], np.ceil(CHANCES[:, 0] * 199), sample_weight=w)


# metric, targets, predictions, the number of all examples by their weights
CASES = [
    (metrics.Accuracy(), LABELS, SCORES.argmax(-1), mean(SCORES.argmax(-1) == LABELS)),
    (metrics.BinaryAccuracy(), YES_NO, CHANCES, mean((CHANCES > 0.5) == YES_NO)),
    (metrics.BinaryAccuracy(), YES_NO[:, 0], CHANCES, mean((CHANCES > 0.5) == YES_NO)),
    (metrics.BinaryAccuracy(0.3), YES_NO, CHANCES, mean((CHANCES > 0.3) == YES_NO)),
    (metrics.BinaryAccuracy(0.3), ONE_HOT, SCORES, mean((SCORES > 0.3) == ONE_HOT)),
    (metrics.CategoricalAccuracy(), ONE_HOT, SCORES, mean(SCORES.argmax(-1) == LABELS)),
    (metrics.SparseCategoricalAccuracy(), LABELS, SCORES, mean(SCORES.argmax(-1) == LABELS)),
    (metrics.SparseCategoricalAccuracy(), LABELS[:, None], SCORES, mean(SCORES.argmax(-1) == LABELS)),
    (metrics.MeanSquaredError(), *NUMBERS, mean((NUMBERS[0] - NUMBERS[1]) ** 2)),
    (metrics.MeanAbsoluteError(), *NUMBERS, mean(abs(NUMBERS[0] - NUMBERS[1]))),
    (metrics.RootMeanSquaredError(), *NUMBERS, lambda w: mean((NUMBERS[0] - NUMBERS[1]) ** 2)(w) ** 0.5),
    (metrics.get(losses.Huber()), *NUMBERS, mean(np.asarray(losses.Huber().per_example(*NUMBERS)))),
    (metrics.get("bce"), YES_NO, CHANCES, lambda w: sklearn.metrics.log_loss(YES_NO, CHANCES, sample_weight=w)),
    (metrics.get(lambda y, f: abs(y - f)), *NUMBERS, mean(abs(NUMBERS[0] - NUMBERS[1]))),
    (metrics.Precision(), YES_NO, CHANCES, positives(sklearn.metrics.precision_score)),
    (metrics.Precision(0.7), YES_NO[:, 0], CHANCES, positives(sklearn.metrics.precision_score, 0.7)),
    (metrics.Recall(), YES_NO, CHANCES, positives(sklearn.metrics.recall_score)),
    (metrics.Recall(0.7), YES_NO, CHANCES[:, 0], positives(sklearn.metrics.recall_score, 0.7)),
    (
        metrics.Recall(class_id=2),
        ONE_HOT,
        SCORES,
        lambda w: sklearn.metrics.recall_score(LABELS == 2, SCORES[:, 2] > 0.5, sample_weight=w),
    ),
    (metrics.AUC(), YES_NO, CHANCES, roc),
    (metrics.AUC(from_logits=True), YES_NO, LOGITS, roc),
]
WITH_WEIGHTS = [None, WEIGHTS, WEIGHTS[:, None]]


@pytest.mark.parametrize("weights", WITH_WEIGHTS, ids=["none", "vector", "column"])
@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_one_batch_and_several(metric, y, f, expected, weights):
    exact = expected(None if weights is None else weights.ravel())
    y, f = np.asarray(y, np.float32), np.asarray(f, np.float32)
    np.testing.assert_allclose(metric(y, f, weights), exact, rtol=2e-6)
    state = metric.init()
    for rows in (slice(0, 20), slice(20, 20), slice(20, None)):
        state = metric.update(state, y[rows], f[rows], None if weights is None else weights[rows])
    np.testing.assert_allclose(metric.result(state), exact, rtol=2e-6)


@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_scan_padding_and_dtype(metric, y, f, expected):
    """Batches of ten in a scan, the last rows of each of weight 0: as if they were not there."""
    present = np.tile(np.arange(10) < 8, 4).astype(np.float32)
    batches = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32).reshape(4, 10, *a.shape[1:]), (y, f, present))
    state, _ = jax.lax.scan(lambda state, batch: (metric.update(state, *batch), None), metric.init(), batches)
    kept = present > 0
    assert {leaf.dtype for leaf in state} == {jnp.dtype("float32")}
    assert metric.result(state).dtype == jnp.float32
    alone = metric(np.asarray(y, np.float32)[kept], np.asarray(f, np.float32)[kept])
    np.testing.assert_allclose(metric.result(state), alone, rtol=2e-6)


@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_vmap_is_a_loop(metric, y, f, expected):
    halves = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32).reshape(2, SIZE // 2, *a.shape[1:]), (y, f))
    many = jax.vmap(metric)(*halves)
    np.testing.assert_allclose(many, [metric(halves[0][i], halves[1][i]) for i in range(2)], rtol=1e-6)


@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_nothing_seen_is_zero(metric, y, f, expected):
    assert metric.result(metric.init()) == 0
    assert metric(np.asarray(y, np.float32), np.asarray(f, np.float32), np.zeros(SIZE)) == 0


@pytest.mark.parametrize("metric", [metrics.Precision([0.2, 0.5, 0.9]), metrics.Recall((0.2, 0.5, 0.9))])
def test_several_thresholds(metric):
    single = [type(metric)(t)(YES_NO, CHANCES, WEIGHTS) for t in (0.2, 0.5, 0.9)]
    np.testing.assert_allclose(metric(YES_NO, CHANCES, WEIGHTS), single, rtol=1e-6)


def test_precision_recall_area_tends_to_that_of_davis_and_goadrich():
    metric = metrics.AUC(num_thresholds=20_000, curve="PR")
    y, p = YES_NO[:, 0], CHANCES[:, 0]
    order = np.argsort(-p)
    tp, fp = np.cumsum(y[order]), np.cumsum(1 - y[order])
    area, last = 0.0, (0.0, 0.0)
    for now in zip(tp, fp, strict=True):
        gained, seen = now[0] - last[0], sum(now) - sum(last)
        slope = gained / seen
        intercept = last[0] - slope * sum(last)
        area += slope * (gained + (intercept * np.log(sum(now) / sum(last)) if sum(last) else 0)) / y.sum()
        last = now
    np.testing.assert_allclose(metric(y, p), area, rtol=1e-5)


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_area_of_the_perfect_and_of_the_ends(curve):
    y = np.array([0, 0, 1, 1])
    assert metrics.AUC(curve=curve)(y, y) == 1
    assert metrics.AUC(curve=curve, from_logits=True)(y, np.array([-1e4, -1e4, 1e4, 1e4])) == 1
    assert metrics.AUC(curve="ROC")(y, 1 - y) == 0


def test_steps_count_as_their_mean():
    y, f = RANDOM.normal(size=(2, 6, 5, 3))
    weights = RANDOM.uniform(0.1, 2, 6)
    expected = np.average(((y - f) ** 2).mean((1, 2)), weights=weights)
    np.testing.assert_allclose(metrics.MeanSquaredError()(y, f, weights), expected, rtol=1e-6)


LOGIT_LOSS = losses.BinaryCrossentropy(from_logits=True)
RESOLVED = [
    ("accuracy", losses.BinaryCrossentropy(), (8,), (8, 1), metrics.BinaryAccuracy(name="accuracy")),
    ("acc", losses.BinaryCrossentropy(), (8, 1), (8, 1), metrics.BinaryAccuracy(name="acc")),
    ("accuracy", LOGIT_LOSS, (8, 1), (8, 1), metrics.BinaryAccuracy(0.0, name="accuracy")),
    ("accuracy", losses.SparseCategoricalCrossentropy(), (8,), (8, 3), metrics.SparseCategoricalAccuracy(name="accuracy")),
    ("accuracy", losses.SparseCategoricalCrossentropy(), (8, 1), (8, 3), metrics.SparseCategoricalAccuracy(name="accuracy")),
    ("accuracy", losses.CategoricalCrossentropy(), (8, 3), (8, 3), metrics.CategoricalAccuracy(name="accuracy")),
    ("accuracy", losses.MeanSquaredError(), (8, 5, 3), (8, 5, 3), metrics.CategoricalAccuracy(name="accuracy")),
    ("BinaryAccuracy", LOGIT_LOSS, (8, 1), (8, 1), metrics.BinaryAccuracy(0.0, name="BinaryAccuracy")),
    ("precision", LOGIT_LOSS, (8, 1), (8, 1), metrics.Precision(0.0)),
    ("recall", losses.BinaryCrossentropy(), (8, 1), (8, 1), metrics.Recall()),
    ("auc", LOGIT_LOSS, (8, 1), (8, 1), metrics.AUC(from_logits=True)),
    ("bce", LOGIT_LOSS, (8, 1), (8, 1), metrics.MeanLoss(LOGIT_LOSS, name="bce")),
    ("mse", LOGIT_LOSS, (8, 1), (8, 1), metrics.MeanLoss(losses.MeanSquaredError(), name="mse")),
    (metrics.BinaryAccuracy(), LOGIT_LOSS, (8, 1), (8, 1), metrics.BinaryAccuracy()),
]


@pytest.mark.parametrize(("identifier", "loss", "y_shape", "output_shape", "expected"), RESOLVED)
def test_resolve(identifier, loss, y_shape, output_shape, expected):
    assert metrics.resolve(identifier, loss, y_shape, output_shape) == expected


def test_accuracy_of_logits_is_that_of_their_probabilities():
    resolved = metrics.resolve("accuracy", LOGIT_LOSS, YES_NO.shape, LOGITS.shape)
    assert resolved(YES_NO, LOGITS) == metrics.BinaryAccuracy()(YES_NO, CHANCES)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.get("accurac"), ArgumentError, "Did you mean 'accuracy'"),
        (lambda: metrics.get(None), ArgumentError, "got None of type NoneType"),
        (lambda: metrics.get(3), ArgumentError, "got 3 of type int"),
        (lambda: metrics.AUC(num_thresholds=1), ArgumentError, "2 or more; got 1"),
        (lambda: metrics.AUC(curve="pr"), ArgumentError, "Unknown curve 'pr'"),
        (lambda: metrics.Precision(class_id=3)(ONE_HOT, SCORES), ShapeError, "class_id=3"),
        (lambda: metrics.Recall(class_id=0)(LABELS, LABELS), ShapeError, "class_id=0"),
        (lambda: metrics.BinaryAccuracy()(ONE_HOT, CHANCES), ShapeError, "do not fit"),
        (lambda: metrics.AUC()(LABELS, SCORES), ShapeError, "do not fit"),
        (lambda: metrics.MeanSquaredError()(*NUMBERS, np.ones(3)), ShapeError, "Sample weights"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("name", sorted(metrics.METRICS))
def test_every_name(name):
    made = metrics.get(name)
    assert type(made) is metrics.METRICS[name]
    assert metrics.get(type(made)) == made
    assert metrics.get(made) is made


@pytest.mark.parametrize("name", sorted(losses.LOSSES))
def test_every_loss_is_a_metric(name):
    assert metrics.get(name) == metrics.MeanLoss(losses.get(name))
