"""Every metric against Keras on its JAX backend: over several batches, with and without weights; names, arguments, defaults."""

import inspect
import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

from leadline import losses, metrics

keras = pytest.importorskip("keras")

RANDOM = np.random.default_rng(0)
EXAMPLES = 12
BATCHES = [slice(0, 6), slice(6, 12)]
WEIGHTS = RANDOM.uniform(0.1, 2, EXAMPLES).astype(np.float32)

# Targets and predictions of twelve examples, by what they are
ROWS = RANDOM.normal(size=(EXAMPLES, 4)) * 2
LABELS = RANDOM.integers(0, 4, EXAMPLES)
ONE_HOT = np.eye(4)[LABELS]
YES_NO = (ROWS[::-1] + RANDOM.normal(size=(EXAMPLES, 4)) > 0) * 1.0
CHANCES = 1 / (1 + np.exp(-ROWS[::-1]))
DATA = {
    "numbers": (RANDOM.normal(size=(EXAMPLES, 4)), ROWS),
    "a number": (50 + RANDOM.normal(size=(EXAMPLES, 1)), 50 + RANDOM.normal(size=(EXAMPLES, 1))),
    "positive": (RANDOM.uniform(0.5, 9, (EXAMPLES, 4)), RANDOM.uniform(0.1, 9, (EXAMPLES, 4))),
    "steps": (RANDOM.normal(size=(EXAMPLES, 3, 4)), RANDOM.normal(size=(EXAMPLES, 3, 4))),
    "yes or no": (YES_NO, CHANCES),
    "one yes or no": (YES_NO[:, :1], CHANCES[:, :1]),
    "a vector and a column": (YES_NO[:, 0], CHANCES[:, :1]),
    "yes or no, decided": (YES_NO, np.round(CHANCES)),
    "yes or no, in tenths": (YES_NO, np.round(CHANCES, 1)),
    "yes or no, logits": (YES_NO, ROWS[::-1]),
    "signs": (np.sign(ROWS[::-1]), ROWS),
    "one-hot": (ONE_HOT, RANDOM.dirichlet(np.ones(4), EXAMPLES) * 0.5 + ONE_HOT * 0.2),
    "one-hot, logits": (ONE_HOT, ROWS),
    "one-hot of steps": (np.eye(4)[RANDOM.integers(0, 4, (EXAMPLES, 3))], RANDOM.dirichlet(np.ones(4), (EXAMPLES, 3))),
    "classes": (LABELS, RANDOM.dirichlet(np.ones(4), EXAMPLES)),
    "classes in a column": (LABELS[:, None], ROWS),
    "classes, sorted": (LABELS, np.argsort(-ROWS, axis=-1)),
    "classes, decided": (LABELS, np.where(RANDOM.uniform(size=EXAMPLES) < 0.6, LABELS, 2)),
    "distributions": (RANDOM.dirichlet(np.ones(4), EXAMPLES), RANDOM.dirichlet(np.ones(4), EXAMPLES)),
}

