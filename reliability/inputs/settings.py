"""Bad inputs: settings of a training, and names that nobody knows."""

from __future__ import annotations

from typing import Any

import numpy as np

from inputs.bad import NO_LAYERS, NUMBERS, TWO, Bad, X, both, fit, learn, stack

__all__ = ["BAD"]

NO_SUCH = "has no such setting"


def option(what: str, names: str, sklearn: Any = NO_SUCH, **how: Any) -> Bad:
    """A setting of `fit`; for scikit-learn those of its constructor."""
    return both(what, names, lambda nn: fit(nn, **how), sklearn if isinstance(sklearn, str) else lambda: learn(**sklearn))


def optimizer(what: str, names: str, sklearn: Any = NO_SUCH, kind: str = "Adam", **how: Any) -> Bad:
    """A setting of an optimizer."""
    act = lambda nn: fit(nn, model={"optimizer": getattr(nn.optimizers, kind)(**how)})  # noqa: E731
    return both(what, names, act, sklearn if isinstance(sklearn, str) else lambda: learn(**sklearn))


def stopping(what: str, names: str, sklearn: Any, **how: Any) -> Bad:
    """A setting of early stopping."""
    act = lambda nn: fit(nn, validation_split=0.2, callbacks=[nn.callbacks.EarlyStopping(**how)])  # noqa: E731
    return both(what, names, act, sklearn)


BAD = (
    option("batch_size 0", "batch.?size", {"batch_size": 0}, batch_size=0),
    option("batch_size −1", "batch.?size", {"batch_size": -1}, batch_size=-1),
    option("batch_size 2.5", "batch.?size", {"batch_size": 2.5}, batch_size=2.5),
    option("0 epochs", "epochs|max_iter", {"max_iter": 0}, epochs=0),
    option("−1 epochs", "epochs|max_iter", {"max_iter": -1}, epochs=-1),
    option("'many' epochs", "epochs|max_iter", {"max_iter": "many"}, epochs="many"),
    option("validation_split 1.5", "validation", {"validation_fraction": 1.5, "early_stopping": True}, validation_split=1.5),
    option("validation_split −0.1", "validation", {"validation_fraction": -0.1, "early_stopping": True}, validation_split=-0.1),
    option("validation data without targets", "validation", validation_data=(X,)),
    option("validation data with NaN", "nan|finite|missing", validation_data=(np.full((5, 3), np.nan), NUMBERS[:5])),
    option("validation data of another width", r"(?=.*\b3\b)(?=.*\b4\b)", validation_data=(np.ones((5, 4)), NUMBERS[:5])),
    option("a callback that is a number", "callback", callbacks=[3]),
    optimizer("a learning rate of −1", "learning.?rate", {"learning_rate_init": -1.0}, learning_rate=-1.0),
    optimizer("a learning rate of NaN", "learning.?rate", {"learning_rate_init": np.nan}, learning_rate=np.nan),
    optimizer("a learning rate of 'fast'", "learning.?rate|fast", {"learning_rate_init": "fast"}, learning_rate="fast"),
    optimizer(
        "a learning rate of 1e30, at which the cost stops being finite",
        "nan|finite|infinit",
        {"solver": "sgd", "learning_rate_init": 1e30},
        "SGD",
        learning_rate=1e30,
    ),
    optimizer("a momentum of 2", "momentum", {"solver": "sgd", "momentum": 2.0}, "SGD", momentum=2.0),
    optimizer("Adam's β₁ of 1.5", "beta_1", {"beta_1": 1.5}, beta_1=1.5),
    optimizer("clipping to a norm of −1", "clipnorm", clipnorm=-1.0),
    both(
        "an L2 penalty of −1",
        r"\bl2\b|alpha|regulari|penal",
        lambda nn: fit(nn, X, NUMBERS, nn.layers.Dense(1, kernel_regularizer=nn.regularizers.L2(-1.0))),
        lambda: learn(alpha=-1.0),
    ),
    stopping("patience −1", "patience|n_iter_no_change", lambda: learn(early_stopping=True, n_iter_no_change=-1), patience=-1),
    stopping("early stopping by a record that is not there", "val_los", NO_SUCH, monitor="val_los"),
    both("an unknown optimizer", "adamm", lambda nn: fit(nn, model={"optimizer": "adamm"}), lambda: learn(solver="adamm")),
    both("an unknown loss", "msee", lambda nn: fit(nn, model={"loss": "msee"}), lambda: learn(loss="msee")),
    both("an unknown metric", "acuracy", lambda nn: fit(nn, model={"metrics": ["acuracy"]}), NO_SUCH),
    both(
        "an unknown activation",
        "rleu",
        lambda nn: fit(nn, X, NUMBERS, nn.layers.Dense(1, "rleu")),
        lambda: learn(activation="rleu"),
    ),
    both(
        "an unknown initializer",
        "glorot_unifrom",
        lambda nn: fit(nn, X, NUMBERS, nn.layers.Dense(1, kernel_initializer="glorot_unifrom")),
        NO_LAYERS,
    ),
    both(
        "a loss from logits on top of a sigmoid",
        "logits",
        lambda nn: fit(nn, X, TWO, nn.layers.Dense(1, "sigmoid"), model={"loss": nn.losses.BinaryCrossentropy(from_logits=True)}),
        NO_LAYERS,
    ),
    both(
        "fitting without compile",
        "compile",
        lambda nn: nn.Sequential([nn.Input((3,)), nn.layers.Dense(1)]).fit(X, NUMBERS, verbose=0),
        NO_LAYERS,
    ),
    both("predicting with batch_size 0", "batch.?size", lambda nn: stack(nn).predict(X, batch_size=0), NO_SUCH),
    both(
        "evaluating with fewer targets than rows",
        r"(?=.*\b40\b)(?=.*\b39\b)",
        lambda nn: stack(nn).evaluate(X, NUMBERS[:39]),
        lambda: learn().score(X, NUMBERS[:39]),
    ),
)
