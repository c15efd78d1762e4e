"""Networks with a planted fault, and as many that nothing is wrong with, on data of scikit-learn.

A case is a data set of `DATA` and settings of a network; `made` puts them together. `HEALTHY` and `PLANTED` list the cases by the
side that they are on: "tuned" for choosing limits, "reported", with other data sets, for the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import datasets

from leadline import initializers, layers, losses, optimizers
from leadline.data.split import Split
from leadline.develop.problem import Problem
from leadline.network import Network, layer_names
from leadline.training.state import Recipe, numeric

__all__ = ["DATA", "HEALTHY", "PLANTED", "Case", "loss_of", "made"]

Array = np.ndarray[Any, Any]
Data = tuple[Array, Array]


def standard(X: Array) -> Array:
    """Each column with mean 0 and standard deviation 1."""
    return (X - X.mean(axis=0)) / np.maximum(X.std(axis=0), 1e-9)


def moons(seed: int) -> Data:
    """Two half moons."""
    X, y = datasets.make_moons(400, noise=0.2, random_state=seed)
    return standard(X), y


def circles(seed: int) -> Data:
    """A circle in a circle."""
    X, y = datasets.make_circles(400, noise=0.1, factor=0.5, random_state=seed)
    return standard(X), y


def blobs(seed: int) -> Data:
    """Five clouds in six dimensions."""
    X, y = datasets.make_blobs(400, n_features=6, centers=5, cluster_std=3.0, random_state=seed)
    return standard(X), y


def classes(seed: int) -> Data:
    """Four classes of scikit-learn's generator in 12 dimensions."""
    X, y = datasets.make_classification(500, 12, n_informative=8, n_classes=4, class_sep=1.5, random_state=seed)
    return standard(X), y


def pairs(seed: int) -> Data:
    """Two classes of the same in 20 dimensions."""
    X, y = datasets.make_classification(400, 20, n_informative=6, class_sep=1.2, random_state=seed)
    return standard(X), y


def quantiles(seed: int) -> Data:
    """Three shells of a cloud in five dimensions."""
    return datasets.make_gaussian_quantiles(n_samples=450, n_features=5, n_classes=3, random_state=seed)


def digits(seed: int) -> Data:
    """Written digits, their pixels in [0, 1]."""
    X, y = datasets.load_digits(return_X_y=True)
    rows = np.random.default_rng(seed).permutation(len(X))[:900]
    return X[rows] / 16, y[rows]


def breast(seed: int) -> Data:
    """Breast cancer, in its own units."""
    return _shuffled(datasets.load_breast_cancer(return_X_y=True), seed)


def wine(seed: int) -> Data:
    """Wine, in its own units."""
    return _shuffled(datasets.load_wine(return_X_y=True), seed)


def iris(seed: int) -> Data:
    """Iris, standardised."""
    X, y = _shuffled(datasets.load_iris(return_X_y=True), seed)
    return standard(X), y


def diabetes(seed: int) -> Data:
    """Diabetes: numbers, standardised."""
    X, y = _shuffled(datasets.load_diabetes(return_X_y=True), seed)
    return standard(X), standard(y)


def friedman(seed: int) -> Data:
    """Friedman's first function, standardised."""
    X, y = datasets.make_friedman1(400, noise=0.5, random_state=seed)
    return standard(X), standard(y)


def friedman2(seed: int) -> Data:
    """Friedman's second function, in its own units."""
    return datasets.make_friedman2(400, noise=20.0, random_state=seed)


def linear(seed: int) -> Data:
    """A linear function of ten numbers, standardised."""
    X, y = datasets.make_regression(300, 10, n_informative=6, noise=20.0, random_state=seed)
    return standard(X), standard(y)


def roll(seed: int) -> Data:
    """Where on a Swiss roll, standardised."""
    X, y = datasets.make_swiss_roll(400, noise=0.1, random_state=seed)
    return standard(X), standard(y)


def _shuffled(data: Data, seed: int) -> Data:
    rows = np.random.default_rng(seed).permutation(len(data[0]))
    return data[0][rows], data[1][rows]


def scaled(make: Callable[[int], Data], y: bool = False) -> Callable[[int], Data]:
    """The same data with standardised inputs, and with `y` targets."""
    return lambda seed: (standard(make(seed)[0]), standard(make(seed)[1]) if y else make(seed)[1])