FLOAT = {"dtype": "float32"}  # Keras cuts the weights of this one to whole numbers otherwise
CASES = [
    ("Accuracy", {}, "yes or no, decided"),
    ("BinaryAccuracy", {}, "yes or no"),
    ("BinaryAccuracy", {"threshold": 0.3}, "one yes or no"),
    ("BinaryAccuracy", {"threshold": 0.6}, "a vector and a column"),
    ("CategoricalAccuracy", {}, "one-hot, logits"),
    ("CategoricalAccuracy", {}, "one-hot of steps"),
    ("SparseCategoricalAccuracy", {}, "classes"),
    ("SparseCategoricalAccuracy", {}, "classes in a column"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one-hot"),
    ("TopKCategoricalAccuracy", {"k": 1}, "one-hot of steps"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "classes"),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, "classes in a column"),
    ("SparseTopKCategoricalAccuracy", {"k": 2, "from_sorted_ids": True}, "classes, sorted"),
    ("TruePositives", {}, "yes or no"),
    ("TruePositives", {"thresholds": [0.2, 0.6]}, "yes or no"),
    ("FalsePositives", {}, "one yes or no"),
    ("FalsePositives", {"thresholds": [0.0, 0.5, 1.0]}, "yes or no, decided"),
    ("TrueNegatives", {}, "yes or no"),
    ("TrueNegatives", {"thresholds": 0.7}, "yes or no"),
    ("FalseNegatives", {}, "yes or no"),
    ("FalseNegatives", {"thresholds": [0.1, 0.2, 0.9]}, "yes or no"),
    ("Precision", {}, "yes or no"),
    ("Precision", {"thresholds": 0.3}, "one yes or no"),
    ("Precision", {"thresholds": [0.2, 0.6]}, "yes or no"),
    ("Precision", {"class_id": 1}, "yes or no"),
    ("Precision", {"top_k": 2}, "one-hot"),
    ("Precision", {"top_k": 2, "class_id": 3}, "one-hot, logits"),
    ("Precision", {"top_k": 3, "thresholds": [0.1, 0.4]}, "yes or no"),
    ("Recall", {}, "yes or no"),
    ("Recall", {"thresholds": [0.1, 0.2, 0.9]}, "yes or no"),
    ("Recall", {"top_k": 2}, "one-hot"),
    ("Recall", {"top_k": 1, "class_id": 0}, "one-hot, logits"),
    ("AUC", {}, "yes or no"),
    ("AUC", {}, "yes or no, decided"),
    ("AUC", {"num_thresholds": 11}, "yes or no, in tenths"),
    ("AUC", {"num_thresholds": 7}, "one yes or no"),
    ("AUC", {"from_logits": True}, "yes or no, logits"),
    ("AUC", {"summation_method": "minoring", "num_thresholds": 9}, "yes or no"),
    ("AUC", {"summation_method": "majoring", "num_thresholds": 9}, "yes or no"),
    ("AUC", {"curve": "PR"}, "yes or no"),
    ("AUC", {"curve": "PR", "num_thresholds": 7}, "one yes or no"),
    ("AUC", {"curve": "PR", "summation_method": "minoring"}, "yes or no"),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, "yes or no"),
    ("AUC", {"curve": "PRGAIN"}, "yes or no"),
    ("AUC", {"thresholds": [0.4, 0.15, 0.8]}, "yes or no"),
    ("AUC", {"thresholds": [0.25, 0.5, 0.75]}, "yes or no"),
    ("AUC", {"label_weights": [0.1, 0.2, 0.3, 0.4]}, "yes or no"),
    ("AUC", {"multi_label": True}, "yes or no"),
    ("AUC", {"multi_label": True, "num_labels": 4, "curve": "PR"}, "yes or no"),
    ("AUC", {"multi_label": True, "label_weights": [0.1, 0.2, 0.3, 0.4]}, "yes or no"),
    ("AUC", {"multi_label": True, "thresholds": [0.4, 0.15, 0.8], "from_logits": True}, "yes or no, logits"),
    ("PrecisionAtRecall", {"recall": 0.6}, "yes or no"),
    ("PrecisionAtRecall", {"recall": 0.6, "class_id": 2, "num_thresholds": 9}, "yes or no"),
    ("RecallAtPrecision", {"precision": 0.7}, "yes or no"),
    ("RecallAtPrecision", {"precision": 0.7, "num_thresholds": 1}, "yes or no"),
    ("SensitivityAtSpecificity", {"specificity": 0.6}, "yes or no"),
    ("SensitivityAtSpecificity", {"specificity": 0.6, "num_thresholds": 11}, "yes or no, in tenths"),
    ("SpecificityAtSensitivity", {"sensitivity": 0.6}, "yes or no"),
    ("SpecificityAtSensitivity", {"sensitivity": 1.0}, "yes or no, decided"),
    ("F1Score", {}, "one-hot"),
    ("F1Score", {"threshold": 0.5}, "yes or no"),
    ("F1Score", {"average": "micro"}, "one-hot, logits"),
    ("F1Score", {"average": "macro", "threshold": 0.3}, "yes or no"),
    ("F1Score", {"average": "weighted"}, "one-hot"),
    ("FBetaScore", {"beta": 2.0, "threshold": 0.5}, "yes or no"),
    ("FBetaScore", {"beta": 0.5, "average": "weighted"}, "one-hot"),
    ("IoU", {"num_classes": 4, "target_class_ids": [0, 2], **FLOAT}, "classes, decided"),
    ("IoU", {"num_classes": 4, "target_class_ids": [1], "sparse_y_pred": False, **FLOAT}, "classes"),
    ("BinaryIoU", FLOAT, "one yes or no"),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3, **FLOAT}, "one yes or no"),
    ("MeanIoU", {"num_classes": 4, **FLOAT}, "classes, decided"),
    ("MeanIoU", {"num_classes": 3, **FLOAT}, "classes, decided"),
    ("MeanIoU", {"num_classes": 4, "ignore_class": 2, **FLOAT}, "classes, decided"),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 3], **FLOAT}, "one-hot, logits"),
    ("OneHotMeanIoU", {"num_classes": 4, **FLOAT}, "one-hot, logits"),
    ("MeanSquaredError", {}, "numbers"),
    ("MeanSquaredError", {}, "steps"),
    ("RootMeanSquaredError", {}, "numbers"),
    ("RootMeanSquaredError", {}, "steps"),
    ("MeanAbsoluteError", {}, "numbers"),
    ("MeanAbsolutePercentageError", {}, "numbers"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("LogCoshError", {}, "numbers"),
    ("CosineSimilarity", {}, "numbers"),
    ("CosineSimilarity", {"axis": 1}, "steps"),
    ("R2Score", {}, "numbers"),
    ("R2Score", {"class_aggregation": None}, "numbers"),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, "numbers"),
    ("R2Score", {"num_regressors": 2}, "a number"),
    ("R2Score", {"num_regressors": 2, "class_aggregation": None}, "numbers"),
    ("PearsonCorrelation", {}, "numbers"),
    ("PearsonCorrelation", {"axis": 1}, "steps"),
    ("ConcordanceCorrelation", {}, "numbers"),
    ("Hinge", {}, "signs"),
    ("SquaredHinge", {}, "yes or no, logits"),
    ("CategoricalHinge", {}, "one-hot, logits"),
    ("KLDivergence", {}, "distributions"),
    ("Poisson", {}, "positive"),
    ("BinaryCrossentropy", {}, "yes or no"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "yes or no, logits"),
    ("CategoricalCrossentropy", {}, "one-hot"),
    ("CategoricalCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "one-hot, logits"),
    ("SparseCategoricalCrossentropy", {}, "classes"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "classes in a column"),
]
# Of targets that vary little about 50, what Keras sums in single precision has lost two digits.
TOLERANCE = {"a number": 2e-2}


