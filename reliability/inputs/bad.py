"""What a bad input is, and how a network is asked to take it: by leadline, by Keras and by scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "CLASSES",
    "LIBRARIES",
    "NO_FILES",
    "NO_LAYERS",
    "NO_TABLES",
    "NUMBERS",
    "TWO",
    "Bad",
    "X",
    "both",
    "fit",
    "learn",
    "stack",
]

LIBRARIES = ("leadline", "keras", "sklearn")

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3))
NUMBERS = X @ [1.0, -2.0, 0.5]
TWO = (NUMBERS > 0).astype(int)
CLASSES = np.arange(40) % 3

NO_LAYERS = "its networks are not made of layers"
NO_TABLES = "reads no tables from files"
NO_FILES = "has no file format of its own"

Act = Callable[[], Any]


@dataclass(frozen=True)
class Bad:
    """One bad input.

    Attributes:
        what: What is wrong, in a few words; the row of the table.
        names: A regular expression for what a clear message says of it, whoever writes the message; case does not count.
        leadline: What a user of leadline would call; its result is looked at for notes. Or why there is no such thing.
        keras: The same with Keras.
        sklearn: The same with scikit-learn.
    """

    what: str
    names: str
    leadline: Act | str
    keras: Act | str
    sklearn: Act | str


def both(what: str, names: str, act: Callable[[Any], Any], sklearn: Act | str) -> Bad:
    """A bad input of a network whose code is the same in leadline and Keras.

    Args:
        what: As in `Bad`.
        names: As in `Bad`.
        act: What is called with the library.
        sklearn: As in `Bad`.
    """

    def with_leadline() -> Any:
        import leadline

        return act(leadline)

    def with_keras() -> Any:
        import keras

        return act(keras)

    return Bad(what, names, with_leadline, with_keras, sklearn)


def stack(nn: Any, *layers: Any, shape: tuple[int, ...] = (3,), optimizer: Any = "adam", loss: Any = "mse", **how: Any) -> Any:
    """A compiled model of some layers; by default one with a hidden layer and one output."""
    layers = layers or (nn.layers.Dense(4, "relu"), nn.layers.Dense(1))
    model = nn.Sequential([nn.Input(shape), *layers])
    model.compile(optimizer=optimizer, loss=loss, **how)
    return model


def fit(nn: Any, X: Any = X, y: Any = NUMBERS, *layers: Any, model: dict[str, Any] | None = None, **how: Any) -> Any:
    """Trains `stack` for two epochs, without progress."""
    return stack(nn, *layers, **model or {}).fit(X, y, **{"epochs": 2, "batch_size": 8, "verbose": 0} | how)


def learn(X: Any = X, y: Any = NUMBERS, kind: str = "MLPRegressor", how: dict[str, Any] | None = None, **settings: Any) -> Any:
    """Trains scikit-learn's network of the same size for two epochs."""
    import sklearn.neural_network
    from sklearn.exceptions import ConvergenceWarning

    warnings.filterwarnings("ignore", category=ConvergenceWarning)  # two epochs are asked for
    given = {"hidden_layer_sizes": (4,), "max_iter": 2, "batch_size": 8, "random_state": 0}
    return getattr(sklearn.neural_network, kind)(**given | settings).fit(X, y, **how or {})
