"""Networks of other libraries, trained by leadline through the door, beside their own libraries."""

from networks import LSTM, Conv, Dense, Flatten, Network, Pool
from tasks import Data, Fit, Goal
from workloads.notes_mlp import NETWORK, digits

__all__ = ["TASKS"]

KERAS = ("keras-jax: *",)
SMALL_CNN = (Conv(16, (3, 3), "relu"), Pool((2, 2)), Conv(32, (3, 3), "relu"), Pool((2, 2)), Flatten(), Dense(10))


def shaped(*shape: int) -> Data:
    """The digits with each example in this shape."""
    data = digits()
    return {"X": data["X"].reshape(-1, *shape), "y": data["y"]}


TASKS = {
    "wrapped-lstm": Fit(
        what="Keras's LSTM 64, Dense 10, on the digits as 8 rows of 8, batches of 32",
        network=Network((8, 8), (LSTM(64), Dense(10))),
        data=lambda: shaped(8, 8),
        batch=32,
        amount=10,
        first=3,
        goals=(Goal(KERAS, 1.0),),
        peers=("leadline", "keras-jax"),
        door="keras",
    ),
    "wrapped-mlp": Fit(
        what="Keras's 64-25-15-10 on the digits, batches of 32",
        network=NETWORK,
        data=digits,
        batch=32,
        amount=50,
        first=3,
        goals=(Goal(KERAS, 2.0),),
        peers=("leadline", "keras-jax"),
        door="keras",
    ),
    "wrapped-linen": Fit(
        what="linen's Conv 16, pool, Conv 32, pool, Dense 10, on the digits as images, batches of 32",
        network=Network((8, 8, 1), SMALL_CNN),
        data=lambda: shaped(8, 8, 1),
        batch=32,
        amount=10,
        first=3,
        goals=(Goal(("optax: *",), 1.0),),
        peers=("leadline", "optax"),
        door="linen",
    ),
}
