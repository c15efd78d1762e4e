"""Every metric: against scikit-learn and plain NumPy, over batches, weights, scan and vmap; names, resolution, refusals."""

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


def decided(score, **options):
    return lambda w: score(ONE_HOT, np.eye(3)[SCORES.argmax(-1)], sample_weight=w, **options)


def counted(is_positive, is_called_positive):
    chosen = ((is_positive == YES_NO) & ((CHANCES > 0.5) == is_called_positive))[:, 0]
    return lambda w: chosen.sum() if w is None else w[chosen].sum()


def best(wanted, reached, bound):
    """The best of a rate over even thresholds where another reaches its bound; a rate is what is found of what is called so."""

    def at(threshold, w):
        y, called, w = YES_NO[:, 0], CHANCES[:, 0] > threshold, np.ones(SIZE) if w is None else w
        tp, fp, fn, tn = (w[mask].sum() for mask in ((y > 0) & called, (y == 0) & called, (y > 0) & ~called, (y == 0) & ~called))
        rates = {"precision": (tp, fp), "recall": (tp, fn), "specificity": (tn, fp)}
        values = {name: right / (right + wrong) if right + wrong else 0 for name, (right, wrong) in rates.items()}
        return values[wanted] if values[reached] >= bound else 0

    return lambda w: max(at(threshold, w) for threshold in np.arange(200) / 199)


def rows(function):
    return mean([function(y, f) for y, f in zip(*NUMBERS, strict=True)])


def concordance(y, f):
    covariance = np.cov(y, f, bias=True)
    return 2 * covariance[0, 1] / (np.trace(covariance) + (y.mean() - f.mean()) ** 2)


def explained(**options):
    return lambda w: sklearn.metrics.r2_score(*NUMBERS, sample_weight=w, **options)


GUESSES = np.where(RANDOM.uniform(size=SIZE) < 0.6, LABELS, 0)


