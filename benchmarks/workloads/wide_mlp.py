"""A network as wide as those that are trained on MNIST, with as many rows."""

from made import classes
from networks import Dense, Network
from tasks import Fit, Goal

__all__ = ["TASKS"]

TASKS = {
    "wide-mlp": Fit(
        what="60,000 rows, 784-512-512-10, batches of 128",
        network=Network((784,), (Dense(512, "relu"), Dense(512, "relu"), Dense(10))),
        data=lambda: classes(60_000, (784,), 10),
        batch=128,
        amount=1,
        first=1,
        goals=(Goal(least=1.3),),
    )
}