def relabelled(make: Callable[[int], Data]) -> Callable[[int], Data]:
    """The same inputs with the targets of other rows."""
    return lambda seed: (make(seed)[0], np.random.default_rng(seed + 1).permutation(make(seed)[1]))


def blown_up(make: Callable[[int], Data], factor: float, columns: int = 1) -> Callable[[int], Data]:
    """The same with some columns that many times as large."""

    def made(seed: int) -> Data:
        X, y = make(seed)
        return np.concatenate([X[:, :columns] * factor, X[:, columns:]], axis=1), y

    return made


def shifted(make: Callable[[int], Data], offset: float, factor: float = 1.0) -> Callable[[int], Data]:
    """The same with other targets."""
    return lambda seed: (make(seed)[0], make(seed)[1] * factor + offset)


DATA: dict[str, Callable[[int], Data]] = {
    one.__name__: one
    for one in (moons, circles, blobs, classes, pairs, quantiles, digits, breast, wine, iris, diabetes, friedman, friedman2)
} | {
    "linear": linear,
    "roll": roll,
    "breast, scaled": scaled(breast),
    "wine, scaled": scaled(wine),
    "friedman2, scaled": scaled(friedman2, y=True),
    "friedman2, X scaled": lambda seed: (standard(friedman2(seed)[0]), friedman2(seed)[1]),
    **{f"{make.__name__}, shuffled": relabelled(make) for make in (moons, pairs, classes, friedman, circles, diabetes)},
    **{f"{make.__name__}, one column × 1e4": blown_up(make, 1e4) for make in (blobs, pairs, classes)},
    **{f"{make.__name__}, all × 300": blown_up(make, 300.0, 99) for make in (blobs, linear, diabetes)},
    **{f"{make.__name__}, × 1e25": blown_up(make, 1e25, 2) for make in (blobs, friedman, classes)},
    **{f"{make.__name__}, y + 1000": shifted(make, 1000.0) for make in (linear, diabetes, friedman)},
    **{f"{make.__name__}, y × 1e6": shifted(make, 0.0, 1e6) for make in (linear, diabetes)},
}
"""Data sets by name; those without "scaled" that scikit-learn gives in units of their own are so here."""


def network(
    units: list[int], outputs: int, activation: str, *, last: str | None, draws: str, bias: float, normal: bool, out_bias: float
) -> list[Any]:
    """Layers as their settings say."""
    starts: dict[str, Any] = {"zeros": "zeros", "large": initializers.RandomNormal(stddev=3.0), "ones": "ones"}
    kernel = starts.get(draws, draws)
    hidden: list[Any] = []
    for width in units:
        hidden.append(layers.Dense(width, activation, kernel_initializer=kernel, bias_initializer=initializers.Constant(bias)))
        hidden += [layers.BatchNormalization()] if normal else []
    start = initializers.Constant(out_bias)
    final = "glorot_uniform" if draws not in ("zeros", "ones") else kernel
    return [*hidden, layers.Dense(outputs, last, kernel_initializer=final, bias_initializer=start)]


def loss_of(kind: str, settings: dict[str, Any]) -> losses.Loss:
    """The loss of a case: its own, or the usual one for the kind of target."""
    logits = bool(settings.get("from_logits", True))
    usual = {"regression": losses.MeanSquaredError(), "binary": losses.BinaryCrossentropy(from_logits=logits)}
    return losses.get(settings.get("loss") or usual.get(kind) or losses.SparseCategoricalCrossentropy(from_logits=logits))


def made(data: Split, settings: dict[str, Any]) -> Problem:
    """The problem of some settings; put together by hand, since a model refuses some of the faults."""
    kind = data.target.kind
    options = {"last": None, "draws": "glorot_uniform", "bias": 0.0, "normal": False, "out_bias": 0.0}
    own = {name: settings.get(name, usual) for name, usual in options.items()}
    outputs = len(data.target.classes) if kind == "multiclass" else 1
    stack = network(settings.get("units", [24, 16]), outputs, settings.get("activation", "relu"), **own)
    optimizer = getattr(optimizers, settings.get("optimizer", "Adam"))(learning_rate=settings.get("rate", 3e-3))
    graph = Network(tuple(stack), layer_names(stack), data.train.X.shape[1:])
    recipe = numeric(Recipe(graph, loss_of(kind, settings), optimizer))
    return Problem(recipe, data.target, "rmse" if kind == "regression" else "error")