def jaccard(**options):
    return lambda w: sklearn.metrics.jaccard_score(LABELS, GUESSES, sample_weight=w, **options)


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
    (metrics.AUC(thresholds=np.arange(1, 199) / 199), YES_NO, CHANCES, roc),
    (metrics.TopKCategoricalAccuracy(2), ONE_HOT, SCORES, mean(SCORES.argmin(-1) != LABELS)),
    (metrics.SparseTopKCategoricalAccuracy(2), LABELS, SCORES, mean(SCORES.argmin(-1) != LABELS)),
    (metrics.TruePositives(), YES_NO, CHANCES, counted(1, True)),
    (metrics.FalsePositives(), YES_NO, CHANCES, counted(0, True)),
    (metrics.TrueNegatives(), YES_NO[:, 0], CHANCES, counted(0, False)),
    (metrics.FalseNegatives(), YES_NO, CHANCES, counted(1, False)),
    (metrics.Precision(top_k=1), ONE_HOT, SCORES, decided(sklearn.metrics.precision_score, average="micro")),
    (metrics.Recall(top_k=1, class_id=1), ONE_HOT, SCORES, decided(sklearn.metrics.recall_score, average=None, labels=[1])),
    (metrics.PrecisionAtRecall(0.5), YES_NO, CHANCES, best("precision", "recall", 0.5)),
    (metrics.RecallAtPrecision(0.7), YES_NO, CHANCES, best("recall", "precision", 0.7)),
    (metrics.SensitivityAtSpecificity(0.6), YES_NO, CHANCES, best("recall", "specificity", 0.6)),
    (metrics.SpecificityAtSensitivity(0.6), YES_NO, CHANCES, best("specificity", "recall", 0.6)),
    (metrics.F1Score("macro"), ONE_HOT, SCORES, decided(sklearn.metrics.f1_score, average="macro", zero_division=0)),
    (metrics.F1Score("micro"), ONE_HOT, SCORES, decided(sklearn.metrics.f1_score, average="micro")),
    (metrics.FBetaScore("weighted", 2.0), ONE_HOT, SCORES, decided(sklearn.metrics.fbeta_score, beta=2, average="weighted")),
    (
        metrics.FBetaScore("micro", 0.5, 0.5),
        YES_NO,
        CHANCES,
        positives(lambda *a, **k: sklearn.metrics.fbeta_score(*a, **k, beta=0.5)),
    ),
    (metrics.MeanIoU(3), LABELS, GUESSES, jaccard(average="macro")),
    (metrics.IoU(3, [0, 2]), LABELS, GUESSES, jaccard(average="macro", labels=[0, 2])),
    (metrics.OneHotMeanIoU(3), ONE_HOT, np.eye(3)[GUESSES], jaccard(average="macro")),
    (metrics.OneHotIoU(3, [1]), ONE_HOT, np.eye(3)[GUESSES], jaccard(average="macro", labels=[1])),
    (metrics.BinaryIoU([1]), YES_NO, CHANCES, positives(sklearn.metrics.jaccard_score)),
    (metrics.R2Score(), *NUMBERS, explained()),
    (metrics.R2Score("variance_weighted_average"), *NUMBERS, explained(multioutput="variance_weighted")),
    (metrics.CosineSimilarity(), *NUMBERS, rows(lambda y, f: y @ f / np.linalg.norm(y) / np.linalg.norm(f))),
    (metrics.PearsonCorrelation(), *NUMBERS, rows(lambda y, f: np.corrcoef(y, f)[0, 1])),
    (metrics.ConcordanceCorrelation(), *NUMBERS, rows(concordance)),
    (metrics.LogCoshError(), *NUMBERS, mean(np.log(np.cosh(NUMBERS[0] - NUMBERS[1])))),
    (metrics.MeanAbsolutePercentageError(), *NUMBERS, mean(100 * abs(1 - NUMBERS[1] / NUMBERS[0]))),
    (metrics.MeanSquaredLogarithmicError(), *abs(NUMBERS), mean(np.diff(np.log1p(abs(NUMBERS)), axis=0)[0] ** 2)),
    (metrics.Hinge(), np.sign(NUMBERS[0]), NUMBERS[1], mean(np.maximum(1 - np.sign(NUMBERS[0]) * NUMBERS[1], 0))),
    (metrics.SquaredHinge(), np.sign(NUMBERS[0]), NUMBERS[1], mean(np.maximum(1 - np.sign(NUMBERS[0]) * NUMBERS[1], 0) ** 2)),
    (metrics.CategoricalHinge(), ONE_HOT, SCORES, mean(1 + ((1 - ONE_HOT) * SCORES).max(-1) - (ONE_HOT * SCORES).sum(-1))),
    (metrics.KLDivergence(), SCORES[::-1], SCORES, mean((SCORES[::-1] * np.log(SCORES[::-1] / SCORES)).sum(-1))),
    (metrics.Poisson(), LABELS, CHANCES, mean(CHANCES[:, 0] - LABELS * np.log(CHANCES[:, 0] + 1e-7))),
    (
        metrics.BinaryCrossentropy(from_logits=True),
        YES_NO,
        LOGITS,
        lambda w: sklearn.metrics.log_loss(YES_NO, CHANCES, sample_weight=w),
    ),
    (metrics.CategoricalCrossentropy(), ONE_HOT, SCORES, lambda w: sklearn.metrics.log_loss(LABELS, SCORES, sample_weight=w)),
    (
        metrics.SparseCategoricalCrossentropy(),
        LABELS,
        SCORES,
        lambda w: sklearn.metrics.log_loss(LABELS, SCORES, sample_weight=w),
    ),
]
HALVES = [slice(0, 20), slice(20, 40)]


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["none", "vector"])
@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_several_batches(metric, y, f, expected, weights):
    y, f = np.asarray(y, np.float32), np.asarray(f, np.float32)
    state = metric.init()
    for rows in HALVES:
        state = metric.update(state, y[rows], f[rows], None if weights is None else weights[rows])
    np.testing.assert_allclose(metric.result(state), expected(weights), rtol=2e-6)


@pytest.mark.parametrize("kind", [metrics.BinaryAccuracy, metrics.Precision, metrics.AUC, metrics.R2Score, metrics.F1Score])
def test_weights_in_a_column_and_batches_of_nothing(kind):
    metric = kind("micro") if kind is metrics.F1Score else kind()
    state = metric.init()
    for rows in (slice(0, 0), slice(0, 40)):
        state = metric.update(state, YES_NO[rows], CHANCES[rows], WEIGHTS[rows, None])
    np.testing.assert_allclose(metric.result(state), metric(YES_NO, CHANCES, WEIGHTS), rtol=1e-6)


@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_scan_padding_and_dtype(metric, y, f, expected):
    """Batches of twenty in a scan, the last rows of each of weight 0: as if they were not there."""
    present, metric = np.tile(np.arange(20) < 16, 2), metric.sized(np.shape(f))
    batches = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32).reshape(2, 20, *a.shape[1:]), (y, f, present))
    state, _ = jax.lax.scan(lambda state, batch: (metric.update(state, *batch), None), metric.init(), batches)
    result = metric.result(state)
    assert {leaf.dtype for leaf in jax.tree.leaves(state)} == {result.dtype} == {jnp.dtype("float32")}
    np.testing.assert_allclose(result, expected(present.astype(float)), rtol=2e-6)


