"""The digits' network of the notes."""

from networks import Dense, Network
from tasks import Data, Fit, Goal

__all__ = ["NETWORK", "TASKS", "digits"]

NETWORK = Network((64,), (Dense(25, "relu"), Dense(15, "relu"), Dense(10)))


def digits() -> Data:
    """All 1,797 of them."""
    from leadline.data.datasets import digits as load

    data = load()
    return {"X": data.X, "y": data.y}


TASKS = {
    "notes-mlp": Fit(
        what="digits, 64-25-15-10, batches of 32",
        network=NETWORK,
        data=digits,
        batch=32,
        amount=100,
        first=3,
        goals=(Goal(least=3.0), Goal(("keras-jax: default",), 8.0)),
    )
}