Case = tuple[str, dict[str, Any]]
"""A data set and settings."""

HEALTHY: dict[str, list[Case]] = {
    "tuned": [
        ("circles", {"epochs": 150}),
        ("circles", {"activation": "tanh", "rate": 0.01, "epochs": 150}),
        ("classes", {"units": [32, 16], "epochs": 120}),
        ("classes", {"activation": "elu", "optimizer": "RMSprop", "rate": 1e-3, "epochs": 120}),
        ("classes", {"normal": True, "epochs": 100}),
        ("quantiles", {"units": [32, 32, 16], "epochs": 120}),
        ("quantiles", {"activation": "sigmoid", "units": [24], "rate": 0.02, "epochs": 200}),
        ("iris", {"units": [10], "rate": 0.01, "epochs": 150}),
        ("iris", {"units": [], "rate": 0.02, "epochs": 150}),
        ("friedman", {"units": [32, 16], "epochs": 120}),
        ("friedman", {"activation": "tanh", "optimizer": "SGD", "rate": 0.05, "epochs": 200}),
        ("friedman", {"activation": "gelu", "optimizer": "AdamW", "rate": 3e-3, "epochs": 120}),
    ],
    "reported": [
        ("moons", {"epochs": 150, "rate": 5e-3}),
        ("moons", {"activation": "tanh", "rate": 0.01, "epochs": 150}),
        ("moons", {"optimizer": "SGD", "rate": 0.1, "epochs": 300}),
        ("blobs", {"units": [24], "epochs": 120}),
        ("blobs", {"activation": "sigmoid", "rate": 0.01, "epochs": 150}),
        ("blobs", {"optimizer": "Nadam", "epochs": 100}),
        ("pairs", {"units": [16], "epochs": 120}),
        ("pairs", {"normal": True, "epochs": 80}),
        ("pairs", {"last": "sigmoid", "from_logits": False, "epochs": 120}),
        ("digits", {"units": [25, 15], "epochs": 60}),
        ("digits", {"units": [32, 32, 32, 32], "draws": "he_normal", "epochs": 50}),
        ("digits", {"last": "softmax", "from_logits": False, "epochs": 60}),
        ("digits", {"optimizer": "SGD", "rate": 0.1, "epochs": 100}),
        ("breast, scaled", {"units": [], "rate": 0.01, "epochs": 100}),
        ("breast, scaled", {"optimizer": "RMSprop", "rate": 1e-3, "activation": "gelu", "epochs": 60}),
        ("wine, scaled", {"activation": "sigmoid", "units": [12], "rate": 0.02, "epochs": 150}),
        ("linear", {"units": [], "rate": 0.02, "epochs": 150}),
        ("linear", {"optimizer": "SGD", "rate": 0.02, "units": [16], "epochs": 200}),
        ("roll", {"units": [32, 32], "rate": 5e-3, "epochs": 200}),
        ("roll", {"units": [32, 16], "activation": "tanh", "rate": 0.01, "epochs": 250}),
        ("roll", {"units": [32, 32], "activation": "swish", "loss": "mae", "rate": 5e-3, "epochs": 200}),
        ("friedman2, scaled", {"units": [24], "activation": "leaky_relu", "loss": "huber", "epochs": 150}),
        ("friedman2, scaled", {"units": [24, 24], "normal": True, "epochs": 150}),
        ("diabetes", {"units": [8], "rate": 1e-3, "epochs": 150}),
        ("diabetes", {"units": [16, 8], "activation": "selu", "draws": "lecun_normal", "rate": 1e-3, "epochs": 150}),
    ],
}
"""Networks that nothing is wrong with."""