@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_vmap_is_a_loop(metric, y, f, expected):
    halves = jax.tree.map(lambda a: jnp.asarray(a, jnp.float32).reshape(2, SIZE // 2, *a.shape[1:]), (y, f))
    many = jax.jit(jax.vmap(metric))(*halves)
    np.testing.assert_allclose(many, [metric(halves[0][i], halves[1][i]) for i in range(2)], rtol=2e-6)


@pytest.mark.parametrize(("metric", "y", "f", "expected"), CASES)
def test_nothing_seen_is_zero(metric, y, f, expected):
    assert metric.result(metric.init()) == 0
    assert metric(np.asarray(y[:20], np.float32), np.asarray(f[:20], np.float32), np.zeros(20)) == 0


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
    ("true_positives", LOGIT_LOSS, (8, 1), (8, 1), metrics.TruePositives(0.0)),
    ("binary_io_u", LOGIT_LOSS, (8, 1), (8, 1), metrics.BinaryIoU(threshold=0.0)),
    ("binary_focal_crossentropy", LOGIT_LOSS, (8, 1), (8, 1), metrics.MeanLoss(losses.BinaryFocalCrossentropy(from_logits=True))),
    ("cosine_similarity", losses.MeanSquaredError(), (8, 3), (8, 3), metrics.CosineSimilarity()),
    (metrics.F1Score("macro"), LOGIT_LOSS, (8, 3), (8, 3), metrics.F1Score("macro").replace(outputs=3)),
    (metrics.F1Score("micro"), LOGIT_LOSS, (8, 3), (8, 3), metrics.F1Score("micro")),
    (metrics.AUC(multi_label=True), LOGIT_LOSS, (8, 3), (8, 3), metrics.AUC(multi_label=True, num_labels=3)),
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


def resolved(metric):
    return metrics.resolve(metric, LOGIT_LOSS, (8, 3), (8, 3))


@pytest.mark.parametrize("metric", [metrics.F1Score(), metrics.R2Score(None), metrics.Recall([0.2, 0.5])])
def test_several_numbers_when_called(metric):
    y, f = np.eye(3, dtype=np.float32)[LABELS], SCORES.astype(np.float32)
    sized = metric.sized(f.shape)
    assert not sized.is_scalar
    state, _ = jax.lax.scan(lambda state, batch: (sized.update(state, *batch), None), sized.init(), (y[None], f[None]))
    assert sized.result(state).shape in ((2,), (3,))
    np.testing.assert_allclose(sized.result(state), metric(y, f), rtol=1e-6)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: metrics.get("accurac"), ArgumentError, "Did you mean 'accuracy'"),
        (
            lambda: metrics.get("MeanIoU"),
            ArgumentError,
            r"MeanIoU needs arguments. Make one, such as metrics.MeanIoU\(num_classes=3\)",
        ),
        (lambda: metrics.get("mean_io_u"), ArgumentError, "MeanIoU needs arguments"),
        (lambda: metrics.get(metrics.PrecisionAtRecall), ArgumentError, r"metrics.PrecisionAtRecall\(recall=0.8\)"),
        (lambda: metrics.get(metrics.Mean()), ArgumentError, "A metric must be a name"),
        (
            lambda: resolved(metrics.Precision([0.2, 0.5])),
            ArgumentError,
            "'precision' gives several numbers, and a history records one",
        ),
        (lambda: resolved(metrics.F1Score()), ArgumentError, "Give it one threshold, or an average such as 'macro'"),
        (lambda: resolved(metrics.Recall("x")), ArgumentError, "'recall' has an argument that makes no sense"),
        (lambda: resolved("f1_score"), ArgumentError, "'f1_score' gives several numbers"),
        (lambda: resolved(metrics.R2Score(None)), ArgumentError, "'r2_score' gives several numbers"),
        (
            lambda: metrics.get("dice")(ONE_HOT, SCORES),
            ShapeError,
            r"'dice' gives values of shape \(\) .* Give a value for each example",
        ),
        (lambda: metrics.get(None), ArgumentError, "got None of type NoneType"),
        (lambda: metrics.get(3), ArgumentError, "got 3 of type int"),
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


@pytest.mark.parametrize("name", sorted({*losses.LOSSES} - {"CosineSimilarity", "cosine_similarity"}))
def test_every_loss_is_a_metric(name):
    assert metrics.get(name) == metrics.MeanLoss(losses.get(name))
