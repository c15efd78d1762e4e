"""Bad inputs: layers that cannot be, networks that do not fit together, and what a trained network is asked to predict."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from inputs.bad import NO_LAYERS, NUMBERS, Bad, X, both, fit, learn, stack

__all__ = ["BAD"]

IMAGES = np.ones((8, 6, 6, 1))
WORDS = np.tile([1, 2, 7, 3], (40, 1))  # of which a table of five has no 7
THREE_AND_FOUR = r"(?=.*\b3\b)(?=.*\b4\b)"


def of_images(what: str, names: str, make: Callable[[Any], Any]) -> Bad:
    """A layer that reads images."""

    def train(nn: Any) -> Any:
        layers = (make(nn), nn.layers.Flatten(), nn.layers.Dense(1))
        return fit(nn, IMAGES, NUMBERS[:8], *layers, model={"shape": (6, 6, 1)})

    return both(what, names, train, NO_LAYERS)


def dense(what: str, names: str, units: Any) -> Bad:
    """A hidden layer of so many units."""
    act = lambda nn: fit(nn, X, NUMBERS, nn.layers.Dense(units), nn.layers.Dense(1))  # noqa: E731
    return both(what, names, act, lambda: learn(hidden_layer_sizes=(units,)))


def asked(what: str, names: str, given: Any, sklearn: str | None = None) -> Bad:
    """Rows to predict, of a network that was trained on three features."""

    def predict(nn: Any) -> Any:
        model = stack(nn)
        model.fit(X, NUMBERS, epochs=1, verbose=0)
        return model.predict(given)

    return both(what, names, predict, sklearn or (lambda: learn().predict(given)))


def unequal_branches(nn: Any) -> Any:
    """Three units and four, added."""
    x = nn.Input((3,))
    return nn.layers.Add()([nn.layers.Dense(3)(x), nn.layers.Dense(4)(x)])


def same_names(nn: Any) -> Any:
    """Two layers of one name."""
    return fit(nn, X, NUMBERS, nn.layers.Dense(3, name="hidden"), nn.layers.Dense(1, name="hidden"))


def strangers(nn: Any) -> Any:
    """An output that does not depend on the input that is named."""
    return nn.Model(nn.Input((3,)), nn.layers.Dense(1)(nn.Input((3,))))


def without_layers(nn: Any) -> Any:
    """A model of nothing."""
    model = nn.Sequential([])
    model.compile("adam", "mse")
    return model.fit(X, NUMBERS, verbose=0)


def other_weights(nn: Any) -> Any:
    """The first kernel the wrong way round."""
    model = stack(nn)
    kernel, *others = model.get_weights()
    return model.set_weights([kernel.T, *others])


BAD = (
    dense("a layer of no units", "units|hidden_layer_sizes", 0),
    dense("a layer of −5 units", "units|hidden_layer_sizes", -5),
    dense("a layer of 2.5 units", "units|hidden_layer_sizes", 2.5),
    dense("a layer of 'ten' units", "units|hidden_layer_sizes", "ten"),
    dense("a layer of 10¹² units", r"memory|\bunits|hidden_layer_sizes|allocate|GiB|GB", 10**12),
    both("no layers at all", "layer", without_layers, NO_LAYERS),
    both("something that is no layer", "layer", lambda nn: fit(nn, X, NUMBERS, "dense", nn.layers.Dense(1)), NO_LAYERS),
    both("a dropout rate of 1.5", "rate", lambda nn: fit(nn, X, NUMBERS, nn.layers.Dropout(1.5), nn.layers.Dense(1)), NO_LAYERS),
    both("branches of 3 and 4 units, added", THREE_AND_FOUR, unequal_branches, NO_LAYERS),
    both("two layers of one name", "hidden", same_names, NO_LAYERS),
    both("an output that does not depend on the input", "connect|depend|input", strangers, NO_LAYERS),
    both(
        "reshaping 3 numbers to (2, 2)",
        r"(?=.*\b2, 2\b)(?=.*\b3\b)|size",
        lambda nn: fit(nn, X, NUMBERS, nn.layers.Reshape((2, 2)), nn.layers.Flatten(), nn.layers.Dense(1)),
        NO_LAYERS,
    ),
    both(
        "a convolution over rows that are no images",
        r"\(3,\)|\(None, 3\)|ndim|dim",
        lambda nn: fit(nn, X, NUMBERS, nn.layers.Conv2D(4, 3), nn.layers.Flatten(), nn.layers.Dense(1)),
        NO_LAYERS,
    ),
    of_images("a kernel larger than the image", r"kernel|negative|larger|window|\b9\b", lambda nn: nn.layers.Conv2D(4, 9)),
    of_images("a convolution without filters", "filters", lambda nn: nn.layers.Conv2D(0, 3)),
    of_images("a kernel of size 0", "kernel_size", lambda nn: nn.layers.Conv2D(4, 0)),
    of_images("strides of 0", "strides", lambda nn: nn.layers.Conv2D(4, 3, strides=0)),
    of_images("padding 'samee'", "samee", lambda nn: nn.layers.Conv2D(4, 3, padding="samee")),
    of_images("pooling over 0 cells", "pool_size", lambda nn: nn.layers.MaxPooling2D(0)),
    both(
        "the word 7 for a table of 5 words",
        r"\b7\b|out of (range|bounds)|input_dim",
        lambda nn: fit(
            nn, WORDS, NUMBERS, nn.layers.Embedding(5, 2), nn.layers.Flatten(), nn.layers.Dense(1), model={"shape": (4,)}
        ),
        NO_LAYERS,
    ),
    both("weights of another shape", r"(?=.*\(3, 4\))(?=.*\(4, 3\))", other_weights, NO_LAYERS),
    both(
        "too few weights",
        r"(?=.*\b4\b)(?=.*\b1\b)|length|number of",
        lambda nn: stack(nn).set_weights([np.ones((3, 4))]),
        NO_LAYERS,
    ),
    asked("predicting rows of 4 features after training on 3", THREE_AND_FOUR, np.ones((5, 4))),
    asked("predicting rows with NaN", "nan|finite|missing", np.full((5, 3), np.nan)),
    asked(
        "predicting rows of 1e300",
        "float32|finite|large|infinity|overflow",
        np.full((5, 3), 1e300),
        "computes in double precision, which holds it",
    ),
    asked("predicting text", "<U|str|text|unicode", np.full((5, 3), "red")),
    asked("predicting a single row without its axis", r"\(3,\)|1D|ndim=1|one axis|reshape", np.ones(3)),
    asked("predicting no rows", r"no rows|0 sample|empty|at least one|shape=?\(0", np.ones((0, 3))),
)