PLANTED: dict[str, dict[str, list[Case]]] = {
    "dead units": {
        "tuned": [("classes", {"bias": -15.0})],
        "reported": [("digits", {"bias": -10.0, "epochs": 40}), ("roll", {"bias": -20.0, "units": [32]})],
    },
    "saturated units": {
        "tuned": [("quantiles", {"activation": "tanh", "bias": 10.0})],
        "reported": [
            ("blobs", {"activation": "sigmoid", "bias": 15.0}),
            ("moons", {"activation": "tanh", "bias": -12.0}),
        ],
    },
    "vanishing gradients": {
        "tuned": [("quantiles", {"activation": "sigmoid", "units": [10] * 8})],
        "reported": [
            ("blobs", {"activation": "sigmoid", "units": [12] * 9}),
            ("diabetes", {"activation": "sigmoid", "units": [16] * 10, "optimizer": "SGD", "rate": 0.05}),
        ],
    },
    "learning rate too large": {
        "tuned": [("classes", {"rate": 1.0}), ("friedman", {"optimizer": "SGD", "rate": 2.0}), ("circles", {"rate": 0.5})],
        "reported": [
            ("pairs", {"rate": 2.0, "activation": "tanh"}),
            ("digits", {"rate": 0.5, "epochs": 40}),
            ("linear", {"optimizer": "SGD", "rate": 3.0}),
        ],
    },
    "learning rate too small": {
        "tuned": [("classes", {"rate": 1e-6}), ("friedman", {"rate": 3e-6, "optimizer": "RMSprop"})],
        "reported": [
            ("digits", {"rate": 2e-6, "epochs": 40}),
            ("roll", {"rate": 1e-6}),
            ("moons", {"optimizer": "SGD", "rate": 1e-5}),
        ],
    },
    "too few epochs": {
        "tuned": [("classes", {"epochs": 3, "rate": 1e-3}), ("friedman", {"epochs": 6, "rate": 1e-3})],
        "reported": [("digits", {"epochs": 4, "rate": 1e-3}), ("friedman2, scaled", {"epochs": 5, "rate": 1e-3})],
    },
    "softmax or sigmoid twice": {
        "tuned": [("classes", {"last": "softmax"}), ("circles", {"last": "sigmoid"})],
        "reported": [("digits", {"last": "softmax", "epochs": 40}), ("pairs", {"last": "sigmoid"})],
    },
    "logits taken for probabilities": {
        "tuned": [("classes", {"from_logits": False}), ("circles", {"from_logits": False})],
        "reported": [("blobs", {"from_logits": False}), ("pairs", {"from_logits": False, "activation": "tanh"})],
    },
    "inputs not scaled": {
        "tuned": [("classes, one column × 1e4", {})],
        "reported": [
            ("breast", {}),
            ("wine", {"activation": "tanh"}),
            ("blobs, all × 300", {"optimizer": "SGD", "rate": 0.05}),
            ("linear, all × 300", {}),
        ],
    },
    "target not scaled": {
        "tuned": [("friedman, y + 1000", {})],
        "reported": [
            ("diabetes, y × 1e6", {"units": [16]}),
            ("friedman2, X scaled", {}),
            ("linear, y + 1000", {"activation": "tanh"}),
        ],
    },
    "labels without relation": {
        "tuned": [
            ("classes, shuffled", {"units": [64, 64], "epochs": 200}),
            ("friedman, shuffled", {"units": [64, 64], "epochs": 300}),
        ],
        "reported": [
            ("pairs, shuffled", {"units": [64, 64], "epochs": 200}),
            ("moons, shuffled", {"units": [64, 64], "rate": 0.01, "epochs": 300}),
            ("diabetes, shuffled", {"units": [64, 64], "epochs": 300}),
        ],
    },
    "a loss that does not fit the target": {
        "tuned": [("circles", {"loss": "mse", "last": "sigmoid"})],
        "reported": [("pairs", {"loss": "mae", "last": "sigmoid"}), ("moons", {"loss": "mse"}), ("roll", {"loss": "hinge"})],
    },
    "units that begin alike": {
        "tuned": [("classes", {"draws": "zeros"}), ("friedman", {"draws": "ones", "rate": 1e-3})],
        "reported": [("digits", {"draws": "zeros", "epochs": 40}), ("moons", {"draws": "ones", "activation": "tanh"})],
    },
    "NaN or too large values": {
        "tuned": [("classes, × 1e25", {})],
        "reported": [("blobs, × 1e25", {}), ("friedman, × 1e25", {"activation": "tanh"})],
    },
    "output bias far off": {
        "tuned": [("circles", {"out_bias": 25.0}), ("friedman", {"out_bias": -30.0, "rate": 1e-3})],
        "reported": [("pairs", {"out_bias": -15.0}), ("roll", {"out_bias": 40.0})],
    },
    "initial weights too large": {
        "tuned": [("quantiles", {"draws": "large"})],
        "reported": [("digits", {"draws": "large", "activation": "tanh", "epochs": 40}), ("linear", {"draws": "large"})],
    },
}
"""Networks with a fault, by what an alarm would suggest."""