def both(name, options):
    """The metric of leadline and that of Keras."""
    known = {key: value for key, value in options.items() if key != "dtype"}
    return getattr(metrics, name)(**known), getattr(keras.metrics, name)(**options)


def data(kind):
    return tuple(values if values.dtype.kind == "i" else values.astype(np.float32) for values in DATA[kind])


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.filterwarnings("ignore:Explicitly requested dtype int64")  # by Keras's own table of classes
@pytest.mark.parametrize(("name", "options", "kind"), CASES)
def test_results(name, options, kind, weights):
    ours, theirs = both(name, options)
    y, f = data(kind)
    state = ours.init()
    for rows in BATCHES:
        weight = None if weights is None else weights[rows]
        state = ours.update(state, y[rows], f[rows], weight)
        theirs.update_state(y[rows], f[rows], sample_weight=weight)
        tolerance = TOLERANCE.get(kind, 1e-5)
        np.testing.assert_allclose(ours.result(state), theirs.result(), rtol=tolerance, atol=1e-6)


VALUES = RANDOM.normal(size=(EXAMPLES, 3)).astype(np.float32)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["alike", "weighted"])
@pytest.mark.parametrize("values", [VALUES, VALUES[:, 0]], ids=["rows", "numbers"])
@pytest.mark.parametrize("name", ["Mean", "Sum"])
def test_running_values(name, values, weights):
    ours, theirs = (getattr(module, name)() for module in (metrics, keras.metrics))
    state = ours.init()
    for rows in BATCHES:
        weight = None if weights is None else weights[rows]
        state = ours.update(state, values[rows], weight)
        theirs.update_state(values[rows], sample_weight=weight)
        np.testing.assert_allclose(ours.result(state), theirs.result(), rtol=1e-5, atol=1e-6)


def test_an_ignored_class_does_not_count():
    """As in Keras with weights; without, Keras counts its losses of 0 in the mean."""
    ours, theirs = both("SparseCategoricalCrossentropy", {"ignore_class": 1})
    y, f = data("classes")
    theirs.update_state(y.astype(np.float32), f, sample_weight=np.ones(EXAMPLES))
    np.testing.assert_allclose(ours(y, f), theirs.result(), rtol=1e-5)


def test_every_metric_of_keras_is_here():
    theirs = {name for name, thing in vars(keras.metrics).items() if inspect.isclass(thing)}
    assert theirs - set(metrics.__all__) == {"Metric", "MeanMetricWrapper"}  # the bases: of these, a function makes the second
    assert {name for name, *_ in CASES} == theirs - {"Metric", "MeanMetricWrapper", "Mean", "Sum"}


def test_names_are_those_of_keras():
    """Also those of losses, which are metrics of their mean here."""
    theirs = set(keras.src.metrics.ALL_OBJECTS_DICT) - {"Metric", "metric", "MeanMetricWrapper", "mean_metric_wrapper"}
    ours = {*metrics.METRICS, *losses.LOSSES, "accuracy"}
    need_arguments = {"IoU", "MeanIoU", "OneHotIoU", "OneHotMeanIoU", "io_u", "mean_io_u", "one_hot_io_u", "one_hot_mean_io_u"}
    need_arguments |= {"PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity", "SpecificityAtSensitivity"}
    need_arguments |= {f"{a}_at_{b}" for a, b in (("precision", "recall"), ("sensitivity", "specificity"))}
    need_arguments |= {f"{b}_at_{a}" for a, b in (("precision", "recall"), ("sensitivity", "specificity"))}
    assert theirs - ours == need_arguments | {"Mean", "mean", "Sum", "sum"}


@pytest.mark.parametrize("name", sorted({name for name, *_ in CASES}))
def test_arguments_and_defaults_are_those_of_keras(name):
    ours, theirs = (inspect.signature(getattr(module, name)).parameters for module in (metrics, keras.metrics))
    missing = {"dtype", "axis"} if name == "SparseCategoricalCrossentropy" else {"dtype"}
    assert set(ours) == set(theirs) - missing
    expected = {key: theirs[key].default for key in ours if key != "name"}
    assert {key: value.default for key, value in ours.items() if key != "name"} == expected


@pytest.mark.parametrize(("name", "options"), {name: (name, options) for name, options, _ in CASES}.values())
def test_names_in_a_history_are_those_of_keras(name, options):
    """Keras numbers the later ones of those that it names itself."""
    ours, theirs = both(name, options)
    assert theirs.name.removesuffix(theirs.name.removeprefix(ours.name)) == ours.name
